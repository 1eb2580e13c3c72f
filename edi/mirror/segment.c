/* SPDX-License-Identifier: ISC */
/* One segment as the members of a JSON object. */
#include "edi/mirror/inner.h"

#include <stdio.h>

enum { GENERIC = 32 };  /* ,"NM132768-32768": and a NUL */

struct writing {
	struct buf *to;
	const struct segment *s;
	char id[4];             /* "": it is no id, keys are numbers alone */
	char component, repetition;  /* '\0': there is none */
	bool whole;             /* an ISA: nothing in it is a composite */
};

static inline bool
holds(struct slice v, char c)
{
	return c != '\0' && memchr(v.p, c, v.n) != NULL;
}

static inline void
add_name(struct buf *to, const struct mirror_name *n)
{
	buf_add(to, n->p, n->n);
}

/* ,"NM112": or ,"NM112-3": */
static void
add_generic(struct writing *w, unsigned element, unsigned component)
{
	char *p = buf_space(w->to, GENERIC);
	int n;

	if (!p)
		return;
	n = component ? snprintf(p, GENERIC, ",\"%s%02u-%u\":", w->id, element,
	    component) : snprintf(p, GENERIC, ",\"%s%02u\":", w->id, element);
	w->to->n += (size_t)n;
}

static void
add_trailing(struct buf *to, unsigned n)
{
	if (n > 0)
		buf_addf(to, ",\"trailing\":%u", n);
}

/* The components that are not empty, by position. */
static void
add_composite(struct writing *w, struct slice v, unsigned position,
    const struct mirror_element *e)
{
	size_t at = w->to->n + 1;
	const char *p = v.p, *end = v.p + v.n;
	unsigned i = 1, last = 0;

	buf_add_char(w->to, '{');
	for (;; i++) {
		const char *stop = w->component == '\0' ? NULL :
		    memchr(p, w->component, (size_t)(end - p));
		struct slice c = slice(p, (size_t)((stop ? stop : end) - p));

		if (c.n > 0) {
			if (e && i <= e->count)
				add_name(w->to, &e->components[i - 1]);
			else
				add_generic(w, position, i);
			mirror_add_string(w->to, c);
			last = i;
		}
		if (!stop)
			break;
		p = stop + 1;
	}
	add_trailing(w->to, i - (last ? last : 1));
	/* The comma before the first member becomes nothing. */
	if (!w->to->failed && w->to->n > at) {
		memmove(w->to->p + at, w->to->p + at + 1, w->to->n - at - 1);
		w->to->n--;
	}
	buf_add_char(w->to, '}');
}

static void
add_occurrence(struct writing *w, struct slice v, unsigned position,
    const struct mirror_element *e)
{
	bool composite = holds(v, w->component) ||
	    (e && e->count > 0 && v.n > 0);

	if (composite && !w->whole)
		add_composite(w, v, position, e);
	else
		mirror_add_string(w->to, v);
}

static void
add_repeats(struct writing *w, struct slice v, unsigned position,
    const struct mirror_element *e)
{
	const char *p = v.p, *end = v.p + v.n;

	buf_add_char(w->to, '[');
	for (;;) {
		const char *stop = w->repetition == '\0' ? NULL :
		    memchr(p, w->repetition, (size_t)(end - p));

		add_occurrence(w, slice(p, (size_t)((stop ? stop : end) - p)),
		    position, e);
		if (!stop)
			break;
		buf_add_char(w->to, ',');
		p = stop + 1;
	}
	buf_add_char(w->to, ']');
}

static inline void
add_element(struct writing *w, struct slice v, unsigned position,
    const struct mirror_element *e)
{
	if (e)
		add_name(w->to, &e->name);
	else
		add_generic(w, position, 0);
	if (!w->whole && ((e && e->repeats) || holds(v, w->repetition)))
		add_repeats(w, v, position, e);
	else
		add_occurrence(w, v, position, e);
}

static void
add_head(struct writing *w, const struct mirror_node *node)
{
	if (node) {
		add_name(w->to, &node->head);
		return;
	}
	buf_add_str(w->to, "\"segment\":");
	mirror_add_string(w->to, segment_id(w->s));
}

bool
mirror_add_segment(struct buf *to, const struct segment *s,
    const struct mirror_node *node)
{
	struct writing w = {
		.to = to, .s = s, .component = s->delimiters->component,
		.repetition = s->delimiters->repetition,
		.whole = s->tag == TAG_ISA,
	};
	unsigned last = 0;

	segment_tag_text(s->tag, w.id);
	add_head(&w, node);
	for (unsigned i = 1; i <= s->count; i++) {
		struct slice v = segment_element(s, i);

		if (v.n == 0)
			continue;
		add_element(&w, v, i, node && i <= node->count ?
		    &node->elements[i - 1] : NULL);
		last = i;
	}
	add_trailing(to, s->count - last);
	return !to->failed;
}
