/*-------------------------------------------------------------------------
 *
 * planning.c
 *	  What a statement costs when it is planned once more.
 *
 * A statement stands for its instances, the sets of values that it was seen
 * with.  All are planned, with the rights of whoever ran it (limits.c), with
 * the indexes that it may be shown.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "advise/planning.h"
#include "base/compat.h"
#include "base/guc.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* What looking at a way to join costs beside a planner call's other work. */
#define PADV_JOIN_EFFORT	0.1

/* Rows that a plan is expected to write, 0 for a query. */
static double
rows_written(const Plan *plan)
{
	if (plan == NULL || !IsA(plan, ModifyTable) || outerPlan(plan) == NULL)
		return 0;
	return outerPlan(plan)->plan_rows;
}

/* The same of the writes in a statement's WITH clause. */
static double
rows_written_below(const PlannedStmt *stmt)
{
	double		rows = 0;
	ListCell   *lc;

	if (!stmt->hasModifyingCTE)
		return 0;
	foreach(lc, stmt->subplans)
		rows += rows_written(lfirst(lc));
	return rows;
}

/* Plans all instances; what the planner allocates goes with the scratch. */
static void
price(void *arg)
{
	PadvPlanning *planning = arg;
	PadvSearch *search = planning->search;
	ListCell   *lc;

	planning->cost = planning->planner_cost = planning->most = 0;
	planning->risk = 0;
	planning->written = planning->part_written = planning->effort = 0;
	planning->least = DBL_MAX;
	foreach(lc, planning->state->stmt->instances)
	{
		PadvInstance *instance = lfirst(lc);
		PadvPlanResult result;
		MemoryContext old = MemoryContextSwitchTo(search->scratch);
		List	   *used;

		if (planning->access != NULL)
		{
			planning->access->query = instance->query;
			planning->access->has_params = (instance->params != NULL);
		}
		padv_whatif_plan(instance, &planning->scope, &result);
		search->planner_calls++;
		planning->effort += 1.0 + PADV_JOIN_EFFORT * result.joins;
		planning->planner_cost += instance->share * result.cost;
		/* where bytes are short, the planner's own figures are compared */
		if (search->options.storage_budget <= 0)
			result.cost += result.doubt;
		planning->cost += instance->share * result.cost;
		planning->risk += instance->share * result.risk;
		planning->least = Min(planning->least, result.cost);
		planning->most = Max(planning->most, result.cost);
		planning->written += instance->share *
			rows_written(result.plan->planTree);
		planning->part_written += instance->share *
			rows_written_below(result.plan);
		used = result.used;
		MemoryContextSwitchTo(search->context);
		planning->used = list_concat_unique_oid(planning->used, used);
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

/* Whoever waits for long hears of it. */
static void
report_progress(PadvSearch *search)
{
	instr_time	now;
	double		elapsed;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, search->started);
	elapsed = INSTR_TIME_GET_MILLISEC(now);
	if (padv_progress_interval == 0 ||
		elapsed < search->told_ms + padv_progress_interval)
		return;
	search->told_ms = elapsed;
	ereport(NOTICE,
			(errmsg("advice is being worked out for %.0f seconds: %d statements, %lld planner calls so far",
					elapsed / 1000.0, search->nstates,
					(long long) search->planner_calls)));
}

bool
padv_plan_statement(PadvSearch *search, PadvStmtState *state,
					PadvPlanning *planning, char **reason)
{
	MemoryContext old = MemoryContextSwitchTo(search->scratch);
	bool		ok;

	CHECK_FOR_INTERRUPTS();
	report_progress(search);
	planning->search = search;
	planning->state = state;
	planning->scope.add = offer_trusted(planning->scope.add, state->stmt);
	planning->scope.hide = search->hide;
	planning->scope.judged = state->judged;
	planning->scope.ways = &state->ways;
	planning->scope.suspicious = search->suspicious || state->wary;
	planning->scope.harmless = PADV_LURED * (state->base_cost + state->base_risk);
	planning->used = NIL;
	ok = padv_run_as(state->stmt, price, planning, reason);
	search->spent += planning->effort;
	MemoryContextSwitchTo(old);
	if (!ok)
		*reason = MemoryContextStrdup(search->context, *reason);
	MemoryContextReset(search->scratch);
	return ok;
}
