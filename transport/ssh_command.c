/* SPDX-License-Identifier: ISC */
#include "transport/ssh_command.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 160, ARENA_MAX = 64 * 1024, TEXT_MAX = 1024 };

/* ssh takes the first value of an option: nothing behind can weaken these. */
static const char *const fixed[] = {
	"ClearAllForwardings=yes",
	"PermitLocalCommand=no",
	"ProxyCommand=none",
	"RequestTTY=no",
	"EscapeChar=none",
	"StrictHostKeyChecking=yes",
	"UpdateHostKeys=no",
	"GlobalKnownHostsFile=none",
	"VerifyHostKeyDNS=no",
	"HashKnownHosts=no",
	"CheckHostIP=no",
	"IdentityAgent=none",
	"IdentitiesOnly=yes",
	"AddKeysToAgent=no",
	"ControlPath=none",
	"ControlMaster=no",
	"GSSAPIAuthentication=no",
	"HostbasedAuthentication=no",
	"CanonicalizeHostname=no",
	"NumberOfPasswordPrompts=1",
	"ServerAliveInterval=15",
	"ServerAliveCountMax=3",
	"LogLevel=ERROR",
};

/* With a key, and with a password (asked for in one way or the other). */
static const char *const by_key[] = {
	"PreferredAuthentications=publickey",
	"PubkeyAuthentication=yes",
	"PasswordAuthentication=no",
	"KbdInteractiveAuthentication=no",
};
static const char *const by_password[] = {
	"PreferredAuthentications=password,keyboard-interactive",
	"PubkeyAuthentication=no",
	"PasswordAuthentication=yes",
	"KbdInteractiveAuthentication=yes",
	"IdentityFile=none",
};

/* What an operator may add: what old or odd servers need, nothing else. */
static const char *const extra[] = {
	"AddressFamily",
	"BindAddress",
	"BindInterface",
	"CASignatureAlgorithms",
	"Ciphers",
	"Compression",
	"HostKeyAlgorithms",
	"HostKeyAlias",
	"IPQoS",
	"KexAlgorithms",
	"MACs",
	"PubkeyAcceptedAlgorithms",
	"PubkeyAcceptedKeyTypes",
	"RekeyLimit",
	"RequiredRSASize",
	"TCPKeepAlive",
};

/* ---- checking ----------------------------------------------------------- */

/* No blank, quote, '%', '$', '~', '\': ssh would read something into them. */
static bool
harmless(const char *text, const char *more)
{
	if (!text || !*text || *text == '-' || strlen(text) >= TEXT_MAX)
		return false;
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(more, *p))
			return false;
	return true;
}

static int
check_text(const char *what, const char *text, const char *more,
    struct err *e)
{
	if (harmless(text, more))
		return 0;
	return err_set(e, -EINVAL, "%s is not usable for ssh: letters, "
	    "digits and \"%s\" only, not empty, no '-' in front", what, more);
}

static int
check_options(const struct sftp_settings *s, struct err *e)
{
	for (unsigned i = 0; i < s->ssh_option_count; i++) {
		const char *o = s->ssh_options[i];
		size_t n = strcspn(o, "="), known = 0;

		for (size_t k = 0; k < sizeof(extra) / sizeof(extra[0]); k++)
			known += strlen(extra[k]) == n &&
			    strncasecmp(extra[k], o, n) == 0;
		if (!known || o[n] != '=')
			return err_set(e, -EINVAL, "ssh option %u is not one "
			    "that may be set: algorithms as in "
			    "\"KexAlgorithms=+NAME\", addresses, RekeyLimit",
			    i + 1);
		if (!harmless(o, "=+,.@_:*^-"))
			return err_set(e, -EINVAL, "ssh option %.*s: letters, "
			    "digits and \"+,.@_:*^-\" only", (int)n, o);
	}
	return 0;
}

/* A file that ssh would complain about too late or not at all. */
static int
check_file(const char *what, const char *path, bool secret, struct err *e)
{
	struct stat st;
	int fd;

	if (check_text(what, path, "._-/+,@:=", e) < 0)
		return e ? e->code : -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int code = errno == ENOENT ? -ENOENT : -EACCES;

		err_sys(e, "cannot read %s %s", what, path);
		if (fd >= 0)
			close(fd);
		if (e)
			e->code = code;
		return code;
	}
	close(fd);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return err_set(e, -EINVAL, "%s %s is not a file with "
		    "something in it", what, path);
	if (secret && st.st_uid == geteuid() && (st.st_mode & 077))
		return err_set(e, -EACCES, "%s %s can be read by others: "
		    "chmod 600 it", what, path);
	return 0;
}

static int
check_settings(const struct sftp_settings *s, struct err *e)
{
	int rc = check_text("the host", s->host, "._-:", e);

	if (rc == 0)
		rc = check_text("the user", s->user, "._-@", e);
	if (rc == 0 && s->port == 0)
		rc = err_set(e, -EINVAL, "the port is 0");
	if (rc == 0 && !s->identity_file && !s->password_file)
		rc = err_set(e, -EINVAL, "neither a private key nor a "
		    "password file is set");
	if (rc == 0 && s->identity_file)
		rc = check_file("the private key", s->identity_file, true, e);
	if (rc == 0 && s->password_file)
		rc = check_file("the password file", s->password_file, true,
		    e);
	if (rc == 0 && s->password_file)
		rc = check_text("the askpass program", s->askpass,
		    "._-/+,@:=", e);
	if (rc == 0)
		rc = check_file("the known hosts file", s->known_hosts, false,
		    e);
	return rc == 0 ? check_options(s, e) : rc;
}

/* ---- building ----------------------------------------------------------- */

struct words {
	struct arena *arena;
	char **word;
	unsigned n;
	bool failed;
};

static void __attribute__((format(printf, 2, 3)))
add(struct words *w, const char *fmt, ...)
{
	char text[2 * TEXT_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || w->n + 1 >= WORDS_MAX ||
	    !(w->word[w->n] = arena_copy(w->arena, slice_str(text))))
		w->failed = true;
	else
		w->n++;
}

static void
add_options(struct words *w, const char *const *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add(w, "-o");
		add(w, "%s", options[i]);
	}
}

static void
add_login(struct words *w, const struct sftp_settings *s)
{
	if (s->identity_file) {
		add_options(w, by_key, sizeof(by_key) / sizeof(by_key[0]));
		add(w, "-o");
		add(w, "IdentityFile=%s", s->identity_file);
	} else {
		add_options(w, by_password,
		    sizeof(by_password) / sizeof(by_password[0]));
	}
	/* BatchMode would keep ssh from asking the askpass program. */
	add(w, "-o");
	add(w, "BatchMode=%s", s->password_file ? "no" : "yes");
}

static void
add_arguments(struct words *w, const struct sftp_settings *s)
{
	int64_t ms = s->connect_timeout > 0 ? s->connect_timeout : 30000;

	add(w, "ssh");
	add(w, "-F");
	add(w, "none");
	add(w, "-p");
	add(w, "%u", (unsigned)s->port);
	add(w, "-l");
	add(w, "%s", s->user);
	add_options(w, fixed, sizeof(fixed) / sizeof(fixed[0]));
	add_login(w, s);
	add(w, "-o");
	add(w, "UserKnownHostsFile=%s", s->known_hosts);
	add(w, "-o");
	add(w, "ConnectTimeout=%lld", (long long)(ms + 999) / 1000);
	add_options(w, s->ssh_options, s->ssh_option_count);
	add(w, "-s");
	add(w, "--");
	add(w, "%s", s->host);
	add(w, "sftp");
}

static void
add_environment(struct words *w, const struct sftp_settings *s)
{
	const char *home = getenv("HOME");

	add(w, "PATH=/usr/local/bin:/usr/bin:/bin");
	add(w, "LC_ALL=C");
	add(w, "HOME=%s", home && strlen(home) < TEXT_MAX ? home : "/");
	if (!s->password_file)
		return;
	add(w, "SSH_ASKPASS=%s", s->askpass);
	add(w, "SSH_ASKPASS_REQUIRE=force");
	add(w, "X12D_ASKPASS_FILE=%s", s->password_file);
}

int
ssh_command_build(struct ssh_command *c, const struct sftp_settings *s,
    struct err *e)
{
	struct words argv = { .arena = &c->arena };
	struct words envp = { .arena = &c->arena };
	int rc;

	arena_init(&c->arena, ARENA_MAX);
	rc = check_settings(s, e);
	if (rc < 0)
		return rc;
	argv.word = arena_array(&c->arena, WORDS_MAX, sizeof(char *));
	envp.word = arena_array(&c->arena, WORDS_MAX, sizeof(char *));
	if (!argv.word || !envp.word)
		return err_set(e, -ENOMEM, "out of memory");
	add_arguments(&argv, s);
	add_environment(&envp, s);
	if (argv.failed || envp.failed)
		return err_set(e, -ENOMEM, "the ssh command is too long");
	c->argv = argv.word;
	c->envp = envp.word;
	return 0;
}

void
ssh_command_free(struct ssh_command *c)
{
	arena_free(&c->arena);
}
