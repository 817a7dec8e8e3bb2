/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  Who may see what, and what is not shown to anybody.
 *
 * As whom a recorded statement is worked on is decided in owner.c, and done
 * in limits.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "base/compat.h"
#include "catalog/dependency.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "workload/workload_private.h"

bool
padv_may_see(Oid userid)
{
	Oid			me = GetUserId();

	return me == userid || superuser() ||
		has_privs_of_role(me, ROLE_PG_READ_ALL_STATS);
}

/*
 * Superusers, and those whom they let out of the database into the server's
 * machine.
 */
bool
padv_is_mighty(Oid userid)
{
	return superuser_arg(userid) ||
		has_privs_of_role(userid, ROLE_PG_EXECUTE_SERVER_PROGRAM) ||
		has_privs_of_role(userid, ROLE_PG_READ_SERVER_FILES) ||
		has_privs_of_role(userid, ROLE_PG_WRITE_SERVER_FILES);
}

/*
 * Looked up for those alone whose names could be ours: it costs a scan of
 * pg_depend.
 */
static bool
is_own(Oid classid, Oid objectid, const char *name)
{
	if (name == NULL || (strncmp(name, "padv_", 5) != 0 &&
						 strncmp(name, "perfadvisor_", 12) != 0))
		return false;
	return getExtensionOfObject(classid, objectid) ==
		get_extension_oid("perfadvisor", true);
}

bool
padv_is_own_table(Oid relid)
{
	return is_own(RelationRelationId, relid, get_rel_name(relid));
}

static bool
calls_own(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr))
	{
		Oid			funcid = ((FuncExpr *) node)->funcid;

		if (funcid >= FirstNormalObjectId &&
			is_own(ProcedureRelationId, funcid, get_func_name(funcid)))
			return true;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_own, context, 0);
	return expression_tree_walker(node, calls_own, context);
}

bool
padv_asks_us(const PadvStatement *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->instances)
	{
		if (calls_own((Node *) ((PadvInstance *) lfirst(lc))->query, NULL))
			return true;
	}
	return false;
}

void
padv_require_preload(void)
{
	if (!padv_store_ready())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("perfadvisor must be loaded via \"shared_preload_libraries\""),
				 errdetail("Statements are recorded only by a server that preloads perfadvisor."),
				 errhint("Add perfadvisor to \"shared_preload_libraries\" in postgresql.conf and restart the server.")));
}
