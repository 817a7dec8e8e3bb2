/*-------------------------------------------------------------------------
 *
 * predicate.c
 *	  Which clauses can make an index partial, and which columns are read.
 *
 * The predicate of a partial index must hold for statements to come, so its
 * constants must be part of the statement's text: the values of parameters
 * are other ones next time.  The planner has put values in the place of
 * parameters when clauses are seen, so constants are looked up in the query
 * as it was before planning.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "reach/reach_private.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

/* A column of more values has no constant that is worth an index of its own. */
#define PADV_FEW_VALUES		64.0

/* What the place is part of that is being looked at. */
typedef enum Inside
{
	INSIDE_CLAUSE,				/* compared as it stands */
	INSIDE_FIXED,				/* worked out, the same each time */
	INSIDE_VARYING				/* worked out: (ARRAY['a', 'b'])[$1] */
} Inside;

/* What is looked for in the query. */
typedef struct Search
{
	const Const *value;			/* this constant, or */
	Oid			any_opno;		/* a list of constants with this operator */
	Inside		inside;
} Search;

static bool
same_value(const Const *a, const Const *b)
{
	if (a->constisnull || b->constisnull)
		return a->constisnull == b->constisnull;
	return a->constlen == b->constlen && a->constbyval == b->constbyval &&
		datumIsEqual(a->constvalue, b->constvalue, a->constbyval, a->constlen);
}

static bool
is_constant_list(Node *node)
{
	ListCell   *lc;

	if (IsA(node, Const))
		return true;
	if (!IsA(node, ArrayExpr))
		return false;
	foreach(lc, ((ArrayExpr *) node)->elements)
	{
		if (!IsA(lfirst(lc), Const))
			return false;
	}
	return true;
}

/* Does the node work out a value, rather than compare some? */
static bool
works_out(Node *node)
{
	switch (nodeTag(node))
	{
		case T_FuncExpr:
		case T_CoerceViaIO:
		case T_ArrayExpr:
		case T_RowExpr:
		case T_SubscriptingRef:
		case T_CaseExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
			return true;
		case T_OpExpr:
			return ((OpExpr *) node)->opresulttype != BOOLOID;
		default:
			return false;
	}
}

/* Does it choose one of several constants, or depend on a parameter? */
static bool
chooses_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, SubscriptingRef) || IsA(node, CaseExpr) ||
		IsA(node, CoalesceExpr) || IsA(node, MinMaxExpr) ||
		IsA(node, Param) ||
		expression_tree_walker(node, chooses_walker, context);
}

static bool
find_walker(Node *node, void *context)
{
	Search	   *search = context;
	Inside		outside = search->inside;
	bool		found;

	if (node == NULL)
		return false;
	if (IsA(node, Const) && search->value != NULL)
		return outside != INSIDE_VARYING &&
			same_value((Const *) node, search->value);
	if (IsA(node, ScalarArrayOpExpr) && search->value == NULL)
	{
		ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) node;

		if (any->opno == search->any_opno && is_constant_list(lsecond(any->args)))
			return true;
	}
	if (IsA(node, Query))
	{
		search->inside = INSIDE_CLAUSE;
		found = query_tree_walker((Query *) node, find_walker, context, 0);
	}
	else
	{
		if (outside == INSIDE_CLAUSE && works_out(node))
			search->inside = chooses_walker(node, NULL) ?
				INSIDE_VARYING : INSIDE_FIXED;
		found = expression_tree_walker(node, find_walker, context);
	}
	search->inside = outside;
	return found;
}

static bool
is_in_query(const Query *query, const Const *value, Oid any_opno)
{
	Search		search = {.value = value, .any_opno = any_opno};

	return query != NULL &&
		find_walker((Node *) unconstify(Query *, query), &search);
}

/* Is the constant part of the statement's text? */
bool
padv_is_in_text(const Query *query, const Const *value)
{
	return is_in_query(query, value, InvalidOid);
}

/*
 * Has the column few values, so that each is worth telling apart?  In a
 * single sample a number may as well be somebody's key; words are states.  A
 * point in time is none: others come, and what is asked for is another one
 * each day, even where the text says 'today'.
 */
static bool
has_few_values(PlannerInfo *root, Node *key, bool sampled)
{
	VariableStatData vardata;
	double		ndistinct = 0;
	char		category;
	bool		preferred;

	get_type_category_preferred(exprType(key), &category, &preferred);
	if (category == TYPCATEGORY_DATETIME)
		return false;
	if (!sampled && category != TYPCATEGORY_STRING &&
		category != TYPCATEGORY_ENUM && category != TYPCATEGORY_BOOLEAN)
		return false;

	/*
	 * Not get_variable_numdistinct(): it goes by the rows of the relation,
	 * and a partitioned table has those that pass its filters by now.  What
	 * grows with the table is negative here, and not few.
	 */
	examine_variable(root, key, 0, &vardata);
	if (HeapTupleIsValid(vardata.statsTuple))
		ndistinct = ((Form_pg_statistic) GETSTRUCT(vardata.statsTuple))->stadistinct;
	ReleaseVariableStats(vardata);
	return ndistinct > 0 && ndistinct <= PADV_FEW_VALUES;
}

/* column = or <> constant of the text, either way round */
static bool
is_literal_comparison(PlannerInfo *root, OpExpr *op, const Query *query,
					  bool sampled)
{
	Oid			estimator = get_oprrest(op->opno);
	Node	   *left;
	Node	   *right;

	if (list_length(op->args) != 2)
		return false;
	left = linitial(op->args);
	right = lsecond(op->args);
	if (IsA(left, Const))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
	}
	return IsA(right, Const) &&
		(estimator == F_EQSEL || estimator == F_NEQSEL) &&
		is_in_query(query, (Const *) right, InvalidOid) &&
		has_few_values(root, left, sampled);
}

/* column IN or NOT IN constants of the text */
static bool
is_literal_list(PlannerInfo *root, ScalarArrayOpExpr *any,
				const Query *query, bool sampled)
{
	return (any->useOr || get_oprrest(any->opno) == F_NEQSEL) && IsA(lsecond(any->args), Const) &&
		is_in_query(query, NULL, any->opno) &&
		has_few_values(root, linitial(any->args), sampled);
}

/* Two columns of the relation compared: the same for all values to come. */
bool
padv_compares_columns(Index rti, Node *clause)
{
	OpExpr	   *op = (OpExpr *) clause;
	Var		   *left;
	Var		   *right;

	if (!is_opclause(clause) || list_length(op->args) != 2)
		return false;
	left = (Var *) padv_strip(linitial(op->args));
	right = (Var *) padv_strip(lsecond(op->args));
	return IsA(left, Var) && IsA(right, Var) &&
		left->varno == (int) rti && right->varno == (int) rti &&
		left->varlevelsup == 0 && right->varlevelsup == 0 &&
		left->varattno > 0 && right->varattno > 0;
}

/* column <> or NOT IN: no index can search by it, but it may leave few rows. */
bool
padv_leaves_out_values(Node *clause)
{
	if (IsA(clause, ScalarArrayOpExpr))
		return !((ScalarArrayOpExpr *) clause)->useOr;
	return is_opclause(clause) &&
		get_oprrest(((OpExpr *) clause)->opno) == F_NEQSEL;
}

/* "a < b" and "b > a" are one predicate: the first column of the table leads. */
static void
order_columns(OpExpr *op)
{
	Var		   *left = (Var *) padv_strip(linitial(op->args));
	Var		   *right = (Var *) padv_strip(lsecond(op->args));

	if (left->varattno > right->varattno && OidIsValid(get_commutator(op->opno)))
		CommuteOpExpr(op);
}

/*
 * The clause as a predicate for an index of the relation (Vars numbered 1),
 * or NULL when it cannot be one.  "sampled": there are several sets of values
 * of this statement, so that constants that vary will show.
 */
Node *
padv_predicate_of(PlannerInfo *root, Index rti, Node *clause,
				  const Query *query, bool sampled)
{
	bool		ok;

	switch (nodeTag(clause))
	{
		case T_OpExpr:
			ok = is_literal_comparison(root, (OpExpr *) clause, query, sampled) ||
				padv_compares_columns(rti, clause);
			break;
		case T_ScalarArrayOpExpr:
			ok = is_literal_list(root, (ScalarArrayOpExpr *) clause, query, sampled);
			break;
		case T_NullTest:
		case T_BooleanTest:
		case T_Var:
			ok = true;
			break;
		case T_BoolExpr:
			ok = ((BoolExpr *) clause)->boolop == NOT_EXPR &&
				IsA(linitial(((BoolExpr *) clause)->args), Var);
			break;
		default:
			ok = false;
			break;
	}
	if (!ok || contain_mutable_functions(clause))
		return NULL;
	clause = padv_index_expr(clause, rti);
	if (padv_compares_columns(1, clause))
		order_columns((OpExpr *) clause);
	return clause;
}

/*
 * "column = value", or a boolean column, as a predicate, for a value that a
 * statement ran with.  The value is no part of the text; but where the column
 * has few values, it will come again.
 */
Node *
padv_rare_predicate(PlannerInfo *root, Index rti, Node *clause)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *left;
	Node	   *right;
	Oid			opno;

	if (IsA(clause, Var) || (is_notclause(clause) &&
							 IsA(get_notclausearg((Expr *) clause), Var)))
		return padv_index_expr(clause, rti);
	if (!IsA(op, OpExpr) || list_length(op->args) != 2)
		return NULL;
	left = linitial(op->args);
	right = lsecond(op->args);
	opno = op->opno;
	if (IsA(left, Const))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		opno = get_commutator(opno);
	}
	if (!OidIsValid(opno) || get_oprrest(opno) != F_EQSEL ||
		!IsA(right, Const) || ((Const *) right)->constisnull ||
		contain_mutable_functions(clause) || !has_few_values(root, left, true))
		return NULL;
	op = padv_index_expr(op, rti);
	if (IsA(linitial(op->args), Const))
		op->args = list_make2(lsecond(op->args), linitial(op->args));
	op->opno = opno;
	op->opfuncid = get_opcode(opno);
	return (Node *) op;
}

/* In the order of their texts, so that equal sets are equal lists. */
static int
compare_by_value(const ListCell *a, const ListCell *b)
{
	const Const *ca = lsecond(((OpExpr *) lfirst(a))->args);
	const Const *cb = lsecond(((OpExpr *) lfirst(b))->args);
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(ca->consttype, &output, &varlena);
	return strcmp(OidOutputFunctionCall(output, ca->constvalue),
				  OidOutputFunctionCall(output, cb->constvalue));
}

/* "column = ANY (values)" of several "column = value"; one stays as it is. */
Node *
padv_any_of(List *clauses)
{
	OpExpr	   *first = linitial(clauses);
	Const	   *value;
	ScalarArrayOpExpr *any;
	Datum	   *values;
	Oid			arraytype;
	int			n = 0;
	int16		len;
	bool		byval;
	char		align;
	ListCell   *lc;

	if (list_length(clauses) == 1 || !IsA(first, OpExpr))
		return (Node *) first;
	value = lsecond(first->args);
	arraytype = get_array_type(value->consttype);
	if (!OidIsValid(arraytype))
		return (Node *) first;
	clauses = list_copy(clauses);
	list_sort(clauses, compare_by_value);
	values = palloc(sizeof(Datum) * list_length(clauses));
	foreach(lc, clauses)
	{
		OpExpr	   *op = lfirst(lc);
		Const	   *other = lsecond(op->args);

		if (op->opno == first->opno && other->consttype == value->consttype)
			values[n++] = other->constvalue;
	}
	get_typlenbyvalalign(value->consttype, &len, &byval, &align);
	any = makeNode(ScalarArrayOpExpr);
	any->opno = first->opno;
	any->opfuncid = first->opfuncid;
	any->useOr = true;
	any->inputcollid = first->inputcollid;
	any->location = -1;
	any->args = list_make2(copyObject(linitial(first->args)),
						   makeConst(arraytype, -1, value->constcollid, -1,
									 PointerGetDatum(construct_array(values, n, value->consttype,
																	 len, byval, align)),
									 false, false));
	return (Node *) any;
}

/* Notes which columns of the relation the statement reads. */
void
padv_note_columns(PlannerInfo *root, RelOptInfo *rel, PadvAccess *access,
				  MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Bitmapset  *columns = NULL;
	int			bit = -1;
	ListCell   *lc;

	for (int attno = rel->min_attr; attno <= rel->max_attr; attno++)
	{
		if (!bms_is_empty(rel->attr_needed[attno - rel->min_attr]))
			columns = bms_add_member(columns,
									 attno - FirstLowInvalidHeapAttributeNumber);
	}
	foreach(lc, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   rel->relid, &columns);
	while ((bit = bms_next_member(columns, bit)) >= 0)
	{
		int			attno = bit + FirstLowInvalidHeapAttributeNumber;

		if (attno <= 0)
			access->needs_row = true;
		else
			access->needed = bms_add_member(access->needed, attno);
	}
	bms_free(columns);
	MemoryContextSwitchTo(old);
}
