/* SPDX-License-Identifier: ISC */
#include "cli/payer_answer.h"

#include "cli/payer_faults.h"
#include "cli/payer_reply.h"
#include "edi/ack.h"
#include "edi/record/out.h"

#include <stdlib.h>

/* One pass over the file. */
struct pass {
	const struct payer_job *job;
	const struct payer_config *c;
	struct payer_result *result;
	struct inspection *inspection;
	struct scan *scan;           /* the inspection's */
	struct ack *ack;
	struct payer_reply reply;
	struct record_out *records;  /* of inquiries */
	uint64_t gs_control;         /* of the 835 */
	struct payer_judge judge;
	uint64_t only_claim;         /* 0: all; else just this one's 277CA */
	uint64_t number;             /* ISA13 of the acknowledgement at hand */
	int error;
	struct err err;
};

static void
fail(struct pass *p, int rc)
{
	if (p->error == 0)
		p->error = rc;
}

/* ---- control numbers ---------------------------------------------------- */

static uint64_t
take_number(struct pass *p, enum payer_number which)
{
	uint64_t n = 1;

	if (p->error == 0)
		p->error = payer_state_number(p->job->state, which, &n,
		    &p->err);
	return n;
}

static uint64_t
next_number(void *ctx, enum ack_number which)
{
	struct pass *p = ctx;
	uint64_t n = take_number(p, which == ACK_ISA13 ? PAYER_ISA13 :
	    PAYER_GS06);

	if (which == ACK_ISA13)
		p->number = n;
	return n;
}

/* ---- answers ------------------------------------------------------------ */

static bool
sends(const struct payer_config *c, enum payer_kind kind)
{
	for (unsigned i = 0; i < c->answer_count; i++)
		if (c->answers[i] == kind)
			return true;
	return false;
}

static void
hand_out(struct pass *p, enum payer_kind kind, struct slice bytes)
{
	struct buf room;

	if (p->error != 0 || bytes.n == 0 || !sends(p->c, kind))
		return;
	buf_init(&room, bytes.n * 2 + 1024);
	fail(p, payer_spoil(p->c, kind, bytes, &room, &bytes, &p->err));
	if (p->error == 0)
		p->job->on_answer(p->job->ctx, kind, p->number, bytes);
	buf_free(&room);
}

/* An interchange of records, where there are some. */
static void
hand_out_records(struct pass *p, enum payer_kind kind,
    struct payer_lines *lines, uint64_t isa_control, uint64_t gs_control)
{
	struct slice bytes = slice(NULL, 0);

	if (p->error != 0)
		return;
	fail(p, payer_lines_make(lines, &p->job->maker, isa_control,
	    gs_control, &bytes, &p->err));
	if (lines->refused > 0)
		p->job->on_refused(p->job->ctx, kind, lines);
	p->number = isa_control;
	hand_out(p, kind, bytes);
}

static void
hand_out_inquiry(struct pass *p, enum payer_kind kind,
    struct payer_lines *lines)
{
	uint64_t isa_control;

	if (lines->text.n == 0)
		return;
	isa_control = take_number(p, PAYER_ISA13);
	hand_out_records(p, kind, lines, isa_control,
	    take_number(p, PAYER_GS06));
}

static void
on_ack(void *ctx, enum ack_kind kind, struct slice bytes)
{
	static const enum payer_kind kinds[] = { [ACK_TA1] = PAYER_TA1,
		[ACK_999] = PAYER_999, [ACK_997] = PAYER_999,
		[ACK_277CA] = PAYER_277CA };

	hand_out(ctx, kinds[kind], bytes);
}

/* ---- verdicts ----------------------------------------------------------- */

static uint64_t
nth_claim(const struct pass *p)
{
	return p->judge.before.claims + p->judge.now.claims;
}

static void
on_claim(void *ctx, struct ack_claim *claim)
{
	struct pass *p = ctx;
	const struct payer_config *c = p->c;
	uint64_t nth = nth_claim(p);

	if (payer_rule_strikes(&c->reject_277ca, nth, claim->charge))
		ack_claim_say(claim, c->reject_277ca_status);
	if (!claim->rejected)
		payer_claim_number(nth, claim->payer_claim);
	if (p->only_claim == 0)
		payer_reply_claim(&p->reply, claim, nth);
	claim->left_out = p->only_claim ?
	    p->only_claim != p->judge.now.claims : c->one_277ca_per_claim;
}

static void
on_set_verdict(void *ctx, const struct scan_set *set, char verdict)
{
	(void)set;
	payer_reply_set_end(&((struct pass *)ctx)->reply, verdict != 'R');
}

static void
on_group_verdict(void *ctx, const struct scan_group *g, char verdict)
{
	(void)g;
	payer_reply_group_end(&((struct pass *)ctx)->reply, verdict != 'R');
}

static void
on_interchange_verdict(void *ctx, const struct scan_interchange *i,
    char verdict)
{
	struct pass *p = ctx;

	(void)i;
	if (verdict == 'R')
		return;
	hand_out_records(p, PAYER_835, &p->reply.remittance.lines,
	    p->reply.isa_control, p->gs_control);
	hand_out_inquiry(p, PAYER_277, &p->reply.status);
	hand_out_inquiry(p, PAYER_271, &p->reply.eligibility);
}

static const struct ack_ops ack_ops = {
	.next_number = next_number, .on_ack = on_ack, .on_claim = on_claim,
	.on_set = on_set_verdict, .on_group = on_group_verdict,
	.on_interchange = on_interchange_verdict,
};

/* ---- the scan ----------------------------------------------------------- */

static void
on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct pass *p = ctx;
	uint64_t isa_control = 0;

	ack_on_interchange(p->ack, i);
	if (p->reply.pays) {
		isa_control = take_number(p, PAYER_ISA13);
		p->gs_control = take_number(p, PAYER_GS06);
	}
	payer_reply_interchange(&p->reply, i, isa_control);
	if (payer_judge_interchange(&p->judge, i) && !p->judge.again)
		p->job->on_duplicate(p->job->ctx, i);
}

static void
on_group(void *ctx, const struct scan_group *g)
{
	struct pass *p = ctx;

	ack_on_group(p->ack, g);
	payer_reply_group(&p->reply, g);
}

static void
on_set(void *ctx, const struct scan_set *set)
{
	struct pass *p = ctx;

	ack_on_set(p->ack, set);
	payer_reply_set(&p->reply);
	payer_judge_set(&p->judge);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct pass *p = ctx;
	bool claim = payer_judge_segment(&p->judge, s, ordinal);

	ack_on_segment(p->ack, s, ordinal);
	/* After the ack, which ends the claim before with this segment. */
	p->judge.now.claims += claim;
}

static void
on_set_end(void *ctx, const struct scan_set *set)
{
	ack_on_set_end(((struct pass *)ctx)->ack, set);
}

static void
on_group_end(void *ctx, const struct scan_group *g)
{
	ack_on_group_end(((struct pass *)ctx)->ack, g);
}

static void
on_interchange_end(void *ctx, const struct scan_interchange *i)
{
	ack_on_interchange_end(((struct pass *)ctx)->ack, i);
}

static void
on_finding(void *ctx, const struct finding *f)
{
	ack_on_finding(((struct pass *)ctx)->ack, f);
}

static const struct scan_ops scan_ops = {
	.on_interchange = on_interchange,
	.on_interchange_end = on_interchange_end,
	.on_group = on_group, .on_group_end = on_group_end,
	.on_set = on_set, .on_set_end = on_set_end,
	.on_segment = on_segment, .on_finding = on_finding,
};

/* ---- what is asked and acknowledged -------------------------------------- */

static int
on_inquiry(void *ctx, struct slice line, struct err *e)
{
	(void)e;
	payer_reply_inquiry(&((struct pass *)ctx)->reply, line);
	return 0;
}

static void
on_record(void *ctx, const struct index_record *r)
{
	struct pass *p = ctx;

	if (p->only_claim == 0)
		p->job->on_acknowledged(p->job->ctx, r);
}

/* ---- passes ------------------------------------------------------------- */

static bool
open_pass(struct pass *p, const struct ack_options *o)
{
	static const char *const asked[] = { "276", "270", NULL };
	struct walk *w;

	p->inspection = inspection_new(&p->job->checks, &scan_ops, on_record,
	    p);
	if (!p->inspection)
		return false;
	p->scan = p->judge.scan = inspection_scan(p->inspection);
	index_want(inspection_index(p->inspection), 1u << INDEX_TA1 |
	    1u << INDEX_999_GROUP);
	p->ack = ack_new(p->scan, o, &ack_ops, p);
	w = p->only_claim == 0 ? inspection_walk(p->inspection) : NULL;
	if (!p->ack || !w)
		return p->ack;
	p->records = record_out_new(p->scan, w, p->job->maker.kinds,
	    on_inquiry, p);
	if (p->records)
		record_out_only(p->records, asked);
	return p->records;
}

static void
close_pass(struct pass *p)
{
	payer_reply_free(&p->reply);
	record_out_free(p->records);
	ack_free(p->ack);
	inspection_free(p->inspection);
}

static int
run_pass(struct pass *p, struct slice file, struct err *e)
{
	const struct payer_config *c = p->c;
	bool first = p->only_claim == 0;
	struct ack_options o = {
		.ta1 = first && sends(c, PAYER_TA1) ? ACK_ALWAYS : ACK_NEVER,
		.functional = first && sends(c, PAYER_999) ? ACK_ALWAYS :
		    ACK_NEVER,
		.claims = true,
		.self = { c->qualifier, c->id, c->application },
		.date = p->job->maker.date, .time = p->job->maker.time,
		.source_name = c->name, .source_id = c->payer_id,
	};

	payer_reply_init(&p->reply, &p->job->maker, p->job->state,
	    &p->result->outcomes, first && sends(c, PAYER_835));
	if (!open_pass(p, &o)) {
		fail(p, err_set(&p->err, -ENOMEM, "out of memory"));
	} else {
		scan_feed(p->scan, file.p, file.n);
		scan_finish(p->scan);
		fail(p, ack_error(p->ack, &p->err));
		if (p->error == 0)
			fail(p, inspection_error(p->inspection, &p->err));
		if (p->error == 0 && p->records)
			fail(p, record_out_error(p->records, &p->err));
		if (p->error == 0 && p->result->outcomes.failed)
			fail(p, err_set(&p->err, -ENOMEM, "out of memory"));
	}
	close_pass(p);
	if (p->error < 0 && e)
		*e = p->err;
	return p->error;
}

void
payer_result_init(struct payer_result *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->outcomes, PAYER_LINES_MAX);
}

void
payer_result_free(struct payer_result *r)
{
	buf_free(&r->outcomes);
}

int
payer_answer(const struct payer_job *job, struct slice file,
    struct payer_result *r, struct err *e)
{
	const struct payer_config *c = job->maker.config;
	const struct pass begin = { .job = job, .c = c, .result = r,
		.judge = { .config = c, .state = job->state, .seen = &r->seen,
		.before = payer_state_counts(job->state) } };
	struct pass p = begin;
	int rc;

	buf_reset(&r->outcomes);
	r->seen.count = 0;
	rc = run_pass(&p, file, e);
	r->counts = p.judge.now;
	for (uint64_t i = 1; rc == 0 && c->one_277ca_per_claim &&
	    sends(c, PAYER_277CA) && i <= r->counts.claims; i++) {
		p = begin;
		p.only_claim = i;
		p.judge.again = true;
		rc = run_pass(&p, file, e);
	}
	return rc;
}
