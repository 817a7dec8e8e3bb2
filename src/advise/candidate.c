/*-------------------------------------------------------------------------
 *
 * candidate.c
 *	  From how statements reach their tables to indexes worth trying.
 *
 * The order of key columns follows from what a btree can do: columns that
 * are compared for equality first, then those that give the wanted order,
 * then one range.  Where several orders are sensible, several candidates are
 * made, and the planner decides.  Columns of statements that touch the same
 * table meet here: the same definition is one candidate for all of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "base/compat.h"
#include "base/guc.h"
#include "catalog/pg_am.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

/* Tables of fewer pages are read at a glance; no index pays there. */
#define PADV_SMALL_PAGES	8

/* Wider columns make poor keys, and may not fit into a btree page. */
#define PADV_MAX_KEY_WIDTH	600

/* Columns that are included to make an index covering, and their bytes. */
#define PADV_MAX_INCLUDED	4
#define PADV_MAX_INCLUDED_WIDTH 64

/* A covering index with more of the row than this is a second table. */
#define PADV_MAX_COVERING_SHARE 0.4

/*
 * A clause that keeps at most this share of the rows can make an index
 * partial, and a column that is not boolean must have few values for that:
 * the constants of the others come and go.
 */
#define PADV_PARTIAL_SHARE	0.5

/* A range that keeps more than this share of the rows narrows nothing. */
#define PADV_USEFUL_RANGE	0.8

/* Candidates that one statement may add for one table. */
#define PADV_MAX_PER_ACCESS 128

/* The distinct columns of an access, by what they serve. */
typedef struct Columns
{
	PadvTarget *equal[INDEX_MAX_KEYS];
	PadvTarget *any[INDEX_MAX_KEYS];
	PadvTarget *range[INDEX_MAX_KEYS];
	PadvTarget *join[INDEX_MAX_KEYS];
	int			nequal;
	int			nany;
	int			nrange;
	int			njoin;
} Columns;

/* Where candidates of one access go, and how many it has made. */
typedef struct Maker
{
	PadvSearch *search;
	PadvAccess *access;
	List	   *existing;		/* of PadvIndex: what the table has */
	List	   *pred;			/* predicate of what is made, or NIL */
	Oid			relam;			/* access method of what is made */
	int			made;
} Maker;

/* A key under construction. */
typedef struct Key
{
	int			n;
	PadvIndexCol cols[INDEX_MAX_KEYS];
} Key;

bool
padv_too_small(const PadvAccess *access)
{
	return access->pages < PADV_SMALL_PAGES;
}

static bool
is_excluded_schema(Oid relid)
{
	char	   *schemas;
	char	   *schema;
	List	   *names;
	ListCell   *lc;

	if (padv_exclude_schemas == NULL || padv_exclude_schemas[0] == '\0')
		return false;
	schemas = pstrdup(padv_exclude_schemas);
	if (!SplitIdentifierString(schemas, ',', &names))
		return false;
	schema = get_namespace_name(get_rel_namespace(relid));
	foreach(lc, names)
	{
		if (schema != NULL && strcmp(lfirst(lc), schema) == 0)
			return true;
	}
	return false;
}

static bool
is_too_wide(Oid relid, const PadvIndexCol *col)
{
	return col->attno > 0 &&
		get_attavgwidth(relid, col->attno) > PADV_MAX_KEY_WIDTH;
}

static bool
key_has(const Key *key, const PadvIndexCol *col)
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
static void
key_add(Maker *maker, Key *key, const PadvIndexCol *col)
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
static bool
key_add_order(Maker *maker, Key *key, List *order)
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
		key_add(maker, key, &col);
		if (key->n == before)
			return false;
	}
	return true;
}

/*
 * Does the key start with all columns of a unique index of the table?  Such
 * an index finds the row already.
 */
static bool
starts_with_unique(const Key *key, const PadvIndex *index)
{
	if (!index->unique || index->pred != NIL || index->nkeys > key->n)
		return false;
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

static bool
is_served(Maker *maker, const Key *key, const PadvIndex *index)
{
	ListCell   *lc;

	foreach(lc, maker->existing)
	{
		PadvIndex  *have = lfirst(lc);

		if (starts_with_unique(key, have) || padv_index_covers(have, index))
			return true;
	}
	return false;
}

static PadvIndex *
index_of_key(const Maker *maker, const Key *key)
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

static void
add_candidate(PadvSearch *search, PadvIndex *index)
{
	PadvCandidate *candidate = palloc0(sizeof(PadvCandidate));
	List	  **bucket = bucket_of(search, index);

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
static void
emit(Maker *maker, const Key *key)
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
key_width(Oid relid, const Key *key)
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
static void
emit_covering(Maker *maker, const Key *key)
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
			return;
		index->cols[index->ncols++] = col;
	}
	if (index->ncols == index->nkeys || is_known(maker->search, index) ||
		is_served(maker, key, index))
		return;
	add_candidate(maker->search, index);
}

static void
emit_single(Maker *maker, const PadvTarget *target)
{
	Key			key = {0};

	if (OidIsValid(target->relam))
		key.cols[key.n++] = target->col;	/* holds parts of values */
	else
		key_add(maker, &key, &target->col);
	maker->relam = OidIsValid(target->relam) ? target->relam : BTREE_AM_OID;
	emit(maker, &key);
	maker->relam = BTREE_AM_OID;
}

/* Adds a target to a list of distinct columns. */
static void
collect(PadvTarget **list, int *n, PadvTarget *target)
{
	for (int i = 0; i < *n; i++)
	{
		if (padv_same_col(&list[i]->col, &target->col))
			return;
	}
	if (*n < INDEX_MAX_KEYS)
		list[(*n)++] = target;
}

static int
by_selectivity(const void *a, const void *b)
{
	const PadvTarget *ta = *(PadvTarget *const *) a;
	const PadvTarget *tb = *(PadvTarget *const *) b;

	if (ta->selectivity != tb->selectivity)
		return ta->selectivity < tb->selectivity ? -1 : 1;
	return ta->col.attno - tb->col.attno;
}

/* Sorts the targets outside of ORs by use, the most selective first. */
static void
sort_out(PadvAccess *access, Columns *columns)
{
	ListCell   *lc;

	memset(columns, 0, sizeof(*columns));
	foreach(lc, access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if (target->arm != 0)
			continue;
		switch (target->use)
		{
			case PADV_USE_EQUAL:
				collect(columns->equal, &columns->nequal, target);
				break;
			case PADV_USE_ANY:
				collect(columns->any, &columns->nany, target);
				break;
			case PADV_USE_RANGE:
				if (target->selectivity > PADV_USEFUL_RANGE)
					break;
				collect(columns->range, &columns->nrange, target);
				break;
			case PADV_USE_JOIN:
				collect(columns->join, &columns->njoin, target);
				break;
			default:
				break;
		}
	}
	qsort(columns->equal, columns->nequal, sizeof(PadvTarget *), by_selectivity);
	qsort(columns->any, columns->nany, sizeof(PadvTarget *), by_selectivity);
	qsort(columns->range, columns->nrange, sizeof(PadvTarget *), by_selectivity);
	qsort(columns->join, columns->njoin, sizeof(PadvTarget *), by_selectivity);
}

/* All that can follow a prefix: nothing, an order, a range, several. */
static void
emit_with_tails(Maker *maker, const Columns *columns, const Key *prefix,
				bool ordered)
{
	Key			key = *prefix;
	ListCell   *lc;

	emit(maker, &key);
	if (ordered)
	{
		foreach(lc, maker->access->orders)
		{
			key = *prefix;
			if (!key_add_order(maker, &key, lfirst(lc)))
				continue;
			emit(maker, &key);
			for (int i = 0; i < columns->nrange; i++)
				key_add(maker, &key, &columns->range[i]->col);
			emit(maker, &key);
		}
	}
	for (int i = 0; i < columns->nrange; i++)
	{
		key = *prefix;
		key_add(maker, &key, &columns->range[i]->col);
		emit(maker, &key);
		for (int j = 0; j < columns->nrange; j++)
			key_add(maker, &key, &columns->range[j]->col);
		emit(maker, &key);
	}
}

/*
 * The equality columns as a prefix, in a few orders: by selectivity, and each
 * one first, so that other statements can share the start of the index.
 */
static void
emit_prefixes(Maker *maker, const Columns *columns)
{
	Key			empty = {0};

	emit_with_tails(maker, columns, &empty, true);
	for (int first = 0; first < columns->nequal; first++)
	{
		Key			key = {0};

		key_add(maker, &key, &columns->equal[first]->col);
		emit_with_tails(maker, columns, &key, columns->nequal == 1);
		for (int i = 0; i < columns->nequal; i++)
			key_add(maker, &key, &columns->equal[i]->col);
		emit_with_tails(maker, columns, &key, true);
	}
}

/* Prefixes that end in, or consist of, a column compared with a list. */
static void
emit_lists(Maker *maker, const Columns *columns)
{
	for (int i = 0; i < columns->nany; i++)
	{
		Key			key = {0};

		for (int j = 0; j < columns->nequal; j++)
			key_add(maker, &key, &columns->equal[j]->col);
		key_add(maker, &key, &columns->any[i]->col);
		emit_with_tails(maker, columns, &key, false);
		key.n = 0;
		key_add(maker, &key, &columns->any[i]->col);
		emit_with_tails(maker, columns, &key, false);
		for (int j = 0; j < columns->nequal; j++)
			key_add(maker, &key, &columns->equal[j]->col);
		emit(maker, &key);
	}
}

/*
 * Join columns: alone, before and after the equality columns, before a range,
 * and all together for keys of several columns.
 */
static void
emit_joins(Maker *maker, const Columns *columns)
{
	Key			all = {0};

	for (int i = 0; i < columns->njoin; i++)
	{
		Key			key = {0};

		key_add(maker, &key, &columns->join[i]->col);
		emit_with_tails(maker, columns, &key, false);
		for (int j = 0; j < columns->nequal; j++)
			key_add(maker, &key, &columns->equal[j]->col);
		emit_with_tails(maker, columns, &key, false);
		key.n = 0;
		for (int j = 0; j < columns->nequal; j++)
			key_add(maker, &key, &columns->equal[j]->col);
		key_add(maker, &key, &columns->join[i]->col);
		emit(maker, &key);
		key_add(maker, &all, &columns->join[i]->col);
	}
	emit(maker, &all);
}

/* The columns without those of the targets whose clauses are the predicate. */
static void
without(Columns *columns, List *targets)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		PadvTarget *target = lfirst(lc);
		PadvTarget **lists[] = {columns->equal, columns->any, columns->range};
		int		   *counts[] = {&columns->nequal, &columns->nany,
		&columns->nrange};

		for (int l = 0; l < lengthof(lists); l++)
		{
			int			kept = 0;

			for (int i = 0; i < *counts[l]; i++)
			{
				if (!padv_same_col(&lists[l][i]->col, &target->col))
					lists[l][kept++] = lists[l][i];
			}
			*counts[l] = kept;
		}
	}
}

/* The same keys with a predicate; alone, a column of it has to be the key. */
static void
emit_partial(Maker *maker, const Columns *columns, List *targets)
{
	Columns		rest = *columns;
	Key			key = {0};
	ListCell   *lc;

	foreach(lc, targets)
		maker->pred = lappend(maker->pred, ((PadvTarget *) lfirst(lc))->clause);
	without(&rest, targets);
	emit_prefixes(maker, &rest);
	emit_lists(maker, &rest);
	emit_joins(maker, &rest);
	if (rest.nequal + rest.nany + rest.nrange + rest.njoin == 0)
	{
		key_add(maker, &key, &((PadvTarget *) linitial(targets))->col);
		emit(maker, &key);
	}
	maker->pred = NIL;
}

/* Each clause that can be a predicate, and all of them together. */
static void
emit_partials(Maker *maker, const Columns *columns)
{
	List	   *targets = NIL;
	ListCell   *lc;

	foreach(lc, maker->access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if (target->clause != NULL && !target->varies &&
			target->use != PADV_USE_NONE && target->use != PADV_USE_OTHER &&
			target->selectivity <= PADV_PARTIAL_SHARE)
			targets = lappend(targets, target);
	}
	foreach(lc, targets)
		emit_partial(maker, columns, list_make1(lfirst(lc)));
	if (list_length(targets) > 1)
		emit_partial(maker, columns, targets);
}

/*
 * Covering forms of the key that serves all clauses, with the first wanted
 * order and without, and of the join keys.
 */
static void
emit_coverings(Maker *maker, const Columns *columns)
{
	Key			equal = {0};
	Key			key;

	for (int i = 0; i < columns->nequal; i++)
		key_add(maker, &equal, &columns->equal[i]->col);
	key = equal;
	emit_covering(maker, &key);
	if (maker->access->orders != NIL &&
		key_add_order(maker, &key, linitial(maker->access->orders)))
		emit_covering(maker, &key);
	for (int i = 0; i < columns->nany; i++)
		key_add(maker, &equal, &columns->any[i]->col);
	for (int i = 0; i < columns->nrange; i++)
	{
		key = equal;
		key_add(maker, &key, &columns->range[i]->col);
		emit_covering(maker, &key);
	}
	for (int i = 0; i < columns->njoin; i++)
	{
		key.n = 0;
		key_add(maker, &key, &columns->join[i]->col);
		emit_covering(maker, &key);
		key = equal;
		key_add(maker, &key, &columns->join[i]->col);
		emit_covering(maker, &key);
	}
}

/* Arms of ORs and what wants another method: an index of their own each. */
static void
emit_alone(Maker *maker)
{
	ListCell   *lc;

	foreach(lc, maker->access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if (target->use == PADV_USE_OTHER ||
			(target->arm != 0 && target->use != PADV_USE_NONE))
			emit_single(maker, target);
	}
}

static void
candidates_of_access(PadvSearch *search, PadvAccess *access)
{
	Maker		maker = {.search = search,.access = access,
	.relam = BTREE_AM_OID};
	Columns		columns;
	ListCell   *lc;

	if (padv_too_small(access) || is_excluded_schema(access->relid))
		return;
	foreach(lc, padv_index_list(access->relid))
	{
		PadvIndex  *index = lfirst(lc);

		if (!list_member_oid(search->hide, index->oid))
			maker.existing = lappend(maker.existing, index);
	}
	foreach(lc, search->always)
	{
		PadvIndex  *index = lfirst(lc);

		if (index->relid == access->relid)
			maker.existing = lappend(maker.existing, index);
	}
	sort_out(access, &columns);
	emit_prefixes(&maker, &columns);
	emit_lists(&maker, &columns);
	emit_joins(&maker, &columns);
	emit_alone(&maker);
	emit_partials(&maker, &columns);
	emit_coverings(&maker, &columns);
}

/* Does the access compare or sort by the first column of the index? */
static bool
starts_where(const PadvAccess *access, const PadvIndex *index)
{
	ListCell   *lc;

	if (access->relid != index->relid)
		return false;
	foreach(lc, access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if (target->use != PADV_USE_NONE &&
			padv_same_col(&target->col, &index->cols[0]))
			return true;
	}
	foreach(lc, access->orders)
	{
		if (padv_same_col(&((PadvTarget *) linitial(lfirst(lc)))->col,
						  &index->cols[0]))
			return true;
	}
	return false;
}

static void
find_relevant(PadvSearch *search, PadvStmtState *state)
{
	ListCell   *lc;

	foreach(lc, state->accesses)
	{
		for (int i = 0; i < search->ncandidates; i++)
		{
			if (starts_where(lfirst(lc), search->candidates[i]->index))
				state->relevant = bms_add_member(state->relevant, i);
		}
	}
}

void
padv_make_candidates(PadvSearch *search)
{
	for (int i = 0; i < search->nstates; i++)
	{
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		foreach(lc, search->states[i]->accesses)
			candidates_of_access(search, lfirst(lc));
	}
	for (int i = 0; i < search->nstates; i++)
		find_relevant(search, search->states[i]);
}
