/*-------------------------------------------------------------------------
 *
 * joinorder.c
 *	  Join orders that plans of a statement had, to plan it with again.
 *
 * What planning takes for a join of many tables is the search for their order,
 * and the more indexes there are, the longer it takes.  So the orders of the
 * best plans are kept, search by search as one planner call runs through them.
 * A later call may be content with the joins of these orders, in any mixture:
 * everything else, what each table is read by and how each join is done, is
 * decided anew.  The cost is that of a plan that the planner could have found,
 * so that it is never too low, and it does not rise when there are more indexes.
 *
 * Where a kept join is not to be had, the whole search takes place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "optimizer/cost.h"
#include "optimizer/geqo.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "whatif/whatif_private.h"

/* Fewer relations are joined in every order within no time. */
#define PADV_LEAST_RELATIONS 6

/* One join of a kept order, by the relations on either side. */
typedef struct KnownJoin
{
	Relids		left;
	Relids		right;
	int			size;			/* relations on both sides */
} KnownJoin;

static RelOptInfo *
search_all(PlannerInfo *root, int levels, List *initial_rels)
{
	if (enable_geqo && levels >= geqo_threshold)
		return geqo(root, levels, initial_rels);
	return standard_join_search(root, levels, initial_rels);
}

/* ---- keeping ---- */

/* The joins of one search, in the order of their size. */
static List **
joins_of(PadvJoinOrders *orders, int search)
{
	MemoryContext old = MemoryContextSwitchTo(orders->context);

	while (list_length(orders->searches) <= search)
		orders->searches = lappend(orders->searches, NIL);
	MemoryContextSwitchTo(old);
	return (List **) &lfirst(list_nth_cell(orders->searches, search));
}

static bool
is_kept(const List *joins, Relids left, Relids right)
{
	ListCell   *lc;

	foreach(lc, joins)
	{
		const KnownJoin *join = lfirst(lc);

		if ((bms_equal(join->left, left) && bms_equal(join->right, right)) ||
			(bms_equal(join->left, right) && bms_equal(join->right, left)))
			return true;
	}
	return false;
}

static void
keep_join(PadvJoinOrders *orders, List **joins, Relids left, Relids right)
{
	MemoryContext old;
	KnownJoin  *join;
	int			place = 0;

	if (is_kept(*joins, left, right))
		return;
	old = MemoryContextSwitchTo(orders->context);
	join = palloc(sizeof(KnownJoin));
	join->left = bms_copy(left);
	join->right = bms_copy(right);
	join->size = bms_num_members(left) + bms_num_members(right);
	while (place < list_length(*joins) &&
		   ((KnownJoin *) list_nth(*joins, place))->size <= join->size)
		place++;
	*joins = list_insert_nth(*joins, place, join);
	MemoryContextSwitchTo(old);
}

/* What a path that is no join is made of, or NULL. */
static Path *
below(Path *path)
{
	switch (nodeTag(path))
	{
		case T_MaterialPath:
			return ((MaterialPath *) path)->subpath;
		case T_MemoizePath:
			return ((MemoizePath *) path)->subpath;
		case T_UniquePath:
			return ((UniquePath *) path)->subpath;
		case T_ProjectionPath:
			return ((ProjectionPath *) path)->subpath;
		case T_AggPath:
			return ((AggPath *) path)->subpath;
		case T_SortPath:
			return ((SortPath *) path)->subpath;
		case T_IncrementalSortPath:
			return ((IncrementalSortPath *) path)->spath.subpath;
		case T_GatherPath:
			return ((GatherPath *) path)->subpath;
		case T_GatherMergePath:
			return ((GatherMergePath *) path)->subpath;
		default:
			return NULL;
	}
}

static void
keep_joins(PadvJoinOrders *orders, List **joins, Path *path)
{
	while (path != NULL)
	{
		if (IsA(path, NestPath) || IsA(path, MergePath) || IsA(path, HashPath))
		{
			JoinPath   *join = (JoinPath *) path;

			keep_join(orders, joins, join->outerjoinpath->parent->relids,
					  join->innerjoinpath->parent->relids);
			keep_joins(orders, joins, join->outerjoinpath);
			path = join->innerjoinpath;
		}
		else
			path = below(path);
	}
}

/* ---- planning with what was kept ---- */

static RelOptInfo *
find_rel(PlannerInfo *root, List *initial_rels, Relids relids)
{
	ListCell   *lc;

	foreach(lc, initial_rels)
	{
		RelOptInfo *rel = lfirst(lc);

		if (bms_equal(rel->relids, relids))
			return rel;
	}
	return bms_num_members(relids) > 1 ? find_join_rel(root, relids) : NULL;
}

/* The relation has all of its paths: chooses the best, as core does. */
static void
finish_rel(PlannerInfo *root, RelOptInfo *rel, Relids all)
{
	generate_partitionwise_join_paths(root, rel);
	if (!bms_is_subset(all, rel->relids))
		generate_useful_gather_paths(root, rel, false);
	set_cheapest(rel);
}

/*
 * Makes the joins of one size, and finishes what they have led to.  NULL where
 * one of them cannot be made; else the last relation.
 */
static RelOptInfo *
join_size(PlannerInfo *root, List *initial_rels, List *joins, int *next,
		  Relids all)
{
	int			size = ((KnownJoin *) list_nth(joins, *next))->size;
	List	   *made = NIL;
	ListCell   *lc;

	for (; *next < list_length(joins); (*next)++)
	{
		KnownJoin  *join = list_nth(joins, *next);
		RelOptInfo *left;
		RelOptInfo *right;
		RelOptInfo *rel;

		if (join->size != size)
			break;
		left = find_rel(root, initial_rels, join->left);
		right = find_rel(root, initial_rels, join->right);
		if (left == NULL || right == NULL)
			return NULL;
		rel = make_join_rel(root, left, right);
		if (rel == NULL || rel->pathlist == NIL)
			return NULL;
		made = list_append_unique_ptr(made, rel);
	}
	foreach(lc, made)
		finish_rel(root, lfirst(lc), all);
	return llast(made);
}

static RelOptInfo *
search_known(PlannerInfo *root, List *initial_rels, List *joins)
{
	RelOptInfo *rel = NULL;
	Relids		all = NULL;
	int			next = 0;
	ListCell   *lc;

	foreach(lc, initial_rels)
		all = bms_add_members(all, ((RelOptInfo *) lfirst(lc))->relids);
	while (next < list_length(joins))
	{
		rel = join_size(root, initial_rels, joins, &next, all);
		if (rel == NULL)
			return NULL;
	}
	return rel != NULL && bms_is_subset(all, rel->relids) ? rel : NULL;
}

/* The same; what a vain attempt has made is forgotten, as core's geqo() does. */
static RelOptInfo *
try_known(PlannerInfo *root, List *initial_rels, List *joins)
{
	int			before = list_length(root->join_rel_list);
	struct HTAB *hash = root->join_rel_hash;
	RelOptInfo *rel;

	root->join_rel_hash = NULL;
	rel = search_known(root, initial_rels, joins);
	if (rel == NULL)
	{
		root->join_rel_list = list_truncate(root->join_rel_list, before);
		root->join_rel_hash = hash;
	}
	return rel;
}

RelOptInfo *
padv_join_search(PlannerInfo *root, int levels, List *initial_rels,
				 PadvJoinOrders *orders, bool known, int search)
{
	List	  **joins;
	RelOptInfo *rel;

	if (orders == NULL || levels < PADV_LEAST_RELATIONS ||
		PADV_AGGREGATES_EARLY(root))
		return search_all(root, levels, initial_rels);
	joins = joins_of(orders, search);
	if (known && *joins != NIL)
	{
		rel = try_known(root, initial_rels, *joins);
		if (rel != NULL)
			return rel;
	}
	rel = search_all(root, levels, initial_rels);
	keep_joins(orders, joins, rel->cheapest_total_path);
	if (root->tuple_fraction > 0)
		keep_joins(orders, joins, rel->cheapest_startup_path);
	return rel;
}
