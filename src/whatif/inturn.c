/*-------------------------------------------------------------------------
 *
 * inturn.c
 *	  Nested loops whose rounds visit a table from its front to its back.
 *
 * Orders that are read as they were written find their items one after the
 * other, if these were written in the same order: a round visits the page that
 * the one before has visited, or the next one, and takes far less than the
 * planner thinks, which knows nothing of the order that rounds come in.  An
 * index that brings the orders in another sequence, by their day or customer,
 * saves a little and loses that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "index/index.h"
#include "nodes/plannodes.h"
#include "whatif/whatif_private.h"

/* Rows of this correlation with a column lie in its order. */
#define PADV_IN_ORDER		0.9

static bool
lies_in_order(Oid relid, AttrNumber attno)
{
	return attno > 0 && fabs(padv_correlation(relid, attno)) >= PADV_IN_ORDER;
}

/* The scan that a plan's rows have their order from; NULL: none. */
static const Plan *
leading_scan(const Plan *plan)
{
	while (plan != NULL)
	{
		switch (nodeTag(plan))
		{
			case T_SeqScan:
			case T_BitmapHeapScan:
			case T_IndexScan:
			case T_IndexOnlyScan:
				return plan;
			case T_NestLoop:
			case T_HashJoin:
			case T_Material:
			case T_Result:
				plan = outerPlan(plan);
				break;
			default:
				return NULL;
		}
	}
	return NULL;
}

/*
 * Follows an output column of a plan to the scan; NULL where it comes from
 * elsewhere.
 */
static const Var *
column_of_scan(const Plan *plan, AttrNumber attno, const Plan *scan)
{
	while (plan != NULL && attno > 0 && attno <= list_length(plan->targetlist))
	{
		const TargetEntry *entry = list_nth(plan->targetlist, attno - 1);
		const Var  *var = (const Var *) entry->expr;

		if (!IsA(var, Var))
			return NULL;
		if (plan == scan)
			return var;
		if (var->varno != OUTER_VAR)
			return NULL;
		plan = outerPlan(plan);
		attno = var->varattno;
	}
	return NULL;
}

/* Do the scan's rows come in the order of one of its output columns? */
static bool
comes_in_order(const Plan *scan, const Var *var, Oid relid,
			   const IndexPath *path)
{
	AttrNumber	attno = var->varattno;
	AttrNumber	first;

	if (IsA(scan, SeqScan) || IsA(scan, BitmapHeapScan))
		return lies_in_order(relid, attno);
	if (path == NULL)
		return false;
	if (IsA(scan, IndexOnlyScan))
	{
		if (attno <= 0 || attno > path->indexinfo->ncolumns)
			return false;
		attno = path->indexinfo->indexkeys[attno - 1];
	}
	first = path->indexinfo->indexkeys[0];
	return attno > 0 && (attno == first || (lies_in_order(relid, first) &&
											lies_in_order(relid, attno)));
}

/* What the first column of an index is searched by: a parameter, or -1. */
static int
search_param(const Plan *inner)
{
	List	   *quals = IsA(inner, IndexScan) ?
		((const IndexScan *) inner)->indexqual :
		((const IndexOnlyScan *) inner)->indexqual;
	ListCell   *lc;

	foreach(lc, quals)
	{
		const OpExpr *op = lfirst(lc);
		const Var  *var;
		const Param *param;

		if (!IsA(op, OpExpr) || list_length(op->args) != 2)
			continue;
		var = linitial(op->args);
		param = lsecond(op->args);
		if (IsA(var, Var) && var->varattno == 1 &&
			IsA(param, Param) && param->paramkind == PARAM_EXEC)
			return param->paramid;
	}
	return -1;
}

/* The outer column that a nested loop hands over as this parameter. */
static const Var *
handed_over(const NestLoop *join, int paramid)
{
	ListCell   *lc;

	foreach(lc, join->nestParams)
	{
		const NestLoopParam *param = lfirst(lc);

		if (param->paramno == paramid && IsA(param->paramval, Var) &&
			param->paramval->varno == OUTER_VAR)
			return param->paramval;
	}
	return NULL;
}

/* The scan that decides in which order the rounds of a nested loop come. */
const Plan *
padv_leading_scan(const Plan *join)
{
	return leading_scan(outerPlan(join));
}

/*
 * Do the rounds of a nested loop visit the inner table in turn?  Given are the
 * paths of its index scan and of the leading scan, the latter perhaps NULL.
 */
bool
padv_visits_in_turn(const Plan *join, const IndexPath *inner_path,
					Oid inner_relid, const IndexPath *outer_path,
					Oid outer_relid)
{
	const Plan *inner = innerPlan(join);
	const Plan *scan = padv_leading_scan(join);
	const Var  *var;

	if (!IsA(inner, IndexOnlyScan) &&
		!lies_in_order(inner_relid, inner_path->indexinfo->indexkeys[0]))
		return false;
	var = handed_over((const NestLoop *) join, search_param(inner));
	if (var == NULL)
		return false;
	var = column_of_scan(outerPlan(join), var->varattno, scan);
	return var != NULL && comes_in_order(scan, var, outer_relid, outer_path);
}
