/*-------------------------------------------------------------------------
 *
 * json.h
 *	  Small helpers to write one flat jsonb object.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_JSON_H
#define PADV_JSON_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

extern void padv_json_start(StringInfo buf);
extern void padv_json_text(StringInfo buf, const char *key, const char *value);
extern void padv_json_number(StringInfo buf, const char *key, double value);
extern void padv_json_texts(StringInfo buf, const char *key, List *values);

/* A value that is JSON itself. */
extern void padv_json_raw(StringInfo buf, const char *key, const char *value);
extern Datum padv_json_end(StringInfo buf);

#endif							/* PADV_JSON_H */
