/*-------------------------------------------------------------------------
 *
 * walkorder.c
 *	  Sorts and groupings, as far as they are by columns of tables.
 *
 * A sort is told if the statement asked for it.  One that only feeds a merge
 * join, or a grouping by the same columns, is the planner's own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_index.h"
#include "collect/collect_private.h"
#include "nodes/pg_list.h"
#include "utils/rel.h"

/* The columns that a node sorts by. */
typedef struct SortKeys
{
	int			n;
	AttrNumber *columns;
	Oid		   *operators;
	bool	   *nulls_first;
} SortKeys;

/* An output column of this node as a fact. */
static void
add_column(PadvWalk *walk, PlanState *ps, AttrNumber column, PadvRole role,
		   Oid opno, PadvLater later, bool nulls_first, const PadvRows *rows)
{
	TargetEntry *tle = list_nth(ps->plan->targetlist, column - 1);
	Node	   *expr = padv_target_resolve(walk, ps, (Node *) tle->expr);
	PadvTarget	target;

	if (expr != NULL && padv_target_describe(walk, expr, false, &target) &&
		(target.attno != 0 || target.text != NULL))
		padv_fact_add(walk, ps, &target, role, PADV_TEST_ASC, opno, later,
					  nulls_first, rows->in, rows->out);
}

/* ---- groupings ---- */

static void
add_groups(PadvWalk *walk, PlanState *ps, int n, AttrNumber *columns)
{
	PlanState  *child = outerPlanState(ps);
	PadvRows	rows = {.in = padv_node_rows(child), .out = padv_node_rows(ps)};

	for (int i = 0; i < n; i++)
		add_column(walk, child, columns[i], PADV_ROLE_GROUP, InvalidOid,
				   PADV_LATER_NOTHING, false, &rows);
}

/* The arguments of min() and max(), which an index could give in order. */
static void
add_aggregates(PadvWalk *walk, PlanState *ps)
{
	PlanState  *child = outerPlanState(ps);
	PadvRows	rows = {.in = padv_node_rows(child), .out = padv_node_rows(ps)};
	ListCell   *lc;

	foreach(lc, ((AggState *) ps)->aggs)
	{
		Aggref	   *aggref = lfirst_node(Aggref, lc);
		PadvTarget	target;
		Node	   *expr;

		if (list_length(aggref->args) != 1)
			continue;
		expr = (Node *) linitial_node(TargetEntry, aggref->args)->expr;
		expr = padv_target_resolve(walk, ps, expr);
		if (expr != NULL && padv_target_describe(walk, expr, false, &target) &&
			(target.attno != 0 || target.text != NULL))
			padv_fact_add(walk, ps, &target, PADV_ROLE_SORT, PADV_TEST_ASC,
						  aggref->aggfnoid, PADV_LATER_AGGREGATE, false,
						  rows.in, rows.out);
	}
}

/* Does an index scan give its first column from large to small? */
static bool
scans_descending(PlanState *ps)
{
	Relation	index;
	ScanDirection direction;

	if (IsA(ps, IndexOnlyScanState))
	{
		index = ((IndexOnlyScanState *) ps)->ioss_RelationDesc;
		direction = ((IndexOnlyScan *) ps->plan)->indexorderdir;
	}
	else
	{
		index = ((IndexScanState *) ps)->iss_RelationDesc;
		direction = ((IndexScan *) ps->plan)->indexorderdir;
	}
	if (index == NULL || index->rd_indoption == NULL)
		return ScanDirectionIsBackward(direction);
	return ScanDirectionIsBackward(direction) !=
		((index->rd_indoption[0] & INDOPTION_DESC) != 0);
}

/*
 * min(x) by an index is planned as "SELECT x WHERE x IS NOT NULL ORDER BY x
 * LIMIT 1": nobody wrote this condition, but the order was asked for.
 */
static bool
is_minmax_condition(PlanState *ps, Node *clause)
{
	NullTest   *test = (NullTest *) clause;
	TargetEntry *tle = linitial_node(TargetEntry, ps->plan->targetlist);

	return IsA(test, NullTest) && test->nulltesttype == IS_NOT_NULL &&
		test->location < 0 && equal(tle->expr, test->arg);
}

static void
add_minmax(PadvWalk *walk, PlanState *ps, NullTest *test, const PadvRows *rows)
{
	Node	   *expr = padv_target_resolve(walk, ps, (Node *) test->arg);
	bool		descending = scans_descending(ps);
	PadvTarget	target;

	if (expr != NULL && padv_target_describe(walk, expr, false, &target))
		padv_fact_add(walk, ps, &target, PADV_ROLE_SORT,
					  descending ? PADV_TEST_DESC : PADV_TEST_ASC, InvalidOid,
					  PADV_LATER_NOTHING, descending, rows->in, rows->out);
}

List *
padv_walk_minmax(PadvWalk *walk, PlanState *ps, List *clauses,
				 const PadvRows *rows)
{
	List	   *rest = NIL;
	ListCell   *lc;

	if (walk->above == NULL || !IsA(walk->above, LimitState) ||
		!(IsA(ps, IndexScanState) || IsA(ps, IndexOnlyScanState)) ||
		list_length(ps->plan->targetlist) != 1)
		return clauses;
	foreach(lc, clauses)
	{
		if (is_minmax_condition(ps, lfirst(lc)))
			add_minmax(walk, ps, lfirst(lc), rows);
		else
			rest = lappend(rest, lfirst(lc));
	}
	return rest;
}

static void
walk_aggregate(PadvWalk *walk, PlanState *ps)
{
	Agg		   *agg = (Agg *) ps->plan;
	ListCell   *lc;

	/* its input has been aggregated already */
	if (DO_AGGSPLIT_COMBINE(agg->aggsplit))
		return;
	add_groups(walk, ps, agg->numCols, agg->grpColIdx);
	foreach(lc, agg->chain)
		add_groups(walk, ps, ((Agg *) lfirst(lc))->numCols,
				   ((Agg *) lfirst(lc))->grpColIdx);
	if (agg->aggstrategy == AGG_PLAIN)
		add_aggregates(walk, ps);
}

/* ---- sorts ---- */

/* How many of its columns does the parent group by, and does it order? */
static int
parent_groups(PlanState *parent, bool *orders)
{
	*orders = false;
	if (parent == NULL)
		return 0;
	switch (nodeTag(parent->plan))
	{
		case T_Agg:
			return ((Agg *) parent->plan)->numCols;
		case T_Group:
			return ((Group *) parent->plan)->numCols;
		case T_Unique:
			*orders = true;
			return ((Unique *) parent->plan)->numCols;
		case T_WindowAgg:
			*orders = true;
			return ((WindowAgg *) parent->plan)->partNumCols;
		default:
			return 0;
	}
}

/*
 * Columns that are only grouped by are told by the node above.  DISTINCT ON
 * and window functions want the rest in order within each group: then the
 * whole order counts.
 */
static void
add_sort(PadvWalk *walk, PlanState *ps, const SortKeys *keys)
{
	PlanState  *child = outerPlanState(ps);
	PadvRows	rows = {.in = padv_node_rows(child), .out = padv_node_rows(ps)};
	bool		orders;
	int			first = parent_groups(walk->parent, &orders);

	if (walk->parent != NULL && IsA(walk->parent, MergeJoinState))
		return;
	if (child == NULL)
		rows.in = rows.out;
	if (orders && keys->n > first)
		first = 0;
	for (int i = first; i < keys->n; i++)
		add_column(walk, ps, keys->columns[i], PADV_ROLE_SORT,
				   keys->operators[i], PADV_LATER_ORDERING,
				   keys->nulls_first[i], &rows);
}

static void
walk_sort(PadvWalk *walk, PlanState *ps)
{
	Sort	   *sort = (Sort *) ps->plan;
	SortKeys	keys = {sort->numCols, sort->sortColIdx, sort->sortOperators,
	sort->nullsFirst};

	add_sort(walk, ps, &keys);
}

static bool
is_sort(PlanState *ps)
{
	return ps != NULL && (IsA(ps, SortState) || IsA(ps, IncrementalSortState));
}

/* Merging what comes in order; sorts below tell for themselves. */
static void
walk_merge_append(PadvWalk *walk, PlanState *ps)
{
	MergeAppend *merge = (MergeAppend *) ps->plan;
	MergeAppendState *state = (MergeAppendState *) ps;
	SortKeys	keys = {merge->numCols, merge->sortColIdx,
	merge->sortOperators, merge->nullsFirst};

	if (state->ms_nplans > 0 && !is_sort(state->mergeplans[0]))
		add_sort(walk, ps, &keys);
}

static void
walk_gather_merge(PadvWalk *walk, PlanState *ps)
{
	GatherMerge *merge = (GatherMerge *) ps->plan;
	SortKeys	keys = {merge->numCols, merge->sortColIdx,
	merge->sortOperators, merge->nullsFirst};

	if (!is_sort(outerPlanState(ps)))
		add_sort(walk, ps, &keys);
}

void
padv_walk_ordering(PadvWalk *walk, PlanState *ps)
{
	switch (nodeTag(ps))
	{
		case T_SortState:
		case T_IncrementalSortState:
			walk_sort(walk, ps);
			break;
		case T_MergeAppendState:
			walk_merge_append(walk, ps);
			break;
		case T_GatherMergeState:
			walk_gather_merge(walk, ps);
			break;
		case T_AggState:
			walk_aggregate(walk, ps);
			break;
		case T_GroupState:
			add_groups(walk, ps, ((Group *) ps->plan)->numCols,
					   ((Group *) ps->plan)->grpColIdx);
			break;
		case T_UniqueState:
			add_groups(walk, ps, ((Unique *) ps->plan)->numCols,
					   ((Unique *) ps->plan)->uniqColIdx);
			break;
		case T_WindowAggState:
			add_groups(walk, ps, ((WindowAgg *) ps->plan)->partNumCols,
					   ((WindowAgg *) ps->plan)->partColIdx);
			break;
		default:
			break;
	}
}
