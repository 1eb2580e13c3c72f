/* SPDX-License-Identifier: ISC */
#include "daemon/role.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MB ((rlim_t)1 << 20)
#define GB ((rlim_t)1 << 30)

/*
 * Limits are for what goes wrong, not for tuning: far above what the work
 * needs, far below what would take the machine down. A sanitizer needs an
 * address space of terabytes, so it gets no limit there.
 */
#ifdef __SANITIZE_ADDRESS__
#define ADDRESS_SPACE(n) { RLIMIT_AS, 0, "address space" }
#define ROLE_DUMPABLE 1     /* the leak checker must trace itself */
#else
#define ADDRESS_SPACE(n) { RLIMIT_AS, (n), "address space" }
#define ROLE_DUMPABLE 0
#endif

static const struct role roles[] = {
	{
		.kind = ROLE_SUPERVISOR, .name = "supervisor",
		.title = "x12d-supervisor",
		.sees = "configuration; starts, restarts, stops the others",
		.mask = 077,
	},
	{
		.kind = ROLE_ENGINE, .name = "engine",
		.title = "x12d-engine",
		.sees = "store, outbox and inbox, control socket; no network",
		.main = role_engine_main, .death_signal = SIGKILL,
		/* Outbox and inbox are for the clerks' group; the store
		   closes itself. */
		.mask = 007,
		.limits = {
			{ RLIMIT_NOFILE, 4096, "open files" },
		},
	},
	{
		.kind = ROLE_WORKER, .name = "worker",
		.title = "x12d-worker",
		.sees = "configuration, code lists, its file's descriptors",
		.main = role_worker_main, .death_signal = SIGKILL,
		.mask = 077,
		.limits = {
			ADDRESS_SPACE(1 * GB),
			{ RLIMIT_NOFILE, 32, "open files" },
			{ RLIMIT_FSIZE, 4 * GB, "file size" },
		},
	},
	{
		.kind = ROLE_COURIER, .name = "courier",
		.title = "x12d-courier",
		.sees = "one partner's secrets, passed descriptors, network",
		.main = role_courier_main, .death_signal = SIGKILL,
		.mask = 077,
		.limits = {
			{ RLIMIT_NOFILE, 256, "open files" },
		},
	},
};

enum { ROLE_ROWS = sizeof(roles) / sizeof(roles[0]) };

const struct role *
role_find(const char *name)
{
	for (unsigned i = 0; i < ROLE_ROWS; i++)
		if (strcmp(roles[i].name, name) == 0)
			return &roles[i];
	return NULL;
}

const struct role *
role_get(enum role_kind kind)
{
	for (unsigned i = 0; i < ROLE_ROWS; i++)
		if (roles[i].kind == kind)
			return &roles[i];
	return NULL;
}

/* Down to our limit; what the operator set lower stays. */
static int
role_limit(const struct role_limit *l, struct err *e)
{
	struct rlimit r;

	if (getrlimit(l->resource, &r) < 0)
		return err_sys(e, "cannot read the limit of %s", l->name);
	if (r.rlim_max > l->most)
		r.rlim_max = l->most;
	if (r.rlim_cur > r.rlim_max || r.rlim_cur == RLIM_INFINITY)
		r.rlim_cur = r.rlim_max;
	if (l->resource == RLIMIT_NOFILE)
		r.rlim_cur = r.rlim_max;
	if (setrlimit(l->resource, &r) < 0)
		return err_sys(e, "cannot limit %s", l->name);
	return 0;
}

static int
role_limits(const struct role *r, struct err *e)
{
	static const struct role_limit no_core = { RLIMIT_CORE, 0, "core" };
	int rc = role_limit(&no_core, e);

	for (unsigned i = 0; i < ROLE_LIMITS && rc == 0; i++)
		if (r->limits[i].most > 0)
			rc = role_limit(&r->limits[i], e);
	return rc;
}

/*
 * A terminal's ^C is for the supervisor, which then stops the others in order:
 * so they stand in groups of their own. SIGTERM is taken by loops that must
 * finish something; SIGHUP and SIGINT mean nothing to a role.
 */
static int
role_signals(const struct role *r, struct err *e)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGHUP, SIGINT };
	unsigned n = r->kind == ROLE_SUPERVISOR ? 2 : 4;
	sigset_t none;

	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return err_sys(e, "cannot set the signal mask");
	for (unsigned i = 0; i < n; i++)
		if (signal(ignored[i], SIG_IGN) == SIG_ERR)
			return err_sys(e, "cannot ignore a signal");
	return 0;
}

int
role_enter(const struct role *r, struct err *e)
{
	int rc;

	umask(r->mask);
	if (prctl(PR_SET_NAME, r->title) < 0)
		return err_sys(e, "cannot set the process title");
	if (r->kind != ROLE_SUPERVISOR &&
	    prctl(PR_SET_PDEATHSIG, r->death_signal) < 0)
		return err_sys(e, "cannot ask for the parent's death");
	if (prctl(PR_SET_DUMPABLE, ROLE_DUMPABLE) < 0)
		return err_sys(e, "cannot forbid dumps");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "cannot forbid new privileges");
	rc = role_signals(r, e);
	if (rc == 0)
		rc = role_limits(r, e);
	return rc;
}

int
role_run(const struct role *r, const char *partner, unsigned index)
{
	struct role_context c = { .role = r, .partner = partner,
	    .index = index };
	struct err e = ERR_NONE;

	log_init(&c.log, r->name);
	if (role_enter(r, &e) < 0) {
		log_event(&c.log, LOG_ERR, "role_not_entered", log_err(&e));
		return ROLE_EXIT_FAILED;
	}
	return r->main(&c);
}

bool
role_message_valid(const struct role_message *m)
{
	return m->word >= ROLE_PEER && m->word <= ROLE_STUCK &&
	    memchr(m->partner, '\0', sizeof(m->partner)) != NULL;
}
