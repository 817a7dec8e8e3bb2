/*-------------------------------------------------------------------------
 *
 * keys.c
 *	  Keys of indexes that could serve one access.
 *
 * The order of key columns follows from what a btree can do: columns that
 * are compared for equality first, then those that give the wanted order,
 * then one range.  Where several orders are sensible, several candidates are
 * made, and the planner decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/maker.h"

/*
 * A clause that keeps at most this share of the rows can make an index
 * partial, and a column that is not boolean must have few values for that:
 * the constants of the others come and go.
 */
#define PADV_PARTIAL_SHARE	0.5

/* A clause that keeps more than this share of the rows narrows nothing. */
#define PADV_USEFUL_SHARE	0.8

/* The distinct columns of an access, by what they serve. */
typedef struct Columns
{
	PadvTarget *equal[INDEX_MAX_KEYS];
	PadvTarget *loose[INDEX_MAX_KEYS];	/* by equality, but most rows */
	PadvTarget *any[INDEX_MAX_KEYS];
	PadvTarget *range[INDEX_MAX_KEYS];
	PadvTarget *join[INDEX_MAX_KEYS];
	int			nequal;
	int			nloose;
	int			nany;
	int			nrange;
	int			njoin;
} Columns;

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
				if (target->selectivity > PADV_USEFUL_SHARE)
					collect(columns->loose, &columns->nloose, target);
				else
					collect(columns->equal, &columns->nequal, target);
				break;
			case PADV_USE_ANY:
				collect(columns->any, &columns->nany, target);
				break;
			case PADV_USE_RANGE:
				if (target->selectivity > PADV_USEFUL_SHARE)
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
emit_with_tails(PadvMaker *maker, const Columns *columns, const PadvKeyCols *prefix,
				bool ordered)
{
	PadvKeyCols key = *prefix;
	ListCell   *lc;

	padv_emit(maker, &key);
	if (ordered)
	{
		foreach(lc, maker->access->orders)
		{
			key = *prefix;
			if (!padv_key_add_order(maker, &key, lfirst(lc)))
				continue;
			padv_emit(maker, &key);
			for (int i = 0; i < columns->nrange; i++)
				padv_key_add(maker, &key, &columns->range[i]->col);
			padv_emit(maker, &key);
		}
	}
	for (int i = 0; i < columns->nrange; i++)
	{
		key = *prefix;
		padv_key_add(maker, &key, &columns->range[i]->col);
		padv_emit(maker, &key);
		for (int j = 0; j < columns->nrange; j++)
			padv_key_add(maker, &key, &columns->range[j]->col);
		padv_emit(maker, &key);
	}
}

/*
 * The equality columns as a prefix, in a few orders: by selectivity, and each
 * one first, so that other statements can share the start of the index.
 */
static void
emit_prefixes(PadvMaker *maker, const Columns *columns)
{
	PadvKeyCols empty = {0};

	emit_with_tails(maker, columns, &empty, true);
	for (int first = 0; first < columns->nequal; first++)
	{
		PadvKeyCols key = {0};

		padv_key_add(maker, &key, &columns->equal[first]->col);
		emit_with_tails(maker, columns, &key, columns->nequal == 1);
		for (int i = 0; i < columns->nequal; i++)
			padv_key_add(maker, &key, &columns->equal[i]->col);
		emit_with_tails(maker, columns, &key, true);
	}
}

/* Prefixes that end in, or consist of, a column compared with a list. */
static void
emit_lists(PadvMaker *maker, const Columns *columns)
{
	for (int i = 0; i < columns->nany; i++)
	{
		PadvKeyCols key = {0};

		for (int j = 0; j < columns->nequal; j++)
			padv_key_add(maker, &key, &columns->equal[j]->col);
		padv_key_add(maker, &key, &columns->any[i]->col);
		emit_with_tails(maker, columns, &key, false);
		key.n = 0;
		padv_key_add(maker, &key, &columns->any[i]->col);
		emit_with_tails(maker, columns, &key, false);
		for (int j = 0; j < columns->nequal; j++)
			padv_key_add(maker, &key, &columns->equal[j]->col);
		padv_emit(maker, &key);
	}
}

/*
 * Join columns two by two: found by one and joined on by the other, the table
 * itself may not be needed, or only where both agree.
 */
static void
emit_join_pairs(PadvMaker *maker, const Columns *columns)
{
	for (int i = 0; i < columns->njoin; i++)
	{
		for (int j = 0; j < columns->njoin; j++)
		{
			PadvKeyCols key = {0};

			padv_key_add(maker, &key, &columns->join[i]->col);
			padv_key_add(maker, &key, &columns->join[j]->col);
			padv_emit(maker, &key);
		}
	}
}

/*
 * Join columns: alone, before and after the equality columns, before a range,
 * and all together for keys of several columns.
 */
static void
emit_joins(PadvMaker *maker, const Columns *columns)
{
	PadvKeyCols all = {0};

	for (int i = 0; i < columns->njoin; i++)
	{
		PadvKeyCols key = {0};

		padv_key_add(maker, &key, &columns->join[i]->col);
		emit_with_tails(maker, columns, &key, false);
		for (int j = 0; j < columns->nequal; j++)
			padv_key_add(maker, &key, &columns->equal[j]->col);
		emit_with_tails(maker, columns, &key, false);
		key.n = 0;
		for (int j = 0; j < columns->nequal; j++)
			padv_key_add(maker, &key, &columns->equal[j]->col);
		padv_key_add(maker, &key, &columns->join[i]->col);
		padv_emit(maker, &key);
		padv_key_add(maker, &all, &columns->join[i]->col);
	}
	padv_emit(maker, &all);
	emit_join_pairs(maker, columns);
}

/*
 * Equality columns that narrow nothing behind those that do, where the
 * statement reads no others: "count(*) ... WHERE owner = ? AND not deleted"
 * need not visit the table then.  As a key column it takes less room than an
 * included one would, since only keys are deduplicated.
 */
static void
emit_loose(PadvMaker *maker, const Columns *columns)
{
	PadvKeyCols key = {0};

	if (columns->nequal == 0 || columns->nloose == 0)
		return;
	for (int i = 0; i < columns->nequal; i++)
		padv_key_add(maker, &key, &columns->equal[i]->col);
	for (int i = 0; i < columns->nloose; i++)
		padv_key_add(maker, &key, &columns->loose[i]->col);
	if (padv_key_is_all(maker, &key))
		padv_emit(maker, &key);
}

/*
 * Covering forms of the key that serves all clauses, with the first wanted
 * order and without, and of the join keys.
 */
static void
emit_coverings(PadvMaker *maker, const Columns *columns)
{
	PadvKeyCols equal = {0};
	PadvKeyCols key;

	for (int i = 0; i < columns->nequal; i++)
		padv_key_add(maker, &equal, &columns->equal[i]->col);
	key = equal;
	padv_emit_covering(maker, &key);
	if (maker->access->orders != NIL &&
		padv_key_add_order(maker, &key, linitial(maker->access->orders)))
		padv_emit_covering(maker, &key);
	for (int i = 0; i < columns->nany; i++)
		padv_key_add(maker, &equal, &columns->any[i]->col);
	for (int i = 0; i < columns->nrange; i++)
	{
		key = equal;
		padv_key_add(maker, &key, &columns->range[i]->col);
		padv_emit_covering(maker, &key);
	}
	for (int i = 0; i < columns->njoin; i++)
	{
		key.n = 0;
		padv_key_add(maker, &key, &columns->join[i]->col);
		padv_emit_covering(maker, &key);
		key = equal;
		padv_key_add(maker, &key, &columns->join[i]->col);
		padv_emit_covering(maker, &key);
	}
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

/* Arms of ORs and what wants another method: an index of their own each. */
static void
emit_alone(PadvMaker *maker)
{
	ListCell   *lc;

	foreach(lc, maker->access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if (target->use == PADV_USE_OTHER || target->use == PADV_USE_DISTANCE ||
			(target->arm != 0 && target->use != PADV_USE_NONE))
			padv_emit_single(maker, target);
	}
}

/* Can its clause be a predicate although no index can search by it? */
static bool
is_only_predicate(const PadvTarget *target)
{
	return padv_compares_columns(1, target->clause) ||
		padv_leaves_out_values(target->clause);
}

/* The same keys with a predicate; alone, a column of it has to be the key. */
static void
emit_partial(PadvMaker *maker, const Columns *columns, List *targets,
			 List *pred)
{
	const PadvTarget *first = linitial(targets);
	Columns		rest = *columns;
	PadvKeyCols key = {0};

	maker->pred = pred;
	without(&rest, targets);
	emit_prefixes(maker, &rest);
	emit_lists(maker, &rest);
	emit_joins(maker, &rest);
	emit_alone(maker);
	emit_coverings(maker, &rest);
	if (rest.nequal + rest.nany + rest.nrange + rest.njoin == 0 &&
		(first->use != PADV_USE_NONE ||
		 (padv_leaves_out_values(first->clause) && OidIsValid(first->col.opclass))))
	{
		padv_key_add(maker, &key, &first->col);
		padv_emit(maker, &key);
	}
	maker->pred = NIL;
}

/*
 * Each clause that can be a predicate, and all of them together; and where a
 * statement ran with common values of a column and with rare ones, the rare
 * ones, since the index would serve no others.
 */
static void
emit_partials(PadvMaker *maker, const Columns *columns)
{
	List	   *targets = NIL;
	List	   *all = NIL;
	ListCell   *lc;

	foreach(lc, maker->access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if (target->rare != NIL && target->common)
			emit_partial(maker, columns, list_make1(target),
						 list_make1(padv_any_of(target->rare)));
		if (target->clause == NULL || target->varies ||
			target->use == PADV_USE_OTHER ||
			target->selectivity > PADV_PARTIAL_SHARE ||
			(target->use == PADV_USE_NONE && !is_only_predicate(target)))
			continue;
		targets = lappend(targets, target);
		all = lappend(all, target->clause);
		emit_partial(maker, columns, list_make1(target),
					 list_make1(target->clause));
	}
	if (list_length(targets) > 1)
		emit_partial(maker, columns, targets, all);
}

/* All that is worth trying for the maker's access. */
void
padv_emit_keys(PadvMaker *maker)
{
	Columns		columns;

	sort_out(maker->access, &columns);
	emit_prefixes(maker, &columns);
	emit_lists(maker, &columns);
	emit_joins(maker, &columns);
	emit_alone(maker);
	padv_emit_compact(maker);
	emit_partials(maker, &columns);
	emit_loose(maker, &columns);
	emit_coverings(maker, &columns);
}
