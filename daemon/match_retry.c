/* SPDX-License-Identifier: ISC */
/*
 * Answers that belonged to nothing are tried again when new claims were
 * recorded, at most once a minute and at most so many at a time.
 */
#include "daemon/match.h"

#include <stdlib.h>

enum { RETRY_ANSWERS = 20000, RETRY_INTERVAL_MS = 60000 };

struct retry {
	struct store_answer *at;
	size_t count, cap;
	bool cut, no_memory;
};

static bool
retry_on_answer(void *ctx, const struct store_answer *a)
{
	struct retry *r = ctx;

	if (r->count == RETRY_ANSWERS) {
		r->cut = true;
		return false;
	}
	if (r->count == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		void *at = reallocarray(r->at, cap, sizeof(*r->at));

		if (!at) {
			r->no_memory = true;
			return false;
		}
		r->at = at;
		r->cap = cap;
	}
	r->at[r->count++] = *a;
	return true;
}

/* The last answer of a parked file has found its claim. */
static void
retry_file(struct engine *g, const struct store_id *id)
{
	struct store_file f;

	if (!engine_get(g, id, &f) || f.state != STATE_PARKED)
		return;
	if (!engine_move(g, &f, STATE_MATCHED,
	    "its last unmatched answer was matched"))
		return;
	engine_log(g, LOG_NOTICE, "matched", log_file(&f),
	    log_str(LOGKEY_PARTNER, f.partner));
	if (f.settled)
		engine_move(g, &f, STATE_DELIVERED, "settled before");
}

static bool
retry_one(struct engine *g, struct store_answer *a)
{
	struct err e = ERR_NONE;

	if (!match_again(g, a) || !engine_begin(g))
		return false;
	if (store_answer_match(g->store, a, &e) < 0) {
		engine_fail(g, &e);
		return false;
	}
	g->wrote = true;
	engine_event(g, &a->file, a->partner, "matched",
	    "an answer of kind %s was matched later",
	    match_kind_text(a->kind));
	return true;
}

/* Answers come in the order of their files: each file is one run of them. */
static void
retry_all(struct engine *g, struct retry *r)
{
	for (size_t i = 0; i < r->count && !g->failed;) {
		struct store_id file = r->at[i].file;
		size_t left = 0, found = 0;

		for (; i < r->count && !g->failed &&
		    store_id_equal(&r->at[i].file, &file); i++)
			if (retry_one(g, &r->at[i]))
				found++;
			else
				left++;
		if (found > 0 && left == 0 && !(r->cut && i == r->count))
			retry_file(g, &file);
	}
}

void
match_retry(struct engine *g)
{
	struct retry r = { .at = NULL };
	struct err e = ERR_NONE;

	if (!g->claims_added || g->now < g->next_unmatched || g->failed)
		return;
	g->claims_added = false;
	if (store_unmatched(g->store, retry_on_answer, &r, &e) < 0)
		engine_fail(g, &e);
	else if (r.no_memory) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
	} else
		retry_all(g, &r);
	g->next_unmatched = g->now + RETRY_INTERVAL_MS +
	    2 * (int64_t)r.count;
	free(r.at);
}

int64_t
match_wake(const struct engine *g)
{
	return g->claims_added ? g->next_unmatched : ENGINE_NEVER;
}
