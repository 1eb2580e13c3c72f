/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_ENGINE_RECORDS_H
#define TESTS_DAEMON_ENGINE_RECORDS_H

/*
 * A rig whose clerk drops claim records; the worker is the real one, with its
 * guides. Include after cmocka.h.
 */

#include "tests/daemon/engine_clerk.h"

#define RECORD_END_FIELDS \
	"\"submitter\":{\"name\":\"Sample Billing Co\",\"id\":\"SUB001\"," \
	"\"contacts\":[{\"name\":\"Help\",\"numbers\":[{\"type\":\"TE\"," \
	"\"value\":\"5555550100\"}]}]}," \
	"\"receiver\":{\"name\":\"Imaginary Health Plan\",\"id\":\"99999\"}," \
	"\"billing_provider\":{\"name\":\"Sample Clinic\"," \
	"\"id\":\"1234567893\",\"address\":{\"line1\":\"1 Example Road\"," \
	"\"city\":\"Nowhere\",\"state\":\"OH\",\"postal_code\":\"440010001\"" \
	"},\"employer_id\":\"000000001\"},\"subscriber\":{\"coverage\":{" \
	"\"sequence\":\"P\",\"relationship\":\"18\"," \
	"\"filing_indicator\":\"CI\"},\"last_name\":\"Canaryone\"," \
	"\"first_name\":\"Testy\",\"id_type\":\"MI\",\"id\":\"MEM00002X\"," \
	"\"address\":{\"line1\":\"2 Madeup Lane\",\"city\":\"Nowhere\"," \
	"\"state\":\"OH\",\"postal_code\":\"440010001\"}," \
	"\"birth_date\":\"1980-01-02\",\"gender\":\"F\"}," \
	"\"payer\":{\"name\":\"Imaginary Health Plan\",\"id_type\":\"PI\"," \
	"\"id\":\"99999\"},"

/* One record; its claim's only line is charged 125.00. */
static inline void
rig_record(struct buf *to, const char *claim, const char *charge)
{
	buf_addf(to, "{\"type\":\"837P\",\"transaction\":{\"purpose\":\"00\","
	    "\"reference\":\"R-1\",\"date\":\"2026-03-01\",\"time\":\"09:15\","
	    "\"type\":\"CH\"}," RECORD_END_FIELDS
	    "\"claim\":{\"id\":\"%s\",\"charge\":\"%s\","
	    "\"place_of_service\":\"11\",\"frequency\":\"1\","
	    "\"signature_on_file\":true,\"assignment\":\"A\","
	    "\"benefits_assigned\":\"Y\",\"release_of_information\":\"Y\","
	    "\"diagnoses\":[{\"type\":\"ABK\",\"code\":\"J020\"}],"
	    "\"lines\":[{\"procedure\":{\"type\":\"HC\",\"code\":\"99213\"},"
	    "\"charge\":\"125.00\",\"unit\":\"UN\",\"units\":1,"
	    "\"diagnosis_pointers\":[\"1\"],"
	    "\"service_date\":\"2026-02-25\"}]}}", claim, charge);
}

/* n records of claims STEM-1 .., one a line. */
static inline void
rig_drop_records(struct rig *r, const char *partner, const char *name,
    const char *stem, unsigned n)
{
	char claim[40];
	struct buf b;

	buf_init(&b, 1 << 20);
	for (unsigned i = 1; i <= n; i++) {
		snprintf(claim, sizeof(claim), "%s-%u", stem, i);
		rig_record(&b, claim, "125.00");
		buf_add_char(&b, '\n');
	}
	rig_drop(r, partner, name, b.p, b.n);
	buf_free(&b);
}

#define TABLE_HEAD \
	"type,claim_id,total_charge,place_of_service,frequency," \
	"signature_on_file,assignment,benefits_assigned," \
	"release_of_information,billing_name,billing_npi,billing_tax_id," \
	"billing_address,billing_city,billing_state,billing_zip,payer_name," \
	"payer_id,payer_sequence,relationship,filing_indicator," \
	"subscriber_last_name,subscriber_first_name,member_id," \
	"subscriber_address,subscriber_city,subscriber_state," \
	"subscriber_zip,subscriber_birth_date,subscriber_gender,diagnosis1," \
	"service_date,procedure,line_charge,units,diagnosis_pointers\n"

/* One claim with two lines, 100.00 and 25.00: two rows. */
static inline void
rig_rows(struct buf *to, const char *claim, const char *charge)
{
	buf_addf(to, "837P,%s,%s,11,1,Y,A,Y,Y,\"Sample Clinic, PC\",1234567893,"
	    "000000001,1 Example Road,Nowhere,OH,440010001,"
	    "Imaginary Health Plan,99999,P,18,CI,Canaryone,Testy,MEM00002X,"
	    "2 Madeup Lane,Nowhere,OH,440010001,1980-01-02,F,J020,2026-02-25,"
	    "99213,100.00,1,1\n837P,%s,", claim, charge, claim);
	for (unsigned i = 0; i < 29; i++)
		buf_add_char(to, ',');
	buf_add_str(to, "2026-02-25,73590,25.00,1,1\n");
}

/* As a reload would: the same partners, otherwise set. */
static inline void
rig_configure(struct rig *r, const char *more)
{
	struct config *before = r->config;

	r->config = rig_config(r, more);
	engine_reload(r->g, r->config);
	config_free(before);
}

/* How often text stands in what a partner got. */
static inline unsigned
rig_sent(struct rig *r, const char *partner, const char *text)
{
	struct rig_partner *p = rig_partner(r, partner);
	unsigned count = 0;

	for (unsigned i = 0; i < p->count; i++)
		for (const char *at = p->files[i].bytes;
		    strcmp(p->files[i].dir, "/out") != 0 &&
		    !strstr(p->files[i].name, ".part") &&
		    (at = strstr(at, text)); at++)
			count++;
	return count;
}

#endif
