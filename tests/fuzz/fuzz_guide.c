/* SPDX-License-Identifier: ISC */
/*
 * Any text as a part of the guides is taken or refused with a reason, and what
 * was taken is a sound guide. The text says by its first statement what it is,
 * as files do: a guide, an edition (like), a companion guide (over), else the
 * standard itself. All lie over a standard and a guide of a few lines, which
 * are read once: the fuzzer's time goes to the loader.
 */
#include "edi/guide/draft.h"

#include <stdio.h>
#include <stdlib.h>

enum { FUZZ_ARENA = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const char standard_text[] =
    "standard 005010\n"
    "element 1 ID 2..3  Entity Code\n  85 QC IL 1P PR\n"
    "element 2 AN 1..60  Name\n"
    "element 3 R 1..18  Amount\n"
    "element 4 N0 1..6  Count\n"
    "element 5 DT 6..8  Date\n"
    "element 6 ID 1..1  Response\n  Y N 0 1\n"
    "element 7 ID 1..2  Level\n  20 22 23\n"
    "composite C001  Medical Procedure\n  note P0203\n  1! 2! 2 3 4\n"
    "composite C002  Position\n  4! 4 4\n"
    "segment ST  Header\n  1! 2!\n"
    "segment BHT  Beginning\n  1! 2! 5\n"
    "segment HL  Level\n  key 03\n  2! 2 7! 6\n"
    "segment NM1  Name\n  note P0304 C0302\n  1! 2 2 2 6\n"
    "segment REF  Reference\n  note R0203\n  1! 2 2 C002\n"
    "segment HI  Codes\n  key 01-1\n  C001! C001 C001\n"
    "segment CLM  Claim\n  2! 3 C001 C002x10 6\n"
    "segment SV1  Service\n  C001! 3! 4 2\n"
    "segment SE  Trailer\n  4! 2!\n"
    "segment K3  Text\n";

static const char common_text[] =
    "list levels\n  20 22 23\n"
    "external diagnosis\n  icd10cm(1) icd9cm(QC)\n"
    "shape name NM1\n  02 S  $ Name\n  03..4 S\n"
    "shape plain REF\n  02 R  $ Number\n";

static const char guide_text[] =
    "guide FUZZ1 837 HC\nname Fuzz\nalso FUZZ0\namounts 10 2\n"
    "unused\n  K3\nlist few\n  1P QC\n"
    "shared 2300 claim  Claim\n"
    "  CLM R /1300\n    02 R ..12\n    03-2 R\n    04 S x3\n    04-1..2 R\n"
    "  REF[1P] S x2 /1800  Payer Number\n    02 R =ABC,D\n"
    "  HI[1P,QC] S x2 /2310\n    02 S\n    01-2 R ..5\n"
    "  loop 2400 R x50 /3650  Line\n    SV1 R /3700\n      03..4 S\n"
    "heading\nST R /50\nBHT R /100\n"
    "loop 1000 R x2 /200  Payer\n  NM1[PR] R /200 :name  Payer Name\n"
    "detail\nloop 2000A R x*  Provider\n  HL[20] R /10\n    04 R =1\n"
    "  loop 2010 S /150  Patient\n    NM1[@few] R /150 :name\n"
    "    REF[1P] S /350 :plain\n    REF[QC,IL] S x9? /350\n"
    "  loop 2300 S x100 /1300 shared\n"
    "  loop 2000B S x*  Subscriber\n    HL[22] R /10\n"
    "    loop 2300 R x100 /1300 shared\n"
    "summary\nSE R /5550\n";

static struct arena base, own;
static const struct standard *standard;
static struct guide_scope common;

static struct draft
fuzz_draft(struct arena *a, enum draft_mode mode, struct err *e)
{
	struct draft d = { .arena = a, .standard = standard, .e = e,
		.scope = { .up = &common }, .mode = mode };

	d.guide = arena_alloc(a, sizeof(*d.guide));
	d.root = arena_alloc(a, sizeof(*d.root));
	d.root->loop = arena_alloc(a, sizeof(*d.root->loop));
	d.root->body = arena_alloc(a, sizeof(*d.root->body));
	d.root->loop->usage = USAGE_REQUIRED;
	d.root->loop->max = 1;
	d.root->loop->name = "Transaction Set";
	return d;
}

/* What stands in this file is right. */
static void
fuzz_must(bool right, const struct err *e)
{
	if (right)
		return;
	fprintf(stderr, "%s\n", e->text);
	abort();
}

static void
fuzz_begin(void)
{
	struct err e = ERR_NONE;
	struct draft d = { .arena = &base, .e = &e };

	arena_init(&base, FUZZ_ARENA);
	arena_init(&own, FUZZ_ARENA);
	standard = standard_load(&base, slice_str(standard_text), "standard",
	    &e);
	d.standard = standard;
	fuzz_must(standard && draft_read(&d, slice_str(common_text),
	    "common") == 0, &e);
	common = d.scope;
	d = fuzz_draft(&own, DRAFT_GUIDE, &e);
	fuzz_must(draft_read(&d, slice_str(guide_text), "guide") == 0 &&
	    draft_build(&d) == 0, &e);
}

static void
fuzz_look(const struct guide_body *b, unsigned depth)
{
	if (depth > GUIDE_DEPTH)
		abort();
	for (unsigned i = 0; i < b->count; i++) {
		const struct guide_segment *s = b->children[i].segment;

		if (b->children[i].loop)
			fuzz_look(b->children[i].loop->body, depth + 1);
		for (unsigned e = 0; e < s->count; e++)
			if ((s->elements[e].flags & GUIDE_MANDATORY) &&
			    s->elements[e].usage != USAGE_REQUIRED)
				abort();
	}
}

static bool
fuzz_begins(struct slice text, const char *word)
{
	size_t n = strlen(word);

	return text.n > n && memcmp(text.p, word, n) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slice text = slice((const char *)p, n);
	enum draft_mode mode = fuzz_begins(text, "guide ") ? DRAFT_GUIDE :
	    fuzz_begins(text, "like ") ? DRAFT_EDITION : DRAFT_COMPANION;
	struct err e = ERR_NONE;
	struct draft d;
	int rc = 0;

	if (!standard)
		fuzz_begin();
	arena_reset(&own);
	if (fuzz_begins(text, "standard")) {
		if (!standard_load(&own, text, "text", &e) && e.code >= 0)
			abort();
		return 0;
	}
	d = fuzz_draft(&own, DRAFT_GUIDE, &e);
	if (mode != DRAFT_GUIDE)
		fuzz_must(draft_read(&d, slice_str(guide_text), "guide") == 0,
		    &e);
	d.mode = mode;
	rc = draft_read(&d, text, "text");
	if (rc == 0)
		rc = draft_build(&d);
	if (rc < 0 && (e.code >= 0 || e.text[0] == '\0'))
		abort();
	if (rc == 0)
		fuzz_look(d.guide->root->body, 0);
	return 0;
}
