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
 * Under a budget, what was left out for lack of room is then tried once more in
 * the place of what saves least per byte.
 *
 * A step must bring at least one statement the minimum improvement, and must
 * save more than its upkeep.  At the end each chosen index is put to the same
 * test against the rest of the set, and those that fail are dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "advise/move.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Scores that differ by less are equal. */
#define PADV_EQUAL_SCORE	0.01

/* Most candidates that are added together. */
#define PADV_MAX_TOGETHER	4

static bool
has_move(List *moves, const Bitmapset *add)
{
	ListCell   *lc;

	foreach(lc, moves)
	{
		if (bms_equal(((PadvMove *) lfirst(lc))->add, add))
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
		moves = lappend(moves, padv_make_move(search, bms_copy(used)));
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
		PadvMove   *move = padv_make_move(search, bms_make_singleton(id));

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
static PadvMove *
best_of(List *moves)
{
	PadvMove   *best = NULL;
	ListCell   *lc;

	foreach(lc, moves)
	{
		PadvMove   *move = lfirst(lc);

		if (best == NULL ||
			move->score > best->score * (1.0 + PADV_EQUAL_SCORE))
			best = move;
	}
	return best;
}

static void
mark_over_budget(PadvSearch *search, const PadvMove *move)
{
	int			id = -1;

	while ((id = bms_next_member(move->add, id)) >= 0)
		search->candidates[id]->over_budget = true;
}

/* Brings the costs under the chosen set up to date and the moves with them. */
static void
apply(PadvSearch *search, const PadvMove *taken, List *moves)
{
	Bitmapset  *covered;
	Bitmapset  *changed = NULL;
	Bitmapset  *set = padv_after_move(search, taken, &covered);
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
		PadvMove   *move = lfirst(lc);

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
	PadvMove   *best;

	while ((best = best_of(moves)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!best->fresh)
		{
			padv_rate(search, best);
			continue;
		}
		moves = list_delete_ptr(moves, best);
		if (!padv_is_worthwhile(search, best) ||
			bms_is_subset(best->add, search->chosen))
			continue;
		if (!padv_fits(search, best))
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
							padv_improvement_pct(state, cost, state->cost,
												 index->ncols > index->nkeys,
												 padv_set_bytes(search, without),
												 index->bytes));
	}
	bms_free(rest);
	loss -= search->candidates[id]->upkeep;
	return loss > 0 && worst_pct >= padv_least_pct(search);
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

/* Nothing is known of any move any more: all are rated again when met. */
static void
forget_ratings(List *moves)
{
	ListCell   *lc;

	foreach(lc, moves)
	{
		((PadvMove *) lfirst(lc))->fresh = false;
		((PadvMove *) lfirst(lc))->score = DBL_MAX / 2;
	}
}

/* Grows the chosen set; what is pruned leaves room, and its place, to others. */
void
padv_grow_and_prune(PadvSearch *search, List *moves)
{
	int			rounds = 3;

	do
	{
		forget_ratings(moves);
		grow(search, list_copy(moves));
	} while (prune(search) && rounds-- > 0);
}

static bool
was_limited(const PadvSearch *search)
{
	for (int id = 0; id < search->ncandidates; id++)
	{
		if (search->candidates[id]->over_budget)
			return true;
	}
	return false;
}

void
padv_select(PadvSearch *search)
{
	MemoryContext context = AllocSetContextCreate(search->context,
												  "perfadvisor selection",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	List	   *moves;

	old = MemoryContextSwitchTo(context);
	moves = moves_together(search);
	moves = list_concat(moves, moves_alone(search));
	padv_grow_and_prune(search, moves);
	if (was_limited(search))
		padv_exchange_all(search, moves);
	MemoryContextSwitchTo(search->context);
	search->chosen = bms_copy(search->chosen);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
