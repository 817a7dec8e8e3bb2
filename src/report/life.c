/*-------------------------------------------------------------------------
 *
 * life.c
 *	  What becomes of advice: dismissed, carried out, and then good or bad.
 *
 * The work is done in SQL, on the extension's own tables (see
 * sql/parts/51_life_advice.sql).  Here is who may ask for what, and how a real
 * index is known to be an advice that was carried out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "index/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "report/life.h"
#include "report/owner.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "workload/workload.h"

PG_FUNCTION_INFO_V1(perfadvisor_dismiss);
PG_FUNCTION_INFO_V1(perfadvisor_undismiss);
PG_FUNCTION_INFO_V1(padv_outcomes);
PG_FUNCTION_INFO_V1(padv_index_ids);

/* ---- dismissing ---- */

static void
check_id(FunctionCallInfo fcinfo, const char *command)
{
	PreventCommandDuringRecovery(command);
	PreventCommandIfReadOnly(command);
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"id\" must not be null")));
}

/* Who may call this is left to GRANT. */
Datum
perfadvisor_dismiss(PG_FUNCTION_ARGS)
{
	PadvOwnerCall call;
	bool		isnull;

	check_id(fcinfo, "perfadvisor_dismiss()");
	padv_owner_start(&call, fcinfo, "padv_dismiss");
	padv_owner_pass(&call, fcinfo, 0, TEXTOID);
	padv_owner_pass(&call, fcinfo, 1, TEXTOID);
	padv_owner_who(&call);
	if (!DatumGetBool(padv_owner_value(&call, BOOLOID, &isnull)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no advice with id \"%s\" was given",
						text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errhint("Ids come from perfadvisor_recommendations(), called outside of read-only transactions.")));
	PG_RETURN_VOID();
}

Datum
perfadvisor_undismiss(PG_FUNCTION_ARGS)
{
	PadvOwnerCall call;
	bool		isnull;

	check_id(fcinfo, "perfadvisor_undismiss()");
	padv_owner_start(&call, fcinfo, "padv_undismiss");
	padv_owner_pass(&call, fcinfo, 0, TEXTOID);
	if (!DatumGetBool(padv_owner_value(&call, BOOLOID, &isnull)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no advice with id \"%s\" is dismissed",
						text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errhint("perfadvisor_recommendations() lists what is, with status \"dismissed\".")));
	PG_RETURN_VOID();
}

static void
visit_id(HeapTuple tuple, TupleDesc desc, void *arg)
{
	List	  **ids = arg;
	bool		isnull;
	Datum		id = heap_getattr(tuple, 1, desc, &isnull);

	*ids = lappend(*ids, TextDatumGetCString(id));
}

List *
padv_dismissed(FunctionCallInfo fcinfo)
{
	PadvOwnerCall call;
	List	   *ids = NIL;

	padv_owner_start(&call, fcinfo, "padv_dismissed");
	padv_owner_execute(&call, visit_id, &ids);
	return ids;
}

List *
padv_refused_indexes(const List *dismissed)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, dismissed)
	{
		char	   *id = lfirst(lc);

		if (strncmp(id, PADV_CREATE_ID, strlen(PADV_CREATE_ID)) == 0)
			names = lappend(names, id + strlen(PADV_CREATE_ID));
	}
	return names;
}

bool
padv_is_dismissed(const List *dismissed, const char *id)
{
	ListCell   *lc;

	foreach(lc, dismissed)
	{
		if (strcmp(lfirst(lc), id) == 0)
			return true;
	}
	return false;
}

/* ---- outcomes ---- */

Datum
padv_outcomes(PG_FUNCTION_ARGS)
{
	PadvOwnerCall call;

	padv_require_preload();
	padv_keep_outcomes(fcinfo);
	padv_owner_start(&call, fcinfo, "padv_outcome_rows");
	return padv_owner_rows(&call, fcinfo);
}

/* ---- knowing advice again ---- */

enum
{
	IDS_INDEX, IDS_ID, IDS_DDL, IDS_UNDO,
	IDS_COUNT
};

/* The same order of rows, read backwards. */
static void
reverse(PadvIndex *index)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		index->cols[i].desc = !index->cols[i].desc;
		index->cols[i].nulls_first = !index->cols[i].nulls_first;
	}
}

static void
put_id(ReturnSetInfo *rsinfo, const PadvIndex *real, const PadvIndex *as)
{
	Datum		values[IDS_COUNT];
	bool		nulls[IDS_COUNT] = {0};

	values[IDS_INDEX] = ObjectIdGetDatum(real->oid);
	values[IDS_ID] = CStringGetTextDatum(psprintf(PADV_CREATE_ID "%s",
												  padv_index_id(as)));
	values[IDS_DDL] = CStringGetTextDatum(padv_index_create_ddl(real, real->name));
	values[IDS_UNDO] = CStringGetTextDatum(padv_index_drop_ddl(real, real->name));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * All ids of advice that a real index would be: as it is, without storage
 * parameters, and a btree the other way round.  A unique one is as good.
 */
static void
put_ids(ReturnSetInfo *rsinfo, const PadvIndex *real)
{
	PadvIndex	as = *real;

	as.unique = false;
	as.nulls_not_distinct = false;
	for (int plain = 0; plain < 2; plain++)
	{
		put_id(rsinfo, real, &as);
		if (as.relam == BTREE_AM_OID)
		{
			reverse(&as);
			put_id(rsinfo, real, &as);
			reverse(&as);
		}
		if (as.options == NIL)
			break;
		as.options = NIL;
	}
}

/*
 * Does not wait for a table that another session has locked: whoever reads
 * recommendations does not hang on it, and sees none of its indexes.
 */
Datum
padv_index_ids(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			relid = PG_GETARG_OID(0);
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return (Datum) 0;
	foreach(lc, padv_index_list(relid))
		put_ids(rsinfo, lfirst(lc));
	UnlockRelationOid(relid, AccessShareLock);
	return (Datum) 0;
}
