/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_ENGINE_BATCH_H
#define TESTS_DAEMON_ENGINE_BATCH_H

/* A rig whose files are claim records, with a real worker. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_records.h"

#define SECONDS INT64_C(1000)
#define BY_HAND "  batch: {by_hand: true}\n"

static inline int
batch_setup(void **state)
{
	struct rig *r = rig_new(true);

	rig_use_worker(r);
	rig_pump(r);
	*state = r;
	return 0;
}

static inline int
batch_teardown(void **state)
{
	struct rig *r = *state;

	/* Whatever happened: nothing of the claims in the log. */
	assert_null(strcasestr(rig_log(r), "canary"));
	assert_null(strstr(rig_log(r), "MON-"));
	assert_null(strstr(rig_log(r), "smith"));
	rig_free(r);
	return 0;
}

#define ASK_HAS(r, part, ...) do { \
	char *said_ = RIG_ASK(r, __VA_ARGS__); \
 \
	assert_has(said_, part); \
	free(said_); \
} while (0)

static inline unsigned
dropped(struct rig *r, enum file_state s)
{
	return rig_states(r, "acme", FILE_DROPPED, s, NULL);
}

static inline unsigned
sent(struct rig *r)
{
	return rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, NULL);
}

/* What a table does not say (its submitter) the settings do. */
#define TABLE_SETTINGS "  records: {submitter_name: Example Billing, " \
	"contact_name: desk, contact_phone: \"5555550100\", " \
	"receiver_name: Example Plan}\n"

static inline void
drop_table(struct rig *r, const char *name, const char *second,
    const char *end)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add_str(&b, TABLE_HEAD);
	rig_rows(&b, "MON-1", "125.00");
	rig_rows(&b, "MON-2", second);
	rig_rows(&b, "MON-3", "125.00");
	buf_add_str(&b, end);
	rig_drop(r, "acme", name, b.p, b.n);
	buf_free(&b);
}

#endif
