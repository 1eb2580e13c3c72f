/* SPDX-License-Identifier: ISC */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * The world's fault: a full disk, a refused connection, a malformed YAML file.
 * A function that can meet it takes a struct err that its caller owns, fills
 * it, and returns a negative errno value. Libraries never log or print: the
 * error is logged once, by whoever decides what happens next.
 *
 * The partner's fault is not an error but a finding (edi/finding.h); our own
 * fault is an assertion.
 *
 * The text is for operators. It never holds a value of the patient's.
 */

#include <errno.h>

struct err {
	int code;        /* negative errno value, 0: none */
	char text[500];  /* what failed, with context; no newline */
};

#define ERR_NONE ((struct err){ 0, "" })

/* Fill e (may be NULL) with code (negative) and the text; returns code. */
int err_set(struct err *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));

/* The same for errno: ": No space left on device" is added to the text. */
int err_sys(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), cold));

/* Put context before the text that is there; returns e->code. */
int err_prefix(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), cold));

#endif
