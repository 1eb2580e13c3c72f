/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a code table, which is refused or gives rows that are sound; as
 * an official file in one of the layouts, which becomes a table that opens; or
 * as the shape of a code. The first byte tells which.
 */
#include "cli/codes_import.h"
#include "edi/codes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_table(const void *p, size_t n, bool must_open)
{
	struct code_table *t = code_table_attach(p, n, NULL);

	if (must_open && !t)
		abort();
	for (size_t i = 0; t && i < code_table_count(t); i++) {
		const struct code_row *r = code_table_row(t, i);
		size_t rows;

		if (!code_table_find(t, slice_str(r->code), &rows) ||
		    rows == 0 || r->start > r->end)
			abort();
	}
	code_table_close(t);
}

static void
try_import(const struct import_layout *layout, const char *set,
    const uint8_t *data, size_t size)
{
	struct import x = { .set = set, .from = 20261001,
		.builder = code_builder_new(set, 20261001) };
	FILE *from = fmemopen((void *)(uintptr_t)data, size, "r");
	struct import_counts counts;
	struct buf image;

	if (!x.builder || !from)
		abort();
	buf_init(&image, 64 << 20);
	if (import_file(&x, layout, from, "fuzz", &counts, NULL) == 0 &&
	    code_builder_write(x.builder, &image, NULL) == 0)
		try_table(image.p, image.n, true);
	fclose(from);
	buf_free(&image);
	code_builder_free(x.builder);
}

/* A copy of its own size, as a mapped file has. */
static void
try_image(const uint8_t *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	try_table(copy, size, false);
	free(copy);
}

static void
try_shape(struct slice text)
{
	struct code_matcher m;
	char *shape;
	bool greedy;

	if (!code_shape_valid(text))
		return;
	shape = strndup(text.p, text.n);
	if (!shape)
		abort();
	greedy = code_shape_matches(shape, SLICE_LIT("A12"));
	/* What greed finds, the ready matcher finds, too. */
	if (code_matcher_make(&m, shape) && greedy &&
	    !code_matcher_has(&m, SLICE_LIT("A12")))
		abort();
	free(shape);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char sets[][16] = { "icd10cm", "hcpcs",
		"hcpcs_modifier", "ndc", "taxonomy", "carc" };
	static const struct import_layout *layouts[6];
	unsigned what = size > 0 ? data[0] % 8 : 0;

	if (size == 0)
		return 0;
	for (unsigned i = 0; !layouts[0] && i < 6; i++) {
		layouts[5 - i] = import_layout_of(sets[5 - i]);
		if (!layouts[5 - i])
			layouts[5 - i] = import_layout_find("csv");
	}
	data++;
	size--;
	if (what == 6)
		try_image(data, size);
	else if (what == 7)
		try_shape(slice((const char *)data, size));
	else
		try_import(layouts[what], sets[what], data, size);
	return 0;
}
