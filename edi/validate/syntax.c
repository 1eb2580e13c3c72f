/* SPDX-License-Identifier: ISC */
#include "edi/validate/core.h"

#include <stdio.h>

/* The element to point at: the first that is wrong. */
static unsigned
culprit(const struct guide_syntax *n, uint32_t present)
{
	uint32_t bits = n->kind == 'E' ? present & n->rest :
	    n->all & ~present;

	if (n->kind == 'E' && bits == 0)
		return n->first;
	return bits ? (unsigned)__builtin_ctz(bits) + 1 : n->first;
}

static void __attribute__((cold))
say(struct validator *v, const struct guide_element *composite,
    const struct guide_syntax *n, uint32_t present)
{
	static const struct {
		char kind;
		enum finding_id id;
	} kinds[] = {
		{ 'P', FINDING_SYNTAX_PAIRED },
		{ 'R', FINDING_SYNTAX_REQUIRED },
		{ 'E', FINDING_SYNTAX_EXCLUSIVE },
		{ 'C', FINDING_SYNTAX_CONDITIONAL },
		{ 'L', FINDING_SYNTAX_LIST },
	};
	const struct guide_element *el;
	unsigned at = culprit(n, present), len = 0;
	char list[80] = "";

	for (unsigned i = 0; i < 32 && len + 12 < sizeof(list); i++)
		if (n->all & 1u << i)
			len += (unsigned)snprintf(list + len,
			    sizeof(list) - len, composite ? "%s%u" : "%s%02u",
			    len ? ", " : composite ? "components " :
			    "elements ", i + 1);
	if (composite) {
		v->component = at;
		el = &composite->components[at - 1];
	} else {
		v->element = at;
		el = &v->now->node->elements[at - 1];
	}
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].kind == n->kind)
			validate_say(v, kinds[i].id, el, slice(NULL, 0), 0,
			    "%s", list);
	v->component = 0;
}

void
validate_note(struct validator *v, const struct guide_element *composite,
    const struct guide_syntax *note, uint32_t present)
{
	if (!guide_note_holds(note, present))
		say(v, composite, note, present);
}
