/* SPDX-License-Identifier: ISC */
#include "tests/support/worst.h"

enum { IN_ONE = 10000 };

/* ---- the files ---------------------------------------------------------- */

static const char head[] =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    "*260131*1805*^*00501*000000001*0*T*:~"
    "GS*HC*SENDER*RECEIVER*20260131*1805*1*X*005010X222A1~"
    "ST*837*0001*005010X222A1~BHT*0019*00*B1*20260131*1805*CH~"
    "NM1*41*2*SENDER*****46*S1~PER*IC*HELP*TE*2175550100~"
    "NM1*40*2*RECEIVER*****46*R1~HL*1**20*1~"
    "NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~"
    "N4*ANYTOWN*OH*441010000~REF*EI*123456789~";
static const char level[] = "*1*22*0~SBR*P*18*******CI~"
    "NM1*IL*1*SAMPLE*SALLY****MI*A1~N3*2 OAK ST~N4*ANYTOWN*OH*441010000~"
    "DMG*D8*19800229*F~NM1*PR*2*PAYER*****PI*P1~";
static const char claim[] = "***11:B:1*Y*A*Y*Y~HI*ABK:I10~";
static const char line[] = "LX*1~SV1*HC:99213*100*UN*1***1~"
    "DTP*472*D8*20260105~";

static void
begin_claim(struct buf *b)
{
	buf_addf(b, "HL*2%sCLM*A-1*100%s", level, claim);
}

static void
make_his(struct buf *b, unsigned n)
{
	begin_claim(b);
	while (n-- > 0)
		buf_add_str(b, "HI*ZZ:BAD^*:::::::::::~");
	buf_add_str(b, line);
}

static void
make_levels(struct buf *b, unsigned n)
{
	begin_claim(b);
	buf_add_str(b, line);
	for (unsigned i = 0; i < n; i++)
		buf_addf(b, "HL*%u*%u*23*1~", i + 3, i + 2);
}

/* Each names one that does not exist, by a number that does not count. */
static void
make_lost_levels(struct buf *b, unsigned n)
{
	begin_claim(b);
	buf_add_str(b, line);
	for (unsigned i = 0; i < n; i++)
		buf_addf(b, "HL*%u*%u*22*1~", (i * 7919u) % 1000003u + 5,
		    (i * 104729u) % 1000033u + 2000000);
}

static void
make_element(struct buf *b, unsigned n)
{
	begin_claim(b);
	buf_add_str(b, "NTE*ADD*");
	while (n-- > 0)
		buf_add_str(b, "1234567890");
	buf_add_str(b, "~");
	buf_add_str(b, line);
}

/* n of it, as many in one segment as it may hold. */
static void
make_many(struct buf *b, unsigned n, const char *first, const char *one)
{
	begin_claim(b);
	for (unsigned i = 0; i < n; i++) {
		if (i % IN_ONE == 0)
			buf_addf(b, "%s%s", i > 0 ? "~" : "", first);
		buf_add_str(b, one);
	}
	buf_addf(b, "~%s", line);
}

static void
make_repeats(struct buf *b, unsigned n)
{
	make_many(b, n, "HI*ABK:I10", "^A");
}

static void
make_components(struct buf *b, unsigned n)
{
	make_many(b, n, "HI*ABK", ":A");
}

static void
make_elements(struct buf *b, unsigned n)
{
	make_many(b, n, "HI", "*A");
}

static void
make_lines(struct buf *b, unsigned n)
{
	begin_claim(b);
	while (n-- > 0)
		buf_add_str(b, line);
}

static void
make_unknown(struct buf *b, unsigned n)
{
	begin_claim(b);
	while (n-- > 0)
		buf_add_str(b, "ZZZ*1~");
	buf_add_str(b, line);
}

static void
make_claims(struct buf *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_addf(b, "HL*%u%sCLM*A-%u*%u%s%s", i + 2, level, i,
		    i % 2 ? 100 : 101, claim, line);
}

const struct worst_case worst_cases[] = {
	{ "hi", "bad HI segments", make_his },
	{ "hl", "HLs, each below the last", make_levels },
	{ "lost-hl", "HLs below none", make_lost_levels },
	{ "element", "times ten bytes in one element", make_element },
	{ "repeats", "repeats of a composite", make_repeats },
	{ "components", "components of an element", make_components },
	{ "elements", "elements of segments", make_elements },
	{ "lx", "lines of a claim", make_lines },
	{ "unknown", "unknown segments", make_unknown },
	{ "claims", "claims, every other one bad", make_claims },
	{ NULL, NULL, NULL },
};

void
worst_make(const struct worst_case *c, unsigned n, struct buf *to)
{
	buf_init(to, WORST_MAX);
	buf_add_str(to, head);
	c->make(to, n);
	/* The count is wrong: that is one finding more. */
	buf_add_str(to, "SE*1*0001~GE*1*1~IEA*1*000000001~");
}

bool
worst_open(struct worst *w)
{
	struct err e = ERR_NONE;

	*w = (struct worst){ .guides = guides_new(), .rules = rules_new(),
		.codes = codes_open(NULL, &e) };
	w->kinds = w->guides ? record_kinds_new(w->guides) : NULL;
	return w->kinds && w->codes && w->rules &&
	    rules_load_builtin(w->rules, &e) == 0;
}

void
worst_close(struct worst *w)
{
	record_kinds_free(w->kinds);
	codes_close(w->codes);
	rules_free(w->rules);
	guides_free(w->guides);
}
