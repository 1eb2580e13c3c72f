/* SPDX-License-Identifier: ISC */
#include "daemon/worker.h"

#include "base/io.h"
#include "daemon/inspect.h"
#include "edi/reader.h"
#include "edi/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ENVELOPE_BLOCK = 128 * 1024,
	ENVELOPE_FLUSH = 64 * 1024,
	ENVELOPE_SETS = 1000000,    /* more in one interchange is refused */
	ISA_ELEMENTS = 16,
};

enum envelope_place { OUTSIDE, IN_INTERCHANGE, IN_GROUP, IN_SET, AFTER };

struct envelope {
	const struct work_envelope *env;
	struct scan *scan;
	struct writer writer;
	struct buf text;                  /* written, not yet in out */
	int out;
	off_t at;                         /* bytes in out */
	int failed;                       /* negative: the world's fault */
	struct err error;
	enum envelope_place place;        /* what is open */
	uint32_t groups, sets;
	char (*reference)[INDEX_ID];      /* the clerk's BHT03, set by set */
	uint32_t reference_room;
	struct manifest_finding refused;  /* severity: 0 when it is not */
	char block[ENVELOPE_BLOCK];
};

static int
envelope_fail(struct envelope *v, int code, const char *why)
{
	if (!v->failed)
		v->failed = err_set(&v->error, code, "%s", why);
	return v->failed;
}

/* ---- output ------------------------------------------------------------- */

static void
envelope_flush(struct envelope *v)
{
	size_t done = 0;

	while (done < v->text.n && !v->failed) {
		ssize_t n = pwrite(v->out, v->text.p + done,
		    v->text.n - done, v->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			v->failed = err_sys(&v->error,
			    "cannot write an interchange");
			break;
		}
		done += (size_t)n;
		v->at += n;
	}
	buf_reset(&v->text);
}

/* ---- what is new: a function for each segment of the envelope ----------- */

/* The repetition separator came with 00402 (X12.5); before it ISA11 is 'U'. */
static struct delimiters
envelope_delimiters(const struct segment *s, struct slice version)
{
	struct delimiters d = *s->delimiters;

	if (d.repetition == '\0' && version.n == 5 &&
	    memcmp(version.p, "00402", 5) >= 0)
		d.repetition = '^';
	return d;
}

static void
envelope_isa(struct envelope *v, const struct segment *s)
{
	const struct work_envelope *env = v->env;
	char e[ISA_ELEMENTS + 1][CONFIG_ID];
	struct writer_isa isa;

	for (unsigned i = 1; i <= ISA_ELEMENTS; i++)
		slice_copy(slice_rtrim(segment_element(s, i)), e[i],
		    sizeof(e[i]));
	isa = (struct writer_isa){
		.authorization_qualifier = e[1], .authorization = e[2],
		.security_qualifier = e[3], .security = e[4],
		.sender_qualifier = env->sender.qualifier,
		.sender = env->sender.id,
		.receiver_qualifier = env->receiver.qualifier,
		.receiver = env->receiver.id,
		.date = env->date, .time = env->time, .version = e[12],
		.control = env->isa_control,
		.ack_requested = env->ack_requested, .usage = env->usage,
	};
	writer_init(&v->writer, &v->text,
	    envelope_delimiters(s, slice_str(e[12])), "");
	writer_isa(&v->writer, &isa);
}

static void
envelope_iea(struct envelope *v, const struct segment *s)
{
	(void)s;
	writer_iea(&v->writer);
}

static void
envelope_gs(struct envelope *v, const struct segment *s)
{
	const struct work_envelope *env = v->env;
	char functional_id[4], version[16];

	slice_copy(segment_element(s, 1), functional_id,
	    sizeof(functional_id));
	slice_copy(segment_element(s, 8), version, sizeof(version));
	writer_gs(&v->writer, &(struct writer_gs){
		.functional_id = functional_id, .version = version,
		.sender = env->gs_sender, .receiver = env->gs_receiver,
		.date = env->date, .time = env->time,
		.control = env->gs_first + v->groups,
	});
	v->groups++;
}

static void
envelope_ge(struct envelope *v, const struct segment *s)
{
	(void)s;
	writer_ge(&v->writer);
}

static bool
envelope_room(struct envelope *v)
{
	uint32_t room = v->reference_room ? v->reference_room * 2 : 64;
	void *p;

	if (v->sets < v->reference_room)
		return true;
	p = v->sets < ENVELOPE_SETS ?
	    realloc(v->reference, room * sizeof(*v->reference)) : NULL;
	if (!p) {
		envelope_fail(v, -ENOMEM,
		    "too many transaction sets in one interchange");
		return false;
	}
	v->reference = p;
	v->reference_room = room;
	return true;
}

static void
envelope_st(struct envelope *v, const struct segment *s)
{
	char id[4], version[36], control[24];

	if (!envelope_room(v))
		return;
	v->reference[v->sets][0] = '\0';
	slice_copy(segment_element(s, 1), id, sizeof(id));
	slice_copy(segment_element(s, 3), version, sizeof(version));
	snprintf(control, sizeof(control), "%04" PRIu64,
	    v->env->st_first + v->sets);
	v->sets++;
	writer_st(&v->writer, id, control, version);
}

static void
envelope_se(struct envelope *v, const struct segment *s)
{
	(void)s;
	writer_se(&v->writer);
}

/* BHT03 is ours, for ever unique: a 277CA echoes nothing but it. */
static void
envelope_bht(struct envelope *v, const struct segment *s)
{
	const struct work_envelope *env = v->env;
	uint64_t number = env->bht_first + v->sets - 1;
	struct config_name_values values = {
		.partner = env->partner, .date = env->date,
		.time = env->time, .type = "", .id = "",
		.isa13 = env->isa_control,
		.gs06 = env->gs_first + v->groups - 1, .bht = number,
	};
	char reference[INDEX_ID];
	unsigned count = s->count < 3 ? 3 : s->count;

	slice_copy(segment_element(s, 3), v->reference[v->sets - 1],
	    INDEX_ID);
	if (!config_name(env->bht_template, &values, reference, 31)) {
		envelope_fail(v, -EINVAL,
		    "BHT03 would be longer than 30 characters; "
		    "shorten the partner's template");
		return;
	}
	writer_begin(&v->writer, "BHT");
	for (unsigned i = 1; i <= count; i++) {
		if (i == 3)
			writer_str(&v->writer, reference);
		else
			writer_element(&v->writer, segment_element(s, i));
	}
	writer_end(&v->writer);
}

/* ---- which segments are new, and where they may stand ------------------- */

static const struct envelope_row {
	uint32_t tag;
	enum envelope_place from, to;
	uint32_t ordinal;               /* in the set, 0: any */
	void (*write)(struct envelope *v, const struct segment *s);
} envelope_rows[] = {
	{ TAG_ISA, OUTSIDE, IN_INTERCHANGE, 0,
	    envelope_isa },
	{ TAG_GS, IN_INTERCHANGE, IN_GROUP, 0, envelope_gs },
	{ TAG_ST, IN_GROUP, IN_SET, 0, envelope_st },
	{ SEGMENT_TAG('B', 'H', 'T'), IN_SET, IN_SET, 2, envelope_bht },
	{ TAG_SE, IN_SET, IN_GROUP, 0, envelope_se },
	{ TAG_GE, IN_GROUP, IN_INTERCHANGE, 0, envelope_ge },
	{ TAG_IEA, IN_INTERCHANGE, AFTER, 0,
	    envelope_iea },
};

static const struct envelope_row *
envelope_row(const struct segment *s, uint32_t ordinal)
{
	size_t n = sizeof(envelope_rows) / sizeof(envelope_rows[0]);

	for (size_t i = 0; i < n; i++)
		if (envelope_rows[i].tag == s->tag &&
		    (envelope_rows[i].ordinal == 0 ||
		    envelope_rows[i].ordinal == ordinal))
			return &envelope_rows[i];
	return NULL;
}

/* What the writer refuses is the clerk's to mend: a finding with a place. */
static void
envelope_refuse(struct envelope *v)
{
	static const enum finding_id ids[] = {
		[WRITER_DELIMITER_IN_DATA] = FINDING_ENVELOPE_DELIMITER,
		[WRITER_CHARACTER] = FINDING_ENVELOPE_CHARACTER,
	};
	enum writer_error error = writer_error(&v->writer);

	if (error == WRITER_FULL)
		envelope_fail(v, -ENOMEM, "a segment is too long to write");
	else
		scan_report(v->scan, &finding_defs[ids[error]],
		    &(struct finding){ 0 });
}

static void
envelope_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct envelope *v = ctx;
	const struct envelope_row *row = envelope_row(s, ordinal);

	if (v->failed || v->refused.severity)
		return;
	if (row ? row->from != v->place :
	    v->place == OUTSIDE || v->place == AFTER) {
		envelope_fail(v, -EBADMSG,
		    "the interchange is not as it was inspected");
		return;
	}
	if (row) {
		row->write(v, s);
		v->place = row->to;
	} else
		writer_copy(&v->writer, s);
	if (v->failed)
		return;
	if (writer_error(&v->writer) != WRITER_OK)
		envelope_refuse(v);
	else if (v->text.n >= ENVELOPE_FLUSH)
		envelope_flush(v);
}

/* Others were reported when the file was inspected. */
static void
envelope_on_finding(void *ctx, const struct finding *f)
{
	struct envelope *v = ctx;

	if (f->def == &finding_defs[FINDING_ENVELOPE_DELIMITER] ||
	    f->def == &finding_defs[FINDING_ENVELOPE_CHARACTER])
		inspect_finding(f, &v->refused);
}

static const struct scan_ops envelope_ops = {
	.on_segment = envelope_on_segment,
	.on_finding = envelope_on_finding,
};

/* ---- the pass ----------------------------------------------------------- */

static int
envelope_write(struct envelope *v, int in)
{
	uint64_t left = v->env->length;
	off_t at = (off_t)v->env->offset;

	while (left > 0 && !v->failed && !v->refused.severity) {
		size_t want = left < sizeof(v->block) ? (size_t)left :
		    sizeof(v->block);
		ssize_t n = io_pread(in, v->block, want, at, "the file",
		    &v->error);

		if (n < 0)
			return v->failed = (int)n;
		if (n == 0)
			return envelope_fail(v, -EBADMSG,
			    "the file is shorter than when it was inspected");
		scan_feed(v->scan, v->block, (size_t)n);
		at += n;
		left -= (uint64_t)n;
	}
	scan_finish(v->scan);
	if (v->failed || v->refused.severity)
		return v->failed;
	if (v->place != AFTER)
		return envelope_fail(v, -EBADMSG,
		    "the interchange does not end where it did");
	envelope_flush(v);
	if (!v->failed && ftruncate(v->out, v->at) < 0)
		v->failed = err_sys(&v->error, "cannot cut an interchange");
	return v->failed;
}

/* A manifest that says only why there is no interchange. */
static int
envelope_write_refusal(struct envelope *v, int manifest, struct err *e)
{
	struct manifest_writer *w = manifest_writer_new(manifest);
	struct manifest_end end = { .framing = SCAN_BROKEN, .rejects = 1,
	    .what = "cannot be put in an envelope" };
	int rc;

	if (!w)
		return err_set(e, -ENOMEM, "out of memory for a manifest");
	manifest_write(w, MANIFEST_FINDING, &v->refused);
	manifest_write(w, MANIFEST_END, &end);
	rc = manifest_writer_finish(w, e);
	manifest_writer_free(w);
	if (rc == 0 && ftruncate(v->out, 0) < 0)
		rc = err_sys(e, "cannot empty an interchange");
	return rc;
}

int
worker_envelope(int in, int out, int manifest,
    const struct work_envelope *env, struct err *e)
{
	struct envelope *v = calloc(1, sizeof(*v));
	int rc = -ENOMEM;

	if (!v)
		return err_set(e, rc, "out of memory for an envelope");
	v->env = env;
	v->out = out;
	buf_init(&v->text, ENVELOPE_FLUSH + 4 * READER_SEGMENT_MAX);
	v->scan = scan_new(&envelope_ops, v);
	if (!v->scan) {
		err_set(e, rc, "out of memory for an envelope");
		goto out;
	}
	rc = envelope_write(v, in);
	if (rc < 0 && e)
		*e = v->error;
	else if (v->refused.severity)
		rc = envelope_write_refusal(v, manifest, e);
	else if (rc == 0) {
		struct inspect_origin origin = {
			(const char (*)[INDEX_ID])v->reference, v->sets };

		rc = inspect_run(&(struct inspect_job){ .in = out,
		    .manifest = manifest, .origin = &origin }, e);
	}
out:
	scan_free(v->scan);
	buf_free(&v->text);
	free(v->reference);
	free(v);
	return rc;
}
