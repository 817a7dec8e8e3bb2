/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  Work on the extension's own tables, with their owner's rights.
 *
 * What was advised, dismissed and measured is kept in tables that only their
 * owner can read and write, through inner SQL functions that only their owner
 * can call.  The functions that users call check who asks for what, and then
 * come here: in a security-restricted context, with nothing but pg_catalog in
 * the search_path, and without being recorded themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/guc.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "report/owner.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

void
padv_owner_start(PadvOwnerCall *call, FunctionCallInfo fcinfo,
				 const char *function)
{
	call->caller = fcinfo->flinfo->fn_oid;
	call->function = function;
	call->nargs = 0;
}

void
padv_owner_arg(PadvOwnerCall *call, Oid type, Datum value, bool isnull)
{
	Assert(call->nargs < PADV_OWNER_ARGS);
	call->types[call->nargs] = type;
	call->values[call->nargs] = value;
	call->nulls[call->nargs] = isnull ? 'n' : ' ';
	call->nargs++;
}

void
padv_owner_text_arg(PadvOwnerCall *call, const char *value)
{
	padv_owner_arg(call, TEXTOID,
				   value != NULL ? CStringGetTextDatum(value) : (Datum) 0,
				   value == NULL);
}

void
padv_owner_pass(PadvOwnerCall *call, FunctionCallInfo fcinfo, int argno,
				Oid type)
{
	padv_owner_arg(call, type, fcinfo->args[argno].value,
				   fcinfo->args[argno].isnull);
}

void
padv_owner_who(PadvOwnerCall *call)
{
	NameData   *name = palloc0(sizeof(NameData));

	namestrcpy(name, GetUserNameFromId(GetUserId(), false));
	padv_owner_arg(call, NAMEOID, NameGetDatum(name), false);
}

/* ---- calling ---- */

/* Whose the function is; its tables are the same user's. */
static Oid
function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

static char *
call_text(const PadvOwnerCall *call)
{
	StringInfoData buf;
	Oid			schema = get_func_namespace(call->caller);

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT * FROM %s(",
					 quote_qualified_identifier(get_namespace_name(schema),
												call->function));
	for (int i = 0; i < call->nargs; i++)
		appendStringInfo(&buf, "%s$%d", i > 0 ? ", " : "", i + 1);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

static void
execute(PadvOwnerCall *call, PadvOwnerVisit visit, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *text = call_text(call);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute_with_args(text, call->nargs, call->types, call->values,
							  call->nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not call %s", call->function);
	for (uint64 i = 0; visit != NULL && i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		visit(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, arg);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
}

void
padv_owner_execute(PadvOwnerCall *call, PadvOwnerVisit visit, void *arg)
{
	bool		was_enabled = padv_pause_recording();
	int			nestlevel = NewGUCNestLevel();
	Oid			userid;
	int			sec_context;

	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(function_owner(call->caller),
						   sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	PG_TRY();
	{
		execute(call, visit, arg);
	}
	PG_FINALLY();
	{
		padv_resume_recording(was_enabled);
	}
	PG_END_TRY();
	/* after an error, the end of the (sub)transaction does these two */
	AtEOXact_GUC(false, nestlevel);
	SetUserIdAndSecContext(userid, sec_context);
}

/* ---- results ---- */

typedef struct Value
{
	Oid			type;
	Datum		value;
	bool		isnull;
} Value;

static void
visit_value(HeapTuple tuple, TupleDesc desc, void *arg)
{
	Value	   *result = arg;
	int16		typlen;
	bool		typbyval;

	result->value = heap_getattr(tuple, 1, desc, &result->isnull);
	get_typlenbyval(result->type, &typlen, &typbyval);
	if (!result->isnull)
		result->value = datumCopy(result->value, typbyval, typlen);
}

Datum
padv_owner_value(PadvOwnerCall *call, Oid type, bool *isnull)
{
	Value		result = {type, (Datum) 0, true};

	padv_owner_execute(call, visit_value, &result);
	*isnull = result.isnull;
	return result.value;
}

static void
visit_row(HeapTuple tuple, TupleDesc desc, void *arg)
{
	ReturnSetInfo *rsinfo = arg;
	Datum	   *values = palloc(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));

	Assert(desc->natts == rsinfo->setDesc->natts);
	heap_deform_tuple(tuple, desc, values, nulls);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	pfree(values);
	pfree(nulls);
}

void
padv_owner_append(PadvOwnerCall *call, ReturnSetInfo *rsinfo)
{
	padv_owner_execute(call, visit_row, rsinfo);
}

Datum
padv_owner_rows(PadvOwnerCall *call, FunctionCallInfo fcinfo)
{
	InitMaterializedSRF(fcinfo, 0);
	padv_owner_append(call, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}
