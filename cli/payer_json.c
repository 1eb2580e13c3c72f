/* SPDX-License-Identifier: ISC */
#include "cli/payer_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "edi/ack/text.h"
#include "edi/money.h"
#include "edi/record/value.h"

enum { TEXT_MAX = 128, NAME_ROOM = 40 };

void
payer_json_init(struct payer_json *j, struct buf *out,
    const struct delimiters *d)
{
	jsonw_init(&j->json, out);
	j->delimiters = *d;
}

/* ---- saying ------------------------------------------------------------- */

static void
name_it(struct payer_json *j, char *name)
{
	if (name[0])
		jsonw_key(&j->json, name);
	name[0] = '\0';
}

static void
say_text(struct payer_json *j, char *name, struct slice s)
{
	if (s.n == 0)
		return;
	name_it(j, name);
	jsonw_slice(&j->json, s);
}

static void
say_word(struct payer_json *j, char *name, struct slice s)
{
	if (s.n == 0)
		return;
	name_it(j, name);
	jsonw_word(&j->json, s);
}

/* Dates and numbers as records have them; empty: it is none. */
static struct slice
converted(enum record_type type, const char *value,
    char room[static RECORD_VALUE_TEXT])
{
	struct slice s;

	if (!value || !value[0] || !record_from_x12(type, slice_str(value),
	    slice(NULL, 0), room, &s))
		s.n = 0;
	return s;
}

static void
say_value(struct payer_json *j, char *name, const char *what, va_list *ap)
{
	char room[TEXT_MAX];
	const char *text = NULL;
	struct slice s;

	if (strchr("stdn", *what))
		text = va_arg(*ap, const char *);
	switch (*what) {
	case 's':
		say_text(j, name, slice_str(text ? text : ""));
		break;
	case 't':
		say_text(j, name, ack_clean(&j->delimiters, slice_str(text ?
		    text : ""), room, strtoul(what + 1, NULL, 10) + 1));
		break;
	case 'd':
		say_text(j, name, converted(RECORD_DATE, text, room));
		break;
	case 'n':
		say_word(j, name, converted(RECORD_NUMBER, text, room));
		break;
	case 'm':
		money_decimal(va_arg(*ap, int64_t), room);
		say_text(j, name, slice_str(room));
		break;
	case 'r':
		s = va_arg(*ap, struct slice);
		say_word(j, name, s);
		break;
	}
	name[0] = '\0';
}

static void
say_bracket(struct payer_json *j, char *name, char c)
{
	name_it(j, name);
	if (c == '{')
		jsonw_object(&j->json);
	else if (c == '[')
		jsonw_array(&j->json);
	else if (c == '}')
		jsonw_object_end(&j->json);
	else
		jsonw_array_end(&j->json);
}

void
payer_say(struct payer_json *j, const char *form, ...)
{
	char name[NAME_ROOM] = "";
	va_list ap;

	va_start(ap, form);
	while (*form) {
		size_t n = strcspn(form, ":{}[] ");

		if (n == 0) {
			if (*form != ' ')
				say_bracket(j, name, *form);
			form++;
		} else if (form[n] == ':') {
			slice_copy(slice(form, n), name, sizeof(name));
			form += n + 1;
		} else {
			say_value(j, name, form, &ap);
			form += n;
		}
	}
	va_end(ap);
}

/* ---- reading ------------------------------------------------------------ */

struct slice
payer_member(struct slice object, const char *name)
{
	struct json_read r;
	struct json_string key;
	struct slice value;
	bool first;

	json_read_init(&r, object);
	if (object.n == 0 || !json_read_open(&r, '{', &first))
		return slice(NULL, 0);
	while (json_read_member(&r, &first, &key)) {
		if (!json_read_skip(&r, &value))
			break;
		if (slice_is(key.raw, name))
			return value;
	}
	return slice(NULL, 0);
}

const char *
payer_member_text(struct slice object, const char *name, char *to, size_t cap)
{
	struct slice value = payer_member(object, name);
	struct json_string s;
	struct json_read r;
	uint32_t code;
	size_t n = 0;

	json_read_init(&r, value);
	if (value.n > 0 && json_read_string(&r, &s))
		while (n + 1 < cap && json_read_code(&s.raw, &code))
			to[n++] = code < 0x80 ? (char)code : '?';
	to[n] = '\0';
	return to;
}

bool
payer_item(struct slice *rest, struct slice *item)
{
	struct json_read r;
	size_t at;

	if (rest->n < 2)
		return false;
	/* What is left begins at the '[' or the ',' before an item. */
	json_read_init(&r, slice(rest->p + 1, rest->n - 1));
	if (!json_read_skip(&r, item) || item->n == 0)
		return false;
	at = (size_t)(item->p + item->n - rest->p);
	*rest = slice(rest->p + at, rest->n - at);
	return true;
}
