/* SPDX-License-Identifier: ISC */
#include "config/value.h"

#include "base/zone.h"
#include "config/name.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <sys/un.h>

struct value {
	const struct config_key *key;
	struct slice text;
	void *to;
	struct arena *arena;
	char *why;
};

static enum value_result
value_wrong(struct value *v, const char *why)
{
	snprintf(v->why, VALUE_WHY, "%s", why);
	return VALUE_WRONG;
}

/* ---- texts ------------------------------------------------------------- */

/* Letters and digits of ASCII; no locale. */
static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

static bool
all_of(struct slice s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_word(s.p[i]) &&
		    (s.p[i] == '\0' || !strchr(others, s.p[i])))
			return false;
	return true;
}

/* No control character, no NUL; UTF-8 was checked by the YAML reader. */
static bool
is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool
is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

static enum value_result
value_keep(struct value *v, struct slice s)
{
	char *copy = arena_copy(v->arena, s);

	if (!copy)
		return VALUE_NOMEM;
	*(char **)v->to = copy;
	return VALUE_OK;
}

static enum value_result
value_keep_array(struct value *v)
{
	memset(v->to, 0, v->key->size);
	memcpy(v->to, v->text.p, v->text.n);
	return VALUE_OK;
}

static enum value_result
value_name(struct value *v)
{
	const struct slice s = v->text;

	if (s.n == 0 || s.n >= v->key->size || s.p[0] == '-' ||
	    s.p[0] == '_' || !all_of(s, "-_"))
		return value_wrong(v, "must be 1 to 31 of a-z, 0-9, - and _, "
		    "and begin with a letter or digit");
	for (size_t i = 0; i < s.n; i++)
		if (isupper((unsigned char)s.p[i]))
			return value_wrong(v, "must be in small letters");
	return value_keep_array(v);
}

static enum value_result
value_text(struct value *v)
{
	if (v->text.n == 0 || v->text.n > 200 || !is_printable(v->text))
		return value_wrong(v, "must be 1 to 200 printable characters");
	return value_keep(v, v->text);
}

static struct slice
without_slashes(struct slice s)
{
	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

/* Room is left for names beneath a directory. */
enum { VALUE_PATH_MAX = PATH_MAX - 512, VALUE_REMOTE_MAX = 200 };

static bool
has_dotdot(struct slice s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '.' && s.p[i + 1] == '.' &&
		    (i == 0 || s.p[i - 1] == '/') &&
		    (i + 2 == s.n || s.p[i + 2] == '/'))
			return true;
	return false;
}

static enum value_result
value_folder(struct value *v)
{
	if (v->text.n == 0 || v->text.n > VALUE_PATH_MAX ||
	    !is_printable(v->text))
		return value_wrong(v, "must be a path");
	return value_keep(v, without_slashes(v->text));
}

static enum value_result
value_path(struct value *v)
{
	const struct sockaddr_un *un = NULL;

	if (v->text.n == 0 || v->text.p[0] != '/')
		return value_wrong(v, "must be an absolute path");
	if (has_dotdot(v->text))
		return value_wrong(v, "must be a path without `..`");
	if (strcmp(v->key->name, "control_socket") == 0 &&
	    v->text.n >= sizeof(un->sun_path))
		return value_wrong(v, "must be a path of at most 107 bytes, "
		    "as all socket paths");
	return value_folder(v);
}

static enum value_result
value_remote(struct value *v)
{
	if (v->text.n == 0 || v->text.n > VALUE_REMOTE_MAX ||
	    !is_printable(v->text))
		return value_wrong(v, "must be a directory of the server");
	return value_keep(v, without_slashes(v->text));
}

/* These become arguments of ssh(1): never an option, never a shell's word. */
static enum value_result
value_host(struct value *v)
{
	if (v->text.n == 0 || v->text.n > 253 || v->text.p[0] == '-' ||
	    !all_of(v->text, "-.:_"))
		return value_wrong(v, "must be a host's name or address, "
		    "without user, port or `sftp://`");
	return value_keep(v, v->text);
}

static enum value_result
value_user(struct value *v)
{
	if (v->text.n == 0 || v->text.n > 100 || v->text.p[0] == '-' ||
	    !all_of(v->text, "-._@+\\/$#"))
		return value_wrong(v, "must be a name of letters, digits and "
		    "-._@+\\/$#, not beginning with -");
	return value_keep(v, v->text);
}

/* ---- X12 --------------------------------------------------------------- */

/* Characters that we, or the partner, may use as delimiters. */
static bool
is_element(struct slice s)
{
	if (!is_ascii(s) || s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (strchr("*:^~|>\"\\", s.p[i]))
			return false;
	return true;
}

static enum value_result
value_id(struct value *v)
{
	if (v->text.n < 2 || v->text.n >= v->key->size || !is_element(v->text))
		return value_wrong(v, "must be an id of 2 to 15 characters, "
		    "without blanks at its ends, none of * : ^ ~ | >");
	return value_keep_array(v);
}

/* Other letters than those of X12 are written as the nearest of them. */
static enum value_result
value_element(struct value *v)
{
	bool good = v->text.n > 0 && v->text.n <= (size_t)v->key->hi &&
	    is_printable(v->text) && *v->text.p != ' ' &&
	    v->text.p[v->text.n - 1] != ' ';
	char why[128];

	for (size_t i = 0; good && i < v->text.n; i++)
		good = !strchr("*:^~", v->text.p[i]);
	if (good)
		return value_keep(v, v->text);
	snprintf(why, sizeof(why), "must be 1 to %d printable characters, "
	    "none of * : ^ ~, which divide elements", (int)v->key->hi);
	return value_wrong(v, why);
}

static enum value_result
value_submitter(struct value *v)
{
	if (v->text.n < 2 || v->text.n > 80 || !is_element(v->text))
		return value_wrong(v, "must be an id of 2 to 80 characters, "
		    "none of * : ^ ~ | >");
	return value_keep(v, v->text);
}

static enum value_result
value_qualifier(struct value *v)
{
	/* ISA05 and ISA07 as the HIPAA guides restrict them. */
	static const char *const known[] = {
		"01", "14", "20", "27", "28", "29", "30", "33", "ZZ",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_is(v->text, known[i]))
			return value_keep_array(v);
	return value_wrong(v, "must be one of 01, 14, 20, 27, 28, 29, 30, 33, "
	    "ZZ");
}

static enum value_result
value_file_name(struct value *v)
{
	return name_check(v->text, v->why, VALUE_WHY) ?
	    value_keep(v, v->text) : VALUE_WRONG;
}

static enum value_result
value_bht(struct value *v)
{
	return name_check_bht(v->text, v->why, VALUE_WHY) ?
	    value_keep(v, v->text) : VALUE_WRONG;
}

/* ---- choices and numbers ----------------------------------------------- */

static void
value_store(void *to, unsigned size, int64_t n)
{
	const uint8_t n8 = (uint8_t)n;
	const uint16_t n16 = (uint16_t)n;
	const uint32_t n32 = (uint32_t)n;

	memcpy(to, size == 1 ? (const void *)&n8 :
	    size == 2 ? (const void *)&n16 :
	    size == 4 ? (const void *)&n32 : (const void *)&n, size);
}

static enum value_result
value_choice(struct value *v)
{
	const struct config_choice *c;
	size_t used;

	for (c = v->key->choices; c->name; c++)
		if (slice_is(v->text, c->name)) {
			if (v->key->list_max)
				return value_keep(v, v->text);
			value_store(v->to, v->key->size, c->value);
			return VALUE_OK;
		}
	snprintf(v->why, VALUE_WHY, "must be one of");
	for (c = v->key->choices; c->name; c++) {
		used = strlen(v->why);
		snprintf(v->why + used, VALUE_WHY - used, "%s `%s`",
		    c == v->key->choices ? "" : ",", c->name);
	}
	return VALUE_WRONG;
}

bool
value_bool(struct slice text, bool *to)
{
	static const struct config_choice words[] = {
		{ "true", true }, { "false", false }, { "yes", true },
		{ "no", false }, { "on", true }, { "off", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_is(text, words[i].name)) {
			*to = words[i].value;
			return true;
		}
	return false;
}

static enum value_result
value_truth(struct value *v)
{
	return value_bool(v->text, v->to) ? VALUE_OK :
	    value_wrong(v, "must be `true` or `false`");
}

static enum value_result
value_number(struct value *v)
{
	uint64_t n;

	if (!slice_u64(v->text, &n) || n > INT64_MAX ||
	    (int64_t)n < v->key->lo || (int64_t)n > v->key->hi) {
		snprintf(v->why, VALUE_WHY,
		    "must be a whole number from %lld to %lld",
		    (long long)v->key->lo, (long long)v->key->hi);
		return VALUE_WRONG;
	}
	value_store(v->to, v->key->size, (int64_t)n);
	return VALUE_OK;
}

struct unit {
	const char *name;
	int64_t times;
};

static const struct unit times[] = {
	{ "d", 24 * 60 * 60 * 1000 }, { "h", 60 * 60 * 1000 },
	{ "m", 60 * 1000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 },
};

static const struct unit sizes[] = {
	{ "GB", 1000 * 1000 * 1000 }, { "MB", 1000 * 1000 }, { "kB", 1000 },
	{ "KB", 1000 }, { "B", 1 }, { NULL, 0 },
};

/* A whole number and a unit of the table. */
static bool
value_with_unit(struct slice s, const struct unit *units, int64_t *to)
{
	size_t digits = 0;
	uint64_t n;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!slice_u64(slice(s.p, digits), &n))
		return false;
	while (digits < s.n && s.p[digits] == ' ')
		digits++;
	for (; units->name; units++)
		if (slice_is(slice(s.p + digits, s.n - digits), units->name))
			return !__builtin_mul_overflow(n, units->times, to);
	return false;
}

/* In the largest unit that leaves no rest. */
static void
value_unit_text(int64_t n, const struct unit *u, char to[static 24])
{
	while (u[1].name && (n == 0 || n % u->times != 0))
		u++;
	snprintf(to, 24, "%lld%s", (long long)(n / u->times), u->name);
}

void
value_duration_text(int64_t ms, char to[static 24])
{
	value_unit_text(ms, times, to);
}

static enum value_result
value_units(struct value *v, const struct unit *units, const char *what)
{
	char lo[24], hi[24];
	int64_t n;

	if (!value_with_unit(v->text, units, &n)) {
		snprintf(v->why, VALUE_WHY,
		    "must be %s", what);
		return VALUE_WRONG;
	}
	if (n < v->key->lo || n > v->key->hi) {
		value_unit_text(v->key->lo, units, lo);
		value_unit_text(v->key->hi, units, hi);
		snprintf(v->why, VALUE_WHY, "must be from %s to %s", lo, hi);
		return VALUE_WRONG;
	}
	value_store(v->to, v->key->size, n);
	return VALUE_OK;
}

static enum value_result
value_size(struct value *v)
{
	return value_units(v, sizes, "a size: a number and B, kB, MB or GB");
}

static enum value_result
value_duration(struct value *v)
{
	return value_units(v, times,
	    "a time: a number and ms, s, m, h or d");
}

/* ---- times of places --------------------------------------------------- */

static enum value_result
value_zone(struct value *v)
{
	char name[64];
	struct err e = ERR_NONE;
	struct zone *z = NULL;

	if (slice_copy(v->text, name, sizeof(name)))
		z = zone_open(name, &e);
	zone_free(z);
	return z ? value_keep(v, v->text) :
	    value_wrong(v, "must be a time zone that the system knows, such "
	    "as `America/New_York` or `UTC` (package tzdata)");
}

static enum value_result
value_clock(struct value *v)
{
	const char *p = v->text.p;

	if (v->text.n != 5 || p[2] != ':' || !isdigit((unsigned char)p[0]) ||
	    !isdigit((unsigned char)p[1]) || !isdigit((unsigned char)p[4]) ||
	    p[3] < '0' || p[3] > '5' || p[0] > '2' ||
	    (p[0] == '2' && p[1] > '3'))
		return value_wrong(v, "must be a time of day in quotes, such "
		    "as \"09:00\" or \"16:30\"");
	return value_keep(v, v->text);
}

static enum value_result
value_day(struct value *v)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu",
	    "fri", "sat", "sun" };

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		if (slice_is(v->text, days[i]))
			return value_keep(v, v->text);
	return value_wrong(v, "must be one of mon, tue, wed, thu, fri, sat, "
	    "sun");
}

static enum value_result
value_phone(struct value *v)
{
	for (size_t i = 0; i < v->text.n; i++)
		if (!isdigit((unsigned char)v->text.p[i]))
			v->text.n = 0;
	return v->text.n == 10 ? value_keep(v, v->text) :
	    value_wrong(v, "must be ten digits in quotes");
}

/* ---- ssh --------------------------------------------------------------- */

static enum value_result
value_ssh_option(struct value *v)
{
	/* What an old or odd server may need; no check is weakened by them. */
	static const char *const allowed[] = {
		"AddressFamily", "BindAddress", "BindInterface",
		"CASignatureAlgorithms", "Ciphers", "Compression",
		"HostbasedAcceptedAlgorithms", "HostKeyAlgorithms",
		"HostKeyAlias", "IPQoS", "KexAlgorithms", "MACs",
		"PreferredAuthentications", "PubkeyAcceptedAlgorithms",
		"PubkeyAcceptedKeyTypes", "RekeyLimit", "RequiredRSASize",
		"TCPKeepAlive",
	};
	const char *eq = memchr(v->text.p, '=', v->text.n);

	if (!eq || !is_ascii(v->text) || v->text.n > 1000 ||
	    eq + 1 == v->text.p + v->text.n)
		return value_wrong(v, "must be `Option=value`");
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (slice_is(slice(v->text.p, (size_t)(eq - v->text.p)),
		    allowed[i]))
			return value_keep(v, v->text);
	return value_wrong(v, "must be an option about algorithms or "
	    "addresses: see ssh_options in x12d.yaml(5) for those that are "
	    "allowed");
}

enum value_result
value_set(const struct config_key *key, struct slice text, void *to,
    struct arena *arena, char why[static VALUE_WHY])
{
	typedef enum value_result value_take(struct value *);
	static value_take *const by_type[TYPE_COUNT] = {
		[TYPE_NAME] = value_name,
		[TYPE_TEXT] = value_text,
		[TYPE_ELEMENT] = value_element,
		[TYPE_PATH] = value_path,
		[TYPE_FOLDER] = value_folder,
		[TYPE_REMOTE] = value_remote,
		[TYPE_HOST] = value_host,
		[TYPE_USER] = value_user,
		[TYPE_ID] = value_id,
		[TYPE_SUBMITTER] = value_submitter,
		[TYPE_QUALIFIER] = value_qualifier,
		[TYPE_CHOICE] = value_choice,
		[TYPE_BOOL] = value_truth,
		[TYPE_NUMBER] = value_number,
		[TYPE_SIZE] = value_size,
		[TYPE_DURATION] = value_duration,
		[TYPE_FILE_NAME] = value_file_name,
		[TYPE_BHT] = value_bht,
		[TYPE_SSH_OPTION] = value_ssh_option,
		[TYPE_ZONE] = value_zone,
		[TYPE_CLOCK] = value_clock,
		[TYPE_DAY] = value_day,
		[TYPE_PHONE] = value_phone,
	};
	struct value v = { key, text, to, arena, why };

	return by_type[key->type](&v);
}
