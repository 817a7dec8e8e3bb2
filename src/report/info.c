/*-------------------------------------------------------------------------
 *
 * info.c
 *	  perfadvisor_info(), perfadvisor_reset() and perfadvisor_save().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "workload/workload.h"

PG_FUNCTION_INFO_V1(perfadvisor_info);
PG_FUNCTION_INFO_V1(perfadvisor_reset);
PG_FUNCTION_INFO_V1(perfadvisor_save);

enum
{
	COL_VERSION, COL_PRELOADED, COL_ENTRIES_MAX, COL_ENTRIES_USED,
	COL_ENTRIES_FREE, COL_EVICTIONS, COL_DROPPED, COL_SHARED_BYTES,
	COL_TEXT_BYTES_MAX, COL_TEXT_BYTES_USED, COL_CALLS, COL_OWN_TIME,
	COL_STATS_SINCE,
	COL_COUNT
};

/* Works without preloading as well; then nothing is recorded. */
Datum
perfadvisor_info(PG_FUNCTION_ARGS)
{
	PadvStoreInfo info = {0};
	TupleDesc	desc;
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (padv_store_ready())
		padv_store_info(&info);
	else
		nulls[COL_STATS_SINCE] = true;

	values[COL_VERSION] = CStringGetTextDatum(PADV_VERSION);
	values[COL_PRELOADED] = BoolGetDatum(padv_store_ready());
	values[COL_ENTRIES_MAX] = Int64GetDatum(info.entries_max);
	values[COL_ENTRIES_USED] = Int64GetDatum(info.entries_used);
	values[COL_ENTRIES_FREE] = Int64GetDatum(info.entries_max -
											 info.entries_used);
	values[COL_EVICTIONS] = Int64GetDatum((int64) info.evictions);
	values[COL_DROPPED] = Int64GetDatum((int64) info.dropped);
	values[COL_SHARED_BYTES] = Int64GetDatum((int64) info.shared_bytes);
	values[COL_TEXT_BYTES_MAX] = Int64GetDatum((int64) info.text_bytes_max);
	values[COL_TEXT_BYTES_USED] = Int64GetDatum((int64) info.text_bytes_used);
	values[COL_CALLS] = Int64GetDatum((int64) info.calls);
	values[COL_OWN_TIME] = Float8GetDatum((double) info.own_ns / 1e6);
	values[COL_STATS_SINCE] = TimestampTzGetDatum(info.reset_at);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/* Who may call this is left to GRANT. */
Datum
perfadvisor_reset(PG_FUNCTION_ARGS)
{
	Oid			userid = PG_GETARG_OID(0);
	Oid			dbid = PG_GETARG_OID(1);
	int64		queryid = PG_GETARG_INT64(2);

	padv_require_preload();
	PG_RETURN_INT64(padv_store_reset(userid, dbid, (uint64) queryid));
}

/* Who may call this is left to GRANT. */
Datum
perfadvisor_save(PG_FUNCTION_ARGS)
{
	padv_require_preload();
	padv_store_dump();
	PG_RETURN_VOID();
}
