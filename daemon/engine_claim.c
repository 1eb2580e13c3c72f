/* SPDX-License-Identifier: ISC */
/* Where a claim stands: x12ctl claim. */
#include "daemon/engine_control.h"

#include "daemon/answer.h"
#include "daemon/engine_show.h"
#include "daemon/report_answer.h"
#include "edi/index.h"

#include <ctype.h>
#include <stdlib.h>

enum { CLAIMS_SHOWN = 50, CLAIM_FILES = 16 };

struct claims_found {
	struct store_claim at[CLAIMS_SHOWN];
	struct store_file file[CLAIMS_SHOWN];
	unsigned count;
};

static bool
control_on_claim(void *ctx, const struct store_claim *c)
{
	struct claims_found *f = ctx;

	f->at[f->count++] = *c;
	return f->count < CLAIMS_SHOWN;
}

/* Where a claim stands, and the files that its answers came in. */
struct claim_told {
	struct claim_standing standing;
	struct store_id from[CLAIM_FILES];
	unsigned count;
};

static bool
control_on_told(void *ctx, const struct store_answer *a)
{
	struct claim_told *t = ctx;

	standing_add(&t->standing, a);
	for (unsigned i = 0; i < t->count; i++)
		if (store_id_equal(&t->from[i], &a->file))
			return true;
	if (t->count < CLAIM_FILES)
		t->from[t->count++] = a->file;
	return true;
}

/* ---- records, and the batch that they went into ------------------------- */

/* Is it told where its batch is? Only a batch that is enveloped has claims. */
static bool
claim_told_elsewhere(struct engine *g, const struct store_file *f)
{
	struct store_file batch;

	return f->state == STATE_BATCHED && engine_get(g, &f->batch, &batch) &&
	    batch.state == STATE_ENVELOPED;
}

static int
claim_events(struct control_call *c, const struct store_file *f,
    struct err *e)
{
	int rc = store_events(c->g->store, &f->parent, control_on_event, c,
	    e);

	return rc < 0 ? rc : store_events(c->g->store, &f->id,
	    control_on_event, c, e);
}

/* What became of the records before they were the batch that f came of. */
static int
claim_before(struct control_call *c, const struct claims_found *found,
    const struct store_file *f, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < found->count; i++)
		if (found->file[i].state == STATE_BATCHED &&
		    store_id_equal(&found->file[i].batch, &f->parent))
			rc = claim_events(c, &found->file[i], e);
	return rc;
}

/* ---- one claim ---------------------------------------------------------- */

static int
control_show_claim(struct control_call *c, const struct claims_found *found,
    unsigned i, struct err *e)
{
	const struct store_claim *claim = &found->at[i];
	const struct store_file *f = &found->file[i];
	struct store *s = c->g->store;
	struct claim_told told = { .count = 0 };
	struct store_set set;
	struct store_group group;
	int rc = store_get_set(s, claim->set, &set, e);

	if (rc == 0)
		rc = store_get_group(s, set.group, &group, e);
	if (rc == 0)
		rc = store_claim_answers(s, claim, control_on_told, &told, e);
	if (rc < 0)
		return rc;
	show_claim(c->out, claim, f, &set, &group,
	    standing_text(&told.standing, f->state));
	batch_show_of(c, f);
	rc = claim_before(c, found, f, e);
	if (rc == 0)
		rc = claim_events(c, f, e);
	if (rc == 0)
		rc = store_claim_answers(s, claim, control_on_answer, c, e);
	for (unsigned k = 0; k < told.count && rc == 0; k++)
		rc = answer_show(c, &told.from[k], e);
	return rc;
}

/* As it was typed, or in capitals, as records are written in X12. */
static int
claims_find(struct control_call *c, struct claims_found *found, struct err *e)
{
	const char *partner = c->argc > 2 ? c->argv[2] : NULL;
	char capitals[INDEX_ID];
	size_t n = 0;
	int rc = store_find_claim(c->g->store, partner, c->argv[1],
	    control_on_claim, found, e);

	if (rc < 0 || found->count > 0 || strlen(c->argv[1]) >= INDEX_ID)
		return rc;
	do
		capitals[n] = (char)toupper((unsigned char)c->argv[1][n]);
	while (capitals[n++] != '\0');
	return store_find_claim(c->g->store, partner, capitals,
	    control_on_claim, found, e);
}

int
control_claim(struct control_call *c)
{
	struct claims_found *found = calloc(1, sizeof(*found));
	struct err e = ERR_NONE;
	int rc;

	if (!found)
		return control_refuse(c, 2, "out of memory");
	rc = claims_find(c, found, &e);
	for (unsigned i = 0; rc == 0 && i < found->count; i++)
		rc = store_file_get(c->g->store, &found->at[i].file,
		    &found->file[i], &e);
	for (unsigned i = 0; rc == 0 && i < found->count; i++)
		if (!claim_told_elsewhere(c->g, &found->file[i]))
			rc = control_show_claim(c, found, i, &e);
	if (rc < 0)
		rc = control_store_failed(c, &e);
	else if (found->count == 0)
		rc = control_refuse(c, 1, "no claim with that number (CLM01) "
		    "was sent or is on its way");
	free(found);
	return rc;
}
