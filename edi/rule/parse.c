/* SPDX-License-Identifier: ISC */
/*
 * Conditions, by recursive descent:
 *
 *	or      = and { "or" and }
 *	and     = not { "and" not }
 *	not     = "not" not | compare
 *	compare = sum [ ("=" | "!=" | "<" | "<=" | ">" | ">=") sum
 *	              | ["not"] "in" word { word } | "matches" text ]
 *	sum     = term { ("+" | "-") term }
 *	term    = number | text | path | function "(" path ")" | today
 *	              | set_date | "(" or ")"
 */
#include "edi/money.h"
#include "edi/rule/inner.h"

#include <ctype.h>

enum rule_token { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_SIGN };

struct rule_parser {
	struct arena *arena;
	struct rule *rule;
	struct slice rest;
	enum rule_token token;
	struct slice word;       /* of the present token */
	unsigned depth;
	struct err *e;
	bool failed;
};

static const struct rule_node *rule_or(struct rule_parser *p);

static const struct rule_node *
rule_fail(struct rule_parser *p, const char *what)
{
	if (!p->failed)
		err_set(p->e, -EINVAL, "%s at \"%.*s\"", what,
		    SLICE_ARG(p->word));
	p->failed = true;
	return NULL;
}

/* ---- tokens ------------------------------------------------------------- */

/* What stands in a path, a code or a number. */
static bool
rule_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '/' || c == '[' ||
	    c == ']' || c == '.' || c == '-';
}

static size_t
rule_sign_length(struct slice s)
{
	return s.n > 1 && s.p[1] == '=' && strchr("!<>", s.p[0]) ? 2 : 1;
}

static void
rule_take(struct rule_parser *p, enum rule_token token, size_t n, size_t skip)
{
	p->token = token;
	p->word = slice(p->rest.p + skip, n);
	p->rest.p += n + 2 * skip;
	p->rest.n -= n + 2 * skip;
}

static void
rule_next(struct rule_parser *p)
{
	struct slice s;
	size_t n = 0;
	bool bracket = false;

	while (p->rest.n > 0 && isspace((unsigned char)*p->rest.p)) {
		p->rest.p++;
		p->rest.n--;
	}
	s = p->rest;
	if (s.n == 0) {
		rule_take(p, TOKEN_END, 0, 0);
		return;
	}
	if (*s.p == '"') {
		const char *end = memchr(s.p + 1, '"', s.n - 1);

		if (end)
			rule_take(p, TOKEN_TEXT, (size_t)(end - s.p) - 1, 1);
		else
			rule_fail(p, "a text without its closing quote");
		return;
	}
	/* A minus in front is a sign; inside a word ("05-3") it is not. */
	while (n < s.n && (n > 0 || *s.p != '-') &&
	    (rule_word_char(s.p[n]) || (bracket && s.p[n] == ','))) {
		bracket = s.p[n] == '[' || (bracket && s.p[n] != ']');
		n++;
	}
	if (n > 0)
		rule_take(p, TOKEN_WORD, n, 0);
	else
		rule_take(p, TOKEN_SIGN, rule_sign_length(s), 0);
}

static bool
rule_is(const struct rule_parser *p, const char *word)
{
	return (p->token == TOKEN_WORD || p->token == TOKEN_SIGN) &&
	    slice_is(p->word, word);
}

static bool
rule_accept(struct rule_parser *p, const char *word)
{
	bool is = rule_is(p, word);

	if (is)
		rule_next(p);
	return is;
}

/* ---- nodes -------------------------------------------------------------- */

static struct rule_node *
rule_node_new(struct rule_parser *p, enum rule_op op,
    const struct rule_node *a, const struct rule_node *b)
{
	struct rule_node *n = arena_alloc(p->arena, sizeof(*n));

	if (!n) {
		rule_fail(p, "out of memory");
		return NULL;
	}
	n->op = op;
	n->a = a;
	n->b = b;
	return n;
}

/* One or two digits, and nothing else; 0: they are not. */
static uint8_t
rule_path_number(struct slice s)
{
	unsigned n = 0;

	if (s.n < 1 || s.n > 2)
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		if (!isdigit((unsigned char)s.p[i]))
			return 0;
		n = n * 10 + (unsigned)(s.p[i] - '0');
	}
	return (uint8_t)n;
}

/* "3" or "3..6", at the end of a component. */
static bool
rule_path_component(struct slice s, struct rule_path *to)
{
	const char *dots = memmem(s.p, s.n, "..", 2);
	struct slice first = s, last = s;

	if (dots) {
		first.n = (size_t)(dots - s.p);
		last = slice(dots + 2, s.n - first.n - 2);
	}
	to->component = rule_path_number(first);
	to->last_component = rule_path_number(last);
	return to->component > 0 && to->last_component >= to->component;
}

/* Two digits at the end, taken off; 0: there are none. */
static uint8_t
rule_path_digits(struct slice *s)
{
	uint8_t n = s->n >= 4 ?
	    rule_path_number(slice(s->p + s->n - 2, 2)) : 0;

	s->n -= n > 0 ? 2 : 0;
	return n;
}

/*
 * "CLM05-3" is CLM, 5, 3; "REF[F8]02" is REF[F8], 2; "SV1" is a segment;
 * "HI01..12-2" and "SV101-3..6" are ranges.
 */
static bool
rule_path_element(struct slice *s, struct rule_path *to)
{
	const char *dash = memchr(s->p, '-', s->n);

	if (dash) {
		struct slice part = slice(dash + 1,
		    s->n - (size_t)(dash - s->p) - 1);

		if (!rule_path_component(part, to))
			return false;
		s->n = (size_t)(dash - s->p);
	}
	to->element = to->last_element = rule_path_digits(s);
	if (to->element > 0 && s->n > 4 && s->p[s->n - 1] == '.' &&
	    s->p[s->n - 2] == '.') {
		s->n -= 2;
		to->element = rule_path_digits(s);
		if (to->element == 0 || to->element > to->last_element)
			return false;
	}
	return to->component == 0 || to->element > 0;
}

bool
rule_path_code(const struct rule_path *p, struct slice value)
{
	struct slice left = p->code;

	while (left.n > 0) {
		const char *comma = memchr(left.p, ',', left.n);
		size_t n = comma ? (size_t)(comma - left.p) : left.n;

		if (slice_eq(slice(left.p, n), value))
			return true;
		n += comma != NULL;
		left = slice(left.p + n, left.n - n);
	}
	return false;
}

/* "REF" or "REF[F8]". */
static bool
rule_path_segment(struct slice s, struct rule_path *to)
{
	size_t n = 0;

	while (n < s.n && (isupper((unsigned char)s.p[n]) ||
	    (n > 0 && isdigit((unsigned char)s.p[n]))))
		n++;
	if (n < 2 || n > 3)
		return false;
	to->segment = slice(s.p, n);
	if (n == s.n)
		return true;
	to->code = slice(s.p + n + 1, s.n - n - 2);
	return s.n - n > 2 && s.p[n] == '[' && s.p[s.n - 1] == ']';
}

static bool
rule_path_read(struct slice text, struct rule_path *to)
{
	const char *slash = memchr(text.p, '/', text.n);

	*to = (struct rule_path){ .text = text };
	if (slash) {
		to->loop = slice(text.p, (size_t)(slash - text.p));
		text = slice(slash + 1, text.n - to->loop.n - 1);
		if (to->loop.n == 0 || to->loop.n > 7)
			return false;
		if (text.n == 0)
			return true;
	}
	return rule_path_element(&text, to) && rule_path_segment(text, to);
}

static const struct rule_node *
rule_path_node(struct rule_parser *p, struct slice text)
{
	struct rule_node *n;
	struct rule_path path;

	if (!rule_path_read(text, &path))
		return rule_fail(p, "neither a path (CLM05-3, REF[F8], "
		    "2400/SV102, 2310A/) nor a number");
	for (unsigned i = 0; i < p->rule->path_count; i++)
		if (slice_eq(p->rule->paths[i]->path.text, text))
			return p->rule->paths[i];
	if (p->rule->path_count == RULE_PATHS)
		return rule_fail(p, "too many paths in one rule");
	n = rule_node_new(p, RULE_PATH, NULL, NULL);
	if (!n)
		return NULL;
	n->path = path;
	n->index = (uint16_t)p->rule->path_count;
	p->rule->paths[p->rule->path_count++] = n;
	return n;
}

/* ---- the grammar -------------------------------------------------------- */

static const struct {
	const char *name;
	enum rule_op op;
} rule_functions[] = {
	{ "sum", RULE_SUM }, { "count", RULE_COUNT },
	{ "distinct", RULE_DISTINCT }, { "min", RULE_LOWEST },
	{ "max", RULE_HIGHEST }, { "from", RULE_FROM }, { "to", RULE_TO },
	{ "length", RULE_LENGTH },
};

static const struct rule_node *
rule_function(struct rule_parser *p, enum rule_op op)
{
	const struct rule_node *path;

	rule_next(p);
	if (!rule_accept(p, "("))
		return rule_fail(p, "( is missing after the function");
	if (p->token != TOKEN_WORD)
		return rule_fail(p, "a path is missing");
	path = rule_path_node(p, p->word);
	rule_next(p);
	if (path && !rule_accept(p, ")"))
		return rule_fail(p, ") is missing");
	return path ? rule_node_new(p, op, path, NULL) : NULL;
}

static const struct rule_node *
rule_literal(struct rule_parser *p)
{
	struct rule_node *n;
	int64_t cents;

	if (p->token == TOKEN_TEXT) {
		n = rule_node_new(p, RULE_WORD, NULL, NULL);
		if (n) {
			n->word = p->word;
			n->numeric = money_parse(p->word, &n->number);
		}
	} else {
		if (!money_parse(p->word, &cents))
			return NULL;
		n = rule_node_new(p, RULE_NUMBER, NULL, NULL);
		if (n) {
			n->number = cents;
			n->word = p->word;
			n->numeric = true;
		}
	}
	rule_next(p);
	return n;
}

static const struct rule_node *
rule_group(struct rule_parser *p)
{
	const struct rule_node *n;

	if (++p->depth > RULE_DEPTH)
		return rule_fail(p, "nested too deeply");
	rule_next(p);
	n = rule_or(p);
	p->depth--;
	if (n && !rule_accept(p, ")"))
		return rule_fail(p, ") is missing");
	return n;
}

static const struct rule_node *
rule_term(struct rule_parser *p)
{
	const struct rule_node *n;

	if (rule_is(p, "("))
		return rule_group(p);
	if (p->token == TOKEN_END)
		return rule_fail(p, "the condition ends too early");
	if (p->token == TOKEN_SIGN)
		return rule_fail(p, "a path or a number is missing");
	for (size_t i = 0; p->token == TOKEN_WORD &&
	    i < sizeof(rule_functions) / sizeof(*rule_functions); i++)
		if (rule_is(p, rule_functions[i].name))
			return rule_function(p, rule_functions[i].op);
	if (rule_accept(p, "today"))
		return rule_node_new(p, RULE_TODAY, NULL, NULL);
	if (rule_accept(p, "set_date"))
		return rule_node_new(p, RULE_SET_DATE, NULL, NULL);
	n = rule_literal(p);
	if (n || p->failed)
		return n;
	n = rule_path_node(p, p->word);
	rule_next(p);
	return n;
}

static const struct rule_node *
rule_sum(struct rule_parser *p)
{
	const struct rule_node *n = rule_term(p);

	while (n && !p->failed) {
		enum rule_op op = rule_is(p, "+") ? RULE_ADD : RULE_SUB;
		const struct rule_node *b;

		if (!rule_is(p, "+") && !rule_is(p, "-"))
			break;
		rule_next(p);
		b = rule_term(p);
		n = b ? rule_node_new(p, op, n, b) : NULL;
	}
	return n;
}

/* A path against what is known: decided value by value (edi/rule/slot.c). */
static const struct rule_node *
rule_test(struct rule_parser *p, struct rule_node *n)
{
	if (n->a->op != RULE_PATH)
		return rule_fail(p, "`in` and `matches` take a path before");
	if (p->rule->test_count == RULE_TESTS)
		return rule_fail(p, "too many comparisons in one rule");
	p->rule->tests[p->rule->test_count++] = n;
	n->test = (uint8_t)p->rule->test_count;
	return n;
}

/* The words after "in": to the end, or to "and", "or", ")". */
static const struct rule_node *
rule_list(struct rule_parser *p, enum rule_op op, const struct rule_node *a)
{
	enum { LIST_MAX = 64 };
	struct slice words[LIST_MAX];
	unsigned count = 0;
	struct rule_node *n;
	struct slice *list;

	while ((p->token == TOKEN_WORD || p->token == TOKEN_TEXT) &&
	    (p->token == TOKEN_TEXT || (!rule_is(p, "and") &&
	    !rule_is(p, "or")))) {
		if (count == LIST_MAX)
			return rule_fail(p, "too many codes in a list");
		words[count++] = p->word;
		rule_next(p);
	}
	if (count == 0)
		return rule_fail(p, "codes are missing after `in`");
	n = rule_node_new(p, op, a, NULL);
	list = n ? arena_array(p->arena, count, sizeof(*list)) : NULL;
	if (!list)
		return rule_fail(p, "out of memory");
	memcpy(list, words, count * sizeof(*list));
	n->list = list;
	n->list_count = count;
	return rule_test(p, n);
}

/* A shape too long for a matcher is read anew for each value. */
static struct rule_node *
rule_ready(struct rule_parser *p, struct rule_node *n)
{
	struct code_matcher m, *copy;

	if (!code_matcher_make(&m, n->word.p))
		return n;
	copy = arena_alloc(p->arena, sizeof(*copy));
	if (copy)
		*copy = m;
	n->shape = copy;
	return n;
}

static const struct rule_node *
rule_matches(struct rule_parser *p, const struct rule_node *a)
{
	struct rule_node *n;

	if (p->token != TOKEN_TEXT)
		return rule_fail(p, "`matches` takes a shape in quotes, such "
		    "as \"99999|999999999\"");
	if (!code_shape_valid(p->word))
		return rule_fail(p, "this is no shape (9 digit, A letter, "
		    "X either, 'c the letter c, {1,3} repeats)");
	n = rule_node_new(p, RULE_MATCHES, a, NULL);
	if (n) {
		char *copy = arena_copy(p->arena, p->word);

		n->word = slice(copy, copy ? p->word.n : 0);
	}
	rule_next(p);
	return n && n->word.p ? rule_test(p, rule_ready(p, n)) :
	    rule_fail(p, "out of memory");
}

static const struct rule_node *
rule_order_node(struct rule_parser *p, enum rule_op op,
    const struct rule_node *a)
{
	const struct rule_node *b = rule_sum(p);
	struct rule_node *n = b ? rule_node_new(p, op, a, b) : NULL;

	if (n && a->op == RULE_PATH &&
	    (b->op == RULE_NUMBER || b->op == RULE_WORD))
		return rule_test(p, n);
	return n;
}

static const struct rule_node *
rule_compare(struct rule_parser *p)
{
	static const struct {
		const char *sign;
		enum rule_op op;
	} signs[] = {
		{ "=", RULE_EQ }, { "!=", RULE_NE }, { "<=", RULE_LE },
		{ "<", RULE_LT }, { ">=", RULE_GE }, { ">", RULE_GT },
	};
	const struct rule_node *a = rule_sum(p);

	if (!a)
		return NULL;
	if (rule_accept(p, "in"))
		return rule_list(p, RULE_IN, a);
	if (rule_accept(p, "matches"))
		return rule_matches(p, a);
	if (rule_accept(p, "not"))
		return rule_accept(p, "in") ? rule_list(p, RULE_NOT_IN, a) :
		    rule_fail(p, "`in` is missing after `not`");
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (rule_accept(p, signs[i].sign))
			return rule_order_node(p, signs[i].op, a);
	}
	return a;
}

static const struct rule_node *
rule_not(struct rule_parser *p)
{
	const struct rule_node *a;

	if (!rule_is(p, "not"))
		return rule_compare(p);
	if (++p->depth > RULE_DEPTH)
		return rule_fail(p, "nested too deeply");
	rule_next(p);
	a = rule_not(p);
	p->depth--;
	return a ? rule_node_new(p, RULE_NOT, a, NULL) : NULL;
}

static const struct rule_node *
rule_and(struct rule_parser *p)
{
	const struct rule_node *n = rule_not(p);

	while (n && rule_accept(p, "and")) {
		const struct rule_node *b = rule_not(p);

		n = b ? rule_node_new(p, RULE_AND, n, b) : NULL;
	}
	return n;
}

static const struct rule_node *
rule_or(struct rule_parser *p)
{
	const struct rule_node *n = rule_and(p);

	while (n && rule_accept(p, "or")) {
		const struct rule_node *b = rule_and(p);

		n = b ? rule_node_new(p, RULE_OR, n, b) : NULL;
	}
	return n;
}

const struct rule_node *
rule_parse(struct arena *a, struct rule *r, struct slice text, struct err *e)
{
	struct rule_parser p = { .arena = a, .rule = r, .rest = text, .e = e };
	const struct rule_node *n;

	rule_next(&p);
	n = rule_or(&p);
	if (n && p.token != TOKEN_END)
		return rule_fail(&p, "`and` or `or` is missing");
	return p.failed ? NULL : n;
}

const struct rule_node *
rule_parse_path(struct arena *a, struct rule *r, struct slice text,
    struct err *e)
{
	struct rule_parser p = { .arena = a, .rule = r, .rest = text, .e = e };
	const struct rule_node *n;

	rule_next(&p);
	if (p.token != TOKEN_WORD)
		return rule_fail(&p, "a path is missing");
	n = rule_path_node(&p, p.word);
	rule_next(&p);
	if (n && p.token != TOKEN_END)
		return rule_fail(&p, "one path is enough");
	return p.failed ? NULL : n;
}
