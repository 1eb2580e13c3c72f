/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_ENGINE_PARTNER_H
#define TESTS_DAEMON_ENGINE_PARTNER_H

/*
 * The other side of the engine's tests: a partner's directories in memory, and
 * a payer that answers what it gets. Include after cmocka.h.
 */

#include "daemon/message.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	RIG_FILES = 6000, RIG_JOBS = 64, RIG_TEXT = 64 * 1024,
	RIG_BYTES = 32 << 20,    /* of all files that ever were */
};

/* ---- the partner's side ------------------------------------------------- */

struct rig_remote {
	char dir[64], name[256];
	char *bytes;             /* in the partner's own memory */
	size_t n;
	int64_t mtime;
};

/* What goes wrong with the next so many requests of a kind. */
struct rig_fault {
	unsigned times;
	uint32_t outcome, fault;
	bool happens;            /* it is done all the same */
	bool kills;              /* and the courier dies of it */
};

struct rig_partner {
	char name[16];
	struct rig_remote files[RIG_FILES];
	unsigned count;
	unsigned commits;        /* renames that happened */
	struct rig_fault fault[COURIER_CANCEL + 1];
	struct { struct courier_request m; int fd; } jobs[RIG_JOBS];
	unsigned job_count;
	bool answers;            /* it answers each file that it gets */
	bool takes;              /* its programs take a file at once */
	unsigned asked[COURIER_CANCEL + 1];
	size_t used;
	char bytes[RIG_BYTES];
};

static inline struct rig_remote *
rig_find(struct rig_partner *p, const char *dir, const char *name)
{
	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->files[i].dir, dir) == 0 &&
		    strcmp(p->files[i].name, name) == 0)
			return &p->files[i];
	return NULL;
}

static inline void
rig_remove(struct rig_partner *p, struct rig_remote *f)
{
	*f = p->files[--p->count];
}

static inline void
rig_put(struct rig_partner *p, int64_t now, const char *dir,
    const char *name, const char *bytes, size_t n)
{
	struct rig_remote *f = rig_find(p, dir, name);

	if (f)
		rig_remove(p, f);
	assert_true(p->count < RIG_FILES);
	f = &p->files[p->count++];
	memset(f, 0, sizeof(*f));
	assert_true(slice_copy(slice_str(dir), f->dir, sizeof(f->dir)));
	assert_true(slice_copy(slice_str(name), f->name, sizeof(f->name)));
	assert_true(RIG_BYTES - p->used > n);
	f->bytes = p->bytes + p->used;
	p->used += n + 1;
	memcpy(f->bytes, bytes, n);
	f->bytes[n] = '\0';
	f->n = n;
	f->mtime = now / 1000;
}

static inline unsigned
rig_count(const struct rig_partner *p, const char *dir)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		n += strcmp(p->files[i].dir, dir) == 0;
	return n;
}

/* Element i of the first segment that begins with id, as text. */
static inline void
rig_element(const char *x12, const char *id, unsigned i, char to[64])
{
	const char ends[3] = { x12[3], x12[105], '\0' };
	const char *s = x12;
	size_t n = strlen(id);

	while (strncmp(s, id, n) != 0 || s[n] != ends[0]) {
		s = strchr(s, ends[1]);
		assert_non_null(s);
		for (s++; *s == '\n' || *s == '\r';)
			s++;
	}
	for (; i > 0; i--) {
		s = strchr(s, ends[0]);
		assert_non_null(s);
		s++;
	}
	n = strcspn(s, ends);
	assert_true(n < 64);
	memcpy(to, s, n);
	to[n] = '\0';
}

/* ---- what a payer answers ----------------------------------------------- */

#define RIG_ISA "ISA*00*          *00*          *ZZ*THEM           " \
	"*ZZ*US             *260301*0930*^*00501*%s*0*T*:~\n"

static inline void
rig_wrap(char to[RIG_TEXT], const char *isa13, const char *gs01,
    const char *version, const char *st01, const char *body,
    unsigned segments)
{
	snprintf(to, RIG_TEXT, RIG_ISA "GS*%s*THEM*US*20260301*0930*1*X*%s~\n"
	    "ST*%s*0001*%s~\n%sSE*%u*0001~\nGE*1*1~\nIEA*1*%s~\n", isa13,
	    gs01, version, st01, version, body, segments + 2, isa13);
}

static inline void
rig_ta1(char to[RIG_TEXT], const char *x12, const char *status)
{
	char isa13[64], date[64], time[64];

	rig_element(x12, "ISA", 13, isa13);
	rig_element(x12, "ISA", 9, date);
	rig_element(x12, "ISA", 10, time);
	snprintf(to, RIG_TEXT, RIG_ISA "TA1*%s*%s*%s*%s*%s~\nIEA*0*%s~\n",
	    "000000901", isa13, date, time, status,
	    *status == 'A' ? "000" : "020", "000000901");
}

static inline void
rig_999(char to[RIG_TEXT], const char *x12, const char *status)
{
	char gs06[64], st02[64], body[400];

	rig_element(x12, "GS", 6, gs06);
	rig_element(x12, "ST", 2, st02);
	snprintf(body, sizeof(body), "AK1*HC*%s*005010X222A1~\n"
	    "AK2*837*%s*005010X222A1~\nIK5*%s~\nAK9*%s*1*1*1~\n", gs06, st02,
	    status, status);
	rig_wrap(to, "000000902", "FA", "005010X231A1", "999", body, 4);
}

static inline void
rig_277ca(char to[RIG_TEXT], const char *bht03, const char *claim,
    const char *status, const char *amount)
{
	char body[1200];

	snprintf(body, sizeof(body), "BHT*0085*08*X1*20260301*0930*TH~\n"
	    "HL*1**20*1~\nNM1*PR*2*IMAGINARY HEALTH PLAN*****PI*99999~\n"
	    "TRN*1*T1~\nDTP*050*D8*20260301~\nDTP*009*D8*20260301~\n"
	    "HL*2*1*21*1~\nNM1*41*2*SAMPLE BILLING CO*****46*SUB001~\n"
	    "TRN*2*%s~\nSTC*A1:19:PR*20260301*WQ*%s~\nQTY*90*1~\n"
	    "AMT*YU*%s~\nHL*3*2*19*1~\n"
	    "NM1*85*2*SAMPLE CLINIC*****XX*1234567893~\nTRN*1*0~\n"
	    "HL*4*3*PT~\nNM1*QC*1*CANARYONE*TESTY****MI*MEM00002X~\n"
	    "TRN*2*%s~\nSTC*%s*20260301*WQ*%s~\nREF*1K*PAYER-1~\n"
	    "DTP*472*D8*20260225~\n", bht03, amount, amount, claim, status,
	    amount);
	rig_wrap(to, "000000903", "HN", "005010X214", "277", body, 21);
}

static inline void
rig_835(char to[RIG_TEXT], const char *claim, const char *status,
    const char *charged, const char *paid)
{
	char body[900];

	snprintf(body, sizeof(body), "BPR*I*%s*C*CHK************20260303~\n"
	    "TRN*1*CHECK-1*1999999999~\nDTM*405*20260303~\n"
	    "N1*PR*IMAGINARY HEALTH PLAN~\nN3*9 EXAMPLE ROAD~\n"
	    "N4*NOWHERE*OH*44001~\nPER*BL*HELP*TE*5555550100~\n"
	    "N1*PE*SAMPLE CLINIC*XX*1234567893~\nLX*1~\n"
	    "CLP*%s*%s*%s*%s**MC*PAYER-1~\n"
	    "NM1*QC*1*CANARYONE*TESTY****MI*MEM00002X~\n", paid, claim,
	    status, charged, paid);
	rig_wrap(to, "000000904", "HP", "005010X221A1", "835", body, 11);
}

static inline void
rig_answer(struct rig_partner *p, int64_t now, const char *x12,
    const char *stem)
{
	static char text[RIG_TEXT];
	char bht[64], claim[64], amount[64], name[300];

	rig_ta1(text, x12, "A");
	snprintf(name, sizeof(name), "%s.ta1", stem);
	rig_put(p, now, "/out", name, text, strlen(text));
	rig_999(text, x12, "A");
	snprintf(name, sizeof(name), "%s.999", stem);
	rig_put(p, now, "/out", name, text, strlen(text));
	rig_element(x12, "BHT", 3, bht);
	rig_element(x12, "CLM", 1, claim);
	rig_element(x12, "CLM", 2, amount);
	rig_277ca(text, bht, claim, "A2:20:PR", amount);
	snprintf(name, sizeof(name), "%s.277", stem);
	rig_put(p, now, "/out", name, text, strlen(text));
	rig_835(text, claim, "1", amount, "60");
	snprintf(name, sizeof(name), "%s.835", stem);
	rig_put(p, now, "/out", name, text, strlen(text));
}

#endif
