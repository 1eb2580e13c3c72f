/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_clerk.h"

#include <time.h>

static int
setup(void **state)
{
	struct rig *r = rig_new(true);

	rig_pump(r);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static unsigned
count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* The last line of an answer, and no other, is its end. */
static void
assert_ends(const char *text, int rc)
{
	char end[40];

	snprintf(end, sizeof(end), "{\"type\":\"end\",\"rc\":%d}\n", rc);
	assert_int_equal(count(text, "\"type\":\"end\""), 1);
	assert_true(strlen(text) >= strlen(end));
	assert_string_equal(text + strlen(text) - strlen(end), end);
}

static void
every_request_has_an_end(void **state)
{
	static const struct {
		const char *words[5];
		int argc, rc;
		const char *says;
	} rows[] = {
		{ { "status" }, 1, 0, "\"type\":\"status\"" },
		{ { "queue" }, 1, 0, "" },
		{ { "queue", "acme" }, 2, 0, "" },
		{ { "queue", "nobody" }, 2, 1, "no such partner" },
		{ { "overdue" }, 1, 0, "" },
		{ { "unmatched" }, 1, 0, "" },
		{ { "claim", "X-1" }, 2, 1, "no claim" },
		{ { "claim" }, 1, 2, "too few or too many words" },
		{ { "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV" }, 2, 1, "no such" },
		{ { "show", "5FAV" }, 2, 2, "26 characters" },
		{ { "show", "Q69G5FAV" }, 2, 1, "no such file" },
		{ { "hold", "01ARZ3NDEKTSV4RRFFQ69G5FAV" }, 2, 1, "no such" },
		{ { "partner" }, 1, 0, "\"name\":\"best\"" },
		{ { "partner", "list" }, 2, 0, "\"name\":\"acme\"" },
		{ { "partner", "list", "best" }, 3, 0, "\"name\":\"best\"" },
		{ { "partner", "list", "nobody" }, 3, 1, "no such partner" },
		{ { "partner", "pause" }, 2, 2, "which partner" },
		{ { "partner", "dance", "acme" }, 3, 2, "use: partner" },
		{ { "partner", "poll", "acme" }, 3, 0, "\"name\":\"acme\"" },
		{ { "sing" }, 1, 2, "no such request" },
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *said = rig_ask(r, rows[i].argc, rows[i].words);

		assert_ends(said, rows[i].rc);
		assert_has(said, rows[i].says);
		free(said);
	}
}

static void
show_tells_the_whole_story_of_a_dropped_file(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char id[STORE_ID_TEXT], *said, *again;

	rig_partner(r, "acme")->answers = true;
	rig_drop_claims(r, "acme", "smith.837", "A");
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    &f), 1);
	store_id_text(&f.id, id);
	said = RIG_ASK(r, "show", id);
	assert_ends(said, 0);
	assert_has(said, "\"name\":\"smith.837\"");
	assert_int_equal(count(said, "\"type\":\"file\""), 2);
	assert_int_equal(count(said, "\"type\":\"set\""), 1);
	assert_has(said, "\"gs06\":1,");
	assert_has(said, "\"original_bht03\":\"CLERK-A\"");
	assert_has(said, "\"what\":\"enveloped\"");
	assert_has(said, "\"what\":\"committing\"");
	assert_has(said, "\"kind\":\"999_group\"");
	assert_has(said, "\"answer_due\":");
	/* The end of an id, in small letters, does too. */
	for (char *p = id; *p; p++)
		if (*p >= 'A')
			*p = (char)(*p | 0x20);
	again = RIG_ASK(r, "show", id + 10);
	assert_string_equal(again, said);
	free(again);
	free(said);
}

static void
decisions_leave_who_asked(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char id[STORE_ID_TEXT], *said;

	free(RIG_ASK(r, "partner", "pause", "acme"));
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY,
	    &f), 1);
	store_id_text(&f.id, id);
	free(RIG_ASK(r, "hold", id));
	free(RIG_ASK(r, "release", id));
	free(RIG_ASK(r, "retry", id));
	free(RIG_ASK(r, "cancel", id));
	said = RIG_ASK(r, "cancel", id);
	assert_ends(said, 1);
	assert_has(said, "state cancelled cannot take `cancel`");
	free(said);
	said = RIG_ASK(r, "show", id);
	assert_has(said, "held by uid 1000");
	assert_has(said, "released by uid 1000");
	assert_has(said, "cancelled by uid 1000");
	assert_has(said, "\"what\":\"retry\"");
	free(said);
	assert_has(rig_log(r), "event=cancel file=");
	assert_has(rig_log(r), "uid=1000");
}

static void
parked_file_is_released_when_somebody_has_seen_it(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = *state;
	struct store_file f;
	char id[STORE_ID_TEXT], *said;

	rig_835(text, "OTHERS-1", "1", "10", "10");
	rig_put(rig_partner(r, "acme"), r->now, "/out", "a", text,
	    strlen(text));
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, STATE_PARKED,
	    &f), 1);
	store_id_text(&f.id, id);
	said = RIG_ASK(r, "status");
	assert_has(said, "\"attention\":1");
	free(said);
	said = RIG_ASK(r, "release", id);
	assert_has(said, "\"state\":\"delivered\"");
	assert_ends(said, 0);
	free(said);
	said = RIG_ASK(r, "status");
	assert_null(strstr(said, "attention"));
	free(said);
	said = RIG_ASK(r, "unmatched");
	assert_has(said, "OTHERS-1");
	free(said);
}

static void
counts_of_a_partner_add_up(void **state)
{
	struct rig *r = *state;
	char *said;

	free(RIG_ASK(r, "partner", "pause", "best", "in test"));
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_drop(r, "acme", "b.837", "junk", 4);
	rig_drop_claims(r, "best", "c.837", "C");
	rig_run(r, RIG_MINUTE);
	said = RIG_ASK(r, "partner", "list", "acme");
	assert_has(said, "\"paused\":false");
	assert_has(said, "\"sent\":1,\"rejected\":1");
	free(said);
	said = RIG_ASK(r, "partner", "list", "best");
	assert_has(said, "\"paused\":true,\"reason\":\"operator: by uid 1000: "
	    "in test\"");
	assert_has(said, "\"queued\":1");
	assert_has(said, "\"oldest\":1772355600000");
	free(said);
	said = RIG_ASK(r, "status");
	assert_has(said, "\"partners\":2,\"paused\":1");
	free(said);
	said = RIG_ASK(r, "queue", "acme");
	assert_null(strstr(said, "\"file\""));
	free(said);
	said = RIG_ASK(r, "queue");
	assert_int_equal(count(said, "\"type\":\"file\""), 1);
	assert_has(said, "\"state\":\"ready\"");
	free(said);
}

static void
pause_lets_what_is_under_way_come_to_its_end(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	rig_drop_claims(r, "acme", "a.837", "A");
	while (p->job_count == 0 ||
	    p->jobs[p->job_count - 1].m.kind != COURIER_UPLOAD) {
		engine_step(r->g, r->now);
		rig_give_replies(r);
	}
	free(RIG_ASK(r, "partner", "pause", "acme"));
	rig_pump(r);
	assert_int_equal(p->commits, 1);
	rig_drop_claims(r, "acme", "b.837", "B");
	rig_run(r, 60 * RIG_MINUTE);
	assert_int_equal(p->commits, 1);
}

/* Seconds of processor time for so many files, answers and all. */
static double
time_of(unsigned files)
{
	struct rig *r = rig_new(false);
	clock_t start;
	double took;

	rig_partner(r, "acme")->answers = true;
	rig_pump(r);
	start = clock();
	for (unsigned i = 0; i < files; i++) {
		char name[20], claim[20];

		snprintf(name, sizeof(name), "%u.837", i);
		snprintf(claim, sizeof(claim), "N%u", i);
		rig_drop_claims(r, "acme", name, claim);
	}
	rig_run(r, 20 * RIG_MINUTE);
	took = (double)(clock() - start) / CLOCKS_PER_SEC;
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT,
	    NULL), files);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, STATE_DELIVERED,
	    NULL), 4 * files);
	rig_free(r);
	return took;
}

static void
thousand_files_cost_ten_times_what_a_hundred_do(void **state)
{
	double few = time_of(100), many = time_of(1000);

	(void)state;
	print_message("100 files: %.2f s, 1000 files: %.2f s\n", few, many);
	assert_true(many < 25 * few + 0.5);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_request_has_an_end),
		T(show_tells_the_whole_story_of_a_dropped_file),
		T(decisions_leave_who_asked),
		T(parked_file_is_released_when_somebody_has_seen_it),
		T(counts_of_a_partner_add_up),
		T(pause_lets_what_is_under_way_come_to_its_end),
		cmocka_unit_test(
		    thousand_files_cost_ten_times_what_a_hundred_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
