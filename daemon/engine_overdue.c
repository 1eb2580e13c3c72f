/* SPDX-License-Identifier: ISC */
/*
 * Answers that did not come. The next_try of a sent file is the time when the
 * first answer that is still missing is overdue; ENGINE_NEVER when none is.
 * So the store finds the files to look at, and those that are overdue.
 */
#include "daemon/engine_overdue.h"

#include "daemon/answer.h"

#include <stdlib.h>

enum { OVERDUE_INTERVAL_MS = 60000 };

/* What was told, sorted by id, as the store lists files. */
struct overdue {
	size_t count;
	struct overdue_told {
		struct store_id id;
		unsigned missing;
	} told[];
};

/* ---- one file ----------------------------------------------------------- */

static const struct {
	enum answer_kind first, last;
	size_t expect;
	const char *name;
} expected[] = {
	{ ANSWER_TA1, ANSWER_TA1, offsetof(struct config_partner, ta1),
	    "TA1" },
	{ ANSWER_999_GROUP, ANSWER_999_SET,
	    offsetof(struct config_partner, a999), "999" },
	{ ANSWER_277_BATCH, ANSWER_277_CLAIM,
	    offsetof(struct config_partner, a277ca), "277CA" },
	{ ANSWER_835_CLAIM, ANSWER_835_CLAIM,
	    offsetof(struct config_partner, a835), "835" },
};
enum { EXPECTED = sizeof(expected) / sizeof(expected[0]) };

static const struct config_expect *
overdue_expect(const struct config_partner *c, unsigned i)
{
	return (const void *)((const char *)c + expected[i].expect);
}

static bool
overdue_on_answer(void *ctx, const struct store_answer *a)
{
	(void)a;
	*(bool *)ctx = true;
	return false;
}

static bool
overdue_answered(struct engine *g, const struct store_file *f, unsigned i)
{
	struct err e = ERR_NONE;
	bool any = false;

	for (unsigned k = expected[i].first; k <= expected[i].last; k++)
		if (!any && store_file_answers(g->store, &f->id, k,
		    overdue_on_answer, &any, &e) < 0)
			engine_fail(g, &e);
	return any;
}

struct overdue_look
overdue_look(struct engine *g, const struct config_partner *c,
    const struct store_file *f, int64_t now)
{
	struct overdue_look look = { .missing = 0, .next = ENGINE_NEVER };

	for (unsigned i = 0; i < EXPECTED && !answer_is_acknowledgement(f);
	    i++) {
		const struct config_expect *x = overdue_expect(c, i);
		int64_t when = f->changed + x->within;

		if (!x->expected || overdue_answered(g, f, i))
			continue;
		if (when <= now)
			look.missing |= 1u << i;
		if (when < look.next)
			look.next = when;
	}
	return look;
}

int64_t
overdue_deadline(const struct config_partner *c, const struct store_file *f,
    int64_t sent)
{
	int64_t first = ENGINE_NEVER;

	/* An acknowledgement is never acknowledged. */
	for (unsigned i = 0; i < EXPECTED && !answer_is_acknowledgement(f);
	    i++) {
		const struct config_expect *x = overdue_expect(c, i);

		if (x->expected && sent + x->within < first)
			first = sent + x->within;
	}
	return first;
}

void
overdue_text(unsigned missing, char *to, size_t cap)
{
	size_t n = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < EXPECTED && n < cap; i++)
		if (missing & 1u << i)
			n += (size_t)snprintf(to + n, cap - n, "%s%s",
			    n ? " " : "", expected[i].name);
}

/* ---- telling ------------------------------------------------------------ */

struct overdue_said {
	const char *text;
	bool before;
};

static bool
overdue_on_event(void *ctx, const struct store_event *v)
{
	struct overdue_said *s = ctx;

	s->before = strcmp(v->what, "overdue") == 0 &&
	    strcmp(v->evidence, s->text) == 0;
	return !s->before;
}

/* Once for the life of the file, also over restarts. */
static void
overdue_tell(struct engine *g, const struct peer *p,
    const struct store_file *f, unsigned missing)
{
	char text[64];
	struct overdue_said said = { text, false };
	struct err e = ERR_NONE;

	overdue_text(missing, text, sizeof(text));
	if (store_events(g->store, &f->id, overdue_on_event, &said, &e) < 0)
		engine_fail(g, &e);
	if (g->failed || said.before ||
	    !engine_event(g, &f->id, p->name, "overdue", "%s", text))
		return;
	engine_log(g, LOG_WARNING, "overdue", log_file(f), log_partner(p),
	    log_int(LOGKEY_ISA13, (int64_t)f->isa_control),
	    log_str(LOGKEY_EXPECTED, text));
}

static unsigned
overdue_told_before(const struct overdue *o, size_t *at,
    const struct store_id *id)
{
	while (o && *at < o->count &&
	    memcmp(o->told[*at].id.b, id->b, sizeof(id->b)) < 0)
		++*at;
	return o && *at < o->count && store_id_equal(&o->told[*at].id, id) ?
	    o->told[*at].missing : 0;
}

static void
overdue_files(struct engine *g, const struct files *files,
    struct overdue *now)
{
	size_t at = 0;

	for (size_t i = 0; i < files->count && !g->failed; i++) {
		struct store_file f = files->at[i];
		struct peer *p = engine_peer(g, f.partner);
		struct overdue_look look;

		if (!p || !p->config)
			continue;
		look = overdue_look(g, p->config, &f, g->now);
		if (look.missing == 0 && look.next != f.next_try) {
			f.next_try = look.next;
			engine_update(g, &f);
		}
		if (look.missing == 0)
			continue;
		if (overdue_told_before(g->overdue, &at, &f.id) !=
		    look.missing)
			overdue_tell(g, p, &f, look.missing);
		now->told[now->count++] = (struct overdue_told){ f.id,
		    look.missing };
	}
}

void
overdue_step(struct engine *g)
{
	struct store_file_filter filter = { .kind = FILE_OUTGOING,
	    .state = STATE_SENT, .due = g->now };
	struct overdue *now;
	struct files files;
	struct err e;

	if (g->failed || g->now < g->next_overdue ||
	    !engine_files(g, &filter, &files))
		return;
	now = calloc(1, sizeof(*now) + files.count * sizeof(now->told[0]));
	if (now)
		overdue_files(g, &files, now);
	else {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
	}
	/* The more there are, the less often they are gone through. */
	g->next_overdue = g->now + OVERDUE_INTERVAL_MS +
	    20 * (int64_t)files.count;
	engine_files_free(&files);
	free(g->overdue);
	g->overdue = now;
}

size_t
overdue_count(const struct engine *g)
{
	return g->overdue ? g->overdue->count : 0;
}

void
overdue_free(struct engine *g)
{
	free(g->overdue);
	g->overdue = NULL;
}
