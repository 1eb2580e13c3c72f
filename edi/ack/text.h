/* SPDX-License-Identifier: ISC */
#ifndef EDI_ACK_TEXT_H
#define EDI_ACK_TEXT_H

/*
 * Values of somebody else's file, made fit to be written into an answer. The
 * writer refuses a delimiter or a control character in data; an answer must
 * be written all the same, and say as much of the value as it can.
 */

#include "edi/writer.h"

/* The inbound's delimiters where one can write with them, else ours. */
struct delimiters ack_delimiters(const struct delimiters *inbound);

/*
 * As much of s as to holds, without what may not be written with w: control
 * and 8-bit characters and delimiters become '?', blanks around it go.
 */
struct slice ack_clean(const struct delimiters *d, struct slice s, char *to,
    size_t cap);

/* An element (or component) of at most max characters, cleaned. */
void ack_put(struct writer *w, const char *value, size_t max);
void ack_put_component(struct writer *w, const char *value, size_t max);

/* True when s may be echoed as it is. */
bool ack_echoes(const struct delimiters *d, struct slice s);

#endif
