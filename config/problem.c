/* SPDX-License-Identifier: ISC */
#include "config/problem.h"

#include "base/nearest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct problem {
	struct problem *next;
	const struct source *source;
	int line, column;
	unsigned ordinal;
	const char *text;
};

void
problems_init(struct problems *p, struct arena *arena)
{
	*p = (struct problems){ .arena = arena };
}

void
problem_add(struct problems *p, const struct source *at, int line, int column,
    const char *fmt, ...)
{
	char text[PROBLEM_TEXT];
	struct problem *new;
	va_list ap;

	if (++p->count > PROBLEM_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	new = arena_alloc(p->arena, sizeof(*new));
	if (!new || !(new->text = arena_copy(p->arena, slice_str(text)))) {
		p->nomem = true;
		return;
	}
	new->source = at;
	new->line = line;
	new->column = column;
	new->ordinal = p->count;
	new->next = p->list;
	p->list = new;
}

static int
problem_compare(const void *va, const void *vb)
{
	const struct problem *a = *(const struct problem *const *)va;
	const struct problem *b = *(const struct problem *const *)vb;
	const int64_t by[4] = {
		(int64_t)a->source->order - b->source->order,
		(int64_t)a->line - b->line,
		(int64_t)a->column - b->column,
		(int64_t)a->ordinal - b->ordinal,
	};

	for (int i = 0; i < 4; i++)
		if (by[i] != 0)
			return by[i] < 0 ? -1 : 1;
	return 0;
}

static void
problems_tell_rest(const struct problems *p, const struct problem *last,
    struct config_sink sink)
{
	char text[PROBLEM_TEXT];

	if (p->count <= PROBLEM_MAX)
		return;
	snprintf(text, sizeof(text), "%u more problems are not shown",
	    p->count - PROBLEM_MAX);
	sink.on_problem(sink.ctx, &(struct config_problem){
	    .file = last->source->name, .text = text });
}

void
problems_tell(struct problems *p, struct config_sink sink)
{
	unsigned n = 0;
	const struct problem **list;

	if (!p->list || !sink.on_problem)
		return;
	list = arena_array(p->arena, PROBLEM_MAX, sizeof(*list));
	if (!list) {
		p->nomem = true;
		return;
	}
	for (const struct problem *i = p->list; i; i = i->next)
		list[n++] = i;
	qsort(list, n, sizeof(*list), problem_compare);
	for (unsigned i = 0; i < n; i++)
		sink.on_problem(sink.ctx, &(struct config_problem){
		    .file = list[i]->source->name, .line = list[i]->line,
		    .column = list[i]->column, .text = list[i]->text });
	problems_tell_rest(p, list[n - 1], sink);
}

/* ---- the nearest name -------------------------------------------------- */

/* `Poll-Interval`, as a key would be written. */
static bool
near_fold(struct slice word, char to[static NEAREST_MAX + 1])
{
	if (word.n == 0 || word.n > NEAREST_MAX)
		return false;
	for (size_t i = 0; i < word.n; i++)
		to[i] = word.p[i] == '-' ? '_' :
		    (char)tolower((unsigned char)word.p[i]);
	to[word.n] = '\0';
	return true;
}

const char *
problem_nearest(struct slice word, const void *names, unsigned count,
    size_t stride)
{
	const char *start = NULL;
	char wanted[NEAREST_MAX + 1];
	struct nearest n;

	if (!near_fold(word, wanted))
		return NULL;
	nearest_init(&n, wanted);
	for (unsigned i = 0; i < count; i++) {
		const char *name = *(const char *const *)
		    ((const char *)names + i * stride);

		nearest_try(&n, name);
		if (word.n >= 4 && strncmp(name, wanted, word.n) == 0)
			start = name;   /* `known` of `known_hosts` */
	}
	if (start)
		return start;
	return n.distance <= 1 + word.n / 4 ? nearest_found(&n) : NULL;
}
