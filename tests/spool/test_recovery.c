/* SPDX-License-Identifier: ISC */
/*
 * The engine's paths through the store, killed before each of their system
 * calls in turn. Whatever is left behind, opening the store again and doing
 * what the table of states says brings every byte and every number back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/spool/twins.h"
#include "tests/support/cut.h"

enum { CUTS = 2000 };    /* more system calls than any path has */

static const char text[] = "ISA*00*the clerk's bytes~";

/* What the child does and the parent knows of. */
struct journey {
	struct place *p;
	struct store_file file, out;
	struct store *s;
};

/* In the child an error is an end by assertion: CUT_FAILED. */
static void
must(int rc)
{
	if (rc != 0)
		_exit(3);
}

static void
journey_open(void *ctx)
{
	struct journey *j = ctx;

	j->s = store_open(j->p->store_dir, NULL);
	must(j->s == NULL);
}

static bool
on_any(void *ctx, const struct store_id *id)
{
	(void)id;
	++*(unsigned *)ctx;
	return true;
}

static unsigned
orphans(struct place *p)
{
	unsigned n = 0;

	assert_ok(p, store_orphans(p->s, on_any, &n, &p->e));
	return n;
}

/*
 * Try every cut; `after` looks at what is left, with the store open again.
 * The store is in /tmp, the outbox below `outbox`.
 */
static void
cut_everywhere(enum cut (*one)(unsigned n, const char *outbox),
    const char *outbox)
{
	enum cut how = CUT_CUT;
	unsigned n;

	for (n = 1; how == CUT_CUT && n < CUTS; n++)
		how = one(n, outbox);
	if (how == CUT_IMPOSSIBLE) {
		print_message("SKIPPED: no ptrace(2) here\n");
		skip();
	}
	assert_int_equal(how, CUT_DONE);
	print_message("survived %u cuts\n", n - 2);
	assert_true(n > 10);
}

/* ---- a claim ----------------------------------------------------------- */

static void
claim_path(void *ctx)
{
	struct journey *j = ctx;
	struct err e;

	must(store_file_add(j->s, &j->file, &e));
	must(store_bytes_adopt(j->s, &j->file.id, j->p->outbox, "c.837", &e));
	must(store_file_move(j->s, &j->file, STATE_CLAIMED, NULL, NOW + 1,
	    &e));
}

/* The table's row for claiming: finish it, or forget the row. */
static void
claim_recover(struct place *p, struct store_file *f)
{
	int rc = store_file_get(p->s, &f->id, f, &p->e);

	if (rc == -ENOENT) {
		/* The cut was before the row: a new scan finds the name. */
		assert_true(place_has(p, "c.837"));
		assert_ok(p, store_file_add(p->s, f, &p->e));
	}
	if (f->state == STATE_CLAIMING) {
		/* Somewhere it is. */
		assert_true(place_has(p, "c.837") ||
		    store_bytes_exist(p->s, &f->id));
		assert_ok(p, store_bytes_adopt(p->s, &f->id, p->outbox,
		    "c.837", &p->e));
		assert_ok(p, store_file_move(p->s, f, STATE_CLAIMED, NULL,
		    NOW + 2, &p->e));
	}
	assert_int_equal(f->state, STATE_CLAIMED);
	assert_bytes(p, &f->id, text);
	assert_false(place_has(p, "c.837"));
	assert_int_equal(orphans(p), 0);
}

/* Nothing is left in the outbox, hidden or not. */
static void
assert_outbox_empty(struct place *p)
{
	char command[128];

	snprintf(command, sizeof(command),
	    "test -z \"$(ls -A '%s/outbox' 2>/dev/null)\"", p->dir);
	assert_int_equal(system(command), 0);
}

static enum cut
claim_one(unsigned n, const char *below)
{
	struct place *p = place_new(TWIN_SQLITE, "/tmp");
	struct place *far = place_new(TWIN_MEMORY, below);
	struct journey j = { .p = p };
	enum cut how;

	close(p->outbox);
	p->outbox = dup(far->outbox);
	place_drop(p, "c.837", text);
	j.file = file_of(FILE_DROPPED, STATE_CLAIMING, "x");
	store_close(p->s);
	how = cut_run(n, journey_open, claim_path, &j);
	place_open(p);
	if (how == CUT_CUT || how == CUT_DONE) {
		claim_recover(p, &j.file);
		assert_outbox_empty(far);
	}
	place_free(p);
	place_free(far);
	return how;
}

static void
claim_survives_every_cut(void **state)
{
	(void)state;
	cut_everywhere(claim_one, "/tmp");
}

static bool
two_file_systems(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev != y.st_dev &&
	    access(a, W_OK) == 0 && access(b, W_OK) == 0;
}

static void
claim_across_file_systems_survives_every_cut(void **state)
{
	(void)state;
	if (!two_file_systems("/tmp", "/dev/shm")) {
		print_message("SKIPPED: /tmp and /dev/shm are one\n");
		skip();
	}
	cut_everywhere(claim_one, "/dev/shm");
}

/* ---- an envelope ------------------------------------------------------- */

static uint64_t
reserve(struct store *s, const struct store_id *file, const char *hash)
{
	uint64_t first = 0;

	if (store_numbers_reserve(s, "us/them", NUMBER_ISA13, 3, file, hash,
	    NOW, &first, NULL) != 0)
		return 0;
	return first;
}

static void
envelope_path(void *ctx)
{
	struct journey *j = ctx;
	struct store_group g = { .file = j->out.id, .control = 7 };
	struct store_set t = { .file = j->out.id, .id = "837" };
	struct store_claim c = { .file = j->out.id, .claim = "PAT1",
	    .partner = "x" };
	int fd;

	j->out.isa_control = reserve(j->s, &j->file.id, HASH_A);
	must(j->out.isa_control == 0);
	must(store_bytes_create(j->s, &j->out.id, &fd, NULL));
	must(write(fd, text, strlen(text)) < 0);
	must(store_bytes_keep(j->s, &j->out.id, fd, NULL));
	must(store_begin(j->s, NULL));
	must(store_file_add(j->s, &j->out, NULL));
	must(store_group_add(j->s, &g, NULL));
	t.group = g.row;
	must(store_set_add(j->s, &t, NULL));
	c.set = t.row;
	must(store_claim_add(j->s, &c, NULL));
	must(store_file_move(j->s, &j->file, STATE_ENVELOPED, NULL, NOW + 1,
	    NULL));
	must(store_commit(j->s, NULL));
}

static bool
on_claim(void *ctx, const struct store_claim *c)
{
	(void)c;
	++*(unsigned *)ctx;
	return true;
}

/* All of the envelope is there, or nothing of it but an orphan. */
static void
envelope_check(struct place *p, struct journey *j)
{
	struct store_file out;
	struct store_id other = id_of(NOW);
	unsigned claims = 0;
	uint64_t first;

	assert_ok(p, store_file_get(p->s, &j->file.id, &j->file, &p->e));
	assert_ok(p, store_find_claim(p->s, "x", "PAT1", on_claim, &claims,
	    &p->e));
	if (j->file.state == STATE_ENVELOPED) {
		assert_ok(p, store_file_get(p->s, &j->out.id, &out, &p->e));
		assert_int_equal(out.state, STATE_READY);
		assert_int_equal(out.isa_control, 1);
		assert_bytes(p, &j->out.id, text);
		assert_int_equal(claims, 1);
		assert_int_equal(orphans(p), 0);
	} else {
		assert_int_equal(j->file.state, STATE_CHECKED);
		assert_int_equal(store_file_get(p->s, &j->out.id, &out,
		    &p->e), -ENOENT);
		assert_int_equal(claims, 0);
		assert_true(orphans(p) <= 1);
		if (orphans(p) == 1)
			assert_bytes(p, &j->out.id, text);
	}
	first = reserve(p->s, &j->file.id, HASH_A);
	assert_int_equal(first, 1);
	assert_int_equal(reserve(p->s, &other, HASH_B), 4);
}

static enum cut
envelope_one(unsigned n, const char *below)
{
	struct place *p = place_new(TWIN_SQLITE, below);
	struct journey j = { .p = p };
	enum cut how;

	j.file = place_add(p, FILE_DROPPED, STATE_CLAIMING, "x");
	assert_ok(p, store_file_move(p->s, &j.file, STATE_CLAIMED, NULL, NOW,
	    &p->e));
	assert_ok(p, store_file_move(p->s, &j.file, STATE_CHECKED, NULL, NOW,
	    &p->e));
	j.out = file_of(FILE_OUTGOING, STATE_READY, "x");
	j.out.parent = j.file.id;
	store_close(p->s);
	how = cut_run(n, journey_open, envelope_path, &j);
	place_open(p);
	if (how == CUT_CUT || how == CUT_DONE)
		envelope_check(p, &j);
	place_free(p);
	return how;
}

static void
envelope_survives_every_cut(void **state)
{
	(void)state;
	cut_everywhere(envelope_one, "/tmp");
}

/* ---- opening and closing ----------------------------------------------- */

static void
open_path(void *ctx)
{
	struct journey *j = ctx;

	journey_open(j);
	store_close(j->s);
}

static enum cut
birth_one(unsigned n, const char *below)
{
	struct place *p = place_new(TWIN_MEMORY, below);
	struct journey j = { .p = p };
	enum cut how = cut_run(n, NULL, open_path, &j);

	store_close(p->s);
	p->twin = TWIN_SQLITE;
	place_open(p);
	place_add(p, FILE_OUTGOING, STATE_READY, "x");
	place_free(p);
	return how;
}

static void
birth_of_a_store_survives_every_cut(void **state)
{
	(void)state;
	cut_everywhere(birth_one, "/tmp");
}

/* Leaves a log behind that the next one has to read. */
static void
write_and_die(void *ctx)
{
	struct journey *j = ctx;

	journey_open(j);
	must(store_file_add(j->s, &j->file, NULL));
	_exit(0);
}

static enum cut
reopen_one(unsigned n, const char *below)
{
	struct place *p = place_new(TWIN_SQLITE, below);
	struct journey j = { .p = p };
	enum cut how;

	store_close(p->s);
	j.file = file_of(FILE_OUTGOING, STATE_READY, "x");
	how = cut_run(CUTS, NULL, write_and_die, &j);
	if (how == CUT_DONE)
		how = cut_run(n, NULL, open_path, &j);
	place_open(p);
	if (how == CUT_CUT || how == CUT_DONE)
		assert_ok(p, store_file_get(p->s, &j.file.id, &j.file,
		    &p->e));
	place_free(p);
	return how;
}

static void
recovery_itself_survives_every_cut(void **state)
{
	(void)state;
	cut_everywhere(reopen_one, "/tmp");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claim_survives_every_cut),
		cmocka_unit_test(claim_across_file_systems_survives_every_cut),
		cmocka_unit_test(envelope_survives_every_cut),
		cmocka_unit_test(birth_of_a_store_survives_every_cut),
		cmocka_unit_test(recovery_itself_survives_every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
