/* SPDX-License-Identifier: ISC */
/* x12 rules: list, explain, check and try the rules of SNIP types 3 to 7. */
#include "base/nearest.h"
#include "cli/command.h"
#include "edi/rule.h"

#include <inttypes.h>

struct rules_options {
	const char *file;      /* --rules: an operator's rules */
};

/* The built-in rules and the operator's; NULL and *e when they are wrong. */
static struct rules *
rules_open(const char *file, struct err *e)
{
	struct rules *r = rules_new();

	if (!r) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	if (rules_load_builtin(r, e) < 0 ||
	    (file && rules_load(r, file, e) < 0)) {
		rules_free(r);
		return NULL;
	}
	return r;
}

static const char *
rules_severity(const struct rule_info *i)
{
	return i->def.severity == SEVERITY_REJECT ? "reject" : "warning";
}

static int
rules_list(const struct rules *r)
{
	const struct rule_info *i;

	for (size_t n = 0; (i = rules_row(r, n)); n++)
		printf("%-48s %-16s %-7s SNIP %u %s\n", i->def.name,
		    *i->guides ? i->guides : "any", i->at, i->def.snip,
		    rules_severity(i));
	return EXIT_DONE;
}

static void
rules_print_part(const char *key, const char *value)
{
	if (value && *value)
		printf("  %-9s %s\n", key, value);
}

static void
rules_explain_one(const struct rule_info *i)
{
	char acks[64];

	printf("%s (%s:%u)\n", i->def.name, i->file, i->line);
	rules_print_part("text", i->def.text);
	rules_print_part("guide", *i->guides ? i->guides : "any");
	rules_print_part("at", i->at);
	rules_print_part("when", i->when);
	rules_print_part("need", i->need);
	rules_print_part("forbid", i->forbid);
	rules_print_part("check", i->check);
	rules_print_part("on", i->on);
	rules_print_part("example", i->def.example);
	rules_print_part("source", i->source);
	printf("  %-9s SNIP %u, %s\n", "weight", i->def.snip,
	    rules_severity(i));
	finding_ack_text(&i->def.ack, acks, sizeof(acks));
	rules_print_part("ack", acks);
}

static int
rules_explain(const struct rules *r, const char *name)
{
	const struct rule_info *i;
	struct nearest near;

	nearest_init(&near, name);
	for (size_t n = 0; (i = rules_row(r, n)); n++) {
		if (strcmp(i->def.name, name) == 0) {
			rules_explain_one(i);
			return EXIT_DONE;
		}
		nearest_try(&near, i->def.name);
	}
	return command_usage("rules", "there is no rule %s%s%s%s", name,
	    nearest_found(&near) ? "; did you mean " : "",
	    nearest_found(&near) ? nearest_found(&near) : "",
	    nearest_found(&near) ? "?" : "");
}

static int
rules_check_file(const char *file)
{
	struct err e = ERR_NONE;
	struct rules *r = rules_open(file, &e);
	struct guides *g = guides_new();
	int rc = r && g ? rules_check(r, g, &e) : -1;

	if (r && rc == 0)
		printf("%s: every rule fits its guides\n", file);
	rules_free(r);
	guides_free(g);
	return rc == 0 ? EXIT_DONE : command_trouble("rules", &e);
}

/* ---- test --------------------------------------------------------------- */

struct rules_trial {
	struct scan *scan;
	struct walk *walk;
};

static void
trial_on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct rules_trial *)ctx)->walk, s);
}

static void
trial_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct rules_trial *)ctx)->walk, s, ordinal);
}

static void
trial_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct rules_trial *)ctx)->walk, s);
}

static const struct scan_ops trial_ops = {
	.on_set = trial_on_set,
	.on_segment = trial_on_segment,
	.on_set_end = trial_on_set_end,
};

static int
trial_file(struct rules *r, struct guides *g, const char *name, struct err *e)
{
	static const struct walk_settings settings = { .snip = ~0u };
	struct rules_trial x = { .scan = scan_new(&trial_ops, &x) };
	struct rule_checker *k = NULL;
	enum scan_framing framing;
	struct input in;
	int rc = input_open(&in, name, e);

	if (rc < 0)
		goto out;
	if (x.scan)
		x.walk = walk_new(x.scan, g, &settings);
	k = x.walk ? rule_checker_new(x.walk, r, ~0u, 0) : NULL;
	rc = k ? scan_fd(x.scan, in.fd, name, &framing, e) :
	    err_set(e, -ENOMEM, "out of memory");
	input_close(&in);
out:
	rule_checker_free(k);
	walk_free(x.walk);
	scan_free(x.scan);
	return rc;
}

static int
rules_test(struct rules *r, int files, char **names)
{
	struct guides *g = guides_new();
	struct err e = ERR_NONE;
	const struct rule_info *i;
	uint64_t never = 0;
	int rc = g ? rules_check(r, g, &e) :
	    err_set(&e, -ENOMEM, "out of memory");

	for (int n = 0; rc == 0 && n < files; n++)
		rc = trial_file(r, g, names[n], &e);
	for (size_t n = 0; rc == 0 && (i = rules_row(r, n)); n++) {
		if (i->judged > 0)
			printf("%-48s judged %" PRIu64 " fired %" PRIu64 "\n",
			    i->def.name, i->judged, i->fired);
		else
			never++;
	}
	if (rc == 0)
		printf("%" PRIu64 " rules were never judged by these files\n",
		    never);
	guides_free(g);
	return rc == 0 ? EXIT_DONE : command_trouble("rules", &e);
}

/* ---- the command -------------------------------------------------------- */

static int
rules_run(const char *file, const char *verb, int n, char **rest)
{
	struct err e = ERR_NONE;
	struct rules *r;
	int status;

	if (strcmp(verb, "check") == 0 && n == 1)
		return rules_check_file(rest[0]);
	r = rules_open(file, &e);
	if (!r)
		return command_trouble("rules", &e);
	if (strcmp(verb, "list") == 0 && n == 0)
		status = rules_list(r);
	else if (strcmp(verb, "explain") == 0 && n == 1)
		status = rules_explain(r, rest[0]);
	else if (strcmp(verb, "test") == 0 && n > 0)
		status = rules_test(r, n, rest);
	else
		status = command_usage("rules", "list; explain NAME; check "
		    "FILE; or test FILE...");
	rules_free(r);
	return status;
}

int
cmd_rules(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rules", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *file = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			file = optarg;
			break;
		case 'h':
			return command_help("rules");
		default:
			return command_usage("rules", NULL);
		}
	}
	if (optind == argc)
		return command_usage("rules", "list, explain, check or test?");
	return command_flush("rules", rules_run(file, argv[optind],
	    argc - optind - 1, argv + optind + 1));
}
