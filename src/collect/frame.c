/*-------------------------------------------------------------------------
 *
 * frame.c
 *	  Executions that are under way: what they have cost so far.
 *
 * A frame lives in the executor's own memory context, from ExecutorStart on.
 * It leaves the list of frames when that context goes, be that at ExecutorEnd
 * or because of an error; so nothing has to be cleaned up after errors.  The
 * list is nearly a stack, but for cursors, which stay open while others run.
 *
 * Sequential scans are counted with the counters that the backend keeps for
 * each table anyway (pg_stat_user_tables): how much they grow in each lap.
 * They also grow by what functions and triggers do in the same lap to the
 * same tables.  As these are executions of their own, with frames of their
 * own, they subtract what they found from the frames that run around them.
 * Those that are not recorded, with perfadvisor.track = top, count for the
 * statement around them, as their time does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "collect/collect_private.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/rel.h"

static PadvFrame *frames = NULL;

/* ---- tables that are scanned ---- */

typedef struct ScanSearch
{
	int			n;
	int			size;
	PadvScanCount *scans;
} ScanSearch;

static void
add_scan(ScanSearch *search, Relation rel, Index rti)
{
	if (rel == NULL)
		return;
	if (search->n == search->size)
	{
		search->size = Max(8, search->size * 2);
		if (search->scans == NULL)
			search->scans = palloc(search->size * sizeof(PadvScanCount));
		else
			search->scans = repalloc(search->scans,
									 search->size * sizeof(PadvScanCount));
	}
	memset(&search->scans[search->n], 0, sizeof(PadvScanCount));
	search->scans[search->n].rel = rel;
	search->scans[search->n].rti = rti;
	search->n++;
}

/* An index scan and nothing else, as in the most frequent statements. */
static inline bool
is_index_scan(const PlanState *ps)
{
	return (IsA(ps, IndexScanState) || IsA(ps, IndexOnlyScanState)) &&
		ps->initPlan == NIL && ps->subPlan == NIL;
}

/* Finds all nodes that count into seq_tup_read. */
static bool
find_scans(PlanState *ps, ScanSearch *search)
{
	switch (nodeTag(ps))
	{
		case T_SeqScanState:
		case T_SampleScanState:
		case T_TidRangeScanState:
			add_scan(search, ((ScanState *) ps)->ss_currentRelation,
					 ((Scan *) ps->plan)->scanrelid);
			break;
		default:
			break;
	}
	return !is_index_scan(ps) &&
		planstate_tree_walker(ps, find_scans, search);
}

static int
compare_scans(const void *a, const void *b)
{
	uintptr_t	left = (uintptr_t) ((const PadvScanCount *) a)->rel;
	uintptr_t	right = (uintptr_t) ((const PadvScanCount *) b)->rel;

	return left < right ? -1 : left > right;
}

/* One entry for each table, which then tells whom its facts are about. */
static void
complete_scans(ScanSearch *search, PadvFrame *frame)
{
	EState	   *estate = frame->queryDesc->estate;
	List	   *rtable = frame->queryDesc->plannedstmt->rtable;
	AppendRelInfo **parents = padv_parents(frame->queryDesc->plannedstmt);
	int			kept = 0;

	qsort(search->scans, search->n, sizeof(PadvScanCount), compare_scans);
	for (int i = 0; i < search->n; i++)
	{
		PadvScanCount *scan = &search->scans[i];

		if (kept > 0 && scan->rel == search->scans[kept - 1].rel)
			continue;
		if (padv_table_kept(estate, rtable, scan->rti))
			scan->relid = rt_fetch(padv_parent_top(parents, rtable, scan->rti),
								   rtable)->relid;
		search->scans[kept++] = *scan;
	}
	if (parents != NULL)
		pfree(parents);
	frame->nscans = kept;
	frame->scans = search->scans;
}

static void
find_all_scans(PadvFrame *frame, MemoryContext context)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	ScanSearch	search = {0};

	find_scans(frame->queryDesc->planstate, &search);
	if (search.n > 0)
		complete_scans(&search, frame);
	MemoryContextSwitchTo(oldcontext);
}

/* The backend's counters for a table; both 0 if it does not count. */
static void
read_counters(const PadvScanCount *scan, int64 *scans, int64 *rows)
{
	*scans = *rows = 0;
	if (pgstat_should_count_relation(scan->rel))
	{
		*scans = PADV_TAB_NUMSCANS(scan->rel->pgstat_info);
		*rows = PADV_TAB_TUPLES_RETURNED(scan->rel->pgstat_info);
	}
}

static void
start_scans(PadvFrame *frame)
{
	for (int i = 0; i < frame->nscans; i++)
	{
		PadvScanCount *scan = &frame->scans[i];

		read_counters(scan, &scan->start_scans, &scan->start_rows);
		scan->nested_scans = scan->nested_rows = 0;
	}
}

/* Tells the executions around this one what was not theirs. */
static void
subtract_from_outer(const PadvFrame *frame, const PadvScanCount *own,
					int64 scans, int64 rows)
{
	for (PadvFrame *outer = frames; outer != NULL; outer = outer->next)
	{
		PadvScanCount *scan;

		if (outer == frame || !outer->running || outer->nscans == 0)
			continue;
		scan = bsearch(own, outer->scans, outer->nscans,
					   sizeof(PadvScanCount), compare_scans);
		if (scan != NULL)
		{
			scan->nested_scans += scans;
			scan->nested_rows += rows;
		}
	}
}

static void
stop_scans(PadvFrame *frame)
{
	for (int i = 0; i < frame->nscans; i++)
	{
		PadvScanCount *scan = &frame->scans[i];
		int64		scans;
		int64		rows;

		read_counters(scan, &scans, &rows);
		scans -= scan->start_scans + scan->nested_scans;
		rows -= scan->start_rows + scan->nested_rows;
		if (scans == 0 && rows == 0)
			continue;
		scan->scans += Max(scans, 0);
		scan->rows += Max(rows, 0);
		subtract_from_outer(frame, scan, scans, rows);
	}
}

/* ---- frames ---- */

static void
unlink_frame(void *arg)
{
	PadvFrame **place = &frames;

	while (*place != NULL && *place != arg)
		place = &(*place)->next;
	if (*place != NULL)
		*place = (*place)->next;
}

/* Called when the executor is ready to run. */
PadvFrame *
padv_frame_push(QueryDesc *queryDesc, const PadvKey *key, bool watched)
{
	MemoryContext context = queryDesc->estate->es_query_cxt;
	PadvFrame  *frame = MemoryContextAlloc(context, sizeof(PadvFrame));

	frame->queryDesc = queryDesc;
	frame->key = *key;
	frame->watched = watched;
	frame->running = false;
	frame->location = queryDesc->plannedstmt->stmt_location;
	frame->len = queryDesc->plannedstmt->stmt_len;
	frame->exec_ns = 0;
	frame->shared_blks_hit = 0;
	frame->shared_blks_read = 0;
	frame->temp_blks_written = 0;
	frame->nscans = 0;
	frame->scans = NULL;
	if (!is_index_scan(queryDesc->planstate))
		find_all_scans(frame, context);

	frame->unlink.func = unlink_frame;
	frame->unlink.arg = frame;
	MemoryContextRegisterResetCallback(context, &frame->unlink);
	frame->next = frames;
	frames = frame;
	return frame;
}

/* NULL: this execution is not recorded. */
PadvFrame *
padv_frame_find(const QueryDesc *queryDesc)
{
	PadvFrame  *frame = frames;

	while (frame != NULL && frame->queryDesc != queryDesc)
		frame = frame->next;
	return frame;
}

/* ---- laps ---- */

void
padv_lap_start(PadvFrame *frame, PadvLap *lap)
{
	frame->running = true;
	if (unlikely(frame->nscans > 0))
		start_scans(frame);
	lap->shared_blks_hit = pgBufferUsage.shared_blks_hit;
	lap->shared_blks_read = pgBufferUsage.shared_blks_read;
	lap->temp_blks_written = pgBufferUsage.temp_blks_written;
	INSTR_TIME_SET_CURRENT(lap->start);
}

void
padv_lap_stop(PadvFrame *frame, const PadvLap *lap)
{
	instr_time	duration;

	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, lap->start);
	frame->exec_ns += padv_instr_ns(duration);
	frame->shared_blks_hit += pgBufferUsage.shared_blks_hit - lap->shared_blks_hit;
	frame->shared_blks_read += pgBufferUsage.shared_blks_read - lap->shared_blks_read;
	frame->temp_blks_written += pgBufferUsage.temp_blks_written - lap->temp_blks_written;
	frame->running = false;
	if (unlikely(frame->nscans > 0))
		stop_scans(frame);
}
