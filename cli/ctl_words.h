/* SPDX-License-Identifier: ISC */
#ifndef CLI_CTL_WORDS_H
#define CLI_CTL_WORDS_H

/* An answer in one line: what spoke, what it said, with which codes. */

#include "base/buf.h"

#include <jansson.h>

/* "277CA: accepted by the payer (A2:20:PR)" of an "answer" object. */
void ctl_answer_words(json_t *answer, struct buf *to);
/* "our 999 to it: rejected (R), sent" of an "acknowledged" object. */
void ctl_acknowledged_words(json_t *acknowledged, struct buf *to);

#endif
