/* SPDX-License-Identifier: ISC */
#include "tests/support/worst.h"

#include "edi/ack.h"
#include "edi/carve.h"
#include "edi/inspection.h"
#include "edi/mirror.h"
#include "edi/record/out.h"

#include <errno.h>
#include <malloc.h>

enum { PIECE = 64 * 1024 };

/* ---- the works ---------------------------------------------------------- */

struct work {
	struct worst_result *r;
	struct walk *walk;
	struct ack *ack;
	struct carve *carve;
	uint64_t before;
};

static uint64_t
allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
work_look(struct work *k)
{
	uint64_t now = allocated();

	if (now > k->before && now - k->before > k->r->memory)
		k->r->memory = now - k->before;
}

static struct work
work_begin(struct worst_result *r)
{
	*r = (struct worst_result){ .framing = SCAN_EMPTY };
	return (struct work){ .r = r, .before = allocated() };
}

static void
work_feed(struct work *k, struct scan *s, struct slice x12)
{
	for (size_t at = 0; at < x12.n; at += PIECE) {
		scan_feed(s, x12.p + at, x12.n - at < PIECE ? x12.n - at :
		    PIECE);
		work_look(k);
	}
	k->r->framing = scan_finish(s);
	work_look(k);
}

static void
count_on_finding(void *ctx, const struct finding *f)
{
	(void)f;
	((struct work *)ctx)->r->findings++;
}

static void
count_on_left_out(void *ctx, const struct finding *f)
{
	(void)f;
	((struct work *)ctx)->r->left_out++;
}

static void
count_on_record(void *ctx, const struct index_record *x)
{
	((struct work *)ctx)->r->claims += x->kind == INDEX_CLAIM;
}

static struct inspection *
work_inspection(struct worst *w, const struct scan_ops *ops, struct work *k)
{
	struct inspection_settings s = { .guides = w->guides,
		.rules = w->rules, .codes = w->codes, .today = 20260131 };

	return inspection_new(&s, ops, count_on_record, k);
}

static bool
run_validate(struct worst *w, struct slice x12, struct worst_result *r)
{
	static const struct scan_ops ops = { .on_finding = count_on_finding,
		.on_left_out = count_on_left_out };
	struct work k = work_begin(r);
	struct inspection *x = work_inspection(w, &ops, &k);

	if (!x)
		return false;
	work_feed(&k, inspection_scan(x), x12);
	inspection_free(x);
	return true;
}

/* ---- ack ---------------------------------------------------------------- */

static void
acked_interchange(void *ctx, const struct scan_interchange *i)
{
	ack_on_interchange(((struct work *)ctx)->ack, i);
}

static void
acked_interchange_end(void *ctx, const struct scan_interchange *i)
{
	ack_on_interchange_end(((struct work *)ctx)->ack, i);
}

static void
acked_group(void *ctx, const struct scan_group *g)
{
	ack_on_group(((struct work *)ctx)->ack, g);
}

static void
acked_group_end(void *ctx, const struct scan_group *g)
{
	ack_on_group_end(((struct work *)ctx)->ack, g);
}

static void
acked_set(void *ctx, const struct scan_set *s)
{
	ack_on_set(((struct work *)ctx)->ack, s);
}

static void
acked_set_end(void *ctx, const struct scan_set *s)
{
	ack_on_set_end(((struct work *)ctx)->ack, s);
}

static void
acked_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	ack_on_segment(((struct work *)ctx)->ack, s, ordinal);
}

static void
acked_finding(void *ctx, const struct finding *f)
{
	((struct work *)ctx)->r->findings++;
	ack_on_finding(((struct work *)ctx)->ack, f);
}

static uint64_t
acked_number(void *ctx, enum ack_number which)
{
	(void)ctx;
	return 1 + which;
}

static void
acked_bytes(void *ctx, enum ack_kind kind, struct slice bytes)
{
	(void)kind;
	((struct work *)ctx)->r->bytes += bytes.n;
	work_look(ctx);
}

static bool
run_ack(struct worst *w, struct slice x12, struct worst_result *r)
{
	static const struct scan_ops ops = {
		.on_interchange = acked_interchange,
		.on_interchange_end = acked_interchange_end,
		.on_group = acked_group, .on_group_end = acked_group_end,
		.on_set = acked_set, .on_set_end = acked_set_end,
		.on_segment = acked_segment, .on_finding = acked_finding };
	static const struct ack_ops ack_ops = { .next_number = acked_number,
		.on_ack = acked_bytes };
	static const struct ack_options o = { .ta1 = ACK_ALWAYS,
		.claims = true, .date = "20260131", .time = "1805" };
	struct work k = work_begin(r);
	struct inspection *x = work_inspection(w, &ops, &k);
	bool good;

	k.ack = x ? ack_new(inspection_scan(x), &o, &ack_ops, &k) : NULL;
	if (!k.ack)
		return false;
	work_feed(&k, inspection_scan(x), x12);
	good = ack_error(k.ack, NULL) == 0;
	ack_free(k.ack);
	inspection_free(x);
	return good;
}

/* ---- to-json and records ------------------------------------------------ */

static int
count_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	(void)e;
	((struct work *)ctx)->r->bytes += bytes.n;
	return 0;
}

static bool
run_mirror(struct worst *w, struct slice x12, struct worst_result *r)
{
	struct work k = work_begin(r);
	struct mirror *m = mirror_new(w->guides, count_on_bytes, &k);
	enum scan_framing framing;
	int rc = 0;

	if (!m)
		return false;
	for (size_t at = 0; at < x12.n && rc == 0; at += PIECE) {
		rc = mirror_feed(m, x12.p + at, x12.n - at < PIECE ?
		    x12.n - at : PIECE, NULL);
		work_look(&k);
	}
	if (rc == 0)
		rc = mirror_finish(m, &framing, NULL);
	if (rc == 0)
		r->framing = framing;
	mirror_free(m);
	return rc == 0;
}

static void
walked_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct work *)ctx)->walk, s);
}

static void
walked_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct work *)ctx)->walk, s, ordinal);
}

static void
walked_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct work *)ctx)->walk, s);
}

static bool
run_records(struct worst *w, struct slice x12, struct worst_result *r)
{
	static const struct scan_ops ops = { .on_set = walked_set,
		.on_segment = walked_segment, .on_set_end = walked_set_end };
	struct work k = work_begin(r);
	struct scan *s = scan_new(&ops, &k);
	struct record_out *o;
	int rc;

	k.walk = s ? walk_new(s, w->guides, NULL) : NULL;
	o = k.walk ? record_out_new(s, k.walk, w->kinds, count_on_bytes, &k) :
	    NULL;
	if (!o)
		return false;
	work_feed(&k, s, x12);
	rc = record_out_error(o, NULL);
	r->refused = rc == -EFBIG;
	record_out_free(o);
	walk_free(k.walk);
	scan_free(s);
	return rc == 0 || r->refused;
}

/* ---- carve -------------------------------------------------------------- */

static void
carved_interchange(void *ctx, const struct scan_interchange *i)
{
	carve_on_interchange(((struct work *)ctx)->carve, i);
}

static void
carved_group(void *ctx, const struct scan_group *g)
{
	carve_on_group(((struct work *)ctx)->carve, g);
}

static void
carved_set(void *ctx, const struct scan_set *s)
{
	carve_on_set(((struct work *)ctx)->carve, s);
}

static void
carved_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	carve_on_segment(((struct work *)ctx)->carve, s, ordinal);
}

/* The count of the SE is what every file has wrong here. */
static void
carved_finding(void *ctx, const struct finding *f)
{
	((struct work *)ctx)->r->findings++;
	if (f->def != &finding_defs[FINDING_SE_COUNT])
		carve_on_finding(((struct work *)ctx)->carve, f);
}

static void
carved_set_end(void *ctx, const struct scan_set *s)
{
	carve_on_set_end(((struct work *)ctx)->carve, s);
}

static void
carved_write(void *ctx, const struct segment *s, uint32_t ordinal)
{
	carve_write(((struct work *)ctx)->carve, s, ordinal);
}

static int
carved_bytes(void *ctx, enum carve_part part, struct slice bytes,
    struct err *e)
{
	(void)part;
	return count_on_bytes(ctx, bytes, e);
}

static bool
carve_again(struct work *k, struct slice x12)
{
	static const struct scan_ops ops = { .on_segment = carved_write };
	struct scan *s = scan_new(&ops, k);
	bool good;

	if (!s)
		return false;
	carve_begin(k->carve, carved_bytes, k);
	work_feed(k, s, x12);
	good = carve_finish(k->carve, NULL) == 0;
	scan_free(s);
	return good;
}

static bool
run_carve(struct worst *w, struct slice x12, struct worst_result *r)
{
	static const struct scan_ops ops = {
		.on_interchange = carved_interchange,
		.on_group = carved_group, .on_set = carved_set,
		.on_segment = carved_segment, .on_finding = carved_finding,
		.on_left_out = carved_finding,
		.on_set_end = carved_set_end };
	struct work k = work_begin(r);
	struct inspection *x = work_inspection(w, &ops, &k);
	bool good = true;

	k.carve = x ? carve_new(inspection_walk(x)) : NULL;
	if (!k.carve)
		return false;
	work_feed(&k, inspection_scan(x), x12);
	inspection_free(x);
	if (carve_verdict(k.carve) == CARVE_SPLIT)
		good = carve_again(&k, x12);
	r->claims = carve_claims(k.carve, CARVE_BAD);
	carve_free(k.carve);
	return good;
}

const struct worst_work worst_works[] = {
	{ "validate", run_validate }, { "ack", run_ack },
	{ "to-json", run_mirror }, { "records", run_records },
	{ "carve", run_carve }, { NULL, NULL },
};
