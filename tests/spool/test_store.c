/* SPDX-License-Identifier: ISC */
/* Files, transactions and bytes: store.h, asked of every kind of store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool/store_ops.h"
#include "tests/spool/twins.h"

/* ---- files ------------------------------------------------------------- */

static void
file_comes_back_as_it_was_added(void **state)
{
	struct place *p = *state;
	struct store_file parent = place_add(p, FILE_DROPPED, STATE_CLAIMING,
	    "acme"), got, f = file_of(FILE_OUTGOING, STATE_READY, "acme");

	f.parent = parent.id;
	strcpy(f.name, "cl\xc3\xa4ims 'of' \"may\".837");
	strcpy(f.directory, "in/837");
	strcpy(f.sha256, HASH_A);
	f.size = UINT64_C(1) << 40;
	f.remote_mtime = -5;
	f.changed = NOW + 1;
	f.next_try = NOW + 2;
	f.attempts = UINT32_MAX;
	f.ordinal = 3;
	f.isa_control = 999999999;
	f.usage = 'P';
	strcpy(f.type, "837P");
	f.claims = 17;
	f.settled = true;
	strcpy(f.reason, "because");
	f.batch = id_of(NOW);
	f.charge = -12345;
	assert_ok(p, store_file_add(p->s, &f, &p->e));
	memset(&got, 0x55, sizeof(got));
	assert_ok(p, store_file_get(p->s, &f.id, &got, &p->e));
	assert_true(store_id_equal(&got.id, &f.id));
	assert_true(store_id_equal(&got.parent, &parent.id));
	assert_int_equal(got.kind, FILE_OUTGOING);
	assert_int_equal(got.state, STATE_READY);
	assert_string_equal(got.partner, "acme");
	assert_string_equal(got.name, f.name);
	assert_string_equal(got.directory, "in/837");
	assert_string_equal(got.sha256, HASH_A);
	assert_true(got.size == f.size);
	assert_int_equal(got.remote_mtime, -5);
	assert_true(got.created == NOW && got.changed == NOW + 1);
	assert_true(got.next_try == NOW + 2);
	assert_int_equal(got.attempts, UINT32_MAX);
	assert_int_equal(got.ordinal, 3);
	assert_int_equal(got.isa_control, 999999999);
	assert_int_equal(got.usage, 'P');
	assert_string_equal(got.type, "837P");
	assert_int_equal(got.claims, 17);
	assert_true(got.settled);
	assert_string_equal(got.reason, "because");
	assert_true(store_id_equal(&got.batch, &f.batch));
	assert_true(got.charge == -12345);
}

static void
file_is_added_once_and_only_below_its_parent(void **state)
{
	struct place *p = *state;
	struct store_file f = place_add(p, FILE_DROPPED, STATE_CLAIMING, "a");

	assert_int_equal(store_file_add(p->s, &f, &p->e), -EEXIST);
	f.id = f.parent = id_of(NOW);
	f.parent.b[0] ^= 1;
	assert_int_equal(store_file_add(p->s, &f, &p->e), -ENOENT);
	assert_int_equal(store_file_get(p->s, &f.id, &f, &p->e), -ENOENT);
}

static void
move_writes_state_evidence_and_event_together(void **state)
{
	struct place *p = *state;
	struct event_list l = { 0 };
	struct store_file got, f = place_add(p, FILE_DROPPED, STATE_CLAIMING,
	    "acme");

	f.size = 42;
	assert_ok(p, store_file_move(p->s, &f, STATE_CLAIMED, "bytes safe",
	    NOW + 7, &p->e));
	assert_int_equal(f.state, STATE_CLAIMED);
	assert_true(f.changed == NOW + 7);
	assert_string_equal(f.reason, "bytes safe");
	assert_ok(p, store_file_get(p->s, &f.id, &got, &p->e));
	assert_int_equal(got.state, STATE_CLAIMED);
	assert_int_equal(got.size, 42);
	assert_true(got.changed == NOW + 7);
	assert_string_equal(got.reason, "bytes safe");
	assert_ok(p, store_events(p->s, &f.id, on_event, &l, &p->e));
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].what, "claiming");
	assert_string_equal(l.v[1].what, "claimed");
	assert_string_equal(l.v[1].evidence, "bytes safe");
	assert_string_equal(l.v[1].partner, "acme");
	assert_true(l.v[1].at == NOW + 7 && l.v[0].at == NOW);
	assert_true(l.v[0].row < l.v[1].row);
}

static void
move_without_words_records_those_of_the_table(void **state)
{
	struct place *p = *state;
	struct store_file f = place_add(p, FILE_DROPPED, STATE_CLAIMING, "a");

	assert_ok(p, store_file_move(p->s, &f, STATE_CLAIMED, "", NOW,
	    &p->e));
	assert_string_equal(f.reason, state_evidence(FILE_DROPPED,
	    STATE_CLAIMING, STATE_CLAIMED));
}

static void
move_is_refused_when_the_file_has_left_the_state(void **state)
{
	struct place *p = *state;
	struct event_list l = { 0 };
	struct store_file f = place_add(p, FILE_OUTGOING, STATE_READY, "a"),
	    stale = f;

	assert_ok(p, store_file_move(p->s, &f, STATE_HELD, "operator", NOW,
	    &p->e));
	stale.size = 9;
	assert_int_equal(store_file_move(p->s, &stale, STATE_SENDING, "go",
	    NOW, &p->e), -ESTALE);
	assert_int_equal(stale.state, STATE_READY);
	assert_int_equal(store_file_update(p->s, &stale, &p->e), -ESTALE);
	assert_ok(p, store_file_get(p->s, &f.id, &f, &p->e));
	assert_int_equal(f.state, STATE_HELD);
	assert_int_equal(f.size, 0);
	assert_ok(p, store_events(p->s, &f.id, on_event, &l, &p->e));
	assert_int_equal(l.n, 2);
	stale.id.b[0] ^= 1;
	assert_int_equal(store_file_move(p->s, &stale, STATE_SENDING, "go",
	    NOW, &p->e), -ENOENT);
}

static void
move_refuses_evidence_that_does_not_fit(void **state)
{
	struct place *p = *state;
	char words[STORE_REASON + 1];
	struct store_file f = place_add(p, FILE_OUTGOING, STATE_READY, "a");

	memset(words, 'x', STORE_REASON);
	words[STORE_REASON] = '\0';
	assert_int_equal(store_file_move(p->s, &f, STATE_HELD, words, NOW,
	    &p->e), -ENAMETOOLONG);
	assert_int_equal(f.state, STATE_READY);
	words[STORE_REASON - 1] = '\0';
	assert_ok(p, store_file_move(p->s, &f, STATE_HELD, words, NOW,
	    &p->e));
	assert_string_equal(f.reason, words);
}

static void
update_leaves_state_reason_and_birth_alone(void **state)
{
	struct place *p = *state;
	struct store_file got, f = place_add(p, FILE_OUTGOING, STATE_READY,
	    "a");

	f.attempts = 5;
	f.created = f.changed = 1;
	strcpy(f.reason, "not this");
	assert_ok(p, store_file_update(p->s, &f, &p->e));
	assert_ok(p, store_file_get(p->s, &f.id, &got, &p->e));
	assert_int_equal(got.attempts, 5);
	assert_true(got.created == NOW && got.changed == NOW);
	assert_string_equal(got.reason, "");
	f.id.b[3] ^= 1;
	assert_int_equal(store_file_update(p->s, &f, &p->e), -ENOENT);
}

static void
forget_removes_only_what_never_came(void **state)
{
	struct place *p = *state;
	struct event_list l = { 0 };
	struct store_file f = place_add(p, FILE_DROPPED, STATE_CLAIMING, "a"),
	    g = place_add(p, FILE_FETCHED, STATE_FETCHING, "a"),
	    h = place_add(p, FILE_OUTGOING, STATE_READY, "a");
	int fd;

	assert_ok(p, store_file_forget(p->s, &f.id, "clerk took it back",
	    NOW + 1, &p->e));
	assert_int_equal(store_file_get(p->s, &f.id, &f, &p->e), -ENOENT);
	assert_ok(p, store_events(p->s, &f.id, on_event, &l, &p->e));
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[1].what, "forgotten");
	assert_string_equal(l.v[1].evidence, "clerk took it back");
	assert_int_equal(store_file_forget(p->s, &f.id, "", NOW, &p->e),
	    -ENOENT);
	assert_int_equal(store_file_forget(p->s, &h.id, "", NOW, &p->e),
	    -ESTALE);
	assert_ok(p, store_bytes_create(p->s, &g.id, &fd, &p->e));
	assert_ok(p, store_bytes_keep(p->s, &g.id, fd, &p->e));
	close(fd);
	assert_int_equal(store_file_forget(p->s, &g.id, "", NOW, &p->e),
	    -EEXIST);
	assert_ok(p, store_file_get(p->s, &g.id, &g, &p->e));
}

/* ---- lists ------------------------------------------------------------- */

static void
assert_list(struct place *p, const struct store_file_filter *filter,
    unsigned n, const struct store_id *const *ids)
{
	struct id_list l = { 0 };

	assert_ok(p, store_file_list(p->s, filter, on_file, &l, &p->e));
	assert_int_equal(l.n, n);
	for (unsigned i = 0; i < n; i++)
		assert_true(store_id_equal(&l.id[i], ids[i]));
}

#define LIST(p, n, ids, ...) \
	assert_list(p, &(struct store_file_filter){ __VA_ARGS__ }, n, \
	    (const struct store_id *const[]){ ids })
#define IDS(...) __VA_ARGS__

static void
list_obeys_every_part_of_its_filter(void **state)
{
	struct place *p = *state;
	struct store_file a = place_add(p, FILE_DROPPED, STATE_CLAIMING, "x"),
	    b = file_of(FILE_OUTGOING, STATE_READY, "x"),
	    c = file_of(FILE_OUTGOING, STATE_READY, "y"),
	    d = file_of(FILE_FETCHED, STATE_FETCHING, "y");

	b.parent = c.parent = a.id;
	c.batch = a.id;
	b.next_try = NOW + 5;
	strcpy(c.sha256, HASH_A);
	strcpy(d.sha256, HASH_A);
	strcpy(d.name, "r.835");
	strcpy(d.directory, "out");
	assert_ok(p, store_file_add(p->s, &b, &p->e));
	assert_ok(p, store_file_add(p->s, &c, &p->e));
	assert_ok(p, store_file_add(p->s, &d, &p->e));

	LIST(p, 4, IDS(&a.id, &b.id, &c.id, &d.id), .limit = 0);
	LIST(p, 4, IDS(&d.id, &c.id, &b.id, &a.id), .newest_first = true);
	LIST(p, 2, IDS(&d.id, &c.id), .newest_first = true, .limit = 2);
	LIST(p, 2, IDS(&b.id, &c.id), .kind = FILE_OUTGOING);
	LIST(p, 2, IDS(&b.id, &c.id), .state = STATE_READY);
	LIST(p, 2, IDS(&b.id, &c.id), .kind = FILE_OUTGOING,
	    .state = STATE_READY);
	LIST(p, 2, IDS(&c.id, &b.id), .kind = FILE_OUTGOING,
	    .state = STATE_READY, .newest_first = true);
	LIST(p, 2, IDS(&c.id, &d.id), .partner = "y");
	LIST(p, 1, IDS(&c.id), .partner = "y", .kind = FILE_OUTGOING,
	    .state = STATE_READY);
	LIST(p, 1, IDS(&c.id), .kind = FILE_OUTGOING, .state = STATE_READY,
	    .due = NOW);
	LIST(p, 2, IDS(&b.id, &c.id), .kind = FILE_OUTGOING,
	    .state = STATE_READY, .due = NOW + 5);
	LIST(p, 2, IDS(&b.id, &c.id), .parent = &a.id);
	LIST(p, 1, IDS(&b.id), .parent = &a.id, .limit = 1);
	LIST(p, 1, IDS(&c.id), .batch = &a.id);
	LIST(p, 0, NULL, .batch = &b.id);
	LIST(p, 2, IDS(&c.id, &d.id), .sha256 = HASH_A);
	LIST(p, 1, IDS(&d.id), .sha256 = HASH_A, .kind = FILE_FETCHED);
	LIST(p, 2, IDS(&a.id, &b.id), .sha256 = "");
	LIST(p, 1, IDS(&d.id), .partner = "y", .directory = "out",
	    .name = "r.835");
	LIST(p, 1, IDS(&d.id), .name = "r.835");
	LIST(p, 0, IDS(NULL), .partner = "y", .directory = "in",
	    .name = "r.835");
	LIST(p, 0, IDS(NULL), .partner = "nobody");
}

static void
list_stops_when_told(void **state)
{
	struct place *p = *state;
	struct id_list l = { .stop_after = 2 };

	for (unsigned i = 0; i < 5; i++)
		place_add(p, FILE_OUTGOING, STATE_READY, "x");
	assert_ok(p, store_file_list(p->s, &(struct store_file_filter){ 0 },
	    on_file, &l, &p->e));
	assert_int_equal(l.n, 2);
}

struct nested {
	struct place *p;
	unsigned n;
};

static bool
on_file_list_again(void *ctx, const struct store_file *f)
{
	struct nested *o = ctx;
	struct id_list l = { 0 };

	assert_ok(o->p, store_file_list(o->p->s,
	    &(struct store_file_filter){ .partner = f->partner }, on_file, &l,
	    &o->p->e));
	assert_int_equal(l.n, 3);
	o->n++;
	return true;
}

static void
list_may_be_asked_within_a_list(void **state)
{
	struct place *p = *state;
	struct nested o = { p, 0 };

	for (unsigned i = 0; i < 3; i++)
		place_add(p, FILE_OUTGOING, STATE_READY, "x");
	assert_ok(p, store_file_list(p->s,
	    &(struct store_file_filter){ .partner = "x" },
	    on_file_list_again, &o, &p->e));
	assert_int_equal(o.n, 3);
}

struct count_sum {
	unsigned rows;
	uint64_t ready, claiming;
	int64_t oldest_ready;
};

static void
on_count(void *ctx, const char *partner, enum file_kind kind,
    enum file_state state, uint64_t n, int64_t oldest)
{
	struct count_sum *c = ctx;

	c->rows++;
	if (strcmp(partner, "x") == 0 && kind == FILE_OUTGOING &&
	    state == STATE_READY) {
		c->ready = n;
		c->oldest_ready = oldest;
	}
	if (strcmp(partner, "y") == 0 && kind == FILE_DROPPED &&
	    state == STATE_CLAIMING)
		c->claiming = n;
}

static void
count_tells_partners_kinds_and_states_apart(void **state)
{
	struct place *p = *state;
	struct count_sum c = { 0 };
	struct store_file f = file_of(FILE_OUTGOING, STATE_READY, "x");

	f.created = NOW - 100;
	assert_ok(p, store_file_add(p->s, &f, &p->e));
	place_add(p, FILE_OUTGOING, STATE_READY, "x");
	place_add(p, FILE_OUTGOING, STATE_HELD, "x");
	place_add(p, FILE_DROPPED, STATE_CLAIMING, "y");
	assert_ok(p, store_file_count(p->s, on_count, &c, &p->e));
	assert_int_equal(c.rows, 3);
	assert_int_equal(c.ready, 2);
	assert_int_equal(c.claiming, 1);
	assert_true(c.oldest_ready == NOW - 100);
}

/* ---- transactions ------------------------------------------------------ */

static void
rollback_leaves_nothing(void **state)
{
	struct place *p = *state;
	struct store_file kept = place_add(p, FILE_OUTGOING, STATE_READY, "x"),
	    f = file_of(FILE_OUTGOING, STATE_READY, "x"), forgot, moved;
	struct store_group g = { .isa_control = 1, .control = 2 };
	struct event_list l = { 0 };
	struct store_partner partner = { .name = "x", .failures = 3 };
	uint64_t first;

	forgot = place_add(p, FILE_DROPPED, STATE_CLAIMING, "x");
	g.file = kept.id;
	assert_ok(p, store_partner_put(p->s, &partner, &p->e));
	assert_ok(p, store_begin(p->s, &p->e));
	assert_ok(p, store_file_add(p->s, &f, &p->e));
	moved = kept;
	assert_ok(p, store_file_move(p->s, &moved, STATE_HELD, "", NOW,
	    &p->e));
	assert_ok(p, store_file_move(p->s, &moved, STATE_READY, "", NOW,
	    &p->e));
	assert_ok(p, store_file_move(p->s, &moved, STATE_SENDING, "", NOW,
	    &p->e));
	assert_ok(p, store_file_forget(p->s, &forgot.id, "", NOW, &p->e));
	assert_ok(p, store_group_add(p->s, &g, &p->e));
	assert_ok(p, store_numbers_reserve(p->s, "s", NUMBER_ISA13, 5,
	    &kept.id, HASH_A, NOW, &first, &p->e));
	partner.failures = 9;
	assert_ok(p, store_partner_put(p->s, &partner, &p->e));
	store_rollback(p->s);

	assert_int_equal(store_file_get(p->s, &f.id, &f, &p->e), -ENOENT);
	assert_ok(p, store_file_get(p->s, &kept.id, &kept, &p->e));
	assert_int_equal(kept.state, STATE_READY);
	assert_ok(p, store_file_get(p->s, &forgot.id, &forgot, &p->e));
	assert_int_equal(store_get_group(p->s, g.row, &g, &p->e), -ENOENT);
	assert_ok(p, store_events(p->s, NULL, on_event, &l, &p->e));
	assert_int_equal(l.n, 2);
	assert_ok(p, store_partner_get(p->s, "x", &partner, &p->e));
	assert_int_equal(partner.failures, 3);
	assert_ok(p, store_numbers_reserve(p->s, "s", NUMBER_ISA13, 1,
	    &f.id, HASH_B, NOW, &first, &p->e));
	assert_int_equal(first, 1);
}

static void
commit_keeps_all_of_it(void **state)
{
	struct place *p = *state;
	struct store_file f = file_of(FILE_OUTGOING, STATE_READY, "x"),
	    g = file_of(FILE_OUTGOING, STATE_READY, "x");

	assert_ok(p, store_begin(p->s, &p->e));
	assert_ok(p, store_file_add(p->s, &f, &p->e));
	/* What is refused spoils nothing. */
	assert_int_equal(store_file_add(p->s, &f, &p->e), -EEXIST);
	assert_ok(p, store_file_add(p->s, &g, &p->e));
	assert_ok(p, store_file_move(p->s, &g, STATE_HELD, "", NOW, &p->e));
	assert_ok(p, store_commit(p->s, &p->e));
	assert_ok(p, store_begin(p->s, &p->e));
	store_rollback(p->s);
	assert_ok(p, store_file_get(p->s, &f.id, &f, &p->e));
	assert_ok(p, store_file_get(p->s, &g.id, &g, &p->e));
	assert_int_equal(g.state, STATE_HELD);
}

/* The second of the writes that make up a move or an add. */
static int
event_add_fails(struct store *s, const struct store_event *v, struct err *e)
{
	(void)s;
	(void)v;
	return err_set(e, -EIO, "the disk said no");
}

static void
write_that_fails_halfway_leaves_nothing(void **state)
{
	struct place *p = *state;
	const struct store_ops *real = p->s->ops;
	struct store_ops faulty = *real;
	struct store_file ready = place_add(p, FILE_OUTGOING, STATE_READY,
	    "x"), f = file_of(FILE_OUTGOING, STATE_READY, "x"),
	    g = file_of(FILE_OUTGOING, STATE_READY, "x"), got;

	faulty.event_add = event_add_fails;
	p->s->ops = &faulty;
	assert_int_equal(store_file_add(p->s, &f, &p->e), -EIO);
	assert_int_equal(store_file_move(p->s, &ready, STATE_HELD, "", NOW,
	    &p->e), -EIO);
	assert_int_equal(ready.state, STATE_READY);
	p->s->ops = real;
	assert_int_equal(store_file_get(p->s, &f.id, &got, &p->e), -ENOENT);
	assert_ok(p, store_file_get(p->s, &ready.id, &got, &p->e));
	assert_int_equal(got.state, STATE_READY);

	/* Within a transaction all of it is lost, and commit says so. */
	assert_ok(p, store_begin(p->s, &p->e));
	assert_ok(p, store_file_add(p->s, &g, &p->e));
	p->s->ops = &faulty;
	assert_int_equal(store_file_add(p->s, &f, &p->e), -EIO);
	p->s->ops = real;
	assert_int_equal(store_file_move(p->s, &ready, STATE_HELD, "", NOW,
	    &p->e), -ECANCELED);
	assert_int_equal(store_commit(p->s, &p->e), -ECANCELED);
	assert_int_equal(store_file_get(p->s, &g.id, &got, &p->e), -ENOENT);
	assert_int_equal(store_file_get(p->s, &f.id, &got, &p->e), -ENOENT);
	assert_ok(p, store_file_move(p->s, &ready, STATE_HELD, "", NOW,
	    &p->e));
}

/* ---- bytes ------------------------------------------------------------- */

static void
bytes_exist_only_once_kept(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW);
	int fd, again;

	assert_int_equal(store_bytes_open(p->s, &id, &fd, &p->e), -ENOENT);
	assert_int_equal(fd, -1);
	assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
	assert_int_equal(write(fd, "ISA*", 4), 4);
	assert_false(store_bytes_exist(p->s, &id));
	assert_int_equal(store_bytes_open(p->s, &id, &again, &p->e), -ENOENT);
	assert_ok(p, store_bytes_keep(p->s, &id, fd, &p->e));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	close(fd);
	assert_bytes(p, &id, "ISA*");
	/* Each open reads from its own position. */
	assert_bytes(p, &id, "ISA*");
	assert_int_equal(store_bytes_create(p->s, &id, &fd, &p->e), -EEXIST);
	assert_int_equal(fd, -1);
	assert_ok(p, store_bytes_discard(p->s, &id, &p->e));
	assert_bytes(p, &id, "ISA*");
}

static void
bytes_are_read_only_once_kept(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW);
	int fd;

	assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
	assert_ok(p, store_bytes_keep(p->s, &id, fd, &p->e));
	close(fd);
	assert_ok(p, store_bytes_open(p->s, &id, &fd, &p->e));
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
}

static void
bytes_discarded_or_created_again_are_gone(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW);
	int fd, old;

	assert_ok(p, store_bytes_discard(p->s, &id, &p->e));
	assert_ok(p, store_bytes_create(p->s, &id, &old, &p->e));
	assert_int_equal(write(old, "old", 3), 3);
	assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
	assert_int_equal(write(fd, "new", 3), 3);
	assert_ok(p, store_bytes_keep(p->s, &id, fd, &p->e));
	assert_bytes(p, &id, "new");
	close(old);
	close(fd);
	id = id_of(NOW);
	assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
	assert_ok(p, store_bytes_discard(p->s, &id, &p->e));
	assert_int_equal(store_bytes_keep(p->s, &id, fd, &p->e), -ENOENT);
	close(fd);
}

static void
adopt_takes_the_file_out_of_the_outbox(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW), other = id_of(NOW);

	assert_int_equal(store_bytes_adopt(p->s, &id, p->outbox, "c.837",
	    &p->e), -ENOENT);
	place_drop(p, "c.837", "ISA*00");
	assert_ok(p, store_bytes_adopt(p->s, &id, p->outbox, "c.837",
	    &p->e));
	assert_false(place_has(p, "c.837"));
	assert_bytes(p, &id, "ISA*00");
	/* The same name again is another file. */
	place_drop(p, "c.837", "ISA*01");
	assert_int_equal(store_bytes_adopt(p->s, &id, p->outbox, "c.837",
	    &p->e), -EEXIST);
	assert_true(place_has(p, "c.837"));
	assert_bytes(p, &id, "ISA*00");
	assert_ok(p, store_bytes_adopt(p->s, &other, p->outbox, "c.837",
	    &p->e));
	assert_bytes(p, &other, "ISA*01");
	/* Nothing left to do. */
	assert_ok(p, store_bytes_adopt(p->s, &id, p->outbox, "c.837",
	    &p->e));
}

static bool
on_orphan(void *ctx, const struct store_id *id)
{
	struct id_list *l = ctx;

	assert_true(l->n < 16);
	l->id[l->n++] = *id;
	return l->n != l->stop_after;
}

static void
orphans_are_bytes_without_a_file(void **state)
{
	struct place *p = *state;
	struct store_file f = place_add(p, FILE_FETCHED, STATE_FETCHING, "x");
	struct store_id lone = id_of(NOW), unkept = id_of(NOW);
	struct id_list l = { 0 };
	int fd;

	assert_ok(p, store_bytes_create(p->s, &f.id, &fd, &p->e));
	assert_ok(p, store_bytes_keep(p->s, &f.id, fd, &p->e));
	close(fd);
	assert_ok(p, store_bytes_create(p->s, &unkept, &fd, &p->e));
	close(fd);
	place_drop(p, "a", "ISA");
	assert_ok(p, store_bytes_adopt(p->s, &lone, p->outbox, "a", &p->e));
	assert_ok(p, store_orphans(p->s, on_orphan, &l, &p->e));
	assert_int_equal(l.n, 1);
	assert_true(store_id_equal(&l.id[0], &lone));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWINS(file_comes_back_as_it_was_added)
		TWINS(file_is_added_once_and_only_below_its_parent)
		TWINS(move_writes_state_evidence_and_event_together)
		TWINS(move_without_words_records_those_of_the_table)
		TWINS(move_is_refused_when_the_file_has_left_the_state)
		TWINS(move_refuses_evidence_that_does_not_fit)
		TWINS(update_leaves_state_reason_and_birth_alone)
		TWINS(forget_removes_only_what_never_came)
		TWINS(list_obeys_every_part_of_its_filter)
		TWINS(list_stops_when_told)
		TWINS(list_may_be_asked_within_a_list)
		TWINS(count_tells_partners_kinds_and_states_apart)
		TWINS(rollback_leaves_nothing)
		TWINS(commit_keeps_all_of_it)
		TWINS(write_that_fails_halfway_leaves_nothing)
		TWINS(bytes_exist_only_once_kept)
		TWINS(bytes_are_read_only_once_kept)
		TWINS(bytes_discarded_or_created_again_are_gone)
		TWINS(adopt_takes_the_file_out_of_the_outbox)
		TWINS(orphans_are_bytes_without_a_file)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
