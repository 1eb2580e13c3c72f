/* SPDX-License-Identifier: ISC */
#ifndef TRANSPORT_SFTP_PACKET_H
#define TRANSPORT_SFTP_PACKET_H

/*
 * The bytes of SFTP version 3 (draft-ietf-secsh-filexfer-02): requests are
 * appended to a buffer, answers are read out of bytes that nobody trusts.
 * Every length is checked; what does not fit its packet is not an answer.
 * Slices point into the bytes that were given. No I/O, no memory, no state.
 */

#include "base/buf.h"

enum sftp_type {
	SSH_FXP_INIT = 1,
	SSH_FXP_VERSION = 2,
	SSH_FXP_OPEN = 3,
	SSH_FXP_CLOSE = 4,
	SSH_FXP_READ = 5,
	SSH_FXP_WRITE = 6,
	SSH_FXP_FSTAT = 8,
	SSH_FXP_OPENDIR = 11,
	SSH_FXP_READDIR = 12,
	SSH_FXP_REMOVE = 13,
	SSH_FXP_STAT = 17,
	SSH_FXP_RENAME = 18,
	SSH_FXP_STATUS = 101,
	SSH_FXP_HANDLE = 102,
	SSH_FXP_DATA = 103,
	SSH_FXP_NAME = 104,
	SSH_FXP_ATTRS = 105,
	SSH_FXP_EXTENDED = 200,
};

/* Version 3 ends at 8; some servers use the codes of later versions in it. */
enum sftp_status {
	SSH_FX_OK,
	SSH_FX_EOF,
	SSH_FX_NO_SUCH_FILE,
	SSH_FX_PERMISSION_DENIED,
	SSH_FX_FAILURE,
	SSH_FX_BAD_MESSAGE,
	SSH_FX_NO_CONNECTION,
	SSH_FX_CONNECTION_LOST,
	SSH_FX_OP_UNSUPPORTED,
	SSH_FX_INVALID_HANDLE,
	SSH_FX_NO_SUCH_PATH,
	SSH_FX_FILE_ALREADY_EXISTS,
	SSH_FX_WRITE_PROTECT,
	SSH_FX_NO_MEDIA,
	SSH_FX_NO_SPACE,
	SSH_FX_QUOTA_EXCEEDED,
};

enum {
	SSH_FXF_READ = 1,
	SSH_FXF_WRITE = 2,
	SSH_FXF_CREAT = 8,
	SSH_FXF_TRUNC = 16,
};

enum {
	SFTP_VERSION = 3,
	SFTP_MAX_PACKET = 256 * 1024 + 1024,  /* behind its length field */
	SFTP_MAX_HANDLE = 256,                /* the draft's own limit */
	SFTP_MAX_NAME = 255,
};

struct sftp_attrs {
	bool has_size, has_mode, has_mtime;
	uint64_t size;
	uint32_t mode, mtime;
};

/* One name of a directory, as the server says it: not to be trusted. */
struct sftp_name {
	struct slice name, longname;
	struct sftp_attrs attrs;
};

struct sftp_packet {
	uint8_t type;
	uint32_t id;              /* VERSION has none */
	uint32_t code;            /* STATUS; VERSION: the version */
	struct slice bytes;       /* HANDLE, DATA */
	struct sftp_attrs attrs;  /* ATTRS */
	bool fsync;               /* VERSION: fsync@openssh.com is offered */
	uint32_t names;           /* NAME: how many are left */
	struct slice rest;        /* NAME: their bytes */
};

/*
 * Look at the front of a stream. The number of bytes behind the length field
 * when they are all there, 0 when more must come, -1 when no packet can be as
 * long as this one says.
 */
int64_t sftp_packet_length(struct slice stream);

/* One packet without its length field. false: it is not a whole answer. */
bool sftp_packet_decode(struct slice bytes, struct sftp_packet *p);

/* The next name of a NAME packet; false: p->names is 0, or it is broken. */
bool sftp_packet_name(struct sftp_packet *p, struct sftp_name *n);

/*
 * Append a request: begin, its fields, end. begin returns where the packet
 * starts; failures show in b->failed. INIT carries the version as its id.
 */
size_t sftp_put_begin(struct buf *b, enum sftp_type type, uint32_t id);
void sftp_put_u32(struct buf *b, uint32_t v);
void sftp_put_u64(struct buf *b, uint64_t v);
void sftp_put_string(struct buf *b, struct slice s);
void sftp_put_end(struct buf *b, size_t start);

#endif
