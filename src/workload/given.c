/*-------------------------------------------------------------------------
 *
 * given.c
 *	  Statements that the caller gives as texts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "workload/workload_private.h"

/*
 * Whoever plans a statement for something else than the plan need not search
 * long for the order of its joins; a statement of many tables spends its time
 * there.  To be undone by AtEOXact_GUC().
 */
static int
take_any_join_order(void)
{
	static const char *const settings[][2] = {
		{"geqo", "on"}, {"geqo_threshold", "5"},
		{"geqo_pool_size", "2"}, {"geqo_generations", "1"}
	};
	int			nestlevel = NewGUCNestLevel();

	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
	return nestlevel;
}

/*
 * Plans once to learn what rights the statement needs, as EXPLAIN does: who
 * may not read a table may not learn of it here either.
 */
static void
check_rights(Query *query, const char *text)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "perfadvisor rights",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Query	   *copy = copyObject(query);
	int			nestlevel = take_any_join_order();
	PlannedStmt *plan;

	copy->queryId = 0;
	plan = padv_pg_plan_query(copy, text, CURSOR_OPT_PARALLEL_OK, NULL);
	AtEOXact_GUC(false, nestlevel);
	(void) padv_check_permissions(plan, true);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* Error positions count in the given text, not in the client's statement. */
static void
text_context(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery((const char *) arg);
	}
}

PadvStatement *
padv_statement_given(const char *text, double weight)
{
	PadvStatement *stmt = palloc0(sizeof(PadvStatement));
	ErrorContextCallback callback;
	List	   *queries;
	ListCell   *lc;

	callback.callback = text_context;
	callback.arg = unconstify(char *, text);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	stmt->given = true;
	stmt->userid = stmt->role = GetUserId();
	stmt->query = text;
	stmt->calls = weight;
	queries = padv_analyze_text(text, 0, NULL, &stmt->queryid);
	foreach(lc, queries)
	{
		PadvInstance *instance = palloc0(sizeof(PadvInstance));

		instance->query = lfirst_node(Query, lc);
		instance->share = 1.0;
		check_rights(instance->query, text);
		stmt->instances = lappend(stmt->instances, instance);
	}
	error_context_stack = callback.previous;
	return stmt;
}

/* Names the element at fault in the context of an error. */
static void
element_context(void *arg)
{
	errcontext("element %d of \"queries\"", *(int *) arg);
}

PadvWorkload *
padv_workload_given(int n, char **queries, const double *weights)
{
	PadvWorkload *workload = palloc0(sizeof(PadvWorkload));
	ErrorContextCallback callback;
	int			element = 0;

	callback.callback = element_context;
	callback.arg = &element;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	for (int i = 0; i < n; i++)
	{
		PadvStatement *stmt;

		CHECK_FOR_INTERRUPTS();
		element = i + 1;
		stmt = padv_statement_given(queries[i],
									weights == NULL ? 1.0 : weights[i]);
		/* without core's identifier the position tells which it is */
		if (stmt->queryid == 0)
			stmt->queryid = i + 1;
		workload->statements = lappend(workload->statements, stmt);
	}
	error_context_stack = callback.previous;
	return workload;
}
