/* SPDX-License-Identifier: ISC */
#include "config/tree.h"

#include <yaml.h>

struct tree_level {
	struct node *node;
	struct node **tail;
	struct node *key;        /* read, its value not yet */
};

struct tree_build {
	yaml_parser_t parser;
	const struct source *source;
	struct slice text;       /* of the source, without a BOM */
	struct arena *arena;
	struct problems *problems;
	struct tree_level stack[TREE_DEPTH];
	unsigned depth, nodes, documents;
	struct node *root;
};

/* What libyaml says, and what it means to who wrote the file. */
static const struct {
	const char *said, *meant;
} hints[] = {
	{ "mapping values are not allowed in this context",
	    "a second `: ` in one value (quote the value), or a wrong "
	    "indentation" },
	{ "did not find expected key",
	    "a wrong indentation, or a quote that ends too early" },
	{ "did not find expected '-' indicator",
	    "a wrong indentation in a list" },
	{ "could not find expected ':'", "a key without `: `" },
	{ "did not find expected ',' or ']'",
	    "a list in brackets lacks `,` or `]`" },
	{ "did not find expected ',' or '}'",
	    "a mapping in braces lacks `,` or `}`" },
	{ "found unexpected end of stream", "a quote is never closed" },
	{ "found character that cannot start any token",
	    "a value that begins with this character must be quoted" },
	{ "block sequence entries are not allowed in this context",
	    "a list must begin on a line of its own" },
};

static int
tree_fail(struct tree_build *b, const yaml_mark_t *mark, const char *text)
{
	problem_add(b->problems, b->source, (int)mark->line + 1,
	    (int)mark->column + 1, "%s", text);
	return -1;
}

static int
tree_nomem(struct tree_build *b)
{
	b->problems->nomem = true;
	return -1;
}

/* libyaml counts characters, the text is bytes. */
static char
tree_byte_at(struct slice text, const yaml_mark_t *mark)
{
	size_t i = 0, line = 0, column = 0;

	while (i < text.n && line < mark->line)
		if (text.p[i++] == '\n')
			line++;
	while (i < text.n && column < mark->column) {
		i++;
		while (i < text.n && (text.p[i] & 0xc0) == 0x80)
			i++;
		column++;
	}
	return i < text.n ? text.p[i] : '\0';
}

/* Bytes that are not text have an offset but no mark. */
static yaml_mark_t
tree_mark_of(struct slice text, size_t offset)
{
	yaml_mark_t mark = { 0 };

	for (size_t i = 0; i < text.n && i < offset; i++) {
		mark.column++;
		if (text.p[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

static int
tree_syntax(struct tree_build *b)
{
	const yaml_parser_t *y = &b->parser;
	const char *text = y->problem ? y->problem : "not YAML";
	yaml_mark_t mark = y->problem_mark;

	if (y->error == YAML_MEMORY_ERROR)
		return tree_nomem(b);
	if (y->error == YAML_READER_ERROR) {
		mark = tree_mark_of(b->text, y->problem_offset);
		return tree_fail(b, &mark,
		    "a byte that is not text: the file must be UTF-8 "
		    "without control characters");
	}
	if (tree_byte_at(b->text, &mark) == '\t')
		return tree_fail(b, &mark,
		    "a tab cannot indent in YAML: use blanks");
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strcmp(text, hints[i].said) == 0)
			return tree_fail(b, &mark, hints[i].meant);
	return tree_fail(b, &mark, text);
}

/* Put a node where the document stands. */
static int
tree_place(struct tree_build *b, struct node *n)
{
	struct tree_level *top;

	if (b->depth == 0) {
		b->root = n;
		return 0;
	}
	top = &b->stack[b->depth - 1];
	if (top->node->kind == NODE_MAPPING && !top->key) {
		if (n->kind != NODE_SCALAR) {
			problem_add(b->problems, b->source, n->line, n->column,
			    "a key must be a word, not %s",
			    node_kind_text(n->kind));
			return -1;
		}
		top->key = n;
		return 0;
	}
	n->key = top->key;
	top->key = NULL;
	*top->tail = n;
	top->tail = &n->next;
	return 0;
}

static int
tree_node(struct tree_build *b, const yaml_event_t *ev, enum node_kind kind,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct node *n;

	if (anchor)
		return tree_fail(b, &ev->start_mark,
		    "anchors (`&`) are not supported: use `defaults`");
	if (tag)
		return tree_fail(b, &ev->start_mark,
		    "tags (`!`) are not supported: quote the value");
	if (++b->nodes > TREE_NODES)
		return tree_fail(b, &ev->start_mark,
		    "more than 20000 values in one file");
	n = arena_alloc(b->arena, sizeof(*n));
	if (!n)
		return tree_nomem(b);
	n->kind = kind;
	n->line = (int)ev->start_mark.line + 1;
	n->column = (int)ev->start_mark.column + 1;
	if (kind == NODE_SCALAR) {
		n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		n->text.n = ev->data.scalar.length;
		n->text.p = arena_copy(b->arena, slice(
		    (const char *)ev->data.scalar.value, n->text.n));
		if (!n->text.p)
			return tree_nomem(b);
	}
	if (tree_place(b, n) < 0)
		return -1;
	if (kind == NODE_SCALAR)
		return 0;
	if (b->depth == TREE_DEPTH)
		return tree_fail(b, &ev->start_mark, "nested too deep");
	b->stack[b->depth++] = (struct tree_level){ n, &n->first, NULL };
	return 0;
}

static int
tree_on_event(struct tree_build *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return tree_node(b, ev, NODE_SCALAR, ev->data.scalar.anchor,
		    ev->data.scalar.tag);
	case YAML_SEQUENCE_START_EVENT:
		return tree_node(b, ev, NODE_LIST,
		    ev->data.sequence_start.anchor,
		    ev->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return tree_node(b, ev, NODE_MAPPING,
		    ev->data.mapping_start.anchor,
		    ev->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return tree_fail(b, &ev->start_mark,
		    "aliases (`*`) are not supported: use `defaults`");
	case YAML_DOCUMENT_START_EVENT:
		if (++b->documents > 1)
			return tree_fail(b, &ev->start_mark,
			    "a second document (`---`) in one file");
		return 0;
	default:
		return 0;
	}
}

static int
tree_events(struct tree_build *b)
{
	yaml_event_type_t type;
	yaml_event_t ev;
	int rc;

	do {
		if (!yaml_parser_parse(&b->parser, &ev))
			return tree_syntax(b);
		type = ev.type;
		rc = tree_on_event(b, &ev);
		yaml_event_delete(&ev);
	} while (rc == 0 && type != YAML_STREAM_END_EVENT);
	return rc;
}

int
tree_parse(const struct source *s, struct arena *arena, struct problems *p,
    struct node **root)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct tree_build b = {
		.source = s, .text = s->text, .arena = arena, .problems = p,
	};
	int rc;

	*root = NULL;
	if (s->text.n > TREE_BYTES) {
		problem_add(p, s, 0, 0, "longer than 1 MB");
		return -1;
	}
	if (b.text.n >= 3 && memcmp(b.text.p, bom, 3) == 0)
		b.text = slice(b.text.p + 3, b.text.n - 3);
	if (!yaml_parser_initialize(&b.parser))
		return tree_nomem(&b);
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser,
	    (const unsigned char *)(b.text.p ? b.text.p : ""), b.text.n);
	rc = tree_events(&b);
	yaml_parser_delete(&b.parser);
	if (rc == 0)
		*root = b.root;
	return rc;
}

const struct node *
node_get(const struct node *mapping, const char *key)
{
	if (!mapping || mapping->kind != NODE_MAPPING)
		return NULL;
	for (const struct node *n = mapping->first; n; n = n->next)
		if (slice_is(n->key->text, key))
			return n;
	return NULL;
}

bool
node_is_null(const struct node *n)
{
	return n->kind == NODE_SCALAR && n->plain &&
	    (n->text.n == 0 || slice_is(n->text, "~") ||
	    slice_is(n->text, "null"));
}

const char *
node_kind_text(enum node_kind k)
{
	static const char *const text[] = {
		[NODE_SCALAR] = "one value", [NODE_LIST] = "a list",
		[NODE_MAPPING] = "a mapping",
	};

	return text[k];
}
