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
 * test against the rest of the set, and those that fail are dropped; of those
 * that stay, the columns go that nothing needs any more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "advise/move.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Scores that differ by less are equal. */
#define PADV_EQUAL_SCORE	0.01

/* An index that saves less of the whole workload is looked at closely. */
#define PADV_MINOR_SHARE	0.002

static int
compare_moves(Datum a, Datum b, void *arg)
{
	const PadvMove *ma = (const PadvMove *) DatumGetPointer(a);
	const PadvMove *mb = (const PadvMove *) DatumGetPointer(b);

	if (ma->score != mb->score)
		return ma->score > mb->score ? 1 : -1;
	return ma->order < mb->order ? 1 : -1;
}

static void
make_stale(const PadvStmtState *state)
{
	ListCell   *lc;

	foreach(lc, state->moves)
		((PadvMove *) lfirst(lc))->rating = PADV_STALE;
}

/* Where updates are not HOT any more, every index of the table costs more. */
static void
note_end_of_hot(PadvSearch *search, const PadvMove *taken)
{
	Bitmapset  *enders = bms_intersect(taken->add, search->hot_enders);
	Bitmapset  *near = NULL;
	int			id = -1;

	while ((id = bms_next_member(enders, id)) >= 0)
		near = bms_add_members(near, search->candidates[id]->table->members);
	for (int i = 0; near != NULL && i < search->nstates; i++)
	{
		if (bms_overlap(search->states[i]->relevant, near))
			make_stale(search->states[i]);
	}
	bms_free(enders);
	bms_free(near);
}

/* Brings the costs under the chosen set up to date and the moves with them. */
static void
apply(PadvSearch *search, const PadvMove *taken)
{
	Bitmapset  *covered;
	Bitmapset  *set = padv_after_move(search, taken, &covered);
	ListCell   *lc;

	search->chosen = set;
	foreach(lc, taken->states)
	{
		PadvStmtState *state = lfirst(lc);
		double		before = state->cost;
		PadvPrice	price;

		padv_price(search, state, set, &price);
		state->cost = price.cost;
		if (state->cost != before)
			make_stale(state);
	}
	note_end_of_hot(search, taken);
	bms_free(covered);
}

/* Why a candidate by itself is not worth its writes. */
static void
note_writes(PadvCandidate *candidate, const PadvMove *move)
{
	bool		churned = padv_is_churned(move->changes, move->calls);

	candidate->upkeep_exceeds = move->gross > 0 &&
		(move->saving <= 0 || churned);
	candidate->changed_times = churned ?
		move->changes / Max(move->calls, 1.0) : 0;
}

/* A move whose saving is known: takes it, or leaves it for good. */
static void
take(PadvSearch *search, PadvMove *move)
{
	if (bms_num_members(move->add) == 1)
		note_writes(search->candidates[bms_singleton_member(move->add)], move);
	if (!padv_is_worthwhile(search, move))
		return;
	if (padv_fits(search, move))
		apply(search, move);
	else
		search->limited = true;
}

/*
 * Need a move not be looked at closely, since under the budget it will not be
 * taken?  Its saving is guessed, and is no more than that.
 */
static bool
is_out_of_reach(PadvSearch *search, const PadvMove *move)
{
	if (search->options.storage_budget <= 0 || move->rating != PADV_GUESSED)
		return false;
	if (!padv_is_worthwhile(search, move))
		return true;
	if (padv_fits(search, move))
		return false;
	search->limited = true;
	return true;
}

static PadvMove *
top_of(binaryheap *heap)
{
	return (PadvMove *) DatumGetPointer(binaryheap_first(heap));
}

/* The score that the top of the heap must keep to stay there. */
static double
second_score(binaryheap *heap)
{
	double		least = -DBL_MAX;

	for (int i = 1; i <= 2 && i < heap->bh_size; i++)
	{
		const PadvMove *move = (PadvMove *) DatumGetPointer(heap->bh_nodes[i]);

		least = Max(least, move->score);
	}
	return least;
}

/*
 * Works on the top of the heap until it is a move whose saving is known; others
 * are rated, first by bounds, and go to their new places.  NULL: no move is
 * left.
 */
static PadvMove *
rated_top(PadvSearch *search, binaryheap *heap)
{
	while (!binaryheap_empty(heap))
	{
		PadvMove   *move = top_of(heap);

		CHECK_FOR_INTERRUPTS();
		if (bms_is_subset(move->add, search->chosen) ||
			(move->rating == PADV_GUESSED && move->gross <= 0) ||
			is_out_of_reach(search, move))
			(void) binaryheap_remove_first(heap);
		else if (move->rating == PADV_RATED)
			return move;
		else
		{
			padv_rate(search, move, move->rating + 1, second_score(heap));
			binaryheap_replace_first(heap, PointerGetDatum(move));
		}
	}
	return NULL;
}

/*
 * Removes the best move from the heap, or of several that are as good as equal
 * the one that was made first, since candidates are made in the order of
 * preference: the choice is stable.
 */
static PadvMove *
remove_best(PadvSearch *search, binaryheap *heap)
{
	List	   *equals = NIL;
	PadvMove   *best = NULL;
	PadvMove   *move;
	double		least = 0;
	ListCell   *lc;

	while ((move = rated_top(search, heap)) != NULL)
	{
		if (best == NULL)
			least = move->score - fabs(move->score) * PADV_EQUAL_SCORE;
		else if (move->score < least)
			break;
		(void) binaryheap_remove_first(heap);
		if (best == NULL && move->score <= 0)
			return move;
		equals = lappend(equals, move);
		if (best == NULL || move->order < best->order)
			best = move;
	}
	foreach(lc, equals)
	{
		if (lfirst(lc) != best)
			binaryheap_add(heap, PointerGetDatum(lfirst(lc)));
	}
	list_free(equals);
	return best;
}

/* Takes the best move while there is one. */
static void
grow_once(PadvSearch *search, List *moves)
{
	binaryheap *heap = binaryheap_allocate(Max(list_length(moves), 1),
										   compare_moves, NULL);
	PadvMove   *best;
	ListCell   *lc;

	foreach(lc, moves)
	{
		padv_rate(search, lfirst(lc), PADV_GUESSED, 0);
		binaryheap_add_unordered(heap, PointerGetDatum(lfirst(lc)));
	}
	binaryheap_build(heap);
	while ((best = remove_best(search, heap)) != NULL)
		take(search, best);
	binaryheap_free(heap);
}

/*
 * Grows the chosen set.  What one index has cost in HOT updates another one on
 * the same column need not pay again: then even those moves are worth another
 * look that were not worth it before.
 */
static void
grow(PadvSearch *search, List *moves)
{
	Bitmapset  *before;
	Bitmapset  *enders;

	do
	{
		before = search->chosen;
		grow_once(search, moves);
		enders = bms_intersect(search->chosen, search->hot_enders);
	} while (!bms_is_subset(enders, before));
}

/* What a statement uses now, and does without this index. */
static bool
is_order_only(PadvSearch *search, PadvStmtState *state,
			  const PadvPrice *without)
{
	PadvPrice	now;

	padv_price(search, state, search->chosen, &now);
	return padv_gains_by_order(search, state, without->used, now.used);
}

/*
 * Would a chosen index be chosen again, given the rest of the set?  "exactly":
 * whatever statements matter little are not judged by bounds.
 */
static bool
is_needed(PadvSearch *search, int id, bool exactly, double *loss)
{
	Bitmapset  *rest = bms_del_member(bms_copy(search->chosen), id);
	const PadvIndex *index = search->candidates[id]->index;
	double		best_pct = 0;
	double		calls = 0;

	*loss = -padv_upkeep_within(search, search->chosen, id);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		PadvPrice	without;

		if (!bms_is_member(id, state->relevant))
			continue;
		padv_price(search, state, rest, &without);
		if (exactly && without.cost > state->cost)
			padv_price_planned(search, state, rest, &without);
		if (without.cost > state->cost &&
			is_order_only(search, state, &without))
			continue;
		/* more than today: what it is lured into speaks against the index */
		if (without.cost > state->cost || state->cost > state->base_cost)
			*loss += state->weight * (without.cost - state->cost);
		if (without.cost <= state->cost)
			continue;
		calls += state->stmt->calls;
		best_pct = Max(best_pct,
					   padv_improvement_pct(state, without.cost, state->cost,
											index->ncols > index->nkeys,
											padv_ids_bytes(search, without.used),
											index->bytes));
	}
	bms_free(rest);
	return !padv_is_churned(search->candidates[id]->changes, calls) &&
		padv_is_enough(search, *loss, best_pct);
}

/* An index that saves little may do so by bounds alone: asks again. */
static bool
still_worthwhile(PadvSearch *search, int id)
{
	double		loss;

	if (!is_needed(search, id, false, &loss))
		return false;
	if (loss >= PADV_MINOR_SHARE * search->objective ||
		search->spent > padv_allowance(search))
		return true;
	return is_needed(search, id, true, &loss);
}

/* Takes one index out of the chosen set. */
void
padv_drop_chosen(PadvSearch *search, int id)
{
	search->chosen = bms_del_member(bms_copy(search->chosen), id);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		PadvPrice	price;

		if (!bms_is_member(id, state->relevant))
			continue;
		padv_price(search, state, search->chosen, &price);
		state->cost = price.cost;
	}
}

/* Removes what later choices have made superfluous, the largest first. */
bool
padv_prune(PadvSearch *search)
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

/* Grows the chosen set; what is pruned leaves room, and its place, to others. */
void
padv_grow_and_prune(PadvSearch *search, List *moves)
{
	int			rounds = 3;

	do
	{
		grow(search, moves);
	} while (padv_prune(search) && rounds-- > 0);
}

/*
 * Searches from nothing; what a step saves counts per byte raised to this
 * power.
 */
static void
search_once(PadvSearch *search, List *moves, double size_power)
{
	search->size_power = size_power;
	padv_choose(search, NULL);
	padv_grow_and_prune(search, moves);
	padv_narrow(search);
	padv_note_end(search);
}

/*
 * Plans joins of many tables in every order with what is chosen, so that what
 * is tried from now on is planned in the orders that are best with that.
 */
static void
find_join_orders(PadvSearch *search)
{
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		PadvPrice	price;

		if (state->base_cost <= 0 || !padv_is_dear(state))
			continue;
		padv_price_surely(search, state, search->chosen, &price);
		state->cost = price.cost;
	}
}

/*
 * Where the budget leaves something out, whoever saves most per byte first may
 * end up with the wrong large index, and whoever saves most first with too few:
 * the search is tried in several ways between the two, and the best end is
 * improved by exchanges.
 */
void
padv_search_all(PadvSearch *search, List *moves)
{
	static const double size_powers[] = {1.0, 0.7, 0.4};

	for (int i = 0; i < lengthof(size_powers); i++)
	{
		search_once(search, moves, size_powers[i]);
		if (!search->limited || search->spent > padv_allowance(search))
			break;
	}
	padv_choose_best(search);
	if (search->limited)
	{
		find_join_orders(search);
		padv_exchange_all(search, moves);
		padv_narrow(search);
		padv_note_end(search);
	}
	elog(DEBUG1, "effort %.0f of %.0f allowed", search->spent,
		 padv_allowance(search));
}

/* What was not taken, and why, for those who ask for reasons. */
static void
note_reasons(PadvSearch *search, List *moves)
{
	ListCell   *lc;

	foreach(lc, moves)
	{
		PadvMove   *move = lfirst(lc);
		PadvCandidate *candidate;

		if (bms_num_members(move->add) > 1 ||
			bms_is_subset(move->add, search->chosen))
			continue;
		candidate = search->candidates[bms_singleton_member(move->add)];
		padv_rate(search, move, PADV_RATED, -DBL_MAX);
		note_writes(candidate, move);
		candidate->over_budget = padv_is_worthwhile(search, move) &&
			!padv_fits(search, move);
	}
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
	search->size_power = 1.0;
	moves = padv_make_moves(search);
	padv_search_all(search, moves);
	padv_settle(search, moves);
	padv_allay(search, moves);
	if (search->options.explain && search->options.storage_budget > 0)
		note_reasons(search, moves);
	MemoryContextSwitchTo(search->context);
	search->chosen = bms_copy(search->chosen);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
