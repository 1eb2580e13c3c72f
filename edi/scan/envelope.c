/* SPDX-License-Identifier: ISC */
/*
 * The elements of ISA, GS, ST and of their trailers: X12.5 (interchange
 * control structures) and X12.6 (application control structures).
 */
#include "edi/calendar.h"
#include "edi/scan/core.h"

#include <stdio.h>

#define ELEMENT(g, i) segment_element(g, i)

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static bool
is_capital_or_digit(char c)
{
	return is_alnum(c) && c < 'a';
}

/* A number of so many digits; 0 when it is not one. */
static uint64_t
number(struct slice s, size_t most)
{
	uint64_t n;

	return s.n <= most && slice_u64(s, &n) ? n : 0;
}

/* One of the codes of a list, each followed by a blank. */
static bool
in_list(struct slice s, const char *list)
{
	size_t width = strcspn(list, " ");

	if (s.n != width)
		return false;
	for (const char *p = list; *p != '\0'; p += width + 1)
		if (memcmp(p, s.p, width) == 0)
			return true;
	return false;
}

static void
copy(struct slice s, char *to, size_t cap)
{
	slice_copy(slice_rtrim(s), to, cap);
}

#define COPY(s, to) copy(s, to, sizeof(to))

/* ---- unique in the file, the interchange, the group ---------------------- */

static void
check_unique(struct scan *s, struct keys *k, struct key key,
    enum finding_id again, unsigned element)
{
	uint32_t value = 0;

	switch (keys_add(k, key, &value)) {
	case KEYS_NEW:
		break;
	case KEYS_AGAIN:
		scan_say(s, again, element, NULL);
		break;
	case KEYS_FULL:
		if (!s->unique_said)
			scan_say(s, FINDING_UNIQUENESS_UNCHECKED, element,
			    NULL);
		s->unique_said = true;
	}
}

/* ISA13 is unique between the two parties: FNV-1a of ISA05 to ISA08. */
static struct key
key_of_interchange(const struct scan_interchange *i)
{
	const char *party[] = { i->sender_qualifier, i->sender,
		i->receiver_qualifier, i->receiver };
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t k = 0; k < 4; k++) {
		for (const char *p = party[k]; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
		h = (h ^ 0xff) * 0x100000001b3ULL;
	}
	return (struct key){ h, i->control };
}

/* ---- ISA, IEA ------------------------------------------------------------ */

static bool
is_given(struct slice s)
{
	return slice_rtrim(s).n > 0;
}

static bool
is_any(struct slice s)
{
	(void)s;
	return true;
}

static bool
is_control(struct slice s)
{
	return number(s, 9) > 0;
}

/* X12 I11: 00200 to 00805 and what may come. */
static bool
is_version(struct slice s)
{
	uint64_t n;

	return slice_u64(s, &n) && n >= 200 && n < 1000;
}

/* Each element of the ISA: its width, and the code list or the form it has. */
struct isa_row {
	unsigned element, width;
	const char *codes;
	bool (*form)(struct slice s);
	enum finding_id finding;
};

#define PARTIES "01 02 03 04 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 " \
	"22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 AM NR SA SN ZZ "

static const struct isa_row isa_rows[] = {
	{ 1, 2, "00 01 02 03 04 05 06 07 08 ", NULL,
	    FINDING_ISA_AUTHORIZATION_QUALIFIER },
	{ 2, 10, NULL, is_any, FINDING_ISA_AUTHORIZATION },
	{ 3, 2, "00 01 ", NULL, FINDING_ISA_SECURITY_QUALIFIER },
	{ 4, 10, NULL, is_any, FINDING_ISA_SECURITY },
	{ 5, 2, PARTIES, NULL, FINDING_ISA_SENDER_QUALIFIER },
	{ 6, 15, NULL, is_given, FINDING_ISA_SENDER },
	{ 7, 2, PARTIES, NULL, FINDING_ISA_RECEIVER_QUALIFIER },
	{ 8, 15, NULL, is_given, FINDING_ISA_RECEIVER },
	{ 9, 6, NULL, calendar_date6, FINDING_ISA_DATE },
	{ 10, 4, NULL, calendar_time, FINDING_ISA_TIME },
	{ 12, 5, NULL, is_version, FINDING_ISA_VERSION },
	{ 13, 9, NULL, is_control, FINDING_ISA_CONTROL },
	{ 14, 1, "0 1 ", NULL, FINDING_ISA_ACK_REQUESTED },
	{ 15, 1, "P T I ", NULL, FINDING_ISA_USAGE },
};

void
envelope_interchange(struct scan *s, const struct segment *g)
{
	struct scan_interchange *i = &s->interchange;
	struct slice ack = ELEMENT(g, 14), usage = ELEMENT(g, 15);

	*i = (struct scan_interchange){ .ordinal = s->interchanges_seen,
		.offset = g->offset, .delimiters = *g->delimiters };
	COPY(ELEMENT(g, 5), i->sender_qualifier);
	COPY(ELEMENT(g, 6), i->sender);
	COPY(ELEMENT(g, 7), i->receiver_qualifier);
	COPY(ELEMENT(g, 8), i->receiver);
	COPY(ELEMENT(g, 9), i->date);
	COPY(ELEMENT(g, 10), i->time);
	COPY(ELEMENT(g, 12), i->version);
	i->control = number(ELEMENT(g, 13), 9);
	i->ack_requested = ack.n > 0 ? ack.p[0] : '\0';
	i->usage = usage.n > 0 ? usage.p[0] : '\0';
}

/*
 * ISA11 is the repetition separator from 00402 on. Many still write the 'U' of
 * before: then nothing repeats, and that is followed.
 */
static void
check_repetition(struct scan *s, const struct segment *g)
{
	struct slice r = ELEMENT(g, 11);
	bool old = strcmp(s->interchange.version, "00402") < 0;
	struct finding f = { .element = 11, .severity = SEVERITY_WARNING,
		.value = r };

	if (old && r.n == 1)
		return;
	/* The information separators (0x1C to 0x1F) are used as delimiters. */
	if (r.n == 1 && !is_alnum(r.p[0]) &&
	    (r.p[0] > ' ' || (r.p[0] >= 0x1c && r.p[0] <= 0x1f)))
		return;
	if (slice_is(r, "U"))
		scan_report(s, &finding_defs[FINDING_ISA_REPETITION], &f);
	else
		scan_say(s, FINDING_ISA_REPETITION, 11, NULL);
}

static void
check_distinct(struct scan *s, const struct segment *g)
{
	static const char *const name[] = { "element", "component",
		"terminator", "repetition" };
	const struct delimiters *d = g->delimiters;
	struct slice r = ELEMENT(g, 11);
	bool old = strcmp(s->interchange.version, "00402") < 0;
	char c[] = { d->element, d->component, d->terminator,
		!old && r.n == 1 && !is_alnum(r.p[0]) ? r.p[0] : '\0' };

	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = i + 1; k < 4; k++)
			if (c[i] != '\0' && c[i] == c[k]) {
				scan_say(s, FINDING_DELIMITERS_NOT_DISTINCT,
				    k == 3 ? 11 : 16, "%s and %s", name[i],
				    name[k]);
				return;
			}
}

static void
check_isa_row(struct scan *s, const struct segment *g,
    const struct isa_row *row)
{
	struct slice e = ELEMENT(g, row->element);

	if (e.n != row->width)
		scan_say(s, row->finding, row->element,
		    "%zu characters, not %u", e.n, row->width);
	else if (row->codes ? !in_list(e, row->codes) : !row->form(e))
		scan_say(s, row->finding, row->element, NULL);
}

void
envelope_interchange_check(struct scan *s, const struct segment *g)
{
	uint32_t length = g->mark[g->count] + 1 - g->start;

	if (length != 106)
		scan_say(s, FINDING_ISA_LENGTH, 0, "%u bytes", length);
	for (size_t i = 0; i < sizeof(isa_rows) / sizeof(isa_rows[0]); i++)
		check_isa_row(s, g, &isa_rows[i]);
	check_repetition(s, g);
	check_distinct(s, g);
	if (g->delimiters->component <= ' ' &&
	    g->delimiters->component != 0x1f &&
	    g->delimiters->component != 0x1d)
		scan_say(s, FINDING_ISA_COMPONENT, 16, NULL);
	if (s->interchange.control != 0)
		check_unique(s, &s->interchanges,
		    key_of_interchange(&s->interchange),
		    FINDING_ISA_CONTROL_DUPLICATE, 13);
}

static void
check_count(struct scan *s, const struct segment *g, enum finding_id id,
    uint64_t counted)
{
	uint64_t stated;

	if (!slice_u64(ELEMENT(g, 1), &stated))
		scan_say(s, id, 1, "no number, counted %llu",
		    (unsigned long long)counted);
	else if (stated != counted)
		scan_say(s, id, 1, "it says %llu, counted %llu",
		    (unsigned long long)stated, (unsigned long long)counted);
}

void
envelope_interchange_end(struct scan *s, const struct segment *g)
{
	const struct scan_interchange *i = &s->interchange;

	check_count(s, g, FINDING_IEA_COUNT, i->groups);
	if (i->control != 0 && number(ELEMENT(g, 2), 9) != i->control)
		scan_say(s, FINDING_IEA_CONTROL, 2, NULL);
	if (i->groups == 0 && s->answers == 0 && i->sets == 0)
		scan_say(s, FINDING_INTERCHANGE_EMPTY, 0, NULL);
}

/* ---- GS, GE -------------------------------------------------------------- */

static bool
is_functional_id(struct slice s)
{
	return s.n == 2 && is_capital_or_digit(s.p[0]) &&
	    is_capital_or_digit(s.p[1]);
}

static bool
is_party(struct slice s)
{
	return s.n >= 2 && s.n <= 15 && is_given(s);
}

static bool
is_agency(struct slice s)
{
	return slice_is(s, "X");
}

/* Version, release, subrelease: six digits; then up to six of the guide. */
static bool
is_guide(struct slice s)
{
	if (s.n < 6 || s.n > 12)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (i < 6 ? s.p[i] < '0' || s.p[i] > '9' :
		    !is_capital_or_digit(s.p[i]))
			return false;
	return true;
}

static const struct gs_row {
	unsigned element;
	bool (*form)(struct slice s);
	enum finding_id finding;
} gs_rows[] = {
	{ 1, is_functional_id, FINDING_GS_FUNCTIONAL_ID },
	{ 2, is_party, FINDING_GS_SENDER },
	{ 3, is_party, FINDING_GS_RECEIVER },
	{ 5, calendar_time, FINDING_GS_TIME },
	{ 6, is_control, FINDING_GS_CONTROL },
	{ 7, is_agency, FINDING_GS_AGENCY },
	{ 8, is_guide, FINDING_GS_VERSION },
};

void
envelope_group(struct scan *s, const struct segment *g)
{
	struct scan_group *gs = &s->group;

	*gs = (struct scan_group){ .ordinal = s->interchange.groups,
		.offset = g->offset, .control = number(ELEMENT(g, 6), 9) };
	COPY(ELEMENT(g, 1), gs->functional_id);
	COPY(ELEMENT(g, 2), gs->sender);
	COPY(ELEMENT(g, 3), gs->receiver);
	COPY(ELEMENT(g, 4), gs->date);
	COPY(ELEMENT(g, 5), gs->time);
	COPY(ELEMENT(g, 7), gs->agency);
	COPY(ELEMENT(g, 8), gs->version);
}

/* Before 004010 a date has two digits for the year (DE 373). */
static bool
is_group_date(const struct scan_group *gs, struct slice date)
{
	return calendar_date8(date) || (calendar_date6(date) &&
	    strcmp(gs->version, "004010") < 0);
}

void
envelope_group_check(struct scan *s, const struct segment *g)
{
	if (g->count != 8)
		scan_say(s, FINDING_GS_INCOMPLETE, 0, "%u elements",
		    g->count);
	for (size_t i = 0; i < sizeof(gs_rows) / sizeof(gs_rows[0]); i++)
		if (gs_rows[i].element <= g->count &&
		    !gs_rows[i].form(ELEMENT(g, gs_rows[i].element)))
			scan_say(s, gs_rows[i].finding, gs_rows[i].element,
			    NULL);
	if (g->count >= 4 && !is_group_date(&s->group, ELEMENT(g, 4)))
		scan_say(s, FINDING_GS_DATE, 4, NULL);
	if (s->group.control != 0)
		check_unique(s, &s->groups,
		    (struct key){ 0, s->group.control },
		    FINDING_GS_CONTROL_DUPLICATE, 6);
}

void
envelope_group_end(struct scan *s, const struct segment *g)
{
	struct scan_group *gs = &s->group;

	gs->stated_sets = number(ELEMENT(g, 1), 9);
	check_count(s, g, FINDING_GE_COUNT, gs->sets);
	if (gs->control != 0 && number(ELEMENT(g, 2), 9) != gs->control)
		scan_say(s, FINDING_GE_CONTROL, 2, NULL);
	if (gs->sets == 0)
		scan_say(s, FINDING_GROUP_EMPTY, 0, NULL);
}

/* ---- ST, SE -------------------------------------------------------------- */

/* X12 DE 479 for the sets that health care uses; others are not judged. */
static const struct {
	char set[4], group[3];
} set_groups[] = {
	{ "270", "HS" }, { "271", "HB" }, { "275", "PI" }, { "276", "HR" },
	{ "277", "HN" }, { "278", "HI" }, { "820", "RA" }, { "824", "AG" },
	{ "834", "BE" }, { "835", "HP" }, { "837", "HC" }, { "997", "FA" },
	{ "999", "FA" },
};

static void
check_set_group(struct scan *s)
{
	for (size_t i = 0; i < sizeof(set_groups) / sizeof(set_groups[0]); i++)
		if (strcmp(s->set.id, set_groups[i].set) == 0) {
			if (strcmp(s->group.functional_id,
			    set_groups[i].group) != 0)
				scan_say(s, FINDING_ST_NOT_IN_GROUP, 1, NULL);
			return;
		}
}

void
envelope_set(struct scan *s, const struct segment *g)
{
	struct scan_set *st = &s->set;

	*st = (struct scan_set){ .ordinal = s->group.sets,
		.offset = g->offset, .segments = 1 };
	COPY(ELEMENT(g, 1), st->id);
	COPY(ELEMENT(g, 2), st->control);
	COPY(ELEMENT(g, 3), st->version);
	if (st->version[0] == '\0')
		memcpy(st->version, s->group.version, sizeof(s->group.version));
}

static bool
is_set_id(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 3;
}

static bool
is_set_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]))
			return false;
	return s.n >= 4 && s.n <= 9;
}

void
envelope_set_check(struct scan *s, const struct segment *g)
{
	struct slice control = ELEMENT(g, 2), version = ELEMENT(g, 3);

	if (!is_set_id(ELEMENT(g, 1)))
		scan_say(s, FINDING_ST_ID, 1, NULL);
	else if (is_functional_id(slice_str(s->group.functional_id)))
		check_set_group(s);
	if (!is_set_control(control))
		scan_say(s, FINDING_ST_CONTROL, 2, NULL);
	if (control.n > 0)
		check_unique(s, &s->sets, key_of_text(control),
		    FINDING_ST_CONTROL_DUPLICATE, 2);
	if (version.n > 0 && is_guide(slice_str(s->group.version)) &&
	    !slice_is(version, s->group.version))
		scan_say(s, FINDING_ST_VERSION, 3, NULL);
}

void
envelope_set_end(struct scan *s, const struct segment *g)
{
	check_count(s, g, FINDING_SE_COUNT, s->set.segments);
	if (!slice_is(ELEMENT(g, 2), s->set.control))
		scan_say(s, FINDING_SE_CONTROL, 2, NULL);
}
