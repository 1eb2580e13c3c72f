/* SPDX-License-Identifier: ISC */
/*
 * Any bytes, as JSON when they begin like that, else as X12. From JSON: taken
 * or refused, and what comes out of it can be mirrored. From X12: refused, or
 * the same bytes come back.
 */
#include "edi/mirror.h"

#include "base/buf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
on_write(void *ctx, struct slice bytes, struct err *e)
{
	return buf_add_slice(ctx, bytes) ? 0 : err_set(e, -ENOSPC, "full");
}

static int
to_json(struct guides *g, struct buf *to, struct slice s, size_t piece)
{
	struct mirror *m = mirror_new(g, on_write, to);
	enum scan_framing framing;
	int rc = 0;

	for (size_t i = 0; i < s.n && rc == 0; i += piece)
		rc = mirror_feed(m, s.p + i, s.n - i < piece ? s.n - i : piece,
		    NULL);
	if (rc == 0)
		rc = mirror_finish(m, &framing, NULL);
	mirror_free(m);
	return rc;
}

static int
from_json(struct guides *g, struct buf *to, struct slice s, size_t piece)
{
	struct unmirror *u = unmirror_new(g, on_write, to);
	int rc = 0;

	for (size_t i = 0; i < s.n && rc == 0; i += piece)
		rc = unmirror_feed(u, s.p + i,
		    s.n - i < piece ? s.n - i : piece, NULL);
	if (rc == 0)
		rc = unmirror_finish(u, NULL);
	unmirror_free(u);
	return rc;
}

static void
there_and_back(struct guides *g, struct slice x12, size_t piece)
{
	struct buf json, back;

	buf_init(&json, 1 << 26);
	buf_init(&back, 1 << 26);
	if (to_json(g, &json, x12, piece) == 0) {
		if (from_json(g, &back, buf_slice(&json), piece) != 0 ||
		    !slice_eq(buf_slice(&back), x12))
			abort();
	} else if (json.n > 0) {
		abort();
	}
	buf_free(&json);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guides *g;
	struct slice s = slice((const char *)data + 1, size ? size - 1 : 0);
	size_t piece = size && data[0] ? data[0] : s.n + 1;
	struct buf x12;

	/* Parsed once for all runs: guides never change. */
	if (!g && !(g = guides_new()))
		abort();
	if (size == 0)
		return 0;
	if (s.n == 0 || s.p[0] != '{') {
		there_and_back(g, s, piece);
		return 0;
	}
	buf_init(&x12, 1 << 26);
	if (from_json(g, &x12, s, piece) == 0)
		there_and_back(g, buf_slice(&x12), piece);
	buf_free(&x12);
	return 0;
}
