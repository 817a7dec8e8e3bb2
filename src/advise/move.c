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
#include "miscadmin.h"
#include "optimizer/optimizer.h"

/*
 * What a call costs besides its plan, in pages read at random: to start and end
 * the executor takes as long as three pages that are in memory (3.6 us against
 * 1.3 us each where this was measured), and receiving, binding and answering a
 * prepared statement at least as much as two more.
 */
#define PADV_CALL_PAGES		5.0

/*
 * Share of the whole workload that included columns must save, unless a budget
 * says how many bytes there are for them.
 */
#define PADV_COVERING_SHARE 0.01

/* Share of the workload that is worth an index where a budget decides. */
#define PADV_BUDGET_SHARE	0.0005

/* Most doublings of the size that a gain has to pay for. */
#define PADV_MAX_DOUBLINGS	5.0

/* Most candidates that are added together. */
#define PADV_MAX_TOGETHER	4

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
padv_ids_bytes(PadvSearch *search, const PadvIds *ids)
{
	double		bytes = 0;

	for (int i = 0; i < PADV_IDS_COUNT(ids); i++)
		bytes += search->candidates[ids->ids[i]]->index->bytes;
	return bytes;
}

/* Chosen candidates that one of "add" makes superfluous. */
static Bitmapset *
covered_by(PadvSearch *search, const Bitmapset *add)
{
	Bitmapset  *covered = NULL;
	int			id = -1;

	while ((id = bms_next_member(add, id)) >= 0)
		covered = bms_add_members(covered, search->candidates[id]->covers);
	return bms_int_members(covered, search->chosen);
}

/* The set after a move. */
Bitmapset *
padv_after_move(PadvSearch *search, const PadvMove *move, Bitmapset **covered)
{
	*covered = covered_by(search, move->add);
	return bms_del_members(bms_union(search->chosen, move->add), *covered);
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
 * included columns save is measured against the cost without any of them, real
 * ones of its tables included: they take many bytes for what is a small part of
 * the way.
 *
 * Where indexes serve the statement already (advised ones of "served" bytes, or
 * real ones), each doubling of their size must bring the minimum once more: a
 * gain of eleven per cent does not pay for sixty times the bytes.  There are no
 * more than some doublings, though: what saves most of the cost is worth
 * its bytes, and the few kilobytes of a BRIN index do not stand in its way.
 */
double
padv_improvement_pct(const PadvStmtState *state, double from, double to,
					 bool covering, double served, double bytes)
{
	double		pct;

	pct = 100.0 * (from - to) /
		(covering ? Max(state->base_cost, state->bare_cost) :
		 from + PADV_CALL_PAGES * random_page_cost);
	served += state->served_bytes;
	if (served > 0 && bytes > served)
		pct /= 1.0 + Min(log(bytes / served) / log(2.0), PADV_MAX_DOUBLINGS);
	return pct;
}

/*
 * What the statement costs under the set.  Where no budget makes the planner's
 * cost all that counts, a move of one candidate gains no more than the other
 * forms of it would.
 */
static double
cost_after(PadvSearch *search, const PadvMove *move, PadvStmtState *state,
		   const Bitmapset *set, PadvPrice *price)
{
	int			id;

	padv_price(search, state, set, price);
	if (price->cost >= state->cost || search->options.storage_budget > 0 ||
		!bms_get_singleton_member(move->add, &id) ||
		!padv_ids_has(price->used, id))
		return price->cost;
	return padv_cost_unturned(search, state, set, id, price->cost);
}

/* Adds what one statement gains when the set is the chosen one. */
static void
rate_statement(PadvSearch *search, PadvMove *move, PadvStmtState *state,
			   const Bitmapset *set, PadvRating rating)
{
	PadvPrice	before;
	PadvPrice	after;
	double		cost;
	double		gain;

	if (state->cost <= state->best_cost)
		return;
	if (rating == PADV_RATED)
		cost = cost_after(search, move, state, set, &after);
	else
	{
		PadvIds    *relevant = padv_ids_in_both(state->relevant, set);

		padv_bounds(state, relevant, &after);
		pfree(relevant);
		cost = after.low;
	}
	if (cost >= state->cost && rating == PADV_GUESSED)
		return;
	padv_price(search, state, search->chosen, &before);
	if (rating == PADV_RATED && cost < state->cost &&
		padv_gains_by_order(search, state, before.used, after.used))
		return;
	gain = state->weight * (state->cost - cost);
	move->gross += gain;
	move->bare_gross += gain * state->base_cost /
		Max(state->base_cost, state->bare_cost);
	if (cost < state->cost)
		move->calls += state->stmt->calls;
	move->best_pct = Max(move->best_pct,
						 padv_improvement_pct(state, state->cost, cost,
											  move->covering,
											  padv_ids_bytes(search, before.used),
											  padv_set_bytes(search, move->add)));
}

/* How often the most changed of the candidates is. */
static double
changes_of(const PadvSearch *search, const Bitmapset *set)
{
	double		changes = 0;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
		changes = Max(changes, search->candidates[id]->changes);
	return changes;
}

/* A statement whose cost a move can change, and what it gains at most. */
typedef struct Hope
{
	PadvStmtState *state;
	double		most;
	double		rank;			/* by effort */
} Hope;

static int
compare_hopes(const void *a, const void *b)
{
	const Hope *ha = a;
	const Hope *hb = b;

	if (ha->rank != hb->rank)
		return ha->rank > hb->rank ? -1 : 1;
	return ha->state->number - hb->state->number;
}

/* The statements of a move, those first that may gain most. */
static Hope *
hopes_of(PadvSearch *search, PadvMove *move, const Bitmapset *set)
{
	Hope	   *hopes = palloc(sizeof(Hope) * Max(list_length(move->states), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, move->states)
	{
		double		before = move->gross;

		rate_statement(search, move, lfirst(lc), set, PADV_GUESSED);
		hopes[n].state = lfirst(lc);
		hopes[n].most = move->gross - before;
		hopes[n].rank = hopes[n].most / Max(hopes[n].state->effort, 1.0);
		n++;
	}
	qsort(hopes, n, sizeof(Hope), compare_hopes);
	return hopes;
}

/* Saving and score of a move, by what it gains. */
static void
set_score(PadvSearch *search, PadvMove *move, double upkeep, double bytes)
{
	move->saving = move->gross - upkeep;
	move->score = move->saving / pow(Max(bytes, PADV_MIN_BYTES),
									 search->size_power);
}

/* Plans one statement after the other, as long as there is hope. */
static void
rate_exactly(PadvSearch *search, PadvMove *move, const Bitmapset *set,
			 const Hope *hopes, double upkeep, double bytes, double least)
{
	double		open = move->gross;
	int			n = list_length(move->states);

	move->gross = move->bare_gross = move->best_pct = move->calls = 0;
	for (int i = 0; i < n; i++)
	{
		double		gained;

		open -= hopes[i].most;
		rate_statement(search, move, hopes[i].state, set, PADV_RATED);
		gained = move->gross;
		move->gross += Max(open, 0);
		set_score(search, move, upkeep, bytes);
		if (i < n - 1 && move->score < least)
			return;
		move->gross = gained;
	}
	set_score(search, move, upkeep, bytes);
	move->rating = PADV_RATED;
}

/*
 * Works out what a move saves now: the most that it can, by what is known
 * already, or what it does.  The latter takes planning, and stops as soon as
 * the score is known to be below "least"; then it is a better guess.
 */
void
padv_rate(PadvSearch *search, PadvMove *move, PadvRating rating, double least)
{
	Bitmapset  *covered;
	Bitmapset  *set = padv_after_move(search, move, &covered);
	double		bytes = padv_set_bytes(search, move->add) -
		padv_set_bytes(search, covered);
	double		upkeep = padv_upkeep_change(search, search->chosen, set);
	Hope	   *hopes;

	move->covering = is_covering(search, move->add);
	move->changes = changes_of(search, move->add);
	move->gross = move->bare_gross = move->best_pct = move->calls = 0;
	hopes = hopes_of(search, move, set);
	set_score(search, move, upkeep, bytes);
	move->rating = PADV_GUESSED;
	if (rating == PADV_RATED)
		rate_exactly(search, move, set, hopes, upkeep, bytes, least);
	pfree(hopes);
	bms_free(set);
	bms_free(covered);
}

/*
 * Is a saving worth an index?  One statement at least must be improved by the
 * minimum.  Where a storage budget decides, and nobody has asked for that
 * minimum, a part of the whole workload is as good, if it is not noise for each
 * statement.
 */
bool
padv_is_enough(const PadvSearch *search, double saving, double best_pct)
{
	if (saving <= 0 || best_pct < PADV_NOISE_PCT)
		return false;
	if (search->options.storage_budget > 0 && !search->options.strict &&
		saving >= PADV_BUDGET_SHARE * search->objective)
		return true;
	return best_pct >= search->options.min_improvement_pct;
}

/*
 * Included columns must save a part of the workload.  Where real indexes serve
 * a statement, its time may be what it took before they were made: a share of
 * that is what it was when they were advised, so that what was not worth it
 * beside them then is not worth it now.
 */
static bool
is_too_little(const PadvSearch *search, const PadvMove *move)
{
	double		upkeep = move->gross - move->saving;

	return move->covering && search->options.storage_budget <= 0 &&
		move->bare_gross - upkeep < PADV_COVERING_SHARE * search->objective;
}

bool
padv_is_worthwhile(PadvSearch *search, const PadvMove *move)
{
	if (is_too_little(search, move))
		return false;
	if (padv_is_churned(move->changes, move->calls))
		return false;
	return padv_is_enough(search, move->saving, move->best_pct);
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

/* ---- all of them ---- */

static PadvMove *
make_move(Bitmapset *add, int order)
{
	PadvMove   *move = palloc0(sizeof(PadvMove));

	move->add = add;
	move->order = order;
	return move;
}

static bool
has_move(PadvStmtState *state, const Bitmapset *add)
{
	ListCell   *lc;

	foreach(lc, state->moves)
	{
		if (bms_equal(((PadvMove *) lfirst(lc))->add, add))
			return true;
	}
	return false;
}

static void
connect(PadvMove *move, PadvStmtState *state)
{
	move->states = lappend(move->states, state);
	state->moves = lappend(state->moves, move);
}

/* The best plans together: what all candidates offered at once lead to. */
static List *
moves_together(PadvSearch *search)
{
	List	   *moves = NIL;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		PadvPrice	price;
		PadvMove   *move;
		Bitmapset  *add;
		int			n;

		CHECK_FOR_INTERRUPTS();
		if (state->relevant == NULL)
			continue;
		padv_price(search, state, state->relevant, &price);
		n = PADV_IDS_COUNT(price.used);
		if (n < 2 || n > PADV_MAX_TOGETHER)
			continue;
		add = padv_ids_to_set(price.used);
		if (has_move(state, add))
			continue;
		move = make_move(add, list_length(moves));
		moves = lappend(moves, move);
		for (int j = 0; j < search->nstates; j++)
		{
			if (bms_overlap(search->states[j]->relevant, move->add))
				connect(move, search->states[j]);
		}
	}
	return moves;
}

/*
 * Moves that add one candidate, and those that add all that one statement's
 * best plan uses.
 */
List *
padv_make_moves(PadvSearch *search)
{
	List	   *moves = moves_together(search);
	PadvMove  **alone = palloc(sizeof(PadvMove *) * Max(search->ncandidates, 1));

	for (int id = 0; id < search->ncandidates; id++)
	{
		alone[id] = make_move(bms_make_singleton(id), list_length(moves));
		moves = lappend(moves, alone[id]);
	}
	for (int i = 0; i < search->nstates; i++)
	{
		int			id = -1;

		while ((id = bms_next_member(search->states[i]->relevant, id)) >= 0)
			connect(alone[id], search->states[i]);
	}
	return moves;
}
