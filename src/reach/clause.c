/*-------------------------------------------------------------------------
 *
 * clause.c
 *	  What an index could serve among the clauses on a relation
 *
 * Each clause is taken apart until a column or an expression is compared with
 * something that is not of the relation; see keycolumn.c and method.c for what
 * a comparison is good for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "reach/site.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* Other access methods and operator classes that are tried for a clause. */
#define PADV_MAX_METHODS	8

static void visit_clause(PadvSite *site, Node *clause, double selectivity,
						 bool join);

/* Adds a target for each other method that serves the operator. */
static bool
add_other_targets(PadvSite *site, const PadvTarget *template, Oid type)
{
	Oid			methods[PADV_MAX_METHODS];
	Oid			opclasses[PADV_MAX_METHODS];
	int			n = padv_other_methods(template->opno, type, methods,
									   opclasses, PADV_MAX_METHODS);

	for (int i = 0; i < n; i++)
	{
		PadvTarget	target = *template;

		target.use = PADV_USE_OTHER;
		target.relam = methods[i];
		target.col.opclass = opclasses[i];
		target.col.opfamily = get_opclass_family(opclasses[i]);
		target.col.opcintype = get_opclass_input_type(opclasses[i]);
		padv_site_add(site, &target);
	}
	return n > 0;
}

/* Is it a value that the planner does not know? */
static bool
holds_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) ||
		expression_tree_walker(node, holds_parameter, context);
}

/* "key op other", with the key on either side. */
static void
visit_operator(PadvSite *site, OpExpr *op, double selectivity, bool join)
{
	PadvTarget	target = {.selectivity = selectivity};
	Node	   *left;
	Node	   *right;

	if (list_length(op->args) != 2)
		return;
	left = linitial(op->args);
	right = lsecond(op->args);
	target.opno = op->opno;
	if (!padv_site_is_key(site, left))
	{
		Node	   *swap = left;

		if (!padv_site_is_key(site, right))
			return;
		left = right;
		right = swap;
		target.opno = get_commutator(op->opno);
	}
	if (bms_is_member(site->rti, pull_varnos(site->root, right)) ||
		contain_volatile_functions(right))
		return;
	target.use = PADV_USE_NONE;
	target.known = !holds_parameter(right, NULL);
	if (padv_fill_key(site->rti, left, op->inputcollid, &target.col) &&
		OidIsValid(target.opno) && !padv_lacks_prefix(target.opno, right))
		target.use = padv_classify(target.opno, &target.col);
	if (join && target.use == PADV_USE_EQUAL)
		target.use = PADV_USE_JOIN;
	if ((target.use == PADV_USE_NONE || padv_is_prefix_operator(target.opno)) &&
		OidIsValid(target.opno) &&
		add_other_targets(site, &target, exprType(padv_strip(left))) &&
		target.use == PADV_USE_NONE)
		return;
	padv_site_add(site, &target);
}

/* starts_with() is the function of "^@", and is served like it. */
static void
visit_starts_with(PadvSite *site, FuncExpr *func, double selectivity, bool join)
{
	Oid			opno;

	opno = OpernameGetOprid(list_make2(makeString("pg_catalog"),
									   makeString("^@")), TEXTOID, TEXTOID);
	if (OidIsValid(opno))
		visit_operator(site,
					   (OpExpr *) make_opclause(opno, BOOLOID, false,
												linitial(func->args),
												lsecond(func->args),
												InvalidOid,
												func->inputcollid),
					   selectivity, join);
}

/* Other functions are served by what follows from them. */
static void
visit_function(PadvSite *site, FuncExpr *func, double selectivity, bool join)
{
	if (func->funcid == F_STARTS_WITH)
	{
		visit_starts_with(site, func, selectivity, join);
		return;
	}
	for (int i = 0; i < list_length(func->args); i++)
	{
		List	   *conditions = NIL;
		ListCell   *lc;

		if (padv_site_is_key(site, list_nth(func->args, i)))
			conditions = padv_function_conditions(site->root, site->rel, func, i);
		foreach(lc, conditions)
			visit_clause(site, lfirst(lc), selectivity, join);
	}
}

static void
visit_any(PadvSite *site, ScalarArrayOpExpr *op, double selectivity)
{
	PadvTarget	target = {.selectivity = selectivity, .opno = op->opno};
	Node	   *left = linitial(op->args);

	if (!padv_site_is_key(site, left))
		return;
	target.use = PADV_USE_NONE;
	target.test = op->useOr ? "ANY" : "ALL";
	if (padv_fill_key(site->rti, left, op->inputcollid, &target.col) &&
		op->useOr &&
		padv_classify(op->opno, &target.col) == PADV_USE_EQUAL)
		target.use = PADV_USE_ANY;
	padv_site_add(site, &target);
}

/* IS NULL, IS NOT NULL, boolean columns and their tests. */
static void
visit_test(PadvSite *site, Node *key, PadvUse use, const char *test,
		   double selectivity)
{
	PadvTarget	target = {.selectivity = selectivity, .test = test};

	if (!padv_site_is_key(site, key))
		return;
	target.use = padv_fill_key(site->rti, key, InvalidOid, &target.col) ?
		use : PADV_USE_NONE;
	padv_site_add(site, &target);
}

/* (a, b) > (x, y): a range on the columns in their order. */
static void
visit_row_compare(PadvSite *site, RowCompareExpr *row, double selectivity)
{
	ListCell   *la;
	ListCell   *lo;

	forboth(la, row->largs, lo, row->opnos)
	{
		PadvTarget	target = {.selectivity = selectivity};

		if (!padv_site_is_key(site, lfirst(la)) ||
			!padv_fill_key(site->rti, lfirst(la), InvalidOid, &target.col))
			return;
		target.use = PADV_USE_RANGE;
		target.opno = lfirst_oid(lo);
		padv_site_add(site, &target);
	}
}

/* Each arm of an OR wants an index of its own, joined by a bitmap. */
static void
visit_or(PadvSite *site, List *arms, bool join)
{
	int			outer = site->arm;
	ListCell   *lc;

	foreach(lc, arms)
	{
		Node	   *arm = lfirst(lc);

		site->arm = ++site->arms;
		visit_clause(site, arm,
					 clause_selectivity(site->root, arm, 0, JOIN_INNER, NULL),
					 join);
	}
	site->arm = outer;
}

static void
visit_boolean(PadvSite *site, BoolExpr *expr, double selectivity, bool join)
{
	ListCell   *lc;

	switch (expr->boolop)
	{
		case OR_EXPR:
			visit_or(site, expr->args, join);
			break;
		case AND_EXPR:
			foreach(lc, expr->args)
				visit_clause(site, lfirst(lc), selectivity, join);
			break;
		case NOT_EXPR:
			visit_test(site, linitial(expr->args), PADV_USE_EQUAL, "IS FALSE",
					   selectivity);
			break;
	}
}

static void
visit_boolean_test(PadvSite *site, BooleanTest *test, double selectivity)
{
	switch (test->booltesttype)
	{
		case IS_TRUE:
			visit_test(site, (Node *) test->arg, PADV_USE_EQUAL, "IS TRUE",
					   selectivity);
			break;
		case IS_FALSE:
			visit_test(site, (Node *) test->arg, PADV_USE_EQUAL, "IS FALSE",
					   selectivity);
			break;
		default:
			break;
	}
}

static void
visit_null_test(PadvSite *site, NullTest *test, double selectivity)
{
	bool		isnull = (test->nulltesttype == IS_NULL);

	if (!test->argisrow)
		visit_test(site, (Node *) test->arg,
				   isnull ? PADV_USE_EQUAL : PADV_USE_RANGE,
				   isnull ? "IS NULL" : "IS NOT NULL", selectivity);
}

static void
visit_clause(PadvSite *site, Node *clause, double selectivity, bool join)
{
	check_stack_depth();
	if (IsA(clause, RestrictInfo))
		clause = (Node *) (((RestrictInfo *) clause)->orclause != NULL ?
						   ((RestrictInfo *) clause)->orclause :
						   ((RestrictInfo *) clause)->clause);
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			visit_operator(site, (OpExpr *) clause, selectivity, join);
			break;
		case T_FuncExpr:
			visit_function(site, (FuncExpr *) clause, selectivity, join);
			break;
		case T_ScalarArrayOpExpr:
			visit_any(site, (ScalarArrayOpExpr *) clause, selectivity);
			break;
		case T_BoolExpr:
			visit_boolean(site, (BoolExpr *) clause, selectivity, join);
			break;
		case T_NullTest:
			visit_null_test(site, (NullTest *) clause, selectivity);
			break;
		case T_BooleanTest:
			visit_boolean_test(site, (BooleanTest *) clause, selectivity);
			break;
		case T_RowCompareExpr:
			visit_row_compare(site, (RowCompareExpr *) clause, selectivity);
			break;
		case T_Var:
			visit_test(site, clause, PADV_USE_EQUAL, "IS TRUE", selectivity);
			break;
		default:
			break;
	}
}

/* Clauses on this table alone, and join clauses outside of any class. */
void
padv_site_clauses(PadvSite *site)
{
	ListCell   *lc;

	foreach(lc, site->rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		int			noted = site->noted;
		double		selectivity;

		if (rinfo->pseudoconstant)
			continue;
		selectivity = clause_selectivity(site->root, (Node *) rinfo, 0,
										 JOIN_INNER, NULL);
		site->clause = (Node *) rinfo->clause;
		visit_clause(site, (Node *) rinfo, selectivity, false);
		if (site->noted == noted)
			padv_site_name(site, (Node *) rinfo->clause, NULL, selectivity);
		site->clause = NULL;
	}
	foreach(lc, site->rel->joininfo)
		visit_clause(site, lfirst(lc), 1.0, true);
}
