/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_BYTES_H
#define SPOOL_BYTES_H

/*
 * The bytes of the store as files: one per id, written once. What is being
 * written stands in incoming/ID and may vanish with its writer; what is kept
 * stands in bytes/XX/ID, read-only and durable, XX being the end of the id.
 */

#include "spool/store.h"

#include <sys/stat.h>

struct bytes;

/* Below the store's directory, which is the caller's. Clears incoming/. */
struct bytes *bytes_new(int storefd, struct err *e);
void bytes_free(struct bytes *b);

int bytes_create(struct bytes *b, const struct store_id *id, int *fd,
    struct err *e);
int bytes_keep(struct bytes *b, const struct store_id *id, int fd,
    struct err *e);
int bytes_discard(struct bytes *b, const struct store_id *id, struct err *e);
int bytes_open(struct bytes *b, const struct store_id *id, int *fd,
    struct err *e);
bool bytes_exist(struct bytes *b, const struct store_id *id);
int bytes_each(struct bytes *b, store_on_orphan *on, void *ctx,
    struct err *e);
int bytes_adopt(struct bytes *b, const struct store_id *id, int dirfd,
    const char *name, struct err *e);

/* ---- between bytes.c and adopt.c --------------------------------------- */

enum { BYTES_PATH = STORE_ID_TEXT + 3 };

struct bytes {
	int kept, incoming;   /* directories */
	dev_t dev;            /* of kept */
};

/* "XX/ID"; bytes_shelf() makes XX when it is not there. */
void bytes_path(const struct store_id *id, char to[static BYTES_PATH]);
int bytes_shelf(struct bytes *b, const struct store_id *id, struct err *e);
int bytes_sync_shelf(struct bytes *b, const struct store_id *id,
    struct err *e);
/* Take back what was kept a moment ago. */
void bytes_remove(struct bytes *b, const struct store_id *id);

/* Rename, never over something; 0 or a negative errno value. */
int bytes_rename(int fromdir, const char *from, int todir, const char *to);

/* ---- a file of the outbox, untrusted ----------------------------------- */

/*
 * Open for reading what is a regular file with one name. No text of an error
 * names it: a clerk's file name may name a patient.
 */
int source_open(int dirfd, const char *name, struct stat *st, int *fd,
    struct err *e);
/* -EBUSY: somebody can write into it still, as far as the kernel tells. */
int source_writers(int fd, struct err *e);
/* Copy all of it; -EAGAIN when it is not what st says afterwards. */
int source_copy(int from, const struct stat *st, int to, struct err *e);
/*
 * Remove exactly the file that st describes from under name. When another
 * file has taken the name, that one stays; -EAGAIN: it was written to.
 */
int source_remove(int dirfd, const char *name, const struct store_id *id,
    const struct stat *st, struct err *e);
/* The name that a file has for the moment of its removal. */
enum { SOURCE_HIDDEN = STORE_ID_TEXT + 8 };
void source_hidden(const struct store_id *id, char to[static SOURCE_HIDDEN]);

#endif
