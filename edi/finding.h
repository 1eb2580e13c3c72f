/* SPDX-License-Identifier: ISC */
#ifndef EDI_FINDING_H
#define EDI_FINDING_H

/*
 * A finding is the partner's fault as data: what is wrong, where, and what the
 * acknowledgements say of it. A finding is never an error of the program that
 * found it.
 *
 * Every kind of finding has one definition with a stable name. The built-in
 * ones are the rows of edi/findings.def; a rule file brings definitions of its
 * own. Messages tell what to do and never quote a value; `value` is kept apart
 * for IK404 and for `--values`, and must not reach a log.
 */

#include "base/slice.h"

enum severity {
	SEVERITY_OFF,      /* a setting: not reported at all */
	SEVERITY_WARNING,  /* reported; the claim goes on */
	SEVERITY_REJECT,   /* the set (or the claim) must not go on */
};

/* What each acknowledgement says of a finding; "" where it says nothing. */
struct finding_ack {
	char ta105[4];   /* TA1: interchange note code */
	char ik304[3];   /* 999: segment syntax error */
	char ik403[4];   /* 999: element syntax error; its segment gets 8 */
	char ik502[3];   /* 999: transaction set syntax error */
	char ak905[3];   /* 999: functional group syntax error */
	char stc[16];    /* 277CA: category:status[:entity]: A7:562:85 */
};

struct finding_def {
	const char *name;        /* stable, snake_case: "element_too_long" */
	uint8_t snip;            /* WEDI SNIP type 1 to 7 */
	uint8_t severity;        /* enum severity, unless a setting says else */
	struct finding_ack ack;
	const char *text;        /* what is wrong and what to do */
	const char *example;     /* the right form, or NULL */
};

/*
 * What made a situational rule due, when it stands elsewhere: the 999 says it
 * as a CTX SITUATIONAL TRIGGER. segment 0: nothing to say.
 */
struct finding_trigger {
	uint32_t segment;        /* ordinal in the set */
	char id[4], loop[8];
	uint8_t element, component;  /* 0: the segment as a whole */
	uint16_t repeat;
};

/* Where the reader stands, as the acknowledgements count it. */
struct finding {
	const struct finding_def *def;
	uint8_t severity;        /* of this one, after settings */
	uint64_t offset;         /* bytes from the start of the stream */
	uint64_t interchange;    /* ISA13, or 0 */
	uint64_t group;          /* GS06, or 0 */
	char set[10];            /* ST02, or "" */
	uint32_t interchange_ordinal, group_ordinal, set_ordinal; /* 1, 2, .. */
	uint32_t segment;        /* ordinal in the set, ST is 1; 0: envelope */
	char id[4];              /* segment id, or "" */
	char loop[8];            /* loop id, or "" */
	uint8_t element;         /* 0: the segment as a whole */
	uint8_t component;       /* 0: not of a composite */
	uint16_t repeat;         /* 0: not repeating, else 1, 2, .. */
	uint16_t element_number; /* data element number for IK402, or 0 */
	uint32_t claim;          /* ordinal of the claim in its set, 0: none */
	struct finding_trigger trigger;
	char detail[96];         /* our words: "SE01 says 12, counted 14" */
	struct slice value;      /* the bad bytes; valid during the call only */
};

struct finding_sink {
	void (*on_finding)(void *ctx, const struct finding *f);
	void *ctx;
};

/* The built-in definitions, in the order of edi/findings.def. */
enum finding_id {
#define FINDING(id, ...) FINDING_##id,
#include "edi/findings.def"
#undef FINDING
	FINDING_COUNT
};

extern const struct finding_def finding_defs[FINDING_COUNT];

/* NULL when no built-in finding has that name. */
const struct finding_def *finding_by_name(struct slice name);

/*
 * The codes as the command line says them, comma separated:
 * "IK304=8,IK403=7"; "" when there are none. to holds at least 64 bytes.
 */
void finding_ack_text(const struct finding_ack *ack, char *to, size_t cap);

/* "CLM05-1" or "NM109" or "HI" into to (at least 16 bytes). */
void finding_element_text(const struct finding *f, char *to, size_t cap);

/*
 * The contract's line without a file name:
 * "SEGMENT: LOOP ELEMENT: reject: message [name, SNIP n, IK304=3]".
 */
void finding_text(const struct finding *f, char *to, size_t cap);

#endif
