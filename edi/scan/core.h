/* SPDX-License-Identifier: ISC */
#ifndef EDI_SCAN_CORE_H
#define EDI_SCAN_CORE_H

/* What the files of the scan share; for nobody else. */

#include "edi/keys.h"
#include "edi/reader/core.h"
#include "edi/scan.h"

enum {
	SCAN_NUMBERS_MAX = 1 << 17,  /* control numbers kept for uniqueness */
	SCAN_LEVELS_MAX = 1 << 18,   /* HLs kept in one transaction set */
};

static inline bool
tag_is_envelope(uint32_t tag)
{
	return tag == TAG_ISA || tag == TAG_IEA || tag == TAG_GS ||
	    tag == TAG_GE || tag == TAG_ST || tag == TAG_SE;
}

/* The HLs of one transaction set. */
struct hierarchy {
	struct hierarchy_level *level;
	uint32_t n, cap;
	uint64_t next;               /* the HL01 that should follow */
	bool regular;                /* HL01 counts 1, 2, 3 so far */
	bool full;                   /* no more are kept: nothing is judged */
	struct keys numbers;         /* HL01 to ordinal, once not regular */
};

struct scan {
	const struct scan_ops *ops;
	void *ctx;
	const struct scan_severity *severities;
	unsigned severity_count;
	struct reader *reader;
	const struct segment *now;   /* NULL at the end of the stream */
	uint32_t ordinal;            /* of now in its set, 0: outside */
	bool in_interchange, in_group, in_set;
	struct scan_interchange interchange;
	struct scan_group group;
	struct scan_set set;
	struct keys interchanges, groups, sets;
	struct hierarchy hierarchy;
	uint32_t listed, left_out;   /* findings of the set or between sets */
	uint32_t interchanges_seen;
	uint32_t answers;            /* TA1s of the interchange */
	bool stray;                  /* said: a segment stands outside */
	bool unique_said;
	bool bom_said;
	bool ended;                  /* broken or finished */
	enum scan_framing framing;
};

/*
 * The scan's own findings: of the envelope they are never left out. element 0:
 * the whole segment. fmt may be NULL; it makes the detail.
 */
void scan_say(struct scan *s, enum finding_id id, unsigned element,
    const char *fmt, ...) __attribute__((format(printf, 4, 5), cold));

/* One that says all when others were left out. */
void scan_report_always(struct scan *s, enum finding_id id,
    const struct finding *where) __attribute__((cold));

/* edi/scan/envelope.c */
void envelope_interchange(struct scan *s, const struct segment *g);
void envelope_interchange_check(struct scan *s, const struct segment *g);
void envelope_interchange_end(struct scan *s, const struct segment *g);
void envelope_group(struct scan *s, const struct segment *g);
void envelope_group_check(struct scan *s, const struct segment *g);
void envelope_group_end(struct scan *s, const struct segment *g);
void envelope_set(struct scan *s, const struct segment *g);
void envelope_set_check(struct scan *s, const struct segment *g);
void envelope_set_end(struct scan *s, const struct segment *g);

/* edi/scan/syntax.c: a segment that the scan's quick look found wanting. */
void syntax_check(struct scan *s, const struct segment *g)
    __attribute__((cold));

/* edi/scan/hierarchy.c */
void hierarchy_begin(struct hierarchy *h);
void hierarchy_check(struct scan *s, const struct segment *g);
void hierarchy_end(struct scan *s);
void hierarchy_free(struct hierarchy *h);

#endif
