/*-------------------------------------------------------------------------
 *
 * predicate.c
 *	  What one clause of a plan says about the columns in it.
 *
 * A comparison is told as "target operator": the target stands on the left,
 * and what it is compared with only decides whether this is a filter (a
 * constant, a parameter of the statement, the result of an uncorrelated
 * subquery) or a join (a column of another table, or a parameter by which a
 * node above passes one).  With columns on both sides, it is told twice.
 *
 * In an OR, each arm is told.  What fits none of these shapes is told as a
 * whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "collect/collect_private.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

/* A clause, and where it stands. */
typedef struct ClauseContext
{
	PadvWalk   *walk;
	PlanState  *ps;
	const PadvRows *rows;
} ClauseContext;

/* One side of a comparison. */
typedef struct Side
{
	Node	   *expr;			/* resolved */
	int			table;			/* range table index; 0: none; -1: several */
	bool		inner;			/* from the inner side of a join */
	bool		outside;		/* has a parameter that a node above sets */
	bool		computed;		/* has aggregates: no table's own */
	bool		odd;			/* cannot be a target */
} Side;

static void clause_fact(ClauseContext *context, Node *clause);

/* ---- sides ---- */

typedef struct SideContext
{
	PadvWalk   *walk;
	Side	   *side;
} SideContext;

static bool
side_walker(Node *node, SideContext *context)
{
	Side	   *side = context->side;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			if (side->table == 0)
				side->table = ((Var *) node)->varno;
			else if (side->table != ((Var *) node)->varno)
				side->table = -1;
			return false;
		case T_Param:
			if (((Param *) node)->paramkind == PARAM_EXEC &&
				!bms_is_member(((Param *) node)->paramid,
							   context->walk->initparams))
				side->outside = true;
			return false;
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
			side->computed = side->odd = true;
			break;
		case T_SubPlan:
		case T_AlternativeSubPlan:
			side->odd = true;
			break;
		default:
			break;
	}
	return expression_tree_walker(node, side_walker, context);
}

static bool
inner_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return (int) ((Var *) node)->varno == INNER_VAR;
	return expression_tree_walker(node, inner_walker, context);
}

static void
look_at_side(ClauseContext *context, Node *expr, Side *side)
{
	SideContext inspect = {context->walk, side};

	memset(side, 0, sizeof(Side));
	side->inner = inner_walker(expr, NULL);
	side->expr = padv_target_resolve(context->walk, context->ps, expr);
	if (side->expr == NULL)
	{
		/* columns of something that is no table */
		side->odd = true;
		side->table = -1;
		return;
	}
	side_walker(side->expr, &inspect);
	if (side->table != 0 && side->outside)
		side->odd = true;
}

/* ---- facts ---- */

static void
add_fact(ClauseContext *context, const Side *side, PadvRole role,
		 PadvTest test, Oid opno, PadvLater later)
{
	const PadvRows *rows = context->rows;
	PadvTarget	target;

	if (!padv_target_describe(context->walk, side->expr,
							  test == PADV_TEST_OTHER, &target))
		return;
	padv_fact_add(context->walk, context->ps, &target, role, test, opno, later, false,
				  side->inner ? rows->in_inner : rows->in, rows->out);
}

/* A clause that is told as a whole. */
static void
whole_clause(ClauseContext *context, Node *clause)
{
	Side		side;

	look_at_side(context, clause, &side);
	if (side.expr == NULL || side.table == 0 || side.computed)
		return;
	add_fact(context, &side, side.table > 0 && !side.outside ?
			 PADV_ROLE_FILTER : PADV_ROLE_JOIN,
			 PADV_TEST_OTHER, InvalidOid, PADV_LATER_NOTHING);
}

/*
 * The outer side of a join whose inner side is a scan with a parameter: the
 * parameter stands for a column of the outer side.
 */
static void
nestloop_outer_side(ClauseContext *context, const Side *param, Oid opno,
					PadvTest test, PadvLater later)
{
	PadvWalk   *walk = context->walk;
	ListCell   *lc;
	ListCell   *lc2;

	if (param->expr == NULL || !IsA(param->expr, Param))
		return;
	foreach(lc, walk->nestloops)
	{
		PlanState  *join = lfirst(lc);

		foreach(lc2, ((NestLoop *) join->plan)->nestParams)
		{
			NestLoopParam *passed = lfirst(lc2);
			PadvRows	rows = {.in = padv_node_rows(outerPlanState(join))};
			ClauseContext above = {walk, join, &rows};
			Side		side;

			if (passed->paramno != ((Param *) param->expr)->paramid)
				continue;
			rows.out = padv_node_rows(join);
			look_at_side(&above, (Node *) passed->paramval, &side);
			if (side.table > 0 && !side.odd)
				add_fact(&above, &side, PADV_ROLE_JOIN, test, opno, later);
			return;
		}
	}
}

/* "left operator right", each side a fact if it is about one table. */
static void
comparison(ClauseContext *context, Node *clause, Node *left, Node *right,
		   Oid opno, PadvTest test, PadvLater later)
{
	/* "x = ANY (array)" cannot be turned round */
	PadvLater	turned = test == PADV_TEST_OPERATOR ?
		PADV_LATER_COMMUTE : later;
	bool		told = false;
	Side		sides[2];

	look_at_side(context, left, &sides[0]);
	look_at_side(context, right, &sides[1]);
	for (int i = 0; i < 2; i++)
	{
		Side	   *side = &sides[i];
		Side	   *other = &sides[1 - i];
		bool		joins = other->table != 0 || other->outside;

		if (side->table > 0 && !side->odd && side->table != other->table)
		{
			add_fact(context, side,
					 joins ? PADV_ROLE_JOIN : PADV_ROLE_FILTER,
					 test, opno, i == 0 ? later : turned);
			told = true;
		}
		else if (side->table == 0 && side->outside)
			nestloop_outer_side(context, side, opno, test,
								i == 0 ? later : turned);
	}
	if (!told)
		whole_clause(context, clause);
}

/* A test of one operand: IS NULL, a bare boolean. */
static void
unary_test(ClauseContext *context, Node *clause, Node *operand, PadvTest test)
{
	Side		side;

	look_at_side(context, operand, &side);
	if (side.odd || side.table < 0)
		whole_clause(context, clause);
	else if (side.table > 0)
		add_fact(context, &side, PADV_ROLE_FILTER, test, InvalidOid,
				 PADV_LATER_NOTHING);
}

/* ---- shapes ---- */

/* The planner makes "flag = true" of a bare boolean to find its index. */
static bool
boolean_equality(ClauseContext *context, OpExpr *clause)
{
	Node	   *left = linitial(clause->args);
	Node	   *right = lsecond(clause->args);

	if (clause->opno != BooleanEqualOperator || !IsA(right, Const) ||
		((Const *) right)->constisnull)
		return false;
	unary_test(context, (Node *) clause, left,
			   DatumGetBool(((Const *) right)->constvalue) ?
			   PADV_TEST_TRUE : PADV_TEST_FALSE);
	return true;
}

static void
operator_clause(ClauseContext *context, OpExpr *clause)
{
	if (list_length(clause->args) != 2)
		whole_clause(context, (Node *) clause);
	else if (!boolean_equality(context, clause))
		comparison(context, (Node *) clause, linitial(clause->args),
				   lsecond(clause->args), clause->opno, PADV_TEST_OPERATOR,
				   PADV_LATER_NOTHING);
}

static void
array_clause(ClauseContext *context, ScalarArrayOpExpr *clause)
{
	comparison(context, (Node *) clause, linitial(clause->args),
			   lsecond(clause->args), clause->opno,
			   clause->useOr ? PADV_TEST_ANY : PADV_TEST_ALL,
			   PADV_LATER_NOTHING);
}

static void
row_clause(ClauseContext *context, RowCompareExpr *clause)
{
	ListCell   *left;
	ListCell   *right;
	ListCell   *opno;

	forthree(left, clause->largs, right, clause->rargs, opno, clause->opnos)
		comparison(context, (Node *) clause, lfirst(left), lfirst(right),
				   lfirst_oid(opno), PADV_TEST_OPERATOR, PADV_LATER_NOTHING);
}

static void
null_clause(ClauseContext *context, NullTest *clause)
{
	if (clause->argisrow)
		whole_clause(context, (Node *) clause);
	else
		unary_test(context, (Node *) clause, (Node *) clause->arg,
				   clause->nulltesttype == IS_NULL ?
				   PADV_TEST_IS_NULL : PADV_TEST_IS_NOT_NULL);
}

static void
boolean_test(ClauseContext *context, BooleanTest *clause)
{
	PadvTest	test;

	switch (clause->booltesttype)
	{
		case IS_TRUE:
			test = PADV_TEST_TRUE;
			break;
		case IS_FALSE:
			test = PADV_TEST_FALSE;
			break;
		case IS_UNKNOWN:
			test = PADV_TEST_IS_NULL;
			break;
		case IS_NOT_UNKNOWN:
			test = PADV_TEST_IS_NOT_NULL;
			break;
		default:
			whole_clause(context, (Node *) clause);
			return;
	}
	unary_test(context, (Node *) clause, (Node *) clause->arg, test);
}

/*
 * "x IN (SELECT …)" that was not made a join: the subquery's output is a
 * parameter of the comparison, so that it looks like a join.
 */
static void
subplan_clause(ClauseContext *context, SubPlan *subplan, bool negated)
{
	OpExpr	   *test = (OpExpr *) subplan->testexpr;

	if (subplan->subLinkType != ANY_SUBLINK || test == NULL ||
		!IsA(test, OpExpr) || list_length(test->args) != 2)
		whole_clause(context, (Node *) subplan);
	else
		comparison(context, (Node *) subplan, linitial(test->args),
				   lsecond(test->args), test->opno,
				   negated ? PADV_TEST_ALL : PADV_TEST_ANY,
				   negated ? PADV_LATER_NEGATE : PADV_LATER_NOTHING);
}

static bool
is_plain_boolean(Node *node)
{
	switch (nodeTag(node))
	{
		case T_Var:
		case T_FuncExpr:
		case T_CoerceViaIO:
		case T_FieldSelect:
		case T_SubscriptingRef:
			return true;
		default:
			return false;
	}
}

static void
not_clause(ClauseContext *context, BoolExpr *clause)
{
	Node	   *operand = linitial(clause->args);

	if (IsA(operand, SubPlan))
		subplan_clause(context, (SubPlan *) operand, true);
	else if (is_plain_boolean(operand))
		unary_test(context, (Node *) clause, operand, PADV_TEST_FALSE);
	else
		whole_clause(context, (Node *) clause);
}

static void
boolean_clause(ClauseContext *context, BoolExpr *clause)
{
	ListCell   *lc;

	if (clause->boolop == NOT_EXPR)
	{
		not_clause(context, clause);
		return;
	}
	foreach(lc, clause->args)
		clause_fact(context, lfirst(lc));
}

static void
clause_fact(ClauseContext *context, Node *clause)
{
	check_stack_depth();
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			operator_clause(context, (OpExpr *) clause);
			break;
		case T_ScalarArrayOpExpr:
			array_clause(context, (ScalarArrayOpExpr *) clause);
			break;
		case T_RowCompareExpr:
			row_clause(context, (RowCompareExpr *) clause);
			break;
		case T_NullTest:
			null_clause(context, (NullTest *) clause);
			break;
		case T_BooleanTest:
			boolean_test(context, (BooleanTest *) clause);
			break;
		case T_BoolExpr:
			boolean_clause(context, (BoolExpr *) clause);
			break;
		case T_SubPlan:
			subplan_clause(context, (SubPlan *) clause, false);
			break;
		case T_Const:
		case T_Param:
			break;
		default:
			if (is_plain_boolean(clause))
				unary_test(context, clause, clause, PADV_TEST_TRUE);
			else
				whole_clause(context, clause);
			break;
	}
}

void
padv_predicate_clauses(PadvWalk *walk, PlanState *ps, List *clauses,
					   const PadvRows *rows)
{
	ClauseContext context = {walk, ps, rows};
	ListCell   *lc;

	foreach(lc, clauses)
		clause_fact(&context, lfirst(lc));
}
