/* SPDX-License-Identifier: ISC */
/*
 * A scan of any bytes ends, and says the same whether they come whole or in
 * pieces. The first byte of the input chooses the pieces; from 0x80 on, the
 * bytes stand after an ISA, so that they are read as segments.
 */
#include "edi/scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const char isa[] =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    "*260131*1805*^*00501*000000001*0*T*:~";

/* FNV-1a, eight bytes at a time, of all that the scan said, in order. */
static void
fuzz_number(uint64_t *h, uint64_t value)
{
	*h = (*h ^ value) * 0x100000001b3ULL;
	*h ^= *h >> 29;
}

static void
fuzz_text(uint64_t *h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		*h = (*h ^ (unsigned char)s.p[i]) * 0x100000001b3ULL;
	fuzz_number(h, s.n);
}

static void
fuzz_on_segment(void *ctx, const struct segment *g, uint32_t ordinal)
{
	fuzz_number(ctx, ordinal);
	fuzz_number(ctx, g->offset);
	fuzz_number(ctx, g->count);
	fuzz_text(ctx, segment_text(g));
	for (unsigned i = 1; i <= g->count + 1; i++)
		fuzz_text(ctx, segment_element(g, i));
}

static void
fuzz_on_set_end(void *ctx, const struct scan_set *set)
{
	fuzz_number(ctx, set->segments);
	fuzz_number(ctx, set->length);
	fuzz_number(ctx, set->rejected);
}

static void
fuzz_on_finding(void *ctx, const struct finding *f)
{
	char text[640];

	fuzz_number(ctx, (uint64_t)(f->def - finding_defs));
	fuzz_number(ctx, f->offset);
	fuzz_number(ctx, (uint64_t)f->segment << 32 |
	    (uint64_t)f->element << 24 | (uint64_t)f->component << 16 |
	    f->repeat);
	fuzz_text(ctx, slice_str(f->detail));
	fuzz_text(ctx, f->value);
	/* Any text is made of it, but not each of thousands: that is slow. */
	if (f->segment % 16 == 1)
		finding_text(f, text, sizeof(text));
}

static const struct scan_ops ops = { .on_segment = fuzz_on_segment,
	.on_set_end = fuzz_on_set_end, .on_finding = fuzz_on_finding };

static void
fuzz_feed(struct scan *s, const char *p, size_t n, uint32_t seed)
{
	for (size_t at = 0, piece = n; at < n; at += piece) {
		if (seed) {
			seed = seed * 1103515245 + 12345;
			piece = 1 + (seed >> 16) % (seed & 1024 ? 4 : 200);
		}
		if (piece > n - at)
			piece = n - at;
		scan_feed(s, p + at, piece);
	}
}

/* seed 0: whole. */
static uint64_t
fuzz_scan(const uint8_t *p, size_t n, bool headed, uint32_t seed)
{
	static struct scan *s;
	static uint64_t h;
	enum scan_framing framing;

	if (!s && !(s = scan_new(&ops, &h)))
		abort();
	scan_reset(s);
	h = 0xcbf29ce484222325ULL;
	if (headed)
		fuzz_feed(s, isa, sizeof(isa) - 1, seed);
	fuzz_feed(s, (const char *)p, n, seed);
	framing = scan_finish(s);
	fuzz_number(&h, framing);
	return h;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	bool headed = n > 0 && p[0] >= 0x80;

	if (n < 1)
		return 0;
	if (fuzz_scan(p + 1, n - 1, headed, 0) !=
	    fuzz_scan(p + 1, n - 1, headed, 1u + p[0]))
		abort();
	return 0;
}
