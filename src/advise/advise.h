/*-------------------------------------------------------------------------
 *
 * advise.h
 *	  The door of the advise room: from a workload to advice.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_ADVISE_H
#define PADV_ADVISE_H

#include "index/index.h"
#include "workload/workload.h"

typedef struct PadvOptions
{
	double		storage_budget; /* bytes for all new indexes; 0: no limit */
	double		min_improvement_pct;
	bool		strict;			/* the minimum was asked for, also under a
								 * budget */
	bool		explain;		/* say why there is no more */
	int			max_width;		/* key columns */
	List	   *refused;		/* of char *: ids (padv_index_id()) of indexes
								 * that are not wanted */
} PadvOptions;

/* One index that is worth creating. */
typedef struct PadvAdvice
{
	PadvIndex  *index;
	List	   *statements;		/* of PadvStatement: those whose plan uses it */
	double		cost_before;	/* planner cost of those, times calls */
	double		cost_after;
	double		calls;
	double		saved_ms;		/* in the window, upkeep not yet taken off */
	double		upkeep_cost;	/* planner cost of all index entries written */
	double		upkeep_ms;		/* the same in ms, in the window */
	double		entries_written;	/* entries of it in the window */
	double		hot_updates_lost;	/* rows that are updated HOT without it */
	double		entries_elsewhere;	/* what these write into other indexes */
	double		pending_pages;	/* of a GIN index's list that a search would
								 * read, if it should have none; else 0 */
	List	   *replaces;		/* of PadvIndex: real ones that it covers */
	double	   *replaced_ms;	/* what writes pay for each of them, in ms */
	PadvIndex  *refused;		/* another one that starts alike, by which a
								 * statement would be slower, or NULL */
	double		refused_times;	/* it would take so many times as much */
	bool		refused_unsure; /* probably */
	double		slower_times;	/* the same with this one, or 0 */
	double		suspected_times;	/* the same by what is likely, not sure */
	PadvIndex  *dismissed;		/* what it is a wider form of, or NULL */
} PadvAdvice;

/* A frequent predicate or sort that got no index. */
typedef struct PadvWhyNot
{
	Oid			relid;			/* InvalidOid: the whole statement */
	const char *predicate;
	List	   *statements;		/* of PadvStatement */
	const char *code;
	const char *reason;
	double		selectivity;	/* 0..1, or -1 where it does not apply */
	double		tuples;			/* of the table */
	double		pages;
	double		calls;
	double		improvement_pct;	/* best that an index would have brought */
} PadvWhyNot;

typedef struct PadvAdviceSet
{
	List	   *advice;			/* of PadvAdvice, most valuable first */
	List	   *why_not;		/* of PadvWhyNot, most called first */
	List	   *groups;			/* of PadvColumnGroup (correlate.h): columns
								 * that are compared together */
	double		total_ms;		/* measured time of the workload */
	double		total_cost;		/* its planner cost, times calls, before */
	double		total_cost_after;
	double		ms_per_cost;	/* 0: no measured time */
	int			candidates;
	int64		planner_calls;
} PadvAdviceSet;

extern PadvAdviceSet *padv_advise(const PadvWorkload *workload,
								  const PadvOptions *options);

/* Per cent of the cost of its statements that an advice saves. */
extern double padv_advice_improvement(const PadvAdvice *advice);

/* What one index of a given list is worth beside the others. */
typedef struct PadvVerdict
{
	PadvIndex  *index;
	const char *verdict;		/* helps, redundant, unused, harmful */
	double		improvement_pct;	/* of the statements that use it */
	List	   *statements;		/* of PadvStatement */
	char	   *reason;
} PadvVerdict;

extern List *padv_evaluate(const PadvWorkload *workload, List *indexes,
						   const PadvOptions *options);

/* A real index, and what its drop would do to the workload. */
typedef struct PadvDropTrial
{
	Oid			relid;
	Oid			indexoid;
	bool		needed;			/* a statement gets more expensive */
	double		upkeep_ms;		/* what writes pay for it, in the window */
} PadvDropTrial;

/*
 * Hides each of the given indexes, beside those before it that are not needed,
 * while the given hypothetical ones exist.
 */
extern void padv_try_drops(const PadvWorkload *workload, List *trials,
						   List *with);

#endif							/* PADV_ADVISE_H */
