/*-------------------------------------------------------------------------
 *
 * inorder.c
 *	  Gains that are only a doubt about where the rows lie.
 *
 * To "platform = ? AND at > ?" the index (platform, at) finds what is asked
 * for, and (at) all platforms' rows of that time.  Yet the planner may take
 * (at) for the cheaper one: it knows how far the rows lie in the order of each
 * column, and for an index of several ones goes by the first, of which it
 * believes three quarters.  In truth the rows of one platform are read in the
 * order of "at" by both, and by the wide one no more of them: the narrow one
 * beside it is worth nothing to the statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "catalog/pg_am.h"

/* Does every search of the statement on the table compare the column? */
static bool
is_compared(const PadvStmtState *state, Oid relid, const PadvIndexCol *col)
{
	ListCell   *la;

	foreach(la, state->accesses)
	{
		const PadvAccess *access = lfirst(la);
		ListCell   *lt;

		if (access->relid != relid)
			continue;
		foreach(lt, access->targets)
		{
			const PadvTarget *target = lfirst(lt);

			if (target->use == PADV_USE_EQUAL && target->arm == 0 &&
				padv_same_col(&target->col, col))
				return true;
		}
	}
	return false;
}

/* Is the wide index the narrow one, behind columns that are compared? */
static bool
has_behind(const PadvStmtState *state, const PadvIndex *wide,
		   const PadvIndex *narrow)
{
	int			before = wide->nkeys - narrow->nkeys;

	if (wide->relid != narrow->relid || before <= 0 ||
		wide->relam != BTREE_AM_OID || narrow->relam != BTREE_AM_OID ||
		narrow->ncols > narrow->nkeys || !equal(wide->pred, narrow->pred))
		return false;
	for (int i = 0; i < narrow->nkeys; i++)
	{
		if (!padv_same_col(&wide->cols[before + i], &narrow->cols[i]))
			return false;
	}
	for (int i = 0; i < before; i++)
	{
		if (!is_compared(state, wide->relid, &wide->cols[i]))
			return false;
	}
	return true;
}

/* The same of any index that a plan of the statement used before. */
static bool
is_behind_any(const PadvSearch *search, const PadvStmtState *state,
			  const PadvIds *before, const PadvIndex *narrow)
{
	ListCell   *lc;

	for (int i = 0; i < PADV_IDS_COUNT(before); i++)
	{
		if (has_behind(state, search->candidates[before->ids[i]]->index,
					   narrow))
			return true;
	}
	foreach(lc, state->served_by)
	{
		if (has_behind(state, lfirst(lc), narrow))
			return true;
	}
	return false;
}

/*
 * Is what the statement gains by another plan no gain in truth?  "before" and
 * "after" are the candidates that the two plans use.
 */
bool
padv_gains_by_order(const PadvSearch *search, const PadvStmtState *state,
					const PadvIds *before, const PadvIds *after)
{
	for (int i = 0; i < PADV_IDS_COUNT(after); i++)
	{
		int			id = after->ids[i];

		if (!padv_ids_has(before, id) &&
			is_behind_any(search, state, before,
						  search->candidates[id]->index))
			return true;
	}
	return false;
}
