/* SPDX-License-Identifier: ISC */
#include "edi/finding.h"

#include <assert.h>

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

/* Files of many findings are not held up by printf. */
static void
text_add(struct text *t, const char *s)
{
	size_t n = strlen(s), room = t->cap - 1 - t->n;

	if (n > room)
		n = room;
	memcpy(t->p + t->n, s, n);
	t->n += n;
	t->p[t->n] = '\0';
}

/* At least so many digits. */
static void
text_number(struct text *t, unsigned v, unsigned digits)
{
	char text[16], *p = text + sizeof(text) - 1;

	*p = '\0';
	for (; v > 0 || digits > 0; v /= 10, digits -= digits > 0)
		*--p = (char)('0' + v % 10);
	text_add(t, p);
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
		if (rows[i].code[0] != '\0') {
			text_add(&t, t.n > 0 ? "," : "");
			text_add(&t, rows[i].name);
			text_add(&t, "=");
			text_add(&t, rows[i].code);
		}
}

void
finding_element_text(const struct finding *f, char *to, size_t cap)
{
	struct text t = text_begin(to, cap);

	text_add(&t, f->id);
	if (f->element > 0)
		text_number(&t, f->element, 2);
	if (f->element > 0 && f->component > 0) {
		text_add(&t, "-");
		text_number(&t, f->component, 1);
	}
	if (f->repeat > 1) {
		text_add(&t, "(");
		text_number(&t, f->repeat, 1);
		text_add(&t, ")");
	}
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
	text_number(&t, f->segment, 1);
	text_add(&t, ": ");
	if (f->loop[0] != '\0') {
		text_add(&t, f->loop);
		text_add(&t, element[0] ? " " : "");
	}
	text_add(&t, element);
	text_add(&t, f->loop[0] || element[0] ? ": " : "");
	text_add(&t, severity_text(f->severity));
	text_add(&t, ": ");
	text_add(&t, f->def->text);
	if (f->detail[0] != '\0') {
		text_add(&t, " (");
		text_add(&t, f->detail);
		text_add(&t, ")");
	}
	text_add(&t, " [");
	text_add(&t, f->def->name);
	text_add(&t, ", SNIP ");
	text_number(&t, f->def->snip, 1);
	text_add(&t, ack[0] ? ", " : "");
	text_add(&t, ack);
	text_add(&t, "]");
}
