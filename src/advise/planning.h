/*-------------------------------------------------------------------------
 *
 * planning.h
 *	  One planning of a statement by a search.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_PLANNING_H
#define PADV_PLANNING_H

#include "advise/advise_private.h"

/* So many times what a statement takes today, and the planner is lured. */
#define PADV_LURED			1.2

/*
 * One planning of a statement, for all of its instances: averages over them by
 * their shares, in the planner's units and rows.
 */
typedef struct PadvPlanning
{
	PadvSearch *search;
	PadvStmtState *state;
	PadvScope	scope;
	PadvAccessArg *access;		/* of the visitor, if there is one */
	double		cost;
	double		planner_cost;	/* doubts left out */
	double		risk;
	double		least;			/* of an instance */
	double		most;
	double		written;		/* rows that one call writes */
	double		part_written;	/* the same, in its WITH clause */
	double		effort;
	List	   *used;			/* OIDs */
} PadvPlanning;

/*
 * Plans the statement under "scope", which the caller fills in; false with a
 * reason when it cannot be planned.
 */
extern bool padv_plan_statement(PadvSearch *search, PadvStmtState *state,
								PadvPlanning *planning, char **reason);

#endif							/* PADV_PLANNING_H */
