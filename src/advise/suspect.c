/*-------------------------------------------------------------------------
 *
 * suspect.c
 *	  Another set where statements would probably be slower by the chosen one.
 *
 * Some of what a plan takes more than it costs is likely, but not sure (see
 * PadvScope).  A search that counted it for every statement would give up much
 * for the sake of what may not come true.  So the set is first chosen by what is
 * sure.  Then, for the statements that are suspected to be slower under it, what
 * they would probably lose counts as well, and it is looked for another set:
 * without the index that is to blame, with another one in its place, or with
 * one more that serves the statement by a better plan.  It is taken if the whole
 * workload costs hardly more by what is sure, or no more than what is to be
 * expected.  What stays suspected is told.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "advise/move.h"
#include "miscadmin.h"

/* Share of the workload's cost that may be given for fewer suspicions. */
#define PADV_ALLAY_SHARE	0.005

/* Part of what is saved that is given where there is no time to search again. */
#define PADV_ALLAY_LIMIT	0.05

/* Part of the budget that may be given for one statement's better plan. */
#define PADV_MEND_SHARE		0.05

/* What the first search may have spent if it is to be done again. */
#define PADV_AGAIN_SHARE	0.5
#define PADV_AGAIN_EFFORT	20000.0

/* What exchanges may win back of what room for mends has cost, at best. */
#define PADV_WIN_BACK		0.05

/* How often other statements may be suspected under another set. */
#define PADV_ALLAY_ROUNDS	2

/* The best set so far. */
typedef struct Allayed
{
	Bitmapset  *set;
	double		objective;		/* with what would probably be lost */
	double		sure;			/* the same of the first set, by what is sure */
	double		fear;			/* what suspicions of the last one count */
	double		limit;			/* no more is given, whatever is feared */
	bool		clear;			/* nobody is suspected under it */
} Allayed;

/* ---- whom to be wary of ---- */

/* From now on what a statement would probably lose counts. */
static void
be_wary(PadvSearch *search, PadvStmtState *state)
{
	PadvPrice	today;

	state->sure_risk = state->base_risk;
	state->costings = NIL;
	state->wary = true;
	padv_plan_set(search, state, NULL, false, &today);
	state->base_risk = today.risk;
}

static void
be_sure(PadvStmtState *state)
{
	state->base_risk = state->sure_risk;
	state->costings = NIL;
	state->wary = false;
}

/* Is a statement probably slower under the chosen set? */
static bool
is_suspect(PadvSearch *search, PadvStmtState *state)
{
	PadvPrice	price;

	if (state->wary || state->base_cost <= 0 ||
		state->effort <= list_length(state->stmt->instances))
		return false;
	padv_price(search, state, search->chosen, &price);
	if (PADV_IDS_COUNT(price.used) == 0)
		return false;
	state->suspects = price.used;
	state->suspected = padv_suspected(search, state);
	return state->suspected > 0;
}

/* Becomes wary of all of them; false if there are no more. */
static bool
find_suspects(PadvSearch *search)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	bool		found = false;

	for (int i = 0; i < search->nstates; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_suspect(search, search->states[i]))
			continue;
		be_wary(search, search->states[i]);
		found = true;
	}
	MemoryContextSwitchTo(old);
	return found;
}

/* What the workload costs under the chosen set by what is sure. */
static double
sure_objective(PadvSearch *search)
{
	double		objective = padv_chosen_objective(search);

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		PadvPrice	price;

		if (!state->wary)
			continue;
		padv_price(search, state, search->chosen, &price);
		objective += state->weight * (price.own - state->cost);
	}
	return objective;
}

/* ---- what to add for them ---- */

/*
 * Of the candidates that could serve a statement the smallest one that, beside
 * this set, brings it a plan that is not suspected; -1: none does.
 */
static int
find_mend(PadvSearch *search, PadvStmtState *state, const Bitmapset *set)
{
	double		least = search->options.storage_budget > 0 ?
		PADV_MEND_SHARE * search->options.storage_budget : DBL_MAX;
	int			best = -1;
	int			id = -1;

	while ((id = bms_next_member(state->relevant, id)) >= 0)
	{
		Bitmapset  *with;
		PadvPrice	price;

		if (bms_is_member(id, set) ||
			search->candidates[id]->index->bytes >= least)
			continue;
		CHECK_FOR_INTERRUPTS();
		with = bms_add_member(bms_copy(set), id);
		padv_price_planned(search, state, with, &price);
		bms_free(with);
		if (padv_is_lured(state, price.own, price.risk))
			continue;
		best = id;
		least = search->candidates[id]->index->bytes;
	}
	return best;
}

/*
 * The chosen set with what mends the plans of those that are suspected.  "keep"
 * becomes all that these use.
 */
static Bitmapset *
with_mends(PadvSearch *search, Bitmapset **keep)
{
	Bitmapset  *set = bms_copy(search->chosen);

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		PadvPrice	price;
		int			id;

		if (!state->wary)
			continue;
		padv_price_planned(search, state, set, &price);
		if (!padv_is_lured(state, price.own, price.risk))
			continue;
		id = find_mend(search, state, set);
		if (id < 0)
			continue;
		*keep = bms_join(*keep, padv_ids_to_set(price.used));
		*keep = bms_add_member(*keep, id);
		set = bms_add_member(set, id);
	}
	return set;
}

/*
 * Adds what mends plans, in the place of what is worth least; false if that
 * costs far more than may be given, so that exchanges are not worth the time.
 */
static bool
mend(PadvSearch *search, List *moves, const Allayed *best)
{
	Bitmapset  *keep = NULL;
	Bitmapset  *set = with_mends(search, &keep);

	padv_choose(search, padv_make_room(search, set, keep));
	padv_grow_and_prune(search, moves);
	if (sure_objective(search) - best->sure - best->limit >
		PADV_WIN_BACK * search->objective)
		return false;
	padv_exchange_all(search, moves);
	padv_narrow(search);
	padv_note_end(search);
	return true;
}

/* ---- all of it ---- */

/* Settles, and keeps the set if it is better than what was there. */
static void
consider(PadvSearch *search, List *moves, Allayed *best)
{
	double		objective;
	double		sure;
	double		most;

	padv_settle(search, moves);
	objective = padv_chosen_objective(search);
	sure = sure_objective(search);
	most = best->sure +
		Max(PADV_ALLAY_SHARE * search->objective,
			Min((best->fear - (objective - sure)) / PADV_AVERSION,
				best->limit));
	elog(DEBUG1, "without suspicions %.4f (%.4f) of %.4f",
		 objective / search->objective,
		 sure / search->objective,
		 most / search->objective);
	if (objective >= best->objective || sure > most)
		return;
	best->set = search->chosen;
	best->objective = objective;
	best->clear = (objective <= sure);
}

/*
 * Looks for a set without those suspicions: anew, unless that would take long,
 * and by mending the one that there is.
 */
static void
look_again(PadvSearch *search, List *moves, Allayed *best)
{
	Bitmapset  *suspected = best->set;
	double		spent = search->spent;
	bool		quick = spent < Max(PADV_AGAIN_SHARE * padv_allowance(search),
									PADV_AGAIN_EFFORT);

	best->limit = quick ? DBL_MAX :
		PADV_ALLAY_LIMIT * (search->objective - best->sure);
	padv_choose(search, suspected);
	best->objective = padv_chosen_objective(search);
	best->fear = best->objective - sure_objective(search);
	best->clear = false;
	search->spent = 0;
	if (quick)
	{
		padv_search_all(search, moves);
		consider(search, moves, best);
		padv_choose(search, suspected);
	}
	if (!best->clear && mend(search, moves, best))
		consider(search, moves, best);
	search->spent += spent;
	padv_choose(search, best->set);
}

/* What is not chosen for the sake of a statement is told (advise.c). */
static void
note_refused(PadvSearch *search, const PadvStmtState *state)
{
	for (int i = 0; i < PADV_IDS_COUNT(state->suspects); i++)
	{
		int			id = state->suspects->ids[i];
		PadvCandidate *candidate = search->candidates[id];

		if (bms_is_member(id, search->chosen) || candidate->lures > 0)
			continue;
		candidate->lures = state->suspected;
		candidate->lured = state->stmt;
		candidate->unsure = true;
	}
}

/* Looks for a set by which fewer statements are suspected. */
void
padv_allay(PadvSearch *search, List *moves)
{
	Allayed		best = {.set = search->chosen};
	int			rounds = PADV_ALLAY_ROUNDS;

	best.sure = padv_chosen_objective(search);
	while (rounds-- > 0 && find_suspects(search))
		look_again(search, moves, &best);
	search->chosen = best.set;
	for (int i = 0; i < search->nstates; i++)
	{
		if (!search->states[i]->wary)
			continue;
		be_sure(search->states[i]);
		note_refused(search, search->states[i]);
	}
	padv_choose(search, best.set);
}
