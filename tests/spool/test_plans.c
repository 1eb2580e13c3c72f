/* SPDX-License-Identifier: ISC */
/*
 * No look-up may read a whole table: what SQLite plans to do with each of our
 * statements, asked of an empty store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/spool/twins.h"

#include <sqlite3.h>

struct statement {
	const char *name, *text;
};

static const struct statement statements[] = {
#define SQL(name, text) { #name, text },
#include "spool/sql.def"
#undef SQL
};

/* Those that are asked for all there is, and may scan. */
static const char *const all[] = { "FILE_ALL", "FILE_ALL_DESC", "FILE_COUNT",
    "EVENT_ALL", "ANSWER_UNMATCHED" };

static bool
may_scan(const char *name)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i], name) == 0)
			return true;
	return false;
}

/* Steps such as "SEARCH claim USING INDEX claim_claim (claim=?)". */
static void
check_plan(sqlite3 *db, const struct statement *s, unsigned *searches)
{
	sqlite3_stmt *stmt;
	char sql[4096];

	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", s->text);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", s->name, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(stmt, 3);

		if (strncmp(step, "SCAN ", 5) == 0 &&
		    strcmp(step, "SCAN CONSTANT ROW") != 0 &&
		    !may_scan(s->name))
			fail_msg("%s: %s", s->name, step);
		if (strncmp(step, "SEARCH ", 7) == 0)
			++*searches;
	}
	sqlite3_finalize(stmt);
}

static void
lookups_go_by_an_index(void **state)
{
	struct place *p = place_new(TWIN_SQLITE, "/tmp");
	unsigned searches = 0;
	char path[128];
	sqlite3 *db;

	(void)state;
	snprintf(path, sizeof(path), "%s/x12d.db", p->store_dir);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY,
	    NULL), SQLITE_OK);
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]);
	    i++)
		check_plan(db, &statements[i], &searches);
	sqlite3_close(db);
	assert_true(searches > 20);
	place_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups_go_by_an_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
