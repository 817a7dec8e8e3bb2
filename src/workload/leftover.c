/*-------------------------------------------------------------------------
 *
 * leftover.c
 *	  What code that planning has run leaves in the session of whoever asks.
 *
 * The work on a statement is a subtransaction, in a security-restricted
 * operation, with settings of its own: it cannot leave settings, prepared
 * statements, cursors that outlive the transaction, temporary tables or a
 * place among the listeners.  Advisory locks of the session are the exception,
 * as no transaction's end releases them, and cursors of the transaction, as
 * what the work has locked is kept.  So the locks that the session did not hold
 * before a request are released after it, whatever its end, and new cursors are
 * closed; an error does that by itself.
 *
 * Locks that the session held, and code of others has released, are taken
 * again.  How often each was held cannot be told from outside of the lock
 * manager, neither there nor where one was taken once more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/guc.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "utils/guc.h"
#include "utils/portal.h"
#include "workload/workload_private.h"

/* What there was in the session before a request. */
typedef struct Before
{
	List	   *locks;			/* of HeldLock */
	List	   *cursors;		/* names */
} Before;

static bool under_way = false;

/* ---- locks ---- */

/* One advisory lock that this session holds, in some modes. */
typedef struct HeldLock
{
	LOCKTAG		tag;
	LOCKMASK	modes;
} HeldLock;

static List *
held_locks(void)
{
	LockData   *data = GetLockStatusData();
	List	   *result = NIL;

	for (int i = 0; i < data->nelements; i++)
	{
		const LockInstanceData *instance = &data->locks[i];
		HeldLock   *held;

		if (instance->pid != MyProcPid || instance->holdMask == 0 ||
			instance->locktag.locktag_type != LOCKTAG_ADVISORY)
			continue;
		held = palloc(sizeof(HeldLock));
		held->tag = instance->locktag;
		held->modes = instance->holdMask;
		result = lappend(result, held);
	}
	pfree(data->locks);
	pfree(data);
	return result;
}

static LOCKMASK
modes_in(const List *locks, const LOCKTAG *tag)
{
	ListCell   *lc;

	foreach(lc, locks)
	{
		const HeldLock *held = lfirst(lc);

		if (memcmp(&held->tag, tag, sizeof(LOCKTAG)) == 0)
			return held->modes;
	}
	return 0;
}

/*
 * As often as it was taken.  In the end the lock manager warns that it is not
 * held, or only until the transaction ends.
 */
static void
release(const LOCKTAG *tag, LOCKMASK modes)
{
	for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++)
	{
		if ((modes & LOCKBIT_ON(mode)) == 0)
			continue;
		while (LockRelease(tag, mode, true))
			 /* once more */ ;
	}
}

/* Others may hold it by now; then whoever asks is told. */
static void
take_again(const LOCKTAG *tag, LOCKMASK modes)
{
	for (LOCKMODE mode = 1; mode <= MaxLockMode; mode++)
	{
		if ((modes & LOCKBIT_ON(mode)) != 0 &&
			LockAcquire(tag, mode, true, true) == LOCKACQUIRE_NOT_AVAIL)
			ereport(WARNING,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("an advisory lock of this session was released by code in the database, and could not be taken again")));
	}
}

/* What is held for the transaction has been kept by the transaction. */
static void
restore_locks(const List *before)
{
	List	   *after = held_locks();
	ListCell   *lc;

	foreach(lc, before)
	{
		const HeldLock *held = lfirst(lc);

		take_again(&held->tag, held->modes & ~modes_in(after, &held->tag));
	}
}

static void
release_new_locks(const List *before)
{
	int			nestlevel = NewGUCNestLevel();
	ListCell   *lc;

	(void) set_config_option("client_min_messages", "error", PGC_SUSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("log_min_messages", "error", PGC_SUSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	foreach(lc, held_locks())
	{
		const HeldLock *held = lfirst(lc);

		release(&held->tag, held->modes & ~modes_in(before, &held->tag));
	}
	AtEOXact_GUC(false, nestlevel);
}

/* ---- cursors ---- */

static List *
open_cursors(void)
{
	MemoryContext context = CurrentMemoryContext;
	bool		was_enabled = padv_pause_recording();
	List	   *names = NIL;

	PG_TRY();
	{
		if (SPI_connect() != SPI_OK_CONNECT ||
			SPI_execute("SELECT name FROM pg_catalog.pg_cursor()",
						true, 0) != SPI_OK_SELECT)
			elog(ERROR, "could not list the cursors");
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			char	   *name = SPI_getvalue(SPI_tuptable->vals[i],
											SPI_tuptable->tupdesc, 1);
			MemoryContext old = MemoryContextSwitchTo(context);

			names = lappend(names, makeString(pstrdup(name)));
			MemoryContextSwitchTo(old);
		}
		SPI_finish();
	}
	PG_FINALLY();
	{
		padv_resume_recording(was_enabled);
	}
	PG_END_TRY();
	return names;
}

static void
close_new_cursors(const List *before)
{
	ListCell   *lc;

	foreach(lc, open_cursors())
	{
		Portal		portal = GetPortalByName(strVal(lfirst(lc)));

		if (!list_member(before, lfirst(lc)) && PortalIsValid(portal) &&
			!portal->portalPinned && portal->status != PORTAL_ACTIVE)
			PortalDrop(portal, false);
	}
}

/* ---- a request ---- */

void
padv_leave_nothing(PadvWork work, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	Before		before;

	if (under_way)
	{
		work(arg);
		return;
	}
	before.locks = held_locks();
	before.cursors = open_cursors();
	under_way = true;
	PG_TRY();
	{
		work(arg);
	}
	PG_CATCH();
	{
		under_way = false;
		/* as the end of the transaction does it, before anything else */
		LWLockReleaseAll();
		MemoryContextSwitchTo(context);
		release_new_locks(before.locks);
		PG_RE_THROW();
	}
	PG_END_TRY();
	under_way = false;
	release_new_locks(before.locks);
	restore_locks(before.locks);
	close_new_cursors(before.cursors);
}

typedef struct Request
{
	PGFunction	function;
	FunctionCallInfo fcinfo;
	Datum		result;
} Request;

static void
answer(void *arg)
{
	Request    *request = arg;

	request->result = request->function(request->fcinfo);
}

Datum
padv_answer(PGFunction function, FunctionCallInfo fcinfo)
{
	Request		request = {function, fcinfo, (Datum) 0};

	padv_leave_nothing(answer, &request);
	return request.result;
}
