/* SPDX-License-Identifier: ISC */
#include "cli/payer_reply.h"

#include "cli/payer_inquiry.h"

void
payer_reply_init(struct payer_reply *r, const struct payer_maker *m,
    const struct payer_state *s, struct buf *outcomes, bool pays)
{
	*r = (struct payer_reply){ .maker = m, .state = s,
		.outcomes = outcomes, .pays = pays };
	payer_835_init(&r->remittance, m->config);
	payer_lines_init(&r->status);
	payer_lines_init(&r->eligibility);
}

void
payer_reply_free(struct payer_reply *r)
{
	payer_835_free(&r->remittance);
	payer_lines_free(&r->status);
	payer_lines_free(&r->eligibility);
}

/* ---- verdicts ----------------------------------------------------------- */

void
payer_reply_interchange(struct payer_reply *r,
    const struct scan_interchange *i, uint64_t isa_control)
{
	r->isa_control = isa_control;
	payer_835_interchange(&r->remittance, i, isa_control, r->maker->date);
	payer_lines_interchange(&r->status, i);
	payer_lines_interchange(&r->eligibility, i);
}

void
payer_reply_group(struct payer_reply *r, const struct scan_group *g)
{
	payer_835_group(&r->remittance, g);
	payer_lines_group(&r->status, r->maker->config, g);
	payer_lines_group(&r->eligibility, r->maker->config, g);
	r->in_group = r->outcomes->n;
}

void
payer_reply_set(struct payer_reply *r)
{
	payer_835_set(&r->remittance);
	payer_lines_set(&r->status);
	payer_lines_set(&r->eligibility);
	r->in_set = r->outcomes->n;
}

void
payer_reply_set_end(struct payer_reply *r, bool accepted)
{
	payer_835_set_end(&r->remittance, accepted);
	payer_lines_set_end(&r->status, accepted);
	payer_lines_set_end(&r->eligibility, accepted);
	if (!accepted)
		r->outcomes->n = r->in_set;
}

void
payer_reply_group_end(struct payer_reply *r, bool accepted)
{
	payer_835_group_end(&r->remittance, accepted);
	payer_lines_group_end(&r->status, accepted);
	payer_lines_group_end(&r->eligibility, accepted);
	if (!accepted)
		r->outcomes->n = r->in_group;
}

/* ---- claims and inquiries ------------------------------------------------ */

void
payer_reply_claim(struct payer_reply *r, const struct ack_claim *claim,
    uint64_t nth)
{
	const struct payer_config *c = r->maker->config;
	struct payer_terms terms = {
		.denied = payer_rule_strikes(&c->deny, nth, claim->charge),
		.pay_percent = c->pay_percent,
		.patient_percent = c->patient_percent,
		.group = c->deny_group, .reason = c->deny_reason,
	};
	struct payer_outcome o = { .verdict = claim->rejected ? 'R' : 'A',
		.claim = payer_key(PAYER_KEY, claim->id,
		(unsigned)strlen(claim->id)), .charge = claim->charge,
		.number = nth, .isa_control = r->isa_control };

	slice_copy(slice_str(r->maker->date), o.date, sizeof(o.date));
	if (!claim->rejected && r->pays) {
		o.verdict = terms.denied ? 'D' : 'P';
		o.paid = payer_835_claim(&r->remittance, claim, &terms,
		    &o.payment);
	}
	buf_add(r->outcomes, &o, sizeof(o));
}

void
payer_reply_inquiry(struct payer_reply *r, struct slice record)
{
	const struct payer_inquiry q = { r->maker->config, r->state,
		r->maker->date };
	bool status = slice_is(record_read_type(record), "276");
	struct payer_lines *lines = status ? &r->status : &r->eligibility;
	struct buf *to = payer_lines_begin(lines);
	struct payer_json j;
	size_t before = to->n;

	payer_json_init(&j, to, &lines->delimiters);
	if (status)
		payer_status(&j, &q, record);
	else
		payer_eligibility(&j, &q, record);
	if (to->n > before)
		buf_add_char(to, '\n');
}
