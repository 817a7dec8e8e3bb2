/*-------------------------------------------------------------------------
 *
 * cost.c
 *	  What a statement costs under a set of candidates.
 *
 * Planner calls are what a search spends its time on, so each answer is kept:
 * a plan made with the candidates O that uses the candidates U is also the
 * plan for every set between U and O.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* So many times the median time for a unit of cost is not the plan's. */
#define PADV_UNUSUAL_RATE	10.0

/* One pricing, passed through padv_run_as(). */
typedef struct PriceArg
{
	PadvSearch *search;
	PadvStmtState *state;
	PadvScope	scope;
	PadvAccessArg *access;		/* of the visitor, if there is one */
	double		cost;
	double		written;		/* rows that one call writes */
	List	   *used;			/* OIDs */
} PriceArg;

/* Rows that a plan is expected to write, 0 for a query. */
static double
rows_written(const PlannedStmt *plan)
{
	if (!IsA(plan->planTree, ModifyTable) || outerPlan(plan->planTree) == NULL)
		return 0;
	return outerPlan(plan->planTree)->plan_rows;
}

/* Plans all instances; what the planner allocates goes with the scratch. */
static void
price(void *arg)
{
	PriceArg   *price_arg = arg;
	PadvSearch *search = price_arg->search;
	ListCell   *lc;

	price_arg->cost = price_arg->written = 0;
	foreach(lc, price_arg->state->stmt->instances)
	{
		PadvInstance *instance = lfirst(lc);
		PadvPlanResult result;
		MemoryContext old = MemoryContextSwitchTo(search->scratch);
		List	   *used;

		if (price_arg->access != NULL)
		{
			price_arg->access->query = instance->query;
			price_arg->access->has_params = (instance->params != NULL);
		}
		padv_whatif_plan(instance, &price_arg->scope, &result);
		search->planner_calls++;
		price_arg->cost += instance->share * result.cost;
		price_arg->written += instance->share * rows_written(result.plan);
		used = result.used;
		MemoryContextSwitchTo(search->context);
		price_arg->used = list_concat_unique_oid(price_arg->used, used);
		MemoryContextSwitchTo(old);
	}
}

/* The indexes of the scope, less those that this statement must not see. */
static List *
offer_trusted(const List *indexes, PadvStatement *stmt)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		if (padv_may_offer(lfirst(lc), stmt))
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/* Plans the statement under the scope; false when it cannot be planned. */
static bool
price_statement(PadvSearch *search, PadvStmtState *state, PriceArg *arg,
				char **reason)
{
	MemoryContext old = MemoryContextSwitchTo(search->scratch);
	bool		ok;

	CHECK_FOR_INTERRUPTS();
	arg->search = search;
	arg->state = state;
	arg->scope.add = offer_trusted(arg->scope.add, state->stmt);
	arg->scope.hide = search->hide;
	arg->used = NIL;
	ok = padv_run_as(state->stmt, price, arg, reason);
	MemoryContextSwitchTo(old);
	if (!ok)
		*reason = MemoryContextStrdup(search->context, *reason);
	MemoryContextReset(search->scratch);
	return ok;
}

static PadvCosting *
find_costing(PadvStmtState *state, const Bitmapset *set)
{
	ListCell   *lc;

	foreach(lc, state->costings)
	{
		PadvCosting *costing = lfirst(lc);

		if (bms_is_subset(costing->used, set) &&
			bms_is_subset(set, costing->offered))
			return costing;
	}
	return NULL;
}

/* Which candidates are among the indexes of a plan. */
static Bitmapset *
used_candidates(PadvSearch *search, const Bitmapset *set, List *oids)
{
	Bitmapset  *used = NULL;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
	{
		if (list_member_oid(oids, search->candidates[id]->index->oid))
			used = bms_add_member(used, id);
	}
	return used;
}

static PadvCosting *
make_costing(PadvSearch *search, PadvStmtState *state, Bitmapset *set)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	PadvCosting *costing = palloc0(sizeof(PadvCosting));
	PriceArg	arg = {0};
	List	   *indexes = list_copy(search->always);
	char	   *reason;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
		indexes = lappend(indexes, search->candidates[id]->index);
	arg.scope.add = indexes;
	costing->offered = set;
	if (price_statement(search, state, &arg, &reason))
	{
		costing->cost = arg.cost;
		costing->used = used_candidates(search, set, arg.used);
	}
	else
		costing->cost = state->base_cost;	/* no worse than now, no better */
	state->costings = lcons(costing, state->costings);
	list_free(indexes);
	MemoryContextSwitchTo(old);
	return costing;
}

/*
 * Cost of one execution, averaged over the instances, when the candidates of
 * "set" exist; *used (unless NULL) are those that the plans use.
 */
double
padv_cost(PadvSearch *search, PadvStmtState *state, const Bitmapset *set,
		  Bitmapset **used)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	Bitmapset  *relevant = bms_intersect(set, state->relevant);
	PadvCosting *costing = find_costing(state, relevant);

	MemoryContextSwitchTo(old);
	if (costing == NULL)
		costing = make_costing(search, state, relevant);
	else
		bms_free(relevant);
	if (used != NULL)
		*used = costing->used;
	return costing->cost;
}

/* Learns what the statement costs today and how it reaches its tables. */
void
padv_survey(PadvSearch *search, PadvStmtState *state)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	PadvAccessArg access = {.context = search->context};
	PriceArg	arg = {0};
	char	   *reason;

	arg.scope.add = search->always;
	arg.scope.visit = padv_access_visit;
	arg.scope.visit_arg = arg.access = &access;
	access.sampled = list_length(state->stmt->instances) > 1;
	if (price_statement(search, state, &arg, &reason))
	{
		state->base_cost = state->cost = state->best_cost = arg.cost;
		state->target_rows = state->stmt->given ?
			arg.written * state->stmt->calls : state->stmt->rows;
		state->existing = arg.used;
		state->accesses = access.accesses;
	}
	else
	{
		state->stmt->skip_code = "unsupported_shape";
		state->stmt->skip_reason = reason;
	}
	MemoryContextSwitchTo(old);
}

PadvSearch *
padv_search_start(const PadvWorkload *workload, const PadvOptions *options,
				  List *hide)
{
	PadvSearch *search = palloc0(sizeof(PadvSearch));
	ListCell   *lc;

	search->workload = workload;
	search->options = *options;
	search->context = CurrentMemoryContext;
	search->scratch = AllocSetContextCreate(CurrentMemoryContext,
											"perfadvisor planning",
											ALLOCSET_DEFAULT_SIZES);
	search->hide = hide;
	search->states = palloc0(sizeof(PadvStmtState *) *
							 Max(list_length(workload->statements), 1));
	foreach(lc, workload->statements)
	{
		PadvStmtState *state = palloc0(sizeof(PadvStmtState));

		state->stmt = lfirst(lc);
		search->states[search->nstates++] = state;
	}
	return search;
}

static int
compare_doubles(const void *a, const void *b)
{
	double		da = *(const double *) a;
	double		db = *(const double *) b;

	return da < db ? -1 : da > db;
}

/* The middle one of what the timed statements take for a unit of cost. */
static double
median_ms_per_cost(PadvSearch *search)
{
	double	   *rates = palloc(sizeof(double) * Max(search->nstates, 1));
	int			n = 0;
	double		median;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->base_cost > 0 && state->stmt->total_ms > 0)
			rates[n++] = state->stmt->total_ms /
				(state->stmt->calls * state->base_cost);
	}
	qsort(rates, n, sizeof(double), compare_doubles);
	median = n > 0 ? rates[n / 2] : 0;
	pfree(rates);
	return median;
}

/*
 * What a unit of the statement's cost weighs.  The objective is measured
 * time: a recorded statement weighs its total time per unit of its cost
 * today, a given one its weight.  But no more than several times what is
 * usual: time that was spent before an index existed, or on waiting, cannot
 * be saved by a better plan.  What was never timed is converted at the
 * average rate of the rest.
 */
static double
weight_of(const PadvSearch *search, const PadvStmtState *state, double median)
{
	double		rate = search->ms_per_cost > 0 ? search->ms_per_cost : 1.0;

	if (state->stmt->total_ms > 0)
		rate = Min(state->stmt->total_ms /
				   (state->stmt->calls * state->base_cost),
				   PADV_UNUSUAL_RATE * median);
	return state->stmt->calls * rate;
}

/* Surveys all statements and weighs them. */
void
padv_set_weights(PadvSearch *search)
{
	double		total_ms = 0;
	double		total_cost = 0;
	double		median;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->stmt->skip_code == NULL)
			padv_survey(search, state);
		if (state->base_cost > 0 && state->stmt->total_ms > 0)
		{
			total_ms += state->stmt->total_ms;
			total_cost += state->base_cost * state->stmt->calls;
		}
	}
	search->ms_per_cost = total_cost > 0 ? total_ms / total_cost : 0;
	median = median_ms_per_cost(search);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->base_cost <= 0)
			continue;
		state->weight = weight_of(search, state, median);
		search->objective += state->weight * state->base_cost;
	}
}
