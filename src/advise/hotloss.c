/*-------------------------------------------------------------------------
 *
 * hotloss.c
 *	  What writes pay for a set of indexes, HOT updates that it ends included.
 *
 * One index on a column that an update changes, and the update is not HOT any
 * more: it writes an entry into every index of the table.  The loss is that of
 * the table's other indexes, existing and chosen, and it is there once, however
 * many indexes of the set have the column.  So the upkeep of a set is that of
 * its members by themselves (upkeep.c) and, table by table, this loss.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"

/* Updates that were HOT before, and what they write into other indexes now. */
typedef struct HotLoss
{
	double		updates;		/* rows */
	double		entries;
	double		cost;
} HotLoss;

/* ---- candidates by table ---- */

static int
by_relid(const void *a, const void *b)
{
	const PadvCandidate *ca = *(PadvCandidate *const *) a;
	const PadvCandidate *cb = *(PadvCandidate *const *) b;

	if (ca->index->relid != cb->index->relid)
		return ca->index->relid < cb->index->relid ? -1 : 1;
	return ca->id - cb->id;
}

/* The real indexes of a table that the search does not hide. */
static List *
real_indexes(const PadvSearch *search, Oid relid)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, padv_index_list(relid))
	{
		PadvIndex  *index = lfirst(lc);

		if (!list_member_oid(search->hide, index->oid))
			result = lappend(result, index);
	}
	return result;
}

/*
 * Groups the candidates by table, where one of them ends HOT updates; to be
 * called when they have their numbers.
 */
void
padv_group_by_table(PadvSearch *search)
{
	int			n = search->ncandidates;
	PadvCandidate **sorted = palloc(sizeof(PadvCandidate *) * Max(n, 1));
	PadvTable  *table = NULL;

	search->hot_enders = NULL;
	if (n > 0)
		memcpy(sorted, search->candidates, sizeof(PadvCandidate *) * n);
	qsort(sorted, n, sizeof(PadvCandidate *), by_relid);
	for (int i = 0; i < n; i++)
	{
		PadvCandidate *candidate = sorted[i];

		if (i == 0 || candidate->index->relid != sorted[i - 1]->index->relid)
			table = palloc0(sizeof(PadvTable));
		candidate->table = table;
		table->members = bms_add_member(table->members, candidate->id);
		if (candidate->ends_hot == NULL)
			continue;
		search->hot_enders = bms_add_member(search->hot_enders, candidate->id);
		if (table->indexes == NIL)
			table->indexes = real_indexes(search, candidate->index->relid);
	}
	pfree(sorted);
}

/* ---- the loss ---- */

static void
add_loss(const PadvSearch *search, const PadvIndex *index, double before,
		 double rows, HotLoss *loss)
{
	double		entries = rows * padv_entries_per_row(index);

	loss->entries += entries;
	loss->cost += padv_entries_cost(search, index, before + entries) -
		padv_entries_cost(search, index, before);
}

/* Rows whose updates are HOT today, of these writers but for some. */
static double
hot_rows(const PadvSearch *search, const Bitmapset *writers,
		 const Bitmapset *but)
{
	double		rows = 0;
	int			w = -1;

	while ((w = bms_next_member(writers, w)) >= 0)
	{
		if (!bms_is_member(w, but))
			rows += ((PadvStmtState *) list_nth(search->writers, w))->hot_rows;
	}
	return rows;
}

/* The loss on one table, if these of its candidates exist. */
static HotLoss
loss_on(const PadvSearch *search, const PadvTable *table, const Bitmapset *set)
{
	HotLoss		loss = {0};
	Bitmapset  *here = bms_intersect(set, table->members);
	Bitmapset  *ended = NULL;
	ListCell   *lc;
	int			id = -1;

	while ((id = bms_next_member(here, id)) >= 0)
		ended = bms_add_members(ended, search->candidates[id]->ends_hot);
	id = -1;
	while (ended != NULL && (id = bms_next_member(here, id)) >= 0)
	{
		const PadvCandidate *one = search->candidates[id];

		add_loss(search, one->index, one->entries,
				 hot_rows(search, ended, one->ends_hot), &loss);
	}
	if (ended != NULL)
	{
		loss.updates = hot_rows(search, ended, NULL);
		foreach(lc, table->indexes)
			add_loss(search, lfirst(lc), 0, loss.updates, &loss);
	}
	bms_free(ended);
	bms_free(here);
	return loss;
}

/* What the change of a set means on the tables of the members that change. */
static HotLoss
difference(const PadvSearch *search, const Bitmapset *changed,
		   const Bitmapset *from, const Bitmapset *to)
{
	HotLoss		sum = {0};
	Bitmapset  *seen = NULL;
	int			id = -1;

	while ((id = bms_next_member(changed, id)) >= 0)
	{
		const PadvTable *table = search->candidates[id]->table;
		HotLoss		before;
		HotLoss		after;

		if (bms_is_member(id, seen) ||
			!bms_overlap(table->members, search->hot_enders))
			continue;
		before = loss_on(search, table, from);
		after = loss_on(search, table, to);
		sum.updates += after.updates - before.updates;
		sum.entries += after.entries - before.entries;
		sum.cost += after.cost - before.cost;
		seen = bms_add_members(seen, table->members);
	}
	bms_free(seen);
	return sum;
}

static double
alone(const PadvSearch *search, const Bitmapset *set)
{
	double		upkeep = 0;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
		upkeep += search->candidates[id]->upkeep;
	return upkeep;
}

/* By how much upkeep grows when the set changes, in units of the objective. */
double
padv_upkeep_change(const PadvSearch *search, const Bitmapset *from,
				   const Bitmapset *to)
{
	Bitmapset  *added = bms_difference(to, from);
	Bitmapset  *removed = bms_difference(from, to);
	double		change = alone(search, added) - alone(search, removed);

	if (bms_overlap(from, search->hot_enders) ||
		bms_overlap(to, search->hot_enders))
	{
		added = bms_join(added, removed);
		removed = NULL;
		change += difference(search, added, from, to).cost *
			padv_objective_unit(search);
	}
	bms_free(added);
	bms_free(removed);
	return change;
}

double
padv_set_upkeep(const PadvSearch *search, const Bitmapset *set)
{
	return padv_upkeep_change(search, NULL, set);
}

/* What one member of the set pays: what upkeep would go with it. */
double
padv_upkeep_within(const PadvSearch *search, const Bitmapset *set, int id)
{
	Bitmapset  *rest = bms_del_member(bms_copy(set), id);
	double		upkeep = padv_upkeep_change(search, rest, set);

	bms_free(rest);
	return upkeep;
}

/* ---- telling ---- */

static void
tell_one(const PadvSearch *search, const Bitmapset *before, int id,
		 PadvAdvice *advice)
{
	const PadvCandidate *candidate = search->candidates[id];
	Bitmapset  *single = bms_make_singleton(id);
	Bitmapset  *with = bms_union(before, single);
	HotLoss		loss = difference(search, single, before, with);

	advice->entries_written = candidate->entries;
	advice->entries_elsewhere = loss.entries;
	advice->hot_updates_lost = loss.updates;
	advice->upkeep_cost = candidate->upkeep / padv_objective_unit(search) +
		loss.cost;
	advice->upkeep_ms = advice->upkeep_cost * search->ms_per_cost;
	bms_free(single);
	bms_free(with);
}

/*
 * Divides the upkeep of the chosen set among its advice, which is given by
 * candidate: what ends HOT updates pays for the others.
 */
void
padv_tell_upkeep(const PadvSearch *search, PadvAdvice **advice)
{
	Bitmapset  *told = NULL;

	for (int enders = 0; enders <= 1; enders++)
	{
		int			id = -1;

		while ((id = bms_next_member(search->chosen, id)) >= 0)
		{
			if (bms_is_member(id, search->hot_enders) != (enders == 1))
				continue;
			tell_one(search, told, id, advice[id]);
			told = bms_add_member(told, id);
		}
	}
	bms_free(told);
}
