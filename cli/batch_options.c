/* SPDX-License-Identifier: ISC */
#include "cli/batch_options.h"

#include "base/clock.h"
#include "base/io.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DEFAULTS = 1 << 20 };

const char *
batch_options_say(int c)
{
	static const struct {
		int c;
		const char *say;
	} words[] = {
		{ 'E', "--sender takes an identity such as ZZ:CLINICA or "
		    "CLINICA, of 2 to 15 characters" },
		{ 'R', "--receiver takes an identity such as ZZ:PAYERX or "
		    "PAYERX, of 2 to 15 characters" },
		{ 'D', "--date takes CCYYMMDD, such as 20260131" },
		{ 'T', "--time takes HHMM, such as 1805" },
		{ 'N', "--control takes a number from 1 to 999999999" },
		{ 'U', "--usage takes T (a test) or P (production)" },
		{ 'S', "--set-claims takes a number from 1" },
		{ 'P', "--patient-claims takes a number from 1" },
		{ 'I', "--claim-lines takes a number from 1" },
		{ 'B', "--characters takes basic or extended" },
		{ 'V', "--severity was given too often" },
		{ 'F', "--unfit takes refuse or replace" },
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].c == c)
			return words[i].say;
	return "there is no such value of this option";
}

/* "ZZ:CLINICA" or "CLINICA". */
static bool
take_identity(const char *text, char *qualifier, char *id)
{
	const char *colon = strchr(text, ':');
	struct slice q = colon ? slice(text, (size_t)(colon - text)) :
	    SLICE_LIT("ZZ");

	text = colon ? colon + 1 : text;
	return q.n == 2 && slice_copy(q, qualifier, 3) && strlen(text) >= 2 &&
	    strlen(text) <= 15 && slice_copy(slice_str(text), id, 20);
}

static bool
take_digits(const char *text, size_t shortest, size_t longest, char *to)
{
	size_t n = strspn(text, "0123456789");

	return text[n] == '\0' && n >= shortest && n <= longest &&
	    slice_copy(slice(text, n), to, longest + 1);
}

static bool
take_limit(const char *text, uint32_t *to)
{
	uint64_t n;

	if (!slice_u64(slice_str(text), &n) || n < 1 || n > UINT32_MAX)
		return false;
	*to = (uint32_t)n;
	return true;
}

/* What else the partner asks for, or the biller leaves out. */
static bool
take_wish(struct batch_options *x, int c, const char *text)
{
	struct record_batch_options *o = &x->batch;

	switch (c) {
	case 'W':
		x->defaults = text;
		return true;
	case 'S':
		return take_limit(text, &o->claims_max);
	case 'P':
		return take_limit(text, &o->patient_claims_max);
	case 'I':
		return take_limit(text, &o->lines_max);
	case 'B':
		o->basic = strcmp(text, "basic") == 0;
		return o->basic || strcmp(text, "extended") == 0;
	case 'F':
		o->replace = strcmp(text, "replace") == 0;
		return o->replace || strcmp(text, "refuse") == 0;
	default:
		return true;
	}
}

bool
batch_options_take(struct batch_options *x, int c, const char *text)
{
	uint64_t n;

	switch (c) {
	case 'O':
		x->output = text;
		return true;
	case 'G':
		x->files.companion = text;
		return true;
	case 'V':
		return layers_add_severity(&x->files, text);
	case 'L':
		x->files.rules = text;
		return true;
	case 'C':
		x->files.codes = text;
		return true;
	case 'E':
		return take_identity(text, x->sender_qualifier, x->sender);
	case 'R':
		return take_identity(text, x->receiver_qualifier,
		    x->receiver);
	case 'D':
		return take_digits(text, 8, 8, x->date);
	case 'T':
		return take_digits(text, 4, 6, x->time);
	case 'N':
		if (!slice_u64(slice_str(text), &n) || n < 1 || n > 999999999)
			return false;
		x->batch.isa.control = x->batch.group = n;
		return true;
	case 'U':
		x->batch.isa.usage = text[0];
		return strcmp(text, "T") == 0 || strcmp(text, "P") == 0;
	default:
		return take_wish(x, c, text);
	}
}

void
batch_options_init(struct batch_options *x)
{
	struct record_batch_options *o = &x->batch;

	clock_x12(clock_wall(), x->date, x->time);
	o->isa = (struct writer_isa){ .sender_qualifier = x->sender_qualifier,
		.sender = x->sender,
		.receiver_qualifier = x->receiver_qualifier,
		.receiver = x->receiver, .date = x->date, .time = x->time,
		.control = 1, .usage = 'T' };
	o->sender = x->sender;
	o->receiver = x->receiver;
	o->time = x->time;
	o->group = 1;
	o->delimiters = writer_default_delimiters;
	o->suffix = "\n";
}

static int
take_default(const struct batch_options *x,
    struct record_batch *b, struct slice text, uint64_t line,
    struct err *e)
{
	struct record_fault fault;
	int rc = record_batch_default(b, text, &fault, e);

	return rc <= 0 ? rc : err_set(e, -EINVAL, "%s:%" PRIu64 ": %s%s%s",
	    x->defaults, line, fault.field, fault.field[0] ? ": " : "",
	    fault.text);
}

/* What records need not say: a file of lines like records. */
int
batch_options_defaults(const struct batch_options *x,
    struct record_batch *b, struct err *e)
{
	char *text = NULL, *p;
	size_t left = 0, n;
	int rc = x->defaults ? io_slurp(x->defaults, DEFAULTS, &text, &left,
	    e) : 0;

	p = text;
	for (uint64_t line = 1; rc == 0 && left > 0; line++) {
		char *end = memchr(p, '\n', left);

		n = end ? (size_t)(end - p) : left;
		rc = take_default(x, b, slice(p, n), line, e);
		n += end != NULL;
		p += n;
		left -= n;
	}
	free(text);
	return rc;
}
