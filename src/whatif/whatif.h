/*-------------------------------------------------------------------------
 *
 * whatif.h
 *	  Planning under a set of hypothetical and hidden indexes.
 *
 * The set is in force during one planner call and for nothing else: it is
 * set and cleared around the call, also when the call fails.  Nothing is
 * executed, and no statistics of the session count the call.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_WHATIF_H
#define PADV_WHATIF_H

#include "index/index.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"
#include "workload/workload.h"

/*
 * Called for each base relation of each query level after its paths were
 * made, with all that the planner knows of it (baserestrictinfo, joininfo,
 * root->eq_classes, root->query_pathkeys, …): this is where candidates are
 * found.  rte->relid is the table; children of a parent come one by one.
 */
typedef void (*PadvRelVisit) (PlannerInfo *root, RelOptInfo *rel,
							  Index rti, RangeTblEntry *rte, void *arg);

/* Join orders of a statement's plans (joinorder.c), kept in the context. */
typedef struct PadvJoinOrders
{
	MemoryContext context;
	List	   *searches;		/* of List, for each search of one planning */
} PadvJoinOrders;

/* What a sample says of the conditions on one table. */
typedef struct PadvJudged
{
	Oid			relid;
	double		rows;			/* that the planner expects, by which to find
								 * it */
	double		factor;			/* so many times as many are there */
} PadvJudged;

/*
 * What rows say of walks along indexes (late.c) and of what refers to keys
 * (referred.c), kept in the context.
 */
typedef struct PadvWays
{
	MemoryContext context;
	List	   *ways;
	List	   *referred;
} PadvWays;

typedef struct PadvScope
{
	List	   *add;			/* of PadvIndex: seen by this call */
	List	   *hide;			/* OID list of real indexes not seen */
	PadvJoinOrders *orders;		/* where join orders are kept, or NULL */
	bool		known_orders;	/* be content with those that are there */
	PadvRelVisit visit;			/* or NULL */
	void	   *visit_arg;
	const List *judged;			/* of PadvJudged: for the doubt and the risk */
	PadvWays   *ways;			/* for the risk of the plan, or NULL */
	double		harmless;		/* what the plan may take with its risk before
								 * that matters */
	bool		suspicious;		/* the risk is also of what is not sure: keys
								 * that nothing refers to (joinkeys.c), and
								 * the order of rounds (inturn.c) */
} PadvScope;

typedef struct PadvPlanResult
{
	double		cost;			/* total cost of the plan */
	double		doubt;			/* what it may cost more, as bitmaps go */
	double		risk;			/* what it takes more than it costs, see
								 * risk.c */
	double		rows;			/* rows it is expected to return */
	int64		joins;			/* joins that the planner looked at */
	List	   *used;			/* OID list: indexes in the plan, real and
								 * hypothetical, each once */
	PlannedStmt *plan;
} PadvPlanResult;

/*
 * Plans one instance under the scope (NULL: as things are).  Call it inside
 * padv_run_as() for recorded statements, directly for given ones.
 * Errors are those of the planner.
 */
extern void padv_whatif_plan(const PadvInstance *instance,
							 const PadvScope *scope, PadvPlanResult *result);

/* EXPLAIN's text for a plan that padv_whatif_plan() made with this scope. */
extern char *padv_whatif_explain(const PadvPlanResult *result,
								 const PadvScope *scope);

/*
 * Does the expression take a value that is not known while planning, or that
 * another plan has to find?
 */
extern bool padv_is_open(Node *node);

/* Installs the planner hooks that the scope needs; called from _PG_init. */
extern void padv_whatif_init(void);

#endif							/* PADV_WHATIF_H */
