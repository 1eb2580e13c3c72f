/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_READ_H
#define EDI_RECORD_READ_H

/*
 * A line of JSON to the tree of its record. Texts become what X12 can carry:
 * upper case, accents off, line ends as blanks, no blanks around. A member
 * that the kind does not have is a fault, not a thing to pass over. Empty
 * texts and null are as if they were not there.
 */

#include "edi/record/value.h"
#include "edi/segment.h"

/* How X12 is to look. */
struct record_form {
	struct delimiters delimiters;
	const char *suffix;            /* after terminators */
	bool basic;                    /* X12's basic character set only */
	bool replace;                  /* what cannot be written: by a blank;
	                                  but of what identifies: refuse */
	bool keep_case;                /* small letters stay as they are */
	const char *date, *time;       /* of a set that does not say them */
};

enum { RECORD_FAULT_FIELD = 128 };

/* What is wrong with a record: where, and in words that may be logged. */
struct record_fault {
	char field[RECORD_FAULT_FIELD];   /* "claim.lines[2].charge", or "" */
	char text[400];                   /* "" : nothing is wrong */
	const char *name;                 /* of a finding, or NULL */
};

/* The member `type` of the line, or an empty slice. */
struct slice record_read_type(struct slice line);

/* NULL: *fault says why. */
struct record_value *record_read(struct arena *a, const struct record_kind *k,
    struct slice line, const struct record_form *form,
    struct record_fault *fault);

/* The same of any object: members that the kind does not have are nothing. */
struct record_value *record_read_loose(struct arena *a,
    const struct record_kind *k, struct slice line,
    const struct record_form *form, struct record_fault *fault);

#endif
