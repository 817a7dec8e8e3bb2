/*-------------------------------------------------------------------------
 *
 * index_expr.c
 *	  Expressions of a statement, as those of an index.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "index/index.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteManip.h"

/*
 * Where a column was reached by the alias of a join, or by NEW in a rule, its
 * Var says under which entry it was written.  An index has one entry, and
 * writing out a Var of another one never ends.
 */
static bool
forget_entry_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		var->varnosyn = var->varno;
		var->varattnosyn = var->varattno;
		return false;
	}
	return expression_tree_walker(node, forget_entry_walker, context);
}

void *
padv_index_expr(const void *expr, Index rti)
{
	Node	   *result = copyObject((Node *) unconstify(void *, expr));

	ChangeVarNodes(result, rti, 1, 0);
	(void) forget_entry_walker(result, NULL);
	return result;
}
