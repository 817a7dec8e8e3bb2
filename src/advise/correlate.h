/*-------------------------------------------------------------------------
 *
 * correlate.h
 *	  Columns that statements compare together, and the planner misjudges.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_CORRELATE_H
#define PADV_CORRELATE_H

#include "access/attnum.h"
#include "nodes/pathnodes.h"
#include "workload/workload.h"

#define PADV_GROUP_COLUMNS	5

/* Smaller tables are read as a whole, whatever the planner expects. */
#define PADV_GROUP_TUPLES	1000.0

typedef struct PadvColumnGroup
{
	Oid			relid;
	int			ncols;
	AttrNumber	attnos[PADV_GROUP_COLUMNS]; /* ascending */
	List	   *conditions;		/* of List: equalities with constants,
								 * implicit AND, Vars numbered 1; NIL: values
								 * are not known */
	List	   *statements;		/* of PadvStatement */
	double		share;			/* of rows, as the planner expects it: of the
								 * first conditions */
	double		factor;			/* by which a sample of the rows differs */
} PadvColumnGroup;

/* What is noted while the statements are planned, in its own context. */
typedef struct PadvColumnGroups
{
	MemoryContext context;
	List	   *groups;			/* of PadvColumnGroup */
} PadvColumnGroups;

/*
 * Notes what the statement compares on a relation; to be called where the
 * planner has made its paths.
 */
extern void padv_note_groups(PlannerInfo *root, RelOptInfo *rel, Index rti,
							 RangeTblEntry *rte, PadvStatement *stmt,
							 PadvColumnGroups *noted);

/*
 * Those of the noted groups of which a sample of the table's rows has ten
 * times as many or ten times as few rows as the planner expects, those of the
 * heaviest statements first.  Columns that extended statistics or a unique index cover
 * are not among them, nor tables that the current user may not read.
 */
extern List *padv_column_groups(List *groups);

#endif							/* PADV_CORRELATE_H */
