/* SPDX-License-Identifier: ISC */
/*
 * gen 837P|835 MEGABYTES SEED: one interchange of claims of made-up people, or
 * of what was decided on them, on standard output; valid and balanced, the
 * same for the same seed.
 */
#include "base/io.h"
#include "edi/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SUBSCRIBERS = 60, PAID_CLAIMS = 50, LINES = 5, OUT_MAX = 1 << 20 };

struct gen {
	struct writer w;
	struct buf out;
	uint64_t random, bytes, claims;
	unsigned level;
};

/* What was decided on a line: charge = paid + contract + patient, in cents. */
struct decision {
	int64_t charge, paid, contract, patient;
};

struct paid_claim {
	unsigned lines;
	struct decision line[LINES], all;
};

static const char *const family[] = { "EXAMPLE", "SAMPLE", "TESTER", "DEMOSON",
	"FICTION", "NOBODY", "PLACEHOLDER", "SPECIMEN" };
static const char *const given[] = { "ANNA", "BERT", "CORA", "DEAN", "ELLA",
	"FRED", "GINA", "HANK" };
static const char *const street[] = { "MAIN ST", "OAK AVE", "ELM RD",
	"LAKE BLVD" };
static const struct {
	const char *name, *state, *zip;
} city[] = {
	{ "ANYTOWN", "OH", "441010000" }, { "SOMEVILLE", "TX", "750010000" },
	{ "SPRINGFIELD", "IL", "627010000" }, { "LAKEVIEW", "MI", "488500000" },
};
static const char *const taxonomy[] = { "207Q00000X", "207R00000X",
	"208D00000X", "363LF0000X" };
static const char *const modifier[] = { "25", "59", "RT", "LT" };

#define PICK(g, list) (list)[pick(g, sizeof(list) / sizeof((list)[0]))]

/* xorshift64*: good enough to make lengths vary. */
static unsigned
pick(struct gen *g, unsigned n)
{
	g->random ^= g->random >> 12;
	g->random ^= g->random << 25;
	g->random ^= g->random >> 27;
	return (unsigned)(g->random * 2685821657736338717ULL >> 33) % n;
}

static void
flush(struct gen *g)
{
	struct err e = ERR_NONE;

	if (writer_error(&g->w) != WRITER_OK ||
	    io_write(STDOUT_FILENO, g->out.p, g->out.n, "output", &e) != 0) {
		fprintf(stderr, "gen: %s\n", e.text);
		exit(2);
	}
	g->bytes += g->out.n;
	buf_reset(&g->out);
}

static struct slice
number(char *to, size_t cap, const char *before, uint64_t n, int width)
{
	return slice(to, (size_t)snprintf(to, cap, "%s%0*llu", before, width,
	    (unsigned long long)n));
}

/* Ten digits that pass the check of an NPI: Luhn over 80840 and the number. */
static void
npi(struct gen *g, char to[static 11])
{
	unsigned sum = 24;  /* of 80840 */

	snprintf(to, 11, "1%08u0", pick(g, 100000000));
	for (int i = 8; i >= 0; i--) {
		unsigned d = (unsigned)(to[i] - '0');

		if (i % 2 == 0)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	to[9] = (char)('0' + (10 - sum % 10) % 10);
}

static void
address(struct gen *g)
{
	unsigned c = pick(g, 4);
	char text[40];

	snprintf(text, sizeof(text), "%u %s", 1 + pick(g, 9999),
	    PICK(g, street));
	writer_line(&g->w, "N3", text, NULL);
	writer_line(&g->w, "N4", city[c].name, city[c].state, city[c].zip,
	    NULL);
}

static void
hl(struct gen *g, unsigned parent, const char *code, const char *child)
{
	writer_begin(&g->w, "HL");
	writer_uint(&g->w, ++g->level);
	if (parent > 0)
		writer_uint(&g->w, parent);
	else
		writer_skip(&g->w, 1);
	writer_str(&g->w, code);
	writer_str(&g->w, child);
	writer_end(&g->w);
}

static void
composite(struct writer *w, const char *a, const char *b, const char *c)
{
	writer_composite(w);
	writer_component(w, slice_str(a));
	writer_component(w, slice_str(b));
	writer_component(w, slice_str(c));
	writer_composite_end(w);
}

/* A day of 2025. */
static void
day(struct gen *g, char to[static 9])
{
	snprintf(to, 9, "2025%02u%02u", 1 + pick(g, 12), 1 + pick(g, 28));
}

static void
procedure(struct gen *g)
{
	char code[8];

	snprintf(code, sizeof(code), "%u", 70000 + pick(g, 9000));
	composite(&g->w, "HC", code, pick(g, 4) ? "" : PICK(g, modifier));
}

static void
diagnosis(struct gen *g, unsigned i)
{
	char code[8];

	snprintf(code, sizeof(code), "%c%02u%u", "EGIJKMRZ"[pick(g, 8)],
	    pick(g, 100), i);
	composite(&g->w, i == 0 ? "ABK" : "ABF", code, "");
}

static void
service_day(struct gen *g, const char *id, const char *format)
{
	char text[9];

	day(g, text);
	if (format)
		writer_line(&g->w, id, "472", format, text, NULL);
	else
		writer_line(&g->w, id, "472", text, NULL);
}

static void
line(struct gen *g, unsigned i, int64_t cents)
{
	struct writer *w = &g->w;
	char text[32];

	writer_begin(w, "LX");
	writer_uint(w, i);
	writer_end(w);
	writer_begin(w, "SV1");
	procedure(g);
	writer_cents(w, cents);
	writer_str(w, "UN");
	writer_str(w, "1");
	writer_skip(w, 2);
	composite(w, "1", "", "");
	writer_end(w);
	service_day(g, "DTP", "D8");
	writer_begin(w, "REF");
	writer_str(w, "6R");
	writer_element(w, number(text, sizeof(text), "L", i, 4));
	writer_end(w);
}

static void
claim(struct gen *g)
{
	struct writer *w = &g->w;
	unsigned lines = 1 + pick(g, LINES), codes = 1 + pick(g, 4);
	int64_t cents[LINES], total = 0;
	char text[32], id[11];

	for (unsigned i = 0; i < lines; i++)
		total += cents[i] = 100 + pick(g, 50000);
	writer_begin(w, "CLM");
	writer_element(w, number(text, sizeof(text), "BENCH", ++g->claims, 9));
	writer_cents(w, total);
	writer_skip(w, 2);
	composite(w, "11", "B", "1");
	for (const char *p = "YAYY"; *p != '\0'; p++)
		writer_element(w, slice(p, 1));
	writer_end(w);
	writer_line(w, "REF", "D9", text, NULL);
	writer_begin(w, "HI");
	for (unsigned i = 0; i < codes; i++)
		diagnosis(g, i);
	writer_end(w);
	if (pick(g, 2)) {
		npi(g, id);
		writer_line(w, "NM1", "82", "1", PICK(g, family),
		    PICK(g, given), "", "", "", "XX", id, NULL);
		writer_line(w, "PRV", "PE", "PXC", PICK(g, taxonomy), NULL);
	}
	for (unsigned i = 0; i < lines; i++)
		line(g, i + 1, cents[i]);
}

static void
subscriber(struct gen *g, unsigned parent)
{
	struct writer *w = &g->w;
	char member[32];

	number(member, sizeof(member), "W", pick(g, 1000000000), 9);
	hl(g, parent, "22", "0");
	writer_line(w, "SBR", "P", "18", "", "", "", "", "", "", "CI", NULL);
	writer_line(w, "NM1", "IL", "1", PICK(g, family), PICK(g, given), "",
	    "", "", "MI", member, NULL);
	address(g);
	writer_line(w, "DMG", "D8", "19800101", pick(g, 2) ? "F" : "M", NULL);
	writer_line(w, "NM1", "PR", "2", "EXAMPLE HEALTH PLAN", "", "", "",
	    "", "PI", "99999", NULL);
	for (unsigned n = 1 + pick(g, 3); n > 0; n--)
		claim(g);
}

static void
set(struct gen *g, unsigned ordinal)
{
	struct writer *w = &g->w;
	char control[16], id[11];

	number(control, sizeof(control), "", ordinal, 6);
	npi(g, id);
	g->level = 0;
	writer_st(w, "837", control, "005010X222A1");
	writer_line(w, "BHT", "0019", "00", control, "20260131", "1805", "CH",
	    NULL);
	writer_line(w, "NM1", "41", "2", "EXAMPLE BILLING", "", "", "", "",
	    "46", "BENCH", NULL);
	writer_line(w, "PER", "IC", "HELP DESK", "TE", "5555550100", NULL);
	writer_line(w, "NM1", "40", "2", "EXAMPLE PAYER", "", "", "", "", "46",
	    "PAYER", NULL);
	hl(g, 0, "20", "1");
	writer_line(w, "NM1", "85", "2", "EXAMPLE CLINIC", "", "", "", "",
	    "XX", id, NULL);
	address(g);
	writer_line(w, "REF", "EI", "999999999", NULL);
	for (unsigned i = 0; i < SUBSCRIBERS; i++)
		subscriber(g, 1);
	writer_se(w);
	flush(g);
}

/* ---- remittances --------------------------------------------------------- */

static void
decide(struct gen *g, struct paid_claim *c)
{
	*c = (struct paid_claim){ .lines = 1 + pick(g, LINES) };
	for (unsigned i = 0; i < c->lines; i++) {
		struct decision *d = &c->line[i];

		d->charge = 5000 + pick(g, 50000);
		d->contract = 1 + pick(g, 3000);
		d->patient = pick(g, 3) ? 1 + pick(g, 1500) : 0;
		d->paid = d->charge - d->contract - d->patient;
		c->all.charge += d->charge;
		c->all.patient += d->patient;
		c->all.paid += d->paid;
	}
}

static void
adjustment(struct gen *g, const char *group, const char *reason,
    int64_t cents)
{
	if (cents == 0)
		return;
	writer_begin(&g->w, "CAS");
	writer_str(&g->w, group);
	writer_str(&g->w, reason);
	writer_cents(&g->w, cents);
	writer_end(&g->w);
}

static void
paid_line(struct gen *g, const struct decision *d, unsigned i)
{
	struct writer *w = &g->w;
	char text[32];

	writer_begin(w, "SVC");
	procedure(g);
	writer_cents(w, d->charge);
	writer_cents(w, d->paid);
	writer_skip(w, 1);
	writer_str(w, "1");
	writer_end(w);
	service_day(g, "DTM", NULL);
	adjustment(g, "CO", "45", d->contract);
	adjustment(g, "PR", pick(g, 2) ? "2" : "3", d->patient);
	writer_begin(w, "REF");
	writer_str(w, "6R");
	writer_element(w, number(text, sizeof(text), "L", i, 4));
	writer_end(w);
	writer_begin(w, "AMT");
	writer_str(w, "B6");
	writer_cents(w, d->charge - d->contract);
	writer_end(w);
}

static void
paid_claim(struct gen *g, const struct paid_claim *c)
{
	struct writer *w = &g->w;
	char text[32], id[11];

	writer_begin(w, "CLP");
	writer_element(w, number(text, sizeof(text), "BENCH", ++g->claims, 9));
	writer_str(w, "1");
	writer_cents(w, c->all.charge);
	writer_cents(w, c->all.paid);
	if (c->all.patient > 0)
		writer_cents(w, c->all.patient);
	else
		writer_skip(w, 1);
	writer_str(w, "MC");
	writer_element(w, number(text, sizeof(text), "2026", g->claims, 9));
	writer_str(w, "11");
	writer_str(w, "1");
	writer_end(w);
	number(text, sizeof(text), "W", pick(g, 1000000000), 9);
	writer_line(w, "NM1", "QC", "1", PICK(g, family), PICK(g, given), "",
	    "", "", "MI", text, NULL);
	npi(g, id);
	writer_line(w, "NM1", "82", "1", PICK(g, family), PICK(g, given), "",
	    "", "", "XX", id, NULL);
	day(g, text);
	writer_line(w, "DTM", "232", text, NULL);
	writer_line(w, "DTM", "233", text, NULL);
	for (unsigned i = 0; i < c->lines; i++)
		paid_line(g, &c->line[i], i + 1);
}

static void
payment(struct gen *g, const char *trace, int64_t cents)
{
	struct writer *w = &g->w;

	writer_begin(w, "BPR");
	writer_str(w, "I");
	writer_cents(w, cents);
	for (const char *const *p = (const char *const[]){ "C", "ACH", "CCP",
	    "01", "071000013", "DA", "1234567", "1999999999", "", "01",
	    "071000013", "DA", "7654321", "20260131", NULL }; *p; p++)
		writer_str(w, *p);
	writer_end(w);
	writer_line(w, "TRN", "1", trace, "1999999999", NULL);
	writer_line(w, "DTM", "405", "20260131", NULL);
}

static void
remittance(struct gen *g, unsigned ordinal)
{
	struct writer *w = &g->w;
	struct paid_claim claims[PAID_CLAIMS];
	char control[16], id[11];
	int64_t total = 0;

	for (unsigned i = 0; i < PAID_CLAIMS; i++) {
		decide(g, &claims[i]);
		total += claims[i].all.paid;
	}
	number(control, sizeof(control), "", ordinal, 6);
	npi(g, id);
	writer_st(w, "835", control, NULL);
	payment(g, control, total);
	writer_line(w, "N1", "PR", "EXAMPLE PAYER", NULL);
	address(g);
	writer_line(w, "PER", "BL", "HELP DESK", "TE", "5555550100", NULL);
	writer_line(w, "N1", "PE", "EXAMPLE CLINIC", "XX", id, NULL);
	writer_line(w, "REF", "TJ", "999999999", NULL);
	writer_line(w, "LX", "1", NULL);
	for (unsigned i = 0; i < PAID_CLAIMS; i++)
		paid_claim(g, &claims[i]);
	writer_se(w);
	flush(g);
}

static const struct kind {
	const char *name, *functional_id, *version;
	void (*set)(struct gen *g, unsigned ordinal);
} kinds[] = {
	{ "837P", "HC", "005010X222A1", set },
	{ "835", "HP", "005010X221A1", remittance },
};

static const struct kind *
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	fprintf(stderr, "usage: gen 837P|835 MEGABYTES SEED\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	const struct kind *k = kind_of(argc > 1 ? argv[1] : "");
	const struct writer_isa isa = { .sender = "BENCH", .receiver = "PAYER",
		.date = "20260131", .time = "1805", .control = 1,
		.usage = 'T' };
	const struct writer_gs gs = { .functional_id = k->functional_id,
		.sender = "BENCH", .receiver = "PAYER", .date = "20260131",
		.time = "1805", .control = 1, .version = k->version };
	uint64_t goal = argc > 2 ? strtoull(argv[2], NULL, 10) * 1000000 : 0;
	struct gen g = { .random = 88172645463325252ULL };

	if (argc > 3)
		g.random ^= strtoull(argv[3], NULL, 10);
	buf_init(&g.out, OUT_MAX);
	writer_init(&g.w, &g.out, writer_default_delimiters, "");
	writer_isa(&g.w, &isa);
	writer_gs(&g.w, &gs);
	for (unsigned i = 1; g.bytes < goal; i++)
		k->set(&g, i);
	writer_ge(&g.w);
	writer_iea(&g.w);
	flush(&g);
	buf_free(&g.out);
	return 0;
}
