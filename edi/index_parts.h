/* SPDX-License-Identifier: ISC */
#ifndef EDI_INDEX_PARTS_H
#define EDI_INDEX_PARTS_H

/*
 * What the files of the index share; nobody else includes this. Each kind of
 * set has one handler for its segments and one for its end; the handler is
 * chosen at the ST, so a segment that says nothing costs one switch.
 */

#include "edi/index.h"

enum {
	INDEX_STATUSES = 16,  /* STCs held until their claim's ids are known */
};

/* One STC, held back: the REFs that name its claim come after it. */
struct index_status {
	uint32_t segment;
	uint64_t offset;
	char status[12], code[4], more[2][12], date[9];
	int64_t amount, paid;
	uint8_t cut;
};

struct index {
	const struct scan *scan;
	struct index_sink sink;
	uint32_t kinds;
	bool digests;
	struct hash128 hash;             /* of the present claim */
	void (*on_segment)(struct index *x, const struct segment *s,
	    uint32_t ordinal);
	void (*on_end)(struct index *x, uint64_t end);
	uint32_t count[INDEX_KINDS];
	struct index_record set;
	struct index_record part, line;  /* being collected; kind 0: none */

	bool secondary;      /* 837: in a 2320 or 2400, whose REFs are not the
	                claim's */
	bool line_named;     /* 837: the line record has its claim's ids */
	uint8_t charge_n;
	char charge[20];     /* 837: of the present line, as written */
	char reference[INDEX_ID];        /* 277 2200B TRN02, 835 TRN02 */
	char trace[INDEX_ID];            /* 835 TRN03 */
	uint8_t level;                   /* 277: kind of the present HL */
	bool status_only;                /* 277 X212, not an X214 */
	struct index_status status[INDEX_STATUSES];
	unsigned statuses;
};

/* A segment of a claim, into its hash. */
void index_digest(struct hash128 *h, const struct segment *s);

void index_837(struct index *x, const struct segment *s, uint32_t ordinal);
void index_837_end(struct index *x, uint64_t end);
void index_835(struct index *x, const struct segment *s, uint32_t ordinal);
void index_835_end(struct index *x, uint64_t end);
void index_277(struct index *x, const struct segment *s, uint32_t ordinal);
void index_277_end(struct index *x, uint64_t end);
void index_999(struct index *x, const struct segment *s, uint32_t ordinal);
void index_999_end(struct index *x, uint64_t end);

/* A fresh record of the kind at this segment, in the present set. */
void index_begin(struct index *x, struct index_record *r, enum index_kind k,
    const struct segment *s, uint32_t ordinal);

/* Hand it out if it is wanted, numbered among its kind; it is none then. */
void index_emit(struct index *x, struct index_record *r);

/* The same, with its length up to here. */
void index_close(struct index *x, struct index_record *r, uint64_t end);

static inline bool
index_wants(const struct index *x, enum index_kind k)
{
	return x->kinds & 1u << k;
}

static inline void
index_copy(struct index_record *r, struct slice s, char *to, size_t cap)
{
	if (!slice_copy(s, to, cap))
		r->cut = 1;
}

#define INDEX_COPY(r, s, field) \
	index_copy(r, s, (r)->field, sizeof((r)->field))

/* An amount that is none counts as absent: zero. Sums stop at the limit. */
int64_t index_amount(struct slice s);
void index_add(int64_t *sum, int64_t cents);
uint32_t index_number(struct slice s);

/* Element i begins so: for qualifiers, without making slices of the rest. */
static inline bool
index_element_is(const struct segment *s, unsigned i, const char *value)
{
	return slice_is(segment_element(s, i), value);
}

#endif
