/*-------------------------------------------------------------------------
 *
 * trust.c
 *	  Which indexes may be offered to which statement.
 *
 * A plan under a hypothetical index runs code of the index: the planner asks
 * the operators of a predicate about the table's statistics.  A statement is
 * planned with the rights of its own role, so that an index that somebody
 * else has made up must not bring code along that the role does not run
 * anyway.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "advise/advise_private.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/syscache.h"

/* Looks for one function in a statement. */
typedef struct Call
{
	Oid			funcid;
} Call;

static bool
is_function(Oid funcid, void *context)
{
	return funcid == ((Call *) context)->funcid;
}

static bool
calls_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_function, context))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_walker, context, 0);
	return expression_tree_walker(node, calls_walker, context);
}

static bool
statement_calls(const PadvStatement *stmt, Oid funcid)
{
	Call		call = {funcid};
	ListCell   *lc;

	foreach(lc, stmt->instances)
	{
		PadvInstance *instance = lfirst(lc);

		if (calls_walker((Node *) instance->query, &call))
			return true;
	}
	return false;
}

static Oid
function_owner(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* A function that neither the server, a superuser nor the role has made. */
static bool
is_stranger(Oid funcid, void *context)
{
	const PadvStatement *stmt = context;
	Oid			owner;

	if (funcid < FirstNormalObjectId)
		return false;
	owner = function_owner(funcid);
	return owner != stmt->role && !superuser_arg(owner) &&
		!statement_calls(stmt, funcid);
}

static bool
stranger_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_stranger, context))
		return true;
	return expression_tree_walker(node, stranger_walker, context);
}

bool
padv_may_offer(const PadvIndex *index, PadvStatement *stmt)
{
	if (stmt->given)
		return true;
	for (int i = 0; i < index->ncols; i++)
	{
		if (stranger_walker(index->cols[i].expr, stmt))
			return false;
	}
	return !stranger_walker((Node *) index->pred, stmt);
}
