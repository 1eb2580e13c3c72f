/* SPDX-License-Identifier: ISC */
#ifndef EDI_READER_H
#define EDI_READER_H

/*
 * Bytes to segments. The reader finds the ISA, takes the delimiters from it,
 * and hands out one segment after another as views of its window. It holds one
 * window of READER_WINDOW bytes whatever the size of the file, copies no byte
 * but the tail of a window, and can be fed in pieces of any size: the same
 * segments come out wherever the pieces are cut.
 *
 * Tolerated, because it really occurs: a byte order mark, blanks before the
 * ISA, line ends after (or as) the terminator, several interchanges with
 * different delimiters, an ISA of the wrong length, ISA11 'U', a missing
 * line end at the last segment. What is not well formed is said by the status
 * and, one layer up, as findings; it is never an error of the reader.
 *
 *	while ((n = read(fd, space.p, space.n)) > 0) {
 *		reader_commit(r, n);
 *		while (reader_next(r, &segment) == READER_SEGMENT)
 *			...
 *	}
 *	reader_finish(r); and once more reader_next() until READER_END
 */

#include "edi/segment.h"

/* A fuzzer feeds short streams, and is to see the window move in them. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { READER_SHRINK = 64 };
#else
enum { READER_SHRINK = 1 };
#endif

enum {
	READER_WINDOW = 128 * 1024 / READER_SHRINK,
	/* A longer one is READER_TOO_LONG. */
	READER_SEGMENT_MAX = 32 * 1024 / READER_SHRINK,
};

enum reader_status {
	READER_SEGMENT,    /* *to is filled */
	READER_MORE,       /* commit more bytes, or finish */
	READER_END,        /* finished, nothing is left */
	/* From here on the stream is broken; the same status comes again. */
	READER_NOT_X12,    /* something else stands where an ISA must */
	READER_BAD_ISA,    /* an ISA whose delimiters cannot be told */
	READER_TOO_LONG,   /* no terminator in READER_SEGMENT_MAX bytes */
	READER_CUT,        /* finished inside a segment: see reader_rest() */
};

struct reader;

/* NULL: out of memory. */
struct reader *reader_new(void);
void reader_free(struct reader *r);

/* Forget everything: as new. */
void reader_reset(struct reader *r);

/*
 * Room for the next bytes; at least one. Only after READER_MORE: it moves the
 * window, and segments handed out before are void.
 */
void reader_space(struct reader *r, char **p, size_t *n);
void reader_commit(struct reader *r, size_t n);
void reader_finish(struct reader *r);

/*
 * The next segment. An ISA comes as a segment of 16 elements and brings its
 * own delimiters, wherever it stands. What follows an IEA and looks like a
 * segment is handed out with the delimiters of before; what is neither blank
 * nor an ISA nor a segment is READER_NOT_X12 there.
 */
enum reader_status reader_next(struct reader *r, struct segment *to);

/*
 * After READER_NOT_X12 behind an IEA: go on at the next ISA, if one comes;
 * what stands before it is skipped. READER_END when none comes.
 */
void reader_resync(struct reader *r);

/* Offset in the stream of the first byte not yet handed out. */
uint64_t reader_offset(const struct reader *r);

/* The bytes of an unfinished segment after READER_CUT. */
struct slice reader_rest(const struct reader *r);

/* True once a byte order mark was skipped. */
bool reader_saw_bom(const struct reader *r);

/*
 * Choose the delimiter index by hand, for tests and for bench, before the
 * first byte: "avx512", "avx2", "sse2", "portable", or "auto"
 * (edi/reader/marks.h). False when the processor cannot.
 */
bool reader_use_index(struct reader *r, const char *name);

#endif
