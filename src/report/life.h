/*-------------------------------------------------------------------------
 *
 * life.h
 *	  What becomes of advice: remembered, dismissed, carried out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_LIFE_H
#define PADV_LIFE_H

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/pg_list.h"

/* The columns of perfadvisor_recommendations() and perfadvisor_advise(). */
enum
{
	COL_ID, COL_PRIORITY, COL_KIND, COL_STATUS, COL_RELATION, COL_DDL,
	COL_UNDO, COL_REASON, COL_COST_BEFORE, COL_COST_AFTER, COL_IMPROVEMENT,
	COL_SAVED, COL_WRITE, COL_SIZE, COL_CALLS, COL_QUERYIDS, COL_DETAIL,
	COL_COUNT
};

/* A row of advice that was given. */
typedef struct PadvTold
{
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT];
	Oid			indexoid;		/* the index at hand, or InvalidOid */
	List	   *statements;		/* of PadvStatement */
} PadvTold;

/* Remembers what was advised (a List of PadvTold), where that can be. */
extern void padv_remember(FunctionCallInfo fcinfo, List *rows);

/* Adds what was dismissed and what was carried out to the rows. */
extern void padv_tell_settled(FunctionCallInfo fcinfo, ReturnSetInfo *rsinfo);

/* Ids of advice that is not wanted, as C strings. */
extern List *padv_dismissed(FunctionCallInfo fcinfo);

/* Of those, what is to be created, as padv_index_id() names it. */
extern List *padv_refused_indexes(const List *dismissed);
extern bool padv_is_dismissed(const List *dismissed, const char *id);

/* What ids of indexes to be created begin with; padv_index_id() follows. */
#define PADV_CREATE_ID "create-"

/* Brings what is remembered of advice carried out up to date, if it may be. */
extern void padv_keep_outcomes(FunctionCallInfo fcinfo);

#endif							/* PADV_LIFE_H */
