/* SPDX-License-Identifier: ISC */
/* A 277CA or 277: what was said of each claim. */
#include "cli/show.h"

static const struct page_column columns[] = {
	{ "Patient", 26, false },
	{ "Claim", 22, false },
	{ "Status", 16, false },
	{ "Says", 14, false },
	{ "On", 10, false },
	{ "Amount", 7, true },
};

/* Categories by their first letters: A3 before A. */
static const struct {
	const char *category, *text;
} meanings[] = {
	{ "A0", "forwarded" }, { "A1", "received" }, { "A2", "accepted" },
	{ "A3", "rejected" }, { "A4", "not found" }, { "A5", "split" },
	{ "A6", "rejected" }, { "A7", "rejected" }, { "A8", "rejected" },
	{ "DR", "answer" }, { "D", "not found" }, { "E", "error" },
	{ "F1", "paid" }, { "F2", "denied" }, { "F", "finalized" },
	{ "P", "pending" }, { "R", "wants more" },
};

static const char *
meaning(struct slice category)
{
	for (unsigned i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		size_t n = strlen(meanings[i].category);

		if (category.n >= n && memcmp(category.p,
		    meanings[i].category, n) == 0)
			return meanings[i].text;
	}
	return "";
}

static void
status_begin(struct show *s)
{
	struct record_at payer = record_get(s->root, "information_source");

	if (!payer.value)
		payer = record_get(s->root, "payer");
	page_document(&s->page, strcmp(s->record->kind->name, "277") == 0 ?
	    "Claim status" : "Claim acknowledgment", show_labelled(s, "batch",
	    record_get_text(s->root, "submitter.batch")));
	page_boxes(&s->page);
	show_party(s, "From", payer, "id");
	show_party(s, "To", record_get(s->root, "submitter"), "id");
	page_boxes_end(&s->page);
	page_table(&s->page, columns, sizeof(columns) / sizeof(*columns));
}

/* "A7:562:85" and what its first letters mean. */
static void
cells_of_status(struct show *s, struct record_at st)
{
	struct slice category = record_get_text(st, "category");
	struct slice entity = record_get_text(st, "entity");

	buf_reset(&s->more);
	buf_add_slice(&s->more, category);
	buf_add_char(&s->more, ':');
	buf_add_slice(&s->more, record_get_text(st, "code"));
	if (entity.n > 0)
		buf_add_char(&s->more, ':');
	buf_add_slice(&s->more, entity);
	page_cell(&s->page, buf_slice(&s->more));
	page_cell(&s->page, slice_str(meaning(category)));
	page_cell(&s->page, record_get_text(st, "date"));
	page_cell(&s->page, show_amount(s, record_get_text(st, "charge")));
}

static void
show_statuses(struct show *s, struct record_at of, struct slice first,
    struct slice second, enum page_row kind)
{
	struct record_at st = record_get(of, "statuses");
	bool again = false;

	for (; st.value; st = record_next(st), again = true) {
		page_row(&s->page, again ? PAGE_ROW_MORE : kind);
		page_cell(&s->page, again ? slice(NULL, 0) : first);
		page_cell(&s->page, again ? slice(NULL, 0) : second);
		cells_of_status(s, st);
		page_row_end(&s->page);
		page_note(&s->page, record_get_text(st, "message"));
	}
}

static void
status_record(struct show *s)
{
	struct record_at claim = record_get(s->root, "claim");
	struct record_at line = record_get(claim, "lines");
	struct record_at who = record_get(s->root, "patient");
	char first[80], procedure[80];

	if (!claim.value) {
		show_statuses(s, record_get(s->root, "submitter"),
		    SLICE_LIT("the whole batch"), slice(NULL, 0),
		    PAGE_ROW_HEAD);
		show_statuses(s, record_get(s->root, "billing_provider"),
		    SLICE_LIT("all of the provider"), slice(NULL, 0),
		    PAGE_ROW_HEAD);
		show_statuses(s, record_get(s->root, "provider"),
		    SLICE_LIT("all of the provider"), slice(NULL, 0),
		    PAGE_ROW_HEAD);
		return;
	}
	if (!who.value)
		who = record_get(s->root, "subscriber");
	slice_copy(show_name(s, who), first, sizeof(first));
	show_statuses(s, claim, slice_str(first), record_get_text(claim,
	    "id"), PAGE_ROW_HEAD);
	for (; line.value; line = record_next(line)) {
		slice_copy(show_procedure(s, line), procedure,
		    sizeof(procedure));
		show_statuses(s, line, SLICE_LIT("  a line"),
		    slice_str(procedure), PAGE_ROW);
	}
}

static void
status_end(struct show *s)
{
	page_table_end(&s->page);
	page_document_end(&s->page);
}

const struct show_view show_status = {
	"277CA 277", status_begin, status_record, status_end,
};
