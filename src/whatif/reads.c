/*-------------------------------------------------------------------------
 *
 * reads.c
 *	  Ways to read a table by an index, as the planner has seen them.
 *
 * How many rows an index scan fetches is not in the plan, but in the path that
 * it was made of; so the paths of base relations are noted while planning, with
 * what their visits to pages cost more than the planner counts (risk.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "whatif/whatif_private.h"

/* Tables of fewer pages stay in the processor's caches. */
#define PADV_LEAST_PAGES	1000

/*
 * How far the rows lie in the index's order.  The planner trusts less in it
 * where there are several columns, but rows with the same value of the first
 * one lie as near to each other as ever.
 */
static double
order_of(const IndexPath *path, Oid relid)
{
	AttrNumber	first = path->indexinfo->indexkeys[0];

	return first > 0 ? padv_correlation(relid, first) : 0;
}

/* Pages that fetching so many rows visits, one after the other. */
double
padv_visits(const RelOptInfo *rel, double fetched, double correlation)
{
	double		together = ceil(fetched * rel->pages / Max(rel->tuples, 1.0));
	double		order = correlation * correlation;

	return order * Min(together, fetched) + (1.0 - order) * fetched;
}

static PadvRead *
note_read(List **reads, Oid relid, const Path *path, double visits,
		  double charged)
{
	PadvRead   *read = palloc0(sizeof(PadvRead));

	read->relid = relid;
	read->cost = path->total_cost;
	read->rows = path->rows;
	read->shortage = Max(PADV_VISIT_COST * visits - charged, 0);
	*reads = lappend(*reads, read);
	return read;
}

/* "limited": the scan may be ended early. */
static void
note_index_path(List **reads, const RelOptInfo *rel, Oid relid,
				const IndexPath *path, bool limited)
{
	double		fetched = clamp_row_est(path->indexselectivity * rel->tuples);
	double		charged = path->path.total_cost - path->indextotalcost;
	double		visited = 0;

	if (path->path.pathtype == T_IndexOnlyScan)
		fetched *= 1.0 - rel->allvisfrac;
	if (PADV_VISIT_COST * fetched > charged)
		visited = padv_visits(rel, fetched, order_of(path, relid));
	if (limited || path->path.param_info != NULL ||
		PADV_VISIT_COST * visited > charged)
		note_read(reads, relid, &path->path, visited, charged)->path = path;
}

/* A bitmap visits each page once; how far its rows lie together is not known. */
static void
note_bitmap_path(List **reads, const RelOptInfo *rel, Oid relid,
				 const BitmapHeapPath *path)
{
	Cost		index_cost;
	Selectivity selectivity;
	double		fetched;
	double		visited;
	double		charged;
	double		pages = Max(rel->pages, 1.0);

	cost_bitmap_tree_node(path->bitmapqual, &index_cost, &selectivity);
	fetched = clamp_row_est(selectivity * rel->tuples);
	visited = pages * (1.0 - exp(-fetched / pages));
	charged = path->path.total_cost - index_cost;
	if (PADV_VISIT_COST * visited > charged)
		note_read(reads, relid, &path->path, visited, charged);
}

/*
 * Notes the index scans of a base relation that its plan may be made of: those
 * that may take more than they cost, or all of them.
 */
void
padv_risk_note(List **reads, const PlannerInfo *root, const RelOptInfo *rel,
			   Oid relid, bool all)
{
	bool		limited = (root->parse->limitCount != NULL);
	ListCell   *lc;

	if (rel->pages < PADV_LEAST_PAGES)
		return;
	foreach(lc, rel->pathlist)
	{
		if (IsA(lfirst(lc), IndexPath))
			note_index_path(reads, rel, relid, lfirst(lc), all || limited);
		else if (IsA(lfirst(lc), BitmapHeapPath))
			note_bitmap_path(reads, rel, relid, lfirst(lc));
	}
}

/* How far the rows lie in the order of any of the index's columns, at most. */
double
padv_best_order(const IndexPath *path, Oid relid)
{
	const IndexOptInfo *index = path->indexinfo;
	double		best = 0;

	for (int i = 0; i < index->nkeycolumns; i++)
	{
		if (index->indexkeys[i] > 0)
			best = Max(best, fabs(padv_correlation(relid,
												   index->indexkeys[i])));
	}
	return best;
}
