/* SPDX-License-Identifier: ISC */
/* An operator's file, however broken; a right one survives its snapshot. */
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
fuzz_on_problem(void *ctx, const struct config_problem *p)
{
	if (p->line < 0 || p->column < 0 || !p->file || !p->text[0])
		abort();
	++*(unsigned *)ctx;
}

static void
fuzz_snapshot(const struct config *c)
{
	struct config *again;
	struct err e;
	int fd = config_snapshot(c, &e);

	if (fd < 0)
		abort();
	again = config_load_snapshot(fd, &e);
	if (!again || again->partner_count != c->partner_count)
		abort();
	config_free(again);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned problems = 0;
	struct err e;
	struct config *c = config_parse("fuzz.yaml",
	    slice((const char *)p, n),
	    (struct config_sink){ fuzz_on_problem, &problems }, &e);

	if (!c && problems == 0 && e.code == 0)
		abort();   /* refused without a word */
	if (c && problems > 0)
		abort();
	if (c)
		fuzz_snapshot(c);
	config_free(c);
	return 0;
}
