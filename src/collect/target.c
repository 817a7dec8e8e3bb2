/*-------------------------------------------------------------------------
 *
 * target.c
 *	  What a fact is about: a column or an expression of one table.
 *
 * Above the scans, the columns in a plan are the outputs of lower nodes.
 * They are traced down through target lists, as EXPLAIN does, to columns of
 * base tables; what comes from a function, a VALUES list or an aggregate is
 * not about a table.  Then they are traced up again, from partitions to the
 * table that the statement names.
 *
 * The text of an expression must be the same each time, as facts are found by
 * it, so that it has no locations.  That of a whole clause has no constants
 * either.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_class.h"
#include "collect/collect_private.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_relation.h"
#include "utils/rel.h"

#define PADV_TARGET_TEXT	2048

/* ---- tracing down ---- */

typedef struct ResolveContext
{
	PadvWalk   *walk;
	PlanState  *ps;
	bool		failed;
} ResolveContext;

static Node *resolve_output(PadvWalk *walk, PlanState *child, AttrNumber resno);

/* Same column of the same table, perhaps by way of different partitions? */
static bool
same_column(PadvWalk *walk, Node *a, Node *b)
{
	Index		rti[2];
	AttrNumber	attno[2];

	if (a == NULL || b == NULL || !IsA(a, Var) || !IsA(b, Var))
		return false;
	rti[0] = ((Var *) a)->varno;
	rti[1] = ((Var *) b)->varno;
	attno[0] = ((Var *) a)->varattno;
	attno[1] = ((Var *) b)->varattno;
	for (int i = 0; i < 2; i++)
		padv_parent_column(walk->parents, walk->rtable, &rti[i], &attno[i]);
	return rti[0] == rti[1] && attno[0] == attno[1];
}

/*
 * An output of Append: of all partitions the same column, of the branches of
 * a UNION not.  It is enough to look at two of them.
 */
static Node *
resolve_append(PadvWalk *walk, PlanState **children, int n, AttrNumber resno)
{
	Node	   *first;

	if (n == 0)
		return NULL;
	first = resolve_output(walk, children[0], resno);
	if (first == NULL || n == 1)
		return first;
	if (!same_column(walk, first,
					 resolve_output(walk, children[n - 1], resno)))
		return NULL;
	return first;
}

/* An output of a node that is below the one where it is used. */
static Node *
resolve_output(PadvWalk *walk, PlanState *child, AttrNumber resno)
{
	TargetEntry *tle;

	if (child == NULL)
		return NULL;
	check_stack_depth();
	if (IsA(child, AppendState))
		return resolve_append(walk, ((AppendState *) child)->appendplans,
							  ((AppendState *) child)->as_nplans, resno);
	if (IsA(child, MergeAppendState))
		return resolve_append(walk, ((MergeAppendState *) child)->mergeplans,
							  ((MergeAppendState *) child)->ms_nplans, resno);
	tle = get_tle_by_resno(child->plan->targetlist, resno);
	if (tle == NULL)
		return NULL;
	return padv_target_resolve(walk, child, (Node *) tle->expr);
}

/* A column of a range table entry that is not a table. */
static Node *
resolve_derived(PadvWalk *walk, PlanState *ps, Var *var)
{
	if (IsA(ps, SubqueryScanState))
		return resolve_output(walk, ((SubqueryScanState *) ps)->subplan,
							  var->varattno);
	if (IsA(ps, CteScanState))
		return resolve_output(walk, ((CteScanState *) ps)->cteplanstate,
							  var->varattno);
	return NULL;
}

static Node *
resolve_var(PadvWalk *walk, PlanState *ps, Var *var)
{
	TargetEntry *tle;

	switch ((int) var->varno)
	{
		case OUTER_VAR:
			if (IsA(ps, AppendState) || IsA(ps, MergeAppendState))
				return resolve_output(walk, ps, var->varattno);
			return resolve_output(walk, outerPlanState(ps), var->varattno);
		case INNER_VAR:
			return resolve_output(walk, innerPlanState(ps), var->varattno);
		case INDEX_VAR:
			if (!IsA(ps, IndexOnlyScanState))
				return NULL;
			tle = get_tle_by_resno(((IndexOnlyScan *) ps->plan)->indextlist,
								   var->varattno);
			return tle == NULL ? NULL : (Node *) tle->expr;
		default:
			break;
	}
	if ((int) var->varno <= 0 || var->varno > list_length(walk->rtable))
		return NULL;
	if (rt_fetch(var->varno, walk->rtable)->rtekind == RTE_RELATION)
		return (Node *) var;
	return resolve_derived(walk, ps, var);
}

static Node *
resolve_mutator(Node *node, ResolveContext *context)
{
	if (node == NULL || context->failed)
		return NULL;
	if (IsA(node, Var))
	{
		Node	   *found = resolve_var(context->walk, context->ps, (Var *) node);

		if (found == NULL)
			context->failed = true;
		return found;
	}
	return expression_tree_mutator(node, resolve_mutator, context);
}

Node *
padv_target_resolve(PadvWalk *walk, PlanState *ps, Node *expr)
{
	ResolveContext context = {walk, ps, false};
	Node	   *resolved = resolve_mutator(expr, &context);

	return context.failed ? NULL : resolved;
}

/* ---- tables ---- */

bool
padv_table_kept(EState *estate, List *rtable, Index rti)
{
	RangeTblEntry *rte = rt_fetch(rti, rtable);
	Relation	rel;

	if (rte->rtekind != RTE_RELATION || rte->relid < FirstNormalObjectId)
		return false;
	if (rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW &&
		rte->relkind != RELKIND_PARTITIONED_TABLE)
		return false;
	rel = estate->es_relations == NULL ? NULL : estate->es_relations[rti - 1];
	return rel == NULL ||
		rel->rd_rel->relpersistence != RELPERSISTENCE_TEMP;
}

/* ---- texts ---- */

typedef struct TextContext
{
	PadvWalk   *walk;
	Index		rti;			/* all columns must be of this entry; 0: any */
	bool		whole;			/* constants become parameters */
	int			nparams;
	bool		failed;
} TextContext;

/* The columns as those of table 1. */
static Node *
text_var(Var *var, TextContext *context)
{
	Index		rti = var->varno;
	AttrNumber	attno = var->varattno;

	padv_parent_column(context->walk->parents, context->walk->rtable,
					   &rti, &attno);
	if (context->rti == 0)
		context->rti = rti;
	if (attno == 0 || rti != context->rti)
		context->failed = true;
	return (Node *) makeVar(1, attno, var->vartype, var->vartypmod,
							var->varcollid, 0);
}

static Node *
text_constant(Const *constant, TextContext *context)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = ++context->nparams;
	param->paramtype = constant->consttype;
	param->paramtypmod = constant->consttypmod;
	param->paramcollid = constant->constcollid;
	param->location = -1;
	return (Node *) param;
}

static Node *
text_mutator(Node *node, TextContext *context)
{
	if (node == NULL || context->failed)
		return NULL;
	switch (nodeTag(node))
	{
		case T_Var:
			return text_var((Var *) node, context);
		case T_Const:
			if (context->whole)
				return text_constant((Const *) node, context);
			break;
		case T_Param:
			context->failed |= ((Param *) node)->paramkind != PARAM_EXTERN;
			break;
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_CurrentOfExpr:
			context->failed = true;
			return NULL;
		default:
			break;
	}
	return expression_tree_mutator(node, text_mutator, context);
}

/* Makes each ":location 123" of a node's text ":location 0", in place. */
static void
forget_locations(char *text)
{
	static const char label[] = ":location ";
	const Size	len = sizeof(label) - 1;
	const char *from = text;
	char	   *to = text;

	while (*from != '\0')
	{
		bool		found = strncmp(from, label, len) == 0;

		*to++ = *from++;
		if (!found)
			continue;
		memmove(to, from, len - 1);
		to += len - 1;
		from += len - 1;
		*to++ = '0';
		from += strspn(from, "-0123456789");
	}
	*to = '\0';
}

/* NULL: it has no text of its own, or too long a one. */
static char *
expression_text(TextContext *context, Node *expr)
{
	Node	   *copy = text_mutator(expr, context);
	char	   *text;

	if (context->failed || context->rti == 0)
		return NULL;
	text = nodeToString(copy);
	if (strlen(text) > PADV_TARGET_TEXT)
		return NULL;
	forget_locations(text);
	return text;
}

/* ---- the door ---- */

/* The entry that the first column is of. */
static bool
first_table_walker(Node *node, Index *rti)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		*rti = ((Var *) node)->varno;
		return true;
	}
	return expression_tree_walker(node, first_table_walker, rti);
}

bool
padv_target_describe(PadvWalk *walk, Node *expr, bool whole,
					 PadvTarget *target)
{
	TextContext context = {.walk = walk, .whole = whole};
	Index		rti = 0;

	memset(target, 0, sizeof(PadvTarget));
	first_table_walker(expr, &rti);
	if (rti == 0 || !padv_table_kept(walk->estate, walk->rtable, rti))
		return false;
	while (!whole && IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	if (!whole && IsA(expr, Var))
	{
		target->attno = ((Var *) expr)->varattno;
		padv_parent_column(walk->parents, walk->rtable, &rti, &target->attno);
		target->relid = rt_fetch(rti, walk->rtable)->relid;
		return target->attno > 0;
	}
	target->text = expression_text(&context, expr);
	rti = context.rti != 0 ? context.rti : rti;
	target->relid = rt_fetch(rti, walk->rtable)->relid;
	return true;
}
