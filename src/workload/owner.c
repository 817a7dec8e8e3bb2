/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  Whose code a statement may run, and as whom it is planned.
 *
 * A statement is planned as the role that ran it.  But what a superuser ran
 * must not be planned as a superuser when somebody else has, or may since have
 * put, code into it: into a table's index or row security, a view, a function,
 * an operator, a type.  It is planned as the one role without superuser rights
 * that owns what the statement uses; if superusers own all of it, as the
 * superuser; and if several others own parts of it, not at all, as each would
 * get the rights of another one.  The same goes for roles that may use files
 * or programs of the server; what they own themselves is no matter.
 *
 * Names are looked up in the raw statement, which runs no code, before it is
 * analyzed as that role; what is found only then is looked at afterwards.
 * What neither shows is stopped when it is about to run, in stranger.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "workload/workload_private.h"

/* Roles other than superusers and the statement's own that own something. */
typedef struct Owners
{
	Oid			self;
	Oid			role;			/* the first one, or InvalidOid */
	bool		several;
} Owners;

static void
note_owner(Owners *owners, Oid role)
{
	if (superuser_arg(role) || role == owners->self || role == owners->role)
		return;
	if (OidIsValid(owners->role))
		owners->several = true;
	owners->role = role;
}

/* What comes with the server belongs to it. */
static void
note_relation(Owners *owners, Oid relid)
{
	HeapTuple	tuple;

	if (relid < FirstNormalObjectId)
		return;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		return;
	note_owner(owners, ((Form_pg_class) GETSTRUCT(tuple))->relowner);
	ReleaseSysCache(tuple);
}

static bool
note_function(Oid funcid, void *context)
{
	HeapTuple	tuple;

	if (funcid < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	if (!HeapTupleIsValid(tuple))
		return false;
	note_owner(context, ((Form_pg_proc) GETSTRUCT(tuple))->proowner);
	ReleaseSysCache(tuple);
	return false;
}

/*
 * A temporary type can only be one of whoever asks, in the place of one that
 * is gone: reading a constant of it would run the checks of its domains.
 */
static void
note_type(Owners *owners, const TypeName *name)
{
	HeapTuple	tuple;
	Form_pg_type form;

	if (name->names == NIL)
		return;
	tuple = LookupTypeNameExtended(NULL, name, NULL, true, true);
	if (tuple == NULL)
		return;
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (isTempNamespace(form->typnamespace))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the statement names a temporary type")));
	if (form->oid >= FirstNormalObjectId)
		note_owner(owners, form->typowner);
	ReleaseSysCache(tuple);
}

static bool
raw_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeVar))
		note_relation(context, RangeVarGetRelid((RangeVar *) node, NoLock,
												true));
	else if (IsA(node, TypeName))
		note_type(context, (TypeName *) node);
	return raw_expression_tree_walker(node, raw_walker, context);
}

static bool
query_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		if (((RangeTblEntry *) node)->rtekind == RTE_RELATION)
			note_relation(context, ((RangeTblEntry *) node)->relid);
		return false;
	}
	(void) check_functions_in_node(node, note_function, context);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, query_walker, context,
								 QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, query_walker, context);
}

/* What of a text the raw statements tell. */
static void
note_raw(const char *text, Owners *owners)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "perfadvisor raw parsing",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ListCell   *lc;

	foreach(lc, pg_parse_query(text))
		(void) raw_walker(lfirst_node(RawStmt, lc)->stmt, owners);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

typedef struct RoleArg
{
	PadvStatement *stmt;
	const char *text;
	Owners		owners;
} RoleArg;

static void
find_owners(void *arg)
{
	RoleArg    *role_arg = arg;

	note_raw(role_arg->text, &role_arg->owners);
}

static char *
several_owners(Oid userid)
{
	return psprintf("it ran %s, and uses objects of several other roles",
					superuser_arg(userid) ? "as a superuser" :
					"with the server's rights");
}

/*
 * Fills stmt->role, or says why there is none.  The text's names are looked up
 * as the superuser, with nothing run.
 */
bool
padv_choose_role(PadvStatement *stmt, const char *text)
{
	RoleArg		arg = {.stmt = stmt, .text = text, .owners = {stmt->userid}};
	char	   *reason;

	stmt->role = stmt->userid;
	if (!padv_is_mighty(stmt->userid))
		return true;
	if (!padv_run_as(stmt, find_owners, &arg, &reason))
		stmt->skip_reason = reason;
	else if (arg.owners.several)
		stmt->skip_reason = several_owners(stmt->userid);
	else if (OidIsValid(arg.owners.role))
		stmt->role = arg.owners.role;
	return stmt->skip_reason == NULL;
}

/* To be called before the text is analyzed, as the statement's role. */
void
padv_check_names(const char *text)
{
	Owners		owners = {0};

	if (OidIsValid(LookupNamespaceNoError("pg_temp")))
		note_raw(text, &owners);
}

/* And this afterwards, with what analysis and rewriting have brought in. */
void
padv_check_owners(const PadvStatement *stmt, List *queries)
{
	Owners		owners = {stmt->userid};

	if (!padv_is_mighty(stmt->userid))
		return;
	(void) query_walker((Node *) queries, &owners);
	if (owners.several ||
		(OidIsValid(owners.role) && owners.role != stmt->role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg_internal("%s", several_owners(stmt->userid))));
}
