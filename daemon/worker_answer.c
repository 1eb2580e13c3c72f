/* SPDX-License-Identifier: ISC */
#include "daemon/worker.h"

#include "base/io.h"
#include "edi/ack/scan.h"

#include <stdlib.h>
#include <unistd.h>

enum { ANSWER_BLOCK = 128 * 1024, ANSWER_CLAIMS = 1 << 22 };

/*
 * A claim by what it says, from its CLM to its end. The bad claims of a file
 * were copied from it byte for byte and in order, so this finds them there.
 */
struct print {
	bool open, ended;        /* ended: by the present segment */
	uint64_t running, last;  /* last: of the claim that ended */
};

struct answering {
	const struct work_answer *m;
	struct ack_scan *scan;
	int out;
	off_t at;
	uint32_t isa_taken, gs_taken;
	int failed;
	struct err error;
	struct print print;
	uint64_t *bad;           /* prints of the claims that stay behind */
	size_t bad_count, bad_cap, bad_next;
	char outside[16];        /* the last reject outside of claims */
	char block[ANSWER_BLOCK];
};

static void
answering_fail(struct answering *v, int code, const char *why)
{
	if (v->failed == 0)
		v->failed = err_set(&v->error, code, "%s", why);
}

/* ---- which claims stay behind ------------------------------------------- */

static void
print_add(struct print *p, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p->running = (p->running ^ (unsigned char)s[i]) *
		    UINT64_C(1099511628211);
	p->running = (p->running ^ 0x100) * UINT64_C(1099511628211);
}

static void
print_segment(struct print *p, const struct segment *s)
{
	p->ended = p->open && (s->tag == TAG_CLM || s->tag == TAG_HL ||
	    s->tag == TAG_SE);
	if (p->ended) {
		p->last = p->running;
		p->open = false;
	}
	if (s->tag == TAG_CLM) {
		p->open = true;
		p->running = UINT64_C(14695981039346656037);
	}
	if (!p->open)
		return;
	print_add(p, (const char *)&s->tag, sizeof(s->tag));
	for (unsigned i = 1; i <= s->count; i++)
		print_add(p, segment_element(s, i).p,
		    segment_element(s, i).n);
}

static void
bad_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct answering *v = ctx;
	size_t cap = v->bad_cap ? v->bad_cap * 2 : 64;
	void *p;

	(void)ordinal;
	print_segment(&v->print, s);
	if (!v->print.ended || v->failed)
		return;
	if (v->bad_count == v->bad_cap) {
		p = cap <= ANSWER_CLAIMS ?
		    reallocarray(v->bad, cap, sizeof(*v->bad)) : NULL;
		if (!p) {
			answering_fail(v, cap <= ANSWER_CLAIMS ? -ENOMEM :
			    -EFBIG, "too many bad claims to answer for them");
			return;
		}
		v->bad = p;
		v->bad_cap = cap;
	}
	v->bad[v->bad_count++] = v->print.last;
}

static int
answering_read(struct answering *v, struct scan *s, int in, struct err *e)
{
	ssize_t n;

	for (off_t at = 0;; at += n) {
		n = io_pread(in, v->block, sizeof(v->block), at, "the file",
		    e);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		scan_feed(s, v->block, (size_t)n);
	}
	scan_finish(s);
	return 0;
}

static int
answering_read_bad(struct answering *v, int bad, struct err *e)
{
	static const struct scan_ops ops = { .on_segment = bad_on_segment };
	struct scan *s = scan_new(&ops, v);
	int rc;

	if (!s)
		return err_set(e, -ENOMEM, "out of memory to answer a file");
	rc = answering_read(v, s, bad, e);
	scan_free(s);
	v->print = (struct print){ .open = false };
	return rc;
}

/* ---- the file itself ---------------------------------------------------- */

static void
answer_on_set(void *ctx, const struct scan_set *set)
{
	struct answering *v = ctx;

	(void)set;
	v->outside[0] = '\0';
}

static void
answer_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	(void)ordinal;
	print_segment(&((struct answering *)ctx)->print, s);
}

static void
answer_on_finding(void *ctx, const struct finding *f)
{
	struct answering *v = ctx;

	if (f->severity == SEVERITY_REJECT && f->claim == 0 &&
	    f->def->ack.stc[0])
		slice_copy(slice_str(f->def->ack.stc), v->outside,
		    sizeof(v->outside));
}

static const struct scan_ops answer_more = {
	.on_set = answer_on_set, .on_segment = answer_on_segment,
	.on_finding = answer_on_finding,
};

static uint64_t
answer_next_number(void *ctx, enum ack_number which)
{
	struct answering *v = ctx;
	bool isa = which == ACK_ISA13;
	uint32_t *taken = isa ? &v->isa_taken : &v->gs_taken;

	/* For a 999 that will not be sent. */
	if (!isa && v->m->functional == ACK_NEVER && !v->m->claims)
		return 1;
	if (*taken == (isa ? v->m->isa_count : v->m->gs_count)) {
		answering_fail(v, -EBADMSG, "more acknowledgements than "
		    "numbers were reserved for");
		return 1;
	}
	return (isa ? v->m->isa_first : v->m->gs_first) + (*taken)++;
}

static void
answer_on_ack(void *ctx, enum ack_kind kind, struct slice bytes)
{
	struct answering *v = ctx;

	(void)kind;
	while (bytes.n > 0 && !v->failed) {
		ssize_t n = pwrite(v->out, bytes.p, bytes.n, v->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			v->failed = err_sys(&v->error,
			    "cannot write an acknowledgement");
			return;
		}
		v->at += n;
		bytes = slice(bytes.p + n, bytes.n - (size_t)n);
	}
}

/* It goes on, whatever was found beside it. */
static void
answer_clear_claim(struct ack_claim *c)
{
	c->rejected = false;
	memset(c->status, 0, sizeof(c->status));
	for (uint32_t i = 0; i < c->line_count; i++)
		c->lines[i].status[0] = '\0';
}

static void
answer_on_claim(void *ctx, struct ack_claim *c)
{
	struct answering *v = ctx;
	bool bad = v->bad_next < v->bad_count &&
	    v->bad[v->bad_next] == v->print.last;

	if (v->m->fate == ACK_APART) {
		v->bad_next += bad;
		if (!bad)
			answer_clear_claim(c);
		else if (!c->rejected)
			ack_claim_say(c, v->outside[0] ? v->outside :
			    "A3:481");
	}
	/* We have it and send it; that somebody accepts it we do not know. */
	if (v->m->clerk && !c->rejected && !c->status[0][0])
		ack_claim_say(c, "A1:20");
}

static const struct ack_ops answer_ack_ops = {
	.next_number = answer_next_number, .on_ack = answer_on_ack,
	.on_claim = answer_on_claim,
};

/* ---- the whole ---------------------------------------------------------- */

static const char *
given(const char *text)
{
	return text[0] ? text : NULL;
}

static struct ack_options
answer_options(const struct work_answer *m)
{
	struct ack_options o = {
		.ta1 = m->ta1, .functional = m->functional,
		.claims = m->claims, .fate = m->fate, .usage = m->usage,
		.ta105 = given(m->ta105), .date = m->date, .time = m->time,
		.self = { given(m->self.qualifier), given(m->self.id),
		    given(m->gs_self) },
		.partner = { given(m->partner.qualifier),
		    given(m->partner.id), given(m->gs_partner) },
	};

	if (m->clerk) {
		o.source_entity = "AY";
		o.source_name = "X12D";
		o.source_qualifier = "46";
		o.source_id = "X12D";
	}
	return o;
}

static int
answering_write(struct answering *v, const struct inspection_settings *checks,
    int in, struct err *e)
{
	struct ack_options o = answer_options(v->m);
	int rc;

	v->scan = ack_scan_new(checks, &o, &answer_ack_ops, &answer_more, v);
	if (!v->scan)
		return err_set(e, -ENOMEM, "out of memory to answer a file");
	rc = answering_read(v, ack_scan_scan(v->scan), in, e);
	if (rc == 0)
		rc = ack_scan_error(v->scan, e);
	ack_scan_free(v->scan);
	/* Each that stays behind was told so, or nothing is said at all. */
	if (rc == 0 && v->bad_next != v->bad_count)
		answering_fail(v, -EBADMSG,
		    "the bad claims are not those of the file");
	if (rc == 0 && !v->failed && ftruncate(v->out, v->at) < 0)
		v->failed = err_sys(&v->error,
		    "cannot cut an acknowledgement");
	return rc;
}

int
worker_answer(struct worker *w, int in, int manifest, int out, int bad,
    const struct work_answer *m, struct err *e)
{
	struct answering *v = calloc(1, sizeof(*v));
	int rc = 0;

	if (!v)
		return err_set(e, -ENOMEM, "out of memory to answer a file");
	v->m = m;
	v->out = out;
	if (m->fate == ACK_APART && m->bad)
		rc = answering_read_bad(v, bad, e);
	if (rc == 0 && !v->failed)
		rc = answering_write(v, worker_checks(w), in, e);
	if (rc == 0 && v->failed) {
		*e = v->error;
		rc = v->failed;
	}
	free(v->bad);
	free(v);
	return rc < 0 ? rc : worker_inspect(NULL, out, manifest, 0, e);
}
