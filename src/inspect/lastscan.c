/*-------------------------------------------------------------------------
 *
 * lastscan.c
 *	  When a table or an index was last scanned.
 *
 * PostgreSQL 16 began to remember it, and the extension's script is the same
 * for 15, where the column and the function for it do not exist.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "pgstat.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(padv_inspect_last_scan);

Datum
padv_inspect_last_scan(PG_FUNCTION_ARGS)
{
	PgStat_StatTabEntry *entry = pgstat_fetch_stat_tabentry(PG_GETARG_OID(0));
	TimestampTz last = entry ? PADV_TAB_LASTSCAN(entry) : 0;

	if (last == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(last);
}
