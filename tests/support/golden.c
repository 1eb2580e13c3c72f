/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/reader.h"
#include "tests/support/golden.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 16 << 20 };

/* Each changes some of the delimiters; '\0' leaves one as it is. */
static const struct delimiters other_delimiters[] = {
	{ .terminator = '\n' },
	{ .terminator = '\x1d' },
	{ .element = '|' },
	{ .component = '>', .repetition = '{' },
	{ .terminator = '^', .repetition = '!' },
};

enum { OTHERS = sizeof(other_delimiters) / sizeof(other_delimiters[0]) };

static char *
slurp(const char *folder, const char *file, size_t *n)
{
	char path[512];
	char *text = NULL;
	struct err e = ERR_NONE;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (access(path, F_OK) != 0)
		return NULL;
	if (io_slurp(path, FILE_MAX_BYTES, &text, n, &e) != 0)
		fail_msg("%s", e.text);
	return text;
}

static bool
exists(const char *folder, const char *file)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return access(path, F_OK) == 0;
}

/* ---- other delimiters ---------------------------------------------------- */

static char
translate(char c, const struct delimiters *from, const struct delimiters *to,
    bool *clash)
{
	if (c == from->element && to->element != '\0')
		return to->element;
	if (c == from->component && to->component != '\0')
		return to->component;
	if (from->repetition != '\0' && c == from->repetition &&
	    to->repetition != '\0')
		return to->repetition;
	if (c == from->terminator && to->terminator != '\0')
		return to->terminator;
	if (c != '\0' && (c == to->element || c == to->component ||
	    c == to->repetition || c == to->terminator))
		*clash = true;
	return c;
}

static void
translate_segment(char *p, const struct segment *g,
    const struct delimiters *to, bool *clash)
{
	size_t n = segment_text(g).n;

	if (g->flags & SEGMENT_UNTERMINATED)
		n--;
	for (size_t i = 0; i <= n; i++)
		p[g->offset + i] = translate(p[g->offset + i], g->delimiters,
		    to, clash);
}

/* A copy with other delimiters, or NULL where the case does not permit. */
static char *
redelimit(const char *text, size_t n, const struct delimiters *to)
{
	struct reader *r = reader_new();
	char *copy = malloc(n + 1);
	enum reader_status s = READER_MORE;
	bool clash = false;

	assert_non_null(r);
	assert_non_null(copy);
	memcpy(copy, text, n);
	for (size_t at = 0; s == READER_MORE || s == READER_SEGMENT;) {
		struct segment g;
		char *room;
		size_t space;

		if ((s = reader_next(r, &g)) == READER_SEGMENT)
			translate_segment(copy, &g, to, &clash);
		if (s != READER_MORE)
			continue;
		reader_space(r, &room, &space);
		if (space > n - at)
			space = n - at;
		memcpy(room, text + at, space);
		reader_commit(r, space);
		if ((at += space) == n)
			reader_finish(r);
	}
	reader_free(r);
	if (s == READER_END && !clash)
		return copy;
	free(copy);
	return NULL;
}

/* ---- one case ------------------------------------------------------------ */

struct golden {
	const char *folder, *name;
	golden_make *make;
	struct buf out;
	char *input;
	size_t n;
};

static void
assert_makes(struct golden *g, const char *p, size_t piece, const char *how,
    const char *expect)
{
	buf_reset(&g->out);
	g->make(&g->out, p, g->n, piece);
	assert_false(g->out.failed);
	if (strcmp(buf_str(&g->out), expect) != 0)
		fail_msg("%s/expect.%s, %s: expected\n%s--- and got\n%s",
		    g->folder, g->name, how, expect, buf_str(&g->out));
}

static void
bless(struct golden *g)
{
	char path[512];
	struct err e = ERR_NONE;

	snprintf(path, sizeof(path), "%s/expect.%s", g->folder, g->name);
	g->make(&g->out, g->input, g->n, g->n + 1);
	if (io_replace(path, buf_slice(&g->out), 0644, &e) != 0)
		fail_msg("%s", e.text);
}

static void
run_case(struct golden *g)
{
	char file[64];
	size_t n;
	char *expect;

	if (getenv("BLESS") != NULL) {
		bless(g);
		return;
	}
	snprintf(file, sizeof(file), "expect.%s", g->name);
	expect = slurp(g->folder, file, &n);
	assert_non_null(expect);
	assert_makes(g, g->input, g->n + 1, "whole", expect);
	assert_makes(g, g->input, 1, "byte by byte", expect);
	for (size_t i = 0; i < OTHERS; i++) {
		char *p;

		if (exists(g->folder, "delimiters.fixed"))
			break;
		p = redelimit(g->input, g->n, &other_delimiters[i]);
		if (p != NULL)
			assert_makes(g, p, g->n + 1, "with other delimiters",
			    expect);
		free(p);
	}
	free(expect);
}

static void
list_cases(const char *suite, glob_t *found)
{
	char pattern[256];

	snprintf(pattern, sizeof(pattern), "tests/data/%s/*/input.x12", suite);
	if (glob(pattern, 0, NULL, found) != 0)
		fail_msg("no case: %s", pattern);
	for (size_t i = 0; i < found->gl_pathc; i++)
		*strrchr(found->gl_pathv[i], '/') = '\0';
}

void
golden_run(const char *suite, const char *name, golden_make *make)
{
	char file[64];
	glob_t found;
	unsigned ran = 0;

	snprintf(file, sizeof(file), "expect.%s", name);
	list_cases(suite, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct golden g = { .folder = found.gl_pathv[i],
			.name = name, .make = make };

		if (!exists(g.folder, file) && getenv("BLESS") == NULL)
			continue;
		buf_init(&g.out, FILE_MAX_BYTES);
		g.input = slurp(g.folder, "input.x12", &g.n);
		run_case(&g);
		free(g.input);
		buf_free(&g.out);
		ran++;
	}
	globfree(&found);
	assert_true(ran > 0);
}

unsigned
golden_count(const char *suite, const char *name, const char *text)
{
	char file[64];
	glob_t found;
	unsigned count = 0;

	snprintf(file, sizeof(file), "expect.%s", name);
	list_cases(suite, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		size_t n;
		char *expect = slurp(found.gl_pathv[i], file, &n);

		count += expect != NULL && strstr(expect, text) != NULL;
		free(expect);
	}
	globfree(&found);
	return count;
}
