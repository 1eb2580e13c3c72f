/* SPDX-License-Identifier: ISC */
/*
 * 48 bits of milliseconds, 80 of chance. Within a process each id is greater
 * than the one before, also when the clock stands still or goes back: within
 * one millisecond the chance part counts on.
 */
#include "spool/store.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { ID_BYTES = 16, ID_TIME = 6 };

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
id_random(uint8_t *to, size_t n)
{
	/* Up to 256 bytes come whole, or not at all before the boot is done. */
	ssize_t got;

	do
		got = getrandom(to, n, 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)n)
		abort();
}

/* Add one to the whole number; false when it was the last one. */
static bool
id_next(struct store_id *id)
{
	for (unsigned i = ID_BYTES; i-- > 0; )
		if (++id->b[i] != 0)
			return true;
	return false;
}

static void
id_put_time(struct store_id *id, uint64_t ms)
{
	for (unsigned i = 0; i < ID_TIME; i++)
		id->b[i] = (uint8_t)(ms >> (8 * (ID_TIME - 1 - i)));
}

void
store_id_new(struct store_id *id, int64_t now)
{
	/*
	 * The one thing of this folder that lasts between calls and belongs to
	 * no store: an id must be new to the process, whatever is open. A child
	 * inherits it, and must not count on where its parent does.
	 */
	static struct store_id last;
	static pid_t owner;
	bool mine = owner == getpid();

	assert(now >= 0 && (uint64_t)now < UINT64_C(1) << 48);
	id_put_time(id, (uint64_t)now);
	if (memcmp(id->b, last.b, ID_TIME) < 0)
		memcpy(id->b, last.b, ID_TIME);
	if (mine && memcmp(id->b, last.b, ID_TIME) == 0) {
		*id = last;
		if (!id_next(id))
			abort();
	} else {
		id_random(id->b + ID_TIME, ID_BYTES - ID_TIME);
		/* Room to count on in: half of the numbers lie above. */
		id->b[ID_TIME] &= 0x7f;
	}
	last = *id;
	owner = getpid();
}

bool
store_id_none(const struct store_id *id)
{
	static const struct store_id none;

	return memcmp(id->b, none.b, ID_BYTES) == 0;
}

bool
store_id_equal(const struct store_id *a, const struct store_id *b)
{
	return memcmp(a->b, b->b, ID_BYTES) == 0;
}

/* 26 digits of 5 bits hold 130: the first digit is at most 7. */
void
store_id_text(const struct store_id *id, char to[static STORE_ID_TEXT])
{
	unsigned have = 2, bits = 0;
	size_t at = 0;

	for (unsigned i = 0; i < ID_BYTES; i++) {
		bits = (bits << 8 | id->b[i]) & 0xffff;
		have += 8;
		while (have >= 5) {
			have -= 5;
			to[at++] = alphabet[bits >> have & 31];
		}
	}
	assert(at == STORE_ID_TEXT - 1 && have == 0);
	to[at] = '\0';
}

/* Crockford: any case, I and L are read as 1, O as 0. */
static int
id_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		return 1;
	if (c == 'O')
		return 0;
	const char *p = c == '\0' ? NULL : strchr(alphabet, c);

	return p == NULL ? -1 : (int)(p - alphabet);
}

bool
store_id_parse(const char *text, struct store_id *id)
{
	unsigned bits = 0, have = 0;
	size_t at = 0;

	if (strlen(text) != STORE_ID_TEXT - 1 || id_digit(text[0]) > 7)
		return false;
	memset(id, 0, sizeof(*id));
	for (unsigned i = 0; i < STORE_ID_TEXT - 1; i++) {
		int digit = id_digit(text[i]);

		if (digit < 0)
			return false;
		bits = (bits << 5 | (unsigned)digit) & 0xffff;
		have += i == 0 ? 3 : 5;
		if (have >= 8) {
			have -= 8;
			id->b[at++] = (uint8_t)(bits >> have);
		}
	}
	return true;
}
