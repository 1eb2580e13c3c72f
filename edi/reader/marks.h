/* SPDX-License-Identifier: ISC */
#ifndef EDI_READER_MARKS_H
#define EDI_READER_MARKS_H

/*
 * Where the delimiters are: the one pass over all bytes that everything else
 * rests on. It notes every element separator and terminator, which of them are
 * terminators, and the range that holds odd bytes (not printable ASCII, or a
 * line end that does not follow a terminator), so that nobody else need look
 * at every byte. The range is a hint: what lies in it must be looked at.
 *
 * Four implementations give the same marks; the processor decides at run
 * time which one is used. All may read, but not judge, MARKS_SLACK bytes past
 * the end, and may write as many marks past the last.
 */

#include <stdbool.h>
#include <stdint.h>

enum { MARKS_SLACK = 64 };

struct marks {
	uint32_t *at;        /* positions of the delimiters, ascending */
	uint32_t n;
	uint32_t *end;       /* end[i]: index in at of terminator i */
	uint32_t ends;
	uint32_t odd_from, odd_to;  /* no odd byte outside; empty: 0, 0 */
	bool fresh;          /* the byte before ended a segment or its line */
};

typedef void marks_find(struct marks *m, const char *base, uint32_t from,
    uint32_t to, char element, char terminator);

/*
 * "avx512", "avx2", "sse2", "portable", or "auto" for the best that this
 * processor has; NULL when it has not what was asked for, or the name is
 * unknown.
 */
marks_find *marks_choose(const char *name);

#endif
