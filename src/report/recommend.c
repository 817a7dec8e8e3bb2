/*-------------------------------------------------------------------------
 *
 * recommend.c
 *	  perfadvisor_recommendations() and perfadvisor_advise().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/xlog.h"
#include "base/oidset.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "report/arguments.h"
#include "report/care.h"
#include "report/drops.h"
#include "report/json.h"
#include "report/life.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(perfadvisor_recommendations);
PG_FUNCTION_INFO_V1(perfadvisor_advise);

/* Shares of the workload's time or cost from which an advice is so urgent. */
#define PADV_CRITICAL_SHARE 0.20
#define PADV_HIGH_SHARE		0.05
#define PADV_MEDIUM_SHARE	0.01

/* When a window is long enough, and calls are many enough, to be trusted. */
#define PADV_TRUSTED_HOURS	24.0
#define PADV_TRUSTED_CALLS	1000.0
#define PADV_DOUBTED_CALLS	20.0

/* One request: what its rows have in common. */
typedef struct Request
{
	MemoryContext context;		/* lives as long as the request */
	MemoryContext row;			/* lives until the next row */
	ReturnSetInfo *rsinfo;
	const PadvWorkload *workload;
	const PadvAdviceSet *set;
	List	   *names;			/* taken by advice before */
	PadvOidSet *told;			/* indexes with a drop row */
	List	   *dismissed;		/* ids of advice that is not wanted */
	bool		recorded;		/* of the recorded workload */
	List	   *rows;			/* of PadvTold */
} Request;

/* Share of the whole that this advice saves, by time where it is known. */
static double
share_saved(const Request *request, const PadvAdvice *advice)
{
	const PadvAdviceSet *set = request->set;

	if (set->total_ms > 0)
		return Max(advice->saved_ms - advice->upkeep_ms, 0) / set->total_ms;
	if (set->total_cost > 0)
		return (advice->cost_before - advice->cost_after) / set->total_cost;
	return 0;
}

static const char *
priority_of(double share)
{
	if (share >= PADV_CRITICAL_SHARE)
		return "critical";
	if (share >= PADV_HIGH_SHARE)
		return "high";
	if (share >= PADV_MEDIUM_SHARE)
		return "medium";
	return "low";
}

static const char *
confidence_of(const Request *request, const PadvAdvice *advice)
{
	if (request->workload->window_hours >= PADV_TRUSTED_HOURS &&
		advice->calls >= PADV_TRUSTED_CALLS)
		return "high";
	if (advice->calls < PADV_DOUBTED_CALLS)
		return "low";
	return "medium";
}

static char *
plural(double n, const char *noun, const char *nouns)
{
	return psprintf("%.0f %s", n, n == 1 ? noun : nouns);
}

/* "3.5 days", "2.0 hours", "14.2 minutes", "8.1 seconds" */
static char *
window_text(double hours)
{
	if (hours >= 48)
		return psprintf("%.1f days", hours / 24);
	if (hours >= 2)
		return psprintf("%.1f hours", hours);
	if (hours >= 2.0 / 60)
		return psprintf("%.1f minutes", hours * 60);
	return psprintf("%.1f seconds", hours * 3600);
}

/* What writes mean for the index, and it for them. */
static void
append_writes(StringInfo buf, const PadvAdvice *advice, double hours)
{
	double		entries = ceil(advice->entries_written);

	if (entries <= 0)
	{
		appendStringInfoString(buf, hours > 0 ?
							   "No repeated write to it was seen." :
							   "None of the statements writes to it.");
		return;
	}
	appendStringInfo(buf, "Writes add %s to it%s%s",
					 plural(entries, "entry", "entries"),
					 hours > 0 ? " in " : "",
					 hours > 0 ? window_text(hours) : "");
	if (advice->hot_updates_lost >= 1)
		appendStringInfo(buf, ", and with it %s not HOT any more, which adds %s to the table's other indexes",
						 plural(advice->hot_updates_lost, "update is",
								"updates are"),
						 plural(ceil(advice->entries_elsewhere), "entry",
								"entries"));
	appendStringInfoChar(buf, '.');
}

/* Why, for a person, with the figures. */
static char *
create_reason(const Request *request, const PadvAdvice *advice)
{
	StringInfoData buf;
	double		hours = request->workload->window_hours;
	double		calls = Max(advice->calls, 1);

	initStringInfo(&buf);
	appendStringInfo(&buf,
					 "%s with %s %s it: planner cost falls from %.1f to %.1f a call (-%.1f %%)",
					 plural(list_length(advice->statements), "statement", "statements"),
					 plural(advice->calls, "call", "calls"),
					 list_length(advice->statements) == 1 ? "uses" : "use",
					 advice->cost_before / calls, advice->cost_after / calls,
					 padv_advice_improvement(advice));
	if (hours > 0)
		appendStringInfo(&buf,
						 ", which is %.1f %% of all measured time. ",
						 100.0 * share_saved(request, advice));
	else
		appendStringInfoString(&buf,
							   "; time was not measured, since the statements were given. ");
	append_writes(&buf, advice, hours);
	if (advice->pending_pages > 0)
		appendStringInfo(&buf, " With fastupdate, each search would read about %s of entries that are not in their place yet.",
						 plural(ceil(advice->pending_pages), "page", "pages"));
	if (advice->replaces != NIL)
		appendStringInfo(&buf, " It makes %s superfluous.",
						 plural(list_length(advice->replaces),
								"existing index", "existing indexes"));
	if (advice->dismissed != NULL)
		appendStringInfo(&buf, " It is a wider form of the index on %s that was dismissed, and saves much more than that one would.",
						 padv_index_describe(advice->dismissed));
	if (advice->slower_times > 0)
		appendStringInfo(&buf, " But it may lure the planner into a plan that takes a statement about %.1f times as much as today.",
						 advice->slower_times);
	else if (advice->suspected_times > 0)
		appendStringInfo(&buf, " But a statement may take about %.1f times as much as today by it: the planner does not know whether the rows asked for are those that other tables refer to, nor in which order a nested loop visits its pages.",
						 advice->suspected_times);
	if (advice->refused != NULL)
		appendStringInfo(&buf, " Index %s was refused instead: it %s lure the planner into a plan that takes a statement about %.1f times as much as today.",
						 padv_index_describe(advice->refused),
						 advice->refused_unsure ? "may" : "would",
						 advice->refused_times);
	return buf.data;
}

/* The key columns as a JSON array of objects. */
static char *
keys_json(const PadvIndex *index)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '[');
	for (int i = 0; i < index->nkeys; i++)
	{
		const PadvIndexCol *col = &index->cols[i];
		StringInfoData key;

		padv_json_start(&key);
		padv_json_text(&key, "column", padv_index_column_text(index, i));
		padv_json_text(&key, "direction", col->desc ? "desc" : "asc");
		padv_json_text(&key, "nulls", col->nulls_first ? "first" : "last");
		padv_json_text(&key, "opclass", padv_opclass_name(col->opclass));
		if (i > 0)
			appendStringInfoChar(&buf, ',');
		appendStringInfo(&buf, "%s}", key.data);
	}
	appendStringInfoChar(&buf, ']');
	return buf.data;
}

static Datum
create_detail(const Request *request, const PadvAdvice *advice)
{
	const PadvIndex *index = advice->index;
	StringInfoData buf;
	List	   *included = NIL;
	List	   *replaces = NIL;
	ListCell   *lc;

	for (int i = index->nkeys; i < index->ncols; i++)
		included = lappend(included, padv_index_column_text(index, i));
	foreach(lc, advice->replaces)
		replaces = lappend(replaces, ((PadvIndex *) lfirst(lc))->name);
	padv_json_start(&buf);
	padv_json_text(&buf, "access_method", get_am_name(index->relam));
	padv_json_raw(&buf, "keys", keys_json(index));
	padv_json_texts(&buf, "included", included);
	padv_json_text(&buf, "predicate", padv_index_predicate_text(index));
	padv_json_texts(&buf, "replaces", replaces);
	padv_json_number(&buf, "window_hours", request->workload->window_hours);
	padv_json_text(&buf, "confidence", confidence_of(request, advice));
	padv_json_number(&buf, "statements", list_length(advice->statements));
	padv_json_number(&buf, "saved_ms", advice->saved_ms);
	padv_json_number(&buf, "upkeep_ms", advice->upkeep_ms);
	padv_json_number(&buf, "upkeep_cost", advice->upkeep_cost);
	padv_json_number(&buf, "entries_written", advice->entries_written);
	padv_json_number(&buf, "hot_updates_lost", advice->hot_updates_lost);
	padv_json_number(&buf, "entries_elsewhere", advice->entries_elsewhere);
	padv_json_number(&buf, "pending_pages", advice->pending_pages);
	padv_json_number(&buf, "saved_share_pct",
					 100.0 * share_saved(request, advice));
	padv_json_number(&buf, "ms_per_cost_unit", request->set->ms_per_cost);
	padv_json_number(&buf, "index_tuples", index->tuples);
	padv_json_number(&buf, "index_pages", index->pages);
	padv_json_number(&buf, "tree_height", index->height);
	padv_json_number(&buf, "candidates_tried", request->set->candidates);
	padv_json_number(&buf, "planner_calls", request->set->planner_calls);
	return padv_json_end(&buf);
}

/* A row for those that look at all of them later. */
static PadvTold *
told_row(const Request *request, const Datum *values, const bool *nulls)
{
	PadvTold   *told = palloc0(sizeof(PadvTold));

	for (int i = 0; i < COL_COUNT; i++)
	{
		Form_pg_attribute att = TupleDescAttr(request->rsinfo->setDesc, i);

		told->nulls[i] = nulls[i];
		if (!nulls[i])
			told->values[i] = datumCopy(values[i], att->attbyval, att->attlen);
	}
	return told;
}

/* A standby tells what ran on it, but nothing can be carried out there. */
static void
mention_primary(Datum *values)
{
	char	   *reason;

	if (!RecoveryInProgress())
		return;
	reason = TextDatumGetCString(values[COL_REASON]);
	values[COL_REASON] = CStringGetTextDatum(psprintf("%s This server is a standby: carry it out on the primary.",
													  reason));
}

/*
 * Gives a row, and forgets what making it took.  Of the recorded workload,
 * what is not wanted is told after all that is open; given statements are
 * asked about to hear everything.
 */
static void
put(Request *request, Datum *values, bool *nulls, Oid indexoid,
	List *statements)
{
	bool		dismissed = padv_is_dismissed(request->dismissed,
											  TextDatumGetCString(values[COL_ID]));
	PadvTold   *told;

	if (dismissed && request->recorded)
		return;
	values[COL_STATUS] = CStringGetTextDatum(dismissed ? "dismissed" : "open");
	nulls[COL_STATUS] = false;
	mention_primary(values);
	tuplestore_putvalues(request->rsinfo->setResult,
						 request->rsinfo->setDesc, values, nulls);
	MemoryContextSwitchTo(request->context);
	told = told_row(request, values, nulls);
	told->indexoid = indexoid;
	told->statements = statements;
	request->rows = lappend(request->rows, told);
	MemoryContextSwitchTo(request->row);
	MemoryContextReset(request->row);
}

/* As it is to be made: with storage parameters, which its id is without. */
static char *
create_ddl(const PadvAdvice *advice, const char *name)
{
	PadvIndex  *index = padv_index_copy(advice->index);

	if (advice->pending_pages > 0)
		index->options = list_make1(makeDefElem("fastupdate",
												(Node *) makeString("off"), -1));
	return padv_index_create_ddl(index, name);
}

static void
put_create(Request *request, const PadvAdvice *advice)
{
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {0};
	char	   *name = padv_index_choose_name_among(advice->index,
													request->names);
	double		hours = request->workload->window_hours;

	MemoryContextSwitchTo(request->context);
	request->names = lappend(request->names, pstrdup(name));
	MemoryContextSwitchTo(request->row);
	values[COL_ID] = CStringGetTextDatum(psprintf(PADV_CREATE_ID "%s",
												  padv_index_id(advice->index)));
	values[COL_PRIORITY] = CStringGetTextDatum(priority_of(share_saved(request, advice)));
	values[COL_KIND] = CStringGetTextDatum("create_index");
	values[COL_RELATION] = ObjectIdGetDatum(advice->index->relid);
	values[COL_DDL] = CStringGetTextDatum(create_ddl(advice, name));
	values[COL_UNDO] = CStringGetTextDatum(padv_index_drop_ddl(advice->index, name));
	values[COL_REASON] = CStringGetTextDatum(create_reason(request, advice));
	values[COL_COST_BEFORE] = Float8GetDatum(advice->cost_before);
	values[COL_COST_AFTER] = Float8GetDatum(advice->cost_after);
	values[COL_IMPROVEMENT] = Float8GetDatum(padv_advice_improvement(advice));
	values[COL_SAVED] = Float8GetDatum(hours > 0 ?
									   (advice->saved_ms - advice->upkeep_ms) / hours : 0);
	values[COL_WRITE] = Float8GetDatum(hours > 0 ? advice->upkeep_ms / hours : 0);
	nulls[COL_SAVED] = nulls[COL_WRITE] = (hours <= 0);
	values[COL_SIZE] = padv_bigint(advice->index->bytes);
	values[COL_CALLS] = padv_bigint(advice->calls);
	values[COL_QUERYIDS] = padv_queryids(advice->statements);
	values[COL_DETAIL] = create_detail(request, advice);
	put(request, values, nulls, InvalidOid, advice->statements);
}

/* The detail of a drop row. */
static Datum
drop_detail(const Request *request, const PadvDrop *drop)
{
	StringInfoData buf;

	padv_json_start(&buf);
	padv_json_text(&buf, "index", drop->index);
	padv_json_text(&buf, "why", drop->why);
	padv_json_number(&buf, "window_hours", request->workload->window_hours);
	padv_json_number(&buf, "upkeep_ms", drop->trial.upkeep_ms);
	return padv_json_end(&buf);
}

static void
put_drop(Request *request, const PadvDrop *drop)
{
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {0};
	double		hours = request->workload->window_hours;

	if (!padv_oidset_add(request->told, drop->trial.indexoid))
		return;
	values[COL_ID] = CStringGetTextDatum(psprintf("drop-%s",
												  padv_hash_name(drop->undo_ddl)));
	values[COL_PRIORITY] = CStringGetTextDatum("low");
	values[COL_KIND] = CStringGetTextDatum("drop_index");
	values[COL_RELATION] = ObjectIdGetDatum(drop->trial.relid);
	values[COL_DDL] = CStringGetTextDatum(drop->ddl);
	values[COL_UNDO] = CStringGetTextDatum(drop->undo_ddl);
	values[COL_REASON] = CStringGetTextDatum(drop->reason);
	values[COL_COST_BEFORE] = Float8GetDatum(0);
	values[COL_COST_AFTER] = Float8GetDatum(0);
	values[COL_IMPROVEMENT] = Float8GetDatum(0);
	values[COL_SAVED] = Float8GetDatum(hours > 0 ? drop->trial.upkeep_ms / hours : 0);
	values[COL_WRITE] = Float8GetDatum(hours > 0 ? 0 - drop->trial.upkeep_ms / hours : 0);
	nulls[COL_SAVED] = nulls[COL_WRITE] = (hours <= 0);
	values[COL_SIZE] = Int64GetDatum(-drop->bytes);
	values[COL_CALLS] = Int64GetDatum(0);
	values[COL_QUERYIDS] = padv_queryids(NIL);
	values[COL_DETAIL] = drop_detail(request, drop);
	put(request, values, nulls, drop->trial.indexoid, NIL);
}

/* The id of an advice to mend: of what is made or gone, or of what is done. */
static char *
care_id(const PadvCare *care)
{
	if (care->index != NULL)
		return psprintf(PADV_CREATE_ID "%s", padv_index_id(care->index));
	if (strcmp(care->kind, "drop_index") == 0)
		return psprintf("drop-%s", padv_hash_name(care->undo_ddl));
	return psprintf("%s-%s", care->kind, padv_hash_name(care->ddl));
}

/* What it saves is known only of checks that were timed. */
static void
put_care(Request *request, const PadvCare *care)
{
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {0};
	double		hours = request->workload->window_hours;
	double		gain = care->cost_before > 0 ?
		1.0 - care->cost_after / care->cost_before : 0.0;

	values[COL_ID] = CStringGetTextDatum(care_id(care));
	values[COL_PRIORITY] = CStringGetTextDatum(care->priority);
	values[COL_KIND] = CStringGetTextDatum(care->kind);
	values[COL_RELATION] = ObjectIdGetDatum(care->relid);
	values[COL_DDL] = CStringGetTextDatum(care->ddl);
	values[COL_UNDO] = CStringGetTextDatum(care->undo_ddl);
	values[COL_REASON] = CStringGetTextDatum(care->reason);
	values[COL_COST_BEFORE] = Float8GetDatum(care->cost_before);
	values[COL_COST_AFTER] = Float8GetDatum(care->cost_after);
	values[COL_IMPROVEMENT] = Float8GetDatum(100.0 * gain);
	values[COL_SAVED] = Float8GetDatum(hours > 0 ?
									   care->checks_ms * gain / hours : 0);
	nulls[COL_SAVED] = (hours <= 0 || care->checks_ms <= 0);
	values[COL_WRITE] = Float8GetDatum(0);
	nulls[COL_WRITE] = (care->index != NULL);
	values[COL_SIZE] = Int64GetDatum(care->bytes);
	values[COL_CALLS] = Int64GetDatum((int64) care->checks);
	values[COL_QUERYIDS] = padv_queryids(care->statements);
	values[COL_DETAIL] = DirectFunctionCall1(jsonb_in,
											 CStringGetDatum(care->detail));
	put(request, values, nulls, care->indexoid, care->statements);
}

static PadvOidSet *
dropped_indexes(const List *drops)
{
	PadvOidSet *set = padv_oidset_make();
	ListCell   *lc;

	foreach(lc, drops)
		(void) padv_oidset_add(set, ((PadvDrop *) lfirst(lc))->trial.indexoid);
	return set;
}

/* Creates in the order of their value, each with the drops it makes possible. */
static void
put_all(Request *request, List *cares, List *drops)
{
	PadvOidSet *dropped = dropped_indexes(drops);
	ListCell   *lc;

	request->told = padv_oidset_make();
	request->context = CurrentMemoryContext;
	request->row = AllocSetContextCreate(CurrentMemoryContext,
										 "perfadvisor row",
										 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(request->row);
	foreach(lc, request->set->advice)
	{
		const PadvAdvice *advice = lfirst(lc);
		ListCell   *lr;

		put_create(request, advice);
		foreach(lr, advice->replaces)
			put_drop(request,
					 padv_drop_replaced(lfirst(lr), advice->index,
										advice->replaced_ms[foreach_current_index(lr)]));
	}
	MemoryContextSwitchTo(request->context);
	padv_care_name_indexes(cares, request->names);
	MemoryContextSwitchTo(request->row);
	foreach(lc, cares)
	{
		const PadvCare *care = lfirst(lc);

		/* what is to go needs no care */
		if (!padv_oidset_has(dropped, care->indexoid))
			put_care(request, care);
	}
	foreach(lc, drops)
		put_drop(request, lfirst(lc));
	MemoryContextSwitchTo(request->context);
	MemoryContextDelete(request->row);
}

static Datum
recommend(PG_FUNCTION_ARGS)
{
	Oid			schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	PadvOptions options;
	Request		request = {0};
	List	   *cares;

	InitMaterializedSRF(fcinfo, 0);
	request.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	padv_options(fcinfo, 0, 1, &options);
	request.workload = padv_workload_recorded();
	request.recorded = true;
	request.dismissed = padv_dismissed(fcinfo);
	options.refused = padv_refused_indexes(request.dismissed);
	request.set = padv_advise(request.workload, &options);
	cares = list_concat(padv_correlated(request.workload, request.set),
						padv_cares(schema, request.set));
	put_all(&request, cares, padv_drops(schema, request.workload, request.set));
	padv_remember(fcinfo, request.rows);
	padv_tell_settled(fcinfo, request.rsinfo);
	return (Datum) 0;
}

Datum
perfadvisor_recommendations(PG_FUNCTION_ARGS)
{
	return padv_answer(recommend, fcinfo);
}

static Datum
advise(PG_FUNCTION_ARGS)
{
	PadvOptions options;
	Request		request = {0};
	char	  **queries;
	double	   *weights;
	int			n;

	InitMaterializedSRF(fcinfo, 0);
	request.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	queries = padv_text_array(fcinfo, 0, "queries", &n);
	weights = PG_ARGISNULL(1) ? NULL : padv_weights(fcinfo, 1, n);
	padv_options(fcinfo, 2, 3, &options);
	request.dismissed = padv_dismissed(fcinfo);
	request.workload = padv_workload_given(n, queries, weights);
	request.set = padv_advise(request.workload, &options);
	put_all(&request, padv_correlated(request.workload, request.set), NIL);
	return (Datum) 0;
}

Datum
perfadvisor_advise(PG_FUNCTION_ARGS)
{
	return padv_answer(advise, fcinfo);
}
