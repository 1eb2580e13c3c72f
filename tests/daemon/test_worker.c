/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "daemon/inspect.h"
#include "daemon/worker.h"
#include "spool/digest.h"

enum { MANY = 64 };

/* What a manifest says, in arrays. */
struct report {
	struct scan_interchange interchanges[MANY];
	struct manifest_group groups[MANY];
	struct index_record claims[MANY], sets[MANY];
	struct manifest_finding findings[MANY];
	unsigned interchange_n, group_n, claim_n, set_n, finding_n;
	struct manifest_end end;
};

static void
report_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct report *r = ctx;

	if (r->interchange_n < MANY)
		r->interchanges[r->interchange_n++] = *i;
}

static void
report_on_group(void *ctx, const struct manifest_group *g)
{
	struct report *r = ctx;

	if (r->group_n < MANY)
		r->groups[r->group_n++] = *g;
}

static void
report_on_record(void *ctx, const struct index_record *x)
{
	struct report *r = ctx;

	if (x->kind == INDEX_CLAIM && r->claim_n < MANY)
		r->claims[r->claim_n++] = *x;
	else if (x->kind == INDEX_SET && r->set_n < MANY)
		r->sets[r->set_n++] = *x;
}

static void
report_on_finding(void *ctx, const struct manifest_finding *f)
{
	struct report *r = ctx;

	if (r->finding_n < MANY)
		r->findings[r->finding_n++] = *f;
}

static bool
report_has(const struct report *r, const char *finding)
{
	for (unsigned i = 0; i < r->finding_n; i++)
		if (strcmp(r->findings[i].name, finding) == 0)
			return true;
	return false;
}

static int
memory(const char *bytes, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct err e = ERR_NONE;

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, bytes, n, "test", &e), 0);
	return fd;
}

static int
sample(const char *name)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "tests/data/claims/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static char *
text_of(int fd)
{
	static char text[1 << 16];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static struct report *
read_report(int manifest)
{
	struct report *r = calloc(1, sizeof(*r));
	struct manifest_sink sink = { report_on_interchange, report_on_group,
	    report_on_record, report_on_finding, r };
	struct err e = ERR_NONE;

	assert_non_null(r);
	assert_int_equal(manifest_read(manifest, &sink, &r->end, &e), 0);
	return r;
}

static struct report *
inspect(int in)
{
	int manifest = memory("", 0);
	struct err e = ERR_NONE;
	struct report *r;

	assert_int_equal(worker_inspect(NULL, in, manifest, 0, &e), 0);
	r = read_report(manifest);
	close(manifest);
	return r;
}

static struct report *
inspect_sample(const char *name)
{
	int in = sample(name);
	struct report *r = inspect(in);

	close(in);
	return r;
}

/* ---- inspect ------------------------------------------------------------ */

static void
inspect_finds_claims_and_sets(void **state)
{
	struct report *r = inspect_sample("two_claims.837");

	(void)state;
	assert_int_equal(r->end.framing, SCAN_COMPLETE);
	assert_int_equal(r->end.rejects, 0);
	assert_int_equal(r->end.interchanges, 1);
	assert_int_equal(r->end.groups, 1);
	assert_int_equal(r->end.sets, 1);
	assert_int_equal(r->end.claims, 2);
	assert_string_equal(r->end.what, "");
	assert_int_equal(r->interchange_n, 1);
	assert_int_equal(r->interchanges[0].control, 41);
	assert_true(r->interchanges[0].closed);
	assert_int_equal(r->groups[0].interchange, 1);
	assert_int_equal(r->groups[0].group.control, 7);
	assert_int_equal(r->claim_n, 2);
	assert_string_equal(r->claims[0].claim, "A-1001");
	assert_int_equal(r->claims[0].amount, 12500);
	assert_int_equal(r->claims[1].amount, 8050);
	assert_string_equal(r->claims[1].trace, "TRACEA-1002");
	assert_string_equal(r->sets[0].reference, "CLERK-REF-1");
	free(r);
}

static void
inspect_hashes_the_whole_file(void **state)
{
	struct digest *d = digest_new();
	int in = sample("two_claims.837");
	struct report *r = inspect(in);
	char hex[65], *text = text_of(in);

	(void)state;
	assert_non_null(d);
	digest_add(d, text, strlen(text));
	digest_end(d, hex);
	assert_string_equal(r->end.sha256, hex);
	assert_int_equal(r->end.size, strlen(text));
	digest_free(d);
	close(in);
	free(r);
}

static void
inspect_reads_from_the_start_whatever_the_position(void **state)
{
	int in = sample("two_claims.837");
	struct report *r;

	(void)state;
	assert_true(lseek(in, 0, SEEK_END) > 0);
	r = inspect(in);
	assert_int_equal(r->end.claims, 2);
	close(in);
	free(r);
}

static void
inspect_follows_several_interchanges(void **state)
{
	struct report *r = inspect_sample("two_interchanges.837");

	(void)state;
	assert_int_equal(r->end.framing, SCAN_COMPLETE);
	assert_int_equal(r->end.interchanges, 2);
	assert_int_equal(r->end.claims, 3);
	assert_int_equal(r->interchanges[0].control, 43);
	assert_int_equal(r->interchanges[1].control, 44);
	assert_int_equal(r->interchanges[1].delimiters.element, '|');
	assert_int_equal(r->groups[1].interchange, 2);
	free(r);
}

static void
inspect_says_what_is_wrong_and_where(void **state)
{
	struct report *r = inspect_sample("wrong_count.837");

	(void)state;
	assert_int_equal(r->end.framing, SCAN_COMPLETE);
	assert_true(r->end.rejects > 0);
	assert_true(r->finding_n > 0);
	assert_int_equal(r->findings[0].severity, SEVERITY_REJECT);
	assert_string_equal(r->findings[0].set, "0001");
	assert_string_equal(r->findings[0].element, "SE01");
	assert_true(r->findings[0].text[0] != '\0');
	free(r);
}

static void
inspect_knows_a_file_whose_end_is_missing(void **state)
{
	struct report *r = inspect_sample("cut_short.837");

	(void)state;
	assert_int_equal(r->end.framing, SCAN_INCOMPLETE);
	free(r);
}

static void
inspect_answers_clearly_to_what_is_not_x12(void **state)
{
	static const struct {
		const char *bytes;
		enum scan_framing framing;
		const char *what;
		bool packed;
	} rows[] = {
		{ "", SCAN_EMPTY, "empty", false },
		{ " \r\n ", SCAN_EMPTY, "nothing but blanks", false },
		{ "%PDF-1.4 and more of it", SCAN_NOT_X12, "a PDF file", true },
		{ "PK\x03\x04 and more of it", SCAN_NOT_X12, "a zip archive",
		    true },
		{ "Dear Sir or Madam", SCAN_NOT_X12, "text, but not X12",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int in = memory(rows[i].bytes, strlen(rows[i].bytes));
		struct report *r = inspect(in);

		assert_int_equal(r->end.framing, rows[i].framing);
		assert_string_equal(r->end.what, rows[i].what);
		assert_int_equal(r->end.compressed, rows[i].packed);
		assert_true(r->end.rejects > 0);
		close(in);
		free(r);
	}
}

static void
inspect_of_200_mb_of_zeros_ends_with_a_clear_answer(void **state)
{
	int in = memory("", 0);
	struct report *r;

	(void)state;
	assert_int_equal(ftruncate(in, 200 << 20), 0);
	r = inspect(in);
	assert_in_range(r->end.framing, SCAN_EMPTY, SCAN_NOT_X12);
	assert_true(r->end.rejects > 0);
	assert_string_equal(r->end.what, "zero bytes, no text");
	assert_int_equal(r->end.size, 200 << 20);
	close(in);
	free(r);
}

static void
inspect_refuses_more_than_its_limit(void **state)
{
	int in = memory("ISA*00*0123456789", 17), manifest = memory("", 0);
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(worker_inspect(NULL, in, manifest, 16, &e), -EFBIG);
	assert_int_equal(worker_inspect(NULL, in, manifest, 17, &e), 0);
	close(in);
	close(manifest);
}

/* A set in which every segment is wrong, over and over. */
static void
inspect_counts_findings_that_it_leaves_out(void **state)
{
	enum { SETS = 1500 };
	int whole = sample("wrong_count.837");
	char *text = text_of(whole);
	char *st = strstr(text, "ST*837"), *ge = strstr(text, "GE*1*7");
	int in = memory(text, (size_t)(st - text)), manifest = memory("", 0);
	struct err e = ERR_NONE;
	struct report *r;

	(void)state;
	for (unsigned i = 0; i < SETS; i++)
		assert_int_equal(io_write(in, st, (size_t)(ge - st), "test",
		    &e), 0);
	assert_int_equal(io_write(in, ge, strlen(ge), "test", &e), 0);
	assert_int_equal(worker_inspect(NULL, in, manifest, 0, &e), 0);
	r = read_report(manifest);
	assert_true(r->end.findings_left_out > 0);
	assert_int_equal(r->end.rejects + r->end.warnings,
	    INSPECT_FINDINGS + r->end.findings_left_out);
	assert_int_equal(r->end.sets, SETS);
	close(whole);
	close(in);
	close(manifest);
	free(r);
}

/* ---- envelope ----------------------------------------------------------- */

static struct work_envelope
envelope_for(const struct scan_interchange *i)
{
	return (struct work_envelope){
		.interchange = i->ordinal, .offset = i->offset,
		.length = i->length, .sender = { "30", "123456789" },
		.receiver = { "ZZ", "PAYER" }, .gs_sender = "GSUS",
		.gs_receiver = "GSTHEM", .ack_requested = 1, .usage = 'T',
		.date = "20261121", .time = "194501",
		.isa_control = 900, .gs_first = 70, .st_first = 5,
		.bht_first = 31, .bht_template = "X{bht}", .partner = "acme",
	};
}

struct enveloped {
	char text[1 << 16];
	struct report *before, *after;
};

static void
envelope_sample(const char *name, unsigned interchange, struct enveloped *v)
{
	int in = sample(name), out = memory("", 0), manifest = memory("", 0);
	struct work_envelope env;
	struct err e = ERR_NONE;

	v->before = inspect(in);
	assert_true(v->before->interchange_n >= interchange);
	env = envelope_for(&v->before->interchanges[interchange - 1]);
	assert_int_equal(worker_envelope(in, out, manifest, &env, &e), 0);
	v->after = read_report(manifest);
	memcpy(v->text, text_of(out), sizeof(v->text));
	close(in);
	close(out);
	close(manifest);
}

static void
enveloped_free(struct enveloped *v)
{
	free(v->before);
	free(v->after);
	free(v);
}

static struct enveloped *
envelope_new(const char *name, unsigned interchange)
{
	struct enveloped *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	envelope_sample(name, interchange, v);
	return v;
}

static void
envelope_is_the_partners(void **state)
{
	struct enveloped *v = envelope_new("two_claims.837", 1);
	const struct scan_interchange *i = &v->after->interchanges[0];

	(void)state;
	assert_int_equal(v->after->end.framing, SCAN_COMPLETE);
	assert_int_equal(v->after->end.rejects, 0);
	assert_string_equal(i->sender_qualifier, "30");
	assert_string_equal(i->sender, "123456789");
	assert_string_equal(i->receiver, "PAYER");
	assert_int_equal(i->control, 900);
	assert_int_equal(i->usage, 'T');
	assert_int_equal(i->ack_requested, '1');
	assert_string_equal(i->date, "261121");
	assert_string_equal(i->time, "1945");
	assert_int_equal(v->after->groups[0].group.control, 70);
	assert_string_equal(v->after->groups[0].group.sender, "GSUS");
	assert_string_equal(v->after->groups[0].group.receiver, "GSTHEM");
	assert_string_equal(v->after->groups[0].group.version,
	    "005010X222A1");
	assert_non_null(strstr(v->text, "~ST*837*0005*005010X222A1~"));
	assert_non_null(strstr(v->text, "~SE*40*0005~GE*1*70~"
	    "IEA*1*000000900~"));
	enveloped_free(v);
}

static void
envelope_keeps_the_claims_bytes(void **state)
{
	struct enveloped *v = envelope_new("two_groups.837", 1);
	int in = sample("two_groups.837");
	char *before = strstr(text_of(in), "~NM1*41");
	char *after = strstr(v->text, "~NM1*41");
	size_t n = (size_t)(strstr(before, "~SE*") - before);

	(void)state;
	assert_non_null(before);
	assert_non_null(after);
	assert_memory_equal(before, after, n);
	assert_memory_equal(strstr(before + n, "~NM1*41"),
	    strstr(after + n, "~NM1*41"), n);
	close(in);
	enveloped_free(v);
}

static void
envelope_numbers_every_group_and_set(void **state)
{
	struct enveloped *v = envelope_new("two_groups.837", 1);

	(void)state;
	assert_int_equal(v->after->end.rejects, 0);
	assert_int_equal(v->after->set_n, 3);
	assert_string_equal(v->after->sets[0].set_control, "0005");
	assert_string_equal(v->after->sets[1].set_control, "0006");
	assert_string_equal(v->after->sets[2].set_control, "0007");
	assert_int_equal(v->after->groups[0].group.control, 70);
	assert_int_equal(v->after->groups[1].group.control, 71);
	assert_non_null(strstr(v->text, "GE*2*70~"));
	assert_non_null(strstr(v->text, "GE*1*71~IEA*2*000000900~"));
	enveloped_free(v);
}

static void
envelope_gives_bht03_and_remembers_the_clerks(void **state)
{
	struct enveloped *v = envelope_new("two_groups.837", 1);

	(void)state;
	assert_string_equal(v->after->sets[0].reference, "X31");
	assert_string_equal(v->after->sets[0].trace, "CLERK-REF-2");
	assert_string_equal(v->after->sets[1].reference, "X32");
	assert_string_equal(v->after->sets[1].trace, "CLERK-REF-3");
	assert_string_equal(v->after->sets[2].reference, "X33");
	assert_string_equal(v->after->sets[2].trace, "CLERK-REF-4");
	assert_null(strstr(v->text, "CLERK-REF"));
	enveloped_free(v);
}

static void
envelope_takes_one_interchange_of_several(void **state)
{
	struct enveloped *v = envelope_new("two_interchanges.837", 2);

	(void)state;
	assert_int_equal(v->after->end.rejects, 0);
	assert_int_equal(v->after->end.interchanges, 1);
	assert_int_equal(v->after->end.claims, 2);
	assert_memory_equal(v->text, "ISA|00|", 7);
	assert_string_equal(v->after->claims[1].claim, "A-1003");
	assert_non_null(strstr(v->text, "HI|ABK>J020\n"));
	enveloped_free(v);
}

static void
envelope_gives_a_repetition_separator_for_u(void **state)
{
	struct enveloped *v = envelope_new("isa11_u.837", 1);

	(void)state;
	assert_int_equal(v->after->end.rejects, 0);
	assert_int_equal(v->after->interchanges[0].delimiters.repetition, '^');
	assert_int_equal(v->text[82], '^');
	enveloped_free(v);
}

static void
envelope_is_refused_where_data_holds_the_new_separator(void **state)
{
	struct enveloped *v = envelope_new("isa11_u_caret_in_data.837", 1);

	(void)state;
	assert_int_equal(v->after->end.rejects, 1);
	assert_int_equal(v->after->end.framing, SCAN_BROKEN);
	assert_int_equal(v->after->finding_n, 1);
	assert_true(report_has(v->after, "envelope_delimiter"));
	assert_string_equal(v->after->findings[0].id, "CLM");
	assert_string_equal(v->text, "");
	enveloped_free(v);
}

static void
envelope_of_other_bytes_than_inspected_is_an_error(void **state)
{
	int in = sample("two_claims.837"), out = memory("", 0);
	int manifest = memory("", 0);
	struct report *r = inspect(in);
	struct work_envelope env = envelope_for(&r->interchanges[0]);
	struct err e = ERR_NONE;

	(void)state;
	env.length += 10;
	assert_int_equal(worker_envelope(in, out, manifest, &env, &e),
	    -EBADMSG);
	env.length -= 400;
	assert_int_equal(worker_envelope(in, out, manifest, &env, &e),
	    -EBADMSG);
	env.length = 300;
	env.offset = 107;
	assert_int_equal(worker_envelope(in, out, manifest, &env, &e),
	    -EBADMSG);
	free(r);
	close(in);
	close(out);
	close(manifest);
}

static void
envelope_bht03_over_30_characters_is_an_error(void **state)
{
	int in = sample("two_claims.837"), out = memory("", 0);
	int manifest = memory("", 0);
	struct report *r = inspect(in);
	struct work_envelope env = envelope_for(&r->interchanges[0]);
	struct err e = ERR_NONE;

	(void)state;
	slice_copy(SLICE_LIT("ABCDEFGHIJKLMNOPQRSTUVWXYZ{bht}"),
	    env.bht_template, sizeof(env.bht_template));
	env.bht_first = 1234;
	assert_int_equal(worker_envelope(in, out, manifest, &env, &e), 0);
	env.bht_first = 12345;
	assert_int_equal(worker_envelope(in, out, manifest, &env, &e),
	    -EINVAL);
	free(r);
	close(in);
	close(out);
	close(manifest);
}

static void
envelope_says_that_the_disk_is_full(void **state)
{
	int in = sample("two_claims.837"), manifest = memory("", 0);
	int out = open("/dev/full", O_RDWR | O_CLOEXEC);
	struct report *r = inspect(in);
	struct work_envelope env = envelope_for(&r->interchanges[0]);
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(worker_envelope(in, out, manifest, &env, &e),
	    -ENOSPC);
	free(r);
	close(in);
	close(out);
	close(manifest);
}

static void
worker_refuses_requests_that_it_does_not_know(void **state)
{
	struct work_request m = { .kind = 9 };
	int fds[3] = { -1, -1, -1 };
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(worker_do(NULL, &m, fds, 2, &e), -EBADMSG);
	m.kind = WORK_INSPECT;
	assert_int_equal(worker_do(NULL, &m, fds, 3, &e), -EBADMSG);
	m.kind = WORK_ENVELOPE;
	assert_int_equal(worker_do(NULL, &m, fds, 2, &e), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inspect_finds_claims_and_sets),
		cmocka_unit_test(inspect_hashes_the_whole_file),
		cmocka_unit_test(
		    inspect_reads_from_the_start_whatever_the_position),
		cmocka_unit_test(inspect_follows_several_interchanges),
		cmocka_unit_test(inspect_says_what_is_wrong_and_where),
		cmocka_unit_test(inspect_knows_a_file_whose_end_is_missing),
		cmocka_unit_test(inspect_answers_clearly_to_what_is_not_x12),
		cmocka_unit_test(
		    inspect_of_200_mb_of_zeros_ends_with_a_clear_answer),
		cmocka_unit_test(inspect_refuses_more_than_its_limit),
		cmocka_unit_test(inspect_counts_findings_that_it_leaves_out),
		cmocka_unit_test(envelope_is_the_partners),
		cmocka_unit_test(envelope_keeps_the_claims_bytes),
		cmocka_unit_test(envelope_numbers_every_group_and_set),
		cmocka_unit_test(envelope_gives_bht03_and_remembers_the_clerks),
		cmocka_unit_test(envelope_takes_one_interchange_of_several),
		cmocka_unit_test(envelope_gives_a_repetition_separator_for_u),
		cmocka_unit_test(
		    envelope_is_refused_where_data_holds_the_new_separator),
		cmocka_unit_test(
		    envelope_of_other_bytes_than_inspected_is_an_error),
		cmocka_unit_test(envelope_bht03_over_30_characters_is_an_error),
		cmocka_unit_test(envelope_says_that_the_disk_is_full),
		cmocka_unit_test(worker_refuses_requests_that_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
