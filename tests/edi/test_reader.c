/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "edi/reader/marks.h"
#include "edi/reader.h"

#include <stdio.h>
#include <stdlib.h>

#define ISA_HEAD "ISA*00*          *00*          *ZZ*SENDER         " \
	"*ZZ*RECEIVER       *260131*1805*"
#define ISA(repetition, component_terminator) ISA_HEAD repetition \
	"*00501*000000001*0*T*" component_terminator
#define TAIL(t) "GS*HC*AA*BB*20260131*1805*1*X*005010X222A1" t \
	"ST*837*0001" t "SE*2*0001" t "GE*1*1" t "IEA*1*000000001" t

/* What came out, as text: one line a segment, its elements in brackets. */
static void
note_segment(struct buf *b, const struct segment *g)
{
	struct slice id = segment_id(g);

	buf_addf(b, "%u@%llu ", g->tag, (unsigned long long)g->offset);
	buf_add_slice(b, id);
	for (unsigned i = 1; i <= g->count; i++) {
		buf_add_str(b, "[");
		buf_add_slice(b, segment_element(g, i));
		buf_add_str(b, "]");
	}
	buf_addf(b, " %u %02x%02x%02x\n", g->flags & ~(uint32_t)SEGMENT_ODD,
	    (unsigned char)g->delimiters->component,
	    (unsigned char)g->delimiters->repetition,
	    (unsigned char)g->delimiters->terminator);
}

static enum reader_status
drain(struct reader *r, struct buf *b)
{
	struct segment g;
	enum reader_status s;

	while ((s = reader_next(r, &g)) == READER_SEGMENT)
		note_segment(b, &g);
	return s;
}

static void
feed(struct reader *r, struct buf *b, const char *p, size_t n)
{
	while (n > 0) {
		char *to;
		size_t room;

		if (drain(r, b) != READER_MORE)
			return;
		reader_space(r, &to, &room);
		assert_true(room > 0);
		if (room > n)
			room = n;
		memcpy(to, p, room);
		reader_commit(r, room);
		p += room;
		n -= room;
	}
}

static enum reader_status
finish(struct reader *r, struct buf *b)
{
	enum reader_status s;

	drain(r, b);
	reader_finish(r);
	s = drain(r, b);
	buf_addf(b, "%d", s);
	return s;
}

/* Read text whole; *b holds what came out. */
static enum reader_status
read_whole(struct buf *b, const char *text, size_t n)
{
	struct reader *r = reader_new();
	enum reader_status s;

	assert_non_null(r);
	buf_init(b, 100 << 20);
	feed(r, b, text, n);
	s = finish(r, b);
	reader_free(r);
	return s;
}

static enum reader_status
read_text(struct buf *b, const char *text)
{
	return read_whole(b, text, strlen(text));
}

/* Cut into two at every place, and into single bytes. */
static void
assert_same_however_cut(const char *text)
{
	size_t n = strlen(text);
	struct buf whole, cut;
	struct reader *r = reader_new();

	assert_non_null(r);
	read_text(&whole, text);
	buf_init(&cut, 1 << 20);
	for (size_t at = 0; at <= n; at++) {
		reader_reset(r);
		buf_reset(&cut);
		feed(r, &cut, text, at);
		feed(r, &cut, text + at, n - at);
		finish(r, &cut);
		assert_string_equal(buf_str(&cut), buf_str(&whole));
	}
	reader_reset(r);
	buf_reset(&cut);
	for (size_t at = 0; at < n; at++)
		feed(r, &cut, text + at, 1);
	finish(r, &cut);
	assert_string_equal(buf_str(&cut), buf_str(&whole));
	reader_free(r);
	buf_free(&cut);
	buf_free(&whole);
}

static size_t
lines(struct buf *b)
{
	size_t n = 0;

	for (const char *p = buf_str(b); (p = strchr(p, '\n')) != NULL; p++)
		n++;
	return n;
}

/* Real oddities, each with the segments and the status it ends in. */
static const struct {
	const char *text;
	size_t segments;
	enum reader_status status;
} rows[] = {
	{ ISA("^", ":~") TAIL("~"), 6, READER_END },
	{ ISA("^", ":~\n") TAIL("~\n"), 6, READER_END },
	{ ISA("^", ":~\r\n") TAIL("~\r\n") "\r\n\r\n", 6, READER_END },
	{ ISA("^", ":\n") TAIL("\n"), 6, READER_END },
	{ ISA("^", ":\r\n") TAIL("\r\n"), 6, READER_END },
	{ ISA("^", ":\n") TAIL("\r\n"), 6, READER_END },
	{ ISA("^", ":\x1d") TAIL("\x1d"), 6, READER_END },
	{ ISA("U", ":~") TAIL("~"), 6, READER_END },
	{ "\xef\xbb\xbf" ISA("^", ":~") TAIL("~"), 6, READER_END },
	{ " \r\n\t" ISA("^", ":~\n\n  ") TAIL("~\n\n   "), 6, READER_END },
	{ ISA("^", ":~") TAIL("~") "\n" ISA("!", ">\n") TAIL("\n"), 12,
	    READER_END },
	{ ISA("^", ":~") TAIL("~") "\xef\xbb\xbf" ISA("!", ">\n") TAIL("\n"),
	    12, READER_END },
	{ ISA("^", ":~") "TA1*1*260131*1805*A*000~IEA*0*000000001~", 3,
	    READER_END },
	{ ISA("^", ":~") "IEA*0*000000001", 2, READER_END },
	{ ISA("^", ":\n") "IEA*0*000000001", 2, READER_END },
	{ ISA("^", ":~") "IEA*0*00000000", 1, READER_CUT },
	{ ISA("^", ":~") "GS*HC", 1, READER_CUT },
	{ ISA("^", ":~") "IEA*0*000000001~\x1a\n", 2, READER_END },
	{ ISA("^", ":~") "IEA*0*000000001~GS*HC~", 3, READER_END },
	{ ISA("^", ":~") "IEA*0*000000001~hello", 2, READER_NOT_X12 },
	{ ISA("^", ":~") "IEA*0*000000001~\xef\xbb", 2, READER_NOT_X12 },
	{ ISA("^", ":~") TAIL("~") ISA("^", ":~"), 7, READER_END },
	{ ISA("^", ":~") "GS*HC~" ISA("|", ">!") "GS*HC!", 4, READER_END },
	{ ISA("^", ":~") "~~*~a*b~", 5, READER_END },
	{ ISA("^", "~\n") TAIL("~\n"), 6, READER_END },
	{ ISA("^", "~") TAIL("~"), 6, READER_END },
	{ ISA("^", "") TAIL("~"), 0, READER_BAD_ISA },
	{ "ISA*00*~GS*HC*A~", 0, READER_CUT },
	{ "ISA*00*~GS*HC*A*1*2*3*4*5*6*7*8*9*1*2*3*4*5*6*7*8*9~", 0,
	    READER_BAD_ISA },
	{ "ISA", 0, READER_CUT },
	{ "IS", 0, READER_CUT },
	{ "", 0, READER_END },
	{ " \r\n", 0, READER_END },
	{ "\xef\xbb\xbf", 0, READER_END },
	{ "ST*837*0001~", 0, READER_NOT_X12 },
	{ "ISAAC NEWTON WROTE THIS", 0, READER_NOT_X12 },
};

static void
reader_follows_what_really_occurs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;
		enum reader_status s = read_text(&b, rows[i].text);

		if (s != rows[i].status || lines(&b) != rows[i].segments)
			fail_msg("row %zu: status %d, not %d: %s", i, s,
			    rows[i].status, buf_str(&b));
		buf_free(&b);
	}
}

static void
reader_resumes_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_same_however_cut(rows[i].text);
}

/* What is read when a reader goes on after every text that is not X12. */
static void
read_on(struct buf *b, const char *text, size_t piece)
{
	struct reader *r = reader_new();
	size_t n = strlen(text), at = 0;
	enum reader_status s;

	assert_non_null(r);
	buf_init(b, 1 << 20);
	while ((s = drain(r, b)) != READER_END) {
		char *to;
		size_t room;

		if (s == READER_NOT_X12) {
			buf_addf(b, "%llu!",
			    (unsigned long long)reader_offset(r));
			reader_resync(r);
			continue;
		}
		if (s != READER_MORE)
			break;
		if (at == n) {
			reader_finish(r);
			continue;
		}
		reader_space(r, &to, &room);
		room = room < piece ? room : piece;
		room = room < n - at ? room : n - at;
		memcpy(to, text + at, room);
		reader_commit(r, room);
		at += room;
	}
	buf_addf(b, "%d", s);
	reader_free(r);
}

static void
reader_goes_on_at_the_next_isa(void **state)
{
	static const char *const between[] = { "x", "hello", "II", "IIISA",
		"VISA*", "VISA* ISA hello", "\n-- \nISAISA", "ISA\nISA ",
		"more and more and more and more and more and more text\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
		char text[1000];
		struct buf whole, cut;

		snprintf(text, sizeof(text), "%s%s\n%s!%s%s",
		    ISA("^", ":~") "IEA*0*000000001~", between[i],
		    ISA("^", ":~") "IEA*0*000000001~", between[i],
		    i % 2 ? "I" : ".ISA");
		read_on(&whole, text, sizeof(text));
		assert_int_equal(lines(&whole), 4);
		assert_non_null(strchr(buf_str(&whole), '!'));
		assert_int_equal(whole.p[whole.n - 1], '0' + READER_END);
		for (size_t piece = 1; piece < 60; piece++) {
			read_on(&cut, text, piece);
			assert_string_equal(buf_str(&cut), buf_str(&whole));
			buf_free(&cut);
		}
		buf_free(&whole);
	}
}

static void
reader_hands_out_elements_as_written(void **state)
{
	struct buf b;

	(void)state;
	read_text(&b, ISA("^", ":~") "N1**A:B^C**~\n  N2~");
	assert_non_null(strstr(buf_str(&b), "@106 N1[][A:B^C][][] 0 3a5e7e"));
	assert_non_null(strstr(buf_str(&b), "@121 N2 1 3a5e7e"));
	buf_free(&b);
}

static void
reader_has_no_repetition_separator_before_00402(void **state)
{
	struct buf b;

	(void)state;
	read_text(&b, ISA_HEAD "^*00401*000000001*0*T*:~N1*A^B~");
	assert_non_null(strstr(buf_str(&b), "3a007e"));
	buf_free(&b);
	read_text(&b, ISA("U", ":~") "N1*A^B~");
	assert_non_null(strstr(buf_str(&b), "3a007e"));
	buf_free(&b);
}

/* n copies of a segment of `length` bytes between an ISA and an IEA. */
static char *
long_file(size_t n, size_t length, size_t *size)
{
	const char head[] = ISA("^", ":~"), tail[] = "IEA*0*000000001~";
	char *p = malloc(sizeof(head) + sizeof(tail) + n * (length + 1));
	size_t at = sizeof(head) - 1;

	assert_non_null(p);
	memcpy(p, head, at);
	for (size_t i = 0; i < n; i++) {
		memset(p + at, 'A', length);
		memcpy(p + at, "N1*", 3);
		at += length;
		p[at++] = '~';
	}
	memcpy(p + at, tail, sizeof(tail));
	*size = at + sizeof(tail) - 1;
	return p;
}

static void
reader_refuses_a_segment_that_is_too_long(void **state)
{
	const struct {
		size_t length;
		enum reader_status status;
	} cases[] = {
		{ READER_SEGMENT_MAX, READER_END },
		{ READER_SEGMENT_MAX + 1, READER_TOO_LONG },
		{ 10 * READER_WINDOW, READER_TOO_LONG },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf b;
		size_t n;
		char *p = long_file(3, cases[i].length, &n);

		assert_int_equal(read_whole(&b, p, n), cases[i].status);
		buf_free(&b);
		free(p);
	}
}

/* Nothing but separators: as many marks as bytes. */
static void
reader_takes_any_number_of_elements(void **state)
{
	struct buf b;
	size_t n;
	char *p = long_file(20, READER_SEGMENT_MAX, &n);

	(void)state;
	for (size_t i = 106; i < n; i++)
		if (p[i] == 'A' && i < n - 16)
			p[i] = '*';
	assert_int_equal(read_whole(&b, p, n), READER_END);
	assert_int_equal(lines(&b), 22);
	buf_free(&b);
	memset(p + 106, '*', n - 106);
	assert_int_equal(read_whole(&b, p, n), READER_TOO_LONG);
	buf_free(&b);
	free(p);
}

static void
reader_gives_the_same_across_windows_however_fed(void **state)
{
	struct buf whole, cut;
	struct reader *r = reader_new();
	size_t n, step = 1;
	char *p = long_file(20000, 37, &n);

	(void)state;
	assert_int_equal(read_whole(&whole, p, n), READER_END);
	buf_init(&cut, 100 << 20);
	for (size_t at = 0; at < n; at += step) {
		step = step * 7 % 10007 + 1;
		if (step > n - at)
			step = n - at;
		feed(r, &cut, p + at, step);
	}
	assert_int_equal(finish(r, &cut), READER_END);
	assert_int_equal(reader_offset(r), n);
	assert_string_equal(buf_str(&cut), buf_str(&whole));
	buf_free(&cut);
	buf_free(&whole);
	reader_free(r);
	free(p);
}

/* ---- the marks ----------------------------------------------------------- */

enum { BYTES = 4096 };

struct found {
	uint32_t at[BYTES + MARKS_SLACK], end[BYTES + MARKS_SLACK];
	struct marks m;
};

static void
find(struct found *f, const char *how, const char *p, uint32_t from,
    uint32_t to, char terminator)
{
	marks_find *fn = marks_choose(how);

	f->m = (struct marks){ .at = f->at, .end = f->end, .fresh = true };
	if (fn != NULL)
		fn(&f->m, p, from, to, '*', terminator);
}

static void
assert_true_marks(const struct found *f, const char *p, uint32_t from,
    uint32_t to, char terminator)
{
	uint32_t n = 0, ends = 0;

	for (uint32_t i = from; i < to; i++) {
		if (p[i] != '*' && p[i] != terminator)
			continue;
		assert_int_equal(f->at[n], i);
		if (p[i] == terminator)
			assert_int_equal(f->end[ends++], n);
		n++;
	}
	assert_int_equal(f->m.n, n);
	assert_int_equal(f->m.ends, ends);
}

/* What a segment may not hold lies in the range. */
static void
assert_odd_range(const struct found *f, const char *p, uint32_t from,
    uint32_t to, char terminator)
{
	bool fresh = true;

	for (uint32_t i = from; i < to; i++) {
		unsigned char c = (unsigned char)p[i];
		bool line = c == '\n' || c == '\r';

		if (c != '*' && c != (unsigned char)terminator &&
		    (line ? !fresh : c < ' ' || c > '~')) {
			assert_true(i >= f->m.odd_from);
			assert_true(i < f->m.odd_to);
		}
		fresh = c == (unsigned char)terminator || (line && fresh);
	}
}

static void
all_indexes_find_the_same_in_random_bytes(void **state)
{
	static const char *const how[] = { "portable", "sse2", "avx2",
		"avx512" };
	static const char alphabet[] = "*~\n\rAB *~\x01\xff\x7f\x80\x1f~|}";
	static char p[BYTES + MARKS_SLACK];
	static struct found f[4];

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 3000; round++) {
		uint32_t to = (uint32_t)rand() % BYTES;
		uint32_t from = to > 0 ? (uint32_t)rand() % to : 0;
		unsigned letters = round % 2 ? sizeof(alphabet) - 1 : 6;
		char t = "~\n\r\x1d"[round / 2 % 4];

		for (uint32_t i = 0; i < BYTES; i++)
			p[i] = alphabet[(unsigned)rand() % letters];
		for (unsigned k = 0; k < 4; k++) {
			find(&f[k], how[k], p, from, to, t);
			if (marks_choose(how[k]) == NULL)
				continue;
			assert_true_marks(&f[k], p, from, to, t);
			assert_odd_range(&f[k], p, from, to, t);
			assert_int_equal(f[k].m.fresh, f[0].m.fresh);
			assert_int_equal(f[k].m.odd_from, f[0].m.odd_from);
			assert_int_equal(f[k].m.odd_to, f[0].m.odd_to);
		}
	}
}

static void
plain_text_with_line_ends_is_not_odd(void **state)
{
	struct found f;
	char p[BYTES + MARKS_SLACK];

	(void)state;
	for (uint32_t i = 0; i + 9 <= BYTES; i += 9)
		memcpy(p + i, "N1*ABC~\r\n", 9);
	find(&f, "auto", p, 0, 4095, '~');
	assert_int_equal(f.m.odd_to, 0);
	memcpy(p + 900, "N1*A\nC~\r\n", 9);
	find(&f, "auto", p, 0, 4095, '~');
	assert_true(f.m.odd_from <= 904 && f.m.odd_to > 904);
}

static void
reader_takes_an_index_by_name(void **state)
{
	struct reader *r = reader_new();

	(void)state;
	assert_true(reader_use_index(r, "portable"));
	assert_true(reader_use_index(r, "auto"));
	assert_false(reader_use_index(r, "abacus"));
	reader_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_follows_what_really_occurs),
		cmocka_unit_test(reader_resumes_at_every_byte),
		cmocka_unit_test(reader_goes_on_at_the_next_isa),
		cmocka_unit_test(reader_hands_out_elements_as_written),
		cmocka_unit_test(
		    reader_has_no_repetition_separator_before_00402),
		cmocka_unit_test(reader_refuses_a_segment_that_is_too_long),
		cmocka_unit_test(reader_takes_any_number_of_elements),
		cmocka_unit_test(
		    reader_gives_the_same_across_windows_however_fed),
		cmocka_unit_test(all_indexes_find_the_same_in_random_bytes),
		cmocka_unit_test(plain_text_with_line_ends_is_not_odd),
		cmocka_unit_test(reader_takes_an_index_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
