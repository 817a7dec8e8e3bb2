/*-------------------------------------------------------------------------
 *
 * droptrial.c
 *	  Which real indexes can go without any statement missing them.
 *
 * There may be tens of thousands to ask about, of which few are in a plan of
 * any statement: only for those, statements are planned again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "base/oidset.h"
#include "miscadmin.h"

/* A change of cost below this share is none. */
#define PADV_SAME_COST		0.005

bool
padv_is_dearer(double cost, double than)
{
	return cost > than * (1.0 + PADV_SAME_COST);
}

/*
 * Does a statement whose plan uses the index get dearer without it, or can it
 * not be told, since planning it fails or takes too long by now?  If none does, it stays hidden, and the plans are those without it from now on; what
 * they use instead is added to "used".
 */
static bool
is_needed(PadvSearch *search, Oid indexoid, const double *costs, PadvOidSet *used)
{
	bool		needed = false;

	search->hide = lappend_oid(search->hide, indexoid);
	if (!padv_oidset_has(used, indexoid))
		return false;
	for (int i = 0; i < search->nstates && !needed; i++)
	{
		PadvStmtState *state = search->states[i];

		if (!list_member_oid(state->existing, indexoid))
			continue;
		CHECK_FOR_INTERRUPTS();
		padv_survey(search, state);
		padv_oidset_add_list(used, state->existing);
		needed = state->stmt->skip_code != NULL ||
			padv_is_dearer(state->base_cost, costs[i]);
	}
	if (!needed)
		return false;
	search->hide = list_delete_last(search->hide);
	for (int i = 0; i < search->nstates; i++)
	{
		if (costs[i] != search->states[i]->base_cost)
			padv_survey(search, search->states[i]);
	}
	return true;
}

/* Looked up only where something is written: it opens the table. */
static double
upkeep_of(const PadvSearch *search, PadvOidSet *written, const PadvDropTrial *trial)
{
	ListCell   *lc;

	if (!padv_oidset_has(written, trial->relid))
		return 0;
	foreach(lc, padv_index_list(trial->relid))
	{
		const PadvIndex *index = lfirst(lc);

		if (index->oid == trial->indexoid)
			return padv_upkeep_ms_of(search, index);
	}
	return 0;
}

/* The tables that the workload writes to. */
static PadvOidSet *
written_tables(const PadvSearch *search)
{
	HTAB	   *set = padv_oidset_make();
	ListCell   *lc;

	foreach(lc, search->writers)
		(void) padv_oidset_add(set, ((PadvStmtState *) lfirst(lc))->target);
	return set;
}

void
padv_try_drops(const PadvWorkload *workload, List *trials, List *with)
{
	PadvOptions options = {0};
	PadvSearch *search = padv_search_start(workload, &options, NIL);
	HTAB	   *used = padv_oidset_make();
	HTAB	   *written;
	double	   *costs;
	ListCell   *lc;

	search->always = with;
	padv_set_weights(search);
	written = written_tables(search);
	costs = palloc(sizeof(double) * Max(search->nstates, 1));
	for (int i = 0; i < search->nstates; i++)
	{
		costs[i] = search->states[i]->base_cost;
		padv_oidset_add_list(used, search->states[i]->existing);
	}
	foreach(lc, trials)
	{
		PadvDropTrial *trial = lfirst(lc);

		trial->needed = is_needed(search, trial->indexoid, costs, used);
		trial->upkeep_ms = upkeep_of(search, written, trial);
	}
	hash_destroy(used);
	hash_destroy(written);
}
