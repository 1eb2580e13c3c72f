/* SPDX-License-Identifier: ISC */
#include "config/table.h"

#define FIELD(s, f) .offset = offsetof(struct s, f), \
	.size = sizeof(((struct s *)0)->f)
#define LIST(s, f, c) FIELD(s, f), \
	.list_count = offsetof(struct s, c), \
	.list_max = sizeof(((struct s *)0)->f) / sizeof(char *)
#define MAPPING(what, rows) const struct config_mapping what = { \
	.name = #what, .keys = rows, .count = sizeof(rows) / sizeof(rows[0]) }

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MEGABYTE (INT64_C(1000) * 1000)

/* ---- one trading partner ----------------------------------------------- */

static const struct config_choice usages[] = {
	{ "T", 'T' }, { "P", 'P' }, { NULL, 0 },
};

static const struct config_choice afters[] = {
	{ "leave", CONFIG_AFTER_LEAVE }, { "delete", CONFIG_AFTER_DELETE },
	{ "move", CONFIG_AFTER_MOVE }, { NULL, 0 },
};

static const struct config_choice bad_claims[] = {
	{ "reject", CONFIG_BAD_CLAIMS_REJECT },
	{ "split", CONFIG_BAD_CLAIMS_SPLIT }, { NULL, 0 },
};

const struct config_key config_path_key = { "path", TYPE_PATH,
    .size = sizeof(char *), .example = "/etc/x12d/file" };

const struct config_choice config_severity_words[] = {
	{ "off", CONFIG_SEVERITY_OFF },
	{ "warning", CONFIG_SEVERITY_WARNING },
	{ "reject", CONFIG_SEVERITY_REJECT }, { NULL, 0 },
};

static const struct config_choice ta1_acks[] = {
	{ "never", CONFIG_ACK_NEVER }, { "requested", CONFIG_ACK_REQUESTED },
	{ "errors", CONFIG_ACK_ERRORS }, { "always", CONFIG_ACK_ALWAYS },
	{ NULL, 0 },
};

static const struct config_choice functional_acks[] = {
	{ "never", CONFIG_ACK_NEVER }, { "errors", CONFIG_ACK_ERRORS },
	{ "always", CONFIG_ACK_ALWAYS }, { "false", CONFIG_ACK_NEVER },
	{ "true", CONFIG_ACK_ALWAYS }, { NULL, 0 },
};

static const struct config_choice clerk_answers[] = {
	{ "ta1", 0 }, { "999", 0 }, { "277ca", 0 }, { NULL, 0 },
};

static const struct config_choice duplicates[] = {
	{ "reject", CONFIG_DUPLICATES_REJECT },
	{ "warn", CONFIG_DUPLICATES_WARN },
	{ "off", CONFIG_DUPLICATES_OFF }, { NULL, 0 },
};

static const struct config_key identity_rows[] = {
	{ "qualifier", TYPE_QUALIFIER, FIELD(config_identity, qualifier),
	    .fallback = "ZZ", .example = "30",
	    .help = "What kind of id it is (ISA05, ISA07): 01 D-U-N-S, "
	    "14 D-U-N-S with suffix, 20 HIN, 27 Medicare contractor, "
	    "28 fiscal intermediary, 29 Medicare provider, 30 tax id, "
	    "33 NAIC, ZZ as agreed with the partner." },
	{ "id", TYPE_ID, FIELD(config_identity, id),
	    .example = "123456789", .required = true,
	    .help = "The id itself (ISA06, ISA08), 2 to 15 characters, "
	    "without the blanks that fill it up." },
};
static MAPPING(identity, identity_rows);

static const struct config_key connection_rows[] = {
	{ "host", TYPE_HOST, FIELD(config_sftp, host),
	    .example = "sftp.payer.example", .required = true,
	    .help = "The partner's SFTP server: a name or an address." },
	{ "port", TYPE_NUMBER, FIELD(config_sftp, port),
	    .fallback = "22", .example = "2222", .lo = 1, .hi = 65535,
	    .help = "Its TCP port." },
	{ "user", TYPE_USER, FIELD(config_sftp, user),
	    .example = "acme", .required = true,
	    .help = "The name that we log in with." },
	{ "identity_file", TYPE_PATH, FIELD(config_sftp, identity_file),
	    .example = "/etc/x12d/keys/payer", .shown = true,
	    .help = "The private SSH key to log in with. Keep it away from "
	    "others (mode 0600). Either this or password_file is "
	    "needed." },
	{ "password_file", TYPE_PATH, FIELD(config_sftp, password_file),
	    .example = "/etc/x12d/keys/payer.password",
	    .help = "A file whose first line is the password, or the "
	    "passphrase of identity_file. The password itself never "
	    "stands in the configuration." },
	{ "known_hosts", TYPE_PATH, FIELD(config_sftp, known_hosts),
	    .fallback = "/etc/x12d/known_hosts",
	    .example = "/etc/x12d/known_hosts",
	    .help = "The host keys that we accept, as ssh-keyscan(1) prints "
	    "them. An unknown or changed key pauses the partner; nothing "
	    "is ever sent to such a server." },
	{ "upload_dir", TYPE_REMOTE, FIELD(config_sftp, upload_dir),
	    .example = "/inbound", .required = true,
	    .help = "The server's directory for our interchanges." },
	{ "download_dirs", TYPE_REMOTE,
	    LIST(config_sftp, download_dirs, download_count),
	    .example = "/outbound", .shown = true,
	    .help = "The server's directories with the partner's answers. "
	    "They are needed as soon as an answer is expected." },
	{ "after_download", TYPE_CHOICE, FIELD(config_sftp, after),
	    .fallback = "leave", .example = "delete", .choices = afters,
	    .help = "What to do with a remote file once its bytes are safe "
	    "here: leave it (x12d remembers what it has), delete it, or "
	    "move it to move_dir." },
	{ "move_dir", TYPE_REMOTE, FIELD(config_sftp, move_dir),
	    .example = "/outbound/done",
	    .help = "The server's directory for `after_download: move`." },
	{ "connect_timeout", TYPE_DURATION,
	    FIELD(config_sftp, connect_timeout),
	    .fallback = "30s", .example = "30s", .lo = SECOND, .hi = HOUR,
	    .help = "Give up when the login takes longer." },
	{ "idle_timeout", TYPE_DURATION, FIELD(config_sftp, idle_timeout),
	    .fallback = "1m", .example = "1m", .lo = SECOND, .hi = HOUR,
	    .help = "Give up when the server says nothing for so long while "
	    "we wait for it." },
	{ "job_timeout", TYPE_DURATION, FIELD(config_sftp, job_timeout),
	    .fallback = "1h", .example = "1h", .lo = SECOND, .hi = DAY,
	    .help = "Give up when one upload or download takes longer." },
	{ "ssh_options", TYPE_SSH_OPTION,
	    LIST(config_sftp, ssh_options, ssh_option_count),
	    .example = "HostKeyAlgorithms=+ssh-rsa",
	    .help = "Options of ssh_config(5) for old servers: algorithms "
	    "and the like. Nothing that weakens the check of the host "
	    "key or runs a program is taken." },
};
static MAPPING(connection, connection_rows);

static const struct config_key retry_rows[] = {
	{ "first", TYPE_DURATION, FIELD(config_partner, retry_first),
	    .fallback = "1m", .example = "1m", .lo = 100, .hi = DAY,
	    .help = "The wait after the first failure; it doubles with each "
	    "further one." },
	{ "max", TYPE_DURATION, FIELD(config_partner, retry_max),
	    .fallback = "1h", .example = "1h", .lo = 100, .hi = 7 * DAY,
	    .help = "The longest wait between two tries." },
};
static MAPPING(retry, retry_rows);

static const struct config_key within_rows[] = {
	{ "within", TYPE_DURATION, FIELD(config_expect, within),
	    .example = "1h", .lo = SECOND, .hi = 366 * DAY,
	    .help = "The acknowledgement is overdue so long after the file "
	    "was sent." },
};
MAPPING(config_within_keys, within_rows);

static const struct config_key expect_rows[] = {
	{ "ta1", TYPE_EXPECT, FIELD(config_partner, ta1),
	    .fallback = "false", .example = "{within: 1h}", .lo = HOUR,
	    .help = "TA1, of the interchange. Many partners send one only "
	    "for an error." },
	{ "999", TYPE_EXPECT, FIELD(config_partner, a999),
	    .fallback = "true", .example = "{within: 1d}", .lo = DAY,
	    .help = "999, of each functional group and transaction set." },
	{ "277ca", TYPE_EXPECT, FIELD(config_partner, a277ca),
	    .fallback = "true", .example = "{within: 3d}", .lo = 3 * DAY,
	    .help = "277CA, of each claim: the proof of timely filing." },
	{ "835", TYPE_EXPECT, FIELD(config_partner, a835),
	    .fallback = "true", .example = "{within: 30d}", .lo = 30 * DAY,
	    .help = "835, the remittance of each claim. Set it to false "
	    "while you are not enrolled for it." },
};
static MAPPING(expect, expect_rows);

static const struct config_key acknowledge_rows[] = {
	{ "ta1", TYPE_CHOICE, FIELD(config_acknowledge, ta1),
	    .fallback = "requested", .example = "always",
	    .choices = ta1_acks,
	    .help = "TA1, of an interchange: never, requested (where its "
	    "ISA14 asks for one), errors, always." },
	{ "999", TYPE_CHOICE, FIELD(config_acknowledge, functional),
	    .fallback = "never", .example = "always",
	    .choices = functional_acks,
	    .help = "999 (997 for 4010), of each functional group: never, "
	    "errors, always. Agree on it with the partner first." },
	{ "file_name", TYPE_FILE_NAME, FIELD(config_acknowledge, file_name),
	    .example = "{type}_{date}_{isa13}.x12",
	    .help = "The remote name of an acknowledgement, where it differs "
	    "from file_name; type is TA1, 999 or 997." },
};
static MAPPING(acknowledge, acknowledge_rows);

static const struct config_key batch_rows[] = {
	{ "claims", TYPE_NUMBER, FIELD(config_batch, claims),
	    .example = "1000", .lo = 1, .hi = 1000000,
	    .help = "As soon as so many claims wait. A batch is closed with "
	    "the file that makes it so many." },
	{ "bytes", TYPE_SIZE, FIELD(config_batch, bytes),
	    .example = "5MB", .lo = 1000, .hi = 1000 * MEGABYTE,
	    .help = "As soon as records of so much size wait." },
	{ "age", TYPE_DURATION, FIELD(config_batch, age),
	    .example = "5m", .lo = SECOND, .hi = 31 * DAY,
	    .help = "When the oldest has waited so long. With neither age, "
	    "at nor by_hand it is 5m." },
	{ "at", TYPE_CLOCK, LIST(config_batch, at, at_count),
	    .example = "16:30",
	    .help = "At these times of the day, by the clocks of zone." },
	{ "days", TYPE_DAY, LIST(config_batch, days, day_count),
	    .example = "mon",
	    .help = "The days of `at`: mon, tue, wed, thu, fri, sat, sun. "
	    "Not set: all of them." },
	{ "zone", TYPE_ZONE, FIELD(config_batch, zone),
	    .fallback = "UTC", .example = "America/New_York",
	    .help = "The time zone of `at`, by its name in the system's "
	    "database." },
	{ "cutoff", TYPE_DURATION, FIELD(config_batch, cutoff),
	    .fallback = "0s", .example = "15m", .lo = 0, .hi = DAY,
	    .help = "What is taken later than so long before a time of `at` "
	    "goes with the next." },
	{ "by_hand", TYPE_BOOL, FIELD(config_batch, by_hand),
	    .fallback = "false", .example = "true",
	    .help = "Only when a person says `x12ctl batch release NAME`, "
	    "which does it at any time." },
};
static MAPPING(batch, batch_rows);

static const struct config_choice characters[] = {
	{ "extended", false }, { "basic", true }, { NULL, 0 },
};

static const struct config_choice unfits[] = {
	{ "refuse", false }, { "replace", true }, { NULL, 0 },
};

static const struct config_key records_rows[] = {
	{ "submitter_name", TYPE_ELEMENT, FIELD(config_records, submitter_name),
	    .hi = 60, .example = "Example Billing",
	    .help = "Who submits (loop 1000A, NM103). Its id is `submitter`, "
	    "or else gs_sender." },
	{ "contact_name", TYPE_ELEMENT, FIELD(config_records, contact_name),
	    .hi = 60, .example = "EDI desk",
	    .help = "Whom the partner may ask (PER02)." },
	{ "contact_phone", TYPE_PHONE, FIELD(config_records, contact_phone),
	    .example = "5555550100",
	    .help = "The contact's telephone: ten digits." },
	{ "contact_email", TYPE_ELEMENT, FIELD(config_records, contact_email),
	    .hi = 200, .example = "edi@billing.example",
	    .help = "The contact's address." },
	{ "receiver_name", TYPE_ELEMENT, FIELD(config_records, receiver_name),
	    .hi = 60, .example = "Example Health Plan",
	    .help = "Who receives (loop 1000B, NM103). Its id is "
	    "gs_receiver." },
	{ "set_claims", TYPE_NUMBER, FIELD(config_records, set_claims),
	    .fallback = "5000", .example = "1000", .lo = 1, .hi = 5000,
	    .help = "Claims in one transaction set; more begin another." },
	{ "patient_claims", TYPE_NUMBER,
	    FIELD(config_records, patient_claims),
	    .fallback = "100", .example = "10", .lo = 1, .hi = 100,
	    .help = "Claims of one patient; more begin the patient anew." },
	{ "claim_lines", TYPE_NUMBER, FIELD(config_records, claim_lines),
	    .example = "50", .lo = 1, .hi = 999,
	    .help = "Service lines of one claim; one with more is bad. Not "
	    "set: as many as the guide has, 50 or 999." },
	{ "characters", TYPE_CHOICE, FIELD(config_records, basic),
	    .fallback = "extended", .example = "basic",
	    .choices = characters,
	    .help = "Which of X12's character sets the partner takes in "
	    "texts; without accents and in capitals they are anyway." },
	{ "unfit", TYPE_CHOICE, FIELD(config_records, replace),
	    .fallback = "refuse", .example = "replace", .choices = unfits,
	    .help = "What to do with a delimiter or another character that "
	    "does not fit: refuse the record, or replace it with a blank "
	    "(in texts: of a number or code the record is refused)." },
};
static MAPPING(records, records_rows);

static const struct config_key partner_rows[] = {
	{ "name", TYPE_NAME, FIELD(config_partner, name),
	    .example = "payer", .required = true,
	    .help = "What x12d and its directories call the partner: "
	    "outbox/NAME, inbox/NAME." },
	{ "title", TYPE_TEXT, FIELD(config_partner, title),
	    .example = "Example Health Plan",
	    .help = "What people call the partner." },
	{ "usage", TYPE_CHOICE, FIELD(config_partner, usage),
	    .example = "T", .choices = usages, .required = true,
	    .help = "T for test, P for production (ISA15). A file of the "
	    "other kind is refused, and no upload directory may serve "
	    "both." },
	{ "sender", TYPE_MAPPING, FIELD(config_partner, sender),
	    .sub = &identity, .example = "{id: \"123456789\"}",
	    .required = true,
	    .help = "Who we are to the partner." },
	{ "receiver", TYPE_MAPPING, FIELD(config_partner, receiver),
	    .sub = &identity, .example = "{id: \"123456789\"}",
	    .required = true,
	    .help = "Who the partner is." },
	{ "gs_sender", TYPE_ID, FIELD(config_partner, gs_sender),
	    .example = "123456789",
	    .help = "GS02, where it differs from the sender's id." },
	{ "gs_receiver", TYPE_ID, FIELD(config_partner, gs_receiver),
	    .example = "PAYER",
	    .help = "GS03, where it differs from the receiver's id." },
	{ "submitter", TYPE_SUBMITTER, FIELD(config_partner, submitter),
	    .example = "123456789",
	    .help = "The submitter id (loop 1000A, NM109) that every claim "
	    "file must carry. Not set: any." },
	{ "ack_requested", TYPE_BOOL, FIELD(config_partner, ack_requested),
	    .fallback = "true", .example = "true",
	    .help = "Ask for a TA1 (ISA14)." },
	{ "connection", TYPE_MAPPING, FIELD(config_partner, sftp),
	    .sub = &connection, .required = true,
	    .help = "How to reach the partner: SFTP." },
	{ "file_name", TYPE_FILE_NAME, FIELD(config_partner, file_name),
	    .fallback = "{type}_{date}_{isa13}.x12",
	    .example = "{type}_{date}_{isa13}.x12",
	    .help = "The remote name of an upload. In braces: partner, date, "
	    "time, isa13, gs06, type (837P), bht, id. It needs {isa13} "
	    "or {id}, so that no two files get one name." },
	{ "bht_template", TYPE_BHT, FIELD(config_partner, bht_template),
	    .fallback = "{bht}", .example = "{bht}",
	    .help = "BHT03 of our transaction sets, which a 277CA gives "
	    "back: {bht} is a number that is never used again." },
	{ "bad_claims", TYPE_CHOICE, FIELD(config_partner, bad_claims),
	    .fallback = "split", .example = "reject", .choices = bad_claims,
	    .help = "What to do with a file of which some claims are bad: "
	    "split sends the good ones and puts the bad ones into rejected, "
	    "as a file of their own, to be corrected and dropped again; "
	    "reject puts the whole file there." },
	{ "duplicate_claims", TYPE_CHOICE,
	    FIELD(config_partner, duplicate_claims),
	    .fallback = "reject", .example = "warn", .choices = duplicates,
	    .help = "What a claim is that went to this partner before, with "
	    "the same content, and was neither rejected nor cancelled: "
	    "reject makes it a bad claim, warn sends it again and tells, "
	    "off does not look." },
	{ "guides", TYPE_PATHS, FIELD(config_partner, guides),
	    .example = "[/etc/x12d/guides/payer.guide]",
	    .help = "Companion guides, laid over the guides that are built "
	    "in: what this partner narrows. Those of `defaults` come first, "
	    "then the partner's own. See docs/guides.md." },
	{ "rules", TYPE_PATHS, FIELD(config_partner, rules),
	    .example = "[/etc/x12d/rules/payer.yaml]",
	    .help = "Files of rules, besides those that are built in: the "
	    "partner's own edits (SNIP type 7), with those of `defaults`. "
	    "See docs/rules.md." },
	{ "codes", TYPE_PATHS, FIELD(config_partner, codes),
	    .example = "[/etc/x12d/codes]",
	    .help = "Code lists, as `x12 codes import` makes them: "
	    "directories of them, or single files. A set without a list is "
	    "checked by its shape alone. Read again at each reload." },
	{ "severity", TYPE_SEVERITIES, FIELD(config_partner, severities),
	    .example = "{code_check_digit: warning}",
	    .help = "How bad a finding is, by its name, or a rule by its: "
	    "off, warning or reject. `x12 explain` and `x12 rules` list the "
	    "names. A partner's are laid over those of `defaults`." },
	{ "acknowledge", TYPE_MAPPING, FIELD(config_partner, acknowledge),
	    .sub = &acknowledge,
	    .help = "How to acknowledge what the partner sends (835, 277). "
	    "A TA1, 999, 997 or 277CA is never acknowledged." },
	{ "answer_clerk", TYPE_CHOICE,
	    LIST(config_partner, answer_clerk, answer_clerk_count),
	    .example = "999", .choices = clerk_answers,
	    .help = "What x12d writes into inbox/NAME about each dropped "
	    "file, for billing software that reads it: ta1, 999, 277ca. "
	    "Not set: nothing." },
	{ "records", TYPE_MAPPING, FIELD(config_partner, records),
	    .sub = &records,
	    .help = "What claim records (files that end in .json, .ndjson "
	    "or .csv) need not say each time." },
	{ "batch", TYPE_MAPPING, FIELD(config_partner, batch),
	    .sub = &batch,
	    .help = "When claim records that wait leave as one interchange: "
	    "the first of these that holds." },
	{ "poll_interval", TYPE_DURATION,
	    FIELD(config_partner, poll_interval),
	    .fallback = "15m", .example = "15m", .lo = SECOND, .hi = 7 * DAY,
	    .help = "How often to look for answers." },
	{ "retry", TYPE_MAPPING, .sub = &retry,
	    .help = "When a connection fails." },
	{ "expect", TYPE_MAPPING, .sub = &expect,
	    .help = "Which acknowledgements must come, and when they are "
	    "overdue: true, false, or {within: TIME}." },
	{ "paused", TYPE_BOOL, FIELD(config_partner, paused),
	    .fallback = "false", .example = "true",
	    .help = "Take and check files, but do not connect." },
};
MAPPING(config_partner_keys, partner_rows);

/* ---- the main file ----------------------------------------------------- */

static const struct config_choice levels[] = {
	{ "info", false }, { "debug", true }, { NULL, 0 },
};

static const struct config_key main_rows[] = {
	{ "store_dir", TYPE_PATH, FIELD(config, store_dir),
	    .fallback = "/var/lib/x12d", .example = "/var/lib/x12d",
	    .help = "What x12d knows and keeps: facts, and every file ever "
	    "taken or fetched. On a local disk; back it up." },
	{ "spool_dir", TYPE_PATH, FIELD(config, spool_dir),
	    .fallback = "/var/spool/x12d", .example = "/var/spool/x12d",
	    .help = "Where people put and find files: outbox/PARTNER and "
	    "inbox/PARTNER." },
	{ "control_socket", TYPE_PATH, FIELD(config, control_socket),
	    .fallback = "/run/x12d/control.sock",
	    .example = "/run/x12d/control.sock",
	    .help = "Where x12ctl(8) finds x12d." },
	{ "control_group", TYPE_USER, FIELD(config, control_group),
	    .example = "billing",
	    .help = "A group whose members may use x12ctl(8) too." },
	{ "workers", TYPE_NUMBER, FIELD(config, workers),
	    .fallback = "0", .example = "2", .lo = 0, .hi = 64,
	    .help = "Processes that read files; 0: one per processor." },
	{ "max_file_size", TYPE_SIZE, FIELD(config, max_file_bytes),
	    .fallback = "500MB", .example = "500MB",
	    .lo = 1000, .hi = 100000 * MEGABYTE,
	    .help = "Larger files are refused, in both directions." },
	{ "rescan_interval", TYPE_DURATION, FIELD(config, rescan_interval),
	    .fallback = "1m", .example = "1m", .lo = SECOND, .hi = DAY,
	    .help = "How often to look into the outboxes, besides being "
	    "told by the kernel, which network file systems do not do." },
	{ "incomplete_after", TYPE_DURATION, FIELD(config, incomplete_after),
	    .fallback = "15m", .example = "15m", .lo = SECOND, .hi = 7 * DAY,
	    .help = "A file whose end has not come so long after its last "
	    "change is put aside." },
	{ "log_level", TYPE_CHOICE, FIELD(config, log_debug),
	    .fallback = "info", .example = "debug", .choices = levels,
	    .help = "info or debug. No level logs a patient's data." },
	{ "defaults", TYPE_DEFAULTS, .sub = &config_partner_keys,
	    .help = "Settings of a partner, for all partners that do not "
	    "set them: any key of a partner but name." },
	{ "partners_dir", TYPE_FOLDER, FIELD(config, partners_dir),
	    .fallback = "partners.d", .example = "partners.d",
	    .help = "The directory of the partners: one file NAME.yaml each. "
	    "A relative path begins beside this file." },
	{ "partners", TYPE_PARTNERS, .sub = &config_partner_keys,
	    .example = "[]",
	    .help = "Partners that stand in this file instead." },
};
MAPPING(config_main_keys, main_rows);
