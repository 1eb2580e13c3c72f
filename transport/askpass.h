/* SPDX-License-Identifier: ISC */
#ifndef TRANSPORT_ASKPASS_H
#define TRANSPORT_ASKPASS_H

/*
 * How ssh gets a password or passphrase: it runs a program (SSH_ASKPASS) and
 * reads a line from its output. x12d is that program as well: its main asks
 * askpass_run() first. The secret stays in its file until then and is never in
 * the memory of a process that speaks to the network, ssh itself apart.
 */

/*
 * -1: this process was not started to be asked for a secret. Otherwise the
 * secret was written to stdout, and this is the exit status: 1 when the
 * question is one that must not be answered with it, or there is none.
 */
int askpass_run(int argc, char **argv);

#endif
