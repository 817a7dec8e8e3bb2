/*-------------------------------------------------------------------------
 *
 * whatif.c
 *	  One planner call under a set of hypothetical and hidden indexes.
 *
 * The scope belongs to one planner call and not to a stretch of time.
 * Planning folds constants, which may run functions that plan statements of
 * their own; those are really executed and must not see an index that does
 * not exist.  The hooks therefore look at whose query it is: the topmost
 * PlannerInfo must carry the Query that padv_whatif_plan() handed over.  It may
 * be a copy by then (PostgreSQL 18 makes one where virtual generated columns are
 * replaced), and is known by a place in the text that no other statement has.
 *
 * The stack of calls is unwound in PG_FINALLY, so that nothing of a call
 * outlives an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "whatif/whatif_private.h"
#include "base/compat.h"
#include "base/guc.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "optimizer/paths.h"
#include "tcop/dest.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* A planner or EXPLAIN call in progress; on the stack of its caller. */
typedef struct WhatifCall
{
	const PadvScope *scope;		/* NULL: plan as things are */
	int			mark;			/* of what is planned; 0 while explaining */
	MemoryContext context;		/* of what is noted meanwhile */
	int64		joins;			/* ways to join that were looked at */
	int			searches;		/* for join orders, so far */
	List	   *reads;			/* ways to read by an index, see risk.c */
	List	   *keys;			/* joins on several columns, likewise */
	List	   *roots;			/* query levels of which these were noted */
	struct WhatifCall *outer;
} WhatifCall;

static WhatifCall *current_call = NULL;

static PadvRelationHook prev_relation_hook = NULL;
static set_rel_pathlist_hook_type prev_set_rel_pathlist_hook = NULL;
static set_join_pathlist_hook_type prev_set_join_pathlist_hook = NULL;
static explain_get_index_name_hook_type prev_index_name_hook = NULL;

/* The call that plans this query level, or NULL if it is not ours. */
static WhatifCall *
call_of(PlannerInfo *root)
{
	if (current_call == NULL || current_call->scope == NULL ||
		current_call->mark == 0)
		return NULL;
	while (root->parent_root != NULL)
		root = root->parent_root;
	return root->parse->stmt_location == current_call->mark ? current_call : NULL;
}

static void
relation_hook(PADV_RELATION_HOOK_PARAMS)
{
	WhatifCall *call;

	if (prev_relation_hook)
		prev_relation_hook(PADV_RELATION_HOOK_ARGS);
	call = call_of(root);
	if (call == NULL)
		return;
	if (call->scope->hide != NIL)
		padv_hypo_hide(rel, call->scope->hide);
	if (call->scope->add != NIL && !PADV_RELATION_HOOK_INH &&
		OidIsValid(PADV_RELATION_HOOK_RELID))
		padv_hypo_add(rel, PADV_RELATION_HOOK_RELID, call->scope->add);
}

static void
pathlist_hook(PlannerInfo *root, RelOptInfo *rel, Index rti,
			  RangeTblEntry *rte)
{
	WhatifCall *call;

	if (prev_set_rel_pathlist_hook)
		prev_set_rel_pathlist_hook(root, rel, rti, rte);
	call = call_of(root);
	if (call == NULL || rte->rtekind != RTE_RELATION)
		return;
	padv_risk_note(&call->reads, root, rel, rte->relid,
				   call->scope->suspicious);
	if (call->scope->visit != NULL)
		call->scope->visit(root, rel, rti, rte, call->scope->visit_arg);
}

/* Counts what planning spends its time on, the same each time. */
static void
join_pathlist_hook(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
				   RelOptInfo *innerrel, JoinType jointype,
				   JoinPathExtraData *extra)
{
	WhatifCall *call;
	MemoryContext old;

	if (prev_set_join_pathlist_hook)
		prev_set_join_pathlist_hook(root, joinrel, outerrel, innerrel, jointype,
									extra);
	call = call_of(root);
	if (call == NULL)
		return;
	call->joins++;
	if (list_member_ptr(call->roots, root))
		return;
	/* geqo() forgets what was allocated while it tried an order */
	old = MemoryContextSwitchTo(call->context);
	call->roots = lappend(call->roots, root);
	padv_join_keys_note(&call->keys, root,
						call->scope != NULL && call->scope->suspicious);
	MemoryContextSwitchTo(old);
}

/* In place during our own calls only; statements run meanwhile are not ours. */
static RelOptInfo *
join_search(PlannerInfo *root, int levels_needed, List *initial_rels)
{
	WhatifCall *call = call_of(root);

	if (call == NULL)
		return padv_join_search(root, levels_needed, initial_rels, NULL,
								false, 0);
	return padv_join_search(root, levels_needed, initial_rels,
							call->scope->orders, call->scope->known_orders,
							call->searches++);
}

/* Planning needs a snapshot; true if one was pushed for it. */
static bool
push_snapshot(void)
{
	if (ActiveSnapshotSet())
		return false;
	PushActiveSnapshot(GetTransactionSnapshot());
	return true;
}

/* Places that are known are not negative, and -1 stands for an unknown one. */
static int
new_mark(void)
{
	static int	last = -1;

	last = last == PG_INT32_MIN ? -2 : last - 1;
	return last;
}

static PlannedStmt *
plan_in_scope(Query *query, ParamListInfo params, const PadvScope *scope,
			  PadvPlanResult *result)
{
	PlannedStmt *volatile plan = NULL;
	volatile bool was_enabled;
	join_search_hook_type save_hook = join_search_hook;
	WhatifCall	call;

	call.scope = scope;
	call.context = CurrentMemoryContext;
	call.mark = query->stmt_location = new_mark();
	call.joins = 0;
	call.searches = 0;
	call.reads = call.keys = call.roots = NIL;
	call.outer = current_call;
	/* what constant folding executes is not the application's traffic */
	was_enabled = padv_pause_recording();
	PG_TRY();
	{
		current_call = &call;
		/* another extension's search is left alone */
		if (save_hook == NULL && scope != NULL && scope->orders != NULL)
			join_search_hook = join_search;
		plan = padv_pg_plan_query(query, "", CURSOR_OPT_PARALLEL_OK, params);
	}
	PG_FINALLY();
	{
		join_search_hook = save_hook;
		current_call = call.outer;
		padv_resume_recording(was_enabled);
	}
	PG_END_TRY();
	result->joins = call.joins;
	result->risk = padv_plan_risk(plan, call.reads, call.keys, scope);
	return plan;
}

void
padv_whatif_plan(const PadvInstance *instance, const PadvScope *scope,
				 PadvPlanResult *result)
{
	Query	   *query = copyObject(instance->query);
	bool		pushed = push_snapshot();

	query->queryId = 0;
	result->plan = plan_in_scope(query, instance->params, scope, result);
	if (pushed)
		PopActiveSnapshot();

	result->cost = result->plan->planTree->total_cost +
		padv_plan_unpriced(result->plan);
	result->rows = result->plan->planTree->plan_rows;
	result->doubt = padv_plan_doubt(result->plan,
									scope == NULL ? NIL : scope->judged);
	result->used = padv_plan_indexes(result->plan);
}

/* ---- EXPLAIN ---- */

static const char *
index_name_hook(Oid indexoid)
{
	ListCell   *lc;

	if (current_call != NULL && current_call->scope != NULL)
	{
		foreach(lc, current_call->scope->add)
		{
			const PadvIndex *index = lfirst(lc);

			if (index->oid == indexoid)
				return padv_hypo_name(index);
		}
	}
	return prev_index_name_hook ? prev_index_name_hook(indexoid) : NULL;
}

/* What EXPLAIN prints; starts the executor, but never runs it. */
static char *
explain_plan(PlannedStmt *plan)
{
	ExplainState *es = NewExplainState();
	QueryDesc  *desc;

	es->costs = true;
	desc = CreateQueryDesc(plan, "", GetActiveSnapshot(), InvalidSnapshot,
						   None_Receiver, NULL, NULL, 0);
	ExecutorStart(desc, EXEC_FLAG_EXPLAIN_ONLY | PADV_EXEC_FLAG_GENERIC);
	ExplainPrintPlan(es, desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);

	if (es->str->len > 0 && es->str->data[es->str->len - 1] == '\n')
		es->str->data[--es->str->len] = '\0';
	return es->str->data;
}

static char *
explain_in_scope(PlannedStmt *plan, const PadvScope *scope)
{
	explain_get_index_name_hook_type save_hook = explain_get_index_name_hook;
	char	   *text = NULL;
	WhatifCall	call;

	call.scope = scope;
	call.mark = 0;
	call.joins = 0;
	call.searches = 0;
	call.outer = current_call;
	if (save_hook != index_name_hook)
		prev_index_name_hook = save_hook;
	PG_TRY();
	{
		current_call = &call;
		explain_get_index_name_hook = index_name_hook;
		text = explain_plan(plan);
	}
	PG_FINALLY();
	{
		explain_get_index_name_hook = save_hook;
		current_call = call.outer;
	}
	PG_END_TRY();
	return text;
}

char *
padv_whatif_explain(const PadvPlanResult *result, const PadvScope *scope)
{
	bool		pushed = push_snapshot();
	char	   *text;

	padv_plan_forget_pruning(result->plan);
	text = explain_in_scope(result->plan, scope);
	if (pushed)
		PopActiveSnapshot();
	return text;
}

void
padv_whatif_init(void)
{
	prev_relation_hook = padv_relation_hook;
	padv_relation_hook = relation_hook;
	prev_set_rel_pathlist_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = pathlist_hook;
	prev_set_join_pathlist_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = join_pathlist_hook;
}
