/*-------------------------------------------------------------------------
 *
 * unpriced.c
 *	  Subqueries that a write runs for each row, and the planner does not price
 *
 * A ModifyTable costs what its source costs.  Subqueries in RETURNING, in the
 * actions of ON CONFLICT and MERGE, and in the checks of row-security policies
 * and views are run for the rows that come from there, each as dear as a
 * subquery in a SELECT's target list, and an index may be just what they want.
 * All rows count, whether they conflict or match, or not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "whatif/whatif_private.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"

typedef struct Unpriced
{
	double		startup;
	double		each_row;
} Unpriced;

static bool
add_subplans(Node *node, void *context)
{
	Unpriced   *cost = context;

	if (node == NULL)
		return false;
	if (IsA(node, SubPlan))
	{
		cost->startup += ((SubPlan *) node)->startup_cost;
		cost->each_row += ((SubPlan *) node)->per_call_cost;
	}
	return expression_tree_walker(node, add_subplans, context);
}

/* What is there once for each partition: a row goes to one of them. */
static void
add_first(const List *lists, Unpriced *cost)
{
	if (lists != NIL)
		(void) add_subplans(linitial(lists), cost);
}

static double
price_of(Plan *plan)
{
	ModifyTable *modify = (ModifyTable *) plan;
	Unpriced	cost = {0, 0};

	if (plan == NULL || !IsA(plan, ModifyTable) || outerPlan(plan) == NULL)
		return 0;
	add_first(modify->withCheckOptionLists, &cost);
	add_first(modify->returningLists, &cost);
	add_first(modify->mergeActionLists, &cost);
	(void) add_subplans((Node *) modify->onConflictSet, &cost);
	(void) add_subplans(modify->onConflictWhere, &cost);
	return cost.startup +
		cost.each_row * clamp_row_est(outerPlan(plan)->plan_rows);
}

/* The statement's write, and those in its WITH queries */
double
padv_plan_unpriced(PlannedStmt *stmt)
{
	double		cost = price_of(stmt->planTree);
	ListCell   *lc;

	foreach(lc, stmt->subplans)
		cost += price_of(lfirst(lc));
	return cost;
}
