/* SPDX-License-Identifier: ISC */
#include "cli/progress.h"
#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { PROGRESS_AFTER = 1000, PROGRESS_EVERY = 250 };

void
progress_begin(struct progress *p, const char *what, uint64_t size)
{
	*p = (struct progress){ .what = what, .size = size };
	p->on = isatty(STDERR_FILENO) == 1;
	p->begun = p->shown = clock_monotonic();
}

static void
progress_draw(struct progress *p, int64_t now)
{
	double mb = (double)p->done / 1e6;
	double rate = mb * 1000 / (double)(now - p->begun);

	if (p->size > 0)
		fprintf(stderr, "\r\033[K%s: %.0f of %.0f MB (%.0f%%), "
		    "%.0f MB/s", p->what, mb, (double)p->size / 1e6,
		    100.0 * (double)p->done / (double)p->size, rate);
	else
		fprintf(stderr, "\r\033[K%s: %.0f MB, %.0f MB/s", p->what, mb,
		    rate);
	fflush(stderr);
	p->shown = now;
	p->drawn = true;
}

void
progress_add(struct progress *p, uint64_t bytes)
{
	int64_t now;

	p->done += bytes;
	if (!p->on)
		return;
	now = clock_monotonic();
	if (now - p->begun >= PROGRESS_AFTER &&
	    now - p->shown >= PROGRESS_EVERY)
		progress_draw(p, now);
}

void
progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->on = false;
}
