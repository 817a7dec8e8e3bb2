/*-------------------------------------------------------------------------
 *
 * upkeep.c
 *	  What writes pay for an index.
 *
 * Index entries are written by every insert, by every update that changes an
 * indexed column, and by every other update that is not HOT.  An update that
 * was HOT until now and changes a column of the new index stops being HOT: it
 * then writes an entry into each index of the table.
 *
 * The price of one entry is in the planner's units: the descent as
 * btcostestimate() charges it (50 * cpu_operator_cost a level, one
 * cpu_operator_cost a comparison), cpu_index_tuple_cost, and a tenth of
 * random_page_cost for the leaf page that it dirties, since most leaf pages
 * are in cache and are written once for many entries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/sysattr.h"
#include "advise/advise_private.h"
#include "base/compat.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "pgstat.h"
#include "utils/syscache.h"

#define PADV_DIRTY_PAGE_SHARE	0.1
#define PADV_DESCENT_PER_LEVEL	50.0
#define PADV_GIN_ENTRIES		8.0

/* Share of HOT updates where the table has not been updated yet. */
#define PADV_DEFAULT_HOT_SHARE	0.5

/* Entries that one row makes, roughly: GIN indexes the parts of a value. */
static double
entries_per_row(const PadvIndex *index)
{
	return index->relam == GIN_AM_OID ? PADV_GIN_ENTRIES : 1.0;
}

static double
entry_cost(const PadvIndex *index)
{
	double		tuples = Max(index->tuples, 2.0);

	return cpu_index_tuple_cost +
		ceil(log(tuples) / log(2.0)) * cpu_operator_cost +
		(index->height + 1) * PADV_DESCENT_PER_LEVEL * cpu_operator_cost +
		PADV_DIRTY_PAGE_SHARE * random_page_cost;
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
	*entries = 0;
	for (int i = 0; i < search->nstates; i++)
	{
		const PadvStmtState *state = search->states[i];

		if (state->stmt->instances != NIL)
			*entries += entries_of_statement(state, index);
	}
	*entries *= share_of_rows(index);
	return *entries * entries_per_row(index) * entry_cost(index);
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
