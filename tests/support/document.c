/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/document.h"

#include "base/buf.h"
#include "base/io.h"

#include <stdio.h>
#include <stdlib.h>

void
document_holds(const char *path, const char *name, struct slice want)
{
	char marks[2][80], *text, *from, *to;
	struct buf bless;
	struct err e;
	size_t n;

	snprintf(marks[0], sizeof(marks[0]), "<!-- %s:begin -->\n", name);
	snprintf(marks[1], sizeof(marks[1]), "<!-- %s:end -->\n", name);
	if (io_slurp(path, 1024 * 1024, &text, &n, &e) < 0)
		fail_msg("%s (run from the top of the tree)", e.text);
	from = strstr(text, marks[0]);
	to = strstr(text, marks[1]);
	if (!from || !to)
		fail_msg("%s has no part %s", path, name);
	from += strlen(marks[0]);
	buf_init(&bless, 2 * 1024 * 1024);
	if (getenv("BLESS") != NULL) {
		buf_add(&bless, text, (size_t)(from - text));
		buf_add_slice(&bless, want);
		buf_add_str(&bless, to);
		assert_int_equal(io_replace(path, buf_slice(&bless), 0644,
		    &e), 0);
	} else if (!slice_eq(slice(from, (size_t)(to - from)), want)) {
		fail_msg("%s: the part %s is not what the program says; "
		    "`make bless` writes it", path, name);
	}
	buf_free(&bless);
	free(text);
}
