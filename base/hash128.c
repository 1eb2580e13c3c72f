/* SPDX-License-Identifier: ISC */
#include "base/hash128.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>

#define C1 UINT64_C(0x87c37b91114253d5)
#define C2 UINT64_C(0x4cf5ad432745937f)

static uint64_t
rotated(uint64_t x, unsigned r)
{
	return x << r | x >> (64 - r);
}

static uint64_t
word(const unsigned char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return le64toh(x);
}

static uint64_t
mix_a(uint64_t k)
{
	return rotated(k * C1, 31) * C2;
}

static uint64_t
mix_b(uint64_t k)
{
	return rotated(k * C2, 33) * C1;
}

static void
hash128_block(struct hash128 *h, const unsigned char *p)
{
	h->a ^= mix_a(word(p));
	h->a = (rotated(h->a, 27) + h->b) * 5 + 0x52dce729;
	h->b ^= mix_b(word(p + 8));
	h->b = (rotated(h->b, 31) + h->a) * 5 + 0x38495ab5;
}

void
hash128_begin(struct hash128 *h)
{
	*h = (struct hash128){ 0 };
}

void
hash128_add(struct hash128 *h, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t used = h->n % sizeof(h->tail), room = sizeof(h->tail) - used;

	h->n += n;
	if (n < room) {
		if (n > 0)
			memcpy(h->tail + used, p, n);
		return;
	}
	if (used > 0) {
		memcpy(h->tail + used, p, room);
		hash128_block(h, h->tail);
		p += room;
		n -= room;
	}
	for (; n >= sizeof(h->tail); p += 16, n -= 16)
		hash128_block(h, p);
	memcpy(h->tail, p, n);
}

static uint64_t
final(uint64_t k)
{
	k = (k ^ k >> 33) * UINT64_C(0xff51afd7ed558ccd);
	k = (k ^ k >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return k ^ k >> 33;
}

void
hash128_end(struct hash128 *h, char to[static HASH128_TEXT])
{
	size_t used = h->n % sizeof(h->tail);

	memset(h->tail + used, 0, sizeof(h->tail) - used);
	if (used > 0) {
		h->b ^= mix_b(word(h->tail + 8));
		h->a ^= mix_a(word(h->tail));
	}
	h->a ^= h->n;
	h->b ^= h->n;
	h->a += h->b;
	h->b += h->a;
	h->a = final(h->a);
	h->b = final(h->b);
	h->a += h->b;
	h->b += h->a;
	snprintf(to, HASH128_TEXT, "%016" PRIx64 "%016" PRIx64, h->a, h->b);
}
