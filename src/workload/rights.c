/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  Who may see what, and as whom a recorded statement is worked on.
 *
 * Planning a statement runs code: constants are folded, types are read,
 * row-security policies are expanded.  A recorded statement is therefore
 * analyzed and planned with the rights of the role that ran it, in a
 * security-restricted context, and never with those of whoever asks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/varlena.h"
#include "workload/workload_private.h"

/*
 * How long a lock on a table that is being changed is waited for, and how
 * long once that has been in vain: many statements may want the same table.
 */
#define PADV_LOCK_TIMEOUT	"1s"
#define PADV_LOCK_IMPATIENT "10ms"

static bool lock_was_missed = false;

bool
padv_may_see(Oid userid)
{
	Oid			me = GetUserId();

	return me == userid || superuser() ||
		has_privs_of_role(me, ROLE_PG_READ_ALL_STATS);
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

/* Sets one setting until the surrounding AtEOXact_GUC(). */
static void
set_local(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * The path with the temporary schema at its end: unless named, it comes first,
 * and what whoever asks has put there would be taken for the objects that the
 * statement names, with the rights of the role that ran it.
 */
static const char *
temporary_last(const char *path)
{
	char	   *names;
	List	   *list;
	ListCell   *lc;
	StringInfoData buf;

	if (path == NULL)
		path = namespace_search_path;
	names = pstrdup(path);
	initStringInfo(&buf);
	if (SplitIdentifierString(names, ',', &list))
	{
		foreach(lc, list)
		{
			if (strcmp(lfirst(lc), "pg_temp") != 0)
				appendStringInfo(&buf, "%s, ", quote_identifier(lfirst(lc)));
		}
	}
	appendStringInfoString(&buf, "pg_temp");
	return buf.data;
}

/* Becomes the statement's role under its search_path; returns GUC level. */
static int
enter_statement(const PadvStatement *stmt)
{
	int			nestlevel = NewGUCNestLevel();
	Oid			userid;
	int			sec_context;

	set_local("search_path", temporary_last(stmt->search_path));
	/* settings of whoever asks that would change what the text means */
	set_local("row_security", "on");
	if (LockTimeout == 0)
		set_local("lock_timeout",
				  lock_was_missed ? PADV_LOCK_IMPATIENT : PADV_LOCK_TIMEOUT);
	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(stmt->userid,
						   sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	return nestlevel;
}

/*
 * Errors that end the whole request and not only one statement's part.  A
 * function that the planner runs can raise any code; a cancel is only what
 * the server itself raises.
 */
static bool
must_rethrow(const ErrorData *edata)
{
	return edata->elevel > ERROR ||
		(edata->sqlerrcode == ERRCODE_QUERY_CANCELED &&
		 edata->funcname != NULL &&
		 strcmp(edata->funcname, "ProcessInterrupts") == 0);
}

void
padv_wait_for_locks(void)
{
	lock_was_missed = false;
}

bool
padv_run_as(const PadvStatement *stmt, PadvWork work, void *arg, char **reason)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool ok = true;

	if (stmt->given)
	{
		work(arg);
		return true;
	}

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		Oid			userid;
		int			sec_context;
		int			nestlevel;

		GetUserIdAndSecContext(&userid, &sec_context);
		nestlevel = enter_statement(stmt);
		work(arg);
		SetUserIdAndSecContext(userid, sec_context);
		AtEOXact_GUC(false, nestlevel);

		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		FlushErrorState();
		/* restores the user, the settings and releases what was held */
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (must_rethrow(edata))
			ReThrowError(edata);
		if (edata->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		{
			lock_was_missed = true;
			*reason = pstrdup("a table that it reads is locked by another session");
		}
		else
			*reason = pstrdup(edata->message);
		FreeErrorData(edata);
		ok = false;
	}
	PG_END_TRY();
	return ok;
}
