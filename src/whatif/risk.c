/*-------------------------------------------------------------------------
 *
 * risk.c
 *	  What a plan takes that the planner does not see.
 *
 * The planner may be lured by an index into a plan that is slower than the one
 * it had.  Some of its ways to err lead there, and are priced here, in its
 * own units, for the plan with the index and for the one without alike:
 *
 * - Rows that a nested loop fetches are thought to lie on pages which earlier
 *   rounds have read already, so that a fetch costs next to nothing; and there
 *   are taken to be as many rounds as the outer table alone has rows, although
 *   joins and conditions leave few of them.  But to look a page up, pin it, and
 *   miss the processor's caches for a row takes its time however often the page
 *   was read: each visit has a price that it cannot fall below.  Scans that run
 *   once are left to the planner: it counts their pages, and rows that were
 *   written together lie together in any order.
 *
 * - Rounds that come in the order in which the inner table lies take less than
 *	 others: an index that changes their order loses that (inturn.c).
 *
 * - Under a LIMIT a walk along an index may have to go on for long until it
 *   meets the rows that it wants (late.c).
 *
 * - The planner multiplies the shares of rows that conditions on one table
 *   keep.  Where a sample of the rows says that several conditions together
 *   keep more of them (PadvJudged), a nested loop has as many more rounds; and
 *   likewise where columns that tables are joined by are one key (joinkeys.c),
 *   and then the rounds by these columns find more rows, each on its own page.
 *   Errors pass through joins as factors: Ioannidis and Christodoulakis, "On
 *   the propagation of errors in the size of join results", SIGMOD 1991.
 *
 * How many rows an index scan fetches is not in the plan, but in the path that
 * it was made of (reads.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "whatif/whatif_private.h"

/* Rounds that visit a table in turn save such a share, as measured likewise. */
#define PADV_IN_TURN_SHARE	0.4

/* Walks along an index that cost less take no time. */
#define PADV_LEAST_WALK		1000

typedef struct Walk
{
	const PlannedStmt *stmt;
	const List *reads;			/* of PadvRead */
	const List *keys;			/* of PadvJoinKey */
	const PadvScope *scope;
	double		risk;
} Walk;

/* ---- the plan ---- */

static Oid
relid_of(const Walk *walk, const Plan *plan)
{
	return rt_fetch(((const Scan *) plan)->scanrelid, walk->stmt->rtable)->relid;
}

/* What was noted of an index scan; NULL: nothing. */
static const PadvRead *
find_read(const Walk *walk, const Plan *plan)
{
	Oid			relid = relid_of(walk, plan);
	ListCell   *lc;

	foreach(lc, walk->reads)
	{
		const PadvRead *read = lfirst(lc);

		if (read->relid == relid && read->cost == plan->total_cost &&
			read->rows == plan->plan_rows)
			return read;
	}
	return NULL;
}

/* What one round of an index scan takes more than it costs. */
static double
shortage_of(const Walk *walk, const Plan *plan)
{
	const PadvRead *read = find_read(walk, plan);

	return read == NULL ? 0 : read->shortage;
}

/* How many times as many rows a scan may give; of two such tables the more. */
static double
factor_of_scan(const Walk *walk, const Plan *plan)
{
	Oid			relid = relid_of(walk, plan);
	double		factor = 1.0;
	ListCell   *lc;

	foreach(lc, walk->scope->judged)
	{
		const PadvJudged *judged = lfirst(lc);

		if (judged->relid != relid)
			continue;
		if (judged->rows == plan->plan_rows)
			return judged->factor;
		factor = Max(factor, judged->factor);
	}
	return factor;
}

static bool
reads_table(const Walk *walk, const Plan *plan, Oid relid)
{
	if (plan == NULL)
		return false;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
			return relid_of(walk, plan) == relid;
		default:
			return reads_table(walk, outerPlan(plan), relid) ||
				reads_table(walk, innerPlan(plan), relid);
	}
}

static bool
is_inner_join(const Plan *plan)
{
	return (IsA(plan, NestLoop) || IsA(plan, HashJoin) ||
			IsA(plan, MergeJoin)) &&
		((const Join *) plan)->jointype == JOIN_INNER;
}

/*
 * How many times as many pairs are joined: of sparse keys by what is asked for,
 * or as a guess where that cannot be found out, or would cost more than the
 * statement itself.
 */
static double
factor_of_key(const Walk *walk, PadvJoinKey *key)
{
	double		known;

	if (!key->sparse || key->looked_at || walk->scope->ways == NULL ||
		key->rel->pages > walk->scope->harmless)
		return key->factor;
	key->looked_at = true;
	known = padv_referred(walk->scope->ways, key);
	if (known > 0)
		key->factor = known;
	return key->factor;
}

/*
 * The same of a join whose sides may give so many times as many: where it is by
 * a key, each row of the referring table finds its partner, and no more.
 */
static double
factor_of_join(const Walk *walk, const Plan *plan, double factor)
{
	const Plan *outer = outerPlan(plan);
	const Plan *inner = innerPlan(plan);
	ListCell   *lc;

	foreach(lc, walk->keys)
	{
		PadvJoinKey *key = lfirst(lc);
		double		most = key->rows * factor / Max(plan->plan_rows, 1.0);

		if ((reads_table(walk, outer, key->referred) &&
			 reads_table(walk, inner, key->referring)) ||
			(reads_table(walk, outer, key->referring) &&
			 reads_table(walk, inner, key->referred)))
			factor *= Max(Min(factor_of_key(walk, key), most), 1.0);
	}
	return factor;
}

/* The same of any plan: as its tables go, up to where rows are grouped. */
static double
factor_of(const Walk *walk, const Plan *plan)
{
	double		factor;

	if (plan == NULL)
		return 1.0;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
			return factor_of_scan(walk, plan);
		case T_Agg:
		case T_Group:
		case T_Unique:
		case T_SetOp:
		case T_Limit:
			return 1.0;
		default:
			factor = factor_of(walk, outerPlan(plan)) *
				factor_of(walk, innerPlan(plan));
			return is_inner_join(plan) ?
				factor_of_join(walk, plan, factor) : factor;
	}
}

/*
 * What each round of an index scan within a nested loop takes more where it
 * finds more rows than the planner expects, since what the tables are joined by
 * is a key.
 */
static double
surplus_of(const Walk *walk, const Plan *join, double rounds)
{
	const Plan *inner = innerPlan(join);
	double		found = join->plan_rows * factor_of(walk, join) / rounds;
	const PadvRead *read;
	double		order;

	if (!IsA(inner, IndexScan) || found <= inner->plan_rows)
		return 0;
	read = find_read(walk, inner);
	if (read == NULL || read->path == NULL)
		return 0;
	order = padv_best_order(read->path, read->relid);
	return PADV_VISIT_COST *
		(padv_visits(read->path->path.parent, found, order) -
		 padv_visits(read->path->path.parent, inner->plan_rows, order));
}

/*
 * Which part of its rounds' cost a nested loop saves that visits the inner table
 * in turn: all that can be, where there are as many rounds as pages.
 */
static double
saved_in_turn(const Walk *walk, const Plan *join, double rounds)
{
	const Plan *inner = innerPlan(join);
	const Plan *scan = padv_leading_scan(join);
	const PadvRead *read;
	const PadvRead *outer;

	if (scan == NULL || (!IsA(inner, IndexScan) && !IsA(inner, IndexOnlyScan)))
		return 0;
	read = find_read(walk, inner);
	if (read == NULL || read->path == NULL)
		return 0;
	outer = find_read(walk, scan);
	if (!padv_visits_in_turn(join, read->path, read->relid,
							 outer == NULL ? NULL : outer->path,
							 relid_of(walk, scan)))
		return 0;
	return PADV_IN_TURN_SHARE *
		Min(rounds / Max(read->path->path.parent->pages, 1.0), 1.0);
}

static void walk_plan(Walk *walk, Plan *plan, double rounds);

static void
walk_list(Walk *walk, List *plans, double rounds)
{
	ListCell   *lc;

	foreach(lc, plans)
		walk_plan(walk, lfirst(lc), rounds);
}

/*
 * The inner side is run for each row of the outer one: of those that the
 * planner expects, at a price that it does not see; and of those that are more,
 * at all they cost.
 */
static void
walk_nestloop(Walk *walk, Plan *plan, double rounds)
{
	Plan	   *outer = outerPlan(plan);
	Plan	   *inner = innerPlan(plan);
	double		rows = rounds * outer->plan_rows;
	double		factor = factor_of(walk, outer);

	walk_plan(walk, outer, rounds);
	if (factor < factor_of(walk, plan))
		walk->risk += rows * factor * surplus_of(walk, plan,
												 outer->plan_rows * factor);
	if (walk->scope->suspicious)
		walk->risk -= rows * inner->total_cost *
			saved_in_turn(walk, plan, outer->plan_rows);
	if (factor > 1.0 && !IsA(inner, Material) && !IsA(inner, Memoize))
		walk->risk += rows * (factor - 1.0) * inner->total_cost;
	walk_plan(walk, inner, rows * factor);
}

/* The scan whose rows a plan gives one by one; NULL: others, or in no order. */
static const Plan *
first_scan(const Plan *plan)
{
	while (plan != NULL)
	{
		switch (nodeTag(plan))
		{
			case T_IndexScan:
			case T_IndexOnlyScan:
				return plan;
			case T_SubqueryScan:
				plan = ((const SubqueryScan *) plan)->subplan;
				break;
			case T_Result:
			case T_ProjectSet:
			case T_LockRows:
			case T_NestLoop:
			case T_Group:
			case T_Unique:
			case T_WindowAgg:
			case T_IncrementalSort:
				plan = outerPlan(plan);
				break;
			default:
				return NULL;
		}
	}
	return NULL;
}

/* Is it worth a look at the sample what a plan may take more at most? */
static bool
may_hurt(const Walk *walk, double worst)
{
	return worst > PADV_LEAST_WALK &&
		walk->stmt->planTree->total_cost + worst > walk->scope->harmless;
}

/*
 * A share of the plan is run, the smaller the fewer rows are wanted, and no
 * less than has to be walked through for the first of them.
 */
static double
walk_limit(Walk *walk, const Plan *plan, double rounds)
{
	double		share = Min(plan->plan_rows /
							Max(outerPlan(plan)->plan_rows, 1.0), 1.0);
	const Plan *scan = first_scan(outerPlan(plan));
	const PadvRead *read = scan == NULL ? NULL : find_read(walk, scan);

	if (read != NULL && read->path != NULL && walk->scope->ways != NULL &&
		may_hurt(walk, rounds * (1.0 - share) * (read->cost + read->shortage)))
		walk->risk += rounds * (read->cost + read->shortage) *
			(padv_late_share(walk->scope->ways, read->path, read->relid,
							 share) - share);
	return rounds * share;
}

/* What runs once beforehand: subqueries without references, CTEs. */
static void
walk_init_plans(Walk *walk, Plan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->initPlan)
		walk_plan(walk, list_nth(walk->stmt->subplans,
								 lfirst_node(SubPlan, lc)->plan_id - 1), 1.0);
}

/*
 * "rounds" is how often the plan is run to its end, or which part of once.
 * Correlated subqueries are not reached: how often they run is not in the
 * plan.
 */
static void
walk_plan(Walk *walk, Plan *plan, double rounds)
{
	if (plan == NULL)
		return;
	check_stack_depth();
	walk_init_plans(walk, plan);
	switch (nodeTag(plan))
	{
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
			if (rounds > 1.0)
				walk->risk += rounds * shortage_of(walk, plan);
			return;
		case T_NestLoop:
			walk_nestloop(walk, plan, rounds);
			return;
		case T_Memoize:
			if (((Memoize *) plan)->est_entries > 0)
				rounds = Min(rounds, ((Memoize *) plan)->est_entries);
			break;
		case T_Material:
		case T_Sort:
		case T_Hash:
			rounds = 1.0;
			break;
		case T_Limit:
			rounds = walk_limit(walk, plan, rounds);
			break;
		case T_Append:
			walk_list(walk, ((Append *) plan)->appendplans, rounds);
			break;
		case T_MergeAppend:
			walk_list(walk, ((MergeAppend *) plan)->mergeplans, rounds);
			break;
		case T_SubqueryScan:
			walk_plan(walk, ((SubqueryScan *) plan)->subplan, rounds);
			break;
		default:
			break;
	}
	walk_plan(walk, outerPlan(plan), rounds);
	walk_plan(walk, innerPlan(plan), rounds);
}

double
padv_plan_risk(PlannedStmt *plan, const List *reads, const List *keys,
			   const PadvScope *scope)
{
	Walk		walk = {plan, reads, keys, scope, 0};

	if (scope == NULL)
		return 0;
	walk_plan(&walk, plan->planTree, 1.0);
	return walk.risk;
}
