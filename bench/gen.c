/* SPDX-License-Identifier: ISC */
/*
 * gen MEGABYTES SEED: one interchange of 837P claims of made-up people on
 * standard output, valid and balanced, the same for the same seed.
 */
#include "base/io.h"
#include "edi/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SUBSCRIBERS = 60, OUT_MAX = 1 << 20 };

struct gen {
	struct writer w;
	struct buf out;
	uint64_t random, bytes, claims;
	unsigned level;
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
static const char *const diagnosis[] = { "J069", "I10", "E119", "M545",
	"R519", "Z0000", "K219", "N390" };
static const char *const procedure[] = { "99213", "99214", "87880", "36415",
	"93000", "81002" };

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

static void
line(struct gen *g, unsigned i, int64_t cents)
{
	struct writer *w = &g->w;
	char text[32];

	writer_begin(w, "LX");
	writer_uint(w, i);
	writer_end(w);
	writer_begin(w, "SV1");
	composite(w, "HC", PICK(g, procedure), "");
	writer_cents(w, cents);
	writer_str(w, "UN");
	writer_str(w, "1");
	writer_skip(w, 2);
	composite(w, "1", "", "");
	writer_end(w);
	writer_line(w, "DTP", "472", "D8", "20260105", NULL);
	writer_begin(w, "REF");
	writer_str(w, "6R");
	writer_element(w, number(text, sizeof(text), "L", i, 4));
	writer_end(w);
}

static void
claim(struct gen *g)
{
	struct writer *w = &g->w;
	unsigned lines = 1 + pick(g, 5), codes = 1 + pick(g, 4);
	int64_t cents[5], total = 0;
	char text[32];

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
	writer_begin(w, "HI");
	for (unsigned i = 0, at = pick(g, 8); i < codes; i++)
		composite(w, i == 0 ? "ABK" : "ABF", diagnosis[(at + i) % 8],
		    "");
	writer_end(w);
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

int
main(int argc, char **argv)
{
	const struct writer_isa isa = { .sender = "BENCH", .receiver = "PAYER",
		.date = "20260131", .time = "1805", .control = 1,
		.usage = 'T' };
	const struct writer_gs gs = { .functional_id = "HC", .sender = "BENCH",
		.receiver = "PAYER", .date = "20260131", .time = "1805",
		.control = 1, .version = "005010X222A1" };
	uint64_t goal = argc > 1 ? strtoull(argv[1], NULL, 10) * 1000000 : 0;
	struct gen g = { .random = 88172645463325252ULL };

	if (argc > 2)
		g.random ^= strtoull(argv[2], NULL, 10);
	buf_init(&g.out, OUT_MAX);
	writer_init(&g.w, &g.out, writer_default_delimiters, "");
	writer_isa(&g.w, &isa);
	writer_gs(&g.w, &gs);
	for (unsigned i = 1; g.bytes < goal; i++)
		set(&g, i);
	writer_ge(&g.w);
	writer_iea(&g.w);
	flush(&g);
	buf_free(&g.out);
	return 0;
}
