/* SPDX-License-Identifier: ISC */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

/*
 * A claim as what is said of it: every element that has a value, with its
 * place in the guide, those of its billing provider, subscriber and patient
 * too. Where the same stands in another order, under other HL or line
 * numbers or with other delimiters, the facts are the same. In an 835 what is
 * said of the payment as a whole is one more item. Of inquiries and their
 * answers (276, 277, 270, 271) an item is a claim, or the innermost level where
 * there is none, by the trace number or else the name.
 *
 * Items come one after the other; memory holds one.
 */

#include "base/buf.h"
#include "cli/command.h"
#include "edi/walk.h"

struct fact {
	uint64_t path;                 /* the place, as a number */
	const struct guide_loop *loop; /* lives as long as the guides */
	const struct guide_segment *segment;   /* NULL: no place */
	uint32_t at, n;                /* of the value in the text */
	uint32_t instance;             /* of the loop */
	uint8_t element, component;
	uint16_t repeat;               /* 0: not repeated */
	char id[4];
};

struct facts {
	struct fact *fact;
	uint32_t count, cap;
	struct buf text;
};

struct item {
	uint64_t key, check;           /* whose: guide and CLM01, TRN02 */
	uint64_t digest[2];            /* of its facts, in any order */
	uint32_t ordinal;              /* 1, 2, .. of the file's items */
	uint32_t claim, segment;       /* in its set; claim 0: the payment */
	char set[10];                  /* ST02 */
};

typedef int facts_on_item(void *ctx, const struct item *i,
    const struct facts *f, struct err *e);

void facts_init(struct facts *f);
void facts_free(struct facts *f);

/* From the descriptor's beginning. -EILSEQ: the file is at fault. */
int facts_read(const struct input *in, struct guides *guides,
    facts_on_item *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));

static inline struct slice
fact_value(const struct facts *f, const struct fact *x)
{
	return slice(f->text.p + x->at, x->n);
}

#endif
