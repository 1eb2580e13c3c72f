/* SPDX-License-Identifier: ISC */
#ifndef TRANSPORT_SSH_COMMAND_H
#define TRANSPORT_SSH_COMMAND_H

/*
 * The command line and environment of the ssh child. Nothing of the user's or
 * the machine's ssh configuration is used; host keys are strict; the login
 * uses the one configured method. Everything that comes from settings is held
 * to a small set of characters before it gets near ssh's own expansions.
 */

#include "base/arena.h"
#include "transport/sftp.h"

struct ssh_command {
	struct arena arena;
	char **argv, **envp;
};

/*
 * -EINVAL, -ENOENT, -EACCES: the settings, with what to do in e. The command
 * is to be freed in any case.
 */
int ssh_command_build(struct ssh_command *c, const struct sftp_settings *s,
    struct err *e) __attribute__((warn_unused_result));
void ssh_command_free(struct ssh_command *c);

#endif
