/* SPDX-License-Identifier: ISC */
#include "cli/codes_import.h"
#include "edi/calendar.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static enum import_line
import_add(struct import *x, struct slice code, uint32_t start, uint32_t end,
    uint8_t flags)
{
	struct code_row row = { .start = start ? start : x->from,
		.end = end ? end : CODE_NO_END, .flags = flags,
		.age_max = 255 };

	if (code.n == 0 || !slice_copy(code, row.code, sizeof(row.code)) ||
	    row.start > row.end || !calendar_valid(row.start) ||
	    !calendar_valid(row.end))
		return IMPORT_BAD;
	return code_builder_add(x->builder, &row) ? IMPORT_CODE :
	    IMPORT_MEMORY;
}

/* Columns from..to, counted from 1, without blanks at either end. */
static struct slice
import_columns(const char *line, size_t n, size_t from, size_t to)
{
	struct slice s;

	if (n < from)
		return slice(NULL, 0);
	s = slice_rtrim(slice(line + from - 1, (to < n ? to : n) - from + 1));
	while (s.n > 0 && *s.p == ' ') {
		s.p++;
		s.n--;
	}
	return s;
}

/* CCYYMMDD, CCYY-MM-DD, MM/DD/CCYY; empty is 0; false: no date. */
static bool
import_date(struct slice s, uint32_t *date)
{
	char d[9] = "";

	*date = 0;
	if (s.n == 0)
		return true;
	if (s.n == 8)
		memcpy(d, s.p, 8);
	else if (s.n == 10 && s.p[4] == '-' && s.p[7] == '-')
		snprintf(d, sizeof(d), "%.4s%.2s%.2s", s.p, s.p + 5, s.p + 8);
	else if (s.n == 10 && s.p[2] == '/' && s.p[5] == '/')
		snprintf(d, sizeof(d), "%.4s%.2s%.2s", s.p + 6, s.p, s.p + 3);
	return calendar_day(slice_str(d), date);
}

/*
 * ICD-10-CM and PCS order files: columns 1-5 number, 7-13 code, 15 flag
 * (1 billable, 0 header).
 */
static enum import_line
import_icd10_order(struct import *x, char *line, size_t n)
{
	struct slice code = import_columns(line, n, 7, 13);

	if (n < 15 || !isdigit((unsigned char)line[0]) ||
	    (line[14] != '0' && line[14] != '1'))
		return IMPORT_BAD;
	return import_add(x, code, 0, 0, line[14] == '0' ? CODE_HEADER : 0);
}

/*
 * HCPCS ANWEB, 320 columns: 1-5 code (modifiers in 4-5), 11 record id (3
 * procedure, 7 modifier; 4 and 8 continue a text), 269-276 added, 285-292
 * terminated. Lines of the disclaimer before it are shorter.
 */
static enum import_line
import_hcpcs(struct import *x, char *line, size_t n)
{
	bool modifiers = strcmp(x->set, "hcpcs_modifier") == 0;
	uint32_t start, end;

	if (n < 292)
		return IMPORT_SKIP;
	if (line[10] == '4' || line[10] == '8' ||
	    line[10] == (modifiers ? '3' : '7'))
		return IMPORT_SKIP;
	if (line[10] != (modifiers ? '7' : '3') ||
	    !import_date(import_columns(line, n, 269, 276), &start) ||
	    !import_date(import_columns(line, n, 285, 292), &end))
		return IMPORT_BAD;
	return import_add(x, import_columns(line, n, 1, 5), start, end, 0);
}

/* ---- divided files ------------------------------------------------------ */

enum { IMPORT_FIELDS = 64 };

/* Cut a line in place; quotes as in RFC 4180 when the divider is a comma. */
static unsigned
import_cut(char *line, char divider, char *fields[static IMPORT_FIELDS])
{
	unsigned n = 0;
	char *p = line;

	while (n < IMPORT_FIELDS) {
		char *to = p;

		fields[n++] = p;
		if (divider == ',' && *p == '"') {
			for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
				p += *p == '"';
				*to++ = *p;
			}
			p += *p == '"';
			while (*p && *p != divider)
				p++;
		} else {
			while (*p && *p != divider)
				p++;
			to = p;
		}
		if (*p == '\0') {
			*to = '\0';
			return n;
		}
		p++;
		*to = '\0';
	}
	return n;
}

/* A 10-digit NDC with hyphens (4-4-2, 5-3-2, 5-4-1) as 11 digits, 5-4-2. */
static bool
import_ndc_digits(const char *text, char to[static 12])
{
	static const uint8_t widths[] = { 5, 4, 2 };
	size_t n = 0;

	for (unsigned part = 0; part < 3; part++) {
		size_t len = strspn(text, "0123456789");

		if (len == 0 || len > widths[part])
			return false;
		memset(to + n, '0', widths[part] - len);
		n += widths[part] - len;
		memcpy(to + n, text, len);
		n += len;
		text += len;
		if (*text++ != (part < 2 ? '-' : '\0'))
			return false;
	}
	to[n] = '\0';
	return true;
}

/*
 * FDA package.txt, tab-divided with a heading: PRODUCTID, PRODUCTNDC,
 * NDCPACKAGECODE, PACKAGEDESCRIPTION, STARTMARKETINGDATE, ENDMARKETINGDATE.
 */
static enum import_line
import_ndc(struct import *x, char *line, size_t n)
{
	char *fields[IMPORT_FIELDS], ndc[12];
	uint32_t start, end;
	unsigned count = import_cut(line, '\t', fields);

	(void)n;
	if (!x->headed) {
		x->headed = true;
		return count >= 3 && strcmp(fields[2], "NDCPACKAGECODE") == 0 ?
		    IMPORT_SKIP : IMPORT_BAD;
	}
	if (count < 6 || !import_ndc_digits(fields[2], ndc) ||
	    !import_date(slice_str(fields[4]), &start) ||
	    !import_date(slice_str(fields[5]), &end))
		return IMPORT_BAD;
	return import_add(x, slice_str(ndc), start, end, 0);
}

/* NUCC taxonomy CSV: Code, Grouping, Classification, .. */
static enum import_line
import_nucc(struct import *x, char *line, size_t n)
{
	char *fields[IMPORT_FIELDS];

	(void)n;
	if (import_cut(line, ',', fields) < 3)
		return IMPORT_BAD;
	if (!x->headed) {
		x->headed = true;
		return strcmp(fields[0], "Code") == 0 ? IMPORT_SKIP :
		    IMPORT_BAD;
	}
	return import_add(x, slice_str(fields[0]), 0, 0, 0);
}

enum { CSV_CODE, CSV_START, CSV_STOP, CSV_SEX, CSV_AGE_MIN, CSV_AGE_MAX,
	CSV_HEADER, CSV_COLUMNS };

/* Which column of the file holds what; IMPORT_FIELDS: none does. */
static enum import_line
import_csv_head(struct import *x, char **fields, unsigned n)
{
	static const char *const names[CSV_COLUMNS] = { "code", "start",
		"stop", "sex", "age_min", "age_max", "header" };

	x->headed = true;
	for (unsigned c = 0; c < CSV_COLUMNS; c++) {
		x->columns[c] = IMPORT_FIELDS;
		for (unsigned i = 0; i < n; i++)
			if (strcasecmp(fields[i], names[c]) == 0)
				x->columns[c] = i;
	}
	return x->columns[CSV_CODE] < n ? IMPORT_SKIP : IMPORT_BAD;
}

static struct slice
import_csv_field(const struct import *x, char **fields, unsigned n,
    unsigned column)
{
	return x->columns[column] < n ?
	    slice_rtrim(slice_str(fields[x->columns[column]])) :
	    slice(NULL, 0);
}

static bool
import_csv_age(struct slice s, uint8_t otherwise, uint8_t *age)
{
	uint64_t v = otherwise;

	if (s.n > 0 && (!slice_u64(s, &v) || v > 255))
		return false;
	*age = (uint8_t)v;
	return true;
}

/*
 * The plain form for CARC, RARC, claim status, CPT, CDT and whatever else an
 * operator has a licence for: a heading with at least `code`, and optionally
 * start, stop, sex, age_min, age_max, header (1: not billable).
 */
static enum import_line
import_csv(struct import *x, char *line, size_t n)
{
	char *fields[IMPORT_FIELDS];
	unsigned count = import_cut(line, ',', fields);
	struct code_row row = { .flags = 0 };
	struct slice sex;

	(void)n;
	if (!x->headed)
		return import_csv_head(x, fields, count);
	if (!slice_copy(import_csv_field(x, fields, count, CSV_CODE),
	    row.code, sizeof(row.code)) || row.code[0] == '\0' ||
	    !import_date(import_csv_field(x, fields, count, CSV_START),
	    &row.start) ||
	    !import_date(import_csv_field(x, fields, count, CSV_STOP),
	    &row.end) ||
	    !import_csv_age(import_csv_field(x, fields, count, CSV_AGE_MIN),
	    0, &row.age_min) ||
	    !import_csv_age(import_csv_field(x, fields, count, CSV_AGE_MAX),
	    255, &row.age_max))
		return IMPORT_BAD;
	sex = import_csv_field(x, fields, count, CSV_SEX);
	if (sex.n > 1 || (sex.n == 1 && *sex.p != 'M' && *sex.p != 'F'))
		return IMPORT_BAD;
	row.sex = sex.n ? *sex.p : '\0';
	row.start = row.start ? row.start : x->from;
	row.end = row.end ? row.end : CODE_NO_END;
	if (slice_is(import_csv_field(x, fields, count, CSV_HEADER), "1"))
		row.flags = CODE_HEADER;
	if (row.start > row.end)
		return IMPORT_BAD;
	return code_builder_add(x->builder, &row) ? IMPORT_CODE :
	    IMPORT_MEMORY;
}

const struct import_layout import_layouts[] = {
	{ "icd10-order", "icd10cm icd10pcs",
	    "CMS ICD-10-CM or ICD-10-PCS order file", true,
	    import_icd10_order },
	{ "hcpcs-anweb", "hcpcs hcpcs_modifier",
	    "CMS HCPCS ANWEB file, fixed width", true, import_hcpcs },
	{ "ndc-package", "ndc", "FDA NDC package.txt", true, import_ndc },
	{ "nucc-csv", "taxonomy", "NUCC taxonomy CSV", true, import_nucc },
	{ "csv", "", "any set: a CSV with the heading "
	    "code[,start,stop,sex,age_min,age_max,header]", false,
	    import_csv },
	{ NULL, NULL, NULL, false, NULL }
};

const struct import_layout *
import_layout_find(const char *name)
{
	const struct import_layout *l = import_layouts;

	while (l->name && strcmp(l->name, name) != 0)
		l++;
	return l->name ? l : NULL;
}

const struct import_layout *
import_layout_of(const char *set)
{
	size_t n = strlen(set);

	for (const struct import_layout *l = import_layouts; l->name; l++)
		for (const char *p = strstr(l->sets, set); p;
		    p = strstr(p + 1, set))
			if ((p == l->sets || p[-1] == ' ') &&
			    (p[n] == ' ' || p[n] == '\0'))
				return l;
	return NULL;
}

static int
import_count(struct import_counts *c, enum import_line what, struct err *e)
{
	switch (what) {
	case IMPORT_CODE:
		c->codes++;
		break;
	case IMPORT_SKIP:
		c->skipped++;
		break;
	case IMPORT_BAD:
		if (c->bad++ == 0)
			c->first_bad = c->lines;
		break;
	case IMPORT_MEMORY:
		return err_set(e, -ENOMEM, "out of memory, or more than %d "
		    "codes", CODE_ROWS_MAX);
	}
	return 0;
}

int
import_file(struct import *x, const struct import_layout *layout, FILE *from,
    const char *name, struct import_counts *counts, struct err *e)
{
	enum { LINE_MAX_BYTES = 64 * 1024 };
	char *line = malloc(LINE_MAX_BYTES);
	int rc = 0;

	if (!line)
		return err_set(e, -ENOMEM, "out of memory");
	*counts = (struct import_counts){ 0 };
	while (rc == 0 && fgets(line, LINE_MAX_BYTES, from)) {
		size_t n = strcspn(line, "\r\n");
		char *text = line;

		counts->lines++;
		line[n] = '\0';
		if (counts->lines == 1 &&
		    strncmp(line, "\xef\xbb\xbf", 3) == 0) {
			text += 3;
			n -= 3;
		}
		rc = import_count(counts, n == 0 ? IMPORT_SKIP :
		    layout->line(x, text, n), e);
	}
	if (rc == 0 && ferror(from))
		rc = err_sys(e, "cannot read %s", name);
	free(line);
	return rc;
}
