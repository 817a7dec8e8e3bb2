/*-------------------------------------------------------------------------
 *
 * figures.c
 *	  What was counted of a statement in some time, as an SQL value.
 *
 * Figures travel through SQL, where they are kept, joined and summed up, as
 * values of the composite type padv_figures.  Of its histogram a value has the
 * buckets that are not empty, each followed by its count.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "report/arguments.h"
#include "report/figures.h"
#include "report/owner.h"
#include "report/shown.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
#include "workload/workload.h"

PG_FUNCTION_INFO_V1(padv_read_statements);
PG_FUNCTION_INFO_V1(padv_figures_minus);
PG_FUNCTION_INFO_V1(padv_figures_quantile);
PG_FUNCTION_INFO_V1(padv_figures_judge);

/* The attributes of padv_figures, in this order. */
enum
{
	FIG_CALLS, FIG_TOTAL_MS, FIG_MEAN_MS, FIG_SUM_SQ_MS, FIG_MIN_MS,
	FIG_MAX_MS, FIG_ROWS, FIG_BLOCKS, FIG_SEQ_ROWS, FIG_SLOW_CALLS,
	FIG_FIRST_SEEN, FIG_LAST_SEEN, FIG_HISTOGRAM,
	FIG_COUNT
};

/* ---- writing ---- */

static Datum
histogram_value(const PadvHistogram *histogram)
{
	Datum	   *elements = palloc(2 * PADV_HIST_BUCKETS * sizeof(Datum));
	int			n = 0;
	ArrayType  *array;

	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
	{
		if (histogram->count[i] == 0)
			continue;
		elements[n++] = Int64GetDatum(i);
		elements[n++] = Int64GetDatum(histogram->count[i]);
	}
	array = construct_array(elements, n, INT8OID, sizeof(int64),
							FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	pfree(elements);
	return PointerGetDatum(array);
}

static Datum
ms(uint64 ns)
{
	return Float8GetDatum((double) ns / 1e6);
}

Datum
padv_figures_value(TupleDesc desc, const PadvCounters *counters,
				   const PadvHistogram *histogram)
{
	Datum		values[FIG_COUNT];
	bool		nulls[FIG_COUNT] = {0};

	Assert(desc->natts == FIG_COUNT);
	values[FIG_CALLS] = Int64GetDatum((int64) counters->calls);
	values[FIG_TOTAL_MS] = ms(counters->exec_ns);
	values[FIG_MEAN_MS] = Float8GetDatum(counters->mean_ms);
	values[FIG_SUM_SQ_MS] = Float8GetDatum(counters->sum_sq_ms);
	values[FIG_MIN_MS] = ms(counters->min_ns);
	values[FIG_MAX_MS] = ms(counters->max_ns);
	values[FIG_ROWS] = Int64GetDatum((int64) counters->rows);
	values[FIG_BLOCKS] = Int64GetDatum((int64) (counters->shared_blks_hit +
												counters->shared_blks_read));
	values[FIG_SEQ_ROWS] = Int64GetDatum((int64) counters->seq_rows);
	values[FIG_SLOW_CALLS] = Int64GetDatum((int64) counters->slow_calls);
	values[FIG_FIRST_SEEN] = TimestampTzGetDatum(counters->first_seen);
	values[FIG_LAST_SEEN] = TimestampTzGetDatum(counters->last_seen);
	values[FIG_HISTOGRAM] = histogram_value(histogram);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* ---- reading ---- */

static void
read_histogram(Datum value, PadvHistogram *histogram)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	memset(histogram, 0, sizeof(*histogram));
	deconstruct_array(DatumGetArrayTypeP(value), INT8OID, sizeof(int64),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, &n);
	for (int i = 0; i + 1 < n; i += 2)
	{
		int64		bucket = DatumGetInt64(elements[i]);

		if (!nulls[i] && !nulls[i + 1] && bucket >= 0 &&
			bucket < PADV_HIST_BUCKETS)
			histogram->count[bucket] = (uint32) DatumGetInt64(elements[i + 1]);
	}
}

static uint64
ns(Datum ms)
{
	return (uint64) DatumGetInt64(padv_bigint(Max(DatumGetFloat8(ms) * 1e6, 0)));
}

void
padv_figures_from(Datum value, PadvFigures *figures)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	PadvCounters *counters = &figures->counters;
	TupleDesc	desc;
	HeapTupleData tuple;
	Datum		values[FIG_COUNT];
	bool		nulls[FIG_COUNT];

	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
								  HeapTupleHeaderGetTypMod(header));
	if (desc->natts != FIG_COUNT)
		elog(ERROR, "figures of a statement have %d attributes", desc->natts);
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	heap_deform_tuple(&tuple, desc, values, nulls);
	ReleaseTupleDesc(desc);
	for (int i = 0; i < FIG_COUNT; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("figures of a statement must not have nulls")));
	}
	memset(counters, 0, sizeof(*counters));
	counters->calls = (uint64) DatumGetInt64(values[FIG_CALLS]);
	counters->exec_ns = ns(values[FIG_TOTAL_MS]);
	counters->mean_ms = DatumGetFloat8(values[FIG_MEAN_MS]);
	counters->sum_sq_ms = DatumGetFloat8(values[FIG_SUM_SQ_MS]);
	counters->min_ns = ns(values[FIG_MIN_MS]);
	counters->max_ns = ns(values[FIG_MAX_MS]);
	counters->rows = (uint64) DatumGetInt64(values[FIG_ROWS]);
	counters->shared_blks_hit = (uint64) DatumGetInt64(values[FIG_BLOCKS]);
	counters->seq_rows = (uint64) DatumGetInt64(values[FIG_SEQ_ROWS]);
	counters->slow_calls = (uint64) DatumGetInt64(values[FIG_SLOW_CALLS]);
	counters->first_seen = DatumGetTimestampTz(values[FIG_FIRST_SEEN]);
	counters->last_seen = DatumGetTimestampTz(values[FIG_LAST_SEEN]);
	read_histogram(values[FIG_HISTOGRAM], &figures->histogram);
}

bool
padv_figures_read(FunctionCallInfo fcinfo, int argno, PadvFigures *figures)
{
	if (PG_ARGISNULL(argno))
		return false;
	padv_figures_from(PG_GETARG_DATUM(argno), figures);
	return true;
}

/* ---- SQL ---- */

/* The columns of padv_read_statements(). */
enum
{
	COL_QUERYID, COL_USERID, COL_TOPLEVEL, COL_QUERY, COL_TABLES,
	COL_FIGURES, COL_SINCE, COL_FIRST_AT, COL_LAST_AT, COL_BEFORE, COL_AFTER,
	COL_COUNT
};

typedef struct StatementRows
{
	ReturnSetInfo *rsinfo;
	TupleDesc	figures;		/* of the type padv_figures */
} StatementRows;

static Datum
tables_value(const PadvText *text)
{
	Datum		elements[PADV_MAX_TABLES];
	int			n = Min(text->ntables, PADV_MAX_TABLES);

	for (int i = 0; i < n; i++)
		elements[i] = ObjectIdGetDatum(text->tables[i]);
	return PointerGetDatum(construct_array(elements, n, OIDOID, sizeof(Oid),
										   true, TYPALIGN_INT));
}

static void
visit_statement(PadvEntryCopy *entry, void *arg)
{
	StatementRows *rows = arg;
	const PadvChange *change = entry->change;
	Datum		values[COL_COUNT] = {0};
	bool		nulls[COL_COUNT] = {0};

	CHECK_FOR_INTERRUPTS();
	values[COL_QUERYID] = Int64GetDatum((int64) entry->key.queryid);
	values[COL_USERID] = ObjectIdGetDatum(entry->key.userid);
	values[COL_TOPLEVEL] = BoolGetDatum(entry->key.toplevel != 0);
	values[COL_QUERY] = CStringGetTextDatum(padv_shown_query(entry));
	values[COL_TABLES] = tables_value(&entry->text);
	values[COL_FIGURES] = padv_figures_value(rows->figures, &entry->counters,
											 &entry->histogram);
	for (int i = COL_SINCE; i <= COL_AFTER; i++)
		nulls[i] = change == NULL;
	if (change != NULL)
	{
		values[COL_SINCE] = TimestampTzGetDatum(change->since);
		values[COL_FIRST_AT] = TimestampTzGetDatum(change->first_at);
		values[COL_LAST_AT] = TimestampTzGetDatum(change->last_at);
		values[COL_BEFORE] = padv_figures_value(rows->figures, &change->before,
												&change->before_histogram);
		values[COL_AFTER] = padv_figures_value(rows->figures, &change->after,
											   &change->after_histogram);
	}
	tuplestore_putvalues(rows->rsinfo->setResult, rows->rsinfo->setDesc,
						 values, nulls);
	MemoryContextReset(CurrentMemoryContext);
}

/* All statements of this database, without a look at who may see them. */
Datum
padv_read_statements(PG_FUNCTION_ARGS)
{
	StatementRows rows;
	MemoryContext context;
	MemoryContext old;

	padv_require_preload();
	InitMaterializedSRF(fcinfo, 0);
	rows.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	rows.figures = lookup_rowtype_tupdesc_copy(TupleDescAttr(rows.rsinfo->setDesc,
															 COL_FIGURES)->atttypid,
											   -1);
	context = AllocSetContextCreate(CurrentMemoryContext, "perfadvisor entry",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	padv_store_scan(MyDatabaseId, visit_statement, &rows);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/* What was counted between two looks at the same statement. */
Datum
padv_figures_minus(PG_FUNCTION_ARGS)
{
	PadvFigures later;
	PadvFigures earlier;
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	padv_figures_from(PG_GETARG_DATUM(0), &later);
	padv_figures_from(PG_GETARG_DATUM(1), &earlier);
	padv_counters_subtract(&later.counters, &earlier.counters);
	padv_histogram_subtract(&later.histogram, &earlier.histogram);
	PG_RETURN_DATUM(padv_figures_value(BlessTupleDesc(desc), &later.counters,
									   &later.histogram));
}

/*
 * A quantile of several statements together, each weighing as many calls as
 * is said; NULL where there are none.
 */
Datum
padv_figures_quantile(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *weights = PG_GETARG_ARRAYTYPE_P(1);
	ArrayIterator values = array_create_iterator(array, 0, NULL);
	ArrayIterator calls = array_create_iterator(weights, 0, NULL);
	PadvFigures *one = palloc(sizeof(PadvFigures));
	double	   *sums = palloc0(PADV_HIST_BUCKETS * sizeof(double));
	PadvHistogram *mix = palloc0(sizeof(PadvHistogram));
	uint64		min_ns = PG_UINT64_MAX;
	uint64		max_ns = 0;
	double		total = 0;
	Datum		value;
	Datum		weight;
	bool		isnull;

	while (array_iterate(values, &value, &isnull) && !isnull &&
		   array_iterate(calls, &weight, &isnull) && !isnull)
	{
		double		scale;

		padv_figures_from(value, one);
		if (one->counters.calls == 0)
			continue;
		scale = DatumGetFloat8(weight) / (double) one->counters.calls;
		for (int i = 0; i < PADV_HIST_BUCKETS; i++)
			sums[i] += scale * one->histogram.count[i];
		total += DatumGetFloat8(weight);
		min_ns = Min(min_ns, one->counters.min_ns);
		max_ns = Max(max_ns, one->counters.max_ns);
	}
	if (total <= 0)
		PG_RETURN_NULL();
	/* shares in whole numbers, fine enough for any quantile */
	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
		mix->count[i] = (uint32) (sums[i] / total * 1e8 + 0.5);
	PG_RETURN_FLOAT8(padv_hist_quantile(mix, PG_GETARG_FLOAT8(2), min_ns,
										max_ns));
}

Datum
padv_figures_judge(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"few", "rows", "same", "faster", "slower"};
	PadvFigures before;
	PadvFigures after;

	if (!padv_figures_read(fcinfo, 0, &before) ||
		!padv_figures_read(fcinfo, 1, &after))
		PG_RETURN_TEXT_P(cstring_to_text(names[PADV_JUDGE_FEW]));
	PG_RETURN_TEXT_P(cstring_to_text(names[padv_judge(&before, &after,
													  PG_GETARG_BOOL(2))]));
}
