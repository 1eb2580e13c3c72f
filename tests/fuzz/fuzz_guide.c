/* SPDX-License-Identifier: ISC */
/*
 * A companion guide of any text is taken or refused with a reason, and what
 * was taken is a sound guide.
 */
#include "edi/guide.h"

#include <stdlib.h>

enum { FUZZ_KEEP = 100 };  /* overlays, then the memory is given back */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
fuzz_look(const struct guide_body *b, unsigned depth)
{
	if (depth > GUIDE_DEPTH)
		abort();
	for (unsigned i = 0; i < b->count; i++) {
		const struct guide_segment *s = b->children[i].segment;

		if (b->children[i].loop)
			fuzz_look(b->children[i].loop->body, depth + 1);
		for (unsigned e = 0; e < s->count; e++)
			if ((s->elements[e].flags & GUIDE_MANDATORY) &&
			    s->elements[e].usage != USAGE_REQUIRED)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct guides *guides;
	static unsigned used;
	struct err e = ERR_NONE;
	const struct guide *g;

	if (used++ % FUZZ_KEEP == 0) {
		guides_free(guides);
		guides = guides_new();
	}
	if (!guides)
		abort();
	if (guides_overlay_text(guides, slice((const char *)p, n), "overlay",
	    &e) < 0) {
		if (e.code >= 0 || e.text[0] == '\0')
			abort();
		return 0;
	}
	g = guides_find(guides, SLICE_LIT("005010X231A1"), SLICE_LIT("999"),
	    &e);
	if (!g)
		abort();
	fuzz_look(g->root->body, 0);
	return 0;
}
