/* SPDX-License-Identifier: ISC */
/* x12 validate: what is wrong, where, and what to do. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/layers.h"
#include "cli/partner_kit.h"
#include "cli/progress.h"
#include "edi/calendar.h"

#include <inttypes.h>

enum { VALIDATE_SNIPS = 7 };

struct validate_options {
	bool json, values;
	const char *config, *partner;    /* or what follows */
	struct layers_files files;
	struct inspection_settings settings;
};

/* What the summary of one interchange tells. */
struct validate_sums {
	uint64_t rejects, warnings;
	uint32_t sets, claims;
	uint32_t sets_rejected;
	char guide[36];                  /* of its first set */
	bool open;                       /* seen its ISA, not its summary */
};

struct validate {
	const struct validate_options *options;
	struct input in;
	struct progress progress;
	const struct walk *walk;
	struct validate_sums sums;
	uint64_t control;                /* ISA13 */
	bool set_rejected, interchange_rejected, any_reject;
	struct buf line;
};

static const char *
validate_severity(uint8_t severity)
{
	return severity == SEVERITY_REJECT ? "reject" : "warn";
}

static void
validate_json_acks(struct json *j, const struct finding_ack *ack)
{
	char text[64], *save = NULL;

	finding_ack_text(ack, text, sizeof(text));
	jsonw_key(j, "ack");
	jsonw_array(j);
	for (char *p = strtok_r(text, ",", &save); p;
	    p = strtok_r(NULL, ",", &save))
		jsonw_str(j, p);
	jsonw_array_end(j);
}

static void
validate_json_place(struct json *j, const struct finding *f)
{
	char element[16];

	jsonw_kint(j, "offset", (int64_t)f->offset);
	jsonw_kint(j, "interchange", (int64_t)f->interchange);
	jsonw_kint(j, "group", (int64_t)f->group);
	jsonw_kstr(j, "set", f->set);
	jsonw_kint(j, "segment", f->segment);
	jsonw_kstr(j, "id", f->id);
	jsonw_kstr(j, "loop", f->loop);
	finding_element_text(f, element, sizeof(element));
	jsonw_kstr(j, "element", f->element ? element : "");
	jsonw_kint(j, "component", f->component);
	jsonw_kint(j, "repeat", f->repeat);
}

static void
validate_json_finding(struct validate *v, const struct finding *f)
{
	char text[1024];
	struct json j;

	buf_reset(&v->line);
	jsonw_init(&j, &v->line);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "finding");
	jsonw_kstr(&j, "file", v->in.name);
	validate_json_place(&j, f);
	jsonw_kint(&j, "snip", f->def->snip);
	jsonw_kstr(&j, "severity", validate_severity(f->severity));
	jsonw_kstr(&j, "name", f->def->name);
	validate_json_acks(&j, &f->def->ack);
	snprintf(text, sizeof(text), "%s%s%s%s", f->def->text,
	    *f->detail ? " (" : "", f->detail, *f->detail ? ")" : "");
	jsonw_kstr(&j, "text", text);
	if (v->options->values)
		jsonw_kslice(&j, "value", f->value);
	jsonw_object_end(&j);
	puts(buf_str(&v->line));
}

static void
validate_print_finding(const struct validate *v, const struct finding *f)
{
	char text[1024];

	finding_text(f, text, sizeof(text));
	printf("%s:%s", v->in.name, text);
	if (v->options->values && f->value.n > 0)
		printf(" value: %.*s", SLICE_ARG(f->value));
	putchar('\n');
}

static void
validate_on_finding(void *ctx, const struct finding *f)
{
	struct validate *v = ctx;

	if (f->severity == SEVERITY_OFF ||
	    !(v->options->settings.snip & 1u << f->def->snip))
		return;
	if (f->severity == SEVERITY_REJECT) {
		v->sums.rejects++;
		v->any_reject = true;
		if (f->segment > 0)
			v->set_rejected = true;
		else
			v->interchange_rejected = true;
	} else {
		v->sums.warnings++;
	}
	if (v->options->json)
		validate_json_finding(v, f);
	else
		validate_print_finding(v, f);
}

/*
 * An interchange with a reject of its envelope is rejected whole; otherwise
 * each set stands for itself.
 */
static const char *
validate_verdict(const struct validate *v)
{
	if (v->interchange_rejected ||
	    (v->sums.sets_rejected > 0 &&
	    v->sums.sets_rejected == v->sums.sets))
		return "reject";
	return v->sums.sets_rejected > 0 ? "partial" : "accept";
}

static void
validate_json_summary(struct validate *v)
{
	struct json j;

	buf_reset(&v->line);
	jsonw_init(&j, &v->line);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "summary");
	jsonw_kstr(&j, "file", v->in.name);
	jsonw_kint(&j, "interchange", (int64_t)v->control);
	jsonw_kstr(&j, "guide", v->sums.guide);
	jsonw_kint(&j, "sets", v->sums.sets);
	jsonw_kint(&j, "claims", v->sums.claims);
	jsonw_kint(&j, "rejects", (int64_t)v->sums.rejects);
	jsonw_kint(&j, "warnings", (int64_t)v->sums.warnings);
	jsonw_kstr(&j, "verdict", validate_verdict(v));
	jsonw_object_end(&j);
	puts(buf_str(&v->line));
}

static void
validate_summary(struct validate *v)
{
	if (v->options->json)
		validate_json_summary(v);
	else
		printf("%s: interchange %09" PRIu64 "%s%s: %" PRIu32
		    " set%s, %" PRIu32 " claim%s, %" PRIu64 " reject%s, %"
		    PRIu64 " warning%s: %s\n", v->in.name, v->control,
		    *v->sums.guide ? " " : "", v->sums.guide,
		    v->sums.sets, v->sums.sets == 1 ? "" : "s",
		    v->sums.claims, v->sums.claims == 1 ? "" : "s",
		    v->sums.rejects, v->sums.rejects == 1 ? "" : "s",
		    v->sums.warnings, v->sums.warnings == 1 ? "" : "s",
		    validate_verdict(v));
	v->sums = (struct validate_sums){ 0 };
	v->interchange_rejected = false;
	v->control = 0;
}

static void
validate_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct validate *v = ctx;

	v->sums.open = true;
	v->control = i->control;
}

static void
validate_on_interchange_end(void *ctx, const struct scan_interchange *i)
{
	struct validate *v = ctx;

	(void)i;
	validate_summary(v);
}

static void
validate_on_set(void *ctx, const struct scan_set *s)
{
	struct validate *v = ctx;

	v->sums.sets++;
	v->set_rejected = false;
	if (!*v->sums.guide)
		snprintf(v->sums.guide, sizeof(v->sums.guide), "%s",
		    s->version);
}

static void
validate_on_set_end(void *ctx, const struct scan_set *s)
{
	struct validate *v = ctx;

	(void)s;
	v->sums.claims += walk_claims(v->walk);
	v->sums.sets_rejected += v->set_rejected;
	v->set_rejected = false;
}

static void
validate_on_bytes(void *ctx, size_t n)
{
	struct validate *v = ctx;

	progress_add(&v->progress, n);
}

/* What has a place in a guide is counted by the walk. */
static bool
validate_minds(void *ctx, const struct guide_segment *node)
{
	(void)ctx;
	(void)node;
	return false;
}

static void
validate_on_unplaced(void *ctx, const struct walk_segment *s)
{
	struct validate *v = ctx;
	uint32_t tag = s->segment->tag;

	v->sums.claims += !s->node && (tag == TAG_CLM ||
	    tag == SEGMENT_TAG('C', 'L', 'P'));
}

static const struct walk_ops validate_walk_ops = {
	.minds = validate_minds, .on_segment = validate_on_unplaced,
	.strangers = true,
};

static const struct scan_ops validate_ops = {
	.on_interchange = validate_on_interchange,
	.on_interchange_end = validate_on_interchange_end,
	.on_set = validate_on_set,
	.on_set_end = validate_on_set_end,
	.on_finding = validate_on_finding,
	.on_bytes = validate_on_bytes,
};

static int
validate_scan(struct validate *v, struct inspection *x, struct err *e)
{
	enum scan_framing framing;
	int rc;

	progress_begin(&v->progress, v->in.name, v->in.size);
	rc = scan_fd(inspection_scan(x), v->in.fd, v->in.name, &framing, e);
	progress_end(&v->progress);
	if (rc == 0)
		rc = inspection_error(x, e);
	if (rc < 0)
		return rc;
	/* Findings outside any interchange: the file is not X12 at all. */
	if (v->sums.open || v->sums.rejects > 0 || framing == SCAN_EMPTY) {
		v->interchange_rejected |= framing != SCAN_COMPLETE;
		validate_summary(v);
	}
	return v->any_reject || framing != SCAN_COMPLETE ? EXIT_REJECTED :
	    EXIT_DONE;
}

static int
validate_file(const struct validate_options *options, const char *name)
{
	struct validate v = { .options = options };
	struct inspection *x;
	struct err e = ERR_NONE;
	int rc = input_open(&v.in, name, &e);

	if (rc < 0)
		return command_trouble("validate", &e);
	buf_init(&v.line, 64 * 1024);
	x = inspection_new(&options->settings, &validate_ops, NULL, &v);
	v.walk = x ? inspection_walk(x) : NULL;
	if (x)
		walk_add(inspection_walk(x), &validate_walk_ops, &v);
	rc = x ? validate_scan(&v, x, &e) :
	    err_set(&e, -ENOMEM, "out of memory");
	inspection_free(x);
	buf_free(&v.line);
	input_close(&v.in);
	return rc < 0 ? command_trouble("validate", &e) : rc;
}

/* "1,2,3" or "1-5" as bits; 0 when it is neither. */
static unsigned
validate_snips(const char *list)
{
	unsigned snips = 0;

	for (const char *p = list;; p++) {
		int from = *p - '0', to = from;

		if (from < 1 || from > VALIDATE_SNIPS)
			return 0;
		if (p[1] == '-') {
			to = p[2] - '0';
			if (to < from || to > VALIDATE_SNIPS)
				return 0;
			p += 2;
		}
		for (int i = from; i <= to; i++)
			snips |= 1u << i;
		if (*++p == '\0')
			return snips;
		if (*p != ',')
			return 0;
	}
}

/* All files, along these settings; what the options say is kept. */
static int
validate_along(struct validate_options *o,
    const struct inspection_settings *settings, int count, char **names)
{
	struct inspection_settings said = o->settings;
	int status = EXIT_DONE;

	o->settings = *settings;
	o->settings.snip = said.snip;
	o->settings.today = said.today;
	for (int i = 0; i < count; i++)
		status = command_worse(status, validate_file(o, names[i]));
	return status;
}

static int
validate_files(struct validate_options *o, int count, char **names)
{
	struct inspection_settings settings;
	struct layers layers;
	struct err e = ERR_NONE;
	int status;

	if (layers_open(&layers, &o->files, &e) < 0) {
		status = command_trouble("validate", &e);
	} else {
		settings = layers_settings(&layers);
		status = validate_along(o, &settings, count, names);
	}
	layers_close(&layers);
	return status;
}

/* As x12d checks the files of a partner. */
static int
validate_for_partner(struct validate_options *o, int count, char **names)
{
	struct partner_kit kit;
	struct err e = ERR_NONE;
	int status;

	if (partner_kit_open(&kit, o->config, o->partner, &e) < 0)
		status = command_trouble("validate", &e);
	else
		status = validate_along(o, kit.settings, count, names);
	partner_kit_close(&kit);
	return status;
}

static bool
validate_options_agree(const struct validate_options *o)
{
	return !o->partner || !(o->files.rules || o->files.companion ||
	    o->files.codes || o->files.severity_count);
}

/* One option; EXIT_DONE, or what the command is to return at once. */
static int
validate_option(struct validate_options *o, int c)
{
	switch (c) {
	case 'j':
		o->json = true;
		return EXIT_DONE;
	case 'v':
		o->values = true;
		return EXIT_DONE;
	case 'r':
		o->files.rules = optarg;
		return EXIT_DONE;
	case 'g':
		o->files.companion = optarg;
		return EXIT_DONE;
	case 'c':
		o->files.codes = optarg;
		return EXIT_DONE;
	case 'C':
		o->config = optarg;
		return EXIT_DONE;
	case 'p':
		o->partner = optarg;
		return EXIT_DONE;
	case 'w':
		return layers_add_severity(&o->files, optarg) ? EXIT_DONE :
		    command_usage("validate", "too many --severity");
	case 's':
		o->settings.snip = validate_snips(optarg);
		return o->settings.snip ? EXIT_DONE :
		    command_usage("validate", "--snip takes types 1 to 7, "
		    "such as 1,2 or 1-5");
	case 'd':
		return calendar_day(slice_str(optarg),
		    &o->settings.today) ? EXIT_DONE :
		    command_usage("validate", "--date takes a day, such as "
		    "20261121");
	default:
		return command_usage("validate", NULL);
	}
}

int
cmd_validate(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "values", no_argument, NULL, 'v' },
		{ "snip", required_argument, NULL, 's' },
		{ "guide", required_argument, NULL, 'g' },
		{ "rules", required_argument, NULL, 'r' },
		{ "codes", required_argument, NULL, 'c' },
		{ "severity", required_argument, NULL, 'w' },
		{ "date", required_argument, NULL, 'd' },
		{ "config", required_argument, NULL, 'C' },
		{ "partner", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct validate_options o = { .config = "/etc/x12d/x12d.yaml",
		.settings = { .snip = INSPECTION_SNIP_ALL } };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		int status = c == 'h' ? EXIT_DONE : validate_option(&o, c);

		if (c == 'h')
			return command_help("validate");
		if (status != EXIT_DONE)
			return status;
	}
	if (optind == argc)
		return command_usage("validate", "which file?");
	if (!validate_options_agree(&o))
		return command_usage("validate", "--partner has guides, "
		    "rules, codes and severities of its own");
	return command_flush("validate", (o.partner ? validate_for_partner :
	    validate_files)(&o, argc - optind, argv + optind));
}
