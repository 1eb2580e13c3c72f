/* SPDX-License-Identifier: ISC */
/*
 * Most rules are not due at the end of a loop, and that is told of two words
 * of facts: what their gates ask is laid out so that it is seen at a glance.
 */
#include "edi/rule/inner.h"

/* Can the look take the gate, too? */
static bool
look_add(struct rule_look *l, const struct rule_gate *g)
{
	const bool both = g->b_bit != 0;
	const uint64_t bits = g->a_bit | g->b_bit, want = g->none ? 0 : bits;

	if ((both && (!g->none || g->a != g->b)) ||
	    (l->mask && l->word != g->a) ||
	    (l->want ^ want) & l->mask & bits)
		return false;
	l->word = g->a;
	l->mask |= bits;
	l->want |= want;
	return true;
}

/*
 * What can be told of one word of facts is taken out of the rule's gates: of
 * this word, or of any.
 */
static struct rule_look
look_make(struct rule_bound *r, const uint64_t *word)
{
	static const uint64_t none = 0;
	struct rule_look l = { .word = word ? word : &none };
	uint8_t n = 0;

	for (unsigned i = 0; i < r->gate_count; i++)
		if ((word && r->gates[i].a != word) ||
		    !look_add(&l, &r->gates[i]))
			r->gates[n++] = r->gates[i];
	r->gate_count = n;
	return l;
}

/* How many rules of the loop look at the word. */
static unsigned
due_looks(const struct rule_bound *r, const uint64_t *word)
{
	unsigned n = 0;

	for (; r; r = r->next_here)
		for (unsigned i = 0; i < r->gate_count; i++)
			n += r->gates[i].a == word;
	return n;
}

/* The word that most rules of the loop look at, of those of the first few. */
static const uint64_t *
due_word(const struct rule_bound *first)
{
	enum { FEW = 64 };
	static const uint64_t none = 0;
	const struct rule_bound *r = first;
	const uint64_t *word = &none;
	unsigned most = 0;

	for (unsigned few = 0; r && few < FEW; few++, r = r->next_here)
		for (unsigned i = 0; i < r->gate_count; i++) {
			unsigned n = due_looks(first, r->gates[i].a);

			word = n > most ? r->gates[i].a : word;
			most = n > most ? n : most;
		}
	return word;
}

/* What is looked at of every rule that may be due, close together. */
static struct rule_due
due_make(struct rule_bound *r, const uint64_t *word)
{
	const struct rule_info *i = &r->rule->info;
	struct rule_look main = look_make(r, word);
	struct rule_due d = { .bound = r, .mask = main.mask,
		.want = main.want, .other = look_make(r, NULL) };

	r->always = i->from == 0 && i->until == 0;
	r->plain = r->always && !r->shared && r->gates_all &&
	    r->gate_count == 0;
	return d;
}

static bool
due_row(struct rule_book *k, uint16_t loop)
{
	struct rule_dues *to = &k->dues[loop];
	struct rule_bound *r;
	struct rule_due *row;
	unsigned n = 0;

	for (r = k->by_at[loop]; r; r = r->next_here)
		n++;
	row = arena_array(&k->arena, n + 1, sizeof(*row));
	if (!row)
		return false;
	to->row = row;
	to->word = due_word(k->by_at[loop]);
	for (r = k->by_at[loop]; r; r = r->next_here)
		*row++ = due_make(r, to->word);
	return true;
}

bool
rule_dues_make(struct rule_book *k)
{
	bool good = true;

	for (uint16_t i = 0; good && i < k->guide->loop_count; i++)
		good = due_row(k, i);
	return good;
}
