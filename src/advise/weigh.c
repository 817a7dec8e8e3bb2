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
 * What a unit of the statement's cost weighs.  The objective is measured
 * time: a recorded statement weighs its total time per unit of its cost
 * today, a given one its weight.  But no more than several times what is
 * usual: time that was spent before an index existed, or on waiting, cannot
 * be saved by a better plan.  What was never timed is converted at the
 * average rate of the rest.
 */
static double
weight_of(const PadvSearch *search, const PadvStmtState *state, double median)
{
	double		rate = search->ms_per_cost > 0 ? search->ms_per_cost : 1.0;

	if (state->stmt->total_ms > 0)
		rate = Min(state->stmt->total_ms /
				   (state->stmt->calls * state->base_cost),
				   PADV_UNUSUAL_RATE * median);
	return state->stmt->calls * rate;
}

/* Surveys all statements and weighs them. */
void
padv_set_weights(PadvSearch *search)
{
	double		total_ms = 0;
	double		total_cost = 0;
	double		median;

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->stmt->skip_code == NULL)
			padv_survey(search, state);
		if (state->stmt->instances != NIL && state->target_rows > 0 &&
			((PadvInstance *) linitial(state->stmt->instances))->query->commandType != CMD_SELECT)
			search->writers = lappend(search->writers, state);
		if (state->base_cost > 0 && state->stmt->total_ms > 0)
		{
			total_ms += state->stmt->total_ms;
			total_cost += state->base_cost * state->stmt->calls;
		}
	}
	search->ms_per_cost = total_cost > 0 ? total_ms / total_cost : 0;
	median = median_ms_per_cost(search);
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->base_cost <= 0)
			continue;
		state->weight = weight_of(search, state, median);
		search->objective += state->weight * state->base_cost;
	}
}
