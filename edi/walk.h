/* SPDX-License-Identifier: ISC */
#ifndef EDI_WALK_H
#define EDI_WALK_H

/*
 * A transaction set, walked along its guide: every segment gets its place,
 * loops begin and end. What works on the meaning of a set (element checks,
 * situational rules, balancing, code sets, the JSON mirror) listens to a walk.
 *
 * The walk itself reports what is wrong with the structure: unknown, missing,
 * repeated, unordered and unused segments and loops. A segment is matched by
 * id and qualifier, then by id alone with a finding, so a bad code never
 * destroys the structure; what has no place is handed out with no node and the
 * walk goes on where it stood. A loop whose first segment is missing is begun
 * all the same where that is sure. A set whose guide is unknown is one
 * finding, and no events but on_set (with NULL) and on_set_end, but for who
 * asks for strangers.
 *
 * A walk sits on a scan: its owner calls walk_on_*() from the callbacks of the
 * scan. Memory is constant: one frame a nested loop. Nothing is allocated
 * while it walks.
 */

#include "edi/guide.h"
#include "edi/scan.h"

enum { WALK_DEPTH = GUIDE_DEPTH + 1, WALK_CHILDREN = GUIDE_CHILDREN };

/* An instance of a loop; the first frame is the set itself. */
struct walk_frame {
	const struct guide_loop *loop;
	uint32_t instance;     /* 1, 2, .. of this loop in its parent */
	uint32_t serial;       /* 1, 2, .. of all loops in the set */
	uint32_t segment;      /* ordinal of its first segment */
	uint64_t offset;       /* of its first segment, bytes in the stream */
	uint8_t depth;         /* 0: the set */
};

struct walk_segment {
	const struct segment *segment;
	const struct guide_segment *node;  /* NULL: it has no place here */
	const struct walk_frame *frame;    /* the loop it belongs to */
	uint32_t ordinal;                  /* in the set; ST is 1 */
	uint32_t instance;                 /* 1, 2, .. of node in frame */
	uint16_t child;                    /* node's place among frame's
	                                      loop->body->children */
	bool by_id;                        /* its qualifier is another's */
};

/*
 * A TA1 comes as on_segment with ordinal 0, outside of every set.
 *
 * Events, in order: on_set, [on_loop_begin, on_segment .., on_loop_end] ..,
 * on_set_end. on_loop_begin comes before its first segment; on_loop_end before
 * the segment that ended it. Any may be NULL. Pointers live during the call,
 * guide nodes as long as the guides.
 */
enum { WALK_BEGIN = 1, WALK_END = 2 };

struct walk_ops {
	/*
	 * Does on_segment want the segments of this node? Asked once a guide,
	 * after on_set; NULL: it wants all. Those without a node come anyway.
	 */
	bool (*minds)(void *ctx, const struct guide_segment *node);
	/*
	 * Which of on_loop_begin and on_loop_end want this loop: WALK_BEGIN,
	 * WALK_END, both or none. Asked once a guide; NULL: both, of all.
	 */
	unsigned (*minds_loop)(void *ctx, const struct guide_loop *loop);
	/* on_segment wants those of sets without a guide, too: no frame. */
	bool strangers;
	void (*on_set)(void *ctx, const struct guide *g);
	void (*on_loop_begin)(void *ctx, const struct walk_frame *f);
	void (*on_segment)(void *ctx, const struct walk_segment *s);
	void (*on_loop_end)(void *ctx, const struct walk_frame *f);
	void (*on_set_end)(void *ctx);
};

enum { WALK_LISTENERS = 8 };

enum { WALK_SNIP_ALL = 0xfe };

struct walk_settings {
	unsigned snip;          /* bit n: SNIP type n is reported */
};

struct walk;

/* settings NULL: all types. NULL: out of memory. The scan and the guides must
 * outlive the walk. */
struct walk *walk_new(struct scan *s, struct guides *g,
    const struct walk_settings *settings);
void walk_free(struct walk *w);

/* Listeners are called in the order they were added; at most 8. */
void walk_add(struct walk *w, const struct walk_ops *ops, void *ctx);

/* To be called from the callbacks of the scan with the same arguments. */
void walk_on_set(struct walk *w, const struct scan_set *set);
void walk_on_segment(struct walk *w, const struct segment *s,
    uint32_t ordinal);
void walk_on_set_end(struct walk *w, const struct scan_set *set);

/* Where the walk is. NULL: no set, or its guide is unknown. */
const struct guide *walk_guide(const struct walk *w);
/* The frame at a depth, or NULL; depth -1: the innermost. */
const struct walk_frame *walk_frame(const struct walk *w, int depth);
/* Ordinal in the set of the claim we are in; 0: in none. */
uint32_t walk_claim(const struct walk *w);
/* Claims begun in this set so far. */
uint32_t walk_claims(const struct walk *w);

/*
 * Report a finding: like scan_report(), with the loop and the claim filled in
 * where they are empty and the SNIP types and the guide's severities applied.
 * Everything above a walk reports through this. where->segment, offset and id,
 * when set, name another segment than the present one.
 */
void walk_report(struct walk *w, const struct finding_def *def,
    const struct finding *where);

#endif
