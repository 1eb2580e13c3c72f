/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/money.h"
#include "edi/sheet.h"
#include "tests/support/document.h"
#include "tests/support/golden.h"

#include <stdio.h>
#include <stdlib.h>

static struct guides *guides;
static struct record_kinds *kinds;

/* ---- a file as a sheet --------------------------------------------------- */

struct making {
	struct walk *walk;
	struct sheet_maker *maker;
	struct buf *to;
};

static void
on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct making *)ctx)->walk, s);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct making *)ctx)->walk, s, ordinal);
}

static void
on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct making *)ctx)->walk, s);
}

static int
on_tree(void *ctx, const struct record_whole *t, struct err *e)
{
	struct making *m = ctx;

	(void)e;
	sheet_add(m->maker, "FILE", t, m->to);
	return 0;
}

static void
make(const struct sheet *sh, struct buf *to, const char *p, size_t n,
    size_t piece)
{
	static const struct scan_ops ops = { .on_set = on_set,
		.on_segment = on_segment, .on_set_end = on_set_end };
	struct making m = { .to = to };
	struct scan *s = scan_new(&ops, &m);
	struct record_out *o;
	struct err e = ERR_NONE;

	assert_non_null(s);
	m.walk = walk_new(s, guides, NULL);
	m.maker = sheet_maker_new(sh, false);
	assert_non_null(m.walk);
	assert_non_null(m.maker);
	o = record_out_wholes(s, m.walk, kinds, on_tree, &m);
	assert_non_null(o);
	sheet_heading(m.maker, to);
	for (size_t i = 0; i < n; i += piece)
		scan_feed(s, p + i, n - i < piece ? n - i : piece);
	scan_finish(s);
	assert_int_equal(record_out_error(o, &e), 0);
	assert_int_equal(sheet_unfit_count(m.maker), 0);
	record_out_free(o);
	walk_free(m.walk);
	scan_free(s);
	sheet_maker_free(m.maker);
}

static const struct sheet *
named(const char *name)
{
	for (unsigned i = 0; sheet(i); i++)
		if (strcmp(sheet(i)->name, name) == 0)
			return sheet(i);
	fail_msg("no sheet %s", name);
	return NULL;
}

/* All sheets that have rows of the file. */
static void
make_all(struct buf *to, const char *p, size_t n, size_t piece)
{
	for (unsigned i = 0; sheet(i); i++) {
		struct buf table;
		const char *heading;

		buf_init(&table, 1 << 20);
		make(sheet(i), &table, p, n, piece);
		heading = memchr(table.p, '\n', table.n);
		if (heading + 1 < table.p + table.n) {
			buf_addf(to, "== %s\n", sheet(i)->name);
			buf_add_slice(to, buf_slice(&table));
		}
		buf_free(&table);
	}
}

static void
sheets_are_as_expected(void **state)
{
	(void)state;
	golden_run("records", "csv", make_all);
}

/* ---- sums ---------------------------------------------------------------- */

struct sums {
	int columns[3], wanted;
	const char *names[3];
	int level;
	const char *only;           /* rows of this level, or NULL */
	int64_t sums[3];
};

static int
sums_on_row(void *ctx, const struct csv_row *row, struct err *e)
{
	struct sums *s = ctx;

	(void)e;
	for (int c = 0; row->number == 1 && c < (int)row->count; c++) {
		for (int i = 0; i < s->wanted; i++)
			if (slice_is(row->cells[c], s->names[i]))
				s->columns[i] = c;
		if (slice_is(row->cells[c], "level"))
			s->level = c;
	}
	for (int i = 0; row->number > 1 && i < s->wanted; i++) {
		int64_t cents;

		if ((!s->only || slice_is(row->cells[s->level], s->only)) &&
		    money_parse(row->cells[s->columns[i]], &cents))
			s->sums[i] += cents;
	}
	return 0;
}

static void
add_up(struct sums *s, const struct buf *table)
{
	struct csv *c = csv_new(sums_on_row, s);
	struct err e;

	assert_non_null(c);
	assert_int_equal(csv_feed(c, table->p, table->n, &e), 0);
	assert_int_equal(csv_finish(c, &e), 0);
	csv_free(c);
}

#define HEAD "ISA*00*          *00*          *ZZ*PAYERX         *ZZ*CLINICA  " \
	"      *260131*1805*^*00501*000000001*0*T*:~GS*HP*PAYERX*CLINICA*" \
	"20260131*1805*1*X*005010X221A1~ST*835*0001~"
#define TAIL "SE*99*0001~GE*1*1~IEA*1*000000001~"
#define PARTIES "TRN*1*T1*1123456789~N1*PR*PAYER X~N3*A~N4*B*IL*60601~" \
	"PER*BL*X*TE*3125550100~N1*PE*GOOD CLINIC*XX*1111111112~LX*1~"

/*
 * Lines that do not say all, adjustments of the claim, a claim without lines, a
 * reversal, groups without a column, and the provider: paid is the payment.
 */
static const char odd[] = HEAD "BPR*I*171.5*C*CHK************20260130~" PARTIES
	"CLP*A1*1*300*150.25*20*12*P1~CAS*CO*96*10**97*4.75~"
	"NM1*QC*1*SAMPLE*=CMD()~"
	"SVC*HC:99213*180*120~DTM*472*20260105~CAS*CO*45*30~CAS*PR*1*30~"
	"SVC*HC:73590*100*45~CAS*OA*23*50**94*-5~CAS*CR*1*10~"
	"CLP*A2*22*-50*-40*0*12*P2~CAS*PI*45*-10~NM1*QC*1*DOE*JO~"
	"CLP*A3*1*80*80**12*P3~NM1*QC*1*DOE*JO~SVC*HC:99212*80*80~"
	"PLB*1111111112*20261231*WO:X*20*L6*-1.25~" TAIL;

static void
remittances_add_up_to_the_payment(void **state)
{
	struct sums s = { .names = { "charge", "paid", "contractual" },
		.wanted = 3 };
	struct sums a = { .names = { "amount" }, .wanted = 1 };
	struct buf table;

	(void)state;
	buf_init(&table, 1 << 20);
	make(named("remittance"), &table, odd, sizeof(odd) - 1, 4096);
	add_up(&s, &table);
	assert_int_equal(s.sums[0], 30000 - 5000 + 8000);
	/* The claims' 190.25 less the provider's 18.75 */
	assert_int_equal(s.sums[1], 17150);
	assert_int_equal(s.sums[2], 4475);
	/* A name that is a formula is none any more. */
	assert_non_null(strstr(buf_str(&table), ",SAMPLE,'=CMD(),"));
	buf_reset(&table);
	make(named("adjustments"), &table, odd, sizeof(odd) - 1, 4096);
	a.only = "provider";
	add_up(&a, &table);
	assert_int_equal(a.sums[0], 1875);
	buf_free(&table);
}

/* What every claim brings again is told once, and again in the next set. */
static void
statuses_of_a_batch_are_told_once(void **state)
{
	static const char text[] = "ISA*00*          *00*          *ZZ*PAYERX  "
	    "       *ZZ*CLINICA        *260131*1805*^*00501*000000001*0*T*:~"
	    "GS*HN*PAYERX*CLINICA*20260131*1805*1*X*005010X214~"
#define SET "ST*277*0001*005010X214~BHT*0085*08*R*20260131*1805*TH~" \
	    "HL*1**20*1~NM1*PR*2*PAYER X*****PI*12345~TRN*1*T~" \
	    "DTP*050*D8*20260131~DTP*009*D8*20260131~" \
	    "HL*2*1*21*1~NM1*41*2*CLEAN*****46*CLINICA~TRN*2*B1~" \
	    "STC*A1:19:PR*20260131*WQ*30~QTY*90*2~AMT*YU*30~" \
	    "HL*3*2*19*1~NM1*85*2*GOOD*****XX*1111111112~" \
	    "HL*4*3*PT*0~NM1*QC*1*A*B****MI*1~TRN*2*C1~" \
	    "STC*A2:20*20260131*WQ*10~" \
	    "HL*5*3*PT*0~NM1*QC*1*A*B****MI*1~TRN*2*C2~" \
	    "STC*A2:20*20260131*WQ*20~SE*23*0001~"
	    SET SET "GE*2*1~IEA*1*000000001~";
	struct buf table;
	unsigned rows = 0, batches = 0;

	(void)state;
	buf_init(&table, 1 << 20);
	make(named("statuses"), &table, text, sizeof(text) - 1, 4096);
	for (const char *p = buf_str(&table); (p = strchr(p, '\n')); p++)
		rows++;
	for (const char *p = buf_str(&table); (p = strstr(p, ",submitter,"));
	    p++)
		batches++;
	assert_int_equal(batches, 2);
	assert_int_equal(rows, 1 + 2 * 3);
	buf_free(&table);
}

/* ---- the table of columns ------------------------------------------------ */

/* Has some kind of the sheet one of the members, "a.b|c.d:from"? */
static bool
some_kind_has(const struct sheet *sh, const char *paths)
{
	for (unsigned k = 0; record_kind_name(k); k++) {
		struct err e;
		const struct record_kind *kind = record_kind_named(kinds,
		    slice_str(record_kind_name(k)), &e);

		assert_non_null(kind);
		for (const char *p = paths; sheet_is_of(sh, kind); p++) {
			struct record_member m;
			struct record_member_fault f;

			if (record_member_find(kind, slice(p,
			    strcspn(p, "|:")), &m, &f))
				return true;
			if (!(p = strchr(p, '|')))
				break;
		}
	}
	return false;
}

static void
columns_are_members(void **state)
{
	(void)state;
	for (unsigned i = 0; sheet(i); i++)
		for (unsigned c = 0; c < sheet(i)->column_count; c++) {
			const char *paths = sheet(i)->columns[c].paths;

			if (paths[0] != '=' && !some_kind_has(sheet(i),
			    paths))
				fail_msg("%s: %s", sheet(i)->name, paths);
		}
}

static void
documents_have_the_columns(void **state)
{
	(void)state;
	for (unsigned i = 0; sheet(i); i++) {
		char path[64];
		struct buf table;

		buf_init(&table, 1 << 20);
		snprintf(path, sizeof(path), "docs/csv/%s.md", sheet(i)->name);
		sheet_table(&table, sheet(i));
		document_holds(path, "columns", buf_slice(&table));
		buf_free(&table);
	}
}

static int
set_up(void **state)
{
	(void)state;
	guides = guides_new();
	kinds = guides ? record_kinds_new(guides) : NULL;
	return kinds ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	record_kinds_free(kinds);
	guides_free(guides);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sheets_are_as_expected),
		cmocka_unit_test(remittances_add_up_to_the_payment),
		cmocka_unit_test(statuses_of_a_batch_are_told_once),
		cmocka_unit_test(columns_are_members),
		cmocka_unit_test(documents_have_the_columns),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
