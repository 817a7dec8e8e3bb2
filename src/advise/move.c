/*-------------------------------------------------------------------------
 *
 * move.c
 *	  One step of the search, and what it saves.
 *
 * A move adds candidates to the chosen set and takes away those that they
 * cover.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "advise/move.h"

/*
 * What a call costs besides its plan (reading, analyzing, planning, sending),
 * in planner units: about what five pages read at random do.
 */
#define PADV_CALL_COST		20.0

/*
 * Share of the whole workload that included columns must save, unless a budget
 * says how many bytes there are for them.
 */
#define PADV_COVERING_SHARE 0.01

/* Improvements below this are noise of the cost model. */
#define PADV_NOISE_PCT		0.5

double
padv_set_bytes(PadvSearch *search, const Bitmapset *set)
{
	double		bytes = 0;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
		bytes += search->candidates[id]->index->bytes;
	return bytes;
}

double
padv_set_upkeep(PadvSearch *search, const Bitmapset *set)
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
Bitmapset *
padv_after_move(PadvSearch *search, const PadvMove *move, Bitmapset **covered)
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
double
padv_improvement_pct(const PadvStmtState *state, double from, double to,
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
void
padv_rate(PadvSearch *search, PadvMove *move)
{
	Bitmapset  *covered;
	Bitmapset  *set = padv_after_move(search, move, &covered);
	double		bytes = padv_set_bytes(search, move->add) -
		padv_set_bytes(search, covered);
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
							 padv_improvement_pct(state, state->cost, cost,
												  move->covering,
												  padv_set_bytes(search, before),
												  padv_set_bytes(search, move->add)));
	}
	move->saving = move->gross - padv_set_upkeep(search, move->add) +
		padv_set_upkeep(search, covered);
	move->score = move->saving / Max(bytes, PADV_MIN_BYTES);
	move->fresh = true;
	bms_free(set);
	bms_free(covered);
}

/* The improvement that at least one statement must have. */
double
padv_least_pct(const PadvSearch *search)
{
	return Max(search->options.min_improvement_pct, PADV_NOISE_PCT);
}

bool
padv_is_worthwhile(PadvSearch *search, const PadvMove *move)
{
	if (move->covering && search->options.storage_budget <= 0 &&
		move->saving < PADV_COVERING_SHARE * search->objective)
		return false;
	return move->saving > 0 && move->best_pct >= padv_least_pct(search);
}

bool
padv_fits(PadvSearch *search, const PadvMove *move)
{
	Bitmapset  *covered;
	Bitmapset  *set;
	double		bytes;

	if (search->options.storage_budget <= 0)
		return true;
	set = padv_after_move(search, move, &covered);
	bytes = padv_set_bytes(search, set);
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

PadvMove *
padv_make_move(PadvSearch *search, Bitmapset *add)
{
	PadvMove   *move = palloc0(sizeof(PadvMove));

	move->add = add;
	move->statements = states_of(search, add);
	padv_rate(search, move);
	return move;
}
