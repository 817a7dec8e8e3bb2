/*-------------------------------------------------------------------------
 *
 * whatif_sql.c
 *	  perfadvisor_whatif(): one statement with other indexes than there are.
 *
 * Plans the statement twice, as things are and under the given set, with the
 * rights of the caller.  Nothing is executed or created.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "whatif/whatif.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "report/arguments.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(perfadvisor_whatif);

enum
{
	COL_COST_BEFORE, COL_COST_AFTER, COL_IMPROVEMENT, COL_USED, COL_SIZE,
	COL_PLAN_BEFORE, COL_PLAN_AFTER, COL_COUNT
};

/* All plans of a statement: more than one only where rules add queries. */
typedef struct Planned
{
	double		cost;
	List	   *used;			/* OID list */
	StringInfoData text;
} Planned;

/* ---- arguments ---- */

/* An element of "hide" must be an index that exists. */
static Oid
checked_index(int element, Datum value, bool isnull)
{
	Oid			oid = DatumGetObjectId(value);
	char		relkind;

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("element %d of \"hide\" must not be null", element)));
	relkind = get_rel_relkind(oid);
	if (relkind == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("element %d of \"hide\": relation with OID %u does not exist",
						element, oid)));
	if (relkind != RELKIND_INDEX && relkind != RELKIND_PARTITIONED_INDEX)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("element %d of \"hide\": \"%s\" is not an index",
						element, get_rel_name(oid))));
	return oid;
}

static List *
parse_hidden(FunctionCallInfo fcinfo, int argno)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	List	   *result = NIL;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"hide\" must not be null")));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), REGCLASSOID, sizeof(Oid),
					  true, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
		result = lappend_oid(result,
							 checked_index(i + 1, elements[i], nulls[i]));
	return result;
}

static PadvStatement *
parse_query(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"query\" must not be null")));
	return padv_statement_given(text_to_cstring(PG_GETARG_TEXT_PP(argno)), 1.0);
}

/* ---- planning ---- */

static void
plan_statement(const PadvStatement *stmt, const PadvScope *scope,
			   Planned *planned)
{
	ListCell   *lc;

	memset(planned, 0, sizeof(Planned));
	initStringInfo(&planned->text);
	foreach(lc, stmt->instances)
	{
		const PadvInstance *instance = lfirst(lc);
		PadvPlanResult result;

		padv_whatif_plan(instance, scope, &result);
		planned->cost += result.cost * instance->share;
		planned->used = list_concat_unique_oid(planned->used, result.used);
		if (planned->text.len > 0)
			appendStringInfoString(&planned->text, "\n\n");
		appendStringInfoString(&planned->text,
							   padv_whatif_explain(&result, scope));
	}
}

/* ---- the row ---- */

/*
 * The given indexes that the plan uses, as they were given, and the names of
 * the existing ones.
 */
static Datum
used_indexes(const Planned *after, const PadvScope *scope, char **texts)
{
	List	   *real = list_copy(after->used);
	Datum	   *elements = palloc(sizeof(Datum) *
								  Max(list_length(after->used), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, scope->add)
	{
		const PadvIndex *index = lfirst(lc);

		if (!list_member_oid(after->used, index->oid))
			continue;
		elements[n++] = CStringGetTextDatum(texts[foreach_current_index(lc)]);
		real = list_delete_oid(real, index->oid);
	}
	foreach(lc, real)
	{
		Datum		name = DirectFunctionCall1(regclassout,
											   ObjectIdGetDatum(lfirst_oid(lc)));

		elements[n++] = CStringGetTextDatum(DatumGetCString(name));
	}
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/* What the given indexes take, whether the plan uses them or not. */
static int64
added_bytes(const PadvScope *scope)
{
	double		bytes = 0;
	ListCell   *lc;

	foreach(lc, scope->add)
		bytes += ((const PadvIndex *) lfirst(lc))->bytes;
	return (int64) bytes;
}

static double
improvement(double before, double after)
{
	return before > 0.0 ? 100.0 * (before - after) / before : 0.0;
}

Datum
perfadvisor_whatif(PG_FUNCTION_ARGS)
{
	PadvStatement *stmt = parse_query(fcinfo, 0);
	PadvScope	scope = {0};
	Planned		before;
	Planned		after;
	TupleDesc	desc;
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {0};
	char	  **texts;
	int			n;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	texts = padv_text_array(fcinfo, 1, "indexes", &n);
	scope.hide = parse_hidden(fcinfo, 2);
	scope.add = padv_parse_indexes(n, texts);

	plan_statement(stmt, NULL, &before);
	plan_statement(stmt, &scope, &after);

	values[COL_COST_BEFORE] = Float8GetDatum(before.cost);
	values[COL_COST_AFTER] = Float8GetDatum(after.cost);
	values[COL_IMPROVEMENT] = Float8GetDatum(improvement(before.cost,
														 after.cost));
	values[COL_USED] = used_indexes(&after, &scope, texts);
	values[COL_SIZE] = Int64GetDatum(added_bytes(&scope));
	values[COL_PLAN_BEFORE] = CStringGetTextDatum(before.text.data);
	values[COL_PLAN_AFTER] = CStringGetTextDatum(after.text.data);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}
