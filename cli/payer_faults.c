/* SPDX-License-Identifier: ISC */
#include "cli/payer_faults.h"

#include "edi/scan.h"
#include "edi/writer.h"

/* An element of an answer that is written wrongly on purpose. */
struct wrong {
	struct writer w;
	enum payer_kind kind;
};

static void
copy_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct wrong *x = ctx;
	bool group = x->kind == PAYER_999 &&
	    s->tag == SEGMENT_TAG('A', 'K', '1');
	bool batch = x->kind == PAYER_277CA &&
	    s->tag == SEGMENT_TAG('T', 'R', 'N') && ordinal < 13 &&
	    slice_is(segment_element(s, 1), "2");
	char id[4];

	x->w.d = *s->delimiters;
	if (!group && !batch) {
		writer_copy(&x->w, s);
		return;
	}
	segment_tag_text(s->tag, id);
	writer_begin(&x->w, id);
	writer_element(&x->w, segment_element(s, 1));
	writer_str(&x->w, group ? "999999998" : "NOT-YOUR-BATCH");
	for (unsigned i = 3; i <= s->count; i++)
		writer_element(&x->w, segment_element(s, i));
	writer_end(&x->w);
}

/* A 999 of a foreign GS06, a 277CA of a foreign BHT03: else unchanged. */
static int
mispair(enum payer_kind kind, struct slice bytes, struct buf *room,
    struct err *e)
{
	static const struct scan_ops ops = { .on_segment = copy_segment };
	struct wrong x = { .kind = kind };
	struct scan *scan = scan_new(&ops, &x);

	if (!scan)
		return err_set(e, -ENOMEM, "out of memory");
	writer_init(&x.w, room, writer_default_delimiters, "\n");
	scan_feed(scan, bytes.p, bytes.n);
	scan_finish(scan);
	scan_free(scan);
	return room->failed ? err_set(e, -ENOMEM, "out of memory") : 0;
}

int
payer_spoil(const struct payer_config *c, enum payer_kind kind,
    struct slice bytes, struct buf *room, struct slice *to, struct err *e)
{
	static const char garbage[] = "%PDF-1.4 this is no X12\r\n\x01\x02\xff";
	uint32_t bit = 1u << kind;
	int rc = 0;

	if (c->wrong_pairing & bit) {
		rc = mispair(kind, bytes, room, e);
		bytes = buf_slice(room);
	}
	if (c->truncate & bit)
		bytes.n = bytes.n / 2;
	if (c->garbage & bit)
		bytes = slice(garbage, sizeof(garbage) - 1);
	*to = bytes;
	return rc;
}
