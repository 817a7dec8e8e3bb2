/*-------------------------------------------------------------------------
 *
 * narrow.c
 *	  Giving back what a chosen index has too much.
 *
 * An index may have been widened for a statement that another one, chosen
 * later, serves better.  The index is still needed then, but its last columns
 * are not: in its place comes the smallest one that it covers, if that serves
 * all statements as well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/move.h"
#include "miscadmin.h"

/* A statement that gets dearer by less than this share is served as well. */
#define PADV_AS_WELL		0.0001

/* Does no statement that uses the index get dearer under this set? */
static bool
serves_as_well(PadvSearch *search, int id, const Bitmapset *set)
{
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		PadvPrice	now;
		PadvPrice	then;

		if (!bms_is_member(id, state->relevant))
			continue;
		padv_price(search, state, search->chosen, &now);
		if (!padv_ids_has(now.used, id))
			continue;
		padv_price(search, state, set, &then);
		if (then.cost > now.cost * (1 + PADV_AS_WELL))
			return false;
	}
	return true;
}

/*
 * The smallest index that could stand in a chosen one's place, or -1.  One of
 * fewer rows could not: what was sampled may not be all that is asked for.
 */
static int
narrowest(PadvSearch *search, int id, Bitmapset **set)
{
	const PadvCandidate *wide = search->candidates[id];
	int			best = -1;
	int			other = -1;

	while ((other = bms_next_member(wide->covers, other)) >= 0)
	{
		const PadvCandidate *narrow = search->candidates[other];
		Bitmapset  *with;

		CHECK_FOR_INTERRUPTS();
		if (bms_is_member(other, search->chosen) ||
			narrow->upkeep > wide->upkeep ||
			!equal(narrow->index->pred, wide->index->pred) ||
			narrow->index->bytes >=
			search->candidates[best < 0 ? id : best]->index->bytes)
			continue;
		with = bms_add_member(bms_del_member(bms_copy(search->chosen), id),
							  other);
		if (!serves_as_well(search, id, with))
		{
			bms_free(with);
			continue;
		}
		best = other;
		*set = with;
	}
	return best;
}

/* Puts narrower indexes in the place of chosen ones where that costs nothing. */
void
padv_narrow(PadvSearch *search)
{
	Bitmapset  *left = bms_copy(search->chosen);
	int			id = -1;

	while ((id = bms_next_member(left, id)) >= 0)
	{
		Bitmapset  *set;

		if (narrowest(search, id, &set) >= 0)
			padv_choose(search, set);
	}
}
