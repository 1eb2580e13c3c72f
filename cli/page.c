/* SPDX-License-Identifier: ISC */
#include "cli/page.h"

#include "base/utf8.h"

static const char style[] =
	"<style>\n"
	":root{--ink:#1b2430;--soft:#5d6b7a;--line:#d5dce4;--tint:#f3f6f9;"
	"--good:#1d6b45;--bad:#a3261c}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:#e9edf1;color:var(--ink);font:14px/1.45 "
	"\"Helvetica Neue\",Arial,\"Liberation Sans\",sans-serif}\n"
	"section{max-width:1000px;margin:28px auto;background:#fff;"
	"padding:40px 48px 36px;border:1px solid var(--line);"
	"border-radius:3px}\n"
	"header{display:flex;justify-content:space-between;align-items:"
	"baseline;border-bottom:2px solid var(--ink);padding-bottom:10px}\n"
	"h1{font-size:23px;font-weight:600;margin:0;letter-spacing:-.01em}\n"
	"header span{color:var(--soft);font-variant-numeric:tabular-nums}\n"
	"h2{font-size:12px;font-weight:600;text-transform:uppercase;"
	"letter-spacing:.08em;color:var(--soft);margin:28px 0 8px}\n"
	".boxes{display:flex;flex-wrap:wrap;gap:20px 36px;margin:22px 0 24px}"
	"\n"
	".box{flex:1 1 190px;min-width:0;overflow-wrap:anywhere}\n"
	".box b{display:block;font-size:11px;font-weight:600;text-transform:"
	"uppercase;letter-spacing:.08em;color:var(--soft);margin-bottom:3px}\n"
	".box div:first-of-type{font-size:16px;font-weight:600}\n"
	"table{width:100%;border-collapse:collapse;font-variant-numeric:"
	"tabular-nums lining-nums;margin:10px 0 0}\n"
	"th{font-size:11px;font-weight:600;text-align:left;color:var(--soft);"
	"text-transform:uppercase;letter-spacing:.05em;padding:6px 8px;"
	"border-bottom:1px solid var(--ink);vertical-align:bottom}\n"
	"td{padding:5px 8px;vertical-align:top;border-top:1px solid "
	"var(--line)}\n"
	".r{text-align:right;white-space:nowrap}\n"
	".head td{background:var(--tint);font-weight:600;border-top:1px solid "
	"#aeb9c5;padding-top:7px}\n"
	".more td{border-top:0;padding-top:0}\n"
	".head.more td{font-weight:400}\n"
	".head~tr:not(.head):not(.note):not(.total)>td:first-child"
	"{padding-left:24px}\n"
	".note td{border-top:0;background:var(--tint);padding-top:0;"
	"padding-bottom:7px;color:var(--soft);font-size:12.5px}\n"
	".total td{border-top:2px solid var(--ink);font-weight:600;"
	"padding-top:8px}\n"
	"h2+.boxes{margin-top:10px}\n"
	".verdict{margin:24px 0 0;padding:9px 14px;border-left:3px solid}\n"
	".good{color:var(--good);background:#eff7f2}\n"
	".bad{color:var(--bad);background:#fcf1ef}\n"
	"@media print{body{background:#fff;font-size:10.5px}section{margin:0;"
	"padding:0;border:0;max-width:none;break-after:page}section:last-child"
	"{break-after:auto}thead{display:table-header-group}tr{break-inside:"
	"avoid}.head,.head+.note{break-after:avoid}.box div:first-of-type{"
	"font-size:12px}*{-webkit-print-color-adjust:exact;print-color-adjust:"
	"exact}}\n"
	"@page{margin:14mm 13mm}\n"
	"</style>\n";

/* ---- texts --------------------------------------------------------------- */

static void
put_html(struct buf *to, struct slice s)
{
	while (s.n > 0) {
		size_t n = utf8_length(s.p, s.n);
		unsigned char c = (unsigned char)s.p[0];

		if (n == 0 || (n == 1 && (c < ' ' || c == 0x7f)))
			buf_add_str(to, "&#xfffd;");
		else if (c == '&' || c == '<' || c == '>' || c == '"' ||
		    c == '\'')
			buf_addf(to, "&#%u;", (unsigned)c);
		else
			buf_add(to, s.p, n);
		n += n == 0;
		s = slice(s.p + n, s.n - n);
	}
}

/* A terminal must not be steered by a name. Returns how wide it is. */
static size_t
put_plain(struct buf *to, struct slice s)
{
	size_t width = 0;

	for (; s.n > 0; width++) {
		size_t n = utf8_length(s.p, s.n);
		unsigned char c = (unsigned char)s.p[0];

		if (n == 0 || (n == 1 && (c < ' ' || c == 0x7f)) ||
		    (n == 2 && c == 0xc2 && (unsigned char)s.p[1] < 0xa0))
			buf_add_char(to, '?');
		else
			buf_add(to, s.p, n);
		n += n == 0;
		s = slice(s.p + n, s.n - n);
	}
	return width;
}

static size_t
width_of(struct slice s)
{
	size_t width = 0;

	for (; s.n > 0; width++) {
		size_t n = utf8_length(s.p, s.n);

		n += n == 0;
		s = slice(s.p + n, s.n - n);
	}
	return width;
}

static void
put_blanks(struct buf *to, size_t n)
{
	while (n-- > 0)
		buf_add_char(to, ' ');
}

static void
put_rule(struct page *p, char c)
{
	for (unsigned i = 0; i < PAGE_WIDTH; i++)
		buf_add_char(p->to, c);
	buf_add_char(p->to, '\n');
}

/* ---- documents ----------------------------------------------------------- */

void
page_begin(struct page *p, struct buf *to, bool html)
{
	*p = (struct page){ .to = to, .html = html };
	buf_init(&p->row, 1 << 20);
	if (html)
		buf_addf(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content="
		    "\"width=device-width\">\n<meta http-equiv=\"Content-"
		    "Security-Policy\" content=\"default-src 'none'; style-src "
		    "'unsafe-inline'\">\n<title>X12</title>\n%s</head>\n"
		    "<body>\n", style);
}

void
page_end(struct page *p)
{
	if (p->html)
		buf_add_str(p->to, "</body>\n</html>\n");
	buf_free(&p->row);
}

void
page_document(struct page *p, const char *what, struct slice number)
{
	size_t n = strlen(what) + width_of(number);

	if (p->html) {
		buf_addf(p->to, "<section>\n<header><h1>%s</h1><span>", what);
		put_html(p->to, number);
		buf_add_str(p->to, "</span></header>\n");
		return;
	}
	put_rule(p, '=');
	buf_add_str(p->to, what);
	if (number.n > 0)
		put_blanks(p->to, n < PAGE_WIDTH ? PAGE_WIDTH - n : 1);
	put_plain(p->to, number);
	buf_add_char(p->to, '\n');
	put_rule(p, '=');
}

void
page_document_end(struct page *p)
{
	buf_add_str(p->to, p->html ? "</section>\n" : "\n");
}

void
page_heading(struct page *p, const char *text)
{
	buf_addf(p->to, p->html ? "<h2>%s</h2>\n" : "\n%s\n", text);
}

/* ---- boxes --------------------------------------------------------------- */

void
page_boxes(struct page *p)
{
	buf_add_str(p->to, p->html ? "<div class=\"boxes\">\n" : "\n");
}

void
page_box(struct page *p, const char *label)
{
	p->box_begun = false;
	buf_addf(p->to, p->html ? "<div class=\"box\"><b>%s</b>" : "%-18s ",
	    label);
}

void
page_line(struct page *p, struct slice text)
{
	if (text.n == 0)
		return;
	if (p->html) {
		buf_add_str(p->to, "<div>");
		put_html(p->to, text);
		buf_add_str(p->to, "</div>");
		return;
	}
	if (p->box_begun)
		put_blanks(p->to, 19);
	put_plain(p->to, text);
	buf_add_char(p->to, '\n');
	p->box_begun = true;
}

void
page_box_end(struct page *p)
{
	if (p->html)
		buf_add_str(p->to, "</div>\n");
	else if (!p->box_begun)
		buf_add_char(p->to, '\n');
}

void
page_boxes_end(struct page *p)
{
	if (p->html)
		buf_add_str(p->to, "</div>\n");
}

/* ---- tables -------------------------------------------------------------- */

void
page_table(struct page *p, const struct page_column *columns, unsigned count)
{
	p->columns = columns;
	p->column_count = count;
	if (!p->html) {
		buf_add_char(p->to, '\n');
		page_row(p, PAGE_ROW);
		for (unsigned i = 0; i < count; i++)
			page_cell(p, slice_str(columns[i].title));
		page_row_end(p);
		put_rule(p, '-');
		return;
	}
	buf_add_str(p->to, "<table>\n<thead><tr>");
	for (unsigned i = 0; i < count; i++)
		buf_addf(p->to, "<th%s>%s</th>", columns[i].right ?
		    " class=\"r\"" : "", columns[i].title);
	buf_add_str(p->to, "</tr></thead>\n<tbody>\n");
}

void
page_row(struct page *p, enum page_row kind)
{
	static const char *const classes[] = { "<tr>", "<tr class=\"head\">",
		"<tr class=\"more\">", "<tr class=\"head more\">",
		"<tr class=\"total\">" };

	p->cell = 0;
	buf_reset(&p->row);
	if (p->html)
		buf_add_str(p->to, classes[kind]);
	else if (kind == PAGE_ROW_TOTAL)
		put_rule(p, '-');
}

void
page_cell(struct page *p, struct slice text)
{
	const struct page_column *c = &p->columns[p->cell++];
	size_t width = width_of(text);
	size_t blanks = width < c->width ? c->width - width : 0;

	if (p->html) {
		buf_add_str(p->to, c->right ? "<td class=\"r\">" : "<td>");
		/* A minus, not a hyphen. */
		if (c->right && text.n > 1 && text.p[0] == '-') {
			buf_add_str(p->to, "\xe2\x88\x92");
			text = slice(text.p + 1, text.n - 1);
		}
		put_html(p->to, text);
		buf_add_str(p->to, "</td>");
		return;
	}
	put_blanks(&p->row, (p->cell > 1) + (c->right ? blanks : 0));
	put_plain(&p->row, text);
	put_blanks(&p->row, c->right ? 0 : blanks);
}

void
page_row_end(struct page *p)
{
	if (p->html) {
		while (p->cell < p->column_count)
			page_cell(p, slice(NULL, 0));
		buf_add_str(p->to, "</tr>\n");
		return;
	}
	buf_add_slice(p->to, slice_rtrim(buf_slice(&p->row)));
	p->to->failed |= p->row.failed;
	buf_add_char(p->to, '\n');
}

/* Lines of whole words, two blanks from the margin. */
static void
put_wrapped(struct page *p, struct slice text)
{
	size_t at = 0;

	while (text.n > 0) {
		const char *blank = memchr(text.p, ' ', text.n);
		size_t n = blank ? (size_t)(blank - text.p) : text.n;
		struct slice word = slice(text.p, n);

		if (at > 0 && at + 1 + width_of(word) > PAGE_WIDTH) {
			buf_add_char(p->to, '\n');
			at = 0;
		}
		buf_add_str(p->to, at > 0 ? " " : "  ");
		at += (at > 0 ? 1 : 2) + put_plain(p->to, word);
		n += blank != NULL;
		text = slice(text.p + n, text.n - n);
	}
	buf_add_char(p->to, '\n');
}

void
page_note(struct page *p, struct slice text)
{
	if (text.n == 0)
		return;
	if (!p->html) {
		put_wrapped(p, text);
		return;
	}
	buf_addf(p->to, "<tr class=\"note\"><td colspan=\"%u\">",
	    p->column_count);
	put_html(p->to, text);
	buf_add_str(p->to, "</td></tr>\n");
}

void
page_table_end(struct page *p)
{
	if (p->html)
		buf_add_str(p->to, "</tbody>\n</table>\n");
}

void
page_verdict(struct page *p, bool good, struct slice text)
{
	if (p->html)
		buf_addf(p->to, "<p class=\"verdict %s\">", good ? "good" :
		    "bad");
	else
		buf_add_char(p->to, '\n');
	if (p->html)
		put_html(p->to, text);
	else
		put_plain(p->to, text);
	buf_add_str(p->to, p->html ? "</p>\n" : "\n");
}
