/*-------------------------------------------------------------------------
 *
 * advise.c
 *	  From a workload to a set of advice.
 *
 * What a chosen index saves is told statement by statement: the statement's
 * gain under the whole set is divided among the advised indexes of its plan
 * in proportion to what it would lose without each, so that the savings of
 * all advice add up to the saving of the set.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "utils/guc.h"
#include "utils/memutils.h"

/* What each of "used" contributes, roughly; shares sum to 1. */
static double *
contributions(PadvSearch *search, PadvStmtState *state, const PadvIds *used)
{
	double	   *shares = palloc(sizeof(double) * used->n);
	double		sum = 0;

	if (used->n == 1)
	{
		shares[0] = 1.0;
		return shares;
	}
	for (int i = 0; i < used->n; i++)
	{
		Bitmapset  *rest = bms_del_member(bms_copy(search->chosen),
										  used->ids[i]);
		PadvPrice	price;

		padv_price(search, state, rest, &price);
		shares[i] = Max(price.own - state->cost, 0);
		sum += shares[i];
		bms_free(rest);
	}
	for (int i = 0; i < used->n; i++)
		shares[i] = sum > 0 ? shares[i] / sum : 1.0 / used->n;
	return shares;
}

/* How many times as much as today a lured statement takes, or 0. */
static double
times_slower(const PadvStmtState *state, const PadvPrice *price)
{
	if (!padv_is_lured(state, price->own, price->risk))
		return 0;
	return (price->own + price->risk) /
		Max(state->base_cost + state->base_risk, 1.0);
}

/* Adds one statement to the advice of the indexes that its plan uses. */
static void
attribute(PadvSearch *search, PadvStmtState *state, bool surely,
		  PadvAdvice **advice)
{
	PadvPrice	price;
	const PadvIds *used;
	double	   *shares;
	double		calls = state->stmt->calls;
	double		gain;
	double		suspected = 0;

	if (state->base_cost <= 0)
		return;
	if (surely)
		padv_price_surely(search, state, search->chosen, &price);
	else
		padv_price_planned(search, state, search->chosen, &price);
	state->cost = price.own;
	used = price.used;
	if (PADV_IDS_COUNT(used) == 0)
		return;
	if (surely && state->effort > list_length(state->stmt->instances))
		suspected = padv_suspected(search, state);
	gain = state->base_cost - state->cost;
	shares = contributions(search, state, used);
	for (int i = 0; i < used->n; i++)
	{
		PadvAdvice *one = advice[used->ids[i]];

		one->statements = lappend(one->statements, state->stmt);
		one->slower_times = Max(one->slower_times,
								times_slower(state, &price));
		one->suspected_times = Max(one->suspected_times, suspected);
		one->calls += calls;
		one->cost_before += calls * state->base_cost;
		one->cost_after += calls * (state->base_cost - gain * shares[i]);
		if (search->ms_per_cost > 0)
			one->saved_ms += state->weight * gain * shares[i];
	}
	pfree(shares);
}

/* Real indexes that the new one covers. */
static List *
replaced_by(const PadvIndex *index)
{
	List	   *replaced = NIL;
	ListCell   *lc;

	foreach(lc, padv_index_list(index->relid))
	{
		PadvIndex  *have = lfirst(lc);

		if (!have->unique && padv_index_covers(index, have))
			replaced = lappend(replaced, have);
	}
	return replaced;
}

static double *
upkeep_of_each(PadvSearch *search, const List *indexes)
{
	double	   *ms = palloc0(sizeof(double) * Max(list_length(indexes), 1));
	ListCell   *lc;

	foreach(lc, indexes)
		ms[foreach_current_index(lc)] = padv_upkeep_ms_of(search, lfirst(lc));
	return ms;
}

/* Most time saved first, then most cost; the definition decides the rest. */
static int
compare_advice(const ListCell *a, const ListCell *b)
{
	const PadvAdvice *aa = lfirst(a);
	const PadvAdvice *ab = lfirst(b);
	double		ms_a = aa->saved_ms - aa->upkeep_ms;
	double		ms_b = ab->saved_ms - ab->upkeep_ms;
	double		cost_a = aa->cost_before - aa->cost_after;
	double		cost_b = ab->cost_before - ab->cost_after;

	if (ms_a != ms_b)
		return ms_a > ms_b ? -1 : 1;
	if (cost_a != cost_b)
		return cost_a > cost_b ? -1 : 1;
	return strcmp(padv_index_describe(aa->index),
				  padv_index_describe(ab->index));
}

double
padv_advice_improvement(const PadvAdvice *advice)
{
	return advice->cost_before <= 0 ? 0 :
		100.0 * (advice->cost_before - advice->cost_after) /
		advice->cost_before;
}

/* Of the candidates that start like the advised one, what lures the most. */
static void
note_refused(PadvSearch *search, PadvAdvice *advice)
{
	for (int id = 0; id < search->ncandidates; id++)
	{
		const PadvCandidate *other = search->candidates[id];

		if (other->lures <= advice->refused_times ||
			bms_is_member(id, search->chosen) ||
			other->index->relid != advice->index->relid ||
			!padv_same_col(&other->index->cols[0], &advice->index->cols[0]))
			continue;
		advice->refused = other->index;
		advice->refused_times = other->lures;
		advice->refused_unsure = other->unsure;
	}
}

/* The advice for the chosen set, with what each contributes. */
static List *
tell(PadvSearch *search, bool surely)
{
	PadvAdvice **advice = palloc0(sizeof(PadvAdvice *) *
								  Max(search->ncandidates, 1));
	List	   *result = NIL;
	int			id = -1;

	while ((id = bms_next_member(search->chosen, id)) >= 0)
	{
		PadvCandidate *candidate = search->candidates[id];

		advice[id] = palloc0(sizeof(PadvAdvice));
		advice[id]->index = candidate->index;
		advice[id]->replaces = replaced_by(candidate->index);
		advice[id]->replaced_ms = upkeep_of_each(search, advice[id]->replaces);
		note_refused(search, advice[id]);
		advice[id]->dismissed = padv_refused_part(search, candidate->index);
	}
	padv_tell_upkeep(search, advice);
	for (int i = 0; i < search->nstates; i++)
		attribute(search, search->states[i], surely, advice);
	id = -1;
	while ((id = bms_next_member(search->chosen, id)) >= 0)
	{
		/* what no plan uses is never recommended */
		if (advice[id]->statements == NIL)
			continue;
		advice[id]->pending_pages = padv_pending_pages(search, advice[id]);
		result = lappend(result, advice[id]);
	}
	return result;
}

/* What the advice saves in units of the objective, upkeep taken off. */
static double
net_saving(const PadvSearch *search, const PadvAdvice *advice)
{
	if (search->ms_per_cost > 0)
		return advice->saved_ms - advice->upkeep_ms;
	return advice->cost_before - advice->cost_after - advice->upkeep_cost;
}

/*
 * Of the advice on each table that which improves its statements least, where
 * that is not enough.
 */
static List *
not_enough(PadvSearch *search, List *advices)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, advices)
	{
		PadvAdvice *advice = lfirst(lc);
		double		pct = padv_advice_improvement(advice);
		ListCell   *lr;

		if (padv_is_enough(search, net_saving(search, advice), pct))
			continue;
		foreach(lr, result)
		{
			PadvAdvice *other = lfirst(lr);

			if (other->index->relid != advice->index->relid)
				continue;
			if (pct < padv_advice_improvement(other))
				lfirst(lr) = advice;
			break;
		}
		if (lr == NULL)
			result = lappend(result, advice);
	}
	return result;
}

/*
 * All advice is worth it by itself; where a plan has divided its gain so that
 * one is not, that one goes, and the rest is told anew.
 */
static List *
tell_worthwhile(PadvSearch *search, bool surely)
{
	for (;;)
	{
		List	   *result = tell(search, surely);
		List	   *poor = not_enough(search, result);

		if (poor == NIL)
			return result;
		for (int id = search->ncandidates - 1; id >= 0; id--)
		{
			ListCell   *lc;

			foreach(lc, poor)
			{
				if (search->candidates[id]->index == ((PadvAdvice *) lfirst(lc))->index)
					padv_drop_chosen(search, id);
			}
		}
	}
}

/*
 * What is not worth it by estimates goes first, so that joins of many tables
 * are planned in every order for few sets.
 */
static List *
make_advice(PadvSearch *search)
{
	List	   *result;

	padv_drop_parts(search);
	(void) tell_worthwhile(search, false);
	padv_drop_lures(search);
	result = tell_worthwhile(search, true);
	list_sort(result, compare_advice);
	return result;
}

static void
sum_up(PadvSearch *search, PadvAdviceSet *set)
{
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		/* asking does not make what is asked about less important */
		if (!padv_asks_us(state->stmt))
			set->total_ms += state->stmt->total_ms;
		set->total_cost += state->stmt->calls * state->base_cost;
		set->total_cost_after += state->stmt->calls * state->cost;
	}
	set->ms_per_cost = search->ms_per_cost;
	set->candidates = search->made;
	set->planner_calls = search->planner_calls;
}

/*
 * A session that forbids sequential scans pays a fine for each of them in its
 * plans, beside which any index is a gain; the application pays none.
 * AtEOXact_GUC() takes it back, at an error the end of the transaction.
 */
static int
allow_scans(void)
{
	int			nestlevel = NewGUCNestLevel();

	(void) set_config_option("enable_seqscan", "on", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return nestlevel;
}

PadvAdviceSet *
padv_advise(const PadvWorkload *workload, const PadvOptions *options)
{
	PadvAdviceSet *set = palloc0(sizeof(PadvAdviceSet));
	PadvSearch *search = padv_search_start(workload, options, NIL);
	PadvColumnGroups noted = {.context = CurrentMemoryContext};
	int			nestlevel = allow_scans();

	search->groups = &noted;
	padv_set_weights(search);
	padv_make_candidates(search);
	if (options->refused != NIL)
		padv_refuse(search);
	padv_sift(search);
	padv_note_served(search);
	padv_select(search);
	set->advice = make_advice(search);
	if (options->explain)
		set->why_not = padv_explain_rest(search, set->advice);
	sum_up(search, set);
	set->groups = noted.groups;
	AtEOXact_GUC(false, nestlevel);
	return set;
}
