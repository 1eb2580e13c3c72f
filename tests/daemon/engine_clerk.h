/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_ENGINE_CLERK_H
#define TESTS_DAEMON_ENGINE_CLERK_H

/*
 * What a clerk and an operator do around an engine under test: drop files,
 * look into the directories, ask. Include after cmocka.h.
 */

#include "tests/daemon/engine_rig.h"

/* ---- the clerk's side --------------------------------------------------- */

static inline void
rig_path(struct rig *r, const char *which, const char *partner,
    const char *name, char to[400])
{
	snprintf(to, 400, "%s/%s/%s%s%s", r->spool, which, partner,
	    *name ? "/" : "", name);
}

static inline void
rig_drop(struct rig *r, const char *partner, const char *name,
    const char *bytes, size_t n)
{
	char path[400];
	struct err e;
	int fd;

	rig_path(r, "outbox", partner, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, bytes, n, "drop", &e), 0);
	close(fd);
	engine_on_outbox(r->g, partner, r->now);
}

/* A file of claims like tests/data/claims/two_claims.837, each anew. */
static inline void
rig_claims(char to[RIG_TEXT], const char *claim, unsigned n, char usage)
{
	size_t used = (size_t)snprintf(to, RIG_TEXT,
	    "ISA*00*          *00*          *ZZ*CLINICSYS      *ZZ*OTHERPAYER"
	    "     *260301*0915*^*00501*000000041*0*%c*:~\n"
	    "GS*HC*CLINIC*OTHER*20260301*0915*7*X*005010X222A1~\n"
	    "ST*837*0001*005010X222A1~\n"
	    "BHT*0019*00*CLERK-%s*20260301*0915*CH~\n"
	    "NM1*41*2*SAMPLE BILLING CO*****46*SUB001~\n"
	    "PER*IC*HELP DESK*TE*5555550100~\n"
	    "NM1*40*2*IMAGINARY HEALTH PLAN*****46*99999~\n"
	    "HL*1**20*1~\nPRV*BI*PXC*207Q00000X~\n"
	    "NM1*85*2*SAMPLE CLINIC*****XX*1234567893~\n"
	    "N3*1 EXAMPLE ROAD~\nN4*NOWHERE*OH*440010001~\n"
	    "REF*EI*000000001~\n", usage, claim);

	for (unsigned i = 0; i < n; i++)
		used += (size_t)snprintf(to + used, RIG_TEXT - used,
		    "HL*%u*1*22*0~\nSBR*P*18*GRP1001******CI~\n"
		    "NM1*IL*1*CANARYONE*TESTY****MI*MEM00002X~\n"
		    "N3*2 MADEUP LANE~\nN4*NOWHERE*OH*440010001~\n"
		    "DMG*D8*19800102*F~\n"
		    "NM1*PR*2*IMAGINARY HEALTH PLAN*****PI*99999~\n"
		    "CLM*%s-%u*125***11:B:1*Y*A*Y*Y~\nHI*ABK:J020~\nLX*1~\n"
		    "SV1*HC:99213*125*UN*1***1~\nDTP*472*D8*20260225~\n",
		    i + 2, claim, i + 1);
	snprintf(to + used, RIG_TEXT - used,
	    "SE*%u*0001~\nGE*1*7~\nIEA*1*000000041~\n", 12 + 12 * n);
}

static inline void
rig_drop_claims(struct rig *r, const char *partner, const char *name,
    const char *claim)
{
	static char text[RIG_TEXT];

	rig_claims(text, claim, 1, 'T');
	rig_drop(r, partner, name, text, strlen(text));
}

static inline bool
rig_there(struct rig *r, const char *which, const char *partner,
    const char *name)
{
	char path[400];

	rig_path(r, which, partner, name, path);
	return access(path, F_OK) == 0;
}

/* Files in a directory of a partner whose names end so. */
static inline unsigned
rig_files(struct rig *r, const char *which, const char *partner,
    const char *end)
{
	char path[400];
	struct dirent *x;
	unsigned count = 0;
	DIR *d;

	rig_path(r, which, partner, "", path);
	d = opendir(path);
	assert_non_null(d);
	while ((x = readdir(d))) {
		size_t n = strlen(x->d_name), m = strlen(end);

		count += x->d_name[0] != '.' && n >= m &&
		    strcmp(x->d_name + n - m, end) == 0;
	}
	closedir(d);
	return count;
}

/* All of them, one after the other, NUL-ended; the caller's to free. */
static inline char *
rig_read_all(struct rig *r, const char *which, const char *partner,
    const char *end)
{
	char path[400], child[700];
	struct dirent *x;
	struct buf b;
	char *all;
	DIR *d;

	buf_init(&b, 1 << 20);
	rig_path(r, which, partner, "", path);
	d = opendir(path);
	assert_non_null(d);
	while ((x = readdir(d))) {
		size_t n = strlen(x->d_name), m = strlen(end);
		struct err e;
		char *text;

		if (x->d_name[0] == '.' || n < m ||
		    strcmp(x->d_name + n - m, end) != 0)
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, x->d_name);
		assert_int_equal(io_slurp(child, 1 << 20, &text, &n, &e), 0);
		buf_add(&b, text, n);
		free(text);
	}
	closedir(d);
	all = strdup(buf_str(&b));
	assert_non_null(all);
	buf_free(&b);
	return all;
}

/* ---- what the store says ------------------------------------------------ */

static inline bool
rig_on_file(void *ctx, const struct store_file *f)
{
	struct { struct store_file at; unsigned n; } *to = ctx;

	to->at = *f;
	to->n++;
	return true;
}

/* How many there are; the last one in *to (may be NULL). */
static inline unsigned
rig_states(struct rig *r, const char *partner, enum file_kind kind,
    enum file_state state, struct store_file *to)
{
	struct { struct store_file at; unsigned n; } last = { .n = 0 };
	struct store_file_filter filter = { .kind = kind, .state = state,
	    .partner = partner };
	struct err e;

	assert_int_equal(store_file_list(r->store, &filter, rig_on_file,
	    &last, &e), 0);
	if (to)
		*to = last.at;
	return last.n;
}

static inline char *
rig_ask(struct rig *r, int argc, const char *const *argv)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	engine_control(r->g, argc, argv, 1000, r->now, &out);
	text = strdup(buf_str(&out));
	assert_non_null(text);
	buf_free(&out);
	rig_pump(r);
	return text;
}

#define RIG_ASK(r, ...) \
	rig_ask(r, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *const[]){ __VA_ARGS__ })

#endif
