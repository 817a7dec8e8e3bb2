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

	/* keys of which few are referred to: where to look which ones are */
	bool		sparse;
	bool		looked_at;
	const RelOptInfo *rel;
	AttrNumber	attno;
	Node	   *column;			/* that refers to it */
} PadvJoinKey;

/* joinkeys.c: of one query level, when its base relations are known */
extern void padv_join_keys_note(List **keys, PlannerInfo *root, bool sparse);

/* referred.c: how often what is asked for is referred to; 0: not known */
extern double padv_referred(PadvWays *ways, const PadvJoinKey *key);

/*
 * What a visit to a page in memory costs, in the planner's units: as measured
 * on scans of millions of rows, whose cost is by their pages and rows.
 */
#define PADV_VISIT_COST		0.5

/* One way to read a relation by an index. */
typedef struct PadvRead
{
	Oid			relid;
	double		cost;			/* of one round, by which the plan's node */
	double		rows;			/* is found */
	double		shortage;		/* what a round's visits cost more */
	const IndexPath *path;		/* unless it is a bitmap */
} PadvRead;

/* reads.c: what a plan may be made of; pages that fetching rows visits */
extern void padv_risk_note(List **reads, const PlannerInfo *root,
						   const RelOptInfo *rel, Oid relid, bool all);
extern double padv_visits(const RelOptInfo *rel, double fetched,
						  double correlation);
extern double padv_best_order(const IndexPath *path, Oid relid);

/*
 * risk.c: what the plan takes more; late.c: how far a walk along an index has to
 * go for the rows it wants.
 */
extern double padv_plan_risk(PlannedStmt *plan, const List *reads,
							 const List *keys, const PadvScope *scope);

/* inturn.c: nested loops that visit a table from its front to its back */
extern const Plan *padv_leading_scan(const Plan *join);
extern bool padv_visits_in_turn(const Plan *join, const IndexPath *inner_path,
								Oid inner_relid, const IndexPath *outer_path,
								Oid outer_relid);
extern double padv_late_share(PadvWays *ways, const IndexPath *path,
							  Oid relid, double share);

/*
 * Takes the steps away that would choose partitions when the executor
 * starts: they need the values of parameters, and EXPLAIN has none here.
 */
extern void padv_plan_forget_pruning(PlannedStmt *plan);

#endif							/* PADV_WHATIF_PRIVATE_H */
