/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Small helpers to write one flat jsonb object.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "report/json.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

void
padv_json_start(StringInfo buf)
{
	initStringInfo(buf);
	appendStringInfoChar(buf, '{');
}

static void
add_key(StringInfo buf, const char *key)
{
	if (buf->len > 1)
		appendStringInfoChar(buf, ',');
	escape_json(buf, key);
	appendStringInfoChar(buf, ':');
}

/* A text, or null for NULL. */
void
padv_json_text(StringInfo buf, const char *key, const char *value)
{
	add_key(buf, key);
	if (value == NULL)
		appendStringInfoString(buf, "null");
	else
		escape_json(buf, value);
}

/* A number with at most four decimals; JSON has none that is not finite. */
void
padv_json_number(StringInfo buf, const char *key, double value)
{
	add_key(buf, key);
	if (!isfinite(value))
		appendStringInfoString(buf, "null");
	else if (value == floor(value) && fabs(value) < 1e15)
		appendStringInfo(buf, "%.0f", value);
	else
		appendStringInfo(buf, "%.4f", value);
}

void
padv_json_texts(StringInfo buf, const char *key, List *values)
{
	ListCell   *lc;

	add_key(buf, key);
	appendStringInfoChar(buf, '[');
	foreach(lc, values)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(buf, ',');
		escape_json(buf, lfirst(lc));
	}
	appendStringInfoChar(buf, ']');
}

void
padv_json_raw(StringInfo buf, const char *key, const char *value)
{
	add_key(buf, key);
	appendStringInfoString(buf, value);
}

Datum
padv_json_end(StringInfo buf)
{
	appendStringInfoChar(buf, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf->data));
}
