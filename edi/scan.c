/* SPDX-License-Identifier: ISC */
#include "edi/scan/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scan *
scan_new(const struct scan_ops *ops, void *ctx)
{
	struct scan *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ops = ops;
	s->ctx = ctx;
	s->reader = reader_new();
	if (s->reader == NULL) {
		free(s);
		return NULL;
	}
	keys_init(&s->interchanges, SCAN_NUMBERS_MAX);
	keys_init(&s->groups, SCAN_NUMBERS_MAX);
	keys_init(&s->sets, SCAN_NUMBERS_MAX);
	hierarchy_begin(&s->hierarchy);
	return s;
}

void
scan_free(struct scan *s)
{
	if (s == NULL)
		return;
	reader_free(s->reader);
	keys_free(&s->interchanges);
	keys_free(&s->groups);
	keys_free(&s->sets);
	hierarchy_free(&s->hierarchy);
	free(s);
}

void
scan_reset(struct scan *s)
{
	reader_reset(s->reader);
	keys_clear(&s->interchanges);
	keys_clear(&s->groups);
	keys_clear(&s->sets);
	hierarchy_begin(&s->hierarchy);
	*s = (struct scan){ .ops = s->ops, .ctx = s->ctx,
		.severities = s->severities,
		.severity_count = s->severity_count, .reader = s->reader,
		.interchanges = s->interchanges, .groups = s->groups,
		.sets = s->sets, .hierarchy = s->hierarchy };
}

const struct scan_interchange *
scan_interchange(const struct scan *s)
{
	return s->in_interchange ? &s->interchange : NULL;
}

const struct scan_group *
scan_group(const struct scan *s)
{
	return s->in_group ? &s->group : NULL;
}

const struct scan_set *
scan_set(const struct scan *s)
{
	return s->in_set ? &s->set : NULL;
}

/* ---- findings that only the envelope knows ------------------------------- */

/* Before a set, a group or an interchange ends: how many were not listed. */
static void
say_left_out(struct scan *s)
{
	struct finding f = { 0 };

	if (s->left_out > 0) {
		snprintf(f.detail, sizeof(f.detail), "%u more", s->left_out);
		scan_report_always(s, FINDING_FINDINGS_LEFT_OUT, &f);
	}
	s->listed = s->left_out = 0;
}

/* ---- ends and begins ----------------------------------------------------- */

#define CALL(s, op, ...) \
	do { \
		if ((s)->ops->op != NULL) \
			(s)->ops->op((s)->ctx, __VA_ARGS__); \
	} while (0)

/* The quick look, so that nothing is done for a segment that is well. */
static inline bool
is_plain(const struct segment *g)
{
	return g->flags == 0 && g->tag != 0 && g->count > 0 &&
	    g->mark[g->count] - g->mark[g->count - 1] > 1;
}

static inline void
emit(struct scan *s, const struct segment *g, uint32_t ordinal)
{
	if (__builtin_expect(!is_plain(g), 0))
		syntax_check(s, g);
	CALL(s, on_segment, g, ordinal);
}

static void
end_set(struct scan *s)
{
	if (!s->in_set)
		return;
	say_left_out(s);
	s->set.length = reader_offset(s->reader) - s->set.offset;
	if (!s->set.closed && s->now != NULL)
		s->set.length = s->now->offset - s->set.offset;
	CALL(s, on_set_end, &s->set);
	s->in_set = false;
	s->ordinal = 0;
}

static void
end_group(struct scan *s)
{
	if (!s->in_group)
		return;
	say_left_out(s);
	CALL(s, on_group_end, &s->group);
	s->in_group = false;
	s->stray = false;
}

static void
end_interchange(struct scan *s)
{
	struct scan_interchange *i = &s->interchange;

	if (!s->in_interchange)
		return;
	say_left_out(s);
	i->length = reader_offset(s->reader) - i->offset;
	if (!i->closed && s->now != NULL)
		i->length = s->now->offset - i->offset;
	CALL(s, on_interchange_end, i);
	s->in_interchange = false;
	s->stray = false;
}

/* A trailer is missing where the present segment stands. */
static void
say_missing(struct scan *s, enum finding_id finding, const char *id)
{
	struct finding f = { 0 };

	strcpy(f.id, id);
	if (s->in_set) {
		f.segment = s->set.segments + 1;
		f.offset = s->now->offset;
	}
	scan_report_always(s, finding, &f);
}

/* Something else begins, or ends, before the set had its SE. */
static void
cut_set(struct scan *s)
{
	if (!s->in_set)
		return;
	hierarchy_end(s);
	say_missing(s, FINDING_SE_MISSING, "SE");
	end_set(s);
}

static void
cut_group(struct scan *s)
{
	cut_set(s);
	if (s->in_group && !s->group.implied)
		say_missing(s, FINDING_GE_MISSING, "GE");
	end_group(s);
}

static void
cut_interchange(struct scan *s)
{
	cut_group(s);
	if (!s->in_interchange)
		return;
	say_missing(s, FINDING_IEA_MISSING, "IEA");
	s->framing = SCAN_BROKEN;
	end_interchange(s);
}

static void
begin_interchange(struct scan *s, const struct segment *g)
{
	cut_interchange(s);
	keys_clear(&s->groups);
	s->answers = 0;
	s->interchanges_seen++;
	envelope_interchange(s, g);
	s->in_interchange = true;
	CALL(s, on_interchange, &s->interchange);
	if (reader_saw_bom(s->reader) && !s->bom_said) {
		s->bom_said = true;
		scan_say(s, FINDING_BYTE_ORDER_MARK, 0, NULL);
	}
	envelope_interchange_check(s, g);
	emit(s, g, s->ordinal);
}

static void
close_interchange(struct scan *s, const struct segment *g)
{
	cut_group(s);
	s->interchange.closed = true;
	envelope_interchange_end(s, g);
	emit(s, g, s->ordinal);
	end_interchange(s);
}

static void
begin_group(struct scan *s, const struct segment *g)
{
	cut_group(s);
	keys_clear(&s->sets);
	s->interchange.groups++;
	envelope_group(s, g);
	s->in_group = true;
	s->stray = false;
	CALL(s, on_group, &s->group);
	envelope_group_check(s, g);
	emit(s, g, s->ordinal);
}

static void
close_group(struct scan *s, const struct segment *g)
{
	cut_set(s);
	if (!s->in_group || s->group.implied) {
		scan_say(s, FINDING_GE_UNEXPECTED, 0, NULL);
		emit(s, g, s->ordinal);
		end_group(s);
		return;
	}
	s->group.closed = true;
	envelope_group_end(s, g);
	emit(s, g, s->ordinal);
	end_group(s);
}

/* An ST outside a group gets one that is marked as implied. */
static void
imply_group(struct scan *s, const struct segment *g)
{
	keys_clear(&s->sets);
	s->group = (struct scan_group){ .ordinal = s->interchange.groups + 1,
		.offset = g->offset, .implied = true, .rejected = true };
	s->in_group = true;
	CALL(s, on_group, &s->group);
	scan_say(s, FINDING_SET_OUTSIDE_GROUP, 0, NULL);
}

static void
begin_set(struct scan *s, const struct segment *g)
{
	cut_set(s);
	if (!s->in_group)
		imply_group(s, g);
	say_left_out(s);
	s->interchange.sets++;
	s->group.sets++;
	envelope_set(s, g);
	hierarchy_begin(&s->hierarchy);
	s->in_set = true;
	s->stray = false;
	s->ordinal = 1;
	CALL(s, on_set, &s->set);
	envelope_set_check(s, g);
	emit(s, g, s->ordinal);
}

static void
close_set(struct scan *s, const struct segment *g)
{
	if (!s->in_set) {
		scan_say(s, FINDING_SE_UNEXPECTED, 0, NULL);
		emit(s, g, s->ordinal);
		return;
	}
	s->ordinal = ++s->set.segments;
	s->set.closed = true;
	hierarchy_end(s);
	envelope_set_end(s, g);
	emit(s, g, s->ordinal);
	end_set(s);
}

/* ---- one segment --------------------------------------------------------- */

/* A segment that belongs to no set; said once, until the next header. */
static void
outside(struct scan *s, const struct segment *g)
{
	bool answer = g->tag == TAG_TA1 && s->in_interchange;

	if (answer) {
		s->answers++;
		if (s->in_group || s->interchange.groups > 0)
			scan_say(s, FINDING_TA1_MISPLACED, 0, NULL);
	} else if (!s->stray) {
		s->stray = true;
		scan_say(s, !s->in_interchange ? FINDING_SEGMENT_AFTER_IEA :
		    s->in_group ? FINDING_SEGMENT_OUTSIDE_SET :
		    FINDING_SEGMENT_OUTSIDE_GROUP, 0, NULL);
	}
	emit(s, g, s->ordinal);
}

static void
envelope_segment(struct scan *s, const struct segment *g)
{
	if (g->tag == TAG_ISA)
		begin_interchange(s, g);
	else if (!s->in_interchange)
		outside(s, g);
	else if (g->tag == TAG_ST)
		begin_set(s, g);
	else if (g->tag == TAG_SE)
		close_set(s, g);
	else if (g->tag == TAG_GS)
		begin_group(s, g);
	else if (g->tag == TAG_GE)
		close_group(s, g);
	else if (g->tag == TAG_IEA)
		close_interchange(s, g);
	else
		outside(s, g);
}

/* ST SE GS GE ISA IEA HL: nearly no other id has such two first letters. */
static inline bool
is_notable(uint32_t tag)
{
#define LETTER(c) (1u << ((c) & 31))
	const uint32_t first = LETTER('S') | LETTER('G') | LETTER('I') |
	    LETTER('H');
	const uint32_t second = LETTER('T') | LETTER('E') | LETTER('S') |
	    LETTER('L');

	return first >> (tag >> 16 & 31) & second >> (tag >> 8 & 31) & 1;
#undef LETTER
}

static inline void
take(struct scan *s, const struct segment *g)
{
	uint32_t ordinal;

	s->now = g;
	if (!s->in_set || (is_notable(g->tag) && tag_is_envelope(g->tag))) {
		envelope_segment(s, g);
		return;
	}
	ordinal = s->set.segments + 1;
	s->ordinal = s->set.segments = ordinal;
	if (g->tag == TAG_HL)
		hierarchy_check(s, g);
	emit(s, g, ordinal);
}

/* ---- the stream ---------------------------------------------------------- */

/* What ends a set, a group, an interchange when nothing else does. */
static void
end_all(struct scan *s)
{
	s->now = NULL;
	if (s->in_set)
		s->set.rejected = true;
	end_set(s);
	end_group(s);
	end_interchange(s);
}

/*
 * The stream ended where a terminator should be. Nothing followed the ISA, but
 * lines did: then it is not cut, the ISA declares another terminator.
 */
static bool
is_wrong_terminator(const struct scan *s)
{
	struct slice rest = reader_rest(s->reader);
	const char *p = rest.p, *end = rest.p + rest.n;

	if (!s->in_interchange || s->interchange.groups > 0 ||
	    s->interchange.sets > 0 || s->answers > 0)
		return false;
	for (; (p = memchr(p, 'I', (size_t)(end - p))) != NULL; p++)
		if (p > rest.p && (p[-1] == '\n' || p[-1] == '\r') &&
		    end - p > 3 && memcmp(p, "IEA", 3) == 0)
			return true;
	return false;
}

static const struct broken_row {
	enum finding_id finding;
	enum scan_framing framing;
} broken_rows[] = {
	[READER_NOT_X12] = { FINDING_NOT_X12, SCAN_NOT_X12 },
	[READER_BAD_ISA] = { FINDING_ISA_UNREADABLE, SCAN_BROKEN },
	[READER_TOO_LONG] = { FINDING_SEGMENT_TOO_LONG, SCAN_BROKEN },
	[READER_CUT] = { FINDING_FILE_INCOMPLETE, SCAN_INCOMPLETE },
};

static void
broken(struct scan *s, enum reader_status status)
{
	struct broken_row row = broken_rows[status];

	s->now = NULL;
	if (status == READER_NOT_X12 && s->interchanges_seen > 0) {
		s->framing = SCAN_BROKEN;
		scan_say(s, FINDING_TEXT_AFTER_IEA, 0, NULL);
		reader_resync(s->reader);
		return;
	}
	if (status == READER_CUT && is_wrong_terminator(s))
		row = (struct broken_row){ FINDING_TERMINATOR_ABSENT,
			SCAN_BROKEN };
	s->framing = row.framing;
	scan_say(s, row.finding, 0, NULL);
	end_all(s);
	s->ended = true;
}

static void
at_end(struct scan *s)
{
	s->now = NULL;
	s->ended = true;
	if (s->interchanges_seen == 0) {
		s->framing = SCAN_EMPTY;
		scan_say(s, FINDING_FILE_EMPTY, 0, NULL);
	} else if (s->in_interchange) {
		s->framing = SCAN_INCOMPLETE;
		scan_say(s, FINDING_FILE_INCOMPLETE, 0, NULL);
		end_all(s);
	} else if (s->framing != SCAN_BROKEN) {
		s->framing = SCAN_COMPLETE;
	}
}

/* Inside a set, the segments of which nothing is to be said here. */
static inline void
take_plain(struct scan *s, struct segment *g)
{
	void (*const tell)(void *ctx, const struct segment *g,
	    uint32_t ordinal) = s->ops->on_segment;
	struct reader *const r = s->reader;
	void *const ctx = s->ctx;

	s->now = g;
	while (reader_next_plain(r, g)) {
		uint32_t ordinal = s->set.segments + 1;

		s->ordinal = s->set.segments = ordinal;
		if (tell != NULL)
			tell(ctx, g, ordinal);
	}
}

static enum reader_status
take_all(struct scan *s, struct segment *g)
{
	enum reader_status status;

	for (;;) {
		if (s->in_set)
			take_plain(s, g);
		status = reader_next_closely(s->reader, g);
		if (status != READER_SEGMENT)
			return status;
		take(s, g);
	}
}

static void
drain(struct scan *s)
{
	struct segment g;

	reader_prepare(s->reader, &g);
	while (!s->ended) {
		enum reader_status status = take_all(s, &g);

		if (status == READER_MORE)
			return;
		if (status == READER_END)
			at_end(s);
		else
			broken(s, status);
	}
}

void
scan_feed(struct scan *s, const char *p, size_t n)
{
	while (n > 0 && !s->ended) {
		char *to;
		size_t room;

		reader_space(s->reader, &to, &room);
		if (room > n)
			room = n;
		memcpy(to, p, room);
		reader_commit(s->reader, room);
		p += room;
		n -= room;
		drain(s);
	}
}

enum scan_framing
scan_finish(struct scan *s)
{
	reader_finish(s->reader);
	drain(s);
	return s->framing;
}

int
scan_fd(struct scan *s, int fd, const char *what, enum scan_framing *framing,
    struct err *e)
{
	while (!s->ended) {
		char *to;
		size_t room;

		reader_space(s->reader, &to, &room);
		ssize_t n = read(fd, to, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot read %s", what);
		if (n == 0)
			break;
		reader_commit(s->reader, (size_t)n);
		CALL(s, on_bytes, (size_t)n);
		drain(s);
	}
	*framing = scan_finish(s);
	return 0;
}

const char *
scan_framing_text(enum scan_framing f)
{
	static const char *const text[] = {
		[SCAN_EMPTY] = "empty",
		[SCAN_NOT_X12] = "not_x12",
		[SCAN_INCOMPLETE] = "incomplete",
		[SCAN_BROKEN] = "broken",
		[SCAN_COMPLETE] = "complete",
	};

	return (unsigned)f < sizeof(text) / sizeof(text[0]) ? text[f] : "?";
}
