/*-------------------------------------------------------------------------
 *
 * size_btree.c
 *	  Pages and height of a btree as CREATE INDEX builds it.
 *
 * The rules are those of nbtsort.c and nbtdedup.c: leaves are filled to the
 * fill factor (90) and internal pages to 70 per cent, the last item of a full
 * leaf moves to the next one, and rows with equal keys share a posting list
 * of up to a tenth of a page, at six bytes a row, where all operator classes
 * allow it ("equalimage"), no column is included and the index is not unique.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/itup.h"
#include "access/nbtree.h"
#include "index/size_private.h"
#include "base/compat.h"
#include "fmgr.h"
#include "storage/bufpage.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Room for items on a page whose high key has its line pointer already. */
#define PAGE_ROOM \
	(BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(BTPageOpaqueData)) - \
	 sizeof(ItemIdData))

/* Largest posting list tuple that a build forms, see _bt_load(). */
#define MAX_POSTING \
	MAXALIGN_DOWN(MAXALIGN_DOWN(BLCKSZ * 10 / 100) - sizeof(ItemIdData))

/* What one class of groups adds to the leaves. */
typedef struct LeafItems
{
	double		base;			/* bytes of a plain tuple */
	bool		deduplicate;
	double		items;
	double		bytes;			/* with line pointers */
	double		tids;			/* bytes of posting lists, within "bytes" */
} LeafItems;

/* Do all operator classes say that equal keys are equal bytes? */
static bool
all_equal_image(const PadvIndex *index)
{
	if (index->ncols > index->nkeys)
		return false;
	for (int i = 0; i < index->nkeys; i++)
	{
		const PadvIndexCol *col = &index->cols[i];
		Oid			proc = get_opfamily_proc(col->opfamily, col->opcintype,
											 col->opcintype,
											 BTEQUALIMAGE_PROC);

		if (!OidIsValid(proc) ||
			!DatumGetBool(OidFunctionCall1Coll(proc, col->collation,
											   ObjectIdGetDatum(col->opcintype))))
			return false;
	}
	return true;
}

bool
padv_btree_deduplicates(const PadvIndex *index)
{
	return !index->unique &&
		padv_size_option(index, "deduplicate_items", 1) != 0 &&
		all_equal_image(index);
}

static void
add_item(LeafItems *leaf, double n, double rows)
{
	double		size = leaf->base;

	if (rows > 1)
	{
		size = ceil((leaf->base + rows * sizeof(ItemPointerData)) /
					MAXIMUM_ALIGNOF) * MAXIMUM_ALIGNOF;
		leaf->tids += n * rows * sizeof(ItemPointerData);
	}
	leaf->items += n;
	leaf->bytes += n * (size + sizeof(ItemIdData));
}

/* "weight" groups of k rows each. */
static void
add_group(double k, double weight, void *arg)
{
	LeafItems  *leaf = arg;
	double		most;

	most = floor((MAX_POSTING - leaf->base) / sizeof(ItemPointerData));
	if (!leaf->deduplicate || most < 2.0 || k < 2.0)
	{
		add_item(leaf, k * weight, 1.0);
		return;
	}
	add_item(leaf, floor(k / most) * weight, most);
	if (fmod(k, most) > 0.0)
		add_item(leaf, weight, fmod(k, most));
}

/*
 * Items that stay on a page: added until the free space falls under the
 * target (posting lists of the last one not counted, as they are truncated
 * from the high key) or the next does not fit; the last one then moves on.
 */
static double
items_per_page(const LeafItems *leaf, double target_free)
{
	double		size = leaf->bytes / leaf->items;
	double		tids = leaf->tids / leaf->items;
	double		soft;
	double		hard;
	double		n;

	soft = (PAGE_ROOM - sizeof(ItemIdData) - target_free + tids) / size;
	hard = (PAGE_ROOM - MAXALIGN(sizeof(ItemPointerData)) +
			sizeof(ItemIdData)) / size - 1.0;
	n = Min(soft, hard);
	n = (n < 20.0) ? floor(n) : n - 0.5;
	return Max(n, 1.0);
}

static double
leaf_pages(const PadvIndex *index, const PadvRowFacts *rows,
		   const PadvGroups *groups)
{
	int			fillfactor = padv_size_option(index, "fillfactor",
											  BTREE_DEFAULT_FILLFACTOR);
	double		target_free = BLCKSZ * (100 - fillfactor) / 100;
	double		base = padv_size_tuple(rows, index->ncols);
	bool		deduplicate = padv_btree_deduplicates(index);
	double		pages = 0.0;

	for (int i = 0; i < groups->n; i++)
	{
		LeafItems	leaf = {.base = base, .deduplicate = deduplicate};

		padv_groups_visit(groups->classes[i], rows->tuples, add_group, &leaf);
		if (leaf.items > 0.0)
			pages += leaf.items / items_per_page(&leaf, target_free);
	}
	return Max(ceil(pages), 1.0);
}

/*
 * A pivot tuple keeps the key columns that tell two neighbouring leaves
 * apart, and the row's address where no column does.
 */
static double
pivot_size(const PadvIndex *index, const PadvRowFacts *rows, double leaves)
{
	for (int nkeys = 1; nkeys <= index->nkeys; nkeys++)
	{
		PadvGroups	groups = padv_groups_of_keys(index, rows, nkeys);

		if (padv_groups_distinct(&groups, rows->tuples) > 4.0 * leaves)
			return padv_size_tuple(rows, nkeys) + sizeof(ItemIdData);
	}
	return padv_size_tuple(rows, index->nkeys) +
		MAXALIGN(sizeof(ItemPointerData)) + sizeof(ItemIdData);
}

void
padv_size_btree(PadvIndex *index, const PadvRowFacts *rows)
{
	PadvGroups	groups = padv_size_key_groups(index, rows);
	double		level;
	double		per_page;

	index->height = 0;
	if (rows->tuples < 0.5)
	{
		index->pages = 1.0;		/* the metapage */
		return;
	}
	level = leaf_pages(index, rows, &groups);
	index->pages = 1.0 + level;
	if (level <= 1.0)
		return;

	per_page = floor((PAGE_ROOM - BLCKSZ * (100 - BTREE_NONLEAF_FILLFACTOR) / 100) /
					 pivot_size(index, rows, level));
	per_page = Max(per_page, 2.0);
	while (level > 1.0)
	{
		level = ceil(level / per_page);
		index->pages += level;
		index->height++;
	}
}
