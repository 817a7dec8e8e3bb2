/*-------------------------------------------------------------------------
 *
 * size_groups.c
 *	  How many rows share a key value: what deduplication lives on.
 *
 * pg_statistic knows each column's frequent values and the number of the
 * others.  A key of several columns is the cross product, as if the columns
 * were independent, unless extended statistics know better.  The result is a
 * list of classes of equally frequent cells; dropping the rows into the cells
 * at random gives the expected number of groups of each size.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "index/size_private.h"
#include "base/compat.h"
#include "catalog/pg_statistic_ext.h"
#include "statistics/statistics.h"
#include "utils/memutils.h"

/* Classes per octave of frequency that are told apart, and the least one. */
#define CLASSES_PER_OCTAVE	4
#define LEAST_EXPONENT		(-80)
#define MAX_CLASSES			(-LEAST_EXPONENT * CLASSES_PER_OCTAVE + 1)

/* From this expectation on a Poisson distribution is taken for normal. */
#define NORMAL_FROM			60.0

/* The array doubles whenever its length is a power of two. */
void
padv_groups_add(PadvGroups *groups, PadvCells cells)
{
	if (cells.cells <= 0.0 || cells.p <= 0.0)
		return;
	if (groups->classes == NULL)
		groups->classes = palloc(sizeof(PadvCells));
	else if ((groups->n & (groups->n - 1)) == 0)
		groups->classes = repalloc(groups->classes,
								   sizeof(PadvCells) * Max(groups->n * 2, 2));
	groups->classes[groups->n++] = cells;
}

/*
 * The class of "distinct" values over "rows" rows, each of which was seen.
 * Solves mean = l / (1 - exp(-l)): the mean of a Poisson distribution whose
 * zeros are not seen, and adds the empty cells that belong to it.
 */
PadvGroups
padv_groups_even(double rows, double distinct)
{
	PadvGroups	groups = {0};
	double		mean = Max(rows, 1.0) / Max(distinct, 1.0);
	double		lambda = mean;
	PadvCells	cells;

	if (mean < 1.0001)
		lambda = 0.0002;
	else
	{
		for (int i = 0; i < 60; i++)
			lambda = mean * -expm1(-lambda);
	}
	lambda = Max(lambda, 0.0002);
	cells.cells = Max(rows, 1.0) / lambda;
	if (mean > NORMAL_FROM)
		cells.cells = Max(distinct, 1.0);
	cells.p = 1.0 / cells.cells;
	padv_groups_add(&groups, cells);
	return groups;
}

/* All rows in one group. */
PadvGroups
padv_groups_one(void)
{
	PadvGroups	groups = {0};
	PadvCells	cell = {1.0, 1.0};

	padv_groups_add(&groups, cell);
	return groups;
}

/* Merges classes of nearly the same frequency, so that few remain. */
void
padv_groups_condense(PadvGroups *groups)
{
	double		cells[MAX_CLASSES] = {0};
	double		mass[MAX_CLASSES] = {0};

	for (int i = 0; i < groups->n; i++)
	{
		const PadvCells *c = &groups->classes[i];
		int			slot;

		slot = (int) floor((Max(log2(c->p), LEAST_EXPONENT) - LEAST_EXPONENT)
						   * CLASSES_PER_OCTAVE);
		slot = Min(Max(slot, 0), MAX_CLASSES - 1);
		cells[slot] += c->cells;
		mass[slot] += c->cells * c->p;
	}
	groups->n = 0;
	for (int i = MAX_CLASSES - 1; i >= 0; i--)
	{
		PadvCells	merged;

		if (mass[i] <= 0.0)
			continue;
		merged.cells = cells[i];
		merged.p = mass[i] / cells[i];
		groups->classes[groups->n++] = merged;
	}
}

PadvGroups
padv_groups_cross(const PadvGroups *a, const PadvGroups *b)
{
	PadvGroups	result = {0};

	result.classes = palloc(sizeof(PadvCells) * Max(a->n * b->n, 1));
	for (int i = 0; i < a->n; i++)
	{
		for (int j = 0; j < b->n; j++)
		{
			PadvCells  *c = &result.classes[result.n++];

			c->cells = a->classes[i].cells * b->classes[j].cells;
			c->p = a->classes[i].p * b->classes[j].p;
		}
	}
	padv_groups_condense(&result);
	return result;
}

/* Expected number of cells that are not empty. */
double
padv_groups_distinct(const PadvGroups *groups, double rows)
{
	double		result = 0.0;

	for (int i = 0; i < groups->n; i++)
		result += groups->classes[i].cells *
			-expm1(-rows * groups->classes[i].p);
	return result;
}

void
padv_groups_visit(PadvCells cells, double rows, PadvGroupVisit visit,
				  void *arg)
{
	double		lambda = rows * cells.p;
	double		share;
	double		seen;

	if (lambda > NORMAL_FROM)
	{
		static const double z[] = {-1.5, -0.5, 0.5, 1.5};

		for (int i = 0; i < lengthof(z); i++)
			visit(rint(lambda + z[i] * sqrt(lambda)),
				  cells.cells * (i == 0 || i == 3 ? 0.125 : 0.375), arg);
		return;
	}

	share = exp(-lambda);
	seen = share;
	for (int k = 1; k == 1 || (seen < 1.0 - 1e-12 && k < 4 * NORMAL_FROM); k++)
	{
		share *= lambda / k;
		seen += share;
		visit(k, cells.cells * share, arg);
	}
}

/* ---- several columns ---- */

/* The key columns (numbered from 0) of an item of extended statistics. */
static bool
item_columns(const PadvIndex *index, int nkeys, const MVNDistinctItem *item,
			 uint32 free_columns, uint32 *columns)
{
	*columns = 0;
	for (int i = 0; i < item->nattributes; i++)
	{
		bool		found = false;

		for (int j = 0; j < nkeys && !found; j++)
		{
			if (index->cols[j].attno > 0 &&
				index->cols[j].attno == item->attributes[i] &&
				(free_columns & (1U << j)) != 0)
			{
				*columns |= 1U << j;
				found = true;
			}
		}
		if (!found)
			return false;
	}
	return true;
}

/*
 * Finds the widest item of the table's ndistinct statistics that speaks of
 * free key columns alone.
 */
static double
find_ndistinct(const PadvIndex *index, const PadvRowFacts *rows, int nkeys,
			   uint32 free_columns, uint32 *columns)
{
	double		result = 0.0;
	int			best = 0;
	ListCell   *lc;

	foreach(lc, rows->rel->statlist)
	{
		StatisticExtInfo *info = lfirst_node(StatisticExtInfo, lc);
		MVNDistinct *stats;

		if (info->kind != STATS_EXT_NDISTINCT || info->inherit)
			continue;
		stats = statext_ndistinct_load(info->statOid, info->inherit);
		for (uint32 i = 0; stats != NULL && i < stats->nitems; i++)
		{
			uint32		found;

			if (stats->items[i].nattributes > best &&
				item_columns(index, nkeys, &stats->items[i], free_columns,
							 &found))
			{
				best = stats->items[i].nattributes;
				*columns = found;
				result = stats->items[i].ndistinct;
			}
		}
	}
	return result;
}

static void
cross_into(PadvGroups *total, const PadvGroups *next)
{
	if (total->n == 0)
		*total = *next;
	else
		*total = padv_groups_cross(total, next);
}

PadvGroups
padv_groups_of_keys(const PadvIndex *index, const PadvRowFacts *rows,
					int nkeys)
{
	PadvGroups	total = {0};
	uint32		free_columns = (uint32) ((UINT64CONST(1) << nkeys) - 1);
	uint32		columns = 0;
	double		ndistinct;

	while (nkeys > 1 &&
		   (ndistinct = find_ndistinct(index, rows, nkeys, free_columns,
									   &columns)) > 0.0)
	{
		PadvGroups	joint = padv_groups_even(rows->table_tuples, ndistinct);

		cross_into(&total, &joint);
		free_columns &= ~columns;
	}
	for (int i = 0; i < nkeys; i++)
	{
		if ((free_columns & (1U << i)) != 0)
			cross_into(&total, &rows->cols[i].groups);
	}
	return total;
}
