/*-------------------------------------------------------------------------
 *
 * access.c
 *	  How a statement reaches its tables, read off the planner.
 *
 * The visitor runs inside the planner, once for each base relation of each
 * query level, when views are expanded, subqueries pulled up, outer joins
 * reduced, constants folded and clauses pushed down.  What it finds there is
 * what an index could serve: the clauses on the table, its join clauses and
 * equivalence classes, and the orders that the level above asks for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "reach/site.h"
#include "workload/workload.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Pages that estimate_rel_size() gives a table that was never vacuumed. */
#define PADV_NEW_TABLE_PAGES 10

/* The appendrel parent at the top, or 0. */
static Index
top_parent(PlannerInfo *root, Index rti)
{
	Index		top = 0;

	while (root->append_rel_array != NULL &&
		   root->append_rel_array[rti] != NULL)
		top = rti = root->append_rel_array[rti]->parent_relid;
	return top;
}

/*
 * Advice for partitions is given for the partitioned parent; members of plain
 * inheritance trees and of UNION ALL stand for themselves.
 */
static bool
is_advisable(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	Index		top;

	if (rte->rtekind != RTE_RELATION || rte->relid < FirstNormalObjectId)
		return false;
	switch (rte->relkind)
	{
		case RELKIND_PARTITIONED_TABLE:
			if (!rte->inh)
				return false;
			break;
		case RELKIND_RELATION:
		case RELKIND_MATVIEW:
			if (rte->inh)
				return false;
			break;
		default:
			return false;
	}
	if (get_rel_persistence(rte->relid) == RELPERSISTENCE_TEMP ||
		padv_is_own_table(rte->relid))
		return false;
	top = top_parent(root, rel->relid);
	return top == 0 ||
		root->simple_rte_array[top]->rtekind != RTE_RELATION ||
		root->simple_rte_array[top]->relkind != RELKIND_PARTITIONED_TABLE;
}

/* What the table has: core plans a new one as if it had ten pages. */
static double
real_pages(Oid relid, double pages)
{
	if (pages <= PADV_NEW_TABLE_PAGES)
	{
		Relation	rel = table_open(relid, NoLock);

		if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
			pages = Min(pages, RelationGetNumberOfBlocks(rel));
		table_close(rel, NoLock);
	}
	return pages;
}

/* The same of a table of which a sample is read: rel has the sample's. */
static void
measure_whole(Oid relid, double *pages, double *tuples)
{
	Relation	rel = table_open(relid, NoLock);
	BlockNumber npages;
	double		share;

	estimate_rel_size(rel, NULL, &npages, tuples, &share);
	*pages = real_pages(relid, npages);
	table_close(rel, NoLock);
}

/* Size of the table; of all planned partitions for a partitioned one. */
static void
measure(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
		PadvAccess *access)
{
	double		tuples = rel->tuples;
	double		pages;

	if (rte->tablesample != NULL && !rte->inh)
		measure_whole(rte->relid, &pages, &tuples);
	else if (!rte->inh)
		pages = real_pages(rte->relid, rel->pages);
	else
	{
		tuples = pages = 0;
		for (int i = 1; i < root->simple_rel_array_size; i++)
		{
			RelOptInfo *child = root->simple_rel_array[i];

			if (child == NULL || top_parent(root, i) != rel->relid ||
				root->simple_rte_array[i]->inh)
				continue;
			tuples += child->tuples;
			pages += real_pages(root->simple_rte_array[i]->relid,
								child->pages);
		}
	}
	access->tuples = Max(access->tuples, tuples);
	access->pages = Max(access->pages, pages);
}

static bool
is_analyzed(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_class) GETSTRUCT(tuple))->reltuples >= 0;
		ReleaseSysCache(tuple);
	}
	return result;
}

static PadvAccess *
find_access(PadvAccessArg *arg, Oid relid)
{
	MemoryContext old;
	PadvAccess *access;
	ListCell   *lc;

	foreach(lc, arg->accesses)
	{
		access = lfirst(lc);
		if (access->relid == relid)
			return access;
	}
	old = MemoryContextSwitchTo(arg->context);
	access = palloc0(sizeof(PadvAccess));
	access->relid = relid;
	access->analyzed = is_analyzed(relid);
	arg->accesses = lappend(arg->accesses, access);
	MemoryContextSwitchTo(old);
	return access;
}

void
padv_access_visit(PlannerInfo *root, RelOptInfo *rel, Index rti,
				  RangeTblEntry *rte, void *arg)
{
	PadvAccessArg *access_arg = arg;
	PadvSite	site = {0};

	if (!is_advisable(root, rel, rte))
		return;
	site.root = root;
	site.rel = rel;
	site.rti = rti;
	site.context = access_arg->context;
	site.query = access_arg->query;
	site.has_params = access_arg->has_params;
	site.sampled = access_arg->sampled;
	site.access = find_access(access_arg, rte->relid);
	measure(root, rel, rte, site.access);
	if (rte->tablesample != NULL)
	{
		padv_site_tell(&site, NULL, "TABLESAMPLE",
					   "A sample is taken of the table's pages or rows, and no index is read for it.",
					   1.0);
		return;
	}
	padv_note_columns(root, rel, site.access, site.context);
	padv_site_clauses(&site);
	padv_site_classes(&site);
	padv_site_orders(&site);
}
