/* SPDX-License-Identifier: ISC */
/* x12 ack: the acknowledging interchanges of a file, on standard output. */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/layers.h"
#include "cli/progress.h"
#include "edi/ack/scan.h"

#include <inttypes.h>
#include <stdlib.h>

struct acknowledge {
	struct ack_options options;
	struct input in;
	struct progress progress;
	struct layers_files files;
	struct ack_scan *scan;
	uint64_t numbers[2];       /* ISA13 and GS06, the last used */
	bool rejected;
	char date[9], time[7];
};

static uint64_t
acknowledge_next(void *ctx, enum ack_number which)
{
	struct acknowledge *a = ctx;

	a->numbers[which] = a->numbers[which] % 999999999 + 1;
	return a->numbers[which];
}

static void
acknowledge_write(void *ctx, enum ack_kind kind, struct slice bytes)
{
	(void)ctx;
	(void)kind;
	/* What fails here is told by command_flush(). */
	fwrite(bytes.p, 1, bytes.n, stdout);
}

static void
acknowledge_on_claim(void *ctx, struct ack_claim *c)
{
	struct acknowledge *a = ctx;

	a->rejected |= c->rejected;
}

static void
acknowledge_on_set(void *ctx, const struct scan_set *set, char verdict)
{
	struct acknowledge *a = ctx;

	(void)set;
	a->rejected |= verdict == 'R';
}

static void
acknowledge_on_group(void *ctx, const struct scan_group *g, char verdict)
{
	struct acknowledge *a = ctx;

	(void)g;
	a->rejected |= verdict == 'R';
}

static void
acknowledge_on_interchange(void *ctx, const struct scan_interchange *i,
    char verdict)
{
	struct acknowledge *a = ctx;

	(void)i;
	a->rejected |= verdict == 'R';
}

static const struct ack_ops acknowledge_ack_ops = {
	.next_number = acknowledge_next,
	.on_ack = acknowledge_write,
	.on_claim = acknowledge_on_claim,
	.on_set = acknowledge_on_set,
	.on_group = acknowledge_on_group,
	.on_interchange = acknowledge_on_interchange,
};

static void
acknowledge_on_bytes(void *ctx, size_t n)
{
	progress_add(&((struct acknowledge *)ctx)->progress, n);
}

static const struct scan_ops acknowledge_more = {
	.on_bytes = acknowledge_on_bytes,
};

/* ---- the command -------------------------------------------------------- */

static int
acknowledge_scan(struct acknowledge *a, struct err *e)
{
	enum scan_framing framing;
	int rc;

	progress_begin(&a->progress, a->in.name, a->in.size);
	rc = scan_fd(ack_scan_scan(a->scan), a->in.fd, a->in.name, &framing,
	    e);
	progress_end(&a->progress);
	if (rc < 0)
		return rc;
	if (framing == SCAN_EMPTY || framing == SCAN_NOT_X12)
		fprintf(stderr,
		    "x12 ack: %s: %s: nothing can be acknowledged\n",
		    a->in.name, framing == SCAN_EMPTY ? "empty" : "not X12");
	a->rejected |= framing != SCAN_COMPLETE;
	return ack_scan_error(a->scan, e);
}

static int
acknowledge_inspect(struct acknowledge *a, struct err *e)
{
	struct inspection_settings settings;
	struct layers layers;
	uint64_t today = 0;
	int rc = layers_open(&layers, &a->files, e);

	if (rc == 0) {
		settings = layers_settings(&layers);
		slice_u64(slice_str(a->date), &today);
		settings.today = (uint32_t)today;
		a->scan = ack_scan_new(&settings, &a->options,
		    &acknowledge_ack_ops, &acknowledge_more, a);
		rc = a->scan ? acknowledge_scan(a, e) :
		    err_set(e, -ENOMEM, "out of memory");
	}
	ack_scan_free(a->scan);
	layers_close(&layers);
	return rc;
}

static int
acknowledge_file(struct acknowledge *a, const char *name)
{
	struct err e = ERR_NONE;
	int rc = input_open(&a->in, name, &e);

	if (rc < 0)
		return command_trouble("ack", &e);
	rc = acknowledge_inspect(a, &e);
	input_close(&a->in);
	if (rc < 0)
		return command_trouble("ack", &e);
	return a->rejected ? EXIT_REJECTED : EXIT_DONE;
}

static bool
take_when(enum ack_when *to, const char *text)
{
	static const struct {
		const char *name;
		enum ack_when when;
	} rows[] = {
		{ "always", ACK_ALWAYS }, { "error", ACK_ON_ERROR },
		{ "never", ACK_NEVER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, text) == 0) {
			*to = rows[i].when;
			return true;
		}
	}
	return false;
}

/* n digits, n at most cap - 1 and at least min. */
static bool
take_digits(char *to, size_t cap, size_t min, const char *text)
{
	size_t n = strlen(text);

	return n >= min && strspn(text, "0123456789") == n &&
	    slice_copy(slice_str(text), to, cap);
}

static bool
take_control(struct acknowledge *a, const char *text)
{
	uint64_t n;

	if (!slice_u64(slice_str(text), &n) || n == 0 || n > 999999999)
		return false;
	a->numbers[ACK_ISA13] = a->numbers[ACK_GS06] = n - 1;
	return true;
}

static int
take_option(struct acknowledge *a, int c)
{
	switch (c) {
	case 't':
		if (take_when(&a->options.ta1, optarg))
			return EXIT_DONE;
		return command_usage("ack", "--ta1 is always, error or never");
	case '9':
		if (take_when(&a->options.functional, optarg))
			return EXIT_DONE;
		return command_usage("ack", "--999 is always, error or never");
	case 'c':
		a->options.claims = true;
		return EXIT_DONE;
	case 'r':
		a->files.rules = optarg;
		return EXIT_DONE;
	case 'w':
		return layers_add_severity(&a->files, optarg) ? EXIT_DONE :
		    command_usage("ack", "too many --severity");
	case 'g':
		a->files.companion = optarg;
		return EXIT_DONE;
	case 'l':
		a->files.codes = optarg;
		return EXIT_DONE;
	case 'n':
		if (take_control(a, optarg))
			return EXIT_DONE;
		return command_usage("ack", "--control is 1 to 999999999");
	case 'd':
		if (take_digits(a->date, sizeof(a->date), 8, optarg))
			return EXIT_DONE;
		return command_usage("ack", "--date is CCYYMMDD");
	case 'm':
		if (take_digits(a->time, sizeof(a->time), 4, optarg) &&
		    strlen(a->time) != 5)
			return EXIT_DONE;
		return command_usage("ack", "--time is HHMM or HHMMSS");
	default:
		return command_usage("ack", NULL);
	}
}

int
cmd_ack(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ta1", required_argument, NULL, 't' },
		{ "999", required_argument, NULL, '9' },
		{ "277ca", no_argument, NULL, 'c' },
		{ "guide", required_argument, NULL, 'g' },
		{ "severity", required_argument, NULL, 'w' },
		{ "rules", required_argument, NULL, 'r' },
		{ "codes", required_argument, NULL, 'l' },
		{ "control", required_argument, NULL, 'n' },
		{ "date", required_argument, NULL, 'd' },
		{ "time", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct acknowledge a = { .rejected = false };
	int c;

	clock_x12(clock_wall(), a.date, a.time);
	a.options.date = a.date;
	a.options.time = a.time;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("ack");
		if (take_option(&a, c) != EXIT_DONE)
			return EXIT_TROUBLE;
	}
	if (optind != argc - 1)
		return command_usage("ack",
		    "one file, or - for standard input");
	return command_flush("ack", acknowledge_file(&a, argv[optind]));
}
