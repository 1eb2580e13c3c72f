/* SPDX-License-Identifier: ISC */
#include "edi/finding.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define ACK(...) { __VA_ARGS__ }

const struct finding_def finding_defs[FINDING_COUNT] = {
#define FINDING(id, name, snip, severity, ack, text, example) \
	[FINDING_##id] = { name, snip, SEVERITY_##severity, ack, text, \
		example },
#include "edi/findings.def"
#undef FINDING
};

const struct finding_def *
finding_by_name(struct slice name)
{
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		if (slice_is(name, finding_defs[i].name))
			return &finding_defs[i];
	return NULL;
}

/* A text that grows in an array and is cut at its end. */
struct text {
	char *p;
	size_t n, cap;
};

static void __attribute__((format(printf, 2, 3)))
text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	t->n += (size_t)n;
	if (t->n >= t->cap)
		t->n = t->cap - 1;
}

static struct text
text_begin(char *to, size_t cap)
{
	assert(cap > 0);
	to[0] = '\0';
	return (struct text){ to, 0, cap };
}

void
finding_ack_text(const struct finding_ack *ack, char *to, size_t cap)
{
	const struct {
		const char *name, *code;
	} rows[] = {
		{ "TA105", ack->ta105 }, { "AK905", ack->ak905 },
		{ "IK502", ack->ik502 }, { "IK304", ack->ik304 },
		{ "IK403", ack->ik403 }, { "STC", ack->stc },
	};
	struct text t = text_begin(to, cap);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code[0] != '\0')
			text_add(&t, "%s%s=%s", t.n > 0 ? "," : "",
			    rows[i].name, rows[i].code);
}

void
finding_element_text(const struct finding *f, char *to, size_t cap)
{
	struct text t = text_begin(to, cap);

	text_add(&t, "%s", f->id);
	if (f->element > 0)
		text_add(&t, "%02u", f->element);
	if (f->element > 0 && f->component > 0)
		text_add(&t, "-%u", f->component);
	if (f->repeat > 1)
		text_add(&t, "(%u)", f->repeat);
}

static const char *
severity_text(unsigned severity)
{
	return severity == SEVERITY_REJECT ? "reject" : "warn";
}

void
finding_text(const struct finding *f, char *to, size_t cap)
{
	char element[24], ack[64];
	struct text t = text_begin(to, cap);

	finding_element_text(f, element, sizeof(element));
	finding_ack_text(&f->def->ack, ack, sizeof(ack));
	text_add(&t, "%u: ", f->segment);
	if (f->loop[0] != '\0')
		text_add(&t, "%s%s", f->loop, element[0] ? " " : "");
	text_add(&t, "%s%s", element, f->loop[0] || element[0] ? ": " : "");
	text_add(&t, "%s: %s", severity_text(f->severity), f->def->text);
	if (f->detail[0] != '\0')
		text_add(&t, " (%s)", f->detail);
	text_add(&t, " [%s, SNIP %u%s%s]", f->def->name, f->def->snip,
	    ack[0] ? ", " : "", ack);
}
