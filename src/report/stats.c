/*-------------------------------------------------------------------------
 *
 * stats.c
 *	  What was recorded, as rows for the views.
 *
 * Each function scans the store once and gives raw rows; names of databases
 * and users, sums over statements and the order come from the views.  Figures
 * are for everyone; texts, values and the queryid are for those only who may
 * see the statement, as in pg_stat_statements.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "base/compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "report/arguments.h"
#include "report/shown.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "workload/workload.h"

PG_FUNCTION_INFO_V1(perfadvisor_read_queries);
PG_FUNCTION_INFO_V1(perfadvisor_read_slow_queries);
PG_FUNCTION_INFO_V1(perfadvisor_read_seq_scans);
PG_FUNCTION_INFO_V1(perfadvisor_read_predicates);

#define PADV_MAX_COLUMNS	32

/* A row in the making: values are put one after the other. */
typedef struct Row
{
	int			n;
	Datum		values[PADV_MAX_COLUMNS];
	bool		nulls[PADV_MAX_COLUMNS];
} Row;

static void
put(Row *row, Datum value)
{
	Assert(row->n < PADV_MAX_COLUMNS);
	row->nulls[row->n] = false;
	row->values[row->n++] = value;
}

static void
put_null(Row *row)
{
	Assert(row->n < PADV_MAX_COLUMNS);
	row->nulls[row->n] = true;
	row->values[row->n++] = (Datum) 0;
}

static void
put_count(Row *row, uint64 count)
{
	put(row, Int64GetDatum((int64) Min(count, (uint64) PG_INT64_MAX)));
}

static void
put_ms(Row *row, uint64 ns)
{
	put(row, Float8GetDatum((double) ns / 1e6));
}

static void
put_float(Row *row, double value)
{
	put(row, Float8GetDatum(value));
}

static void
put_text(Row *row, const char *text)
{
	put(row, CStringGetTextDatum(text));
}

static void
put_time(Row *row, TimestampTz time)
{
	put(row, TimestampTzGetDatum(time));
}

/* A share in per cent; NULL where there is no whole. */
static void
put_pct(Row *row, double part, double whole)
{
	if (whole > 0)
		put_float(row, 100.0 * part / whole);
	else
		put_null(row);
}

static void
put_quantile(Row *row, const PadvEntryCopy *entry, double q)
{
	put_float(row, padv_hist_quantile(&entry->histogram, q,
									  entry->counters.min_ns,
									  entry->counters.max_ns));
}

/* The queryid is NULL for those who may not see the statement. */
static void
put_queryid(Row *row, const PadvEntryCopy *entry, bool visible)
{
	if (visible)
		put(row, Int64GetDatum((int64) entry->key.queryid));
	else
		put_null(row);
}

static void
put_query(Row *row, const PadvEntryCopy *entry, bool visible)
{
	put_text(row, visible ? padv_shown_query(entry) : PADV_HIDDEN_TEXT);
}

static void
emit(ReturnSetInfo *rsinfo, Row *row)
{
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
						 row->values, row->nulls);
}

/* ---- scanning ---- */

typedef void (*EntryRows) (ReturnSetInfo *rsinfo, const PadvEntryCopy *entry,
						   bool visible);

typedef struct StoreScan
{
	ReturnSetInfo *rsinfo;
	EntryRows	rows;
} StoreScan;

static void
visit_entry(PadvEntryCopy *entry, void *arg)
{
	StoreScan  *scan = arg;

	CHECK_FOR_INTERRUPTS();
	scan->rows(scan->rsinfo, entry, padv_may_see(entry->key.userid));
	MemoryContextReset(CurrentMemoryContext);
}

/* Makes the function's rows, each entry in memory of its own. */
static Datum
scan_store(FunctionCallInfo fcinfo, Oid dbid, EntryRows rows)
{
	StoreScan	scan = {(ReturnSetInfo *) fcinfo->resultinfo, rows};
	MemoryContext context;
	MemoryContext old;

	padv_require_preload();
	InitMaterializedSRF(fcinfo, 0);
	context = AllocSetContextCreate(CurrentMemoryContext, "perfadvisor entry",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	padv_store_scan(dbid, visit_entry, &scan);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/* ---- perfadvisor_queries ---- */

static double
stddev_ms(const PadvCounters *counters)
{
	return sqrt(Max(counters->sum_sq_ms, 0) / (double) Max(counters->calls, 1));
}

/* Calls and execution times. */
static void
put_times(Row *row, const PadvEntryCopy *entry)
{
	const PadvCounters *counters = &entry->counters;

	put_count(row, counters->calls);
	put_ms(row, counters->exec_ns);
	put_float(row, counters->mean_ms);
	put_ms(row, counters->min_ns);
	put_ms(row, counters->max_ns);
	put_float(row, stddev_ms(counters));
	put_quantile(row, entry, 0.50);
	put_quantile(row, entry, 0.95);
	put_quantile(row, entry, 0.99);
}

static void
query_rows(ReturnSetInfo *rsinfo, const PadvEntryCopy *entry, bool visible)
{
	const PadvCounters *counters = &entry->counters;
	Row			row = {0};

	put_queryid(&row, entry, visible);
	put(&row, ObjectIdGetDatum(entry->key.dbid));
	put(&row, ObjectIdGetDatum(entry->key.userid));
	put(&row, BoolGetDatum(entry->key.toplevel != 0));
	put_query(&row, entry, visible);
	put_times(&row, entry);
	put_ms(&row, counters->plan_ns);
	put_count(&row, counters->rows);
	put_count(&row, counters->shared_blks_hit);
	put_count(&row, counters->shared_blks_read);
	put_count(&row, counters->temp_blks_written);
	put_count(&row, counters->seq_scans);
	put_count(&row, counters->seq_rows);
	put_time(&row, counters->first_seen);
	put_time(&row, counters->last_seen);
	put_count(&row, counters->plans);
	put_count(&row, counters->watched_calls);
	emit(rsinfo, &row);
}

Datum
perfadvisor_read_queries(PG_FUNCTION_ARGS)
{
	return scan_store(fcinfo, InvalidOid, query_rows);
}

/* ---- perfadvisor_slow_queries ---- */

static void
slow_query_rows(ReturnSetInfo *rsinfo, const PadvEntryCopy *entry,
				bool visible)
{
	const PadvCounters *counters = &entry->counters;
	Row			row = {0};

	if (counters->slow_calls == 0)
		return;
	put_queryid(&row, entry, visible);
	put(&row, ObjectIdGetDatum(entry->key.dbid));
	put(&row, ObjectIdGetDatum(entry->key.userid));
	put_query(&row, entry, visible);
	put_count(&row, counters->slow_calls);
	put_times(&row, entry);
	put_time(&row, counters->last_slow);
	put_text(&row, visible ? padv_shown_example(entry, PADV_EXAMPLE_SLOWEST) :
			 PADV_HIDDEN_TEXT);
	put_ms(&row, counters->slow_ns);
	emit(rsinfo, &row);
}

Datum
perfadvisor_read_slow_queries(PG_FUNCTION_ARGS)
{
	return scan_store(fcinfo, InvalidOid, slow_query_rows);
}

/* ---- perfadvisor_seq_scans ---- */

static bool
is_shown(Oid relid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) &&
		!padv_is_own_table(relid);
}

/*
 * Rows that passed are known of the closely watched executions; they stand
 * for all, in proportion to the rows read.
 */
static void
put_rows_returned(Row *row, const PadvScanFact *scan)
{
	if (scan->watched_read > 0)
		put(row, padv_bigint(rint((double) scan->watched_returned *
								  ((double) scan->rows_read /
								   (double) scan->watched_read))));
	else if (scan->rows_read == 0)
		put_count(row, 0);
	else
		put_null(row);
}

static void
seq_scan_rows(ReturnSetInfo *rsinfo, const PadvEntryCopy *entry, bool visible)
{
	for (int i = 0; i < entry->facts.nscans; i++)
	{
		const PadvScanFact *scan = &entry->facts.scans[i];
		Row			row = {0};

		if (!is_shown(scan->relid))
			continue;
		put(&row, ObjectIdGetDatum(scan->relid));
		put_queryid(&row, entry, visible);
		put_query(&row, entry, visible);
		put_count(&row, scan->scans);
		put_count(&row, scan->rows_read);
		put_rows_returned(&row, scan);
		put_pct(&row, (double) scan->watched_returned,
				(double) scan->watched_read);
		put_ms(&row, scan->exec_ns);
		put_text(&row, visible ?
				 padv_shown_filters(&entry->facts, scan->relid) :
				 PADV_HIDDEN_TEXT);
		put(&row, ObjectIdGetDatum(entry->key.userid));
		emit(rsinfo, &row);
	}
}

Datum
perfadvisor_read_seq_scans(PG_FUNCTION_ARGS)
{
	return scan_store(fcinfo, MyDatabaseId, seq_scan_rows);
}

/* ---- perfadvisor_predicates ---- */

/* How many calls each closely watched one stands for. */
static double
calls_for_watched(const PadvCounters *counters)
{
	return (double) counters->calls / (double) Max(counters->watched_calls, 1);
}

static void
put_scaled(Row *row, double watched, double scale)
{
	put(row, padv_bigint(rint(watched * scale)));
}

/* One predicate, unless what it names is no longer there. */
static void
predicate_row(ReturnSetInfo *rsinfo, const PadvEntryCopy *entry, bool visible,
			  const PadvPredicateFact *fact, const char *example)
{
	double		scale = calls_for_watched(&entry->counters);
	char	   *operator = padv_shown_operator(fact);
	char	   *target = padv_shown_target(&entry->facts, fact);
	Row			row = {0};

	if (operator == NULL || target == NULL)
		return;
	put(&row, ObjectIdGetDatum(fact->relid));
	/* an expression may hold constants, a column's name is no secret */
	put_text(&row, visible || fact->expr_len == 0 ? target : PADV_HIDDEN_TEXT);
	put_text(&row, operator);
	put_text(&row, padv_shown_role(fact));
	put_scaled(&row, (double) fact->uses, scale);
	put_scaled(&row, fact->rows_in, scale);
	put_scaled(&row, fact->rows_out, scale);
	put_queryid(&row, entry, visible);
	put_text(&row, example);
	emit(rsinfo, &row);
}

static void
predicate_rows(ReturnSetInfo *rsinfo, const PadvEntryCopy *entry, bool visible)
{
	const char *example = NULL;

	for (int i = 0; i < entry->facts.npredicates; i++)
	{
		const PadvPredicateFact *fact = &entry->facts.predicates[i];

		if (!is_shown(fact->relid))
			continue;
		if (example == NULL)
			example = visible ?
				padv_shown_example(entry, PADV_EXAMPLE_FIRST) :
				PADV_HIDDEN_TEXT;
		predicate_row(rsinfo, entry, visible, fact, example);
	}
}

Datum
perfadvisor_read_predicates(PG_FUNCTION_ARGS)
{
	return scan_store(fcinfo, MyDatabaseId, predicate_rows);
}
