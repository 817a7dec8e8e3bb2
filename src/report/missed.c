/*-------------------------------------------------------------------------
 *
 * missed.c
 *	  Indexes without scans that recorded statements would miss all the same.
 *
 * Counters of scans can be reset, or have been lost in a crash, and an index
 * is used by plans that have not run since.  What the view
 * perfadvisor_unused_indexes takes for droppable is hidden from the statements
 * that were recorded on its table, as perfadvisor_recommendations() does it for
 * all statements.  The view is also there for those who may not see all
 * statements: then it says so, where others have some on the table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise.h"
#include "base/oidset.h"
#include "catalog/index.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "report/arguments.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(padv_missed_indexes);

enum
{
	MISSED_INDEX, MISSED_CODE,
	MISSED_COUNT
};

static List *
make_trials(ArrayType *array, PadvOidSet *tables)
{
	List	   *trials = NIL;
	Datum	   *oids;
	int			n;

	deconstruct_array(array, OIDOID, sizeof(Oid), true, TYPALIGN_INT, &oids,
					  NULL, &n);
	for (int i = 0; i < n; i++)
	{
		PadvDropTrial *trial = palloc0(sizeof(PadvDropTrial));

		trial->indexoid = DatumGetObjectId(oids[i]);
		trial->relid = IndexGetRelation(trial->indexoid, true);
		if (!OidIsValid(trial->relid))
			continue;
		(void) padv_oidset_add(tables, trial->relid);
		trials = lappend(trials, trial);
	}
	return trials;
}

static void
put_missed(ReturnSetInfo *rsinfo, Oid indexoid, const char *code)
{
	Datum		values[MISSED_COUNT];
	bool		nulls[MISSED_COUNT] = {0};

	values[MISSED_INDEX] = ObjectIdGetDatum(indexoid);
	values[MISSED_CODE] = CStringGetTextDatum(code);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

static Datum
missed(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PadvOidSet *tables = padv_oidset_make();
	PadvOidSet *unseen = padv_oidset_make();
	List	   *trials;
	PadvWorkload *workload;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	trials = make_trials(PG_GETARG_ARRAYTYPE_P(0), tables);
	if (trials == NIL || !padv_store_ready())
		return (Datum) 0;
	workload = padv_workload_on_tables(tables, unseen);
	if (workload->statements != NIL)
		padv_try_drops(workload, trials, NIL);
	foreach(lc, trials)
	{
		const PadvDropTrial *trial = lfirst(lc);

		if (trial->needed)
			put_missed(rsinfo, trial->indexoid, "planned");
		else if (padv_oidset_has(unseen, trial->relid))
			put_missed(rsinfo, trial->indexoid, "not_visible");
	}
	return (Datum) 0;
}

Datum
padv_missed_indexes(PG_FUNCTION_ARGS)
{
	return padv_answer(missed, fcinfo);
}
