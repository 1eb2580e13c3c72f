/* SPDX-License-Identifier: ISC */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

/*
 * Records for people: `x12 show`. Each kind has a view: what to do with a
 * record, and when its transaction set is over. Views write onto the page of
 * the struct show and keep their sums in it.
 */

#include "cli/page.h"
#include "edi/record/out.h"
#include "edi/record/tree.h"

enum { SHOW_CO, SHOW_PR, SHOW_OA, SHOW_PI, SHOW_OTHER, SHOW_GROUPS };

struct show {
	struct page page;
	struct buf text, more;             /* for one line */
	/* the open set */
	const struct show_view *view;
	const struct record_whole *record;
	struct record_at root;
	uint64_t interchange;
	uint32_t set;
	bool table;
	/* sums of an 835, in cents */
	int64_t charge, paid, patient, provider, payment;
	int64_t groups[SHOW_GROUPS];
	bool plb;
	uint64_t claims;
};

struct show_view {
	const char *kinds;                 /* "837P 837I" */
	void (*begin)(struct show *s);     /* the first record of a set */
	void (*record)(struct show *s);
	void (*end)(struct show *s);
};

extern const struct show_view show_remittance, show_claim, show_status;

/* ---- lines of text: each is good until the next call --------------------- */

/* "SAMPLE, SALLY A" of a person, or the name of an organization. */
struct slice show_name(struct show *s, struct record_at who);
/* "SPRINGFIELD, IL 62704" */
struct slice show_place(struct show *s, struct record_at address);
/* "label value", or nothing when there is no value. */
struct slice show_labelled(struct show *s, const char *label,
    struct slice value);
/* "2026-01-05 to 2026-01-12" */
struct slice show_period(struct show *s, struct slice period);
/* "99213-25-59" */
struct slice show_procedure(struct show *s, struct record_at line);
/* "1,030.50" */
struct slice show_money(struct show *s, int64_t cents);
/* The same of a record's text; what is no amount is as it is. */
struct slice show_amount(struct show *s, struct slice text);

/* Name, address and an identity: a box. */
void show_party(struct show *s, const char *label, struct record_at who,
    const char *id_label);

int64_t show_cents(struct record_at at, const char *name);

#endif
