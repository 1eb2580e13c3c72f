/* SPDX-License-Identifier: ISC */
/*
 * What a worker does with a clerk's file: inspect it, put each interchange
 * into an envelope whatever was found, and read every manifest back. The
 * writer is strict: an interchange that came out whole must be readable.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/worker.h"
#include "daemon/manifest.h"

enum { INTERCHANGES = 4 };

struct found {
	struct scan_interchange all[INTERCHANGES];
	unsigned count;
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
fuzz_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct found *f = ctx;

	if (f->count < INTERCHANGES)
		f->all[f->count++] = *i;
}

static void
fuzz_read(int manifest, struct found *f)
{
	struct manifest_sink sink = { .on_interchange = fuzz_on_interchange,
	    .ctx = f };
	struct manifest_end end;
	struct err e = ERR_NONE;

	if (manifest_read(manifest, &sink, &end, &e) < 0)
		abort();
}

static void
fuzz_envelope(int in, int out, int manifest, const struct scan_interchange *i)
{
	struct work_envelope env = { .interchange = i->ordinal,
	    .offset = i->offset, .length = i->length,
	    .sender = { "ZZ", "US" }, .receiver = { "ZZ", "THEM" },
	    .gs_sender = "US", .gs_receiver = "THEM", .usage = 'T',
	    .date = "20260301", .time = "120000", .isa_control = 1,
	    .gs_first = 1, .st_first = 1, .bht_first = 1,
	    .bht_template = "{bht}", .partner = "acme" };
	struct found again = { .count = 0 };
	struct err e = ERR_NONE;

	if (worker_envelope(in, out, manifest, &env, &e) == 0)
		fuzz_read(manifest, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int in = memfd_create("in", MFD_CLOEXEC);
	int out = memfd_create("out", MFD_CLOEXEC);
	int manifest = memfd_create("manifest", MFD_CLOEXEC);
	struct found f = { .count = 0 };
	struct err e = ERR_NONE;

	if (in < 0 || out < 0 || manifest < 0 ||
	    write(in, p, n) != (ssize_t)n ||
	    worker_inspect(NULL, in, manifest, 0, &e) < 0)
		abort();
	fuzz_read(manifest, &f);
	for (unsigned i = 0; i < f.count; i++)
		fuzz_envelope(in, out, manifest, &f.all[i]);
	close(in);
	close(out);
	close(manifest);
	return 0;
}
