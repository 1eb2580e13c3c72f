/* SPDX-License-Identifier: ISC */
/*
 * Records, both ways. Any lines end as X12 that its own inspection takes, or
 * as refusals; any X12 ends as records.
 */
#include "edi/record/batch.h"
#include "edi/record/out.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct fuzz {
	struct guides *guides;
	struct record_kinds *kinds;
	struct walk *walk;
	uint64_t refused, rejects;
};

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

static int
fuzz_on_line(void *ctx, struct slice line, struct err *e)
{
	(void)ctx;
	(void)e;
	if (line.n < 3 || line.p[line.n - 1] != '\n')
		abort();
	return 0;
}

static void
fuzz_out(struct fuzz *f, const char *p, size_t n)
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
	if (record_out_error(o, NULL) != 0)
		abort();
	record_out_free(o);
	walk_free(f->walk);
	scan_free(s);
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
	((struct fuzz *)ctx)->refused++;
	if (line == 0 || fault->text[0] == '\0')
		abort();
}

/* The last line is what the others need not say, when it can be. */
static void
fuzz_defaults(struct record_batch *b, const char *p, size_t n)
{
	struct record_fault fault;
	struct err e = ERR_NONE;
	size_t at = n;
	int rc;

	while (at > 0 && p[at - 1] != '\n')
		at--;
	rc = record_batch_default(b, slice(p + at, n - at), &fault, &e);
	if (rc < 0 || (rc > 0 && fault.text[0] == '\0'))
		abort();
}

static void
fuzz_in(struct fuzz *f, const char *p, size_t n)
{
	static const struct record_batch_ops ops = { fuzz_on_bytes,
		fuzz_on_refused, NULL };
	const struct inspection_settings checks = { .guides = f->guides };
	const struct record_batch_options o = { .isa = { .sender = "A",
		.receiver = "B", .date = "20260131", .time = "1805",
		.control = 1, .usage = 'T' }, .sender = "A", .receiver = "B",
		.time = "1805", .group = 1,
		.delimiters = { '*', ':', '^', '~' }, .suffix = "",
		.basic = n % 2, .replace = n % 3 == 0, .lines_max = n % 5,
		.patient_claims_max = n % 7, .claims_max = n % 11 };
	struct record_batch *b = record_batch_new(f->kinds, &checks, &o, &ops,
	    f);
	struct err e = ERR_NONE;

	if (!b)
		abort();
	fuzz_defaults(b, p, n);
	for (uint64_t line = 1; n > 0; line++) {
		const char *nl = memchr(p, '\n', n);
		size_t len = nl ? (size_t)(nl - p) : n;

		if (record_batch_line(b, slice(p, len), line, &e) != 0)
			abort();
		len += nl != NULL;
		p += len;
		n -= len;
	}
	if (record_batch_finish(b, &e) != 0 ||
	    record_batch_refused(b) != f->refused)
		abort();
	record_batch_free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct fuzz f;

	if (!f.guides) {
		f.guides = guides_new();
		f.kinds = f.guides ? record_kinds_new(f.guides) : NULL;
		if (!f.kinds)
			abort();
	}
	f.refused = 0;
	if (n >= 3 && memcmp(p, "ISA", 3) == 0)
		fuzz_out(&f, (const char *)p, n);
	else
		fuzz_in(&f, (const char *)p, n);
	return 0;
}
