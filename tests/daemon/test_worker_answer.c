/* SPDX-License-Identifier: ISC */
/*
 * What a worker answers for a file: descriptors in, acknowledgements out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "daemon/manifest.h"
#include "daemon/worker.h"
#include "edi/ack.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TEXT = 64 * 1024 };

static struct worker *worker;

static int
setup(void **state)
{
	struct err e;

	(void)state;
	worker = worker_new(&e);
	return worker ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	worker_free(worker);
	return 0;
}

static int
scratch(const char *text)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct err e;

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, text, strlen(text), "test", &e), 0);
	return fd;
}

static void
sample(const char *name, char to[TEXT])
{
	char path[200], *bytes;
	struct err e;
	size_t n;

	snprintf(path, sizeof(path), "tests/data/carve/%s/input.x12", name);
	assert_int_equal(io_slurp(path, TEXT - 1, &bytes, &n, &e), 0);
	memcpy(to, bytes, n);
	to[n] = '\0';
	free(bytes);
}

static struct work_answer
request(enum ack_fate fate)
{
	struct work_answer m = { .ta1 = ACK_ON_REJECT,
	    .functional = ACK_ALWAYS, .claims = 1, .clerk = 1, .fate = fate,
	    .date = "20261121", .time = "101500", .isa_first = 7,
	    .isa_count = 4, .gs_first = 40, .gs_count = 4 };

	return m;
}

/* bad NULL: none. What it wrote is in to. */
static int
answer(const char *text, const char *bad, struct work_answer m,
    char to[TEXT], struct manifest_end *end)
{
	static const struct manifest_sink none;
	int in = scratch(text), manifest = scratch(""), out = scratch("");
	int other = bad ? scratch(bad) : dup(in), rc;
	struct err e = ERR_NONE;
	ssize_t n;

	m.bad = bad != NULL;
	rc = worker_answer(worker, in, manifest, out, other, &m, &e);
	n = pread(out, to, TEXT - 1, 0);
	assert_true(n >= 0);
	to[n] = '\0';
	if (rc == 0)
		assert_int_equal(manifest_read(manifest, &none, end, &e), 0);
	close(in);
	close(manifest);
	close(out);
	close(other);
	return rc;
}

static unsigned
count_of(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		n++;
	return n;
}

static void
answer_takes_the_numbers_that_it_is_given(void **state)
{
	static char text[TEXT], said[TEXT];
	struct manifest_end end;

	(void)state;
	sample("clean", text);
	assert_int_equal(answer(text, NULL, request(ACK_APART), said, &end),
	    0);
	assert_int_equal(end.framing, SCAN_COMPLETE);
	assert_int_equal(end.interchanges, 2);
	assert_int_equal(end.rejects, 0);
	assert_non_null(strstr(said, "*00501*000000007*"));
	assert_non_null(strstr(said, "*00501*000000008*"));
	assert_non_null(strstr(said, "STC*A1:20*20261121*WQ*125~"));
}

static void
answer_to_a_good_file_may_be_nothing(void **state)
{
	static char text[TEXT], said[TEXT];
	struct work_answer m = request(ACK_APART);
	struct manifest_end end;

	(void)state;
	sample("clean", text);
	m.functional = ACK_ON_REJECT;
	m.claims = 0;
	assert_int_equal(answer(text, NULL, m, said, &end), 0);
	assert_int_equal(end.framing, SCAN_EMPTY);
	assert_string_equal(said, "");
	assert_int_equal(answer("{\"type\":\"837P\"}", NULL, m, said, &end),
	    0);
	assert_int_equal(end.framing, SCAN_EMPTY);
}

static void
answer_without_numbers_is_none(void **state)
{
	static char text[TEXT], said[TEXT];
	struct work_answer m = request(ACK_APART);
	struct manifest_end end;

	(void)state;
	sample("clean", text);
	m.isa_count = 1;
	assert_int_equal(answer(text, NULL, m, said, &end), -EBADMSG);
	m = request(ACK_APART);
	m.gs_count = 1;
	assert_int_equal(answer(text, NULL, m, said, &end), -EBADMSG);
}

/* Silence rather than a claim accepted that stays behind. */
static void
bad_claims_of_another_file_are_not_answered_for(void **state)
{
	static char text[TEXT], other[TEXT], said[TEXT];
	struct manifest_end end;

	(void)state;
	sample("clean", text);
	sample("one_of_three", other);
	assert_int_equal(answer(text, other, request(ACK_APART), said, &end),
	    -EBADMSG);
}

/* The same claim stands twice in the file, and one of them stays behind. */
static void
claim_that_stays_behind_is_told_once(void **state)
{
	static char text[TEXT], twice[TEXT], said[TEXT];
	struct manifest_end end;
	char *claim, *se;

	(void)state;
	sample("clean", text);
	claim = strstr(text, "CLM*");
	se = strstr(text, "SE*26");
	snprintf(twice, sizeof(twice), "%.*s%.*sSE*33*0001~\n%s",
	    (int)(se - text), text, (int)(se - claim), claim,
	    strstr(se, "GE*1"));
	assert_int_equal(answer(twice, text, request(ACK_APART), said, &end),
	    0);
	assert_int_equal(count_of(said, "QTY*90*1~"), 1);
	assert_int_equal(count_of(said, "QTY*AA*1~"), 1);
	assert_int_equal(count_of(said, "TRN*2*A-1~"), 2);
	assert_int_equal(count_of(said, "STC*A1:20*"), 1);
	assert_int_equal(count_of(said, "STC*A3:481*"), 1);
	assert_int_equal(count_of(said, "IK5*R"), 0);
	/* With nothing left of the set, a 999 alone must reject it. */
	snprintf(twice, sizeof(twice), "%s", text);
	assert_int_equal(answer(twice, text, request(ACK_APART), said, &end),
	    0);
	assert_int_equal(count_of(said, "IK5*R"), 0);
	assert_int_equal(count_of(said, "QTY*AA*1~"), 1);
}

static void
set_of_which_nothing_goes_is_rejected_without_a_277ca(void **state)
{
	static char text[TEXT], said[TEXT];
	struct work_answer m = request(ACK_APART);
	struct manifest_end end;

	(void)state;
	sample("clean", text);
	m.claims = 0;
	assert_int_equal(answer(text, text, m, said, &end), 0);
	assert_int_equal(count_of(said, "IK5*R"), 1);
	assert_int_equal(count_of(said, "AK9*R*1*1*0"), 1);
	assert_int_equal(count_of(said, "ST*277"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_takes_the_numbers_that_it_is_given),
		cmocka_unit_test(answer_to_a_good_file_may_be_nothing),
		cmocka_unit_test(answer_without_numbers_is_none),
		cmocka_unit_test(
		    bad_claims_of_another_file_are_not_answered_for),
		cmocka_unit_test(claim_that_stays_behind_is_told_once),
		cmocka_unit_test(
		    set_of_which_nothing_goes_is_rejected_without_a_277ca),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
