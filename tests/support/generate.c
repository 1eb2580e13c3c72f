/* SPDX-License-Identifier: ISC */
#include "tests/support/generate.h"

#include "edi/writer.h"

#include <stdio.h>

enum { SEGMENTS_MAX = 300, LENGTH = 12, TRIES = 200, CODES = 64,
	SEGMENT = 1 << 15 };

struct making {
	const struct guide *guide;
	struct writer w;
	struct buf segment;            /* never moves: slices point to it */
	uint64_t state;
	unsigned segments, levels;
	unsigned level[GUIDE_DEPTH];   /* HL01 of the levels we are in */
	unsigned depth;
	bool children;                 /* the HL to be written has some */
	unsigned instance;             /* of the loop: LX01 */
	uint64_t used[CODES];          /* of a segment that says `once` */
	unsigned used_count;
	bool stuck;
};

/* xorshift64*: good enough, and the same everywhere. */
static uint64_t
draw(struct making *m)
{
	m->state ^= m->state >> 12;
	m->state ^= m->state << 25;
	m->state ^= m->state >> 27;
	return m->state * 2685821657736338717u >> 16;
}

static unsigned
below(struct making *m, unsigned n)
{
	return (unsigned)(draw(m) % n);
}

static bool
chance(struct making *m, unsigned percent)
{
	return below(m, 100) < percent;
}

/* ---- values ----------------------------------------------------------- */

static void
add_date(struct making *m, struct buf *to, const char *form)
{
	int year = 2000 + (int)below(m, 30), month = 1 + (int)below(m, 12);
	int day = 1 + (int)below(m, 28), hour = (int)below(m, 24);

	for (; *form; form++) {
		/* The second of a range is not before the first. */
		year += *form == '-';
		if (*form == 'D')
			buf_addf(to, "%04d%02d%02d", year, month, day);
		else if (*form == 'd')
			buf_addf(to, "%02d%02d%02d", year % 100, month, day);
		else if (*form == 'M')
			buf_addf(to, "%04d%02d", year, month);
		else if (*form == 'Y')
			buf_addf(to, "%04d", year);
		else if (*form == 't')
			buf_addf(to, "%02d%02d", hour, day);
		else if (*form == 'S')
			buf_addf(to, "%02d%02d%02d", hour, day, month);
		else
			buf_add_char(to, *form);
	}
}

static bool
add_period(struct making *m, struct buf *to, struct slice format)
{
	static const char *const forms[][2] = {
		{ "D8", "D" }, { "RD8", "D-D" }, { "DT", "Dt" }, { "TM", "t" },
		{ "D6", "d" }, { "RD6", "d-d" }, { "RDT", "Dt-Dt" },
		{ "CY", "Y" }, { "CM", "M" }, { "TS", "DS" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (slice_is(format, forms[i][0])) {
			add_date(m, to, forms[i][1]);
			return true;
		}
	return false;
}

static unsigned
length(struct making *m, const struct guide_element *e)
{
	unsigned min = e->min ? e->min : 1;
	unsigned max = e->max < min ? min : e->max;

	if (max > min + LENGTH)
		max = min + LENGTH;
	return min + below(m, max - min + 1);
}

static void
add_letters(struct making *m, struct buf *to, unsigned n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	while (n-- > 0)
		buf_add_char(to, set[below(m, sizeof(set) - 1)]);
}

/* No leading zero, so that it is canonical; as long as is wanted. */
static void
add_digits(struct making *m, struct buf *to, unsigned n)
{
	buf_add_char(to, (char)('1' + below(m, 9)));
	while (--n > 0)
		buf_add_char(to, (char)('0' + below(m, 10)));
}

static void
add_typed(struct making *m, struct buf *to, const struct guide_element *e)
{
	unsigned n = length(m, e);

	switch (e->type) {
	case GUIDE_N:
		add_digits(m, to, n);
		break;
	case GUIDE_R:
		add_digits(m, to, n < 6 ? n : 6);
		if (n > 8 && chance(m, 30))
			buf_add_str(to, ".5");
		break;
	case GUIDE_DT:
		add_date(m, to, e->max >= 8 ? "D" : "d");
		break;
	case GUIDE_TM:
		add_date(m, to, e->max >= 6 && chance(m, 30) ? "S" : "t");
		break;
	default:
		add_letters(m, to, n);
	}
}

static bool
is_used(const struct making *m, struct slice code)
{
	for (unsigned i = 0; i < m->used_count; i++)
		if (m->used[i] == guide_pack(code))
			return true;
	return false;
}

static bool
add_code(struct making *m, struct buf *to, const struct guide_element *e)
{
	for (int i = 0; i < TRIES; i++) {
		struct slice code = e->codes->text[below(m, e->codes->count)];

		/* An extension needs a telephone number before it. */
		if ((slice_is(code, "EX") && e->codes->count > 1) ||
		    ((e->flags & GUIDE_ONCE) && is_used(m, code)))
			continue;
		if ((e->flags & GUIDE_ONCE) && m->used_count < CODES)
			m->used[m->used_count++] = guide_pack(code);
		return buf_add_slice(to, code);
	}
	return false;
}

/* ---- what is there and what is not ------------------------------------ */

/*
 * A note that does not hold: bring in what it asks for, or let go of what it
 * speaks of. Either may break another note, so it is tried again.
 */
static void
mend(struct making *m, const struct guide_syntax *n, uint32_t must,
    uint32_t may, uint32_t *there)
{
	if (n->kind == 'E')
		*there &= ~(1u << (31 - __builtin_clz(*there & n->all)));
	else if (n->kind == 'R' || chance(m, 50))
		*there |= n->all & may;
	else
		*there &= ~n->all;
	*there |= must;
}

/* Which of some elements or components; false: no choice was found. */
static bool
choose(struct making *m, const struct guide_element *e, unsigned count,
    const struct guide_syntax *notes, unsigned note_count, uint32_t never,
    uint32_t *there)
{
	uint32_t must = 0, may = 0;

	*there = 0;
	for (unsigned i = 0; i < count; i++) {
		must |= (uint32_t)(e[i].usage == USAGE_REQUIRED) << i;
		may |= (uint32_t)(e[i].usage != USAGE_NOT_USED) << i;
		*there |= (uint32_t)chance(m, 40) << i;
	}
	may &= ~never;
	*there = (*there & may) | must;
	for (unsigned i = 0; i < TRIES; i++) {
		bool good = *there != 0 || may == 0;

		if (!good)
			*there = 1u << below(m, count) & may;
		for (unsigned n = 0; n < note_count; n++)
			if (!guide_note_holds(&notes[n], *there)) {
				mend(m, &notes[n], must, may, there);
				good = false;
			}
		if (good)
			return true;
	}
	return false;
}

/* A qualifier and its number, when it can be nothing but an extension. */
static uint32_t
only_extension(const struct guide_segment *s, unsigned i)
{
	const struct guide_codes *codes = s->elements[i - 1].codes;

	return codes && codes->count == 1 && slice_is(codes->text[0], "EX") ?
	    3u << (i - 1) : 0;
}

/* Habits that no syntax note tells: a person has first names, cities states. */
static uint32_t
never_of(const struct guide_segment *s)
{
	if (s->tag == SEGMENT_TAG('N', 'M', '1'))
		return 0x78;
	if (s->tag == SEGMENT_TAG2('N', '4'))
		return 0x48;
	if (s->tag == SEGMENT_TAG('P', 'E', 'R'))
		return only_extension(s, 5) | only_extension(s, 7);
	return 0;
}

static uint32_t
always_of(const struct guide_segment *s)
{
	uint32_t wanted = s->tag == SEGMENT_TAG2('N', '4') ? 0x6 : 0, there = 0;

	for (unsigned i = 0; i < s->count; i++)
		if ((wanted & 1u << i) &&
		    s->elements[i].usage != USAGE_NOT_USED)
			there |= 1u << i;
	return there;
}

/* ---- elements --------------------------------------------------------- */

static bool
add_simple(struct making *m, struct buf *to, const struct guide_element *e,
    struct slice before)
{
	if (e->flags & GUIDE_PERIOD && add_period(m, to, before))
		return true;
	if (e->codes)
		return add_code(m, to, e);
	if (e->flags & GUIDE_COUNTS)
		return buf_addf(to, "%u", m->instance);
	add_typed(m, to, e);
	return !to->failed;
}

/* Into a buffer with the writer's delimiters; nothing for an empty one. */
static bool
add_composite(struct making *m, struct buf *to, const struct guide_element *e)
{
	size_t before = to->n, end = to->n;
	uint32_t there;

	if (!choose(m, e->components, e->component_count, e->syntax,
	    e->syntax_count, 0, &there))
		return false;
	for (unsigned i = 0; i < e->component_count; i++) {
		struct slice last = slice(to->p + before, to->n - before);

		if (i > 0)
			buf_add_char(to, m->w.d.component);
		before = to->n;
		if (!(there & 1u << i))
			continue;
		if (!add_simple(m, to, &e->components[i], last))
			return false;
		end = to->n;
	}
	to->n = end;
	return true;
}

static bool
add_element(struct making *m, struct buf *to, const struct guide_element *e,
    struct slice before)
{
	unsigned n = e->repeat > 1 && m->w.d.repetition ? 1 + below(m,
	    e->repeat < 4 ? e->repeat : 4) : 1;

	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(to, m->w.d.repetition);
		if (!(e->component_count > 0 ? add_composite(m, to, e) :
		    add_simple(m, to, e, before)))
			return false;
	}
	return true;
}

/* ---- segments and loops ----------------------------------------------- */

/* HL01, HL02 and HL04 say where the level stands. */
static bool
add_level(struct making *m, struct buf *to, unsigned i, bool used)
{
	if (i == 0)
		buf_addf(to, "%u", m->levels);
	else if (i == 1 && m->depth > 1)
		buf_addf(to, "%u", m->level[m->depth - 2]);
	else if (i == 3 && used)
		buf_add_char(to, m->children ? '1' : '0');
	return i != 2;
}

static void
add_segment(struct making *m, const struct guide_segment *s)
{
	struct buf *b = &m->segment;
	uint32_t there;
	size_t from = 0;

	m->segments++;
	buf_reset(b);
	if (!choose(m, s->elements, s->count, s->syntax, s->syntax_count,
	    never_of(s), &there))
		m->stuck = true;
	there |= always_of(s);
	buf_add_str(b, s->id);
	for (unsigned i = 0; i < s->count && !m->stuck; i++) {
		struct slice before = slice(b->p + from, b->n - from);
		const struct guide_element *e = &s->elements[i];

		buf_add_char(b, m->w.d.element);
		from = b->n;
		if (s->tag == TAG_HL &&
		    add_level(m, b, i, e->usage != USAGE_NOT_USED))
			continue;
		if ((there & 1u << i) && !add_element(m, b, e, before))
			m->stuck = true;
	}
	while (b->n > 0 && b->p[b->n - 1] == m->w.d.element)
		b->n--;
	buf_add_slice(m->w.out, buf_slice(b));
	buf_add_char(m->w.out, m->w.d.terminator);
	buf_add_str(m->w.out, m->w.suffix);
	m->w.segments++;
}

static unsigned
count_of(struct making *m, uint8_t usage, uint32_t max)
{
	unsigned most = max < 3 ? max : 3;

	if (usage == USAGE_NOT_USED || most == 0)
		return 0;
	if (usage == USAGE_SITUATIONAL && (m->segments > SEGMENTS_MAX ||
	    chance(m, 75)))
		return 0;
	return m->segments < SEGMENTS_MAX && chance(m, 30) ?
	    1 + below(m, most) : 1;
}

static bool
is_envelope(uint32_t tag)
{
	return tag == TAG_ST || tag == TAG_SE;
}

/* HL04 says whether levels are below; some guides allow one answer only. */
static bool
may_have(const struct guide_loop *l, char answer)
{
	const struct guide_element *e =
	    &l->body->children[0].segment->elements[3];

	return e->usage == USAGE_NOT_USED ? answer == '0' :
	    !e->codes || guide_codes_has(e->codes, slice(&answer, 1));
}

/* No code may come twice; of adjustment groups the validator says so. */
static unsigned
most_of(const struct guide_segment *s)
{
	unsigned most = s->tag == SEGMENT_TAG('C', 'A', 'S') ? 1 : 3;

	for (unsigned i = 0; i < s->count; i++)
		if ((s->elements[i].flags & GUIDE_ONCE) &&
		    s->elements[i].codes->count < most)
			most = s->elements[i].codes->count;
	return most;
}

/* LS and LE stand around a loop, when it is there. */
static void
frame(const struct guide_loop *l, unsigned *counts)
{
	for (unsigned i = 1; i + 1 < l->body->count; i++) {
		uint32_t tag = l->body->children[i].segment->tag;

		if (l->body->children[i].loop)
			continue;
		if (tag == SEGMENT_TAG2('L', 'S'))
			counts[i] = counts[i + 1] > 0;
		if (tag == SEGMENT_TAG2('L', 'E'))
			counts[i] = counts[i - 1] > 0;
	}
}

/* How often each child comes, and whether there are levels below. */
static void
plan(struct making *m, const struct guide_loop *l, unsigned *counts)
{
	int first_level = -1;

	m->children = false;
	for (unsigned i = 0; i < l->body->count; i++) {
		const struct guide_child *c = &l->body->children[i];
		bool level = c->loop && c->loop->is_hl;

		counts[i] = c->loop ? count_of(m, c->loop->usage, c->loop->max)
		    : count_of(m, c->segment->usage, c->segment->max);
		if (!c->loop && counts[i] > most_of(c->segment))
			counts[i] = most_of(c->segment);
		/* One kind of level below: HL03 alone tells which it is. */
		if (level && (m->children || (l->is_hl && !may_have(l, '1'))))
			counts[i] = 0;
		if (level && first_level < 0)
			first_level = (int)i;
		m->children |= level && counts[i] > 0;
	}
	frame(l, counts);
	if (l != m->guide->root)
		counts[0] = 1;
	if (l->is_hl && !m->children && first_level >= 0 &&
	    !may_have(l, '0')) {
		counts[first_level] = 1;
		m->children = true;
	}
}

static void
add_loop(struct making *m, const struct guide_loop *l, unsigned instance)
{
	unsigned counts[GUIDE_CHILDREN];

	plan(m, l, counts);
	if (l->is_hl)
		m->level[m->depth++] = ++m->levels;
	for (unsigned i = 0; i < l->body->count && !m->stuck; i++) {
		const struct guide_child *c = &l->body->children[i];

		m->used_count = 0;
		for (unsigned n = 1; n <= counts[i] && !m->stuck; n++) {
			m->instance = i == 0 ? instance : n;
			if (c->loop)
				add_loop(m, c->loop, n);
			else if (!is_envelope(c->segment->tag))
				add_segment(m, c->segment);
		}
	}
	if (l->is_hl)
		m->depth--;
}

static struct delimiters
delimiters(struct making *m)
{
	static const char element[] = "*|,", component[] = ":>\\";
	static const char repetition[] = "^{!", terminator[] = "~\n\x1d";

	return (struct delimiters){ element[below(m, 3)],
		component[below(m, 3)], repetition[below(m, 3)],
		terminator[below(m, 3)] };
}

static bool
has_st03(const struct guide *g)
{
	return g->root->body->children[0].segment->elements[2].usage !=
	    USAGE_NOT_USED;
}

bool
generate(struct buf *to, const struct guide *g, uint64_t seed)
{
	static const char *const suffixes[] = { "", "\n", "\r\n" };
	struct making m = { .guide = g,
		.state = (seed + 1) * 0x9e3779b97f4a7c15u };
	struct delimiters d = delimiters(&m);
	const struct writer_isa isa = { .sender = "MAPLE",
		.receiver = "HERON", .date = "20260105", .time = "0930",
		.control = 1 + below(&m, 999999), .usage = 'T' };
	const struct writer_gs gs = { .functional_id = g->functional,
		.sender = "MAPLE", .receiver = "HERON", .date = "20260105",
		.time = "0930", .control = 1, .version = g->id };

	buf_init(&m.segment, SEGMENT);
	if (!buf_space(&m.segment, SEGMENT))
		return false;
	writer_init(&m.w, to, d, d.terminator == '\n' ? "" :
	    suffixes[below(&m, 3)]);
	writer_isa(&m.w, &isa);
	writer_gs(&m.w, &gs);
	writer_st(&m.w, g->set, "0001", has_st03(g) ? g->id : NULL);
	add_loop(&m, g->root, 1);
	writer_se(&m.w);
	writer_ge(&m.w);
	writer_iea(&m.w);
	buf_free(&m.segment);
	return !m.stuck && !to->failed && writer_error(&m.w) == WRITER_OK;
}
