/* SPDX-License-Identifier: ISC */
#ifndef EDI_ACK_PARTS_H
#define EDI_ACK_PARTS_H

/*
 * What the files of the acknowledgements share; nobody else includes this.
 * ack.c listens and decides, ack/note.c keeps findings until their set ends,
 * ack/999.c and ack/277ca.c write, ack/text.c makes values fit to be written.
 */

#include "edi/ack.h"
#include "edi/ack/text.h"
#include "edi/writer.h"

enum {
	ACK_CODES = 5,       /* IK502-06, AK905-09 */
	ACK_CONTEXTS = 8,    /* late findings reach this many claims back */
	ACK_PENDING = 64,    /* findings of one segment, beyond those kept */
	ACK_BAD_DATA = 99,   /* IK404 */
};

/* No segment has this tag, not even one without an id. */
#define ACK_NO_UNIT UINT32_MAX

/* A finding inside a set, as IK3 and IK4 say it. */
struct ack_note {
	struct finding_ack ack;
	uint8_t severity;
	bool settled;                /* context and claim are known */
	bool unsaid;                 /* only a 277CA speaks of it */
	uint8_t element, component;
	uint16_t repeat, element_number;
	uint32_t segment, claim, order;
	char id[4], loop[8];
	uint32_t value, context;     /* offsets in the pool; 0: none */
	struct finding_trigger trigger;
};

/* What a note is about in business terms: CLM01, TRN02, .. from here on. */
struct ack_context {
	uint32_t segment;
	const char *name;            /* "CLM01"; NULL: nothing is open */
	uint8_t n;                   /* of the value, as it came */
	char value[50];
};

struct ack_codes {
	char code[ACK_CODES][4];
};

struct ack_notes {
	struct ack_note *note;
	uint32_t count, cap, max, pending;  /* pending: unsettled, at the end */
	const struct ack_unit *unit; /* of this kind of set, or NULL */
	uint32_t unit_tag;           /* its segment, or ACK_NO_UNIT */
	struct buf pool;             /* NUL-ended values; byte 0 is unused */
	struct ack_context context[ACK_CONTEXTS];
	uint32_t contexts;           /* begun in this set */
	uint32_t claims;             /* CLMs begun in this set */
};

/* An acknowledging interchange being written. */
struct ack_output {
	enum ack_kind kind;
	struct buf bytes;
	struct writer w;
	bool open;
	uint32_t sets;               /* in its group */
};

/* A point of an output to go back to. */
struct ack_mark {
	struct writer w;
	size_t n;
	bool open;
	uint32_t sets;
};

struct ack_group {
	bool skipped;                /* itself an acknowledgement, or implied */
	bool legacy;                 /* 997 */
	bool claims;                 /* its claims are judged one by one */
	bool told;                   /* and its sets get a 277CA */
	bool rejected, noted;
	uint32_t received, accepted;
	struct ack_codes codes;
	struct ack_mark begin;       /* before the ST of its 999 */
	struct ack_mark sets;        /* after AK1 */
	struct ack_mark begin_277ca;
};

struct ack_set {
	bool rejected, rejects_seen, left_out;
	struct ack_codes codes;
	char version[36];            /* ST03 as it was written */
};

/* Totals of a batch or of one billing provider in a 277CA. */
struct ack_totals {
	uint32_t accepted, rejected;
	int64_t accepted_cents, rejected_cents;
};

struct ack_277ca {
	struct ack_claims *reader;
	struct buf providers, claims;     /* finished levels; the present's */
	struct writer pw, cw;
	uint32_t next_level;              /* HL01 */
	uint32_t provider_level, provider, patient;
	struct ack_totals batch, provider_totals;
	struct ack_party present;         /* the provider of `claims` */
};

struct ack {
	const struct scan *scan;
	struct ack_options options;
	const struct ack_ops *ops;
	void *ctx;
	int error;

	bool saw_ta1;
	uint32_t groups, skipped;
	bool rejected, noted;             /* the interchange, by TA1 */
	char ta105[4];
	struct delimiters delimiters;
	const char *suffix;
	char sender[16], receiver[16];    /* ours, and the partner's */
	char application_sender[16], application_receiver[16];
	char sender_qualifier[3], receiver_qualifier[3];
	char usage;
	char date[9], time[7];

	struct ack_output functional, legacy, claims;
	struct ack_group group;
	struct ack_set set;
	struct ack_notes notes;
	struct ack_277ca batch;
};

/* ---- ack/text.c --------------------------------------------------------- */

/* Add a code that is not there yet; a sixth is left out. */
void ack_codes_add(struct ack_codes *c, const char *code);
void ack_put_codes(struct writer *w, const struct ack_codes *c);

/* ---- ack.c -------------------------------------------------------------- */

/* The output with its ISA and GS (functional id, version) written. */
struct writer *ack_open(struct ack *a, struct ack_output *o,
    const char *functional_id, const char *version);
struct ack_mark ack_mark(const struct ack_output *o);
void ack_back(struct ack_output *o, const struct ack_mark *m);

/* ---- ack/note.c --------------------------------------------------------- */

bool ack_notes_init(struct ack_notes *n, uint32_t max);
void ack_notes_free(struct ack_notes *n);
void ack_notes_begin(struct ack_notes *n, const char *set);
/* False: no room is left, the note is lost. */
bool ack_notes_add(struct ack_notes *n, const struct finding *f,
    const struct delimiters *d);
/* Does the segment name what may stand in a CTX? A new level has no name. */
static inline bool
ack_notes_names(const struct ack_notes *n, uint32_t tag)
{
	return tag == n->unit_tag || tag == TAG_HL ||
	    tag == SEGMENT_TAG('I', 'N', 'S');
}

/* It does: from here on it is the context. */
void ack_notes_enter(struct ack_notes *n, const struct segment *s,
    uint32_t ordinal);
/* Fix what a pending note is about; the present claim, or by its segment. */
void ack_note_settle(struct ack_notes *n, struct ack_note *note, bool present,
    const struct delimiters *d);
/* All pending ones were settled: forget those beyond the limit. */
void ack_notes_settled(struct ack_notes *n);
void ack_notes_sort(struct ack_notes *n);

/* ---- ack/999.c ---------------------------------------------------------- */

void ack_999_group(struct ack *a, const struct scan_group *g);
void ack_999_group_end(struct ack *a, const struct scan_group *g, char verdict);
void ack_999_set(struct ack *a, const struct scan_set *set, char verdict);

/* ---- ack/277ca.c -------------------------------------------------------- */

bool ack_277ca_init(struct ack *a);
void ack_277ca_free(struct ack *a);
void ack_277ca_set(struct ack *a);
void ack_277ca_segment(struct ack *a, const struct segment *s,
    uint32_t ordinal);
/* A reject inside the present claim; line by segment ordinal. */
void ack_277ca_reject(struct ack *a, uint32_t segment, const char *stc);
/* The last claim of the set is over, and counted. */
void ack_277ca_claims_end(struct ack *a);
void ack_277ca_set_end(struct ack *a, const struct scan_set *set,
    bool accepted);

#endif
