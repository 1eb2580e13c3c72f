/* SPDX-License-Identifier: ISC */
#ifndef EDI_GUIDE_TEXT_H
#define EDI_GUIDE_TEXT_H

/*
 * The notation of docs/guides.md, line by line and word by word. Nothing here
 * knows what a line means.
 */

#include "base/err.h"
#include "base/slice.h"

struct guide_text {
	const char *what;      /* the file's name, for errors */
	const char *p, *end;   /* what is left */
	unsigned number;       /* of the line last read */
};

struct guide_line {
	const char *what;
	unsigned number, indent;
	struct slice rest;     /* the words not yet taken, without blanks
	                          at either end */
};

void guide_text_init(struct guide_text *t, struct slice text,
    const char *what);

/* The next line that says something; false at the end. */
bool guide_text_next(struct guide_text *t, struct guide_line *to);

/* Put the line that was just read back. */
void guide_text_unread(struct guide_text *t, const struct guide_line *l);

/* The next word, empty at the end. Quotes hold blanks together. */
struct slice guide_line_word(struct guide_line *l);
struct slice guide_line_peek(const struct guide_line *l);

/* Cut the next item of a comma separated list; its quotes are taken off. */
struct slice guide_list_item(struct slice *list);

/* -EINVAL with "FILE:LINE: ..." */
int guide_line_error(const struct guide_line *l, struct err *e,
    const char *fmt, ...) __attribute__((format(printf, 3, 4), cold));

/* "12" or "12..34" or "..34"; false when it is none of them. */
bool guide_parse_range(struct slice s, unsigned *low, unsigned *high);

#endif
