/*-------------------------------------------------------------------------
 *
 * whatif_private.h
 *	  What the files of the whatif room share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_WHATIF_PRIVATE_H
#define PADV_WHATIF_PRIVATE_H

#include "whatif/whatif.h"

/*
 * Adds the scope's hypothetical indexes to a relation that is about to be
 * planned, and takes the hidden ones away.
 */
extern void padv_hypo_add(RelOptInfo *rel, Oid relid, const List *add);
extern void padv_hypo_hide(RelOptInfo *rel, const List *hide);

/* What EXPLAIN calls a hypothetical index. */
extern char *padv_hypo_name(const PadvIndex *index);

/* How the planner looks for a join order; "search" counts within the call. */
extern RelOptInfo *padv_join_search(PlannerInfo *root, int levels,
									List *initial_rels, PadvJoinOrders *orders,
									bool known, int search);

/* OIDs of all indexes that a plan reads, each once, in plan order. */
extern List *padv_plan_indexes(PlannedStmt *plan);
extern double padv_plan_doubt(PlannedStmt *plan, const List *judged);

/* What the planner leaves out of the cost of a write */
extern double padv_plan_unpriced(PlannedStmt *stmt);

/* A join on all columns of a key, of which the planner knows too little. */
typedef struct PadvJoinKey
{
	Oid			referred;		/* the table with the key */
	Oid			referring;
	double		rows;			/* of the latter, as the planner expects */
	double		factor;			/* so many times as many pairs are joined */
} PadvJoinKey;

/* joinkeys.c: of one query level, when its base relations are known */
extern void padv_join_keys_note(List **keys, PlannerInfo *root, bool sparse);

/*
 * risk.c: notes what a plan may be made of, and what the plan takes more;
 * late.c: how far a walk along an index has to go for the rows it wants.
 */
extern void padv_risk_note(List **reads, const PlannerInfo *root,
						   const RelOptInfo *rel, Oid relid);
extern double padv_plan_risk(PlannedStmt *plan, const List *reads,
							 const List *keys, const PadvScope *scope);
extern double padv_late_share(PadvWays *ways, const IndexPath *path,
							  Oid relid, double share);

/*
 * Takes the steps away that would choose partitions when the executor
 * starts: they need the values of parameters, and EXPLAIN has none here.
 */
extern void padv_plan_forget_pruning(PlannedStmt *plan);

#endif							/* PADV_WHATIF_PRIVATE_H */
