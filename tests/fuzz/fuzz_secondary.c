/* SPDX-License-Identifier: ISC */
/*
 * Any claims and any decisions, as X12 or as lines of records, with a payer to
 * be next: what is made of them is a record that can be read, and comes to X12
 * or to a refusal.
 */
#include "edi/record/batch.h"
#include "edi/record/out.h"
#include "edi/secondary.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct fuzz {
	struct guides *guides;
	struct record_kinds *kinds;
	struct secondary *secondary;
	struct record_batch *batch;
	struct walk *walk;
	bool decisions;
};

static int
fuzz_on_line(void *ctx, struct slice line, struct err *e)
{
	struct fuzz *f = ctx;
	int rc = f->decisions ? secondary_decision(f->secondary, line, e) :
	    secondary_claim(f->secondary, line, e);

	if (rc != 0 && rc != -EINVAL)
		abort();
	return 0;
}

static void
fuzz_on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct fuzz *)ctx)->walk, s);
}

static void
fuzz_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct fuzz *)ctx)->walk, s, ordinal);
}

static void
fuzz_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct fuzz *)ctx)->walk, s);
}

static void
fuzz_x12(struct fuzz *f, const char *p, size_t n)
{
	static const struct scan_ops ops = { .on_set = fuzz_on_set,
		.on_segment = fuzz_on_segment, .on_set_end = fuzz_on_set_end };
	struct scan *s = scan_new(&ops, f);
	struct record_out *o;

	f->walk = s ? walk_new(s, f->guides, NULL) : NULL;
	o = f->walk ? record_out_new(s, f->walk, f->kinds, fuzz_on_line, f) :
	    NULL;
	if (!o)
		abort();
	scan_feed(s, p, n);
	scan_finish(s);
	record_out_free(o);
	walk_free(f->walk);
	scan_free(s);
}

static void
fuzz_lines(struct fuzz *f, const char *p, size_t n)
{
	struct err e = ERR_NONE;

	while (n > 0) {
		const char *nl = memchr(p, '\n', n);
		size_t len = nl ? (size_t)(nl - p) : n;

		fuzz_on_line(f, slice(p, len), &e);
		len += nl != NULL;
		p += len;
		n -= len;
	}
}

/* ---- what comes of it ---------------------------------------------------- */

static int
fuzz_on_record(void *ctx, uint32_t ordinal, struct slice record,
    struct err *e)
{
	struct fuzz *f = ctx;

	return record_batch_line(f->batch, record, ordinal, e);
}

static void
fuzz_on_none(void *ctx, uint32_t ordinal, bool refused, const char *why)
{
	(void)ctx;
	(void)refused;
	if (ordinal == 0 || why[0] == '\0')
		abort();
}

static int
fuzz_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	(void)ctx;
	(void)e;
	return bytes.n > 0 && bytes.p ? 0 : -EINVAL;
}

static void
fuzz_on_refused(void *ctx, uint64_t line, const struct record_fault *fault)
{
	(void)ctx;
	if (line == 0 || fault->text[0] == '\0')
		abort();
}

static void
fuzz_one(struct fuzz *f, const char *p, size_t n)
{
	static const char next[] = "{\"coverage\":{\"sequence\":\"S\","
		"\"relationship\":\"18\"},\"subscriber\":{\"id\":\"N1\"},"
		"\"payer\":{\"name\":\"N\",\"id_type\":\"PI\",\"id\":\"9\"}}";
	void (*feed)(struct fuzz *f, const char *p, size_t n) =
	    n > 0 && p[0] == '{' ? fuzz_lines : fuzz_x12;
	struct err e = ERR_NONE;

	if (secondary_payer(f->secondary, slice_str(next), &e) != 0)
		abort();
	f->decisions = false;
	feed(f, p, n);
	f->decisions = true;
	feed(f, p, n);
	if (secondary_make(f->secondary, &e) != 0 ||
	    record_batch_finish(f->batch, &e) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct fuzz f;
	static const struct secondary_options wishes = { true, true, true };
	static const struct secondary_ops ops = { fuzz_on_record,
		fuzz_on_none };
	static const struct record_batch_ops batch_ops = { fuzz_on_bytes,
		fuzz_on_refused, NULL };
	static const struct record_batch_options o = { .isa = { .sender = "A",
		.receiver = "B", .date = "20260131", .time = "1805",
		.control = 1, .usage = 'T' }, .sender = "A", .receiver = "B",
		.time = "1805", .group = 1,
		.delimiters = { '*', ':', '^', '~' }, .suffix = "" };
	struct inspection_settings checks = { .guides = NULL };

	if (!f.guides) {
		f.guides = guides_new();
		f.kinds = f.guides ? record_kinds_new(f.guides) : NULL;
	}
	checks.guides = f.guides;
	f.secondary = f.kinds ? secondary_new(f.kinds, &wishes, &ops, &f) :
	    NULL;
	f.batch = f.kinds ? record_batch_new(f.kinds, &checks, &o, &batch_ops,
	    &f) : NULL;
	if (!f.secondary || !f.batch)
		abort();
	fuzz_one(&f, (const char *)p, n);
	secondary_free(f.secondary);
	record_batch_free(f.batch);
	return 0;
}
