/* SPDX-License-Identifier: ISC */
#ifndef CLI_CTL_WORDS_H
#define CLI_CTL_WORDS_H

/* What an answer's kind and code mean, in plain words. */

#include "base/buf.h"

#include <jansson.h>

/* "277CA: accepted for processing (A2:20:PR)" of an "answer" object. */
void ctl_answer_words(json_t *answer, struct buf *to);

#endif
