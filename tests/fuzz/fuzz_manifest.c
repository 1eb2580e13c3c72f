/* SPDX-License-Identifier: ISC */
/* The engine reads what a worker wrote that hostile bytes may have taken. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
fuzz_on_record(void *ctx, const struct index_record *r)
{
	*(size_t *)ctx += strlen(r->claim) + strlen(r->reference);
}

static void
fuzz_on_finding(void *ctx, const struct manifest_finding *f)
{
	*(size_t *)ctx += strlen(f->text) + strlen(f->ack);
}

static void
fuzz_on_interchange(void *ctx, const struct scan_interchange *i)
{
	*(size_t *)ctx += strlen(i->sender) + i->closed + i->rejected;
}

static void
fuzz_on_group(void *ctx, const struct manifest_group *g)
{
	*(size_t *)ctx += strlen(g->group.version) + g->group.closed;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t sum = 0;
	struct manifest_sink sink = { fuzz_on_interchange, fuzz_on_group,
	    fuzz_on_record, fuzz_on_finding, &sum };
	struct manifest_end end;
	struct err e = ERR_NONE;
	int fd = memfd_create("manifest", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	if (write(fd, p, n) != (ssize_t)n)
		abort();
	if (manifest_read(fd, &sink, &end, &e) == 0)
		sum += strlen(end.sha256) + strlen(end.what);
	close(fd);
	return 0;
}
