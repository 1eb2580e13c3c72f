/* SPDX-License-Identifier: ISC */
#include "transport/askpass.h"

#include "base/io.h"

#include <stdlib.h>
#include <strings.h>

enum { SECRET_MAX = 4096 };

/*
 * "USER@HOST's password: ", "(USER@HOST) Password: " and "Enter passphrase for
 * key 'PATH': " are fine. A server may also demand a new password, and ssh may
 * ask whether to trust a host: never answered.
 */
static bool
may_be_answered(const char *prompt)
{
	static const char *const never[] = { "yes/no", "new password",
		"old password", "retype", "again" };

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strcasestr(prompt, never[i]))
			return false;
	return true;
}

int
askpass_run(int argc, char **argv)
{
	const char *file = getenv("X12D_ASKPASS_FILE");
	char *secret = NULL;
	size_t n;
	int rc;

	if (!file || argc != 2)
		return -1;
	if (!may_be_answered(argv[1]) ||
	    io_slurp(file, SECRET_MAX, &secret, &n, NULL) < 0)
		return 1;
	n = strcspn(secret, "\r\n");
	secret[n] = '\n';
	rc = n > 0 && io_write(1, secret, n + 1, "the secret", NULL) == 0 ?
	    0 : 1;
	explicit_bzero(secret, n + 1);
	free(secret);
	return rc;
}
