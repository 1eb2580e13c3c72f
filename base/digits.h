/* SPDX-License-Identifier: ISC */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

/*
 * Up to eight characters as one number, the first in the highest byte that is
 * used, and what digits among them are worth, without a loop: where numbers
 * end cannot be predicted, and every wrong guess costs more than the sum.
 */

#include <endian.h>

#include "base/slice.h"

/* n is 8 at most; it sorts like the text. */
static inline uint64_t
digits_pack(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = s.n;
	uint32_t a, b;

	if (n < 4) {
		if (n == 0)
			return 0;
		return (uint64_t)p[0] << 8 * (n - 1) |
		    (uint64_t)p[n >> 1] << 8 * (n - 1 - (n >> 1)) | p[n - 1];
	}
	/* Two reads that overlap where there are less than 8. */
	memcpy(&a, p, 4);
	memcpy(&b, p + n - 4, 4);
	return (uint64_t)be32toh(a) << 8 * (n - 4) | be32toh(b);
}

/*
 * The same of 1 to 8 characters, where eight bytes may be read: as in a value
 * of a segment (SEGMENT_SLACK).
 */
static inline uint64_t
digits_load(const char *p, size_t n)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return be64toh(x) >> ((0 - 8 * n) & 63);
}

/* The lowest n characters, 1 to 8, are digits, and nothing is above them. */
static inline bool
digits_only(uint64_t packed, unsigned n)
{
	const uint64_t zeros = 0x3030303030303030;
	uint64_t x = packed ^ zeros >> 8 * (8 - n);

	return (((x + 0x7676767676767676) | x) & 0x8080808080808080) == 0;
}

/* What they are worth. */
static inline uint32_t
digits_value(uint64_t packed)
{
	uint64_t x = packed & 0x0f0f0f0f0f0f0f0f;

	/* Each with the one above it: ones, tens; hundreds; ten thousands. */
	x = x * (256 + 10) >> 8 & 0x00ff00ff00ff00ff;
	x = x * (65536 + 100) >> 16 & 0x0000ffff0000ffff;
	return (uint32_t)(x * (4294967296 + 10000) >> 32);
}

/* A number as text: the end of `to`, which is filled from behind. */
enum { DIGITS_TEXT = 20 };   /* UINT64_MAX */

static inline struct slice
digits_text(uint64_t value, char to[static DIGITS_TEXT])
{
	size_t at = DIGITS_TEXT;

	do
		to[--at] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	return slice(to + at, DIGITS_TEXT - at);
}

/* Where the point of an amount may stand: none, or one or two digits after. */
struct digits_amount {
	uint64_t digits;         /* packed, the point taken out */
	unsigned decimals;       /* 0, 1, 2 */
	bool point;
};

/* Of a text without a sign: its digits are still to be looked at. */
static inline struct digits_amount
digits_amount(uint64_t packed)
{
	if ((packed >> 16 & 0xff) == '.')
		return (struct digits_amount){ packed >> 24 << 16 |
			(packed & 0xffff), 2, true };
	if ((packed >> 8 & 0xff) == '.')
		return (struct digits_amount){ packed >> 16 << 8 |
			(packed & 0xff), 1, true };
	return (struct digits_amount){ packed, 0, false };
}

#endif
