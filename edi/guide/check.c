/* SPDX-License-Identifier: ISC */
#include "edi/guide/draft.h"

#include "edi/segment.h"

enum { LINE = 64 };  /* of the processor's cache */

static void *
line_alloc(struct draft *d, size_t n)
{
	char *p = arena_alloc(d->arena, n + LINE - 1);

	return p ? p + (-(uintptr_t)p & (LINE - 1)) : NULL;
}

/* ---- slots of a code list ------------------------------------------------ */

enum { SLOTS_TRIES = 32, SLOTS_BITS = 10 };

/* Each code into its slot; false, when it must be, and one is taken. */
static bool
slots_fill(const struct guide_codes *codes, uint64_t *slots, unsigned bits,
    bool must)
{
	unsigned count = 1u << bits;

	memset(slots + 1, 0, count * sizeof(*slots));
	for (uint32_t i = 0; i < codes->packed_count; i++) {
		uint64_t *slot = &slots[guide_slot(slots[0],
		    codes->packed[i])];

		if (*slot == 0)
			*slot = codes->packed[i];
		else if (*slot != codes->packed[i] && must)
			return false;
	}
	/* What no code has taken holds one that is found elsewhere. */
	for (unsigned i = 1; i <= count; i++)
		if (slots[i] == 0)
			slots[i] = codes->packed[0];
	return true;
}

/* As few as may be, so that each code has its own; else as many as may be. */
static unsigned
slots_choose(const struct guide_codes *codes, uint64_t *slots)
{
	uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
	unsigned bits = 1;

	while (bits < SLOTS_BITS && 1u << bits < codes->packed_count)
		bits++;
	for (; bits <= SLOTS_BITS; bits++)
		for (unsigned i = 0; i < SLOTS_TRIES; i++) {
			slots[0] = (factor & ~UINT64_C(63)) | (64 - bits);
			if (slots_fill(codes, slots, bits, true))
				return bits;
			factor *= UINT64_C(0xd1342543de82ef95);
		}
	slots_fill(codes, slots, SLOTS_BITS, false);
	return SLOTS_BITS;
}

static struct draft_slots **
slots_find(struct draft *d, const struct guide_codes *codes)
{
	uint64_t hash = (codes->packed[0] + codes->packed_count) *
	    UINT64_C(0x9e3779b97f4a7c15);
	struct draft_slots **s =
	    &d->slots[hash >> (64 - DRAFT_SLOTS_BITS)];

	while (*s && ((*s)->codes->packed_count != codes->packed_count ||
	    memcmp((*s)->codes->packed, codes->packed,
	    codes->packed_count * sizeof(*codes->packed)) != 0))
		s = &(*s)->next;
	return s;
}

static const uint64_t *
slots_of(struct draft *d, const struct guide_codes *codes)
{
	uint64_t room[1 + (1 << SLOTS_BITS)], *own;
	struct draft_slots **s = slots_find(d, codes);
	size_t size;

	if (*s)
		return (*s)->slots;
	size = (1 + (1u << slots_choose(codes, room))) * sizeof(*room);
	own = arena_alloc(d->arena, size);
	*s = arena_alloc(d->arena, sizeof(**s));
	if (!own || !*s)
		return NULL;
	memcpy(own, room, size);
	**s = (struct draft_slots){ NULL, codes, own };
	return own;
}

/* ---- one element --------------------------------------------------------- */

static bool
is_text(const struct guide_element *el)
{
	return el->type == GUIDE_AN || el->type == GUIDE_ID;
}

static bool
is_number(const struct guide_element *el)
{
	return el->type == GUIDE_N || el->type == GUIDE_R;
}

static enum guide_kind
kind_of(const struct guide_element *el)
{
	if (el->usage == USAGE_NOT_USED)
		return PLAIN_NONE;
	if (el->codes && (el->flags & (GUIDE_PERIOD | GUIDE_COUNTS)))
		return PLAIN_OTHER;
	if (el->flags & GUIDE_PERIOD)
		return is_text(el) ? PLAIN_PERIOD : PLAIN_OTHER;
	if (el->flags & GUIDE_COUNTS)
		return is_number(el) ? PLAIN_COUNT : PLAIN_OTHER;
	if (el->codes && (is_text(el) || is_number(el)))
		return el->codes->packed_count == 0 ? PLAIN_OTHER :
		    el->flags & GUIDE_KEY ? PLAIN_KEY : PLAIN_CODE;
	if (el->type == GUIDE_COMPOSITE)
		return el->components ? PLAIN_COMPOSITE : PLAIN_OTHER;
	if (el->type == GUIDE_DT && !el->codes)
		return PLAIN_DATE;
	return is_text(el) ? PLAIN_TEXT : is_number(el) ? PLAIN_NUMBER :
	    PLAIN_OTHER;
}

/* Lengths of what can be told plainly: most things of eight characters. */
struct lengths {
	unsigned min, max;
};

static struct lengths
plain_lengths(const struct guide_element *el, enum guide_kind kind)
{
	static const struct {
		struct lengths plain;
		bool of_guide;          /* the guide may narrow them */
	} kinds[] = {
		[PLAIN_NONE] = { { 0, UINT16_MAX }, false },
		[PLAIN_TEXT] = { { 1, UINT16_MAX }, true },
		[PLAIN_CODE] = { { 1, 8 }, false },
		[PLAIN_KEY] = { { 0, UINT16_MAX }, false },
		[PLAIN_NUMBER] = { { 1, 8 }, true },
		[PLAIN_DATE] = { { 8, 8 }, true },
		[PLAIN_PERIOD] = { { 8, 17 }, true },
		[PLAIN_COUNT] = { { 1, 6 }, true },
		[PLAIN_COMPOSITE] = { { 1, 31 }, false },
		[PLAIN_OTHER] = { { UINT16_MAX, UINT16_MAX }, false },
	};
	struct lengths n = kinds[kind].plain;

	if (kinds[kind].of_guide) {
		n.min = n.min > el->min ? n.min : el->min;
		n.max = n.max < el->max ? n.max : el->max;
	}
	/* A sign or a point is no digit, but may be taken for one here. */
	if (kind == PLAIN_NUMBER && el->min > 1)
		n.min += el->type == GUIDE_R ? 2 : 1;
	return n;
}

/* A bit for each of eight characters, but not where a point may stand. */
static uint64_t
barred(const struct guide_element *el)
{
	return UINT64_C(0x0101010101010101) &
	    ~(el->type == GUIDE_R ? UINT64_C(0x010100) : 0);
}

static int
make_fact(struct draft *d, const struct guide_element *el,
    enum guide_kind kind, union guide_fact *to)
{
	switch (kind) {
	case PLAIN_CODE:
		to->codes = slots_of(d, el->codes);
		return to->codes ? 0 : draft_no_memory(d);
	case PLAIN_COMPOSITE:
		to->parts = el->parts;
		return 0;
	case PLAIN_NUMBER:
		to->barred = barred(el);
		return 0;
	default:
		to->period = kind == PLAIN_PERIOD;
		return 0;
	}
}

/* ---- notes --------------------------------------------------------------- */

/* Can it fail although required ones are there, and unused ones are not? */
static bool
note_may_fail(const struct guide_checks *c, const struct guide_syntax *n)
{
	uint32_t used = n->all & ~c->unused, first = 1u << (n->first - 1);

	switch (n->kind) {
	case 'P':
		return used != 0 && (n->all & ~c->required) != 0;
	case 'R':
		return (n->all & c->required) == 0;
	case 'E':
		return (used & (used - 1)) != 0;
	case 'C':
		return (first & c->unused) == 0 &&
		    (n->rest & ~c->required) != 0;
	default:
		return (first & c->unused) == 0 &&
		    (n->rest & c->required) == 0;
	}
}

/* Those that may. */
static int
make_notes(struct draft *d, const struct guide_syntax *notes, unsigned count,
    struct guide_checks *to)
{
	struct guide_syntax *own = arena_array(d->arena, count + 1u,
	    sizeof(*own));

	if (!own)
		return draft_no_memory(d);
	for (unsigned i = 0; i < count; i++)
		if (note_may_fail(to, &notes[i]))
			own[to->note_count++] = notes[i];
	to->notes = own;
	return 0;
}

static void
add_kind(struct guide_checks *c, const struct guide_element *el,
    enum guide_kind kind, uint32_t bit)
{
	if (el->usage == USAGE_REQUIRED)
		c->required |= bit;
	if (kind == PLAIN_NONE)
		c->unused |= bit;
	if (kind == PLAIN_KEY)
		c->keys |= bit;
	if (kind == PLAIN_COMPOSITE)
		c->composites |= bit;
}

/* ---- composites ---------------------------------------------------------- */

static bool
is_whole(const struct guide_element *el, uint32_t present)
{
	const struct guide_checks *c = &el->checks;
	bool whole = !(c->required & ~present) && !(c->unused & present);

	for (unsigned i = 0; i < el->syntax_count; i++)
		whole &= guide_note_holds(&el->syntax[i], present);
	return whole;
}

static int
make_part(struct draft *d, const struct guide_element *el,
    enum guide_kind kind, struct guide_part *to)
{
	struct lengths n = plain_lengths(el, kind);

	/* What is empty has no length; nothing is as long as that. */
	if (n.max < n.min || kind == PLAIN_NONE)
		n = (struct lengths){ UINT16_MAX, UINT16_MAX };
	to->min = (uint16_t)n.min;
	to->span = (uint16_t)(n.max - n.min);
	to->kind = (uint8_t)kind;
	return make_fact(d, el, kind, &to->fact);
}

/* Elements in a row often have the same: those of the one before will do. */
static bool
same_parts(const struct guide_parts *a, const struct guide_parts *b)
{
	return a->count == b->count && a->whole == b->whole &&
	    a->checks->required == b->checks->required &&
	    a->checks->note_count == b->checks->note_count &&
	    memcmp(a->checks->notes, b->checks->notes,
	    a->checks->note_count * sizeof(*a->checks->notes)) == 0 &&
	    memcmp(a->each, b->each, a->count * sizeof(*a->each)) == 0;
}

int
draft_checks_composite(struct draft *d, struct guide_element *el,
    const struct guide_element *before)
{
	struct guide_checks *c = &el->checks;
	unsigned count = el->component_count;
	struct guide_parts *parts = line_alloc(d, sizeof(*parts) +
	    (count + 1) * sizeof(*parts->each));

	if (!parts)
		return draft_no_memory(d);
	*c = (struct guide_checks){ 0 };
	parts->count = count;
	parts->checks = c;
	parts->each[count].min = UINT16_MAX;
	for (unsigned i = 0; i < count; i++) {
		enum guide_kind kind = kind_of(&el->components[i]);

		add_kind(c, &el->components[i], kind, 1u << i);
		if (make_part(d, &el->components[i], kind,
		    &parts->each[i]) < 0)
			return -ENOMEM;
	}
	if (make_notes(d, el->syntax, el->syntax_count, c) < 0)
		return -ENOMEM;
	for (unsigned n = 1; n <= count && n < 32; n++)
		if (is_whole(el, (1u << n) - 1))
			parts->whole |= 1u << n;
	el->parts = before && before->parts &&
	    same_parts(parts, before->parts) ? before->parts : parts;
	return 0;
}

/* ---- segments ------------------------------------------------------------ */

/* These are usually there, or usually not. */
static void
usual_add(struct guide_plan *p, uint64_t mask, bool there)
{
	uint64_t usual = there ? mask : 0;

	if ((p->usual ^ usual) & p->asked & mask) {
		p->usual |= GUIDE_ALWAYS;
		p->asked |= GUIDE_ALWAYS;
	}
	mask &= ~p->asked;
	p->usual |= usual & mask;
	p->asked |= mask;
}

/* What is usual where the note holds. */
static void
note_usual(struct guide_plan *p, const struct guide_checks *c,
    const struct guide_syntax *n, const struct guide_element *el)
{
	uint32_t first = 1u << (n->first - 1);

	switch (n->kind) {
	case 'P':
		/* A qualifier and its value more often are there than not. */
		usual_add(p, n->all, (n->all & c->required) != 0 ||
		    el[n->first - 1].codes);
		break;
	case 'R':
		usual_add(p, first, true);
		break;
	case 'E':
		usual_add(p, n->rest, false);
		break;
	case 'C':
		usual_add(p, c->required & first ? n->rest : first,
		    (c->required & first) != 0);
		break;
	default:
		usual_add(p, first, false);
		break;
	}
}

/*
 * What segments are asked for beyond their notes (edi/validate/habit.c): when
 * one of `filled` is there, one of `empty` is not, or in any case.
 */
static const struct habit {
	uint32_t tag, filled, empty;
	bool always;
	enum guide_habit habit;
} habits[] = {
	{ SEGMENT_TAG('N', 'M', '1'), 0x78, 0, false, HABIT_NAME },
	{ SEGMENT_TAG2('N', '4'), 0x48, 0x06, false, HABIT_ADDRESS },
	{ SEGMENT_TAG('P', 'E', 'R'), 0, 0, true, HABIT_CONTACT },
	{ SEGMENT_TAG('C', 'A', 'S'), 0, 0, true, HABIT_ADJUSTMENT },
};

static void
add_habits(struct guide_plan *p, const struct guide_segment *s)
{
	for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++) {
		const struct habit *h = &habits[i];

		if (h->tag != s->tag)
			continue;
		usual_add(p, h->filled & ~s->checks.unused, false);
		usual_add(p, h->empty & ~s->checks.unused, true);
		if (h->always)
			usual_add(p, GUIDE_ALWAYS, true);
		p->habit = (uint8_t)h->habit;
	}
}

static void
add_usual(struct guide_plan *p, const struct guide_segment *s)
{
	const struct guide_checks *c = &s->checks;

	usual_add(p, c->required, true);
	usual_add(p, c->unused, false);
	for (unsigned i = 0; i < c->note_count; i++)
		note_usual(p, c, &c->notes[i], s->elements);
	if (s->once)
		usual_add(p, GUIDE_ALWAYS, true);
	p->sound = p->asked;
	add_habits(p, s);
}

/* No segment is longer than that (READER_SEGMENT_MAX). */
static int16_t
with_separator(unsigned n)
{
	return n < INT16_MAX ? (int16_t)(n + 1) : INT16_MAX;
}

static void
plan_element(struct guide_plan *p, const struct guide_element *el,
    enum guide_kind kind, unsigned i)
{
	uint32_t *const masks[] = {
		[PLAIN_TEXT] = &p->text, [PLAIN_CODE] = &p->codes,
		[PLAIN_NUMBER] = &p->numbers,
		[PLAIN_DATE] = &p->days, [PLAIN_PERIOD] = &p->days,
		[PLAIN_COUNT] = &p->counts,
		[PLAIN_COMPOSITE] = &p->composites,
		[PLAIN_OTHER] = NULL,
	};
	int16_t *min = &p->lengths[i / 8 * 16 + i % 8];
	struct lengths n = plain_lengths(el, kind);

	if (masks[kind])
		*masks[kind] |= 1u << i;
	min[0] = with_separator(n.min);
	min[8] = with_separator(n.max);
}

int
draft_checks_segment(struct draft *d, struct guide_segment *s)
{
	struct guide_checks *c = &s->checks;
	unsigned lengths = (s->count + 7u) / 8 * 16;
	struct guide_plan *p = line_alloc(d, sizeof(*p) +
	    lengths * sizeof(*p->lengths) +
	    s->count * sizeof(union guide_fact));
	union guide_fact *facts;

	if (!p)
		return draft_no_memory(d);
	*c = (struct guide_checks){ 0 };
	p->facts = facts = (union guide_fact *)&p->lengths[lengths];
	p->count = s->count;
	for (unsigned i = 0; i < s->count; i++) {
		enum guide_kind kind = kind_of(&s->elements[i]);

		add_kind(c, &s->elements[i], kind, 1u << i);
		plan_element(p, &s->elements[i], kind, i);
		if (make_fact(d, &s->elements[i], kind, &facts[i]) < 0)
			return -ENOMEM;
	}
	p->rest = p->numbers | p->days | p->counts | p->composites;
	if (make_notes(d, s->syntax, s->syntax_count, c) < 0)
		return -ENOMEM;
	add_usual(p, s);
	s->plan = p;
	return 0;
}
