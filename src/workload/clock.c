/*-------------------------------------------------------------------------
 *
 * clock.c
 *	  The time that work for a request may take.
 *
 * The time limit is a cancel of core's, raised by a timer of ours.  A function
 * that catches cancels would go on, and whoever asks could not stop it either.
 * So each subtransaction that ends with an error raises the next cancel when
 * the time is up, or when somebody has asked for one, which a handler around
 * core's own takes note of.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/timeout.h"
#include "workload/workload_private.h"

static bool working = false;
static volatile sig_atomic_t time_is_up = false;
static volatile sig_atomic_t cancel_asked = false;
static struct sigaction core_handler;

static void
cancel_work(void)
{
	InterruptPending = true;
	QueryCancelPending = true;
}

static void
handle_time_is_up(void)
{
	time_is_up = true;
	cancel_work();
	SetLatch(MyLatch);
}

/*
 * A client's cancel and statement_timeout alike come as this signal.  So does
 * lock_timeout, which ends the wait for a lock and nothing else.
 */
static void
handle_cancel(int signo)
{
	int			save_errno = errno;

	if (!get_timeout_indicator(LOCK_TIMEOUT, false))
		cancel_asked = true;
	cancel_work();
	SetLatch(MyLatch);
	errno = save_errno;
}

/* Whoever has caught the cancel gets another one. */
static void
insist(SubXactEvent event, SubTransactionId subid, SubTransactionId parent,
	   void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && working &&
		(time_is_up || cancel_asked))
		cancel_work();
}

static TimeoutId
timer(void)
{
	static TimeoutId id = MAX_TIMEOUTS;

	if (id == MAX_TIMEOUTS)
	{
		id = RegisterTimeout(USER_TIMEOUT, handle_time_is_up);
		RegisterSubXactCallback(insist, NULL);
	}
	return id;
}

void
padv_start_clock(int milliseconds)
{
	TimeoutId	id = timer();
	struct sigaction handler = {.sa_handler = handle_cancel,
	.sa_flags = SA_RESTART};

	time_is_up = false;
	cancel_asked = false;
	sigemptyset(&handler.sa_mask);
	working = sigaction(SIGINT, &handler, &core_handler) == 0;
	if (!working)
		elog(ERROR, "could not set a signal handler: %m");
	if (milliseconds > 0)
		enable_timeout_after(id, milliseconds);
}

/*
 * Our own cancel may have come too late to be heeded.  That of others must not
 * get lost: unless it is the error that has ended the work, it comes again;
 * and if it is, it does not, although insist() may have asked for it.  Core's
 * handler comes back last: until then ours takes note of any that comes.
 */
void
padv_stop_clock(bool heeded)
{
	if (!working)
		return;
	disable_timeout(timer(), false);
	if (cancel_asked || time_is_up)
		QueryCancelPending = false;
	if (cancel_asked && !heeded)
		cancel_work();
	(void) sigaction(SIGINT, &core_handler, NULL);
	working = false;
	time_is_up = false;
}

bool
padv_work_is_limited(void)
{
	return working;
}

/* Was it our time that was up, and did nobody else ask for an end? */
bool
padv_time_was_up(void)
{
	return time_is_up && !cancel_asked;
}
