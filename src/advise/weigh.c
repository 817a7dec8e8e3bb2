/*-------------------------------------------------------------------------
 *
 * weigh.c
 *	  What a unit of a statement's cost weighs: measured time, or what was given.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "base/compat.h"

/* So many times the median time for a unit of cost is not the plan's. */
#define PADV_UNUSUAL_RATE	10.0

static int
compare_doubles(const void *a, const void *b)
{
	double		da = *(const double *) a;
	double		db = *(const double *) b;

	return da < db ? -1 : da > db;
}

/* The middle one of what the timed statements take for a unit of cost. */
static double
median_ms_per_cost(PadvSearch *search)
{
	double	   *rates = palloc(sizeof(double) * Max(search->nstates, 1));
	int			n = 0;
	double		median;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->base_cost > 0 && state->stmt->total_ms > 0)
			rates[n++] = state->stmt->total_ms /
				(state->stmt->calls * state->base_cost);
	}
	qsort(rates, n, sizeof(double), compare_doubles);
	median = n > 0 ? rates[n / 2] : 0;
	pfree(rates);
	return median;
}

/*
 * Measured time of a statement as far as its plan can be the reason: no more
 * than several times what is usual for its cost.  Time that was spent before an
 * index existed, on waiting, or in functions cannot be saved by a better plan.
 */
static double
usual_ms(const PadvStmtState *state, double median)
{
	return Min(state->stmt->total_ms, PADV_UNUSUAL_RATE * median *
			   state->stmt->calls * state->base_cost);
}

/* What a unit of cost takes in ms, all timed statements together. */
static double
average_ms_per_cost(const PadvSearch *search, double median)
{
	double		total_ms = 0;
	double		total_cost = 0;

	for (int i = 0; i < search->nstates; i++)
	{
		const PadvStmtState *state = search->states[i];

		if (state->base_cost <= 0 || state->stmt->total_ms <= 0)
			continue;
		total_ms += usual_ms(state, median);
		total_cost += state->base_cost * state->stmt->calls;
	}
	return total_cost > 0 ? total_ms / total_cost : 0;
}

/*
 * What a unit of the statement's cost weighs.  The objective is measured
 * time: a recorded statement weighs its time per unit of its cost today, a
 * given one its weight.  What was never timed is converted at the average rate
 * of the rest.
 */
static double
weight_of(const PadvSearch *search, const PadvStmtState *state, double median)
{
	if (state->stmt->total_ms > 0)
		return usual_ms(state, median) / state->base_cost;
	return state->stmt->calls *
		(search->ms_per_cost > 0 ? search->ms_per_cost : 1.0);
}

/* Surveys all statements and weighs them. */
void
padv_set_weights(PadvSearch *search)
{
	double		median;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->stmt->skip_code == NULL)
			padv_survey(search, state);
		padv_note_writer(search, state);
	}
	median = median_ms_per_cost(search);
	search->ms_per_cost = average_ms_per_cost(search, median);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->base_cost <= 0)
			continue;
		state->weight = weight_of(search, state, median);
		search->objective += state->weight * state->base_cost;
	}
}
