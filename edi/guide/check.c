/* SPDX-License-Identifier: ISC */
#include "edi/guide/draft.h"

#include "edi/segment.h"

/* ---- slots of a code list ------------------------------------------------ */

enum { SLOTS_TRIES = 32, SLOTS_BITS = 10 };

/* How many codes find no slot of their own. */
static unsigned
slots_fill(const struct guide_codes *codes, uint64_t *slots, unsigned count)
{
	unsigned lost = 0;

	memset(slots + 2, 0, count * sizeof(*slots));
	for (uint32_t i = 0; i < codes->packed_count; i++) {
		uint64_t code = codes->packed[i];
		uint64_t *slot = &slots[2 + (code * slots[0] >> slots[1])];

		if (*slot == 0)
			*slot = code;
		lost += *slot != code;
	}
	/* What no code has taken holds one that is found elsewhere. */
	for (unsigned i = 2; i < 2 + count; i++)
		if (slots[i] == 0)
			slots[i] = codes->packed[0];
	return lost;
}

/* A factor that gives each code its own; else the last that was tried. */
static int
slots_make(struct draft *d, struct guide_codes *codes)
{
	uint64_t *slots, factor = UINT64_C(0x9e3779b97f4a7c15);
	unsigned bits = 2;

	while (1u << bits < 4 * codes->packed_count && bits < SLOTS_BITS)
		bits++;
	slots = arena_array(d->arena, 2 + (1u << bits), sizeof(*slots));
	if (!slots)
		return draft_no_memory(d);
	slots[1] = 64 - bits;
	for (unsigned i = 0; i < SLOTS_TRIES; i++) {
		slots[0] = factor;
		if (slots_fill(codes, slots, 1u << bits) == 0)
			break;
		factor += UINT64_C(0x632be59bd9b4e01a);
	}
	codes->slots = slots;
	return 0;
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

static enum guide_check_kind
kind_of(const struct guide_element *el)
{
	if (el->usage == USAGE_NOT_USED)
		return CHECK_NONE;
	if (el->codes && (el->flags & (GUIDE_PERIOD | GUIDE_COUNTS)))
		return CHECK_OTHER;
	if (el->flags & GUIDE_PERIOD)
		return is_text(el) ? CHECK_PERIOD : CHECK_OTHER;
	if (el->flags & GUIDE_COUNTS)
		return is_number(el) ? CHECK_COUNT : CHECK_OTHER;
	if (el->codes && (is_text(el) || is_number(el)))
		return el->codes->packed_count == 0 ? CHECK_OTHER :
		    el->flags & GUIDE_KEY ? CHECK_KEY : CHECK_CODE;
	if (el->type == GUIDE_COMPOSITE)
		return el->components ? CHECK_COMPOSITE : CHECK_OTHER;
	if (el->type == GUIDE_DT && !el->codes)
		return CHECK_DATE;
	return is_text(el) ? CHECK_TEXT : is_number(el) ? CHECK_NUMBER :
	    CHECK_OTHER;
}

/* Lengths of what can be told plainly: most things of eight characters. */
struct lengths {
	unsigned min, max;
};

static struct lengths
plain_lengths(const struct guide_element *el, enum guide_check_kind kind)
{
	static const struct {
		struct lengths plain;
		bool of_guide;          /* the guide may narrow them */
	} kinds[] = {
		[CHECK_NONE] = { { 0, UINT16_MAX }, false },
		[CHECK_TEXT] = { { 1, UINT16_MAX }, true },
		[CHECK_CODE] = { { 1, 8 }, false },
		[CHECK_KEY] = { { 0, UINT16_MAX }, false },
		[CHECK_NUMBER] = { { 1, 8 }, true },
		[CHECK_DATE] = { { 8, 8 }, true },
		[CHECK_PERIOD] = { { 8, 17 }, true },
		[CHECK_COUNT] = { { 1, 6 }, true },
		[CHECK_COMPOSITE] = { { 1, 31 }, false },
		[CHECK_OTHER] = { { UINT16_MAX, UINT16_MAX }, false },
	};
	struct lengths n = kinds[kind].plain;

	if (kinds[kind].of_guide) {
		n.min = n.min > el->min ? n.min : el->min;
		n.max = n.max < el->max ? n.max : el->max;
	}
	/* A sign or a point is no digit, but may be taken for one here. */
	if (kind == CHECK_NUMBER && el->min > 1)
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
    enum guide_check_kind kind, union guide_fact *to)
{
	if (kind == CHECK_CODE) {
		if (!el->codes->slots &&
		    slots_make(d, (struct guide_codes *)el->codes) < 0)
			return -ENOMEM;
		to->codes = el->codes->slots;
	} else if (kind == CHECK_COMPOSITE) {
		to->parts = &el->checks;
	} else if (kind == CHECK_NUMBER) {
		to->barred = barred(el);
	}
	return 0;
}

/* ---- elements together --------------------------------------------------- */

/* These are usually there, or usually not. */
static void
usual_add(struct guide_checks *c, uint64_t mask, bool there)
{
	uint64_t usual = there ? mask : 0;

	if ((c->usual ^ usual) & c->asked & mask) {
		c->usual |= GUIDE_ALWAYS;
		c->asked |= GUIDE_ALWAYS;
	}
	mask &= ~c->asked;
	c->usual |= usual & mask;
	c->asked |= mask;
}

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

/* What is usual where the note holds. */
static void
note_usual(struct guide_checks *c, const struct guide_syntax *n,
    const struct guide_element *el)
{
	uint32_t first = 1u << (n->first - 1);

	switch (n->kind) {
	case 'P':
		/* A qualifier and its value more often are there than not. */
		usual_add(c, n->all, (n->all & c->required) != 0 ||
		    el[n->first - 1].codes);
		break;
	case 'R':
		usual_add(c, first, true);
		break;
	case 'E':
		usual_add(c, n->rest, false);
		break;
	case 'C':
		usual_add(c, c->required & first ? n->rest : first,
		    (c->required & first) != 0);
		break;
	default:
		usual_add(c, first, false);
		break;
	}
}

static int
check_notes(struct draft *d, const struct guide_element *el,
    const struct guide_syntax *notes, unsigned count, struct guide_checks *to)
{
	struct guide_syntax *own = arena_array(d->arena, count + 1u,
	    sizeof(*own));

	if (!own)
		return draft_no_memory(d);
	for (unsigned i = 0; i < count; i++) {
		if (!note_may_fail(to, &notes[i]))
			continue;
		own[to->note_count++] = notes[i];
		note_usual(to, &notes[i], el);
	}
	to->notes = own;
	return 0;
}

/* No segment is longer than that (READER_SEGMENT_MAX). */
static int16_t
with_separator(unsigned n)
{
	return n < INT16_MAX ? (int16_t)(n + 1) : INT16_MAX;
}

static int
check_element(struct draft *d, struct guide_checks *to, unsigned i,
    const struct guide_element *el, union guide_fact *fact,
    struct guide_check *check)
{
	uint32_t *const masks[] = {
		[CHECK_NONE] = &to->unused, [CHECK_TEXT] = &to->text,
		[CHECK_CODE] = &to->codes, [CHECK_KEY] = &to->keys,
		[CHECK_NUMBER] = &to->numbers, [CHECK_DATE] = &to->days,
		[CHECK_PERIOD] = &to->periods, [CHECK_COUNT] = &to->counts,
		[CHECK_COMPOSITE] = &to->composites,
		[CHECK_OTHER] = &to->other,
	};
	int16_t *min = (int16_t *)&to->lengths[i / 8 * 16 + i % 8];
	enum guide_check_kind kind = kind_of(el);
	struct lengths n = plain_lengths(el, kind);

	*masks[kind] |= 1u << i;
	if (el->usage == USAGE_REQUIRED)
		to->required |= 1u << i;
	min[0] = with_separator(n.min);
	min[8] = with_separator(n.max);
	if (make_fact(d, el, kind, fact) < 0)
		return -ENOMEM;
	/* What is empty has no length; nothing is as long as that. */
	if (n.max < n.min || kind == CHECK_NONE)
		n = (struct lengths){ UINT16_MAX, UINT16_MAX };
	*check = (struct guide_check){ *fact, (uint16_t)n.min,
		(uint16_t)(n.max - n.min), (uint8_t)kind };
	return 0;
}

static int
check_all(struct draft *d, const struct guide_element *el, unsigned count,
    struct guide_checks *to)
{
	union guide_fact *facts = arena_array(d->arena, count,
	    sizeof(*facts));
	struct guide_check *each = arena_array(d->arena, count + 1u,
	    sizeof(*each));
	int16_t *lengths = arena_array(d->arena, (count + 7u) / 8 * 16,
	    sizeof(*lengths));

	if (!facts || !each || !lengths)
		return draft_no_memory(d);
	*to = (struct guide_checks){ .facts = facts, .each = each,
		.lengths = lengths, .count = (uint8_t)count };
	each[count].min = UINT16_MAX;
	for (unsigned i = 0; i < count; i++)
		if (check_element(d, to, i, &el[i], &facts[i], &each[i]) < 0)
			return -ENOMEM;
	to->days |= to->periods;
	to->rest = to->numbers | to->days | to->counts | to->composites;
	usual_add(to, to->required, true);
	usual_add(to, to->unused, false);
	return 0;
}

/* ---- segments and composites --------------------------------------------- */

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
check_habits(struct guide_segment *s)
{
	struct guide_checks *c = &s->checks;

	if (s->once)
		usual_add(c, GUIDE_ALWAYS, true);
	c->sound = c->asked;
	for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++) {
		const struct habit *h = &habits[i];

		if (h->tag != s->tag)
			continue;
		usual_add(c, h->filled & ~c->unused, false);
		usual_add(c, h->empty & ~c->unused, true);
		if (h->always)
			usual_add(c, GUIDE_ALWAYS, true);
		c->habit = (uint8_t)h->habit;
	}
}

int
draft_checks_segment(struct draft *d, struct guide_segment *s)
{
	int rc = check_all(d, s->elements, s->count, &s->checks);

	if (rc == 0)
		rc = check_notes(d, s->elements, s->syntax, s->syntax_count,
		    &s->checks);
	if (rc == 0)
		check_habits(s);
	return rc;
}

static bool
is_whole(const struct guide_element *el, uint32_t present)
{
	const struct guide_checks *c = &el->checks;
	bool whole = !(c->required & ~present) && !(c->unused & present);

	for (unsigned i = 0; i < el->syntax_count; i++)
		whole &= guide_note_holds(&el->syntax[i], present);
	return whole;
}

int
draft_checks_composite(struct draft *d, struct guide_element *el)
{
	struct guide_checks *c = &el->checks;
	int rc = check_all(d, el->components, el->component_count, c);

	if (rc == 0)
		rc = check_notes(d, el->components, el->syntax,
		    el->syntax_count, c);
	for (unsigned n = 1; n <= el->component_count && n < 32; n++) {
		uint32_t present = (1u << n) - 1;

		if (is_whole(el, present))
			c->whole |= present + 1;
	}
	return rc;
}
