/*-------------------------------------------------------------------------
 *
 * hypoindex.c
 *	  Hypothetical indexes as the planner sees them.
 *
 * An IndexOptInfo is all that the planner knows of an index.  For a
 * hypothetical one it is filled from the definition and the estimated size;
 * its flag "hypothetical" keeps core's selectivity and cost functions from
 * opening it.  An index on a partitioned table appears on each leaf.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/amapi.h"
#include "access/brin.h"
#include "access/gist.h"
#include "access/spgist.h"
#include "access/table.h"
#include "access/tableam.h"
#include "whatif/whatif_private.h"
#include "base/compat.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "rewrite/rewriteManip.h"
#include "utils/index_selfuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* ---- BRIN with a number of pages per range of its own ---- */

/* The planner passes the index on as it got it, and never copies it. */
typedef struct BrinInfo
{
	IndexOptInfo info;
	int			pages_per_range;
} BrinInfo;

/*
 * Core's estimate takes a hypothetical index for one with the default number
 * of pages per range, and makes of it the number of ranges in the table: that
 * comes out right for a table that is larger or smaller by as much.
 */
static void
brin_cost(PlannerInfo *root, IndexPath *path, double loop_count,
		  Cost *startup, Cost *total, Selectivity *selectivity,
		  double *correlation, double *pages)
{
	RelOptInfo *rel = path->indexinfo->rel;
	double		per_range = ((BrinInfo *) path->indexinfo)->pages_per_range;
	BlockNumber rel_pages = rel->pages;

	rel->pages = (BlockNumber)
		Min(ceil(rel_pages * (BRIN_DEFAULT_PAGES_PER_RANGE / per_range)),
			(double) MaxBlockNumber);
	brincostestimate(root, path, loop_count, startup, total, selectivity,
					 correlation, pages);
	rel->pages = rel_pages;
	/* the charge for each page of a range that matches */
	*total += 0.1 * cpu_operator_cost * *selectivity * rel_pages *
		(1.0 - BRIN_DEFAULT_PAGES_PER_RANGE / per_range);
}

/* ---- what the access method can do ---- */

static bool
spgist_can_return(const PadvIndex *index, int i)
{
	const PadvIndexCol *col = &index->cols[i];
	Oid			proc;
	spgConfigIn in;
	spgConfigOut out;
	int32		typmod;
	Oid			collation;

	proc = get_opfamily_proc(col->opfamily, col->opcintype, col->opcintype,
							 SPGIST_CONFIG_PROC);
	if (!OidIsValid(proc))
		return false;
	memset(&out, 0, sizeof(out));
	in.attType = padv_index_col_type(index, i, &typmod, &collation);
	OidFunctionCall2Coll(proc, col->collation, PointerGetDatum(&in),
						 PointerGetDatum(&out));
	return out.canReturnData;
}

static bool
gist_can_return(const PadvIndexCol *col)
{
	return OidIsValid(get_opfamily_proc(col->opfamily, col->opcintype,
										col->opcintype, GIST_FETCH_PROC)) ||
		!OidIsValid(get_opfamily_proc(col->opfamily, col->opcintype,
									  col->opcintype, GIST_COMPRESS_PROC));
}

/* Can an index-only scan give this column back? */
static bool
can_return(const PadvIndex *index, const IndexAmRoutine *am, int i)
{
	if (am->amcanreturn == NULL)
		return false;
	if (i >= index->nkeys)
		return true;
	switch (index->relam)
	{
		case BTREE_AM_OID:
			return true;
		case GIST_AM_OID:
			return gist_can_return(&index->cols[i]);
		case SPGIST_AM_OID:
			return spgist_can_return(index, i);
		default:
			return false;
	}
}

static void
set_method(IndexOptInfo *info, const PadvIndex *index,
		   const IndexAmRoutine *am, Relation heap)
{
	info->relam = index->relam;
	info->amcanorderbyop = am->amcanorderbyop;
	info->amoptionalkey = am->amoptionalkey;
	info->amsearcharray = am->amsearcharray;
	info->amsearchnulls = am->amsearchnulls;
	info->amcanparallel = am->amcanparallel;
	info->amhasgettuple = (am->amgettuple != NULL);
	info->amhasgetbitmap = (am->amgetbitmap != NULL &&
							PADV_TABLE_HAS_BITMAP_SCAN(heap));
	info->amcanmarkpos = (am->ammarkpos != NULL && am->amrestrpos != NULL);
	info->amcostestimate = am->amcostestimate;
	if (index->relam == BRIN_AM_OID)
		info->amcostestimate = brin_cost;
}

/* ---- what the definition says ---- */

/*
 * Order of the rows.  No other method of core's is ordered; another one that
 * is would only be taken for unordered here.
 */
static void
set_order(IndexOptInfo *info, const PadvIndex *index)
{
	if (index->relam != BTREE_AM_OID)
		return;
	info->sortopfamily = info->opfamily;
	info->reverse_sort = palloc(sizeof(bool) * index->nkeys);
	info->nulls_first = palloc(sizeof(bool) * index->nkeys);
	for (int i = 0; i < index->nkeys; i++)
	{
		info->reverse_sort[i] = index->cols[i].desc;
		info->nulls_first[i] = index->cols[i].nulls_first;
	}
}

static void
set_columns(IndexOptInfo *info, const PadvIndex *index,
			const IndexAmRoutine *am)
{
	info->ncolumns = index->ncols;
	info->nkeycolumns = index->nkeys;
	info->indexkeys = palloc(sizeof(int) * index->ncols);
	info->canreturn = palloc(sizeof(bool) * index->ncols);
	info->indexcollations = palloc(sizeof(Oid) * index->nkeys);
	info->opfamily = palloc(sizeof(Oid) * index->nkeys);
	info->opcintype = palloc(sizeof(Oid) * index->nkeys);
	info->opclassoptions = palloc0(sizeof(bytea *) * index->ncols);
	for (int i = 0; i < index->ncols; i++)
	{
		info->indexkeys[i] = index->cols[i].attno;
		info->canreturn[i] = can_return(index, am, i);
	}
	for (int i = 0; i < index->nkeys; i++)
	{
		info->indexcollations[i] = index->cols[i].collation;
		info->opfamily[i] = index->cols[i].opfamily;
		info->opcintype[i] = index->cols[i].opcintype;
	}
}

/* A copy of an expression whose Vars belong to this relation of the query. */
static Node *
expression_for(const void *expr, Index varno)
{
	Node	   *result = copyObject((Node *) unconstify(void *, expr));

	if (varno != 1)
		ChangeVarNodes(result, 1, varno, 0);
	return result;
}

/* Expressions, and the target list of an index-only scan. */
static void
set_targets(IndexOptInfo *info, const PadvIndex *index, Relation heap)
{
	Index		varno = info->rel->relid;

	for (int i = 0; i < index->ncols; i++)
	{
		const PadvIndexCol *col = &index->cols[i];
		Expr	   *target;

		if (col->attno != 0)
		{
			Form_pg_attribute att;

			att = TupleDescAttr(RelationGetDescr(heap), col->attno - 1);
			target = (Expr *) makeVar(varno, col->attno, att->atttypid,
									  att->atttypmod, att->attcollation, 0);
		}
		else
		{
			target = (Expr *) expression_for(col->expr, varno);
			info->indexprs = lappend(info->indexprs, target);
		}
		info->indextlist = lappend(info->indextlist,
								   makeTargetEntry(target, i + 1, NULL,
												   false));
	}
	if (index->pred != NIL)
		info->indpred = (List *) expression_for(index->pred, varno);
}

/* Do the columns still exist?  The table may have changed since. */
static bool
fits_table(const PadvIndex *index, Relation heap)
{
	TupleDesc	desc = RelationGetDescr(heap);

	for (int i = 0; i < index->ncols; i++)
	{
		AttrNumber	attno = index->cols[i].attno;

		if (attno != 0 &&
			(attno > desc->natts || TupleDescAttr(desc, attno - 1)->attisdropped))
			return false;
	}
	return true;
}

static IndexOptInfo *
make_node(const PadvIndex *index)
{
	BrinInfo   *brin;

	if (index->relam != BRIN_AM_OID)
		return makeNode(IndexOptInfo);
	brin = palloc0(sizeof(BrinInfo));
	brin->info.type = T_IndexOptInfo;
	brin->pages_per_range = padv_index_pages_per_range(index);
	return &brin->info;
}

static IndexOptInfo *
make_info(RelOptInfo *rel, Relation heap, const PadvIndex *index,
		  const PadvIndexLeaf *size)
{
	IndexOptInfo *info = make_node(index);
	const IndexAmRoutine *am = GetIndexAmRoutineByAmId(index->relam, false);

	info->indexoid = index->oid;
	info->reltablespace = OidIsValid(index->tablespace) ?
		index->tablespace : rel->reltablespace;
	info->rel = rel;
	set_columns(info, index, am);
	set_method(info, index, am, heap);
	set_order(info, index);
	set_targets(info, index, heap);
	info->unique = index->unique;
	info->immediate = true;
	info->hypothetical = true;

	/* as core does: only a partial index has a row count of its own */
	info->pages = (BlockNumber) Min(size->pages, (double) MaxBlockNumber);
	info->tuples = rel->tuples;
	if (index->pred != NIL)
		info->tuples = Min(size->tuples, rel->tuples);
	info->tree_height = (index->relam == BTREE_AM_OID) ? size->height : -1;
	return info;
}

/* ---- the planner's relation ---- */

static int
compare_leaves(const void *a, const void *b)
{
	Oid			x = ((const PadvIndexLeaf *) a)->relid;
	Oid			y = ((const PadvIndexLeaf *) b)->relid;

	return (x > y) - (x < y);
}

/* The index's part on this table; false if it has none there. */
static bool
find_part(const PadvIndex *index, Oid relid, PadvIndexLeaf *part)
{
	PadvIndexLeaf *found;

	part->relid = relid;
	if (index->relid == relid)
	{
		part->tuples = index->tuples;
		part->pages = index->pages;
		part->height = index->height;
		return true;
	}
	if (index->nleaves == 0)
		return false;
	found = bsearch(part, index->leaves, index->nleaves,
					sizeof(PadvIndexLeaf), compare_leaves);
	if (found == NULL)
		return false;
	*part = *found;
	return true;
}

void
padv_hypo_add(RelOptInfo *rel, Oid relid, const List *add)
{
	Relation	heap = NULL;
	ListCell   *lc;

	foreach(lc, add)
	{
		const PadvIndex *index = lfirst(lc);
		PadvIndexLeaf part;

		if (!find_part(index, relid, &part))
			continue;
		if (heap == NULL)
			heap = table_open(relid, NoLock);
		if (heap->rd_rel->relkind != RELKIND_RELATION &&
			heap->rd_rel->relkind != RELKIND_MATVIEW)
			break;
		if (index->relid != relid)
			index = padv_index_for_leaf(index, relid);
		/* a new index gets the largest OID, and core puts that one first */
		if (fits_table(index, heap))
			rel->indexlist = lcons(make_info(rel, heap, index, &part),
								   rel->indexlist);
	}
	if (heap != NULL)
		table_close(heap, NoLock);
}

/* Hiding a partitioned index hides those of the partitions. */
static bool
is_hidden(Oid indexoid, const List *hide)
{
	ListCell   *lc;

	if (list_member_oid(hide, indexoid))
		return true;
	if (!get_rel_relispartition(indexoid))
		return false;
	foreach(lc, get_partition_ancestors(indexoid))
	{
		if (list_member_oid(hide, lfirst_oid(lc)))
			return true;
	}
	return false;
}

void
padv_hypo_hide(RelOptInfo *rel, const List *hide)
{
	ListCell   *lc;

	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *info = lfirst_node(IndexOptInfo, lc);

		if (is_hidden(info->indexoid, hide))
			rel->indexlist = foreach_delete_current(rel->indexlist, lc);
	}
}

/*
 * "<hypothetical orders (userId, status)>": EXPLAIN quotes the whole, so its
 * parts are not quoted.
 */
char *
padv_hypo_name(const PadvIndex *index)
{
	StringInfoData buf;
	const char *relname = get_rel_name(index->relid);

	if (index->name != NULL)
		return index->name;
	initStringInfo(&buf);
	appendStringInfo(&buf, "<hypothetical %s (",
					 relname != NULL ? relname : "?");
	for (int i = 0; i < index->nkeys; i++)
	{
		const PadvIndexCol *col = &index->cols[i];
		const char *name;

		if (col->attno != 0)
			name = get_attname(index->relid, col->attno, false);
		else
			name = padv_index_column_text(index, i);
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", name);
	}
	appendStringInfoString(&buf, ")>");
	return buf.data;
}
