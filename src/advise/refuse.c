/*-------------------------------------------------------------------------
 *
 * refuse.c
 *	  Indexes that are not wanted: advice that was dismissed
 *
 * Whoever has dismissed an index on (a) does not want one on (a, b) for the
 * same sake.  So what is wider and does all that it does is refused as well,
 * statement by statement: unless to this statement it is worth so much more
 * that it would have been chosen beside the one that was dismissed.  Then it is
 * advice of its own, and says what it is wider than.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/move.h"
#include "miscadmin.h"

static double
cost_with(PadvSearch *search, PadvStmtState *state, int id)
{
	Bitmapset  *single = bms_make_singleton(id);
	PadvPrice	price;

	padv_plan_set(search, state, padv_ids_from_set(single), true, &price);
	bms_free(single);
	return price.own;
}

/* Does the wide one bring the statement the minimum beside the other? */
static bool
is_worth_more(PadvSearch *search, PadvStmtState *state, double cost,
			  const PadvIndex *refused, int wide)
{
	const PadvIndex *index = search->candidates[wide]->index;
	double		pct = padv_improvement_pct(state, cost,
										   cost_with(search, state, wide),
										   index->ncols > index->nkeys,
										   refused->bytes, index->bytes);

	return pct >= Max(search->options.min_improvement_pct, 1.0);
}

/* One index that was dismissed, and one statement that it would serve. */
static void
refuse_for(PadvSearch *search, PadvStmtState *state, int refused)
{
	const PadvIndex *index = search->candidates[refused]->index;
	Bitmapset  *left;
	double		cost;
	int			id = -1;

	state->relevant = bms_del_member(state->relevant, refused);
	if (state->base_cost <= 0)
		return;
	left = bms_copy(state->relevant);
	cost = cost_with(search, state, refused);
	while ((id = bms_next_member(left, id)) >= 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (padv_index_covers(search->candidates[id]->index, index) &&
			!is_worth_more(search, state, cost, index, id))
			state->relevant = bms_del_member(state->relevant, id);
	}
	bms_free(left);
}

static bool
is_refused(const PadvSearch *search, const PadvIndex *index)
{
	char	   *name = padv_index_id(index);
	ListCell   *lc;

	foreach(lc, search->options.refused)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

/* The search does without what is not wanted: it serves no statement. */
void
padv_refuse(PadvSearch *search)
{
	for (int id = 0; id < search->ncandidates; id++)
	{
		if (!is_refused(search, search->candidates[id]->index))
			continue;
		/* sifting frees what serves no statement */
		search->refused = lappend(search->refused,
								  padv_index_copy(search->candidates[id]->index));
		for (int i = 0; i < search->nstates; i++)
		{
			if (bms_is_member(id, search->states[i]->relevant))
				refuse_for(search, search->states[i], id);
		}
	}
}

/* What the index is a wider form of, if that was dismissed; or NULL. */
PadvIndex *
padv_refused_part(const PadvSearch *search, const PadvIndex *index)
{
	ListCell   *lc;

	foreach(lc, search->refused)
	{
		if (padv_index_covers(index, lfirst(lc)))
			return lfirst(lc);
	}
	return NULL;
}
