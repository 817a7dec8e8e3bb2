/*-------------------------------------------------------------------------
 *
 * maker.c
 *	  Making candidates: from key columns to members of the search.
 *
 * What the table has already, what its unique indexes find anyway, and what
 * another statement has led to is not made again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "advise/maker.h"
#include "catalog/pg_am.h"
#include "common/hashfn.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

/* Wider columns make poor keys, and may not fit into a btree page. */
#define PADV_MAX_KEY_WIDTH	600

/* Columns that are included to make an index covering, and their bytes. */
#define PADV_MAX_INCLUDED	4
#define PADV_MAX_INCLUDED_WIDTH 64

/* A covering index with more of the row than this is a second table. */
#define PADV_MAX_COVERING_SHARE 0.4

/* Candidates that one statement may add for one table. */
#define PADV_MAX_PER_ACCESS 128

static bool
is_too_wide(Oid relid, const PadvIndexCol *col)
{
	return col->attno > 0 &&
		get_attavgwidth(relid, col->attno) > PADV_MAX_KEY_WIDTH;
}

static bool
key_has(const PadvKeyCols *key, const PadvIndexCol *col)
{
	for (int i = 0; i < key->n; i++)
	{
		if (key->cols[i].attno == col->attno &&
			equal(key->cols[i].expr, col->expr))
			return true;
	}
	return false;
}

/* Appends a column that the key does not have yet, up to the width. */
void
padv_key_add(PadvMaker *maker, PadvKeyCols *key, const PadvIndexCol *col)
{
	if (key->n < maker->search->options.max_width && !key_has(key, col) &&
		!is_too_wide(maker->access->relid, col))
		key->cols[key->n++] = *col;
}

/*
 * Appends a wanted order.  An index is read in both directions, so an order
 * that starts descending is turned round: one form for both.  False when the
 * order does not fit.
 */
bool
padv_key_add_order(PadvMaker *maker, PadvKeyCols *key, List *order)
{
	bool		flip = ((PadvTarget *) linitial(order))->col.desc;
	ListCell   *lc;

	foreach(lc, order)
	{
		PadvIndexCol col = ((PadvTarget *) lfirst(lc))->col;
		int			before = key->n;

		if (key_has(key, &col))
			continue;
		if (flip)
		{
			col.desc = !col.desc;
			col.nulls_first = !col.nulls_first;
		}
		padv_key_add(maker, key, &col);
		if (key->n == before)
			return false;
	}
	return true;
}

/* Is the key all that the statement reads of the table? */
bool
padv_key_is_all(const PadvMaker *maker, const PadvKeyCols *key)
{
	int			attno = -1;

	if (maker->access->needs_row)
		return false;
	while ((attno = bms_next_member(maker->access->needed, attno)) >= 0)
	{
		PadvIndexCol col = {.attno = attno};

		if (!key_has(key, &col))
			return false;
	}
	return true;
}

static PadvIndex *
index_of_key(const PadvMaker *maker, const PadvKeyCols *key)
{
	PadvIndex  *index = palloc0(sizeof(PadvIndex));

	index->relid = maker->access->relid;
	index->relam = maker->relam;
	index->nkeys = index->ncols = key->n;
	memcpy(index->cols, key->cols, sizeof(PadvIndexCol) * key->n);
	index->pred = maker->pred;
	index->hypothetical = true;
	return index;
}

/* Is the column compared for equality, in a way that the index can search? */
static bool
is_equated(const PadvAccess *access, const PadvIndexCol *col)
{
	ListCell   *lc;

	foreach(lc, access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if ((target->use == PADV_USE_EQUAL || target->use == PADV_USE_ANY ||
			 target->use == PADV_USE_JOIN) &&
			target->arm == 0 && OidIsValid(target->opno) &&
			target->col.attno == col->attno &&
			equal(target->col.expr, col->expr) &&
			get_op_opfamily_strategy(target->opno, col->opfamily) ==
			BTEqualStrategyNumber)
			return true;
	}
	return false;
}

/* Are the key's first columns those of the index, in whatever form and order? */
static bool
starts_with_columns(const PadvKeyCols *key, const PadvIndex *index)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		bool		found = false;

		for (int j = 0; j < index->nkeys && !found; j++)
			found = index->cols[i].attno == key->cols[j].attno &&
				equal(index->cols[i].expr, key->cols[j].expr);
		if (!found)
			return false;
	}
	return true;
}

/*
 * Does the key start with all columns of a unique index of the table, and does
 * that find and order the rows as well?  It finds the one row where all of
 * them are compared for equality, and rows in its own order.  For a range of
 * the second column, another order, a pattern or a search in the values, it is
 * no substitute; nor is it for rows in its order of which a predicate leaves
 * few.
 */
static bool
starts_with_unique(PadvMaker *maker, const PadvKeyCols *key,
				   const PadvIndex *index)
{
	PadvIndex  *start;
	bool		equated = true;
	bool		result;

	if (!index->unique || index->pred != NIL || index->nkeys > key->n ||
		!starts_with_columns(key, index))
		return false;
	for (int i = 0; i < index->nkeys && equated; i++)
		equated = is_equated(maker->access, &index->cols[i]);
	if (equated || maker->pred != NIL)
		return equated;
	start = index_of_key(maker, key);
	start->nkeys = start->ncols = index->nkeys;
	result = padv_index_covers(index, start);
	pfree(start);
	return result;
}

static bool
is_served(PadvMaker *maker, const PadvKeyCols *key, const PadvIndex *index)
{
	ListCell   *lc;

	foreach(lc, maker->existing)
	{
		PadvIndex  *have = lfirst(lc);

		if (starts_with_unique(maker, key, have) || padv_index_covers(have, index))
			return true;
	}
	return false;
}

/* Where candidates like this one are looked up. */
static List **
bucket_of(PadvSearch *search, const PadvIndex *index)
{
	uint32		hash = hash_combine(index->relid, index->ncols);

	for (int i = 0; i < index->ncols; i++)
		hash = hash_combine(hash, index->cols[i].attno);
	return &search->buckets[hash % PADV_BUCKETS];
}

static bool
is_known(PadvSearch *search, const PadvIndex *index)
{
	ListCell   *lc;

	foreach(lc, *bucket_of(search, index))
	{
		if (padv_index_equal(lfirst(lc), index))
			return true;
	}
	return false;
}

/* Takes the index over. */
static void
add_candidate(PadvSearch *search, PadvIndex *wide)
{
	PadvCandidate *candidate = palloc0(sizeof(PadvCandidate));
	PadvIndex  *index = padv_index_copy(wide);
	List	  **bucket = bucket_of(search, index);

	pfree(wide);
	*bucket = lappend(*bucket, index);
	if (search->ncandidates == search->candidates_size)
	{
		search->candidates_size = Max(64, search->candidates_size * 2);
		search->candidates = search->candidates == NULL ?
			palloc(sizeof(PadvCandidate *) * search->candidates_size) :
			repalloc(search->candidates,
					 sizeof(PadvCandidate *) * search->candidates_size);
	}
	index->oid = padv_index_made_up_oid();
	padv_index_estimate(index);
	candidate->id = search->ncandidates;
	candidate->index = index;
	padv_upkeep(search, candidate);
	search->candidates[search->ncandidates++] = candidate;
}

/* The key as a candidate, unless it exists, in the table or in the search. */
void
padv_emit(PadvMaker *maker, const PadvKeyCols *key)
{
	PadvIndex  *index;

	if (key->n == 0 || maker->made >= PADV_MAX_PER_ACCESS)
		return;
	index = index_of_key(maker, key);
	if (is_served(maker, key, index) || is_known(maker->search, index))
	{
		pfree(index);
		return;
	}
	maker->made++;
	add_candidate(maker->search, index);
}

static double
key_width(Oid relid, const PadvKeyCols *key)
{
	double		width = 0;

	for (int i = 0; i < key->n; i++)
		width += key->cols[i].attno > 0 ?
			get_attavgwidth(relid, key->cols[i].attno) :
			get_typavgwidth(exprType(key->cols[i].expr), -1);
	return width;
}

/*
 * The key with all other columns that the statement reads included, so that
 * the table itself need not be visited.
 */
void
padv_emit_covering(PadvMaker *maker, const PadvKeyCols *key)
{
	PadvIndex  *index;
	double		row = maker->access->pages * BLCKSZ /
		Max(maker->access->tuples, 1.0);
	double		width = key_width(maker->access->relid, key);
	double		included = 0;
	int			attno = -1;

	if (key->n == 0 || maker->access->needs_row)
		return;
	index = index_of_key(maker, key);
	while ((attno = bms_next_member(maker->access->needed, attno)) >= 0)
	{
		PadvIndexCol col = {.attno = attno};

		if (key_has(key, &col))
			continue;
		included += get_attavgwidth(index->relid, attno);
		if (index->ncols - index->nkeys >= PADV_MAX_INCLUDED ||
			included > PADV_MAX_INCLUDED_WIDTH ||
			width + included > PADV_MAX_COVERING_SHARE * row)
		{
			pfree(index);
			return;
		}
		index->cols[index->ncols++] = col;
	}
	if (index->ncols == index->nkeys || is_known(maker->search, index) ||
		is_served(maker, key, index))
	{
		pfree(index);
		return;
	}
	add_candidate(maker->search, index);
}

void
padv_emit_single(PadvMaker *maker, const PadvTarget *target)
{
	PadvKeyCols key = {0};

	if (OidIsValid(target->relam))
		key.cols[key.n++] = target->col;	/* holds parts of values */
	else
		padv_key_add(maker, &key, &target->col);
	maker->relam = OidIsValid(target->relam) ? target->relam : BTREE_AM_OID;
	padv_emit(maker, &key);
	maker->relam = BTREE_AM_OID;
}
