/* SPDX-License-Identifier: ISC */
#include "spool/fields.h"

#include <assert.h>

#define F(type, of, member) \
	{ FIELD_##type, offsetof(struct of, member), \
	    sizeof(((struct of *)0)->member) }
#define END { FIELD_END, 0, 0 }

const struct field file_fields[] = {
	F(ID, store_file, id),
	F(ID, store_file, parent),
	F(ENUM, store_file, kind),
	F(ENUM, store_file, state),
	F(TEXT, store_file, partner),
	F(TEXT, store_file, name),
	F(TEXT, store_file, directory),
	F(TEXT, store_file, sha256),
	F(U64, store_file, size),
	F(I64, store_file, remote_mtime),
	F(I64, store_file, created),
	F(I64, store_file, changed),
	F(I64, store_file, next_try),
	F(U32, store_file, attempts),
	F(U32, store_file, ordinal),
	F(U64, store_file, isa_control),
	F(CHAR, store_file, usage),
	F(TEXT, store_file, type),
	F(U32, store_file, claims),
	F(BOOL, store_file, settled),
	F(TEXT, store_file, reason),
	F(ID, store_file, batch),
	F(I64, store_file, charge),
	END
};

const struct field group_fields[] = {
	F(ROW, store_group, row),
	F(ID, store_group, file),
	F(U64, store_group, isa_control),
	F(U64, store_group, control),
	F(TEXT, store_group, functional_id),
	F(TEXT, store_group, version),
	F(TEXT, store_group, sender),
	F(TEXT, store_group, receiver),
	END
};

const struct field set_fields[] = {
	F(ROW, store_set, row),
	F(ROW, store_set, group),
	F(ID, store_set, file),
	F(TEXT, store_set, id),
	F(TEXT, store_set, control),
	F(TEXT, store_set, reference),
	F(TEXT, store_set, original_reference),
	F(U32, store_set, claims),
	END
};

const struct field claim_fields[] = {
	F(ROW, store_claim, row),
	F(ROW, store_claim, set),
	F(ID, store_claim, file),
	F(TEXT, store_claim, partner),
	F(TEXT, store_claim, claim),
	F(TEXT, store_claim, frequency),
	F(TEXT, store_claim, trace),
	F(I64, store_claim, amount),
	F(U32, store_claim, ordinal),
	F(U32, store_claim, segment),
	F(U64, store_claim, offset),
	F(U64, store_claim, length),
	F(I64, store_claim, created),
	F(TEXT, store_claim, digest),
	END
};

const struct field answer_fields[] = {
	F(ROW, store_answer, row),
	F(ENUM, store_answer, kind),
	F(ID, store_answer, file),
	F(TEXT, store_answer, partner),
	F(TEXT, store_answer, status),
	F(TEXT, store_answer, code),
	F(I64, store_answer, amount),
	F(I64, store_answer, paid),
	F(TEXT, store_answer, reference),
	F(TEXT, store_answer, claim),
	F(TEXT, store_answer, payer_claim),
	F(U64, store_answer, control),
	F(TEXT, store_answer, set_control),
	F(U32, store_answer, segment),
	F(I64, store_answer, created),
	F(TEXT, store_answer, functional_id),
	F(ID, store_answer, outgoing),
	F(ROW, store_answer, group),
	F(ROW, store_answer, set),
	F(ROW, store_answer, matched_claim),
	END
};

const struct field event_fields[] = {
	F(ROW, store_event, row),
	F(I64, store_event, at),
	F(ID, store_event, file),
	F(TEXT, store_event, partner),
	F(TEXT, store_event, what),
	F(TEXT, store_event, evidence),
	END
};

const struct field partner_fields[] = {
	F(TEXT, store_partner, name),
	F(BOOL, store_partner, paused),
	F(TEXT, store_partner, reason),
	F(I64, store_partner, since),
	F(I64, store_partner, last_poll),
	F(I64, store_partner, next_poll),
	F(U32, store_partner, failures),
	END
};

void
fields_check(const struct field *f, const void *row)
{
	for (; f->type != FIELD_END; f++) {
		const char *p = (const char *)row + f->at;

		if (f->type == FIELD_TEXT)
			assert(memchr(p, '\0', f->size) != NULL);
		else if (f->type == FIELD_ROW || f->type == FIELD_U64)
			assert(field_int(f, row) >= 0);
	}
}

int64_t
field_int(const struct field *f, const void *row)
{
	const char *p = (const char *)row + f->at;
	int64_t wide;
	uint32_t narrow;

	switch (f->size) {
	case 8:
		memcpy(&wide, p, sizeof(wide));
		return wide;
	case 4:
		memcpy(&narrow, p, sizeof(narrow));
		return narrow;
	default:
		assert(f->size == 1);
		return (unsigned char)*p;
	}
}

void
field_set_int(const struct field *f, void *row, int64_t v)
{
	char *p = (char *)row + f->at;
	uint32_t narrow = (uint32_t)v;

	switch (f->size) {
	case 8:
		memcpy(p, &v, sizeof(v));
		return;
	case 4:
		memcpy(p, &narrow, sizeof(narrow));
		return;
	default:
		assert(f->size == 1);
		*p = (char)(f->type == FIELD_BOOL ? v != 0 : v);
	}
}
