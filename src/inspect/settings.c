/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The settings that the views on indexes need, as SQL values.
 *
 * current_setting() would give their text, with units and quotes, and nothing
 * at all in a session that has not loaded the library yet; a call of these
 * loads it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/guc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(padv_inspect_min_age);
PG_FUNCTION_INFO_V1(padv_inspect_excluded_schemas);

/* perfadvisor.unused_min_age in seconds */
Datum
padv_inspect_min_age(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(padv_unused_min_age);
}

/* perfadvisor.exclude_schemas as an array of names */
Datum
padv_inspect_excluded_schemas(PG_FUNCTION_ARGS)
{
	char	   *list = pstrdup(padv_exclude_schemas ? padv_exclude_schemas : "");
	List	   *names = NIL;
	ArrayBuildState *schemas = initArrayResult(TEXTOID, CurrentMemoryContext,
											   false);
	ListCell   *cell;

	/* the setting's own check has let nothing else through */
	if (!SplitIdentifierString(list, ',', &names))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid list syntax in parameter \"%s\"",
						"perfadvisor.exclude_schemas")));
	foreach(cell, names)
		schemas = accumArrayResult(schemas,
								   CStringGetTextDatum((char *) lfirst(cell)),
								   false, TEXTOID, CurrentMemoryContext);

	PG_RETURN_DATUM(makeArrayResult(schemas, CurrentMemoryContext));
}
