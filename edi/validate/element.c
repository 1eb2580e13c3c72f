/* SPDX-License-Identifier: ISC */
#include "edi/validate/core.h"

#include <stdio.h>

#include "edi/calendar.h"

/* ---- lengths ------------------------------------------------------------ */

static void __attribute__((cold))
say_length(struct validator *v, const struct guide_element *el,
    struct slice value, size_t n)
{
	bool doubt = el->doubt & DOUBT_LENGTH;

	if (n < el->min)
		validate_say(v, FINDING_ELEMENT_TOO_SHORT, el, value,
		    doubt ? SEVERITY_WARNING : 0,
		    "%s: at least %u characters, has %zu", el->name, el->min,
		    n);
	else
		validate_say(v, n > el->standard_max ?
		    FINDING_ELEMENT_TOO_LONG :
		    FINDING_ELEMENT_LONGER_THAN_GUIDE, el, value,
		    doubt && n <= el->standard_max ? SEVERITY_WARNING : 0,
		    "%s: at most %u characters, has %zu", el->name, el->max,
		    n);
}

static inline bool
length_ok(struct validator *v, const struct guide_element *el,
    struct slice value, size_t n)
{
	if (n >= el->min && n <= el->max)
		return true;
	say_length(v, el, value, n);
	return false;
}

/* ---- codes -------------------------------------------------------------- */

static void
list_codes(const struct guide_codes *codes, char *to, size_t cap)
{
	size_t n = (size_t)snprintf(to, cap, "use %s",
	    codes->count > 1 ? "one of " : "");

	for (uint32_t i = 0; i < codes->count && n < cap; i++) {
		if (n + codes->text[i].n + 6 > cap) {
			snprintf(to + n, cap - n, " ..");
			return;
		}
		n += (size_t)snprintf(to + n, cap - n, "%s%.*s",
		    i == 0 ? "" : ", ", SLICE_ARG(codes->text[i]));
	}
}

static void __attribute__((cold))
say_code(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	char list[80];
	bool known = el->known && guide_codes_has(el->known, value);

	list_codes(el->codes, list, sizeof(list));
	validate_say(v, known ? FINDING_CODE_NOT_USED : FINDING_CODE_INVALID,
	    el, value, el->doubt & DOUBT_CODES ? SEVERITY_WARNING : 0, "%s",
	    list);
}

/* ---- numbers ------------------------------------------------------------ */

static void __attribute__((cold))
say_amount(struct validator *v, const struct guide_element *el,
    struct slice value, const struct validate_number *n)
{
	if (n->digits > v->amount_digits)
		validate_say(v, FINDING_AMOUNT_DIGITS, el, value, 0,
		    "%s: has %u digits", el->name, n->digits);
	if (n->decimals > v->amount_decimals)
		validate_say(v, FINDING_AMOUNT_DECIMALS, el, value, 0,
		    "%s: has %u decimals", el->name, n->decimals);
}

static void
check_number(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	struct validate_number n = validate_number(value);

	if (!n.valid || (n.point && el->type == GUIDE_N)) {
		validate_say(v, FINDING_ELEMENT_NOT_NUMBER, el, value, 0,
		    "%s", el->name);
		return;
	}
	if (!length_ok(v, el, value, n.digits))
		return;
	if (n.padded && n.digits > el->min)
		validate_say(v, FINDING_LEADING_ZERO, el, value, 0, "%s",
		    el->name);
	if ((el->flags & GUIDE_AMOUNT) && v->amount_digits != 0)
		say_amount(v, el, value, &n);
}

/* ---- text --------------------------------------------------------------- */

static void __attribute__((cold))
say_blanks(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	if (slice_rtrim(value).n == 0) {
		validate_say(v, FINDING_ELEMENT_BLANK, el, value, 0, "%s",
		    el->name);
		return;
	}
	if (value.p[0] == ' ')
		validate_say(v, FINDING_LEADING_BLANK, el, value, 0, "%s",
		    el->name);
	/* Blanks at the end may fill up to the least length. */
	if (value.p[value.n - 1] == ' ' && value.n > el->min)
		validate_say(v, FINDING_TRAILING_BLANK, el, value, 0, "%s",
		    el->name);
}

static inline void
check_text(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	if (!length_ok(v, el, value, value.n))
		return;
	if (value.p[0] == ' ' || value.p[value.n - 1] == ' ')
		say_blanks(v, el, value);
}

static void
check_date(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	if (!length_ok(v, el, value, value.n))
		return;
	if (!(value.n == 8 ? calendar_date8(value) : calendar_date6(value)))
		validate_say(v, FINDING_DATE_INVALID, el, value, 0, "%s",
		    el->name);
}

static void
check_time(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	if (!length_ok(v, el, value, value.n))
		return;
	if (!calendar_time(value))
		validate_say(v, FINDING_TIME_INVALID, el, value, 0, "%s",
		    el->name);
}

void
validate_value(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	switch (el->type) {
	case GUIDE_N:
	case GUIDE_R:
		check_number(v, el, value);
		break;
	case GUIDE_DT:
		check_date(v, el, value);
		break;
	case GUIDE_TM:
		check_time(v, el, value);
		break;
	default:
		if (el->codes && !guide_codes_has(el->codes, value)) {
			/* A wrong length is told as that. */
			if (length_ok(v, el, value, value.n))
				say_code(v, el, value);
			return;
		}
		check_text(v, el, value);
		return;
	}
	if (el->codes && !guide_codes_has(el->codes, value))
		say_code(v, el, value);
}
