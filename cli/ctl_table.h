/* SPDX-License-Identifier: ISC */
#ifndef CLI_CTL_TABLE_H
#define CLI_CTL_TABLE_H

/*
 * JSON objects as text for people: a table with a column a key, as wide as
 * what is in it, and the small conversions of values. What comes from a file
 * or a partner is shown without its control characters.
 */

#include "base/buf.h"

#include <jansson.h>

enum ctl_form {
	CTL_TEXT,      /* a string, as it is */
	CTL_NUMBER,    /* an integer, to the right */
	CTL_TIME,      /* wall ms as local time */
	CTL_MONEY,     /* cents */
	CTL_SIZE,      /* bytes */
	CTL_YES,       /* a boolean: "yes" or nothing */
	CTL_SHORT_ID,  /* the end of one of our ids */
};

struct ctl_column {
	const char *title, *key;
	enum ctl_form form;
};

/* Rows: JSON objects. A column in which no row has anything is left out. */
void ctl_table(struct buf *out, const struct ctl_column *columns, size_t n,
    json_t *const *rows, size_t count);

/* The value of a key as its column would show it; "" when it is not there. */
void ctl_value(json_t *object, const char *key, enum ctl_form form,
    struct buf *to);

/* Append without control characters. */
void ctl_clean(struct buf *out, const char *text);

const char *ctl_string(json_t *object, const char *key);   /* "" if none */
int64_t ctl_number(json_t *object, const char *key);       /* 0 if none */

#endif
