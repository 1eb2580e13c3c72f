/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/store.h"
#include "tests/support/document.h"

#include <stdio.h>

static void
state_names_are_read_back(void **state)
{
	(void)state;
	for (unsigned s = 1; s < STATE_COUNT; s++)
		assert_int_equal(state_parse(state_text(s)), s);
	assert_int_equal(state_parse(""), STATE_NONE);
	assert_int_equal(state_parse("none"), STATE_NONE);
	assert_int_equal(state_parse("SENT"), STATE_NONE);
	assert_string_equal(file_kind_text(FILE_OUTGOING), "outgoing");
}

/* From nothing along legal moves. */
static void
reach(enum file_kind kind, enum file_state from, bool seen[STATE_COUNT])
{
	for (unsigned to = 1; to < STATE_COUNT; to++)
		if (!seen[to] && state_may(kind, from, to)) {
			seen[to] = true;
			reach(kind, to, seen);
		}
}

static void
every_state_is_reached_and_explained_for_its_kind(void **state)
{
	bool used[STATE_COUNT] = { false };
	struct buf printed;
	char row[64];

	(void)state;
	buf_init(&printed, 64 * 1024);
	for (unsigned kind = FILE_DROPPED; kind <= FILE_FETCHED; kind++) {
		bool seen[STATE_COUNT] = { false };

		buf_reset(&printed);
		state_print(&printed);
		const char *part, *text = buf_str(&printed);

		snprintf(row, sizeof(row), "### A file that is %s\n",
		    file_kind_text(kind));
		part = strstr(text, row);
		assert_non_null(part);
		reach(kind, STATE_NONE, seen);
		for (unsigned s = 1; s < STATE_COUNT; s++) {
			const char *end = strstr(part + 1, "###");
			const char *at;

			snprintf(row, sizeof(row), "\n| `%s` | ",
			    state_text(s));
			at = strstr(part, row);
			/* Its row of meaning is there if it can be reached. */
			assert_int_equal(seen[s], at != NULL &&
			    (end == NULL || at < end));
			used[s] |= seen[s];
		}
	}
	for (unsigned s = 1; s < STATE_COUNT; s++)
		assert_true(used[s]);
	buf_free(&printed);
}

static void
moves_are_only_between_states_of_the_kind(void **state)
{
	(void)state;
	for (unsigned kind = FILE_DROPPED; kind <= FILE_FETCHED; kind++) {
		bool seen[STATE_COUNT] = { true };

		reach(kind, STATE_NONE, seen);
		for (unsigned from = 0; from < STATE_COUNT; from++)
			for (unsigned to = 0; to < STATE_COUNT; to++) {
				if (!state_may(kind, from, to))
					continue;
				assert_true(seen[from] && seen[to]);
				assert_true(from != to);
				assert_true(*state_evidence(kind, from, to)
				    != '\0');
			}
	}
}

/* Where a wrong move would lose a file, send it twice, or call it sent. */
static void
dangerous_moves_are_not_legal(void **state)
{
	static const struct {
		enum file_kind kind;
		enum file_state from, to;
	} never[] = {
		{ FILE_OUTGOING, STATE_UNKNOWN, STATE_SENDING },
		{ FILE_OUTGOING, STATE_COMMITTING, STATE_SENDING },
		{ FILE_OUTGOING, STATE_COMMITTING, STATE_CANCELLED },
		{ FILE_OUTGOING, STATE_COMMITTING, STATE_HELD },
		{ FILE_OUTGOING, STATE_SENDING, STATE_SENT },
		{ FILE_OUTGOING, STATE_SENDING, STATE_CANCELLED },
		{ FILE_OUTGOING, STATE_READY, STATE_SENT },
		{ FILE_OUTGOING, STATE_READY, STATE_COMMITTING },
		{ FILE_OUTGOING, STATE_HELD, STATE_SENDING },
		{ FILE_OUTGOING, STATE_CANCELLED, STATE_READY },
		{ FILE_DROPPED, STATE_CLAIMED, STATE_ENVELOPED },
		{ FILE_DROPPED, STATE_REJECTED, STATE_CHECKED },
		{ FILE_DROPPED, STATE_CLAIMED, STATE_NONE },
		{ FILE_DROPPED, STATE_CLAIMED, STATE_BATCHED },
		{ FILE_DROPPED, STATE_CANCELLED, STATE_WAITING },
		{ FILE_FETCHED, STATE_FETCHING, STATE_MATCHED },
		{ FILE_FETCHED, STATE_FETCHED, STATE_DELIVERED },
		{ FILE_FETCHED, STATE_FETCHED, STATE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_false(state_may(never[i].kind, never[i].from,
		    never[i].to));
	for (unsigned kind = FILE_DROPPED; kind <= FILE_FETCHED; kind++)
		for (unsigned to = 0; to < STATE_COUNT; to++) {
			assert_false(state_may(kind, STATE_SENT, to));
			assert_false(state_may(kind, STATE_ENVELOPED, to));
			assert_false(state_may(kind, STATE_DELIVERED, to));
			assert_false(state_may(kind, STATE_INCOMPLETE, to));
		}
}

/* Nothing waits for ever without a way out, but for what is final. */
static void
only_final_states_have_no_way_on(void **state)
{
	static const enum file_state final[] = { STATE_ENVELOPED,
	    STATE_INCOMPLETE, STATE_REJECTED, STATE_SENT, STATE_CANCELLED,
	    STATE_DELIVERED, STATE_UNPACKED, STATE_BATCHED };

	(void)state;
	for (unsigned kind = FILE_DROPPED; kind <= FILE_FETCHED; kind++) {
		bool seen[STATE_COUNT] = { false };

		reach(kind, STATE_NONE, seen);
		for (unsigned s = 1; s < STATE_COUNT; s++) {
			bool is_final = kind == FILE_DROPPED &&
			    s == STATE_DUPLICATE, moves = false;

			for (size_t i = 0; i < sizeof(final) /
			    sizeof(final[0]); i++)
				is_final |= final[i] == s;
			for (unsigned to = 1; to < STATE_COUNT; to++)
				moves |= state_may(kind, s, to);
			if (seen[s])
				assert_int_equal(moves, !is_final);
		}
	}
}

static void
document_has_the_table_as_it_is(void **state)
{
	struct buf printed;

	(void)state;
	buf_init(&printed, 64 * 1024);
	state_print(&printed);
	assert_false(printed.failed);
	document_holds("docs/architecture.md", "states", buf_slice(&printed));
	buf_free(&printed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_names_are_read_back),
		cmocka_unit_test(
		    every_state_is_reached_and_explained_for_its_kind),
		cmocka_unit_test(moves_are_only_between_states_of_the_kind),
		cmocka_unit_test(dangerous_moves_are_not_legal),
		cmocka_unit_test(only_final_states_have_no_way_on),
		cmocka_unit_test(document_has_the_table_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
