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
#include "utils/tuplestore.h"

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

static Datum
why_not(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PadvOptions options;
	PadvAdviceSet *set;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	padv_options(fcinfo, -1, -1, &options);
	options.explain = true;
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

Datum
perfadvisor_why_not(PG_FUNCTION_ARGS)
{
	return padv_answer(why_not, fcinfo);
}

static Datum
evaluate(PG_FUNCTION_ARGS)
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
							  padv_parse_indexes(n, texts), &options))
	{
		const PadvVerdict *verdict = lfirst(lc);
		Datum		values[EVALUATE_COLS];
		bool		nulls[EVALUATE_COLS] = {0};

		values[0] = CStringGetTextDatum(texts[element++]);
		values[1] = CStringGetTextDatum(verdict->verdict);
		values[2] = Float8GetDatum(verdict->improvement_pct);
		values[3] = padv_bigint(verdict->index->bytes);
		values[4] = padv_queryids(verdict->statements);
		values[5] = CStringGetTextDatum(verdict->reason);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
							 values, nulls);
	}
	return (Datum) 0;
}

Datum
perfadvisor_evaluate(PG_FUNCTION_ARGS)
{
	return padv_answer(evaluate, fcinfo);
}
