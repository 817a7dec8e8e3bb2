/*-------------------------------------------------------------------------
 *
 * nodes.c
 *	  perfadvisor_import_usage(): what other nodes use of the indexes here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "report/owner.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(perfadvisor_import_usage);

static void
check_node(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"node\" must not be null")));
	if (VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"node\" must not be empty"),
				 errhint("Give a name under which this node's usage is to be remembered.")));
}

/* Refuses what would say something wrong about the indexes here. */
static void
check_usage(FunctionCallInfo fcinfo)
{
	PadvOwnerCall call;
	Datum		problem;
	bool		isnull;

	padv_owner_start(&call, fcinfo, "padv_usage_problem");
	padv_owner_pass(&call, fcinfo, 0, TEXTOID);
	padv_owner_pass(&call, fcinfo, 1, JSONBOID);
	problem = padv_owner_value(&call, TEXTOID, &isnull);
	if (!isnull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this usage cannot be imported"),
				 errdetail("%s", TextDatumGetCString(problem)),
				 errhint("Call perfadvisor_export_usage() in the same database of a standby of this server.")));
}

/* Who may call this is left to GRANT. */
Datum
perfadvisor_import_usage(PG_FUNCTION_ARGS)
{
	PadvOwnerCall call;
	bool		isnull;

	PreventCommandDuringRecovery("perfadvisor_import_usage()");
	PreventCommandIfReadOnly("perfadvisor_import_usage()");
	check_node(fcinfo);
	if (!PG_ARGISNULL(1))
		check_usage(fcinfo);
	padv_owner_start(&call, fcinfo, "padv_import_usage");
	padv_owner_pass(&call, fcinfo, 0, TEXTOID);
	padv_owner_pass(&call, fcinfo, 1, JSONBOID);
	padv_owner_who(&call);
	PG_RETURN_DATUM(padv_owner_value(&call, INT8OID, &isnull));
}
