/*-------------------------------------------------------------------------
 *
 * snapshot.c
 *	  perfadvisor_snapshot() and perfadvisor_compare().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/guc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "report/owner.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "workload/workload.h"

PG_FUNCTION_INFO_V1(perfadvisor_snapshot);
PG_FUNCTION_INFO_V1(perfadvisor_compare);

/* Who may call this is left to GRANT.  One after the other, for the ids. */
Datum
perfadvisor_snapshot(PG_FUNCTION_ARGS)
{
	Oid			schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	PadvOwnerCall call;
	bool		isnull;

	PreventCommandDuringRecovery("perfadvisor_snapshot()");
	PreventCommandIfReadOnly("perfadvisor_snapshot()");
	padv_require_preload();
	LockRelationOid(get_relname_relid("padv_snapshot", schema),
					ShareUpdateExclusiveLock);
	padv_owner_start(&call, fcinfo, "padv_snapshot_take");
	padv_owner_pass(&call, fcinfo, 0, TEXTOID);
	padv_owner_who(&call);
	padv_owner_arg(&call, INT4OID, Int32GetDatum(padv_snapshot_retention),
				   false);
	PG_RETURN_DATUM(padv_owner_value(&call, INT8OID, &isnull));
}

static void
check_exist(FunctionCallInfo fcinfo)
{
	PadvOwnerCall call;
	Datum		missing;
	bool		isnull;

	padv_owner_start(&call, fcinfo, "padv_snapshot_missing");
	padv_owner_pass(&call, fcinfo, 0, INT8OID);
	padv_owner_pass(&call, fcinfo, 1, INT8OID);
	missing = padv_owner_value(&call, INT8OID, &isnull);
	if (!isnull)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("snapshot %lld does not exist",
						(long long) DatumGetInt64(missing)),
				 errhint("The view perfadvisor_snapshots lists those that there are.")));
}

/* Ids grow with time. */
static void
check_order(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"before\" must not be null"),
				 errhint("perfadvisor_snapshot() takes a snapshot and returns its id.")));
	if (!PG_ARGISNULL(1) && PG_GETARG_INT64(1) <= PG_GETARG_INT64(0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("snapshot %lld was not taken after snapshot %lld",
						(long long) PG_GETARG_INT64(1),
						(long long) PG_GETARG_INT64(0)),
				 errhint("Give the earlier one first, or nothing else to compare it with now.")));
}

Datum
perfadvisor_compare(PG_FUNCTION_ARGS)
{
	PadvOwnerCall call;

	if (PG_ARGISNULL(1))
		padv_require_preload();
	check_order(fcinfo);
	check_exist(fcinfo);
	padv_owner_start(&call, fcinfo, "padv_compare_rows");
	padv_owner_pass(&call, fcinfo, 0, INT8OID);
	padv_owner_pass(&call, fcinfo, 1, INT8OID);
	padv_owner_who(&call);
	return padv_owner_rows(&call, fcinfo);
}
