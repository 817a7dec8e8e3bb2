/*-------------------------------------------------------------------------
 *
 * stranger.c
 *	  Functions of others that are not run with a superuser's rights.
 *
 * A statement that superusers own all parts of is planned as a superuser.
 * More runs then than the statement shows: functions that its functions call,
 * and the defaults of their arguments; the checks of a domain that a column's
 * type is made of; what is folded in an index, a partition key, extended
 * statistics or a check constraint.  Any of that may have been written, or
 * rewritten since, by somebody without those rights.  So while planning is
 * limited, a function that no superuser owns raises an error when it is called
 * with a superuser's rights, in place of running; as it does when it is called
 * by another role that may use files or programs of the server.
 *
 * The function manager asks needs_fmgr_hook when it looks a function up, and
 * calls fmgr_hook when such a function is about to run; nor is it inlined.
 * Both are in place for the time of the work alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "workload/workload_private.h"

static bool refusing = false;
static needs_fmgr_hook_type prev_needs_fmgr = NULL;
static fmgr_hook_type prev_fmgr = NULL;

/* InvalidOid: what comes with the server. */
static Oid
function_owner(Oid function)
{
	HeapTuple	tuple;
	Oid			owner;

	if (function < FirstNormalObjectId)
		return InvalidOid;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

static bool
is_stranger(Oid function)
{
	Oid			owner = function_owner(function);

	return OidIsValid(owner) && !superuser_arg(owner);
}

static bool
needs_hook(Oid function)
{
	return (prev_needs_fmgr != NULL && prev_needs_fmgr(function)) ||
		is_stranger(function);
}

/* Somebody may have dropped it meanwhile. */
static const char *
name_of(Oid function)
{
	char	   *name = get_func_name(function);

	return name == NULL ? "(dropped)" : quote_identifier(name);
}

/* Who it runs as is known by now, SECURITY DEFINER included. */
static void
refuse(FmgrHookEventType event, FmgrInfo *flinfo, Datum *private)
{
	Oid			me = GetUserId();

	if (event == FHET_START && is_stranger(flinfo->fn_oid) &&
		function_owner(flinfo->fn_oid) != me && padv_is_mighty(me))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("it would run function %s of another role with %s rights",
						name_of(flinfo->fn_oid),
						superuser_arg(me) ? "a superuser's" : "the server's")));
	if (prev_fmgr != NULL)
		prev_fmgr(event, flinfo, private);
}

/* Returns what it was, for padv_admit_strangers(). */
bool
padv_refuse_strangers(void)
{
	bool		before = refusing;

	if (!refusing)
	{
		prev_needs_fmgr = needs_fmgr_hook;
		prev_fmgr = fmgr_hook;
		needs_fmgr_hook = needs_hook;
		fmgr_hook = refuse;
		refusing = true;
	}
	return before;
}

void
padv_admit_strangers(bool before)
{
	if (before || !refusing)
		return;
	needs_fmgr_hook = prev_needs_fmgr;
	fmgr_hook = prev_fmgr;
	refusing = false;
}
