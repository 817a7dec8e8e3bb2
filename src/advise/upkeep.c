/*-------------------------------------------------------------------------
 *
 * upkeep.c
 *	  What writes pay for an index.
 *
 * Recorded writes count from their second execution on: the load that fills
 * a table once says nothing of what is to come.
 *
 * Index entries are written by every insert, by every update that changes an
 * indexed column, and by every other update that is not HOT.  An update that
 * was HOT until now and changes a column of the new index stops being HOT: it
 * then writes an entry into each index of the table, those that are advised
 * beside it included.  So a set pays more than its members alone: hotloss.c.
 *
 * The price is in the planner's units.  Finding the place of an entry costs
 * what btcostestimate() charges for a page (50 * cpu_operator_cost), one
 * cpu_operator_cost a comparison, and cpu_index_tuple_cost; writing it with its
 * WAL record takes as much again, and so does VACUUM one day.  A leaf page that
 * was changed is written in full twice, to the WAL and at the next checkpoint,
 * each at random_page_cost: one page for each entry, but no more than the index
 * has at each checkpoint of the window, since many entries on one page are
 * written together.
 *
 * What is changed all the time and hardly ever searched by gets no index,
 * whatever a search by it may take: the end of HOT updates is felt by every
 * session, in dead rows and their vacuuming, which is not in the price.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "advise/advise_private.h"
#include "base/compat.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "pgstat.h"
#include "postmaster/bgwriter.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define PADV_PAGE_SEARCH		50.0

/* Finding the place of an entry, writing it, and removing it. */
#define PADV_ENTRY_WORK			3.0

/* How often a page that was changed is written. */
#define PADV_PAGE_WRITES		2.0

/* Entries that one value makes in a GIN index, roughly. */
#define PADV_GIN_ENTRIES		8.0

/* So many changes of a column for each search by it are too many. */
#define PADV_MOST_CHANGES		50.0

/* Share of HOT updates where the table has not been updated yet. */
#define PADV_DEFAULT_HOT_SHARE	0.5

/* Planner cost of one entry, pages apart. */
double
padv_entry_cost(const PadvIndex *index)
{
	return PADV_ENTRY_WORK * (cpu_index_tuple_cost +
							  ceil(log(Max(index->tuples, 2.0)) / log(2.0)) * cpu_operator_cost +
							  PADV_PAGE_SEARCH * cpu_operator_cost);
}

/* Leaf pages written in the window for so many entries. */
static double
pages_written(const PadvSearch *search, const PadvIndex *index, double entries)
{
	double		seconds = search->workload->window_hours * 3600.0;

	/* given statements stand for any time: each dirties its own page */
	if (seconds <= 0)
		return entries;
	return Min(entries, index->pages *
			   ceil(seconds / Max(CheckPointTimeout, 1)));
}

/* Columns of the table that the index depends on, offset as in core. */
static Bitmapset *
columns_of(const PadvIndex *index)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < index->ncols; i++)
	{
		if (index->cols[i].attno > 0)
			columns = bms_add_member(columns, index->cols[i].attno -
									 FirstLowInvalidHeapAttributeNumber);
		else
			pull_varattnos(index->cols[i].expr, 1, &columns);
	}
	pull_varattnos((Node *) index->pred, 1, &columns);
	return columns;
}

static Bitmapset *
add_assigned(Bitmapset *columns, const List *targets)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk)
			columns = bms_add_member(columns, tle->resno -
									 FirstLowInvalidHeapAttributeNumber);
	}
	return columns;
}

/* Columns that a statement assigns in rows that are there, offset likewise. */
static Bitmapset *
assigned_by(const Query *query)
{
	Bitmapset  *columns = NULL;
	ListCell   *lc;

	if (query->commandType == CMD_UPDATE)
		return add_assigned(NULL, query->targetList);
	if (query->onConflict != NULL)
		return add_assigned(NULL, query->onConflict->onConflictSet);
	foreach(lc, query->mergeActionList)
	{
		MergeAction *action = lfirst(lc);

		if (action->commandType == CMD_UPDATE)
			columns = add_assigned(columns, action->targetList);
	}
	return columns;
}

/*
 * Which share of the rows that it writes are there already?  Of statements
 * that insert or update as it comes, the table's statistics tell when it is
 * most; that it is little they may say for the sake of one load long ago.
 */
static double
updated_share(const PadvStmtState *state, const Query *query)
{
	PgStat_StatTabEntry *stats;
	double		all;

	if (query->commandType == CMD_UPDATE || state->assigned == NULL)
		return query->commandType == CMD_UPDATE ? 1.0 : 0.0;
	stats = pgstat_fetch_stat_tabentry(state->target);
	if (stats == NULL)
		return 0.5;
	all = (double) stats->tuples_inserted + stats->tuples_updated;
	return all > 0 ? Max(stats->tuples_updated / all, 0.5) : 0.5;
}

/* Is one of the columns indexed already? */
static bool
is_indexed(Oid relid, const Bitmapset *columns)
{
	ListCell   *lc;

	foreach(lc, padv_index_list(relid))
	{
		if (bms_overlap(columns_of(lfirst(lc)), columns))
			return true;
	}
	return false;
}

/* Share of updates of the columns that are HOT today. */
static double
hot_share(Oid relid, const Bitmapset *columns)
{
	PgStat_StatTabEntry *stats = pgstat_fetch_stat_tabentry(relid);

	if (stats == NULL || stats->tuples_updated == 0)
		return is_indexed(relid, columns) ? 0 : PADV_DEFAULT_HOT_SHARE;
	return (double) stats->tuples_hot_updated / stats->tuples_updated;
}

/* Takes a query that writes so many rows among the writers. */
static void
add_writer(PadvSearch *search, PadvStmtState *state, const Query *query,
		   double rows)
{
	double		updated;
	double		hot = 0;

	if (query->commandType == CMD_DELETE || query->resultRelation == 0 ||
		rows <= 0)
		return;
	state->target = rt_fetch(query->resultRelation, query->rtable)->relid;
	state->parents = NIL;
	if (get_rel_relispartition(state->target))
		state->parents = get_partition_ancestors(state->target);
	state->assigned = assigned_by(query);
	updated = updated_share(state, query);
	if (updated > 0)
		hot = updated * hot_share(state->target, state->assigned);
	state->entries = (1.0 - hot) * rows;
	state->hot_rows = hot * rows;
	state->changes = updated * state->stmt->calls;
	search->writers = lappend(search->writers, state);
}

static bool
is_write(const Node *node)
{
	return IsA(node, Query) &&
		((const Query *) node)->commandType != CMD_SELECT;
}

/*
 * Takes a statement that was surveyed among the writers if it is one, and
 * each write in its WITH clause.
 */
void
padv_note_writer(PadvSearch *search, PadvStmtState *state)
{
	const Query *query;
	int			writes = 0;
	ListCell   *lc;

	if (state->stmt->instances == NIL)
		return;
	/* what was seen once, such as a first load, is no rate */
	if (!state->stmt->given && state->stmt->calls < 2)
		return;
	query = ((PadvInstance *) linitial(state->stmt->instances))->query;
	foreach(lc, query->cteList)
		writes += is_write(((CommonTableExpr *) lfirst(lc))->ctequery);
	foreach(lc, query->cteList)
	{
		Node	   *part = ((CommonTableExpr *) lfirst(lc))->ctequery;
		PadvStmtState *writer;

		if (!is_write(part))
			continue;
		writer = palloc(sizeof(PadvStmtState));
		*writer = *state;
		add_writer(search, writer, (Query *) part, state->part_rows / writes);
	}
	if (query->commandType != CMD_SELECT)
		add_writer(search, state, query, state->target_rows);
}

/* Share of the table's rows that the index holds. */
static double
share_of_rows(const PadvIndex *index)
{
	HeapTuple	tuple;
	double		reltuples = 0;

	if (index->pred == NIL)
		return 1.0;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index->relid));
	if (HeapTupleIsValid(tuple))
	{
		reltuples = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return reltuples > 0 ? Min(index->tuples / reltuples, 1.0) : 1.0;
}

/* Entries that the index gets of each row version which it holds. */
double
padv_entries_per_row(const PadvIndex *index)
{
	return share_of_rows(index) *
		(index->relam == GIN_AM_OID ? PADV_GIN_ENTRIES : 1.0);
}

/* Planner cost of so many entries in the window. */
double
padv_entries_cost(const PadvSearch *search, const PadvIndex *index,
				  double entries)
{
	return entries * padv_entry_cost(index) +
		pages_written(search, index, entries) * PADV_PAGE_WRITES * random_page_cost;
}

/* Does it write to the index's table, or to a partition of that? */
static bool
writes_into(const PadvStmtState *writer, const PadvIndex *index)
{
	return writer->target == index->relid ||
		list_member_oid(writer->parents, index->relid);
}

/* Does it assign any of these columns of the index? */
static bool
assigns(const PadvStmtState *writer, const PadvIndex *index,
		const Bitmapset *columns)
{
	if (writer->assigned == NULL)
		return false;
	if (writer->target != index->relid)
		columns = columns_of(padv_index_for_leaf(index, writer->target));
	return bms_overlap(columns, writer->assigned);
}

/*
 * Entries of all that the workload writes, if the index is the only new one;
 * *ends_hot are the numbers of the writers whose updates it keeps from being
 * HOT.
 */
static double
count_entries(const PadvSearch *search, const PadvIndex *index,
			  Bitmapset **ends_hot)
{
	Bitmapset  *columns = columns_of(index);
	double		entries = 0;
	ListCell   *lc;

	*ends_hot = NULL;
	foreach(lc, search->writers)
	{
		const PadvStmtState *writer = lfirst(lc);

		if (!writes_into(writer, index))
			continue;
		entries += writer->entries;
		if (writer->hot_rows <= 0 || !assigns(writer, index, columns))
			continue;
		entries += writer->hot_rows;
		if (!PADV_KEEPS_HOT(index->relam))
			*ends_hot = bms_add_member(*ends_hot, foreach_current_index(lc));
	}
	bms_free(columns);
	return entries * padv_entries_per_row(index);
}

/* How often the columns of an index are changed, where that ends HOT. */
static double
count_changes(const PadvSearch *search, const PadvIndex *index)
{
	Bitmapset  *columns = columns_of(index);
	double		changes = 0;
	ListCell   *lc;

	foreach(lc, search->writers)
	{
		const PadvStmtState *writer = lfirst(lc);

		if (writes_into(writer, index) && !PADV_KEEPS_HOT(index->relam) &&
			assigns(writer, index, columns))
			changes += writer->changes;
	}
	bms_free(columns);
	return changes;
}

/* Too often, for an index that so many calls search by? */
bool
padv_is_churned(double changes, double calls)
{
	return changes > PADV_MOST_CHANGES * calls;
}

/* The upkeep of a candidate by itself, in units of the objective. */
void
padv_upkeep(PadvSearch *search, PadvCandidate *candidate)
{
	const PadvIndex *index = candidate->index;

	candidate->changes = count_changes(search, index);
	candidate->entries = count_entries(search, index, &candidate->ends_hot);
	candidate->upkeep = padv_entries_cost(search, index, candidate->entries) *
		padv_objective_unit(search);
}

/* What a unit of planner cost is of the objective. */
double
padv_objective_unit(const PadvSearch *search)
{
	return search->ms_per_cost > 0 ? search->ms_per_cost : 1.0;
}

/* What writes pay for a real index; 0 where no time was measured. */
double
padv_upkeep_ms_of(const PadvSearch *search, const PadvIndex *index)
{
	Bitmapset  *ends_hot;
	double		entries = count_entries(search, index, &ends_hot);

	bms_free(ends_hot);
	return padv_entries_cost(search, index, entries) * search->ms_per_cost;
}
