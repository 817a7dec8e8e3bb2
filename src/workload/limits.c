/*-------------------------------------------------------------------------
 *
 * limits.c
 *	  Work done with the rights of another role, and within limits.
 *
 * What the planner runs for a recorded statement may have been written by
 * anybody.  It gets no more than the role's own rights, in a
 * security-restricted operation, and does not run at all with a superuser's
 * (stranger.c); it cannot write; its messages are not shown; it waits for no
 * lock for long; and it has to end in time (clock.c).  All that it changed in
 * the session is taken back, as the work is a subtransaction with settings of
 * its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "base/compat.h"
#include "base/guc.h"
#include "base/meaning.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/proc.h"
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

/* So many times the limit a statement may take in all its plannings. */
#define PADV_LIMITS_IN_ALL	10.0

/*
 * A role so many of whose statements took too long gets a part of the limit
 * for the others: it must not be able to keep a request from its end.
 */
#define PADV_LIMITS_MISSED	5
#define PADV_LIMIT_PARTS	10
#define PADV_SLOW_ROLES		16

typedef struct SlowRole
{
	Oid			role;
	int			statements;
} SlowRole;

static SlowRole slow_roles[PADV_SLOW_ROLES];
static bool lock_was_missed = false;

/* ---- settings ---- */

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
static char *
temporary_last(const char *path)
{
	char	   *names;
	List	   *list = NIL;
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
	list_free(list);
	pfree(names);
	return buf.data;
}

#define PADV_NO_CLOCK		(-1)

/* How work is done, and what becomes of what it has changed. */
typedef struct Way
{
	Oid			role;			/* InvalidOid: as whoever asks */
	const char *search_path;
	const char *settings;		/* NULL: as they are */
	int			milliseconds;	/* 0: any time; PADV_NO_CLOCK: others see to
								 * it */
	bool		keep;			/* what it did in the transaction, locks too */
} Way;

/* Becomes the role under the search_path and the settings. */
static void
become(const Way *way)
{
	char	   *path = temporary_last(way->search_path);
	Oid			userid;
	int			sec_context;

	/* the subtransaction's end takes it back, and only that */
	XactReadOnly = true;
	set_local("search_path", path);
	pfree(path);
	if (way->settings != NULL)
		padv_meaning_restore(way->settings);
	/* settings of whoever asks that would change what the text means */
	set_local("row_security", "on");
	/* what functions have to say is not said by perfadvisor */
	set_local("client_min_messages", "error");
	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(way->role,
						   sec_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
}

/* Returns the GUC level. */
static int
enter(const Way *way)
{
	int			nestlevel = NewGUCNestLevel();

	if (LockTimeout == 0)
		set_local("lock_timeout",
				  lock_was_missed ? PADV_LOCK_IMPATIENT : PADV_LOCK_TIMEOUT);
	if (OidIsValid(way->role))
		become(way);
	return nestlevel;
}

/* ---- errors ---- */

typedef enum Ending
{
	ENDS_WORK,					/* an error of the work alone */
	ENDS_TIME,					/* the time was up */
	ENDS_REQUEST				/* for whoever asks */
} Ending;

/*
 * A function can raise any code; a cancel is only what the server itself
 * raises, and one that names no other cause is ours when the time is up.
 */
static Ending
classify(const ErrorData *edata)
{
	if (edata->elevel > ERROR)
		return ENDS_REQUEST;
	if (edata->sqlerrcode != ERRCODE_QUERY_CANCELED ||
		edata->funcname == NULL ||
		strcmp(edata->funcname, "ProcessInterrupts") != 0)
		return ENDS_WORK;
	if (padv_time_was_up() && edata->message_id != NULL &&
		strcmp(edata->message_id,
			   "canceling statement due to user request") == 0)
		return ENDS_TIME;
	return ENDS_REQUEST;
}

static char *
reason_of(const ErrorData *edata, Ending ending)
{
	if (ending == ENDS_TIME)
		return pstrdup(PADV_TIMED_OUT);
	if (edata->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
	{
		lock_was_missed = true;
		return pstrdup("a table that it reads is locked by another session");
	}
	return pstrdup(edata->message);
}

/*
 * That core finds something which cannot be is said where those look who can
 * do something about it, not only to whoever asks.
 */
static void
log_internal_error(const ErrorData *edata)
{
	if (ERRCODE_TO_CATEGORY(edata->sqlerrcode) ==
		ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR))
		ereport(LOG_SERVER_ONLY,
				(errcode(edata->sqlerrcode),
				 errmsg("internal error while a statement was looked at for advice: %s",
						edata->message),
				 errdetail_internal("%s(), %s:%d",
									edata->funcname != NULL ? edata->funcname : "",
									edata->filename != NULL ? edata->filename : "",
									edata->lineno)));
}

void
padv_be_patient(void)
{
	lock_was_missed = false;
	memset(slow_roles, 0, sizeof(slow_roles));
}

/* Its place in the table, or a free one; NULL when there is none. */
static SlowRole *
slow_role(Oid role)
{
	for (int i = 0; i < PADV_SLOW_ROLES; i++)
	{
		if (slow_roles[i].role == role || !OidIsValid(slow_roles[i].role))
			return &slow_roles[i];
	}
	return NULL;
}

static void
note_slow(PadvStatement *stmt)
{
	SlowRole   *slow = slow_role(stmt->userid);

	stmt->timed_out = true;
	stmt->skip_code = "unsupported_shape";
	stmt->skip_reason = PADV_TIMED_OUT;
	if (slow == NULL)
		return;
	slow->role = stmt->userid;
	slow->statements++;
}

static int
limit_for(Oid role)
{
	const SlowRole *slow = slow_role(role);

	if (padv_planning_timeout == 0 || slow == NULL ||
		slow->statements < PADV_LIMITS_MISSED)
		return padv_planning_timeout;
	return Max(padv_planning_timeout / PADV_LIMIT_PARTS, 1);
}

/* ---- the work ---- */

static bool
run(const Way *way, PadvWork work, void *arg, char **reason)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool		outermost = !padv_work_is_limited() && way->milliseconds != PADV_NO_CLOCK;
	bool		refused;
	volatile bool ok = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	refused = padv_refuse_strangers();
	PG_TRY();
	{
		Oid			userid;
		int			sec_context;
		int			nestlevel;

		GetUserIdAndSecContext(&userid, &sec_context);
		nestlevel = enter(way);
		if (outermost)
			padv_start_clock(way->milliseconds);
		work(arg);
		if (outermost)
			padv_stop_clock(false);
		padv_admit_strangers(refused);
		SetUserIdAndSecContext(userid, sec_context);
		AtEOXact_GUC(false, nestlevel);

		if (way->keep)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *edata;
		Ending		ending;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		FlushErrorState();
		ending = classify(edata);
		if (outermost)
			padv_stop_clock(ending == ENDS_REQUEST);
		padv_admit_strangers(refused);
		/* restores the user, the settings and releases what was held */
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (ending == ENDS_REQUEST || (ending == ENDS_TIME && !outermost))
			ReThrowError(edata);
		log_internal_error(edata);
		*reason = reason_of(edata, ending);
		FreeErrorData(edata);
		ok = false;
	}
	PG_END_TRY();
	return ok;
}

typedef struct Run
{
	const Way  *way;
	PadvWork	work;
	void	   *arg;
	char	  **reason;
	bool		ok;
} Run;

static void
run_it(void *arg)
{
	Run		   *it = arg;

	it->ok = run(it->way, it->work, it->arg, it->reason);
}

/* It need not be a part of a request. */
bool
padv_run_restricted(Oid role, const char *search_path, PadvWork work,
					void *arg, char **reason)
{
	Way			way = {role, search_path, NULL, padv_planning_timeout, true};
	Run			it = {&way, work, arg, reason, false};

	padv_leave_nothing(run_it, &it);
	return it.ok;
}

bool
padv_run_guarded(PadvWork work, void *arg, char **reason)
{
	Way			way = {InvalidOid, NULL, NULL, PADV_NO_CLOCK, true};

	return run(&way, work, arg, reason);
}

bool
padv_run_trial(PadvWork work, void *arg)
{
	double		limit = PADV_LIMITS_IN_ALL * padv_planning_timeout;
	Way			way = {InvalidOid, NULL, NULL, (int) Min(limit, INT_MAX), false};
	char	   *reason;

	return run(&way, work, arg, &reason);
}

/*
 * A statement whose planning once took too long, or has taken too long in
 * all, is not planned again in this request.
 */
bool
padv_run_as(PadvStatement *stmt, PadvWork work, void *arg, char **reason)
{
	int			limit = limit_for(stmt->userid);
	Way			way = {stmt->role, stmt->search_path, stmt->settings, limit, true};
	instr_time	start;
	instr_time	spent;
	bool		ok;

	if (stmt->given)
	{
		work(arg);
		return true;
	}
	if (stmt->timed_out)
	{
		*reason = pstrdup(PADV_TIMED_OUT);
		return false;
	}
	INSTR_TIME_SET_CURRENT(start);
	ok = run(&way, work, arg, reason);
	INSTR_TIME_SET_CURRENT(spent);
	INSTR_TIME_SUBTRACT(spent, start);
	stmt->planning_ms += INSTR_TIME_GET_MILLISEC(spent);
	if ((!ok && strcmp(*reason, PADV_TIMED_OUT) == 0) ||
		(limit > 0 && stmt->planning_ms > PADV_LIMITS_IN_ALL * limit))
		note_slow(stmt);
	return ok;
}
