/*-------------------------------------------------------------------------
 *
 * indexddl.c
 *	  What makes an index that exists, for the views on indexes.
 *
 * Unlike pg_get_indexdef(), with the tablespace, of partitioned indexes with
 * all parts, and the same in every session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/sqltext.h"
#include "catalog/index.h"
#include "fmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(padv_inspect_index_ddl);

/*
 * NULL when it is gone, or about to: core opens the table as a reader, and
 * must not wait for whoever has it locked.
 */
Datum
padv_inspect_index_ddl(PG_FUNCTION_ARGS)
{
	Oid			indexoid = PG_GETARG_OID(0);
	Oid			table = IndexGetRelation(indexoid, true);
	char	   *ddl = NULL;

	if (!OidIsValid(table) ||
		!ConditionalLockRelationOid(table, AccessShareLock))
		PG_RETURN_NULL();
	if (ConditionalLockRelationOid(indexoid, AccessShareLock))
	{
		if (SearchSysCacheExists1(INDEXRELID, ObjectIdGetDatum(indexoid)))
			ddl = padv_existing_index_ddl(indexoid);
		UnlockRelationOid(indexoid, AccessShareLock);
	}
	UnlockRelationOid(table, AccessShareLock);
	if (ddl == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(ddl));
}
