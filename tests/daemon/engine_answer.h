/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_ENGINE_ANSWER_H
#define TESTS_DAEMON_ENGINE_ANSWER_H

/* A rig that acknowledges, to partners and to clerks, with a real worker. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_records.h"

#define ALWAYS "  acknowledge: {ta1: always, 999: always}\n"
#define CLERK "  answer_clerk: [ta1, 999, 277ca]\n"
#define WHOLE "  bad_claims: reject\n"
/* The samples have claims in common. */
#define AGAIN "  duplicate_claims: off\n"

/* As a reload would: the same partners, otherwise set. */
static inline void
answer_config(struct rig *r, const char *more)
{
	struct config *before = r->config;

	r->config = rig_config(r, more);
	engine_reload(r->g, r->config);
	config_free(before);
}

static inline struct rig *
answer_rig(bool memory, const char *more)
{
	struct rig *r = rig_new(memory);

	answer_config(r, more);
	rig_use_worker(r);
	rig_pump(r);
	return r;
}

static inline int
setup(void **state)
{
	*state = answer_rig(true, ALWAYS);
	return 0;
}

static inline int
setup_clerk(void **state)
{
	*state = answer_rig(true, CLERK WHOLE AGAIN);
	return 0;
}

static inline int
teardown(void **state)
{
	struct rig *r = *state;

	/* Whatever happened: nothing of the claims in the log. */
	assert_null(strstr(rig_log(r), "MOCK"));
	assert_null(strstr(rig_log(r), "CANARY"));
	assert_null(strstr(rig_log(r), "A-2"));
	rig_free(r);
	return 0;
}

static inline void
assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

static inline void
partner_puts(struct rig *r, const char *name, const char *text)
{
	rig_put(rig_partner(r, "acme"), r->now, "/out", name, text,
	    strlen(text));
	free(RIG_ASK(r, "partner", "poll", "acme"));
	rig_run(r, RIG_MINUTE);
}

/* What the partner got whose name begins so; NULL: nothing, or many. */
static inline const char *
partner_got(struct rig *r, const char *begins)
{
	struct rig_partner *p = rig_partner(r, "acme");
	const char *found = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->files[i].dir, "/in") == 0 &&
		    !strstr(p->files[i].name, ".part") &&
		    strncmp(p->files[i].name, begins, strlen(begins)) == 0) {
			found = p->files[i].bytes;
			n++;
		}
	return n == 1 ? found : NULL;
}

/* With another control number it is another remittance. */
static inline void
remittance(char to[RIG_TEXT], bool good, char asks, const char *isa13)
{
	char *at;

	rig_835(to, "A-1", "1", "125", good ? "125" : "60");
	at = strstr(to, "*0*T*:~");
	assert_non_null(at);
	at[1] = asks;
	/* An 835 has no ST03. */
	at = strstr(to, "*005010X221A1~\nBPR");
	memmove(at, at + 13, strlen(at + 13) + 1);
	while ((at = strstr(to, "000000904")))
		memcpy(at, isa13, 9);
}

static inline unsigned
fetched(struct rig *r, enum file_state state)
{
	return rig_states(r, "acme", FILE_FETCHED, state, NULL);
}

static inline void
drop_sample(struct rig *r, const char *name, const char *as)
{
	char path[200], *bytes;
	struct err e;
	size_t n;

	snprintf(path, sizeof(path), "tests/data/carve/%s/input.x12", name);
	assert_int_equal(io_slurp(path, 1 << 20, &bytes, &n, &e), 0);
	rig_drop(r, "acme", as, bytes, n);
	free(bytes);
}

/* What the inbox has of a form, if it is to be there; else NULL. */
static inline char *
told(struct rig *r, const char *form, unsigned count)
{
	assert_int_equal(rig_files(r, "inbox", "acme", form), count);
	return count ? rig_read_all(r, "inbox", "acme", form) : NULL;
}

#endif
