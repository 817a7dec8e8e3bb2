/*-------------------------------------------------------------------------
 *
 * reach.h
 *	  The door of the room that reads off the planner how statements reach
 *	  their tables.
 *
 * padv_access_visit() is called by a what-if planning for each table of a
 * statement.  It notes which columns and expressions an index could serve, in
 * which role and by which access methods; what becomes of that is for others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_REACH_H
#define PADV_REACH_H

#include "nodes/bitmapset.h"
#include "nodes/pathnodes.h"
#include "index/index.h"

/* How a key column would serve a clause or an order. */
typedef enum PadvUse
{
	PADV_USE_EQUAL,				/* column = constant, IS NULL, boolean */
	PADV_USE_ANY,				/* column = ANY: equal, but order is lost */
	PADV_USE_RANGE,				/* <, <=, >=, >, LIKE prefix, IS NOT NULL */
	PADV_USE_JOIN,				/* column = other table's expression */
	PADV_USE_SORT,				/* pathkey, in order */
	PADV_USE_OTHER,				/* a search with another access method */
	PADV_USE_DISTANCE,			/* an order by distance, likewise */
	PADV_USE_NONE				/* no index serves it */
} PadvUse;

typedef struct PadvTarget
{
	PadvUse		use;
	PadvIndexCol col;			/* key column that would serve */
	Oid			relam;			/* access method, or InvalidOid for btree */
	double		selectivity;	/* share of rows kept; 1 for sorts */
	Oid			opno;			/* operator, for telling; or InvalidOid */
	const char *test;			/* text of a test without operator, or NULL */
	bool		whole;			/* col.expr is the whole clause or sort key
								 * (NULL: with a subquery, or deep, or "test"
								 * is all), only to be named */
	bool		deep;			/* nested too deeply to be written out */
	const char *why;			/* why no index serves it, or NULL */
	int			arm;			/* 0, or number of the OR arm it stands in */
	Node	   *clause;			/* could be a predicate, Vars numbered 1 */
	bool		varies;			/* the clause differs between instances */
	bool		known;			/* the value compared with is known */
	List	   *rare;			/* clauses of sampled values that are rare */
	bool		common;			/* a sampled value is common */
} PadvTarget;

/* How one statement reaches one table. */
typedef struct PadvAccess
{
	Oid			relid;
	double		tuples;
	double		pages;
	bool		analyzed;		/* statistics exist */
	List	   *targets;		/* of PadvTarget */
	List	   *orders;			/* of List of PadvTarget: wanted sort orders */
	Bitmapset  *needed;			/* columns read, by attno */
	bool		needs_row;		/* whole row or system columns as well */
} PadvAccess;

/* The visitor for PadvScope; arg is a PadvAccessArg. */
typedef struct PadvAccessArg
{
	MemoryContext context;
	const Query *query;			/* as it was before planning */
	bool		has_params;		/* it has parameters with values */
	bool		sampled;		/* one of several instances */
	List	   *accesses;
} PadvAccessArg;

extern void padv_access_visit(PlannerInfo *root, RelOptInfo *rel, Index rti,
							  RangeTblEntry *rte, void *arg);

extern bool padv_same_col(const PadvIndexCol *a, const PadvIndexCol *b);

/* Is it a comparison of two columns of the relation? */
extern bool padv_compares_columns(Index rti, Node *clause);

/* Does it compare one with values that it must not have? */
extern bool padv_leaves_out_values(Node *clause);

/* One of the clauses, which PadvTarget.rare has */
extern Node *padv_any_of(List *clauses);

/* Make a key column, found for a btree, one of another method, if it can. */
extern bool padv_use_hash(PadvIndexCol *col, Oid opno, Oid type);
extern bool padv_use_brin(PadvIndexCol *col, Oid opno, Oid type);

/* How to write a target that no index serves so that one does, or NULL */
extern char *padv_rephrase(Oid relid, const PadvTarget *target);

#endif							/* PADV_REACH_H */
