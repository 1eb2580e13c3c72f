/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

/*
 * One written value into one field, by its type. What is wrong with a value is
 * told as words that follow the key's name ("must be ..."), never with the
 * value itself.
 */

#include "base/arena.h"
#include "config/table.h"

enum { VALUE_WHY = 200 };

enum value_result { VALUE_OK, VALUE_WRONG, VALUE_NOMEM };

/* Strings are the arena's. *to is untouched unless VALUE_OK. */
enum value_result value_set(const struct config_key *key, struct slice text,
    void *to, struct arena *arena, char why[static VALUE_WHY]);

/* The qualifiers of ISA05 and ISA07, and the names for templates. */
bool value_bool(struct slice text, bool *to);

/* A duration as it would be written: 90s, 15m, 1d. */
void value_duration_text(int64_t ms, char to[static 24]);

#endif
