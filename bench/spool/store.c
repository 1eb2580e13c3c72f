/* SPDX-License-Identifier: ISC */
/*
 * store DIR CLAIMS: what the embedded store costs on this disk. Makes a store
 * in DIR (which must not be there), fills it, looks things up; prints a table.
 */
#include "base/clock.h"
#include "spool/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NOW INT64_C(1700000000000)
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

enum { CLAIMS_PER_SET = 100, SETS_PER_COMMIT = 50 };

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(int rc, const struct err *e)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "%s\n", e->text);
	exit(2);
}

static void
row(const char *what, double n, double took)
{
	printf("%-34s %10.0f %10.3f s %12.0f/s %10.1f us\n", what, n, took,
	    n / took, took / n * 1e6);
}

static struct store_file
file_add(struct store *s, struct err *e)
{
	struct store_file f = { .kind = FILE_OUTGOING, .state = STATE_READY,
	    .created = NOW, .changed = NOW, .partner = "payer",
	    .sha256 = HASH, .type = "837P" };

	store_id_new(&f.id, clock_wall());
	f.isa_control = f.id.b[15];
	must(store_file_add(s, &f, e), e);
	return f;
}

static void
batches(struct store *s, unsigned size, struct err *e)
{
	double from = seconds(), took;
	unsigned n = 0;
	char what[40];

	do {
		must(store_begin(s, e), e);
		for (unsigned i = 0; i < size; i++)
			file_add(s, e);
		must(store_commit(s, e), e);
		n += size;
		took = seconds() - from;
	} while (took < 1);
	snprintf(what, sizeof(what), "add a file, %u a commit", size);
	row(what, n, took);
}

static void
numbers(struct store *s, struct err *e)
{
	double from = seconds(), took;
	unsigned n = 0;
	uint64_t first;

	do {
		struct store_id id;

		store_id_new(&id, NOW);
		must(store_numbers_reserve(s, "ZZ/US/ZZ/THEM", NUMBER_ISA13,
		    1, &id, HASH, NOW, &first, e), e);
		n++;
		took = seconds() - from;
	} while (took < 1);
	row("reserve a control number", n, took);
}

static void
bytes(struct store *s, struct err *e)
{
	double from = seconds(), took;
	static char block[10 * 1024];
	unsigned n = 0;

	do {
		struct store_id id;
		int fd;

		store_id_new(&id, clock_wall());
		must(store_bytes_create(s, &id, &fd, e), e);
		if (write(fd, block, sizeof(block)) != sizeof(block))
			exit(2);
		must(store_bytes_keep(s, &id, fd, e), e);
		close(fd);
		n++;
		took = seconds() - from;
	} while (took < 1);
	row("keep 10 KB of bytes", n, took);
}

static void
set_add(struct store *s, const struct store_group *g, unsigned from,
    struct err *e)
{
	struct store_set t = { .group = g->row, .file = g->file, .id = "837",
	    .claims = CLAIMS_PER_SET };

	snprintf(t.reference, sizeof(t.reference), "B%09u", from);
	must(store_set_add(s, &t, e), e);
	for (unsigned i = 0; i < CLAIMS_PER_SET; i++) {
		struct store_claim c = { .set = t.row, .file = g->file,
		    .partner = "payer", .frequency = "1", .amount = 12345,
		    .ordinal = i, .segment = 20 + i, .offset = i * 1000,
		    .length = 1000, .created = NOW };

		/* Account numbers come in no order. */
		snprintf(c.claim, sizeof(c.claim), "ACCT%010u",
		    (from + i) * UINT32_C(2654435761));
		snprintf(c.trace, sizeof(c.trace), "D9%012u", from + i);
		must(store_claim_add(s, &c, e), e);
	}
}

static void
claims(struct store *s, unsigned want, struct err *e)
{
	double from = seconds(), worst = 0;
	unsigned n = 0;

	while (n < want) {
		double start = seconds();

		must(store_begin(s, e), e);
		struct store_file f = file_add(s, e);
		struct store_group g = { .file = f.id, .isa_control = n,
		    .control = n, .functional_id = "HC",
		    .version = "005010X222A1" };

		must(store_group_add(s, &g, e), e);
		for (unsigned i = 0; i < SETS_PER_COMMIT && n < want; i++) {
			set_add(s, &g, n, e);
			n += CLAIMS_PER_SET;
		}
		must(store_commit(s, e), e);
		if (seconds() - start > worst)
			worst = seconds() - start;
	}
	row("add a claim, 5000 a commit", n, seconds() - from);
	row("the slowest of those commits", 1, worst);
}

static bool
on_claim(void *ctx, const struct store_claim *c)
{
	*(struct store_claim *)ctx = *c;
	return true;
}

static bool
on_set(void *ctx, const struct store_set *t)
{
	(void)t;
	++*(unsigned *)ctx;
	return true;
}

static bool
on_answer(void *ctx, const struct store_answer *a)
{
	(void)a;
	++*(unsigned *)ctx;
	return true;
}

static void
lookups(struct store *s, unsigned claims_in, struct err *e)
{
	enum { LOOKUPS = 2000 };
	struct store_claim c;
	unsigned found = 0;
	double from = seconds();
	char text[40];

	for (uint32_t i = 0; i < LOOKUPS; i++) {
		uint32_t n = (uint32_t)((uint64_t)i * 7919 % claims_in);

		snprintf(text, sizeof(text), "ACCT%010u",
		    n * UINT32_C(2654435761));
		c.row = 0;
		must(store_find_claim(s, NULL, text, on_claim, &c, e), e);
		if (c.row == 0)
			exit(2);
	}
	row("find a claim by CLM01", LOOKUPS, seconds() - from);
	from = seconds();
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		snprintf(text, sizeof(text), "B%09u",
		    i % (claims_in / CLAIMS_PER_SET) * CLAIMS_PER_SET);
		must(store_find_reference(s, "payer", text, on_set, &found,
		    e), e);
	}
	row("find a set by BHT03", LOOKUPS, seconds() - from);
	from = seconds();
	for (uint32_t i = 0; i < LOOKUPS; i++)
		must(store_claim_answers(s, &c, on_answer, &found, e), e);
	row("ask for a claim's answers", LOOKUPS, seconds() - from);
}

int
main(int argc, char **argv)
{
	static const unsigned sizes[] = { 1, 10, 100, 1000 };
	unsigned want = argc < 3 ? 0 : (unsigned)atoi(argv[2]);
	struct err e = ERR_NONE;
	double from;

	if (want < CLAIMS_PER_SET) {
		fprintf(stderr, "usage: store DIR CLAIMS\n");
		return 2;
	}
	struct store *s = store_open(argv[1], &e);

	must(s == NULL ? -1 : 0, &e);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		batches(s, sizes[i], &e);
	numbers(s, &e);
	bytes(s, &e);
	claims(s, want, &e);
	lookups(s, want, &e);
	store_close(s);
	from = seconds();
	s = store_open(argv[1], &e);
	must(s == NULL ? -1 : 0, &e);
	row("open the store, checked", 1, seconds() - from);
	store_close(s);
	return 0;
}
