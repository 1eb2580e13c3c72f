/* SPDX-License-Identifier: ISC */
/*
 * The legal states of a file and the moves between them: one row per state and
 * kind, one row per move with the evidence that it needs. Everything else that
 * speaks of states asks here; docs/architecture.md prints it.
 */
#include "base/buf.h"
#include "spool/store.h"

#include <assert.h>

static const char *const kind_names[] = {
	[FILE_DROPPED] = "dropped",
	[FILE_OUTGOING] = "outgoing",
	[FILE_FETCHED] = "fetched",
};

static const char *const state_names[STATE_COUNT] = {
	[STATE_NONE] = "none",
	[STATE_CLAIMING] = "claiming",
	[STATE_CLAIMED] = "claimed",
	[STATE_CHECKED] = "checked",
	[STATE_ENVELOPED] = "enveloped",
	[STATE_INCOMPLETE] = "incomplete",
	[STATE_REJECTED] = "rejected",
	[STATE_DUPLICATE] = "duplicate",
	[STATE_READY] = "ready",
	[STATE_HELD] = "held",
	[STATE_SENDING] = "sending",
	[STATE_COMMITTING] = "committing",
	[STATE_SENT] = "sent",
	[STATE_UNKNOWN] = "unknown",
	[STATE_CANCELLED] = "cancelled",
	[STATE_FETCHING] = "fetching",
	[STATE_FETCHED] = "fetched",
	[STATE_MATCHED] = "matched",
	[STATE_PARKED] = "parked",
	[STATE_DELIVERED] = "delivered",
	[STATE_BROKEN] = "broken",
	[STATE_UNPACKED] = "unpacked",
	[STATE_WAITING] = "waiting",
	[STATE_BATCHED] = "batched",
};

struct state_row {
	enum file_kind kind;
	enum file_state state;
	const char *truth;   /* what holds while a file is in it */
	const char *start;   /* what a restarted engine does with it */
};

#define DROPPED(s, truth, start) { FILE_DROPPED, STATE_##s, truth, start }
#define OUTGOING(s, truth, start) { FILE_OUTGOING, STATE_##s, truth, start }
#define FETCHED(s, truth, start) { FILE_FETCHED, STATE_##s, truth, start }

static const struct state_row states[] = {
	DROPPED(CLAIMING, "named in the store; its bytes are in the outbox, "
	    "or here, or (across file systems) both",
	    "finish the claim, or forget the row when nothing moved"),
	DROPPED(CLAIMED, "its bytes are here, durable, and gone from the "
	    "outbox", "inspect it"),
	DROPPED(CHECKED, "valid; control numbers may be reserved for it",
	    "envelope it, with the numbers it had"),
	DROPPED(ENVELOPED, "every interchange of it is an outgoing file",
	    "nothing: final"),
	DROPPED(INCOMPLETE, "put aside: its end is missing; dropped again it "
	    "is a new file", "nothing: final"),
	DROPPED(REJECTED, "put aside with its findings", "nothing: final"),
	DROPPED(DUPLICATE, "put aside: the same bytes were taken before",
	    "nothing: final"),
	DROPPED(UNPACKED, "a file of records; the good ones are a waiting "
	    "file, the bad ones, if any, a rejected one", "nothing: final"),
	DROPPED(WAITING, "good records of a file; they leave when the "
	    "partner's release rule or a person says so",
	    "wait on, by the rule of now"),
	DROPPED(BATCHED, "its records are in a batch, which is a file as if "
	    "it had been dropped", "nothing: final"),
	DROPPED(CANCELLED, "a person took its records back; dropped again "
	    "they are a new file", "nothing: final"),

	OUTGOING(READY, "its bytes are here; the partner has not got it",
	    "send it when its time has come"),
	OUTGOING(HELD, "its bytes are here; a person decides",
	    "wait for the person"),
	OUTGOING(SENDING, "a temporary name may be at the partner, the final "
	    "one is not", "back to ready: the rename was never asked for"),
	OUTGOING(COMMITTING, "whole at the partner under the temporary name "
	    "or the final one", "look which of the names is there"),
	OUTGOING(SENT, "the partner has it", "wait for answers: final"),
	OUTGOING(UNKNOWN, "the partner may have it; it is not sent again "
	    "before somebody knows", "wait for an answer or a person"),
	OUTGOING(CANCELLED, "not to be sent any more", "nothing: final"),

	FETCHED(FETCHING, "named in the store; the partner has it, here may "
	    "be a part of it", "forget the row, list and fetch again"),
	FETCHED(FETCHED, "its bytes are here, durable; the partner may have "
	    "them too", "inspect and match it"),
	FETCHED(MATCHED, "every answer in it belongs to something of ours",
	    "put it into the inbox, settle with the partner"),
	FETCHED(PARKED, "some answer in it belongs to nothing of ours; a "
	    "person is told", "put it into the inbox, settle with the partner"),
	FETCHED(DUPLICATE, "the same bytes were fetched before",
	    "settle with the partner"),
	FETCHED(BROKEN, "not X12, or cut; kept, and a person is told",
	    "put it into the inbox as it is, settle with the partner"),
	FETCHED(DELIVERED, "in the inbox, and settled with the partner",
	    "nothing: final"),
};

#undef DROPPED
#undef OUTGOING
#undef FETCHED

struct state_step {
	enum file_kind kind;
	enum file_state from, to;
	const char *evidence;
};

#define DROPPED(from, to, why) \
	{ FILE_DROPPED, STATE_##from, STATE_##to, why }
#define OUTGOING(from, to, why) \
	{ FILE_OUTGOING, STATE_##from, STATE_##to, why }
#define FETCHED(from, to, why) \
	{ FILE_FETCHED, STATE_##from, STATE_##to, why }

static const struct state_step steps[] = {
	DROPPED(NONE, CLAIMING, "the outbox has a file that is to be taken"),
	DROPPED(NONE, REJECTED, "the bad claims of a dropped file, put aside; "
	    "in the transaction that records its good ones"),
	DROPPED(NONE, WAITING, "the good records of a dropped file; in the "
	    "transaction that says that it is unpacked"),
	DROPPED(NONE, CLAIMED, "a batch: its bytes were made of waiting "
	    "files and are durable; in the transaction that says that those "
	    "are batched"),
	DROPPED(CLAIMING, CLAIMED, "its bytes are in the store and durable, "
	    "its name is gone from the outbox"),
	DROPPED(CLAIMING, NONE, "forgotten: its bytes are not in the store, "
	    "nothing of it was moved"),
	DROPPED(CLAIMED, CHECKED, "inspected: framing and guide are in "
	    "order, of all of it or of what is left without its bad claims"),
	DROPPED(CLAIMED, INCOMPLETE, "inspected: the end is missing"),
	DROPPED(CLAIMED, REJECTED, "inspected: there are findings that reject "
	    "it, or workers died of it"),
	DROPPED(CLAIMED, DUPLICATE, "inspected: its SHA-256 is that of an "
	    "earlier file to this partner"),
	DROPPED(CLAIMED, UNPACKED, "inspected: each record that is to go can "
	    "be written as X12; the waiting file of those was recorded in "
	    "the same transaction"),
	DROPPED(WAITING, BATCHED, "a file with all of its records was "
	    "recorded in the same transaction"),
	DROPPED(WAITING, REJECTED, "its records cannot be written any more, "
	    "since settings or guides have changed; none of them is in a "
	    "batch"),
	DROPPED(WAITING, CANCELLED, "an operator said so"),
	DROPPED(CHECKED, ENVELOPED, "every interchange of it was recorded as "
	    "an outgoing file, in the same transaction"),
	DROPPED(CHECKED, REJECTED, "it cannot be put into the partner's "
	    "envelope, or workers died of it; no outgoing file of it exists"),

	OUTGOING(NONE, READY, "its bytes are in the store and durable, its "
	    "control numbers are recorded"),
	OUTGOING(NONE, HELD, "as for ready, and the partner's or an "
	    "operator's word is to wait"),
	OUTGOING(READY, HELD, "an operator said so, or an answer speaks of it "
	    "though it was not sent"),
	OUTGOING(READY, SENDING, "a courier is given the upload"),
	OUTGOING(READY, CANCELLED, "an operator said so"),
	OUTGOING(HELD, READY, "an operator said so"),
	OUTGOING(HELD, SENT, "an operator says that the partner has it"),
	OUTGOING(HELD, CANCELLED, "an operator said so"),
	OUTGOING(SENDING, READY, "the upload failed or its courier is gone; "
	    "the rename was not asked for"),
	OUTGOING(SENDING, COMMITTING, "uploaded, closed, and its size "
	    "verified under the temporary name"),
	OUTGOING(SENDING, UNKNOWN, "all of it was written, and then the "
	    "temporary name was gone: somebody there may have taken it"),
	OUTGOING(COMMITTING, SENT, "the final name was seen at the partner "
	    "with its size, or the partner answered to it"),
	OUTGOING(COMMITTING, READY, "the server refused the rename; or the "
	    "final name was not there, the temporary one was and has been "
	    "removed, so that no rename can follow"),
	OUTGOING(COMMITTING, UNKNOWN, "neither name was there, or the final "
	    "one with another size: it cannot be told"),
	OUTGOING(UNKNOWN, SENT, "the partner answered to it, or its final "
	    "name was seen, or an operator says that the partner has it"),
	OUTGOING(UNKNOWN, READY, "an operator says that the partner has not "
	    "got it"),
	OUTGOING(UNKNOWN, CANCELLED, "an operator said so"),

	FETCHED(NONE, FETCHING, "the partner lists a file that is new to us"),
	FETCHED(FETCHING, FETCHED, "its bytes are in the store and durable, "
	    "as many as the partner said"),
	FETCHED(FETCHING, NONE, "forgotten: its bytes are not in the store, "
	    "the partner has it still"),
	FETCHED(FETCHED, MATCHED, "inspected: every answer was matched, in "
	    "the same transaction"),
	FETCHED(FETCHED, PARKED, "inspected: an answer matches nothing of "
	    "ours"),
	FETCHED(FETCHED, BROKEN, "inspected: not X12, or cut, or workers died "
	    "of it"),
	FETCHED(FETCHED, DUPLICATE, "inspected: its SHA-256 is that of an "
	    "earlier file of this partner"),
	FETCHED(PARKED, MATCHED, "its last unmatched answer was matched"),
	FETCHED(MATCHED, DELIVERED, "written to the inbox and durable; "
	    "removed, moved or left at the partner as configured"),
	FETCHED(PARKED, DELIVERED, "as for matched, and its unmatched answers "
	    "were reported"),
	FETCHED(DUPLICATE, DELIVERED, "the first of the same bytes is in the "
	    "inbox or on its way; settled with the partner"),
	FETCHED(BROKEN, DELIVERED, "written to the inbox as it is and "
	    "durable, and reported; settled with the partner"),
};

#undef DROPPED
#undef OUTGOING
#undef FETCHED

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
state_evidence(enum file_kind kind, enum file_state from, enum file_state to)
{
	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i].kind == kind && steps[i].from == from &&
		    steps[i].to == to)
			return steps[i].evidence;
	return NULL;
}

bool
state_may(enum file_kind kind, enum file_state from, enum file_state to)
{
	return state_evidence(kind, from, to) != NULL;
}

const char *
state_text(enum file_state s)
{
	assert((unsigned)s < STATE_COUNT);
	return state_names[s];
}

enum file_state
state_parse(const char *text)
{
	for (unsigned s = 1; s < STATE_COUNT; s++)
		if (strcmp(state_names[s], text) == 0)
			return s;
	return STATE_NONE;
}

const char *
file_kind_text(enum file_kind k)
{
	assert(k >= FILE_DROPPED && k <= FILE_FETCHED);
	return kind_names[k];
}

static void
state_print_kind(struct buf *out, enum file_kind kind)
{
	buf_addf(out, "### A file that is %s\n\n"
	    "| state | what holds | what a restart does |\n|---|---|---|\n",
	    kind_names[kind]);
	for (size_t i = 0; i < COUNT(states); i++)
		if (states[i].kind == kind)
			buf_addf(out, "| `%s` | %s | %s |\n",
			    state_names[states[i].state], states[i].truth,
			    states[i].start);
	buf_add_str(out, "\n| from | to | evidence |\n|---|---|---|\n");
	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i].kind == kind)
			buf_addf(out, "| `%s` | `%s` | %s |\n",
			    state_names[steps[i].from],
			    state_names[steps[i].to], steps[i].evidence);
}

void
state_print(struct buf *out)
{
	for (unsigned k = FILE_DROPPED; k <= FILE_FETCHED; k++) {
		if (k != FILE_DROPPED)
			buf_add_char(out, '\n');
		state_print_kind(out, k);
	}
}
