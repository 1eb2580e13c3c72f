/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_SSHD_H
#define TESTS_SUPPORT_SSHD_H

/*
 * A real sshd for a test, in a directory of its own: see sshd.sh for what is
 * in there. Tests are run from the top of the tree.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sshd {
	char dir[64], user[64];
	uint16_t port;
};

bool sshd_start(struct sshd *d);    /* a new one */
bool sshd_again(struct sshd *d);    /* after sshd_stop(): the same port */
void sshd_stop(struct sshd *d);     /* listener and sessions, at once */
void sshd_cut(struct sshd *d);      /* sessions only */
void sshd_free(struct sshd *d);     /* stop it, remove its directory */

/* "DIR/name", and "DIR/root/name": of a few static buffers in turn. */
const char *sshd_file(const struct sshd *d, const char *name);
const char *sshd_remote(const struct sshd *d, const char *name);

#endif
