/* SPDX-License-Identifier: ISC */
#include "transport/ssh_error.h"

struct pattern {
	const char *words;
	struct ssh_reason reason;
};

/* The gravest first: one complaint often ends in a general one. */
static const struct pattern before_login[] = {
	{ "REMOTE HOST IDENTIFICATION HAS CHANGED", { SFTP_HOST_KEY,
	    "the server shows another host key than the known hosts file "
	    "has: nothing was sent; ask the partner, by another way than "
	    "mail, whether the key was changed" } },
	{ "REVOKED HOST KEY", { SFTP_HOST_KEY,
	    "the server shows a host key that is marked as revoked" } },
	{ "host key is known for", { SFTP_HOST_KEY,
	    "the known hosts file has no key for this host and port: add "
	    "the one that the partner gives (compare its fingerprint)" } },
	{ "Host key verification failed", { SFTP_HOST_KEY,
	    "the server's host key was not accepted" } },
	{ "incorrect passphrase", { SFTP_CONFIG,
	    "the passphrase of the private key is wrong: see the password "
	    "file" } },
	{ "UNPROTECTED PRIVATE KEY FILE", { SFTP_CONFIG,
	    "the private key can be read by others: chmod 600 it" } },
	{ "Load key", { SFTP_CONFIG,
	    "the private key cannot be used: wrong format, wrong "
	    "permissions, or a passphrase without a password file" } },
	{ "Bad configuration option", { SFTP_CONFIG,
	    "this ssh does not know one of the options" } },
	{ "command-line line", { SFTP_CONFIG,
	    "this ssh does not accept the value of one of the options" } },
	{ "command-line: line", { SFTP_CONFIG,
	    "this ssh does not accept the value of one of the options" } },
	{ "Unable to negotiate with", { SFTP_CONFIG,
	    "the server only has algorithms that this ssh does not use by "
	    "itself: ask the partner to update it, or add ssh_options such "
	    "as HostKeyAlgorithms=+ssh-rsa" } },
	{ "Permission denied (", { SFTP_AUTH,
	    "login refused: check the user name and that the partner has "
	    "our present public key or password" } },
	{ "Too many authentication failures", { SFTP_AUTH,
	    "login refused: too many tries; wait, then check the key or "
	    "password" } },
	{ "ubsystem request failed", { SFTP_CONFIG,
	    "the server lets us in but offers no SFTP to this user: ask "
	    "the partner" } },
	{ "Could not resolve hostname", { SFTP_RETRY,
	    "the host name cannot be resolved: check it, and the name "
	    "service" } },
	{ "Connection refused", { SFTP_RETRY,
	    "connection refused: nothing listens on this port" } },
	{ "timed out", { SFTP_RETRY,
	    "no answer in time: host down, or a firewall between" } },
	{ "not responding", { SFTP_RETRY,
	    "the server has stopped answering" } },
	{ "No route to host", { SFTP_RETRY, "no route to this host" } },
	{ "Network is unreachable", { SFTP_RETRY,
	    "the network is unreachable" } },
	{ "reset by", { SFTP_RETRY,
	    "the server dropped the connection during the login" } },
	{ "closed by", { SFTP_RETRY,
	    "the server closed the connection during the login" } },
};

static const struct pattern after_login[] = {
	{ "not responding", { SFTP_RETRY,
	    "the server has stopped answering" } },
	{ "timed out", { SFTP_RETRY, "the connection timed out" } },
	{ "reset by", { SFTP_RETRY, "the connection was reset" } },
};

static const struct ssh_reason refused = { SFTP_RETRY,
	"ssh ended before the login was done" };
static const struct ssh_reason dropped = { SFTP_RETRY,
	"the server closed the connection" };

static bool
has(struct slice s, const char *words)
{
	return s.n > 0 && memmem(s.p, s.n, words, strlen(words));
}

static struct ssh_reason
find(const struct pattern *p, size_t n, struct slice errors,
    struct ssh_reason otherwise)
{
	for (size_t i = 0; i < n; i++)
		if (has(errors, p[i].words))
			return p[i].reason;
	return otherwise;
}

struct ssh_reason
ssh_error_reason(struct slice errors, bool logged_in)
{
	if (logged_in)
		return find(after_login,
		    sizeof(after_login) / sizeof(after_login[0]), errors,
		    dropped);
	return find(before_login,
	    sizeof(before_login) / sizeof(before_login[0]), errors, refused);
}

void
ssh_error_last_line(struct slice errors, char *to, size_t cap)
{
	size_t end = errors.n, start, n = 0;

	while (end > 0 && (unsigned char)errors.p[end - 1] <= ' ')
		end--;
	for (start = end; start > 0 && errors.p[start - 1] != '\n'; start--)
		;
	for (; start < end && n + 1 < cap; start++) {
		unsigned char c = (unsigned char)errors.p[start];

		to[n++] = c >= ' ' && c < 0x7f ? (char)c : '?';
	}
	to[n] = '\0';
}
