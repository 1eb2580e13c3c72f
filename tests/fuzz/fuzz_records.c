/* SPDX-License-Identifier: ISC */
/*
 * What a worker does with a clerk's file of records, in each of its forms: look
 * at it, part its records, and make a batch of the good ones. What was found
 * good is written without one refusal. The first byte says which form.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/manifest.h"
#include "daemon/worker.h"

enum { IN, MANIFEST, GOOD, BAD_MANIFEST, BAD, OUT, FILES };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct manifest_end
fuzz_end(int manifest)
{
	static const struct manifest_sink none;
	struct manifest_end end;
	struct err e = ERR_NONE;

	if (manifest_read(manifest, &none, &end, &e) < 0)
		abort();
	return end;
}

static void
fuzz_batch(struct worker *w, struct work_request *m, const int fd[FILES],
    const struct manifest_end *good)
{
	struct manifest_end end, bad = fuzz_end(fd[BAD_MANIFEST]);
	struct err e = ERR_NONE;

	if (bad.records != good->rejects)
		abort();
	if (worker_batch(w, m, fd[GOOD], fd[MANIFEST], fd[OUT], &e) < 0)
		abort();
	end = fuzz_end(fd[MANIFEST]);
	if (end.rejects != 0 || end.records != good->records)
		abort();
	if (end.records == 0)
		return;
	/* And it is X12 in which nothing is wrong. */
	if (worker_inspect(w, fd[OUT], fd[MANIFEST], 0, &e) < 0)
		abort();
	end = fuzz_end(fd[MANIFEST]);
	if (end.framing != SCAN_COMPLETE || end.rejects != 0 ||
	    end.claims != good->claims)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct worker *w;
	static int fd[FILES];
	struct work_request m = { .kind = WORK_RECORDS,
	    .envelope = { .sender = { "ZZ", "US" },
	        .receiver = { "ZZ", "THEM" }, .gs_sender = "US",
	        .gs_receiver = "THEM", .usage = 'T', .date = "20260301",
	        .time = "120000" },
	    .defaults = "{\"submitter\":{\"name\":\"US\",\"id\":\"US\","
	        "\"contacts\":[{\"name\":\"A\",\"numbers\":[{\"type\":\"TE\","
	        "\"value\":\"5555550100\"}]}]},"
	        "\"receiver\":{\"name\":\"THEM\",\"id\":\"THEM\"}}" };
	struct manifest_end looked, end;
	struct err e = ERR_NONE;

	if (n == 0)
		return 0;
	for (unsigned i = 0; !w && i < FILES; i++)
		if ((fd[i] = memfd_create("fuzz", MFD_CLOEXEC)) < 0)
			abort();
	if (!w && !(w = worker_new(&e)))
		abort();
	m.form = FORM_JSON + p[0] % 3;
	for (unsigned i = 0; i < FILES; i++)
		if (ftruncate(fd[i], 0) < 0)
			abort();
	if (pwrite(fd[IN], p + 1, n - 1, 0) != (ssize_t)(n - 1))
		abort();
	if (worker_look(m.form, fd[IN], fd[MANIFEST], 0, &e) < 0)
		abort();
	looked = fuzz_end(fd[MANIFEST]);
	if (worker_records(w, &m, fd[IN], fd[MANIFEST], fd[GOOD],
	    &(struct worker_part){ fd[BAD_MANIFEST], fd[BAD] },
	    &(struct worker_list){ -1, 0 }, &e) < 0)
		abort();
	end = fuzz_end(fd[MANIFEST]);
	if (end.size != n - 1 || (m.form != FORM_CSV &&
	    end.framing != looked.framing))
		abort();
	if (end.framing == SCAN_COMPLETE && !end.whole)
		fuzz_batch(w, &m, fd, &end);
	return 0;
}
