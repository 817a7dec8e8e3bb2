/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  perfadvisor_why_not() and perfadvisor_evaluate().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "report/arguments.h"
#include "report/json.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(perfadvisor_why_not);
PG_FUNCTION_INFO_V1(perfadvisor_evaluate);

#define WHY_NOT_COLS	6
#define EVALUATE_COLS	6

static Datum
why_not_detail(const PadvWhyNot *row)
{
	StringInfoData buf;

	padv_json_start(&buf);
	padv_json_number(&buf, "calls", row->calls);
	if (OidIsValid(row->relid))
	{
		padv_json_number(&buf, "table_rows", row->tuples);
		padv_json_number(&buf, "table_pages", row->pages);
		padv_json_number(&buf, "best_improvement_pct", row->improvement_pct);
	}
	if (row->selectivity >= 0)
		padv_json_number(&buf, "selectivity_pct", 100.0 * row->selectivity);
	return padv_json_end(&buf);
}

Datum
perfadvisor_why_not(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PadvOptions options;
	PadvAdviceSet *set;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	padv_options(fcinfo, -1, -1, &options);
	set = padv_advise(padv_workload_recorded(), &options);
	foreach(lc, set->why_not)
	{
		const PadvWhyNot *row = lfirst(lc);
		Datum		values[WHY_NOT_COLS];
		bool		nulls[WHY_NOT_COLS] = {0};

		values[0] = ObjectIdGetDatum(row->relid);
		nulls[0] = !OidIsValid(row->relid);
		values[1] = CStringGetTextDatum(row->predicate);
		values[2] = padv_queryids(row->statements);
		values[3] = CStringGetTextDatum(row->code);
		values[4] = CStringGetTextDatum(row->reason);
		values[5] = why_not_detail(row);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
							 values, nulls);
	}
	return (Datum) 0;
}

/* Names the element at fault in the context of an error. */
static void
element_context(void *arg)
{
	errcontext("element %d of \"indexes\"", *(int *) arg);
}

/* Parses all elements; errors name the one at fault. */
static List *
parse_indexes(char **texts, int n)
{
	ErrorContextCallback callback;
	List	   *indexes = NIL;
	int			element;

	callback.callback = element_context;
	callback.arg = &element;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	for (int i = 0; i < n; i++)
	{
		element = i + 1;
		indexes = lappend(indexes, padv_index_parse(texts[i]));
	}
	error_context_stack = callback.previous;
	return indexes;
}

Datum
perfadvisor_evaluate(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PadvOptions options;
	char	  **texts;
	int			n;
	int			element = 0;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	texts = padv_text_array(fcinfo, 0, "indexes", &n);
	padv_options(fcinfo, -1, -1, &options);
	foreach(lc, padv_evaluate(padv_workload_recorded(),
							  parse_indexes(texts, n), &options))
	{
		const PadvVerdict *verdict = lfirst(lc);
		Datum		values[EVALUATE_COLS];
		bool		nulls[EVALUATE_COLS] = {0};

		values[0] = CStringGetTextDatum(texts[element++]);
		values[1] = CStringGetTextDatum(verdict->verdict);
		values[2] = Float8GetDatum(verdict->improvement_pct);
		values[3] = Int64GetDatum((int64) verdict->index->bytes);
		values[4] = padv_queryids(verdict->statements);
		values[5] = CStringGetTextDatum(verdict->reason);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
							 values, nulls);
	}
	return (Datum) 0;
}
