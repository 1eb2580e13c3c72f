/* SPDX-License-Identifier: ISC */
#ifndef EDI_WRITER_H
#define EDI_WRITER_H

/*
 * Segments to bytes, strictly: trailing empty elements and components are not
 * written, a delimiter inside data is refused, the envelope counts itself.
 * The writer appends to a buffer that the caller owns and empties when it
 * likes; it remembers the first failure, so that a caller may write a whole
 * transaction set and check once with writer_error().
 *
 * writer_st() .. writer_se(), writer_gs() .. writer_ge() and writer_isa() ..
 * writer_iea() nest; the closing calls write the counts and control numbers
 * that the opening ones began.
 */

#include "base/buf.h"
#include "edi/segment.h"

enum writer_error {
	WRITER_OK,
	WRITER_DELIMITER_IN_DATA,  /* a value holds one of the delimiters */
	WRITER_CHARACTER,          /* a control character in a value */
	WRITER_FULL,               /* the buffer refused the bytes */
};

/* The envelope of an interchange; identities are padded by the writer. */
struct writer_isa {
	const char *authorization_qualifier, *authorization;  /* ISA01, 02 */
	const char *security_qualifier, *security;            /* ISA03, 04 */
	const char *sender_qualifier, *sender;                /* ISA05, 06 */
	const char *receiver_qualifier, *receiver;            /* ISA07, 08 */
	const char *date, *time;      /* CCYYMMDD and HHMM[SS] */
	const char *version;          /* ISA12, "00501" when NULL */
	uint64_t control;             /* ISA13, 1 to 999999999 */
	bool ack_requested;           /* ISA14 */
	char usage;                   /* ISA15: 'T' or 'P' */
};

struct writer_gs {
	const char *functional_id;    /* GS01: HC, HP, HN, FA */
	const char *sender, *receiver;
	const char *date, *time;      /* CCYYMMDD, HHMM or HHMMSS */
	uint64_t control;             /* GS06 */
	const char *version;          /* GS08 */
};

struct writer {
	struct buf *out;
	struct delimiters d;
	const char *suffix;           /* after each terminator: "" or "\n" */
	enum writer_error error;
	uint32_t elements, pending;   /* written, and empty ones held back */
	uint32_t components, held;
	bool in_segment, in_composite;
	uint64_t segments;            /* in this set, ST counted */
	uint64_t sets, groups;
	uint64_t isa_control, gs_control;
	char st_control[10];
	uint8_t refused[256];         /* what may not stand in data */
};

extern const struct delimiters writer_default_delimiters;  /* * : ^ ~ */

void writer_init(struct writer *w, struct buf *out, struct delimiters d,
    const char *suffix);
enum writer_error writer_error(const struct writer *w);

void writer_isa(struct writer *w, const struct writer_isa *isa);
void writer_iea(struct writer *w);
void writer_gs(struct writer *w, const struct writer_gs *gs);
void writer_ge(struct writer *w);
/* ST02 (4 to 9 characters) and ST03 ("" or NULL: none, as in 4010). */
void writer_st(struct writer *w, const char *id, const char *control,
    const char *version);
void writer_se(struct writer *w);

/* One segment: begin, elements in order, end. An empty value is a gap. */
void writer_begin(struct writer *w, const char *id);
void writer_element(struct writer *w, struct slice value);
void writer_str(struct writer *w, const char *value);
void writer_uint(struct writer *w, uint64_t value);
/* Cents as a canonical X12 R number: 10.5, 0, -3.07. */
void writer_cents(struct writer *w, int64_t cents);
void writer_skip(struct writer *w, unsigned elements);
/* The element that was just written once more, with another value. */
void writer_repeat(struct writer *w, struct slice value);
/* A composite is one element: begin, components in order, end. */
void writer_composite(struct writer *w);
void writer_component(struct writer *w, struct slice value);
void writer_component_uint(struct writer *w, uint64_t value);
void writer_composite_end(struct writer *w);
void writer_end(struct writer *w);

/* The whole of a simple segment: writer_line(w, "N3", "12 MAIN ST", NULL). */
void writer_line(struct writer *w, const char *id, ...)
    __attribute__((sentinel));

/*
 * A segment as it was read, re-delimited: separators are translated, data
 * that holds one of our delimiters is refused. It counts as one segment.
 */
void writer_copy(struct writer *w, const struct segment *s);

#endif
