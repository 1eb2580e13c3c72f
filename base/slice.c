/* SPDX-License-Identifier: ISC */
#include "base/slice.h"

bool
slice_copy(struct slice s, char *to, size_t cap)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n > 0)
		memcpy(to, s.p, n);
	to[n] = '\0';
	return n == s.n;
}

bool
slice_u64(struct slice s, uint64_t *to)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 18)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*to = v;
	return true;
}
