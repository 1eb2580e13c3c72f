/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_INBOX_H
#define CLI_PAYER_INBOX_H

/*
 * The directory where files for the simulated payer arrive. Dot files,
 * temporary names, directories and links are left alone. A file is known by
 * its name, inode, size and time of change: the same bytes sent again are
 * another file.
 */

#include "base/err.h"
#include "edi/scan.h"

#include <dirent.h>

enum { PAYER_FILE_MAX = 256 * 1024 * 1024 };

struct payer_inbox {
	int dirfd, watch;            /* watch: an inotify descriptor */
	struct dirent **entries;
	int count, at;
};

struct payer_file {
	const char *name;            /* a clerk's: not loggable */
	uint64_t key;
	int fd;
	size_t size;
};

int payer_inbox_open(struct payer_inbox *b, const char *path, struct err *e)
    __attribute__((warn_unused_result));
void payer_inbox_close(struct payer_inbox *b);

/* Forget what inotify said: a scan follows. */
void payer_inbox_drain(struct payer_inbox *b);

/* A new list of what is there; then one file after the other. */
int payer_inbox_list(struct payer_inbox *b, struct err *e)
    __attribute__((warn_unused_result));
bool payer_inbox_next(struct payer_inbox *b, struct payer_file *f);
int payer_inbox_read(const struct payer_file *f, char **bytes, struct err *e)
    __attribute__((warn_unused_result));
void payer_inbox_done(struct payer_file *f);

/* Is it whole? What is not all there is not answered. */
int payer_inbox_framing(struct slice file, enum scan_framing *to,
    struct err *e) __attribute__((warn_unused_result));

/* Delete it, or (archive not NULL) move it there. */
int payer_inbox_take(struct payer_inbox *b, const struct payer_file *f,
    const char *archive, struct err *e) __attribute__((warn_unused_result));

#endif
