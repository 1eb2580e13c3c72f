/* SPDX-License-Identifier: ISC */
/*
 * What the parts of the reader cost, each on top of the one before:
 *	reader index HOW FILE   find the delimiters (HOW: edi/reader/marks.h)
 *	reader tokens HOW FILE  and hand out segments and every element
 *	reader scan auto FILE   and follow and check the envelope
 * It prints what it counted, so that nothing can be optimised away.
 */
#include "edi/reader/marks.h"
#include "edi/reader.h"
#include "edi/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 8 * 1024 };

static uint64_t
count_index(int fd, const char *how)
{
	static char window[READER_WINDOW + MARKS_SLACK];
	static uint32_t at[CHUNK + MARKS_SLACK], end[CHUNK + MARKS_SLACK];
	marks_find *find = marks_choose(how);
	uint64_t sum = 0;
	ssize_t n;

	if (find == NULL)
		exit(3);
	while ((n = read(fd, window, READER_WINDOW)) > 0)
		for (uint32_t from = 0; from < n; from += CHUNK) {
			struct marks m = { .at = at, .end = end };
			uint32_t to = from + CHUNK;

			find(&m, window, from, to < n ? to : (uint32_t)n, '*',
			    '~');
			sum += m.ends;
		}
	return sum;
}

static uint64_t
count_elements(struct reader *r, enum reader_status *status)
{
	struct segment g;
	uint64_t sum = 0;

	while ((*status = reader_next(r, &g)) == READER_SEGMENT)
		for (unsigned i = 1; i <= g.count; i++)
			sum += segment_element(&g, i).n > 0;
	return sum;
}

static uint64_t
count_tokens(int fd, const char *how)
{
	struct reader *r = reader_new();
	enum reader_status status = READER_MORE;
	uint64_t sum = 0;

	if (r == NULL || !reader_use_index(r, how))
		exit(3);
	while (status == READER_MORE) {
		char *p;
		size_t room;
		ssize_t n;

		reader_space(r, &p, &room);
		n = read(fd, p, room);
		if (n > 0)
			reader_commit(r, (size_t)n);
		else
			reader_finish(r);
		sum += count_elements(r, &status);
	}
	reader_free(r);
	return sum;
}

static void
count_segment(void *ctx, const struct segment *g, uint32_t ordinal)
{
	*(uint64_t *)ctx += g->tag != 0 && ordinal > 0;
}

static void
say_finding(void *ctx, const struct finding *f)
{
	(void)ctx;
	fprintf(stderr, "%s\n", f->def->name);
}

static uint64_t
count_scan(int fd, const char *how)
{
	const struct scan_ops ops = { .on_segment = count_segment,
		.on_finding = say_finding };
	uint64_t sum = 0;
	struct scan *s = scan_new(&ops, &sum);
	enum scan_framing framing;

	(void)how;
	if (s == NULL || scan_fd(s, fd, "input", &framing, NULL) != 0)
		exit(2);
	scan_free(s);
	return sum;
}

static const struct {
	const char *name;
	uint64_t (*count)(int fd, const char *how);
} modes[] = {
	{ "index", count_index },
	{ "tokens", count_tokens },
	{ "scan", count_scan },
};

int
main(int argc, char **argv)
{
	int fd = argc == 4 ? open(argv[3], O_RDONLY) : -1;

	if (fd < 0)
		return 2;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0)
			printf("%llu\n",
			    (unsigned long long)modes[i].count(fd, argv[2]));
	close(fd);
	return 0;
}
