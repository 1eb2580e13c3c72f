/* SPDX-License-Identifier: ISC */
/* x12 info: what is in a file, without judging it. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "edi/index.h"
#include "edi/money.h"
#include "edi/transaction.h"

#include <inttypes.h>

/* What a run of sets holds; kept for the set, group and interchange. */
struct info_sums {
	uint64_t sets, segments, claims, payments, answers;
	int64_t amount;           /* cents */
	bool has_amount;
};

struct info {
	bool json, claims;
	struct input in;
	struct progress progress;
	struct scan *scan;
	struct index *index;
	struct info_sums set, group, interchange, file;
	uint32_t interchanges, findings;
	struct buf line;
};

static void
info_sums_add(struct info_sums *to, const struct info_sums *from)
{
	to->sets += from->sets;
	to->segments += from->segments;
	to->claims += from->claims;
	to->payments += from->payments;
	to->answers += from->answers;
	to->amount += from->amount;
	to->has_amount |= from->has_amount;
}

/* ", 3 claims" and so on, of what there is. */
static void
info_print_sums(const struct info_sums *s)
{
	const struct {
		const char *one, *many;
		uint64_t n;
	} rows[] = {
		{ "claim", "claims", s->claims },
		{ "remittance claim", "remittance claims", s->payments },
		{ "answer", "answers", s->answers },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].n > 0)
			printf(", %" PRIu64 " %s", rows[i].n,
			    rows[i].n == 1 ? rows[i].one : rows[i].many);
	if (s->has_amount) {
		char text[MONEY_TEXT];

		money_text(s->amount, text);
		printf(", %s in all", text);
	}
}

static void
info_json_sums(struct json *j, const struct info_sums *s)
{
	jsonw_kint(j, "segments", (int64_t)s->segments);
	jsonw_kint_opt(j, "claims", (int64_t)s->claims);
	jsonw_kint_opt(j, "remittance_claims", (int64_t)s->payments);
	jsonw_kint_opt(j, "answers", (int64_t)s->answers);
	if (s->has_amount) {
		char text[MONEY_TEXT];

		money_text(s->amount, text);
		jsonw_kstr(j, "amount", text);
	}
}

/* Every JSON line begins with its type and file and ends here. */
static void
info_json_begin(struct info *x, struct json *j, const char *type)
{
	buf_reset(&x->line);
	jsonw_init(j, &x->line);
	jsonw_object(j);
	jsonw_kstr(j, "type", type);
	jsonw_kstr(j, "file", x->in.name);
}

static void
info_json_end(struct info *x, struct json *j)
{
	jsonw_object_end(j);
	puts(buf_str(&x->line));
}

/* A delimiter that a terminal can show. */
static const char *
info_delimiter(char c, char to[static 5])
{
	if (c == '\0')
		return "none";
	if (c > ' ' && c < 0x7f)
		snprintf(to, 5, "%c", c);
	else
		snprintf(to, 5, "0x%02X", (unsigned char)c);
	return to;
}

static void
info_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct info *x = ctx;
	char e[5], c[5], r[5], t[5];

	x->interchanges++;
	x->interchange = (struct info_sums){ 0 };
	if (x->json)
		return;
	printf("%s: interchange %09" PRIu64 " from %s %s to %s %s, "
	    "20%.2s-%.2s-%.2s %.2s:%.2s, version %s, %s\n",
	    x->in.name, i->control, i->sender_qualifier, i->sender,
	    i->receiver_qualifier, i->receiver, i->date, i->date + 2,
	    i->date + 4, i->time, i->time + 2, i->version,
	    i->usage == 'P' ? "production" : i->usage == 'T' ? "test" :
	    "usage unclear");
	printf("  at byte %" PRIu64 ", delimiters: element %s component %s "
	    "repetition %s terminator %s\n", i->offset,
	    info_delimiter(i->delimiters.element, e),
	    info_delimiter(i->delimiters.component, c),
	    info_delimiter(i->delimiters.repetition, r),
	    info_delimiter(i->delimiters.terminator, t));
}

static void
info_json_interchange(struct info *x, const struct scan_interchange *i)
{
	struct json j;

	info_json_begin(x, &j, "interchange");
	jsonw_kint(&j, "control", (int64_t)i->control);
	jsonw_kstr(&j, "sender_qualifier", i->sender_qualifier);
	jsonw_kstr(&j, "sender", i->sender);
	jsonw_kstr(&j, "receiver_qualifier", i->receiver_qualifier);
	jsonw_kstr(&j, "receiver", i->receiver);
	jsonw_kstr(&j, "date", i->date);
	jsonw_kstr(&j, "time", i->time);
	jsonw_kstr(&j, "version", i->version);
	jsonw_kslice(&j, "usage", slice(&i->usage, i->usage != '\0'));
	jsonw_kslice(&j, "delimiters", slice((const char *)&i->delimiters,
	    sizeof(i->delimiters)));
	jsonw_kint(&j, "offset", (int64_t)i->offset);
	jsonw_kint(&j, "length", (int64_t)i->length);
	jsonw_kint(&j, "groups", i->groups);
	jsonw_kint(&j, "sets", i->sets);
	info_json_sums(&j, &x->interchange);
	jsonw_kbool(&j, "complete", i->closed);
	info_json_end(x, &j);
}

static void
info_on_interchange_end(void *ctx, const struct scan_interchange *i)
{
	struct info *x = ctx;

	info_sums_add(&x->file, &x->interchange);
	if (x->json)
		info_json_interchange(x, i);
	else if (!i->closed)
		printf("  not complete: the IEA segment is missing\n");
}

static void
info_on_group(void *ctx, const struct scan_group *g)
{
	struct info *x = ctx;

	x->group = (struct info_sums){ 0 };
	if (!x->json)
		printf("  group %" PRIu64 " %s from %s to %s, %s\n",
		    g->control, g->functional_id, g->sender, g->receiver,
		    g->version);
}

static void
info_on_group_end(void *ctx, const struct scan_group *g)
{
	struct info *x = ctx;
	struct json j;

	info_sums_add(&x->interchange, &x->group);
	if (!x->json)
		return;
	info_json_begin(x, &j, "group");
	jsonw_kint(&j, "interchange",
	    (int64_t)scan_interchange(x->scan)->control);
	jsonw_kint(&j, "control", (int64_t)g->control);
	jsonw_kstr(&j, "functional_id", g->functional_id);
	jsonw_kstr(&j, "sender", g->sender);
	jsonw_kstr(&j, "receiver", g->receiver);
	jsonw_kstr(&j, "version", g->version);
	jsonw_kint(&j, "offset", (int64_t)g->offset);
	jsonw_kint(&j, "sets", g->sets);
	info_json_sums(&j, &x->group);
	info_json_end(x, &j);
}

static void
info_on_set(void *ctx, const struct scan_set *s)
{
	struct info *x = ctx;

	(void)s;
	x->set = (struct info_sums){ .sets = 1 };
}

static void
info_print_set(const struct info *x, const struct scan_set *s, const char *name)
{
	printf("    set %s: %s %s%s%s, %" PRIu64 " segments", s->control,
	    s->id, s->version, name ? " " : "", name ? name : "",
	    x->set.segments);
	info_print_sums(&x->set);
	putchar('\n');
}

static void
info_on_set_end(void *ctx, const struct scan_set *s)
{
	struct info *x = ctx;
	const struct transaction *t = transaction_find(slice_str(s->id),
	    slice_str(s->version));
	struct json j;

	index_on_set_end(x->index, s);
	x->set.segments = s->segments;
	info_sums_add(&x->group, &x->set);
	if (!x->json) {
		info_print_set(x, s, t ? t->name : NULL);
		return;
	}
	info_json_begin(x, &j, "set");
	jsonw_kint(&j, "interchange",
	    (int64_t)scan_interchange(x->scan)->control);
	jsonw_kstr(&j, "control", s->control);
	jsonw_kstr(&j, "id", s->id);
	jsonw_kstr(&j, "version", s->version);
	if (t)
		jsonw_kstr(&j, "transaction", t->type);
	jsonw_kint(&j, "offset", (int64_t)s->offset);
	jsonw_kint(&j, "length", (int64_t)s->length);
	info_json_sums(&j, &x->set);
	info_json_end(x, &j);
}

static void
info_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct info *x = ctx;

	index_on_segment(x->index, s, ordinal);
}

static void
info_on_finding(void *ctx, const struct finding *f)
{
	struct info *x = ctx;

	(void)f;
	x->findings++;
}

static void
info_print_claim(struct info *x, const struct index_record *r)
{
	char amount[MONEY_TEXT];
	struct json j;

	money_text(r->amount, amount);
	if (!x->json) {
		printf("      %s %" PRIu32 ": segment %" PRIu32 ", bytes %"
		    PRIu64 "+%" PRIu64 ", %s %s\n", index_kind_text(r->kind),
		    r->ordinal, r->segment, r->offset, r->length, r->claim,
		    amount);
		return;
	}
	info_json_begin(x, &j, "claim");
	jsonw_kstr(&j, "kind", index_kind_text(r->kind));
	jsonw_kstr(&j, "claim", r->claim);
	jsonw_kint(&j, "ordinal", r->ordinal);
	jsonw_kint(&j, "segment", r->segment);
	jsonw_kint(&j, "offset", (int64_t)r->offset);
	jsonw_kint_opt(&j, "length", (int64_t)r->length);
	jsonw_kstr_opt(&j, "status", r->status);
	jsonw_kstr(&j, "amount", amount);
	info_json_end(x, &j);
}

static void
info_on_record(void *ctx, const struct index_record *r)
{
	struct info *x = ctx;

	switch (r->kind) {
	case INDEX_CLAIM:
		x->set.claims++;
		x->set.amount += r->amount;
		x->set.has_amount = true;
		break;
	case INDEX_835_PAYMENT:
		x->set.amount += r->amount;
		x->set.has_amount = true;
		return;
	case INDEX_835_CLAIM:
		x->set.payments++;
		break;
	case INDEX_277_CLAIM:
	case INDEX_999_SET:
		x->set.answers++;
		break;
	case INDEX_TA1:
		x->interchange.answers++;
		return;
	default:
		return;
	}
	if (x->claims && r->kind != INDEX_999_SET)
		info_print_claim(x, r);
}

static void
info_on_bytes(void *ctx, size_t n)
{
	struct info *x = ctx;

	progress_add(&x->progress, n);
}

static const struct scan_ops info_ops = {
	.on_interchange = info_on_interchange,
	.on_interchange_end = info_on_interchange_end,
	.on_group = info_on_group,
	.on_group_end = info_on_group_end,
	.on_set = info_on_set,
	.on_set_end = info_on_set_end,
	.on_segment = info_on_segment,
	.on_finding = info_on_finding,
	.on_bytes = info_on_bytes,
};

static void
info_print_file(struct info *x, enum scan_framing framing)
{
	struct json j;

	if (!x->json) {
		printf("%s: %s, %" PRIu32 " interchange%s, %" PRIu64
		    " set%s, %" PRIu64 " segments", x->in.name,
		    scan_framing_text(framing), x->interchanges,
		    x->interchanges == 1 ? "" : "s", x->file.sets,
		    x->file.sets == 1 ? "" : "s", x->file.segments);
		info_print_sums(&x->file);
		if (x->findings > 0)
			printf("; %" PRIu32 " finding%s (`x12 validate` "
			    "shows them)", x->findings,
			    x->findings == 1 ? "" : "s");
		putchar('\n');
		return;
	}
	info_json_begin(x, &j, "file");
	jsonw_kstr(&j, "framing", scan_framing_text(framing));
	jsonw_kint(&j, "bytes", (int64_t)x->progress.done);
	jsonw_kint(&j, "interchanges", x->interchanges);
	jsonw_kint(&j, "sets", (int64_t)x->file.sets);
	info_json_sums(&j, &x->file);
	jsonw_kint(&j, "findings", x->findings);
	info_json_end(x, &j);
}

static int
info_scan(struct info *x, struct err *e)
{
	enum scan_framing framing;
	int rc;

	x->scan = scan_new(&info_ops, x);
	x->index = x->scan ? index_new(x->scan,
	    (struct index_sink){ info_on_record, x }) : NULL;
	if (!x->index)
		return err_set(e, -ENOMEM, "out of memory");
	progress_begin(&x->progress, x->in.name, x->in.size);
	rc = scan_fd(x->scan, x->in.fd, x->in.name, &framing, e);
	progress_end(&x->progress);
	if (rc < 0)
		return rc;
	info_print_file(x, framing);
	return framing == SCAN_COMPLETE ? EXIT_DONE : EXIT_REJECTED;
}

static int
info_file(bool json, bool claims, const char *name)
{
	struct info x = { .json = json, .claims = claims };
	struct err e = ERR_NONE;
	int rc = input_open(&x.in, name, &e);

	if (rc < 0)
		return command_trouble("info", &e);
	buf_init(&x.line, 64 * 1024);
	rc = info_scan(&x, &e);
	index_free(x.index);
	scan_free(x.scan);
	buf_free(&x.line);
	input_close(&x.in);
	return rc < 0 ? command_trouble("info", &e) : rc;
}

int
cmd_info(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "claims", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	bool json = false, claims = false;
	int c, status = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case 'c':
			claims = true;
			break;
		case 'h':
			return command_help("info");
		default:
			return command_usage("info", NULL);
		}
	}
	if (optind == argc)
		return command_usage("info", "which file?");
	for (int i = optind; i < argc; i++)
		status = command_worse(status,
		    info_file(json, claims, argv[i]));
	return command_flush("info", status);
}
