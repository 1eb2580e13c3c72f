/* SPDX-License-Identifier: ISC */
#include "daemon/answer.h"

#include "base/clock.h"
#include "base/io.h"
#include "daemon/intake_plan.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { ANSWER_PARTS = 4 * PLAN_INTERCHANGES };

bool
answer_is_acknowledgement(const struct store_file *f)
{
	static const char *const types[] = { "TA1", "999", "997" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (f->kind == FILE_OUTGOING && strcmp(f->type, types[i]) == 0)
			return true;
	return false;
}

/* ---- the job ------------------------------------------------------------ */

struct answer *
answer_new(struct engine *g, struct job *j, const struct answer_verdict *v)
{
	struct answer *a = calloc(1, sizeof(*a) + v->size);
	struct err e;

	if (!a) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
		return NULL;
	}
	answer_free(j->answer);
	a->config = g->config;
	a->verdict = *v;
	if (v->size > 0)
		memcpy(a->arg, v->arg, v->size);
	a->verdict.arg = a->arg;
	return j->answer = a;
}

void
answer_free(void *answer)
{
	struct answer *a = answer;

	if (a)
		free(a->parts.at);
	free(a);
}

/* The same numbers again for the same file, as long as it needs as many. */
static int
answer_numbers(struct engine *g, const struct job *j, const char *scope,
    enum number_kind kind, uint32_t count, uint64_t *first, struct err *e)
{
	int rc = -EBADMSG;

	*first = 1;
	if (count == 0)
		return 0;
	/* Its own id is the one that its claims have their numbers under. */
	for (unsigned v = 0; v <= UINT8_MAX && rc == -EBADMSG; v++) {
		struct store_id id = plan_child(&j->file.id, UINT16_MAX,
		    (uint8_t)v);

		rc = store_numbers_reserve(g->store, scope, kind, count, &id,
		    j->file.sha256, g->now, first, e);
	}
	return rc;
}

static int
answer_open(struct engine *g, struct job *j, int bad, struct err *e)
{
	int rc;

	for (unsigned i = 0; i < JOB_PARTS; i++) {
		if (j->part[i] >= 0)
			close(j->part[i]);
		j->part[i] = -1;
	}
	rc = store_bytes_open(g->store, &j->file.id, &j->part[JOB_ANSWER_IN],
	    e);
	if (rc < 0)
		return rc;
	j->part[JOB_ANSWER_MANIFEST] = engine_scratch(g, e);
	if (j->part[JOB_ANSWER_MANIFEST] < 0)
		return j->part[JOB_ANSWER_MANIFEST];
	j->part[JOB_ANSWER_OUT] = engine_scratch(g, e);
	if (j->part[JOB_ANSWER_OUT] < 0)
		return j->part[JOB_ANSWER_OUT];
	j->part[JOB_ANSWER_BAD] = fcntl(bad >= 0 ? bad :
	    j->part[JOB_ANSWER_IN], F_DUPFD_CLOEXEC, 3);
	return j->part[JOB_ANSWER_BAD] < 0 ?
	    err_sys(e, "no descriptor to answer a file with") : 0;
}

int
answer_start(struct engine *g, struct job *j, const char *isa_scope,
    const char *gs_scope, int bad, job_on_done *done, struct err *e)
{
	struct work_answer *m = &j->request.answer;
	int rc = answer_open(g, j, bad, e);

	if (rc == 0 && !engine_begin(g))
		rc = err_set(e, -EIO, "the store has failed");
	if (rc == 0)
		rc = answer_numbers(g, j, isa_scope, NUMBER_ISA13,
		    m->isa_count, &m->isa_first, e);
	if (rc == 0)
		rc = answer_numbers(g, j, gs_scope, NUMBER_GS06, m->gs_count,
		    &m->gs_first, e);
	if (rc < 0)
		return rc;
	m->bad = bad >= 0;
	clock_x12(j->file.created, m->date, m->time);
	j->request.kind = WORK_ANSWER;
	j->done = done;
	j->lost = 0;
	job_queue(g, j);
	return 0;
}

/* ---- what it wrote ------------------------------------------------------ */

static struct answer_part *
answer_part(struct answer_parts *to, uint32_t interchange)
{
	if (interchange > ANSWER_PARTS)
		to->failed = -EFBIG;
	if (interchange == 0 || to->failed)
		return NULL;
	if (interchange > to->cap) {
		uint32_t cap = to->cap ? to->cap : 4;
		void *at;

		while (cap < interchange)
			cap *= 2;
		at = reallocarray(to->at, cap, sizeof(*to->at));
		if (!at) {
			to->failed = -ENOMEM;
			return NULL;
		}
		to->at = at;
		to->cap = cap;
	}
	while (to->count < interchange)
		to->at[to->count++] = (struct answer_part){ .type = "TA1" };
	return &to->at[interchange - 1];
}

static void
answer_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct answer_part *p = answer_part(ctx, i->ordinal);

	if (!p)
		return;
	p->offset = i->offset;
	p->control = i->control;
}

static void
answer_on_group(void *ctx, const struct manifest_group *m)
{
	struct answer_part *p = answer_part(ctx, m->interchange);

	if (!p)
		return;
	p->group = m->group.control;
	snprintf(p->type, sizeof(p->type), "%s",
	    strcmp(m->group.functional_id, "HN") == 0 ? "277CA" :
	    strncmp(m->group.version, "004", 3) == 0 ? "997" : "999");
}

static void
answer_on_record(void *ctx, const struct index_record *r)
{
	static const char worst[] = "AEPR";
	struct answer_part *p = r->kind == INDEX_TA1 ||
	    r->kind == INDEX_999_GROUP ? answer_part(ctx, r->interchange) :
	    NULL;
	const char *had, *has;

	if (!p || !r->status[0])
		return;
	had = p->status ? strchr(worst, p->status) : NULL;
	has = strchr(worst, r->status[0]);
	if (!had || (has && has > had))
		p->status = r->status[0];
}

int
answer_read(struct job *j, struct err *e)
{
	struct answer_parts *to = &j->answer->parts;
	struct manifest_sink sink = { .on_interchange = answer_on_interchange,
	    .on_group = answer_on_group, .on_record = answer_on_record,
	    .ctx = to };
	struct manifest_end end;
	int rc = manifest_read(j->part[JOB_ANSWER_MANIFEST], &sink, &end, e);

	if (rc == 0 && to->failed)
		rc = err_set(e, to->failed, to->failed == -EFBIG ?
		    "more acknowledgements than one file may have" :
		    "out of memory for answers");
	if (rc == 0 && end.framing == SCAN_EMPTY)
		to->count = 0;
	else if (rc == 0 && (end.framing != SCAN_COMPLETE ||
	    to->count != end.interchanges))
		rc = err_set(e, -EBADMSG, "an answer came out broken");
	/* With the line's end that is written after each segment. */
	for (uint32_t k = 0; k < to->count && rc == 0; k++)
		to->at[k].length = (k + 1 < to->count ? to->at[k + 1].offset :
		    end.size) - to->at[k].offset;
	return rc;
}

int
answer_copy(const struct job *j, const struct answer_part *p, int to,
    struct err *e)
{
	char block[32 * 1024];
	uint64_t left = p->length;
	off_t at = (off_t)p->offset;

	while (left > 0) {
		ssize_t n = io_pread(j->part[JOB_ANSWER_OUT], block,
		    left < sizeof(block) ? (size_t)left : sizeof(block), at,
		    "an answer", e);
		int rc;

		if (n <= 0)
			return n < 0 ? (int)n : err_set(e, -EBADMSG,
			    "an answer is cut");
		rc = io_write(to, block, (size_t)n, "an answer", e);
		if (rc < 0)
			return rc;
		at += n;
		left -= (uint64_t)n;
	}
	return 0;
}
