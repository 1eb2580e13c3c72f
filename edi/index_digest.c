/* SPDX-License-Identifier: ISC */
/*
 * What a claim says, in 128 bits: its segments with delimiters of our own, and
 * without separators that nothing follows. Two claims of one digest are the
 * same claim, in whatever envelope, line form and delimiters they came.
 */
#include "edi/index_parts.h"

static const char between_elements[] = "\x1d", between_parts[] = "\x1f",
    between_repeats[] = "\x1e", after_segment[] = "\x1c";

static void
digest_element(struct hash128 *h, struct slice s, const struct delimiters *d)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool part = s.p[i] == d->component;

		if (!part && (s.p[i] != d->repetition || !d->repetition))
			continue;
		hash128_add(h, s.p + from, i - from);
		hash128_add(h, part ? between_parts : between_repeats, 1);
		from = i + 1;
	}
	if (s.n > from)
		hash128_add(h, s.p + from, s.n - from);
}

void
index_digest(struct hash128 *h, const struct segment *s)
{
	struct slice id = segment_id(s);
	unsigned n = s->count;

	while (n > 0 && segment_element(s, n).n == 0)
		n--;
	hash128_add(h, id.p, id.n);
	for (unsigned i = 1; i <= n; i++) {
		hash128_add(h, between_elements, 1);
		digest_element(h, segment_element(s, i), s->delimiters);
	}
	hash128_add(h, after_segment, 1);
}
