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
 * then writes an entry into each index of the table.
 *
 * The price is in the planner's units.  An entry costs what btcostestimate()
 * charges for finding its place on a page (50 * cpu_operator_cost), one
 * cpu_operator_cost a comparison, and cpu_index_tuple_cost.  A leaf page that
 * was changed is written at the next checkpoint, at random_page_cost: one page
 * for each entry, but no more than the index has at each checkpoint of the
 * window, since many entries on one page are written together.
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
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "pgstat.h"
#include "postmaster/bgwriter.h"
#include "utils/syscache.h"

#define PADV_PAGE_SEARCH		50.0

/* Entries that one value makes in a GIN index, roughly. */
#define PADV_GIN_ENTRIES		8.0

/* Share of HOT updates where the table has not been updated yet. */
#define PADV_DEFAULT_HOT_SHARE	0.5

static double
entry_cost(const PadvIndex *index)
{
	return cpu_index_tuple_cost +
		ceil(log(Max(index->tuples, 2.0)) / log(2.0)) * cpu_operator_cost +
		PADV_PAGE_SEARCH * cpu_operator_cost;
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

/* Does an UPDATE assign one of the columns? */
static bool
assigns(const Query *query, const Bitmapset *columns)
{
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk &&
			bms_is_member(tle->resno - FirstLowInvalidHeapAttributeNumber,
						  columns))
			return true;
	}
	return false;
}

static double
hot_share(Oid relid)
{
	PgStat_StatTabEntry *stats = pgstat_fetch_stat_tabentry(relid);

	if (stats == NULL || stats->tuples_updated == 0)
		return PADV_DEFAULT_HOT_SHARE;
	return (double) stats->tuples_hot_updated / stats->tuples_updated;
}

/* Entries that an update writes: into this index, or into all of them. */
static double
entries_of_update(const PadvIndex *index, const Query *query)
{
	Bitmapset  *columns = columns_of(index);
	double		hot = hot_share(index->relid);

	if (!assigns(query, columns))
		return 1.0 - hot;
	return 1.0 + hot * list_length(padv_index_list(index->relid));
}

static double
entries_of_statement(const PadvStmtState *state, const PadvIndex *index)
{
	PadvInstance *instance = linitial(state->stmt->instances);
	Query	   *query = instance->query;
	RangeTblEntry *rte;

	if (query->commandType == CMD_SELECT || query->resultRelation == 0 ||
		state->target_rows <= 0)
		return 0;
	/* what was seen once, such as a first load, is no rate */
	if (!state->stmt->given && state->stmt->calls < 2)
		return 0;
	rte = rt_fetch(query->resultRelation, query->rtable);
	if (rte->relid != index->relid)
		return 0;
	switch (query->commandType)
	{
		case CMD_INSERT:
		case CMD_MERGE:
			return state->target_rows;
		case CMD_UPDATE:
			return state->target_rows * entries_of_update(index, query);
		default:
			return 0;
	}
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

/* Planner cost of all entries that the workload writes, and their number. */
double
padv_upkeep_cost_of(const PadvSearch *search, const PadvIndex *index,
					double *entries)
{
	ListCell   *lc;

	*entries = 0;
	foreach(lc, search->writers)
		* entries += entries_of_statement(lfirst(lc), index);
	*entries *= share_of_rows(index);
	if (index->relam == GIN_AM_OID)
		*entries *= PADV_GIN_ENTRIES;
	return *entries * entry_cost(index) +
		pages_written(search, index, *entries) * random_page_cost;
}

/* The upkeep of a candidate in units of the objective. */
void
padv_upkeep(PadvSearch *search, PadvCandidate *candidate)
{
	double		cost = padv_upkeep_cost_of(search, candidate->index,
										   &candidate->entries);

	candidate->upkeep = cost *
		(search->ms_per_cost > 0 ? search->ms_per_cost : 1.0);
}
