/* SPDX-License-Identifier: ISC */
#include "daemon/courier_job.h"

#include <stdio.h>

/* ---- paths -------------------------------------------------------------- */

/* An empty directory is the one that the login ends in. */
static void
join(char to[static COURIER_PATH], const char *dir, const char *name)
{
	size_t n = dir ? strlen(dir) : 0;
	const char *slash = n == 0 || dir[n - 1] == '/' ? "" : "/";

	snprintf(to, COURIER_PATH, "%s%s%s", n ? dir : "", slash, name);
}

static const char *
upload_dir(const struct courier_job *j)
{
	const char *own = courier_settings(j->c)->upload_dir;

	return *j->m.directory || !own ? j->m.directory : own;
}

static int64_t
job_timeout(const struct courier_job *j)
{
	return courier_settings(j->c)->job_timeout;
}

static void
fail(struct courier_job *j, enum sftp_fault fault, const char *text)
{
	struct sftp_result r = { .fault = fault };

	snprintf(r.text, sizeof(r.text), "%.390s", text);
	courier_job_end(j, OUTCOME_FAILED, &r);
}

/* What comes back from one operation that is all of a job. */
static void
end_with(struct courier_job *j, enum courier_outcome outcome,
    const struct sftp_result *r)
{
	courier_job_end(j, r->fault == SFTP_OK ? outcome : OUTCOME_FAILED, r);
}

/* ---- upload ------------------------------------------------------------- */

static void
on_uploaded(void *ctx, const struct sftp_result *r)
{
	end_with(ctx, OUTCOME_UPLOADED, r);
}

static void
upload(struct courier_job *j)
{
	join(j->path, upload_dir(j), j->m.temp);
	sftp_upload(courier_session(j->c), j->fd, j->m.size, j->path,
	    job_timeout(j), on_uploaded, j);
}

/* ---- which of the two names is there? ----------------------------------- */

static void commit_on_look(struct courier_job *j);
static void resolve_on_look(struct courier_job *j);

static void
look_keep(struct courier_job *j, const struct sftp_result *r, bool *there,
    uint64_t *size)
{
	*there = r->fault == SFTP_OK;
	*size = r->size;
	if (r->fault != SFTP_OK && r->fault != SFTP_MISSING &&
	    j->look.failed.fault == SFTP_OK)
		j->look.failed = *r;
	if (--j->look.waiting > 0)
		return;
	if (j->m.kind == COURIER_COMMIT)
		commit_on_look(j);
	else
		resolve_on_look(j);
}

static void
look_on_final(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;

	look_keep(j, r, &j->look.final, &j->look.final_size);
}

static void
look_on_temp(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;

	look_keep(j, r, &j->look.temp, &j->look.temp_size);
}

static void
look(struct courier_job *j)
{
	struct sftp *s = courier_session(j->c);

	join(j->path, upload_dir(j), j->m.temp);
	join(j->other, upload_dir(j), j->m.name);
	j->look = (struct courier_look){ .waiting = 2 };
	sftp_stat(s, j->other, look_on_final, j);
	sftp_stat(s, j->path, look_on_temp, j);
}

enum verdict {
	IS_FINAL,      /* our rename was done: nothing else empties temp */
	IS_TEMP,       /* uploaded, not renamed */
	IS_NEITHER,    /* or an upload that was cut */
	IS_TAKEN,      /* the final name is there and is not ours */
};

static enum verdict
look_verdict(const struct courier_job *j)
{
	const struct courier_look *l = &j->look;

	if (l->final && !l->temp && l->final_size == j->m.size)
		return IS_FINAL;
	if (l->final)
		return IS_TAKEN;
	if (l->temp && l->temp_size == j->m.size)
		return IS_TEMP;
	return IS_NEITHER;
}

static void
end_sent(struct courier_job *j)
{
	struct sftp_result r = { .fault = SFTP_OK, .size = j->m.size };

	courier_job_end(j, OUTCOME_SENT, &r);
}

static void
fail_taken(struct courier_job *j)
{
	fail(j, SFTP_EXISTS, j->look.temp ?
	    "the final name is taken in the upload directory, and our upload "
	    "stands beside it under its temporary name: nothing was "
	    "overwritten; see with the partner what the other file is" :
	    "the final name is taken in the upload directory by a file of "
	    "another size: see with the partner what it is");
}

/* ---- resolve ------------------------------------------------------------ */

static void
resolve_on_look(struct courier_job *j)
{
	if (j->look.failed.fault != SFTP_OK) {
		courier_job_end(j, OUTCOME_FAILED, &j->look.failed);
		return;
	}
	switch (look_verdict(j)) {
	case IS_FINAL:
		end_sent(j);
		break;
	case IS_TEMP:
		courier_job_end(j, OUTCOME_TEMP_THERE, NULL);
		break;
	case IS_NEITHER:
		courier_job_end(j, OUTCOME_NOTHING, NULL);
		break;
	case IS_TAKEN:
		fail_taken(j);
		break;
	}
}

/* ---- commit ------------------------------------------------------------- */

static void
end_in_doubt(struct courier_job *j, const struct sftp_result *r)
{
	courier_job_end(j, OUTCOME_DOUBT, r);
}

/*
 * The rename was answered with yes. A final name that is gone a moment later
 * was taken by the partner's own programs: that is what it was sent for.
 */
static void
commit_on_verified(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;
	struct sftp_result odd = { .fault = SFTP_PROTOCOL, .size = r->size };

	if (r->fault == SFTP_MISSING ||
	    (r->fault == SFTP_OK && r->size == j->m.size)) {
		end_sent(j);
		return;
	}
	if (r->fault != SFTP_OK) {
		end_in_doubt(j, r);
		return;
	}
	snprintf(odd.text, sizeof(odd.text), "after the rename the file has "
	    "%llu bytes, not the %llu that were verified",
	    (unsigned long long)r->size, (unsigned long long)j->m.size);
	end_in_doubt(j, &odd);
}

/* A lost answer is a doubt; a refusal is looked at: did it happen after all? */
static void
commit_on_renamed(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;

	switch (r->fault) {
	case SFTP_OK:
		sftp_stat(courier_session(j->c), j->other,
		    commit_on_verified, j);
		break;
	case SFTP_MISSING:
	case SFTP_DENIED:
	case SFTP_EXISTS:
	case SFTP_REFUSED:
		j->renamed = true;
		j->rename = *r;
		look(j);
		break;
	default:
		end_in_doubt(j, r);
	}
}

static void
commit_rename(struct courier_job *j)
{
	if (j->renamed)
		courier_job_end(j, OUTCOME_FAILED, &j->rename);
	else
		sftp_rename(courier_session(j->c), j->path, j->other,
		    commit_on_renamed, j);
}

static void
commit_on_look(struct courier_job *j)
{
	if (j->look.failed.fault != SFTP_OK) {
		courier_job_end(j, j->renamed ? OUTCOME_DOUBT :
		    OUTCOME_FAILED, &j->look.failed);
		return;
	}
	switch (look_verdict(j)) {
	case IS_FINAL:
		end_sent(j);
		break;
	case IS_TEMP:
		commit_rename(j);
		break;
	case IS_NEITHER:
		fail(j, SFTP_MISSING, "the uploaded file is no longer in the "
		    "upload directory: upload it again");
		break;
	case IS_TAKEN:
		fail_taken(j);
		break;
	}
}

/* ---- list --------------------------------------------------------------- */

/* Not for us, or not yet: somebody is still writing it. */
static bool
name_is_unfinished(const char *name)
{
	static const char *const ends[] = { ".tmp", ".part", ".partial",
		".filepart", ".writing", "~" };
	size_t n = strlen(name);

	if (*name == '.')
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);

		if (n >= end && strcasecmp(name + n - end, ends[i]) == 0)
			return true;
	}
	return false;
}

static void
list_on_entry(void *ctx, const struct sftp_entry *e)
{
	struct courier_job *j = ctx;
	struct courier_reply r = { .outcome = OUTCOME_ENTRY, .job = j->m.job,
		.size = e->size, .mtime = e->has_mtime ? e->mtime : 0 };

	if (!e->is_file || name_is_unfinished(e->name))
		return;
	slice_copy(slice_str(e->name), r.name, sizeof(r.name));
	j->entries++;
	courier_say(j->c, &r);
}

static void
list_on_done(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;
	struct sftp_result done = *r;

	if (done.fault == SFTP_OK && r->size > 0)
		snprintf(done.text, sizeof(done.text), "%llu files have names "
		    "that are not safe to use and were left alone",
		    (unsigned long long)r->size);
	done.size = j->entries;
	end_with(j, OUTCOME_LISTED, &done);
}

static void
list(struct courier_job *j)
{
	const char *dir = *j->m.directory ? j->m.directory : ".";

	sftp_list(courier_session(j->c), dir, COURIER_ENTRIES, list_on_entry,
	    list_on_done, j);
}

/* ---- download ----------------------------------------------------------- */

static void
on_downloaded(void *ctx, const struct sftp_result *r)
{
	end_with(ctx, OUTCOME_DOWNLOADED, r);
}

static void
download(struct courier_job *j)
{
	join(j->path, j->m.directory, j->m.name);
	sftp_download(courier_session(j->c), j->path, j->fd, j->m.size,
	    job_timeout(j), on_downloaded, j);
}

/* ---- settle: what is ours now is deleted or moved ----------------------- */

enum { SETTLE_TRIES = 5 };

static void settle_move(struct courier_job *j);

static void
settle_on_removed(void *ctx, const struct sftp_result *r)
{
	courier_job_end(ctx, r->fault == SFTP_OK || r->fault == SFTP_MISSING ?
	    OUTCOME_SETTLED : OUTCOME_FAILED, r);
}

/* The rename found nothing: is it the file that is gone, or the directory? */
static void
settle_on_look(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;

	if (r->fault == SFTP_MISSING)
		courier_job_end(j, OUTCOME_SETTLED, NULL);
	else if (r->fault == SFTP_OK)
		fail(j, SFTP_MISSING, "the directory that fetched files are "
		    "to be moved to is not there: see move_dir");
	else
		courier_job_end(j, OUTCOME_FAILED, r);
}

static void
settle_on_moved(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;

	if (r->fault == SFTP_EXISTS && ++j->tries < SETTLE_TRIES)
		settle_move(j);
	else if (r->fault == SFTP_MISSING)
		sftp_stat(courier_session(j->c), j->path, settle_on_look, j);
	else
		end_with(j, OUTCOME_SETTLED, r);
}

/* A name that is taken there gets our job and a count behind it. */
static void
settle_move(struct courier_job *j)
{
	char name[MESSAGE_NAME];

	if (j->tries == 0)
		slice_copy(slice_str(j->m.name), name, sizeof(name));
	else
		snprintf(name, sizeof(name), "%.200s.%llu-%u", j->m.name,
		    (unsigned long long)j->m.job, j->tries);
	join(j->other, courier_settings(j->c)->move_dir, name);
	sftp_rename(courier_session(j->c), j->path, j->other,
	    settle_on_moved, j);
}

static void
settle_do(struct courier_job *j)
{
	if (courier_settings(j->c)->after == CONFIG_AFTER_MOVE)
		settle_move(j);
	else
		sftp_remove(courier_session(j->c), j->path,
		    settle_on_removed, j);
}

/* Another size: the partner has put a new file there, which we do not have. */
static void
settle_on_size(void *ctx, const struct sftp_result *r)
{
	struct courier_job *j = ctx;

	if (r->fault == SFTP_MISSING)
		courier_job_end(j, OUTCOME_SETTLED, NULL);
	else if (r->fault != SFTP_OK)
		courier_job_end(j, OUTCOME_FAILED, r);
	else if (r->size != j->m.size)
		fail(j, SFTP_EXISTS, "a fetched file was replaced by another "
		    "of the same name before it was settled: it is left for "
		    "the next poll");
	else
		settle_do(j);
}

static void
settle(struct courier_job *j)
{
	join(j->path, j->m.directory, j->m.name);
	if (j->m.size > 0)
		sftp_stat(courier_session(j->c), j->path, settle_on_size, j);
	else
		settle_do(j);
}

/* ---- kinds -------------------------------------------------------------- */

static const struct courier_kind_row {
	void (*begin)(struct courier_job *j);
	bool fd, name, temp;           /* what it must have */
} kinds[] = {
	[COURIER_UPLOAD] = { .begin = upload, .fd = true, .temp = true },
	[COURIER_COMMIT] = { .begin = look, .name = true, .temp = true },
	[COURIER_RESOLVE] = { .begin = look, .name = true, .temp = true },
	[COURIER_LIST] = { .begin = list },
	[COURIER_DOWNLOAD] = { .begin = download, .fd = true, .name = true },
	[COURIER_SETTLE] = { .begin = settle, .name = true },
};

const char *
courier_job_wrong(const struct courier_job *j)
{
	const struct courier_kind_row *k;

	if (j->m.kind >= sizeof(kinds) / sizeof(kinds[0]) ||
	    !kinds[j->m.kind].begin)
		return "the courier does not know this kind of request";
	k = &kinds[j->m.kind];
	if (k->fd && j->fd < 0)
		return "the request came without its file";
	if ((k->name && !sftp_name_safe(slice_str(j->m.name))) ||
	    (k->temp && !sftp_name_safe(slice_str(j->m.temp))))
		return "a remote name is empty, or has characters that names "
		    "must not have: see file_name of the partner";
	return NULL;
}

bool
courier_job_idle(const struct courier_job *j)
{
	return j->m.kind == COURIER_SETTLE &&
	    courier_settings(j->c)->after == CONFIG_AFTER_LEAVE;
}

void
courier_job_begin(struct courier_job *j)
{
	kinds[j->m.kind].begin(j);
}
