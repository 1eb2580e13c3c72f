/* SPDX-License-Identifier: ISC */
/*
 * x12 payer: a simulated payer for tests, demonstrations and users' own
 * acceptance tests. It watches a directory that a real sshd serves and puts
 * its answers into another. docs/payer.md describes the configuration.
 */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/layers.h"
#include "cli/payer_answer.h"
#include "cli/payer_inbox.h"
#include "cli/payer_post.h"
#include "edi/ack/text.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { PAYER_RESCAN = 1000, PAYER_UNREADY = 256 };

struct payer {
	struct payer_config config;
	struct payer_state *state;
	struct layers layers;
	struct record_kinds *kinds;
	struct payer_post post;
	struct payer_inbox inbox;
	struct payer_result result;
	uint64_t unready[PAYER_UNREADY];  /* keys looked at in vain */
	unsigned unready_at;
	/* The file at hand. */
	uint64_t file;
	int64_t now;
	int error;
	struct err err;
};

/* One line an action; never a name, a claim or a value of the file. */
static void __attribute__((format(printf, 1, 2)))
say(const char *fmt, ...)
{
	char now[CLOCK_TEXT], text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clock_format(clock_wall(), now);
	fprintf(stderr, "%s x12-payer %s\n", now, text);
}

/* ---- answers ------------------------------------------------------------ */

static int64_t
due(const struct payer *p, enum payer_kind kind)
{
	return p->now + p->config.delay[kind];
}

static void
put(struct payer *p, int64_t when, const char *name, struct slice bytes)
{
	if (p->error == 0)
		p->error = payer_post_put(&p->post, p->file, when, name, bytes,
		    &p->err);
}

/* The same answer with another ISA13: new bytes for a name that was there. */
static void
put_renumbered(struct payer *p, int64_t when, const char *name,
    struct slice bytes)
{
	char *copy = malloc(bytes.n + 1);

	if (!copy) {
		p->error = err_set(&p->err, -ENOMEM, "out of memory");
		return;
	}
	memcpy(copy, bytes.p, bytes.n);
	copy[bytes.n] = '\0';
	if (bytes.n > 106) {
		char number[10];
		char *iea = NULL;

		memcpy(number, copy + 90, 9);
		number[9] = '\0';
		for (char *at = copy + 106; (at = strstr(at, number)); at++)
			iea = at;
		/* The first digit is changed in ISA13 and IEA02 alike. */
		copy[90] = copy[90] == '9' ? '8' : '9';
		if (iea)
			*iea = copy[90];
	}
	put(p, when, name, slice(copy, bytes.n));
	free(copy);
}

static void
on_answer(void *ctx, enum payer_kind kind, uint64_t number, struct slice bytes)
{
	struct payer *p = ctx;
	uint32_t bit = 1u << kind;
	char name[64], again[80];

	snprintf(name, sizeof(name), "%s_%09" PRIu64 ".x12",
	    payer_kind_text(kind), number);
	put(p, due(p, kind), name, bytes);
	if (p->config.repeat_same_bytes & bit) {
		snprintf(again, sizeof(again), "AGAIN_%s", name);
		put(p, due(p, kind) + p->config.repeat_delay, again, bytes);
	}
	if (p->config.repeat_same_name & bit)
		put_renumbered(p, due(p, kind) + p->config.repeat_delay, name,
		    bytes);
}

static void
on_duplicate(void *ctx, const struct scan_interchange *i)
{
	char sender[16], receiver[16];

	(void)ctx;
	ack_clean(&writer_default_delimiters, slice_str(i->sender), sender,
	    sizeof(sender));
	ack_clean(&writer_default_delimiters, slice_str(i->receiver), receiver,
	    sizeof(receiver));
	say("event=\"duplicate interchange\" sender=%s receiver=%s "
	    "isa13=%09" PRIu64, sender, receiver, i->control);
}

static void
on_collector_acknowledged(void *ctx, const struct index_record *r)
{
	(void)ctx;
	say("event=acknowledged by=%s number=%" PRIu64 " verdict=%s",
	    r->kind == INDEX_TA1 ? "TA1" : "999", r->control, r->status);
}

/* Names of members and findings may be logged, values are not among them. */
static void
on_collector_refused(void *ctx, enum payer_kind kind,
    const struct payer_lines *l)
{
	(void)ctx;
	say("event=\"records refused\" answer=%s records=%" PRIu64 " first=%s "
	    "finding=%s", payer_kind_text(kind), l->refused,
	    l->fault.field[0] ? l->fault.field : "-",
	    l->fault.name ? l->fault.name : "-");
}

static void
on_sent(void *ctx, const char *name)
{
	(void)ctx;
	say("event=answered file=%s", name);
}

/* ---- one inbound file --------------------------------------------------- */

static bool
is_unready(const struct payer *p, uint64_t key)
{
	for (unsigned i = 0; i < PAYER_UNREADY; i++)
		if (p->unready[i] == key)
			return true;
	return false;
}

static void
set_unready(struct payer *p, uint64_t key, enum scan_framing framing)
{
	p->unready[p->unready_at++ % PAYER_UNREADY] = key;
	say("event=waiting reason=%s file_key=%016" PRIx64,
	    scan_framing_text(framing), key);
}

/* Answers are made in one order and posted in the order that was asked for. */
struct held {
	enum payer_kind kind;
	uint64_t number;
	struct held *next;
	size_t n;
	char bytes[];
};

struct collector {
	struct payer *payer;
	struct held *first, **last;
};

static void
hold_answer(void *ctx, enum payer_kind kind, uint64_t number,
    struct slice bytes)
{
	struct collector *c = ctx;
	struct held *h = malloc(sizeof(*h) + bytes.n);

	if (!h) {
		c->payer->error = err_set(&c->payer->err, -ENOMEM,
		    "out of memory");
		return;
	}
	*h = (struct held){ .kind = kind, .number = number, .n = bytes.n };
	memcpy(h->bytes, bytes.p, bytes.n);
	*c->last = h;
	c->last = &h->next;
}

static void
on_collector_duplicate(void *ctx, const struct scan_interchange *i)
{
	on_duplicate(((struct collector *)ctx)->payer, i);
}

static void
post_all(struct payer *p, struct collector *c)
{
	for (unsigned i = 0; i < p->config.answer_count; i++)
		for (struct held *h = c->first; h && p->error == 0; h = h->next)
			if (h->kind == p->config.answers[i])
				on_answer(p, h->kind, h->number,
				    slice(h->bytes, h->n));
	while (c->first) {
		struct held *h = c->first;

		c->first = h->next;
		free(h);
	}
}

static int
answer(struct payer *p, const struct payer_file *f, struct slice bytes,
    struct err *e)
{
	struct payer_counts counts = payer_state_counts(p->state);
	struct collector c = { .payer = p, .last = &c.first };
	char date[9], time[7];
	struct payer_job job = { .state = p->state,
		.maker = { &p->config, p->kinds, layers_settings(&p->layers),
		date, time }, .on_answer = hold_answer,
		.on_duplicate = on_collector_duplicate,
		.on_acknowledged = on_collector_acknowledged,
		.on_refused = on_collector_refused, .ctx = &c };
	struct payer_done done;
	int rc;

	p->now = clock_wall();
	p->file = f->key;
	p->error = 0;
	clock_x12(p->now, date, time);
	if (p->config.validate)
		job.checks = layers_settings(&p->layers);
	rc = payer_answer(&job, bytes, &p->result, e);
	if (rc < 0)
		p->error = rc;
	post_all(p, &c);
	if (p->error < 0) {
		if (rc == 0 && e)
			*e = p->err;
		return p->error;
	}
	counts.interchanges += p->result.counts.interchanges;
	counts.sets += p->result.counts.sets;
	counts.claims += p->result.counts.claims;
	done = (struct payer_done){ f->key, p->result.seen.key,
		p->result.seen.count,
		(const void *)p->result.outcomes.p,
		p->result.outcomes.n / sizeof(struct payer_outcome), counts };
	rc = payer_state_record(p->state, &done, e);
	if (rc == 0)
		say("event=received bytes=%zu interchanges=%" PRIu64
		    " sets=%" PRIu64 " claims=%" PRIu64, f->size,
		    p->result.counts.interchanges, p->result.counts.sets,
		    p->result.counts.claims);
	return rc;
}

static int
consume(struct payer *p, const struct payer_file *f, struct err *e)
{
	if (p->config.consume == PAYER_LEAVE)
		return 0;
	return payer_inbox_take(&p->inbox, f,
	    p->config.consume == PAYER_MOVE ? p->config.archive : NULL, e);
}

static int
take_file(struct payer *p, const struct payer_file *f, struct err *e)
{
	enum scan_framing framing;
	char *bytes;
	int rc;

	/* Answered before a crash, or left in place. */
	if (payer_state_is_done(p->state, f->key))
		return consume(p, f, e);
	if (is_unready(p, f->key))
		return 0;
	rc = payer_inbox_read(f, &bytes, e);
	if (rc == -EAGAIN)
		return 0;
	if (rc < 0)
		return rc;
	rc = payer_inbox_framing(slice(bytes, f->size), &framing, e);
	if (rc == 0 && (framing == SCAN_EMPTY || framing == SCAN_INCOMPLETE ||
	    framing == SCAN_NOT_X12)) {
		set_unready(p, f->key, framing);
	} else if (rc == 0) {
		rc = answer(p, f, slice(bytes, f->size), e);
		if (rc == 0)
			rc = consume(p, f, e);
	}
	free(bytes);
	return rc;
}

static int
take_files(struct payer *p, struct err *e)
{
	struct payer_file f;
	int rc;

	payer_inbox_drain(&p->inbox);
	rc = payer_inbox_list(&p->inbox, e);
	while (rc == 0 && payer_inbox_next(&p->inbox, &f)) {
		rc = take_file(p, &f, e);
		payer_inbox_done(&f);
	}
	return rc;
}

/* ---- the loop ----------------------------------------------------------- */

/* True when a signal asks to stop. */
static bool
pause_until(struct payer *p, int signals, int64_t next)
{
	struct pollfd fds[] = { { signals, POLLIN, 0 },
		{ p->inbox.watch, POLLIN, 0 } };
	int64_t wait = next == INT64_MAX ? PAYER_RESCAN : next - clock_wall();

	if (wait > PAYER_RESCAN)
		wait = PAYER_RESCAN;
	if (wait > 0)
		poll(fds, 2, (int)wait);
	return fds[0].revents != 0;
}

static int
loop(struct payer *p, bool once, struct err *e)
{
	int signals, rc = 0;
	int64_t next = INT64_MAX;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return err_sys(e, "cannot make a signal descriptor");
	do {
		rc = take_files(p, e);
		if (rc == 0)
			rc = payer_post_send(&p->post, clock_wall(), &next,
			    on_sent, p, e);
		if (rc < 0 || (once && next == INT64_MAX))
			break;
	} while (!pause_until(p, signals, next));
	close(signals);
	return rc;
}

static bool
is_done(void *ctx, uint64_t file)
{
	return payer_state_is_done(((struct payer *)ctx)->state, file);
}

static int
run(struct payer *p, const char *config, bool once, struct err *e)
{
	int rc = payer_config_load(&p->config, config, e);

	p->inbox.dirfd = p->inbox.watch = -1;
	payer_result_init(&p->result);
	if (rc == 0)
		rc = layers_open(&p->layers, &(struct layers_files){ NULL }, e);
	p->kinds = rc == 0 ? record_kinds_new(p->layers.guides) : NULL;
	if (rc == 0 && !p->kinds)
		rc = err_set(e, -ENOMEM, "out of memory");
	if (rc == 0)
		rc = payer_state_open(&p->state, p->config.state, e);
	if (rc == 0)
		rc = payer_post_open(&p->post, p->config.outbound,
		    p->config.state, is_done, p, e);
	if (rc == 0)
		rc = payer_inbox_open(&p->inbox, p->config.inbound, e);
	if (rc == 0) {
		say("event=started");
		rc = loop(p, once, e);
		say("event=stopped");
	}
	payer_inbox_close(&p->inbox);
	payer_state_close(p->state);
	payer_result_free(&p->result);
	record_kinds_free(p->kinds);
	layers_close(&p->layers);
	return rc;
}

int
cmd_payer(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "once", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct err e = ERR_NONE;
	const char *config = NULL;
	struct payer *p;
	bool once = false;
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("payer");
		if (c == 'c')
			config = optarg;
		else if (c == 'o')
			once = true;
		else
			return command_usage("payer", NULL);
	}
	if (!config || optind < argc)
		return command_usage("payer", "which --config?");
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(&e, -ENOMEM, "out of memory"),
		    command_trouble("payer", &e);
	rc = run(p, config, once, &e);
	free(p);
	return rc < 0 ? command_trouble("payer", &e) : EXIT_DONE;
}
