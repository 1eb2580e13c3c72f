/* SPDX-License-Identifier: ISC */
#include "edi/validate/core.h"

#include "edi/calendar.h"

/*
 * The forms of DE 1250, in letters: D a date of eight digits, d of six, T a
 * time HHMM[SS..], t HHMM alone, Y a year, M a month of a year, - itself.
 */
static const struct {
	const char *qualifier, *form, *example;
} forms[] = {
	{ "D8", "D", "CCYYMMDD" },
	{ "RD8", "D-D", "CCYYMMDD-CCYYMMDD" },
	{ "DT", "Dt", "CCYYMMDDHHMM" },
	{ "TM", "t", "HHMM" },
	{ "D6", "d", "YYMMDD" },
	{ "RD6", "d-d", "YYMMDD-YYMMDD" },
	{ "RDT", "Dt-Dt", "CCYYMMDDHHMM-CCYYMMDDHHMM" },
	{ "RTM", "t-t", "HHMM-HHMM" },
	{ "CY", "Y", "CCYY" },
	{ "CM", "M", "CCYYMM" },
	{ "TS", "DS", "CCYYMMDDHHMMSS" },
};

static bool
take(struct slice *s, size_t n, struct slice *part)
{
	if (s->n < n)
		return false;
	*part = slice(s->p, n);
	*s = slice(s->p + n, s->n - n);
	return true;
}

static bool
is_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool
is_month(struct slice s)
{
	char day[8];

	memcpy(day, s.p, 6);
	memcpy(day + 6, "01", 2);
	return calendar_date8(slice(day, 8));
}

static bool
letter_fits(char letter, struct slice *s)
{
	struct slice part;

	switch (letter) {
	case 'D':
		return take(s, 8, &part) && calendar_date8(part);
	case 'd':
		return take(s, 6, &part) && calendar_date6(part);
	case 't':
		return take(s, 4, &part) && calendar_time(part);
	case 'S':
		return take(s, 6, &part) && calendar_time(part);
	case 'Y':
		return take(s, 4, &part) && is_digits(part);
	case 'M':
		return take(s, 6, &part) && is_month(part);
	default:
		return take(s, 1, &part) && part.p[0] == letter;
	}
}

static bool
form_fits(const char *form, struct slice s)
{
	for (; *form; form++)
		if (!letter_fits(*form, &s))
			return false;
	return s.n == 0;
}

/* Both halves have one form, so they compare as text. */
static bool
is_backward(struct slice s)
{
	size_t half = (s.n - 1) / 2;

	return s.n % 2 == 1 && s.p[half] == '-' &&
	    memcmp(s.p, s.p + half + 1, half) > 0;
}

void
validate_period(struct validator *v, const struct guide_element *el,
    struct slice format, struct slice value)
{
	if (format.n == 2 && format.p[0] == 'D' && format.p[1] == '8' &&
	    value.n == 8 && calendar_date8(value))
		return;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (!slice_is(format, forms[i].qualifier))
			continue;
		if (!form_fits(forms[i].form, value))
			validate_say(v, FINDING_PERIOD_FORMAT, el, value, 0,
			    "%s is %s", forms[i].qualifier, forms[i].example);
		else if (value.n > 9 && is_backward(value))
			validate_say(v, FINDING_PERIOD_BACKWARD, el, value, 0,
			    "%s", el->name);
		return;
	}
}
