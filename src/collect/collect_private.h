/*-------------------------------------------------------------------------
 *
 * collect_private.h
 *	  What the files of the collect room share.
 *
 * How an execution becomes an observation:
 *
 *	planner			times planning; of a statement that is not recorded yet,
 *					captures the text (pending.c, capture.c)
 *	ExecutorStart	decides whether to count rows in each node (watch.c) and
 *					makes a frame in the executor's own memory (frame.c)
 *	ExecutorRun		a lap: time, buffers and the counters of the tables that
 *	ExecutorFinish	are scanned sequentially, before and after
 *	ExecutorEnd		gives the sum to the store (watch.c), for a closely
 *					watched execution with what its plan did (planwalk.c) and
 *					the values that it ran with (example.c)
 *
 * None of this may raise an error of its own or change a result.  What does
 * more than count runs under padv_guard(), which swallows errors; nothing
 * that runs there takes locks, pins or catalog entries.  Looking up types and
 * operators in the system caches is done outside of it, and only where a
 * statement is watched.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_COLLECT_PRIVATE_H
#define PADV_COLLECT_PRIVATE_H

#include "base/compat.h"
#include "executor/execdesc.h"
#include "lib/stringinfo.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"
#include "parser/scanner.h"
#include "portability/instr_time.h"
#include "store/store.h"

/* ---- guard.c: work that may fail ---- */

typedef void (*PadvGuarded) (void *arg);

/*
 * Runs work(arg) in the scratch context, which is made if it is NULL, and is
 * the caller's to delete.  Returns false when there was an error, which is
 * forgotten; a cancel or shutdown request is raised again.
 */
extern bool padv_guard(MemoryContext *scratch, PadvGuarded work, void *arg);

/* ---- frame.c: an execution that is under way ---- */

/* A table that an execution scans sequentially. */
typedef struct PadvScanCount
{
	Relation	rel;			/* held open by the executor */
	Index		rti;			/* of one of its nodes */
	Oid			relid;			/* topmost parent; InvalidOid: no facts */
	uint64		scans;			/* so far, without nested executions */
	uint64		rows;
	int64		start_scans;	/* the backend's counters as the lap began */
	int64		start_rows;
	int64		nested_scans;	/* by nested executions in this lap */
	int64		nested_rows;
} PadvScanCount;

typedef struct PadvFrame
{
	struct PadvFrame *next;		/* the one before it */
	QueryDesc  *queryDesc;
	PadvKey		key;
	bool		watched;		/* rows are counted per node */
	bool		running;		/* in a lap */
	int			location;		/* of the statement in its source text */
	int			len;
	uint64		exec_ns;
	uint64		shared_blks_hit;
	uint64		shared_blks_read;
	uint64		temp_blks_written;
	int			nscans;
	PadvScanCount *scans;
	MemoryContextCallback unlink;
} PadvFrame;

/* The counters as a lap began. */
typedef struct PadvLap
{
	instr_time	start;
	int64		shared_blks_hit;
	int64		shared_blks_read;
	int64		temp_blks_written;
} PadvLap;

extern PadvFrame *padv_frame_push(QueryDesc *queryDesc, const PadvKey *key,
								  bool watched);
extern PadvFrame *padv_frame_find(const QueryDesc *queryDesc);
extern void padv_lap_start(PadvFrame *frame, PadvLap *lap);
extern void padv_lap_stop(PadvFrame *frame, const PadvLap *lap);

/* ---- parent.c: partitions and inheritance children ---- */

/* By range table index, entry 0 unused; NULL where nothing has a parent. */
extern AppendRelInfo **padv_parents(const PlannedStmt *stmt);

/* The topmost parent of a range table entry. */
extern Index padv_parent_top(AppendRelInfo **parents, List *rtable, Index rti);

/*
 * The same column in the topmost parent that has it; changes both arguments.
 */
extern void padv_parent_column(AppendRelInfo **parents, List *rtable,
							   Index *rti, AttrNumber *attno);

/* ---- pending.c: what planning found out, until the execution ends ---- */

extern void padv_pending_add_plan(uint64 queryid, uint64 ns);
extern uint64 padv_pending_take_plan(uint64 queryid, uint32 *plans);
extern void padv_pending_capture(const PadvKey *key, Query *query,
								 const char *string, int location, int len,
								 ParamListInfo params);
extern const PadvText *padv_pending_text(const PadvKey *key);
extern void padv_pending_forget_text(const PadvKey *key);

/* ---- watch.c: which executions are watched, and what becomes of them ---- */

extern bool padv_watch_wanted(const PadvKey *key);
extern void padv_watch_finish(PadvFrame *frame);

/* ---- token.c: a statement's text, token by token ---- */

typedef struct PadvToken
{
	int			start;			/* byte offset in the text */
	int			len;
} PadvToken;

typedef struct PadvTokens
{
	char	   *text;			/* copy, zero-terminated */
	int			text_len;
	int			n;				/* read so far */
	int			size;
	PadvToken  *items;
	bool		done;			/* all were read */
	core_yyscan_t scanner;
	core_yy_extra_type extra;
} PadvTokens;

/* All of these are to be called under padv_guard(). */
extern void padv_tokens_open(PadvTokens *tokens, const char *text, int len);
extern const PadvToken *padv_token(PadvTokens *tokens, int i);
extern bool padv_token_is(PadvTokens *tokens, int i, const char *word);
extern bool padv_token_is_word(PadvTokens *tokens, int i);
extern bool padv_token_is_literal(PadvTokens *tokens, int i);

/* ---- span.c: where in a text the statement proper lies ---- */

typedef struct PadvSpan
{
	int			start;			/* byte offsets */
	int			end;
	bool		expression;		/* of a procedural language: lacks SELECT */
	int			equals;			/* offset of an "=" that may be assignment or
								 * comparison, or -1 */
	int			after_equals;	/* where the statement starts if it assigns */
} PadvSpan;

extern void padv_span_find(PadvTokens *tokens, PadvSpan *span);

/* ---- rewrite.c: constants and variables of a text become $n ---- */

/* A place in the source text that the parse tree knows. */
typedef struct PadvMark
{
	int			location;		/* byte offset in the source text */
	int			param;			/* number of the parameter; 0: a constant */
	Oid			type;
	bool		field;			/* of a parameter: a field of it is taken */
	bool		skip;			/* says nothing, or too much */
} PadvMark;

typedef struct PadvMarks
{
	int			n;
	PadvMark   *items;			/* by location */
	bool		constants;		/* false: only parameters are marked, and all
								 * literals are taken for constants */
	int			highest;		/* number of a parameter */
} PadvMarks;

/* Fills query, source, nparams and param_types. */
extern void padv_rewrite(PadvTokens *tokens, const PadvSpan *span, int offset,
						 const PadvMarks *marks, PadvText *text);

/* ---- change.c: commands that create, drop or rebuild indexes ---- */
extern bool padv_may_change_indexes(const Node *command);
extern void padv_change_start(void);
extern void padv_change_stop(void);
extern void padv_change_finish(const Node *command);

/* ---- capture.c: texts of new statements ---- */

/* Of types that nothing depends on: parameters that a text does not use. */
#define PADV_UNUSED_TYPE	TEXTOID

/* More parameters are not kept; nor do indexes serve such a statement. */
#define PADV_MAX_PARAMS		4096

/* Both in the current memory context, and to be called under padv_guard(). */
extern PadvText *padv_capture_query(Query *query, const char *string,
									int location, int len,
									ParamListInfo params);
extern PadvText *padv_capture_plan(PlannedStmt *stmt, const char *string,
								   int location, int len,
								   ParamListInfo params);

/* ---- example.c: values that a statement ran with ---- */

/*
 * NULL when there is nothing to keep.  In the current memory context.  Uses
 * the system caches: not to be called under padv_guard().
 */
extern PadvExample *padv_example_make(const PadvFrame *frame);

/* ---- planwalk.c: what the nodes of a plan did ---- */

/* What is still to be done to a fact, with the help of the system caches. */
typedef enum PadvLater
{
	PADV_LATER_NOTHING,
	PADV_LATER_COMMUTE,			/* the target stands right of the operator */
	PADV_LATER_NEGATE,
	PADV_LATER_ORDERING,		/* opno is an ordering operator */
	PADV_LATER_AGGREGATE		/* opno is an aggregate, perhaps min or max */
} PadvLater;

typedef struct PadvWalk
{
	EState	   *estate;
	List	   *rtable;
	AppendRelInfo **parents;
	PlanState  *above;			/* the node that is visited is called by it */
	PlanState  *parent;			/* the same, but for nodes that change nothing */
	List	   *nestloops;		/* NestLoopStates seen */
	Bitmapset  *initparams;		/* parameters that init plans set */
	PadvFacts	facts;
	uint8	   *later;			/* PadvLater, for each predicate */
	PlanState **shown_by;		/* the node that showed it last */
	StringInfoData pool;
} PadvWalk;

/* How many rows came to a node, and how many left it. */
typedef struct PadvRows
{
	double		in;				/* of a join: from its outer side */
	double		in_inner;
	double		out;
} PadvRows;

extern double padv_node_rows(const PlanState *ps);
extern void padv_walk_plan(PadvWalk *walk, const PadvFrame *frame);
extern void padv_walk_parallel_scans(PadvFrame *frame);

/* ---- walkorder.c: sorts and groupings ---- */

extern void padv_walk_ordering(PadvWalk *walk, PlanState *ps);

/* Tells of min() and max() by an index; returns the rest of its clauses. */
extern List *padv_walk_minmax(PadvWalk *walk, PlanState *ps, List *clauses,
							  const PadvRows *rows);

/* ---- predicate.c: one clause ---- */

extern void padv_predicate_clauses(PadvWalk *walk, PlanState *ps,
								   List *clauses, const PadvRows *rows);

/* ---- target.c: what a fact is about ---- */

/* The column or expression that a fact is about. */
typedef struct PadvTarget
{
	Oid			relid;
	AttrNumber	attno;			/* 0: the expression */
	char	   *text;			/* or NULL */
} PadvTarget;

/*
 * The same expression with columns of base tables in the place of outputs of
 * lower nodes; NULL where it cannot be traced down to these.
 */
extern Node *padv_target_resolve(PadvWalk *walk, PlanState *ps, Node *expr);

/*
 * Describes a resolved expression; false when it is not about one table whose
 * facts are kept.  "whole" is for clauses: constants become parameters.
 */
extern bool padv_target_describe(PadvWalk *walk, Node *expr, bool whole,
								 PadvTarget *target);

/* Is this a table whose facts are kept? */
extern bool padv_table_kept(EState *estate, List *rtable, Index rti);

/* ---- fact.c: gathering facts ---- */

/*
 * Adds what a node shows.  Target, role, test and operator tell which fact it
 * is; the rows of a node count once for it.
 */
extern void padv_fact_add(PadvWalk *walk, PlanState *ps,
						  const PadvTarget *target, PadvRole role,
						  PadvTest test, Oid opno, PadvLater later,
						  bool nulls_first, double in, double out);

/* Does what was left for later.  Uses the system caches: not guarded. */
extern void padv_facts_settle(PadvWalk *walk);

#endif							/* PADV_COLLECT_PRIVATE_H */
