/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

/*
 * The worker's work, apart from its process: descriptors in, descriptors out.
 * The role's loop (daemon/role_worker.c), the tests and the fuzzers call the
 * same functions. Nothing is opened, nothing is asked of the network, and no
 * clock is read.
 */

#include "daemon/message.h"
#include "kit/kit.h"

/*
 * What a worker knows before its first job: the configuration, and with it the
 * kits that its partners' files are checked against (kit/kit.h). A worker of
 * no configuration has the built-in kit.
 */
struct worker;

struct worker *worker_new(struct err *e);
/* Both must outlive it; the lists may be closed. */
struct worker *worker_of(const struct config *c, const struct kit_lists *l,
    struct err *e);
void worker_free(struct worker *w);
/* Take the kit of a partner (NULL: the built-in one) until told otherwise. */
int worker_take(struct worker *w, const char *partner, struct err *e)
    __attribute__((warn_unused_result));
/* What it checks; of no worker: the envelope only. */
const struct inspection_settings *worker_checks(const struct worker *w);

/*
 * Hash, frame and index `in`; write the manifest. With a worker: check it
 * along its guides too; NULL: the envelope only.
 */
int worker_inspect(struct worker *w, int in, int manifest, uint64_t max_bytes,
    struct err *e) __attribute__((warn_unused_result));

/*
 * Write one interchange of `in` to `out` in the envelope that is asked for:
 * identities, dates, control numbers, BHT03 and counts are new, everything
 * else is the clerk's. Then read `out` back and write its manifest; INDEX_SET
 * records carry the new BHT03 in reference and the clerk's in trace.
 */
int worker_envelope(int in, int out, int manifest,
    const struct work_envelope *env, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Take the claims that the guides condemn out of a file: what may go on into
 * rest, the others into bad, each a whole file of its own (edi/carve.h). Both
 * are then inspected like a dropped file, into their manifests: the caller
 * sees there whether the one is in order and the other is not. When it cannot
 * be done, the manifest of the rest says that it is broken, and why.
 */
struct worker_part { int manifest, bytes; };

/* Besides: claims that went before, which are taken out too. */
struct worker_list { int fd; uint32_t count; };

int worker_carve(struct worker *w, int in, const struct worker_part *rest,
    const struct worker_part *bad, const struct worker_list *duplicates,
    uint64_t max_bytes, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Write the acknowledgements of `in` that are asked for to `out`, one
 * interchange after the other, then read `out` back and write its manifest;
 * its interchanges stand there with their places. Nothing to say: SCAN_EMPTY.
 * With ACK_APART and m->bad, bad holds the claims of `in` that stay behind.
 * -EBADMSG: those are not of this file, or numbers ran out: nothing is said.
 */
int worker_answer(struct worker *w, int in, int manifest, int out, int bad,
    const struct work_answer *m, struct err *e)
    __attribute__((warn_unused_result));

/* ---- worker_records.c --------------------------------------------------- */

/*
 * Is a text of records whole? Only its form is looked at: the manifest's END
 * says complete, incomplete, empty or broken.
 */
int worker_look(enum work_form form, int in, int manifest,
    uint64_t max_bytes, struct err *e) __attribute__((warn_unused_result));

/*
 * Try each record: which can be written as X12, with these identities? The
 * manifest tells of the X12 of the good ones as that of a dropped file would,
 * with a finding for each record that is refused; its END has the size and the
 * hash of the text itself. The good records come into `good`, one a line,
 * and are all that a batch needs; the refused ones into bad, in a form that
 * can be corrected and dropped again. Records that are in the list went before
 * and are refused too; `received` of an INDEX_CLAIM is its record's number.
 * Nothing is cut: a text that is broken or has no end gives no records.
 */
int worker_records(struct worker *w, const struct work_request *m, int in,
    int manifest, int good, const struct worker_part *bad,
    const struct worker_list *before, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Records, one a line, to one interchange. END of the manifest: its size and
 * hash; a finding for each line that is refused (then `out` is of no use).
 */
int worker_batch(struct worker *w, const struct work_request *m, int in,
    int manifest, int out, struct err *e) __attribute__((warn_unused_result));

/* Kinds of records, of the kit in hand. NULL: *e filled. */
struct record_kinds *worker_kinds(struct worker *w, struct err *e);

/* Do what a request says. -ESTALE: it is of another configuration. */
int worker_do(struct worker *w, const struct work_request *m, const int *fds,
    unsigned nfds, struct err *e) __attribute__((warn_unused_result));

#endif
