/* SPDX-License-Identifier: ISC */
#include "daemon/log.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOG_MAX = 2048 };     /* under PIPE_BUF: a line is one write */

static const char *const log_keys[LOG_KEY_COUNT] = {
#define LOG_KEY(id, text) [LOGKEY_##id] = text,
	LOG_KEYS(LOG_KEY)
#undef LOG_KEY
};

static const char *const log_priorities[] = {
	"emergency", "alert", "critical", "error", "warning", "notice",
	"info", "debug",
};

/* Text that cannot overflow; what does not fit is cut. */
struct log_text {
	char *p;
	size_t n, cap;
};

static void
log_add(struct log_text *t, const char *s, size_t n)
{
	if (n > t->cap - 1 - t->n)
		n = t->cap - 1 - t->n;
	memcpy(t->p + t->n, s, n);
	t->n += n;
	t->p[t->n] = '\0';
}

static void
log_add_str(struct log_text *t, const char *s)
{
	log_add(t, s, strlen(s));
}

static bool
log_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == '"' || *s == '=' ||
		    *s == '\\' || *s == 0x7f)
			return false;
	return true;
}

static void
log_add_escaped(struct log_text *t, const char *s, bool quoted)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char hex[5];

		if (c < ' ' || c == 0x7f) {
			snprintf(hex, sizeof(hex), "\\x%02x", c);
			log_add(t, hex, 4);
			continue;
		}
		if (quoted && (c == '"' || c == '\\'))
			log_add(t, "\\", 1);
		log_add(t, s, 1);
	}
}

static void
log_add_field(struct log_text *t, const struct log_field *f)
{
	char number[24];

	if (f->text && !*f->text)
		return;
	log_add(t, " ", 1);
	log_add_str(t, log_keys[f->key]);
	log_add(t, "=", 1);
	if (!f->text) {
		snprintf(number, sizeof(number), "%" PRId64, f->number);
		log_add_str(t, number);
	} else if (log_plain(f->text))
		log_add_str(t, f->text);
	else {
		log_add(t, "\"", 1);
		log_add_escaped(t, f->text, true);
		log_add(t, "\"", 1);
	}
}

static void
log_add_event(struct log_text *t, const char *event,
    const struct log_field *fields, size_t n)
{
	log_add_str(t, "event=");
	log_add_str(t, event);
	for (size_t i = 0; i < n; i++)
		log_add_field(t, &fields[i]);
}

void
log_format(char *to, size_t cap, const char *event,
    const struct log_field *fields, size_t n)
{
	struct log_text t = { to, 0, cap };

	log_add_event(&t, event, fields, n);
}

void
log_init(struct log *l, const char *role)
{
	*l = (struct log){ .fd = STDERR_FILENO, .role = role,
	    .journal = getenv("JOURNAL_STREAM") != NULL };
}

static bool
log_begin(const struct log *l, int priority, struct log_text *t)
{
	char when[CLOCK_TEXT], head[16];

	if (priority > LOG_DEBUG || (priority == LOG_DEBUG && !l->debug))
		return false;
	if (l->journal) {
		snprintf(head, sizeof(head), "<%d>", priority);
		log_add_str(t, head);
	} else {
		clock_format(clock_wall(), when);
		log_add_str(t, when);
		log_add(t, " ", 1);
		log_add_str(t, log_priorities[priority]);
		log_add(t, " ", 1);
	}
	log_add_str(t, l->role);
	log_add(t, ": ", 2);
	return true;
}

static void
log_end(const struct log *l, struct log_text *t)
{
	/* There is nobody to tell when the log itself fails. */
	t->p[t->n] = '\n';
	if (write(l->fd, t->p, t->n + 1) < 0)
		return;
}

void
log_write(const struct log *l, int priority, const char *event,
    const struct log_field *fields, size_t n)
{
	char line[LOG_MAX + 1];
	struct log_text t = { line, 0, LOG_MAX };

	if (!log_begin(l, priority, &t))
		return;
	log_add_event(&t, event, fields, n);
	log_end(l, &t);
}

void
log_line(const struct log *l, int priority, const char *text)
{
	char line[LOG_MAX + 1];
	struct log_text t = { line, 0, LOG_MAX };

	if (!log_begin(l, priority, &t))
		return;
	log_add_escaped(&t, text, false);
	log_end(l, &t);
}
