/* SPDX-License-Identifier: ISC */
/* Events, which are only ever added, and partners. */
#include "spool/sqlite.h"

int
sqlite_event_add(struct store *s, const struct store_event *v, struct err *e)
{
	struct store_event row = *v;

	row.row = 0;
	return sqlite_write(sqlite_of(s), SQL_EVENT_ADD, event_fields, &row,
	    NULL, e);
}

int
sqlite_events(struct store *s, const struct store_id *file,
    store_on_event *on, void *ctx, struct err *e)
{
	const struct sqlite_arg arg = arg_id(file);
	struct sqlite_cursor c;
	struct store_event v;
	int rc = sqlite_open(&c, sqlite_of(s), file == NULL ? SQL_EVENT_ALL :
	    SQL_EVENT_OF_FILE, &arg, file == NULL ? 0 : 1, e);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_next(&c, event_fields, &v, sizeof(v), e)) > 0)
		if (!on(ctx, &v))
			break;
	return sqlite_end(&c, rc);
}

int
sqlite_partner_get(struct store *s, const char *name,
    struct store_partner *p, struct err *e)
{
	return sqlite_read(sqlite_of(s), SQL_PARTNER_GET, arg_text(name),
	    partner_fields, p, sizeof(*p), "partner", e);
}

int
sqlite_partner_put(struct store *s, const struct store_partner *p,
    struct err *e)
{
	return sqlite_write(sqlite_of(s), SQL_PARTNER_PUT, partner_fields, p,
	    NULL, e);
}
