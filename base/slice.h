/* SPDX-License-Identifier: ISC */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

/*
 * A slice is a view of bytes that somebody else owns. It is never freed and
 * need not end in NUL. An empty slice (n == 0) is not an error; p may then be
 * NULL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

/* printf("%.*s", SLICE_ARG(s)): never for a value of the patient's. */
#define SLICE_ARG(s) (int)(s).n, (s).p ? (s).p : ""
#define SLICE_LIT(lit) ((struct slice){ "" lit, sizeof(lit) - 1 })

static inline struct slice
slice(const char *p, size_t n)
{
	return (struct slice){ p, n };
}

static inline struct slice
slice_str(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
slice_is(struct slice a, const char *s)
{
	return slice_eq(a, slice_str(s));
}

/* Without the blanks and tabs at the right: ISA identities are padded. */
static inline struct slice
slice_rtrim(struct slice s)
{
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/*
 * Copy into a NUL-ended array of cap bytes, cutting what does not fit.
 * Returns false when it was cut.
 */
bool slice_copy(struct slice s, char *to, size_t cap);

/* An unsigned decimal number of 1 to 18 digits; false when it is not one. */
bool slice_u64(struct slice s, uint64_t *to);

#endif
