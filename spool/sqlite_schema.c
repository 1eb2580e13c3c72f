/* SPDX-License-Identifier: ISC */
/*
 * The tables, as the steps that made them: row N of the table of upgrades
 * brings a database from version N to N + 1. A step that was ever released is
 * never edited; a change is a new step.
 */
#include "spool/sqlite.h"

/* "x12d" in ASCII: what file(1) and we tell our databases by. */
#define SCHEMA_APPLICATION 0x78313264

/*
 * References to files are looked at when a row is added, not by the database:
 * it would search every table each time that a file is forgotten.
 */
static const char schema_1[] =
"CREATE TABLE file ("
"	id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),"
"	parent BLOB,"
"	kind INTEGER NOT NULL,"
"	state INTEGER NOT NULL,"
"	partner TEXT NOT NULL,"
"	name TEXT NOT NULL,"
"	directory TEXT NOT NULL,"
"	sha256 TEXT NOT NULL,"
"	size INTEGER NOT NULL,"
"	remote_mtime INTEGER NOT NULL,"
"	created INTEGER NOT NULL,"
"	changed INTEGER NOT NULL,"
"	next_try INTEGER NOT NULL,"
"	attempts INTEGER NOT NULL,"
"	ordinal INTEGER NOT NULL,"
"	isa_control INTEGER NOT NULL,"
"	usage INTEGER NOT NULL,"
"	type TEXT NOT NULL,"
"	claims INTEGER NOT NULL,"
"	settled INTEGER NOT NULL,"
"	reason TEXT NOT NULL"
") STRICT;"
"CREATE INDEX file_parent ON file (parent) WHERE parent IS NOT NULL;"
"CREATE INDEX file_sha256 ON file (sha256) WHERE sha256 <> '';"
"CREATE INDEX file_name ON file (partner, name, directory);"
"CREATE INDEX file_partner_state ON file (partner, kind, state, id);"
"CREATE INDEX file_state ON file (kind, state, id);"
"CREATE INDEX file_due ON file (kind, state, next_try);"
"CREATE INDEX file_interchange ON file (isa_control, partner) "
"	WHERE kind = 2;"

"CREATE TABLE number_counter ("
"	scope TEXT NOT NULL,"
"	kind INTEGER NOT NULL,"
"	next INTEGER NOT NULL,"
"	PRIMARY KEY (scope, kind)"
") STRICT, WITHOUT ROWID;"
/* A block outlives its file: what was used is never forgotten. */
"CREATE TABLE number_block ("
"	scope TEXT NOT NULL,"
"	kind INTEGER NOT NULL,"
"	file BLOB NOT NULL,"
"	sha256 TEXT NOT NULL,"
"	first INTEGER NOT NULL,"
"	count INTEGER NOT NULL,"
"	at INTEGER NOT NULL,"
"	PRIMARY KEY (scope, kind, file)"
") STRICT, WITHOUT ROWID;"

"CREATE TABLE functional_group ("
"	row INTEGER PRIMARY KEY,"
"	file BLOB NOT NULL,"
"	isa_control INTEGER NOT NULL,"
"	control INTEGER NOT NULL,"
"	functional_id TEXT NOT NULL,"
"	version TEXT NOT NULL,"
"	sender TEXT NOT NULL,"
"	receiver TEXT NOT NULL,"
"	partner TEXT NOT NULL"
") STRICT;"
"CREATE INDEX group_control ON functional_group (control, partner);"
"CREATE TABLE transaction_set ("
"	row INTEGER PRIMARY KEY,"
"	grp INTEGER NOT NULL REFERENCES functional_group (row),"
"	file BLOB NOT NULL,"
"	id TEXT NOT NULL,"
"	control TEXT NOT NULL,"
"	reference TEXT NOT NULL,"
"	original_reference TEXT NOT NULL,"
"	claims INTEGER NOT NULL,"
"	partner TEXT NOT NULL"
") STRICT;"
"CREATE INDEX set_control ON transaction_set (grp, control);"
"CREATE INDEX set_file ON transaction_set (file);"
"CREATE INDEX set_reference ON transaction_set (reference, partner);"
"CREATE TABLE claim ("
"	row INTEGER PRIMARY KEY,"
"	txset INTEGER NOT NULL REFERENCES transaction_set (row),"
"	file BLOB NOT NULL,"
"	partner TEXT NOT NULL,"
"	claim TEXT NOT NULL,"
"	frequency TEXT NOT NULL,"
"	trace TEXT NOT NULL,"
"	amount INTEGER NOT NULL,"
"	ordinal INTEGER NOT NULL,"
"	segment INTEGER NOT NULL,"
"	offset INTEGER NOT NULL,"
"	length INTEGER NOT NULL,"
"	created INTEGER NOT NULL"
") STRICT;"
"CREATE INDEX claim_claim ON claim (claim, partner);"

"CREATE TABLE answer ("
"	row INTEGER PRIMARY KEY,"
"	kind INTEGER NOT NULL,"
"	file BLOB NOT NULL,"
"	partner TEXT NOT NULL,"
"	status TEXT NOT NULL,"
"	code TEXT NOT NULL,"
"	amount INTEGER NOT NULL,"
"	paid INTEGER NOT NULL,"
"	reference TEXT NOT NULL,"
"	claim TEXT NOT NULL,"
"	payer_claim TEXT NOT NULL,"
"	control INTEGER NOT NULL,"
"	set_control TEXT NOT NULL,"
"	segment INTEGER NOT NULL,"
"	created INTEGER NOT NULL,"
"	outgoing BLOB,"
"	grp INTEGER REFERENCES functional_group (row),"
"	txset INTEGER REFERENCES transaction_set (row),"
"	matched INTEGER REFERENCES claim (row)"
") STRICT;"
/* Each answer stands in the index of the narrowest thing it speaks of. */
"CREATE INDEX answer_claim ON answer (matched) WHERE matched IS NOT NULL;"
"CREATE INDEX answer_set ON answer (txset) WHERE matched IS NULL;"
"CREATE INDEX answer_group ON answer (grp) "
"	WHERE matched IS NULL AND txset IS NULL;"
"CREATE INDEX answer_file ON answer (outgoing) "
"	WHERE matched IS NULL AND txset IS NULL AND grp IS NULL;"
"CREATE INDEX answer_outgoing ON answer (outgoing, kind) "
"	WHERE outgoing IS NOT NULL;"

"CREATE TABLE event ("
"	row INTEGER PRIMARY KEY AUTOINCREMENT,"
"	at INTEGER NOT NULL,"
"	file BLOB,"
"	partner TEXT NOT NULL,"
"	what TEXT NOT NULL,"
"	evidence TEXT NOT NULL"
") STRICT;"
"CREATE INDEX event_file ON event (file) WHERE file IS NOT NULL;"
"CREATE TRIGGER event_never_changes BEFORE UPDATE ON event "
"BEGIN SELECT raise(ABORT, 'events are append only'); END;"
"CREATE TRIGGER event_never_goes BEFORE DELETE ON event "
"BEGIN SELECT raise(ABORT, 'events are append only'); END;"

"CREATE TABLE partner ("
"	name TEXT NOT NULL PRIMARY KEY,"
"	paused INTEGER NOT NULL,"
"	reason TEXT NOT NULL,"
"	since INTEGER NOT NULL,"
"	last_poll INTEGER NOT NULL,"
"	next_poll INTEGER NOT NULL,"
"	failures INTEGER NOT NULL"
") STRICT, WITHOUT ROWID;"
"PRAGMA application_id = 0x78313264;"
"PRAGMA user_version = 1;";

/* Records wait as files of their own, and leave in batches. */
static const char schema_2[] =
"ALTER TABLE file ADD COLUMN batch BLOB;"
"ALTER TABLE file ADD COLUMN charge INTEGER NOT NULL DEFAULT 0;"
"CREATE INDEX file_batch ON file (batch) WHERE batch IS NOT NULL;"
"PRAGMA user_version = 2;";

/* A claim is known again by what it says; those before are by its number. */
static const char schema_3[] =
"ALTER TABLE claim ADD COLUMN digest TEXT NOT NULL DEFAULT '';"
"PRAGMA user_version = 3;";

/* Which kind of group a 999 answers; those before answer any. */
static const char schema_4[] =
"ALTER TABLE answer ADD COLUMN functional_id TEXT NOT NULL DEFAULT '';"
"PRAGMA user_version = 4;";

static const char *const upgrades[] = { schema_1, schema_2, schema_3,
	schema_4 };

enum { SCHEMA_VERSION = sizeof(upgrades) / sizeof(upgrades[0]) };

/* Is it ours, and how old? A new database has no table and no identity. */
static int
sqlite_version(struct sqlite_store *q, int64_t *version, struct err *e)
{
	int64_t application, tables;
	int rc = sqlite_pragma(q, "PRAGMA application_id", &application, e);

	if (rc == 0)
		rc = sqlite_pragma(q, "PRAGMA user_version", version, e);
	if (rc == 0)
		rc = sqlite_pragma(q, "SELECT count(*) FROM sqlite_schema",
		    &tables, e);
	if (rc < 0)
		return rc;
	if (application != SCHEMA_APPLICATION &&
	    (application != 0 || *version != 0 || tables != 0))
		return err_set(e, -EMEDIUMTYPE, "store %s: x12d.db is not "
		    "x12d's; name another directory as the store", q->dir);
	if (*version > SCHEMA_VERSION)
		return err_set(e, -EPROTO, "store %s: version %lld was "
		    "written by a newer x12d, this one knows %d; install the "
		    "newer one", q->dir, (long long)*version, SCHEMA_VERSION);
	return 0;
}

static bool
schema_on_bytes(void *ctx, const struct store_id *id)
{
	(void)id;
	*(bool *)ctx = true;
	return false;
}

/* Tables are made only where nothing was ever kept. */
static int
schema_new(struct sqlite_store *q, struct err *e)
{
	bool kept = false;
	int rc = bytes_each(q->bytes, schema_on_bytes, &kept, e);

	if (rc == 0 && kept)
		rc = err_set(e, -EUCLEAN, "store %s: bytes are there but "
		    "x12d.db is missing or empty; restore it from a backup, "
		    "or name another directory as the store", q->dir);
	return rc;
}

int
sqlite_upgrade(struct sqlite_store *q, struct err *e)
{
	int64_t version;
	int rc = sqlite_version(q, &version, e);

	if (rc < 0 || version == SCHEMA_VERSION)
		return rc;
	if (version == 0)
		rc = schema_new(q, e);
	if (rc == 0)
		rc = sqlite_exec(q, "BEGIN IMMEDIATE", e);
	for (; rc == 0 && version < SCHEMA_VERSION; version++)
		rc = sqlite_exec(q, upgrades[version], e);
	if (rc == 0)
		rc = sqlite_exec(q, "COMMIT", e);
	if (rc < 0 && !sqlite3_get_autocommit(q->db))
		(void)sqlite_exec(q, "ROLLBACK", NULL);
	return rc;
}
