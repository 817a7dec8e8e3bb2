/*-------------------------------------------------------------------------
 *
 * select.c
 *	  Choosing a set of indexes for the whole workload.
 *
 * The search follows Extend (Schlosser, Kossmann, Boissier: Efficient scalable
 * multi-attribute index selection using recursive strategies, ICDE 2019):
 * again and again the step is taken that saves most per byte added.  A step
 * adds one candidate and takes away those that it covers, so that (a) grows
 * into (a, b) where that pays; or it adds all that one statement's best plan
 * uses together, since both arms of an OR are worth nothing alone.
 *
 * Savings of the steps are kept and only worked out again when something
 * about their statements has changed; an old saving is taken as an upper
 * bound (lazy greedy), which it nearly always is, since what one index has
 * saved another cannot save again.
 *
 * A step must bring at least one statement the minimum improvement, and must
 * save more than its upkeep.  At the end each chosen index is put to the same
 * test against the rest of the set, and those that fail are dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "advise/advise_private.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* A step that the search can take. */
typedef struct Move
{
	Bitmapset  *add;
	Bitmapset  *statements;		/* states whose cost it can change */
	double		score;			/* saving per byte when it was worked out */
	double		saving;			/* objective, upkeep taken off */
	double		gross;			/* before upkeep */
	double		best_pct;		/* best improvement of one statement */
	bool		covering;		/* includes columns */
	bool		fresh;			/* nothing has changed since */
} Move;

/* Indexes smaller than this weigh alike. */
#define PADV_MIN_BYTES		(8.0 * BLCKSZ)

/* Scores that differ by less are equal. */
#define PADV_EQUAL_SCORE	0.01

/*
 * What a call costs besides its plan (reading, analyzing, planning, sending),
 * in planner units: about what five pages read at random do.
 */
#define PADV_CALL_COST		20.0

/* Share of the whole workload that included columns must save. */
#define PADV_COVERING_SHARE 0.01

/* Improvements below this are noise of the cost model. */
#define PADV_NOISE_PCT		0.5

/* Most candidates that are added together. */
#define PADV_MAX_TOGETHER	4

static double
set_bytes(PadvSearch *search, const Bitmapset *set)
{
	double		bytes = 0;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
		bytes += search->candidates[id]->index->bytes;
	return bytes;
}

static double
set_upkeep(PadvSearch *search, const Bitmapset *set)
{
	double		upkeep = 0;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
		upkeep += search->candidates[id]->upkeep;
	return upkeep;
}

/* Chosen candidates that one of "add" makes superfluous. */
static Bitmapset *
covered_by(PadvSearch *search, const Bitmapset *add)
{
	Bitmapset  *covered = NULL;
	int			chosen = -1;

	while ((chosen = bms_next_member(search->chosen, chosen)) >= 0)
	{
		int			id = -1;

		while ((id = bms_next_member(add, id)) >= 0)
		{
			if (id != chosen &&
				padv_index_covers(search->candidates[id]->index,
								  search->candidates[chosen]->index))
				covered = bms_add_member(covered, chosen);
		}
	}
	return covered;
}

/* The set after a move. */
static Bitmapset *
after_move(PadvSearch *search, const Move *move, Bitmapset **covered)
{
	*covered = covered_by(search, move->add);
	return bms_difference(bms_union(search->chosen, move->add), *covered);
}

static bool
is_covering(PadvSearch *search, const Bitmapset *set)
{
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
	{
		const PadvIndex *index = search->candidates[id]->index;

		if (index->ncols > index->nkeys)
			return true;
	}
	return false;
}

/*
 * How much cheaper a statement gets, in per cent.  Of what it costs under the
 * indexes chosen so far, and what each call costs besides its plan; but what
 * included columns save is measured against the cost as things are: they take
 * many bytes for what is a small part of the way.
 *
 * Where advised indexes serve the statement already ("served" of "bytes"
 * before), each doubling of their size must bring the minimum once more: a
 * gain of eleven per cent does not pay for sixty times the bytes.
 */
static double
improvement_pct(const PadvStmtState *state, double from, double to,
				bool covering, double served, double bytes)
{
	double		pct;

	pct = 100.0 * (from - to) /
		(covering ? state->base_cost : from + PADV_CALL_COST);
	if (served > 0 && bytes > served)
		pct /= 1.0 + log(bytes / served) / log(2.0);
	return pct;
}

/* Works out what a move saves now. */
static void
rate(PadvSearch *search, Move *move)
{
	Bitmapset  *covered;
	Bitmapset  *set = after_move(search, move, &covered);
	double		bytes = set_bytes(search, move->add) -
		set_bytes(search, covered);
	int			i = -1;

	move->covering = is_covering(search, move->add);
	move->gross = move->best_pct = 0;
	while ((i = bms_next_member(move->statements, i)) >= 0)
	{
		PadvStmtState *state = search->states[i];
		Bitmapset  *before;
		double		cost;

		if (state->cost <= state->best_cost)
			continue;
		(void) padv_cost(search, state, search->chosen, &before);
		cost = padv_cost(search, state, set, NULL);
		move->gross += state->weight * (state->cost - cost);
		move->best_pct = Max(move->best_pct,
							 improvement_pct(state, state->cost, cost,
											 move->covering,
											 set_bytes(search, before),
											 set_bytes(search, move->add)));
	}
	move->saving = move->gross - set_upkeep(search, move->add) +
		set_upkeep(search, covered);
	move->score = move->saving / Max(bytes, PADV_MIN_BYTES);
	move->fresh = true;
	bms_free(set);
	bms_free(covered);
}

/* The improvement that at least one statement must have. */
static double
least_pct(const PadvSearch *search)
{
	return Max(search->options.min_improvement_pct, PADV_NOISE_PCT);
}

static bool
is_worthwhile(PadvSearch *search, const Move *move)
{
	if (move->covering &&
		move->saving < PADV_COVERING_SHARE * search->objective)
		return false;
	return move->saving > 0 && move->best_pct >= least_pct(search);
}

static bool
fits(PadvSearch *search, const Move *move)
{
	Bitmapset  *covered;
	Bitmapset  *set;
	double		bytes;

	if (search->options.storage_budget <= 0)
		return true;
	set = after_move(search, move, &covered);
	bytes = set_bytes(search, set);
	bms_free(set);
	bms_free(covered);
	return bytes <= search->options.storage_budget;
}

static Bitmapset *
states_of(PadvSearch *search, const Bitmapset *add)
{
	Bitmapset  *states = NULL;

	for (int i = 0; i < search->nstates; i++)
	{
		if (bms_overlap(search->states[i]->relevant, add))
			states = bms_add_member(states, i);
	}
	return states;
}

static Move *
make_move(PadvSearch *search, Bitmapset *add)
{
	Move	   *move = palloc0(sizeof(Move));

	move->add = add;
	move->statements = states_of(search, add);
	rate(search, move);
	return move;
}

static bool
has_move(List *moves, const Bitmapset *add)
{
	ListCell   *lc;

	foreach(lc, moves)
	{
		if (bms_equal(((Move *) lfirst(lc))->add, add))
			return true;
	}
	return false;
}

/* The best plans together: what all candidates offered at once lead to. */
static List *
moves_together(PadvSearch *search)
{
	List	   *moves = NIL;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		Bitmapset  *used;

		if (state->relevant == NULL || state->base_cost <= 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		state->best_cost = Min(state->base_cost,
							   padv_cost(search, state, state->relevant, &used));
		if (bms_num_members(used) < 2 ||
			bms_num_members(used) > PADV_MAX_TOGETHER || has_move(moves, used))
			continue;
		moves = lappend(moves, make_move(search, bms_copy(used)));
	}
	return moves;
}

static List *
moves_alone(PadvSearch *search)
{
	List	   *moves = NIL;

	for (int id = 0; id < search->ncandidates; id++)
	{
		PadvCandidate *candidate = search->candidates[id];
		Move	   *move = make_move(search, bms_make_singleton(id));

		candidate->upkeep_exceeds = move->gross > 0 && move->saving <= 0 &&
			move->best_pct >= search->options.min_improvement_pct;
		moves = lappend(moves, move);
	}
	return moves;
}

/*
 * Of moves that are as good as equal the one that was made first, since
 * candidates are made in the order of preference: the choice is stable.
 */
static Move *
best_of(List *moves)
{
	Move	   *best = NULL;
	ListCell   *lc;

	foreach(lc, moves)
	{
		Move	   *move = lfirst(lc);

		if (best == NULL ||
			move->score > best->score * (1.0 + PADV_EQUAL_SCORE))
			best = move;
	}
	return best;
}

static void
mark_over_budget(PadvSearch *search, const Move *move)
{
	int			id = -1;

	while ((id = bms_next_member(move->add, id)) >= 0)
		search->candidates[id]->over_budget = true;
}

/* Brings the costs under the chosen set up to date and the moves with them. */
static void
apply(PadvSearch *search, const Move *taken, List *moves)
{
	Bitmapset  *covered;
	Bitmapset  *changed = NULL;
	Bitmapset  *set = after_move(search, taken, &covered);
	ListCell   *lc;

	search->chosen = set;
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		double		cost;

		if (!bms_overlap(state->relevant, taken->add) &&
			!bms_overlap(state->relevant, covered))
			continue;
		cost = padv_cost(search, state, set, NULL);
		if (cost != state->cost)
			changed = bms_add_member(changed, i);
		state->cost = cost;
	}
	foreach(lc, moves)
	{
		Move	   *move = lfirst(lc);

		if (bms_overlap(move->statements, changed))
			move->fresh = false;
	}
}

/*
 * Takes the best move while there is a worthwhile one.  A move that is not
 * worthwhile, does not fit, or was taken is removed.
 */
static void
grow(PadvSearch *search, List *moves)
{
	Move	   *best;

	while ((best = best_of(moves)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!best->fresh)
		{
			rate(search, best);
			continue;
		}
		moves = list_delete_ptr(moves, best);
		if (!is_worthwhile(search, best) ||
			bms_is_subset(best->add, search->chosen))
			continue;
		if (!fits(search, best))
		{
			mark_over_budget(search, best);
			continue;
		}
		apply(search, best, moves);
	}
}

/* Would a chosen index be chosen again, given the rest of the set? */
static bool
still_worthwhile(PadvSearch *search, int id)
{
	Bitmapset  *chosen = search->chosen;
	Bitmapset  *rest = bms_del_member(bms_copy(chosen), id);
	const PadvIndex *index = search->candidates[id]->index;
	double		loss = 0;
	double		worst_pct = 0;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		Bitmapset  *without;
		double		cost;

		if (!bms_is_member(id, state->relevant))
			continue;
		cost = padv_cost(search, state, rest, &without);
		loss += state->weight * (cost - state->cost);
		if (state->base_cost > 0 && cost > state->cost)
			worst_pct = Max(worst_pct,
							improvement_pct(state, cost, state->cost,
											index->ncols > index->nkeys,
											set_bytes(search, without),
											index->bytes));
	}
	bms_free(rest);
	loss -= search->candidates[id]->upkeep;
	return loss > 0 && worst_pct >= least_pct(search);
}

/* Takes one index out of the chosen set. */
void
padv_drop_chosen(PadvSearch *search, int id)
{
	search->chosen = bms_del_member(bms_copy(search->chosen), id);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (bms_is_member(id, state->relevant))
			state->cost = padv_cost(search, state, search->chosen, NULL);
	}
}

/* Removes what later choices have made superfluous, the largest first. */
static bool
prune(PadvSearch *search)
{
	Bitmapset  *left = bms_copy(search->chosen);
	bool		dropped = false;

	while (!bms_is_empty(left))
	{
		int			largest = -1;
		int			id = -1;

		while ((id = bms_next_member(left, id)) >= 0)
		{
			if (largest < 0 || search->candidates[id]->index->bytes >
				search->candidates[largest]->index->bytes)
				largest = id;
		}
		left = bms_del_member(left, largest);
		CHECK_FOR_INTERRUPTS();
		if (still_worthwhile(search, largest))
			continue;
		padv_drop_chosen(search, largest);
		dropped = true;
	}
	return dropped;
}

void
padv_select(PadvSearch *search)
{
	MemoryContext context = AllocSetContextCreate(search->context,
												  "perfadvisor selection",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	List	   *moves;
	int			rounds = 3;

	old = MemoryContextSwitchTo(context);
	moves = moves_together(search);
	moves = list_concat(moves, moves_alone(search));
	grow(search, list_copy(moves));
	/* what was pruned leaves room, and its place, to others */
	while (prune(search) && rounds-- > 0)
	{
		ListCell   *lc;

		foreach(lc, moves)
		{
			((Move *) lfirst(lc))->fresh = false;
			((Move *) lfirst(lc))->score = DBL_MAX / 2;
		}
		grow(search, list_copy(moves));
	}
	MemoryContextSwitchTo(search->context);
	search->chosen = bms_copy(search->chosen);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
