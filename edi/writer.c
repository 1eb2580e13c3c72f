/* SPDX-License-Identifier: ISC */
#include "edi/writer.h"

#include "base/digits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const struct delimiters writer_default_delimiters = {
	.element = '*', .component = ':', .repetition = '^', .terminator = '~',
};

void
writer_init(struct writer *w, struct buf *out, struct delimiters d,
    const char *suffix)
{
	*w = (struct writer){ .out = out, .d = d, .suffix = suffix };
	memset(w->refused, 1, ' ');
	w->refused[0x7f] = 1;
	w->refused[(unsigned char)d.element] = 1;
	w->refused[(unsigned char)d.terminator] = 1;
	w->refused[(unsigned char)d.component] = 1;
	w->refused[(unsigned char)d.repetition] = 1;
}

enum writer_error
writer_error(const struct writer *w)
{
	return w->error;
}

static void
fail(struct writer *w, enum writer_error e)
{
	if (w->error == WRITER_OK)
		w->error = e;
}

/* ---- bytes --------------------------------------------------------------- */

static void
put(struct writer *w, const char *p, size_t n)
{
	if (w->error == WRITER_OK && !buf_add(w->out, p, n))
		fail(w, WRITER_FULL);
}

static void
put_char(struct writer *w, char c)
{
	if (w->error == WRITER_OK && !buf_add_char(w->out, c))
		fail(w, WRITER_FULL);
}

static bool
is_delimiter(const struct delimiters *d, char c)
{
	return c == d->element || c == d->terminator ||
	    (d->component != '\0' && c == d->component) ||
	    (d->repetition != '\0' && c == d->repetition);
}

static void
check_data(struct writer *w, struct slice s)
{
	uint8_t refused = 0;

	for (size_t i = 0; i < s.n; i++)
		refused |= w->refused[(unsigned char)s.p[i]];
	for (size_t i = 0; refused && i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_delimiter(&w->d, s.p[i]))
			fail(w, WRITER_DELIMITER_IN_DATA);
		else if (c < ' ' || c == 0x7f)
			fail(w, WRITER_CHARACTER);
	}
}

static void
put_data(struct writer *w, struct slice s)
{
	check_data(w, s);
	put(w, s.p, s.n);
}

/* The separators of the empty elements before this one, and its own. */
static void
put_pending(struct writer *w)
{
	for (w->pending++; w->pending > 0; w->pending--) {
		put_char(w, w->d.element);
		w->elements++;
	}
}

/* ---- one segment --------------------------------------------------------- */

void
writer_begin(struct writer *w, const char *id)
{
	assert(!w->in_segment);
	w->in_segment = true;
	w->elements = w->pending = 0;
	put(w, id, strlen(id));
}

void
writer_element(struct writer *w, struct slice value)
{
	assert(w->in_segment && !w->in_composite);
	if (value.n == 0) {
		w->pending++;
		return;
	}
	put_pending(w);
	put_data(w, value);
}

void
writer_repeat(struct writer *w, struct slice value)
{
	assert(w->in_segment && !w->in_composite && w->pending == 0);
	if (w->d.repetition == '\0')
		fail(w, WRITER_DELIMITER_IN_DATA);
	put_char(w, w->d.repetition);
	put_data(w, value);
}

void
writer_str(struct writer *w, const char *value)
{
	writer_element(w, slice_str(value ? value : ""));
}

void
writer_uint(struct writer *w, uint64_t value)
{
	char text[DIGITS_TEXT];

	writer_element(w, digits_text(value, text));
}

void
writer_cents(struct writer *w, int64_t cents)
{
	uint64_t u = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
	char text[32];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "%s%" PRIu64 ".%02u",
	    cents < 0 ? "-" : "", u / 100, (unsigned)(u % 100));
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	writer_element(w, slice(text, n));
}

void
writer_skip(struct writer *w, unsigned elements)
{
	assert(w->in_segment && !w->in_composite);
	w->pending += elements;
}

void
writer_composite(struct writer *w)
{
	assert(w->in_segment && !w->in_composite);
	w->in_composite = true;
	w->components = w->held = 0;
}

void
writer_component(struct writer *w, struct slice value)
{
	assert(w->in_composite);
	if (value.n == 0) {
		w->held++;
		return;
	}
	if (w->components == 0)
		put_pending(w);
	else
		w->held++;
	if (w->held > 0 && w->d.component == '\0')
		fail(w, WRITER_DELIMITER_IN_DATA);
	for (; w->held > 0; w->held--)
		put_char(w, w->d.component);
	w->components++;
	put_data(w, value);
}

void
writer_component_uint(struct writer *w, uint64_t value)
{
	char text[DIGITS_TEXT];

	writer_component(w, digits_text(value, text));
}

void
writer_composite_end(struct writer *w)
{
	assert(w->in_composite);
	w->in_composite = false;
	if (w->components == 0)
		w->pending++;
}

static void
put_end(struct writer *w)
{
	put_char(w, w->d.terminator);
	put(w, w->suffix, strlen(w->suffix));
	w->segments++;
}

void
writer_end(struct writer *w)
{
	assert(w->in_segment && !w->in_composite);
	w->in_segment = false;
	put_end(w);
}

void
writer_line(struct writer *w, const char *id, ...)
{
	const char *value;
	va_list ap;

	writer_begin(w, id);
	va_start(ap, id);
	while ((value = va_arg(ap, const char *)) != NULL)
		writer_str(w, value);
	va_end(ap);
	writer_end(w);
}

/* ---- the envelope -------------------------------------------------------- */

/* An ISA element has its width whatever is in it. */
static void
put_padded(struct writer *w, const char *value, unsigned width)
{
	size_t n = strlen(value ? value : "");

	if (n > width)
		fail(w, WRITER_CHARACTER);
	put_char(w, w->d.element);
	put_data(w, slice(value, n));
	for (; n < width; n++)
		put_char(w, ' ');
}

static const char *
or_default(const char *s, const char *otherwise)
{
	return s && *s ? s : otherwise;
}

void
writer_isa(struct writer *w, const struct writer_isa *isa)
{
	const char *version = or_default(isa->version, "00501");
	char control[24], repetition[2] = { w->d.repetition, '\0' };

	assert(!w->in_segment);
	if (w->d.component == '\0')
		fail(w, WRITER_CHARACTER);  /* ISA16 cannot be left empty */
	snprintf(control, sizeof(control), "%09" PRIu64, isa->control);
	put(w, "ISA", 3);
	put_padded(w, or_default(isa->authorization_qualifier, "00"), 2);
	put_padded(w, isa->authorization, 10);
	put_padded(w, or_default(isa->security_qualifier, "00"), 2);
	put_padded(w, isa->security, 10);
	put_padded(w, or_default(isa->sender_qualifier, "ZZ"), 2);
	put_padded(w, isa->sender, 15);
	put_padded(w, or_default(isa->receiver_qualifier, "ZZ"), 2);
	put_padded(w, isa->receiver, 15);
	/* ISA09 is YYMMDD, ISA10 is HHMM. */
	put_padded(w, isa->date + (strlen(isa->date) == 8 ? 2 : 0), 6);
	put_char(w, w->d.element);
	put_data(w, slice(isa->time, strnlen(isa->time, 4)));
	put_char(w, w->d.element);
	put_char(w, repetition[0] ? repetition[0] : 'U');
	put_padded(w, version, 5);
	put_padded(w, control, 9);
	put_padded(w, isa->ack_requested ? "1" : "0", 1);
	put_char(w, w->d.element);
	put_char(w, isa->usage);
	put_char(w, w->d.element);
	put_char(w, w->d.component);
	put_end(w);
	w->isa_control = isa->control;
	w->groups = 0;
}

void
writer_iea(struct writer *w)
{
	char control[24];

	snprintf(control, sizeof(control), "%09" PRIu64, w->isa_control);
	writer_begin(w, "IEA");
	writer_uint(w, w->groups);
	writer_str(w, control);
	writer_end(w);
}

void
writer_gs(struct writer *w, const struct writer_gs *gs)
{
	writer_begin(w, "GS");
	writer_str(w, gs->functional_id);
	writer_str(w, gs->sender);
	writer_str(w, gs->receiver);
	writer_str(w, gs->date);
	writer_str(w, gs->time);
	writer_uint(w, gs->control);
	writer_str(w, "X");
	writer_str(w, gs->version);
	writer_end(w);
	w->gs_control = gs->control;
	w->sets = 0;
	w->groups++;
}

void
writer_ge(struct writer *w)
{
	writer_begin(w, "GE");
	writer_uint(w, w->sets);
	writer_uint(w, w->gs_control);
	writer_end(w);
}

void
writer_st(struct writer *w, const char *id, const char *control,
    const char *version)
{
	if (!slice_copy(slice_str(control), w->st_control,
	    sizeof(w->st_control)))
		fail(w, WRITER_CHARACTER);
	w->segments = 0;
	w->sets++;
	writer_begin(w, "ST");
	writer_str(w, id);
	writer_str(w, control);
	writer_str(w, version);
	writer_end(w);
}

void
writer_se(struct writer *w)
{
	writer_begin(w, "SE");
	writer_uint(w, w->segments + 1);
	writer_str(w, w->st_control);
	writer_end(w);
}

/* ---- as it was read ------------------------------------------------------ */

static bool
same_delimiters(const struct delimiters *a, const struct delimiters *b)
{
	return a->element == b->element && a->component == b->component &&
	    a->repetition == b->repetition && a->terminator == b->terminator;
}

/* One byte of data of the other delimiters in ours. */
static char
translate(struct writer *w, const struct delimiters *from, char c)
{
	if (c == from->element)
		return w->d.element;
	char ours = c;

	if (from->component != '\0' && c == from->component)
		ours = w->d.component;
	else if (from->repetition != '\0' && c == from->repetition)
		ours = w->d.repetition;
	else if (is_delimiter(&w->d, c))
		ours = '\0';
	if (ours == '\0')
		fail(w, WRITER_DELIMITER_IN_DATA);
	return ours;
}

static void
put_translated(struct writer *w, struct slice text,
    const struct delimiters *from)
{
	char *to;

	if (w->error != WRITER_OK)
		return;
	to = buf_space(w->out, text.n);
	if (to == NULL) {
		fail(w, WRITER_FULL);
		return;
	}
	for (size_t i = 0; i < text.n; i++)
		to[i] = translate(w, from, text.p[i]);
	if (w->error == WRITER_OK)
		w->out->n += text.n;
}

void
writer_copy(struct writer *w, const struct segment *s)
{
	struct slice text = segment_text(s);

	assert(!w->in_segment);
	if (same_delimiters(&w->d, s->delimiters))
		put(w, text.p, text.n);
	else
		put_translated(w, text, s->delimiters);
	put_end(w);
}
