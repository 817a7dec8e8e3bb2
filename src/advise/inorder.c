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
 * Likewise (status, owner) and (owner, status) find the same rows where both
 * are compared, in the same order, and the planner prefers the one whose first
 * column happens to lie more in order: few values do.  What neither form gains
 * without that is not gained.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "catalog/pg_am.h"

/*
 * Does every search of the statement on the table compare the column with one
 * value, or with some if "any" is true?
 */
static bool
is_compared(const PadvStmtState *state, Oid relid, const PadvIndexCol *col,
			bool any)
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

			if ((target->use == PADV_USE_EQUAL ||
				 (any && target->use == PADV_USE_ANY)) && target->arm == 0 &&
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
		if (!is_compared(state, wide->relid, &wide->cols[i], false))
			return false;
	}
	return true;
}

/* Where the key first has, or last has, another column than the other one. */
static int
end_of_difference(const PadvIndex *a, const PadvIndex *b, bool last)
{
	for (int i = 0; i < a->nkeys; i++)
	{
		int			place = last ? a->nkeys - 1 - i : i;

		if (!padv_same_col(&a->cols[place], &b->cols[place]))
			return place;
	}
	return -1;
}

/* Is one index the other, but for the order of columns that are compared? */
bool
padv_is_turned(const PadvStmtState *state, const PadvIndex *a,
			   const PadvIndex *b)
{
	int			first;
	int			last;

	if (a->relid != b->relid || a->nkeys != b->nkeys ||
		a->relam != BTREE_AM_OID || b->relam != BTREE_AM_OID ||
		a->ncols > a->nkeys || b->ncols > b->nkeys || !equal(a->pred, b->pred))
		return false;
	first = end_of_difference(a, b, false);
	last = end_of_difference(a, b, true);
	for (int i = first; i >= 0 && i <= last; i++)
	{
		bool		found = false;

		for (int j = first; j <= last && !found; j++)
			found = padv_same_col(&a->cols[i], &b->cols[j]);
		if (!found || !is_compared(state, a->relid, &a->cols[i], true))
			return false;
	}
	return first >= 0;
}

/* Does the statement find by the index no more than by one it had before? */
static bool
finds_the_same(const PadvStmtState *state, const PadvIndex *before,
			   const PadvIndex *index)
{
	return has_behind(state, before, index) || padv_is_turned(state, before, index);
}

/* The same of any index that a plan of the statement used before. */
static bool
is_found_before(const PadvSearch *search, const PadvStmtState *state,
				const PadvIds *before, const PadvIndex *index)
{
	ListCell   *lc;

	for (int i = 0; i < PADV_IDS_COUNT(before); i++)
	{
		if (finds_the_same(state, search->candidates[before->ids[i]]->index,
						   index))
			return true;
	}
	foreach(lc, state->served_by)
	{
		if (finds_the_same(state, lfirst(lc), index))
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
			is_found_before(search, state, before,
							search->candidates[id]->index))
			return true;
	}
	return false;
}

/*
 * What a statement costs under a set, or if that is more, with another form of
 * one of its members in its place that finds the same.
 */
double
padv_cost_unturned(PadvSearch *search, PadvStmtState *state,
				   const Bitmapset *set, int id, double cost)
{
	int			other = -1;

	while ((other = bms_next_member(state->relevant, other)) >= 0)
	{
		Bitmapset  *turned;
		PadvPrice	price;

		if (bms_is_member(other, set) ||
			!padv_is_turned(state, search->candidates[id]->index,
							search->candidates[other]->index))
			continue;
		turned = bms_add_member(bms_del_member(bms_copy(set), id), other);
		padv_price(search, state, turned, &price);
		cost = Max(cost, price.cost);
		bms_free(turned);
	}
	return cost;
}
