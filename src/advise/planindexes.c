/*-------------------------------------------------------------------------
 *
 * planindexes.c
 *	  A walk over a finished plan: which indexes does it read?
 *
 * Indexes are found by OID in the plan's nodes, never in EXPLAIN's text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/whatif_private.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"

typedef void (*PlanVisit) (Plan *plan, void *arg);

static void walk_plan(Plan *plan, PlanVisit visit, void *arg);

static void
walk_list(List *plans, PlanVisit visit, void *arg)
{
	ListCell   *lc;

	foreach(lc, plans)
		walk_plan(lfirst(lc), visit, arg);
}

/* Children that are not in lefttree and righttree. */
static void
walk_special_children(Plan *plan, PlanVisit visit, void *arg)
{
	switch (nodeTag(plan))
	{
		case T_Append:
			walk_list(((Append *) plan)->appendplans, visit, arg);
			break;
		case T_MergeAppend:
			walk_list(((MergeAppend *) plan)->mergeplans, visit, arg);
			break;
		case T_BitmapAnd:
			walk_list(((BitmapAnd *) plan)->bitmapplans, visit, arg);
			break;
		case T_BitmapOr:
			walk_list(((BitmapOr *) plan)->bitmapplans, visit, arg);
			break;
		case T_SubqueryScan:
			walk_plan(((SubqueryScan *) plan)->subplan, visit, arg);
			break;
		case T_CustomScan:
			walk_list(((CustomScan *) plan)->custom_plans, visit, arg);
			break;
		default:
			break;
	}
}

static void
walk_plan(Plan *plan, PlanVisit visit, void *arg)
{
	if (plan == NULL)
		return;
	check_stack_depth();
	visit(plan, arg);
	walk_plan(plan->lefttree, visit, arg);
	walk_plan(plan->righttree, visit, arg);
	walk_special_children(plan, visit, arg);
}

/* The main plan, then what CTEs and sub-selects became. */
static void
walk_statement(PlannedStmt *stmt, PlanVisit visit, void *arg)
{
	walk_plan(stmt->planTree, visit, arg);
	walk_list(stmt->subplans, visit, arg);
}

static void
note_index(Plan *plan, void *arg)
{
	List	  **used = arg;
	Oid			indexid;

	switch (nodeTag(plan))
	{
		case T_IndexScan:
			indexid = ((IndexScan *) plan)->indexid;
			break;
		case T_IndexOnlyScan:
			indexid = ((IndexOnlyScan *) plan)->indexid;
			break;
		case T_BitmapIndexScan:
			indexid = ((BitmapIndexScan *) plan)->indexid;
			break;
		default:
			return;
	}
	*used = list_append_unique_oid(*used, indexid);
}

List *
padv_plan_indexes(PlannedStmt *plan)
{
	List	   *used = NIL;

	walk_statement(plan, note_index, &used);
	return used;
}

static void
forget_pruning(Plan *plan, void *arg)
{
	if (IsA(plan, Append))
		PADV_FORGET_PRUNING((Append *) plan);
	else if (IsA(plan, MergeAppend))
		PADV_FORGET_PRUNING((MergeAppend *) plan);
}

void
padv_plan_forget_pruning(PlannedStmt *plan)
{
	walk_statement(plan, forget_pruning, NULL);
}
