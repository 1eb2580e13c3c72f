/* SPDX-License-Identifier: ISC */
#ifndef EDI_INDEX_PARTS_H
#define EDI_INDEX_PARTS_H

/*
 * What the files of the index share; nobody else includes this. Each kind of
 * set has one handler for its segments and one for its end. The handler is
 * chosen at the ST with the tags that it wants, so a segment that says nothing
 * costs next to nothing.
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
	uint64_t tags;       /* index_tag() of those that on_segment wants */
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

/*
 * A bit a tag; others may have the same, so on_segment still looks. The factor
 * is one that keeps what is wanted apart from what comes often.
 */
static inline uint64_t
index_tag(uint32_t tag)
{
	return UINT64_C(1) << (tag * UINT32_C(0xd4e3319f) >> 26);
}

/* Want these, up to a zero; NULL: all. With digests all come. */
void index_want_tags(struct index *x, const uint32_t *tags);

extern const uint32_t index_837_tags[], index_835_tags[];

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
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n > 0)
		memcpy(to, s.p, n);
	to[n] = '\0';
	r->cut |= n < s.n;
}

#define INDEX_COPY(r, s, field) \
	index_copy(r, s, (r)->field, sizeof((r)->field))

int64_t index_long_amount(struct slice s);

/* Of a segment. An amount that is none counts as absent: zero. */
static inline int64_t
index_amount(struct slice s)
{
	int64_t cents;

	return money_parse_short(s, &cents) ? cents :
	    s.n > 0 ? index_long_amount(s) : 0;
}

/* Sums stop at the limit. */
static inline void
index_add(int64_t *sum, int64_t cents)
{
	if (__builtin_add_overflow(*sum, cents, sum))
		*sum = cents < 0 ? INT64_MIN : INT64_MAX;
}

uint32_t index_number(struct slice s);

/* Element i begins so: for qualifiers, without making slices of the rest. */
static inline bool
index_element_is(const struct segment *s, unsigned i, const char *value)
{
	return slice_is(segment_element(s, i), value);
}

#endif
