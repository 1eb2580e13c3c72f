/* SPDX-License-Identifier: ISC */
#include "edi/guide/draft.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "edi/guide/embed.h"
#include "edi/severity.h"
#include "edi/segment.h"

enum {
	ARENA_MAX = 16 * 1024 * 1024, OVERLAY_MAX = 1024 * 1024,
	FILES_MAX = 32, NAMES_MAX = 8, OVER_MAX = 16,
};

/* One guide, or edition of one, and what it is called. */
struct guide_row {
	struct guide_file file;
	struct slice id, set, like;
	struct slice also[NAMES_MAX];
	unsigned also_count;
	struct guide *guide;            /* NULL: not loaded yet */
	struct guide_file *over;        /* companions, OVER_MAX of room */
	unsigned over_count;
};

struct guides {
	struct arena arena;
	struct standard *standard;
	struct guide_scope common;
	unsigned row_count;
	struct guide_row rows[FILES_MAX];
};

/* ---- the table of files ------------------------------------------------- */

/* The statements that say which guide a file holds; they come first. */
static bool
read_identity(struct guide_row *r, struct guide_line *l)
{
	struct slice word = guide_line_word(l);

	if (slice_is(word, "heading") || slice_is(word, "loop"))
		return false;
	if (slice_is(word, "guide")) {
		r->id = guide_line_word(l);
		r->set = guide_line_word(l);
	} else if (slice_is(word, "also") && r->also_count < NAMES_MAX) {
		r->also[r->also_count++] = guide_line_word(l);
	} else if (slice_is(word, "like") || slice_is(word, "over")) {
		r->like = guide_line_word(l);
		if (r->set.n == 0)
			r->set = guide_line_word(l);
	}
	return true;
}

static void
row_identity(struct guide_row *r)
{
	struct guide_text t;
	struct guide_line l;

	guide_text_init(&t, r->file.text, r->file.name);
	while (guide_text_next(&t, &l))
		if (l.indent == 0 && !read_identity(r, &l))
			break;
}

struct guides *
guides_new(void)
{
	struct guides *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	arena_init(&g->arena, ARENA_MAX);
	while (g->row_count < FILES_MAX &&
	    guide_file(g->row_count, &g->rows[g->row_count].file))
		row_identity(&g->rows[g->row_count++]);
	return g;
}

void
guides_free(struct guides *g)
{
	if (!g)
		return;
	arena_free(&g->arena);
	free(g);
}

bool
guides_builtin(unsigned i, char id[static 16], char set[static 4])
{
	struct guide_row r = { 0 };

	if (!guide_file(i, &r.file))
		return false;
	row_identity(&r);
	return slice_copy(r.id, id, 16) && slice_copy(r.set, set, 4);
}

static struct guide_row *
row_find(struct guides *g, struct slice version, struct slice set)
{
	for (unsigned i = 0; i < g->row_count; i++) {
		struct guide_row *r = &g->rows[i];

		if (!slice_eq(r->set, set))
			continue;
		if (slice_eq(r->id, version))
			return r;
		for (unsigned j = 0; j < r->also_count; j++)
			if (slice_eq(r->also[j], version))
				return r;
	}
	return NULL;
}

/* ---- loading ------------------------------------------------------------ */

static int
load_standard(struct guides *g, struct err *e)
{
	struct draft d = { .arena = &g->arena, .e = e };
	int rc;

	if (g->standard)
		return 0;
	d.standard = standard_load(&g->arena, guide_file_standard(),
	    "005010.standard", e);
	if (!d.standard)
		return e && e->code < 0 ? e->code : -EINVAL;
	rc = draft_read(&d, guide_file_common(), "common.guide");
	if (rc < 0)
		return rc;
	g->standard = (struct standard *)d.standard;
	g->common = d.scope;
	return 0;
}

static int
draft_init(struct draft *d, struct guides *g, struct err *e)
{
	*d = (struct draft){
		.arena = &g->arena, .standard = g->standard, .e = e,
		.scope = { .up = &g->common },
	};
	d->guide = arena_alloc(d->arena, sizeof(*d->guide));
	d->root = arena_alloc(d->arena, sizeof(*d->root));
	if (!d->guide || !d->root)
		return draft_no_memory(d);
	d->root->loop = arena_alloc(d->arena, sizeof(*d->root->loop));
	d->root->body = arena_alloc(d->arena, sizeof(*d->root->body));
	if (!d->root->loop || !d->root->body)
		return draft_no_memory(d);
	d->root->loop->usage = USAGE_REQUIRED;
	d->root->loop->max = 1;
	d->root->loop->name = "Transaction Set";
	return 0;
}

/* The guide's own file; that of the guide it is an edition of comes before. */
static int
read_row(struct guides *g, struct draft *d, const struct guide_row *r,
    unsigned depth)
{
	const struct guide_row *base;
	int rc;

	if (r->like.n == 0)
		return draft_read(d, r->file.text, r->file.name);
	base = row_find(g, r->like, r->set);
	if (!base || base == r || depth > 2)
		return err_set(d->e, -EINVAL, "%s: no guide %.*s for %.*s",
		    r->file.name, SLICE_ARG(r->like), SLICE_ARG(r->set));
	if ((rc = read_row(g, d, base, depth + 1)) < 0)
		return rc;
	d->mode = DRAFT_EDITION;
	return draft_read(d, r->file.text, r->file.name);
}

static int
load_row(struct guides *g, struct guide_row *r, struct err *e)
{
	struct draft d;
	int rc;

	if (r->guide)
		return 0;
	if ((rc = load_standard(g, e)) < 0 ||
	    (rc = draft_init(&d, g, e)) < 0 ||
	    (rc = read_row(g, &d, r, 0)) < 0 || (rc = draft_build(&d)) < 0)
		return err_prefix(e, "%s", r->file.name);
	r->guide = d.guide;
	return 0;
}

const struct guide *
guides_find(struct guides *g, struct slice version, struct slice set,
    struct err *e)
{
	struct guide_row *r = row_find(g, version, set);

	if (e)
		*e = ERR_NONE;
	if (!r || load_row(g, r, e) < 0)
		return NULL;
	return r->guide;
}

int
guides_check_all(struct guides *g, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < g->row_count && rc == 0; i++)
		rc = load_row(g, &g->rows[i], e);
	return rc;
}

/* ---- companion guides --------------------------------------------------- */

/* Its text and name live as long as the guides. */
static int
row_own(struct guides *g, struct slice text, const char *what,
    struct guide_row *r, struct err *e)
{
	char *own = arena_copy(&g->arena, text);
	char *name = arena_copy(&g->arena, slice_str(what));

	*r = (struct guide_row){ .file = { name, { own, text.n } } };
	if (!own || !name)
		return err_set(e, -ENOMEM, "no memory for %s", what);
	row_identity(r);
	return 0;
}

int
guides_add_text(struct guides *g, struct slice text, const char *what,
    struct err *e)
{
	struct guide_row *r = &g->rows[g->row_count];
	int rc;

	if (g->row_count == FILES_MAX)
		return err_set(e, -ENOSPC, "%s: too many guides", what);
	if ((rc = row_own(g, text, what, r, e)) < 0)
		return rc;
	if (r->id.n == 0 || r->set.n == 0 || row_find(g, r->id, r->set))
		return err_set(e, -EINVAL, "%s: it must begin with a guide "
		    "line of a name that is not taken", what);
	if ((rc = load_row(g, r, e)) < 0)
		return rc;
	g->row_count++;
	return 0;
}

/* The companions that lie over it already, then one more. */
static int
read_companions(struct draft *d, const struct guide_row *base,
    const struct guide_row *r)
{
	int rc = 0;

	d->mode = DRAFT_COMPANION;
	for (unsigned i = 0; rc == 0 && i < base->over_count; i++)
		rc = draft_read(d, base->over[i].text, base->over[i].name);
	return rc < 0 ? rc : draft_read(d, r->file.text, r->file.name);
}

static int
keep_companion(struct guides *g, struct guide_row *base,
    const struct guide_row *r, struct err *e)
{
	if (!base->over)
		base->over = arena_array(&g->arena, OVER_MAX,
		    sizeof(*base->over));
	if (!base->over)
		return err_set(e, -ENOMEM, "no memory for %s", r->file.name);
	if (base->over_count == OVER_MAX)
		return err_set(e, -ENOSPC, "%s: more than %d companion guides "
		    "over one guide", r->file.name, OVER_MAX);
	base->over[base->over_count++] = r->file;
	return 0;
}

int
guides_overlay_text(struct guides *g, struct slice text, const char *what,
    struct err *e)
{
	struct guide_row r, *base;
	struct draft d;
	int rc = row_own(g, text, what, &r, e);

	if (rc < 0)
		return rc;
	base = row_find(g, r.like, r.set);
	if (!base)
		return err_set(e, -EINVAL, "%s: say which guide it lies over, "
		    "as in: over 005010X222A1 837", what);
	if ((rc = load_standard(g, e)) < 0 ||
	    (rc = draft_init(&d, g, e)) < 0 ||
	    (rc = read_row(g, &d, base, 0)) < 0)
		return rc;
	if ((rc = read_companions(&d, base, &r)) < 0 ||
	    (rc = draft_build(&d)) < 0 ||
	    (rc = keep_companion(g, base, &r, e)) < 0)
		return rc;
	if (!d.guide->companion)
		d.guide->companion = r.file.name;
	base->guide = d.guide;
	return 0;
}

int
guides_overlay(struct guides *g, const char *path, struct err *e)
{
	char *text;
	size_t n;
	int rc = io_slurp(path, OVERLAY_MAX, &text, &n, e);

	if (rc < 0)
		return rc;
	rc = guides_overlay_text(g, slice(text, n), path, e);
	free(text);
	return rc;
}

/* Those of our own editions name findings: that is looked at when read. */
int
guides_check_severities(const struct guides *g, const struct rules *r,
    struct err *e)
{
	for (unsigned i = 0; i < g->row_count; i++) {
		const struct guide *guide = g->rows[i].guide;

		for (unsigned k = 0; guide && k < guide->severity_count; k++) {
			const struct guide_severity *s = &guide->severities[k];
			struct nearest near;

			if (!severity_name(r, s->finding, &near))
				return severity_unknown(s->file, s->line,
				    s->finding, &near, e);
		}
	}
	return 0;
}

/* ---- questions ---------------------------------------------------------- */

bool
guides_knows_segment(const struct guides *g, uint32_t tag)
{
	return g->standard && standard_knows(g->standard, tag);
}

static bool
has_tag(const uint32_t *tags, unsigned n, uint32_t tag)
{
	for (unsigned i = 0; i < n; i++)
		if (tags[i] == tag)
			return true;
	return false;
}

const struct guide_element *
guide_segment_key(const struct guide_segment *s, unsigned i)
{
	const struct guide_element *el;

	if (s->key[i] == 0)
		return NULL;
	el = &s->elements[s->key[i] - 1];
	return s->key_component[i] > 0 ?
	    &el->components[s->key_component[i] - 1] : el;
}

bool
guide_uses_segment(const struct guide *g, uint32_t tag)
{
	return has_tag(g->tags, g->tag_count, tag);
}

bool
guide_leaves_out(const struct guide *g, uint32_t tag)
{
	return has_tag(g->unused, g->unused_count, tag);
}

bool
guide_codes_search(const struct guide_codes *codes, struct slice value)
{
	uint64_t packed;
	unsigned low = 0, high = codes->packed_count;

	if (value.n > 8) {
		for (uint32_t i = 0; i < codes->count; i++)
			if (slice_eq(codes->text[i], value))
				return true;
		return false;
	}
	packed = guide_pack(value);
	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (codes->packed[mid] < packed)
			low = mid + 1;
		else
			high = mid;
	}
	return low < codes->packed_count && codes->packed[low] == packed;
}

/* ---- places ------------------------------------------------------------- */

static const struct guide_loop *
find_loop(const struct guide_loop *in, struct slice id)
{
	if (slice_is(id, in->id))
		return in;
	for (unsigned i = 0; i < in->body->count; i++) {
		const struct guide_loop *l = in->body->children[i].loop;

		if (l && (l = find_loop(l, id)) != NULL)
			return l;
	}
	return NULL;
}

static bool
segment_has_key(const struct guide_segment *s, struct slice code)
{
	const struct guide_element *el = guide_segment_key(s, 0);

	return el && el->codes && guide_codes_has(el->codes, code);
}

static const struct guide_segment *
find_segment(const struct guide_loop *l, struct slice word)
{
	const char *open = memchr(word.p, '[', word.n);
	struct slice id = word, code = { NULL, 0 };

	if (open && word.p[word.n - 1] == ']') {
		id.n = (size_t)(open - word.p);
		code = slice(open + 1, word.n - id.n - 2);
	}
	for (unsigned i = 0; i < l->body->count; i++) {
		const struct guide_child *c = &l->body->children[i];

		if (!c->loop && slice_is(id, c->segment->id) &&
		    (code.n == 0 || segment_has_key(c->segment, code)))
			return c->segment;
	}
	return NULL;
}

/* "05" or "05-3" of a segment */
static bool
find_element(const struct guide_segment *s, struct slice word,
    struct guide_place *to)
{
	const char *dash = memchr(word.p, '-', word.n);
	struct slice element = word;
	uint64_t e, c = 0;

	if (dash) {
		element.n = (size_t)(dash - word.p);
		if (!slice_u64(slice(dash + 1, word.n - element.n - 1), &c))
			return false;
	}
	if (!slice_u64(element, &e) || e == 0 || e > s->count ||
	    (dash && (c == 0 || c > s->elements[e - 1].component_count)))
		return false;
	to->element = (uint8_t)e;
	to->component = (uint8_t)c;
	return true;
}

static struct slice
path_word(const char **path)
{
	const char *slash = strchr(*path, '/');
	size_t n = slash ? (size_t)(slash - *path) : strlen(*path);
	struct slice word = slice(*path, n);

	*path += slash ? n + 1 : n;
	return word;
}

bool
guide_find(const struct guide *g, const char *path, struct guide_place *to)
{
	struct slice word = path_word(&path);
	const struct guide_loop *loop;

	*to = (struct guide_place){ .loop = g->root };
	if (word.n == 0)
		return false;
	if ((loop = find_loop(g->root, word)) != NULL) {
		to->loop = loop;
		word = path_word(&path);
		if (word.n == 0)
			return true;
	}
	if (!(to->segment = find_segment(to->loop, word)))
		return false;
	word = path_word(&path);
	return word.n == 0 || find_element(to->segment, word, to);
}
