/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report.h"
#include "daemon/report_answer.h"

static void
codes_have_a_word_each(void **state)
{
	static const struct {
		enum answer_kind kind;
		const char *status, *word;
		bool rejects;
	} rows[] = {
		{ ANSWER_TA1, "A", "accepted", false },
		{ ANSWER_TA1, "E", "accepted with errors", false },
		{ ANSWER_TA1, "R", "rejected", true },
		{ ANSWER_999_GROUP, "P", "partly accepted", false },
		{ ANSWER_999_GROUP, "M", "rejected", true },
		{ ANSWER_999_SET, "E", "accepted with errors", false },
		{ ANSWER_999_SET, "R", "rejected", true },
		{ ANSWER_999_SET, "X", "rejected", true },
		{ ANSWER_277_CLAIM, "A1:19:PR", "received", false },
		{ ANSWER_277_CLAIM, "A2:20:PR", "accepted", false },
		{ ANSWER_277_CLAIM, "A3:21", "rejected", true },
		{ ANSWER_277_CLAIM, "A6:500:85", "rejected", true },
		{ ANSWER_277_CLAIM, "A7:562:85", "rejected", true },
		{ ANSWER_277_CLAIM, "A8:496:85", "rejected", true },
		{ ANSWER_277_CLAIM, "P1:20", "pending", false },
		{ ANSWER_277_CLAIM, "F2:1", "finalized, denied", false },
		{ ANSWER_277_CLAIM, "Z9", "answered", false },
		{ ANSWER_277_BATCH, "A1:19:40", "received", false },
		{ ANSWER_277_BATCH, "A8:496:40", "rejected", true },
		{ ANSWER_835_CLAIM, "4", "denied", false },
		{ ANSWER_835_CLAIM, "22", "reversed", false },
		{ ANSWER_835_CLAIM, "99", "answered", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(answer_word(rows[i].kind, rows[i].status),
		    rows[i].word);
		assert_int_equal(answer_rejects(rows[i].kind, rows[i].status),
		    rows[i].rejects);
	}
}

struct told {
	enum answer_kind kind;
	const char *status;
	int64_t amount, paid;
};

static const char *
standing(const struct told *told, unsigned n, enum file_state file)
{
	struct claim_standing s = { .kind = 0 };

	for (unsigned i = 0; i < n; i++) {
		struct store_answer a = { .kind = told[i].kind,
		    .amount = told[i].amount, .paid = told[i].paid };

		snprintf(a.status, sizeof(a.status), "%s", told[i].status);
		standing_add(&s, &a);
	}
	return standing_text(&s, file);
}

static void
claim_stands_where_the_answer_that_says_most_puts_it(void **state)
{
	static const struct told told[] = {
		{ ANSWER_TA1, "A", 0, 0 },
		{ ANSWER_999_SET, "A", 0, 0 },
		{ ANSWER_277_CLAIM, "A1:19:AY", 0, 0 },
		{ ANSWER_277_CLAIM, "A7:562:85", 0, 0 },
		{ ANSWER_277_CLAIM, "A2:20:PR", 0, 0 },
		{ ANSWER_999_GROUP, "A", 0, 0 },      /* late: says less */
		{ ANSWER_835_CLAIM, "1", 12500, 6000 },
		{ ANSWER_835_CLAIM, "22", -12500, -6000 },
		{ ANSWER_835_CLAIM, "1", 12500, 12500 },
		{ ANSWER_277_CLAIM, "A2:20:PR", 0, 0 },
		{ ANSWER_835_CLAIM, "1", 12500, 0 },
	};
	static const char *const stands[] = { "interchange accepted",
	    "set accepted", "claim accepted", "claim rejected",
	    "claim accepted", "claim accepted", "partly paid",
	    "payment reversed", "paid", "paid", "processed, nothing paid" };

	(void)state;
	assert_string_equal(standing(told, 0, STATE_UNKNOWN), "unknown");
	assert_string_equal(standing(told, 0, STATE_READY), "ready");
	for (unsigned i = 0; i < sizeof(stands) / sizeof(stands[0]); i++)
		assert_string_equal(standing(told, i + 1, STATE_SENT),
		    stands[i]);
}

static void
names_in_a_report_forge_no_line(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	report_name(&b, "a\nOutcome: sent\x1b[2J.837");
	assert_string_equal(buf_str(&b), "a?Outcome: sent?[2J.837");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_a_word_each),
		cmocka_unit_test(
		    claim_stands_where_the_answer_that_says_most_puts_it),
		cmocka_unit_test(names_in_a_report_forge_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
