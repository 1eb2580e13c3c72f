/* SPDX-License-Identifier: ISC */
#include "daemon/inspect.h"

#include "base/io.h"
#include "daemon/duplicate.h"
#include "daemon/sniff.h"
#include "spool/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { INSPECT_BLOCK = 128 * 1024 };

struct inspect {
	const struct inspect_job *job;
	struct inspection *inspection;
	struct scan *scan;             /* the inspection's */
	struct digest *digest;
	struct manifest_writer *writer;
	struct manifest_end end;
	uint32_t records, findings, sets;
	uint32_t claims, known;        /* seen, and told of from the list */
	struct err error;              /* of the list */
	char block[INSPECT_BLOCK];
};

/* ---- callbacks of the scan ---------------------------------------------- */

static void
inspect_on_interchange_end(void *ctx, const struct scan_interchange *i)
{
	struct inspect *x = ctx;

	x->end.interchanges++;
	manifest_write(x->writer, MANIFEST_INTERCHANGE, i);
}

static void
inspect_on_group_end(void *ctx, const struct scan_group *g)
{
	struct inspect *x = ctx;
	const struct scan_interchange *i = scan_interchange(x->scan);
	struct manifest_group m = { .group = *g };

	m.interchange = i ? i->ordinal : 0;
	x->end.groups++;
	manifest_write(x->writer, MANIFEST_GROUP, &m);
}

static void
inspect_on_set_end(void *ctx, const struct scan_set *set)
{
	struct inspect *x = ctx;

	(void)set;
	x->end.sets++;
}

void
inspect_finding(const struct finding *f, struct manifest_finding *to)
{
	*to = (struct manifest_finding){
		.snip = f->def->snip, .severity = f->severity,
		.offset = f->offset, .interchange = f->interchange,
		.group = f->group, .segment = f->segment, .claim = f->claim,
		.interchange_ordinal = f->interchange_ordinal,
	};
	slice_copy(slice_str(f->def->name), to->name, sizeof(to->name));
	slice_copy(slice_str(f->def->text), to->text, sizeof(to->text));
	if (f->def->example)
		slice_copy(slice_str(f->def->example), to->example,
		    sizeof(to->example));
	slice_copy(slice_str(f->detail), to->detail, sizeof(to->detail));
	slice_copy(slice_str(f->set), to->set, sizeof(to->set));
	slice_copy(slice_str(f->id), to->id, sizeof(to->id));
	slice_copy(slice_str(f->loop), to->loop, sizeof(to->loop));
	finding_ack_text(&f->def->ack, to->ack, sizeof(to->ack));
	finding_element_text(f, to->element, sizeof(to->element));
}

static void
inspect_on_finding(void *ctx, const struct finding *f)
{
	struct inspect *x = ctx;
	struct manifest_finding m;

	if (f->severity == SEVERITY_OFF)
		return;
	if (f->severity == SEVERITY_REJECT)
		x->end.rejects++;
	else
		x->end.warnings++;
	if (x->findings == INSPECT_FINDINGS) {
		x->end.findings_left_out++;
		return;
	}
	x->findings++;
	inspect_finding(f, &m);
	manifest_write(x->writer, MANIFEST_FINDING, &m);
}

/* The new interchange's own BHT03 is in reference; add the clerk's. */
static void
inspect_add_origin(struct inspect *x, struct index_record *r)
{
	const struct inspect_origin *o = x->job->origin;

	if (o && x->sets < o->count)
		slice_copy(slice_str(o->reference[x->sets]), r->trace,
		    sizeof(r->trace));
	x->sets++;
}

static void
inspect_on_record(void *ctx, const struct index_record *r)
{
	struct inspect *x = ctx;
	struct index_record copy = *r;

	if (r->kind == INDEX_CLAIM)
		x->end.claims++;
	if (r->kind == INDEX_SET)
		inspect_add_origin(x, &copy);
	if (x->records == INSPECT_RECORDS)
		return;
	x->records++;
	manifest_write(x->writer, MANIFEST_RECORD, &copy);
}

/* A claim that went before, where it stands now. */
static void
inspect_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct inspect *x = ctx;
	const struct inspect_list *l = x->job->known;
	const struct scan_set *set = scan_set(x->scan);
	struct duplicate d;
	struct finding f;

	if (s->tag != TAG_CLM || !set ||
	    strcmp(set->id, "837") != 0)
		return;
	x->claims++;
	if (x->known == l->count || l->at[x->known].claim != x->claims ||
	    x->error.code < 0)
		return;
	if (duplicate_get(l->fd, l->at[x->known++].entry, &d,
	    &x->error) < 0) {
		if (x->error.code == 0)
			err_set(&x->error, -EBADMSG,
			    "a list of duplicates is cut short");
		return;
	}
	f = duplicate_finding(&d);
	f.segment = ordinal;
	f.offset = s->offset;
	if (inspection_walk(x->inspection))
		f.claim = walk_claim(inspection_walk(x->inspection));
	scan_report(x->scan, f.def, &f);
}

static const struct scan_ops inspect_ops = {
	.on_interchange_end = inspect_on_interchange_end,
	.on_group_end = inspect_on_group_end,
	.on_set_end = inspect_on_set_end,
	.on_finding = inspect_on_finding,
};

static const struct scan_ops inspect_ops_known = {
	.on_interchange_end = inspect_on_interchange_end,
	.on_group_end = inspect_on_group_end,
	.on_set_end = inspect_on_set_end,
	.on_segment = inspect_on_segment,
	.on_finding = inspect_on_finding,
};

/* ---- the pass ----------------------------------------------------------- */

static void
inspect_sniff(struct inspect *x, size_t n)
{
	struct sniff is = sniff_file(slice(x->block,
	    n < SNIFF_BYTES ? n : SNIFF_BYTES));

	slice_copy(slice_str(is.what), x->end.what, sizeof(x->end.what));
	x->end.compressed = is.packed;
}

static int
inspect_read(struct inspect *x, struct err *e)
{
	const struct inspect_job *job = x->job;
	ssize_t n;

	for (uint64_t at = 0;; at += (uint64_t)n) {
		n = io_pread(job->in, x->block, sizeof(x->block), (off_t)at,
		    "the file", e);
		if (n < 0)
			return (int)n;
		if (at == 0)
			inspect_sniff(x, (size_t)n);
		if (n == 0)
			return 0;
		if (job->max_bytes && at + (uint64_t)n > job->max_bytes)
			return err_set(e, -EFBIG,
			    "the file is larger than %" PRIu64 " bytes",
			    job->max_bytes);
		x->end.size += (uint64_t)n;
		digest_add(x->digest, x->block, (size_t)n);
		scan_feed(x->scan, x->block, (size_t)n);
	}
}

static void
inspect_conclude(struct inspect *x)
{
	x->end.framing = (uint8_t)scan_finish(x->scan);
	digest_end(x->digest, x->end.sha256);
	if (x->records == INSPECT_RECORDS) {
		x->end.framing = SCAN_BROKEN;
		slice_copy(SLICE_LIT("too many claims: split it"),
		    x->end.what, sizeof(x->end.what));
	}
	manifest_write(x->writer, MANIFEST_END, &x->end);
}

static void
inspect_free(struct inspect *x)
{
	inspection_free(x->inspection);
	digest_free(x->digest);
	manifest_writer_free(x->writer);
	free(x);
}

static struct inspect *
inspect_new(const struct inspect_job *job)
{
	static const struct inspection_settings envelope_only;
	struct inspect *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->job = job;
	x->inspection = inspection_new(job->checks ? job->checks :
	    &envelope_only, job->known ? &inspect_ops_known : &inspect_ops,
	    inspect_on_record, x);
	if (x->inspection) {
		x->scan = inspection_scan(x->inspection);
		/* The store keeps no service lines: most of the records. */
		index_want(inspection_index(x->inspection),
		    ~(1u << INDEX_LINE));
		index_want_digests(inspection_index(x->inspection));
	}
	x->digest = digest_new();
	x->writer = manifest_writer_new(job->manifest);
	if (x->inspection && x->digest && x->writer)
		return x;
	inspect_free(x);
	return NULL;
}

int
inspect_run(const struct inspect_job *job, struct err *e)
{
	struct inspect *x = inspect_new(job);
	int rc;

	if (!x)
		return err_set(e, -ENOMEM, "out of memory to check a file");
	rc = inspect_read(x, e);
	if (rc == 0) {
		inspect_conclude(x);
		rc = inspection_error(x->inspection, e);
	}
	if (rc == 0 && x->error.code < 0) {
		*e = x->error;
		rc = e->code;
	}
	if (rc == 0)
		rc = manifest_writer_finish(x->writer, e);
	inspect_free(x);
	return rc;
}
