/* SPDX-License-Identifier: ISC */
#include "cli/ctl_show.h"

#include "cli/ctl_table.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
is_type(json_t *line, const char *type)
{
	return strcmp(ctl_string(line, "type"), type) == 0;
}

size_t
ctl_pick(const struct ctl_reply *r, const char *type, json_t **to,
    size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count && n < cap; i++)
		if (is_type(r->lines[i], type))
			to[n++] = r->lines[i];
	return n;
}

/* A table of all lines of one type, or a sentence when there are none. */
static void
show_table(const struct ctl_reply *r, const char *type,
    const struct ctl_column *columns, size_t n, const char *none,
    struct buf *out)
{
	json_t **rows = calloc(r->count + 1, sizeof(*rows));
	size_t count;

	if (!rows) {
		out->failed = true;
		return;
	}
	count = ctl_pick(r, type, rows, r->count);
	if (count > 0)
		ctl_table(out, columns, n, rows, count);
	else
		buf_addf(out, "%s\n", none);
	free(rows);
}

/* ---- partners and status ------------------------------------------------ */

static const struct ctl_column partner_columns[] = {
	{ "PARTNER", "name", CTL_TEXT },
	{ "USE", "usage", CTL_TEXT },
	{ "HOST", "host", CTL_TEXT },
	{ "COURIER", "courier", CTL_TEXT },
	{ "PAUSED", "paused", CTL_YES },
	{ "QUEUED", "queued", CTL_NUMBER },
	{ "WAITING", "waiting", CTL_NUMBER },
	{ "SENDING", "sending", CTL_NUMBER },
	{ "SENT", "sent", CTL_NUMBER },
	{ "UNKNOWN", "unknown", CTL_NUMBER },
	{ "HELD", "held", CTL_NUMBER },
	{ "INCOMPLETE", "incomplete", CTL_NUMBER },
	{ "REJECTED", "rejected", CTL_NUMBER },
	{ "PARKED", "parked", CTL_NUMBER },
	{ "FAILURES", "failures", CTL_NUMBER },
	{ "LAST POLL", "last_poll", CTL_TIME },
	{ "NEXT POLL", "next_poll", CTL_TIME },
	{ "REASON", "reason", CTL_TEXT },
};

void
ctl_show_partners(const struct ctl_reply *r, struct buf *out)
{
	show_table(r, "partner", partner_columns, COUNT(partner_columns),
	    "no partners", out);
}

static const struct ctl_column process_columns[] = {
	{ "PROCESS", "role", CTL_TEXT },
	{ "PARTNER", "partner", CTL_TEXT },
	{ "PID", "pid", CTL_NUMBER },
	{ "STATE", "state", CTL_TEXT },
	{ "SANDBOX", "sandbox", CTL_TEXT },
};

static void
status_count(json_t *s, const char *key, const char *what, struct buf *out)
{
	if (ctl_number(s, key) > 0)
		buf_addf(out, ", %" JSON_INTEGER_FORMAT " %s",
		    (json_int_t)ctl_number(s, key), what);
}

void
ctl_show_status(const struct ctl_reply *r, struct buf *out)
{
	json_t *s;

	if (ctl_pick(r, "status", &s, 1) == 1) {
		buf_add_str(out, "x12d ");
		ctl_value(s, "version", CTL_TEXT, out);
		buf_add_str(out, ", since ");
		ctl_value(s, "started", CTL_TIME, out);
		buf_add_str(out, "\n");
		ctl_value(s, "partners", CTL_NUMBER, out);
		buf_add_str(out, ctl_number(s, "partners") == 1 ?
		    " partner" : " partners");
		status_count(s, "paused", "of them paused", out);
		status_count(s, "unmatched", "answers that match nothing "
		    "(x12ctl unmatched)", out);
		status_count(s, "stray", "unfinished files of partners that "
		    "are not configured (x12ctl queue)", out);
		status_count(s, "attention", "files that need a person "
		    "(x12ctl queue)", out);
		status_count(s, "overdue", "answers overdue "
		    "(x12ctl overdue)", out);
		if (*ctl_string(s, "reason")) {
			buf_add_str(out, "\n");
			ctl_value(s, "reason", CTL_TEXT, out);
		}
		buf_add_str(out, "\n\n");
	}
	ctl_show_partners(r, out);
	buf_add_char(out, '\n');
	show_table(r, "process", process_columns, COUNT(process_columns),
	    "no processes", out);
}

/* ---- files -------------------------------------------------------------- */

static const struct ctl_column file_columns[] = {
	{ "ID", "id", CTL_SHORT_ID },
	{ "PARTNER", "partner", CTL_TEXT },
	{ "KIND", "kind", CTL_TEXT },
	{ "STATE", "state", CTL_TEXT },
	{ "X12", "x12", CTL_TEXT },
	{ "CLAIMS", "claims", CTL_NUMBER },
	{ "ISA13", "isa13", CTL_NUMBER },
	{ "SIZE", "size", CTL_SIZE },
	{ "CHANGED", "changed", CTL_TIME },
	{ "TRIES", "attempts", CTL_NUMBER },
	{ "NEXT TRY", "next_try", CTL_TIME },
	{ "ANSWER DUE", "answer_due", CTL_TIME },
	{ "OVERDUE", "overdue", CTL_TEXT },
	{ "NAME", "name", CTL_TEXT },
	{ "REASON", "reason", CTL_TEXT },
};

void
ctl_show_files(const struct ctl_reply *r, struct buf *out)
{
	show_table(r, "file", file_columns, COUNT(file_columns),
	    "nothing waits", out);
}

static const struct ctl_column batch_columns[] = {
	{ "PARTNER", "partner", CTL_TEXT },
	{ "X12", "x12", CTL_TEXT },
	{ "FILES", "files", CTL_NUMBER },
	{ "CLAIMS", "claims", CTL_NUMBER },
	{ "CHARGED", "charge", CTL_MONEY },
	{ "SIZE", "size", CTL_SIZE },
	{ "OLDEST", "oldest", CTL_TIME },
	{ "LEAVES", "due", CTL_TIME },
	{ "WHEN", "why", CTL_TEXT },
	{ "NOW", "making", CTL_YES },
};

static const struct ctl_column member_columns[] = {
	{ "ID", "id", CTL_SHORT_ID },
	{ "X12", "x12", CTL_TEXT },
	{ "CLAIMS", "claims", CTL_NUMBER },
	{ "CHARGED", "charge", CTL_MONEY },
	{ "SIZE", "size", CTL_SIZE },
	{ "TAKEN", "created", CTL_TIME },
	{ "NAME", "name", CTL_TEXT },
	{ "WHAT", "reason", CTL_TEXT },
};

/* The batches; of a preview, then their files. */
void
ctl_show_batch(const struct ctl_reply *r, struct buf *out)
{
	json_t *file;

	show_table(r, "batch", batch_columns, COUNT(batch_columns),
	    "no records wait", out);
	if (ctl_pick(r, "file", &file, 1) == 0)
		return;
	buf_add_char(out, '\n');
	show_table(r, "file", member_columns, COUNT(member_columns), "", out);
}

static const struct ctl_column answer_columns[] = {
	{ "CAME", "at", CTL_TIME },
	{ "PARTNER", "partner", CTL_TEXT },
	{ "KIND", "kind", CTL_TEXT },
	{ "SAYS", "word", CTL_TEXT },
	{ "STATUS", "status", CTL_TEXT },
	{ "CODE", "code", CTL_TEXT },
	{ "ANSWERS", "control", CTL_NUMBER },
	{ "SET", "set_control", CTL_TEXT },
	{ "REFERENCE", "reference", CTL_TEXT },
	{ "CLAIM", "claim", CTL_TEXT },
	{ "AMOUNT", "amount", CTL_MONEY },
	{ "PAID", "paid", CTL_MONEY },
	{ "IN FILE", "file", CTL_SHORT_ID },
};

void
ctl_show_answers(const struct ctl_reply *r, struct buf *out)
{
	show_table(r, "answer", answer_columns, COUNT(answer_columns),
	    "every answer belongs to something of ours", out);
}

static const struct {
	const char *label, *key;
	enum ctl_form form;
} file_fields[] = {
	{ "id", "id", CTL_TEXT }, { "partner", "partner", CTL_TEXT },
	{ "kind", "kind", CTL_TEXT }, { "state", "state", CTL_TEXT },
	{ "reason", "reason", CTL_TEXT }, { "name", "name", CTL_TEXT },
	{ "of file", "parent", CTL_TEXT },
	{ "in batch", "batch", CTL_TEXT }, { "X12", "x12", CTL_TEXT },
	{ "usage", "usage", CTL_TEXT }, { "ISA13", "isa13", CTL_NUMBER },
	{ "claims", "claims", CTL_NUMBER },
	{ "charged", "charge", CTL_MONEY }, { "size", "size", CTL_SIZE },
	{ "SHA-256", "sha256", CTL_TEXT }, { "made", "created", CTL_TIME },
	{ "changed", "changed", CTL_TIME },
	{ "tries", "attempts", CTL_NUMBER },
	{ "next try", "next_try", CTL_TIME },
	{ "answer due", "answer_due", CTL_TIME },
	{ "overdue", "overdue", CTL_TEXT },
};

static const struct ctl_column set_columns[] = {
	{ "GS06", "gs06", CTL_NUMBER }, { "SET", "st01", CTL_TEXT },
	{ "ST02", "st02", CTL_TEXT }, { "BHT03", "bht03", CTL_TEXT },
	{ "BHT03 AS DROPPED", "original_bht03", CTL_TEXT },
	{ "CLAIMS", "claims", CTL_NUMBER },
};

static void
show_fields(json_t *file, struct buf *out)
{
	for (size_t i = 0; i < COUNT(file_fields); i++) {
		if (!json_object_get(file, file_fields[i].key))
			continue;
		buf_addf(out, "%-10s ", file_fields[i].label);
		ctl_value(file, file_fields[i].key, file_fields[i].form, out);
		buf_add_char(out, '\n');
	}
}

/* One file with what follows it, up to the next file. */
static size_t
show_one(const struct ctl_reply *r, size_t i, struct buf *out)
{
	size_t end = i + 1, sets = 0;
	json_t **rows = calloc(r->count + 1, sizeof(*rows));

	if (!rows) {
		out->failed = true;
		return r->count;
	}
	show_fields(r->lines[i], out);
	for (; end < r->count && !is_type(r->lines[end], "file"); end++)
		if (is_type(r->lines[end], "set"))
			rows[sets++] = r->lines[end];
	if (sets > 0) {
		buf_add_char(out, '\n');
		ctl_table(out, set_columns, COUNT(set_columns), rows, sets);
	}
	ctl_show_history(r, i + 1, end, out);
	free(rows);
	return end;
}

void
ctl_show_file(const struct ctl_reply *r, struct buf *out)
{
	for (size_t i = 0; i < r->count;) {
		if (!is_type(r->lines[i], "file")) {
			i++;
			continue;
		}
		if (out->n > 0)
			buf_add_str(out, "\n----\n\n");
		i = show_one(r, i, out);
	}
}

/* ---- reload ------------------------------------------------------------- */

void
ctl_show_reload(const struct ctl_reply *r, struct buf *out)
{
	bool good = true;

	for (size_t i = 0; i < r->count; i++) {
		json_t *p = r->lines[i];

		good = good && !is_type(p, "error");
		if (!is_type(p, "problem"))
			continue;
		good = false;
		ctl_clean(out, ctl_string(p, "file"));
		if (ctl_number(p, "line") > 0)
			buf_addf(out, ":%" JSON_INTEGER_FORMAT
			    ":%" JSON_INTEGER_FORMAT,
			    (json_int_t)ctl_number(p, "line"),
			    (json_int_t)ctl_number(p, "column"));
		buf_add_str(out, ": ");
		ctl_clean(out, ctl_string(p, "text"));
		buf_add_char(out, '\n');
	}
	if (good)
		buf_add_str(out, "the configuration is read again\n");
}
