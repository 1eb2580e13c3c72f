/* SPDX-License-Identifier: ISC */
#include "edi/ack/parts.h"

#include <stdio.h>

/*
 * The 999 (005010X231A1), and the 997 of 004010, which says the same with
 * other segment names, without loops' contexts, and in its own older codes.
 */

enum ack_list { LIST_SEGMENT, LIST_ELEMENT, LIST_SET, LIST_GROUP };

/* 999 codes that a 997 of 004010 has not, and the nearest that it has. */
static const struct {
	enum ack_list list;
	char code[4], legacy[4];
} ack_older[] = {
	{ LIST_SEGMENT, "I4", "2" }, { LIST_SEGMENT, "I6", "3" },
	{ LIST_SEGMENT, "I7", "3" }, { LIST_SEGMENT, "I8", "3" },
	{ LIST_SEGMENT, "I9", "2" },
	{ LIST_ELEMENT, "12", "3" }, { LIST_ELEMENT, "13", "3" },
	{ LIST_ELEMENT, "I6", "7" }, { LIST_ELEMENT, "I9", "2" },
	{ LIST_ELEMENT, "I10", "10" }, { LIST_ELEMENT, "I11", "1" },
	{ LIST_ELEMENT, "I12", "7" }, { LIST_ELEMENT, "I13", "10" },
	{ LIST_SET, "18", "6" }, { LIST_SET, "19", "1" },
	{ LIST_SET, "I5", "5" }, { LIST_SET, "I6", "1" },
	{ LIST_GROUP, "19", "6" },
};

static const char *
code_for(const struct ack *a, enum ack_list list, const char *code)
{
	size_t rows = sizeof(ack_older) / sizeof(ack_older[0]);

	for (size_t i = 0; a->group.legacy && i < rows; i++)
		if (ack_older[i].list == list &&
		    strcmp(ack_older[i].code, code) == 0)
			return ack_older[i].legacy;
	return code;
}

static struct ack_output *
output(struct ack *a)
{
	return a->group.legacy ? &a->legacy : &a->functional;
}

/* A segment id as an ID of two or three characters, whatever was there. */
static void
put_id(struct writer *w, const char *id)
{
	char text[4] = "XX";
	size_t n = 0;

	for (; id[n] != '\0' && n < 3; n++)
		text[n] = (id[n] >= 'A' && id[n] <= 'Z') ||
		    (id[n] >= '0' && id[n] <= '9') ? id[n] : 'X';
	writer_str(w, text);
}

/* 0 stands for one that is not said. */
static void
put_component(struct writer *w, unsigned value)
{
	if (value > 0)
		writer_component_uint(w, value);
	else
		writer_component(w, slice(NULL, 0));
}

static void
put_position(struct writer *w, unsigned element, unsigned component,
    unsigned repeat)
{
	writer_composite(w);
	writer_component_uint(w, element);
	put_component(w, component);
	put_component(w, repeat);
	writer_composite_end(w);
}

/* What made a situational rule due: another segment or element. */
static void
write_trigger(struct ack *a, const struct finding_trigger *t)
{
	struct writer *w = &output(a)->w;

	if (a->group.legacy || t->segment == 0)
		return;
	writer_begin(w, "CTX");
	writer_str(w, "SITUATIONAL TRIGGER");
	put_id(w, t->id);
	writer_uint(w, t->segment);
	ack_put(w, t->loop, 6);
	if (t->element > 0)
		put_position(w, t->element, t->component, t->repeat);
	writer_end(w);
}

static void
write_unit(struct ack *a, const struct ack_note *n)
{
	struct writer *w = &output(a)->w;
	const char *name = a->notes.pool.p + n->context;

	if (a->group.legacy || n->context == 0)
		return;
	writer_begin(w, "CTX");
	writer_composite(w);
	writer_component(w, slice_str(name));
	writer_component(w, slice_str(name + strlen(name) + 1));
	writer_composite_end(w);
	writer_end(w);
}

static void
write_segment(struct ack *a, const struct ack_note *n, const char *code)
{
	struct writer *w = &output(a)->w;

	writer_begin(w, a->group.legacy ? "AK3" : "IK3");
	put_id(w, n->id);
	writer_uint(w, n->segment);
	ack_put(w, n->loop, 6);
	writer_str(w, code_for(a, LIST_SEGMENT, code));
	writer_end(w);
}

static void
write_element(struct ack *a, const struct ack_note *n)
{
	struct writer *w = &output(a)->w;
	const char *code = n->ack.ik403[0] ? n->ack.ik403 : "I12";

	writer_begin(w, a->group.legacy ? "AK4" : "IK4");
	put_position(w, n->element, n->component,
	    a->group.legacy ? 0 : n->repeat);
	if (n->element_number > 0)
		writer_uint(w, n->element_number);
	else
		writer_skip(w, 1);
	writer_str(w, code_for(a, LIST_ELEMENT, code));
	if (n->value > 0)
		writer_str(w, a->notes.pool.p + n->value);
	writer_end(w);
	write_trigger(a, &n->trigger);
}

/* Of an element, or of the segment as a whole with a code of its own. */
static bool
is_of_segment(const struct ack_note *n)
{
	return n->ack.ik304[0] != '\0' && strcmp(n->ack.ik304, "8") != 0 &&
	    n->ack.ik403[0] == '\0';
}

static bool
says_the_same(const struct ack_note *a, const struct ack_note *b)
{
	return a->segment == b->segment && strcmp(a->id, b->id) == 0 &&
	    strcmp(a->loop, b->loop) == 0 && a->element == b->element &&
	    a->component == b->component && a->repeat == b->repeat &&
	    strcmp(a->ack.ik304, b->ack.ik304) == 0 &&
	    strcmp(a->ack.ik403, b->ack.ik403) == 0;
}

/* Was the same said before, among the notes of this segment? */
static bool
is_repeated(const struct ack_note *first, const struct ack_note *n)
{
	for (; first < n; first++)
		if (says_the_same(first, n))
			return true;
	return false;
}

/*
 * The notes from first to end are of one position. Segment errors come each
 * with an IK3; all element errors share one IK3 with code 8.
 */
static void
write_position(struct ack *a, const struct ack_note *first,
    const struct ack_note *end)
{
	const struct ack_note *elements = NULL;

	for (const struct ack_note *n = first; n < end; n++) {
		if (!is_of_segment(n)) {
			elements = elements ? elements : n;
			continue;
		}
		if (is_repeated(first, n))
			continue;
		write_segment(a, n, n->ack.ik304);
		write_trigger(a, &n->trigger);
		write_unit(a, n);
	}
	if (!elements)
		return;
	write_segment(a, elements, "8");
	write_unit(a, elements);
	for (const struct ack_note *n = elements; n < end; n++)
		if (!is_of_segment(n) && n->element > 0 &&
		    !is_repeated(first, n))
			write_element(a, n);
}

static void
write_notes(struct ack *a)
{
	const struct ack_note *n = a->notes.note;
	uint32_t count = a->notes.count;

	ack_notes_sort(&a->notes);
	for (uint32_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count &&
		    n[end].segment == n[i].segment; end++)
			;
		write_position(a, n + i, n + end);
	}
}

/* IK502 for what the notes say: I5 when the guide is broken, 5 the standard. */
static void
add_note_codes(struct ack *a)
{
	for (uint32_t i = 0; i < a->notes.count; i++) {
		const struct finding_ack *k = &a->notes.note[i].ack;
		const char *code = k->ik403[0] ? k->ik403 : k->ik304;

		ack_codes_add(&a->set.codes,
		    code[0] == 'I' || code[0] == '\0' ? "I5" : "5");
	}
}

static void
write_codes(struct ack *a, enum ack_list list, const struct ack_codes *codes)
{
	struct ack_codes to = { 0 };

	for (unsigned i = 0; i < ACK_CODES; i++)
		ack_codes_add(&to, code_for(a, list, codes->code[i]));
	ack_put_codes(&output(a)->w, &to);
}

void
ack_999_set(struct ack *a, const struct scan_set *set, char verdict)
{
	struct writer *w = &output(a)->w;
	char text[2] = { verdict, '\0' };

	writer_begin(w, "AK2");
	ack_put(w, set->id[0] ? set->id : "000", 3);
	ack_put(w, set->control[0] ? set->control : "0000", 9);
	if (!a->group.legacy)
		ack_put(w, a->set.version, 35);
	writer_end(w);
	write_notes(a);
	add_note_codes(a);
	if (verdict == 'R' && a->set.codes.code[0][0] == '\0')
		ack_codes_add(&a->set.codes, "I5");
	writer_begin(w, a->group.legacy ? "AK5" : "IK5");
	writer_str(w, text);
	write_codes(a, LIST_SET, &a->set.codes);
	writer_end(w);
}

void
ack_999_group(struct ack *a, const struct scan_group *g)
{
	struct ack_output *o = output(a);
	const char *version = a->group.legacy ? "004010" : "005010X231A1";
	struct writer *w;
	char control[16];

	a->group.begin = ack_mark(o);
	w = ack_open(a, o, "FA", version);
	snprintf(control, sizeof(control), "%04u", ++o->sets);
	writer_st(w, a->group.legacy ? "997" : "999", control,
	    a->group.legacy ? NULL : version);
	writer_begin(w, "AK1");
	ack_put(w, g->functional_id[0] ? g->functional_id : "ZZ", 2);
	writer_uint(w, g->control);
	if (!a->group.legacy)
		ack_put(w, g->version[0] ? g->version : "005010", 12);
	writer_end(w);
	a->group.sets = ack_mark(o);
}

void
ack_999_group_end(struct ack *a, const struct scan_group *g, char verdict)
{
	struct ack_output *o = output(a);
	struct writer *w = &o->w;
	char text[2] = { verdict, '\0' };
	uint64_t included = g->closed ? g->stated_sets : a->group.received;

	if (a->group.rejected) {
		/* All or nothing: its sets are not spoken of one by one. */
		ack_back(o, &a->group.sets);
		a->group.accepted = 0;
	}
	writer_begin(w, "AK9");
	writer_str(w, text);
	writer_uint(w, included > 999999 ? 999999 : included);
	writer_uint(w, a->group.received);
	writer_uint(w, a->group.accepted);
	write_codes(a, LIST_GROUP, &a->group.codes);
	writer_end(w);
	writer_se(w);
}
