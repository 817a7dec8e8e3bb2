/*-------------------------------------------------------------------------
 *
 * visible.c
 *	  How much of a table may have dead rows.
 *
 * A session reports its counters up to a second late, so that rows deleted
 * just before a VACUUM may be counted as dead after it.  The visibility map
 * knows better: on a page that is visible to all no row is dead.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/visibilitymap.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(padv_inspect_hidden_pages);

/*
 * (table) -> its pages that are not visible to all; NULL when it has gone, is
 * locked so that we would have to wait, or has no such map.
 */
Datum
padv_inspect_hidden_pages(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	rel;
	BlockNumber pages;
	BlockNumber visible;
	BlockNumber frozen;

	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		PG_RETURN_NULL();
	rel = try_relation_open(relid, NoLock);
	if (rel == NULL)
	{
		UnlockRelationOid(relid, AccessShareLock);
		PG_RETURN_NULL();
	}
	if (rel->rd_rel->relkind != RELKIND_RELATION)
	{
		relation_close(rel, AccessShareLock);
		PG_RETURN_NULL();
	}
	pages = RelationGetNumberOfBlocks(rel);
	visibilitymap_count(rel, &visible, &frozen);
	relation_close(rel, AccessShareLock);

	PG_RETURN_INT64((int64) pages - (int64) Min(visible, pages));
}
