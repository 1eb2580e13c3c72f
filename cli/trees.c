/* SPDX-License-Identifier: ISC */
#include "cli/trees.h"

#include "cli/patch.h"
#include "cli/progress.h"

#include <inttypes.h>

struct reading {
	struct walk *walk;
	struct progress progress;
	uint64_t rejects;
};

static void
trees_on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct reading *)ctx)->walk, s);
}

static void
trees_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct reading *)ctx)->walk, s, ordinal);
}

static void
trees_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct reading *)ctx)->walk, s);
}

static void
trees_on_finding(void *ctx, const struct finding *f)
{
	((struct reading *)ctx)->rejects += f->severity == SEVERITY_REJECT;
}

static void
trees_on_bytes(void *ctx, size_t n)
{
	progress_add(&((struct reading *)ctx)->progress, n);
}

static const struct scan_ops trees_ops = {
	.on_set = trees_on_set,
	.on_segment = trees_on_segment,
	.on_set_end = trees_on_set_end,
	.on_finding = trees_on_finding,
	.on_bytes = trees_on_bytes,
};

int
trees_open(struct trees *t, struct err *e)
{
	t->guides = guides_new();
	t->kinds = t->guides ? record_kinds_new(t->guides) : NULL;
	return t->kinds ? 0 : err_set(e, -ENOMEM, "out of memory");
}

void
trees_close(struct trees *t)
{
	record_kinds_free(t->kinds);
	guides_free(t->guides);
}

static int
trees_scan(struct trees *t, struct input *in, record_out_whole *on_tree,
    void *ctx, struct trees_result *r, struct err *e)
{
	struct reading x = { .rejects = 0 };
	struct scan *s = scan_new(&trees_ops, &x);
	struct record_out *o = NULL;
	struct record_out_counts n;
	int rc;

	x.walk = s ? walk_new(s, t->guides, NULL) : NULL;
	o = x.walk ? record_out_wholes(s, x.walk, t->kinds, on_tree, ctx) :
	    NULL;
	if (!o) {
		rc = err_set(e, -ENOMEM, "out of memory");
	} else {
		progress_begin(&x.progress, in->name, in->size);
		rc = scan_fd(s, in->fd, in->name, &r->framing, e);
		progress_end(&x.progress);
		if (rc == 0)
			rc = record_out_error(o, e);
		n = record_out_counts(o);
		*r = (struct trees_result){ r->framing, x.rejects, n.skipped,
			n.others, n.records };
	}
	record_out_free(o);
	walk_free(x.walk);
	scan_free(s);
	return rc;
}

int
trees_read(struct trees *t, const char *file, record_out_whole *on_tree,
    void *ctx, struct trees_result *r, struct err *e)
{
	struct input in;
	int rc = input_open(&in, file, e);

	*r = (struct trees_result){ .framing = SCAN_EMPTY };
	if (rc < 0)
		return rc;
	rc = trees_scan(t, &in, on_tree, ctx, r, e);
	input_close(&in);
	return rc;
}

int
trees_say(const char *file, const struct trees_result *r)
{
	bool well = patch_say(file, r->framing, r->rejects);

	if (r->others > 0)
		fprintf(stderr, "%s: %" PRIu64 " segments have no name in "
		    "their record and were left out (`x12 to-json --claims` "
		    "has them)\n", file, r->others);
	return well ? EXIT_DONE : EXIT_REJECTED;
}
