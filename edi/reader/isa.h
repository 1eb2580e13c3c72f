/* SPDX-License-Identifier: ISC */
#ifndef EDI_READER_ISA_H
#define EDI_READER_ISA_H

/*
 * The interchange header as bytes: where its elements are and which delimiters
 * it declares. Real ones have 72 to 122 bytes, not always 106, so its 16
 * element separators are counted; the component separator is the byte after
 * the last of them, the terminator the byte after that. Where ISA16 was left
 * empty, the terminator comes at once.
 */

#include "edi/segment.h"

enum {
	ISA_ELEMENTS = 16,
	ISA_MAX = 512,    /* no ISA is longer */
	ISA_LOOK = 128,   /* bytes behind the last separator */
};

struct isa {
	uint32_t mark[ISA_ELEMENTS + 1];  /* as in struct segment, from p */
	struct delimiters delimiters;
	uint32_t control_length;          /* of ISA13; IEA02 has the same */
};

enum isa_found {
	ISA_FOUND,
	ISA_MORE,    /* more bytes are needed to tell */
	ISA_CUT,     /* the stream ends inside it */
	ISA_BAD,     /* its delimiters cannot be told */
};

/* Four bytes: "ISA" and what may be its element separator. */
bool isa_stands(const char *p);

/* At an ISA of which n bytes are there; whole: no more will come. */
enum isa_found isa_find(struct isa *to, const char *p, size_t n, bool whole);

#endif
