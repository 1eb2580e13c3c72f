/* SPDX-License-Identifier: ISC */
#include "daemon/worker.h"

#include "base/io.h"
#include "daemon/duplicate.h"
#include "daemon/inspect.h"
#include "edi/carve.h"

#include <stdlib.h>
#include <unistd.h>

enum { CARVE_BLOCK = 128 * 1024 };

struct carving {
	struct carve *carve;
	struct scan *scan;         /* of pass 2 */
	/* claims that went before */
	uint32_t *take, take_count;
	struct inspect_known *known;   /* where those stand in the bad part */
	uint32_t claims, bad_claims, taken;
	int fd[CARVE_PARTS];
	off_t at[CARVE_PARTS];
	char block[CARVE_BLOCK];
};

/* ---- pass 1: what is condemned ------------------------------------------- */

static void
carving_on_interchange(void *ctx, const struct scan_interchange *i)
{
	carve_on_interchange(((struct carving *)ctx)->carve, i);
}

static void
carving_on_group(void *ctx, const struct scan_group *g)
{
	carve_on_group(((struct carving *)ctx)->carve, g);
}

static void
carving_on_set(void *ctx, const struct scan_set *set)
{
	carve_on_set(((struct carving *)ctx)->carve, set);
}

static void
carving_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	carve_on_segment(((struct carving *)ctx)->carve, s, ordinal);
}

static void
carving_on_finding(void *ctx, const struct finding *f)
{
	carve_on_finding(((struct carving *)ctx)->carve, f);
}

static void
carving_on_set_end(void *ctx, const struct scan_set *set)
{
	carve_on_set_end(((struct carving *)ctx)->carve, set);
}

static const struct scan_ops judge_ops = {
	.on_interchange = carving_on_interchange,
	.on_group = carving_on_group, .on_set = carving_on_set,
	.on_segment = carving_on_segment, .on_finding = carving_on_finding,
	.on_left_out = carving_on_finding,
	.on_set_end = carving_on_set_end,
};

static int
carving_read(struct carving *v, struct scan *s, int in,
    enum scan_framing *framing, struct err *e)
{
	ssize_t n;

	for (off_t at = 0;; at += n) {
		n = io_pread(in, v->block, sizeof(v->block), at, "the file",
		    e);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		scan_feed(s, v->block, (size_t)n);
	}
	*framing = scan_finish(s);
	return 0;
}

static int
carving_judge(struct carving *v, const struct inspection_settings *checks,
    int in, enum carve_verdict *verdict, struct err *e)
{
	struct inspection *x = inspection_new(checks, &judge_ops, NULL, v);
	enum scan_framing framing = SCAN_BROKEN;
	int rc = -ENOMEM;

	v->carve = x ? carve_new(inspection_walk(x)) : NULL;
	if (v->carve && v->take_count > 0)
		carve_take(v->carve, v->take, v->take_count);
	if (v->carve)
		rc = carving_read(v, inspection_scan(x), in, &framing, e);
	else
		err_set(e, rc, "out of memory to take claims apart");
	if (rc == 0)
		rc = inspection_error(x, e);
	if (rc == 0)
		*verdict = framing == SCAN_COMPLETE ?
		    carve_verdict(v->carve) : CARVE_UNSURE;
	inspection_free(x);
	return rc;
}

/* ---- pass 2: both parts ------------------------------------------------- */

/* Which claim of the bad part one that went before has become. */
static void
carving_note_claim(struct carving *v)
{
	const struct scan_set *set = scan_set(v->scan);
	bool bad = carve_went(v->carve, CARVE_BAD);

	if (!set || strcmp(set->id, "837") != 0)
		return;
	v->claims++;
	v->bad_claims += bad;
	if (v->taken < v->take_count && v->take[v->taken] == v->claims) {
		v->known[v->taken].claim = bad ? v->bad_claims : 0;
		v->taken++;
	}
}

static void
carving_on_copy(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct carving *v = ctx;

	carve_write(v->carve, s, ordinal);
	if (s->tag == TAG_CLM)
		carving_note_claim(v);
}

static int
carving_on_bytes(void *ctx, enum carve_part part, struct slice bytes,
    struct err *e)
{
	struct carving *v = ctx;

	while (bytes.n > 0) {
		ssize_t n = pwrite(v->fd[part], bytes.p, bytes.n,
		    v->at[part]);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write claims apart");
		v->at[part] += n;
		bytes = slice(bytes.p + n, bytes.n - (size_t)n);
	}
	return 0;
}

static int
carving_write(struct carving *v, int in, struct err *e)
{
	static const struct scan_ops ops = { .on_segment = carving_on_copy };
	struct scan *s = scan_new(&ops, v);
	enum scan_framing framing;
	int rc;

	if (!s)
		return err_set(e, -ENOMEM,
		    "out of memory to take claims apart");
	v->scan = s;
	carve_begin(v->carve, carving_on_bytes, v);
	rc = carving_read(v, s, in, &framing, e);
	if (rc == 0)
		rc = carve_finish(v->carve, e);
	scan_free(s);
	for (unsigned p = 0; rc == 0 && p < CARVE_PARTS; p++)
		if (ftruncate(v->fd[p], v->at[p]) < 0)
			rc = err_sys(e, "cannot cut claims apart");
	return rc;
}

/* ---- the whole ---------------------------------------------------------- */

/* A manifest that says only that there is nothing to go on. */
static int
carving_refuse(int manifest, struct err *e)
{
	struct manifest_writer *w = manifest_writer_new(manifest);
	struct manifest_end end = { .framing = SCAN_BROKEN, .rejects = 1,
	    .what = "cannot be taken apart" };
	int rc;

	if (!w)
		return err_set(e, -ENOMEM, "out of memory for a manifest");
	manifest_write(w, MANIFEST_END, &end);
	rc = manifest_writer_finish(w, e);
	manifest_writer_free(w);
	return rc;
}

/* The claims that are to be taken out, and room for where they come to be. */
static int
carving_take(struct carving *v, const struct worker_list *list,
    struct err *e)
{
	struct duplicate d;
	uint32_t n = 0;
	int rc = 0;

	v->take = duplicate_rejects(list->fd, list->count, &v->take_count, e);
	if (!v->take)
		return e->code;
	v->known = calloc((size_t)v->take_count + 1, sizeof(*v->known));
	if (!v->known)
		return err_set(e, -ENOMEM, "out of memory for duplicates");
	for (uint32_t i = 0; i < list->count && rc == 0; i++) {
		rc = duplicate_get(list->fd, i, &d, e);
		if (rc == 0 && d.severity == SEVERITY_REJECT)
			v->known[n++].entry = i;
	}
	return rc;
}

static int
carving_inspect(struct carving *v, struct worker *w,
    const struct worker_part *rest, const struct worker_part *bad,
    const struct worker_list *list, uint64_t max_bytes, struct err *e)
{
	const struct inspect_list known = { list->fd, v->known,
	    v->take_count };
	const struct inspect_job of_bad = { .in = bad->bytes,
	    .manifest = bad->manifest, .max_bytes = max_bytes,
	    .checks = worker_checks(w),
	    .known = v->take_count > 0 ? &known : NULL };
	int rc = worker_inspect(w, rest->bytes, rest->manifest, 0, e);

	return rc < 0 ? rc : inspect_run(&of_bad, e);
}

int
worker_carve(struct worker *w, int in, const struct worker_part *rest,
    const struct worker_part *bad, const struct worker_list *duplicates,
    uint64_t max_bytes, struct err *e)
{
	struct carving *v = calloc(1, sizeof(*v));
	enum carve_verdict verdict = CARVE_UNSURE;
	int rc = 0;

	if (!v)
		return err_set(e, -ENOMEM,
		    "out of memory to take claims apart");
	v->fd[CARVE_REST] = rest->bytes;
	v->fd[CARVE_BAD] = bad->bytes;
	if (duplicates->count > 0)
		rc = carving_take(v, duplicates, e);
	if (rc == 0)
		rc = carving_judge(v, worker_checks(w), in, &verdict, e);
	if (rc == 0 && verdict == CARVE_SPLIT)
		rc = carving_write(v, in, e);
	if (rc == 0)
		rc = verdict == CARVE_SPLIT ? carving_inspect(v, w, rest, bad,
		    duplicates, max_bytes, e) :
		    carving_refuse(rest->manifest, e);
	carve_free(v->carve);
	free(v->known);
	free(v->take);
	free(v);
	return rc;
}
