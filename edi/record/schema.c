/* SPDX-License-Identifier: ISC */
#include "edi/record/schema.h"

#include "base/json.h"

/* How each type looks in JSON. */
static const struct {
	const char *type, *pattern, *say;
} forms[RECORD_TYPES] = {
	[RECORD_OBJECT] = { "object", NULL, "object" },
	[RECORD_TEXT] = { "string", NULL, "text" },
	[RECORD_CODE] = { "string", NULL, "code" },
	[RECORD_DATE] = { "string", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "date" },
	[RECORD_TIME] = { "string",
		"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,2})?)?$", "time" },
	[RECORD_PERIOD] = { "string", "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
		"(T[0-9]{2}:[0-9]{2}|/[0-9]{4}-[0-9]{2}-[0-9]{2})?$",
		"date or period" },
	[RECORD_MONEY] = { "string", "^-?[0-9]+\\.[0-9]{2}$", "money" },
	[RECORD_NUMBER] = { "number", NULL, "number" },
	[RECORD_BOOL] = { "boolean", NULL, "true or false" },
};

/* ---- JSON Schema -------------------------------------------------------- */

static void
schema_codes(struct json *j, const struct guide_codes *codes)
{
	jsonw_key(j, "enum");
	jsonw_array(j);
	for (uint32_t i = 0; i < codes->count; i++)
		jsonw_slice(j, codes->text[i]);
	jsonw_array_end(j);
}

static void schema_members(struct json *j, const struct record_field *f,
    const char *type);

static void
schema_value(struct json *j, const struct record_field *f)
{
	jsonw_kstr(j, "type", forms[f->type].type);
	if (f->type == RECORD_OBJECT)
		schema_members(j, f, NULL);
	else if (f->codes && f->type == RECORD_CODE)
		schema_codes(j, f->codes);
	else if (forms[f->type].pattern)
		jsonw_kstr(j, "pattern", forms[f->type].pattern);
	else if (forms[f->type].type[0] == 's')
		jsonw_kint(j, "minLength", 1);
}

static void
schema_field(struct json *j, const struct record_field *f)
{
	jsonw_key(j, f->name);
	jsonw_object(j);
	if (f->title)
		jsonw_kstr(j, "title", f->title);
	if (f->place)
		jsonw_kstr(j, "$comment", f->place);
	if (!f->list) {
		schema_value(j, f);
	} else {
		jsonw_kstr(j, "type", "array");
		jsonw_kint(j, "minItems", 1);
		jsonw_key(j, "items");
		jsonw_object(j);
		schema_value(j, f);
		jsonw_object_end(j);
	}
	jsonw_object_end(j);
}

/* What comes of the set is in every record; the rest is of a claim. */
static bool
schema_required(const struct record_field *f)
{
	return f->required && (f->parent->parent || f->level == 0);
}

static void
schema_needed(struct json *j, const struct record_field *f, const char *type)
{
	bool some = type;

	for (const struct record_field *m = f->first; m; m = m->next)
		some |= schema_required(m);
	if (!some)
		return;
	jsonw_key(j, "required");
	jsonw_array(j);
	if (type)
		jsonw_str(j, "type");
	for (const struct record_field *m = f->first; m; m = m->next)
		if (schema_required(m))
			jsonw_str(j, m->name);
	jsonw_array_end(j);
}

static void
schema_source(struct json *j, const char *type)
{
	static const char *const numbers[] = { "interchange", "group", "set",
		"segment" };

	jsonw_key(j, "type");
	jsonw_object(j);
	jsonw_kstr(j, "const", type);
	jsonw_object_end(j);
	jsonw_key(j, "source");
	jsonw_object(j);
	jsonw_kstr(j, "title", "Where it was read; not looked at on the way "
	    "back");
	jsonw_kstr(j, "type", "object");
	jsonw_key(j, "properties");
	jsonw_object(j);
	for (unsigned i = 0; i < 4; i++) {
		jsonw_key(j, numbers[i]);
		jsonw_object(j);
		jsonw_kstr(j, "type", "integer");
		jsonw_object_end(j);
	}
	jsonw_object_end(j);
	jsonw_object_end(j);
}

static void
schema_members(struct json *j, const struct record_field *f,
    const char *type)
{
	jsonw_key(j, "properties");
	jsonw_object(j);
	if (type)
		schema_source(j, type);
	for (const struct record_field *m = f->first; m; m = m->next)
		schema_field(j, m);
	jsonw_object_end(j);
	schema_needed(j, f, type);
	jsonw_kbool(j, "additionalProperties", false);
}

/* The writer's one line, laid out: a diff should show what changed. */
static void
lay_out(struct buf *to, struct slice s)
{
	unsigned depth = 0;
	bool text = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool open = !text && (c == '{' || c == '[');
		bool shut = !text && (c == '}' || c == ']');

		depth -= shut;
		if (shut)
			buf_addf(to, "\n%*s", (int)depth, "");
		buf_add_char(to, c);
		depth += open;
		if (open || (!text && c == ','))
			buf_addf(to, "\n%*s", (int)depth, "");
		else if (!text && c == ':')
			buf_add_char(to, ' ');
		if (text && c == '\\' && ++i < s.n)
			buf_add_char(to, s.p[i]);
		text ^= c == '"';
	}
}

void
record_schema(struct buf *to, const struct record_kind *k)
{
	struct buf line;
	struct json j;

	buf_init(&line, 16 << 20);
	jsonw_init(&j, &line);
	jsonw_object(&j);
	jsonw_kstr(&j, "$schema",
	    "https://json-schema.org/draft/2020-12/schema");
	jsonw_kstr(&j, "title", k->title);
	jsonw_kstr(&j, "$comment", k->guide->id);
	jsonw_kstr(&j, "type", "object");
	schema_members(&j, k->root, k->name);
	jsonw_object_end(&j);
	lay_out(to, buf_slice(&line));
	to->failed |= line.failed;
	buf_free(&line);
	buf_add_char(to, '\n');
}

/* ---- Markdown ----------------------------------------------------------- */

static void
table_path(struct buf *to, const struct record_field *f)
{
	if (f->parent && f->parent->parent) {
		table_path(to, f->parent);
		buf_add_char(to, '.');
	}
	buf_addf(to, "%s%s", f->name, f->list ? "[]" : "");
}

static void
table_row(struct buf *to, const struct record_field *f)
{
	buf_add_str(to, "| `");
	table_path(to, f);
	buf_addf(to, "` | %s%s | %s | %s |\n", forms[f->type].say,
	    schema_required(f) ? ", required" : "",
	    f->place ? f->place : "", f->title ? f->title : "");
}

static void
table_members(struct buf *to, const struct record_field *f)
{
	for (f = f->first; f; f = f->next) {
		if (strcmp(f->name, "other") == 0)
			continue;
		if (f->type != RECORD_OBJECT || f->title)
			table_row(to, f);
		if (f->type == RECORD_OBJECT)
			table_members(to, f);
	}
}

void
record_table(struct buf *to, const struct record_kind *k)
{
	buf_addf(to, "# Record %s\n\n%s (%s). Made by `make schemas`; "
	    "the words: [records.md](../records.md).\n\n", k->name,
	    k->title, k->guide->id);
	buf_add_str(to, "| member | type | place | the guide's name |\n"
	    "|---|---|---|---|\n");
	table_members(to, k->root);
}
