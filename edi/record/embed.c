/* SPDX-License-Identifier: ISC */
#include "edi/record/embed.h"
#include "edi/embed.h"

#define RECORD_FILES(X) \
	X(record_837p, "837P", "005010X222A1", "837", \
	    "A professional claim") \
	X(record_837i, "837I", "005010X223A2", "837", \
	    "An institutional claim") \
	X(record_837d, "837D", "005010X224A2", "837", \
	    "A dental claim") \
	X(record_277ca, "277CA", "005010X214", "277", \
	    "What a payer says of a claim that it received") \
	X(record_835, "835", "005010X221A1", "835", \
	    "A paid (or denied) claim with its payment") \
	X(record_276, "276", "005010X212", "276", \
	    "Asks for the status of a claim") \
	X(record_277, "277", "005010X212", "277", \
	    "Says the status of a claim that was asked for") \
	X(record_270, "270", "005010X279A1", "270", \
	    "Asks what a subscriber or dependent is covered for") \
	X(record_271, "271", "005010X279A1", "271", \
	    "Says what a subscriber or dependent is covered for")

EMBED(record_common, "edi/records/common.record");
#define X(id, name, guide, set, title) \
	EMBED(id, "edi/records/" name ".record");
RECORD_FILES(X)
#undef X

struct slice
record_file_common(void)
{
	return slice(record_common_text,
	    (size_t)(record_common_end - record_common_text));
}

bool
record_file(unsigned i, struct record_file *to)
{
	static const struct {
		const char *name, *guide, *set, *title, *p, *end;
	} files[] = {
#define X(id, name, guide, set, title) \
		{ name, guide, set, title, id##_text, id##_end },
		RECORD_FILES(X)
#undef X
	};

	if (i >= sizeof(files) / sizeof(*files))
		return false;
	*to = (struct record_file){ files[i].name, files[i].guide,
		files[i].set, files[i].title,
		slice(files[i].p, (size_t)(files[i].end - files[i].p)) };
	return true;
}
