/* SPDX-License-Identifier: ISC */
#include "edi/ack/codes.h"

const struct ack_code ack_codes[] = {
#define ACK_CODE(element, code, meaning, advice) \
	{ element, code, meaning, advice },
#include "edi/ack/codes.def"
#undef ACK_CODE
	{ NULL, NULL, NULL, NULL }
};

const struct ack_code *
ack_code_find(const char *element, struct slice code)
{
	for (const struct ack_code *c = ack_codes; c->element; c++)
		if (strcmp(c->element, element) == 0 &&
		    slice_is(code, c->code))
			return c;
	return NULL;
}
