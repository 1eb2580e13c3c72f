/* SPDX-License-Identifier: ISC */
#include "edi/guide/embed.h"
#include "edi/embed.h"

#define GUIDE_FILES(X) \
	X(guide_837p, "837p.guide") \
	X(guide_837i, "837i.guide") \
	X(guide_837i_a3, "837i-a3.guide") \
	X(guide_837d, "837d.guide") \
	X(guide_835, "835.guide") \
	X(guide_835_x221, "835-x221.guide") \
	X(guide_277ca, "277ca.guide") \
	X(guide_276, "276.guide") \
	X(guide_277, "277.guide") \
	X(guide_999, "999.guide") \
	X(guide_270, "270.guide") \
	X(guide_271, "271.guide") \
	X(guide_834, "834.guide") \
	X(guide_820, "820.guide") \
	X(guide_278, "278.guide") \
	X(guide_envelope, "envelope.guide")

EMBED(guide_standard, "edi/guides/005010.standard");
EMBED(guide_common, "edi/guides/common.guide");
#define X(name, file) EMBED(name, "edi/guides/" file);
GUIDE_FILES(X)
#undef X

static struct slice
between(const char *p, const char *end)
{
	return slice(p, (size_t)(end - p));
}

struct slice
guide_file_standard(void)
{
	return between(guide_standard_text, guide_standard_end);
}

struct slice
guide_file_common(void)
{
	return between(guide_common_text, guide_common_end);
}

bool
guide_file(unsigned i, struct guide_file *to)
{
	static const struct {
		const char *name, *p, *end;
	} files[] = {
#define X(name, file) { file, name##_text, name##_end },
		GUIDE_FILES(X)
#undef X
	};

	if (i >= sizeof(files) / sizeof(*files))
		return false;
	to->name = files[i].name;
	to->text = between(files[i].p, files[i].end);
	return true;
}
