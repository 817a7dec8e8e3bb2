/*-------------------------------------------------------------------------
 *
 * example.c
 *	  Recorded texts and values as people see them.
 *
 * Texts come from any database of the server and are converted from its
 * encoding.  Values were recorded as they lie in memory.  They are shown only
 * if their type is certain to be still what it was: it must exist, with the
 * same representation, and must not have parts that ALTER TYPE can change;
 * and a type of another database must be one that all databases have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "report/shown.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "workload/workload.h"

/* A value is shown up to this many bytes. */
#define PADV_VALUE_SHOWN	200

/* ---- encodings ---- */

typedef struct Conversion
{
	const char *from;
	int			len;
	int			encoding;
	char	   *to;
} Conversion;

static void
convert(void *arg)
{
	Conversion *work = arg;

	work->to = pg_any_to_server(work->from, work->len, work->encoding);
}

/* What cannot be converted keeps its ASCII characters. */
static char *
ascii_only(const char *text, int len)
{
	char	   *result = pnstrdup(text, len);

	for (char *at = result; *at != '\0'; at++)
	{
		if (IS_HIGHBIT_SET(*at))
			*at = '?';
	}
	return result;
}

static char *
in_our_encoding(const char *text, int len, int encoding)
{
	Conversion	work = {text, len, encoding, NULL};

	if (encoding == GetDatabaseEncoding())
		return pnstrdup(text, len);
	if (!padv_attempt(convert, &work))
		return ascii_only(text, len);
	return work.to == text ? pnstrdup(text, len) : work.to;
}

char *
padv_shown_query(const PadvEntryCopy *entry)
{
	return in_our_encoding(entry->text.query, strlen(entry->text.query),
						   entry->encoding);
}

/* ---- values ---- */

/* Values of another database: only those of types that all databases have. */
static bool
is_readable(Oid dbid, const PadvParam *param)
{
	return (dbid == MyDatabaseId || param->type < FirstNormalObjectId) &&
		padv_value_is_readable(param);
}

typedef struct Rendering
{
	const PadvEntryCopy *entry;
	const PadvParam *param;
	char	   *text;
} Rendering;

static void
render_value(void *arg)
{
	Rendering  *work = arg;
	Oid			output;
	bool		is_varlena;

	if (!is_readable(work->entry->key.dbid, work->param))
		return;
	getTypeOutputInfo(work->param->type, &output, &is_varlena);
	work->text = OidOutputFunctionCall(output, work->param->value);
}

/* Cuts a long value, and puts it on one line. */
static char *
fit_value(const char *text, int encoding)
{
	int			len = strlen(text);
	char	   *result;

	if (len <= PADV_VALUE_SHOWN)
		result = pstrdup(text);
	else
	{
		len = pg_encoding_mbcliplen(encoding, text, len, PADV_VALUE_SHOWN);
		result = psprintf("%.*s...", len, text);
	}
	for (char *at = result; *at != '\0'; at++)
	{
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	}
	return result;
}

/* 'value', NULL, or ? for what was not kept or cannot be shown. */
static char *
shown_value(const PadvEntryCopy *entry, const PadvParam *param)
{
	Rendering	work = {entry, param, NULL};

	if (param->known && param->isnull)
		return "NULL";
	if (!param->known || !padv_attempt(render_value, &work) ||
		work.text == NULL)
		return "?";
	work.text = fit_value(work.text, entry->encoding);
	return quote_literal_cstr(in_our_encoding(work.text, strlen(work.text),
											  entry->encoding));
}

/* ---- examples ---- */

static const PadvExample *
choose_example(const PadvEntryCopy *entry, PadvExampleKind wanted)
{
	static const PadvExampleKind others[] = {
		PADV_EXAMPLE_SLOWEST, PADV_EXAMPLE_SLOW,
		PADV_EXAMPLE_FIRST, PADV_EXAMPLE_RECENT
	};

	if (entry->examples[wanted] != NULL)
		return entry->examples[wanted];
	for (int i = 0; i < lengthof(others); i++)
	{
		if (entry->examples[others[i]] != NULL)
			return entry->examples[others[i]];
	}
	return NULL;
}

char *
padv_shown_example(const PadvEntryCopy *entry, PadvExampleKind wanted)
{
	const PadvExample *example = choose_example(entry, wanted);
	const char *source;
	StringInfoData buf;

	if (example == NULL)
		return padv_shown_query(entry);
	if (example->source != NULL)
		return in_our_encoding(example->source, example->source_len,
							   entry->encoding);

	/* $1 .. $n are those of the source; the query may have more */
	source = entry->text.source ? entry->text.source : entry->text.query;
	initStringInfo(&buf);
	appendStringInfoString(&buf, in_our_encoding(source, strlen(source),
												 entry->encoding));
	for (int i = 0; i < example->nparams; i++)
		appendStringInfo(&buf, "%s$%d = %s", i == 0 ? " -- " : ", ", i + 1,
						 shown_value(entry, &example->params[i]));
	return buf.data;
}
