/* SPDX-License-Identifier: ISC */
#include "edi/inspection.h"
#include "edi/validate.h"
#include "edi/validate/cob.h"
#include "edi/validate/codes.h"

#include <stdlib.h>

struct inspection {
	const struct scan_ops *ops;
	struct scan_ops heard;           /* of the scan */
	void (*on_record)(void *ctx, const struct index_record *r);
	void *ctx;
	struct scan *scan;
	struct index *index;
	struct walk *walk;
	struct validator *validator;
	struct cob_checker *cob;
	struct rule_checker *rules;
	struct code_checker *codes;
};

/* ---- events of the scan: the layers first, then the owner --------------- */

static void
inspection_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct inspection *x = ctx;

	if (x->ops->on_interchange)
		x->ops->on_interchange(x->ctx, i);
}

static void
inspection_on_interchange_end(void *ctx, const struct scan_interchange *i)
{
	struct inspection *x = ctx;

	if (x->ops->on_interchange_end)
		x->ops->on_interchange_end(x->ctx, i);
}

static void
inspection_on_group(void *ctx, const struct scan_group *g)
{
	struct inspection *x = ctx;

	if (x->ops->on_group)
		x->ops->on_group(x->ctx, g);
}

static void
inspection_on_group_end(void *ctx, const struct scan_group *g)
{
	struct inspection *x = ctx;

	if (x->ops->on_group_end)
		x->ops->on_group_end(x->ctx, g);
}

static void
inspection_on_set(void *ctx, const struct scan_set *s)
{
	struct inspection *x = ctx;

	if (x->ops->on_set)
		x->ops->on_set(x->ctx, s);
	if (x->walk)
		walk_on_set(x->walk, s);
}

static void
inspection_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct inspection *x = ctx;

	if (x->index)
		index_on_segment(x->index, s, ordinal);
	if (x->walk)
		walk_on_segment(x->walk, s, ordinal);
	if (x->ops->on_segment)
		x->ops->on_segment(x->ctx, s, ordinal);
}

/* The same when nobody else listens: `x12 validate`, `x12 ack`. */
static void
inspection_walk_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct inspection *)ctx)->walk, s, ordinal);
}

static void
inspection_on_set_end(void *ctx, const struct scan_set *s)
{
	struct inspection *x = ctx;

	if (x->index)
		index_on_set_end(x->index, s);
	if (x->walk)
		walk_on_set_end(x->walk, s);
	if (x->ops->on_set_end)
		x->ops->on_set_end(x->ctx, s);
}

static void
inspection_on_finding(void *ctx, const struct finding *f)
{
	struct inspection *x = ctx;

	if (x->ops->on_finding)
		x->ops->on_finding(x->ctx, f);
}

static void
inspection_on_left_out(void *ctx, const struct finding *f)
{
	struct inspection *x = ctx;

	if (x->ops->on_left_out)
		x->ops->on_left_out(x->ctx, f);
}

static void
inspection_on_bytes(void *ctx, size_t n)
{
	struct inspection *x = ctx;

	if (x->ops->on_bytes)
		x->ops->on_bytes(x->ctx, n);
}

static const struct scan_ops inspection_ops = {
	.on_interchange = inspection_on_interchange,
	.on_interchange_end = inspection_on_interchange_end,
	.on_group = inspection_on_group,
	.on_group_end = inspection_on_group_end,
	.on_set = inspection_on_set,
	.on_set_end = inspection_on_set_end,
	.on_segment = inspection_on_segment,
	.on_finding = inspection_on_finding,
	.on_left_out = inspection_on_left_out,
	.on_bytes = inspection_on_bytes,
};

static void
inspection_on_record(void *ctx, const struct index_record *r)
{
	struct inspection *x = ctx;

	x->on_record(x->ctx, r);
}

/* ---- making ------------------------------------------------------------- */

/* Types 1 and 2 first, then what leans on a sound structure. */
static bool
inspection_layers(struct inspection *x,
    const struct inspection_settings *settings)
{
	struct walk_settings walk = {
		.snip = settings->snip ? settings->snip : INSPECTION_SNIP_ALL,
	};

	if (!settings->guides)
		return true;
	x->walk = walk_new(x->scan, settings->guides, &walk);
	if (!x->walk || !(x->validator = validator_new(x->walk)))
		return false;
	if ((walk.snip & 1u << 3) && !(x->cob = cob_checker_new(x->walk)))
		return false;
	if (settings->rules && (walk.snip & INSPECTION_SNIP_RULES) &&
	    !(x->rules = rule_checker_new(x->walk,
	    settings->rules, walk.snip, settings->today)))
		return false;
	return !settings->codes || !(walk.snip & 1u << 5) ||
	    (x->codes = code_checker_new(x->walk, settings->codes)) != NULL;
}

struct inspection *
inspection_new(const struct inspection_settings *settings,
    const struct scan_ops *ops, void (*on_record)(void *ctx,
    const struct index_record *r), void *ctx)
{
	struct inspection *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->ops = ops;
	x->on_record = on_record;
	x->ctx = ctx;
	x->heard = inspection_ops;
	x->scan = scan_new(&x->heard, x);
	if (x->scan)
		scan_set_severities(x->scan, settings->severities,
		    settings->severity_count);
	if (x->scan && on_record)
		x->index = index_new(x->scan,
		    (struct index_sink){ inspection_on_record, x });
	if (!x->scan || (on_record && !x->index) ||
	    !inspection_layers(x, settings)) {
		inspection_free(x);
		return NULL;
	}
	if (x->walk && !x->index && !ops->on_segment)
		x->heard.on_segment = inspection_walk_segment;
	return x;
}

void
inspection_free(struct inspection *x)
{
	if (!x)
		return;
	code_checker_free(x->codes);
	rule_checker_free(x->rules);
	cob_checker_free(x->cob);
	validator_free(x->validator);
	walk_free(x->walk);
	index_free(x->index);
	scan_free(x->scan);
	free(x);
}

struct scan *
inspection_scan(struct inspection *x)
{
	return x->scan;
}

struct index *
inspection_index(struct inspection *x)
{
	return x->index;
}

struct walk *
inspection_walk(struct inspection *x)
{
	return x->walk;
}

int
inspection_error(const struct inspection *x, struct err *e)
{
	int rc = x->rules ? rule_checker_error(x->rules, e) : 0;

	if (rc == 0 && x->codes && code_checker_failed(x->codes))
		rc = err_set(e, -ENOMEM, "no memory to check the codes");
	return rc;
}
