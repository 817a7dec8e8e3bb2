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

#include "base/attempt.h"
#include "index/index.h"
#include "catalog/index.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

PG_FUNCTION_INFO_V1(padv_fresh_bytes);

/*
 * The size follows from the statistics of the columns, and is for those who
 * may see them; an expression may read any column.
 */
static bool
may_see_statistics(const PadvIndex *index)
{
	Oid			userid = GetUserId();

	if (check_enable_rls(index->relid, InvalidOid, true) == RLS_ENABLED)
		return false;
	if (pg_class_aclcheck(index->relid, userid, ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < index->ncols; i++)
	{
		if (index->cols[i].attno == 0 ||
			pg_attribute_aclcheck(index->relid, index->cols[i].attno, userid,
								  ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return index->pred == NIL;
}

static void
estimate(void *arg)
{
	padv_index_estimate(arg);
}

/*
 * (index) -> bytes; NULL when it has gone, when its statistics are not for
 * whoever asks, when its table is locked so that we would have to wait, or
 * when the table's own code fails.
 */
Datum
padv_fresh_bytes(PG_FUNCTION_ARGS)
{
	Oid			indexoid = PG_GETARG_OID(0);
	Oid			relid = IndexGetRelation(indexoid, true);
	PadvIndex  *index;
	bool		known;

	if (!OidIsValid(relid) ||
		!ConditionalLockRelationOid(relid, AccessShareLock))
		PG_RETURN_NULL();
	index = padv_index_from_catalog(indexoid);
	known = index != NULL && index->relid == relid &&
		may_see_statistics(index);
	if (known)
		known = padv_attempt(estimate, index);
	UnlockRelationOid(relid, AccessShareLock);
	if (!known)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) index->bytes);
}
