/* SPDX-License-Identifier: ISC */
/* What is in the files, answers, events, partners: of every kind of store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/spool/twins.h"

/* ---- what is in the files ---------------------------------------------- */

struct book {
	struct store_file out;
	struct store_group group;
	struct store_set set[2];
	struct store_claim claim[4];
};

/* One interchange with one group, two sets, two claims each. */
static void
book_add(struct place *p, struct book *b, const char *partner,
    uint64_t control)
{
	memset(b, 0, sizeof(*b));
	b->out = file_of(FILE_OUTGOING, STATE_READY, partner);
	b->out.isa_control = control;
	assert_ok(p, store_file_add(p->s, &b->out, &p->e));
	b->group = (struct store_group){ .file = b->out.id,
	    .isa_control = control, .control = control + 1,
	    .functional_id = "HC", .version = "005010X222A1",
	    .sender = "US", .receiver = "THEM" };
	assert_ok(p, store_group_add(p->s, &b->group, &p->e));
	for (unsigned i = 0; i < 2; i++) {
		struct store_set *t = &b->set[i];

		*t = (struct store_set){ .group = b->group.row,
		    .file = b->out.id, .id = "837", .claims = 2 };
		snprintf(t->control, sizeof(t->control), "%04u", i + 1);
		snprintf(t->reference, sizeof(t->reference), "B%u-%u",
		    (unsigned)control, i);
		strcpy(t->original_reference, "CLERKS");
		assert_ok(p, store_set_add(p->s, t, &p->e));
	}
	for (unsigned i = 0; i < 4; i++) {
		struct store_claim *c = &b->claim[i];

		*c = (struct store_claim){ .set = b->set[i / 2].row,
		    .file = b->out.id, .frequency = "1", .trace = "D9",
		    .amount = -100 + (int)i, .ordinal = i, .segment = 20 + i,
		    .offset = 1000 * i, .length = 999, .created = NOW,
		    .digest = "00112233445566778899aabbccddeeff" };
		strcpy(c->partner, partner);
		snprintf(c->claim, sizeof(c->claim), "PAT%u", i);
		assert_ok(p, store_claim_add(p->s, c, &p->e));
	}
}

static bool
on_group(void *ctx, const struct store_group *g)
{
	struct id_list *l = ctx;

	assert_true(l->n < 16);
	l->id[l->n++] = g->file;
	return true;
}

struct row_list {
	unsigned n;
	uint64_t row[16];
	struct store_set set;
	struct store_claim claim;
	struct store_answer answer;
};

static bool
on_set(void *ctx, const struct store_set *t)
{
	struct row_list *l = ctx;

	assert_true(l->n < 16);
	l->row[l->n++] = t->row;
	l->set = *t;
	return true;
}

static bool
on_claim(void *ctx, const struct store_claim *c)
{
	struct row_list *l = ctx;

	assert_true(l->n < 16);
	l->row[l->n++] = c->row;
	l->claim = *c;
	return true;
}

static bool
on_answer(void *ctx, const struct store_answer *a)
{
	struct row_list *l = ctx;

	assert_true(l->n < 16);
	l->row[l->n++] = a->row;
	l->answer = *a;
	return true;
}

static void
interchange_and_group_are_found_newest_first(void **state)
{
	struct place *p = *state;
	struct book a, b, c;
	struct store_group g;
	struct id_list l = { 0 };

	book_add(p, &a, "x", 500);
	book_add(p, &b, "y", 500);
	book_add(p, &c, "x", 500);
	assert_ok(p, store_find_interchange(p->s, "x", 500, on_file, &l,
	    &p->e));
	assert_int_equal(l.n, 2);
	assert_true(store_id_equal(&l.id[0], &c.out.id));
	assert_true(store_id_equal(&l.id[1], &a.out.id));
	l.n = 0;
	assert_ok(p, store_find_interchange(p->s, "x", 501, on_file, &l,
	    &p->e));
	assert_int_equal(l.n, 0);
	assert_ok(p, store_find_group(p->s, "x", 501, on_group, &l, &p->e));
	assert_int_equal(l.n, 2);
	assert_true(store_id_equal(&l.id[0], &c.out.id));
	assert_true(store_id_equal(&l.id[1], &a.out.id));
	assert_ok(p, store_get_group(p->s, b.group.row, &g, &p->e));
	assert_int_equal(g.isa_control, 500);
	assert_int_equal(g.control, 501);
	assert_string_equal(g.functional_id, "HC");
	assert_string_equal(g.version, "005010X222A1");
	assert_string_equal(g.sender, "US");
	assert_string_equal(g.receiver, "THEM");
	assert_int_equal(store_get_group(p->s, 999, &g, &p->e), -ENOENT);
}

static void
set_is_found_by_control_and_by_reference(void **state)
{
	struct place *p = *state;
	struct book a, b;
	struct store_set t;
	struct row_list l = { 0 };

	book_add(p, &a, "x", 500);
	book_add(p, &b, "y", 500);
	assert_ok(p, store_find_set(p->s, b.group.row, "0002", on_set, &l,
	    &p->e));
	assert_int_equal(l.n, 1);
	assert_true(l.row[0] == b.set[1].row);
	l.n = 0;
	assert_ok(p, store_file_sets(p->s, &b.group.file, on_set, &l, &p->e));
	assert_int_equal(l.n, 2);
	assert_true(l.row[0] == b.set[0].row && l.row[1] == b.set[1].row);
	l.n = 0;
	assert_ok(p, store_find_set(p->s, b.group.row, "", on_set, &l,
	    &p->e));
	assert_int_equal(l.n, 2);
	assert_true(l.row[0] == b.set[1].row && l.row[1] == b.set[0].row);
	l.n = 0;
	assert_ok(p, store_find_reference(p->s, "x", "B500-1", on_set, &l,
	    &p->e));
	assert_int_equal(l.n, 1);
	assert_true(l.row[0] == a.set[1].row);
	assert_true(l.set.group == a.group.row);
	assert_true(store_id_equal(&l.set.file, &a.out.id));
	assert_string_equal(l.set.id, "837");
	assert_string_equal(l.set.control, "0002");
	assert_string_equal(l.set.original_reference, "CLERKS");
	assert_int_equal(l.set.claims, 2);
	l.n = 0;
	assert_ok(p, store_find_reference(p->s, "x", "CLERKS", on_set, &l,
	    &p->e));
	assert_int_equal(l.n, 0);
	assert_ok(p, store_get_set(p->s, a.set[0].row, &t, &p->e));
	assert_string_equal(t.reference, "B500-0");
	assert_int_equal(store_get_set(p->s, 999, &t, &p->e), -ENOENT);
}

static void
claim_is_found_by_its_number(void **state)
{
	struct place *p = *state;
	struct book a, b, c;
	struct row_list l = { 0 };

	book_add(p, &a, "x", 500);
	book_add(p, &b, "y", 600);
	book_add(p, &c, "x", 700);
	assert_ok(p, store_find_claim(p->s, "x", "PAT2", on_claim, &l,
	    &p->e));
	assert_int_equal(l.n, 2);
	assert_true(l.row[0] == c.claim[2].row && l.row[1] == a.claim[2].row);
	assert_true(l.claim.set == a.set[1].row);
	assert_true(store_id_equal(&l.claim.file, &a.out.id));
	assert_string_equal(l.claim.partner, "x");
	assert_string_equal(l.claim.frequency, "1");
	assert_string_equal(l.claim.trace, "D9");
	assert_true(l.claim.amount == -98);
	assert_int_equal(l.claim.ordinal, 2);
	assert_int_equal(l.claim.segment, 22);
	assert_int_equal(l.claim.offset, 2000);
	assert_int_equal(l.claim.length, 999);
	assert_true(l.claim.created == NOW);
	assert_string_equal(l.claim.digest,
	    "00112233445566778899aabbccddeeff");
	l.n = 0;
	assert_ok(p, store_find_claim(p->s, NULL, "PAT2", on_claim, &l,
	    &p->e));
	assert_int_equal(l.n, 3);
	assert_true(l.row[1] == b.claim[2].row);
	l.n = 0;
	assert_ok(p, store_find_claim(p->s, NULL, "PAT", on_claim, &l,
	    &p->e));
	assert_int_equal(l.n, 0);
}

static void
rows_need_what_they_belong_to(void **state)
{
	struct place *p = *state;
	struct book a;
	struct store_id nobody = id_of(NOW);
	struct store_group g = { .file = nobody };
	struct store_set t = { .group = 77 };
	struct store_claim c = { .set = 77 };
	struct store_answer w = { .kind = ANSWER_TA1 };

	book_add(p, &a, "x", 1);
	t.file = c.file = w.file = a.out.id;
	assert_int_equal(store_group_add(p->s, &g, &p->e), -ENOENT);
	assert_int_equal(store_set_add(p->s, &t, &p->e), -ENOENT);
	assert_int_equal(store_claim_add(p->s, &c, &p->e), -ENOENT);
	w.matched_claim = 77;
	assert_int_equal(store_answer_add(p->s, &w, &p->e), -ENOENT);
	w.matched_claim = 0;
	w.file = nobody;
	assert_int_equal(store_answer_add(p->s, &w, &p->e), -ENOENT);
	w.file = a.out.id;
	w.outgoing = nobody;
	assert_int_equal(store_answer_add(p->s, &w, &p->e), -ENOENT);
	w.row = 77;
	w.outgoing = a.out.id;
	assert_int_equal(store_answer_match(p->s, &w, &p->e), -ENOENT);
}

/* ---- answers ----------------------------------------------------------- */

static uint64_t
answer_add(struct place *p, const struct store_file *in,
    enum answer_kind kind, const struct book *b, uint64_t group,
    uint64_t set, uint64_t claim)
{
	struct store_answer a = { .kind = kind, .file = in->id,
	    .status = "A", .code = "5", .amount = 10000, .paid = -1,
	    .reference = "REF", .claim = "PAT0", .payer_claim = "PC",
	    .control = 501, .set_control = "0001", .segment = 8,
	    .created = NOW, .group = group, .set = set,
	    .matched_claim = claim };

	strcpy(a.partner, in->partner);
	if (b != NULL)
		a.outgoing = b->out.id;
	assert_ok(p, store_answer_add(p->s, &a, &p->e));
	assert_true(a.row != 0);
	return a.row;
}

static void
claim_hears_what_speaks_of_it_or_all_of_it(void **state)
{
	struct place *p = *state;
	struct book b, other;
	struct store_file in = place_add(p, FILE_FETCHED, STATE_FETCHING, "x");
	struct row_list l = { 0 };
	uint64_t group, set, own, whole;

	book_add(p, &b, "x", 500);
	book_add(p, &other, "x", 600);
	own = answer_add(p, &in, ANSWER_277_CLAIM, &b, b.group.row,
	    b.set[0].row, b.claim[0].row);
	group = answer_add(p, &in, ANSWER_999_GROUP, &b, b.group.row, 0, 0);
	set = answer_add(p, &in, ANSWER_999_SET, &b, b.group.row,
	    b.set[0].row, 0);
	whole = answer_add(p, &in, ANSWER_TA1, &b, 0, 0, 0);
	answer_add(p, &in, ANSWER_277_CLAIM, &b, b.group.row, b.set[0].row,
	    b.claim[1].row);
	answer_add(p, &in, ANSWER_999_SET, &b, b.group.row, b.set[1].row, 0);
	answer_add(p, &in, ANSWER_TA1, &other, 0, 0, 0);
	answer_add(p, &in, ANSWER_835_CLAIM, NULL, 0, 0, 0);

	assert_ok(p, store_claim_answers(p->s, &b.claim[0], on_answer, &l,
	    &p->e));
	assert_int_equal(l.n, 4);
	assert_true(l.row[0] == own && l.row[1] == group &&
	    l.row[2] == set && l.row[3] == whole);
	assert_int_equal(l.answer.kind, ANSWER_TA1);
	assert_string_equal(l.answer.status, "A");
	assert_string_equal(l.answer.code, "5");
	assert_int_equal(l.answer.amount, 10000);
	assert_true(l.answer.paid == -1);
	assert_string_equal(l.answer.payer_claim, "PC");
	assert_true(store_id_equal(&l.answer.file, &in.id));
	assert_true(store_id_equal(&l.answer.outgoing, &b.out.id));
	l.n = 0;
	assert_ok(p, store_file_answers(p->s, &b.out.id, 0, on_answer, &l,
	    &p->e));
	assert_int_equal(l.n, 6);
	l.n = 0;
	assert_ok(p, store_file_answers(p->s, &b.out.id, ANSWER_999_SET,
	    on_answer, &l, &p->e));
	assert_int_equal(l.n, 2);
}

static void
answer_is_unmatched_until_it_is_matched(void **state)
{
	struct place *p = *state;
	struct book b;
	struct store_file in = place_add(p, FILE_FETCHED, STATE_FETCHING, "x");
	struct row_list l = { 0 };
	uint64_t first, second;

	book_add(p, &b, "x", 500);
	first = answer_add(p, &in, ANSWER_277_CLAIM, NULL, 0, 0, 0);
	second = answer_add(p, &in, ANSWER_835_CLAIM, NULL, 0, 0, 0);
	answer_add(p, &in, ANSWER_TA1, &b, 0, 0, 0);
	assert_ok(p, store_unmatched(p->s, on_answer, &l, &p->e));
	assert_int_equal(l.n, 2);
	assert_true(l.row[0] == first && l.row[1] == second);
	l.answer.row = first;
	l.answer.outgoing = b.out.id;
	l.answer.matched_claim = b.claim[3].row;
	strcpy(l.answer.status, "ZZ");
	assert_ok(p, store_answer_match(p->s, &l.answer, &p->e));
	l.n = 0;
	assert_ok(p, store_unmatched(p->s, on_answer, &l, &p->e));
	assert_int_equal(l.n, 1);
	assert_true(l.row[0] == second);
	l.n = 0;
	assert_ok(p, store_claim_answers(p->s, &b.claim[3], on_answer, &l,
	    &p->e));
	assert_int_equal(l.n, 2);
	assert_true(l.row[0] == first);
	/* Only what it belongs to was written. */
	l.n = 0;
	assert_ok(p, store_file_answers(p->s, &b.out.id, ANSWER_277_CLAIM,
	    on_answer, &l, &p->e));
	assert_int_equal(l.n, 1);
	assert_string_equal(l.answer.status, "A");
}

/* ---- events and partners ----------------------------------------------- */

static void
events_keep_their_order(void **state)
{
	struct place *p = *state;
	struct event_list l = { 0 };
	struct store_event v = { .at = NOW, .partner = "x",
	    .what = "paused", .evidence = "login refused" };

	assert_ok(p, store_event_add(p->s, &v, &p->e));
	place_add(p, FILE_OUTGOING, STATE_READY, "x");
	strcpy(v.what, "resumed");
	assert_ok(p, store_event_add(p->s, &v, &p->e));
	assert_ok(p, store_events(p->s, NULL, on_event, &l, &p->e));
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[0].what, "paused");
	assert_string_equal(l.v[1].what, "ready");
	assert_string_equal(l.v[2].what, "resumed");
	assert_true(store_id_none(&l.v[0].file));
}

static void
partner_is_remembered(void **state)
{
	struct place *p = *state;
	struct store_partner x, y;

	memset(&x, 0x55, sizeof(x));
	assert_ok(p, store_partner_get(p->s, "x", &x, &p->e));
	assert_string_equal(x.name, "x");
	assert_false(x.paused);
	assert_int_equal(x.failures, 0);
	x = (struct store_partner){ .name = "x", .paused = true,
	    .reason = "host key", .since = NOW, .last_poll = NOW - 1,
	    .next_poll = NOW + 1, .failures = 4 };
	assert_ok(p, store_partner_put(p->s, &x, &p->e));
	x.failures = 5;
	assert_ok(p, store_partner_put(p->s, &x, &p->e));
	assert_ok(p, store_partner_get(p->s, "x", &y, &p->e));
	assert_true(y.paused && y.failures == 5);
	assert_string_equal(y.reason, "host key");
	assert_true(y.since == NOW && y.last_poll == NOW - 1 &&
	    y.next_poll == NOW + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWINS(interchange_and_group_are_found_newest_first)
		TWINS(set_is_found_by_control_and_by_reference)
		TWINS(claim_is_found_by_its_number)
		TWINS(rows_need_what_they_belong_to)
		TWINS(claim_hears_what_speaks_of_it_or_all_of_it)
		TWINS(answer_is_unmatched_until_it_is_matched)
		TWINS(events_keep_their_order)
		TWINS(partner_is_remembered)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
