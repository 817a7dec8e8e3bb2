/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Running what may fail without making the statement fail.
 *
 * Core allows to catch an error without a subtransaction only if the code
 * that raised it cannot have left anything behind that transaction abort
 * would clean up.  So only code that allocates memory, reads trees and texts,
 * and compares may run here: what is left behind is memory, which goes with
 * its context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "collect/collect_private.h"
#include "miscadmin.h"
#include "utils/memutils.h"

bool
padv_guard(MemoryContext *scratch, PadvGuarded work, void *arg)
{
	MemoryContext oldcontext = CurrentMemoryContext;
	uint32		interrupts_held = InterruptHoldoffCount;
	uint32		cancels_held = QueryCancelHoldoffCount;
	volatile bool done = false;

	PG_TRY();
	{
		if (*scratch == NULL)
			*scratch = AllocSetContextCreate(oldcontext, "perfadvisor scratch",
											 ALLOCSET_DEFAULT_SIZES);
		MemoryContextSwitchTo(*scratch);
		work(arg);
		done = true;
	}
	PG_CATCH();
	{
		/* cancel and shutdown are requests, which somebody else answers */
		if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_OPERATOR_INTERVENTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(oldcontext);
		FlushErrorState();
		/* raising an error has cleared these */
		InterruptHoldoffCount = interrupts_held;
		QueryCancelHoldoffCount = cancels_held;
	}
	PG_END_TRY();

	MemoryContextSwitchTo(oldcontext);
	return done;
}
