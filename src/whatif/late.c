/*-------------------------------------------------------------------------
 *
 * late.c
 *	  Rows that come late in the order of an index.
 *
 * Under a LIMIT the planner may walk along an index until it has found the
 * rows that it wants, and takes for granted that they are spread evenly over
 * the way.  Where they are not, since what the other conditions ask for has to
 * do with the order (the open orders are the newest ones), the walk takes as
 * much of the index as lies before the first of them.
 *
 * A sample of the rows tells how much that is.  That none of n rows that are
 * spread evenly lies in a share s of the way has the probability (1 - s)^n;
 * rows that lie together in the table count as one, since they may be alike.
 * Nor need there be as many rows as the planner expects of conditions that it
 * knows nothing about: with n in the sample, there are hardly more than those
 * n + 3 sqrt(n) + 3 stand for, and the walk is as much longer.
 *
 * What a sample says is kept for the statement, whose plans ask for the same
 * again and again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/nbtree.h"
#include "access/stratnum.h"
#include "index/sample.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "whatif/whatif_private.h"

/* So many rows of a sample prove something, if chance is less likely. */
#define PADV_LEAST_ROWS		1000
#define PADV_LEAST_FOUND	10
#define PADV_LEAST_CHANCE	0.001

/* A walk along an index, and what the sample says of it. */
typedef struct Way
{
	Oid			relid;
	Node	   *key;			/* that the rows are ordered by, Var 1 */
	bool		descending;
	bool		nulls_first;
	List	   *within;			/* conditions that bound the walk */
	List	   *wanted;			/* these and all others */
	double		skipped;		/* share of the rows before the first that is
								 * wanted */
	double		rows;			/* that are wanted, at most; 0: not known */
} Way;

/* Looking for the first row in the sample. */
typedef struct Search
{
	const Way  *way;
	FmgrInfo	compare;
	Oid			collation;
	int16		typlen;
	bool		byval;
	MemoryContext context;
	const bool *within;			/* by row; NULL: all */
	const bool *wanted;
	bool		found;
	Datum		first;
	bool		first_isnull;
	uint32		cluster;		/* of the last row that is wanted */
	int			nclusters;		/* that have such rows */
	int			before;			/* rows of the walk before the first */
	int			nwithin;
} Search;

/* ---- what a path says ---- */

static bool
is_open(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || IsA(node, SubPlan) ||
		IsA(node, AlternativeSubPlan) || IsA(node, PlaceHolderVar) ||
		expression_tree_walker(node, is_open, context);
}

/* Does it take a value that is not known, or that another plan has to find? */
bool
padv_is_open(Node *node)
{
	return is_open(node, NULL);
}

static bool
is_equality(const IndexClause *iclause, Oid opfamily)
{
	OpExpr	   *op = (OpExpr *) iclause->rinfo->clause;

	return IsA(op, OpExpr) &&
		get_op_opfamily_strategy(op->opno, opfamily) == BTEqualStrategyNumber;
}

/* The first column that the walk does not hold fast; -1: all of them. */
static int
walked_column(const IndexPath *path)
{
	const IndexOptInfo *index = path->indexinfo;

	for (int col = 0; col < index->nkeycolumns; col++)
	{
		bool		fast = false;
		ListCell   *lc;

		foreach(lc, path->indexclauses)
		{
			const IndexClause *iclause = lfirst_node(IndexClause, lc);

			fast |= iclause->indexcol == col &&
				is_equality(iclause, index->opfamily[col]);
		}
		if (!fast)
			return col;
	}
	return -1;
}

/* Whether the path walks along an index past rows that are not wanted. */
static bool
describe(const IndexPath *path, Oid relid, Way *way)
{
	const RelOptInfo *rel = path->path.parent;
	const IndexOptInfo *index = path->indexinfo;
	int			col = walked_column(path);
	bool		backward = (path->indexscandir == BackwardScanDirection);
	List	   *wanted = extract_actual_clauses(rel->baserestrictinfo, false);
	List	   *within = list_copy(index->indpred);
	ListCell   *lc;

	foreach(lc, path->indexclauses)
		within = lappend(within,
						 lfirst_node(IndexClause, lc)->rinfo->clause);
	if (col < 0 || index->sortopfamily == NULL ||
		list_difference(wanted, within) == NIL ||
		padv_is_open((Node *) wanted) || padv_is_open((Node *) within) ||
		contain_volatile_functions((Node *) wanted))
		return false;
	way->relid = relid;
	way->within = padv_index_expr(within, rel->relid);
	way->wanted = padv_index_expr(list_union(within, wanted), rel->relid);
	way->key = (Node *) ((TargetEntry *) list_nth(index->indextlist, col))->expr;
	way->key = padv_index_expr(way->key, rel->relid);
	way->descending = index->reverse_sort[col] != backward;
	way->nulls_first = index->nulls_first[col] != backward;
	return true;
}

/* ---- what the sample says ---- */

/* Does a value come before the first one that is known? */
static bool
comes_before(Search *search, Datum value, bool isnull)
{
	int32		order;

	if (isnull || search->first_isnull)
		return isnull != search->first_isnull &&
			isnull == search->way->nulls_first;
	order = DatumGetInt32(FunctionCall2Coll(&search->compare, search->collation,
											value, search->first));
	return search->way->descending ? order > 0 : order < 0;
}

static void
find_first(int row, uint32 cluster, Datum value, bool isnull, void *arg)
{
	Search	   *search = arg;
	MemoryContext old;

	if (!search->wanted[row])
		return;
	if (search->nclusters == 0 || cluster != search->cluster)
		search->nclusters++;
	search->cluster = cluster;
	if (search->found && !comes_before(search, value, isnull))
		return;
	old = MemoryContextSwitchTo(search->context);
	search->first = isnull ? (Datum) 0 :
		datumCopy(value, search->byval, search->typlen);
	search->first_isnull = isnull;
	search->found = true;
	MemoryContextSwitchTo(old);
}

static void
count_before(int row, uint32 cluster, Datum value, bool isnull, void *arg)
{
	Search	   *search = arg;

	if (search->within != NULL && !search->within[row])
		return;
	search->nwithin++;
	search->before += comes_before(search, value, isnull);
}

static void
search_start(Search *search, const Way *way, const IndexOptInfo *index, int col)
{
	Oid			type = index->opcintype[col];

	search->way = way;
	search->collation = index->indexcollations[col];
	search->context = CurrentMemoryContext;
	get_typlenbyval(exprType(way->key), &search->typlen, &search->byval);
	fmgr_info(get_opfamily_proc(index->sortopfamily[col], type, type,
								BTORDER_PROC), &search->compare);
}

/* The share of the walk before the first row that is wanted; 0: not proven. */
static double
share_skipped(const Way *way, const IndexPath *path, PadvSample *sample,
			  const bool *within, const bool *wanted)
{
	Search		search = {.within = within, .wanted = wanted};
	double		share;

	search_start(&search, way, path->indexinfo, walked_column(path));
	if (!padv_sample_visit(sample, way->key, 1, find_first, &search) ||
		!padv_sample_visit(sample, way->key, 1, count_before, &search))
		return 0;
	share = (double) search.before / Max(search.nwithin, 1);
	return pow(1.0 - share, search.nclusters) < PADV_LEAST_CHANCE ? share : 0;
}

/* Asks the sample; where it does not tell, the planner is believed. */
static void
explore(Way *way, const IndexPath *path)
{
	const RelOptInfo *rel = path->path.parent;
	PadvSample *sample = padv_sample_get(way->relid, rel->pages, rel->tuples);
	const bool *within = NULL;
	const bool *wanted;
	int			n;
	int			nwanted;

	way->skipped = way->rows = 0;
	if (sample == NULL || sample->nrows < PADV_LEAST_ROWS)
		return;
	wanted = padv_sample_filter(sample, way->wanted, &nwanted);
	if (way->within != NIL)
		within = padv_sample_filter(sample, way->within, &n);
	if (wanted == NULL || (way->within != NIL && within == NULL))
		return;
	way->rows = (nwanted + 3.0 * sqrt(nwanted) + 3.0) *
		rel->tuples / sample->nrows;
	if (nwanted >= PADV_LEAST_FOUND)
		way->skipped = share_skipped(way, path, sample, within, wanted);
}

/* What is known of such a walk already; NULL: nothing. */
static const Way *
find_way(const List *ways, const Way *way)
{
	ListCell   *lc;

	foreach(lc, ways)
	{
		const Way  *known = lfirst(lc);

		if (known->relid == way->relid &&
			known->descending == way->descending &&
			known->nulls_first == way->nulls_first &&
			equal(known->key, way->key) &&
			equal(known->within, way->within) &&
			equal(known->wanted, way->wanted))
			return known;
	}
	return NULL;
}

static const Way *
keep_way(PadvWays *ways, const Way *way)
{
	MemoryContext old = MemoryContextSwitchTo(ways->context);
	Way		   *keep = palloc(sizeof(Way));

	*keep = *way;
	keep->key = copyObject(way->key);
	keep->within = copyObject(way->within);
	keep->wanted = copyObject(way->wanted);
	ways->ways = lappend(ways->ways, keep);
	MemoryContextSwitchTo(old);
	return keep;
}

/*
 * The share of its way that the scan of a path walks before it has met the rows
 * that are wanted, for which the planner takes "share" to be enough.
 */
double
padv_late_share(PadvWays *ways, const IndexPath *path, Oid relid,
				double share)
{
	Way			way;
	const Way  *known;

	if (!describe(path, relid, &way))
		return share;
	known = find_way(ways->ways, &way);
	if (known == NULL)
	{
		explore(&way, path);
		known = keep_way(ways, &way);
	}
	if (known->rows > 0)
		share *= Max(path->path.rows / known->rows, 1.0);
	return Min(Max(share, known->skipped), 1.0);
}
