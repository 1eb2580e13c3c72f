/* SPDX-License-Identifier: ISC */
/*
 * Rule files. The form is a plain subset of YAML, so that any editor knows it:
 * a list of flat mappings; values are plain or quoted scalars; a value goes on
 * in lines that are indented more than its key; # begins a comment.
 */
#include "base/io.h"
#include "base/nearest.h"
#include "edi/calendar.h"
#include "edi/rule/inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RULE_TEXT_MAX = 1 << 20, RULE_ARENA_MAX = 32 << 20 };

enum rule_key {
	KEY_RULE, KEY_GUIDE, KEY_AT, KEY_WHEN, KEY_NEED, KEY_FORBID, KEY_CHECK,
	KEY_ON, KEY_SNIP, KEY_SEVERITY, KEY_ACK, KEY_STC, KEY_TEXT,
	KEY_EXAMPLE, KEY_SOURCE, KEY_FROM, KEY_UNTIL, KEY_COUNT
};

static const char *const rule_keys[KEY_COUNT] = { "rule", "guide", "at",
	"when", "need", "forbid", "check", "on", "snip", "severity", "ack",
	"stc", "text", "example", "source", "from", "until" };

struct rule_file {
	struct rules *rules;
	const char *name;
	struct slice rest;
	unsigned line;           /* of what was read last */
	struct err *e;
	char *values[KEY_COUNT]; /* of the present rule; in the arena */
	unsigned begun;          /* line of the present rule; 0: none */
};

static int
rule_wrong(struct rule_file *f, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
rule_wrong(struct rule_file *f, unsigned line, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(f->e, -EINVAL, "%s:%u: %s", f->name, line, text);
}

/* ---- lines -------------------------------------------------------------- */

static bool
rule_line(struct rule_file *f, struct slice *line)
{
	const char *end;

	if (f->rest.n == 0)
		return false;
	end = memchr(f->rest.p, '\n', f->rest.n);
	line->p = f->rest.p;
	line->n = end ? (size_t)(end - f->rest.p) : f->rest.n;
	f->rest.p += line->n + (end != NULL);
	f->rest.n -= line->n + (end != NULL);
	f->line++;
	while (line->n > 0 && strchr(" \r\t", line->p[line->n - 1]))
		line->n--;
	return true;
}

static size_t
rule_indent(struct slice line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

static bool
rule_blank(struct slice line)
{
	size_t n = rule_indent(line);

	return n == line.n || line.p[n] == '#';
}

/* Without a " # comment" at the end; not inside quotes. */
static struct slice
rule_uncomment(struct slice s)
{
	if (s.n > 0 && (*s.p == '"' || *s.p == '\''))
		return s;
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] == '#' && s.p[i - 1] == ' ')
			return slice_rtrim(slice(s.p, i));
	return s;
}

/* The lines that go on with a value: indented more than its key. */
static bool
rule_value_goes_on(struct rule_file *f, size_t indent, struct buf *to)
{
	for (;;) {
		struct rule_file before = *f;
		struct slice line;

		if (!rule_line(f, &line))
			return true;
		if (rule_blank(line) || rule_indent(line) <= indent) {
			*f = before;
			return true;
		}
		line.p += rule_indent(line);
		line.n -= (size_t)(line.p - before.rest.p);
		line = slice_rtrim(slice(line.p, line.n));
		if (to->n > 0 && !buf_add_char(to, ' '))
			return false;
		if (!buf_add_slice(to, line))
			return false;
	}
}

/* Quotes off; '' inside single quotes is one. */
static struct slice
rule_unquote(struct buf *b)
{
	struct slice s = buf_slice(b);
	char quote = s.n > 0 ? *s.p : '\0';
	size_t n = 0;

	if (s.n < 2 || (quote != '"' && quote != '\'') ||
	    s.p[s.n - 1] != quote)
		return s;
	for (size_t i = 1; i + 1 < s.n; i++) {
		if (quote == '\'' && s.p[i] == quote && s.p[i + 1] == quote &&
		    i + 2 < s.n)
			i++;
		if (quote == '"' && s.p[i] == '\\' && i + 2 < s.n)
			i++;
		b->p[n++] = s.p[i];
	}
	return slice(b->p, n);
}

static int
rule_value(struct rule_file *f, struct slice first, size_t indent,
    enum rule_key key)
{
	unsigned line = f->line;
	struct buf text;
	int rc = 0;

	buf_init(&text, 8192);
	first = rule_uncomment(first);
	if (!slice_is(first, ">") && !slice_is(first, ">-"))
		buf_add_slice(&text, first);
	if (!rule_value_goes_on(f, indent, &text))
		rc = rule_wrong(f, line, "the value of %s is too long",
		    rule_keys[key]);
	if (rc == 0 && text.n == 0)
		rc = rule_wrong(f, line, "%s has no value", rule_keys[key]);
	if (rc == 0) {
		f->values[key] = arena_copy(&f->rules->arena,
		    rule_unquote(&text));
		if (!f->values[key])
			rc = err_set(f->e, -ENOMEM, "%s: too many rules",
			    f->name);
	}
	buf_free(&text);
	return rc;
}

static int
rule_unknown_key(struct rule_file *f, struct slice name)
{
	char text[NEAREST_MAX + 1];
	struct nearest near;

	slice_copy(name, text, sizeof(text));
	nearest_init(&near, text);
	for (int i = 0; i < KEY_COUNT; i++)
		nearest_try(&near, rule_keys[i]);
	return rule_wrong(f, f->line, "there is no key %s%s%s%s", text,
	    nearest_found(&near) ? "; did you mean " : "",
	    nearest_found(&near) ? nearest_found(&near) : "",
	    nearest_found(&near) ? "?" : "");
}

static int
rule_key_line(struct rule_file *f, struct slice line, size_t indent)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct slice name, value;
	int key = 0;

	if (!colon || (colon + 1 < line.p + line.n && colon[1] != ' '))
		return rule_wrong(f, f->line, "`key: value` is expected here");
	name = slice(line.p, (size_t)(colon - line.p));
	value = slice(colon + 1, line.n - name.n - 1);
	value.p += rule_indent(value);
	value.n = (size_t)(line.p + line.n - value.p);
	while (key < KEY_COUNT && !slice_is(name, rule_keys[key]))
		key++;
	if (key == KEY_COUNT)
		return rule_unknown_key(f, name);
	if (f->values[key])
		return rule_wrong(f, f->line, "%s is said twice",
		    rule_keys[key]);
	return rule_value(f, value, indent, (enum rule_key)key);
}

/* ---- one rule ----------------------------------------------------------- */

/* "IK304=I6 IK403=7" into the codes of a definition. */
static bool
rule_ack(const char *text, struct finding_ack *ack)
{
	const struct {
		const char *name;
		char *to;
		size_t cap;
	} rows[] = {
		{ "TA105=", ack->ta105, sizeof(ack->ta105) },
		{ "IK304=", ack->ik304, sizeof(ack->ik304) },
		{ "IK403=", ack->ik403, sizeof(ack->ik403) },
		{ "IK502=", ack->ik502, sizeof(ack->ik502) },
		{ "AK905=", ack->ak905, sizeof(ack->ak905) },
	};

	while (*text) {
		size_t n = strcspn(text, " ,"), i = 0;

		while (i < 5 && strncmp(text, rows[i].name, 6) != 0)
			i++;
		if (i == 5 || n <= 6 || !slice_copy(slice(text + 6, n - 6),
		    rows[i].to, rows[i].cap))
			return false;
		text += n + strspn(text + n, " ,");
	}
	return true;
}

static bool
rule_date(const char *text, uint32_t *date)
{
	*date = 0;
	return !text || calendar_day(slice_str(text), date);
}

/* What the acknowledgement says unless the rule says it. */
static void
rule_default_ack(struct rule *r, const char *said)
{
	const struct rule_node *path = r->need ? r->need : r->forbid;
	struct finding_ack *ack = &r->info.def.ack;

	if (said)
		return;
	if (path && path->path.element)
		snprintf(ack->ik403, sizeof(ack->ik403), "%s",
		    r->need ? "I9" : "I13");
	else if (path)
		snprintf(ack->ik304, sizeof(ack->ik304), "%s",
		    r->need ? "I6" : "I9");
	else if (r->on && r->on->path.element)
		snprintf(ack->ik403, sizeof(ack->ik403), "I12");
}

static int
rule_head(struct rule_file *f, struct rule *r)
{
	struct finding_def *d = &r->info.def;
	const char *snip = f->values[KEY_SNIP];
	const char *severity = f->values[KEY_SEVERITY];

	d->name = f->values[KEY_RULE];
	d->text = f->values[KEY_TEXT];
	d->example = f->values[KEY_EXAMPLE];
	d->snip = snip ? (uint8_t)(snip[0] - '0') : 7;
	d->severity = severity && strcmp(severity, "warning") == 0 ?
	    SEVERITY_WARNING : SEVERITY_REJECT;
	if (!d->name || !d->text || !f->values[KEY_AT])
		return rule_wrong(f, f->begun, "a rule needs `rule`, `at` and "
		    "`text`");
	if (strspn(d->name, "abcdefghijklmnopqrstuvwxyz0123456789_") !=
	    strlen(d->name))
		return rule_wrong(f, f->begun, "the name of a rule is small "
		    "letters, digits and _");
	if (d->snip < 1 || d->snip > 7 || (snip && snip[1]))
		return rule_wrong(f, f->begun, "snip is a type from 1 to 7");
	if (severity && strcmp(severity, "warning") != 0 &&
	    strcmp(severity, "reject") != 0)
		return rule_wrong(f, f->begun, "severity is reject or warning");
	if (f->values[KEY_ACK] && !rule_ack(f->values[KEY_ACK], &d->ack))
		return rule_wrong(f, f->begun, "ack takes codes such as "
		    "IK304=I6 or IK403=7");
	if (f->values[KEY_STC] && !slice_copy(slice_str(f->values[KEY_STC]),
	    d->ack.stc, sizeof(d->ack.stc)))
		return rule_wrong(f, f->begun, "stc takes CATEGORY:STATUS or "
		    "CATEGORY:STATUS:ENTITY");
	if (!rule_date(f->values[KEY_FROM], &r->info.from) ||
	    !rule_date(f->values[KEY_UNTIL], &r->info.until))
		return rule_wrong(f, f->begun, "from and until take a day as "
		    "CCYYMMDD");
	return 0;
}

/* One condition or path; an error of the parser gets its place. */
static int
rule_part(struct rule_file *f, struct rule *r, enum rule_key key, bool path,
    const struct rule_node **to)
{
	struct err e = ERR_NONE;
	const char *text = f->values[key];

	if (!text)
		return 0;
	*to = path ?
	    rule_parse_path(&f->rules->arena, r, slice_str(text), &e) :
	    rule_parse(&f->rules->arena, r, slice_str(text), &e);
	return *to ? 0 : rule_wrong(f, f->begun, "%s: %s", rule_keys[key],
	    e.text);
}

/* A missing element is shown at its segment, when that is there. */
static int
rule_near(struct rule_file *f, struct rule *r)
{
	const struct rule_path *p = r->need ? &r->need->path : NULL;
	const char *end;

	if (!p || p->element == 0)
		return 0;
	end = p->code.n > 0 ? p->code.p + p->code.n + 1 :
	    p->segment.p + p->segment.n;
	r->near = rule_parse_path(&f->rules->arena, r,
	    slice(p->text.p, (size_t)(end - p->text.p)), f->e);
	return r->near ? 0 : -EINVAL;
}

static int
rule_body(struct rule_file *f, struct rule *r)
{
	int said = (f->values[KEY_NEED] != NULL) +
	    (f->values[KEY_FORBID] != NULL) + (f->values[KEY_CHECK] != NULL);
	int rc = 0;

	if (said != 1)
		return rule_wrong(f, f->begun, "a rule says one of `need`, "
		    "`forbid` and `check`");
	rc = rule_part(f, r, KEY_WHEN, false, &r->when);
	r->when_paths = r->path_count;
	if (rc < 0 ||
	    (rc = rule_part(f, r, KEY_CHECK, false, &r->check)) < 0 ||
	    (rc = rule_part(f, r, KEY_NEED, true, &r->need)) < 0 ||
	    (rc = rule_part(f, r, KEY_FORBID, true, &r->forbid)) < 0 ||
	    (rc = rule_part(f, r, KEY_ON, true, &r->on)) < 0)
		return rc;
	if (r->check && !r->on && r->path_count > 0 && !r->when)
		r->on = r->paths[0];
	rule_default_ack(r, f->values[KEY_ACK]);
	return rule_near(f, r);
}

static int
rule_finish(struct rule_file *f)
{
	struct rule *r;
	int rc;

	if (f->begun == 0)
		return 0;
	r = arena_alloc(&f->rules->arena, sizeof(*r));
	if (!r)
		return err_set(f->e, -ENOMEM, "%s: too many rules", f->name);
	r->info = (struct rule_info){ .guides = f->values[KEY_GUIDE],
		.at = f->values[KEY_AT], .when = f->values[KEY_WHEN],
		.need = f->values[KEY_NEED], .forbid = f->values[KEY_FORBID],
		.check = f->values[KEY_CHECK], .on = f->values[KEY_ON],
		.source = f->values[KEY_SOURCE], .line = f->begun,
		.file = f->name };
	if (!r->info.guides)
		r->info.guides = "";
	if ((rc = rule_head(f, r)) < 0 || (rc = rule_body(f, r)) < 0)
		return rc;
	for (const struct rule *o = f->rules->first; o; o = o->next)
		if (strcmp(o->info.def.name, r->info.def.name) == 0)
			return rule_wrong(f, f->begun, "there is a rule %s "
			    "already (%s:%u)", o->info.def.name,
			    o->info.file, o->info.line);
	*f->rules->last = r;
	f->rules->last = &r->next;
	f->rules->count++;
	memset(f->values, 0, sizeof(f->values));
	f->begun = 0;
	return 0;
}

static int
rule_file_line(struct rule_file *f, struct slice line)
{
	size_t indent = rule_indent(line);
	bool first = line.n >= indent + 2 && line.p[indent] == '-' &&
	    line.p[indent + 1] == ' ';
	int rc;

	if (rule_blank(line))
		return 0;
	if (memchr(line.p, '\t', indent + 1 < line.n ? indent + 1 : line.n))
		return rule_wrong(f, f->line, "indent with blanks, not tabs");
	if (slice_is(line, "---"))
		return 0;
	if (first) {
		rc = rule_finish(f);
		if (rc < 0)
			return rc;
		f->begun = f->line;
		indent += 2;
	} else if (f->begun == 0) {
		return rule_wrong(f, f->line, "a rule begins with `- rule: "
		    "its_name`");
	}
	return rule_key_line(f, slice(line.p + indent, line.n - indent),
	    indent);
}

/* ---- the whole ---------------------------------------------------------- */

struct rules *
rules_new(void)
{
	struct rules *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	arena_init(&r->arena, RULE_ARENA_MAX);
	r->last = &r->first;
	return r;
}

void
rules_free(struct rules *r)
{
	if (r)
		arena_free(&r->arena);
	free(r);
}

int
rules_load_text(struct rules *r, struct slice text, const char *what,
    struct err *e)
{
	struct rules before = *r;
	struct rule **last = r->last;
	struct rule_file f = { .rules = r, .rest = text, .e = e };
	struct slice line;
	int rc = 0;

	f.name = arena_copy(&r->arena, slice_str(what));
	if (!f.name)
		return err_set(e, -ENOMEM, "%s: too many rules", what);
	if (memchr(text.p ? text.p : "", '\0', text.n))
		return rule_wrong(&f, 1, "a NUL byte: this is no text");
	while (rc == 0 && rule_line(&f, &line))
		rc = rule_file_line(&f, line);
	if (rc == 0)
		rc = rule_finish(&f);
	if (rc < 0) {
		/* Nothing of a bad file is used; its memory goes with rules. */
		*last = NULL;
		r->last = last;
		r->count = before.count;
	}
	return rc;
}

int
rules_load(struct rules *r, const char *path, struct err *e)
{
	char *text;
	size_t n;
	int rc = io_slurp(path, RULE_TEXT_MAX, &text, &n, e);

	if (rc < 0)
		return rc;
	rc = rules_load_text(r, slice(text, n), path, e);
	free(text);
	return rc;
}

const struct rule_info *
rules_row(const struct rules *r, size_t i)
{
	const struct rule *rule = r->first;

	while (rule && i-- > 0)
		rule = rule->next;
	return rule ? &rule->info : NULL;
}
