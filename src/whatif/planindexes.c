/*-------------------------------------------------------------------------
 *
 * planindexes.c
 *	  A walk over a finished plan: which indexes does it read?
 *
 * Indexes are found by OID in the plan's nodes, never in EXPLAIN's text.
 *
 * It also finds where the planner is likely to be wrong about them.  A
 * BitmapAnd is thought to leave as few rows as if its conditions had nothing to
 * do with each other.  But what is on sale is in the future, and what was
 * cancelled is not paid.  The truth lies between that and what the best of its
 * indexes leaves alone.  Where a sample of the rows tells more (PadvJudged), no
 * bitmap fetches fewer rows than are there: to fetch and sort the few rows that
 * the planner expects is then dearer than to walk an index in order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "whatif/whatif_private.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/syscache.h"

/* Share of the way from the estimate to the best index alone. */
#define PADV_AND_DOUBT		0.5

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

/* ---- doubt ---- */

typedef struct Doubt
{
	const PlannedStmt *stmt;
	const List *judged;			/* of PadvJudged */
	double		cost;
} Doubt;

static double
pages_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		pages = 0;

	if (HeapTupleIsValid(tuple))
	{
		pages = ((Form_pg_class) GETSTRUCT(tuple))->relpages;
		ReleaseSysCache(tuple);
	}
	return Max(pages, 1.0);
}

/* What fetching so many rows costs that lie anywhere on the pages. */
static double
fetch_cost(double rows, double pages)
{
	return rows * cpu_tuple_cost +
		pages * (1.0 - exp(-rows / pages)) * random_page_cost;
}

/* Rows that the best index of a BitmapAnd leaves alone. */
static double
best_alone(const BitmapAnd *node)
{
	double		best = -1.0;
	ListCell   *lc;

	foreach(lc, node->bitmapplans)
	{
		double		rows = ((Plan *) lfirst(lc))->plan_rows;

		if (best < 0 || rows < best)
			best = rows;
	}
	return best;
}

/* Rows of a scan as a sample has it; 0: no sample says otherwise. */
static double
judged_rows(const Doubt *doubt, Oid relid, double rows)
{
	ListCell   *lc;

	foreach(lc, doubt->judged)
	{
		const PadvJudged *judged = lfirst(lc);

		if (judged->relid == relid && judged->rows == rows)
			return judged->rows * judged->factor;
	}
	return 0;
}

/* Rows that a bitmap may fetch: more than the planner expects, if anything. */
static void
note_doubt(Plan *plan, void *arg)
{
	Doubt	   *doubt = arg;
	Plan	   *bitmap = outerPlan(plan);
	Oid			relid;
	double		pages;
	double		expected;
	double		least;
	double		cost = 0;

	if (!IsA(plan, BitmapHeapScan) || bitmap == NULL)
		return;
	relid = rt_fetch(((Scan *) plan)->scanrelid, doubt->stmt->rtable)->relid;
	pages = pages_of(relid);
	expected = fetch_cost(bitmap->plan_rows, pages);
	if (IsA(bitmap, BitmapAnd))
		cost = PADV_AND_DOUBT *
			(fetch_cost(best_alone((BitmapAnd *) bitmap), pages) - expected);
	least = judged_rows(doubt, relid, plan->plan_rows);
	if (least > bitmap->plan_rows)
		cost = Max(cost, fetch_cost(least, pages) - expected);
	doubt->cost += Max(cost, 0);
}

/* What the plan may cost more than the planner thinks. */
double
padv_plan_doubt(PlannedStmt *plan, const List *judged)
{
	Doubt		doubt = {plan, judged, 0};

	walk_statement(plan, note_doubt, &doubt);
	return doubt.cost;
}
