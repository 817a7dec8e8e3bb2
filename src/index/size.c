/*-------------------------------------------------------------------------
 *
 * size.c
 *	  How large an index will be when it is built.
 *
 * Predicts what CREATE INDEX would make of the table as it is now, from the
 * planner's own view of it: a made-up query "SELECT FROM table" gives the
 * row count, extended statistics and selectivities that planning would use.
 * Where statistics leave the answer open, a sample of the rows is read, if
 * the user may read them.
 *
 * An index on a partitioned table is the sum of its leaves.  The largest
 * ones are estimated each, the others in proportion to their rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/itup.h"
#include "access/table.h"
#include "access/tupmacs.h"
#include "index/size_private.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "workload/workload.h"

/* Rows that are made up to average the size of an index tuple. */
#define DRAWS				128

/* Leaf partitions that are estimated each. */
#define EXACT_LEAVES		32

/* ---- options ---- */

/* A number or boolean of the WITH (...) list. */
int
padv_size_option(const PadvIndex *index, const char *name, int fallback)
{
	ListCell   *lc;

	foreach(lc, index->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);
		bool		on;

		if (strcmp(option->defname, name) != 0)
			continue;
		if (parse_bool(defGetString(option), &on))
			return on ? 1 : 0;
		return pg_strtoint32(defGetString(option));
	}
	return fallback;
}

/* ---- tuples ---- */

/* The width at a share of the column's non-null values. */
static double
width_at(const PadvColumnFacts *col, double share)
{
	int			low = 0;
	int			high = col->nwidths - 1;

	if (col->nwidths == 0)
		return col->width;
	share *= col->upto[high];
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (col->upto[middle] < share)
			low = middle + 1;
		else
			high = middle;
	}
	return col->widths[low];
}

/* Adds a value to a tuple under construction, aligned as heap tuples are. */
static double
add_value(double offset, const PadvColumnFacts *col, double width)
{
	if (col->typlen > 0 || (col->typlen == -1 && width > VARATT_SHORT_MAX))
		offset = att_align_nominal((Size) ceil(offset), col->typalign);
	return offset + width;
}

/*
 * The share at which draw "draw" takes its value of column i: evenly spread
 * for each column, and unrelated between columns.
 */
static double
draw_share(int draw, int i)
{
	double		step = (i == 0) ? 1.0 / DRAWS : i * 0.6180339887498949;

	return fmod((draw + 0.5) * step, 1.0);
}

double
padv_size_tuple(const PadvRowFacts *rows, int ncols)
{
	double		total = 0.0;

	for (int draw = 0; draw < DRAWS; draw++)
	{
		double		offset = 0.0;
		bool		nulls = false;

		for (int i = 0; i < ncols; i++)
		{
			const PadvColumnFacts *col = &rows->cols[i];
			double		share = draw_share(draw, i);

			if (share < col->nullfrac)
				nulls = true;
			else
				offset = add_value(offset, col,
								   width_at(col, (share - col->nullfrac) /
											(1.0 - col->nullfrac)));
		}
		offset += nulls ?
			MAXALIGN(sizeof(IndexTupleData) + sizeof(IndexAttributeBitMapData)) :
			sizeof(IndexTupleData);
		total += MAXALIGN((Size) ceil(offset));
	}
	return total / DRAWS;
}

/* ---- one table ---- */

/* What the planner knows when it starts to plan SELECT FROM the table. */
static void
set_up_planner(PadvRowFacts *rows, Oid relid)
{
	PlannerInfo *root = makeNode(PlannerInfo);
	Query	   *query = makeNode(Query);
	ParseState *pstate = make_parsestate(NULL);
	Relation	table = table_open(relid, AccessShareLock);

	(void) addRangeTableEntryForRelation(pstate, table, AccessShareLock, NULL,
										 false, false);
	query->commandType = CMD_SELECT;
	query->rtable = pstate->p_rtable;

	/*
	 * Where row security hides rows, operators of the caller's own must not
	 * be shown the statistics of them: core goes by the quals for that.
	 */
	if (rows->secured)
		linitial_node(RangeTblEntry, query->rtable)->securityQuals =
			list_make1(makeBoolConst(true, false));
	PADV_SET_PERMINFOS(query, pstate);
	root->parse = query;
	root->glob = makeNode(PlannerGlobal);
	root->query_level = 1;
	root->planner_cxt = CurrentMemoryContext;
	root->wt_param_id = -1;
	setup_simple_rel_arrays(root);
	rows->root = root;
	rows->rel = build_simple_rel(root, 1, NULL);
	rows->table_tuples = rows->rel->tuples;
	rows->tuples_guessed = (table->rd_rel->reltuples < 0);
	rows->table_pages = rows->rel->pages;
	free_parsestate(pstate);
	table_close(table, NoLock);
}

/* ---- code of the table ---- */

/* The work on one index, or a part of it; passed through padv_run_restricted(). */
typedef struct Estimate
{
	PadvIndex  *index;
	PadvRowFacts *rows;
} Estimate;

static bool
index_has_code(Oid indexoid)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID,
										ObjectIdGetDatum(indexoid));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = !heap_attisnull(tuple, Anum_pg_index_indexprs, NULL) ||
		!heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	ReleaseSysCache(tuple);
	return result;
}

/* Are there expressions in indexes or statistics of the table? */
static bool
table_has_code(Relation rel)
{
	ListCell   *lc;

	if (RelationGetStatExtList(rel) != NIL)
		return true;
	foreach(lc, RelationGetIndexList(rel))
	{
		if (index_has_code(lfirst_oid(lc)))
			return true;
	}
	return false;
}

/*
 * The owner of a table chooses which functions its indexes and statistics
 * call; they run as the owner, and within limits.  When we are at work for a
 * statement already, its role runs them anyway.
 */
static void
as_owner(Relation rel, PadvWork work, Estimate *what)
{
	char	   *reason;

	if (padv_work_is_limited() || !table_has_code(rel))
		work(what);
	else if (!padv_run_restricted(rel->rd_rel->relowner,
								  "pg_catalog, pg_temp", work, what, &reason))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not estimate the size of an index on table %s",
						quote_identifier(RelationGetRelationName(rel))),
				 errdetail_internal("%s", reason)));
}

/* ---- one index ---- */

/* Loads, and so folds, the expressions of the table's indexes. */
static void
look_at_table(void *arg)
{
	const Estimate *what = arg;

	set_up_planner(what->rows, what->index->relid);
}

/* May ask the operators of the predicate about the table's values. */
static void
look_at_index(void *arg)
{
	const Estimate *what = arg;
	PadvIndex  *index = what->index;
	PadvRowFacts *rows = what->rows;

	rows->selectivity = 1.0;
	if (index->pred != NIL)
		rows->selectivity = clauselist_selectivity(rows->root,
												   copyObject(index->pred), 0,
												   JOIN_INNER, NULL);
	rows->tuples = rint(rows->table_tuples * rows->selectivity);
	for (int i = 0; i < index->ncols; i++)
		padv_size_column(index, i, rows);
	padv_size_refine(index, rows);
}

/* An index that exists is its table's; one that does not is whoever asks'. */
static void
look(PadvIndex *index, PadvRowFacts *rows)
{
	Relation	rel = table_open(index->relid, AccessShareLock);
	Estimate	what = {index, rows};

	rows->secured = check_enable_rls(index->relid, InvalidOid,
									 true) == RLS_ENABLED;
	rows->unread = pg_class_aclcheck(index->relid, GetUserId(),
									 ACL_SELECT) != ACLCHECK_OK;
	as_owner(rel, look_at_table, &what);
	if (index->hypothetical)
		look_at_index(&what);
	else
		as_owner(rel, look_at_index, &what);
	/* the lock is kept: what is planned next needs it anyway */
	table_close(rel, NoLock);
}

/*
 * Estimates an index that is stored as one relation.  What the planner makes on
 * the way is more than the answer, and goes at once.
 */
static void
estimate_one(PadvIndex *index)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "perfadvisor size",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PadvRowFacts *rows = palloc0(sizeof(PadvRowFacts));

	look(index, rows);
	index->tuples = rows->tuples;
	if (index->relam == BTREE_AM_OID)
		padv_size_btree(index, rows);
	else
		padv_size_other(index, rows);
	index->bytes = index->pages * BLCKSZ;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* ---- partitioned tables ---- */

/* Fills the leaf's rows; false for what has no storage of its own. */
static bool
measure_leaf(PadvIndexLeaf *leaf, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		has_storage = (rel->rd_rel->relkind == RELKIND_RELATION);

	if (has_storage)
	{
		BlockNumber pages;
		double		allvisfrac;

		estimate_rel_size(rel, NULL, &pages, &leaf->tuples, &allvisfrac);
		leaf->relid = relid;
	}
	table_close(rel, NoLock);
	return has_storage;
}

static int
compare_by_tuples(const void *a, const void *b)
{
	const PadvIndexLeaf *x = a;
	const PadvIndexLeaf *y = b;

	if (x->tuples != y->tuples)
		return x->tuples > y->tuples ? -1 : 1;
	return (x->relid > y->relid) - (x->relid < y->relid);
}

static int
compare_by_relid(const void *a, const void *b)
{
	Oid			x = ((const PadvIndexLeaf *) a)->relid;
	Oid			y = ((const PadvIndexLeaf *) b)->relid;

	return (x > y) - (x < y);
}

static void
estimate_leaf(const PadvIndex *index, PadvIndexLeaf *leaf)
{
	PadvIndex  *part = padv_index_for_leaf(index, leaf->relid);

	estimate_one(part);
	leaf->tuples = part->tuples;
	leaf->pages = part->pages;
	leaf->height = part->height;
	pfree(part);
}

/* A small leaf, in proportion to those that were estimated. */
static void
scale_leaf(PadvIndexLeaf *leaf, double selectivity, double pages_per_tuple,
		   int height)
{
	leaf->tuples *= selectivity;
	leaf->pages = ceil(leaf->tuples * pages_per_tuple) + 1.0;
	leaf->height = height;
}

static void
find_leaves(PadvIndex *index)
{
	List	   *oids = find_all_inheritors(index->relid, AccessShareLock, NULL);
	ListCell   *lc;

	index->nleaves = 0;
	index->leaves = palloc(sizeof(PadvIndexLeaf) * list_length(oids));
	foreach(lc, oids)
	{
		if (measure_leaf(&index->leaves[index->nleaves], lfirst_oid(lc)))
			index->nleaves++;
	}
	qsort(index->leaves, index->nleaves, sizeof(PadvIndexLeaf),
		  compare_by_tuples);
}

static void
estimate_leaves(PadvIndex *index)
{
	double		table_tuples = 0.0;
	double		tuples = 0.0;
	double		pages = 0.0;

	find_leaves(index);
	for (int i = 0; i < index->nleaves; i++)
	{
		PadvIndexLeaf *leaf = &index->leaves[i];

		CHECK_FOR_INTERRUPTS();
		if (i < EXACT_LEAVES)
		{
			table_tuples += leaf->tuples;
			estimate_leaf(index, leaf);
			tuples += leaf->tuples;
			pages += leaf->pages;
		}
		else
			scale_leaf(leaf, tuples / Max(table_tuples, 1.0),
					   pages / Max(tuples, 1.0),
					   index->leaves[EXACT_LEAVES - 1].height);
	}
}

void
padv_index_estimate(PadvIndex *index)
{
	if (get_rel_relkind(index->relid) != RELKIND_PARTITIONED_TABLE)
	{
		estimate_one(index);
		return;
	}
	estimate_leaves(index);
	index->tuples = 0.0;
	index->pages = 0.0;
	index->height = 0;
	for (int i = 0; i < index->nleaves; i++)
	{
		index->tuples += index->leaves[i].tuples;
		index->pages += index->leaves[i].pages;
		index->height = Max(index->height, index->leaves[i].height);
	}
	index->bytes = index->pages * BLCKSZ;
	qsort(index->leaves, index->nleaves, sizeof(PadvIndexLeaf),
		  compare_by_relid);
}
