/*-------------------------------------------------------------------------
 *
 * sqltext.c
 *	  SQL that means the same in every session.
 *
 * Core's functions write constants as the session's settings want them, and
 * names as its search_path allows.  Texts that others are to run later, and
 * that are compared with those of other sessions, are made under settings of
 * their own.  What then still depends on the session that reads them are
 * backslashes: a string with one is written so that standard_conforming_strings
 * has no say.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/sqltext.h"
#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

static const struct
{
	const char *name;
	const char *value;
}			text_settings[] =

{
	{"search_path", "pg_catalog, pg_temp"},
	{"datestyle", "ISO, YMD"},
	{"intervalstyle", "postgres"},
	{"timezone", "UTC"},
	{"extra_float_digits", "1"},
	{"bytea_output", "hex"},
	{"quote_all_identifiers", "off"},
	{"standard_conforming_strings", "on"}
};

int
padv_enter_text_settings(void)
{
	int			nestlevel = NewGUCNestLevel();

	for (int i = 0; i < lengthof(text_settings); i++)
		(void) set_config_option(text_settings[i].name, text_settings[i].value,
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
	return nestlevel;
}

/* ---- backslashes ---- */

/* Where the quoted text that begins here ends, behind the last quote. */
static const char *
quoted_end(const char *at, bool escapes, bool *backslash)
{
	char		quote = *at++;

	for (; *at != '\0'; at++)
	{
		if (*at == '\\')
		{
			*backslash = true;
			if (escapes && at[1] != '\0')
				at++;
		}
		else if (*at == quote)
		{
			if (at[1] != quote)
				return at + 1;
			at++;
		}
	}
	return at;
}

static void
append_escaped(StringInfo buf, const char *from, const char *end)
{
	appendStringInfoChar(buf, 'E');
	for (; from < end; from++)
	{
		if (*from == '\\')
			appendStringInfoChar(buf, '\\');
		appendStringInfoChar(buf, *from);
	}
}

/*
 * Core's texts have no comments and no dollar quotes.  They are in the
 * database's encoding, in which no part of a longer character looks like one
 * of these.
 */
char *
padv_portable_sql(const char *sql)
{
	StringInfoData buf;
	const char *at = sql;

	if (strchr(sql, '\\') == NULL)
		return pstrdup(sql);
	initStringInfo(&buf);
	while (*at != '\0')
	{
		bool		escapes = at > sql && at[-1] == 'E';
		bool		backslash = false;
		const char *end = at + 1;

		if (*at == '\'' || *at == '"')
			end = quoted_end(at, escapes && *at == '\'', &backslash);
		if (*at == '\'' && backslash && !escapes)
			append_escaped(&buf, at, end);
		else
			appendBinaryStringInfo(&buf, at, end - at);
		at = end;
	}
	return buf.data;
}

/* ---- indexes ---- */

/*
 * As the catalogs have it, with its tablespace and with functions that the
 * planner would have inlined.  A partitioned index comes with all its parts,
 * which cannot be done concurrently.
 */
char *
padv_existing_index_ddl(Oid indexoid)
{
	int			nestlevel = padv_enter_text_settings();
	char	   *ddl = pg_get_indexdef_string(indexoid);
	char	   *after = strstr(ddl, "INDEX ");
	bool		whole = get_rel_relkind(indexoid) == RELKIND_PARTITIONED_INDEX;

	AtEOXact_GUC(false, nestlevel);
	Assert(after != NULL);
	after += strlen("INDEX ");
	ddl = psprintf("%.*s%s%s", (int) (after - ddl), ddl,
				   whole ? "" : "CONCURRENTLY ", after);
	return padv_portable_sql(ddl);
}
