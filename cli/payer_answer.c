/* SPDX-License-Identifier: ISC */
#include "cli/payer_answer.h"

#include "cli/payer_835.h"
#include "edi/ack.h"
#include "edi/writer.h"

#include <stdio.h>
#include <stdlib.h>

/* One pass over the file. */
struct pass {
	const struct payer_job *job;
	const struct payer_config *c;
	struct payer_result *result;
	struct inspection *inspection;
	struct scan *scan;           /* the inspection's */
	struct ack *ack;
	struct payer_835 *remittance;
	struct payer_counts before;  /* counted before this file */
	struct payer_counts now;     /* in this file, up to here */
	uint64_t only_claim;         /* 0: all; else just this one's 277CA */
	uint64_t number;             /* ISA13 of the acknowledgement at hand */
	bool duplicate;              /* the present interchange */
	unsigned known;              /* keys met again in a further pass */
	int error;
	struct err err;
};

/* The payer's own reasons to refuse, as findings: the acks do the rest. */
#define ACK(...) { __VA_ARGS__ }
static const struct finding_def duplicate_def = { "payer_duplicate", 7,
	SEVERITY_REJECT, ACK(.ta105 = "025"),
	"this interchange was received before", NULL };
static const struct finding_def set_def = { "payer_refuses_set", 7,
	SEVERITY_REJECT, ACK(.ik502 = "5"),
	"the simulated payer was told to refuse this set", NULL };
static const struct finding_def claim_def = { "payer_refuses_claim", 7,
	SEVERITY_REJECT, ACK(.ik403 = "7", .ik502 = "5"),
	"the simulated payer was told to refuse this amount", NULL };

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

/* An element of an answer that is written wrongly on purpose. */
struct wrong {
	struct scan *scan;
	struct writer w;
	enum payer_kind kind;
};

static void
copy_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct wrong *x = ctx;
	bool group = x->kind == PAYER_999 &&
	    s->tag == SEGMENT_TAG('A', 'K', '1');
	bool batch = x->kind == PAYER_277CA &&
	    s->tag == SEGMENT_TAG('T', 'R', 'N') && ordinal < 13 &&
	    slice_is(segment_element(s, 1), "2");
	char id[4];

	x->w.d = *s->delimiters;
	if (!group && !batch) {
		writer_copy(&x->w, s);
		return;
	}
	segment_tag_text(s->tag, id);
	writer_begin(&x->w, id);
	writer_element(&x->w, segment_element(s, 1));
	writer_str(&x->w, group ? "999999998" : "NOT-YOUR-BATCH");
	for (unsigned i = 3; i <= s->count; i++)
		writer_element(&x->w, segment_element(s, i));
	writer_end(&x->w);
}

/* A 999 of a foreign GS06, a 277CA of a foreign BHT03: else unchanged. */
static void
mispair(struct pass *p, enum payer_kind kind, struct slice bytes,
    struct buf *out)
{
	static const struct scan_ops ops = { .on_segment = copy_segment };
	struct wrong x = { .kind = kind };

	writer_init(&x.w, out, writer_default_delimiters, "\n");
	x.scan = scan_new(&ops, &x);
	if (!x.scan) {
		fail(p, err_set(&p->err, -ENOMEM, "out of memory"));
		return;
	}
	scan_feed(x.scan, bytes.p, bytes.n);
	scan_finish(x.scan);
	scan_free(x.scan);
}

static void
hand_out(struct pass *p, enum payer_kind kind, struct slice bytes)
{
	static const char garbage[] = "%PDF-1.4 this is no X12\r\n\x01\x02\xff";
	uint32_t bit = 1u << kind;
	struct buf wrong;

	if (p->error != 0 || bytes.n == 0 || !sends(p->c, kind))
		return;
	buf_init(&wrong, bytes.n * 2 + 1024);
	if (p->c->wrong_pairing & bit) {
		mispair(p, kind, bytes, &wrong);
		bytes = buf_slice(&wrong);
	}
	if (p->c->truncate & bit)
		bytes.n = bytes.n / 2;
	if (p->c->garbage & bit)
		bytes = slice(garbage, sizeof(garbage) - 1);
	if (p->error == 0)
		p->job->on_answer(p->job->ctx, kind, p->number, bytes);
	buf_free(&wrong);
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
	return p->before.claims + p->now.claims;
}

static void
on_claim(void *ctx, struct ack_claim *claim)
{
	struct pass *p = ctx;
	const struct payer_config *c = p->c;
	uint64_t nth = nth_claim(p);
	struct payer_835_terms terms = {
		.denied = payer_rule_strikes(&c->deny, nth, claim->charge),
		.pay_percent = c->pay_percent,
		.patient_percent = c->patient_percent,
	};

	if (payer_rule_strikes(&c->reject_277ca, nth, claim->charge))
		ack_claim_say(claim, c->reject_277ca_status);
	if (!claim->rejected)
		snprintf(claim->payer_claim, sizeof(claim->payer_claim),
		    "SIM%012llu", (unsigned long long)nth);
	if (!claim->rejected && p->remittance)
		payer_835_claim(p->remittance, claim, &terms);
	claim->left_out = (p->only_claim && p->only_claim != p->now.claims) ||
	    (c->one_277ca_per_claim && !p->only_claim);
}

static void
on_set_verdict(void *ctx, const struct scan_set *set, char verdict)
{
	struct pass *p = ctx;

	(void)set;
	if (p->remittance)
		payer_835_set_end(p->remittance, verdict != 'R');
}

static void
on_group_verdict(void *ctx, const struct scan_group *g, char verdict)
{
	struct pass *p = ctx;

	(void)g;
	if (p->remittance)
		payer_835_group_end(p->remittance, verdict != 'R');
}

static void
on_interchange_verdict(void *ctx, const struct scan_interchange *i,
    char verdict)
{
	struct pass *p = ctx;
	struct slice bytes;
	int rc;

	(void)i;
	if (!p->remittance || verdict == 'R')
		return;
	rc = payer_835_finish(p->remittance, &bytes, &p->err);
	if (rc < 0) {
		fail(p, rc);
		return;
	}
	if (bytes.n > 0)
		p->number = strtoull(bytes.p + 90, NULL, 10);
	hand_out(p, PAYER_835, bytes);
}

static const struct ack_ops ack_ops = {
	.next_number = next_number, .on_ack = on_ack, .on_claim = on_claim,
	.on_set = on_set_verdict, .on_group = on_group_verdict,
	.on_interchange = on_interchange_verdict,
};

/* ---- the scan ----------------------------------------------------------- */

static uint64_t
key_of(const struct scan_interchange *i)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "%s|%s|%s|%s|%llu",
	    i->sender_qualifier, i->sender, i->receiver_qualifier, i->receiver,
	    (unsigned long long)i->control);

	return payer_key(PAYER_KEY, text, (unsigned)n);
}

/* A further pass finds the same interchanges new as the first one did. */
static void
recall(struct pass *p, const struct scan_interchange *i)
{
	const struct payer_result *r = p->result;

	p->duplicate = p->known == r->interchange_count ||
	    r->interchanges[p->known] != key_of(i);
	p->known += !p->duplicate;
}

static void
remember(struct pass *p, const struct scan_interchange *i)
{
	struct payer_result *r = p->result;
	uint64_t key = key_of(i);

	p->duplicate = payer_state_is_seen(p->job->state, key);
	for (unsigned k = 0; k < r->interchange_count && !p->duplicate; k++)
		p->duplicate = r->interchanges[k] == key;
	if (!p->duplicate && r->interchange_count < PAYER_INTERCHANGES_MAX)
		r->interchanges[r->interchange_count++] = key;
}

static void
judge_interchange(struct pass *p, const struct scan_interchange *i)
{
	struct finding_def refuse = { "payer_refuses_interchange", 7,
		SEVERITY_REJECT, ACK(.ta105 = ""),
		"the simulated payer was told to refuse", NULL };

	memcpy(refuse.ack.ta105, p->c->reject_ta1_note,
	    sizeof(refuse.ack.ta105));
	if (p->duplicate) {
		scan_report(p->scan, &duplicate_def, NULL);
		if (!p->only_claim)
			p->job->on_duplicate(p->job->ctx, i);
	} else if (payer_rule_strikes(&p->c->reject_ta1,
	    p->before.interchanges + p->now.interchanges, 0)) {
		scan_report(p->scan, &refuse, NULL);
	}
}

static void
on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct pass *p = ctx;
	struct payer_835_envelope e = { .date = p->job->date,
		.time = p->job->time };

	p->now.interchanges++;
	ack_on_interchange(p->ack, i);
	if (p->only_claim)
		recall(p, i);
	else
		remember(p, i);
	if (p->remittance) {
		e.isa_control = take_number(p, PAYER_ISA13);
		e.gs_control = take_number(p, PAYER_GS06);
		payer_835_interchange(p->remittance, i, &e);
	}
	judge_interchange(p, i);
}

static void
on_group(void *ctx, const struct scan_group *g)
{
	struct pass *p = ctx;

	ack_on_group(p->ack, g);
	if (p->remittance)
		payer_835_group(p->remittance, g);
}

static void
on_set(void *ctx, const struct scan_set *set)
{
	struct pass *p = ctx;

	p->now.sets++;
	ack_on_set(p->ack, set);
	if (p->remittance)
		payer_835_set(p->remittance);
	if (payer_rule_strikes(&p->c->reject_999,
	    p->before.sets + p->now.sets, INT64_MIN))
		scan_report(p->scan, &set_def, NULL);
}

static void
judge_amount(struct pass *p, const struct segment *s)
{
	struct finding f = { .element = 2, .element_number = 782,
		.loop = "2300", .value = segment_element(s, 2) };
	struct payer_rule r = p->c->reject_999;
	int64_t amount;

	r.every = 0;
	if (money_parse(f.value, &amount) && payer_rule_strikes(&r, 0, amount))
		scan_report(p->scan, &claim_def, &f);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct pass *p = ctx;
	bool claim = s->tag == SEGMENT_TAG('C', 'L', 'M') && ordinal > 0;

	if (claim)
		judge_amount(p, s);
	ack_on_segment(p->ack, s, ordinal);
	/* After the ack, which ends the claim before with this segment. */
	p->now.claims += claim;
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

/* ---- passes ------------------------------------------------------------- */

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
		.date = p->job->date, .time = p->job->time,
		.source_name = c->name, .source_id = c->payer_id,
	};

	p->inspection = inspection_new(&p->job->checks, &scan_ops, NULL, p);
	p->scan = p->inspection ? inspection_scan(p->inspection) : NULL;
	p->ack = p->scan ? ack_new(p->scan, &o, &ack_ops, p) : NULL;
	if (first && sends(c, PAYER_835))
		p->remittance = payer_835_new(c);
	if (!p->ack || (first && sends(c, PAYER_835) && !p->remittance)) {
		fail(p, err_set(&p->err, -ENOMEM, "out of memory"));
	} else {
		scan_feed(p->scan, file.p, file.n);
		p->result->framing = scan_finish(p->scan);
		fail(p, ack_error(p->ack, &p->err));
		if (p->error == 0)
			fail(p, inspection_error(p->inspection, &p->err));
	}
	payer_835_free(p->remittance);
	ack_free(p->ack);
	inspection_free(p->inspection);
	if (p->error < 0 && e)
		*e = p->err;
	return p->error;
}

int
payer_answer(const struct payer_job *job, struct slice file,
    struct payer_result *r, struct err *e)
{
	struct payer_counts before = payer_state_counts(job->state);
	struct pass p = { .job = job, .c = job->config, .result = r,
		.before = before };
	uint64_t claims;
	int rc;

	memset(r, 0, sizeof(*r));
	rc = run_pass(&p, file, e);
	r->counts = p.now;
	claims = p.now.claims;
	for (uint64_t i = 1; rc == 0 && job->config->one_277ca_per_claim &&
	    sends(job->config, PAYER_277CA) && i <= claims; i++) {
		struct pass one = { .job = job, .c = job->config, .result = r,
			.before = before, .only_claim = i };

		rc = run_pass(&one, file, e);
	}
	return rc;
}

int
payer_look(struct slice file, struct payer_result *r, struct err *e)
{
	static const struct scan_ops none = { .on_finding = NULL };
	struct scan *s = scan_new(&none, NULL);

	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	scan_feed(s, file.p, file.n);
	r->framing = scan_finish(s);
	scan_free(s);
	return 0;
}
