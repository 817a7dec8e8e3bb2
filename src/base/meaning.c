/*-------------------------------------------------------------------------
 *
 * meaning.c
 *	  Settings of a session that decide what a statement's text means.
 *
 * '01.02.2026' is a day in January or in February, a backslash is itself or
 * not, and midnight comes at another time in each time zone.  A text that is
 * read again later, by another session, is read under the settings of the
 * session that ran it; the search_path is kept beside these.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/meaning.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "pgtime.h"
#include "tsearch/ts_cache.h"
#include "utils/array.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/xml.h"

/* Each with what it is where nobody has set it. */
static const struct
{
	const char *name;
	const char *value;
}			settings[] =

{
	{"DateStyle", "ISO, MDY"},
	{"IntervalStyle", "postgres"},
	{"TimeZone", "GMT"},
	{"timezone_abbreviations", "Default"},
	{"standard_conforming_strings", "on"},
	{"backslash_quote", "safe_encoding"},
	{"transform_null_equals", "off"},
	{"array_nulls", "on"},
	{"xmloption", "content"},
	{"bytea_output", "hex"},
	{"extra_float_digits", "1"},
	{"lc_monetary", "C"},
	{"default_text_search_config", "pg_catalog.simple"}
};

/* ---- noting ---- */

static void
note(StringInfo noted, const char *name, const char *value)
{
	appendStringInfo(noted, "%s=%s\n", name, value);
}

static void
note_setting(StringInfo noted, const char *name, const char *usual)
{
	const char *value = GetConfigOption(name, true, false);

	if (value != NULL && strcmp(value, usual) != 0)
		note(noted, name, value);
}

/*
 * Done for each new statement, so that it goes by core's variables where there
 * are any, and asks for a setting by its name where that is not as usual.
 */
char *
padv_meaning_note(void)
{
	StringInfoData noted;
	const char *zone = pg_get_timezone_name(session_timezone);

	initStringInfo(&noted);
	if (DateStyle != USE_ISO_DATES || DateOrder != DATEORDER_MDY)
		note_setting(&noted, "DateStyle", "");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		note_setting(&noted, "IntervalStyle", "");
	if (zone != NULL && strcmp(zone, "GMT") != 0)
		note(&noted, "TimeZone", zone);
	note_setting(&noted, "timezone_abbreviations", "Default");
	if (!PADV_STANDARD_STRINGS)
		note(&noted, "standard_conforming_strings", "off");
	if (backslash_quote != BACKSLASH_QUOTE_SAFE_ENCODING)
		note_setting(&noted, "backslash_quote", "");
	if (Transform_null_equals)
		note(&noted, "transform_null_equals", "on");
	if (!Array_nulls)
		note(&noted, "array_nulls", "off");
	if (xmloption != XMLOPTION_CONTENT)
		note(&noted, "xmloption", "document");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		note(&noted, "bytea_output", "escape");
	if (extra_float_digits != 1)
		note_setting(&noted, "extra_float_digits", "");
	note_setting(&noted, "lc_monetary", "C");
	if (TSCurrentConfig != NULL &&
		strcmp(TSCurrentConfig, "pg_catalog.simple") != 0)
		note(&noted, "default_text_search_config", TSCurrentConfig);
	return noted.data;
}

/* ---- restoring ---- */

/* What was noted of this setting, or what it is otherwise. */
static char *
noted_value(const char *noted, int setting)
{
	Size		len = strlen(settings[setting].name);

	while (*noted != '\0')
	{
		const char *end = strchr(noted, '\n');

		if (strncmp(noted, settings[setting].name, len) == 0 &&
			noted[len] == '=' && end != NULL)
			return pnstrdup(noted + len + 1, end - noted - len - 1);
		if (end == NULL)
			break;
		noted = end + 1;
	}
	return pstrdup(settings[setting].value);
}

void
padv_meaning_restore(const char *noted)
{
	char	   *own = padv_meaning_note();
	bool		same = strcmp(own, noted) == 0;

	pfree(own);
	if (same)
		return;
	for (int i = 0; i < lengthof(settings); i++)
	{
		const char *now = GetConfigOption(settings[i].name, true, false);
		char	   *then = noted_value(noted, i);

		if (now != NULL && strcmp(now, then) != 0)
			(void) set_config_option(settings[i].name, then, PGC_USERSET,
									 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
									 false);
		pfree(then);
	}
}
