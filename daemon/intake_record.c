/* SPDX-License-Identifier: ISC */
#include "daemon/intake_record.h"

#include "base/io.h"
#include "daemon/answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* A set of the new interchange and its row. */
struct record_set {
	uint32_t group, set;
	uint64_t row;
};

/*
 * A manifest tells claims before their set, and sets before their group; rows
 * are made the other way round. So it is read three times.
 */
struct record {
	struct engine *g;
	struct store_file f;             /* the outgoing one */
	uint64_t *groups;                /* rows by ordinal - 1 */
	struct record_set *sets;
	uint32_t group_count, set_count, group_cap, set_cap, at;
	bool check;                      /* only look, write nothing */
	int rc;
	struct err error;
};

static bool
record_damaged(struct record *r)
{
	if (r->rc == 0)
		r->rc = err_set(&r->error, -EBADMSG,
		    "a manifest does not agree with itself");
	return false;
}

static void
record_on_group(void *ctx, const struct manifest_group *m)
{
	struct record *r = ctx;
	struct store_group row = { .file = r->f.id,
	    .isa_control = r->f.isa_control, .control = m->group.control };

	if (r->rc < 0)
		return;
	if (r->group_count == r->group_cap) {
		record_damaged(r);
		return;
	}
	memcpy(row.functional_id, m->group.functional_id,
	    sizeof(row.functional_id));
	memcpy(row.version, m->group.version, sizeof(row.version));
	memcpy(row.sender, m->group.sender, sizeof(row.sender));
	memcpy(row.receiver, m->group.receiver, sizeof(row.receiver));
	if (!r->check)
		r->rc = store_group_add(r->g->store, &row, &r->error);
	r->groups[r->group_count++] = row.row;
}

static void
record_on_set(void *ctx, const struct index_record *x)
{
	struct record *r = ctx;
	struct store_set row = { .file = r->f.id };

	if (r->rc < 0 || x->kind != INDEX_SET)
		return;
	if (r->set_count == r->set_cap || x->group == 0 ||
	    x->group > r->group_count) {
		record_damaged(r);
		return;
	}
	row.group = r->groups[x->group - 1];
	memcpy(row.id, x->set_id, sizeof(row.id));
	memcpy(row.control, x->set_control, sizeof(row.control));
	memcpy(row.reference, x->reference, sizeof(row.reference));
	memcpy(row.original_reference, x->trace,
	    sizeof(row.original_reference));
	row.claims = x->included;
	if (!r->check)
		r->rc = store_set_add(r->g->store, &row, &r->error);
	r->sets[r->set_count++] = (struct record_set){ x->group, x->set,
	    row.row };
}

/* Claims come in the order of their sets: the cursor only goes on. */
static void
record_on_claim(void *ctx, const struct index_record *x)
{
	struct record *r = ctx;
	struct store_claim row = { .file = r->f.id, .amount = x->amount,
	    .ordinal = x->ordinal, .segment = x->segment,
	    .offset = x->offset, .length = x->length,
	    .created = r->f.created };

	if (r->rc < 0 || x->kind != INDEX_CLAIM)
		return;
	while (r->at < r->set_count && (r->sets[r->at].group != x->group ||
	    r->sets[r->at].set != x->set))
		r->at++;
	if (r->at == r->set_count) {
		record_damaged(r);
		return;
	}
	row.set = r->sets[r->at].row;
	memcpy(row.partner, r->f.partner, sizeof(row.partner));
	memcpy(row.claim, x->claim, sizeof(row.claim));
	memcpy(row.frequency, x->status, sizeof(row.frequency));
	memcpy(row.trace, x->trace, sizeof(row.trace));
	memcpy(row.digest, x->digest, sizeof(row.digest));
	if (!r->check)
		r->rc = store_claim_add(r->g->store, &row, &r->error);
}

/* The manifest of one interchange, out of those that were kept. */
static int
record_manifest(struct engine *g, const struct plan *p,
    const struct plan_interchange *i, struct err *e)
{
	char block[32 * 1024];
	off_t left = i->manifest_length, at = i->manifest;
	int fd = engine_scratch(g, e), rc = fd < 0 ? fd : 0;

	while (rc == 0 && left > 0) {
		ssize_t n = io_pread(p->kept, block,
		    left < (off_t)sizeof(block) ? (size_t)left :
		    sizeof(block), at, "a manifest", e);

		if (n <= 0)
			rc = n < 0 ? (int)n : err_set(e, -EBADMSG,
			    "a kept manifest is cut");
		else
			rc = io_write(fd, block, (size_t)n, "a manifest", e);
		left -= n;
		at += n;
	}
	if (rc < 0 && fd >= 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

static int
record_pass(struct record *r, int fd,
    void (*on_group)(void *, const struct manifest_group *),
    void (*on_record)(void *, const struct index_record *))
{
	struct manifest_sink sink = { .on_group = on_group,
	    .on_record = on_record, .ctx = r };
	struct manifest_end end;

	if (r->rc == 0)
		r->rc = manifest_read(fd, &sink, &end, &r->error);
	return r->rc;
}

static int
record_rows(struct record *r, const struct manifest_end *end, int fd)
{
	r->group_cap = end->groups;
	r->set_cap = end->sets;
	r->groups = calloc(end->groups + 1, sizeof(*r->groups));
	r->sets = calloc(end->sets + 1, sizeof(*r->sets));
	if (!r->groups || !r->sets)
		return r->rc = err_set(&r->error, -ENOMEM, "out of memory");
	record_pass(r, fd, record_on_group, NULL);
	record_pass(r, fd, NULL, record_on_set);
	return record_pass(r, fd, NULL, record_on_claim);
}

static void
record_free(struct record *r)
{
	free(r->groups);
	free(r->sets);
}

int
intake_record_check(const struct job *j, const struct manifest_end *end,
    struct err *e)
{
	struct record r = { .check = true };
	int rc = record_rows(&r, end, j->manifest);

	if (rc < 0)
		*e = r.error;
	record_free(&r);
	return rc;
}

/* The remote name is chosen once, so that each try has the same. */
static bool
record_name(const struct job *j, uint32_t k, struct store_file *f)
{
	const struct plan *p = j->plan;
	struct engine_id id = engine_id(&f->id);
	struct config_name_values v = { .partner = j->peer->name,
	    .date = p->date, .time = p->time, .type = p->type, .id = id.text,
	    .isa13 = f->isa_control, .gs06 = p->gs_first,
	    .bht = p->bht_first };

	for (uint32_t i = 0; i < k; i++) {
		v.gs06 += p->at[i].groups;
		v.bht += p->at[i].sets;
	}
	return config_name(j->peer->config->file_name, &v, f->name,
	    sizeof(f->name)) && f->name[0] && !strchr(f->name, '/');
}

static bool
record_file(const struct job *j, uint32_t k, struct store_file *f)
{
	const struct plan *p = j->plan;
	const struct plan_interchange *i = &p->at[k];

	*f = (struct store_file){ .id = i->id, .parent = j->file.id,
	    .kind = FILE_OUTGOING, .size = i->end.size, .ordinal = k + 1,
	    .isa_control = p->isa_first + k, .usage = j->peer->config->usage,
	    .claims = i->end.claims };
	memcpy(f->partner, j->file.partner, sizeof(f->partner));
	memcpy(f->sha256, i->end.sha256, sizeof(f->sha256));
	memcpy(f->type, p->type, sizeof(f->type));
	return record_name(j, k, f);
}

/* False: the round failed, half of it is not committed. */
static bool
record_interchange(struct engine *g, struct job *j, uint32_t k)
{
	const struct plan *p = j->plan;
	struct record r = { .g = g };
	int fd = record_manifest(g, p, &p->at[k], &r.error);

	if (fd < 0) {
		engine_fail(g, &r.error);
		return false;
	}
	record_file(j, k, &r.f);
	if (engine_add(g, &r.f, STATE_READY) &&
	    record_rows(&r, &p->at[k].end, fd) < 0)
		engine_fail(g, &r.error);
	engine_log(g, LOG_INFO, "enveloped", log_file(&r.f),
	    log_partner(j->peer),
	    log_str(LOGKEY_PARENT, engine_id(&r.f.parent).text),
	    log_str(LOGKEY_TYPE, r.f.type),
	    log_int(LOGKEY_ISA13, (int64_t)r.f.isa_control),
	    log_int(LOGKEY_CLAIMS, r.f.claims));
	record_free(&r);
	close(fd);
	return !g->failed;
}

static void
intake_record_answered(struct engine *g, struct job *j, const void *arg)
{
	(void)arg;
	intake_record(g, j);
}

void
intake_record(struct engine *g, struct job *j)
{
	const struct plan *p = j->plan;
	struct answer_verdict told = { .goes = true,
	    .then = intake_record_answered };
	struct err e = ERR_NONE;
	struct store_file f;

	for (uint32_t k = 0; k < p->count; k++)
		if (!record_file(j, k, &f)) {
			intake_reject(g, j, "rejected: the partner's file_name "
			    "makes no usable name", "Nothing of the file was "
			    "sent. Ask the operator to correct file_name in "
			    "this partner's settings, then put the file into "
			    "the outbox again.");
			return;
		}
	if (answer_clerk(g, j, &told))
		return;
	if (intake_split_aside(g, j, &e) < 0) {
		engine_disk_full(g, &e);
		engine_later(g, &j->file.id, ENGINE_RETRY_MS);
		return;
	}
	if (!engine_begin(g))
		return;
	for (uint32_t k = 0; k < p->count; k++)
		if (!record_interchange(g, j, k))
			return;
	if (!intake_split_record(g, j))
		return;
	if (!engine_move(g, &j->file, STATE_ENVELOPED, "%" PRIu32
	    " interchange%s recorded, ISA13 from %" PRIu64, p->count,
	    p->count == 1 ? "" : "s", p->isa_first))
		return;
	j->peer->out.look = true;
	g->claims_added = true;
}
