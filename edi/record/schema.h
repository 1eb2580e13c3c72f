/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_SCHEMA_H
#define EDI_RECORD_SCHEMA_H

/* What a kind of record looks like, for other programs and for people. */

#include "base/buf.h"
#include "edi/record.h"

/* JSON Schema, draft 2020-12. */
void record_schema(struct buf *to, const struct record_kind *k);

/* Markdown: a row for each member, with its place in the guide. */
void record_table(struct buf *to, const struct record_kind *k);

#endif
