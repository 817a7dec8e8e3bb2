/*-------------------------------------------------------------------------
 *
 * advise_private.h
 *	  What the files of the advise room share.
 *
 * access.c reads off the planner how a statement reaches its tables,
 * candidate.c makes index definitions of that, cost.c prices sets of them,
 * upkeep.c prices writes, select.c chooses, whynot.c says what was left out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_ADVISE_PRIVATE_H
#define PADV_ADVISE_PRIVATE_H

#include "nodes/bitmapset.h"
#include "nodes/plannodes.h"
#include "advise/advise.h"
#include "advise/whatif.h"
#include "portability/instr_time.h"

/* How a key column would serve a clause or an order. */
typedef enum PadvUse
{
	PADV_USE_EQUAL,				/* column = constant, IS NULL, boolean */
	PADV_USE_ANY,				/* column = ANY: equal, but order is lost */
	PADV_USE_RANGE,				/* <, <=, >=, >, LIKE prefix, IS NOT NULL */
	PADV_USE_JOIN,				/* column = other table's expression */
	PADV_USE_SORT,				/* pathkey, in order */
	PADV_USE_OTHER,				/* a search with another access method */
	PADV_USE_DISTANCE,			/* an order by distance, likewise */
	PADV_USE_NONE				/* no index serves it */
} PadvUse;

typedef struct PadvTarget
{
	PadvUse		use;
	PadvIndexCol col;			/* key column that would serve */
	Oid			relam;			/* access method, or InvalidOid for btree */
	double		selectivity;	/* share of rows kept; 1 for sorts */
	Oid			opno;			/* operator, for telling; or InvalidOid */
	const char *test;			/* text of a test without operator, or NULL */
	bool		whole;			/* col.expr is the whole clause or sort key
								 * (NULL: with a subquery), only to be named */
	int			arm;			/* 0, or number of the OR arm it stands in */
	Node	   *clause;			/* could be a predicate, Vars numbered 1 */
	bool		varies;			/* the clause differs between instances */
	bool		known;			/* the value compared with is known */
	List	   *rare;			/* clauses of sampled values that are rare */
	bool		common;			/* a sampled value is common */
} PadvTarget;

/* How one statement reaches one table. */
typedef struct PadvAccess
{
	Oid			relid;
	double		tuples;
	double		pages;
	bool		analyzed;		/* statistics exist */
	List	   *targets;		/* of PadvTarget */
	List	   *orders;			/* of List of PadvTarget: wanted sort orders */
	Bitmapset  *needed;			/* columns read, by attno */
	bool		needs_row;		/* whole row or system columns as well */
} PadvAccess;

typedef struct PadvCandidate
{
	int			id;
	PadvIndex  *index;
	double		upkeep;			/* in units of the objective */
	double		entries;		/* index entries written in the window */
	Bitmapset  *covers;			/* other candidates that it can replace */
	bool		over_budget;	/* worth it, but did not fit */
	bool		upkeep_exceeds; /* worth it but for the writes */
} PadvCandidate;

/* A set of candidates that was planned for a statement. */
typedef struct PadvCosting
{
	Bitmapset  *offered;
	Bitmapset  *used;
	double		cost;
} PadvCosting;

/* What a statement costs under some set, and how well that is known. */
typedef struct PadvPrice
{
	double		cost;			/* no set of these members costs more */
	double		low;			/* none costs less; equal if it was planned */
	Bitmapset  *used;			/* candidates in the plan with that cost */
} PadvPrice;

typedef struct PadvStmtState
{
	PadvStatement *stmt;
	List	   *accesses;		/* of PadvAccess */
	Bitmapset  *relevant;		/* candidates that could serve it */
	List	   *costings;		/* of PadvCosting: the cache */
	List	   *existing;		/* OIDs of real indexes its plan uses */
	bool		uneven;			/* with some values much dearer than others */
	double		served_bytes;	/* of those that are not unique */
	double		bare_cost;		/* without such ones on their tables, or 0 */
	double		weight;			/* objective per unit of cost */
	double		base_cost;		/* as things are */
	double		best_cost;		/* with all candidates offered */
	double		cost;			/* under the chosen set */
	double		target_rows;	/* rows it writes, all calls */
	double		effort;			/* of planning it once */
	List	   *layers;			/* while the candidates are sifted */
	List	   *moves;			/* that can change its cost */
} PadvStmtState;

/* Indexes smaller than this weigh alike. */
#define PADV_MIN_BYTES		(8.0 * BLCKSZ)

/* Lists that candidates are looked up in. */
#define PADV_BUCKETS 1024

/* One request for advice. */
typedef struct PadvSearch
{
	const PadvWorkload *workload;
	PadvOptions options;
	MemoryContext context;		/* lives as long as the request */
	MemoryContext scratch;		/* reset after each planner call */
	PadvStmtState **states;
	int			nstates;
	PadvCandidate **candidates;
	int			ncandidates;
	int			candidates_size;
	List	   *buckets[PADV_BUCKETS];	/* candidates by table and columns */
	Bitmapset  *chosen;
	List	   *writers;		/* of PadvStmtState: those that write rows */
	List	   *always;			/* of PadvIndex: offered with every set */
	List	   *hide;			/* OIDs of real indexes hidden throughout */
	double		objective;		/* of the whole workload, as things are */
	double		size_power;		/* how much a step's bytes count */
	double		ms_per_cost;
	int64		planner_calls;
	int			made;			/* candidates before they were sifted */
	double		effort;			/* of planning every statement once */
	double		spent;			/* effort of all plannings so far */
	instr_time	started;
	double		told_ms;		/* when progress was last reported */
} PadvSearch;

/* access.c, predicate.c: the visitor for PadvScope; arg is a PadvAccessArg */
typedef struct PadvAccessArg
{
	MemoryContext context;
	const Query *query;			/* as it was before planning */
	bool		has_params;		/* it has parameters with values */
	bool		sampled;		/* one of several instances */
	List	   *accesses;
} PadvAccessArg;

extern void padv_access_visit(PlannerInfo *root, RelOptInfo *rel, Index rti,
							  RangeTblEntry *rte, void *arg);
extern Node *padv_predicate_of(PlannerInfo *root, Index rti, Node *clause,
							   const Query *query, bool sampled);
extern Node *padv_rare_predicate(PlannerInfo *root, Index rti, Node *clause);
extern Node *padv_any_of(List *clauses);
extern bool padv_is_in_text(const Query *query, const Const *value);
extern void padv_note_columns(PlannerInfo *root, RelOptInfo *rel,
							  PadvAccess *access, MemoryContext context);
extern bool padv_same_col(const PadvIndexCol *a, const PadvIndexCol *b);

/* keycolumn.c */
extern Node *padv_strip(Node *node);
extern bool padv_fill_key(Index rti, Node *node, Oid collation,
						  PadvIndexCol *col);
extern bool padv_is_prefix_operator(Oid opno);
extern bool padv_lacks_prefix(Oid opno, Node *pattern);
extern PadvUse padv_classify(Oid opno, PadvIndexCol *col);

/* method.c */
extern int	padv_other_methods(Oid opno, Oid type, Oid *methods,
							   Oid *opclasses, int max);
extern Oid	padv_distance_opclass(Oid opno, Oid type);
extern bool padv_use_hash(PadvIndexCol *col, Oid opno, Oid type);
extern bool padv_use_brin(PadvIndexCol *col, Oid opno, Oid type);
extern double padv_correlation(Oid relid, AttrNumber attno);

/* candidate.c */
extern void padv_make_candidates(PadvSearch *search);
extern bool padv_too_small(const PadvAccess *access);

/* cost.c */
extern PadvSearch *padv_search_start(const PadvWorkload *workload,
									 const PadvOptions *options, List *hide);
extern double padv_cost(PadvSearch *search, PadvStmtState *state,
						const Bitmapset *set, Bitmapset **used);
extern void padv_price(PadvSearch *search, PadvStmtState *state,
					   const Bitmapset *set, PadvPrice *price);
extern void padv_bounds(PadvSearch *search, PadvStmtState *state,
						const Bitmapset *set, PadvPrice *price);
extern void padv_plan_set(PadvSearch *search, PadvStmtState *state,
						  const Bitmapset *set, PadvPrice *price);
extern void padv_keep_costing(PadvSearch *search, PadvStmtState *state,
							  Bitmapset *offered, Bitmapset *used, double cost);
extern double padv_allowance(const PadvSearch *search);
extern double padv_cost_hiding(PadvSearch *search, PadvStmtState *state,
							   List *hide);
extern void padv_survey(PadvSearch *search, PadvStmtState *state);

/* weigh.c */
extern void padv_set_weights(PadvSearch *search);

/* trust.c: may this statement be planned with the index? */
extern bool padv_may_offer(const PadvIndex *index, PadvStatement *stmt);

/* sift.c */
extern void padv_sift(PadvSearch *search);

/* served.c */
extern void padv_note_served(PadvSearch *search);

/* upkeep.c */
extern void padv_upkeep(PadvSearch *search, PadvCandidate *candidate);
extern double padv_upkeep_cost_of(const PadvSearch *search,
								  const PadvIndex *index, double *entries);

/* move.c */
extern bool padv_is_enough(const PadvSearch *search, double saving,
						   double best_pct);

/* select.c */
extern void padv_select(PadvSearch *search);
extern void padv_drop_chosen(PadvSearch *search, int id);

/* whynot.c */
extern List *padv_explain_rest(PadvSearch *search, List *advice);

/* rephrase.c */
extern char *padv_rephrase(Oid relid, const PadvTarget *target);

#endif							/* PADV_ADVISE_PRIVATE_H */
