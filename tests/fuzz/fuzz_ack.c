/* SPDX-License-Identifier: ISC */
/*
 * Any bytes, scanned and acknowledged: nothing crashes, and what is written is
 * X12 that scans without a finding and is not acknowledged again.
 */
#include "edi/ack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct scan *scan;
	struct ack *ack;
	bool again;
};

static void scan_bytes(struct fuzz *x, const char *p, size_t n, size_t step);

static uint64_t
next_number(void *ctx, enum ack_number which)
{
	(void)ctx;
	return 1 + which;
}

static void
on_ack(void *ctx, enum ack_kind kind, struct slice bytes)
{
	struct fuzz *x = ctx, again = { .again = true };

	(void)kind;
	if (x->again)
		abort();
	scan_bytes(&again, bytes.p, bytes.n, bytes.n);
}

#define ON(event, type) \
	static void \
	on_##event(void *ctx, const struct scan_##type *p) \
	{ \
		ack_on_##event(((struct fuzz *)ctx)->ack, p); \
	}
ON(interchange, interchange)
ON(interchange_end, interchange)
ON(group, group)
ON(group_end, group)
ON(set, set)
ON(set_end, set)

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	ack_on_segment(((struct fuzz *)ctx)->ack, s, ordinal);
}

static void
on_finding(void *ctx, const struct finding *f)
{
	struct fuzz *x = ctx;

	if (x->again)
		abort();
	ack_on_finding(x->ack, f);
}

static void
scan_bytes(struct fuzz *x, const char *p, size_t n, size_t step)
{
	static const struct scan_ops ops = {
		.on_interchange = on_interchange,
		.on_interchange_end = on_interchange_end,
		.on_group = on_group, .on_group_end = on_group_end,
		.on_set = on_set, .on_set_end = on_set_end,
		.on_segment = on_segment, .on_finding = on_finding,
	};
	static const struct ack_ops ack_ops = {
		.next_number = next_number, .on_ack = on_ack,
	};
	struct ack_options o = { .ta1 = ACK_ALWAYS, .claims = true,
		.date = "20260107", .time = "0815", .findings_max = 20 };

	x->scan = scan_new(&ops, x);
	x->ack = ack_new(x->scan, &o, &ack_ops, x);
	for (size_t at = 0; at < n; at += step)
		scan_feed(x->scan, p + at, n - at < step ? n - at : step);
	if (scan_finish(x->scan) != SCAN_COMPLETE && x->again)
		abort();
	if (ack_error(x->ack, NULL) != 0)
		abort();
	ack_free(x->ack);
	scan_free(x->scan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz x = { 0 };

	if (size < 1)
		return 0;
	scan_bytes(&x, (const char *)data + 1, size - 1,
	    data[0] ? data[0] : size);
	return 0;
}


