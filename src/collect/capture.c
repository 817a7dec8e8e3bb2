/*-------------------------------------------------------------------------
 *
 * capture.c
 *	  The text of a statement that is not recorded yet.
 *
 * Core keeps the text that a statement came with, and in the trees made from
 * it the locations of constants and parameters.  Normally this is done as the
 * statement is planned, from the Query, where everything still stands as it
 * was written.  When a plan that was made earlier runs after the statement
 * has been forgotten, there is only the plan, which knows the parameters at
 * best: then whatever looks like a constant is taken for one.
 *
 * Views and rules bring parts of other texts into a tree, but without their
 * locations.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/meaning.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "collect/collect_private.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

typedef struct Capture
{
	PadvMarks	marks;
	int			size;
	bool		constants;		/* mark them */
	int			equals;			/* location of an "=" to ask about, or -1 */
	bool		compares;		/* it is an operator */
} Capture;

/* ---- marking ---- */

static PadvMark *
add_mark(Capture *capture, int location, Oid type)
{
	PadvMarks  *marks = &capture->marks;
	PadvMark   *mark;

	if (marks->n == capture->size)
	{
		capture->size = Max(16, capture->size * 2);
		if (marks->items == NULL)
			marks->items = palloc(capture->size * sizeof(PadvMark));
		else
			marks->items = repalloc(marks->items,
									capture->size * sizeof(PadvMark));
	}
	mark = &marks->items[marks->n++];
	memset(mark, 0, sizeof(PadvMark));
	mark->location = location;
	mark->type = type;
	return mark;
}

static void
mark_param(Capture *capture, Param *param, bool field)
{
	PadvMark   *mark;

	if (param->paramkind != PARAM_EXTERN || param->paramid <= 0)
		return;
	capture->marks.highest = Max(capture->marks.highest, param->paramid);
	if (param->location < 0)
		return;
	mark = add_mark(capture, param->location, param->paramtype);
	mark->param = param->paramid;
	mark->field = field;
}

static bool
mark_walker(Node *node, Capture *capture)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Const:
			if (capture->constants && ((Const *) node)->location >= 0)
				add_mark(capture, ((Const *) node)->location,
						 ((Const *) node)->consttype);
			return false;
		case T_Param:
			mark_param(capture, (Param *) node, false);
			return false;
		case T_FieldSelect:
			if (IsA(((FieldSelect *) node)->arg, Param))
				mark_param(capture, (Param *) ((FieldSelect *) node)->arg, true);
			break;
		case T_OpExpr:
			if (capture->equals >= 0 &&
				((OpExpr *) node)->location == capture->equals)
				capture->compares = true;
			break;
		case T_ScalarArrayOpExpr:
			if (capture->equals >= 0 &&
				((ScalarArrayOpExpr *) node)->location == capture->equals)
				capture->compares = true;
			break;
		case T_Query:
			return query_tree_walker((Query *) node, mark_walker, capture,
									 QTW_IGNORE_JOINALIASES);
		default:
			break;
	}
	return expression_tree_walker(node, mark_walker, capture);
}

/* Parameters come before constants, fields before whole values. */
static int
compare_marks(const void *a, const void *b)
{
	const PadvMark *left = a;
	const PadvMark *right = b;

	if (left->location != right->location)
		return left->location < right->location ? -1 : 1;
	if (left->param != right->param)
		return left->param > right->param ? -1 : 1;
	return (int) right->field - (int) left->field;
}

/*
 * A row variable stands for each of its fields at once: its name cannot be
 * replaced by any one of them.
 */
static void
sort_marks(PadvMarks *marks)
{
	int			kept = 0;

	if (marks->n > 1)
		qsort(marks->items, marks->n, sizeof(PadvMark), compare_marks);
	for (int i = 0; i < marks->n; i++)
	{
		PadvMark   *mark = &marks->items[i];
		PadvMark   *last = kept > 0 ? &marks->items[kept - 1] : NULL;

		if (last == NULL || last->location != mark->location)
			marks->items[kept++] = *mark;
		else if (mark->param > 0 && mark->param != last->param)
			last->skip = true;
	}
	marks->n = kept;
}

/* ---- plans ---- */

/* What a plan node holds besides the lists that all nodes have. */
static void
mark_plan_node(Plan *plan, Capture *capture)
{
	mark_walker((Node *) plan->targetlist, capture);
	mark_walker((Node *) plan->qual, capture);
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			mark_walker((Node *) ((IndexScan *) plan)->indexqualorig, capture);
			mark_walker((Node *) ((IndexScan *) plan)->indexorderbyorig, capture);
			break;
		case T_IndexOnlyScan:
			mark_walker((Node *) ((IndexOnlyScan *) plan)->indexqual, capture);
			break;
		case T_BitmapHeapScan:
			mark_walker((Node *) ((BitmapHeapScan *) plan)->bitmapqualorig, capture);
			break;
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
			mark_walker((Node *) ((Join *) plan)->joinqual, capture);
			break;
		case T_Result:
			mark_walker(((Result *) plan)->resconstantqual, capture);
			break;
		case T_Limit:
			mark_walker(((Limit *) plan)->limitCount, capture);
			mark_walker(((Limit *) plan)->limitOffset, capture);
			break;
		case T_FunctionScan:
			mark_walker((Node *) ((FunctionScan *) plan)->functions, capture);
			break;
		case T_ValuesScan:
			mark_walker((Node *) ((ValuesScan *) plan)->values_lists, capture);
			break;
		case T_TidScan:
			mark_walker((Node *) ((TidScan *) plan)->tidquals, capture);
			break;
		default:
			break;
	}
}

static void mark_plans(List *plans, Capture *capture);

static void
mark_plan(Plan *plan, Capture *capture)
{
	if (plan == NULL)
		return;
	check_stack_depth();
	mark_plan_node(plan, capture);
	mark_plan(plan->lefttree, capture);
	mark_plan(plan->righttree, capture);
	if (IsA(plan, Append))
		mark_plans(((Append *) plan)->appendplans, capture);
	else if (IsA(plan, MergeAppend))
		mark_plans(((MergeAppend *) plan)->mergeplans, capture);
	else if (IsA(plan, SubqueryScan))
		mark_plan(((SubqueryScan *) plan)->subplan, capture);
}

static void
mark_plans(List *plans, Capture *capture)
{
	ListCell   *lc;

	foreach(lc, plans)
		mark_plan(lfirst(lc), capture);
}

/* ---- texts ---- */

/* Types of parameters that stand nowhere in the tree any more. */
static void
complete_types(PadvText *text, ParamListInfo params)
{
	if (params == NULL || params->paramFetch != NULL)
		return;
	for (int i = 0; i < Min(text->nparams, params->numParams); i++)
	{
		if (OidIsValid(params->params[i].ptype))
			((Oid *) text->param_types)[i] = params->params[i].ptype;
	}
}

/* "=" in an expression of PL/pgSQL assigns unless it is an operator. */
static void
settle_assignment(const Capture *capture, PadvSpan *span)
{
	if (span->equals >= 0 && !capture->compares)
		span->start = span->after_equals;
}

/* Reads the text up to where the statement is found. */
static void
open_text(const char *string, int location, int len, PadvTokens *tokens,
		  PadvSpan *span, int *offset)
{
	const char *text;

	text = CleanQuerytext(string, &location, &len);
	padv_tokens_open(tokens, text, len);
	padv_span_find(tokens, span);
	*offset = location;
}

static PadvText *
make_text(PadvTokens *tokens, PadvSpan *span, int offset, Capture *capture,
		  ParamListInfo params)
{
	PadvText   *text = palloc0(sizeof(PadvText));

	settle_assignment(capture, span);
	sort_marks(&capture->marks);
	capture->marks.constants = capture->constants;
	padv_rewrite(tokens, span, offset, &capture->marks, text);
	complete_types(text, params);
	text->search_path = pstrdup(namespace_search_path);
	text->settings = padv_meaning_note();
	return text;
}

PadvText *
padv_capture_query(Query *query, const char *string, int location, int len,
				   ParamListInfo params)
{
	Capture		capture = {.constants = true};
	PadvTokens	tokens;
	PadvSpan	span;
	int			offset;

	open_text(string, location, len, &tokens, &span, &offset);
	capture.equals = span.equals < 0 ? -1 : span.equals + offset;
	mark_walker((Node *) query, &capture);
	return make_text(&tokens, &span, offset, &capture, params);
}

PadvText *
padv_capture_plan(PlannedStmt *stmt, const char *string, int location,
				  int len, ParamListInfo params)
{
	Capture		capture = {.constants = false};
	PadvTokens	tokens;
	PadvSpan	span;
	int			offset;

	open_text(string, location, len, &tokens, &span, &offset);
	capture.equals = span.equals < 0 ? -1 : span.equals + offset;
	mark_plan(stmt->planTree, &capture);
	mark_plans(stmt->subplans, &capture);
	return make_text(&tokens, &span, offset, &capture, params);
}
