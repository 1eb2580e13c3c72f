/* SPDX-License-Identifier: ISC */
#include "edi/ack/parts.h"

/*
 * Delimiters that no number, date, code or replacement character can hold.
 * Anything else that an ISA declares is answered with our own four.
 */
static bool
is_fit(char c)
{
	return c != '\0' && strchr("*:^~|<>!;=@#$%&_\\`'\"[]{}\x1c\x1d\x1e\x1f",
	    c) != NULL;
}

static bool
are_distinct(const struct delimiters *d)
{
	return d->element != d->component && d->element != d->terminator &&
	    d->component != d->terminator && d->repetition != d->element &&
	    d->repetition != d->component && d->repetition != d->terminator;
}

struct delimiters
ack_delimiters(const struct delimiters *inbound)
{
	static const char spare[] = "^!;|";
	struct delimiters d = *inbound;

	for (size_t i = 0; d.repetition == '\0' && spare[i] != '\0'; i++)
		if (spare[i] != d.element && spare[i] != d.component &&
		    spare[i] != d.terminator)
			d.repetition = spare[i];
	/* As a component separator these two are a finding (isa_component). */
	if (d.component == 0x1c || d.component == 0x1e)
		return writer_default_delimiters;
	if (!is_fit(d.element) || !is_fit(d.component) ||
	    !is_fit(d.repetition) || !are_distinct(&d) ||
	    (!is_fit(d.terminator) && d.terminator != '\n'))
		return writer_default_delimiters;
	return d;
}

static bool
is_plain(const struct delimiters *d, char c)
{
	return c >= ' ' && c <= '~' && c != d->element && c != d->component &&
	    c != d->repetition && c != d->terminator;
}

bool
ack_echoes(const struct delimiters *d, struct slice s)
{
	if (s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_plain(d, s.p[i]))
			return false;
	return true;
}

struct slice
ack_clean(const struct delimiters *d, struct slice s, char *to, size_t cap)
{
	size_t n = 0;

	while (s.n > 0 && s.p[0] == ' ') {
		s.p++;
		s.n--;
	}
	for (size_t i = 0; i < s.n && n + 1 < cap; i++)
		to[n++] = is_plain(d, s.p[i]) ? s.p[i] : '?';
	while (n > 0 && to[n - 1] == ' ')
		n--;
	to[n] = '\0';
	return slice(to, n);
}

static struct slice
clean_value(const struct writer *w, const char *value, size_t max,
    char to[static 128])
{
	return ack_clean(&w->d, slice_str(value), to,
	    max < 127 ? max + 1 : 128);
}

void
ack_put(struct writer *w, const char *value, size_t max)
{
	char text[128];

	writer_element(w, clean_value(w, value, max, text));
}

void
ack_put_component(struct writer *w, const char *value, size_t max)
{
	char text[128];

	writer_component(w, clean_value(w, value, max, text));
}

void
ack_codes_add(struct ack_codes *c, const char *code)
{
	for (unsigned i = 0; i < ACK_CODES && code[0] != '\0'; i++) {
		if (strcmp(c->code[i], code) == 0)
			return;
		if (c->code[i][0] == '\0') {
			slice_copy(slice_str(code), c->code[i],
			    sizeof(c->code[i]));
			return;
		}
	}
}

void
ack_put_codes(struct writer *w, const struct ack_codes *c)
{
	for (unsigned i = 0; i < ACK_CODES; i++)
		writer_str(w, c->code[i]);
}
