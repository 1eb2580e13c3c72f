/* SPDX-License-Identifier: ISC */
/* Opening and closing the embedded store, and its transactions. */
#include "spool/sqlite.h"

#include "base/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* ---- transactions ------------------------------------------------------ */

static int
sqlite_begin(struct store *s, struct err *e)
{
	return sqlite_run(sqlite_of(s), SQL_BEGIN, NULL, 0, e);
}

static void
sqlite_rollback(struct store *s)
{
	struct sqlite_store *q = sqlite_of(s);

	/* After a full disk SQLite may have rolled back by itself. */
	if (!sqlite3_get_autocommit(q->db))
		(void)sqlite_run(q, SQL_ROLLBACK, NULL, 0, NULL);
}

static int
sqlite_commit(struct store *s, struct err *e)
{
	struct sqlite_store *q = sqlite_of(s);
	int rc;

	if (sqlite3_get_autocommit(q->db))
		return err_set(e, -ECANCELED, "store %s: the transaction was "
		    "taken back because a write in it failed", q->dir);
	rc = sqlite_run(q, SQL_COMMIT, NULL, 0, e);
	if (rc < 0)
		sqlite_rollback(s);
	return rc;
}

static void
sqlite_close(struct store *s)
{
	struct sqlite_store *q = sqlite_of(s);

	for (unsigned i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(q->cached[i]);
	sqlite3_close(q->db);
	bytes_free(q->bytes);
	if (q->dirfd >= 0)
		close(q->dirfd);
	if (q->lock >= 0)
		close(q->lock);
	free(q->dir);
	free(q);
}

/* ---- bytes ------------------------------------------------------------- */

static int
sqlite_bytes_create(struct store *s, const struct store_id *id, int *fd,
    struct err *e)
{
	return bytes_create(sqlite_of(s)->bytes, id, fd, e);
}

static int
sqlite_bytes_keep(struct store *s, const struct store_id *id, int fd,
    struct err *e)
{
	return bytes_keep(sqlite_of(s)->bytes, id, fd, e);
}

static int
sqlite_bytes_discard(struct store *s, const struct store_id *id,
    struct err *e)
{
	return bytes_discard(sqlite_of(s)->bytes, id, e);
}

static int
sqlite_bytes_open(struct store *s, const struct store_id *id, int *fd,
    struct err *e)
{
	return bytes_open(sqlite_of(s)->bytes, id, fd, e);
}

static bool
sqlite_bytes_exist(struct store *s, const struct store_id *id)
{
	return bytes_exist(sqlite_of(s)->bytes, id);
}

static int
sqlite_bytes_adopt(struct store *s, const struct store_id *id, int dirfd,
    const char *name, struct err *e)
{
	return bytes_adopt(sqlite_of(s)->bytes, id, dirfd, name, e);
}

static int
sqlite_bytes_each(struct store *s, store_on_orphan *on, void *ctx,
    struct err *e)
{
	return bytes_each(sqlite_of(s)->bytes, on, ctx, e);
}

static const struct store_ops sqlite_ops = {
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.file_add = sqlite_file_add,
	.file_get = sqlite_file_get,
	.file_put = sqlite_file_put,
	.file_remove = sqlite_file_remove,
	.file_list = sqlite_file_list,
	.file_count = sqlite_file_count,
	.bytes_create = sqlite_bytes_create,
	.bytes_keep = sqlite_bytes_keep,
	.bytes_discard = sqlite_bytes_discard,
	.bytes_open = sqlite_bytes_open,
	.bytes_exist = sqlite_bytes_exist,
	.bytes_adopt = sqlite_bytes_adopt,
	.bytes_each = sqlite_bytes_each,
	.block_get = sqlite_block_get,
	.block_add = sqlite_block_add,
	.counter_get = sqlite_counter_get,
	.counter_put = sqlite_counter_put,
	.group_add = sqlite_group_add,
	.set_add = sqlite_set_add,
	.claim_add = sqlite_claim_add,
	.find_interchange = sqlite_find_interchange,
	.find_group = sqlite_find_group,
	.find_set = sqlite_find_set,
	.file_sets = sqlite_file_sets,
	.find_reference = sqlite_find_reference,
	.find_claim = sqlite_find_claim,
	.get_group = sqlite_get_group,
	.get_set = sqlite_get_set,
	.answer_add = sqlite_answer_add,
	.answer_match = sqlite_answer_match,
	.claim_answers = sqlite_claim_answers,
	.file_answers = sqlite_file_answers,
	.unmatched = sqlite_unmatched,
	.event_add = sqlite_event_add,
	.events = sqlite_events,
	.partner_get = sqlite_partner_get,
	.partner_put = sqlite_partner_put,
};

/* ---- opening ----------------------------------------------------------- */

/* The directory is the daemon's alone: patients' data is below. */
static int
store_open_dir(struct sqlite_store *q, struct err *e)
{
	int rc = io_mkdirs(q->dir, 0700, e);

	if (rc < 0)
		return rc;
	/* First the mode: an umask may have taken even our own rights. */
	if (chmod(q->dir, 0700) < 0)
		return err_sys(e, "the store %s must be a directory of the "
		    "user that x12d runs as", q->dir);
	q->dirfd = open(q->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->dirfd < 0)
		return err_sys(e, "cannot open the store %s", q->dir);
	return 0;
}

/* The lock goes with its holder, however that one ends. */
static int
store_lock(struct sqlite_store *q, struct err *e)
{
	char pid[24] = "";
	int n;

	q->lock = openat(q->dirfd, "lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (q->lock < 0)
		return err_sys(e, "cannot open the lock of the store %s",
		    q->dir);
	if (flock(q->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return err_sys(e, "cannot lock the store %s", q->dir);
		if (io_pread(q->lock, pid, sizeof(pid) - 1, 0, "lock",
		    NULL) < 0)
			pid[0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		return err_set(e, -EBUSY, "the store %s is in use by process "
		    "%s; stop that x12d, or name another store", q->dir, pid);
	}
	/* Who it is helps a person only: that it fails is not worth a stop. */
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(q->lock, 0) < 0 || pwrite(q->lock, pid, (size_t)n, 0) < n)
		(void)ftruncate(q->lock, 0);
	return fchmod(q->lock, 0600) < 0 ? err_sys(e, "cannot set the mode of "
	    "the lock of the store %s", q->dir) : 0;
}

/*
 * SQLite gives the mode of the database to the files beside it, whatever the
 * umask.
 */
static int
store_make_database(struct sqlite_store *q, struct err *e)
{
	int rc = 0, fd = openat(q->dirfd, "x12d.db",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "cannot open %s/x12d.db", q->dir);
	if (fchmod(fd, 0600) < 0)
		rc = err_sys(e, "cannot open %s/x12d.db", q->dir);
	if (close(fd) < 0 && rc == 0)
		rc = err_sys(e, "cannot close %s/x12d.db", q->dir);
	return rc;
}

static const char settings[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -16000;"
    "PRAGMA journal_size_limit = 67108864;";

static int
store_connect(struct sqlite_store *q, struct err *e)
{
	char *path;
	int rc;

	if (asprintf(&path, "%s/x12d.db", q->dir) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	rc = sqlite3_open_v2(path, &q->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	free(path);
	if (q->db == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	if (rc != SQLITE_OK)
		return sqlite_err(q, "cannot open x12d.db", e);
	sqlite3_busy_timeout(q->db, 5000);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return sqlite_exec(q, settings, e);
}

/* "ok", or the first damage that is found. */
static int
store_check(struct sqlite_store *q, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	const char *text = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(q->db, "PRAGMA quick_check(1)", -1, &stmt,
	    NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
		rc = sqlite_err(q, "cannot check x12d.db", e);
	else
		text = (const char *)sqlite3_column_text(stmt, 0);
	if (rc == 0 && (text == NULL || strcmp(text, "ok") != 0))
		rc = err_set(e, -EUCLEAN, "store %s: x12d.db is damaged: "
		    "%.150s; keep its directory as it is and restore a backup "
		    "beside it", q->dir, text == NULL ? "" : text);
	if (rc < 0 && e != NULL)
		e->text[strcspn(e->text, "\n")] = '\0';
	sqlite3_finalize(stmt);
	return rc;
}

struct store *
store_open(const char *dir, struct err *e)
{
	struct sqlite_store *q = calloc(1, sizeof(*q));
	int rc;

	if (q == NULL) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	q->base.ops = &sqlite_ops;
	q->dirfd = q->lock = -1;
	q->dir = strdup(dir);
	rc = q->dir == NULL ? err_set(e, -ENOMEM, "out of memory") :
	    store_open_dir(q, e);
	if (rc == 0)
		rc = store_lock(q, e);
	if (rc == 0 && (q->bytes = bytes_new(q->dirfd, e)) == NULL)
		rc = -1;
	if (rc == 0)
		rc = store_make_database(q, e);
	if (rc == 0)
		rc = store_connect(q, e);
	if (rc == 0)
		rc = sqlite_upgrade(q, e);
	if (rc == 0)
		rc = store_check(q, e);
	if (rc == 0)
		/* Names that were just made last too. */
		rc = io_fsync_dir(q->dirfd, ".", e);
	if (rc == 0)
		return &q->base;
	sqlite_close(&q->base);
	return NULL;
}
