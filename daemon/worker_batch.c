/* SPDX-License-Identifier: ISC */
#include "daemon/worker_records.h"

#include "base/io.h"
#include "spool/digest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORDS_BLOCK = 128 * 1024 };

/* ---- reading records ---------------------------------------------------- */

static void
records_end(struct manifest_end *to, enum record_cut_end end)
{
	static const uint8_t framing[] = {
		[RECORD_CUT_EMPTY] = SCAN_EMPTY,
		[RECORD_CUT_INCOMPLETE] = SCAN_INCOMPLETE,
		[RECORD_CUT_BROKEN] = SCAN_BROKEN,
		[RECORD_CUT_COMPLETE] = SCAN_COMPLETE,
	};

	to->framing = framing[end];
}

static int
records_feed(const struct records_text *t, struct record_cut *c,
    char block[static RECORDS_BLOCK], struct manifest_end *end,
    struct err *e)
{
	ssize_t n;
	int rc = 0;

	for (end->size = 0; rc == 0; end->size += (uint64_t)n) {
		n = io_pread(t->in, block, RECORDS_BLOCK, (off_t)end->size,
		    "the file", e);
		if (n <= 0)
			return (int)n;
		if (t->max_bytes && end->size + (uint64_t)n > t->max_bytes)
			return err_set(e, -EFBIG, "the file is larger than "
			    "%" PRIu64 " bytes", t->max_bytes);
		if (t->digest)
			digest_add(t->digest, block, (size_t)n);
		rc = record_cut_feed(c, slice(block, (size_t)n), e);
	}
	return rc;
}

int
records_read(const struct records_text *t, struct manifest_end *end,
    char wrong[static RECORDS_WRONG], struct err *e)
{
	enum record_cut_end is = RECORD_CUT_BROKEN;
	struct record_cut *c;
	char *block;
	int rc = -ENOMEM;

	*wrong = '\0';
	if (t->form == FORM_CSV)
		return table_read(t, end, wrong, e);
	c = record_cut_new(t->form == FORM_JSON ? RECORD_CUT_DOCUMENT :
	    RECORD_CUT_LINES, t->on_record, t->ctx);
	block = malloc(RECORDS_BLOCK);
	if (c && block)
		rc = records_feed(t, c, block, end, e);
	else
		err_set(e, rc, "out of memory to read records");
	if (rc == 0)
		rc = record_cut_finish(c, &is, e);
	if (rc == 0) {
		records_end(end, is);
		slice_copy(slice_str(record_cut_wrong(c)), wrong,
		    RECORDS_WRONG);
	}
	record_cut_free(c);
	free(block);
	return rc;
}

void
records_options(const struct work_request *m,
    struct record_batch_options *o)
{
	const struct work_envelope *v = &m->envelope;

	*o = (struct record_batch_options){
		.isa = { .sender_qualifier = v->sender.qualifier,
		    .sender = v->sender.id,
		    .receiver_qualifier = v->receiver.qualifier,
		    .receiver = v->receiver.id, .date = v->date,
		    .time = v->time, .control = 1,
		    .ack_requested = v->ack_requested, .usage = v->usage },
		.sender = v->gs_sender, .receiver = v->gs_receiver,
		.time = v->time, .group = 1,
		.delimiters = writer_default_delimiters, .suffix = "\n",
		.claims_max = m->limits.set_claims,
		.patient_claims_max = m->limits.patient_claims,
		.lines_max = m->limits.claim_lines,
		.basic = m->limits.basic, .replace = m->limits.replace,
	};
}

/* What is wrong with one shows in the records: they lack it. */
int
records_defaults(const struct work_request *m, struct record_batch *b,
    struct err *e)
{
	struct record_fault fault;
	int rc = 0;

	for (const char *p = m->defaults; *p && rc >= 0;) {
		size_t n = strcspn(p, "\n");

		rc = record_batch_default(b, slice(p, n), &fault, e);
		p += n + (p[n] == '\n');
	}
	return rc < 0 ? rc : 0;
}

/* ---- is it whole? ------------------------------------------------------- */

static int
look_on_record(void *ctx, struct slice record, uint64_t number,
    struct err *e)
{
	(void)ctx;
	(void)record;
	(void)number;
	(void)e;
	return 0;
}

static int
records_write_end(int manifest, const struct manifest_end *end,
    struct err *e)
{
	struct manifest_writer *w = manifest_writer_new(manifest);
	int rc;

	if (!w)
		return err_set(e, -ENOMEM, "out of memory for a manifest");
	manifest_write(w, MANIFEST_END, end);
	rc = manifest_writer_finish(w, e);
	manifest_writer_free(w);
	return rc;
}

int
worker_look(enum work_form form, int in, int manifest, uint64_t max_bytes,
    struct err *e)
{
	struct manifest_end end = { .framing = SCAN_BROKEN };
	char wrong[RECORDS_WRONG];
	int rc = records_read(&(struct records_text){ .form = form, .in = in,
	    .max_bytes = max_bytes, .on_record = look_on_record }, &end,
	    wrong, e);

	return rc < 0 ? rc : records_write_end(manifest, &end, e);
}

/* ---- a batch ------------------------------------------------------------ */

struct making {
	struct record_batch *batch;
	struct digest *digest;
	struct manifest_writer *writer;
	struct manifest_end end;
	int out;
	off_t at;
};

static int
make_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	struct making *k = ctx;

	digest_add(k->digest, bytes.p, bytes.n);
	while (bytes.n > 0) {
		ssize_t n = pwrite(k->out, bytes.p, bytes.n, k->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write a batch");
		k->at += n;
		bytes = slice(bytes.p + n, bytes.n - (size_t)n);
	}
	return 0;
}

static void
make_on_refused(void *ctx, uint64_t line, const struct record_fault *f)
{
	struct making *k = ctx;
	struct manifest_finding m;

	k->end.rejects++;
	records_finding("line", line, f, &m);
	manifest_write(k->writer, MANIFEST_FINDING, &m);
}

static const struct record_batch_ops make_ops = {
	.on_bytes = make_on_bytes, .on_refused = make_on_refused,
};

static int
make_on_record(void *ctx, struct slice record, uint64_t number,
    struct err *e)
{
	return record_batch_line(((struct making *)ctx)->batch, record,
	    number, e);
}

static int
make_all(struct making *k, const struct work_request *m, int in,
    struct err *e)
{
	struct manifest_end text = { .framing = SCAN_BROKEN };
	char wrong[RECORDS_WRONG];
	int rc = records_defaults(m, k->batch, e);

	if (rc == 0)
		rc = records_read(&(struct records_text){
		    .form = FORM_NDJSON, .in = in,
		    .on_record = make_on_record, .ctx = k }, &text, wrong,
		    e);

	if (rc == 0)
		rc = record_batch_finish(k->batch, e);
	if (rc == 0 && ftruncate(k->out, k->at) < 0)
		rc = err_sys(e, "cannot cut a batch");
	digest_end(k->digest, k->end.sha256);
	k->end.framing = text.framing;
	k->end.size = (uint64_t)k->at;
	k->end.records = (uint32_t)record_batch_written(k->batch);
	manifest_write(k->writer, MANIFEST_END, &k->end);
	return rc == 0 ? manifest_writer_finish(k->writer, e) : rc;
}

int
worker_batch(struct worker *w, const struct work_request *m, int in,
    int manifest, int out, struct err *e)
{
	struct making k = { .digest = digest_new(), .out = out,
	    .writer = manifest_writer_new(manifest) };
	struct record_kinds *kinds = worker_kinds(w, e);
	struct record_batch_options o;
	int rc = -ENOMEM;

	records_options(m, &o);
	if (kinds)
		k.batch = record_batch_new(kinds, worker_checks(w), &o,
		    &make_ops, &k);
	if (k.digest && k.writer && k.batch)
		rc = make_all(&k, m, in, e);
	else
		err_set(e, rc, "out of memory for a batch");
	record_batch_free(k.batch);
	manifest_writer_free(k.writer);
	digest_free(k.digest);
	return rc;
}
