/* SPDX-License-Identifier: ISC */
#include "daemon/worker_records.h"

#include "base/io.h"
#include "daemon/duplicate.h"
#include "daemon/inspect.h"
#include "edi/record/batch.h"
#include "spool/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORDS_MAX = 1000000 };       /* of a file */

/* A record that cannot be written, and why. */
struct refused {
	uint64_t number, next;        /* and that of the record after it */
	struct manifest_finding *why; /* NULL: there were too many to keep */
};

enum { GOOD, BAD, PARTS };

struct sorting {
	const char *unit;
	uint8_t form;
	struct record_kinds *kinds;
	struct record_batch *batch;
	struct inspection *x12;       /* of what the batch writes: its index */
	struct digest *digest;
	struct manifest_writer *writer;
	struct places *places;
	struct worker_list before;    /* claims that went before, .. */
	uint32_t next_before;         /* .. by record, and the next one */
	struct manifest_end end;
	char type[8];                 /* of the first record */
	struct refused *refused;      /* in the order of their numbers, later */
	uint32_t count, cap, told;
	uint64_t records;
	int failed;                   /* negative: the world's fault */
	struct err error;
	/* the second pass */
	uint32_t at;                  /* the next refused one */
	int fd[PARTS];
	off_t offset[PARTS];
	struct buf text[PARTS];
};

static const char *const units[WORK_FORMS] = { [FORM_JSON] = "record",
	[FORM_NDJSON] = "line", [FORM_CSV] = "row" };

static void
sort_fail(struct sorting *s)
{
	s->failed = err_set(&s->error, -ENOMEM, "out of memory for records");
}

/* ---- the X12 that comes of records -------------------------------------- */

static void
sort_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct sorting *s = ctx;

	s->end.interchanges++;
	manifest_write(s->writer, MANIFEST_INTERCHANGE, i);
}

static void
sort_on_group(void *ctx, const struct scan_group *g)
{
	struct sorting *s = ctx;
	struct manifest_group m = { .interchange = 1, .group = *g };

	s->end.groups++;
	manifest_write(s->writer, MANIFEST_GROUP, &m);
}

static void
sort_on_set(void *ctx, const struct scan_set *set)
{
	(void)set;
	((struct sorting *)ctx)->end.sets++;
}

/* HL03: 20 is a billing provider, or who asks. */
static void
sort_on_segment(void *ctx, const struct segment *g, uint32_t ordinal)
{
	struct sorting *s = ctx;

	(void)ordinal;
	if (g->tag == TAG_HL &&
	    slice_is(segment_element(g, 3), "20"))
		s->end.providers++;
}

static void
sort_on_index(void *ctx, const struct index_record *r)
{
	struct sorting *s = ctx;

	if (r->kind == INDEX_CLAIM) {
		s->end.claims++;
		s->end.charge += r->amount;
	}
	if (!places_add(s->places, r))
		sort_fail(s);
}

static const struct scan_ops sort_ops = {
	.on_interchange_end = sort_on_interchange,
	.on_group_end = sort_on_group, .on_set_end = sort_on_set,
	.on_segment = sort_on_segment,
};

static int
sort_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	struct sorting *s = ctx;

	(void)e;
	places_flush(s->places);      /* of the sets before */
	scan_feed(inspection_scan(s->x12), bytes.p, bytes.n);
	return 0;
}

/* ---- what is refused ---------------------------------------------------- */

void
records_finding(const char *unit, uint64_t number,
    const struct record_fault *f, struct manifest_finding *to)
{
	*to = (struct manifest_finding){ .severity = SEVERITY_REJECT,
	    .snip = 2, .record = number };
	slice_copy(slice_str(f->name ? f->name : "record_refused"), to->name,
	    sizeof(to->name));
	slice_copy(slice_str(f->text), to->text, sizeof(to->text));
	slice_copy(slice_str(f->field), to->field, sizeof(to->field));
	slice_copy(slice_str(unit), to->unit, sizeof(to->unit));
}

static struct refused *
sort_refused_room(struct sorting *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : 64;
	void *more;

	if (s->count < s->cap)
		return &s->refused[s->count++];
	more = reallocarray(s->refused, cap, sizeof(*s->refused));
	if (!more)
		return NULL;
	s->refused = more;
	s->cap = cap;
	return &s->refused[s->count++];
}

static void
sort_on_refused(void *ctx, uint64_t number, const struct record_fault *f)
{
	struct sorting *s = ctx;
	struct refused *r = sort_refused_room(s);

	s->end.rejects++;
	if (!r) {
		sort_fail(s);
		return;
	}
	*r = (struct refused){ .number = number, .next = UINT64_MAX };
	if (s->told == INSPECT_FINDINGS) {
		s->end.findings_left_out++;
		return;
	}
	r->why = malloc(sizeof(*r->why));
	if (!r->why) {
		sort_fail(s);
		return;
	}
	s->told++;
	records_finding(s->unit, number, f, r->why);
	manifest_write(s->writer, MANIFEST_FINDING, r->why);
}

/* A row: which rows are its claim's is not known any more. */
static void
sort_on_refused_row(void *ctx, uint64_t row, const struct record_fault *f)
{
	((struct sorting *)ctx)->end.whole = 1;
	sort_on_refused(ctx, row, f);
}

static void
sort_on_written(void *ctx, const struct record_written *w)
{
	struct sorting *s = ctx;

	if (!places_tell(s->places, w->id, w->line))
		sort_fail(s);
}

static const struct record_batch_ops sort_batch_ops = {
	.on_bytes = sort_on_bytes, .on_refused = sort_on_refused,
	.on_written = sort_on_written,
};

static int
refused_compare(const void *a, const void *b)
{
	const struct refused *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* ---- the first pass: try them ------------------------------------------- */

/* One kind a file: a batch is of one kind, and a file is in one batch. */
static bool
sort_kind(struct sorting *s, struct slice record, uint64_t number)
{
	struct slice type = record_read_type(record);
	struct record_fault f = { .field = "type", .text = "another kind of "
	    "record than the first of the file: put each kind into a file of "
	    "its own" };

	if (!s->type[0])
		slice_copy(type, s->type, sizeof(s->type));
	if (type.n == 0 || slice_is(type, s->type))
		return true;
	sort_on_refused(s, number, &f);
	return false;
}

/* Of the list, those that reject, in the order of their records. */
static int
sort_before(struct sorting *s, uint64_t number, bool *before, struct err *e)
{
	struct record_fault f = { .field = "claim.id" };
	struct duplicate d;
	struct finding found;
	int rc;

	*before = false;
	while (s->next_before < s->before.count) {
		rc = duplicate_get(s->before.fd, s->next_before, &d, e);
		if (rc < 0)
			return rc == -ENOENT ? err_set(e, -EBADMSG,
			    "a list of duplicates is cut short") : rc;
		if (d.record > number)
			return 0;
		s->next_before++;
		if (d.record != number || d.severity != SEVERITY_REJECT)
			continue;
		found = duplicate_finding(&d);
		f.name = found.def->name;
		snprintf(f.text, sizeof(f.text), "%s (%s)", found.def->text,
		    d.detail);
		sort_on_refused(s, number, &f);
		*before = true;
		return 0;
	}
	return 0;
}

static int
sort_on_record(void *ctx, struct slice record, uint64_t number,
    struct err *e)
{
	struct sorting *s = ctx;
	bool before;
	int rc;

	if (s->failed) {
		*e = s->error;
		return s->failed;
	}
	if (++s->records > RECORDS_MAX)
		return 0;
	rc = sort_before(s, number, &before, e);
	if (rc < 0 || before)
		return rc;
	return sort_kind(s, record, number) ?
	    record_batch_line(s->batch, record, number, e) : 0;
}

/* Of the text as a whole: what it says may name a column, so it is told in
   the report, where the file itself stands. */
static void
sort_broken(struct sorting *s, const char *wrong)
{
	struct record_fault f = { .name = "not_records" };
	struct manifest_finding m;

	snprintf(f.text, sizeof(f.text), "%s", wrong);
	records_finding("", 0, &f, &m);
	manifest_write(s->writer, MANIFEST_FINDING, &m);
}

static int
sort_judge(struct sorting *s, const struct work_request *m, int in,
    struct err *e)
{
	char wrong[RECORDS_WRONG];
	int rc = records_read(&(struct records_text){ .form = m->form,
	    .in = in, .max_bytes = m->max_bytes, .digest = s->digest,
	    .on_record = sort_on_record, .kinds = s->kinds,
	    .on_refused = sort_on_refused_row, .ctx = s }, &s->end, wrong,
	    e);

	digest_end(s->digest, s->end.sha256);
	if (rc == 0 && s->records > RECORDS_MAX) {
		s->end.framing = SCAN_BROKEN;
		slice_copy(SLICE_LIT("too many records: split it"),
		    s->end.what, sizeof(s->end.what));
	}
	if (rc == 0 && *wrong)
		sort_broken(s, wrong);
	if (rc < 0 || s->end.framing != SCAN_COMPLETE)
		return rc;
	rc = record_batch_finish(s->batch, e);
	if (rc == 0) {
		scan_finish(inspection_scan(s->x12));
		places_flush(s->places);
	}
	if (rc == 0 && s->failed) {
		*e = s->error;
		return s->failed;
	}
	s->end.records = (uint32_t)record_batch_written(s->batch);
	return rc == 0 ? inspection_error(s->x12, e) : rc;
}

/* ---- the second pass: part them ----------------------------------------- */

static int
sort_flush(struct sorting *s, unsigned part, struct err *e)
{
	struct buf *b = &s->text[part];
	size_t done = 0;

	while (done < b->n) {
		ssize_t n = pwrite(s->fd[part], b->p + done, b->n - done,
		    s->offset[part]);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write records");
		done += (size_t)n;
		s->offset[part] += n;
	}
	if (part == BAD)
		digest_add(s->digest, b->p, b->n);
	buf_reset(b);
	return 0;
}

static int
sort_on_part(void *ctx, struct slice record, uint64_t number, struct err *e)
{
	struct sorting *s = ctx;
	bool bad = s->at < s->count && s->refused[s->at].number == number;
	struct buf *b = &s->text[bad ? BAD : GOOD];

	if (s->at > 0 && s->refused[s->at - 1].next == UINT64_MAX)
		s->refused[s->at - 1].next = number;
	s->at += bad;
	if (bad && s->form == FORM_CSV)
		return 0;             /* its rows are parted */
	if (b->n + record.n + 1 > RECORDS_TEXT) {
		int rc = sort_flush(s, bad ? BAD : GOOD, e);

		if (rc < 0)
			return rc;
	}
	if (!buf_add_slice(b, record) || !buf_add_char(b, '\n'))
		return err_set(e, -ENOMEM, "out of memory for records");
	return 0;
}

static int
sort_flush_bad(void *ctx, struct err *e)
{
	return sort_flush(ctx, BAD, e);
}

/* The refused claims of a table, as a table. */
static int
sort_rows(struct sorting *s, int in, struct err *e)
{
	struct table_claim *at = calloc(s->count, sizeof(*at));
	int rc;

	if (!at)
		return err_set(e, -ENOMEM, "out of memory for records");
	for (uint32_t i = 0; i < s->count; i++)
		at[i] = (struct table_claim){ s->refused[i].number,
		    s->refused[i].next, 0 };
	rc = table_part(in, at, s->count, &s->text[BAD], sort_flush_bad, s,
	    e);
	for (uint32_t i = 0; i < s->count; i++)
		s->refused[i].next = at[i].row;
	free(at);
	return rc;
}

static int
sort_part(struct sorting *s, const struct work_request *m, int in,
    struct err *e)
{
	struct manifest_end again;
	char wrong[RECORDS_WRONG];
	int rc;

	if (s->count > 0)
		qsort(s->refused, s->count, sizeof(*s->refused),
		    refused_compare);
	rc = records_read(&(struct records_text){ .form = m->form, .in = in,
	    .on_record = sort_on_part, .kinds = s->kinds, .ctx = s }, &again,
	    wrong, e);
	if (rc == 0 && s->form == FORM_CSV && s->count > 0)
		rc = sort_rows(s, in, e);
	for (unsigned p = 0; rc == 0 && p < PARTS; p++) {
		rc = sort_flush(s, p, e);
		if (rc == 0 && ftruncate(s->fd[p], s->offset[p]) < 0)
			rc = err_sys(e, "cannot cut records");
	}
	return rc;
}

/* Of the bad ones: places are lines of their own file. */
static int
sort_bad_manifest(struct sorting *s, int fd, struct err *e)
{
	struct manifest_writer *w = manifest_writer_new(fd);
	struct manifest_end end = { .framing = SCAN_COMPLETE,
	    .size = (uint64_t)s->offset[BAD], .records = s->count,
	    .claims = s->count, .rejects = s->count,
	    .findings_left_out = s->end.findings_left_out };
	int rc;

	if (!w)
		return err_set(e, -ENOMEM, "out of memory for a manifest");
	digest_end(s->digest, end.sha256);
	for (uint32_t i = 0; i < s->count; i++) {
		struct manifest_finding *f = s->refused[i].why;

		if (!f)
			continue;
		snprintf(f->detail, sizeof(f->detail), "%s %" PRIu64 " of "
		    "the dropped file", s->unit, f->record);
		f->record = s->form == FORM_CSV ? s->refused[i].next : i + 1;
		if (s->form != FORM_CSV)
			slice_copy(SLICE_LIT("line"), f->unit,
			    sizeof(f->unit));
		manifest_write(w, MANIFEST_FINDING, f);
	}
	manifest_write(w, MANIFEST_END, &end);
	rc = manifest_writer_finish(w, e);
	manifest_writer_free(w);
	return rc;
}

/* ---- all of it ---------------------------------------------------------- */

static bool
sort_begin(struct sorting *s, struct worker *w,
    const struct record_batch_options *o, int manifest, struct err *e)
{
	static const struct inspection_settings index_only;
	struct record_kinds *k = s->kinds = worker_kinds(w, e);

	for (unsigned p = 0; p < PARTS; p++)
		buf_init(&s->text[p], RECORD_CUT_MAX + RECORDS_TEXT);
	s->digest = digest_new();
	s->writer = manifest_writer_new(manifest);
	s->places = places_new(s->writer);
	s->x12 = inspection_new(&index_only, &sort_ops, sort_on_index, s);
	if (k)
		s->batch = record_batch_new(k, worker_checks(w), o,
		    &sort_batch_ops, s);
	if (!s->digest || !s->writer || !s->places || !s->x12 || !s->batch) {
		err_set(e, -ENOMEM, "out of memory for records");
		return false;
	}
	index_want(inspection_index(s->x12), ~(1u << INDEX_LINE));
	index_want_digests(inspection_index(s->x12));
	return true;
}

static void
sort_free(struct sorting *s)
{
	for (unsigned p = 0; p < PARTS; p++)
		buf_free(&s->text[p]);
	for (uint32_t i = 0; i < s->count; i++)
		free(s->refused[i].why);
	free(s->refused);
	record_batch_free(s->batch);
	inspection_free(s->x12);
	places_free(s->places);
	digest_free(s->digest);
	manifest_writer_free(s->writer);
	free(s);
}

int
worker_records(struct worker *w, const struct work_request *m, int in,
    int manifest, int good, const struct worker_part *bad,
    const struct worker_list *before, struct err *e)
{
	struct record_batch_options o;
	struct sorting *s = calloc(1, sizeof(*s));
	int rc = -ENOMEM;

	if (!s)
		return err_set(e, rc, "out of memory for records");
	s->unit = units[m->form];
	s->form = m->form;
	s->before = *before;
	s->fd[GOOD] = good;
	s->fd[BAD] = bad->bytes;
	records_options(m, &o);
	if (sort_begin(s, w, &o, manifest, e))
		rc = records_defaults(m, s->batch, e);
	if (rc == 0)
		rc = sort_judge(s, m, in, e);
	if (rc == 0 && s->end.framing == SCAN_COMPLETE && !s->end.whole)
		rc = sort_part(s, m, in, e);
	if (rc == 0)
		rc = sort_bad_manifest(s, bad->manifest, e);
	if (rc == 0) {
		manifest_write(s->writer, MANIFEST_END, &s->end);
		rc = manifest_writer_finish(s->writer, e);
	}
	sort_free(s);
	return rc;
}
