/*-------------------------------------------------------------------------
 *
 * leftover.c
 *	  What code that planning has run leaves in the session of whoever asks.
 *
 * The work on a statement is a subtransaction, in a security-restricted
 * operation, with settings of its own: it cannot leave settings, prepared
 * statements, cursors that outlive the transaction, temporary tables or a
 * place among the listeners.  Advisory locks of the session are the exception,
 * as no transaction's end releases them.  So those that the session did not
 * hold before a request are released after it, whatever its end.
 *
 * Somebody else's lock that the session holds already is left alone: that it
 * was taken once more cannot be told from outside of the lock manager.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "utils/guc.h"
#include "workload/workload.h"

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

Datum
padv_leave_nothing(PGFunction request, FunctionCallInfo fcinfo)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *before = held_locks();
	Datum		result;

	PG_TRY();
	{
		result = request(fcinfo);
	}
	PG_CATCH();
	{
		/* as the end of the transaction does it, before anything else */
		LWLockReleaseAll();
		MemoryContextSwitchTo(context);
		release_new_locks(before);
		PG_RE_THROW();
	}
	PG_END_TRY();
	release_new_locks(before);
	return result;
}
