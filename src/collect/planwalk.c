/*-------------------------------------------------------------------------
 *
 * planwalk.c
 *	  What the nodes of a plan did in one execution.
 *
 * A closely watched execution counts the rows of each node.  At its end, the
 * walk over the plan tells, for each table, which predicates its rows met and
 * how many rows came and passed: as many as EXPLAIN ANALYZE shows, over all
 * loops and parallel workers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "collect/collect_private.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

/* "text ^@ prefix", which has no symbol in pg_operator.h */
#define PADV_STARTS_WITH_OP	3877

/* ---- rows ---- */

double
padv_node_rows(const PlanState *ps)
{
	return ps == NULL || ps->instrument == NULL ? 0 : ps->instrument->ntuples;
}

/* A node that filters: what it was given, and what it gave. */
static void
filter_rows(const PlanState *ps, PadvRows *rows)
{
	memset(rows, 0, sizeof(PadvRows));
	if (ps->instrument == NULL)
		return;
	rows->out = ps->instrument->ntuples;
	rows->in = rows->out + ps->instrument->nfiltered1 +
		ps->instrument->nfiltered2;
}

/* ---- scans ---- */

/*
 * The planner derives "x >= 'ab' AND x < 'ac'" from "x LIKE 'ab%'" for the
 * index, and keeps the latter as a filter: nobody wrote the former.
 */
static bool
is_pattern_operator(Oid opno)
{
	static const Oid operators[] = {
		OID_TEXT_LIKE_OP, OID_TEXT_ICLIKE_OP, OID_TEXT_REGEXEQ_OP,
		OID_TEXT_ICREGEXEQ_OP, OID_BPCHAR_LIKE_OP, OID_BPCHAR_ICLIKE_OP,
		OID_BPCHAR_REGEXEQ_OP, OID_BPCHAR_ICREGEXEQ_OP, OID_NAME_LIKE_OP,
		OID_NAME_ICLIKE_OP, OID_NAME_REGEXEQ_OP, OID_NAME_ICREGEXEQ_OP,
		OID_BYTEA_LIKE_OP, OID_INET_SUB_OP, OID_INET_SUBEQ_OP,
		PADV_STARTS_WITH_OP
	};

	for (int i = 0; i < lengthof(operators); i++)
	{
		if (operators[i] == opno)
			return true;
	}
	return false;
}

static bool
is_derived(Node *clause, List *quals)
{
	OpExpr	   *op = (OpExpr *) clause;
	ListCell   *lc;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
		!IsA(lsecond(op->args), Const) ||
		((Const *) lsecond(op->args))->location >= 0)
		return false;
	foreach(lc, quals)
	{
		OpExpr	   *qual = lfirst(lc);

		if (IsA(qual, OpExpr) && is_pattern_operator(qual->opno) &&
			equal(linitial(qual->args), linitial(op->args)))
			return true;
	}
	return false;
}

static List *
without_derived(List *clauses, List *quals)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (!is_derived(lfirst(lc), quals))
			kept = lappend(kept, lfirst(lc));
	}
	return kept;
}

/* What a node that reads a table knows of the rows before it filters them. */
static List *
index_clauses(PlanState *ps)
{
	switch (nodeTag(ps->plan))
	{
		case T_IndexScan:
			return ((IndexScan *) ps->plan)->indexqualorig;
		case T_IndexOnlyScan:
			return ((IndexOnlyScan *) ps->plan)->recheckqual;
		case T_BitmapHeapScan:
			return ((BitmapHeapScan *) ps->plan)->bitmapqualorig;
		default:
			return NIL;
	}
}

static void
watched_scan(PadvWalk *walk, PlanState *ps, const PadvRows *rows)
{
	Index		rti = ((Scan *) ps->plan)->scanrelid;
	Oid			relid;

	if (!padv_table_kept(walk->estate, walk->rtable, rti))
		return;
	rti = padv_parent_top(walk->parents, walk->rtable, rti);
	relid = rt_fetch(rti, walk->rtable)->relid;
	for (int i = 0; i < walk->facts.nscans; i++)
	{
		PadvScanFact *fact = &walk->facts.scans[i];

		if (fact->relid == relid)
		{
			fact->watched_read += (uint64) rows->in;
			fact->watched_returned += (uint64) rows->out;
			break;
		}
	}
}

static void
walk_scan(PadvWalk *walk, PlanState *ps)
{
	PadvRows	rows;
	List	   *quals = ps->plan->qual;
	List	   *indexed;

	filter_rows(ps, &rows);
	if (IsA(ps, SeqScanState) || IsA(ps, SampleScanState) ||
		IsA(ps, TidRangeScanState))
		watched_scan(walk, ps, &rows);
	indexed = without_derived(index_clauses(ps), quals);
	indexed = padv_walk_minmax(walk, ps, indexed, &rows);
	padv_predicate_clauses(walk, ps, indexed, &rows);
	padv_predicate_clauses(walk, ps, quals, &rows);
}

/* ---- joins ---- */

/* The rows that came from one side of a join. */
static double
side_rows(PlanState *ps)
{
	if (ps != NULL && IsA(ps, HashState))
		ps = outerPlanState(ps);
	return padv_node_rows(ps);
}

static void
walk_join(PadvWalk *walk, PlanState *ps)
{
	PadvRows	rows;
	PadvRows	above;
	List	   *clauses = ((Join *) ps->plan)->joinqual;

	if (IsA(ps, HashJoinState))
		clauses = list_concat_copy(clauses, ((HashJoin *) ps->plan)->hashclauses);
	else if (IsA(ps, MergeJoinState))
		clauses = list_concat_copy(clauses, ((MergeJoin *) ps->plan)->mergeclauses);
	else
		walk->nestloops = lappend(walk->nestloops, ps);
	rows.in = side_rows(outerPlanState(ps));
	rows.in_inner = side_rows(innerPlanState(ps));
	rows.out = padv_node_rows(ps);
	padv_predicate_clauses(walk, ps, clauses, &rows);

	/* what is tested above the join */
	filter_rows(ps, &above);
	above.in -= ps->instrument == NULL ? 0 : ps->instrument->nfiltered1;
	above.in_inner = above.in;
	padv_predicate_clauses(walk, ps, ps->plan->qual, &above);
}

/* ---- the walk ---- */

/* Parameters that uncorrelated subqueries set are like constants. */
static void
note_init_plans(PadvWalk *walk, PlanState *ps)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ps->initPlan)
	{
		SubPlan    *subplan = ((SubPlanState *) lfirst(lc))->subplan;

		foreach(lc2, subplan->setParam)
			walk->initparams = bms_add_member(walk->initparams, lfirst_int(lc2));
	}
}

static void
visit(PadvWalk *walk, PlanState *ps)
{
	switch (nodeTag(ps))
	{
		case T_SeqScanState:
		case T_SampleScanState:
		case T_IndexScanState:
		case T_IndexOnlyScanState:
		case T_BitmapHeapScanState:
		case T_TidScanState:
		case T_TidRangeScanState:
		case T_SubqueryScanState:
		case T_CteScanState:
			walk_scan(walk, ps);
			break;
		case T_NestLoopState:
		case T_MergeJoinState:
		case T_HashJoinState:
			walk_join(walk, ps);
			break;
		default:
			padv_walk_ordering(walk, ps);
			break;
	}
}

/* Counts that are still with the node come to its sum. */
static bool
finish_counting(PlanState *ps, void *context)
{
	if (ps->instrument != NULL)
		InstrEndLoop(ps->instrument);
	return planstate_tree_walker(ps, finish_counting, context);
}

static bool
walk_node(PlanState *ps, PadvWalk *walk)
{
	PlanState  *parent = walk->parent;
	PlanState  *above = walk->above;
	bool		result;

	/* subqueries and the like have no parent in this sense */
	if (above != NULL &&
		outerPlanState(above) != ps && innerPlanState(above) != ps)
		walk->parent = NULL;
	check_stack_depth();
	note_init_plans(walk, ps);
	visit(walk, ps);

	/* what only passes rows on does not hide what it stands below of */
	if (!IsA(ps, MaterialState) && !IsA(ps, GatherMergeState))
		walk->parent = ps;
	walk->above = ps;
	result = planstate_tree_walker(ps, walk_node, walk);
	walk->parent = parent;
	walk->above = above;
	return result;
}

/* Adds the facts of a watched execution; scans must be in place already. */
void
padv_walk_plan(PadvWalk *walk, const PadvFrame *frame)
{
	QueryDesc  *queryDesc = frame->queryDesc;

	walk->estate = queryDesc->estate;
	walk->rtable = queryDesc->plannedstmt->rtable;
	walk->parents = padv_parents(queryDesc->plannedstmt);
	walk->facts.predicates = palloc(PADV_MAX_PREDICATES *
									sizeof(PadvPredicateFact));
	walk->later = palloc(PADV_MAX_PREDICATES);
	walk->shown_by = palloc(PADV_MAX_PREDICATES * sizeof(PlanState *));
	initStringInfo(&walk->pool);
	finish_counting(queryDesc->planstate, NULL);
	walk_node(queryDesc->planstate, walk);
}

/* ---- parallel plans ---- */

typedef struct ParallelContext
{
	PadvFrame  *frame;
	double		gather_loops;	/* of the Gather node above, or 0 */
} ParallelContext;

static PadvScanCount *
find_scan(PadvFrame *frame, PlanState *ps)
{
	Relation	rel = ((ScanState *) ps)->ss_currentRelation;

	for (int i = 0; i < frame->nscans; i++)
	{
		if (frame->scans[i].rel == rel)
			return &frame->scans[i];
	}
	return NULL;
}

/*
 * A scan that all workers do together has a loop in each of them, but is one
 * scan each time that they are started.
 */
static bool
count_node(PlanState *ps, ParallelContext *context)
{
	double		above = context->gather_loops;
	PadvScanCount *scan;
	PadvRows	rows;
	bool		result;

	if (IsA(ps, SeqScanState) || IsA(ps, SampleScanState) ||
		IsA(ps, TidRangeScanState))
	{
		scan = find_scan(context->frame, ps);
		if (scan != NULL && ps->instrument != NULL)
		{
			double		loops = ps->instrument->nloops;

			filter_rows(ps, &rows);
			if (ps->plan->parallel_aware && above > 0)
				loops = Min(loops, above);
			scan->rows += (uint64) rows.in;
			scan->scans += IsA(ps, SeqScanState) ? (uint64) loops : 0;
		}
	}
	if ((IsA(ps, GatherState) || IsA(ps, GatherMergeState)) &&
		ps->instrument != NULL)
		context->gather_loops = ps->instrument->nloops;
	result = planstate_tree_walker(ps, count_node, context);
	context->gather_loops = above;
	return result;
}

/*
 * Replaces the leader's own counts by those of the nodes, which have the sums
 * of all workers.
 */
void
padv_walk_parallel_scans(PadvFrame *frame)
{
	ParallelContext context = {frame, 0};

	for (int i = 0; i < frame->nscans; i++)
		frame->scans[i].scans = frame->scans[i].rows = 0;
	finish_counting(frame->queryDesc->planstate, NULL);
	count_node(frame->queryDesc->planstate, &context);
}
