/* SPDX-License-Identifier: ISC */
#include "edi/codes/table.h"
#include "edi/calendar.h"

#include <assert.h>
#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Host byte order: a table is made on the machine that uses it. */
struct code_header {
	char magic[8];                 /* "X12CODE" and the layout's version */
	char set[CODE_SET_NAME];
	uint32_t as_of;
	uint32_t count;
	uint32_t row_size;
	uint32_t crc;                  /* of the rows, CRC-32 (ISO 3309) */
};

static const char code_magic[8] = "X12CODE1";

struct code_table {
	const struct code_header *header;
	const struct code_row *rows;
	void *map;                     /* NULL: attached */
	size_t size;
};

struct code_builder {
	char set[CODE_SET_NAME];
	uint32_t as_of;
	struct code_row *rows;
	size_t count, cap;
};

/* ---- opening ------------------------------------------------------------ */

/* What eight bytes do to a CRC, each by a table of its own. */
enum { CRC_BYTES = 8 };

struct code_crc {
	uint32_t of[CRC_BYTES][256];
};

static void
code_crc_make(struct code_crc *t)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		t->of[0][i] = crc;
	}
	for (unsigned k = 1; k < CRC_BYTES; k++)
		for (unsigned i = 0; i < 256; i++)
			t->of[k][i] = t->of[k - 1][i] >> 8 ^
			    t->of[0][t->of[k - 1][i] & 255];
}

static uint32_t
code_crc(const void *p, size_t n)
{
	const uint8_t *from = p;
	uint32_t crc = 0xffffffff;
	struct code_crc t;

	code_crc_make(&t);
	for (; n >= CRC_BYTES; n -= CRC_BYTES, from += CRC_BYTES) {
		uint64_t x;

		memcpy(&x, from, sizeof(x));
		x = le64toh(x) ^ crc;
		crc = t.of[7][x & 255] ^ t.of[6][x >> 8 & 255] ^
		    t.of[5][x >> 16 & 255] ^ t.of[4][x >> 24 & 255] ^
		    t.of[3][x >> 32 & 255] ^ t.of[2][x >> 40 & 255] ^
		    t.of[1][x >> 48 & 255] ^ t.of[0][x >> 56];
	}
	for (; n > 0; n--, from++)
		crc = crc >> 8 ^ t.of[0][(crc ^ *from) & 255];
	return ~crc;
}

/* A code as two numbers, which sort like it. */
struct code_order {
	uint64_t first;
	uint32_t rest;
};

static inline struct code_order
code_order(const char code[static CODE_MAX])
{
	struct code_order o;

	memcpy(&o.first, code, sizeof(o.first));
	memcpy(&o.rest, code + sizeof(o.first), sizeof(o.rest));
	return (struct code_order){ be64toh(o.first), be32toh(o.rest) };
}

static inline int
code_compare(const char a_code[static CODE_MAX], struct code_order b)
{
	struct code_order a = code_order(a_code);

	if (a.first != b.first)
		return a.first < b.first ? -1 : 1;
	return (a.rest > b.rest) - (a.rest < b.rest);
}

/* By code, then by start. */
static int
code_row_compare(const void *a, const void *b)
{
	const struct code_row *x = a, *y = b;
	int c = code_compare(x->code, code_order(y->code));

	return c ? c : (x->start > y->start) - (x->start < y->start);
}

static bool
code_dates_valid(const struct code_row *r)
{
	return calendar_valid(r->start) && calendar_valid(r->end) &&
	    r->start <= r->end;
}

static bool
code_text_valid(const struct code_row *r)
{
	return r->code[0] != '\0' && r->code[CODE_MAX - 1] == '\0' &&
	    (r->sex == '\0' || r->sex == 'M' || r->sex == 'F');
}

/* After `last`, which is valid: most have its dates. NULL: the first. */
static bool
code_row_follows(const struct code_row *r, const struct code_row *last)
{
	bool same = last && r->start == last->start && r->end == last->end;

	return code_text_valid(r) && (same || code_dates_valid(r)) &&
	    (!last || code_row_compare(last, r) < 0);
}

static int
code_table_check(const struct code_table *t, size_t size, struct err *e)
{
	const struct code_header *h = t->header;

	if (size < sizeof(*h) ||
	    memcmp(h->magic, code_magic, sizeof(code_magic)) != 0)
		return err_set(e, -EBADMSG, "not a code table of this version;"
		    " import the code set again");
	if (h->row_size != sizeof(struct code_row) ||
	    h->count > CODE_ROWS_MAX ||
	    size != sizeof(*h) + h->count * sizeof(struct code_row) ||
	    h->set[CODE_SET_NAME - 1] != '\0')
		return err_set(e, -EBADMSG, "the code table is cut or damaged;"
		    " import the code set again");
	if (code_crc(t->rows, h->count * sizeof(struct code_row)) != h->crc)
		return err_set(e, -EBADMSG, "the code table's check sum is "
		    "wrong; import the code set again");
	for (size_t i = 0; i < h->count; i++)
		if (!code_row_follows(&t->rows[i], i > 0 ? &t->rows[i - 1] :
		    NULL))
			return err_set(e, -EBADMSG, "row %zu of the code table"
			    " is not valid; import the code set again", i + 1);
	return 0;
}

struct code_table *
code_table_attach(const void *p, size_t n, struct err *e)
{
	struct code_table *t = calloc(1, sizeof(*t));

	if (!t) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	t->header = p;
	t->rows = (const struct code_row *)
	    ((const char *)p + sizeof(struct code_header));
	if (code_table_check(t, n, e) < 0) {
		free(t);
		return NULL;
	}
	return t;
}

struct code_table *
code_table_open(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct code_table *t;

	if (fd < 0) {
		err_sys(e, "cannot open %s", path);
		return NULL;
	}
	t = code_table_map(fd, path, e);
	close(fd);
	return t;
}

struct code_table *
code_table_map(int fd, const char *path, struct err *e)
{
	struct code_table *t = NULL;
	struct stat st;
	void *map = MAP_FAILED;

	if (fstat(fd, &st) < 0 || st.st_size == 0)
		err_set(e, -EBADMSG, "%s: is empty", path);
	else if ((map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
	    fd, 0)) == MAP_FAILED)
		err_sys(e, "cannot map %s", path);
	else if (!(t = code_table_attach(map, (size_t)st.st_size, e))) {
		err_prefix(e, "%s", path);
		munmap(map, (size_t)st.st_size);
	} else {
		t->map = map;
		t->size = (size_t)st.st_size;
	}
	return t;
}

void
code_table_close(struct code_table *t)
{
	if (!t)
		return;
	if (t->map)
		munmap(t->map, t->size);
	free(t);
}

const char *
code_table_set(const struct code_table *t)
{
	return t->header->set;
}

uint32_t
code_table_as_of(const struct code_table *t)
{
	return t->header->as_of;
}

size_t
code_table_count(const struct code_table *t)
{
	return t->header->count;
}

const struct code_row *
code_table_row(const struct code_table *t, size_t i)
{
	assert(i < t->header->count);
	return &t->rows[i];
}

const struct code_row *
code_table_find(const struct code_table *t, struct slice code, size_t *count)
{
	char key[CODE_MAX] = "";
	size_t low = 0, high = t->header->count, first;
	struct code_order order;

	*count = 0;
	if (code.n == 0 || code.n >= CODE_MAX)
		return NULL;
	memcpy(key, code.p, code.n);
	order = code_order(key);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (code_compare(t->rows[mid].code, order) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	first = low;
	while (low < t->header->count &&
	    memcmp(t->rows[low].code, key, CODE_MAX) == 0)
		low++;
	*count = low - first;
	return *count > 0 ? &t->rows[first] : NULL;
}

/* ---- making ------------------------------------------------------------- */

struct code_builder *
code_builder_new(const char *set, uint32_t as_of)
{
	struct code_builder *b = calloc(1, sizeof(*b));

	assert(calendar_valid(as_of));
	if (b && !slice_copy(slice_str(set), b->set, sizeof(b->set))) {
		free(b);
		return NULL;
	}
	if (b)
		b->as_of = as_of;
	return b;
}

void
code_builder_free(struct code_builder *b)
{
	if (b)
		free(b->rows);
	free(b);
}

size_t
code_builder_count(const struct code_builder *b)
{
	return b->count;
}

bool
code_builder_add(struct code_builder *b, const struct code_row *row)
{
	if (!code_text_valid(row) || !code_dates_valid(row) ||
	    b->count >= CODE_ROWS_MAX)
		return false;
	if (b->count == b->cap) {
		size_t cap = b->cap ? 2 * b->cap : 4096;
		struct code_row *rows = reallocarray(b->rows, cap,
		    sizeof(*rows));

		if (!rows)
			return false;
		b->rows = rows;
		b->cap = cap;
	}
	b->rows[b->count++] = *row;
	return true;
}

static void
code_builder_sort(struct code_builder *b)
{
	if (b->count > 0)
		qsort(b->rows, b->count, sizeof(*b->rows), code_row_compare);
}

/* Among the first n rows, sorted. */
static bool
code_builder_has(const struct code_builder *b, size_t n,
    const char code[CODE_MAX])
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = memcmp(b->rows[mid].code, code, CODE_MAX);

		if (c == 0)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool
code_builder_merge(struct code_builder *b, const struct code_table *old,
    bool full_list)
{
	size_t n;

	if (!old)
		return true;
	code_builder_sort(b);
	n = b->count;
	for (size_t i = 0; i < old->header->count; i++) {
		struct code_row row = old->rows[i];

		if (full_list && row.end >= b->as_of &&
		    !code_builder_has(b, n, row.code)) {
			if (row.start >= b->as_of)
				continue;
			row.end = calendar_before(b->as_of);
		}
		if (!code_builder_add(b, &row))
			return false;
	}
	return true;
}

/* The later row says what the code is now: an import is the newer word. */
static bool
code_rows_touch(const struct code_row *a, const struct code_row *b)
{
	return memcmp(a->code, b->code, CODE_MAX) == 0 &&
	    (b->start <= a->end || calendar_before(b->start) == a->end) &&
	    a->flags == b->flags && a->sex == b->sex &&
	    a->age_min == b->age_min && a->age_max == b->age_max;
}

/* Join periods of the same meaning; shorten one that another one follows. */
static void
code_builder_join(struct code_builder *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++) {
		struct code_row *last = n > 0 ? &b->rows[n - 1] : NULL;
		const struct code_row *row = &b->rows[i];

		if (last && code_rows_touch(last, row)) {
			if (row->end > last->end)
				last->end = row->end;
			continue;
		}
		if (last && memcmp(last->code, row->code, CODE_MAX) == 0) {
			if (last->start == row->start) {
				*last = *row;
				continue;
			}
			if (last->end >= row->start)
				last->end = calendar_before(row->start);
		}
		b->rows[n++] = *row;
	}
	b->count = n;
}

int
code_builder_write(struct code_builder *b, struct buf *out, struct err *e)
{
	struct code_header h = { .as_of = b->as_of,
		.row_size = sizeof(struct code_row) };

	code_builder_sort(b);
	code_builder_join(b);
	memcpy(h.magic, code_magic, sizeof(h.magic));
	memcpy(h.set, b->set, sizeof(h.set));
	h.count = (uint32_t)b->count;
	h.crc = code_crc(b->rows, b->count * sizeof(*b->rows));
	if (!buf_add(out, &h, sizeof(h)) ||
	    !buf_add(out, b->rows, b->count * sizeof(*b->rows)))
		return err_set(e, -ENOMEM, "no memory for %zu codes", b->count);
	return 0;
}
