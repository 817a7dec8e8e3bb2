/*-------------------------------------------------------------------------
 *
 * cost.c
 *	  What a statement costs under a set of candidates.
 *
 * Planner calls are what a search spends its time on, so each answer is kept:
 * a plan made with the candidates O that uses the candidates U is also the
 * plan for every set between U and O.  For other sets the answers are bounds:
 * a set that contains U costs no more, a subset of O no less.  Where the bounds
 * are close enough for what the statement weighs, nothing is planned.
 *
 * The planner knows nothing of the doubts about its plans (planindexes.c), and
 * with more indexes it may choose one of more doubt.  So no set costs less than
 * the planner thinks that a larger one does, doubts left out.
 *
 * Joins of many tables are planned in every order only as they are today, with
 * few candidates before the search (sift.c), with the set that a search under a
 * budget is to improve (select.c), and for what is told in the end.
 * In between the orders of the plans made so far have to do, which is an
 * estimate and never too low.
 *
 * What a plan takes that the planner does not see (risk.c) is kept beside its
 * cost.  It has no bounds, and counts only where the planner is lured.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "advise/advise_private.h"
#include "advise/planning.h"
#include "utils/memutils.h"

/* Plannings that a search may do before it becomes content with less. */
#define PADV_ALLOWED_ROUNDS 6.0
#define PADV_ALLOWED_EFFORT 20000.0

/* More of them, up to so many in all, before it is content. */
#define PADV_JOINS_ROUNDS	20.0
#define PADV_JOINS_EFFORT	70000.0

/* Shares of the objective that need not be known: at any time, in the end. */
#define PADV_SURE_SHARE		0.000005
#define PADV_UNSURE_SHARE	0.05

/* By how much that grows with each allowance more that is spent. */
#define PADV_HURRY			50.0

/* Planning takes so much for a statement whose join orders are kept. */
#define PADV_DEAR_EFFORT	60.0

/* Paths whose costs differ by less are as good as equal for the planner. */
#define PADV_FUZZ			1.01

/* Which candidates are among the indexes of a plan. */
static PadvIds *
used_candidates(PadvSearch *search, const PadvIds *set, List *oids)
{
	Bitmapset  *used = NULL;
	PadvIds    *result;

	for (int i = 0; i < PADV_IDS_COUNT(set); i++)
	{
		int			id = set->ids[i];

		if (list_member_oid(oids, search->candidates[id]->index->oid))
			used = bms_add_member(used, id);
	}
	if (used == NULL)
		return NULL;
	result = padv_ids_from_set(used);
	bms_free(used);
	return result;
}

/*
 * Is a plan so much slower than today's that the planner must have been lured
 * into it?
 */
bool
padv_is_lured(const PadvStmtState *state, double cost, double risk)
{
	return cost + risk >
		PADV_LURED * (state->base_cost + state->base_risk);
}

/*
 * What a plan counts in the search.  The planner's own costs are compared,
 * except where it is lured: then what the statement would lose counts many
 * times, since nobody forgives an advice that makes a statement slower.
 */
static double
counted(const PadvStmtState *state, double cost, double risk)
{
	double		loss = cost + risk - state->base_cost - state->base_risk;

	if (!padv_is_lured(state, cost, risk))
		return cost;
	return Max(state->base_cost +
			   (state->wary ? PADV_LIKELIHOOD : 1.0) * PADV_AVERSION * loss,
			   cost);
}

/*
 * Notes which candidate a statement was lured by, where it is the only one
 * that can be to blame: those chosen are not.
 */
static void
note_lure(PadvSearch *search, PadvStmtState *state, const PadvPrice *price)
{
	double		times = (price->own + price->risk) /
		Max(state->base_cost + state->base_risk, 1.0);
	PadvCandidate *candidate;
	int			new = -1;

	if (search->suspicious || state->wary ||
		!padv_is_lured(state, price->own, price->risk))
		return;
	for (int i = 0; i < PADV_IDS_COUNT(price->used); i++)
	{
		int			id = price->used->ids[i];

		if (bms_is_member(id, search->chosen))
			continue;
		if (new >= 0)
			return;
		new = id;
	}
	if (new < 0)
		return;
	candidate = search->candidates[new];
	if (times > candidate->lures)
	{
		candidate->lures = times;
		candidate->lured = state->stmt;
	}
}

/* Does planning the statement in every join order take long? */
bool
padv_is_dear(const PadvStmtState *state)
{
	return state->effort >
		PADV_DEAR_EFFORT * list_length(state->stmt->instances);
}

static void
plan_exactly(PadvSearch *search, PadvStmtState *state, const PadvIds *set,
			 bool sure, PadvPrice *price)
{
	PadvPlanning arg = {0};
	List	   *indexes = list_copy(search->always);
	char	   *reason;

	for (int i = 0; i < PADV_IDS_COUNT(set); i++)
		indexes = lappend(indexes, search->candidates[set->ids[i]]->index);
	arg.scope.add = indexes;
	arg.scope.orders = padv_is_dear(state) ? &state->orders : NULL;
	arg.scope.known_orders = !sure;
	price->used = NULL;
	if (padv_plan_statement(search, state, &arg, &reason))
	{
		price->own = arg.cost;
		price->low = arg.planner_cost;
		price->risk = arg.risk;
		price->used = used_candidates(search, set, arg.used);
	}
	else
	{
		/* no worse than now, no better */
		price->own = price->low = state->base_cost;
		price->risk = state->base_risk;
	}
	price->cost = counted(state, price->own, price->risk);
	list_free(indexes);
	list_free(arg.used);
}

/*
 * Of two plans that cost nearly the same, the planner takes either, by which of
 * them it has seen first.  Would it be lured without one of the indexes that the
 * plan uses, at hardly more or even less, then it may be lured as well with it.
 */
static void
be_wary_of_ties(PadvSearch *search, PadvStmtState *state, const PadvIds *set,
				PadvPrice *price)
{
	const PadvIds *used = price->used;

	for (int i = 0; i < PADV_IDS_COUNT(used); i++)
	{
		Bitmapset  *rest = bms_del_member(padv_ids_to_set(set), used->ids[i]);
		PadvIds    *less = padv_ids_from_set(rest);
		PadvPrice	other;

		plan_exactly(search, state, less, false, &other);
		bms_free(rest);
		pfree(less);
		if (other.own > price->own * PADV_FUZZ ||
			!padv_is_lured(state, other.own, other.risk))
			continue;
		other.low = Min(other.low, price->low);
		*price = other;
		return;
	}
}

/*
 * Plans with exactly these candidates, and keeps nothing of it; unless it must
 * be sure, perhaps in known join orders alone.
 */
void
padv_plan_set(PadvSearch *search, PadvStmtState *state, const PadvIds *set,
			  bool sure, PadvPrice *price)
{
	plan_exactly(search, state, set, sure, price);
	if (state->wary && !padv_is_lured(state, price->own, price->risk))
		be_wary_of_ties(search, state, set, price);
	note_lure(search, state, price);
}

/*
 * How many times as much as today a statement may take under the chosen set,
 * by what is likely and not sure (suspect.c); 0: hardly more.
 */
double
padv_suspected(PadvSearch *search, PadvStmtState *state)
{
	PadvIds    *relevant = padv_ids_in_both(state->relevant, search->chosen);
	PadvPrice	today;
	PadvPrice	then;
	double		times;

	search->suspicious = true;
	padv_plan_set(search, state, NULL, false, &today);
	padv_plan_set(search, state, relevant, false, &then);
	search->suspicious = false;
	pfree(relevant);
	times = (then.own + then.risk) / Max(today.own + today.risk, 1.0);
	return times > PADV_LURED ? times : 0;
}

/* Keeps what a statement costs with these candidates; takes over the sets. */
void
padv_keep_costing(PadvSearch *search, PadvStmtState *state,
				  PadvIds *offered, const PadvPrice *price, bool sure)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	PadvCosting *costing = palloc(sizeof(PadvCosting));

	costing->offered = offered;
	costing->used = price->used;
	costing->cost = price->own;
	costing->low = price->low;
	costing->risk = price->risk;
	costing->sure = sure || !padv_is_dear(state);
	state->costings = lcons(costing, state->costings);
	MemoryContextSwitchTo(old);
}

/*
 * What is known of the cost without planning, for sure or by estimates as well.
 * Whoever offers more cannot cost more, and a plan is there for all sets that
 * have what it uses.  That holds for the planner's own costs; what it is lured
 * into is added at the end, for the plan that gives the upper bound.
 */
static void
find_bounds(PadvStmtState *state, const PadvIds *set, bool sure,
			PadvPrice *price)
{
	ListCell   *lc;

	price->own = state->base_cost;
	price->risk = state->base_risk;
	price->low = 0;
	price->used = NULL;
	foreach(lc, state->costings)
	{
		PadvCosting *costing = lfirst(lc);
		bool		feasible = padv_ids_within(costing->used, set);
		bool		all = (costing->sure || !sure) &&
			padv_ids_within(set, costing->offered);

		if (feasible && (all || costing->cost < price->own))
		{
			price->own = costing->cost;
			price->risk = costing->risk;
			price->used = costing->used;
		}
		if (all)
			price->low = Max(price->low, costing->low);
		if (feasible && all)
		{
			price->cost = price->low = counted(state, price->own, price->risk);
			return;
		}
	}
	price->low = Min(price->low, price->own);
	price->cost = counted(state, price->own, price->risk);
}

void
padv_bounds(PadvStmtState *state, const PadvIds *set, PadvPrice *price)
{
	find_bounds(state, set, false, price);
}

/*
 * Effort that a search may spend before it becomes content with less: so many
 * plannings of the whole workload, or so many plannings in all; more rounds
 * where they are still few plannings.
 */
double
padv_allowance(const PadvSearch *search)
{
	return Max(PADV_ALLOWED_ROUNDS * search->effort,
			   Max(PADV_ALLOWED_EFFORT,
				   Min(PADV_JOINS_ROUNDS * search->effort,
					   PADV_JOINS_EFFORT)));
}

/*
 * How much of the objective may stay unknown before the statement is planned.
 * At first next to nothing; the more was spent, the more, and for a statement
 * in proportion to what planning it takes: where planning is dear and the
 * statement's part in the whole is small, bounds have to do.  Effort is counted
 * and not timed, so that equal inputs lead to equal advice.
 */
static double
tolerance(const PadvSearch *search, const PadvStmtState *state)
{
	double		spent = search->spent / padv_allowance(search);
	double		unsure = PADV_UNSURE_SHARE * spent * spent;

	/* beyond the allowance it soon becomes content with anything */
	if (spent > 1.0)
		unsure *= pow(PADV_HURRY, spent - 1.0);
	return search->objective *
		(PADV_SURE_SHARE + unsure * state->effort / Max(search->effort, 1.0));
}

/*
 * Cost of one execution, averaged over the instances, when the candidates of
 * "set" exist; planned unless it is known well enough.
 */
static void
price_within(PadvSearch *search, PadvStmtState *state, const Bitmapset *set,
			 double allowed, bool sure, PadvPrice *price)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	PadvIds    *relevant = padv_ids_in_both(state->relevant, set);

	find_bounds(state, relevant, sure, price);
	if (price->low < price->own &&
		(price->own - price->low) * state->weight >= allowed)
	{
		padv_plan_set(search, state, relevant, sure, price);
		padv_keep_costing(search, state, relevant, price, sure);
		price->low = price->cost;
	}
	else
		pfree(relevant);
	MemoryContextSwitchTo(old);
}

void
padv_price(PadvSearch *search, PadvStmtState *state, const Bitmapset *set,
		   PadvPrice *price)
{
	price_within(search, state, set, tolerance(search, state), false, price);
}

/*
 * The same by a plan and not by bounds, though where planning is dear by one in
 * known join orders.
 */
void
padv_price_planned(PadvSearch *search, PadvStmtState *state,
				   const Bitmapset *set, PadvPrice *price)
{
	price_within(search, state, set, 0, false, price);
}

/* The same without any doubt. */
void
padv_price_surely(PadvSearch *search, PadvStmtState *state,
				  const Bitmapset *set, PadvPrice *price)
{
	price_within(search, state, set, 0, true, price);
}

/* The planner's own cost without any doubt. */
double
padv_cost(PadvSearch *search, PadvStmtState *state, const Bitmapset *set)
{
	PadvPrice	price;

	padv_price_surely(search, state, set, &price);
	return price.own;
}

/* What the statement would cost without some more of the real indexes. */
double
padv_cost_hiding(PadvSearch *search, PadvStmtState *state, List *hide)
{
	List	   *hidden = search->hide;
	PadvPlanning arg = {0};
	char	   *reason;
	bool		ok;

	arg.scope.add = search->always;
	search->hide = list_concat_copy(hidden, hide);
	ok = padv_plan_statement(search, state, &arg, &reason);
	search->hide = hidden;
	return ok ? arg.cost : state->base_cost;
}
