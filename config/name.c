/* SPDX-License-Identifier: ISC */
#include "config/name.h"

#include "config/problem.h"

#include <inttypes.h>
#include <stdio.h>

/* One thing that may stand in braces, and where config_name() finds it. */
struct blank {
	const char *name;        /* first: problem_nearest() reads it */
	size_t offset;
	enum { BLANK_TEXT, BLANK_NUMBER, BLANK_ISA13 } kind;
	bool unique;             /* no two files of a partner share it */
};

#define AT(f) offsetof(struct config_name_values, f)

static const struct blank blanks[] = {
	{ "partner", AT(partner), BLANK_TEXT, false },
	{ "date", AT(date), BLANK_TEXT, false },
	{ "time", AT(time), BLANK_TEXT, false },
	{ "isa13", AT(isa13), BLANK_ISA13, true },
	{ "gs06", AT(gs06), BLANK_NUMBER, false },
	{ "type", AT(type), BLANK_TEXT, false },
	{ "bht", AT(bht), BLANK_NUMBER, false },
	{ "id", AT(id), BLANK_TEXT, true },
};

enum { BLANKS = sizeof(blanks) / sizeof(blanks[0]) };

static const struct blank *
blank_find(struct slice name)
{
	for (unsigned i = 0; i < BLANKS; i++)
		if (slice_is(name, blanks[i].name))
			return &blanks[i];
	return NULL;
}

/* A piece of a template: literal text, or what stands in braces. */
struct piece {
	struct slice text;
	bool braces, broken;
};

/* Cut the next piece off *rest. */
static struct piece
piece_next(struct slice *rest)
{
	struct piece piece = { .braces = rest->p[0] == '{' };
	size_t i = piece.braces;

	while (i < rest->n && rest->p[i] != '{' && rest->p[i] != '}')
		i++;
	if (piece.braces) {
		piece.broken = i == rest->n || rest->p[i] != '}';
		piece.text = slice(rest->p + 1, i - 1);
		i += !piece.broken;
	} else {
		piece.broken = i < rest->n && rest->p[i] == '}';
		piece.text = slice(rest->p, i);
	}
	rest->p += i;
	rest->n -= i;
	return piece;
}

static bool
literal_ok(struct slice s, const char *others)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && (c == '\0' || !strchr(others, c)))
			return false;
	}
	return true;
}

static bool
name_check_braces(struct slice name, char *why, size_t n)
{
	const char *near;

	if (blank_find(name))
		return true;
	near = problem_nearest(name, blanks, BLANKS, sizeof(blanks[0]));
	if (near)
		snprintf(why, n, "has unknown braces (did you mean `{%s}`?)",
		    near);
	else
		snprintf(why, n, "has unknown braces (there are partner, "
		    "date, time, isa13, gs06, type, bht, id)");
	return false;
}

static bool
name_check_ends(struct slice tmpl, char *why, size_t n)
{
	/* Names that mean "not finished", to the partner as to us. */
	static const char *const unfinished[] = {
		".tmp", ".part", ".partial", ".filepart", ".writing", "~",
	};

	if (tmpl.n == 0 || tmpl.n > 150 || tmpl.p[0] == '.') {
		snprintf(why, n, "must be 1 to 150 characters, not beginning "
		    "with a dot");
		return false;
	}
	for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]);
	    i++) {
		size_t m = strlen(unfinished[i]);

		if (tmpl.n < m ||
		    memcmp(tmpl.p + tmpl.n - m, unfinished[i], m) != 0)
			continue;
		snprintf(why, n, "must not end in `%s`, which means "
		    "unfinished", unfinished[i]);
		return false;
	}
	return true;
}

bool
name_check(struct slice tmpl, char *why, size_t n)
{
	struct slice rest = tmpl;
	bool unique = false;

	if (!name_check_ends(tmpl, why, n))
		return false;
	while (rest.n > 0) {
		struct piece p = piece_next(&rest);

		if (p.broken) {
			snprintf(why, n, "must have each `{` closed by a `}`");
			return false;
		}
		if (p.braces && !name_check_braces(p.text, why, n))
			return false;
		if (p.braces)
			unique = unique || blank_find(p.text)->unique;
		else if (!literal_ok(p.text, "-_.,+=@#%()!")) {
			snprintf(why, n, "must be of letters, digits, "
			    "-_.,+=@#%%()! and braces");
			return false;
		}
	}
	if (!unique)
		snprintf(why, n, "must have {isa13} or {id}, or names would "
		    "collide");
	return unique;
}

/* BHT03 has at most 30 characters; the number is given 12 of them. */
enum { BHT_LITERAL = 18 };

bool
name_check_bht(struct slice tmpl, char *why, size_t n)
{
	size_t literal = 0, numbers = 0;
	struct slice rest = tmpl;
	bool ok = true;

	while (rest.n > 0 && ok) {
		struct piece p = piece_next(&rest);

		ok = !p.broken && (p.braces ? slice_is(p.text, "bht") :
		    literal_ok(p.text, "-_./"));
		if (p.braces)
			numbers++;
		else
			literal += p.text.n;
	}
	ok = ok && numbers == 1 && literal <= BHT_LITERAL;
	if (!ok)
		snprintf(why, n, "must be {bht} and at most 18 letters, "
		    "digits, - _ . / about it");
	return ok;
}

/* ---- filling ----------------------------------------------------------- */

static bool
fill_add(char *to, size_t cap, size_t *used, struct slice s)
{
	if (s.n >= cap - *used)
		return false;
	memcpy(to + *used, s.p, s.n);
	*used += s.n;
	to[*used] = '\0';
	return true;
}

static struct slice
fill_value(const struct blank *b, const struct config_name_values *v,
    char number[static 24])
{
	const char *field = (const char *)v + b->offset;
	const char *text;

	if (b->kind == BLANK_TEXT) {
		memcpy(&text, field, sizeof(text));
		return text ? slice_str(text) : SLICE_LIT("");
	}
	snprintf(number, 24, b->kind == BLANK_ISA13 ? "%09" PRIu64 :
	    "%" PRIu64, *(const uint64_t *)field);
	return slice_str(number);
}

bool
config_name(const char *tmpl, const struct config_name_values *v, char *to,
    size_t cap)
{
	struct slice rest = slice_str(tmpl);
	size_t used = 0;

	if (cap == 0)
		return false;
	to[0] = '\0';
	while (rest.n > 0) {
		struct piece p = piece_next(&rest);
		const struct blank *b = p.braces ? blank_find(p.text) : NULL;
		char number[24];

		if (p.broken || (p.braces && !b) ||
		    !fill_add(to, cap, &used,
		    b ? fill_value(b, v, number) : p.text))
			return false;
	}
	return true;
}
