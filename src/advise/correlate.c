/*-------------------------------------------------------------------------
 *
 * correlate.c
 *	  Columns that statements compare together, and the planner misjudges.
 *
 * The planner multiplies the shares of rows that each comparison keeps, as if
 * one said nothing of the other.  A sample of the rows tells which of its
 * expectations are far off.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "advise/correlate.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "index/sample.h"
#include "nodes/makefuncs.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* How far an expectation must be off. */
#define LEAST_FACTOR		10.0

static double
quotient(double a, double b)
{
	a = Max(a, 1.0);
	b = Max(b, 1.0);
	return a > b ? a / b : b / a;
}

/* By how much the first known values occur together more or less often. */
static double
factor_of_values(const PadvColumnGroup *group, PadvSample *sample)
{
	int			nfound;

	if (padv_sample_filter(sample, linitial(group->conditions),
						   &nfound) == NULL)
		return 1.0;
	return quotient(nfound, group->share * sample->nrows);
}

/* By how much there are fewer combinations than the columns could have. */
static double
factor_of_columns(const PadvColumnGroup *group, PadvSample *sample)
{
	const PadvSampleColumn *cols[PADV_GROUP_COLUMNS];
	double		combinations = 1.0;
	double		seen;

	for (int i = 0; i < group->ncols; i++)
	{
		Oid			type;
		int32		typmod;
		Oid			collation;

		get_atttypetypmodcoll(group->relid, group->attnos[i], &type, &typmod,
							  &collation);
		cols[i] = padv_sample_column(sample,
									 (Node *) makeVar(1, group->attnos[i], type,
													  typmod, collation, 0));
		if (cols[i] == NULL)
			return 1.0;
		(void) padv_sample_groups(sample, &cols[i], 1, NULL, sample->nrows,
								  &seen);
		combinations *= Max(seen, 1.0);
	}
	(void) padv_sample_groups(sample, cols, group->ncols, NULL, sample->nrows,
							  &seen);
	return Min(combinations, sample->nrows) / Max(seen, 1.0);
}

/* The sample of a table that was analyzed; NULL when it cannot be had. */
static PadvSample *
sample_of(Oid relid)
{
	Relation	rel;
	double		pages = 0.0;
	double		tuples = 0.0;

	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return NULL;
	rel = try_relation_open(relid, NoLock);
	if (rel == NULL)
		return NULL;
	if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
	{
		pages = RelationGetNumberOfBlocks(rel);
		tuples = rel->rd_rel->reltuples;
	}
	relation_close(rel, NoLock);
	if (pages <= 0 || tuples < PADV_GROUP_TUPLES)
		return NULL;
	return padv_sample_get(relid, pages, tuples);
}

static void
look_at_sample(PadvColumnGroup *group)
{
	PadvSample *sample = sample_of(group->relid);

	group->factor = 1.0;
	if (sample == NULL || sample->nrows < PADV_GROUP_TUPLES)
		return;
	group->factor = group->conditions != NIL ?
		factor_of_values(group, sample) : factor_of_columns(group, sample);
}

/* Is it explained by two of its columns, which are as far off? */
static bool
is_explained(const PadvColumnGroup *group, List *groups)
{
	ListCell   *lc;

	foreach(lc, groups)
	{
		const PadvColumnGroup *pair = lfirst(lc);
		int			shared = 0;

		if (pair->relid != group->relid || pair->ncols >= group->ncols ||
			pair->factor < LEAST_FACTOR)
			continue;
		for (int i = 0; i < pair->ncols; i++)
		{
			for (int j = 0; j < group->ncols; j++)
				shared += pair->attnos[i] == group->attnos[j];
		}
		if (shared == pair->ncols)
			return true;
	}
	return false;
}

static double
weight_of(const PadvColumnGroup *group)
{
	double		weight = 0.0;
	ListCell   *lc;

	foreach(lc, group->statements)
	{
		const PadvStatement *stmt = lfirst(lc);

		weight += stmt->given ? stmt->calls : stmt->total_ms;
	}
	return weight;
}

static int
compare_groups(const ListCell *a, const ListCell *b)
{
	const PadvColumnGroup *x = lfirst(a);
	const PadvColumnGroup *y = lfirst(b);
	double		wx = weight_of(x);
	double		wy = weight_of(y);

	if (wx != wy)
		return wx > wy ? -1 : 1;
	if (x->factor != y->factor)
		return x->factor > y->factor ? -1 : 1;
	if (x->relid != y->relid)
		return x->relid < y->relid ? -1 : 1;
	return memcmp(x->attnos, y->attnos, sizeof(x->attnos));
}

static int
compare_tables(const ListCell *a, const ListCell *b)
{
	Oid			x = ((const PadvColumnGroup *) lfirst(a))->relid;
	Oid			y = ((const PadvColumnGroup *) lfirst(b))->relid;

	return x < y ? -1 : x > y;
}

/* Table by table, so that the samples of few tables need to be kept. */
static void
look_at_samples(List *groups)
{
	List	   *by_table = list_copy(groups);
	ListCell   *lc;

	list_sort(by_table, compare_tables);
	foreach(lc, by_table)
		look_at_sample(lfirst(lc));
	list_free(by_table);
}

List *
padv_column_groups(List *groups)
{
	List	   *result = NIL;
	ListCell   *lc;

	look_at_samples(groups);
	foreach(lc, groups)
	{
		PadvColumnGroup *group = lfirst(lc);

		if (group->factor >= LEAST_FACTOR && !is_explained(group, groups))
			result = lappend(result, group);
	}
	list_sort(result, compare_groups);
	return result;
}
