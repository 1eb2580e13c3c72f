/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_ENGINE_JOURNEY_H
#define TESTS_DAEMON_ENGINE_JOURNEY_H

/*
 * The whole journey, for crash tests: four files are dropped, two of them good
 * (three interchanges), and the partner answers each interchange four times.
 * Include after cmocka.h.
 */

#include "tests/daemon/engine_clerk.h"

static inline void
journey_begin(struct rig *r)
{
	static char text[RIG_TEXT];
	char *bytes;
	struct err e;
	size_t n;

	rig_partner(r, "acme")->answers = true;
	rig_drop_claims(r, "acme", "a.837", "A");
	assert_int_equal(io_slurp("tests/data/claims/two_interchanges.837",
	    1 << 20, &bytes, &n, &e), 0);
	rig_drop(r, "acme", "b.837", bytes, n);
	free(bytes);
	rig_drop(r, "acme", "note.txt", "not x12", 7);
	rig_claims(text, "C", 1, 'P');
	rig_drop(r, "acme", "c.837", text, strlen(text));
}

/* What must hold at any moment, crashed or not. */
static inline void
journey_check_always(struct rig *r)
{
	struct rig_partner *p = rig_partner(r, "acme");
	bool seen[10] = { false };

	for (unsigned i = 0; i < p->count; i++) {
		char isa13[64];
		unsigned long n;

		if (strcmp(p->files[i].dir, "/out") == 0 ||
		    strstr(p->files[i].name, ".part"))
			continue;
		rig_element(p->files[i].bytes, "ISA", 13, isa13);
		n = strtoul(isa13, NULL, 10);
		assert_in_range(n, 1, 9);
		assert_false(seen[n]);
		seen[n] = true;
	}
	assert_true(p->commits <= 3);
}

static inline unsigned
journey_finals(const struct rig_partner *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		n += strcmp(p->files[i].dir, "/out") != 0 &&
		    !strstr(p->files[i].name, ".part");
	return n;
}

static inline void
journey_check_end(struct rig *r)
{
	struct rig_partner *p = rig_partner(r, "acme");
	unsigned sent = rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, NULL);
	char *said;

	journey_check_always(r);
	/* Nothing lost: each dropped file has come to an end. */
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    NULL), 2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, 0, NULL), 4);
	assert_int_equal(rig_files(r, "rejected", "acme", ""), 6);
	assert_true(rig_there(r, "rejected", "acme", "note.txt"));
	/* Nothing sent twice, and what was sent is known as sent. */
	assert_int_equal(p->commits, 3);
	assert_int_equal(journey_finals(p), 3);
	assert_int_equal(sent, 3);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 3);
	/* Every answer is here once, and gone there. */
	assert_int_equal(rig_count(p, "/out"), 0);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, STATE_DELIVERED,
	    NULL), 12);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, 0, NULL), 12);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 12);
	assert_int_equal(rig_files(r, "inbox", "acme", ".jsonl"), 12);
	said = RIG_ASK(r, "queue");
	assert_null(strstr(said, "\"type\":\"file\""));
	free(said);
	said = RIG_ASK(r, "claim", "A-1");
	assert_non_null(strstr(said, "\"status\":\"partly paid\""));
	free(said);
}

#endif
