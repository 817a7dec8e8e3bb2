/*-------------------------------------------------------------------------
 *
 * fresh_size.c
 *	  How large an index that exists would be if it were built anew.
 *
 * What the advice predicts of indexes that do not exist, asked of one that
 * does: the difference to its file is what REINDEX would give back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/index.h"
#include "catalog/index.h"
#include "fmgr.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(padv_fresh_bytes);

/*
 * (index) -> bytes; NULL when it has gone, or when its table is locked so
 * that we would have to wait.
 */
Datum
padv_fresh_bytes(PG_FUNCTION_ARGS)
{
	Oid			indexoid = PG_GETARG_OID(0);
	Oid			relid = IndexGetRelation(indexoid, true);
	PadvIndex  *index;

	if (!OidIsValid(relid) ||
		!ConditionalLockRelationOid(relid, AccessShareLock))
		PG_RETURN_NULL();
	index = padv_index_from_catalog(indexoid);
	if (index == NULL || index->relid != relid)
		PG_RETURN_NULL();
	padv_index_estimate(index);
	PG_RETURN_INT64((int64) index->bytes);
}
