/* SPDX-License-Identifier: ISC */
#include "daemon/sniff.h"

#include <ctype.h>

struct sniff_magic {
	struct slice bytes;
	struct sniff is;
};

#define MAGIC(b, what, packed) { { b, sizeof(b) - 1 }, { what, packed } }

static const struct sniff_magic sniff_magics[] = {
	MAGIC("%PDF-", "a PDF file", true),
	MAGIC("PK\x03\x04", "a zip archive", true),
	MAGIC("PK\x05\x06", "an empty zip archive", true),
	MAGIC("\x1f\x8b", "a gzip file", true),
	MAGIC("BZh", "a bzip2 file", true),
	MAGIC("\xfd" "7zXZ", "an xz file", true),
	MAGIC("\x28\xb5\x2f\xfd", "a zstd file", true),
	MAGIC("7z\xbc\xaf\x27\x1c", "a 7z archive", true),
	MAGIC("Rar!", "a RAR archive", true),
	MAGIC("-----BEGIN PGP", "a PGP message", true),
	MAGIC("\xff\xfe", "UTF-16 text", false),
	MAGIC("\xfe\xff", "UTF-16 text", false),
	MAGIC("I\0S\0A\0", "UTF-16 text", false),
	MAGIC("\0I\0S\0A", "UTF-16 text", false),
	MAGIC("\xc9\xe2\xc1", "EBCDIC text", false),
	MAGIC("\x89PNG", "a picture", false),
	MAGIC("\xff\xd8\xff", "a picture", false),
	MAGIC("GIF8", "a picture", false),
	MAGIC("II*\0", "a picture", false),
	MAGIC("\xd0\xcf\x11\xe0", "an old Office document", false),
	MAGIC("{\\rtf", "an RTF document", false),
	MAGIC("\x7f" "ELF", "a program", false),
	MAGIC("MZ", "a program", false),
	MAGIC("UNA", "EDIFACT, not X12", false),
	MAGIC("UNB+", "EDIFACT, not X12", false),
	MAGIC("MSH|", "HL7, not X12", false),
};

/* How texts begin, after blanks, in either case. */
static const struct sniff_magic sniff_texts[] = {
	MAGIC("<!doctype html", "an HTML page", false),
	MAGIC("<html", "an HTML page", false),
	MAGIC("<?xml", "an XML document", false),
	MAGIC("<", "an XML or HTML document", false),
	MAGIC("{", "a JSON document", false),
	MAGIC("[", "a JSON document", false),
	MAGIC("gs*", "X12 without its ISA", false),
	MAGIC("st*", "X12 without its ISA", false),
};

/* Equal bytes; letters in either case when the rows are texts. */
static bool
sniff_begins(struct slice head, struct slice bytes, bool any_case)
{
	if (head.n < bytes.n)
		return false;
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)head.p[i];

		if (any_case)
			c = (unsigned char)tolower(c);
		if (c != (unsigned char)bytes.p[i])
			return false;
	}
	return true;
}

static const struct sniff *
sniff_find(const struct sniff_magic *rows, size_t n, struct slice head,
    bool any_case)
{
	for (size_t i = 0; i < n; i++)
		if (sniff_begins(head, rows[i].bytes, any_case))
			return &rows[i].is;
	return NULL;
}

static bool
sniff_only(struct slice s, char c)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != c)
			return false;
	return true;
}

/* Printable, or a line end or tab, or a byte of some 8-bit text. */
static bool
sniff_text(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 && !memchr("\t\r\n\f", c, 4))
			return false;
	}
	return true;
}

/* A first line with at least two commas, semicolons or tabs, and no '*'. */
static bool
sniff_csv(struct slice s)
{
	unsigned commas = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '\n'; i++) {
		if (s.p[i] == '*')
			return false;
		commas += s.p[i] == ',' || s.p[i] == ';' || s.p[i] == '\t';
	}
	return commas >= 2;
}

static struct slice
sniff_skip_blanks(struct slice s)
{
	if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		s = slice(s.p + 3, s.n - 3);
	while (s.n > 0 && memchr(" \t\r\n", s.p[0], 4))
		s = slice(s.p + 1, s.n - 1);
	return s;
}

struct sniff
sniff_file(struct slice head)
{
	struct slice text = sniff_skip_blanks(head);
	const struct sniff *found;

	if (head.n == 0)
		return (struct sniff){ "empty", false };
	if (text.n == 0)
		return (struct sniff){ "nothing but blanks", false };
	if (text.n >= 3 && memcmp(text.p, "ISA", 3) == 0 &&
	    (text.n < 4 || text.p[3] != '\0'))
		return (struct sniff){ "", false };
	if (sniff_only(head, '\0'))
		return (struct sniff){ "zero bytes, no text", false };
	found = sniff_find(sniff_magics,
	    sizeof(sniff_magics) / sizeof(sniff_magics[0]), head, false);
	if (!found)
		found = sniff_find(sniff_texts,
		    sizeof(sniff_texts) / sizeof(sniff_texts[0]), text, true);
	if (found)
		return *found;
	if (!sniff_text(head))
		return (struct sniff){ "binary data, no text", false };
	if (sniff_csv(text))
		return (struct sniff){ "a CSV table", false };
	return (struct sniff){ "text, but not X12", false };
}
