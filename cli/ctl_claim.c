/* SPDX-License-Identifier: ISC */
#include "cli/ctl_show.h"
#include "cli/ctl_table.h"
#include "cli/ctl_words.h"

#include <stdlib.h>

static bool
is_type(json_t *line, const char *type)
{
	return strcmp(ctl_string(line, "type"), type) == 0;
}

/* ---- a time line -------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	int64_t x = ctl_number(*(json_t *const *)a, "at");
	int64_t y = ctl_number(*(json_t *const *)b, "at");

	return (x > y) - (x < y);
}

/* qsort() may change the order of equals; a history must not. */
static void
sort_stable(json_t **rows, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		json_t *row = rows[i];
		size_t k = i;

		for (; k > 0 && by_time(&rows[k - 1], &row) > 0; k--)
			rows[k] = rows[k - 1];
		rows[k] = row;
	}
}

static void
history_event(json_t *v, struct buf *out)
{
	size_t before = out->n;

	ctl_clean(out, ctl_string(v, "what"));
	while (out->n < before + 13)
		buf_add_char(out, ' ');
	ctl_clean(out, ctl_string(v, "evidence"));
}

static void
history_line(json_t *row, struct buf *out)
{
	buf_add_str(out, "  ");
	ctl_value(row, "at", CTL_TIME, out);
	buf_add_str(out, "  ");
	if (is_type(row, "answer"))
		ctl_answer_words(row, out);
	else if (is_type(row, "acknowledged"))
		ctl_acknowledged_words(row, out);
	else
		history_event(row, out);
	buf_add_char(out, '\n');
}

void
ctl_show_history(const struct ctl_reply *r, size_t from, size_t to,
    struct buf *out)
{
	json_t **rows = calloc(to - from + 1, sizeof(*rows));
	size_t n = 0;

	if (!rows) {
		out->failed = true;
		return;
	}
	for (size_t i = from; i < to; i++)
		if (is_type(r->lines[i], "event") ||
		    is_type(r->lines[i], "answer") ||
		    is_type(r->lines[i], "acknowledged"))
			rows[n++] = r->lines[i];
	if (n > 0)
		buf_add_char(out, '\n');
	sort_stable(rows, n);
	for (size_t i = 0; i < n; i++)
		history_line(rows[i], out);
	free(rows);
}

/* ---- a claim ------------------------------------------------------------ */

static void
claim_part(json_t *c, const char *label, const char *key, enum ctl_form form,
    struct buf *out)
{
	if (!json_object_get(c, key))
		return;
	buf_add_str(out, label);
	ctl_value(c, key, form, out);
}

/* It was bad: it stayed here while others of its file went. */
static const char *
claim_goes(const json_t *c)
{
	const char *state = json_string_value(json_object_get(c, "state"));

	if (state && strcmp(state, "rejected") == 0)
		return "\n  put aside as    ";
	if (state && strcmp(state, "waiting") == 0)
		return "\n  waits in file   ";
	return "\n  goes in file    ";
}

static void
claim_head(json_t *c, struct buf *out)
{
	claim_part(c, "claim ", "claim", CTL_TEXT, out);
	claim_part(c, ", charged ", "amount", CTL_MONEY, out);
	claim_part(c, ", partner ", "partner", CTL_TEXT, out);
	claim_part(c, ": ", "status", CTL_TEXT, out);
	claim_part(c, "\n  dropped in file ", "parent", CTL_TEXT, out);
	claim_part(c, claim_goes(c), "file", CTL_TEXT, out);
	claim_part(c, ", which is ", "state", CTL_TEXT, out);
	claim_part(c, "\n  as ISA13 ", "isa13", CTL_NUMBER, out);
	claim_part(c, ", GS06 ", "gs06", CTL_NUMBER, out);
	claim_part(c, ", ST02 ", "st02", CTL_TEXT, out);
	claim_part(c, ", BHT03 ", "bht03", CTL_TEXT, out);
	claim_part(c, " (yours: ", "original_bht03", CTL_TEXT, out);
	if (json_object_get(c, "original_bht03"))
		buf_add_char(out, ')');
	claim_part(c, ", claim ", "ordinal", CTL_NUMBER, out);
	claim_part(c, " at segment ", "segment", CTL_NUMBER, out);
	buf_add_char(out, '\n');
}

static void
claim_batch(json_t *b, struct buf *out)
{
	buf_add_str(out, "  leaves ");
	if (json_object_get(b, "due")) {
		ctl_value(b, "due", CTL_TIME, out);
		buf_add_str(out, ", when ");
	} else
		buf_add_str(out, "when ");
	ctl_value(b, "why", CTL_TEXT, out);
	buf_add_char(out, '\n');
}

void
ctl_show_claim(const struct ctl_reply *r, struct buf *out)
{
	for (size_t i = 0; i < r->count; i++) {
		size_t end = i + 1;

		if (!is_type(r->lines[i], "claim"))
			continue;
		while (end < r->count && !is_type(r->lines[end], "claim"))
			end++;
		if (out->n > 0)
			buf_add_char(out, '\n');
		claim_head(r->lines[i], out);
		if (end > i + 1 && is_type(r->lines[i + 1], "batch"))
			claim_batch(r->lines[i + 1], out);
		ctl_show_history(r, i + 1, end, out);
	}
}
