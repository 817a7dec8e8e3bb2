/*-------------------------------------------------------------------------
 *
 * advise_private.h
 *	  What the files of the advise room share.
 *
 * candidate.c makes index definitions of how statements reach their tables,
 * survey.c learns how things are, planning.c plans a statement with some of
 * them, cost.c knows what it costs under a set, upkeep.c and hotloss.c price
 * writes, select.c chooses, whynot.c says what was left out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_ADVISE_PRIVATE_H
#define PADV_ADVISE_PRIVATE_H

#include "nodes/bitmapset.h"
#include "portability/instr_time.h"
#include "reach/reach.h"
#include "advise/ids.h"
#include "advise/advise.h"
#include "advise/correlate.h"
#include "whatif/whatif.h"

/* The candidates of one table. */
typedef struct PadvTable
{
	Bitmapset  *members;
	List	   *indexes;		/* of PadvIndex: real ones, where a member
								 * ends HOT updates */
} PadvTable;

typedef struct PadvCandidate
{
	int			id;
	PadvIndex  *index;
	double		upkeep;			/* by itself, in units of the objective */
	double		entries;		/* index entries written in the window */
	Bitmapset  *ends_hot;		/* writers whose updates it keeps from being
								 * HOT */
	double		changes;		/* calls of all that change its columns */
	struct PadvTable *table;
	Bitmapset  *covers;			/* other candidates that it can replace */
	bool		over_budget;	/* worth it, but did not fit */
	bool		upkeep_exceeds; /* worth it but for the writes */
	double		changed_times;	/* more often changed than searched by, if
								 * that is why it was refused */
	double		lures;			/* by it a statement takes so many times as
								 * much as today, 0 if none does */
	PadvStatement *lured;		/* that statement */
	bool		unsure;			/* and probably, not surely */
} PadvCandidate;

/* A set of candidates that was planned for a statement. */
typedef struct PadvCosting
{
	PadvIds    *offered;
	PadvIds    *used;
	double		cost;			/* the planner's own, with doubts */
	double		low;			/* no subset of the offered ones costs less */
	double		risk;			/* what the plan takes more */
	bool		sure;			/* planned in every order */
} PadvCosting;

/* What a statement costs under some set, and how well that is known. */
typedef struct PadvPrice
{
	double		cost;			/* no set of these members costs more, but for
								 * what the planner is lured into */
	double		low;			/* none costs less; equal if it was planned */
	double		own;			/* cost as the planner has it */
	double		risk;			/* what that plan takes more */
	PadvIds    *used;			/* candidates in the plan with that cost */
} PadvPrice;

typedef struct PadvStmtState
{
	PadvStatement *stmt;
	int			number;			/* of the statement in the workload */
	List	   *accesses;		/* of PadvAccess */
	Bitmapset  *relevant;		/* candidates that could serve it */
	Bitmapset  *missed;			/* those that would, but for the budget */
	List	   *costings;		/* of PadvCosting: the cache */
	List	   *existing;		/* OIDs of real indexes its plan uses */
	List	   *served_by;		/* of PadvIndex: the same, see served.c */
	List	   *judged;			/* of PadvJudged */
	bool		uneven;			/* with some values much dearer than others */
	double		served_bytes;	/* of those that are not unique */
	double		bare_cost;		/* without such ones on their tables, or 0 */
	double		weight;			/* objective per unit of cost */
	double		base_cost;		/* as things are */
	double		base_risk;		/* what that takes more */
	bool		wary;			/* risks are also of what is not sure */
	double		sure_risk;		/* then base_risk as it was before, */
	double		suspected;		/* how many times as much as today it may take */
	PadvIds    *suspects;		/* by candidates of which one is to blame */
	double		best_cost;		/* with all candidates offered */
	double		cost;			/* under the chosen set */
	double		target_rows;	/* rows it writes, all calls */
	double		part_rows;		/* the same, of writes in its WITH clause */
	Oid			target;			/* table it writes to, if it is a writer */
	List	   *parents;		/* OIDs, if that is a partition */
	Bitmapset  *assigned;		/* columns that it assigns in rows there */
	double		changes;		/* calls that do so */
	double		entries;		/* rows that every index gets an entry for */
	double		hot_rows;		/* rows whose updates are HOT */
	double		effort;			/* of planning it once */
	PadvJoinOrders orders;		/* of its plans */
	PadvWays	ways;			/* that its plans walk */
	List	   *layers;			/* while the candidates are sifted */
	List	   *moves;			/* that can change its cost */
} PadvStmtState;

/* So many times counts what a statement loses by a plan it is lured into. */
#define PADV_AVERSION		10.0

/* What is likely, but not sure, comes true with such a probability. */
#define PADV_LIKELIHOOD		0.5

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
	List	   *ends;			/* of Bitmapset: sets that were good so far */
	List	   *writers;		/* of PadvStmtState: those that write rows */
	Bitmapset  *hot_enders;		/* candidates that end HOT updates */
	List	   *always;			/* of PadvIndex: offered with every set */
	List	   *hide;			/* OIDs of real indexes hidden throughout */
	List	   *refused;		/* of PadvIndex: dismissed ones that would
								 * have been tried */
	PadvColumnGroups *groups;	/* what statements compare, or NULL */
	double		objective;		/* of the whole workload, as things are */
	bool		limited;		/* something was left out for lack of room */
	double		size_power;		/* how much a step's bytes count */
	double		ms_per_cost;
	bool		suspicious;		/* see PadvScope */
	int64		planner_calls;
	int			made;			/* candidates before they were sifted */
	double		effort;			/* of planning every statement once */
	double		spent;			/* effort of all plannings so far */
	instr_time	started;
	double		told_ms;		/* when progress was last reported */
} PadvSearch;

/* Several conditions on one table, Vars numbered 1. */
typedef struct PadvConditions
{
	Oid			relid;
	double		pages;
	double		tuples;
	double		rows;			/* that the planner expects */
	List	   *conditions;
} PadvConditions;

/* What is learned while a statement is planned for the first time. */
typedef struct PadvSurvey
{
	PadvAccessArg access;
	List	   *conditions;		/* of PadvConditions */
	List	   *judged;			/* of PadvJudged */
	PadvStatement *stmt;
	PadvColumnGroups *groups;	/* of the whole workload, or NULL */
} PadvSurvey;

/* conditions.c */
extern void padv_note_conditions(PlannerInfo *root, RelOptInfo *rel, Index rti,
								 RangeTblEntry *rte, PadvSurvey *survey);
extern void padv_judge_conditions(void *arg);

/* candidate.c */
extern void padv_make_candidates(PadvSearch *search);
extern PadvCandidate **padv_candidates_by_table(const PadvSearch *search);
extern bool padv_too_small(const PadvAccess *access);

/* survey.c */
extern PadvSearch *padv_search_start(const PadvWorkload *workload,
									 const PadvOptions *options, List *hide);
extern void padv_survey(PadvSearch *search, PadvStmtState *state);

/* cost.c */
extern double padv_cost(PadvSearch *search, PadvStmtState *state,
						const Bitmapset *set);
extern void padv_price(PadvSearch *search, PadvStmtState *state,
					   const Bitmapset *set, PadvPrice *price);
extern void padv_price_planned(PadvSearch *search, PadvStmtState *state,
							   const Bitmapset *set, PadvPrice *price);
extern void padv_price_surely(PadvSearch *search, PadvStmtState *state,
							  const Bitmapset *set, PadvPrice *price);
extern void padv_bounds(PadvStmtState *state, const PadvIds *set,
						PadvPrice *price);
extern void padv_plan_set(PadvSearch *search, PadvStmtState *state,
						  const PadvIds *set, bool sure, PadvPrice *price);
extern void padv_keep_costing(PadvSearch *search, PadvStmtState *state,
							  PadvIds *offered, const PadvPrice *price,
							  bool sure);
extern bool padv_is_dear(const PadvStmtState *state);
extern double padv_suspected(PadvSearch *search, PadvStmtState *state);
extern bool padv_is_lured(const PadvStmtState *state, double cost,
						  double risk);
extern double padv_allowance(const PadvSearch *search);
extern double padv_cost_hiding(PadvSearch *search, PadvStmtState *state,
							   List *hide);

/* weigh.c */
extern void padv_set_weights(PadvSearch *search);

/* trust.c: may this statement be planned with the index? */
extern bool padv_may_offer(const PadvIndex *index, PadvStatement *stmt);

/* sift.c */
extern void padv_sift(PadvSearch *search);

/* served.c */
extern void padv_note_served(PadvSearch *search);

/* upkeep.c: by statement and by index */
extern void padv_note_writer(PadvSearch *search, PadvStmtState *state);
extern double padv_entry_cost(const PadvIndex *index);
extern double padv_entries_per_row(const PadvIndex *index);
extern double padv_entries_cost(const PadvSearch *search,
								const PadvIndex *index, double entries);
extern double padv_objective_unit(const PadvSearch *search);
extern void padv_upkeep(PadvSearch *search, PadvCandidate *candidate);
extern bool padv_is_churned(double changes, double calls);
extern double padv_upkeep_ms_of(const PadvSearch *search,
								const PadvIndex *index);

/* hotloss.c: by set */
extern void padv_group_by_table(PadvSearch *search);
extern double padv_set_upkeep(const PadvSearch *search, const Bitmapset *set);
extern double padv_upkeep_change(const PadvSearch *search,
								 const Bitmapset *from, const Bitmapset *to);
extern double padv_upkeep_within(const PadvSearch *search,
								 const Bitmapset *set, int id);
extern void padv_tell_upkeep(const PadvSearch *search, PadvAdvice **advice);

/* pending.c */
extern double padv_pending_pages(const PadvSearch *search,
								 const PadvAdvice *advice);

/* refuse.c */
extern void padv_refuse(PadvSearch *search);
extern PadvIndex *padv_refused_part(const PadvSearch *search,
									const PadvIndex *index);

/* inorder.c */
extern bool padv_is_turned(const PadvStmtState *state, const PadvIndex *a,
						   const PadvIndex *b);
extern bool padv_gains_by_order(const PadvSearch *search,
								const PadvStmtState *state,
								const PadvIds *before, const PadvIds *after);
extern double padv_cost_unturned(PadvSearch *search, PadvStmtState *state,
								 const Bitmapset *set, int id, double cost);

/* move.c */
extern bool padv_is_enough(const PadvSearch *search, double saving,
						   double best_pct);

/* droptrial.c */
extern bool padv_is_dearer(double cost, double than);

/* select.c */
extern void padv_select(PadvSearch *search);
extern void padv_drop_chosen(PadvSearch *search, int id);

/* whole.c: what one index on a partitioned table stands for */
extern void padv_drop_parts(PadvSearch *search);

/* settle.c */
extern void padv_drop_lures(PadvSearch *search);

/* whynot.c */
extern List *padv_explain_rest(PadvSearch *search, List *advice);

#endif							/* PADV_ADVISE_PRIVATE_H */
