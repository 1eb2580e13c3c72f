/* SPDX-License-Identifier: ISC */
/*
 * What the steps of a row take of a segment. A row goes along the elements, so
 * that each value is found, packed and parsed once, whatever slots want it.
 * The usual wants of a slot have a path of their own, where nothing else is
 * asked.
 */
#include "edi/rule/value.h"

/* ---- parts of an element ------------------------------------------------ */

/* Where we are in a composite of so many characters at most. */
enum { COMPOSITE = 64 };

struct parts {
	const char *start, *end;
	const char *from;        /* of the part */
	uint64_t separators;     /* after it, the next lowest */
};

static uint64_t __attribute__((noinline))
parts_many(struct slice value, char separator)
{
	uint64_t at = 0;

	for (size_t i = 0; i < value.n; i += 16) {
		struct slice some = slice(value.p + i, value.n - i < 16 ?
		    value.n - i : 16);

		at |= (uint64_t)segment_separators(some, separator) << i;
	}
	return at;
}

INLINE void
parts_begin(struct parts *p, struct slice value, char separator)
{
	p->from = p->start = value.p;
	p->end = value.p + value.n;
	p->separators = value.n <= 16 ? segment_separators(value, separator) :
	    parts_many(value, separator);
}

/* The part that many further on. False: the element ends before it. */
INLINE bool
parts_find(struct parts *p, unsigned onward, struct slice *to)
{
	const char *end;

	for (; onward > 0; onward--) {
		if (p->separators == 0)
			return false;
		p->from = p->start + __builtin_ctzll(p->separators) + 1;
		p->separators &= p->separators - 1;
	}
	end = p->separators ? p->start + __builtin_ctzll(p->separators) :
	    p->end;
	*to = slice(p->from, (size_t)(end - p->from));
	return true;
}

/* ---- questions ---------------------------------------------------------- */

/* A row, while we go along it. */
struct along {
	const struct walk_segment *at;
	const struct segment *segment;
	const char *base;        /* of the segment, both */
	const uint32_t *mark;
	const bool *scope_open;
	struct reading r;
	struct parts parts;
};

/* A bracket names one code where the guide's segment takes several. */
static bool
path_fits(const struct rule_path *p, const struct walk_segment *s)
{
	if (s->node->key[0] == 0)
		return rule_path_code(p, segment_element(s->segment, 1));
	for (unsigned i = 0; i < 2; i++) {
		struct slice key = s->node->key_component[i] ?
		    segment_component(s->segment, s->node->key[i],
		    s->node->key_component[i]) :
		    segment_element(s->segment, s->node->key[i]);

		if (rule_path_code(p, key))
			return true;
	}
	return false;
}

static bool __attribute__((noinline))
ask_closely(const struct rule_step *s, const struct walk_segment *at,
    const bool *scope_open)
{
	return (!(s->asks & RULE_ASK_SCOPE) ||
	    scope_open[s->slot->scope->index]) &&
	    (!(s->asks & RULE_ASK_CODE) || path_fits(s->slot->path, at));
}

/* May the next step be done? */
INLINE bool
ask(const struct rule_step *s, const struct along *a)
{
	struct slice code;

	if (s->bits == 0)
		return ask_closely(s, a->at, a->scope_open);
	code = segment_element(a->segment, 1);
	return code.n - 1 < 8 && digits_load(code.p, code.n) == s->bits;
}

/* ---- steps -------------------------------------------------------------- */

/*
 * What most slots want is one of a few sets of wants, and a step for one of
 * them does nothing else. READY makes the value ready for the steps after it.
 */
#define KINDS(X, find) \
	X(find, NOTHING, 0) \
	X(find, READY, RULE_WANT_VALUES) \
	X(find, COUNT, RULE_WANT_COUNT) \
	X(find, FIRST, RULE_WANT_FIRST) \
	X(find, CODES, RULE_WANT_CODES) \
	X(find, ORDERS, RULE_WANT_ORDERS) \
	X(find, TESTS, RULE_WANT_TESTS) \
	X(find, CODES_TESTS, RULE_WANT_CODES | RULE_WANT_TESTS) \
	X(find, CODES_ORDERS, RULE_WANT_CODES | RULE_WANT_ORDERS) \
	X(find, CODES_VALUES, RULE_WANT_CODES | RULE_WANT_VALUES) \
	X(find, SUM, RULE_WANT_SUM) \
	X(find, EXTREMES, RULE_WANT_EXTREMES) \
	X(find, VALUES, RULE_WANT_VALUES) \
	X(find, DISTINCT, RULE_WANT_COUNT | RULE_WANT_TEXTS) \
	X(find, ORDERED, RULE_WANT_ORDERS | RULE_WANT_VALUES) \
	X(find, ANY, ~0u)

enum {
#define X(find, name, wants) TAKE_##name,
	KINDS(X, SAME)
#undef X
	TAKE_KINDS,
};

enum {
	OP_HERE = RULE_FIND_HERE * TAKE_KINDS,
	OP_HERE_ANY,
	OP_ASK,
	OP_END,
};

#define OP(find, kind) ((find) * TAKE_KINDS + (kind))

const uint8_t rule_op_ask = OP_ASK, rule_op_end = OP_END;

static unsigned
op_kind(unsigned wants)
{
	static const unsigned of[] = {
#define X(find, name, wants) [TAKE_##name] = (wants),
		KINDS(X, SAME)
#undef X
	};
	unsigned i = TAKE_NOTHING;

	while (i < TAKE_ANY && (of[i] != wants || i == TAKE_READY))
		i++;
	return i;
}

uint8_t
rule_op(enum rule_find find, unsigned wants)
{
	if (find == RULE_FIND_HERE)
		return wants ? OP_HERE_ANY : OP_HERE;
	return (uint8_t)OP(find, op_kind(wants));
}

uint8_t
rule_op_ready(enum rule_find find)
{
	return (uint8_t)OP(find, TAKE_READY);
}

/* 2: a number; 1: packed; 0: nothing. */
INLINE unsigned
makes(unsigned wants)
{
	return wants & RULE_WANT_NUMBERS ? 2 :
	    (wants & ~(unsigned)RULE_WANT_COUNT) != 0;
}

unsigned
rule_makes(unsigned wants)
{
	return op_kind(wants) == TAKE_ANY ? 2 : makes(wants);
}

static void __attribute__((noinline))
take_any(struct rule_slot *s, struct reading r)
{
	take(s, rule_holds(s->there), &r, s->wants);
}

void
rule_loop_take(struct rule_slot *s, const struct walk_frame *f)
{
	struct reading r = { .packed = 0 };

	if (s->wants) {
		r.value = slice_str(f->loop->id);
		if (r.value.n <= RULE_SHORT)
			r.packed = digits_pack(r.value);
		r.numeric = money_parse(r.value, &r.cents);
		take_any(s, r);
	}
	rule_note(s->there);
	rule_remember(s->there.of, f->segment, f->offset);
}

INLINE struct slice
step_element(const struct rule_step *s, const struct along *a)
{
	const uint32_t *mark = &a->mark[s->element];
	const uint32_t from = mark[-1] + 1;

	return slice(a->base + from, *mark - from);
}

/* The steps of an element with parts that is longer than any should be. */
static void __attribute__((noinline))
element_long(const struct rule_step *s, const struct along *a)
{
	const struct rule_step *end = s + s->rest;
	const char separator = a->segment->delimiters->component;
	struct reading r = { .value = step_element(s, a) };
	const struct slice element = r.value;

	for (; s <= end; s++) {
		if (s->op == OP_ASK) {
			s += !ask(s, a);
			continue;
		}
		if (s->find == RULE_FIND_PART)
			r.value = slice_part(element, separator, s->component);
		if (r.value.n == 0)
			continue;
		r.packed = r.value.n <= RULE_SHORT ? digits_pack(r.value) : 0;
		reading_number(&r);
		if (s->slot && s->slot->wants)
			take_any(s->slot, r);
		s->facts->word |= s->bits;
	}
}

/* The step after it that is to be done when its value is absent, else s. */
INLINE const struct rule_step *
step_find(const struct rule_step *s, struct along *a, enum rule_find find)
{
	struct reading *r = &a->r;

	if (find == RULE_FIND_ELEMENT || find == RULE_FIND_COMPOSITE) {
		r->value = step_element(s, a);
		if (r->value.n == 0)
			return s + s->rest + 1;
	}
	if (find == RULE_FIND_COMPOSITE && r->value.n > COMPOSITE) {
		element_long(s, a);
		return s + s->rest + 1;
	}
	if (find == RULE_FIND_COMPOSITE)
		parts_begin(&a->parts, r->value,
		    a->segment->delimiters->component);
	if (find == RULE_FIND_PART) {
		if (!parts_find(&a->parts, s->onward, &r->value))
			return s + s->rest + 1;
		if (r->value.n == 0)
			return s + s->same + 1;
	}
	return s;
}

/* What is asked of a segment's own id: nobody does. */
static void __attribute__((noinline))
step_id(const struct rule_step *s, const struct segment *g)
{
	struct reading r = { .value = segment_id(g) };

	r.packed = digits_pack(r.value);
	take_any(s->slot, r);
}

/* One step; the next one to be done. */
INLINE const struct rule_step *
step_go(const struct rule_step *s, struct along *a, enum rule_find find,
    unsigned kind, unsigned wants)
{
	const struct rule_step *next = step_find(s, a, find);
	struct reading *r = &a->r;

	if (next != s)
		return next;
	if (find != RULE_FIND_SAME && makes(wants) > 0)
		r->packed = r->value.n <= RULE_SHORT ?
		    digits_load(r->value.p, r->value.n) : 0;
	if (find != RULE_FIND_SAME && makes(wants) > 1)
		reading_number(r);
	if (kind == TAKE_ANY)
		take_any(s->slot, *r);
	else if (kind != TAKE_READY)
		take(s->slot, s->facts->word >> s->own & 1, r, wants);
	s->facts->word |= s->bits;
	return s + 1;
}

void
rule_row_take(const struct rule_row *row, const struct walk_segment *at,
    const bool *scope_open)
{
	const uint32_t count = at->segment->count;
	struct along a = { .at = at, .segment = at->segment,
		.base = at->segment->base, .mark = at->segment->mark,
		.scope_open = scope_open };
	const struct rule_step *s = row->steps;

	for (;;) {
		switch (s->op) {
#define X(find_, name, wants) \
		case OP(RULE_FIND_##find_, TAKE_##name): \
			if ((RULE_FIND_##find_ == RULE_FIND_ELEMENT || \
			    RULE_FIND_##find_ == RULE_FIND_COMPOSITE) && \
			    s->element > count) \
				goto out; \
			s = step_go(s, &a, RULE_FIND_##find_, TAKE_##name, \
			    (wants)); \
			continue;
		KINDS(X, SAME)
		KINDS(X, ELEMENT)
		KINDS(X, COMPOSITE)
		KINDS(X, PART)
#undef X
		case OP_HERE_ANY:
			step_id(s, at->segment);
			/* fall through */
		case OP_HERE:
			s->facts->word |= s->bits;
			s++;
			continue;
		case OP_ASK:
			s += ask(s, &a) ? 1 : 2;
			continue;
		case OP_END:
			goto out;
		default:
			__builtin_unreachable();
		}
	}
out:
	for (struct rule_facts **f = row->facts; *f; f++)
		rule_remember(*f, at->ordinal, at->segment->offset);
}
