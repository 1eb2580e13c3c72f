/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

/*
 * The supervisor reads the configuration, starts the other processes, starts
 * them again when they die (later and later, 100 ms to 30 s), replaces the
 * configuration on SIGHUP, and stops everything in order on SIGTERM. It touches
 * neither the store nor the network nor a byte of X12.
 *
 * A worker or courier is joined to the engine by a socketpair of its own: one
 * end is its descriptor 5, the other is sent to the engine. So a peer that
 * died is replaced without the engine starting anything itself.
 */

#include "daemon/role.h"

/* Until it is told to stop; the exit status of x12d. */
int supervisor_run(const char *config_path);

/* Print every problem of the configuration; 0: none, 1: some, 2: no file. */
int supervisor_check_config(const char *config_path);

#endif
