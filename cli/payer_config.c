/* SPDX-License-Identifier: ISC */
#include "cli/payer_config.h"

#include "base/io.h"
#include "base/nearest.h"
#include "edi/money.h"

#include <stdlib.h>

enum { CONFIG_MAX = 64 * 1024 };

const char *
payer_kind_text(enum payer_kind kind)
{
	static const char *const names[PAYER_KINDS] = {
		[PAYER_TA1] = "TA1", [PAYER_999] = "999",
		[PAYER_277CA] = "277CA", [PAYER_835] = "835",
		[PAYER_277] = "277", [PAYER_271] = "271",
	};

	return kind < PAYER_KINDS ? names[kind] : "";
}

bool
payer_rule_strikes(const struct payer_rule *r, uint64_t nth, int64_t amount)
{
	return (r->every > 0 && nth % r->every == 0) ||
	    (r->has_amount && r->amount == amount);
}

/* ---- one value: each function takes the text, or says what it should be - */

struct key;
typedef const char *take_fn(struct payer_config *c, const struct key *k,
    const char *value);

struct key {
	const char *name;
	take_fn *take;
	size_t offset, size;
	uint32_t max;
};

static void *
field(struct payer_config *c, const struct key *k)
{
	return (char *)c + k->offset;
}

static const char *
take_text(struct payer_config *c, const struct key *k, const char *value)
{
	if (!slice_copy(slice_str(value), field(c, k), k->size))
		return "is too long";
	return NULL;
}

static const char *
take_number(struct payer_config *c, const struct key *k, const char *value)
{
	uint64_t n;

	if (!slice_u64(slice_str(value), &n) || n > k->max)
		return "must be a number that is not too large";
	*(uint32_t *)field(c, k) = (uint32_t)n;
	return NULL;
}

static const char *
take_money(struct payer_config *c, const struct key *k, const char *value)
{
	if (!money_parse(slice_str(value), field(c, k)))
		return "must be an amount such as 10.50";
	return NULL;
}

static const char *
take_every(struct payer_config *c, const struct key *k, const char *value)
{
	struct payer_rule *r = field(c, k);
	uint64_t n;

	if (!slice_u64(slice_str(value), &n) || n > UINT32_MAX)
		return "must be a number: 3 strikes every third";
	r->every = (uint32_t)n;
	return NULL;
}

static const char *
take_amount(struct payer_config *c, const struct key *k, const char *value)
{
	struct payer_rule *r = field(c, k);

	if (!money_parse(slice_str(value), &r->amount))
		return "must be a claim's amount such as 66.60";
	r->has_amount = true;
	return NULL;
}

static const char *
take_bool(struct payer_config *c, const struct key *k, const char *value)
{
	bool yes = strcmp(value, "yes") == 0 || strcmp(value, "true") == 0;

	if (!yes && strcmp(value, "no") != 0 && strcmp(value, "false") != 0)
		return "must be yes or no";
	*(bool *)field(c, k) = yes;
	return NULL;
}

static const char *
take_consume(struct payer_config *c, const struct key *k, const char *value)
{
	static const char *const names[] = { [PAYER_DELETE] = "delete",
		[PAYER_MOVE] = "move", [PAYER_LEAVE] = "leave" };

	(void)k;
	for (unsigned i = 0; i < 3; i++) {
		if (strcmp(names[i], value) == 0) {
			c->consume = i;
			return NULL;
		}
	}
	return "must be delete, move or leave";
}

/* The next word of a list such as "TA1 999"; PAYER_KINDS: the end; -1: bad. */
static int
next_kind(const char **p)
{
	size_t n;

	*p += strspn(*p, " ,\t");
	n = strcspn(*p, " ,\t");
	if (n == 0)
		return PAYER_KINDS;
	for (int k = 0; k < PAYER_KINDS; k++) {
		if (strlen(payer_kind_text(k)) == n &&
		    strncasecmp(payer_kind_text(k), *p, n) == 0) {
			*p += n;
			return k;
		}
	}
	return -1;
}

static const char *
take_kinds(struct payer_config *c, const struct key *k, const char *value)
{
	uint32_t *mask = field(c, k);
	int kind;

	*mask = 0;
	while ((kind = next_kind(&value)) != PAYER_KINDS) {
		if (kind < 0)
			return "must list some of TA1 999 277CA 835 277 "
			    "271";
		*mask |= 1u << kind;
	}
	return NULL;
}

static const char *
take_answers(struct payer_config *c, const struct key *k, const char *value)
{
	int kind;

	(void)k;
	c->answer_count = 0;
	while ((kind = next_kind(&value)) != PAYER_KINDS) {
		if (kind < 0 || c->answer_count == PAYER_KINDS)
			return "must list some of TA1 999 277CA 835 277 "
			    "271, in order";
		c->answers[c->answer_count++] = (uint8_t)kind;
	}
	return NULL;
}

/* ---- the keys ----------------------------------------------------------- */

#define FIELD(f) \
	offsetof(struct payer_config, f), sizeof(((struct payer_config *)0)->f)
#define TEXT(name, f) { name, take_text, FIELD(f), 0 }
#define NUMBER(name, f, max) { name, take_number, FIELD(f), max }
#define RULE(name, f) \
	{ name "_every", take_every, FIELD(f), 0 }, \
	{ name "_amount", take_amount, FIELD(f), 0 }
#define KINDS(name, f) { name, take_kinds, FIELD(f), 0 }

static const struct key keys[] = {
	TEXT("inbound", inbound),
	TEXT("outbound", outbound),
	TEXT("state", state),
	TEXT("archive", archive),
	{ "consume", take_consume, FIELD(consume), 0 },
	TEXT("isa_qualifier", qualifier),
	TEXT("isa_id", id),
	TEXT("gs_id", application),
	TEXT("name", name),
	TEXT("payer_id", payer_id),
	TEXT("tax_id", tax),
	TEXT("phone", phone),
	TEXT("street", street),
	TEXT("city", city),
	TEXT("region", region),
	TEXT("zip", zip),
	{ "answers", take_answers, FIELD(answers), 0 },
	{ "validate", take_bool, FIELD(validate), 0 },
	NUMBER("delay_ta1", delay[PAYER_TA1], 86400000),
	NUMBER("delay_999", delay[PAYER_999], 86400000),
	NUMBER("delay_277ca", delay[PAYER_277CA], 86400000),
	NUMBER("delay_835", delay[PAYER_835], 86400000),
	NUMBER("delay_277", delay[PAYER_277], 86400000),
	NUMBER("delay_271", delay[PAYER_271], 86400000),
	NUMBER("pay_percent", pay_percent, 100),
	NUMBER("patient_percent", patient_percent, 100),
	TEXT("plb_reason", plb_reason),
	{ "plb_amount", take_money, FIELD(plb_amount), 0 },
	TEXT("unknown_member", unknown_member),
	RULE("reject_ta1", reject_ta1),
	TEXT("reject_ta1_note", reject_ta1_note),
	RULE("reject_999", reject_999),
	RULE("reject_277ca", reject_277ca),
	TEXT("reject_277ca_status", reject_277ca_status),
	RULE("deny", deny),
	TEXT("deny_group", deny_group),
	TEXT("deny_reason", deny_reason),
	KINDS("wrong_pairing", wrong_pairing),
	KINDS("truncate", truncate),
	KINDS("garbage", garbage),
	KINDS("repeat_same_bytes", repeat_same_bytes),
	KINDS("repeat_same_name", repeat_same_name),
	NUMBER("repeat_delay", repeat_delay, 86400000),
	{ "one_277ca_per_claim", take_bool, FIELD(one_277ca_per_claim), 0 },
};
enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static const struct payer_config defaults = {
	.name = "SIMULATED PAYER", .payer_id = "SIMPAYER", .tax = "990000000",
	.phone = "8005550100", .street = "1 NOWHERE PLAZA", .city = "TESTVILLE",
	.region = "OH", .zip = "43215",
	.answers = { PAYER_TA1, PAYER_999, PAYER_277CA, PAYER_835, PAYER_277,
		PAYER_271 },
	.answer_count = PAYER_KINDS, .validate = true,
	.pay_percent = 80, .patient_percent = 10, .plb_reason = "WO",
	.reject_ta1_note = "006", .reject_277ca_status = "A7:562:85",
	.deny_group = "CO", .deny_reason = "197", .repeat_delay = 2000,
};

/* ---- the file ----------------------------------------------------------- */

static char *
trim(char *s)
{
	char *end;

	s += strspn(s, " \t\r");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r", end[-1]))
		*--end = '\0';
	return s;
}

static int
unknown_key(const char *path, unsigned line, const char *name, struct err *e)
{
	struct nearest near;

	nearest_init(&near, name);
	for (unsigned i = 0; i < KEYS; i++)
		nearest_try(&near, keys[i].name);
	if (nearest_found(&near))
		return err_set(e, -EINVAL, "%s:%u: there is no key %s; did "
		    "you mean %s?", path, line, name, nearest_found(&near));
	return err_set(e, -EINVAL, "%s:%u: there is no key %s", path, line,
	    name);
}

static int
take_line(struct payer_config *c, const char *path, unsigned line, char *text,
    struct err *e)
{
	char *name, *value;
	const char *why;

	text[strcspn(text, "#")] = '\0';
	name = trim(text);
	if (name[0] == '\0')
		return 0;
	value = strchr(name, ':');
	if (!value)
		return err_set(e, -EINVAL, "%s:%u: not key: value", path, line);
	*value++ = '\0';
	name = trim(name);
	for (unsigned i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		why = keys[i].take(c, &keys[i], trim(value));
		if (why)
			return err_set(e, -EINVAL, "%s:%u: %s %s", path, line,
			    name, why);
		return 0;
	}
	return unknown_key(path, line, name, e);
}

static int
check(const struct payer_config *c, const char *path, struct err *e)
{
	const struct {
		const char *name, *value;
	} needed[] = {
		{ "inbound", c->inbound }, { "outbound", c->outbound },
		{ "state", c->state },
		{ "archive", c->consume == PAYER_MOVE ? c->archive : "-" },
	};

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (needed[i].value[0] == '\0')
			return err_set(e, -EINVAL, "%s: %s: is missing", path,
			    needed[i].name);
	if (strlen(c->tax) != 9)
		return err_set(e, -EINVAL, "%s: tax_id must be 9 digits", path);
	if (c->pay_percent + c->patient_percent > 100)
		return err_set(e, -EINVAL, "%s: pay_percent and "
		    "patient_percent are more than 100 together", path);
	return 0;
}

int
payer_config_load(struct payer_config *c, const char *path, struct err *e)
{
	char *text = NULL, *save = NULL, *line;
	unsigned number = 0;
	size_t n;
	int rc;

	*c = defaults;
	rc = io_slurp(path, CONFIG_MAX, &text, &n, e);
	if (rc < 0)
		return rc;
	for (save = text; rc == 0 && (line = strsep(&save, "\n"));)
		rc = take_line(c, path, ++number, line, e);
	free(text);
	return rc < 0 ? rc : check(c, path, e);
}
