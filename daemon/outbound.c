/* SPDX-License-Identifier: ISC */
/*
 * Sending, one transmission at a time to a partner, the oldest first. What a
 * partner may have got is never sent again on a guess: the rename is asked for
 * only when COMMITTING is recorded, and COMMITTING is left only when somebody
 * has looked which of the two names is there.
 */
#include "daemon/engine_inner.h"

#include "daemon/answer.h"
#include "daemon/engine_overdue.h"
#include "transport/sftp.h"

#include <inttypes.h>

#define OUTBOUND_TAKEN "the partner has another file under the name of this " \
	"one; look there, then retry or cancel"

/* ---- faults ------------------------------------------------------------- */

bool
fault_pauses(uint32_t fault)
{
	return fault == SFTP_AUTH || fault == SFTP_HOST_KEY ||
	    fault == SFTP_CONFIG;
}

static const char *
fault_kind(uint32_t fault)
{
	return fault == SFTP_AUTH ? "auth" :
	    fault == SFTP_HOST_KEY ? "host_key" : "config";
}

/*
 * The partner could not be reached, or did not do as asked: leave it alone for
 * a while, or until a person has seen to it. Told once, not at each try.
 */
void
engine_partner_failed(struct engine *g, struct peer *p, uint32_t fault,
    const char *text)
{
	int64_t delay = engine_backoff(g, p->config->retry_first,
	    p->config->retry_max, p->record.failures);

	if (p->record.failures++ == 0)
		p->record.since = g->now;
	p->out.not_before = g->now + delay;
	if (fault_pauses(fault)) {
		engine_pause(g, p, fault_kind(fault), text);
		return;
	}
	snprintf(p->record.reason, sizeof(p->record.reason), "%s", text);
	engine_peer_save(g, p);
	engine_log(g, p->told ? LOG_INFO : LOG_WARNING, "partner_failed",
	    log_partner(p), log_int(LOGKEY_ATTEMPT, p->record.failures),
	    log_int(LOGKEY_RESTART_MS, delay), log_reason(text));
	p->told = true;
}

void
engine_partner_well(struct engine *g, struct peer *p)
{
	p->out.not_before = 0;
	if (p->record.failures == 0)
		return;
	p->record.failures = 0;
	if (!p->record.paused) {
		p->record.reason[0] = '\0';
		p->record.since = 0;
	}
	engine_peer_save(g, p);
	if (p->told)
		engine_log(g, LOG_NOTICE, "partner_well", log_partner(p));
	p->told = false;
}

/* ---- requests ----------------------------------------------------------- */

/* Unique for each attempt; nobody takes it for a finished file. */
static void
outbound_ask(struct engine *g, struct peer *p, enum courier_kind kind,
    enum outbound_stage stage)
{
	const struct store_file *f = &p->out.file;
	struct courier_request m = { .kind = kind, .size = f->size };

	if (p->config->sftp.upload_dir)
		snprintf(m.directory, sizeof(m.directory), "%s",
		    p->config->sftp.upload_dir);
	snprintf(m.name, sizeof(m.name), "%s", f->name);
	snprintf(m.temp, sizeof(m.temp), "x12d-%s-%" PRIu32 ".part",
	    engine_id(&f->id).text, f->attempts);
	p->out.stage = stage;
	p->out.job = engine_courier(g, p, &m,
	    kind == COURIER_UPLOAD ? &f->id : NULL, -1);
}

static void
outbound_idle(struct peer *p)
{
	p->out.stage = OUT_IDLE;
	p->out.job = 0;
	p->out.look = true;
}

/* ---- ends --------------------------------------------------------------- */

/* A sent file's next_try is when the first answer to it is overdue. */
static bool
outbound_sent(struct engine *g, struct peer *p, struct store_file *f,
    const char *evidence)
{
	f->next_try = overdue_deadline(p->config, f, g->now);
	if (!engine_move(g, f, STATE_SENT, "%s", evidence))
		return false;
	engine_log(g, LOG_INFO, "sent", log_file(f), log_partner(p),
	    log_str(LOGKEY_TYPE, f->type),
	    log_int(LOGKEY_ISA13, (int64_t)f->isa_control),
	    log_int(LOGKEY_SIZE, (int64_t)f->size),
	    log_int(LOGKEY_CLAIMS, f->claims),
	    log_int(LOGKEY_ATTEMPT, f->attempts));
	if (!answer_is_acknowledgement(f))
		inbound_expect(g, p);
	return true;
}

static void
outbound_unknown(struct engine *g, struct peer *p, const char *why)
{
	struct store_file *f = &p->out.file;

	f->next_try = 0;
	if (engine_move(g, f, STATE_UNKNOWN, "%s", why))
		engine_log(g, LOG_ERR, "unknown", log_file(f), log_partner(p),
		    log_int(LOGKEY_ISA13, (int64_t)f->isa_control),
		    log_reason(why));
	outbound_idle(p);
}

/* The rename was not asked for: it may be uploaded again. */
static void
outbound_again(struct engine *g, struct peer *p, const char *why,
    int64_t next_try)
{
	struct store_file *f = &p->out.file;

	f->next_try = next_try;
	engine_move(g, f, STATE_READY, "not sent: %s", why);
	outbound_idle(p);
}

/* The fault of this file, or of our disk: the others may go. */
static void
outbound_postpone(struct engine *g, struct peer *p, const char *why)
{
	struct store_file *f = &p->out.file;

	engine_log(g, LOG_ERR, "not_sent", log_file(f), log_partner(p),
	    log_reason(why));
	outbound_again(g, p, why, g->now + engine_backoff(g,
	    p->config->retry_first, p->config->retry_max, f->attempts - 1));
}

/* ---- replies ------------------------------------------------------------ */

static void
outbound_on_upload(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	if (m->outcome == OUTCOME_UPLOADED) {
		engine_partner_well(g, p);
		if (!engine_move(g, &p->out.file, STATE_COMMITTING,
		    "%" PRIu64 " bytes are there under a temporary name",
		    p->out.file.size))
			return;
		outbound_ask(g, p, COURIER_COMMIT, OUT_COMMIT);
	} else if (m->outcome == OUTCOME_DOUBT)
		outbound_unknown(g, p, m->text);
	else if (m->outcome == OUTCOME_CANCELLED)
		outbound_again(g, p, "put off", 0);
	else if (m->fault == SFTP_LOCAL || m->fault == SFTP_EXISTS)
		outbound_postpone(g, p, m->text);
	else {
		/* All wait as long as the partner: their order is kept. */
		engine_partner_failed(g, p, m->fault, m->text);
		outbound_again(g, p, m->text, fault_pauses(m->fault) ? 0 :
		    p->out.not_before);
	}
}

static void
outbound_on_commit(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	char text[STORE_REASON];

	if (m->outcome == OUTCOME_SENT) {
		snprintf(text, sizeof(text), "seen at the partner under its "
		    "final name, %" PRIu64 " bytes", p->out.file.size);
		engine_partner_well(g, p);
		outbound_sent(g, p, &p->out.file, text);
		outbound_idle(p);
		return;
	}
	/* Its name is taken there: renaming it later would change nothing. */
	if (m->outcome == OUTCOME_FAILED && m->fault == SFTP_EXISTS) {
		outbound_unknown(g, p, OUTBOUND_TAKEN);
		return;
	}
	p->out.stage = OUT_DOUBT;
	p->out.job = 0;
	/* What failed for sure is not in doubt, but looked at all the same. */
	if (m->outcome == OUTCOME_FAILED)
		engine_partner_failed(g, p, m->fault, m->text);
	else if (m->outcome == OUTCOME_DOUBT) {
		engine_event(g, &p->out.file.id, p->name, "doubt", "%s",
		    m->text);
		engine_log(g, LOG_WARNING, "doubt", log_file(&p->out.file),
		    log_partner(p), log_reason(m->text));
	}
}

static void
outbound_on_resolve(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	switch (m->outcome) {
	case OUTCOME_SENT:
		engine_partner_well(g, p);
		outbound_sent(g, p, &p->out.file, "looked again: it is at the "
		    "partner under its final name, with its size");
		outbound_idle(p);
		break;
	case OUTCOME_TEMP_THERE:
		engine_partner_well(g, p);
		engine_event(g, &p->out.file.id, p->name, "resolved",
		    "not renamed yet: asked for again");
		outbound_ask(g, p, COURIER_COMMIT, OUT_COMMIT);
		break;
	case OUTCOME_NOTHING:
		outbound_unknown(g, p, "neither the temporary nor the final "
		    "name is at the partner: it may have been taken, or lost; "
		    "it is not sent again before an answer comes or somebody "
		    "says `x12ctl retry`");
		break;
	default:
		if (m->outcome == OUTCOME_FAILED && m->fault == SFTP_EXISTS) {
			outbound_unknown(g, p, OUTBOUND_TAKEN);
			break;
		}
		p->out.stage = OUT_DOUBT;
		p->out.job = 0;
		if (m->outcome == OUTCOME_FAILED)
			engine_partner_failed(g, p, m->fault, m->text);
	}
}

void
outbound_on_reply(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	static void (*const on[])(struct engine *, struct peer *,
	    const struct courier_reply *) = {
		[OUT_UPLOAD] = outbound_on_upload,
		[OUT_COMMIT] = outbound_on_commit,
		[OUT_RESOLVE] = outbound_on_resolve,
	};

	if (p->config && on[p->out.stage])
		on[p->out.stage](g, p, m);
}

void
outbound_on_lost(struct engine *g, struct peer *p)
{
	p->out.job = 0;
	if (p->out.stage == OUT_COMMIT || p->out.stage == OUT_RESOLVE)
		p->out.stage = OUT_DOUBT;
	else if (p->out.stage == OUT_UPLOAD)
		/* One that dies of this file must not do so without a pause. */
		outbound_again(g, p, "the courier was lost",
		    p->out.file.attempts < 3 ? 0 : g->now +
		    engine_backoff(g, p->config ? p->config->retry_first :
		    ENGINE_RETRY_MAX_MS, ENGINE_TELL_MS,
		    p->out.file.attempts - 3));
}

void
outbound_answered(struct engine *g, const struct store_id *id,
    const char *what)
{
	struct store_file f;
	struct peer *p;
	bool in_hand;

	if (!engine_get(g, id, &f) || !(p = engine_peer(g, f.partner)) ||
	    !p->config)
		return;
	in_hand = p->out.stage != OUT_IDLE &&
	    store_id_equal(&p->out.file.id, id);
	if (f.state == STATE_READY) {
		if (engine_move(g, &f, STATE_HELD, "an answer speaks of it "
		    "(%s) though it was not sent: look before releasing it",
		    what))
			engine_log(g, LOG_ERR, "held", log_file(&f),
			    log_partner(p), log_reason(what));
	} else if (f.state == STATE_UNKNOWN ||
	    (f.state == STATE_COMMITTING && !in_hand)) {
		outbound_sent(g, p, &f, what);
	} else if (f.state == STATE_COMMITTING &&
	    p->out.stage == OUT_DOUBT) {
		outbound_sent(g, p, &f, what);
		outbound_idle(p);
	}
}

/* ---- what is next ------------------------------------------------------- */

/* A file that was in COMMITTING when memory was lost. */
static bool
outbound_next_doubt(struct engine *g, struct peer *p)
{
	struct store_file_filter filter = { .kind = FILE_OUTGOING,
	    .state = STATE_COMMITTING, .partner = p->name, .limit = 1 };
	struct files files;

	if (!p->out.doubts || !engine_files(g, &filter, &files))
		return false;
	p->out.doubts = files.count > 0;
	if (files.count > 0) {
		p->out.file = files.at[0];
		p->out.stage = OUT_DOUBT;
	}
	engine_files_free(&files);
	return p->out.stage == OUT_DOUBT;
}

/* Nothing is due: when will something be? */
static void
outbound_find_wake(struct engine *g, struct peer *p)
{
	struct store_file_filter filter = { .kind = FILE_OUTGOING,
	    .state = STATE_READY, .partner = p->name };
	struct files files;

	p->out.wake = ENGINE_NEVER;
	if (!engine_files(g, &filter, &files))
		return;
	for (size_t i = 0; i < files.count; i++)
		if (files.at[i].next_try < p->out.wake)
			p->out.wake = files.at[i].next_try;
	engine_files_free(&files);
	/* Longer than any wait of ours: the clock was put back. */
	if (p->out.wake != ENGINE_NEVER && p->out.wake > g->now +
	    p->config->retry_max + ENGINE_TELL_MS)
		outbound_hurry(g, p);
}

static bool
outbound_next_ready(struct engine *g, struct peer *p)
{
	struct store_file_filter filter = { .kind = FILE_OUTGOING,
	    .state = STATE_READY, .partner = p->name, .due = g->now,
	    .limit = 1 };
	struct files files;
	bool any;

	if (!engine_files(g, &filter, &files))
		return false;
	any = files.count > 0;
	if (any)
		p->out.file = files.at[0];
	engine_files_free(&files);
	return any;
}

static void
outbound_start(struct engine *g, struct peer *p)
{
	struct store_file *f = &p->out.file;

	f->attempts++;
	if (engine_move(g, f, STATE_SENDING, "attempt %" PRIu32, f->attempts))
		outbound_ask(g, p, COURIER_UPLOAD, OUT_UPLOAD);
}

void
outbound_step(struct engine *g, struct peer *p)
{
	bool due = p->out.look || g->now >= p->out.wake;

	if (engine_peer_paused(p) || !p->courier_up ||
	    g->now < p->out.not_before)
		return;
	if (p->out.stage == OUT_IDLE && due && outbound_next_doubt(g, p))
		due = false;
	if (p->out.stage == OUT_DOUBT) {
		outbound_ask(g, p, COURIER_RESOLVE, OUT_RESOLVE);
		return;
	}
	if (p->out.stage != OUT_IDLE || !due)
		return;
	p->out.look = false;
	p->out.wake = ENGINE_NEVER;
	if (outbound_next_ready(g, p))
		outbound_start(g, p);
	else if (!g->failed)
		outbound_find_wake(g, p);
}

int64_t
outbound_wake(const struct engine *g, const struct peer *p)
{
	int64_t wake = p->out.wake;

	if (engine_peer_paused(p) || !p->courier_up)
		return ENGINE_NEVER;
	if (p->out.stage == OUT_DOUBT || (p->out.stage == OUT_IDLE &&
	    (p->out.look || p->out.doubts)))
		wake = g->now;
	else if (p->out.stage != OUT_IDLE)
		return ENGINE_NEVER;
	if (wake == ENGINE_NEVER)
		return wake;
	return wake < p->out.not_before ? p->out.not_before : wake;
}

/* What waited for its next try waits no more. */
void
outbound_hurry(struct engine *g, struct peer *p)
{
	struct store_file_filter filter = { .kind = FILE_OUTGOING,
	    .state = STATE_READY, .partner = p->name };
	struct files files;

	p->out.look = true;
	if (!engine_files(g, &filter, &files))
		return;
	for (size_t i = 0; i < files.count; i++) {
		if (files.at[i].next_try <= g->now)
			continue;
		files.at[i].next_try = 0;
		if (!engine_update(g, &files.at[i]))
			break;
	}
	engine_files_free(&files);
}

/* After a start: the rename of a file in SENDING was never asked for. */
void
outbound_take_up(struct engine *g, struct peer *p, struct store_file *f)
{
	if (f->state != STATE_SENDING)
		return;
	f->next_try = 0;
	if (engine_move(g, f, STATE_READY, "the upload was cut short by a "
	    "restart; the final name was not asked for"))
		p->out.look = true;
}

void
outbound_free(struct peer *p)
{
	p->out = (struct outbound){ .wake = ENGINE_NEVER,
	    .not_before = p->out.not_before };
}
