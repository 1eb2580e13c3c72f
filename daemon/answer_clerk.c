/* SPDX-License-Identifier: ISC */
/*
 * What has become of a dropped file, in the forms that billing software reads:
 * ID.ta1, ID.999 and ID.277ca in the inbox. Names of fetched files begin with
 * a date, so that none can be taken for the other.
 */
#include "daemon/answer.h"

#include "daemon/intake_plan.h"
#include "daemon/report.h"
#include "edi/ack.h"

#include <unistd.h>

static const struct {
	const char *form;            /* in the settings, and the name's end */
	const char *types[2];
} forms[] = {
	{ "ta1", { "TA1", NULL } },
	{ "999", { "999", "997" } },
	{ "277ca", { "277CA", NULL } },
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static bool
clerk_wants(const struct config_partner *c, const char *form)
{
	for (unsigned i = 0; i < c->answer_clerk_count; i++)
		if (strcmp(c->answer_clerk[i], form) == 0)
			return true;
	return false;
}

/* ---- the files ---------------------------------------------------------- */

static bool
clerk_is_form(const struct answer_part *p, unsigned form)
{
	for (unsigned i = 0; i < 2; i++)
		if (forms[form].types[i] &&
		    strcmp(p->type, forms[form].types[i]) == 0)
			return true;
	return false;
}

/* All interchanges of one form in one file. */
static int
clerk_write_form(struct engine *g, const struct job *j, int dirfd,
    unsigned form, unsigned *written, struct err *e)
{
	const struct answer_parts *parts = &j->answer->parts;
	char name[80];
	unsigned count = 0;
	int fd = engine_scratch(g, e), rc = fd < 0 ? fd : 0;

	for (uint32_t k = 0; k < parts->count && rc == 0; k++)
		if (clerk_is_form(&parts->at[k], form)) {
			rc = answer_copy(j, &parts->at[k], fd, e);
			count++;
		}
	snprintf(name, sizeof(name), "%s.%s", engine_id(&j->file.id).text,
	    forms[form].form);
	if (rc == 0 && count > 0) {
		rc = report_copy(dirfd, name, fd, e);
		*written |= 1u << form;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
clerk_write(struct engine *g, struct job *j, unsigned *written,
    struct err *e)
{
	int dirfd, rc = answer_read(j, e);

	*written = 0;
	if (rc < 0 || j->answer->parts.count == 0)
		return rc;
	dirfd = report_dir(g, j->peer, "inbox", e);
	if (dirfd < 0)
		return dirfd;
	for (unsigned i = 0; i < FORMS && rc == 0; i++)
		rc = clerk_write_form(g, j, dirfd, i, written, e);
	close(dirfd);
	return rc;
}

/* ---- the job ------------------------------------------------------------ */

static void
clerk_tell(struct engine *g, struct job *j, unsigned written)
{
	char text[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < FORMS; i++)
		if (written & 1u << i)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n ? ", " : "", forms[i].form);
	if (n > 0)
		engine_event(g, &j->file.id, j->peer->name, "answered",
		    "%s in the inbox", text);
}

static void
clerk_try_later(struct engine *g, struct job *j, const struct err *e)
{
	engine_disk_full(g, e);
	engine_later(g, &j->file.id, ENGINE_RETRY_MS);
}

/* There is the report; the answer is not worth holding the file up. */
static void
clerk_give_up(struct engine *g, struct job *j, const struct err *e)
{
	engine_log(g, LOG_ERR, "not_answered", log_file(&j->file),
	    log_partner(j->peer), log_err(e));
	engine_event(g, &j->file.id, j->peer->name, "not_answered", "%s",
	    e->text);
	j->answered = true;
}

static void
clerk_on_written(struct engine *g, struct job *j, int rc, const char *text)
{
	struct err e = ERR_NONE;
	unsigned written = 0;

	if (!j->peer->config)
		return;        /* its partner is gone: when it is back */
	if (j->answer->config != g->config) {
		engine_later(g, &j->file.id, 0);
		return;
	}
	if (rc < 0)
		err_set(&e, rc, "%s", text);
	else
		rc = clerk_write(g, j, &written, &e);
	if (rc < 0 && job_passing(rc)) {
		clerk_try_later(g, j, &e);
		return;
	}
	if (rc < 0)
		clerk_give_up(g, j, &e);
	else
		clerk_tell(g, j, written);
	j->answered = true;
	if (!g->failed)
		j->answer->verdict.then(g, j, j->answer->verdict.arg);
}

/* ---- the request -------------------------------------------------------- */

/* The claims that stay behind: the whole file has those of both parts. */
static void
clerk_request(struct job *j, const struct answer_verdict *v)
{
	const struct config_partner *c = j->peer->config;
	const struct plan *p = j->plan;
	bool split = p->bad.bytes >= 0;
	uint32_t interchanges = p->end.interchanges +
	    (split ? p->bad.end.interchanges : 0) + 1;
	uint32_t groups = p->end.groups + (split ? p->bad.end.groups : 0) + 1;
	struct work_answer *m = &j->request.answer;

	/* What rejects is told in the form that can tell it. */
	*m = (struct work_answer){ .clerk = 1,
	    .ta1 = clerk_wants(c, "ta1") ? ACK_ALWAYS : ACK_ON_REJECT,
	    .functional = clerk_wants(c, "999") ? ACK_ALWAYS : ACK_ON_REJECT,
	    .claims = clerk_wants(c, "277ca"),
	    .fate = v->goes ? ACK_APART : ACK_REFUSED,
	    /* A TA1, 999, 997 and 277CA; two groups for each of theirs. */
	    .isa_count = 4 * interchanges, .gs_count = 2 * groups };
	if (v->ta105)
		snprintf(m->ta105, sizeof(m->ta105), "%s", v->ta105);
}

/* X12 that we made of records: no clerk knows its ISA. */
static bool
clerk_dropped_records(struct engine *g, const struct store_file *f)
{
	struct store_file_filter members = { .kind = FILE_DROPPED,
	    .batch = &f->id, .limit = 1 };
	struct files files;
	bool any;

	if (!engine_files(g, &members, &files))
		return true;
	any = files.count > 0;
	engine_files_free(&files);
	return any;
}

static bool
clerk_is_due(struct engine *g, const struct job *j)
{
	const struct plan *p = j->plan;

	return !j->answered && p && j->peer->config->answer_clerk_count > 0 &&
	    j->file.sha256[0] && p->end.framing != SCAN_EMPTY &&
	    p->end.framing != SCAN_NOT_X12 &&
	    !clerk_dropped_records(g, &j->file);
}

bool
answer_clerk(struct engine *g, struct job *j, const struct answer_verdict *v)
{
	const struct plan *p = j->plan;
	struct err e = ERR_NONE;
	char scope[STORE_SCOPE];
	int rc;

	if (!clerk_is_due(g, j))
		return g->failed;
	if (!answer_new(g, j, v))
		return true;
	clerk_request(j, v);
	snprintf(scope, sizeof(scope), "clerk/%s", j->peer->name);
	rc = answer_start(g, j, scope, scope, v->goes ? p->bad.bytes : -1,
	    clerk_on_written, &e);
	if (rc == 0 || g->failed)
		return true;
	if (job_passing(rc)) {
		clerk_try_later(g, j, &e);
		return true;
	}
	clerk_give_up(g, j, &e);
	return false;
}
