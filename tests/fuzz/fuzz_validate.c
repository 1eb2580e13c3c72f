/* SPDX-License-Identifier: ISC */
/*
 * A set of any segments, walked along a guide that the first byte chooses and
 * validated, ends; every loop that begins ends; and cutting the stream, as the
 * rest of that byte may say, changes nothing.
 */
#include "edi/validate.h"
#include "edi/validate/cob.h"
#include "edi/validate/codes.h"

#include <stdio.h>
#include <stdlib.h>

enum { FUZZ_GUIDES = 16, FUZZ_CLAIM = 8, FUZZ_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct fuzz {
	struct walk *walk;
	uint64_t said;
	int depth;
};

static void
fuzz_on_set(void *ctx, const struct scan_set *set)
{
	walk_on_set(((struct fuzz *)ctx)->walk, set);
}

static void
fuzz_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct fuzz *)ctx)->walk, s, ordinal);
}

static void
fuzz_on_set_end(void *ctx, const struct scan_set *set)
{
	walk_on_set_end(((struct fuzz *)ctx)->walk, set);
}

static void
fuzz_on_finding(void *ctx, const struct finding *f)
{
	struct fuzz *z = ctx;
	uint64_t what = (uint64_t)(f->def - finding_defs) << 48 |
	    (uint64_t)f->element << 40 | (uint64_t)f->component << 32 |
	    (uint64_t)f->repeat << 16 | f->severity;

	z->said = (z->said ^ what) * 0x100000001b3ULL;
	z->said = (z->said ^ f->offset ^ strlen(f->detail)) * 0x100000001b3ULL;
}

static void
fuzz_on_loop_begin(void *ctx, const struct walk_frame *f)
{
	if (++((struct fuzz *)ctx)->depth != f->depth)
		abort();
}

static void
fuzz_on_loop_end(void *ctx, const struct walk_frame *f)
{
	if (((struct fuzz *)ctx)->depth-- != f->depth)
		abort();
}

static const struct scan_ops ops = { .on_set = fuzz_on_set,
	.on_segment = fuzz_on_segment, .on_set_end = fuzz_on_set_end,
	.on_finding = fuzz_on_finding };
static const struct walk_ops loops = { .on_loop_begin = fuzz_on_loop_begin,
	.on_loop_end = fuzz_on_loop_end };

static struct fuzz z;
static struct scan *scan;
static char ids[FUZZ_GUIDES][16], sets[FUZZ_GUIDES][4];

/* All of it is made once; a scan is reset, a walk begins anew with a set. */
static void
fuzz_begin(void)
{
	struct guides *guides = guides_new();
	const struct codes *codes = codes_open(NULL, NULL);

	scan = scan_new(&ops, &z);
	if (!guides || !codes || !scan ||
	    !(z.walk = walk_new(scan, guides, NULL)) ||
	    !validator_new(z.walk) || !cob_checker_new(z.walk) ||
	    !code_checker_new(z.walk, codes))
		abort();
	walk_add(z.walk, &loops, &z);
	for (unsigned i = 0; i < FUZZ_GUIDES; i++)
		guides_builtin(i, ids[i], sets[i]);
}

static uint64_t
fuzz_run(const char *p, size_t n, size_t piece)
{
	scan_reset(scan);
	z.said = 0;
	z.depth = 0;
	for (size_t at = 0; at < n; at += piece)
		scan_feed(scan, p + at, piece < n - at ? piece : n - at);
	scan_finish(scan);
	if (z.depth != 0)
		abort();
	return z.said;
}

/* Down to a claim, so that what follows is found in it. */
static const char claim[] =
    "BHT*0019*00*B1*20260131*1805*CH~NM1*41*2*SENDER*****46*S~"
    "PER*IC*HELP*TE*2175550100~NM1*40*2*RECEIVER*****46*R~HL*1**20*1~"
    "NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~"
    "N4*ANYTOWN*OH*441010000~REF*EI*123456789~HL*2*1*22*0~"
    "SBR*P*18*******CI~NM1*IL*1*SAMPLE*SALLY****MI*A1~"
    "NM1*PR*2*PAYER*****PI*1~";

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char text[FUZZ_MAX + 1024];
	unsigned guide = n > 0 ? p[0] % FUZZ_GUIDES : 0;
	unsigned how = n > 0 ? p[0] / FUZZ_GUIDES : 0;
	uint64_t said;
	int head;

	if (!scan)
		fuzz_begin();
	if (n < 2 || n > FUZZ_MAX)
		return 0;
	head = sprintf(text, "ISA*00*          *00*          *ZZ*%-15s*ZZ*%-15s"
	    "*260131*1805*^*00501*000000001*0*T*:~GS*HC*S*R*20260131*1805*1*X"
	    "*%s~ST*%s*0001*%s~%s", "SENDER", "RECEIVER", ids[guide],
	    sets[guide], ids[guide],
	    how >= FUZZ_CLAIM && !strcmp(sets[guide], "837") ? claim : "");
	memcpy(text + head, p + 1, n - 1);
	n += (size_t)head - 1;
	said = fuzz_run(text, n, n);
	if (how % 4 == 3 && said != fuzz_run(text, n, how * 7u))
		abort();
	return 0;
}
