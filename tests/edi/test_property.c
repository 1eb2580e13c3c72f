/* SPDX-License-Identifier: ISC */
/*
 * For every guide, interchanges that it allows, made at random from the guide
 * itself: nothing is wrong with them, and their JSON gives them back.
 * PROPERTY_RUNS in the environment: how many of each guide, 1000.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/mirror.h"
#include "edi/validate.h"
#include "tests/support/generate.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX = 16 << 20 };

static struct guides *guides;

struct outcome {
	struct walk *walk;
	char wrong[200];             /* the first finding, "": none */
};

static void
on_finding(void *ctx, const struct finding *f)
{
	struct outcome *o = ctx;

	if (o->wrong[0] == '\0')
		snprintf(o->wrong, sizeof(o->wrong), "%s, segment %u %s %s "
		    "%02u-%u %s", f->def->name, f->segment, f->loop, f->id,
		    f->element, f->component, f->detail);
}

static void
on_set(void *ctx, const struct scan_set *set)
{
	walk_on_set(((struct outcome *)ctx)->walk, set);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct outcome *)ctx)->walk, s, ordinal);
}

static void
on_set_end(void *ctx, const struct scan_set *set)
{
	walk_on_set_end(((struct outcome *)ctx)->walk, set);
}

static struct outcome
judge(struct slice x12)
{
	static const struct scan_ops ops = { .on_set = on_set,
		.on_segment = on_segment, .on_set_end = on_set_end,
		.on_finding = on_finding };
	struct outcome o = { .walk = NULL };
	struct scan *s = scan_new(&ops, &o);
	struct validator *v;

	assert_non_null(s);
	o.walk = walk_new(s, guides, NULL);
	v = validator_new(o.walk);
	assert_non_null(v);
	scan_feed(s, x12.p, x12.n);
	if (scan_finish(s) != SCAN_COMPLETE && o.wrong[0] == '\0')
		strcpy(o.wrong, "not complete");
	validator_free(v);
	walk_free(o.walk);
	scan_free(s);
	return o;
}

static int
on_write(void *ctx, struct slice bytes, struct err *e)
{
	return buf_add_slice(ctx, bytes) ? 0 : err_set(e, -ENOSPC, "full");
}

/* To JSON and back; an error's text, or NULL. */
static const char *
mirrored(struct slice x12, struct buf *json, struct buf *back)
{
	struct mirror *m = mirror_new(guides, on_write, json);
	struct unmirror *u = unmirror_new(guides, on_write, back);
	enum scan_framing framing;
	struct err e = ERR_NONE;
	int rc = mirror_feed(m, x12.p, x12.n, &e);

	if (rc == 0)
		rc = mirror_finish(m, &framing, &e);
	if (rc == 0)
		rc = unmirror_feed(u, json->p, json->n, &e);
	if (rc == 0)
		rc = unmirror_finish(u, &e);
	mirror_free(m);
	unmirror_free(u);
	return rc < 0 ? "an error" : slice_eq(x12, buf_slice(back)) ? NULL :
	    "other bytes";
}

static unsigned
count(const struct buf *b, const char *text)
{
	const char *p = b->p, *end = b->p + b->n;
	unsigned n = 0;

	while ((p = memmem(p, (size_t)(end - p), text, strlen(text)))) {
		n++;
		p++;
	}
	return n;
}

static void
one(const struct guide *g, uint64_t seed, struct buf b[3])
{
	struct outcome o;
	const char *why;

	for (int i = 0; i < 3; i++)
		buf_reset(&b[i]);
	if (!generate(&b[0], g, seed))
		fail_msg("%s %u: could not be made", g->id, (unsigned)seed);
	o = judge(buf_slice(&b[0]));
	if (o.wrong[0] != '\0')
		fail_msg("%s %u: %s\n%s", g->id, (unsigned)seed, o.wrong,
		    buf_str(&b[0]));
	why = mirrored(buf_slice(&b[0]), &b[1], &b[2]);
	if (why)
		fail_msg("%s %u: %s came back\n%s", g->id, (unsigned)seed,
		    why, buf_str(&b[0]));
	/* Every segment found its place: all have names. */
	if (count(&b[1], "\"name\":\"") != count(&b[1], "\"segment\":\"") +
	    count(&b[1], "\"loop\":\""))
		fail_msg("%s %u: a name is missing", g->id, (unsigned)seed);
}

static void
what_a_guide_allows_is_valid_and_comes_back(void **state)
{
	const char *runs = getenv("PROPERTY_RUNS"), *only = getenv("PROPERTY");
	unsigned n = runs ? (unsigned)atoi(runs) : 1000, made = 0;
	char id[16], set[4];
	struct buf b[3];

	(void)state;
	guides = guides_new();
	for (int i = 0; i < 3; i++)
		buf_init(&b[i], MAX);
	for (unsigned i = 0; guides_builtin(i, id, set); i++) {
		const struct guide *g = guides_find(guides, slice_str(id),
		    slice_str(set), NULL);

		assert_non_null(g);
		if (strcmp(set, "ISA") == 0 || (only && strcmp(only, id)))
			continue;
		for (unsigned seed = 0; seed < n; seed++)
			one(g, seed, b);
		made++;
	}
	assert_true(made > 10 || only);
	for (int i = 0; i < 3; i++)
		buf_free(&b[i]);
	guides_free(guides);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_guide_allows_is_valid_and_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
