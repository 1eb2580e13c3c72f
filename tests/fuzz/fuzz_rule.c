/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a rule file: it is refused with a reason, or (one length in
 * four) it is bound to a guide and judges a small set.
 */
#include "edi/inspection.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char set[] =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    "*260131*1805*^*00501*000000001*0*T*:~"
    "GS*HC*SENDER*RECEIVER*20260131*1805*1*X*005010X222A1~"
    "ST*837*0001*005010X222A1~BHT*0019*00*B1*20260131*1805*CH~"
    "NM1*41*2*SENDER*****46*S~PER*IC*HELP*TE*2175550100~"
    "NM1*40*2*RECEIVER*****46*R~HL*1**20*1~"
    "NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*ANYTOWN*OH*441010000~"
    "REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******CI~"
    "NM1*IL*1*SAMPLE*SALLY****MI*A1~N3*2 OAK ST~N4*ANYTOWN*OH*441010000~"
    "DMG*D8*19800229*F~NM1*PR*2*PAYER*****PI*1~CLM*1*300***11:B:7*Y*A*Y*Y~"
    "REF*F8*X~HI*ABK:I10*ABF:E119*ABF:E119~SBR*S*18*******CI~AMT*D*100~"
    "OI***Y***Y~NM1*IL*1*SAMPLE*SAM****MI*B1~NM1*PR*2*OTHER*****PI*2~LX*1~"
    "SV1*HC:99213:25:59*180*UN*1***1:2~DTP*472*D8*20260105~"
    "SVD*2*100*HC:99213**1~CAS*CO*45*80~DTP*573*D8*20260120~LX*2~"
    "SV1*HC:73590*120*UN*1***1~DTP*472*RD8*20260105-20260106~"
    "SE*35*0001~GE*1*1~IEA*1*000000001~";

static struct guides *guides;

/* Bound to the guide of a small set, and judged along it. */
static void
fuzz_judge(struct rules *r)
{
	static const struct scan_ops ops;
	struct inspection_settings settings = { .today = 20261121,
		.guides = guides, .rules = r };
	struct inspection *x = inspection_new(&settings, &ops, NULL, NULL);

	if (!x)
		abort();
	scan_feed(inspection_scan(x), set, sizeof(set) - 1);
	if (scan_finish(inspection_scan(x)) != SCAN_COMPLETE)
		abort();
	inspection_free(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rules *r = rules_new();
	struct err e = ERR_NONE;

	if (!guides)
		guides = guides_new();
	if (!r || !guides)
		abort();
	if (rules_load_text(r, slice((const char *)data, size), "fuzz",
	    &e) < 0) {
		if (e.code == 0 || rules_row(r, 0))
			abort();
	} else if (size % 4 == 0) {
		/* Judging takes far longer than parsing: not each time. */
		fuzz_judge(r);
	}
	rules_free(r);
	return 0;
}
