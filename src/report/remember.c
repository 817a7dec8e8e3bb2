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
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "report/attempt.h"
#include "report/life.h"
#include "report/owner.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "workload/workload.h"

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

typedef struct RememberJob
{
	FunctionCallInfo fcinfo;
	List	   *rows;
} RememberJob;

/* What of a row is handed on, in the order of padv_remember()'s arguments. */
static const struct
{
	int			column;
	Oid			type;
}			remembered[] = {
	{COL_ID, TEXTOID}, {COL_KIND, TEXTOID}, {COL_PRIORITY, TEXTOID},
	{COL_RELATION, OIDOID}, {-1, OIDOID},
	{COL_DDL, TEXTOID}, {COL_UNDO, TEXTOID}, {COL_REASON, TEXTOID},
	{COL_COST_BEFORE, FLOAT8OID}, {COL_COST_AFTER, FLOAT8OID},
	{COL_IMPROVEMENT, FLOAT8OID}, {COL_SAVED, FLOAT8OID},
	{COL_WRITE, FLOAT8OID}, {COL_SIZE, INT8OID}, {COL_CALLS, INT8OID},
	{COL_QUERYIDS, INT8ARRAYOID}, {-2, OIDARRAYOID}, {COL_DETAIL, JSONBOID}
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

static void
remember_row(FunctionCallInfo fcinfo, const PadvTold *told)
{
	PadvOwnerCall call;

	padv_owner_start(&call, fcinfo, "padv_remember");
	for (int i = 0; i < lengthof(remembered); i++)
	{
		int			column = remembered[i].column;
		Oid			type = remembered[i].type;

		if (column >= 0)
			padv_owner_arg(&call, type, told->values[column],
						   told->nulls[column]);
		else if (type == OIDOID)
			padv_owner_arg(&call, type, ObjectIdGetDatum(told->indexoid),
						   !OidIsValid(told->indexoid));
		else
			padv_owner_arg(&call, type, userids(told->statements), false);
	}
	padv_owner_execute(&call, NULL, NULL);
}

static void
remember(void *arg)
{
	RememberJob *job = arg;
	PadvOwnerCall call;
	ListCell   *lc;

	foreach(lc, job->rows)
		remember_row(job->fcinfo, lfirst(lc));
	padv_owner_start(&call, job->fcinfo, "padv_remember_figures");
	padv_owner_execute(&call, NULL, NULL);
	keep_outcomes(job->fcinfo);
}

void
padv_remember(FunctionCallInfo fcinfo, List *rows)
{
	RememberJob job = {fcinfo, rows};

	if (can_remember(fcinfo))
		(void) padv_attempt(remember, &job);
}

void
padv_tell_settled(FunctionCallInfo fcinfo, ReturnSetInfo *rsinfo)
{
	PadvOwnerCall call;

	padv_owner_start(&call, fcinfo, "padv_settled_rows");
	padv_owner_who(&call);
	padv_owner_append(&call, rsinfo);
}
