/* SPDX-License-Identifier: ISC */
/* The stream: what stands between segments, and the lines they make. */
#include "edi/mirror.h"

#include "edi/mirror/inner.h"
#include "edi/mirror/line.h"
#include "edi/reader.h"
#include "edi/transaction.h"
#include "edi/walk.h"

#include <assert.h>
#include <stdlib.h>

enum {
	PIECE = 64 * 1024,       /* fed to the scan at a time */
	TEXT_MAX = READER_SEGMENT_MAX,   /* of a line of text */
	BEFORE_MAX = 1024,       /* more than so much is lines of text */
	SUFFIX_MAX = 4,
	/* What is not handed out by now can be no segment, nor its start. */
	UNREAD_MAX = 3 * READER_SEGMENT_MAX,
};

struct mirror {
	struct err error;             /* the first; sticks */
	const struct guide *envelope;
	struct scan *scan;
	struct walk *walk;
	struct mirror_names *names;
	struct mirror_line line;
	struct buf raw;               /* what was fed and not mirrored yet */
	uint64_t base;                /* offset in the stream of raw.p[0] */
	uint64_t done;                /* all before this is in the JSON */
	char tail[1 + SUFFIX_MAX];    /* terminator and suffix */
	uint8_t tail_length;
	bool fresh;                   /* at the start, or after text */
	bool begun;                   /* an ISA was seen */
	bool isa_open;                /* its line lacks the suffix */
	bool has_before, placed;
	struct slice before;          /* irregular, of the present segment */
};

static void
fail(struct mirror *m, int code, const char *why)
{
	if (m->error.code == 0)
		err_set(&m->error, code, "%s", why);
}

/* ---- between segments ---------------------------------------------------- */

/* What was fed and stands between what is done and an offset. */
static struct slice
gap_to(const struct mirror *m, uint64_t offset)
{
	return slice(m->raw.p + (m->done - m->base),
	    (size_t)(offset - m->done));
}

static bool
is_suffix(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("\r\n\t ", s.p[i]) || s.p[i] == '\0')
			return false;
	return s.n <= SUFFIX_MAX;
}

/* What follows the ISA is the suffix of its interchange, if it can be one. */
static void
settle_isa(struct mirror *m, struct slice gap)
{
	struct buf *out = &m->line.out;
	struct slice suffix = slice(NULL, 0);

	if (!m->isa_open)
		return;
	m->isa_open = false;
	if (gap.n > 1 && gap.p[0] == m->tail[0] &&
	    is_suffix(slice(gap.p + 1, gap.n - 1)))
		suffix = slice(gap.p + 1, gap.n - 1);
	if (suffix.n > 0)
		memcpy(m->tail + 1, suffix.p, suffix.n);
	m->tail_length = (uint8_t)(1 + suffix.n);
	buf_add_str(out, ",\"suffix\":");
	mirror_add_string(out, suffix);
	mirror_line_end(&m->line);
}

/* Lines of text; nothing regular is expected after them. */
static void
add_text(struct mirror *m, size_t n)
{
	while (n > 0) {
		size_t chunk = n < TEXT_MAX ? n : TEXT_MAX;

		mirror_line_close(&m->line);
		buf_add_str(&m->line.out, "{\"type\":\"text\",\"text\":");
		mirror_add_string(&m->line.out, gap_to(m, m->done + chunk));
		mirror_line_end(&m->line);
		m->done += chunk;
		n -= chunk;
		m->fresh = true;
	}
}

/* After a segment its terminator and the suffix are regular. */
static bool
is_regular(const struct mirror *m, struct slice gap)
{
	return m->fresh ? gap.n == 0 :
	    slice_eq(gap, slice(m->tail, m->tail_length));
}

/* Up to an offset, where a segment or the end of the stream stands. */
static void
bridge(struct mirror *m, uint64_t offset)
{
	struct slice gap = gap_to(m, offset);

	settle_isa(m, gap);
	if (gap.n > BEFORE_MAX || (m->fresh && m->begun))
		add_text(m, gap.n);
	m->before = gap_to(m, offset);
	m->has_before = !is_regular(m, m->before);
}

/* ---- segments ------------------------------------------------------------ */

static const char *
type_of(uint32_t tag)
{
	switch (tag) {
	case TAG_ISA:
		return "interchange";
	case TAG_IEA:
		return "interchange_end";
	case TAG_GS:
		return "group";
	case TAG_GE:
		return "group_end";
	case TAG_ST:
		return "set";
	case TAG_SE:
		return "set_end";
	}
	return "segment";
}

static void
add_guide(struct mirror *m)
{
	const struct guide *g = walk_guide(m->walk);
	const struct scan_set *set = scan_set(m->scan);
	char type[8];

	if (!set || !g)
		return;
	transaction_type(slice_str(set->id), slice_str(set->version), type);
	buf_addf(&m->line.out, "\"transaction\":\"%s\",\"guide\":\"%s\",", type,
	    g->id);
}

static void
add_delimiter(struct buf *out, const char *key, struct slice value)
{
	buf_addf(out, "\"%s\":", key);
	mirror_add_string(out, value);
}

/* An ISA that was written without a component separator has none. */
static void
add_delimiters(struct mirror *m, const struct segment *s)
{
	const struct delimiters *d = s->delimiters;
	struct buf *out = &m->line.out;

	add_delimiter(out, "delimiters\":{\"element", slice(&d->element, 1));
	buf_add_char(out, ',');
	add_delimiter(out, "component", segment_element(s, 16));
	buf_add_char(out, ',');
	add_delimiter(out, "repetition", slice(&d->repetition,
	    d->repetition != '\0'));
	buf_add_char(out, ',');
	add_delimiter(out, "terminator", slice(&d->terminator, 1));
	buf_add_str(out, "},");
}

static void
add_before(struct mirror *m)
{
	if (!m->has_before)
		return;
	buf_add_str(&m->line.out, ",\"before\":");
	mirror_add_string(&m->line.out, m->before);
}

static const struct mirror_node *
node_of(struct mirror *m, const struct guide *g, const struct guide_segment *s)
{
	const struct mirror_node *node;

	if (!g || !s)
		return NULL;
	node = mirror_names_of(m->names, g, s);
	if (!node)
		fail(m, -ENOMEM, "out of memory");
	return node;
}

/* In a line of its own: no loop is open. */
static void
add_alone(struct mirror *m, const struct segment *s,
    const struct mirror_node *node)
{
	struct buf *out = &m->line.out;

	mirror_line_close(&m->line);
	buf_addf(out, "{\"type\":\"%s\",", type_of(s->tag));
	if (s->tag == TAG_ISA)
		add_delimiters(m, s);
	if (s->tag == TAG_ST)
		add_guide(m);
	mirror_add_segment(out, s, node);
	add_before(m);
	m->isa_open = s->tag == TAG_ISA;
	if (!m->isa_open)
		mirror_line_end(&m->line);
}

static void
add_segment(struct mirror *m, const struct segment *s,
    const struct mirror_node *node, const struct walk_frame *frame)
{
	struct buf *out = &m->line.out;

	if (m->line.top == 0) {
		add_alone(m, s, node);
		return;
	}
	mirror_line_item(&m->line);
	buf_add_char(out, '{');
	mirror_add_segment(out, s, node);
	if (frame && frame->depth < m->line.top)
		buf_addf(out, ",\"loop\":\"%s\"", frame->loop->id);
	add_before(m);
	buf_add_char(out, '}');
	mirror_line_split(&m->line);
}

static void
mirror_on_placed(void *ctx, const struct walk_segment *s)
{
	struct mirror *m = ctx;
	const struct guide *g = s->ordinal == 0 ? m->envelope :
	    walk_guide(m->walk);

	m->placed = true;
	assert(!s->node || s->node->tag == s->segment->tag);
	add_segment(m, s->segment, node_of(m, g, s->node), s->frame);
}

static void
mirror_on_loop_begin(void *ctx, const struct walk_frame *f)
{
	mirror_line_loop(&((struct mirror *)ctx)->line, f->loop, f->depth);
}

static void
mirror_on_loop_end(void *ctx, const struct walk_frame *f)
{
	mirror_line_loop_end(&((struct mirror *)ctx)->line, f->depth);
}

/* ISA, GS, GE and IEA, which no walk places. */
static const struct mirror_node *
envelope_node(struct mirror *m, uint32_t tag)
{
	const char *path = tag == TAG_ISA ? "ISA" : tag == TAG_IEA ? "IEA" :
	    tag == TAG_GS ? "GROUP/GS" : tag == TAG_GE ? "GROUP/GE" : NULL;
	struct guide_place at;

	if (!path || !m->envelope || !guide_find(m->envelope, path, &at))
		return NULL;
	return node_of(m, m->envelope, at.segment);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct mirror *m = ctx;

	if (m->error.code != 0)
		return;
	bridge(m, s->offset);
	m->placed = false;
	walk_on_segment(m->walk, s, ordinal);
	if (!m->placed)
		add_segment(m, s, envelope_node(m, s->tag), NULL);
	m->done = s->offset + segment_text(s).n;
	m->fresh = false;
	if (s->tag == TAG_ISA) {
		m->begun = true;
		m->tail[0] = s->delimiters->terminator;
		return;
	}
	if (mirror_line_flush(&m->line, &m->error) == 0 && m->line.out.failed)
		fail(m, -ENOMEM, "out of memory");
}

static void
on_set(void *ctx, const struct scan_set *set)
{
	walk_on_set(((struct mirror *)ctx)->walk, set);
}

static void
on_set_end(void *ctx, const struct scan_set *set)
{
	walk_on_set_end(((struct mirror *)ctx)->walk, set);
}

/* ---- the stream ---------------------------------------------------------- */

struct mirror *
mirror_new(struct guides *g, mirror_write *write, void *ctx)
{
	static const struct scan_ops ops = { .on_set = on_set,
		.on_set_end = on_set_end, .on_segment = on_segment };
	static const struct walk_ops walk_ops = {
		.on_loop_begin = mirror_on_loop_begin,
		.on_segment = mirror_on_placed,
		.on_loop_end = mirror_on_loop_end };
	static const struct walk_settings silent = { .snip = 0 };
	struct mirror *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->fresh = true;
	mirror_line_init(&m->line, write, ctx);
	buf_init(&m->raw, UNREAD_MAX + 2 * PIECE);
	m->scan = scan_new(&ops, m);
	m->names = mirror_names_new();
	if (m->scan)
		m->walk = walk_new(m->scan, g, &silent);
	if (!m->walk || !m->names) {
		mirror_free(m);
		return NULL;
	}
	walk_add(m->walk, &walk_ops, m);
	m->envelope = guides_find(g, SLICE_LIT("00501"), SLICE_LIT("ISA"),
	    NULL);
	return m;
}

void
mirror_free(struct mirror *m)
{
	if (!m)
		return;
	walk_free(m->walk);
	scan_free(m->scan);
	mirror_names_free(m->names);
	mirror_line_free(&m->line);
	buf_free(&m->raw);
	free(m);
}

static int
result(struct mirror *m, struct err *e)
{
	if (m->error.code == 0)
		return 0;
	return err_set(e, m->error.code, "%s", m->error.text);
}

/* Bytes that no segment will come out of are text already now. */
static void
relieve(struct mirror *m)
{
	uint64_t end = m->base + m->raw.n;

	if (end - m->done > UNREAD_MAX && !m->begun)
		fail(m, -EILSEQ, "this is not X12: no ISA segment begins it");
	if (end - m->done > UNREAD_MAX)
		settle_isa(m, gap_to(m, end));
	while (end - m->done > UNREAD_MAX)
		add_text(m, TEXT_MAX);
	buf_drop(&m->raw, (size_t)(m->done - m->base));
	m->base = m->done;
	if (!m->isa_open && m->error.code == 0)
		mirror_line_flush(&m->line, &m->error);
}

int
mirror_feed(struct mirror *m, const char *p, size_t n, struct err *e)
{
	while (n > 0 && m->error.code == 0) {
		size_t piece = n < PIECE ? n : PIECE;

		if (!buf_add(&m->raw, p, piece)) {
			fail(m, -ENOMEM, "out of memory");
			break;
		}
		scan_feed(m->scan, p, piece);
		relieve(m);
		p += piece;
		n -= piece;
	}
	return result(m, e);
}

static void
refuse(struct mirror *m, enum scan_framing framing)
{
	fail(m, -EILSEQ, framing == SCAN_EMPTY ? "the file is empty" :
	    framing == SCAN_NOT_X12 ?
	    "this is not X12: no ISA segment begins it" :
	    framing == SCAN_INCOMPLETE ?
	    "the file ends inside of its first ISA segment" :
	    "the ISA segment is damaged: its delimiters cannot be told");
}

static void
add_end(struct mirror *m, enum scan_framing framing)
{
	uint64_t end = m->base + m->raw.n;
	struct slice gap = gap_to(m, end);

	settle_isa(m, gap);
	if (framing != SCAN_COMPLETE && !is_regular(m, gap))
		add_text(m, gap.n);
	bridge(m, end);
	mirror_line_close(&m->line);
	buf_add_str(&m->line.out, "{\"type\":\"end\"");
	add_before(m);
	mirror_line_end(&m->line);
	m->done = end;
}

int
mirror_finish(struct mirror *m, enum scan_framing *framing, struct err *e)
{
	if (m->error.code != 0)
		return result(m, e);
	*framing = scan_finish(m->scan);
	if (m->error.code == 0 && !m->begun)
		refuse(m, *framing);
	if (m->error.code == 0)
		add_end(m, *framing);
	if (m->error.code == 0 && m->line.out.failed)
		fail(m, -ENOMEM, "out of memory");
	if (m->error.code == 0)
		mirror_line_write(&m->line, &m->error);
	return result(m, e);
}
