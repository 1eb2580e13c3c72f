/* SPDX-License-Identifier: ISC */
#include "edi/codes.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- check digits ------------------------------------------------------- */

/* Of ten digits, which the shape promises. */
static bool
codes_npi_digit(struct slice s)
{
	return code_npi_digits(s.p);
}

/* Weights 3, 7, 1 (ABA). */
static bool
codes_aba_digit(struct slice s)
{
	static const uint8_t weights[] = { 3, 7, 1 };
	unsigned sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += weights[i % 3] * (unsigned)(s.p[i] - '0');
	return sum % 10 == 0;
}

bool
code_npi_valid(struct slice s)
{
	return code_shape_matches("9999999999", s) && codes_npi_digit(s);
}

/* ---- built-in lists ----------------------------------------------------- */

/* CMS place of service codes, public; unassigned numbers are left out. */
static const char *const codes_pos[] = { "01", "02", "03", "04", "05", "06",
	"07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18",
	"19", "20", "21", "22", "23", "24", "25", "26", "27", "31", "32", "33",
	"34", "41", "42", "49", "50", "51", "52", "53", "54", "55", "56", "57",
	"58", "60", "61", "62", "65", "66", "71", "72", "81", "99", NULL };

static const char *const codes_oral[] = { "00", "01", "02", "09", "10", "20",
	"30", "40", NULL };

/* US states, territories, armed forces; Canadian provinces; Mexican states
 * have no two-letter codes here. */
static const char *const codes_states[] = { "AA", "AB", "AE", "AK", "AL", "AP",
	"AR", "AS", "AZ", "BC", "CA", "CO", "CT", "DC", "DE", "FL", "FM", "GA",
	"GU", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MB", "MD",
	"ME", "MH", "MI", "MN", "MO", "MP", "MS", "MT", "NB", "NC", "ND", "NE",
	"NH", "NJ", "NL", "NM", "NS", "NT", "NU", "NV", "NY", "OH", "OK", "ON",
	"OR", "PA", "PE", "PR", "PW", "QC", "RI", "SC", "SD", "SK", "TN", "TX",
	"UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY", "YT", NULL };

/* ISO 3166-1 alpha-2. */
static const char *const codes_countries[] = { "AD", "AE", "AF", "AG", "AI",
	"AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA",
	"BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO",
	"BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF",
	"CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW",
	"CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG",
	"EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB",
	"GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR",
	"GS", "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID",
	"IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO",
	"JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ",
	"LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA",
	"MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP",
	"MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC",
	"NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA",
	"PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW",
	"PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE",
	"SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST",
	"SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL",
	"TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US",
	"UY", "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "YE",
	"YT", "ZA", "ZM", "ZW", NULL };

static const struct code_set code_sets[] = {
#define CODE_SET(name, title, shape, example, extra, list) \
	{ name, title, shape, example, extra, list },
#include "edi/codes/sets.def"
#undef CODE_SET
};

enum { CODE_SETS = sizeof(code_sets) / sizeof(*code_sets) };

const struct code_set *
code_set_find(struct slice name)
{
	for (size_t i = 0; i < CODE_SETS; i++)
		if (slice_is(name, code_sets[i].name))
			return &code_sets[i];
	return NULL;
}

const struct code_set *
code_set_row(size_t i)
{
	return i < CODE_SETS ? &code_sets[i] : NULL;
}

/* ---- sets made ready ---------------------------------------------------- */

/* Shape and built-in list of a set, as quick to ask as they come. */
struct sieve {
	struct code_matcher shape;
	bool listed;                   /* only these: */
	uint64_t pairs[CODE_PAIRS];
};

static void
sieve_make(struct sieve *v, const struct code_set *set)
{
	bool made = code_matcher_make(&v->shape, set->shape);

	assert(made);
	(void)made;
	v->listed = set->list != NULL;
	for (const char *const *p = set->list; p && *p; p++)
		v->pairs[code_pair_bit((*p)[0])] |=
		    UINT64_C(1) << code_pair_bit((*p)[1]);
}

/* ---- the lists of a directory ------------------------------------------- */

struct codes {
	struct code_table *tables[CODE_SETS];   /* by row; NULL: no list */
	bool borrowed[CODE_SETS];
	bool lists;                             /* there is a table */
	struct sieve sieves[CODE_SETS];
};

static int
codes_open_table(struct codes *c, size_t i, const char *dir, struct err *e)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s.codes", dir,
	    code_sets[i].name) >= (int)sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s: path too long", dir);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	c->tables[i] = code_table_open(path, e);
	if (!c->tables[i])
		return e ? e->code : -EIO;
	if (strcmp(code_table_set(c->tables[i]), code_sets[i].name) != 0)
		return err_set(e, -EBADMSG, "%s: holds the code set %s; was "
		    "the file renamed?", path, code_table_set(c->tables[i]));
	c->lists = true;
	return 0;
}

struct codes *
codes_open(const char *dir, struct err *e)
{
	struct codes *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < CODE_SETS; i++)
		sieve_make(&c->sieves[i], &code_sets[i]);
	for (size_t i = 0; dir && i < CODE_SETS; i++) {
		if (codes_open_table(c, i, dir, e) < 0) {
			codes_close(c);
			return NULL;
		}
	}
	return c;
}

void
codes_close(struct codes *c)
{
	for (size_t i = 0; c && i < CODE_SETS; i++)
		if (!c->borrowed[i])
			code_table_close(c->tables[i]);
	free(c);
}

int
codes_add(struct codes *c, struct code_table *t, const char *what,
    struct err *e)
{
	for (size_t i = 0; i < CODE_SETS; i++) {
		if (strcmp(code_table_set(t), code_sets[i].name) != 0)
			continue;
		if (!c->borrowed[i])
			code_table_close(c->tables[i]);
		c->tables[i] = t;
		c->borrowed[i] = c->lists = true;
		return 0;
	}
	return err_set(e, -EBADMSG, "%s: holds the code set %s, which nothing "
	    "asks for", what, code_table_set(t));
}

const struct code_table *
codes_table(const struct codes *c, const struct code_set *set)
{
	assert(set >= code_sets && set < code_sets + CODE_SETS);
	return c->tables[set - code_sets];
}

bool
codes_have_lists(const struct codes *c)
{
	return c->lists;
}

/* ---- verdicts ----------------------------------------------------------- */

/* The row in force on the day (0: the newest), or why there is none. */
static enum code_verdict
codes_in_force(const struct code_row *row, size_t n, uint32_t date,
    const struct code_row **found)
{
	enum code_verdict v = CODE_NOT_YET;

	*found = &row[n - 1];
	if (date == 0)
		return CODE_VALID;
	for (size_t i = 0; i < n; i++) {
		if (date >= row[i].start && date <= row[i].end) {
			*found = &row[i];
			return CODE_VALID;
		}
		if (date > row[i].end)
			v = CODE_ENDED;
	}
	return v;
}

static enum code_verdict
codes_check_row(const struct code_row *row, const struct code_context *x)
{
	if (row->flags & CODE_HEADER)
		return CODE_NOT_BILLABLE;
	if (row->sex && x && x->sex && x->sex != row->sex)
		return CODE_SEX;
	if (x && x->age >= 0 && (x->age < row->age_min ||
	    (row->age_max != 255 && x->age > row->age_max)))
		return CODE_AGE;
	return CODE_VALID;
}

/* What one set says by itself; its list, when it has one, is in *found. */
static enum code_verdict
codes_find_one(const struct codes *c, const struct code_set *set,
    struct slice value, struct code_found *found)
{
	const struct sieve *v = &c->sieves[set - code_sets];

	*found = (struct code_found){ .table = codes_table(c, set) };
	if (!code_matcher_has(&v->shape, value))
		return CODE_SHAPE;
	if (set->extra && !set->extra(value))
		return CODE_CHECK_DIGIT;
	if (!found->table)
		return v->listed && !code_pair_has(v->pairs, value.p) ?
		    CODE_UNKNOWN : CODE_VALID;
	found->row = code_table_find(found->table, value, &found->count);
	return CODE_VALID;
}

enum code_verdict
codes_find(const struct codes *c, const struct code_set *const *sets,
    unsigned n, struct slice value, struct code_found *found)
{
	enum code_verdict best = n > 0 ? CODE_SHAPE : CODE_VALID;

	*found = (struct code_found){ .table = NULL };
	for (unsigned i = 0; i < n; i++) {
		struct code_found here;
		enum code_verdict v = codes_find_one(c, sets[i], value, &here);

		/* A set whose list we do not have may well know the code. */
		if (v == CODE_VALID && (!here.table || here.row)) {
			*found = here;
			return v;
		}
		if (v == CODE_VALID)
			*found = here;
		if (best == CODE_SHAPE || v == CODE_VALID)
			best = v;
	}
	return best;
}

/* The patterns of a set that needs no more than pattern and built-in list. */
static unsigned
codes_set_steps(const struct codes *c, const struct code_set *set,
    struct code_step *to, unsigned room)
{
	const struct sieve *v = &c->sieves[set - code_sets];
	bool npi = set->extra == codes_npi_digit;

	if (codes_table(c, set) || (set->extra && !npi) ||
	    v->shape.count > room)
		return 0;
	for (unsigned i = 0; i < v->shape.count; i++)
		to[i] = (struct code_step){
			.pattern = v->shape.patterns[i], .pairs = v->pairs,
			.then = npi ? CODE_THEN_NPI : v->listed ?
			    CODE_THEN_PAIR : v->shape.patterns[i].no_io ?
			    CODE_THEN_IO : CODE_THEN_FINE,
		};
	return v->shape.count;
}

unsigned
codes_steps(const struct codes *c, const struct code_set *const *sets,
    unsigned n, struct code_step to[static CODE_STEPS])
{
	unsigned count = 0;

	/* A list that comes first has the first word. */
	for (unsigned i = 0; i < n && !codes_table(c, sets[i]); i++)
		count += codes_set_steps(c, sets[i], to + count,
		    CODE_STEPS - count);
	if (count > 0)
		to[count - 1].last = true;
	return count;
}

enum code_verdict
codes_judge(const struct code_found *found, const struct code_context *context)
{
	enum { YEAR = 10000 };
	const struct code_row *row;
	enum code_verdict v;

	if (!found->table)
		return CODE_VALID;
	if (!found->row)
		return context && context->date >
		    code_table_as_of(found->table) + YEAR ? CODE_STALE :
		    CODE_UNKNOWN;
	v = codes_in_force(found->row, found->count,
	    context ? context->date : 0, &row);
	return v == CODE_VALID ? codes_check_row(row, context) : v;
}

enum code_verdict
codes_check(const struct codes *c, const struct code_set *set,
    struct slice value, const struct code_context *context)
{
	struct code_found found;
	enum code_verdict v = codes_find(c, &set, 1, value, &found);

	return v == CODE_VALID ? codes_judge(&found, context) : v;
}

const struct finding_def *
code_verdict_finding(enum code_verdict v)
{
	static const enum finding_id ids[] = {
		[CODE_SHAPE] = FINDING_CODE_SHAPE,
		[CODE_CHECK_DIGIT] = FINDING_CODE_CHECK_DIGIT,
		[CODE_UNKNOWN] = FINDING_CODE_UNKNOWN,
		[CODE_STALE] = FINDING_CODE_STALE,
		[CODE_NOT_YET] = FINDING_CODE_NOT_YET,
		[CODE_ENDED] = FINDING_CODE_ENDED,
		[CODE_NOT_BILLABLE] = FINDING_CODE_NOT_BILLABLE,
		[CODE_SEX] = FINDING_CODE_SEX,
		[CODE_AGE] = FINDING_CODE_AGE,
	};

	return v == CODE_VALID ? NULL : &finding_defs[ids[v]];
}
