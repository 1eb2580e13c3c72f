/* SPDX-License-Identifier: ISC */
#include "cli/show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "edi/money.h"

static struct slice
text(struct show *s)
{
	return buf_slice(&s->text);
}

/* After what stands there, with something between. */
static void
add(struct show *s, const char *between, struct slice value)
{
	if (value.n == 0)
		return;
	if (s->text.n > 0)
		buf_add_str(&s->text, between);
	buf_add_slice(&s->text, value);
}

struct slice
show_name(struct show *s, struct record_at who)
{
	buf_reset(&s->text);
	add(s, "", record_get_text(who, "name"));
	add(s, " ", record_get_text(who, "last_name"));
	add(s, ", ", record_get_text(who, "first_name"));
	add(s, " ", record_get_text(who, "middle_name"));
	add(s, " ", record_get_text(who, "suffix"));
	return text(s);
}

struct slice
show_place(struct show *s, struct record_at address)
{
	struct slice zip = record_get_text(address, "postal_code");

	buf_reset(&s->text);
	add(s, "", record_get_text(address, "city"));
	add(s, ", ", record_get_text(address, "state"));
	if (zip.n == 9) {
		add(s, " ", slice(zip.p, 5));
		add(s, "-", slice(zip.p + 5, 4));
	} else {
		add(s, " ", zip);
	}
	add(s, " ", record_get_text(address, "country"));
	return text(s);
}

struct slice
show_labelled(struct show *s, const char *label, struct slice value)
{
	buf_reset(&s->text);
	if (value.n == 0)
		return value;
	buf_addf(&s->text, "%s ", label);
	buf_add_slice(&s->text, value);
	return text(s);
}

struct slice
show_period(struct show *s, struct slice period)
{
	const char *slash = period.n ? memchr(period.p, '/', period.n) : NULL;

	if (!slash)
		return period;
	buf_reset(&s->text);
	add(s, "", slice(period.p, (size_t)(slash - period.p)));
	add(s, " to ", slice(slash + 1, period.n -
	    (size_t)(slash - period.p) - 1));
	return text(s);
}

struct slice
show_procedure(struct show *s, struct record_at line)
{
	struct record_at m = record_get(line, "procedure.modifiers");

	buf_reset(&s->text);
	add(s, "", record_get_text(line, "procedure.code"));
	for (; m.value; m = record_next(m))
		add(s, "-", m.value->text);
	return text(s);
}

struct slice
show_money(struct show *s, int64_t cents)
{
	char plain[MONEY_TEXT];
	size_t whole, from;

	money_decimal(cents, plain);
	from = plain[0] == '-';
	whole = strcspn(plain, ".");
	buf_reset(&s->text);
	for (size_t i = 0; plain[i]; i++) {
		if (i > from && i < whole && (whole - i) % 3 == 0)
			buf_add_char(&s->text, ',');
		buf_add_char(&s->text, plain[i]);
	}
	return text(s);
}

struct slice
show_amount(struct show *s, struct slice amount)
{
	int64_t cents;

	return money_parse(amount, &cents) ? show_money(s, cents) : amount;
}

int64_t
show_cents(struct record_at at, const char *name)
{
	int64_t cents = 0;

	return record_get_money(at, name, &cents) ? cents : 0;
}

void
show_party(struct show *s, const char *label, struct record_at who,
    const char *id_label)
{
	struct record_at address = record_get(who, "address");

	if (!who.value)
		return;
	page_box(&s->page, label);
	page_line(&s->page, show_name(s, who));
	page_line(&s->page, record_get_text(address, "line1"));
	page_line(&s->page, record_get_text(address, "line2"));
	page_line(&s->page, show_place(s, address));
	page_line(&s->page, show_labelled(s, id_label, record_get_text(who,
	    "id")));
	page_line(&s->page, show_labelled(s, "born", record_get_text(who,
	    "birth_date")));
	page_box_end(&s->page);
}
