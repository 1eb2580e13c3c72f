/* SPDX-License-Identifier: ISC */
#include "edi/ack/parts.h"

#include "edi/calendar.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { ISA13_AT = 90 };  /* the ISA has fixed widths */

const char *
ack_kind_text(enum ack_kind kind)
{
	static const char *const names[] = {
		[ACK_TA1] = "TA1", [ACK_999] = "999", [ACK_997] = "997",
		[ACK_277CA] = "277CA",
	};

	return kind >= ACK_TA1 && kind <= ACK_277CA ? names[kind] : "";
}

/* ---- the outputs -------------------------------------------------------- */

struct ack_mark
ack_mark(const struct ack_output *o)
{
	return (struct ack_mark){ o->w, o->bytes.n, o->open, o->sets };
}

void
ack_back(struct ack_output *o, const struct ack_mark *m)
{
	enum writer_error failed = writer_error(&o->w);

	o->w = m->w;
	o->w.error = failed;
	o->bytes.n = m->n;
	o->open = m->open;
	o->sets = m->sets;
}

static void
write_isa(struct ack *a, struct writer *w, const char *version,
    uint64_t control)
{
	struct writer_isa isa = {
		.sender_qualifier = a->sender_qualifier,
		.sender = a->sender,
		.receiver_qualifier = a->receiver_qualifier,
		.receiver = a->receiver,
		.date = a->date, .time = a->time,
		.version = version, .control = control, .usage = a->usage,
	};

	writer_isa(w, &isa);
}

/* What 00401 has not: a repetition separator. */
static struct delimiters
delimiters_of(const struct ack *a, const char *version)
{
	struct delimiters d = a->delimiters;

	if (strcmp(version, "00401") == 0)
		d.repetition = '\0';
	return d;
}

struct writer *
ack_open(struct ack *a, struct ack_output *o, const char *functional_id,
    const char *version)
{
	struct writer_gs gs = {
		.functional_id = functional_id,
		.sender = a->application_sender,
		.receiver = a->application_receiver,
		.date = a->date, .time = a->time,
		.version = version,
	};
	const char *isa = o->kind == ACK_997 ? "00401" : "00501";

	if (o->open)
		return &o->w;
	buf_reset(&o->bytes);
	writer_init(&o->w, &o->bytes, delimiters_of(a, isa), a->suffix);
	write_isa(a, &o->w, isa, 0);
	gs.control = a->ops->next_number(a->ctx, ACK_GS06);
	writer_gs(&o->w, &gs);
	o->open = true;
	o->sets = 0;
	return &o->w;
}

static void
fail(struct ack *a, int error)
{
	if (a->error == 0)
		a->error = error;
}

/* An interchange gets its number only when it is sent. */
static void
number(struct ack *a, struct ack_output *o)
{
	char text[24];

	if (writer_error(&o->w) != WRITER_OK)
		return;
	o->w.isa_control = a->ops->next_number(a->ctx, ACK_ISA13);
	snprintf(text, sizeof(text), "%09llu",
	    (unsigned long long)o->w.isa_control);
	memcpy(o->bytes.p + ISA13_AT, text, 9);
}

/* Hand it out, or forget it. */
static void
finish(struct ack *a, struct ack_output *o, bool send)
{
	if (o->open && send && o->sets > 0) {
		number(a, o);
		writer_ge(&o->w);
		writer_iea(&o->w);
		if (writer_error(&o->w) == WRITER_OK)
			a->ops->on_ack(a->ctx, o->kind, buf_slice(&o->bytes));
	}
	if (o->open && writer_error(&o->w) != WRITER_OK) {
		/* Every value is cleaned: only the bound can have failed. */
		assert(writer_error(&o->w) == WRITER_FULL);
		fail(a, -EFBIG);
	}
	o->open = false;
	buf_reset(&o->bytes);
}

/* ---- the interchange ---------------------------------------------------- */

static const char *
choose(const char *setting, const char *inbound)
{
	return setting && setting[0] != '\0' ? setting : inbound;
}

static void
take_qualifier(char to[static 3], const char *q)
{
	static const char *const known[] = { "01", "14", "20", "27", "28",
		"29", "30", "33", "ZZ" };

	slice_copy(slice_str("ZZ"), to, 3);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], q) == 0)
			slice_copy(slice_str(q), to, 3);
}

static void
take_id(const struct ack *a, char to[static 16], const char *id,
    const char *otherwise)
{
	if (ack_clean(&a->delimiters, slice_str(id), to, 16).n < 2)
		ack_clean(&a->delimiters, slice_str(otherwise), to, 16);
	if (strlen(to) < 2)
		slice_copy(slice_str("UNKNOWN"), to, 16);
}

static void
take_envelope(struct ack *a, const struct scan_interchange *i)
{
	const struct ack_identity *self = &a->options.self;
	const struct ack_identity *partner = &a->options.partner;
	const char *time = a->options.time;

	a->delimiters = ack_delimiters(&i->delimiters);
	a->suffix = a->delimiters.terminator < ' ' ? "" :
	    a->options.suffix ? a->options.suffix : "\n";
	take_qualifier(a->sender_qualifier,
	    choose(self->qualifier, i->receiver_qualifier));
	take_qualifier(a->receiver_qualifier,
	    choose(partner->qualifier, i->sender_qualifier));
	take_id(a, a->sender, choose(self->id, i->receiver), "");
	take_id(a, a->receiver, choose(partner->id, i->sender), "");
	a->usage = a->options.usage ? a->options.usage :
	    i->usage == 'T' ? 'T' : 'P';
	slice_copy(slice_str(a->options.date), a->date, sizeof(a->date));
	slice_copy(slice_str(time), a->time, sizeof(a->time));
}

void
ack_on_interchange(struct ack *a, const struct scan_interchange *i)
{
	a->saw_ta1 = a->rejected = a->noted = false;
	a->groups = a->skipped = 0;
	a->ta105[0] = '\0';
	take_envelope(a, i);
}

static void
write_ta1(struct ack *a, const struct scan_interchange *i, char verdict)
{
	const char *isa = strcmp(i->version, "00401") == 0 ? "00401" : "00501";
	char control[24], text[2] = { verdict, '\0' };
	struct buf bytes;
	struct writer w;

	buf_init(&bytes, 1024);
	writer_init(&w, &bytes, delimiters_of(a, isa), a->suffix);
	write_isa(a, &w, isa, a->ops->next_number(a->ctx, ACK_ISA13));
	snprintf(control, sizeof(control), "%09llu",
	    (unsigned long long)i->control);
	writer_begin(&w, "TA1");
	writer_str(&w, control);
	/* What was no date cannot be sent back as one: ours stands for it. */
	writer_str(&w, calendar_date6(slice_str(i->date)) ? i->date :
	    a->date + 2);
	writer_element(&w, strlen(i->time) == 4 &&
	    calendar_time(slice_str(i->time)) ? slice_str(i->time) :
	    slice(a->time, 4));
	writer_str(&w, text);
	writer_str(&w, verdict == 'A' ? "000" :
	    a->ta105[0] ? a->ta105 : "022");
	writer_end(&w);
	writer_iea(&w);
	if (writer_error(&w) == WRITER_OK)
		a->ops->on_ack(a->ctx, ACK_TA1, buf_slice(&bytes));
	else
		fail(a, -ENOMEM);
	buf_free(&bytes);
}

static bool
is_due(enum ack_when when, bool asked, char verdict)
{
	switch (when) {
	case ACK_ALWAYS:
		return true;
	case ACK_ON_ERROR:
		return verdict != 'A';
	case ACK_NEVER:
		return false;
	case ACK_IF_ASKED:
		return asked;
	case ACK_ON_REJECT:
		return verdict == 'R';
	default:
		return asked || verdict != 'A';
	}
}

/* Somebody else's reason to reject goes before what was noted here. */
static void
reject_all(struct ack *a)
{
	if (!a->options.ta105 || a->rejected)
		return;
	slice_copy(slice_str(a->options.ta105), a->ta105, sizeof(a->ta105));
	a->rejected = true;
}

void
ack_on_interchange_end(struct ack *a, const struct scan_interchange *i)
{
	bool answers = a->groups > 0 ? a->skipped == a->groups : a->saw_ta1;
	bool functional = a->options.functional != ACK_NEVER, rejected;
	char verdict;

	reject_all(a);
	rejected = a->rejected || i->rejected || !i->closed;
	verdict = rejected ? 'R' : a->noted ? 'E' : 'A';
	if (!i->closed && a->ta105[0] == '\0')
		memcpy(a->ta105, "023", 4);
	if (!answers && is_due(a->options.ta1, i->ack_requested == '1',
	    verdict))
		write_ta1(a, i, verdict);
	finish(a, &a->functional, functional && !rejected);
	finish(a, &a->legacy, functional && !rejected);
	finish(a, &a->claims, !rejected);
	if (a->ops->on_interchange)
		a->ops->on_interchange(a->ctx, i, verdict);
}

/* ---- the group ---------------------------------------------------------- */

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Groups of acknowledgements, and sets that no GS holds, get no 999. */
static bool
is_skipped(const struct scan_group *g)
{
	return g->implied || strcmp(g->functional_id, "FA") == 0 ||
	    (strcmp(g->functional_id, "HN") == 0 &&
	    begins(g->version, "005010X214"));
}

/* Professional, institutional and dental claims have a 277CA. */
static bool
is_claims(const char *version)
{
	return begins(version, "005010X222") || begins(version, "005010X223") ||
	    begins(version, "005010X224");
}

void
ack_on_group(struct ack *a, const struct scan_group *g)
{
	memset(&a->group, 0, sizeof(a->group));
	a->groups++;
	a->group.skipped = is_skipped(g);
	a->group.legacy = begins(g->version, "004");
	a->group.told = a->options.claims && !a->group.skipped &&
	    strcmp(g->functional_id, "HC") == 0 && is_claims(g->version);
	a->group.claims = a->group.told || (a->options.fate == ACK_APART &&
	    strcmp(g->functional_id, "HC") == 0);
	if (a->group.skipped) {
		a->skipped++;
		return;
	}
	take_id(a, a->application_sender,
	    choose(a->options.self.application, g->receiver), a->sender);
	take_id(a, a->application_receiver,
	    choose(a->options.partner.application, g->sender), a->receiver);
	a->group.begin_277ca = ack_mark(&a->claims);
	ack_999_group(a, g);
}

static char
group_verdict(const struct ack *a)
{
	const struct ack_group *g = &a->group;

	if (g->rejected || (g->received > 0 && g->accepted == 0))
		return 'R';
	if (g->accepted < g->received)
		return 'P';
	return g->noted ? 'E' : 'A';
}

void
ack_on_group_end(struct ack *a, const struct scan_group *g)
{
	struct ack_output *o = a->group.legacy ? &a->legacy : &a->functional;
	char verdict;

	if (a->group.skipped)
		return;
	a->group.rejected |= g->rejected;
	verdict = group_verdict(a);
	ack_999_group_end(a, g, verdict);
	if ((a->options.functional == ACK_ON_ERROR && verdict == 'A') ||
	    (a->options.functional == ACK_ON_REJECT && verdict != 'R' &&
	    verdict != 'P'))
		ack_back(o, &a->group.begin);
	if (verdict == 'R')
		ack_back(&a->claims, &a->group.begin_277ca);
	if (a->ops->on_group)
		a->ops->on_group(a->ctx, g, verdict);
}

/* ---- the set ------------------------------------------------------------ */

void
ack_on_set(struct ack *a, const struct scan_set *set)
{
	ack_notes_begin(&a->notes, set->id);
	if (a->group.skipped)
		return;
	memset(&a->set, 0, sizeof(a->set));
	a->group.received++;
	if (a->group.claims)
		ack_277ca_set(a);
}

/* A finding whose claim is known now: does it reject claim or set? */
static void
judge(struct ack *a, struct ack_note *n, bool in_present)
{
	n->unsaid = in_present && a->group.claims &&
	    n->ack.ik304[0] == '\0' && n->ack.ik403[0] == '\0';
	if (n->severity != SEVERITY_REJECT || n->ack.ik502[0] != '\0')
		return;
	if (in_present && a->group.claims)
		ack_277ca_reject(a, n->segment, n->ack.stc);
	else
		a->set.rejected = true;
}

/*
 * Findings wait until the ack itself has seen the segment: those that name the
 * present claim are settled before it moves on (a claim's last findings come
 * with the segment that ends it), the others after.
 */
static void
settle(struct ack *a, bool before)
{
	struct ack_notes *notes = &a->notes;
	struct ack_claim *c = a->group.claims ?
	    ack_claims_present(a->batch.reader) : NULL;

	for (uint32_t i = notes->count - notes->pending; i < notes->count;
	    i++) {
		struct ack_note *n = &notes->note[i];
		bool named = n->claim > 0 && n->claim == notes->claims;
		bool inside = c && (named ||
		    (n->claim == 0 && n->segment >= c->segment));

		if (n->settled || (before && !named))
			continue;
		ack_note_settle(notes, n, named, &a->delimiters);
		judge(a, n, inside);
	}
	if (!before)
		ack_notes_settled(notes);
}

static void __attribute__((noinline))
follow(struct ack *a, const struct segment *s, uint32_t ordinal)
{
	if (!scan_set(a->scan)) {
		a->saw_ta1 |= s->tag == TAG_TA1;
		return;
	}
	if (a->group.skipped)
		return;
	if (ordinal == 1)
		slice_copy(segment_element(s, 3), a->set.version,
		    sizeof(a->set.version));
	if (a->notes.pending > 0)
		settle(a, true);
	if (ack_notes_names(&a->notes, s->tag))
		ack_notes_enter(&a->notes, s, ordinal);
	if (a->group.claims)
		ack_277ca_segment(a, s, ordinal);
	if (a->notes.pending > 0)
		settle(a, false);
}

bool
ack_minds(const struct ack *a, uint32_t tag)
{
	return a->options.claims || a->options.fate == ACK_APART ||
	    tag == TAG_ST || ack_notes_names(&a->notes, tag);
}

void
ack_on_segment(struct ack *a, const struct segment *s, uint32_t ordinal)
{
	/* Nearly always nothing is to be said of it, nor in its terms. */
	if (ordinal <= 1 || a->notes.pending > 0 || a->group.claims ||
	    ack_notes_names(&a->notes, s->tag))
		follow(a, s, ordinal);
}

/* In doubt, and by what the scan itself says, a set is not accepted. */
static bool
is_rejected(struct ack *a, const struct scan_set *set)
{
	enum ack_fate fate = a->options.fate;
	const struct ack_totals *claims = &a->batch.batch;

	/* Where a 277CA is sent, it tells each claim that it does not go. */
	if (fate != ACK_JUDGED && a->group.claims)
		ack_277ca_claims_end(a);
	if (fate == ACK_APART && a->group.claims)
		return !a->group.told && claims->accepted == 0 &&
		    claims->rejected > 0;
	if (fate == ACK_REFUSED &&
	    (!a->group.told || claims->rejected == 0))
		return true;
	if (a->set.rejected || !set->closed)
		return true;
	/* A reject may be among those; of warnings nothing is in doubt. */
	if (a->set.left_out && set->rejected)
		return true;
	return set->rejected && (!a->group.claims || !a->set.rejects_seen);
}

void
ack_on_set_end(struct ack *a, const struct scan_set *set)
{
	char verdict = 'A';

	if (a->group.skipped)
		return;
	settle(a, false);
	if (is_rejected(a, set))
		verdict = 'R';
	else if (a->notes.count > 0 || a->set.codes.code[0][0] != '\0')
		verdict = 'E';
	a->group.accepted += verdict != 'R';
	a->group.noted |= verdict != 'A';
	ack_999_set(a, set, verdict);
	if (a->group.claims)
		ack_277ca_set_end(a, set, verdict != 'R');
	if (a->ops->on_set)
		a->ops->on_set(a->ctx, set, verdict);
}

/* ---- findings ----------------------------------------------------------- */

static void
find_interchange(struct ack *a, const struct finding *f)
{
	bool reject = f->severity == SEVERITY_REJECT;

	if (f->def->ack.ta105[0] == '\0')
		return;
	if (a->ta105[0] == '\0' || (reject && !a->rejected))
		memcpy(a->ta105, f->def->ack.ta105, sizeof(a->ta105));
	a->rejected |= reject;
	a->noted = true;
}

static void
find_group(struct ack *a, const struct finding *f)
{
	bool reject = f->severity == SEVERITY_REJECT;

	ack_codes_add(&a->group.codes, f->def->ack.ak905);
	if (f->def->ack.ak905[0] != '\0' || f->set_ordinal == 0) {
		a->group.rejected |= reject;
		a->group.noted |= f->def->ack.ak905[0] != '\0';
	}
}

static void
find_set(struct ack *a, const struct finding *f)
{
	const struct finding_ack *k = &f->def->ack;
	bool reject = f->severity == SEVERITY_REJECT;

	a->set.rejects_seen |= reject;
	if (f->def == &finding_defs[FINDING_FINDINGS_LEFT_OUT])
		a->set.left_out = true;
	ack_codes_add(&a->set.codes, k->ik502);
	if (k->ik502[0] != '\0')
		a->set.rejected |= reject;
	if (k->ik304[0] == '\0' && k->ik403[0] == '\0' &&
	    (!reject || k->ik502[0] != '\0' || k->ak905[0] != '\0' ||
	    k->ta105[0] != '\0'))
		return;
	if (!ack_notes_add(&a->notes, f, &a->delimiters))
		a->set.rejected |= reject;
}

void
ack_on_finding(struct ack *a, const struct finding *f)
{
	if (f->severity == SEVERITY_OFF || f->interchange_ordinal == 0)
		return;
	find_interchange(a, f);
	if (a->group.skipped || f->group_ordinal == 0)
		return;
	find_group(a, f);
	if (f->set_ordinal > 0)
		find_set(a, f);
}

/* ---- life --------------------------------------------------------------- */

static void
output_init(struct ack *a, struct ack_output *o, enum ack_kind kind)
{
	o->kind = kind;
	buf_init(&o->bytes, a->options.bytes_max);
}

struct ack *
ack_new(const struct scan *s, const struct ack_options *options,
    const struct ack_ops *ops, void *ctx)
{
	struct ack *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->scan = s;
	a->options = *options;
	a->ops = ops;
	a->ctx = ctx;
	if (a->options.findings_max == 0)
		a->options.findings_max = 1000;
	if (a->options.bytes_max == 0)
		a->options.bytes_max = 256u * 1024 * 1024;
	output_init(a, &a->functional, ACK_999);
	output_init(a, &a->legacy, ACK_997);
	output_init(a, &a->claims, ACK_277CA);
	if (!ack_notes_init(&a->notes, a->options.findings_max) ||
	    !ack_277ca_init(a)) {
		ack_free(a);
		return NULL;
	}
	return a;
}

void
ack_free(struct ack *a)
{
	if (!a)
		return;
	buf_free(&a->functional.bytes);
	buf_free(&a->legacy.bytes);
	buf_free(&a->claims.bytes);
	ack_notes_free(&a->notes);
	ack_277ca_free(a);
	free(a);
}

int
ack_error(const struct ack *a, struct err *e)
{
	switch (a->error) {
	case 0:
		return 0;
	case -EFBIG:
		return err_set(e, -EFBIG, "an acknowledgement is larger than "
		    "%zu bytes; split the file", a->options.bytes_max);
	default:
		return err_set(e, a->error, "no memory for acknowledgements");
	}
}
