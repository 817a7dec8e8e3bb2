/*-------------------------------------------------------------------------
 *
 * survey.c
 *	  What a search knows when it starts.
 *
 * Each statement is planned as things are: what it costs today, which indexes
 * it uses, how it reaches its tables, and whether a sample contradicts what
 * the planner takes for granted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/planning.h"
#include "utils/memutils.h"

/* So many times the least cost of an instance, and values make a difference. */
#define PADV_UNEVEN			10.0

/* Collects what the statement asks of one of its tables. */
static void
survey_visit(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte,
			 void *arg)
{
	PadvSurvey *survey = arg;

	padv_access_visit(root, rel, rti, rte, &survey->access);
	padv_note_conditions(root, rel, rti, rte, survey);
	if (survey->groups != NULL)
		padv_note_groups(root, rel, rti, rte, survey->stmt, survey->groups);
}

/* Where a sample contradicts the planner, today's plan takes more as well. */
static void
judge(PadvSearch *search, PadvStmtState *state, PadvSurvey *survey)
{
	PadvPlanning arg = {0};
	char	   *reason;

	if (survey->conditions == NIL ||
		!padv_run_as(state->stmt, padv_judge_conditions, survey, &reason) ||
		survey->judged == NIL)
		return;
	state->judged = survey->judged;
	arg.scope.add = search->always;
	arg.scope.orders = padv_is_dear(state) ? &state->orders : NULL;
	arg.scope.known_orders = true;
	if (padv_plan_statement(search, state, &arg, &reason))
	{
		state->base_risk = arg.risk;
		if (!padv_is_dear(state))
			state->base_cost = state->cost = state->best_cost = arg.cost;
	}
}

/* Learns what the statement costs today and how it reaches its tables. */
void
padv_survey(PadvSearch *search, PadvStmtState *state)
{
	MemoryContext old = MemoryContextSwitchTo(search->context);
	PadvSurvey	survey = {.access.context = search->context,
	.stmt = state->stmt, .groups = search->groups};
	PadvPlanning arg = {0};
	char	   *reason;

	arg.scope.add = search->always;
	arg.scope.orders = &state->orders;
	arg.scope.visit = survey_visit;
	arg.scope.visit_arg = &survey;
	arg.access = &survey.access;
	survey.access.sampled = list_length(state->stmt->instances) > 1;
	if (padv_plan_statement(search, state, &arg, &reason))
	{
		state->base_cost = state->cost = state->best_cost = arg.cost;
		state->base_risk = arg.risk;
		state->target_rows = state->stmt->given ?
			arg.written * state->stmt->calls : state->stmt->rows;
		state->part_rows = arg.part_written * state->stmt->calls;
		state->uneven = arg.most > PADV_UNEVEN * Max(arg.least, 1.0);
		state->existing = arg.used;
		state->accesses = survey.access.accesses;
		state->effort = arg.effort;
		search->effort += arg.effort;
		judge(search, state, &survey);
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
	INSTR_TIME_SET_CURRENT(search->started);
	search->states = palloc0(sizeof(PadvStmtState *) *
							 Max(list_length(workload->statements), 1));
	foreach(lc, workload->statements)
	{
		PadvStmtState *state = palloc0(sizeof(PadvStmtState));

		state->stmt = lfirst(lc);
		state->number = search->nstates;
		state->orders.context = search->context;
		state->ways.context = search->context;
		search->states[search->nstates++] = state;
	}
	return search;
}
