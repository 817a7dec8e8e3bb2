/*-------------------------------------------------------------------------
 *
 * size_private.h
 *	  What the files that estimate sizes share.
 *
 *	size.c			one index: table, predicate, partitions, dispatch
 *	size_column.c	one column: widths and frequencies from pg_statistic
 *	size_sample.c	the same from a sample of rows, where statistics end
 *	size_groups.c	how many rows share a key, over several columns
 *	size_btree.c	pages and height of a btree
 *	size_gin.c		pages of a GIN index
 *	size_gist.c		pages of a GiST index
 *	size_other.c	pages of the other access methods
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_SIZE_PRIVATE_H
#define PADV_SIZE_PRIVATE_H

#include "index/index.h"
#include "index/sample.h"
#include "nodes/pathnodes.h"
#include "utils/relcache.h"

/* One column of an index, as its rows will be stored. */
typedef struct PadvColumnFacts
{
	int16		typlen;			/* of the stored key */
	char		typalign;
	char		typstorage;
	double		nullfrac;
	double		ndistinct;		/* non-null values */
	bool		known;			/* false: ndistinct is not known at all */
	bool		guessed;		/* no statistics of its own */
	bool		converted;		/* the index stores another type */
	double		width;			/* average bytes, with a packed header */
	int			nwidths;		/* sampled widths of non-null values … */
	int		   *widths;
	double	   *upto;			/* … and their cumulated shares */
	PadvGroups	groups;
	double		elements;		/* distinct elements of a value; 0: unknown */
	int			ncommon;		/* frequencies of common elements, falling */
	double	   *common;
} PadvColumnFacts;

/* Everything about the rows that the index will hold. */
typedef struct PadvRowFacts
{
	PlannerInfo *root;			/* of a made-up query on the table */
	RelOptInfo *rel;
	double		table_tuples;
	bool		tuples_guessed; /* nobody has ever counted them */
	double		table_pages;
	double		selectivity;	/* of the predicate, as the planner has it */
	double		tuples;			/* in the index: after the predicate */
	PadvColumnFacts cols[INDEX_MAX_KEYS];

	/* Where the table was sampled (see sample.h), else NULL. */
	bool		unread;			/* may not be sampled for whoever asks */
	bool		secured;		/* row security hides rows from them */
	PadvSample *sample;
	const bool *filter;			/* its rows that the predicate keeps */
	const PadvSampleColumn *sampled[INDEX_MAX_KEYS];
	bool		all_sampled;	/* predicate and columns were evaluated */
} PadvRowFacts;

/* size_column.c */
extern void padv_size_column(const PadvIndex *index, int i,
							 PadvRowFacts *rows);
extern Node *padv_size_column_node(const PadvIndex *index, int i);
extern int	padv_size_datum(Datum value, int16 typlen);

/* sample_rights.c */
extern bool padv_is_readable(Relation rel);
extern bool padv_calls_foreign_code(Node *node);

/* size_sample.c */
extern void padv_size_refine(const PadvIndex *index, PadvRowFacts *rows);
extern PadvGroups padv_size_key_groups(const PadvIndex *index,
									   const PadvRowFacts *rows);

/* size_groups.c */
extern PadvGroups padv_groups_even(double rows, double distinct);
extern PadvGroups padv_groups_one(void);
extern void padv_groups_add(PadvGroups *groups, PadvCells cells);
extern PadvGroups padv_groups_cross(const PadvGroups *a, const PadvGroups *b);
extern void padv_groups_condense(PadvGroups *groups);
extern PadvGroups padv_groups_of_keys(const PadvIndex *index,
									  const PadvRowFacts *rows, int nkeys);
extern double padv_groups_distinct(const PadvGroups *groups, double rows);

/* Calls visit(k, weight, arg) with the expected number of cells of k rows. */
typedef void (*PadvGroupVisit) (double k, double weight, void *arg);
extern void padv_groups_visit(PadvCells cells, double rows,
							  PadvGroupVisit visit, void *arg);

/* size.c: average bytes of the index tuples' data area, MAXALIGNed whole */
extern double padv_size_tuple(const PadvRowFacts *rows, int ncols);
extern int	padv_size_option(const PadvIndex *index, const char *name,
							 int fallback);

/* size_btree.c, size_other.c: set pages and height */
extern bool padv_btree_deduplicates(const PadvIndex *index);
extern void padv_size_btree(PadvIndex *index, const PadvRowFacts *rows);
extern void padv_size_other(PadvIndex *index, const PadvRowFacts *rows);

/* size_gist.c */
extern bool padv_size_gist_column(const PadvIndex *index, int i,
								  PadvRowFacts *rows);
extern double padv_size_gist(const PadvIndex *index, const PadvRowFacts *rows);

/* size_gin.c */
extern double padv_size_gin(const PadvIndex *index, const PadvRowFacts *rows);

#endif							/* PADV_SIZE_PRIVATE_H */
