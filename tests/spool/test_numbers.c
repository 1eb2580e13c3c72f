/* SPDX-License-Identifier: ISC */
/* Control numbers: what is promised, tried on both kinds of store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool/store_ops.h"
#include "tests/spool/twins.h"

#include <signal.h>
#include <sys/wait.h>

#define LAST UINT64_C(999999999)

static uint64_t
reserve(struct place *p, const char *scope, enum number_kind kind,
    uint32_t count, struct store_id file, const char *sha256)
{
	uint64_t first = 0;

	assert_ok(p, store_numbers_reserve(p->s, scope, kind, count, &file,
	    sha256, NOW, &first, &p->e));
	assert_true(first > 0);
	return first;
}

static void
numbers_begin_at_one_and_go_on(void **state)
{
	struct place *p = *state;

	assert_int_equal(reserve(p, "s", NUMBER_ISA13, 1, id_of(NOW),
	    HASH_A), 1);
	assert_int_equal(reserve(p, "s", NUMBER_ISA13, 7, id_of(NOW),
	    HASH_A), 2);
	assert_int_equal(reserve(p, "s", NUMBER_ISA13, 1, id_of(NOW),
	    HASH_A), 9);
}

static void
numbers_of_scopes_and_kinds_are_their_own(void **state)
{
	struct place *p = *state;
	struct store_id file = id_of(NOW);

	assert_int_equal(reserve(p, "s", NUMBER_ISA13, 3, file, HASH_A), 1);
	assert_int_equal(reserve(p, "s", NUMBER_GS06, 3, file, HASH_A), 1);
	assert_int_equal(reserve(p, "t", NUMBER_ISA13, 3, file, HASH_A), 1);
	assert_int_equal(reserve(p, "S", NUMBER_ISA13, 3, file, HASH_A), 1);
}

static void
numbers_of_the_same_bytes_are_the_same(void **state)
{
	struct place *p = *state;
	struct store_id file = id_of(NOW);
	uint64_t first = reserve(p, "s", NUMBER_GS06, 5, file, HASH_A);

	reserve(p, "s", NUMBER_GS06, 2, id_of(NOW), HASH_A);
	assert_true(first == reserve(p, "s", NUMBER_GS06, 5, file, HASH_A));
	if (p->twin == TWIN_SQLITE)
		place_reopen(p);
	else
		return;
	assert_true(first == reserve(p, "s", NUMBER_GS06, 5, file, HASH_A));
	assert_int_equal(reserve(p, "s", NUMBER_GS06, 1, id_of(NOW), HASH_A),
	    8);
}

static void
numbers_are_refused_to_other_bytes_or_counts(void **state)
{
	struct place *p = *state;
	struct store_id file = id_of(NOW);
	uint64_t first = 77;

	reserve(p, "s", NUMBER_ST02, 5, file, HASH_A);
	assert_int_equal(store_numbers_reserve(p->s, "s", NUMBER_ST02, 5,
	    &file, HASH_B, NOW, &first, &p->e), -EBADMSG);
	assert_int_equal(store_numbers_reserve(p->s, "s", NUMBER_ST02, 6,
	    &file, HASH_A, NOW, &first, &p->e), -EBADMSG);
	assert_int_equal(first, 77);
	assert_int_equal(reserve(p, "s", NUMBER_ST02, 1, id_of(NOW), HASH_A),
	    6);
}

static void
block_does_not_span_the_wrap(void **state)
{
	static const enum number_kind kinds[] = { NUMBER_ISA13, NUMBER_GS06,
	    NUMBER_ST02 };
	struct place *p = *state;

	for (size_t i = 0; i < 3; i++) {
		reserve(p, "s", kinds[i], LAST - 3, id_of(NOW), HASH_A);
		/* 999999997 to 999999999 are left: three fit, four do not. */
		assert_int_equal(reserve(p, "s", kinds[i], 1, id_of(NOW),
		    HASH_A), LAST - 2);
		assert_int_equal(reserve(p, "s", kinds[i], 3, id_of(NOW),
		    HASH_A), 1);
		assert_int_equal(reserve(p, "s", kinds[i], 1, id_of(NOW),
		    HASH_A), 4);
	}
}

static void
last_number_is_used_and_one_follows(void **state)
{
	struct place *p = *state;

	reserve(p, "s", NUMBER_ISA13, LAST - 2, id_of(NOW), HASH_A);
	assert_int_equal(reserve(p, "s", NUMBER_ISA13, 2, id_of(NOW), HASH_A),
	    LAST - 1);
	assert_int_equal(reserve(p, "s", NUMBER_ISA13, 1, id_of(NOW), HASH_A),
	    1);
	assert_int_equal(reserve(p, "t", NUMBER_ISA13, LAST, id_of(NOW),
	    HASH_A), 1);
	assert_int_equal(reserve(p, "t", NUMBER_ISA13, LAST, id_of(NOW),
	    HASH_A), 1);
}

static void
more_numbers_than_there_are_is_refused(void **state)
{
	struct place *p = *state;
	struct store_id file = id_of(NOW);
	uint64_t first;

	assert_int_equal(store_numbers_reserve(p->s, "s", NUMBER_ISA13,
	    (uint32_t)LAST + 1, &file, HASH_A, NOW, &first, &p->e),
	    -EOVERFLOW);
	assert_int_equal(reserve(p, "s", NUMBER_ISA13, 1, file, HASH_A), 1);
}

static void
bht03_never_wraps(void **state)
{
	struct place *p = *state;
	struct store_id file = id_of(NOW);
	uint64_t first = 0;

	reserve(p, "s", NUMBER_BHT03, (uint32_t)LAST, id_of(NOW), HASH_A);
	assert_int_equal(reserve(p, "s", NUMBER_BHT03, 5, id_of(NOW), HASH_A),
	    LAST + 1);
	/* To the end would take a lifetime: put the counter there. */
	assert_ok(p, store_begin(p->s, &p->e));
	assert_ok(p, p->s->ops->counter_put(p->s, "s", NUMBER_BHT03,
	    UINT64_C(999999999999999998), &p->e));
	assert_ok(p, store_commit(p->s, &p->e));
	assert_int_equal(store_numbers_reserve(p->s, "s", NUMBER_BHT03, 3,
	    &file, HASH_A, NOW, &first, &p->e), -EOVERFLOW);
	assert_true(reserve(p, "s", NUMBER_BHT03, 2, file, HASH_A) ==
	    UINT64_C(999999999999999998));
	assert_int_equal(store_numbers_reserve(p->s, "s", NUMBER_BHT03, 1,
	    &(struct store_id){ { 9 } }, HASH_A, NOW, &first, &p->e),
	    -EOVERFLOW);
}

static void
scope_that_is_too_long_is_refused(void **state)
{
	struct place *p = *state;
	struct store_id file = id_of(NOW);
	char scope[STORE_SCOPE + 1];
	uint64_t first;

	memset(scope, 'x', STORE_SCOPE);
	scope[STORE_SCOPE] = '\0';
	assert_int_equal(store_numbers_reserve(p->s, scope, NUMBER_ISA13, 1,
	    &file, HASH_A, NOW, &first, &p->e), -ENAMETOOLONG);
	scope[STORE_SCOPE - 1] = '\0';
	assert_int_equal(reserve(p, scope, NUMBER_ISA13, 1, file, HASH_A), 1);
}

/* ---- against a model --------------------------------------------------- */

enum { FILES = 60, STEPS = 1500, PAIRS = 6, USED = 20000 };

struct model {
	struct store_id file[FILES];
	struct { uint64_t first; uint32_t count; } had[PAIRS][FILES];
	bool used[PAIRS][USED];
};

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
	return *seed >> 8;
}

/* Ask for numbers of any file again and again; some asks are taken back. */
static void
model_step(struct place *p, struct model *m, uint32_t *seed)
{
	unsigned pair = next_random(seed) % PAIRS, f = next_random(seed) %
	    FILES;
	bool back = next_random(seed) % 4 == 0;
	uint32_t count = 1 + next_random(seed) % 20;
	uint64_t first;

	if (m->had[pair][f].count != 0)
		count = m->had[pair][f].count;
	assert_ok(p, store_begin(p->s, &p->e));
	first = reserve(p, pair % 2 ? "us/a" : "us/b",
	    (enum number_kind)(1 + pair / 2), count, m->file[f], HASH_A);
	if (back) {
		store_rollback(p->s);
		return;
	}
	assert_ok(p, store_commit(p->s, &p->e));
	if (m->had[pair][f].count != 0) {
		assert_true(first == m->had[pair][f].first);
		return;
	}
	m->had[pair][f].first = first;
	m->had[pair][f].count = count;
	for (uint64_t n = first; n < first + count; n++) {
		assert_true(n < USED);
		assert_false(m->used[pair][n]);
		m->used[pair][n] = true;
	}
}

static void
no_number_is_ever_given_twice(void **state)
{
	struct place *p = *state;
	struct model *m = calloc(1, sizeof(*m));
	uint32_t seed = 20260101;

	assert_non_null(m);
	for (unsigned i = 0; i < FILES; i++)
		m->file[i] = id_of(NOW);
	for (unsigned i = 0; i < STEPS; i++)
		model_step(p, m, &seed);
	free(m);
}

/* ---- against kill -9 --------------------------------------------------- */

/* Reserve and tell, until killed. */
static void
child_reserves(const char *dir, int out)
{
	struct store *s = store_open(dir, NULL);
	uint64_t said[2];

	for (uint32_t i = 1; s != NULL; i++) {
		struct store_id file = id_of(NOW);

		said[1] = 1 + i % 3;
		if (store_numbers_reserve(s, "s", NUMBER_ISA13,
		    (uint32_t)said[1], &file, HASH_A, NOW, &said[0],
		    NULL) != 0)
			break;
		if (write(out, said, sizeof(said)) != sizeof(said))
			break;
	}
	_exit(1);
}

enum { KILLS = 15 };

static void
numbers_survive_kill_at_any_moment(void **state)
{
	struct place *p = *state;
	uint64_t highest = 0, said[2];
	unsigned told = 0;

	store_close(p->s);
	for (unsigned i = 0; i < KILLS; i++) {
		int pipes[2];
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(pipes[0]);
			child_reserves(p->store_dir, pipes[1]);
		}
		close(pipes[1]);
		usleep(20000 + 3771 * i);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		/* Everything told lies above everything told before. */
		while (read(pipes[0], said, sizeof(said)) == sizeof(said)) {
			assert_true(said[0] > highest);
			highest = said[0] + said[1] - 1;
			told++;
		}
		close(pipes[0]);
	}
	place_open(p);
	assert_true(reserve(p, "s", NUMBER_ISA13, 1, id_of(NOW), HASH_A) >
	    highest);
	assert_true(told > KILLS);
	print_message("%u blocks told before %d kills\n", told, KILLS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWINS(numbers_begin_at_one_and_go_on)
		TWINS(numbers_of_scopes_and_kinds_are_their_own)
		TWINS(numbers_of_the_same_bytes_are_the_same)
		TWINS(numbers_are_refused_to_other_bytes_or_counts)
		TWINS(block_does_not_span_the_wrap)
		TWINS(last_number_is_used_and_one_follows)
		TWINS(more_numbers_than_there_are_is_refused)
		TWINS(bht03_never_wraps)
		TWINS(scope_that_is_too_long_is_refused)
		TWINS(no_number_is_ever_given_twice)
		cmocka_unit_test_setup_teardown(
		    numbers_survive_kill_at_any_moment, setup_sqlite,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
