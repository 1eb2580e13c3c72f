/* SPDX-License-Identifier: ISC */
#ifndef EDI_STANDARD_H
#define EDI_STANDARD_H

/*
 * The base standard under all guides: data elements, composites and segments
 * of ASC X12 005010 as edi/guides/005010.standard says them. Read once, never
 * changed; guides are restrictions of it. Owned by the arena it is read into.
 */

#include "base/arena.h"
#include "edi/guide.h"
#include "edi/guide/text.h"

enum { STANDARD_CONTROL = 20000 };  /* I01 of the envelope is 20001 */

struct standard_element {
	uint16_t number;
	uint8_t type, decimals;    /* enum guide_type */
	uint16_t min, max;
	const char *name, *key;
	const struct guide_codes *codes;  /* those known of, or NULL */
};

struct standard_composite {
	char id[5];
	uint8_t count, syntax_count;
	const char *name, *key;
	const struct guide_element *components;
	const struct guide_syntax *syntax;
};

/* elements[] is what a segment of a guide starts from. */
struct standard_segment {
	uint32_t tag;
	char id[4];
	uint8_t count, syntax_count;
	uint8_t key, key_component;
	const char *name, *key_name;
	const struct guide_element *elements;
	const struct guide_syntax *syntax;
};

struct standard;

/* NULL with a filled e: no memory, or not what docs/guides.md says. */
struct standard *standard_load(struct arena *a, struct slice text,
    const char *what, struct err *e);

const struct standard_element *standard_element(const struct standard *s,
    unsigned number);
const struct standard_segment *standard_segment(const struct standard *s,
    uint32_t tag);
const struct standard_composite *standard_composite(const struct standard *s,
    struct slice id);

/* True for a segment that the standard has, described here or not. */
bool standard_knows(const struct standard *s, uint32_t tag);

/* Parts of the notation that guides share with the standard. */

/* "AN", "N2", ..; false when it is no type. */
bool guide_parse_type(struct slice word, uint8_t *type, uint8_t *decimals);

/* "Payer Name" to "payer_name"; NULL: no memory. */
const char *guide_key(struct arena *a, struct slice name);

/* A code list of items[]; NULL: no memory. The texts are not copied. */
const struct guide_codes *guide_codes_new(struct arena *a, const char *name,
    const struct slice *items, uint32_t count);

/* The words of the lines indented below, at most max; how many there were. */
unsigned guide_read_words(struct guide_text *t, unsigned indent,
    struct slice *words, unsigned max);

#endif
