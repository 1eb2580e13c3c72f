/* SPDX-License-Identifier: ISC */
#include "edi/secondary.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "edi/record/print.h"
#include "edi/record/read.h"
#include "edi/secondary/build.h"
#include "edi/segment.h"

enum {
	LINE_MEMORY = 64 << 20,
	LINE_MAX_BYTES = 8 << 20,
	DECISIONS = 1000,              /* of one claim that are looked at */
};

/* A record as it came: it is read again when its turn comes. */
struct kept {
	struct slice line, id;
	const struct record_kind *kind;
	int64_t charge, paid;
	char status[3];                /* CLP02; of a claim SBR01 */
	bool gone;                     /* taken back */
	const char *broken;            /* why it cannot be read, or NULL */
	struct kept *first, *last;     /* of a claim: decisions of it */
	uint32_t decisions;
	struct kept *next;             /* of the claim; of a hash */
};

struct secondary {
	struct record_kinds *kinds;
	const struct secondary_options *o;
	const struct secondary_ops *ops;
	void *ctx;
	struct record_form form;
	struct arena keep, work;
	struct buf claims;             /* struct kept *, in order */
	struct kept **table;           /* claims by number */
	uint32_t mask, count;
	struct kept *payers;
	struct buf line;
};

static int
no_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "more claims and decisions than %d MB "
	    "hold; take fewer claims at a time", SECONDARY_BYTES >> 20);
}

/* ---- claims by their number ---------------------------------------------- */

static uint32_t
hash_of(struct slice id)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (unsigned char)id.p[i]) * 16777619u;
	return h;
}

static struct kept **
claims_of(const struct secondary *s)
{
	return (struct kept **)(void *)s->claims.p;
}

/* The table is made when the claims are all there. */
static bool
make_table(struct secondary *s)
{
	if (s->table)
		return true;
	s->mask = 1023;
	while (s->mask < s->count * 2)
		s->mask = s->mask * 2 + 1;
	s->table = calloc((size_t)s->mask + 1, sizeof(*s->table));
	for (uint32_t i = s->count; s->table && i > 0; i--) {
		struct kept *k = claims_of(s)[i - 1];
		struct kept **to = &s->table[hash_of(k->id) & s->mask];

		k->next = *to;
		*to = k;
	}
	return s->table;
}

static struct kept *
next_claim(struct kept *k, struct slice id)
{
	while (k && !slice_eq(k->id, id))
		k = k->next;
	return k;
}

/* ---- keeping ------------------------------------------------------------- */

/* The record's tree, for a while; NULL: it is none, or *e is filled. */
static struct record_value *
read_record(struct secondary *s, struct slice line,
    const struct record_kind **kind, struct err *e)
{
	struct record_fault fault;
	struct record_value *root;

	*kind = record_kind_named(s->kinds, record_read_type(line), e);
	if (!*kind)
		return NULL;
	arena_reset(&s->work);
	root = record_read(&s->work, *kind, line, &s->form, &fault);
	if (!root)
		err_set(e, -EINVAL, "it cannot be read: %s%s%s",
		    fault.field, fault.field[0] ? ": " : "", fault.text);
	return root;
}

/* Payers give numbers back in capitals. */
static char *
capitals(struct arena *a, struct slice s)
{
	char *p = arena_copy(a, s);

	for (size_t i = 0; p && i < s.n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
	return p;
}

static struct kept *
keep(struct secondary *s, const struct record_kind *kind, struct slice line,
    struct record_at claim)
{
	struct kept *k = arena_alloc(&s->keep, sizeof(*k));
	struct slice id = record_get_text(claim, "id");
	char *text = arena_alloc(&s->keep, line.n + 1);
	char *number = capitals(&s->keep, id);

	if (!k || !text || !number)
		return NULL;
	memcpy(text, line.p, line.n);
	k->line = slice(text, line.n);
	k->id = slice(number, id.n);
	k->kind = kind;
	record_get_money(claim, "charge", &k->charge);
	record_get_money(claim, "paid", &k->paid);
	slice_copy(record_get_text(claim, "status"), k->status,
	    sizeof(k->status));
	return k;
}

/* It has its place among the claims all the same. */
static int
keep_broken(struct secondary *s, const struct record_kind *kind,
    struct slice record, const struct err *why, struct err *e)
{
	struct record_at nothing = { NULL, NULL };
	struct kept *k;

	if (strcmp(kind->guide->set, "837") != 0)
		return 0;
	k = keep(s, kind, record, nothing);
	if (!k || !(k->broken = arena_copy(&s->keep, slice_str(why->text))) ||
	    !buf_add(&s->claims, &k, sizeof(k)))
		return no_memory(e);
	s->count++;
	return 0;
}

int
secondary_claim(struct secondary *s, struct slice record, struct err *e)
{
	const struct record_kind *kind;
	struct err why = ERR_NONE;
	struct record_value *root = read_record(s, record, &kind, &why);
	struct record_at claim;
	struct kept *k;

	if (!root && kind)
		return keep_broken(s, kind, record, &why, e);
	if (!root)
		return why.code == 0 ? 0 : err_set(e, why.code, "%s",
		    why.text);
	claim = record_get((struct record_at){ kind->root, root }, "claim");
	if (strcmp(kind->guide->set, "837") != 0 || !claim.value)
		return 0;
	k = keep(s, kind, record, claim);
	if (!k || !buf_add(&s->claims, &k, sizeof(k)))
		return no_memory(e);
	slice_copy(record_get_text((struct record_at){ kind->root, root },
	    "subscriber.coverage.sequence"), k->status, sizeof(k->status));
	s->count++;
	return 0;
}

static void
add_decision(struct kept *claim, struct kept *d)
{
	if (claim->last)
		claim->last->next = d;
	else
		claim->first = d;
	claim->last = d;
	claim->decisions++;
}

/* Each claim of that number with that charge, or of none of them all. */
static int
give(struct secondary *s, const struct record_kind *kind, struct slice record,
    struct record_at claim, struct err *e)
{
	struct slice given = record_get_text(claim, "id");
	struct slice id = slice(capitals(&s->work, given), given.n);
	struct kept *first;
	bool exact = false;
	int64_t charge = 0;

	if (!id.p)
		return no_memory(e);
	first = next_claim(s->table[hash_of(id) & s->mask], id);
	record_get_money(claim, "charge", &charge);
	charge = charge < 0 ? -charge : charge;
	for (struct kept *k = first; k; k = next_claim(k->next, id))
		exact |= k->charge == charge;
	for (struct kept *k = first; k; k = next_claim(k->next, id)) {
		struct kept *d;

		if (exact && k->charge != charge)
			continue;
		if (k->decisions == DECISIONS) {
			k->broken = "too many decisions have its number";
			continue;
		}
		d = keep(s, kind, record, claim);
		if (!d)
			return no_memory(e);
		add_decision(k, d);
	}
	return 0;
}

int
secondary_decision(struct secondary *s, struct slice record, struct err *e)
{
	const struct record_kind *kind;
	struct record_value *root = read_record(s, record, &kind, e);
	struct record_at claim;

	if (!root)
		return e->code;
	if (!make_table(s))
		return no_memory(e);
	claim = record_get((struct record_at){ kind->root, root }, "claim");
	if (strcmp(kind->guide->set, "835") != 0 || !claim.value)
		return 0;
	return give(s, kind, record, claim, e);
}

/* ---- lines of payers ----------------------------------------------------- */

/* Its members without `claim`, as the other payer of a claim. */
static bool
wrap_payer(struct secondary *s, struct slice line, struct slice *id)
{
	struct json_string key, number;
	struct json_read r;
	struct slice value;
	bool first, some = false;

	buf_reset(&s->line);
	buf_add_str(&s->line, "{\"claim\":{\"other_payers\":[{");
	json_read_init(&r, line);
	if (json_read_kind(&r) != JSON_OBJECT ||
	    !json_read_open(&r, '{', &first))
		return false;
	while (json_read_member(&r, &first, &key)) {
		if (slice_is(key.raw, "claim")) {
			if (!json_read_string(&r, &number))
				return false;
			*id = number.raw;
			continue;
		}
		if (!json_read_skip(&r, &value))
			return false;
		buf_addf(&s->line, "%s\"%.*s\":", some ? "," : "",
		    SLICE_ARG(key.raw));
		buf_add_slice(&s->line, value);
		some = true;
	}
	buf_add_str(&s->line, "}]}}");
	return json_read_end(&r) && !s->line.failed;
}

static bool
is_blank(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n", s.p[i]))
			return false;
	return true;
}

int
secondary_payer(struct secondary *s, struct slice line, struct err *e)
{
	struct kept *k = arena_alloc(&s->keep, sizeof(*k));
	struct slice id = { NULL, 0 };
	char *text, *number;

	if (is_blank(line))
		return 0;
	if (!wrap_payer(s, line, &id))
		return err_set(e, -EINVAL, "must be an object: { .. }");
	text = arena_copy(&s->keep, buf_slice(&s->line));
	number = capitals(&s->keep, id);
	if (!k || !text || !number)
		return no_memory(e);
	k->line = slice(text, s->line.n);
	k->id = slice(number, id.n);
	k->next = s->payers;
	s->payers = k;
	return 0;
}

/* What a line says of the next payer; value NULL: nothing. */
static struct record_at
payer_of(struct secondary *s, const struct kept *claim, bool by_number,
    struct record_fault *fault)
{
	const struct record_form form = { .suffix = "" };
	struct record_at none = { NULL, NULL };

	for (struct kept *p = s->payers; p; p = p->next) {
		struct record_value *root;

		if (by_number ? !slice_eq(p->id, claim->id) || p->id.n == 0 :
		    p->id.n > 0)
			continue;
		root = record_read(&s->work, claim->kind, p->line, &form,
		    fault);
		if (root)
			return record_get((struct record_at){
			    claim->kind->root, root }, "claim.other_payers");
		return none;
	}
	return none;
}

/* ---- what is in force ---------------------------------------------------- */

/* A reversal takes back the last of the same amounts that stands. */
static void
take_back(struct kept *first, const struct kept *reversal)
{
	struct kept *last = NULL;

	for (struct kept *d = first; d != reversal; d = d->next)
		if (!d->gone && strcmp(d->status, "22") != 0 &&
		    d->charge == -reversal->charge &&
		    d->paid == -reversal->paid)
			last = d;
	if (last)
		last->gone = true;
}

/*
 * Is the decision of a payer in the claim's place of the order, as far as it
 * says? All of them use the claim's number.
 */
static bool
is_in_order(const struct kept *claim, const struct kept *d)
{
	static const char *const status[] = { "1", "19", "2", "20", "3",
		"21" };
	unsigned place = claim->status[0] == 'P' ? 0 :
	    claim->status[0] == 'S' ? 1 : 2;

	for (unsigned i = 0; i < 6; i++)
		if (strcmp(status[i], d->status) == 0)
			return i / 2 == place;
	return true;
}

/* The last that stands; the same again is the same. */
static struct kept *
in_force(struct kept *claim, const char **why, bool *refused)
{
	struct kept *found = NULL;
	bool other = false;

	for (struct kept *d = claim->first; d; d = d->next)
		if (strcmp(d->status, "22") == 0)
			take_back(claim->first, d);
	for (struct kept *d = claim->first; d; d = d->next) {
		if (d->gone || strcmp(d->status, "22") == 0)
			continue;
		other |= !is_in_order(claim, d);
		if (!is_in_order(claim, d))
			continue;
		if (found && (found->paid != d->paid ||
		    found->charge != d->charge)) {
			*why = "several decisions are in force; leave the "
			    "one that counts";
			*refused = true;
		}
		found = d;
	}
	if (!found && other)
		*why = "only another payer of the order has decided (CLP02)";
	else if (!found)
		*why = claim->first ? "the payer took its decision back and "
		    "has not decided anew" : "no decision of it is there";
	return *why ? NULL : found;
}

/* By CLP02: is there a claim to be made at all? */
static const char *
unfit(const struct secondary *s, const char *status)
{
	const struct {
		const char *status;
		bool take;
		const char *why;
	} rows[] = {
		{ "1", true, "" }, { "2", true, "" }, { "3", true, "" },
		{ "4", s->o->denied, "it was denied (--denied makes one)" },
		{ "19", s->o->forwarded, "the payer has forwarded it to the "
		    "next one (--forwarded makes one)" },
		{ "20", s->o->forwarded, "the payer has forwarded it to the "
		    "next one (--forwarded makes one)" },
		{ "21", s->o->forwarded, "the payer has forwarded it to the "
		    "next one (--forwarded makes one)" },
		{ "23", false, "the payer says that it is not its own, and "
		    "has forwarded it" },
		{ "25", false, "the decision is of a predetermination" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].status, status) == 0)
			return rows[i].take ? NULL : rows[i].why;
	return "the status of the decision (CLP02) is not known";
}

/* ---- making -------------------------------------------------------------- */

static int
hand_out(struct secondary *s, uint32_t ordinal,
    const struct record_kind *kind, const struct record_value *root,
    struct err *e)
{
	buf_reset(&s->line);
	buf_addf(&s->line, "{\"type\":\"%s\"", kind->name);
	record_print_members(&s->line, kind->root, root, NULL, true);
	buf_add_char(&s->line, '}');
	if (s->line.failed)
		return no_memory(e);
	return s->ops->on_record(s->ctx, ordinal, buf_slice(&s->line), e);
}

static struct record_value *
next_payer(struct secondary *s, const struct kept *k, struct record_at root,
    struct record_fault *fault)
{
	struct record_at given = payer_of(s, k, true, fault);
	struct record_value *own;

	if (given.value || fault->text[0])
		return given.value;
	own = secondary_next_payer(record_get(root, "claim"),
	    record_get_text(root, "subscriber.coverage.sequence"));
	return own ? own : payer_of(s, k, false, fault).value;
}

/* The claim's tree, changed; NULL: why, or out of memory. */
static struct record_value *
build(struct secondary *s, const struct kept *k, const struct kept *decision,
    char why[static 160], bool *refused)
{
	struct record_tree t = { &s->work, false };
	struct record_at root = { k->kind->root, NULL };
	struct record_at decided = { decision->kind->root, NULL };
	struct record_fault fault = { "", "", NULL };
	struct secondary_decided d;
	struct record_value *next;

	arena_reset(&s->work);
	root.value = record_read(&s->work, k->kind, k->line, &s->form,
	    &fault);
	decided.value = record_read(&s->work, decision->kind, decision->line,
	    &s->form, &fault);
	if (!root.value || !decided.value)
		return NULL;
	secondary_read_decision(&d, decided);
	*refused = false;
	if (d.liability == 0 && !s->o->settled &&
	    strcmp(decision->status, "4") != 0) {
		slice_copy(SLICE_LIT("nothing is left for the patient to pay "
		    "(--settled makes one)"), why, 160);
		return NULL;
	}
	next = next_payer(s, k, root, &fault);
	if (fault.text[0])
		snprintf(why, 160, "what is said of its next payer: %.60s: "
		    "%.60s", fault.field, fault.text);
	*refused = fault.text[0];
	if (!next && !fault.text[0])
		slice_copy(SLICE_LIT("it names no payer that is next "
		    "(--payer names one)"), why, 160);
	if (!next)
		return NULL;
	*refused = secondary_build(&t, root, next, &d, why) != NULL;
	return t.failed || *refused ? NULL : root.value;
}

static int
make_one(struct secondary *s, uint32_t ordinal, struct kept *k,
    struct err *e)
{
	const char *why = NULL;
	bool refused = false;
	const struct kept *d = in_force(k, &why, &refused);
	struct record_value *root;
	char text[160] = "";

	if (d)
		why = unfit(s, d->status);
	if (k->broken) {
		why = k->broken;
		refused = true;
	}
	if (why) {
		s->ops->on_none(s->ctx, ordinal, refused, why);
		return 0;
	}
	root = build(s, k, d, text, &refused);
	if (root)
		return hand_out(s, ordinal, k->kind, root, e);
	if (!text[0])
		return no_memory(e);
	s->ops->on_none(s->ctx, ordinal, refused, text);
	return 0;
}

int
secondary_make(struct secondary *s, struct err *e)
{
	int rc = 0;

	for (uint32_t i = 0; i < s->count && rc == 0; i++)
		rc = make_one(s, i + 1, claims_of(s)[i], e);
	return rc;
}

struct secondary *
secondary_new(struct record_kinds *k, const struct secondary_options *options,
    const struct secondary_ops *ops, void *ctx)
{
	struct secondary *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->kinds = k;
	s->o = options;
	s->ops = ops;
	s->ctx = ctx;
	s->form.suffix = "";
	s->form.keep_case = true;
	arena_init(&s->keep, SECONDARY_BYTES);
	arena_init(&s->work, LINE_MEMORY);
	buf_init(&s->claims, SECONDARY_BYTES);
	buf_init(&s->line, LINE_MAX_BYTES);
	return s;
}

void
secondary_free(struct secondary *s)
{
	if (!s)
		return;
	arena_free(&s->keep);
	arena_free(&s->work);
	buf_free(&s->claims);
	buf_free(&s->line);
	free(s->table);
	free(s);
}
