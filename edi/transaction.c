/* SPDX-License-Identifier: ISC */
#include "edi/transaction.h"

/* Bare sets last: the first row that fits is taken. */
static const struct transaction transactions[] = {
	{ "837P", "837", "005010X222", "HC", "professional claim", false },
	{ "837I", "837", "005010X223", "HC", "institutional claim", false },
	{ "837D", "837", "005010X224", "HC", "dental claim", false },
	{ "837P", "837", "004010X098", "HC", "professional claim", false },
	{ "837I", "837", "004010X096", "HC", "institutional claim", false },
	{ "837D", "837", "004010X097", "HC", "dental claim", false },
	{ "835", "835", "005010X221", "HP", "remittance advice", false },
	{ "277CA", "277", "005010X214", "HN", "claim acknowledgment", true },
	{ "276", "276", "005010X212", "HR", "claim status request", false },
	{ "277", "277", "005010X212", "HN", "claim status response", false },
	{ "277RFAI", "277", "005010X213", "HN",
	    "request for additional information", false },
	{ "999", "999", "005010X231", "FA", "implementation acknowledgment",
	    true },
	{ "997", "997", "", "FA", "functional acknowledgment", true },
	{ "270", "270", "005010X279", "HS", "eligibility inquiry", false },
	{ "271", "271", "005010X279", "HB", "eligibility response", false },
	{ "834", "834", "005010X220", "BE", "benefit enrollment", false },
	{ "820", "820", "005010X218", "RA", "premium payment", false },
	{ "278", "278", "005010X217", "HI", "services review", false },
	{ "837", "837", "", "HC", "health care claim", false },
	{ "835", "835", "", "HP", "remittance advice", false },
	{ "276", "276", "", "HR", "claim status request", false },
	{ "277", "277", "", "HN", "claim status", false },
	{ "999", "999", "", "FA", "implementation acknowledgment", true },
	{ "270", "270", "", "HS", "eligibility inquiry", false },
	{ "271", "271", "", "HB", "eligibility response", false },
	{ "834", "834", "", "BE", "benefit enrollment", false },
	{ "820", "820", "", "RA", "premium payment", false },
	{ "278", "278", "", "HI", "services review", false },
};

static bool
transaction_fits(const struct transaction *t, struct slice set_id,
    struct slice version)
{
	size_t n = strlen(t->version);

	return slice_is(set_id, t->set_id) && version.n >= n &&
	    memcmp(version.p ? version.p : "", t->version, n) == 0;
}

const struct transaction *
transaction_find(struct slice set_id, struct slice version)
{
	for (size_t i = 0; i < sizeof(transactions) / sizeof(*transactions);
	    i++)
		if (transaction_fits(&transactions[i], set_id, version))
			return &transactions[i];
	return NULL;
}

void
transaction_type(struct slice set_id, struct slice version,
    char to[static 8])
{
	const struct transaction *t = transaction_find(set_id, version);

	slice_copy(t ? slice_str(t->type) : set_id, to, 8);
}
