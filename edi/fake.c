/* SPDX-License-Identifier: ISC */
#include "edi/fake.h"
#include "edi/calendar.h"
#include "edi/codes.h"

enum {
	FAKE_PIECE = 128,       /* characters permuted together */
	FAKE_ROUNDS = 10,
	FAKE_WEEKS = 52,
};

/* ---- SipHash-2-4 --------------------------------------------------------- */

static uint64_t
rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t
sip(const uint64_t key[2], struct slice s)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575,
	    key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
	    key[1] ^ 0x7465646279746573 }, m = 0;

	for (size_t i = 0; i <= s.n; i++) {
		uint8_t c = i < s.n ? (uint8_t)s.p[i] : (uint8_t)s.n;
		unsigned at = i < s.n ? i % 8 : 7;

		m |= (uint64_t)c << 8 * at;
		if (at != 7)
			continue;
		v[3] ^= m;
		sip_round(v);
		sip_round(v);
		v[0] ^= m;
		m = 0;
	}
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
fake_init(struct fake *f, struct slice seed)
{
	static const uint64_t one[2] = { 1, 1 }, two[2] = { 2, 2 };

	f->key[0] = sip(one, seed);
	f->key[1] = sip(two, seed);
	/* Weeks, so that a Sunday stays one; backwards, so that what is not
	 * in the future does not get there. */
	f->days = -7 * (1 + (int32_t)(sip(f->key, SLICE_LIT("days")) %
	    FAKE_WEEKS));
}

/* ---- identifiers --------------------------------------------------------- */

static unsigned
radix_of(char c, char *first)
{
	*first = c >= '0' && c <= '9' ? '0' : c >= 'A' && c <= 'Z' ? 'A' :
	    c >= 'a' && c <= 'z' ? 'a' : '\0';
	return *first == '0' ? 10 : *first ? 26 : 1;
}

/* Add to the characters of one half what the other half gives. */
static void
mix(const struct fake *f, unsigned round, const char *from, size_t from_n,
    char *to, size_t n)
{
	char text[FAKE_PIECE + 4] = { (char)round, (char)n };
	uint64_t v = 0, left = 0;

	memcpy(text + 3, from, from_n);
	for (size_t i = 0; i < n; i++) {
		char first;
		unsigned radix = radix_of(to[i], &first);

		if (left < 26) {
			text[2] = (char)i;
			v = sip(f->key, slice(text, from_n + 3));
			left = UINT64_MAX >> 8;
		}
		if (radix > 1)
			to[i] = (char)(first + ((unsigned)(to[i] - first) +
			    v % radix) % radix);
		v /= radix;
		left /= radix;
	}
}

/* A Feistel network over two halves of characters: a permutation. */
static void
permute(const struct fake *f, char *p, size_t n)
{
	size_t half = n / 2;

	for (unsigned round = 0; round < FAKE_ROUNDS; round++)
		if (round % 2 == 0)
			mix(f, round, p, half, p + half, n - half);
		else
			mix(f, round, p + half, n - half, p, half);
}

/* The set by whose check digit a number is known, or NULL. */
static const struct code_set *
checked_by(struct slice s)
{
	static const char *const sets[] = { "npi", "aba_routing" };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const struct code_set *set =
		    code_set_find(slice_str(sets[i]));

		if (set && set->extra && code_shape_matches(set->shape, s) &&
		    set->extra(s))
			return set;
	}
	return NULL;
}

static void
permute_checked(const struct fake *f, const struct code_set *set, char *p,
    size_t n)
{
	/* The first digit tells whose number it is. */
	permute(f, p + 1, n - 2);
	for (char c = '0'; c <= '9'; c++) {
		p[n - 1] = c;
		if (set->extra(slice(p, n)))
			return;
	}
}

void
fake_id(const struct fake *f, struct slice s, struct buf *to)
{
	const struct code_set *set = checked_by(s), *now;
	char *p = buf_space(to, s.n);

	if (!p)
		return;
	memcpy(p, s.p, s.n);
	to->n += s.n;
	if (set) {
		permute_checked(f, set, p, s.n);
		return;
	}
	for (size_t i = 0; i < s.n; i += FAKE_PIECE)
		permute(f, p + i, s.n - i < FAKE_PIECE ? s.n - i :
		    FAKE_PIECE);
	/* A wrong check digit must not become right by chance; what follows
	 * keeps two of them apart: only right ones are stepped over. */
	while ((now = checked_by(slice(p, s.n))) != NULL)
		permute(f, p, s.n);
}

/* ---- text ---------------------------------------------------------------- */

static bool
is_word(char c)
{
	char first;

	return radix_of(c, &first) > 1;
}

static void
fake_word(const struct fake *f, struct slice s, char *to)
{
	static const char soft[] = "AEIOU", hard[] = "BDFGKLMNPRSTVZ";
	uint64_t h = sip(f->key, s), v = h;
	bool vowel = h >> 63;

	for (size_t i = 0; i < s.n; i++, v /= 14) {
		char first, c;

		if (i % 12 == 11)
			v = sip(f->key, slice((char *)&h, sizeof(h))) + i;
		if (radix_of(s.p[i], &first) == 10) {
			to[i] = (char)('0' + v % 10);
			continue;
		}
		c = vowel ? soft[v % 5] : hard[v % 14];
		to[i] = (char)(first == 'a' ? c + ('a' - 'A') : c);
		vowel = !vowel;
	}
}

/* What says only that it is a post box. */
static size_t
fixed_words(struct slice s)
{
	static const char *const words[] = { "PO BOX ", "P.O. BOX " };

	for (size_t i = 0; i < 2; i++)
		if (s.n > strlen(words[i]) &&
		    strncasecmp(s.p, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

void
fake_text(const struct fake *f, struct slice s, struct buf *to)
{
	char *p = buf_space(to, s.n);
	size_t i = fixed_words(s), n;

	if (!p)
		return;
	memcpy(p, s.p, s.n);
	to->n += s.n;
	for (; i < s.n; i += n > 0 ? n : 1) {
		for (n = 0; i + n < s.n && is_word(s.p[i + n]); n++)
			;
		if (n > 0)
			fake_word(f, slice(s.p + i, n), p + i);
	}
}

/* ---- dates --------------------------------------------------------------- */

/* Days of the civil calendar since a day long ago, and back. */
static int32_t
days_of(int32_t y, int32_t m, int32_t d)
{
	y -= m <= 2;
	m += m <= 2 ? 9 : -3;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d;
}

static void
shift(const struct fake *f, int32_t *y, int32_t *m, int32_t *d)
{
	int32_t days = days_of(*y, *m, *d) + f->days;
	int32_t year = (int32_t)((int64_t)days * 400 / 146097) + 1, n;

	while (days_of(year, 3, 1) > days)
		year--;
	n = days - days_of(year, 3, 1);
	*m = (5 * n + 2) / 153;
	*d = n - (153 * *m + 2) / 5 + 1;
	*y = year + (*m >= 10);
	*m += *m >= 10 ? -9 : 3;
}

static int32_t
number_at(const char *p, unsigned n)
{
	int32_t v = 0;

	while (n-- > 0)
		v = v * 10 + (*p++ - '0');
	return v;
}

static void
put_at(char *p, unsigned n, int32_t v)
{
	for (; n-- > 0; v /= 10)
		p[n] = (char)('0' + v % 10);
}

static bool
fake_run(const struct fake *f, char *p, size_t n)
{
	int32_t y, m = 7, d = 1;

	if (n >= 8 && calendar_date8(slice(p, 8)) && number_at(p, 4) > 1) {
		y = number_at(p, 4), m = number_at(p + 4, 2);
		d = number_at(p + 6, 2);
		shift(f, &y, &m, &d);
		put_at(p, 4, y), put_at(p + 4, 2, m), put_at(p + 6, 2, d);
	} else if (n == 6 &&
	    (number_at(p, 2) == 19 || number_at(p, 2) == 20) &&
	    number_at(p + 4, 2) >= 1 && number_at(p + 4, 2) <= 12) {
		y = number_at(p, 4), m = number_at(p + 4, 2), d = 15;
		shift(f, &y, &m, &d);
		put_at(p, 4, y), put_at(p + 4, 2, m);
	} else if (n == 6 && calendar_date6(slice(p, 6))) {
		y = 2000 + number_at(p, 2), m = number_at(p + 2, 2);
		d = number_at(p + 4, 2);
		shift(f, &y, &m, &d);
		put_at(p, 2, y % 100), put_at(p + 2, 2, m);
		put_at(p + 4, 2, d);
	} else if (n == 4 && number_at(p, 4) > 1) {
		y = number_at(p, 4);
		shift(f, &y, &m, &d);
		put_at(p, 4, y);
	} else {
		return false;
	}
	return true;
}

void
fake_date(const struct fake *f, struct slice s, struct buf *to)
{
	char *p = buf_space(to, s.n), first;
	size_t n;

	if (!p)
		return;
	memcpy(p, s.p, s.n);
	to->n += s.n;
	for (size_t i = 0; i < s.n; i += n > 0 ? n : 1) {
		for (n = 0; i + n < s.n && p[i + n] >= '0' &&
		    p[i + n] <= '9'; n++)
			;
		if (n > 0 && !fake_run(f, p + i, n))
			memset(p + i, '9', n);
		else if (n == 0 && radix_of(p[i], &first) > 1)
			p[i] = (char)(first + 23);
	}
}
