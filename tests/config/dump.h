/* SPDX-License-Identifier: ISC */
#ifndef TESTS_CONFIG_DUMP_H
#define TESTS_CONFIG_DUMP_H

/* A configuration as text, by its own tables: to compare two of them. */

#include "base/buf.h"
#include "config/table.h"

#include <inttypes.h>

static void
dump_string(struct buf *b, const char *s)
{
	buf_addf(b, s ? "\"%s\"" : "NULL", s);
}

static int64_t
dump_integer(const void *field, unsigned size)
{
	uint64_t n = 0;

	memcpy(&n, field, size);   /* little endian, as all our machines */
	return (int64_t)n;
}

static void
dump_list(struct buf *b, const struct config_key *k, const void *base)
{
	const char *at = base;
	unsigned n;

	memcpy(&n, at + k->list_count, sizeof(n));
	for (unsigned i = 0; i < n; i++) {
		const char *s;

		memcpy(&s, at + k->offset + i * sizeof(s), sizeof(s));
		dump_string(b, s);
	}
}

static void
dump_paths(struct buf *b, const struct config_paths *p)
{
	for (unsigned i = 0; i < p->count; i++)
		buf_addf(b, "%s (%s:%d)", p->file[i].path, p->file[i].at.file,
		    p->file[i].at.line);
}

static void
dump_severities(struct buf *b, const struct config_severities *s)
{
	for (unsigned i = 0; i < s->count; i++)
		buf_addf(b, "%s=%u (%s:%d)", s->row[i].name,
		    s->row[i].severity, s->row[i].at.file,
		    s->row[i].at.line);
}

static void
dump_field(struct buf *b, const struct config_key *k, const void *base)
{
	const char *at = (const char *)base + k->offset;
	const struct config_expect *x = (const void *)at;
	const char *s;

	switch (k->type) {
	case TYPE_NAME:
	case TYPE_ID:
	case TYPE_QUALIFIER:
		dump_string(b, at);
		break;
	case TYPE_CHOICE:
	case TYPE_BOOL:
	case TYPE_NUMBER:
	case TYPE_SIZE:
	case TYPE_DURATION:
		buf_addf(b, "%" PRId64, dump_integer(at, k->size));
		break;
	case TYPE_PATHS:
		dump_paths(b, (const void *)at);
		break;
	case TYPE_SEVERITIES:
		dump_severities(b, (const void *)at);
		break;
	case TYPE_EXPECT:
		buf_addf(b, "%d %" PRId64, x->expected, x->within);
		break;
	default:
		memcpy(&s, at, sizeof(s));
		dump_string(b, s);
	}
}

static void
dump_mapping(struct buf *b, const struct config_mapping *m, const void *base)
{
	for (unsigned i = 0; i < m->count; i++) {
		const struct config_key *k = &m->keys[i];

		if (k->type == TYPE_DEFAULTS || k->type == TYPE_PARTNERS)
			continue;
		buf_addf(b, "%s: ", k->name);
		if (k->type == TYPE_MAPPING) {
			buf_add_str(b, "\n");
			dump_mapping(b, k->sub,
			    (const char *)base + k->offset);
		} else if (k->list_max)
			dump_list(b, k, base);
		else
			dump_field(b, k, base);
		buf_add_str(b, "\n");
	}
}

static void
dump_config(struct buf *b, const struct config *c)
{
	dump_mapping(b, &config_main_keys, c);
	for (unsigned i = 0; i < c->partner_count; i++) {
		buf_addf(b, "-- %s:%d\n", c->partners[i].file,
		    c->partners[i].line);
		dump_mapping(b, &config_partner_keys, &c->partners[i]);
	}
}

#endif
