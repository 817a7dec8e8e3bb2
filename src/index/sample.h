/*-------------------------------------------------------------------------
 *
 * sample.h
 *	  A sample of a table's rows, for what statistics do not tell.
 *
 *	sample.c		reading, keeping and evaluating rows
 *	sample_groups.c	how often values repeat, judged by a sample
 *	sample_scan.c	all rows of a table of few pages
 *
 * Rows come in clusters of adjacent pages, so that equal keys that lie
 * together are seen together; see sample.c for the rights that reading them
 * takes.  Samples are kept for the rest of the transaction, as long as it
 * writes nothing, and within a limit of memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_SAMPLE_H
#define PADV_SAMPLE_H

#include "access/htup.h"
#include "nodes/pg_list.h"
#include "storage/block.h"

/*
 * A class of key values that are equally frequent: "cells" of them, each of
 * which a row falls into with probability p.  The number of rows in a cell
 * is taken for Poisson distributed, so that a cell may be empty.
 */
typedef struct PadvCells
{
	double		cells;
	double		p;
} PadvCells;

/* All classes of a key; their cells * p sum to 1. */
typedef struct PadvGroups
{
	int			n;
	PadvCells  *classes;
} PadvGroups;

typedef struct PadvSample
{
	MemoryContext context;
	Oid			relid;
	BlockNumber pages;			/* of the table when it was read */
	CommandId	command;		/* of the transaction, likewise */
	SubTransactionId subid;		/* that has read it */
	bool		stale;			/* and was rolled back since */
	BlockNumber pages_read;
	bool		complete;		/* it is the whole table */
	int			nrows;
	int			allocated;
	HeapTuple  *rows;
	uint32	   *cluster;		/* of each row */
	List	   *evaluated;		/* sample.c's memory */
	List	   *answers;		/* sample_groups.c's memory */
} PadvSample;

/* The values of a column or an expression in the sampled rows. */
typedef struct PadvSampleColumn
{
	uint64	   *hash;			/* equal for equal images */
	int		   *width;			/* bytes in an index tuple, -1 for NULL */
} PadvSampleColumn;

/*
 * The sample of a table, or NULL when it cannot be had: the caller may not
 * read all of it, or it cannot be read by ranges of pages.
 */
extern PadvSample *padv_sample_get(Oid relid, double pages, double tuples);

/*
 * The values of an expression over Vars numbered 1.  NULL when it must not
 * be evaluated (it calls functions that anybody may have written), or fails
 * on a row.
 */
extern const PadvSampleColumn *padv_sample_column(PadvSample *sample,
												  Node *expr);

/* Which rows satisfy an implicit-AND list?  NULL as above. */
extern const bool *padv_sample_filter(PadvSample *sample, List *pred,
									  int *nfound);

/*
 * Calls visit() with the value of an expression in every n-th row, in a
 * memory context that is reset after each.  False as above; visit() may
 * raise errors as well.
 */
typedef void (*PadvSampleVisit) (int row, uint32 cluster, Datum value,
								 bool isnull, void *arg);
extern bool padv_sample_visit(PadvSample *sample, Node *expr, int every,
							  PadvSampleVisit visit, void *arg);
extern uint64 padv_sample_hash(Datum value, int16 typlen, bool byval);

/*
 * Calls visit() with the value of an expression in every row of a table of no
 * more than so many pages, and whether the row satisfies an implicit-AND list;
 * as above.
 */
typedef void (*PadvRowVisit) (bool matches, Datum value, bool isnull,
							  void *arg);
extern bool padv_scan_rows(Oid relid, BlockNumber most_pages, List *pred,
						   Node *expr, PadvRowVisit visit, void *arg);

/* ---- repetition ---- */

/* Kinds of values that are told apart. */
#define PADV_VALUE_KINDS 8

/* A value, by its hash, in a row of a cluster. */
typedef struct PadvOccurrence
{
	uint64		hash;
	uint32		cluster;
	uint32		kind;			/* of the value, under PADV_VALUE_KINDS */
} PadvOccurrence;

/*
 * How often values repeat in the whole, of which n occurrences were seen (all
 * of them, if complete); sorts them.  *seen is the number of different ones.
 */
extern PadvGroups padv_occurrence_groups(PadvOccurrence *occurrences, int n,
										 bool complete, bool mixed,
										 double total, double *seen);

/*
 * How often the combined values of several columns repeat among the rows of
 * the filter (NULL: all), for an index of so many rows.  The result belongs
 * to the sample.
 */
extern PadvGroups padv_sample_groups(PadvSample *sample,
									 const PadvSampleColumn *const *cols,
									 int ncols,
									 const bool *filter, double tuples,
									 double *seen);

#endif							/* PADV_SAMPLE_H */
