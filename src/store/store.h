/*-------------------------------------------------------------------------
 *
 * store.h
 *	  The door of the store: what was observed, in shared memory.
 *
 * The hot path calls padv_store_record() and, for a statement that the store
 * does not know yet, padv_store_insert(); neither ever raises an error.
 * Readers call padv_store_scan(), which hands out copies in their own memory.
 * All locking is the store's own business; see store_private.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_STORE_H
#define PADV_STORE_H

#include "datatype/timestamp.h"
#include "store/histogram.h"

/* Identity of a statement, everywhere in this project. */
typedef struct PadvKey
{
	uint64		queryid;
	Oid			dbid;
	Oid			userid;
	uint32		toplevel;		/* 1: sent by a client, 0: nested */
	uint32		pad;			/* always 0: keys are compared as bytes */
} PadvKey;

/* A table that a statement scanned sequentially. */
typedef struct PadvScanFact
{
	Oid			relid;			/* topmost partitioned or inheritance parent */
	uint32		pad;
	uint64		scans;
	uint64		rows_read;		/* every execution, exact */
	uint64		watched_read;	/* of closely watched executions */
	uint64		watched_returned;
	uint64		exec_ns;		/* of the executions that scanned it */
} PadvScanFact;

typedef enum PadvRole
{
	PADV_ROLE_FILTER,
	PADV_ROLE_JOIN,
	PADV_ROLE_SORT,
	PADV_ROLE_GROUP
} PadvRole;

/* What "operator" is when it is not an entry of pg_operator. */
typedef enum PadvTest
{
	PADV_TEST_OPERATOR,			/* opno */
	PADV_TEST_ANY,				/* opno = ANY (array) or IN (list) */
	PADV_TEST_ALL,				/* opno ALL (array), NOT IN */
	PADV_TEST_IS_NULL,
	PADV_TEST_IS_NOT_NULL,
	PADV_TEST_TRUE,				/* bare boolean, IS TRUE */
	PADV_TEST_FALSE,			/* NOT boolean, IS FALSE */
	PADV_TEST_ASC,				/* sort and group */
	PADV_TEST_DESC,
	PADV_TEST_OTHER				/* target is the whole clause */
} PadvTest;

/* A predicate, join, sort or grouping of a statement, by table and target. */
typedef struct PadvPredicateFact
{
	Oid			relid;			/* topmost parent, as above */
	int16		attno;			/* 0: the target is an expression */
	uint8		role;			/* PadvRole */
	uint8		test;			/* PadvTest */
	Oid			opno;			/* InvalidOid where the test says it all */
	uint32		expr_off;		/* nodeToString() of the target in the pool, */
	uint32		expr_len;		/* Vars numbered 1; 0: a plain column */
	uint32		nulls_first;	/* sort only */
	uint64		uses;			/* closely watched executions */
	double		rows_in;		/* tuples that came to the node */
	double		rows_out;		/* tuples that passed all its predicates */
} PadvPredicateFact;

/*
 * All facts of one statement.  In an observation: what one execution adds.
 * The pool holds the expression texts, found by offset and length.
 */
typedef struct PadvFacts
{
	int			nscans;
	int			npredicates;
	PadvScanFact *scans;
	PadvPredicateFact *predicates;
	char	   *pool;
	Size		pool_len;
	bool		truncated;		/* more was seen than is kept */
} PadvFacts;

#define PADV_MAX_SCANS		64
#define PADV_MAX_PREDICATES 128

/* One set of values that a statement ran with. */
typedef enum PadvExampleKind
{
	PADV_EXAMPLE_FIRST,			/* first execution seen */
	PADV_EXAMPLE_RECENT,		/* a closely watched one, as unlike the first
								 * as any that is not too rare */
	PADV_EXAMPLE_SLOWEST,
	PADV_EXAMPLE_SLOW,			/* last one that was slow, or an outlier */
	PADV_EXAMPLE_KINDS
} PadvExampleKind;

typedef struct PadvParam
{
	Oid			type;
	bool		isnull;
	bool		known;			/* false: value too long or not copied */
	bool		byval;
	int16		typlen;
	Size		len;			/* bytes of the image when not by value */
	Datum		value;			/* by value, or pointer to a flat image */
} PadvParam;

/*
 * Either the statement's own text with its constants (source != NULL), or
 * the values of $1 .. $n for the text of the entry.  source_len counts bytes.
 */
typedef struct PadvExample
{
	uint64		exec_ns;
	TimestampTz seen_at;
	const char *source;
	int			source_len;
	const char *settings;		/* that the source was read under */
	int			nparams;
	PadvParam  *params;
} PadvExample;

/*
 * How a new statement reads.  "query" shows constants as $n; "source" is what
 * can be parsed again: as written, but for procedural-language variables,
 * which stand as $n.  Both in the database's encoding, zero-terminated.
 */
typedef struct PadvText
{
	const char *query;
	const char *source;			/* NULL: the same as query */
	const char *search_path;	/* as set when it ran */
	const char *settings;		/* others, as padv_meaning_note() has them */
	int			nparams;		/* $1 .. $n of source */
	const Oid  *param_types;
	int			ntables;		/* what its plan depends on, parents first */
	const Oid  *tables;
	bool		temporary;		/* reads a temporary table */
	bool		verbatim;		/* query is as written: constants not known */
	bool		clipped;		/* was too long to be kept as a whole, and
								 * cannot be parsed again */
} PadvText;

/* What one execution adds. */
typedef struct PadvObservation
{
	PadvKey		key;
	uint64		exec_ns;
	uint64		plan_ns;		/* planning since the last record */
	uint32		plans;
	uint64		rows;
	uint64		shared_blks_hit;
	uint64		shared_blks_read;
	uint64		temp_blks_written;
	uint64		seq_scans;
	uint64		seq_rows;
	bool		slow;			/* over slow_query_ms */
	bool		outlier;		/* many times the mean; told by the store */
	bool		watched;		/* rows were counted per node */
	double		passed;			/* of a watched one: rows that met conditions */
	bool		telling;		/* to be the recent example; told by the store */
	PadvFacts  *facts;			/* NULL: none */
} PadvObservation;

/* Counters of one statement. */
typedef struct PadvCounters
{
	uint64		calls;
	uint64		plans;
	uint64		exec_ns;
	uint64		plan_ns;
	uint64		min_ns;
	uint64		max_ns;
	double		mean_ms;		/* Welford's running mean and sum of squares */
	double		sum_sq_ms;
	uint64		rows;
	uint64		shared_blks_hit;
	uint64		shared_blks_read;
	uint64		temp_blks_written;
	uint64		seq_scans;
	uint64		seq_rows;
	uint64		slow_calls;
	uint64		slow_ns;		/* time of the slow executions */
	uint64		watched_calls;
	uint64		like_first;		/* of those, so many passed as many rows as */
	uint64		like_recent;	/* with the values of these examples */
	double		first_passed;
	double		recent_passed;
	TimestampTz first_seen;
	TimestampTz last_seen;
	TimestampTz last_slow;		/* 0: never */
} PadvCounters;

/*
 * A statement before and since the indexes of its tables changed last.  What
 * changed within a short time counts as one change.
 */
typedef struct PadvChange
{
	TimestampTz since;			/* when the time before began */
	TimestampTz first_at;		/* when the first command began */
	TimestampTz last_at;		/* when the last one was committed */
	PadvCounters before;
	PadvHistogram before_histogram;
	PadvCounters after;
	PadvHistogram after_histogram;
} PadvChange;

/* Most tables that are kept of one statement. */
#define PADV_MAX_TABLES		64

/* A copy of one entry in the reader's memory. */
typedef struct PadvEntryCopy
{
	PadvKey		key;
	PadvCounters counters;
	PadvHistogram histogram;
	int			encoding;		/* of the texts */
	PadvText	text;
	PadvFacts	facts;
	PadvExample *examples[PADV_EXAMPLE_KINDS];	/* NULL: none of that kind */
	PadvChange *change;			/* NULL: none that is known of */
} PadvEntryCopy;

typedef struct PadvStoreInfo
{
	int			entries_max;
	int			entries_used;
	uint64		evictions;
	uint64		dropped;		/* observations that found no room */
	uint64		calls;			/* recorded since reset_at */
	uint64		own_ns;			/* as told by padv_store_own_time() */
	Size		shared_bytes;	/* all shared memory */
	Size		text_bytes_max;
	Size		text_bytes_used;
	TimestampTz reset_at;
	TimestampTz started_at;
} PadvStoreInfo;

/* Set-up: called from _PG_init while shared_preload_libraries is loaded. */
extern void padv_store_init(void);

/* True when the library was preloaded and its shared memory stands. */
extern bool padv_store_ready(void);

/*
 * Adds an execution to an entry that exists.  Returns false when there is
 * none: call padv_store_insert() then.  Tells whether it was an outlier.
 * Takes no lock but the entry's spinlock in the common case.  No errors.
 */
extern bool padv_store_record(PadvObservation *obs);

/* Does a new statement take the place of another?  As of a moment ago. */
extern bool padv_store_full(void);

/* Calls of a statement so far as this backend knows, 0 for a new one. */
extern uint64 padv_store_known_calls(const PadvKey *key);

/*
 * Adds an execution of a statement that is new, making room where needed.
 * Returns false when there was no room (counted).  No errors.
 */
extern bool padv_store_insert(PadvObservation *obs, const PadvText *text);

/* Keeps an example for a recorded statement, replacing that kind's last. */
extern void padv_store_keep_example(const PadvKey *key, PadvExampleKind kind,
									const PadvExample *example);

/*
 * Counts time that recording took outside the common case: for a statement
 * that is new, or closely watched.  For perfadvisor_info().
 */
extern void padv_store_own_time(uint64 ns);

/* The slowest example kept so far in ns (0: none), to decide on a new one. */
extern uint64 padv_store_slowest(const PadvKey *key);

/*
 * Calls visit(copy, arg) for every entry (of one database, unless dbid is
 * InvalidOid).  No lock is held during visit; the copy lives in the current
 * memory context and belongs to the caller: visit may reset that context, or
 * keep the copy.  May raise out of memory.
 */
typedef void (*PadvVisit) (PadvEntryCopy *copy, void *arg);
extern void padv_store_scan(Oid dbid, PadvVisit visit, void *arg);

/* What was counted since, given the figures of then; minima stay as they are. */
extern void padv_counters_subtract(PadvCounters *counters,
								   const PadvCounters *mark);
extern void padv_histogram_subtract(PadvHistogram *histogram,
									const PadvHistogram *mark);

/*
 * Notes that indexes of these tables of this database, sorted by OID, have
 * changed by commands that began then, so that figures of before and since
 * can be told apart.  No errors.
 */
extern void padv_store_mark_change(const Oid *tables, int ntables,
								   TimestampTz began);

/* Removes the matching entries; 0 or InvalidOid matches all.  How many? */
extern int64 padv_store_reset(Oid userid, Oid dbid, uint64 queryid);

extern void padv_store_info(PadvStoreInfo *info);

/* Writes the statistics file now (errors raised); at shutdown it is done
 * by the postmaster when perfadvisor.save is on. */
extern void padv_store_dump(void);

#endif							/* PADV_STORE_H */
