/* SPDX-License-Identifier: ISC */
#include "edi/money.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t
money_magnitude(int64_t cents)
{
	return cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
}

void
money_decimal(int64_t cents, char to[static MONEY_TEXT])
{
	uint64_t m = money_magnitude(cents);

	snprintf(to, MONEY_TEXT, "%s%" PRIu64 ".%02" PRIu64,
	    cents < 0 ? "-" : "", m / 100, m % 100);
}

void
money_text(int64_t cents, char to[static MONEY_TEXT])
{
	size_t n;

	money_decimal(cents, to);
	n = strlen(to);
	while (to[n - 1] == '0')
		n--;
	if (to[n - 1] == '.')
		n--;
	to[n] = '\0';
}

/* The digits after the point, as hundredths; *i is moved past them. */
static bool
money_fraction(struct slice s, size_t *i, int64_t *hundredths)
{
	int64_t v = 0;
	unsigned digits = 0;
	bool up = false;

	for (; *i < s.n; (*i)++, digits++) {
		if (s.p[*i] < '0' || s.p[*i] > '9')
			return false;
		if (digits < 2)
			v = v * 10 + (s.p[*i] - '0');
		else if (digits == 2)
			up = s.p[*i] >= '5';
	}
	for (unsigned d = digits; d < 2; d++)
		v *= 10;
	*hundredths = v + up;
	return digits > 0;
}

static bool __attribute__((noinline))
money_any(struct slice s, int64_t *cents)
{
	size_t i = 0, first;
	int64_t whole = 0, part = 0;
	bool minus = s.n > 0 && s.p[0] == '-';

	if (minus)
		i++;
	for (first = i; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		if (i - first >= 15)
			return false;
		whole = whole * 10 + (s.p[i] - '0');
	}
	if (i < s.n && s.p[i] == '.') {
		size_t point = i++;

		/* "5." is a number, "." is none. */
		if (!money_fraction(s, &i, &part) && point == first)
			return false;
	}
	if (i != s.n || i == first)
		return false;
	*cents = (whole * 100 + part) * (minus ? -1 : 1);
	return true;
}

bool
money_parse(struct slice s, int64_t *cents)
{
	const uint64_t zeros = 0x3030303030303030;

	return (s.n - 1 < 8 && money_digits(digits_pack(s) ^
	    zeros >> 8 * (8 - s.n), cents)) || money_any(s, cents);
}
