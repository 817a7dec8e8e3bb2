/*-------------------------------------------------------------------------
 *
 * index_sql.c
 *	  What the regression tests ask of index definitions.
 *
 * These functions are not part of the extension's script: the tests create
 * them for themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "index/index.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(padv_test_index);
PG_FUNCTION_INFO_V1(padv_test_reread);
PG_FUNCTION_INFO_V1(padv_test_compare);

/* (definition) -> ddl text, undo_ddl text, size_bytes bigint, height int */
Datum
padv_test_index(PG_FUNCTION_ARGS)
{
	PadvIndex  *index = padv_index_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	const char *name = index->name;
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (name == NULL)
		name = padv_index_choose_name(index);
	values[0] = CStringGetTextDatum(padv_index_create_ddl(index, name));
	values[1] = CStringGetTextDatum(padv_index_drop_ddl(index, name));
	values[2] = Int64GetDatum((int64) index->bytes);
	values[3] = Int32GetDatum(index->height);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/* (regclass) -> the DDL of a real index as its definition here gives it */
Datum
padv_test_reread(PG_FUNCTION_ARGS)
{
	PadvIndex  *index = padv_index_from_catalog(PG_GETARG_OID(0));

	if (index == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(padv_index_create_ddl(index,
														   index->name)));
}

/* (regclass, definition) -> how a real index and a given one compare */
Datum
padv_test_compare(PG_FUNCTION_ARGS)
{
	PadvIndex  *real = padv_index_from_catalog(PG_GETARG_OID(0));
	PadvIndex  *given = padv_index_parse(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	const char *result = "different";

	if (real == NULL)
		PG_RETURN_NULL();
	if (padv_index_equal(real, given))
		result = "equal";
	else if (padv_index_covers(real, given))
		result = "covers";
	else if (padv_index_covers(given, real))
		result = "covered";
	PG_RETURN_TEXT_P(cstring_to_text(result));
}
