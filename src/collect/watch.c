/*-------------------------------------------------------------------------
 *
 * watch.c
 *	  Which executions are watched closely, and what becomes of each.
 *
 * Every execution is counted and timed.  Counting the rows of each node, and
 * keeping the values that a statement ran with, is for few: the first four of
 * a statement, then fewer and fewer, and one in 1021 of the rest.  Where
 * statements come and go, so that most of the new ones are never seen again,
 * only one in four is watched before it has come back.  The rare slow one
 * cannot be known beforehand, so that its rows are not counted, but its values
 * are kept at its end.  Slow is what takes perfadvisor.slow_query_ms, and what
 * takes many times as long as the statement does otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "base/guc.h"
#include "catalog/pg_class.h"
#include "collect/collect_private.h"
#include "common/pg_prng.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define PADV_NS_PER_MS		UINT64CONST(1000000)

/* So many executions are watched at first, and then one in so many. */
#define PADV_WATCH_FIRST	4
#define PADV_WATCH_EVENLY	1021

/*
 * Executions that come in turns, say one with a common value after each with
 * a rare one, must not be watched in step with them.
 */
static inline uint32
scramble(uint32 calls)
{
	return (calls * UINT32_C(668265263)) >> 21;
}

bool
padv_watch_wanted(const PadvKey *key)
{
	uint64		calls;

	if (padv_sample_rate >= 0)
		return padv_sample_rate > 0 &&
			pg_prng_double(&pg_global_prng_state) < padv_sample_rate;
	calls = padv_store_known_calls(key);
	if (calls == 0 && padv_store_full())
		return pg_prng_uint32(&pg_global_prng_state) % 4 == 0;
	if (calls < PADV_WATCH_EVENLY)
		return calls < PADV_WATCH_FIRST ||
			scramble((uint32) calls) % (uint32) calls < PADV_WATCH_FIRST;
	return calls % PADV_WATCH_EVENLY == 0;
}

/* ---- what was observed ---- */

/* Scans of partitions are scans of their parent. */
static void
add_scan_fact(PadvFacts *facts, const PadvScanCount *scan, uint64 exec_ns)
{
	PadvScanFact *fact;
	int			i = 0;

	while (i < facts->nscans && facts->scans[i].relid != scan->relid)
		i++;
	if (i == PADV_MAX_SCANS)
	{
		facts->truncated = true;
		return;
	}
	fact = &facts->scans[i];
	if (i == facts->nscans)
	{
		memset(fact, 0, sizeof(PadvScanFact));
		fact->relid = scan->relid;
		fact->exec_ns = exec_ns;
		facts->nscans++;
	}
	fact->scans += scan->scans;
	fact->rows_read += scan->rows;
}

/* Rows that met conditions, at all nodes together. */
static double
sum_passed(const PadvFacts *facts)
{
	double		passed = 0;

	for (int i = 0; i < facts->npredicates; i++)
	{
		if (facts->predicates[i].role == PADV_ROLE_FILTER ||
			facts->predicates[i].role == PADV_ROLE_JOIN)
			passed += facts->predicates[i].rows_out;
	}
	return passed;
}

/* System catalogs do not count, as in pg_stat_user_tables. */
static void
observe_scans(const PadvFrame *frame, PadvObservation *obs, PadvFacts *facts)
{
	for (int i = 0; i < frame->nscans; i++)
	{
		const PadvScanCount *scan = &frame->scans[i];

		if (RelationGetRelid(scan->rel) < FirstNormalObjectId ||
			(scan->scans == 0 && scan->rows == 0))
			continue;
		obs->seq_scans += scan->scans;
		obs->seq_rows += scan->rows;
		if (OidIsValid(scan->relid))
			add_scan_fact(facts, scan, obs->exec_ns);
	}
	if (facts->nscans > 0)
		obs->facts = facts;
}

static void
start_observation(const PadvFrame *frame, PadvObservation *obs)
{
	obs->key = frame->key;
	obs->exec_ns = frame->exec_ns;
	obs->plan_ns = padv_pending_take_plan(frame->key.queryid, &obs->plans);
	obs->rows = PADV_ROWS_PROCESSED(frame->queryDesc->estate);
	obs->shared_blks_hit = frame->shared_blks_hit;
	obs->shared_blks_read = frame->shared_blks_read;
	obs->temp_blks_written = frame->temp_blks_written;
	obs->seq_scans = 0;
	obs->seq_rows = 0;
	obs->slow = frame->exec_ns >= (uint64) padv_slow_query_ms * PADV_NS_PER_MS;
	obs->outlier = false;
	obs->watched = frame->watched;
	obs->passed = (double) obs->rows;
	obs->telling = false;
	obs->facts = NULL;
}

/* ---- work that may fail ---- */

typedef struct WatchJob
{
	PadvFrame  *frame;
	PadvObservation *obs;
	PadvWalk	walk;
	PadvText   *text;
} WatchJob;

static void
count_parallel_scans(void *arg)
{
	padv_walk_parallel_scans(((WatchJob *) arg)->frame);
}

static void
walk_plan(void *arg)
{
	WatchJob   *job = arg;

	padv_walk_plan(&job->walk, job->frame);
}

static void
capture_plan(void *arg)
{
	WatchJob   *job = arg;
	QueryDesc  *queryDesc = job->frame->queryDesc;

	job->text = padv_capture_plan(queryDesc->plannedstmt,
								  queryDesc->sourceText,
								  job->frame->location, job->frame->len,
								  queryDesc->params);
}

/* ---- new statements ---- */

static bool
reads_temporary(const EState *estate)
{
	for (int i = 0; i < estate->es_range_table_size; i++)
	{
		Relation	rel = estate->es_relations[i];

		if (rel != NULL &&
			rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
			return true;
	}
	return false;
}

/* What the plan depends on; as many as are kept. */
static int
list_tables(const PlannedStmt *plan, Oid *tables)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, plan->relationOids)
	{
		bool		known = false;

		for (int i = 0; i < n && !known; i++)
			known = tables[i] == lfirst_oid(lc);
		if (!known && n < PADV_MAX_TABLES)
			tables[n++] = lfirst_oid(lc);
	}
	return n;
}

/* Makes an entry for the statement. */
static bool
insert(WatchJob *job, MemoryContext *scratch)
{
	PadvText	text = {.query = "<text not available>", .verbatim = true};
	const PadvText *captured = padv_pending_text(&job->obs->key);
	Oid			tables[PADV_MAX_TABLES];
	bool		inserted;

	if (captured == NULL && padv_guard(scratch, capture_plan, job))
		captured = job->text;
	if (captured != NULL)
		text = *captured;
	text.temporary = reads_temporary(job->frame->queryDesc->estate);
	text.ntables = list_tables(job->frame->queryDesc->plannedstmt, tables);
	text.tables = tables;
	inserted = padv_store_insert(job->obs, &text);
	padv_pending_forget_text(&job->obs->key);
	return inserted;
}

/* ---- examples ---- */

/*
 * The text that a new statement without parameters was recorded with is its
 * first example already.
 */
static bool
is_known_from_text(const PadvFrame *frame)
{
	ParamListInfo params = frame->queryDesc->params;

	return params == NULL || params->numParams == 0;
}

static void
keep_examples(const WatchJob *job, bool first)
{
	const PadvObservation *obs = job->obs;
	PadvExample *example = padv_example_make(job->frame);

	if (example == NULL)
		return;
	if (first)
		padv_store_keep_example(&obs->key, PADV_EXAMPLE_FIRST, example);
	else if (obs->telling)
		padv_store_keep_example(&obs->key, PADV_EXAMPLE_RECENT, example);
	if (!obs->slow && !obs->outlier)
		return;
	padv_store_keep_example(&obs->key, PADV_EXAMPLE_SLOW, example);
	if (obs->exec_ns > padv_store_slowest(&obs->key))
		padv_store_keep_example(&obs->key, PADV_EXAMPLE_SLOWEST, example);
}

/* Keeps the values of an execution that has been recorded, if they are wanted. */
static void
keep_wanted(const WatchJob *job, bool first, MemoryContext *scratch)
{
	const PadvObservation *obs = job->obs;
	MemoryContext oldcontext = CurrentMemoryContext;

	if (!padv_example_values ||
		!(first || obs->telling || obs->slow || obs->outlier) ||
		(first && !obs->slow && is_known_from_text(job->frame)))
		return;
	if (*scratch == NULL)
		*scratch = AllocSetContextCreate(oldcontext, "perfadvisor scratch",
										 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(*scratch);
	keep_examples(job, first);
	MemoryContextSwitchTo(oldcontext);
}

/* ---- the end of an execution ---- */

/* Gives the observation to the store; true if the statement is new. */
static bool
record_or_insert(WatchJob *job, MemoryContext *scratch)
{
	return !padv_store_record(job->obs) && insert(job, scratch);
}

/*
 * Everything that does more than count: scans, rows of nodes, new texts and
 * example values.
 */
static void
finish_closely(PadvFrame *frame, PadvObservation *obs, MemoryContext *scratch)
{
	PadvScanFact scans[PADV_MAX_SCANS];
	WatchJob	job = {.frame = frame, .obs = obs};
	bool		first;

	job.walk.facts.scans = scans;
	if (frame->nscans > 0)
	{
		if (frame->queryDesc->plannedstmt->parallelModeNeeded)
			padv_guard(scratch, count_parallel_scans, &job);
		observe_scans(frame, obs, &job.walk.facts);
	}
	if (frame->watched && padv_guard(scratch, walk_plan, &job))
	{
		padv_facts_settle(&job.walk);
		obs->facts = &job.walk.facts;
		obs->passed += sum_passed(obs->facts);
	}
	else
		job.walk.facts.npredicates = 0;
	first = record_or_insert(&job, scratch);
	keep_wanted(&job, first, scratch);
	/* the facts lie in this function's memory */
	obs->facts = NULL;
}

/* An outlier is known as such only when it has been recorded. */
static void
finish_outlier(PadvFrame *frame, PadvObservation *obs, MemoryContext *scratch)
{
	WatchJob	job = {.frame = frame, .obs = obs};

	keep_wanted(&job, false, scratch);
}

static pg_noinline void
finish_slowly(PadvFrame *frame, PadvObservation *obs)
{
	MemoryContext scratch = NULL;
	instr_time	start;
	instr_time	duration;

	INSTR_TIME_SET_CURRENT(start);
	if (obs->outlier)
		finish_outlier(frame, obs, &scratch);
	else
		finish_closely(frame, obs, &scratch);
	if (scratch != NULL)
		MemoryContextDelete(scratch);
	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, start);
	padv_store_own_time(padv_instr_ns(duration));
}

/* Called before the executor is shut down. */
void
padv_watch_finish(PadvFrame *frame)
{
	PadvObservation obs;

	start_observation(frame, &obs);
	if (likely(frame->nscans == 0 && !obs.watched && !obs.slow) &&
		likely(padv_store_record(&obs)) && likely(!obs.outlier))
		return;
	finish_slowly(frame, &obs);
}
