/* SPDX-License-Identifier: ISC */
/*
 * A set of any segments, walked along a guide that the first byte chooses and
 * validated, ends; every loop that begins ends; and cutting the stream, as the
 * rest of that byte says, changes nothing.
 */
#include "edi/validate.h"

#include <stdio.h>
#include <stdlib.h>

enum { FUZZ_GUIDES = 16 };

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

static uint64_t
fuzz_run(struct guides *guides, const char *p, size_t n, size_t piece)
{
	static const struct scan_ops ops = { .on_set = fuzz_on_set,
		.on_segment = fuzz_on_segment, .on_set_end = fuzz_on_set_end,
		.on_finding = fuzz_on_finding };
	static const struct walk_ops loops = {
		.on_loop_begin = fuzz_on_loop_begin,
		.on_loop_end = fuzz_on_loop_end };
	struct fuzz z = { 0 };
	struct scan *s = scan_new(&ops, &z);
	struct validator *v;

	if (!s || !(z.walk = walk_new(s, guides, NULL)) ||
	    !(v = validator_new(z.walk)))
		abort();
	walk_add(z.walk, &loops, &z);
	for (size_t at = 0; at < n; at += piece)
		scan_feed(s, p + at, piece < n - at ? piece : n - at);
	scan_finish(s);
	if (z.depth != 0)
		abort();
	validator_free(v);
	walk_free(z.walk);
	scan_free(s);
	return z.said;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct guides *guides;
	static char ids[FUZZ_GUIDES][16], sets[FUZZ_GUIDES][4];
	unsigned guide = n > 0 ? p[0] % FUZZ_GUIDES : 0;
	const char *id = ids[guide], *set = sets[guide];
	uint64_t said;
	char *text;
	int head;

	if (!guides) {
		guides = guides_new();
		for (unsigned i = 0; i < FUZZ_GUIDES; i++)
			guides_builtin(i, ids[i], sets[i]);
	}
	if (!guides)
		abort();
	if (n < 2 || n > 4096)
		return 0;
	if (!(text = malloc(n + 256)))
		abort();
	head = sprintf(text, "ISA*00*          *00*          *ZZ*%-15s*ZZ*%-15s"
	    "*260131*1805*^*00501*000000001*0*T*:~GS*HC*S*R*20260131*1805*1*X"
	    "*%s~ST*%s*0001*%s~", "SENDER", "RECEIVER", id, set, id);
	memcpy(text + head, p + 1, n - 1);
	n += (size_t)head - 1;
	said = fuzz_run(guides, text, n, n);
	if (p[0] >= FUZZ_GUIDES &&
	    said != fuzz_run(guides, text, n, p[0] / FUZZ_GUIDES * 7u))
		abort();
	free(text);
	return 0;
}
