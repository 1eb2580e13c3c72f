/* SPDX-License-Identifier: ISC */
/*
 * worst COUNT: files of COUNT bad or endless things, and of ten times as many,
 * through everything that reads claims. The ratio of the times is near ten
 * where time is linear; memory is the most that was allocated for the larger.
 */
#include "tests/support/worst.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The best of some runs, at least a tenth of a second of them. */
static double
measure(struct worst *w, const struct worst_work *k, struct slice x12,
    struct worst_result *r)
{
	double best = 1e9, sum = 0;

	for (unsigned i = 0; i < 3 || (sum < 0.1 && i < 100); i++) {
		double from = seconds(), took;

		if (!k->run(w, x12, r)) {
			fprintf(stderr, "worst: %s failed\n", k->name);
			exit(2);
		}
		took = seconds() - from;
		sum += took;
		best = took < best ? took : best;
	}
	return best;
}

static void
row(struct worst *w, const struct worst_case *c, const struct worst_work *k,
    unsigned n)
{
	struct worst_result small, large;
	struct buf one, ten;
	double a, b;

	worst_make(c, n, &one);
	worst_make(c, n * 10, &ten);
	a = measure(w, k, buf_slice(&one), &small);
	b = measure(w, k, buf_slice(&ten), &large);
	printf("%-11s %-9s %9.3f %9.3f %7.1f %9.1f%s\n", c->name, k->name,
	    a * 1e3, b * 1e3, b / (a > 0 ? a : 1e-6),
	    (double)large.memory / 1e6, large.refused ? "  refused" : "");
	fflush(stdout);
	buf_free(&one);
	buf_free(&ten);
}

int
main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
	struct worst w;

	if (!worst_open(&w))
		return 2;
	printf("worst cases, %u and %u of them\n%-11s %-9s %9s %9s %7s %9s\n",
	    n, n * 10, "of", "by", "ms", "ms", "ratio", "MB");
	for (const struct worst_case *c = worst_cases; c->name; c++)
		for (const struct worst_work *k = worst_works; k->name; k++)
			row(&w, c, k, n);
	worst_close(&w);
	return 0;
}
