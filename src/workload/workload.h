/*-------------------------------------------------------------------------
 *
 * workload.h
 *	  Statements that can be planned: recorded ones and given ones.
 *
 * A PadvStatement carries all that planning needs: the analyzed queries, the
 * role whose rights apply, the search_path, the sampled values, and what the
 * statement weighs.  What cannot be planned carries the reason instead.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_WORKLOAD_H
#define PADV_WORKLOAD_H

#include "base/attempt.h"
#include "base/oidset.h"
#include "fmgr.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "store/store.h"

/* One way in which a statement runs: what one planner call is given. */
typedef struct PadvInstance
{
	Query	   *query;			/* analyzed and rewritten; plan a copy */
	ParamListInfo params;		/* NULL: none, or values not known */
	double		share;			/* of the calls; all shares sum to 1 */
	bool		is_slowest;		/* stands for the rare slow executions */
} PadvInstance;

typedef struct PadvStatement
{
	uint64		queryid;
	Oid			userid;			/* who ran it */
	Oid			role;			/* planned with this role's rights */
	const char *search_path;	/* NULL: the session's own */
	const char *settings;		/* others that its text is read under; as
								 * above */
	const char *query;			/* text for people, constants as $n */
	bool		given;			/* from perfadvisor_advise(), not recorded */
	double		calls;			/* recorded calls, or the given weight */
	double		rows;			/* rows of all calls */
	double		total_ms;		/* measured time of all calls; 0: unknown */
	double		planning_ms;	/* that this request has planned it */
	bool		timed_out;		/* and it is planned no more */
	List	   *instances;		/* of PadvInstance; NIL if skip_code is set */
	const char *skip_code;		/* a code of perfadvisor_why_not(), or NULL */
	const char *skip_reason;	/* one sentence */
} PadvStatement;

typedef struct PadvWorkload
{
	List	   *statements;		/* of PadvStatement, heaviest first, ties by
								 * queryid: the order is deterministic */
	double		window_hours;	/* observed time; 0 for given statements */
} PadvWorkload;

/*
 * The recorded workload of the current database, as far as the current user
 * may see it.  Raises an error when perfadvisor is not preloaded.
 */
extern PadvWorkload *padv_workload_recorded(void);

/*
 * The same, of statements that read any of the tables.  Adds those of them to
 * "unseen" that statements of others are on, which may not be seen.
 */
extern PadvWorkload *padv_workload_on_tables(PadvOidSet *tables,
											 PadvOidSet *unseen);

/*
 * Given statements, with weights (NULL: 1 each).  A text that cannot be used
 * (syntax error, several statements, utility statement, missing relation or
 * right) raises an error whose context names the element.
 */
extern PadvWorkload *padv_workload_given(int n, char **queries,
										 const double *weights);

/* One given statement, for perfadvisor_whatif(). */
extern PadvStatement *padv_statement_given(const char *text, double weight);

/*
 * May the current user see texts and values of this role's statements?  Its
 * own, members of pg_read_all_stats, superusers.
 */
extern bool padv_may_see(Oid userid);

/* A table of this extension, which is none of the application's. */
extern bool padv_is_own_table(Oid relid);

/* Is it a question to this extension, which is none of the application's? */
extern bool padv_asks_us(const PadvStatement *stmt);

/* Do the bytes of a kept value still mean what they meant? */
extern bool padv_value_is_readable(const PadvParam *param);

/* Raises the one error that tells how to preload perfadvisor. */
extern void padv_require_preload(void);

/*
 * Runs work(arg) for a statement as its role, security-restricted, read-only,
 * under its search_path, for perfadvisor.planning_timeout at most, inside a
 * subtransaction of its own.  Returns true, or false with *reason (one
 * sentence, in the caller's memory) when it raised an error or took too long;
 * cancel and shutdown are raised again.  The work's results live in the memory
 * context that is current at the call.  For a given statement, it is just run.
 */
extern bool padv_run_as(PadvStatement *stmt, PadvWork work, void *arg,
						char **reason);

/* The same as any role, for what belongs to no statement. */
extern bool padv_run_restricted(Oid role, const char *search_path,
								PadvWork work, void *arg, char **reason);

/* Are we called by something that is run within limits of time? */
extern bool padv_work_is_limited(void);

/*
 * Work of whoever asks whose failure is no more than a reason, as above; it
 * has no time limit but those of the plannings inside.
 */
extern bool padv_run_guarded(PadvWork work, void *arg, char **reason);

/*
 * Work of whoever asks that is tried out: all that it changed is undone.  It
 * may take as long as a statement may in all its plannings.  False when it
 * raised an error or took too long; cancel and shutdown are raised again.
 */
extern bool padv_run_trial(PadvWork work, void *arg);

/*
 * A request of a user, after which nothing is left in the session of what code
 * of others has done while it was planned.
 */
extern Datum padv_answer(PGFunction function, FunctionCallInfo fcinfo);

#endif							/* PADV_WORKLOAD_H */
