/*-------------------------------------------------------------------------
 *
 * remember.c
 *	  Remembering what was advised.
 *
 * Asking for advice works on standbys and in read-only transactions as well;
 * then it is not remembered.  Nor does it wait for somebody who has asked
 * before and has not ended his transaction yet, nor fail where only the
 * remembering does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "base/attempt.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "report/life.h"
#include "report/owner.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "workload/workload.h"

PG_FUNCTION_INFO_V1(padv_told_rows);

/*
 * Of several sessions that ask at the same time one remembers.  The lock is
 * held until its transaction ends, as the rows that it writes are.
 */
static bool
can_remember(FunctionCallInfo fcinfo)
{
	Oid			schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	Oid			table = get_relname_relid("padv_advice", schema);

	return !XactReadOnly && !RecoveryInProgress() && OidIsValid(table) &&
		ConditionalLockRelationOid(table, ShareUpdateExclusiveLock);
}

static void
keep_outcomes(void *arg)
{
	PadvOwnerCall call;

	padv_owner_start(&call, arg, "padv_keep_outcomes");
	padv_owner_execute(&call, NULL, NULL);
}

void
padv_keep_outcomes(FunctionCallInfo fcinfo)
{
	if (can_remember(fcinfo))
		(void) padv_attempt(keep_outcomes, fcinfo);
}

/* ---- advice ---- */

/* The rows that are being remembered; otherwise none. */
static List *told_rows = NIL;

/* What of a row is handed on, in the order of padv_told_rows()'s columns. */
static const int told_columns[] = {
	COL_ID, COL_KIND, COL_PRIORITY, COL_RELATION, COL_DDL, COL_UNDO,
	COL_REASON, COL_COST_BEFORE, COL_COST_AFTER, COL_IMPROVEMENT, COL_SAVED,
	COL_WRITE, COL_SIZE, COL_CALLS, COL_QUERYIDS, COL_DETAIL
};

/* And these behind them. */
enum
{
	TOLD_INDEX = lengthof(told_columns), TOLD_USERS,
	TOLD_COUNT
};

static Datum
userids(const List *statements)
{
	int			n = 0;
	Datum	   *elements = palloc(sizeof(Datum) *
								  Max(list_length(statements), 1));
	ListCell   *lc;

	foreach(lc, statements)
		elements[n++] =
		ObjectIdGetDatum(((PadvStatement *) lfirst(lc))->userid);
	return PointerGetDatum(construct_array(elements, n, OIDOID, sizeof(Oid),
										   true, TYPALIGN_INT));
}

/*
 * For the SQL that does the remembering: all rows at once, as there may be tens
 * of thousands of them.
 */
Datum
padv_told_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, told_rows)
	{
		const PadvTold *told = lfirst(lc);
		Datum		values[TOLD_COUNT];
		bool		nulls[TOLD_COUNT] = {0};

		for (int i = 0; i < lengthof(told_columns); i++)
		{
			values[i] = told->values[told_columns[i]];
			nulls[i] = told->nulls[told_columns[i]];
		}
		values[TOLD_INDEX] = ObjectIdGetDatum(told->indexoid);
		nulls[TOLD_INDEX] = !OidIsValid(told->indexoid);
		values[TOLD_USERS] = userids(told->statements);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static void
remember(void *arg)
{
	PadvOwnerCall call;

	padv_owner_start(&call, arg, "padv_remember");
	padv_owner_execute(&call, NULL, NULL);
	keep_outcomes(arg);
}

void
padv_remember(FunctionCallInfo fcinfo, List *rows)
{
	if (!can_remember(fcinfo))
		return;
	told_rows = rows;
	PG_TRY();
	{
		(void) padv_attempt(remember, fcinfo);
	}
	PG_FINALLY();
	{
		told_rows = NIL;
	}
	PG_END_TRY();
}

void
padv_tell_settled(FunctionCallInfo fcinfo, ReturnSetInfo *rsinfo)
{
	PadvOwnerCall call;

	padv_owner_start(&call, fcinfo, "padv_settled_rows");
	padv_owner_who(&call);
	padv_owner_append(&call, rsinfo);
}
