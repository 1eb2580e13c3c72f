/* SPDX-License-Identifier: ISC */
#include "edi/ack/scan.h"

#include <stdlib.h>

struct ack_scan {
	struct inspection *inspection;
	struct ack *ack;
	struct scan_ops ops;
	const struct scan_ops *more;
	void *ctx;
};

#define PASS(event, type) \
	static void \
	pass_##event(void *ctx, const struct scan_##type *p) \
	{ \
		const struct ack_scan *x = ctx; \
		\
		if (x->more->on_##event) \
			x->more->on_##event(x->ctx, p); \
		ack_on_##event(x->ack, p); \
	}
PASS(interchange, interchange)
PASS(interchange_end, interchange)
PASS(group, group)
PASS(group_end, group)
PASS(set, set)
PASS(set_end, set)

static void
pass_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	const struct ack_scan *x = ctx;

	if (x->more->on_segment)
		x->more->on_segment(x->ctx, s, ordinal);
	ack_on_segment(x->ack, s, ordinal);
}

static void
pass_finding(void *ctx, const struct finding *f)
{
	const struct ack_scan *x = ctx;

	if (x->more->on_finding)
		x->more->on_finding(x->ctx, f);
	ack_on_finding(x->ack, f);
}

static void
pass_bytes(void *ctx, size_t n)
{
	const struct ack_scan *x = ctx;

	if (x->more->on_bytes)
		x->more->on_bytes(x->ctx, n);
}

/*
 * Most segments say nothing to an acknowledgement: where the guide is known,
 * the walk tells those that do.
 */
static bool
ack_scan_minds(void *ctx, const struct guide_segment *node)
{
	return ack_minds(((const struct ack_scan *)ctx)->ack, node->tag);
}

static void
ack_scan_on_segment(void *ctx, const struct walk_segment *s)
{
	ack_on_segment(((struct ack_scan *)ctx)->ack, s->segment, s->ordinal);
}

static const struct walk_ops ack_scan_walk_ops = {
	.minds = ack_scan_minds, .strangers = true,
	.on_segment = ack_scan_on_segment,
};

static const struct scan_ops pass_ops = {
	.on_interchange = pass_interchange,
	.on_interchange_end = pass_interchange_end,
	.on_group = pass_group, .on_group_end = pass_group_end,
	.on_set = pass_set, .on_set_end = pass_set_end,
	.on_segment = pass_segment, .on_finding = pass_finding,
	.on_bytes = pass_bytes,
};

struct ack_scan *
ack_scan_new(const struct inspection_settings *checks,
    const struct ack_options *options, const struct ack_ops *ops,
    const struct scan_ops *more, void *ctx)
{
	static const struct scan_ops none;
	struct ack_scan *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->more = more ? more : &none;
	x->ctx = ctx;
	x->ops = pass_ops;
	if (checks->guides && !x->more->on_segment)
		x->ops.on_segment = NULL;
	x->inspection = inspection_new(checks, &x->ops, NULL, x);
	if (x->inspection)
		x->ack = ack_new(inspection_scan(x->inspection), options, ops,
		    ctx);
	if (!x->ack) {
		ack_scan_free(x);
		return NULL;
	}
	if (!x->ops.on_segment)
		walk_add(inspection_walk(x->inspection), &ack_scan_walk_ops,
		    x);
	return x;
}

void
ack_scan_free(struct ack_scan *x)
{
	if (!x)
		return;
	ack_free(x->ack);
	inspection_free(x->inspection);
	free(x);
}

struct scan *
ack_scan_scan(struct ack_scan *x)
{
	return inspection_scan(x->inspection);
}

int
ack_scan_error(const struct ack_scan *x, struct err *e)
{
	int rc = inspection_error(x->inspection, e);

	return rc < 0 ? rc : ack_error(x->ack, e);
}
