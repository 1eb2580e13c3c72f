/* SPDX-License-Identifier: ISC */
#include "edi/ack/claim.h"

#include <stdlib.h>

#define COPY(to, s) (void)slice_copy(s, to, sizeof(to))

enum level { LEVEL_HEADER, LEVEL_PROVIDER, LEVEL_SUBSCRIBER, LEVEL_DEPENDENT };

struct ack_claims {
	void (*on_claim)(void *ctx, struct ack_claim *claim);
	void *ctx;
	enum level level;
	bool open;                /* in a claim */
	bool secondary;           /* in its 2320 or later: not its own REFs */
	bool own_dates;           /* the claim itself has service dates */
	struct ack_party *named;  /* whose REF, N3 and N4 may follow, or NULL */
	struct ack_party submitter, receiver, provider, payer;
	struct ack_party subscriber, dependent;
	struct ack_claim claim;
	struct ack_line *line;    /* the present one, or NULL */
	uint32_t lines_cap;
};

struct ack_claims *
ack_claims_new(void (*on_claim)(void *ctx, struct ack_claim *claim), void *ctx)
{
	struct ack_claims *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->on_claim = on_claim;
	r->ctx = ctx;
	r->claim.submitter = &r->submitter;
	r->claim.receiver = &r->receiver;
	r->claim.provider = &r->provider;
	r->claim.payer = &r->payer;
	r->claim.subscriber = &r->subscriber;
	r->claim.patient = &r->subscriber;
	return r;
}

void
ack_claims_free(struct ack_claims *r)
{
	if (!r)
		return;
	free(r->claim.lines);
	free(r);
}

struct ack_claim *
ack_claims_present(struct ack_claims *r)
{
	return r->open ? &r->claim : NULL;
}

const struct ack_claim *
ack_claims_header(const struct ack_claims *r)
{
	return &r->claim;
}

void
ack_claim_say(struct ack_claim *c, const char *status)
{
	if (status[0] != 'A' || status[1] < '0' || status[1] > '2')
		c->rejected = true;
	for (unsigned i = 0; i < ACK_STATUSES; i++) {
		if (strcmp(c->status[i], status) == 0)
			return;
		if (c->status[i][0] == '\0') {
			COPY(c->status[i], slice_str(status));
			return;
		}
	}
}

/* ---- dates -------------------------------------------------------------- */

static bool
is_date(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 8;
}

/* DTP02 and DTP03 as a period; false when they are none. */
static bool
take_period(const struct segment *s, char from[static 9], char to[static 9])
{
	struct slice v = segment_element(s, 3);
	struct slice last = v;

	if (v.n == 17 && v.p[8] == '-') {
		last = slice(v.p + 9, 8);
		v.n = 8;
	}
	if (!is_date(v) || !is_date(last))
		return false;
	slice_copy(v, from, 9);
	slice_copy(last, to, 9);
	return true;
}

static void
widen_period(struct ack_claim *c, const char *from, const char *to)
{
	if (from[0] == '\0')
		return;
	if (c->from[0] == '\0' || strcmp(from, c->from) < 0)
		memcpy(c->from, from, sizeof(c->from));
	if (c->to[0] == '\0' || strcmp(to, c->to) > 0)
		memcpy(c->to, to, sizeof(c->to));
}

/* ---- the parties -------------------------------------------------------- */

static void
take_name(struct ack_party *p, const struct segment *s)
{
	memset(p, 0, sizeof(*p));
	COPY(p->entity, segment_element(s, 2));
	COPY(p->last, segment_element(s, 3));
	COPY(p->first, segment_element(s, 4));
	COPY(p->middle, segment_element(s, 5));
	COPY(p->suffix, segment_element(s, 7));
	COPY(p->qualifier, segment_element(s, 8));
	COPY(p->id, segment_element(s, 9));
}

static void
take_party(struct ack_claims *r, const struct segment *s)
{
	const struct {
		enum level level;
		const char *entity;
		struct ack_party *party;
	} rows[] = {
		{ LEVEL_HEADER, "41", &r->submitter },
		{ LEVEL_HEADER, "40", &r->receiver },
		{ LEVEL_PROVIDER, "85", &r->provider },
		{ LEVEL_SUBSCRIBER, "IL", &r->subscriber },
		{ LEVEL_SUBSCRIBER, "PR", &r->payer },
		{ LEVEL_DEPENDENT, "QC", &r->dependent },
	};

	r->named = NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].level != r->level ||
		    !slice_is(segment_element(s, 1), rows[i].entity))
			continue;
		r->named = rows[i].party;
		take_name(r->named, s);
	}
}

static void
take_level(struct ack_claims *r, const struct segment *s)
{
	struct slice code = segment_element(s, 3);
	struct ack_claim *c = &r->claim;

	r->named = NULL;
	if (slice_is(code, "20")) {
		r->level = LEVEL_PROVIDER;
		c->provider_ordinal++;
		memset(&r->provider, 0, sizeof(r->provider));
	} else if (slice_is(code, "22")) {
		r->level = LEVEL_SUBSCRIBER;
		memset(&r->subscriber, 0, sizeof(r->subscriber));
		memset(&r->payer, 0, sizeof(r->payer));
		c->filing[0] = '\0';
		c->patient = &r->subscriber;
		c->patient_ordinal++;
	} else if (slice_is(code, "23")) {
		r->level = LEVEL_DEPENDENT;
		memset(&r->dependent, 0, sizeof(r->dependent));
		c->patient = &r->dependent;
		c->patient_ordinal++;
	}
}

static void
take_reference(struct ack_claims *r, const struct segment *s)
{
	struct slice code = segment_element(s, 1);

	if (r->named && (slice_is(code, "EI") || slice_is(code, "SY")))
		COPY(r->named->tax, segment_element(s, 2));
}

static void
take_city(struct ack_claims *r, const struct segment *s)
{
	if (!r->named)
		return;
	COPY(r->named->city, segment_element(s, 1));
	COPY(r->named->state, segment_element(s, 2));
	COPY(r->named->zip, segment_element(s, 3));
}

static void
outside_claim(struct ack_claims *r, const struct segment *s)
{
	switch (s->tag) {
	case SEGMENT_TAG('N', 'M', '1'):
		take_party(r, s);
		break;
	case SEGMENT_TAG('R', 'E', 'F'):
		take_reference(r, s);
		break;
	case SEGMENT_TAG2('N', '3'):
		if (r->named)
			COPY(r->named->street, segment_element(s, 1));
		break;
	case SEGMENT_TAG2('N', '4'):
		take_city(r, s);
		break;
	case SEGMENT_TAG('S', 'B', 'R'):
		COPY(r->claim.filing, segment_element(s, 9));
		break;
	case SEGMENT_TAG('B', 'H', 'T'):
		COPY(r->claim.batch, segment_element(s, 3));
		break;
	}
}

/* ---- a claim ------------------------------------------------------------ */

static void
begin_claim(struct ack_claims *r, const struct segment *s, uint32_t ordinal)
{
	struct ack_claim *c = &r->claim;

	r->open = true;
	r->secondary = r->own_dates = false;
	r->line = NULL;
	c->ordinal++;
	c->segment = ordinal;
	COPY(c->id, segment_element(s, 1));
	if (!money_parse(segment_element(s, 2), &c->charge))
		c->charge = 0;
	COPY(c->facility, segment_component(s, 5, 1));
	COPY(c->frequency, segment_component(s, 5, 3));
	c->institutional = false;
	c->trace[0] = c->medical_record[0] = c->from[0] = c->to[0] = '\0';
	c->line_count = c->lines_left_out = 0;
	c->rejected = c->left_out = false;
	memset(c->status, 0, sizeof(c->status));
	c->payer_claim[0] = '\0';
}

static bool
begin_line(struct ack_claims *r, const struct segment *s, uint32_t ordinal)
{
	struct ack_claim *c = &r->claim;

	r->secondary = true;
	r->line = NULL;
	if (c->line_count == ACK_LINES_MAX) {
		c->lines_left_out++;
		return true;
	}
	if (c->line_count == r->lines_cap) {
		uint32_t cap = r->lines_cap ? r->lines_cap * 2 : 16;
		struct ack_line *more = realloc(c->lines, cap * sizeof(*more));

		if (!more)
			return false;
		c->lines = more;
		r->lines_cap = cap;
	}
	r->line = &c->lines[c->line_count++];
	memset(r->line, 0, sizeof(*r->line));
	r->line->segment = ordinal;
	COPY(r->line->number, segment_element(s, 1));
	return true;
}

/* SV1, SV3: procedure, charge. SV2: revenue code, procedure, charge. */
static void
take_service(struct ack_claims *r, const struct segment *s, unsigned procedure,
    unsigned units)
{
	struct ack_line *l = r->line;

	if (!l)
		return;
	COPY(l->qualifier, segment_component(s, procedure, 1));
	COPY(l->procedure, segment_component(s, procedure, 2));
	for (unsigned i = 0; i < 4; i++)
		COPY(l->modifier[i], segment_component(s, procedure, i + 3));
	if (!money_parse(segment_element(s, procedure + 1), &l->charge))
		l->charge = 0;
	COPY(l->units, segment_element(s, units));
	if (procedure == 2) {
		r->claim.institutional = true;
		COPY(l->revenue, segment_element(s, 1));
	}
}

static void
take_claim_reference(struct ack_claims *r, const struct segment *s)
{
	struct slice code = segment_element(s, 1);
	struct slice id = segment_element(s, 2);

	if (r->line && slice_is(code, "6R"))
		COPY(r->line->control, id);
	else if (!r->secondary && slice_is(code, "D9"))
		COPY(r->claim.trace, id);
	else if (!r->secondary && slice_is(code, "EA"))
		COPY(r->claim.medical_record, id);
}

/* DTP*472 of a claim or line; DTP*434 is an 837I's statement period. */
static void
take_date(struct ack_claims *r, const struct segment *s)
{
	struct slice code = segment_element(s, 1);
	char from[9] = "", to[9] = "";

	if (!slice_is(code, "472") && !slice_is(code, "434"))
		return;
	if (!take_period(s, from, to))
		return;
	if (r->line) {
		memcpy(r->line->from, from, sizeof(from));
		memcpy(r->line->to, to, sizeof(to));
	} else if (!r->secondary) {
		r->own_dates = true;
		widen_period(&r->claim, from, to);
	}
}

static bool
inside_claim(struct ack_claims *r, const struct segment *s, uint32_t ordinal)
{
	switch (s->tag) {
	case SEGMENT_TAG2('L', 'X'):
		return begin_line(r, s, ordinal);
	case SEGMENT_TAG('S', 'V', '1'):
		take_service(r, s, 1, 4);
		break;
	case SEGMENT_TAG('S', 'V', '2'):
		take_service(r, s, 2, 5);
		break;
	case SEGMENT_TAG('S', 'V', '3'):
		take_service(r, s, 1, 6);
		break;
	case SEGMENT_TAG('R', 'E', 'F'):
		take_claim_reference(r, s);
		break;
	case SEGMENT_TAG('D', 'T', 'P'):
		take_date(r, s);
		break;
	case SEGMENT_TAG('S', 'B', 'R'):
		r->secondary = true;
		break;
	}
	return true;
}

static void
end_claim(struct ack_claims *r, uint32_t ordinal)
{
	struct ack_claim *c = &r->claim;

	if (!r->open)
		return;
	for (uint32_t i = 0; !r->own_dates && i < c->line_count; i++)
		widen_period(c, c->lines[i].from, c->lines[i].to);
	c->end = ordinal;
	r->open = false;
	r->line = NULL;
	r->on_claim(r->ctx, c);
}

/* What a new transaction set forgets. */
static void
begin_set(struct ack_claims *r)
{
	struct ack_claim *c = &r->claim;

	memset(&r->submitter, 0, sizeof(r->submitter));
	memset(&r->receiver, 0, sizeof(r->receiver));
	memset(&r->provider, 0, sizeof(r->provider));
	memset(&r->payer, 0, sizeof(r->payer));
	memset(&r->subscriber, 0, sizeof(r->subscriber));
	memset(&r->dependent, 0, sizeof(r->dependent));
	r->open = false;
	r->level = LEVEL_HEADER;
	r->named = NULL;
	r->line = NULL;
	c->ordinal = c->provider_ordinal = c->patient_ordinal = 0;
	c->batch[0] = c->filing[0] = '\0';
	c->patient = &r->subscriber;
}

bool
ack_claims_segment(struct ack_claims *r, const struct segment *s,
    uint32_t ordinal)
{
	if (ordinal == 1)
		begin_set(r);
	switch (s->tag) {
	case TAG_CLM:
		end_claim(r, ordinal);
		begin_claim(r, s, ordinal);
		return true;
	case TAG_HL:
		end_claim(r, ordinal);
		take_level(r, s);
		return true;
	case TAG_SE:
		end_claim(r, ordinal);
		return true;
	}
	if (r->open)
		return inside_claim(r, s, ordinal);
	outside_claim(r, s);
	return true;
}

void
ack_claims_end(struct ack_claims *r)
{
	end_claim(r, UINT32_MAX);
}
