/* SPDX-License-Identifier: ISC */
#ifndef TRANSPORT_SFTP_H
#define TRANSPORT_SFTP_H

/*
 * One SFTP conversation with one trading partner: an `ssh -s HOST sftp` child
 * of OpenSSH, and our SFTP version 3 client (draft-ietf-secsh-filexfer-02)
 * over a socketpair. Nothing blocks: every operation ends in exactly one call
 * of its callback, after success, failure, a deadline, or sftp_close(). The
 * peer is not trusted: packets, names, counts and handles are bounded.
 *
 * Ownership: descriptors given to an operation stay the caller's and must stay
 * open until its callback. Strings are copied. A callback is never called from
 * inside the function that started its operation (but when there is no memory
 * for it); it may start further ones, close the session and free it.
 *
 * Any number of operations may be started at once: they share a bounded number
 * of requests in flight, each getting its turn.
 */

#include "base/err.h"
#include "base/slice.h"

struct event_base;

/* Why something failed: it decides what the daemon does next. */
enum sftp_fault {
	SFTP_OK,
	SFTP_RETRY,        /* network, timeout, server busy: try again later */
	SFTP_AUTH,         /* login refused: pause the partner, tell a person */
	SFTP_HOST_KEY,     /* not the server we know: pause, tell loudly */
	SFTP_CONFIG,       /* our settings: no key file, bad directory */
	SFTP_MISSING,      /* no such file or directory there */
	SFTP_DENIED,       /* permission denied there */
	SFTP_EXISTS,       /* the name is taken there */
	SFTP_REFUSED,      /* SSH_FX_FAILURE: disk full, quota, policy */
	SFTP_LOCAL,        /* our disk: read or write of the local file */
	SFTP_PROTOCOL,     /* the peer does not speak SFTP as it must */
	SFTP_TOO_LARGE,    /* the remote file or directory is over the limit */
	SFTP_CLOSED,       /* sftp_close() before it was done */
};

struct sftp_settings {
	const char *host, *user;
	uint16_t port;
	/* A key, or NULL and a password. With a key, its passphrase or NULL. */
	const char *identity_file, *password_file;
	const char *known_hosts;
	/* Algorithms for old servers, "KexAlgorithms=+..": see ssh_command.c */
	const char *const *ssh_options;
	unsigned ssh_option_count;
	/*
	 * The program that prints the secret for ssh (SSH_ASKPASS): it finds
	 * the name of the file in X12D_ASKPASS_FILE. NULL without a password
	 * file. transport/askpass.h is such a program's main part.
	 */
	const char *askpass;
	/* ms; 0: 30 s, 60 s, an hour */
	int64_t connect_timeout;  /* from the start to the end of the login */
	int64_t idle_timeout;     /* nothing moves although we wait */
	int64_t job_timeout;      /* one operation, if it names no other */
};

struct sftp_entry {
	const char *name;      /* checked: no '/', no control characters */
	bool is_file;          /* a regular file as far as the server says */
	bool has_size, has_mtime;
	uint64_t size;
	int64_t mtime;         /* seconds since 1970 */
};

/* text is for the operator: host, user, directory, never a remote name. */
struct sftp_result {
	enum sftp_fault fault;
	char text[400];
	uint64_t size;         /* bytes written, fetched, or stat's answer */
};

typedef void sftp_done(void *ctx, const struct sftp_result *r);
typedef void sftp_on_entry(void *ctx, const struct sftp_entry *e);

struct sftp;

/*
 * Start ssh and wait for login; done says whether. Operations may be started
 * before. NULL: no child, done is never called; the code in e is -EINVAL,
 * -ENOENT or -EACCES when the settings are at fault (SFTP_CONFIG), anything
 * else is our machine (SFTP_LOCAL).
 */
struct sftp *sftp_open(struct event_base *base,
    const struct sftp_settings *settings, sftp_done *done, void *ctx,
    struct err *e);

/* End the conversation; pending operations end with SFTP_CLOSED. */
void sftp_close(struct sftp *s);

/*
 * Close and forget. The child is reaped by the event loop, killed when it
 * must: a loop that ends by itself has reaped it.
 */
void sftp_free(struct sftp *s);

/*
 * Called once when the session dies by itself after the login (pending
 * operations were ended before); NULL settles for the operations' own results.
 */
void sftp_on_lost(struct sftp *s, sftp_done *lost, void *ctx);

/*
 * Upload size bytes of fd under a name that nobody takes for finished:
 * pipelined writes, fsync@openssh.com where offered, close checked, size
 * verified by stat. What stands there is overwritten: the name is to be unique
 * to the file. A failed upload removes it if it can. timeout: ms for the
 * whole, 0: the settings' job_timeout.
 */
void sftp_upload(struct sftp *s, int fd, uint64_t size, const char *path,
    int64_t timeout, sftp_done *done, void *ctx);

/*
 * Plain rename, never over an existing name: SFTP_EXISTS. SFTP_RETRY,
 * SFTP_PROTOCOL and SFTP_CLOSED leave open whether it was done.
 */
void sftp_rename(struct sftp *s, const char *from, const char *to,
    sftp_done *done, void *ctx);

/* SFTP_OK with size, or SFTP_MISSING. */
void sftp_stat(struct sftp *s, const char *path, sftp_done *done, void *ctx);

/*
 * Entries but "." and ".."; those whose names are not safe are not passed on
 * but counted in size. More than max_entries: SFTP_TOO_LARGE after that many.
 * on_entry may not close or free the session.
 */
void sftp_list(struct sftp *s, const char *dir, unsigned max_entries,
    sftp_on_entry *on_entry, sftp_done *done, void *ctx);

/*
 * Download to fd, a regular file, from its offset 0; more than max bytes is
 * SFTP_TOO_LARGE. A file that changes meanwhile is SFTP_RETRY.
 */
void sftp_download(struct sftp *s, const char *path, int fd, uint64_t max,
    int64_t timeout, sftp_done *done, void *ctx);

void sftp_remove(struct sftp *s, const char *path, sftp_done *done,
    void *ctx);

/* "retry", "auth", ..: one word, for logs and JSON. */
const char *sftp_fault_text(enum sftp_fault f);

/* A name that is one component of a path and harmless on a terminal. */
bool sftp_name_safe(struct slice name);

#endif
