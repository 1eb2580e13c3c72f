/* SPDX-License-Identifier: ISC */
/* x12 show: remittances, claims, statuses for people. */
#include "base/io.h"
#include "cli/output.h"
#include "cli/show.h"
#include "cli/trees.h"

#include <inttypes.h>

enum { SHOW_OUT = 256 * 1024, SHOW_OUT_MAX = 64 << 20 };

struct show_command {
	struct show show;
	struct trees trees;
	struct output to;
	struct buf out;
	uint64_t shown;
	bool html;
};

static const struct show_view *const views[] = { &show_remittance,
	&show_claim, &show_status };

static const struct show_view *
view_of(const struct record_kind *k)
{
	size_t n = strlen(k->name);

	for (unsigned i = 0; i < sizeof(views) / sizeof(*views); i++)
		for (const char *p = views[i]->kinds; (p = strstr(p,
		    k->name)); p += n)
			if ((p == views[i]->kinds || p[-1] == ' ') &&
			    (p[n] == ' ' || p[n] == '\0'))
				return views[i];
	return NULL;
}

static int
show_flush(struct show_command *x, struct err *e)
{
	int rc = x->out.failed ? err_set(e, -ENOMEM, "out of memory") :
	    io_write(x->to.fd, x->out.p, x->out.n, "the output", e);

	buf_reset(&x->out);
	return rc;
}

static void
show_end_set(struct show *s)
{
	if (s->view)
		s->view->end(s);
	s->view = NULL;
	s->table = s->plb = false;
	s->charge = s->paid = s->patient = s->provider = s->payment = 0;
	s->claims = 0;
	memset(s->groups, 0, sizeof(s->groups));
}

static int
show_on_record(void *ctx, const struct record_whole *t, struct err *e)
{
	struct show_command *x = ctx;
	struct show *s = &x->show;
	const struct show_view *view = view_of(t->kind);
	bool fresh = s->view != view || s->interchange != t->interchange ||
	    s->set != t->set;

	if (fresh)
		show_end_set(s);
	if (!view)
		return 0;
	s->record = t;
	s->root = (struct record_at){ t->kind->root, t->root };
	if (fresh) {
		s->view = view;
		s->interchange = t->interchange;
		s->set = t->set;
		view->begin(s);
	}
	view->record(s);
	x->shown++;
	return x->out.n >= SHOW_OUT || x->out.failed ? show_flush(x, e) : 0;
}

static int
show_file(struct show_command *x, const char *file, int *status,
    struct err *e)
{
	struct trees_result r;
	int rc;

	x->shown = 0;
	rc = trees_read(&x->trees, file, show_on_record, x, &r, e);
	show_end_set(&x->show);
	if (rc < 0)
		return rc;
	*status = command_worse(*status, trees_say(file, &r));
	if (x->shown == 0) {
		fprintf(stderr, "%s: nothing in it to show: no 835, 837, 277 "
		    "or 277CA that can be read\n", file);
		*status = command_worse(*status, EXIT_REJECTED);
	}
	return 0;
}

static int
show_files(struct show_command *x, char **files, int count, int *status,
    struct err *e)
{
	int rc = trees_open(&x->trees, e);

	page_begin(&x->show.page, &x->out, x->html);
	for (int i = 0; i < count && rc == 0; i++)
		rc = show_file(x, files[i], status, e);
	page_end(&x->show.page);
	return rc == 0 ? show_flush(x, e) : rc;
}

static int
show_run(struct show_command *x, const char *output, char **files, int count)
{
	struct err e = ERR_NONE;
	int status = EXIT_DONE, rc = output_begin(&x->to, output, &e);

	buf_init(&x->out, SHOW_OUT_MAX);
	buf_init(&x->show.text, 1 << 20);
	buf_init(&x->show.more, 1 << 20);
	if (rc == 0) {
		rc = show_files(x, files, count, &status, &e);
		rc = output_end(&x->to, rc, &e);
	}
	if (rc < 0)
		status = command_trouble("show", &e);
	buf_free(&x->show.text);
	buf_free(&x->show.more);
	buf_free(&x->out);
	trees_close(&x->trees);
	return status;
}

int
cmd_show(int argc, char **argv)
{
	static const struct option options[] = {
		{ "html", no_argument, NULL, 'w' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct show_command x = { .html = false };
	const char *output = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("show");
		if (c == '?')
			return command_usage("show", NULL);
		x.html |= c == 'w';
		if (c == 'o')
			output = optarg;
	}
	if (optind == argc)
		return command_usage("show", "which file?");
	return show_run(&x, output, argv + optind, argc - optind);
}
