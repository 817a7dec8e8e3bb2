/*-------------------------------------------------------------------------
 *
 * sample_rights.c
 *	  Which tables may be sampled, and what may be evaluated on their rows.
 *
 * Rows are read only where the current user may read all of them, by
 * privilege and by row security.  Expressions are evaluated as that user, so
 * that they may call no function that somebody without superuser rights
 * could have written: those in C and internal ones are all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tableam.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "index/size_private.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

/* May the current user read every row, and can pages be read by number? */
bool
padv_is_readable(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	return (rel->rd_rel->relkind == RELKIND_RELATION ||
			rel->rd_rel->relkind == RELKIND_MATVIEW) &&
		rel->rd_tableam != NULL &&
		rel->rd_tableam->scan_set_tidrange != NULL &&
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED;
}

static bool
is_foreign_code(Oid funcid, void *context)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Oid			language = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		language = ((Form_pg_proc) GETSTRUCT(tuple))->prolang;
		ReleaseSysCache(tuple);
	}
	return language != INTERNALlanguageId && language != ClanguageId;
}

/* Does it call anything that a user without superuser rights may write? */
static bool
calls_foreign_code(Node *node, void *context)
{
	if (node == NULL)
		return false;
	/* a domain's checks are expressions of their own */
	if (IsA(node, CoerceToDomain))
		return true;
	if (check_functions_in_node(node, is_foreign_code, context))
		return true;
	return expression_tree_walker(node, calls_foreign_code, context);
}

bool
padv_calls_foreign_code(Node *node)
{
	return calls_foreign_code(node, NULL);
}
