/*-------------------------------------------------------------------------
 *
 * hooks.c
 *	  Where perfadvisor hooks into the planner and the executor.
 *
 * Here it is decided what is recorded: statements that have a queryid, in
 * backends of clients (and what works for them in the background), at the
 * levels that perfadvisor.track names.  Parallel workers do not record; their
 * leader has their sums.  The level counts the executions, plannings and
 * utility commands that we are inside of, as pg_stat_statements does; it is
 * right again after an error, as each of them takes back what it added.  The
 * level at which an execution starts is the one that counts: a cursor may be
 * closed anywhere.
 *
 * Statements that are parts of utility commands are jumbled by core or not,
 * depending on the version.  For DECLARE CURSOR and CREATE TABLE AS we do it
 * where core does not, but keep it to ourselves: others go by the queryid in
 * the tree, and for them it stays 0.  What these two run is the client's own
 * statement, and top-level if they are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "base/guc.h"
#include "collect/collect.h"
#include "collect/collect_private.h"
#include "miscadmin.h"
#include "tcop/utility.h"

#define PADV_UTILITY_PARAMS \
	PlannedStmt *pstmt, const char *queryString, bool readOnlyTree, \
	ProcessUtilityContext context, ParamListInfo params, \
	QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc
#define PADV_UTILITY_ARGS \
	pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc

/* The utility command of the innermost level, if it has a statement inside. */
typedef struct Command
{
	int			level;			/* at which the statement is; 0: no command */
	uint64		queryid;		/* that core did not compute, or 0 */
	bool		toplevel;
	const char *text;			/* source text, and where the command is in it */
	int			location;
	int			len;
} Command;

static planner_hook_type prev_planner = NULL;
static ExecutorStart_hook_type prev_start = NULL;
static ExecutorRun_hook_type prev_run = NULL;
static ExecutorFinish_hook_type prev_finish = NULL;
static ExecutorEnd_hook_type prev_end = NULL;
static ProcessUtility_hook_type prev_utility = NULL;

static int	level = 0;

/*
 * What runs while a statement is planned that is not recorded itself, like
 * the functions that a what-if planning evaluates, is not recorded either.
 */
static int	muted = 0;

static Command command = {0};

/* ---- what is recorded ---- */

/* Does this process record at all?  It never changes. */
static bool
process_records(void)
{
	static int	answer = -1;

	if (unlikely(answer < 0))
		answer = padv_store_ready() && MyBackendType != B_AUTOVAC_WORKER &&
			!IsBootstrapProcessingMode();
	return answer > 0;
}

/*
 * Fills the key of a statement that core calls by this queryid; false when it
 * is not recorded.
 */
static inline bool
wanted(uint64 queryid, PadvKey *key)
{
	bool		toplevel = level == 0;

	if (unlikely(command.queryid != 0) && command.level == level &&
		(queryid == 0 || queryid == command.queryid))
	{
		queryid = command.queryid;
		toplevel = command.toplevel;
	}
	if (queryid == 0 || !padv_enabled || muted > 0 ||
		(!toplevel && padv_track == PADV_TRACK_TOP) || !process_records() ||
		IsParallelWorker())
		return false;
	key->queryid = queryid;
	key->dbid = MyDatabaseId;
	key->userid = GetUserId();
	key->toplevel = toplevel;
	key->pad = 0;
	return true;
}

/*
 * Where the statement is in its source text.  A part of a utility command may
 * not know it; then it is somewhere in the command.
 */
static void
locate(const char *text, int *location, int *len)
{
	if (unlikely(command.level == level && level > 0) &&
		*location <= 0 && *len <= 0 && strcmp(text, command.text) == 0)
	{
		*location = command.location;
		*len = command.len;
	}
}

/* ---- planner ---- */

/* Not inlined, so that nothing of its caller is live across setjmp(). */
static pg_noinline PlannedStmt *
plan_deeper(PADV_PLANNER_PARAMS, int mute)
{
	PlannedStmt *result;

	level++;
	muted += mute;
	PG_TRY();
	{
		if (prev_planner)
			result = prev_planner(PADV_PLANNER_ARGS);
		else
			result = standard_planner(PADV_PLANNER_ARGS);
	}
	PG_FINALLY();
	{
		level--;
		muted -= mute;
	}
	PG_END_TRY();
	return result;
}

static pg_noinline void
capture(const PadvKey *key, Query *query, const char *string,
		ParamListInfo params)
{
	int			location = query->stmt_location;
	int			len = query->stmt_len;

	if (string == NULL)
		return;
	locate(string, &location, &len);
	padv_pending_capture(key, query, string, location, len, params);
}

static PlannedStmt *
collect_planner(PADV_PLANNER_PARAMS)
{
	PlannedStmt *result;
	PadvKey		key;
	instr_time	start;
	instr_time	duration;

	if (!wanted(parse->queryId, &key))
		return plan_deeper(PADV_PLANNER_ARGS, parse->queryId == 0);
	if (padv_store_known_calls(&key) == 0)
		capture(&key, parse, query_string, boundParams);
	INSTR_TIME_SET_CURRENT(start);
	result = plan_deeper(PADV_PLANNER_ARGS, 0);
	INSTR_TIME_SET_CURRENT(duration);
	INSTR_TIME_SUBTRACT(duration, start);
	padv_pending_add_plan(key.queryid, padv_instr_ns(duration));
	return result;
}

/* ---- executor ---- */

static void
collect_start(QueryDesc *queryDesc, int eflags)
{
	PadvKey		key;
	bool		record = (eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0 &&
		wanted(queryDesc->plannedstmt->queryId, &key);
	bool		watched = record && padv_watch_wanted(&key);
	PadvFrame  *frame;

	/* The counts of parallel workers come with those of the nodes only. */
	if (watched || (record && queryDesc->plannedstmt->parallelModeNeeded))
		queryDesc->instrument_options |= INSTRUMENT_ROWS;
	if (prev_start)
		prev_start(queryDesc, eflags);
	else
		standard_ExecutorStart(queryDesc, eflags);
	if (record)
	{
		frame = padv_frame_push(queryDesc, &key, watched);
		locate(queryDesc->sourceText, &frame->location, &frame->len);
	}
}

static void
collect_run(PADV_RUN_PARAMS)
{
	PadvFrame  *frame = padv_frame_find(queryDesc);
	PadvLap		lap;

	if (frame != NULL)
		padv_lap_start(frame, &lap);
	level++;
	PG_TRY();
	{
		if (prev_run)
			prev_run(PADV_RUN_ARGS);
		else
			standard_ExecutorRun(PADV_RUN_ARGS);
	}
	PG_FINALLY();
	{
		level--;
	}
	PG_END_TRY();
	if (frame != NULL)
		padv_lap_stop(frame, &lap);
}

static void
finish_next(QueryDesc *queryDesc)
{
	if (prev_finish)
		prev_finish(queryDesc);
	else
		standard_ExecutorFinish(queryDesc);
}

/* Has the executor anything left to do that takes time? */
static bool
finish_does_work(const EState *estate)
{
	return estate->es_auxmodifytables != NIL ||
		(estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS) == 0;
}

static void
collect_finish(QueryDesc *queryDesc)
{
	PadvFrame  *frame;
	PadvLap		lap;

	if (!finish_does_work(queryDesc->estate))
	{
		finish_next(queryDesc);
		return;
	}
	frame = padv_frame_find(queryDesc);
	if (frame != NULL)
		padv_lap_start(frame, &lap);
	level++;
	PG_TRY();
	{
		finish_next(queryDesc);
	}
	PG_FINALLY();
	{
		level--;
	}
	PG_END_TRY();
	if (frame != NULL)
		padv_lap_stop(frame, &lap);
}

static void
collect_end(QueryDesc *queryDesc)
{
	PadvFrame  *frame = padv_frame_find(queryDesc);

	if (frame != NULL)
		padv_watch_finish(frame);
	if (prev_end)
		prev_end(queryDesc);
	else
		standard_ExecutorEnd(queryDesc);
}

/* ---- utility commands ---- */

static void
utility_next(PADV_UTILITY_PARAMS)
{
	if (prev_utility)
		prev_utility(PADV_UTILITY_ARGS);
	else
		standard_ProcessUtility(PADV_UTILITY_ARGS);
}

/* The queryid of a statement for which core has computed none. */
static uint64
jumble_inner(Node *inner, const char *text)
{
	Query	   *query = (Query *) inner;
	uint64		queryid;

	if (query == NULL || !IsA(query, Query) ||
		query->commandType != CMD_SELECT || query->queryId != 0 ||
		!padv_enabled || !IsQueryIdEnabled() || !process_records())
		return 0;
	(void) padv_jumble_query(query, text);
	queryid = query->queryId;
	query->queryId = 0;
	return queryid;
}

/* Notes what a command has inside, for when it comes to be run. */
static void
look_inside(PlannedStmt *pstmt, const char *text, Command *found)
{
	Node	   *parsetree = pstmt->utilityStmt;

	memset(found, 0, sizeof(Command));
	switch (nodeTag(parsetree))
	{
		case T_DeclareCursorStmt:
			found->queryid = jumble_inner(((DeclareCursorStmt *) parsetree)->query,
										  text);
			break;
		case T_CreateTableAsStmt:
			found->queryid = jumble_inner(((CreateTableAsStmt *) parsetree)->query,
										  text);
			break;
		case T_ExplainStmt:
		case T_CopyStmt:
			break;
		default:
			return;
	}
	found->level = level + 1;
	found->toplevel = level == 0;
	found->text = text;
	found->location = pstmt->stmt_location;
	found->len = pstmt->stmt_len;
}

/*
 * EXECUTE and PREPARE are not a level of their own: what they run is the
 * client's statement.
 */
static void
collect_utility(PADV_UTILITY_PARAMS)
{
	Node	   *parsetree = pstmt->utilityStmt;
	Command		outer = command;
	bool		changing = padv_may_change_indexes(parsetree) &&
		process_records();

	if (IsA(parsetree, ExecuteStmt) || IsA(parsetree, PrepareStmt))
	{
		utility_next(PADV_UTILITY_ARGS);
		return;
	}
	look_inside(pstmt, queryString, &command);
	level++;
	if (changing)
		padv_change_start();
	PG_TRY();
	{
		utility_next(PADV_UTILITY_ARGS);
	}
	PG_FINALLY();
	{
		level--;
		command = outer;
		if (changing)
			padv_change_stop();
	}
	PG_END_TRY();
	if (changing)
		padv_change_finish(parsetree);
}

void
padv_collect_init(void)
{
	/* compute_query_id = auto then means on */
	EnableQueryId();

	prev_planner = planner_hook;
	planner_hook = collect_planner;
	prev_start = ExecutorStart_hook;
	ExecutorStart_hook = collect_start;
	prev_run = ExecutorRun_hook;
	ExecutorRun_hook = collect_run;
	prev_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = collect_finish;
	prev_end = ExecutorEnd_hook;
	ExecutorEnd_hook = collect_end;
	prev_utility = ProcessUtility_hook;
	ProcessUtility_hook = collect_utility;
}
