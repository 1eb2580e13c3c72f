/* SPDX-License-Identifier: ISC */
/*
 * A scan of any bytes ends, and says the same whether they come whole or in
 * pieces; the first byte of the input chooses the pieces.
 */
#include "edi/scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* FNV-1a of all that the scan said, in order. */
static void
fuzz_note(uint64_t *h, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*h = (*h ^ ((const uint8_t *)p)[i]) * 0x100000001b3ULL;
}

static void
fuzz_on_segment(void *ctx, const struct segment *g, uint32_t ordinal)
{
	struct slice text = segment_text(g);

	fuzz_note(ctx, text.p, text.n);
	fuzz_note(ctx, &ordinal, sizeof(ordinal));
	fuzz_note(ctx, &g->offset, sizeof(g->offset));
	fuzz_note(ctx, &g->count, sizeof(g->count));
	for (unsigned i = 1; i <= g->count + 1; i++) {
		text = segment_element(g, i);
		fuzz_note(ctx, text.p, text.n);
		fuzz_note(ctx, &text.n, sizeof(text.n));
	}
}

static void
fuzz_on_set_end(void *ctx, const struct scan_set *set)
{
	fuzz_note(ctx, &set->segments, sizeof(set->segments));
	fuzz_note(ctx, &set->length, sizeof(set->length));
	fuzz_note(ctx, &set->rejected, sizeof(set->rejected));
}

static void
fuzz_on_finding(void *ctx, const struct finding *f)
{
	char text[640];

	finding_text(f, text, sizeof(text));
	fuzz_note(ctx, text, strlen(text));
	fuzz_note(ctx, &f->offset, sizeof(f->offset));
	fuzz_note(ctx, f->value.p, f->value.n);
}

static uint64_t
fuzz_scan(const uint8_t *p, size_t n, bool cut, uint32_t seed)
{
	const struct scan_ops ops = { .on_segment = fuzz_on_segment,
		.on_set_end = fuzz_on_set_end, .on_finding = fuzz_on_finding };
	uint64_t h = 0xcbf29ce484222325ULL;
	struct scan *s = scan_new(&ops, &h);
	enum scan_framing framing;

	if (s == NULL)
		abort();
	for (size_t at = 0, piece = n; at < n; at += piece) {
		if (cut) {
			seed = seed * 1103515245 + 12345;
			piece = 1 + (seed >> 16) % (seed & 1024 ? 4 : 200);
		}
		if (piece > n - at)
			piece = n - at;
		scan_feed(s, (const char *)p + at, piece);
	}
	framing = scan_finish(s);
	fuzz_note(&h, &framing, sizeof(framing));
	scan_free(s);
	return h;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n < 1)
		return 0;
	if (fuzz_scan(p + 1, n - 1, false, 0) !=
	    fuzz_scan(p + 1, n - 1, true, p[0]))
		abort();
	return 0;
}
