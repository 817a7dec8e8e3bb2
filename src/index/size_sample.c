/*-------------------------------------------------------------------------
 *
 * size_sample.c
 *	  Corrects what statistics say of an index by a sample of its rows.
 *
 * Statistics leave open how the columns of a key repeat together, what an
 * expression yields, and which rows a predicate of several clauses keeps.
 * Only then is the table sampled, and only where the answer matters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "index/size_private.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "commands/vacuum.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Smaller tables have indexes of a few pages anyway. */
#define LEAST_TUPLES		1000.0

/* Rows that a filter must have found to be believed over statistics. */
#define LEAST_FOUND			30

/* A column with so many values a row leaves nothing to deduplicate. */
#define NEARLY_UNIQUE		0.95

/* Rows a value between which an error of ANALYZE shows in the size. */
#define LEAST_REPETITION	1.05
#define MOST_REPETITION		30.0

/* How far the sample may be from what statistics lead to expect. */
#define MOST_DEVIATIONS		4.0
#define MODEL_ERROR			0.05

/* Rows that ANALYZE reads for each step of the statistics target. */
#define ANALYZE_ROWS		300.0

static double
repetition(const PadvRowFacts *rows, const PadvColumnFacts *col)
{
	return rows->table_tuples /
		Max(padv_groups_distinct(&col->groups, rows->table_tuples), 1.0);
}

/* Does it matter, and is it open, how often keys repeat? */
static bool
repetition_is_open(const PadvIndex *index, const PadvRowFacts *rows)
{
	double		analyzed = ANALYZE_ROWS * default_statistics_target;
	double		mean;

	if (!padv_btree_deduplicates(index))
		return false;
	for (int i = 0; i < index->nkeys; i++)
	{
		if (repetition(rows, &rows->cols[i]) < 1.0 / NEARLY_UNIQUE)
			return false;
	}
	if (index->nkeys > 1)
		return true;
	mean = repetition(rows, &rows->cols[0]);
	return rows->table_tuples > analyzed &&
		mean > LEAST_REPETITION && mean < MOST_REPETITION;
}

static bool
sample_is_wanted(const PadvIndex *index, const PadvRowFacts *rows)
{
	if (rows->table_tuples < LEAST_TUPLES)
		return false;
	if (index->pred != NIL)
		return true;
	for (int i = 0; i < index->ncols; i++)
	{
		if (rows->cols[i].guessed)
			return true;
	}
	if (index->relam == GIN_AM_OID ||
		(index->relam == GIST_AM_OID && rows->cols[0].converted))
		return true;
	return index->relam == BTREE_AM_OID && repetition_is_open(index, rows);
}

/* Does the operator compare, so that frequencies and histograms tell of it? */
static bool
compares(Oid opno)
{
	switch (get_oprrest(opno))
	{
		case F_EQSEL:
		case F_NEQSEL:
		case F_SCALARLTSEL:
		case F_SCALARLESEL:
		case F_SCALARGTSEL:
		case F_SCALARGESEL:
			return true;
		default:
			return false;
	}
}

/* What an operator compares with constants; NULL: nothing. */
static Node *
compared_by(Oid opno, List *args)
{
	return compares(opno) && !contain_var_clause(lsecond(args)) ?
		linitial(args) : NULL;
}

/* What a clause tests for being something, or compares, first of all. */
static Node *
tested_by(Node *clause)
{
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			return compared_by(((OpExpr *) clause)->opno,
							   ((OpExpr *) clause)->args);
		case T_ScalarArrayOpExpr:
			return compared_by(((ScalarArrayOpExpr *) clause)->opno,
							   ((ScalarArrayOpExpr *) clause)->args);
		case T_NullTest:
			return (Node *) ((NullTest *) clause)->arg;
		case T_BooleanTest:
			return (Node *) ((BooleanTest *) clause)->arg;
		case T_BoolExpr:
			return is_notclause(clause) ? (Node *) get_notclausearg(clause) : NULL;
		default:
			return clause;
	}
}

/*
 * Is the predicate one clause on a column that ANALYZE has looked at?  It has
 * read rows all over the table, of which the sample has only some places: rows
 * that lie together, as the latest ones do, may be missing or too many there.
 */
static bool
is_counted(const PadvIndex *index)
{
	Node	   *tested;

	if (list_length(index->pred) != 1)
		return false;
	tested = tested_by(linitial(index->pred));
	if (tested != NULL && IsA(tested, RelabelType))
		tested = (Node *) ((RelabelType *) tested)->arg;
	return tested != NULL && IsA(tested, Var) &&
		SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(index->relid),
							  Int16GetDatum(((Var *) tested)->varattno),
							  BoolGetDatum(false));
}

/*
 * Which of the sampled rows are in the index, and so how many in all.  Few
 * rows tell little, unless the planner expected far more or far fewer.
 */
static void
apply_filter(const PadvIndex *index, PadvRowFacts *rows)
{
	double		n = rows->sample->nrows;
	double		expected = n * rows->selectivity;
	const bool *filter;
	int			nfound;

	if (index->pred == NIL)
		return;
	filter = padv_sample_filter(rows->sample, index->pred, &nfound);
	if (filter == NULL)
		return;
	if (nfound >= LEAST_FOUND || rows->sample->complete)
		rows->filter = filter;
	else if (fabs(expected - nfound) <=
			 MOST_DEVIATIONS * sqrt(Max(expected, 1.0)))
		return;
	if (rows->sample->complete || !is_counted(index))
		rows->tuples = rint(rows->table_tuples * nfound / n);
}

/* Null fraction and widths of a column as sampled. */
static void
set_widths(PadvColumnFacts *col, const PadvSampleColumn *column,
		   const PadvSample *sample, const bool *filter)
{
	int			nrows = sample->nrows;
	int			seen = 0;
	double		sum = 0.0;

	col->nwidths = 0;
	col->widths = palloc(sizeof(int) * Max(nrows, 1));
	col->upto = palloc(sizeof(double) * Max(nrows, 1));
	for (int i = 0; i < nrows; i++)
	{
		if (filter != NULL && !filter[i])
			continue;
		seen++;
		if (column->width[i] < 0)
			continue;
		sum += column->width[i];
		col->widths[col->nwidths] = column->width[i];
		col->upto[col->nwidths] = col->nwidths + 1.0;
		col->nwidths++;
	}
	col->nullfrac = 1.0 - (double) col->nwidths / Max(seen, 1);
	col->width = sum / Max(col->nwidths, 1);
}

/* Takes a column from the sample; false when it must not be evaluated. */
static bool
sample_column(const PadvIndex *index, int i, PadvRowFacts *rows)
{
	PadvColumnFacts *col = &rows->cols[i];
	const PadvSampleColumn *column;
	double		seen;

	column = padv_sample_column(rows->sample, padv_size_column_node(index, i));
	if (column == NULL)
		return false;
	rows->sampled[i] = column;
	if (!col->guessed && rows->filter == NULL)
		return true;
	col->groups = padv_sample_groups(rows->sample, &column, 1, rows->filter,
									 rows->tuples, &seen);
	col->ndistinct = padv_groups_distinct(&col->groups, rows->tuples);
	col->known = true;
	if (!col->converted)
		set_widths(col, column, rows->sample, rows->filter);
	return true;
}

/*
 * Of a table that was never analyzed, the planner only guesses how many rows
 * are on a page, and pages at its end can still be empty.
 */
static void
count_rows(PadvRowFacts *rows)
{
	const PadvSample *sample = rows->sample;

	if (!sample->complete && !rows->tuples_guessed)
		return;
	rows->table_tuples = rint(sample->nrows * (double) sample->pages /
							  Max(sample->pages_read, 1));
	rows->tuples = rint(rows->table_tuples * rows->selectivity);
}

void
padv_size_refine(const PadvIndex *index, PadvRowFacts *rows)
{
	if (rows->unread || !sample_is_wanted(index, rows))
		return;
	rows->sample = padv_sample_get(index->relid, rows->table_pages,
								   rows->table_tuples);
	if (rows->sample == NULL)
		return;
	count_rows(rows);
	if (rows->sample->nrows == 0)
	{
		rows->sample = NULL;
		return;
	}
	apply_filter(index, rows);
	rows->all_sampled = (index->pred == NIL || rows->filter != NULL);
	if (index->relam == GIN_AM_OID)
		return;					/* it wants elements, not values */
	for (int i = 0; i < index->ncols; i++)
	{
		if (index->relam == GIST_AM_OID && rows->cols[i].converted)
			(void) padv_size_gist_column(index, i, rows);
		else if (!sample_column(index, i, rows))
			rows->all_sampled = false;
	}
}

/*
 * Do the statistics, taken for independent of each other, explain how many
 * different keys the sample has?  Then they know more than the sample does,
 * above all of values that are neither frequent nor unique.
 */
static bool
statistics_agree(const PadvRowFacts *rows, const PadvGroups *groups,
				 double seen)
{
	double		n = rows->sample->nrows;
	double		expected = n - padv_groups_distinct(groups, n);
	double		observed = n - seen;

	return fabs(expected - observed) <=
		MOST_DEVIATIONS * sqrt(Max(expected, 1.0)) + MODEL_ERROR * expected;
}

PadvGroups
padv_size_key_groups(const PadvIndex *index, const PadvRowFacts *rows)
{
	PadvGroups	by_statistics = padv_groups_of_keys(index, rows, index->nkeys);
	PadvGroups	by_sample;
	double		seen;

	if (!rows->all_sampled)
		return by_statistics;
	by_sample = padv_sample_groups(rows->sample, rows->sampled, index->nkeys,
								   rows->filter, rows->tuples, &seen);
	if (rows->filter == NULL &&
		!rows->sample->complete &&
		statistics_agree(rows, &by_statistics, seen))
		return by_statistics;
	return by_sample;
}
