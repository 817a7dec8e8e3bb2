/*-------------------------------------------------------------------------
 *
 * exchange.c
 *	  Better use of a storage budget by exchanging chosen indexes.
 *
 * Growing by the saving per byte spends a small budget on what is small, and
 * then has no room for what is large and better.  So each move that was left
 * out for lack of room is tried once more: it is taken, and what saves least
 * per byte goes until the set fits the budget, perhaps for something narrower
 * that saves part of it, and the set grows again.  Both sets' costs are known
 * then, and the better one is kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/move.h"
#include "miscadmin.h"

/* Share of the workload that another set must be better by. */
#define PADV_LEAST_GAIN		0.0001

/* So much worse may a set be that is yet to grow. */
#define PADV_HOPE			0.0015

/* Share of an index's bytes that a narrower one must free. */
#define PADV_LEAST_CUT		0.5

/* How many exchanges are tried at a time, and how often. */
#define PADV_MAX_EXCHANGES	32
#define PADV_EXCHANGE_ROUNDS 2

/* Brings the costs up to date with another chosen set. */
void
padv_choose(PadvSearch *search, const Bitmapset *set)
{
	search->chosen = bms_copy(set);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		PadvPrice	price;

		if (bms_is_empty(state->relevant))
			continue;
		padv_price(search, state, set, &price);
		state->cost = price.cost;
	}
}

/* What the workload costs under the chosen set, and the set's upkeep. */
double
padv_chosen_objective(PadvSearch *search)
{
	double		objective = padv_set_upkeep(search, search->chosen);

	for (int i = 0; i < search->nstates; i++)
		objective += search->states[i]->weight * search->states[i]->cost;
	return objective;
}

/* ---- under a budget ---- */

/* A way to take less room: a member goes, perhaps for a narrower one. */
typedef struct Cut
{
	int			instead;		/* that comes in its place; -1: none */
	double		bytes;			/* that this frees */
	double		worth;			/* what is lost for each of them */
} Cut;

/* What a set would lose by a cut, upkeep taken off. */
static double
loss_by(PadvSearch *search, const Bitmapset *set, int id, int instead)
{
	Bitmapset  *rest = bms_del_member(bms_copy(set), id);
	double		loss;

	if (instead >= 0)
		rest = bms_add_member(rest, instead);
	loss = padv_upkeep_change(search, set, rest);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		PadvPrice	with;
		PadvPrice	without;

		if (!bms_is_member(id, state->relevant) &&
			!(instead >= 0 && bms_is_member(instead, state->relevant)))
			continue;
		padv_price(search, state, set, &with);
		padv_price(search, state, rest, &without);
		loss += state->weight * (without.cost - with.cost);
	}
	bms_free(rest);
	return loss;
}

/* A narrower one must free enough for the cut to be one. */
static void
try_cut(PadvSearch *search, const Bitmapset *set, int id, int instead, Cut *cut)
{
	double		whole = search->candidates[id]->index->bytes;
	double		bytes = whole;
	double		worth;

	if (instead >= 0)
		bytes -= search->candidates[instead]->index->bytes;
	if (bytes < PADV_LEAST_CUT * whole)
		return;
	bytes = Max(bytes, PADV_MIN_BYTES);
	worth = loss_by(search, set, id, instead) / bytes;
	if (cut->bytes > 0 && worth >= cut->worth)
		return;
	cut->instead = instead;
	cut->bytes = bytes;
	cut->worth = worth;
}

/* The cut of one member by which the set loses least per byte. */
static Cut
best_cut(PadvSearch *search, const Bitmapset *set, int id)
{
	Cut			cut = {.instead = -1};
	int			other = -1;

	try_cut(search, set, id, -1, &cut);
	while ((other = bms_next_member(search->candidates[id]->covers, other)) >= 0)
	{
		if (!bms_is_member(other, set))
			try_cut(search, set, id, other, &cut);
	}
	return cut;
}

/* By candidate, the best cut of the chosen ones; of others nothing is said. */
static Cut *
cuts_of_chosen(PadvSearch *search)
{
	Cut		   *cuts = palloc0(sizeof(Cut) * search->ncandidates);
	int			id = -1;

	while ((id = bms_next_member(search->chosen, id)) >= 0)
	{
		CHECK_FOR_INTERRUPTS();
		cuts[id] = best_cut(search, search->chosen, id);
	}
	return cuts;
}

/* All candidates that serve a statement which one of these serves as well. */
static Bitmapset *
neighbours_of(PadvSearch *search, const Bitmapset *ids)
{
	Bitmapset  *near = NULL;

	for (int i = 0; i < search->nstates; i++)
	{
		if (bms_overlap(ids, search->states[i]->relevant))
			near = bms_add_members(near, search->states[i]->relevant);
	}
	return near;
}

/*
 * The member whose cut loses least per byte, -1 if there is none; what is stale
 * of what is known is worked out again.
 */
static int
least_worth(PadvSearch *search, const Bitmapset *set, const Bitmapset *kept,
			const Bitmapset *stale, Cut *cuts)
{
	int			worst = -1;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
	{
		if (bms_is_member(id, kept))
			continue;
		if (bms_is_member(id, stale))
			cuts[id] = best_cut(search, set, id);
		if (worst < 0 || cuts[id].worth < cuts[worst].worth)
			worst = id;
	}
	return worst;
}

/*
 * Makes cuts, first those that lose least per byte, until the rest of the set
 * fits the budget.  Those of "added" stay whatever they save; what the others
 * were worth before them is known.  Changes the set.
 */
static Bitmapset *
shrink(PadvSearch *search, Bitmapset *set, const Bitmapset *added,
	   const Cut *known)
{
	Cut		   *cuts = palloc(sizeof(Cut) * search->ncandidates);
	Bitmapset  *stale = neighbours_of(search, added);

	memcpy(cuts, known, sizeof(Cut) * search->ncandidates);
	while (padv_set_bytes(search, set) > search->options.storage_budget)
	{
		int			worst = least_worth(search, set, added, stale, cuts);
		Bitmapset  *changed;

		CHECK_FOR_INTERRUPTS();
		if (worst < 0)
			break;
		changed = bms_make_singleton(worst);
		set = bms_del_member(set, worst);
		if (cuts[worst].instead >= 0)
		{
			set = bms_add_member(set, cuts[worst].instead);
			changed = bms_add_member(changed, cuts[worst].instead);
		}
		bms_free(stale);
		stale = neighbours_of(search, changed);
		bms_free(changed);
	}
	bms_free(stale);
	pfree(cuts);
	return set;
}

/*
 * The set without what saves least per byte of the chosen ones, as far as the
 * budget demands it; what is to be kept stays.
 */
Bitmapset *
padv_make_room(PadvSearch *search, Bitmapset *set, const Bitmapset *keep)
{
	if (search->options.storage_budget <= 0)
		return set;
	return shrink(search, set, keep, cuts_of_chosen(search));
}

/* Keeps the better one of the chosen set and the one before. */
static bool
keep_better(PadvSearch *search, const Bitmapset *before, double objective)
{
	if (padv_chosen_objective(search) <
		objective - PADV_LEAST_GAIN * search->objective)
	{
		padv_note_end(search);
		return true;
	}
	padv_choose(search, before);
	return false;
}

/* Takes the move and takes out what it leaves no room for, if that pays. */
static bool
exchange(PadvSearch *search, const PadvMove *move, List *moves,
		 const Cut *cuts)
{
	Bitmapset  *before = search->chosen;
	double		objective = padv_chosen_objective(search);
	Bitmapset  *covered;

	if (padv_set_bytes(search, move->add) > search->options.storage_budget)
		return false;
	padv_choose(search, shrink(search, padv_after_move(search, move, &covered),
							   move->add, cuts));
	if (padv_chosen_objective(search) >=
		objective + PADV_HOPE * search->objective)
	{
		padv_choose(search, before);
		return false;
	}
	padv_grow_and_prune(search, moves);
	return keep_better(search, before, objective);
}

static int
by_saving(const ListCell *a, const ListCell *b)
{
	const PadvMove *ma = lfirst(a);
	const PadvMove *mb = lfirst(b);

	if (ma->saving != mb->saving)
		return ma->saving > mb->saving ? -1 : 1;
	return bms_compare(ma->add, mb->add);
}

/* Moves that would be worthwhile if there were room, the best saving first. */
static List *
left_out(PadvSearch *search, List *moves)
{
	List	   *left = NIL;
	ListCell   *lc;

	foreach(lc, moves)
	{
		PadvMove   *move = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (bms_is_subset(move->add, search->chosen))
			continue;
		padv_rate(search, move, PADV_GUESSED, 0);
		if (padv_is_worthwhile(search, move))
			left = lappend(left, move);
	}
	list_sort(left, by_saving);
	return list_truncate(left, PADV_MAX_EXCHANGES);
}

/*
 * What the chosen ones are worth now.  If plans that were made meanwhile have
 * shown that the set is worse than it was known to be, the best one is chosen
 * first.
 */
static Cut *
look_again(PadvSearch *search, double objective)
{
	if (padv_chosen_objective(search) >
		objective + PADV_LEAST_GAIN * search->objective)
		padv_choose_best(search);
	return cuts_of_chosen(search);
}

/* Exchanges chosen indexes for others as long as that pays. */
void
padv_exchange_all(PadvSearch *search, List *moves)
{
	bool		changed = true;

	for (int round = 0; changed && round < PADV_EXCHANGE_ROUNDS; round++)
	{
		List	   *left = left_out(search, moves);
		double		objective = padv_chosen_objective(search);
		Cut		   *cuts = cuts_of_chosen(search);
		ListCell   *lc;

		changed = false;
		foreach(lc, left)
		{
			PadvMove   *move = lfirst(lc);
			bool		exchanged;

			if (search->spent > padv_allowance(search))
				return;
			if (bms_is_subset(move->add, search->chosen))
				continue;
			exchanged = exchange(search, move, moves, cuts);
			if (!exchanged && padv_chosen_objective(search) <= objective)
				continue;
			changed = changed || exchanged;
			pfree(cuts);
			cuts = look_again(search, objective);
			objective = padv_chosen_objective(search);
		}
	}
}
