/* SPDX-License-Identifier: ISC */
#ifndef EDI_READER_CORE_H
#define EDI_READER_CORE_H

/*
 * The inside of the reader, for its own files, and for the loop of the scan,
 * which gets segments in which nothing is unusual without a call.
 */

#include <endian.h>

#include "edi/reader/isa.h"
#include "edi/reader/marks.h"
#include "edi/reader.h"

/* An id as it stands, with the separator after it, and its tag. */
struct reader_id {
	uint32_t text;             /* four bytes; of a short id three */
	uint32_t tag;
};

enum { READER_ID_BITS = 10, READER_IDS = 1 << READER_ID_BITS };

struct reader {
	char *window;              /* READER_WINDOW and MARKS_SLACK bytes */
	struct marks marks;
	const uint32_t *mark;      /* in marks.at: the first not handed out */
	const uint32_t *end_at;    /* the same in marks.end */
	const uint32_t *plain_stop;    /* up to here it may be plain */
	uint32_t start;            /* first byte not handed out */
	struct delimiters delimiters;
	uint64_t base;             /* offset in the stream of window[0] */
	uint32_t indexed;          /* first byte not indexed */
	uint32_t end;              /* first byte not committed */
	struct isa isa;            /* the last one; its marks in the window */
	marks_find *find;
	enum reader_status broken; /* READER_SEGMENT: it is not */
	bool inside;               /* between ISA and IEA */
	bool begun;                /* an ISA was seen: there are delimiters */
	bool plain;                /* the terminator is no blank */
	bool quick;                /* inside, plain, not indented */
	bool seeking;              /* an ISA, and skip all else */
	bool finished, bom, indented;
	struct reader_id ids[READER_IDS];  /* met, by a hash of their text */
};

/* No two ids of the standard have the same place, with "*" after them. */
static inline struct reader_id *
reader_id(struct reader *r, uint32_t text)
{
	return &r->ids[text * 0x7db35005u >> (32 - READER_ID_BITS)];
}

/* The id at p with its separator; of what is no id, anything. */
static inline uint32_t
reader_id_text(const struct reader *r, const char *p)
{
	uint32_t text;

	memcpy(&text, p, sizeof(text));
	text = le32toh(text);
	/* No branch: which ids have two characters cannot be predicted. */
	return text & (0xffffff | -(uint32_t)(p[2] !=
	    r->delimiters.element) << 24);
}

/* reader.c */

/* Terminators that were skipped as blanks are not segments. */
void reader_marks_drop(struct reader *r);

/* From here on these delimiters hold, and nothing is indexed. */
void reader_begin(struct reader *r, const struct delimiters *d);

/* edi/reader/head.c */

/* NUL and Ctrl-Z pad files that old systems wrote; data holds neither. */
bool reader_is_blank(const struct reader *r, unsigned char c);

/* False when no other byte than blanks is there. */
bool reader_skip_blanks(struct reader *r);

/*
 * At the first byte of what may be an ISA, or outside an interchange:
 * READER_SEGMENT: an ordinary segment follows; READER_END: an ISA was put
 * into *to; all else is for the caller of reader_next().
 */
enum reader_status reader_at_head(struct reader *r, struct segment *to);

/*
 * The next "ISA" that is not the end of a word. Four bytes are kept for what
 * comes after them: the one before an ISA, and the ISA without its separator.
 */
bool reader_seek(struct reader *r);

/* ---- the plain segment --------------------------------------------------- */

/* reader_next() of what reader_next_plain() did not take. */
enum reader_status reader_next_closely(struct reader *r, struct segment *to);

/* What reader_next_plain() leaves as it is. */
static inline void
reader_prepare(const struct reader *r, struct segment *to)
{
	to->base = r->window;
	to->delimiters = &r->delimiters;
}

/*
 * The next segment, when it is inside an interchange and nothing of it needs
 * a look: its id was met before, well formed, and is none of the envelope's
 * nor HL; no flag is set; its last element is not empty. False: ask
 * reader_next_closely(). *to must have been prepared.
 */
static inline bool
reader_next_plain(struct reader *r, struct segment *to)
{
	const uint32_t *end = r->end_at, *last;
	uint32_t start = r->start, text;
	const char *p = r->window + start;
	const struct reader_id *id;

	if (end >= r->plain_stop)
		return false;
	if ((unsigned char)*p < ' ') {
		p += *p == '\r';
		p += *p == '\n';
		start = (uint32_t)(p - r->window);
	}
	text = reader_id_text(r, p);
	id = reader_id(r, text);
	last = r->marks.at + *end;
	/* Whatever it is, its id has its own separator: it has elements. */
	if (id->text != text || last[0] - last[-1] < 2 ||
	    start < r->marks.odd_to)
		return false;
	to->mark = r->mark;
	to->start = start;
	to->count = (uint32_t)(last - r->mark);
	to->tag = id->tag;
	to->flags = 0;
	to->offset = r->base + start;
	r->end_at = end + 1;
	r->mark = last + 1;
	r->start = *last + 1;
	return true;
}

#endif
