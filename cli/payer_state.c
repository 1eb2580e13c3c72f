/* SPDX-License-Identifier: ISC */
#include "cli/payer_state.h"

#include "base/buf.h"
#include "base/io.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * The journal, one fact a line:
 *	n WHICH LIMIT             numbers below LIMIT may have been given
 *	i KEY                     an interchange that was answered
 *	f KEY INTERCHANGES SETS CLAIMS    a file that is done, counts after it
 */

enum { STATE_RESERVE = 100, STATE_JOURNAL_MAX = 512 * 1024 * 1024 };

/* A set of keys: open addressing, 0 is no key. */
struct keys {
	uint64_t *slot;
	size_t count, cap;
};

struct payer_state {
	int fd;
	struct keys files, interchanges;
	uint64_t next[PAYER_NUMBERS], limit[PAYER_NUMBERS];
	struct payer_counts counts;
	struct payer_outcome *claims;   /* open addressing, claim 0: none */
	size_t claim_count, claim_cap;
};

uint64_t
payer_key(uint64_t key, const void *p, unsigned n)
{
	const unsigned char *bytes = p;

	for (unsigned i = 0; i < n; i++)
		key = (key ^ bytes[i]) * UINT64_C(1099511628211);
	return key ? key : 1;
}

/* ---- sets of keys ------------------------------------------------------- */

static size_t
slot_of(const struct keys *k, uint64_t key)
{
	size_t i = (size_t)(key ^ key >> 32) & (k->cap - 1);

	while (k->slot[i] != 0 && k->slot[i] != key)
		i = (i + 1) & (k->cap - 1);
	return i;
}

static bool
has(const struct keys *k, uint64_t key)
{
	return k->cap > 0 && k->slot[slot_of(k, key)] == key;
}

static bool
grow(struct keys *k)
{
	struct keys more = { .cap = k->cap ? k->cap * 2 : 1024 };

	more.slot = calloc(more.cap, sizeof(*more.slot));
	if (!more.slot)
		return false;
	for (size_t i = 0; i < k->cap; i++)
		if (k->slot[i] != 0)
			more.slot[slot_of(&more, k->slot[i])] = k->slot[i];
	more.count = k->count;
	free(k->slot);
	*k = more;
	return true;
}

static bool
add(struct keys *k, uint64_t key)
{
	if (has(k, key))
		return true;
	if (k->count * 2 >= k->cap && !grow(k))
		return false;
	k->slot[slot_of(k, key)] = key;
	k->count++;
	return true;
}

/* ---- claims ------------------------------------------------------------- */

static struct payer_outcome *
claim_slot(const struct payer_state *s, uint64_t claim)
{
	size_t mask = s->claim_cap - 1, i = (size_t)(claim ^ claim >> 32);

	for (i &= mask; s->claims[i].claim != 0 && s->claims[i].claim != claim;)
		i = (i + 1) & mask;
	return &s->claims[i];
}

static bool
grow_claims(struct payer_state *s)
{
	struct payer_outcome *old = s->claims;
	size_t cap = s->claim_cap;

	s->claim_cap = cap ? cap * 2 : 1024;
	s->claims = calloc(s->claim_cap, sizeof(*s->claims));
	if (!s->claims) {
		s->claims = old;
		s->claim_cap = cap;
		return false;
	}
	for (size_t i = 0; i < cap; i++)
		if (old[i].claim != 0)
			*claim_slot(s, old[i].claim) = old[i];
	free(old);
	return true;
}

static bool
keep_claim(struct payer_state *s, const struct payer_outcome *o)
{
	struct payer_outcome *to;

	if (s->claim_count * 2 >= s->claim_cap && !grow_claims(s))
		return false;
	to = claim_slot(s, o->claim);
	s->claim_count += to->claim == 0;
	*to = *o;
	return true;
}

bool
payer_state_claim(const struct payer_state *s, uint64_t claim,
    struct payer_outcome *to)
{
	const struct payer_outcome *o = s->claim_cap ? claim_slot(s, claim) :
	    NULL;

	if (!o || o->claim == 0)
		return false;
	*to = *o;
	return true;
}

/* ---- the journal -------------------------------------------------------- */

static bool
take_line(struct payer_state *s, const char *line)
{
	struct payer_counts c;
	struct payer_outcome o;
	uint64_t key, limit;
	unsigned which;

	if (sscanf(line, "n %u %" SCNu64, &which, &limit) == 2 &&
	    which < PAYER_NUMBERS) {
		s->next[which] = s->limit[which] = limit;
		return true;
	}
	if (sscanf(line, "c %" SCNx64 " %c %" SCNd64 " %" SCNd64 " %" SCNu64
	    " %" SCNu64 " %u %8s", &o.claim, &o.verdict, &o.charge, &o.paid,
	    &o.number, &o.isa_control, &o.payment, o.date) == 8)
		return o.claim == 0 || keep_claim(s, &o);
	if (sscanf(line, "i %" SCNx64, &key) == 1)
		return add(&s->interchanges, key);
	if (sscanf(line, "f %" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &key,
	    &c.interchanges, &c.sets, &c.claims) == 4) {
		s->counts = c;
		return add(&s->files, key);
	}
	return true;
}

/* What a crash left of a last line is cut off. */
static int
take_journal(struct payer_state *s, char *text, size_t n, struct err *e)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', n - (size_t)(line - text)))) {
		*end = '\0';
		if (!take_line(s, line))
			return err_set(e, -ENOMEM, "out of memory");
		line = end + 1;
	}
	if (ftruncate(s->fd, line - text) < 0 ||
	    lseek(s->fd, 0, SEEK_END) < 0)
		return err_sys(e, "cannot cut the payer's journal");
	return 0;
}

static int
append(struct payer_state *s, struct buf *b, struct err *e)
{
	int rc;

	if (b->failed)
		return err_set(e, -ENOMEM, "out of memory");
	rc = io_write(s->fd, b->p, b->n, "the payer's journal", e);
	return rc < 0 ? rc : io_fsync(s->fd, "the payer's journal", e);
}

static int
open_journal(struct payer_state *s, const char *dir, struct err *e)
{
	char path[320], *text = NULL;
	size_t n = 0;
	int rc;

	snprintf(path, sizeof(path), "%s/journal", dir);
	s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return err_sys(e, "cannot open %s", path);
	if (flock(s->fd, LOCK_EX | LOCK_NB) < 0)
		return err_sys(e, "another payer uses %s", dir);
	rc = io_slurp(path, STATE_JOURNAL_MAX, &text, &n, e);
	if (rc == 0)
		rc = take_journal(s, text, n, e);
	free(text);
	return rc;
}

int
payer_state_open(struct payer_state **to, const char *dir, struct err *e)
{
	struct payer_state *s = calloc(1, sizeof(*s));
	int rc;

	*to = NULL;
	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	s->fd = -1;
	for (unsigned i = 0; i < PAYER_NUMBERS; i++)
		s->next[i] = s->limit[i] = 1;
	rc = io_mkdirs(dir, 0700, e);
	if (rc == 0)
		rc = open_journal(s, dir, e);
	if (rc < 0) {
		payer_state_close(s);
		return rc;
	}
	*to = s;
	return 0;
}

void
payer_state_close(struct payer_state *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->files.slot);
	free(s->interchanges.slot);
	free(s->claims);
	free(s);
}

int
payer_state_number(struct payer_state *s, enum payer_number which,
    uint64_t *to, struct err *e)
{
	struct buf b;
	int rc = 0;

	if (s->next[which] == s->limit[which]) {
		buf_init(&b, 128);
		buf_addf(&b, "n %u %" PRIu64 "\n", which,
		    s->limit[which] + STATE_RESERVE);
		rc = append(s, &b, e);
		buf_free(&b);
		if (rc < 0)
			return rc;
		s->limit[which] += STATE_RESERVE;
	}
	/* ISA13 and GS06 have nine digits. */
	*to = (s->next[which]++ - 1) % 999999999 + 1;
	return 0;
}

bool
payer_state_is_done(const struct payer_state *s, uint64_t file)
{
	return has(&s->files, file);
}

bool
payer_state_is_seen(const struct payer_state *s, uint64_t interchange)
{
	return has(&s->interchanges, interchange);
}

struct payer_counts
payer_state_counts(const struct payer_state *s)
{
	return s->counts;
}

static void
write_claim(struct buf *b, const struct payer_outcome *o)
{
	buf_addf(b, "c %" PRIx64 " %c %" PRId64 " %" PRId64 " %" PRIu64 " %"
	    PRIu64 " %u %s\n", o->claim, o->verdict, o->charge, o->paid,
	    o->number, o->isa_control, o->payment, o->date);
}

int
payer_state_record(struct payer_state *s, const struct payer_done *d,
    struct err *e)
{
	const struct payer_counts *n = &d->counts;
	bool kept = true;
	struct buf b;
	int rc;

	buf_init(&b, 200 + (size_t)d->count * 32 + d->outcome_count * 160);
	for (unsigned i = 0; i < d->count; i++)
		buf_addf(&b, "i %" PRIx64 "\n", d->interchanges[i]);
	for (size_t i = 0; i < d->outcome_count; i++)
		write_claim(&b, &d->outcomes[i]);
	buf_addf(&b, "f %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	    d->file, n->interchanges, n->sets, n->claims);
	rc = append(s, &b, e);
	buf_free(&b);
	if (rc < 0)
		return rc;
	s->counts = *n;
	for (unsigned i = 0; i < d->count; i++)
		kept &= add(&s->interchanges, d->interchanges[i]);
	for (size_t i = 0; i < d->outcome_count; i++)
		kept &= keep_claim(s, &d->outcomes[i]);
	kept &= add(&s->files, d->file);
	return kept ? 0 : err_set(e, -ENOMEM, "out of memory");
}
