/*-------------------------------------------------------------------------
 *
 * settle.c
 *	  Which of the sets that the search has come to is the best one.
 *
 * While searching, costs are known by bounds, and what the planner is lured
 * into has none: a set may look good until some statement is planned with all
 * of it.  So the sets that were good are kept.  In the end the best of them is
 * planned; if it turns out to be worse than another one, or if what the planner
 * is lured by has to go and others take its place, then again the best is
 * looked for, until it stays the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "advise/move.h"
#include "miscadmin.h"

/* How often another set may turn out to be better. */
#define PADV_SETTLE_ROUNDS	5

/* Remembers the chosen set as one to come back to. */
void
padv_note_end(PadvSearch *search)
{
	ListCell   *lc;

	foreach(lc, search->ends)
	{
		if (bms_equal(lfirst(lc), search->chosen))
			return;
	}
	search->ends = lappend(search->ends, search->chosen);
}

/* Chooses what is best by all that is known now; of equals, the first. */
void
padv_choose_best(PadvSearch *search)
{
	Bitmapset  *best = NULL;
	double		least = DBL_MAX;
	ListCell   *lc;

	foreach(lc, search->ends)
	{
		double		objective;

		CHECK_FOR_INTERRUPTS();
		padv_choose(search, lfirst(lc));
		objective = padv_chosen_objective(search);
		if (objective < least)
		{
			least = objective;
			best = lfirst(lc);
		}
	}
	padv_choose(search, best);
}

/* The chosen candidates on the tables of a statement. */
static Bitmapset *
chosen_near(PadvSearch *search, const PadvStmtState *state)
{
	Bitmapset  *near = NULL;
	int			id = -1;

	while ((id = bms_next_member(search->chosen, id)) >= 0)
	{
		ListCell   *lc;

		foreach(lc, state->accesses)
		{
			if (((PadvAccess *) lfirst(lc))->relid ==
				search->candidates[id]->index->relid)
				near = bms_add_member(near, id);
		}
	}
	return near;
}

/*
 * What saves a statement next to nothing was forgotten as not relevant to it,
 * but may still lure it.  So it is planned once more with all that was chosen
 * on its tables, and if it is lured, knows by what from now on.
 */
static void
plan_near(PadvSearch *search, PadvStmtState *state, bool surely)
{
	Bitmapset  *set = chosen_near(search, state);
	PadvIds    *near;
	PadvPrice	price;

	if (bms_is_subset(set, state->relevant))
		return;
	near = padv_ids_from_set(set);
	bms_free(set);
	padv_bounds(state, near, &price);
	if (price.low < price.cost || (surely && padv_is_dear(state)))
	{
		padv_plan_set(search, state, near, surely, &price);
		padv_keep_costing(search, state, near, &price, surely);
	}
	if (padv_is_lured(state, price.own, price.risk))
		state->relevant = bms_union(state->relevant,
									padv_ids_to_set(price.used));
}

/*
 * Plans joins under the chosen set, those of many tables in every order only if
 * it has to be sure; true if one is lured and this was not known.
 */
static bool
find_lured(PadvSearch *search, bool surely)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	bool		found = false;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		PadvPrice	price;

		if (state->effort <= list_length(state->stmt->instances) ||
			state->base_cost <= 0)
			continue;
		plan_near(search, state, surely);
		if (surely)
			padv_price_surely(search, state, search->chosen, &price);
		else
			padv_price_planned(search, state, search->chosen, &price);
		if (price.cost > state->cost &&
			padv_is_lured(state, price.own, price.risk))
			found = true;
		state->cost = price.cost;
	}
	MemoryContextSwitchTo(old);
	return found;
}

/* Settles on the best set, all in all. */
void
padv_settle(PadvSearch *search, List *moves)
{
	int			rounds = PADV_SETTLE_ROUNDS;

	for (;;)
	{
		padv_choose_best(search);
		if (!find_lured(search, false) || rounds-- == 0)
			break;
		padv_grow_and_prune(search, moves);
		padv_narrow(search);
		padv_note_end(search);
	}
	search->ends = NIL;
}

/* Drops chosen indexes that make a statement slower than they are worth. */
void
padv_drop_lures(PadvSearch *search)
{
	while (find_lured(search, true) && padv_prune(search))
		;
}
