/* SPDX-License-Identifier: ISC */
#include "cli/ctl_words.h"

#include "cli/ctl_table.h"

static const struct {
	const char *kind, *name;
} kinds[] = {
	{ "ta1", "TA1" }, { "999_group", "999 of the group" },
	{ "999_set", "999 of the set" },
	{ "277_batch", "277CA of the batch" }, { "277_claim", "277CA" },
	{ "835_claim", "835" },
};

static const char *
kind_name(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].name;
	return kind;
}

static void
answer_money(json_t *answer, struct buf *to)
{
	if (strcmp(ctl_string(answer, "kind"), "835_claim") != 0)
		return;
	buf_add_str(to, ": charged ");
	ctl_value(answer, "amount", CTL_MONEY, to);
	buf_add_str(to, ", paid ");
	if (json_object_get(answer, "paid"))
		ctl_value(answer, "paid", CTL_MONEY, to);
	else
		buf_add_str(to, "0.00");
}

void
ctl_answer_words(json_t *answer, struct buf *to)
{
	const char *code = ctl_string(answer, "code");

	ctl_clean(to, kind_name(ctl_string(answer, "kind")));
	buf_add_str(to, ": ");
	ctl_clean(to, ctl_string(answer, "word"));
	buf_add_str(to, " (");
	ctl_clean(to, ctl_string(answer, "status"));
	if (*code && strcmp(code, "000") != 0) {
		buf_add_str(to, ", code ");
		ctl_clean(to, code);
	}
	buf_add_str(to, ")");
	answer_money(answer, to);
}

void
ctl_acknowledged_words(json_t *acknowledged, struct buf *to)
{
	buf_add_str(to, "our ");
	ctl_clean(to, ctl_string(acknowledged, "x12"));
	buf_add_str(to, " to it: ");
	ctl_clean(to, ctl_string(acknowledged, "word"));
	buf_add_str(to, " (");
	ctl_clean(to, ctl_string(acknowledged, "status"));
	buf_add_str(to, "), ");
	ctl_clean(to, ctl_string(acknowledged, "state"));
}
