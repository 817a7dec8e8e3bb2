/*-------------------------------------------------------------------------
 *
 * support.c
 *	  Conditions that a function's support function derives for an index
 *
 * No operator family holds functions, but the planner asks the support function
 * of one for conditions that follow from it: st_dwithin() implies "&&" with a
 * larger box.  It is asked for an index that is not there, on the argument
 * alone, of the default operator classes of btree and GiST.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "reach/reach_private.h"
#include "catalog/pg_am.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "utils/lsyscache.h"

/* What follows from the function for an index of that method; NIL: nothing. */
static List *
ask_support(PlannerInfo *root, RelOptInfo *rel, FuncExpr *func, int argument,
			Oid method)
{
	SupportRequestIndexCondition request = {0};
	IndexOptInfo *index = makeNode(IndexOptInfo);
	Node	   *key = list_nth(func->args, argument);
	Oid			opclass = GetDefaultOpClass(exprType(key), method);
	Oid			family;
	Oid			opcintype;
	Oid			collation = exprCollation(key);
	int			attno = IsA(key, Var) ? ((Var *) key)->varattno : 0;

	if (!OidIsValid(opclass))
		return NIL;
	family = get_opclass_family(opclass);
	opcintype = get_opclass_input_type(opclass);
	index->rel = rel;
	index->relam = method;
	index->ncolumns = index->nkeycolumns = 1;
	index->indexkeys = &attno;
	index->indexprs = attno == 0 ? list_make1(key) : NIL;
	index->opfamily = &family;
	index->opcintype = &opcintype;
	index->indexcollations = &collation;
	request.type = T_SupportRequestIndexCondition;
	request.root = root;
	request.funcid = func->funcid;
	request.node = (Node *) func;
	request.indexarg = argument;
	request.index = index;
	request.opfamily = family;
	request.indexcollation = collation;
	request.lossy = true;
	return (List *)
		DatumGetPointer(OidFunctionCall1(get_func_support(func->funcid),
										 PointerGetDatum(&request)));
}

/* The conditions on an argument of a function that an index could serve. */
List *
padv_function_conditions(PlannerInfo *root, RelOptInfo *rel, FuncExpr *func,
						 int argument)
{
	List	   *conditions;

	if (!OidIsValid(get_func_support(func->funcid)))
		return NIL;
	conditions = ask_support(root, rel, func, argument, BTREE_AM_OID);
	if (conditions == NIL)
		conditions = ask_support(root, rel, func, argument, GIST_AM_OID);
	return conditions;
}
