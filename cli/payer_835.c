/* SPDX-License-Identifier: ISC */
#include "cli/payer_835.h"

#include <inttypes.h>
#include <stdio.h>

void
payer_835_init(struct payer_835 *p, const struct payer_config *c)
{
	*p = (struct payer_835){ .config = c };
	payer_lines_init(&p->lines);
	buf_init(&p->claims, PAYER_LINES_MAX);
}

void
payer_835_free(struct payer_835 *p)
{
	payer_lines_free(&p->lines);
	buf_free(&p->claims);
}

/* ---- the payment -------------------------------------------------------- */

void
payer_835_trace(uint64_t isa_control, unsigned payment,
    char to[static PAYER_TRACE])
{
	snprintf(to, PAYER_TRACE, "SIM%09" PRIu64 "%04u", isa_control,
	    payment);
}

static void
payment(struct payer_835 *p, struct payer_json *j, int64_t cents)
{
	char trace[PAYER_TRACE], id[16];

	payer_835_trace(p->isa_control, p->payments, trace);
	snprintf(id, sizeof(id), "1%s", p->config->tax);
	payer_say(j, "payment:{handling:s amount:m direction:s method:s date:d "
	    "trace:{number:s originator:s} production_date:d}",
	    cents > 0 ? "I" : "H", cents, "C", cents > 0 ? "CHK" : "NON",
	    p->date, trace, id, p->date);
}

static void
payer(struct payer_835 *p, struct payer_json *j)
{
	const struct payer_config *c = p->config;

	payer_say(j, "payer:{name:t60 address:{line1:t55 city:t30 state:t2 "
	    "postal_code:t15} references:[{type:s value:t50}] "
	    "technical_contacts:[{name:t60 numbers:[{type:s value:t15}]}]}",
	    c->name, c->street, c->city, c->region, c->zip, "2U", c->payer_id,
	    c->name, "TE", c->phone);
}

static bool
has_npi(const struct ack_party *p)
{
	return strcmp(p->qualifier, "XX") == 0 && strlen(p->id) > 1;
}

static const char *
payee_id(const struct ack_party *p)
{
	const char *id = has_npi(p) ? p->id : p->tax;

	return strlen(id) > 1 ? id : "UNKNOWN";
}

static void
payee(struct payer_835 *p, struct payer_json *j)
{
	const struct ack_party *who = &p->payee;
	char name[100];

	snprintf(name, sizeof(name), "%s%s%s", who->last,
	    who->first[0] ? " " : "", who->first);
	payer_say(j, "payee:{name:t60 id_type:s id:t80", name[0] ? name :
	    "UNKNOWN", has_npi(who) ? "XX" : "FI", payee_id(who));
	if (has_npi(who) && who->tax[0])
		payer_say(j, "references:[{type:s value:t50}]", "TJ",
		    who->tax);
	payer_say(j, "}");
}

/* What is kept from (or added to) the payment, never more than there is. */
static int64_t
provider_adjustment(const struct payer_835 *p)
{
	if (p->paid < 0 || p->config->plb_amount > p->paid)
		return p->paid;
	return p->config->plb_amount;
}

static void
keep(struct payer_835 *p, struct payer_json *j, int64_t cents)
{
	char year[9];

	snprintf(year, sizeof(year), "%.4s1231", p->date);
	payer_say(j, "provider_adjustments:[{provider:t50 fiscal_period:d "
	    "adjustments:[{reason:s amount:m}]}]}", payee_id(&p->payee), year,
	    p->paid < 0 ? "FB" : p->config->plb_reason, cents);
}

/* A record of each claim, with what is said of the payment. */
static void
add_claims(struct payer_835 *p, struct buf *to, struct slice head)
{
	struct slice rest = buf_slice(&p->claims);

	while (rest.n > 0) {
		size_t n = (size_t)((const char *)memchr(rest.p, '\n',
		    rest.n) - rest.p);

		buf_add_slice(to, head);
		buf_add_str(to, ",\"summary\":{\"number\":1},\"claim\":");
		buf_add(to, rest.p, n);
		buf_add_str(to, "}\n");
		rest = slice(rest.p + n + 1, rest.n - n - 1);
	}
	to->failed |= p->claims.failed;
}

/* The claims of a provider become a payment. */
static void
end_payment(struct payer_835 *p)
{
	int64_t kept = provider_adjustment(p);
	struct buf head, *to;
	struct payer_json j;

	if (p->provider == 0)
		return;
	buf_init(&head, 64 * 1024);
	payer_json_init(&j, &head, &p->lines.delimiters);
	payer_say(&j, "{type:s", "835");
	payment(p, &j, p->paid - kept);
	payer(p, &j);
	payee(p, &j);
	to = payer_lines_begin(&p->lines);
	add_claims(p, to, buf_slice(&head));
	if (kept != 0) {
		keep(p, &j, kept);
		buf_add_slice(to, buf_slice(&head));
		buf_add_char(to, '\n');
	}
	buf_add_char(to, '\n');
	to->failed |= head.failed;
	buf_free(&head);
	buf_reset(&p->claims);
	p->provider = p->count = 0;
	p->paid = 0;
}

/* A payment is written at once: it must fit into one batch of records. */
static bool
is_full(const struct payer_835 *p)
{
	return p->count == PAYER_PAYMENT_CLAIMS ||
	    p->claims.n > PAYER_PAYMENT_BYTES;
}

int64_t
payer_835_claim(struct payer_835 *p, const struct ack_claim *c,
    const struct payer_terms *t, unsigned *ordinal)
{
	struct payer_settled s = payer_settle(c, t);
	struct payer_json j;

	if (p->provider != c->provider_ordinal + 1 || is_full(p)) {
		end_payment(p);
		p->provider = c->provider_ordinal + 1;
		p->payee = *c->provider;
		p->payments++;
	}
	/* Only hostile amounts get there; they stop at the end. */
	if (__builtin_add_overflow(p->paid, s.paid, &p->paid))
		p->paid = INT64_MAX / 2;
	payer_json_init(&j, &p->claims, &p->lines.delimiters);
	payer_claim(&j, c, t, &s, p->date);
	buf_add_char(&p->claims, '\n');
	p->count++;
	*ordinal = p->payments;
	return s.paid;
}

/* ---- the scan ----------------------------------------------------------- */

void
payer_835_interchange(struct payer_835 *p, const struct scan_interchange *i,
    uint64_t isa_control, const char *day)
{
	payer_lines_interchange(&p->lines, i);
	buf_reset(&p->claims);
	p->isa_control = isa_control;
	p->date = day;
	p->provider = p->count = p->payments = 0;
	p->paid = 0;
}

void
payer_835_group(struct payer_835 *p, const struct scan_group *g)
{
	payer_lines_group(&p->lines, p->config, g);
	p->in_group = p->payments;
}

void
payer_835_set(struct payer_835 *p)
{
	payer_lines_set(&p->lines);
	p->in_set = p->payments;
}

void
payer_835_set_end(struct payer_835 *p, bool accepted)
{
	end_payment(p);
	payer_lines_set_end(&p->lines, accepted);
	if (!accepted)
		p->payments = p->in_set;
}

void
payer_835_group_end(struct payer_835 *p, bool accepted)
{
	payer_lines_group_end(&p->lines, accepted);
	if (!accepted)
		p->payments = p->in_group;
}
