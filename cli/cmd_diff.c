/* SPDX-License-Identifier: ISC */
/* x12 diff: what claims two files have that are not the same. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { DIFF_SAME = 0, DIFF_OTHER = 1, DIFF_ITEMS = 1 << 26,
    DIFF_LINE = 64 << 20 };

/* All items of a file, as little of each as tells them apart. */
struct diff_side {
	struct input in;
	struct item *item;
	uint32_t count, cap;
	uint32_t *partner;       /* ordinal in the other file; 0: none */
	bool *changed;
};

struct diff {
	bool json, values;
	struct guides *guides;
	struct diff_side side[2];
	FILE *kept;              /* facts of the first file's changed items */
	off_t *at;               /* where, by ordinal */
	struct buf line;
	uint32_t added, removed, changes;
	struct facts old;        /* read back */
};

/* ---- first: which items there are ---------------------------------------- */

static int
diff_on_item(void *ctx, const struct item *i, const struct facts *f,
    struct err *e)
{
	struct diff_side *side = ctx;

	(void)f;
	if (side->count == side->cap) {
		uint32_t cap = side->cap ? side->cap * 2 : 256;
		void *p = cap > DIFF_ITEMS ? NULL :
		    reallocarray(side->item, cap, sizeof(*side->item));

		if (!p)
			return err_set(e, -ENOMEM, "too many claims");
		side->item = p;
		side->cap = cap;
	}
	side->item[side->count++] = *i;
	return 0;
}

static int
diff_compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Whose it is, and whether it is a payment. */
static int
diff_compare_key(const struct item *a, const struct item *b)
{
	int c = diff_compare_u64(a->key, b->key);

	if (c == 0)
		c = diff_compare_u64(a->check, b->check);
	if (c == 0)
		c = diff_compare_u64(a->claim == 0, b->claim == 0);
	return c;
}

static int
diff_compare_digest(const struct item *a, const struct item *b)
{
	int c = diff_compare_u64(a->digest[0], b->digest[0]);

	return c ? c : diff_compare_u64(a->digest[1], b->digest[1]);
}

static int
diff_compare(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;
	int c = diff_compare_key(*x, *y);

	if (c == 0)
		c = diff_compare_digest(*x, *y);
	return c ? c : diff_compare_u64((*x)->ordinal, (*y)->ordinal);
}

static void
diff_pair(struct diff *x, const struct item *a, const struct item *b,
    bool changed)
{
	x->side[0].partner[a->ordinal] = b->ordinal;
	x->side[1].partner[b->ordinal] = a->ordinal;
	x->side[0].changed[a->ordinal] = changed;
	x->side[1].changed[b->ordinal] = changed;
	x->changes += changed;
}

/*
 * Of those with one key, the same ones first, then the others in their order.
 */
static void
diff_match(struct diff *x, const struct item **a, const struct item **b,
    bool changed)
{
	uint32_t na = x->side[0].count, nb = x->side[1].count;

	for (uint32_t i = 0, k = 0; i < na && k < nb;) {
		int c = diff_compare_key(a[i], b[k]);

		if (x->side[0].partner[a[i]->ordinal]) {
			i++;
			continue;
		}
		if (x->side[1].partner[b[k]->ordinal]) {
			k++;
			continue;
		}
		if (c == 0 && !changed)
			c = diff_compare_digest(a[i], b[k]);
		if (c == 0)
			diff_pair(x, a[i], b[k], changed);
		i += c <= 0;
		k += c >= 0;
	}
}

static int
diff_side_sorted(struct diff_side *s, const struct item ***to)
{
	s->partner = calloc(s->count + 1, sizeof(*s->partner));
	s->changed = calloc(s->count + 1, sizeof(*s->changed));
	*to = calloc(s->count + 1, sizeof(**to));
	if (!s->partner || !s->changed || !*to)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->count; i++)
		(*to)[i] = &s->item[i];
	qsort(*to, s->count, sizeof(**to), diff_compare);
	return 0;
}

static int
diff_items(struct diff *x, struct err *e)
{
	const struct item **sorted[2] = { NULL, NULL };
	int rc = 0;

	for (int i = 0; i < 2 && rc == 0; i++)
		rc = facts_read(&x->side[i].in, x->guides, diff_on_item,
		    &x->side[i], e);
	for (int i = 0; i < 2 && rc == 0; i++)
		if (diff_side_sorted(&x->side[i], &sorted[i]) < 0)
			rc = err_set(e, -ENOMEM, "out of memory");
	if (rc == 0) {
		diff_match(x, sorted[0], sorted[1], false);
		diff_match(x, sorted[0], sorted[1], true);
	}
	free(sorted[0]);
	free(sorted[1]);
	return rc;
}

/* ---- saying -------------------------------------------------------------- */

static void
diff_text_item(const struct item *i)
{
	if (i->claim > 0)
		printf("set %s claim %" PRIu32 " (segment %" PRIu32 ")",
		    i->set, i->claim, i->segment);
	else
		printf("set %s payment", i->set);
}

static void
diff_json_item(struct json *j, const char *key, const struct item *i)
{
	jsonw_key(j, key);
	jsonw_object(j);
	jsonw_kstr(j, "set", i->set);
	jsonw_kint_opt(j, "claim", i->claim);
	jsonw_kint(j, "segment", i->segment);
	jsonw_object_end(j);
}

/* Items that only one of the files has. */
static void
diff_print_alone(struct diff *x, int side)
{
	static const char *const word[] = { "removed", "added" };
	const struct diff_side *s = &x->side[side];
	struct json j;

	for (uint32_t i = 0; i < s->count; i++) {
		if (s->partner[s->item[i].ordinal])
			continue;
		if (side == 0)
			x->removed++;
		else
			x->added++;
		if (!x->json) {
			printf("%s: ", word[side]);
			diff_text_item(&s->item[i]);
			putchar('\n');
			continue;
		}
		buf_reset(&x->line);
		jsonw_init(&j, &x->line);
		jsonw_object(&j);
		jsonw_kstr(&j, "type", word[side]);
		diff_json_item(&j, side ? "b" : "a", &s->item[i]);
		jsonw_object_end(&j);
		puts(buf_str(&x->line));
	}
}

static const char *
diff_name(const struct fact *f)
{
	const struct guide_element *el;

	if (!f->segment || f->element > f->segment->count)
		return "";
	el = &f->segment->elements[f->element - 1];
	return f->component > 0 && f->component <= el->component_count ?
	    el->components[f->component - 1].name : el->name;
}

static void
diff_text_field(const struct diff *x, const struct fact *f, const char *word,
    struct slice a, struct slice b)
{
	printf("  %s", f->loop->id[0] ? f->loop->id : "header");
	if (f->loop->max > 1 && !f->loop->is_claim && !f->loop->is_hl)
		printf("[%" PRIu32 "]", f->instance);
	printf(" %s%02u", f->id, f->element);
	if (f->component > 0)
		printf("-%u", f->component);
	if (f->repeat > 0)
		printf("[%u]", f->repeat);
	printf(" %s: %s", diff_name(f), word);
	if (x->values)
		printf(": \"%.*s\" -> \"%.*s\"", SLICE_ARG(a), SLICE_ARG(b));
	putchar('\n');
}

static void
diff_json_field(const struct diff *x, struct json *j, const struct fact *f,
    const char *word, struct slice a, struct slice b)
{
	jsonw_object(j);
	jsonw_kstr(j, "loop", f->loop->id);
	jsonw_kint(j, "instance", f->instance);
	jsonw_kstr(j, "segment", f->id);
	jsonw_kint(j, "element", f->element);
	jsonw_kint_opt(j, "component", f->component);
	jsonw_kint_opt(j, "repeat", f->repeat);
	jsonw_kstr(j, "name", diff_name(f));
	jsonw_kstr(j, "change", word);
	if (x->values) {
		jsonw_kslice(j, "a", a);
		jsonw_kslice(j, "b", b);
	}
	jsonw_object_end(j);
}

static void
diff_field(struct diff *x, struct json *j, const struct fact *f,
    const char *word, struct slice a, struct slice b)
{
	if (x->json)
		diff_json_field(x, j, f, word, a, b);
	else
		diff_text_field(x, f, word, a, b);
}

/* ---- then: what is not the same in those that changed -------------------- */

/* Keep the facts of the first file. */
static int
diff_on_old(void *ctx, const struct item *i, const struct facts *f,
    struct err *e)
{
	struct diff *x = ctx;
	const struct fact *first = f->fact;
	size_t from = f->count > 0 ? first->at : 0, n = f->text.n - from;

	if (!x->side[0].changed[i->ordinal])
		return 0;
	x->at[i->ordinal] = ftello(x->kept);
	if (fwrite(&f->count, sizeof(f->count), 1, x->kept) != 1 ||
	    fwrite(&from, sizeof(from), 1, x->kept) != 1 ||
	    fwrite(&n, sizeof(n), 1, x->kept) != 1 ||
	    fwrite(first, sizeof(*first), f->count, x->kept) != f->count ||
	    fwrite(f->text.p + from, 1, n, x->kept) != n)
		return err_sys(e, "cannot write a temporary file");
	return 0;
}

static int
diff_read_old(struct diff *x, uint32_t ordinal, struct err *e)
{
	struct facts *f = &x->old;
	size_t from, n;
	void *p;
	char *text;

	if (fseeko(x->kept, x->at[ordinal], SEEK_SET) < 0 ||
	    fread(&f->count, sizeof(f->count), 1, x->kept) != 1 ||
	    fread(&from, sizeof(from), 1, x->kept) != 1 ||
	    fread(&n, sizeof(n), 1, x->kept) != 1)
		return err_sys(e, "cannot read a temporary file");
	p = reallocarray(f->fact, f->count + 1, sizeof(*f->fact));
	buf_reset(&f->text);
	text = buf_space(&f->text, n);
	if (p)
		f->fact = p;
	if (!p || !text)
		return err_set(e, -ENOMEM, "out of memory");
	if (fread(f->fact, sizeof(*f->fact), f->count, x->kept) != f->count ||
	    fread(text, 1, n, x->kept) != n)
		return err_sys(e, "cannot read a temporary file");
	f->text.n = n;
	for (uint32_t i = 0; i < f->count; i++)
		f->fact[i].at -= (uint32_t)from;
	return 0;
}

static int
diff_compare_path(const void *a, const void *b)
{
	const struct fact *const *x = a, *const *y = b;

	return diff_compare_u64((*x)->path, (*y)->path);
}

static const struct fact **
diff_by_path(const struct facts *f)
{
	const struct fact **to = calloc(f->count + 1, sizeof(*to));

	for (uint32_t i = 0; to && i < f->count; i++)
		to[i] = &f->fact[i];
	if (to)
		qsort(to, f->count, sizeof(*to), diff_compare_path);
	return to;
}

/* Facts of one, in its order, that the other has not, or not so. */
static void
diff_fields(struct diff *x, struct json *j, const struct facts *one,
    const struct facts *two, const struct fact **sorted, bool backwards)
{
	for (uint32_t i = 0; i < one->count; i++) {
		const struct fact *f = &one->fact[i];
		const struct fact **other = bsearch(&f, sorted, two->count,
		    sizeof(*sorted), diff_compare_path);
		struct slice v = fact_value(one, f), none = slice("", 0);

		if (!other && backwards)
			diff_field(x, j, f, "added", none, v);
		else if (!other)
			diff_field(x, j, f, "removed", v, none);
		else if (!backwards && !slice_eq(v, fact_value(two, *other)))
			diff_field(x, j, f, "changed", v,
			    fact_value(two, *other));
	}
}

static int
diff_print_changed(struct diff *x, const struct item *i,
    const struct facts *f, struct err *e)
{
	uint32_t old = x->side[1].partner[i->ordinal];
	const struct fact **was = diff_by_path(&x->old);
	const struct fact **is = diff_by_path(f);
	struct json j;

	if (!was || !is) {
		free(was);
		free(is);
		return err_set(e, -ENOMEM, "out of memory");
	}
	buf_reset(&x->line);
	jsonw_init(&j, &x->line);
	if (x->json) {
		jsonw_object(&j);
		jsonw_kstr(&j, "type", "changed");
		diff_json_item(&j, "a", &x->side[0].item[old - 1]);
		diff_json_item(&j, "b", i);
		jsonw_key(&j, "fields");
		jsonw_array(&j);
	} else {
		printf("changed: ");
		diff_text_item(&x->side[0].item[old - 1]);
		printf(", now ");
		diff_text_item(i);
		putchar('\n');
	}
	diff_fields(x, &j, &x->old, f, is, false);
	diff_fields(x, &j, f, &x->old, was, true);
	if (x->json) {
		jsonw_array_end(&j);
		jsonw_object_end(&j);
		puts(buf_str(&x->line));
	}
	free(was);
	free(is);
	return x->line.failed ? err_set(e, -ENOMEM, "out of memory") : 0;
}

static int
diff_on_new(void *ctx, const struct item *i, const struct facts *f,
    struct err *e)
{
	struct diff *x = ctx;
	int rc;

	if (!x->side[1].changed[i->ordinal])
		return 0;
	rc = diff_read_old(x, x->side[1].partner[i->ordinal], e);
	return rc < 0 ? rc : diff_print_changed(x, i, f, e);
}

static int
diff_changes(struct diff *x, struct err *e)
{
	int rc;

	x->at = calloc(x->side[0].count + 1, sizeof(*x->at));
	x->kept = tmpfile();
	if (!x->at)
		return err_set(e, -ENOMEM, "out of memory");
	if (!x->kept)
		return err_sys(e, "cannot make a temporary file");
	rc = facts_read(&x->side[0].in, x->guides, diff_on_old, x, e);
	if (rc == 0 && fflush(x->kept) != 0)
		rc = err_sys(e, "cannot write a temporary file");
	return rc < 0 ? rc : facts_read(&x->side[1].in, x->guides,
	    diff_on_new, x, e);
}

/* ---- the command --------------------------------------------------------- */

static void
diff_summary(struct diff *x)
{
	struct json j;

	if (!x->json) {
		printf("%" PRIu32 " removed, %" PRIu32 " added, %" PRIu32
		    " changed\n", x->removed, x->added, x->changes);
		return;
	}
	buf_reset(&x->line);
	jsonw_init(&j, &x->line);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "summary");
	jsonw_kint(&j, "removed", x->removed);
	jsonw_kint(&j, "added", x->added);
	jsonw_kint(&j, "changed", x->changes);
	jsonw_object_end(&j);
	puts(buf_str(&x->line));
}

static int
diff_run(struct diff *x, struct err *e)
{
	int rc = x->guides ? diff_items(x, e) :
	    err_set(e, -ENOMEM, "out of memory");

	if (rc < 0)
		return rc;
	diff_print_alone(x, 0);
	diff_print_alone(x, 1);
	if (x->changes > 0)
		rc = diff_changes(x, e);
	if (rc == 0)
		diff_summary(x);
	return rc;
}

static int
diff_files(struct diff *x, char **names)
{
	struct err e = ERR_NONE;
	int rc = 0;

	buf_init(&x->line, DIFF_LINE);
	facts_init(&x->old);
	x->guides = guides_new();
	for (int i = 0; i < 2; i++)
		x->side[i].in.fd = -1;
	for (int i = 0; i < 2 && rc == 0; i++)
		rc = input_open(&x->side[i].in, names[i], &e);
	if (rc == 0)
		rc = diff_run(x, &e);
	for (int i = 0; i < 2; i++) {
		input_close(&x->side[i].in);
		free(x->side[i].item);
		free(x->side[i].partner);
		free(x->side[i].changed);
	}
	if (x->kept)
		fclose(x->kept);
	free(x->at);
	facts_free(&x->old);
	guides_free(x->guides);
	buf_free(&x->line);
	if (rc < 0)
		return command_trouble("diff", &e);
	return command_flush("diff", x->added + x->removed + x->changes > 0 ?
	    DIFF_OTHER : DIFF_SAME);
}

int
cmd_diff(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "values", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct diff x = { .json = false };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("diff");
		if (c != 'j' && c != 'v')
			return command_usage("diff", NULL);
		x.json |= c == 'j';
		x.values |= c == 'v';
	}
	if (optind != argc - 2)
		return command_usage("diff", "which two files?");
	return diff_files(&x, argv + optind);
}
