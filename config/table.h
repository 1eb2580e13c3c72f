/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

/*
 * The keys. A mapping of the configuration is one table, a key of it one row:
 * what it is called, what it may be, where it goes, what it is when nobody
 * wrote it, and what it means. Reading, checking, the samples and the manual
 * page's test all follow these rows.
 */

#include "config/config.h"

enum config_type {
	TYPE_NAME,       /* a partner's name, into char[] */
	TYPE_TEXT,       /* printable words */
	TYPE_ELEMENT,    /* the same of an X12 element, hi characters */
	TYPE_PATH,       /* absolute path of this machine */
	TYPE_FOLDER,     /* a path, or a name beside the main file */
	TYPE_REMOTE,     /* a directory of the server */
	TYPE_HOST,
	TYPE_USER,
	TYPE_ID,         /* ISA06, GS02, into char[] */
	TYPE_SUBMITTER,  /* NM109 */
	TYPE_QUALIFIER,  /* ISA05, into char[] */
	TYPE_CHOICE,     /* one of key->choices, into a char or an enum; in
	                    a list, the name itself */
	TYPE_BOOL,
	TYPE_NUMBER,     /* lo to hi */
	TYPE_SIZE,       /* bytes, lo to hi: 50MB */
	TYPE_DURATION,   /* ms, lo to hi: 15m */
	TYPE_FILE_NAME,  /* template of a remote name */
	TYPE_BHT,        /* template of BHT03 */
	TYPE_SSH_OPTION, /* Name=value */
	TYPE_ZONE,       /* of the time zone database */
	TYPE_CLOCK,      /* a time of day: 16:30 */
	TYPE_DAY,        /* mon, tue, .. */
	TYPE_PHONE,      /* digits */
	TYPE_EXPECT,     /* true, false, or a mapping */
	TYPE_PATHS,      /* a path or a list of them; a partner's own come after
	                    those of `defaults` */
	TYPE_SEVERITIES, /* names to off, warning, reject; laid over likewise */
	TYPE_MAPPING,    /* key->sub */
	TYPE_DEFAULTS,   /* a partner's mapping, shared: config/load.c */
	TYPE_PARTNERS,   /* a list of them: config/load.c */
	TYPE_COUNT
};

struct config_choice {
	const char *name;
	int value;
};

struct config_key {
	const char *name;        /* first: problem_nearest() reads it */
	enum config_type type;
	unsigned offset, size;   /* of the field in the mapping's struct */
	const char *fallback;    /* as it would be written; NULL: none */
	const char *example;     /* a right value, for messages and samples */
	bool required;
	bool shown;              /* samples: not commented out */
	int64_t lo, hi;          /* TYPE_EXPECT: lo is the default `within` */
	const struct config_choice *choices;
	const struct config_mapping *sub;
	unsigned list_max;       /* not 0: a list of so many */
	unsigned list_count;     /* offset of its unsigned count */
	const char *help;
};

struct config_mapping {
	const char *name;
	const struct config_key *keys;
	unsigned count;
};

extern const struct config_mapping config_main_keys;
extern const struct config_mapping config_partner_keys;
extern const struct config_mapping config_within_keys;

/* The path that a TYPE_PATHS takes one or more of. */
extern const struct config_key config_path_key;
extern const struct config_choice config_severity_words[];

#endif
