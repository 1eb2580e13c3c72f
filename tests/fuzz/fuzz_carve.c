/* SPDX-License-Identifier: ISC */
/*
 * Whatever the bytes: when claims are taken out of a file, both parts are
 * whole, and every claim is in one of them.
 */
#include "base/io.h"
#include "daemon/worker.h"
#include "daemon/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int
fuzz_empty(int *fd)
{
	if (*fd < 0)
		*fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, 0) < 0)
		abort();
	return *fd;
}

static struct manifest_end
fuzz_end(int manifest)
{
	static const struct manifest_sink none;
	struct manifest_end end;
	struct err e;

	if (manifest_read(manifest, &none, &end, &e) < 0)
		abort();
	return end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static int fd[6] = { -1, -1, -1, -1, -1, -1 };
	static struct worker *w;
	struct manifest_end whole, rest, bad;
	const struct worker_list none = { -1, 0 };
	struct worker_part to[2];
	struct err e = ERR_NONE;

	if (!w && !(w = worker_new(&e)))
		abort();
	for (unsigned i = 0; i < 6; i++)
		fuzz_empty(&fd[i]);
	to[0] = (struct worker_part){ fd[2], fd[3] };
	to[1] = (struct worker_part){ fd[4], fd[5] };
	if (pwrite(fd[0], p, n, 0) != (ssize_t)n ||
	    worker_inspect(w, fd[0], fd[1], 0, &e) < 0 ||
	    worker_carve(w, fd[0], &to[0], &to[1], &none, 0, &e) < 0)
		abort();
	whole = fuzz_end(fd[1]);
	rest = fuzz_end(fd[2]);
	if (rest.framing == SCAN_BROKEN)
		return 0;               /* it was not taken apart */
	bad = fuzz_end(fd[4]);
	if (rest.framing != SCAN_COMPLETE || bad.framing != SCAN_COMPLETE ||
	    rest.claims == 0 || bad.claims == 0 ||
	    rest.claims + bad.claims != whole.claims)
		abort();
	return 0;
}
