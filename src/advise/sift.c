/*-------------------------------------------------------------------------
 *
 * sift.c
 *	  Which candidates matter, and to which statement.
 *
 * A statement is planned with all of its candidates at once.  What the plan
 * uses is taken away, together with what starts like it and is no smaller,
 * and it is planned again, until no plan gets cheaper any more: layer by
 * layer, the alternatives show, the smaller ones among them.  A candidate that
 * no layer of any statement uses is forgotten.
 *
 * The layers stay as costings, so that the search starts with bounds for what
 * each candidate can save.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* A layer that saves less than this share of the cost is the last. */
#define PADV_LAYER_SHARE	0.002

/*
 * How many layers are looked at, where planning is cheap and where it is not,
 * and where it takes so many times the effort of the workload's mean.
 */
#define PADV_MAX_LAYERS		16
#define PADV_LEAST_LAYERS	3
#define PADV_DEAR_LAYERS	2
#define PADV_DEAR			10.0

/* One planning with all that is left; candidates by their first numbers. */
typedef struct Layer
{
	PadvPrice	price;
	Bitmapset  *used;
	Bitmapset  *dropped;		/* used ones, and those that start like them */
} Layer;

static bool
starts_like(const PadvIndex *a, const PadvIndex *b)
{
	return a->relid == b->relid && a->relam == b->relam &&
		padv_same_col(&a->cols[0], &b->cols[0]);
}

/*
 * Is it another form of what a layer above uses, which is worth no more than
 * it?  Under a budget it may be, as what counts then is the planner's cost.
 */
static bool
is_wanted_form(const PadvSearch *search, const PadvStmtState *state, int id)
{
	ListCell   *lc;

	if (search->options.storage_budget > 0)
		return false;
	foreach(lc, state->layers)
	{
		const Bitmapset *used = ((Layer *) lfirst(lc))->used;
		int			u = -1;

		while ((u = bms_next_member(used, u)) >= 0)
		{
			if (padv_is_turned(state, search->candidates[u]->index,
							   search->candidates[id]->index))
				return true;
		}
	}
	return false;
}

/*
 * "used", and members that start like one of it and are larger, or as large
 * and of less preference.
 */
static Bitmapset *
alike(const PadvSearch *search, const PadvStmtState *state,
	  const Bitmapset *left, const Bitmapset *used)
{
	Bitmapset  *result = bms_copy(used);
	int			u = -1;

	while ((u = bms_next_member(used, u)) >= 0)
	{
		const PadvIndex *index = search->candidates[u]->index;
		double		least = Max(index->bytes, PADV_MIN_BYTES);
		int			id = -1;

		while ((id = bms_next_member(left, id)) >= 0)
		{
			const PadvIndex *other = search->candidates[id]->index;
			double		bytes = Max(other->bytes, PADV_MIN_BYTES);

			if ((bytes > least || (bytes == least && id > u)) &&
				starts_like(other, index) &&
				!is_wanted_form(search, state, id))
				result = bms_add_member(result, id);
		}
	}
	return result;
}

/*
 * Layers may take a third of what the search may spend in all, and each
 * statement's an equal part of that: one with many joins would take it all.
 */
static int
most_layers(const PadvSearch *search, const PadvStmtState *state)
{
	double		effort = Max(state->effort, 1.0);
	double		most = padv_allowance(search) / 3 / search->nstates / effort;
	double		least = PADV_LEAST_LAYERS;

	if (effort > PADV_DEAR * search->effort / search->nstates)
		least = PADV_DEAR_LAYERS;
	return (int) Min(Max(most, least), PADV_MAX_LAYERS);
}

/*
 * Those that alone are too large for the budget.  They are never chosen, and
 * without them the bounds are closer to what can be had.
 */
static Bitmapset *
unaffordable(const PadvSearch *search, const Bitmapset *set)
{
	Bitmapset  *result = NULL;
	int			id = -1;

	if (search->options.storage_budget <= 0)
		return NULL;
	while ((id = bms_next_member(set, id)) >= 0)
	{
		if (search->candidates[id]->index->bytes > search->options.storage_budget)
			result = bms_add_member(result, id);
	}
	return result;
}

/* Which of them the statement would use, for those who ask for reasons. */
static Bitmapset *
missed(PadvSearch *search, PadvStmtState *state, const Bitmapset *large)
{
	PadvPrice	price;

	if (bms_is_empty(large) || !search->options.explain)
		return NULL;
	padv_plan_set(search, state, padv_ids_from_set(state->relevant), true,
				  &price);
	return bms_int_members(padv_ids_to_set(price.used), large);
}

/* Of those that start alike the smallest one. */
static Bitmapset *
smallest_alike(PadvSearch *search, const Bitmapset *set)
{
	Bitmapset  *result = NULL;
	Bitmapset  *left = bms_copy(set);
	int			id = -1;

	while ((id = bms_next_member(left, id)) >= 0)
	{
		const PadvIndex *smallest = search->candidates[id]->index;
		int			best = id;
		int			other = id;

		while ((other = bms_next_member(left, other)) >= 0)
		{
			const PadvIndex *index = search->candidates[other]->index;

			if (!starts_like(index, smallest))
				continue;
			left = bms_del_member(left, other);
			if (index->bytes < smallest->bytes)
			{
				smallest = index;
				best = other;
			}
		}
		result = bms_add_member(result, best);
	}
	bms_free(left);
	return result;
}

/*
 * Plans with all that is left.  Where that is dear, the search for join orders
 * takes place with few candidates, and all are tried in what it has found.
 */
static void
plan_layer(PadvSearch *search, PadvStmtState *state, const Bitmapset *left,
		   bool first, PadvPrice *price)
{
	if (first && padv_is_dear(state))
	{
		Bitmapset  *few = smallest_alike(search, left);

		padv_plan_set(search, state, padv_ids_from_set(few), true, price);
		bms_free(few);
		first = false;
	}
	padv_plan_set(search, state, padv_ids_from_set(left), first, price);
}

/* Plans the statement layer by layer, and keeps those that save something. */
static void
find_layers(PadvSearch *search, PadvStmtState *state)
{
	Bitmapset  *large = unaffordable(search, state->relevant);
	Bitmapset  *left = bms_difference(state->relevant, large);
	int			most = most_layers(search, state);

	state->missed = missed(search, state, large);

	for (int n = 0; n < most && !bms_is_empty(left); n++)
	{
		Layer	   *layer = palloc(sizeof(Layer));

		plan_layer(search, state, left, n == 0, &layer->price);
		layer->used = padv_ids_to_set(layer->price.used);
		layer->dropped = left;
		state->layers = lappend(state->layers, layer);
		if (layer->used == NULL ||
			layer->price.own > state->base_cost * (1.0 - PADV_LAYER_SHARE))
		{
			layer->used = NULL;
			break;
		}
		layer->dropped = alike(search, state, left, layer->used);
		left = bms_del_members(left, layer->dropped);
	}
}

/* The members under their new numbers, without those that are gone. */
static Bitmapset *
renumber(const Bitmapset *set, const int *numbers)
{
	Bitmapset  *result = NULL;
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
	{
		if (numbers[id] >= 0)
			result = bms_add_member(result, numbers[id]);
	}
	return result;
}

/* The layers as costings under the new numbers. */
static void
keep_layers(PadvSearch *search, PadvStmtState *state, const int *numbers)
{
	PadvPrice	base = {.own = state->base_cost, .low = state->base_cost,
	.risk = state->base_risk};
	Bitmapset  *relevant = NULL;
	Bitmapset  *left;
	ListCell   *lc;

	foreach(lc, state->layers)
	{
		Layer	   *layer = lfirst(lc);

		if (layer->used != NULL)
			relevant = bms_add_members(relevant, layer->dropped);
	}
	bms_free(state->relevant);
	state->relevant = renumber(relevant, numbers);
	state->missed = renumber(state->missed, numbers);
	bms_free(relevant);
	padv_keep_costing(search, state, NULL, &base, true);
	left = bms_copy(state->relevant);
	foreach(lc, state->layers)
	{
		Layer	   *layer = lfirst(lc);
		bool		first = (lc == list_head(state->layers));
		bool		sure = first && !padv_is_dear(state);
		PadvIds    *offered = padv_ids_from_set(left);

		if (layer->used == NULL)
			padv_keep_costing(search, state, offered, &base, sure);
		else
		{
			Bitmapset  *used = renumber(layer->used, numbers);
			Bitmapset  *dropped = renumber(layer->dropped, numbers);

			layer->price.used = padv_ids_from_set(used);
			padv_keep_costing(search, state, offered, &layer->price, sure);
			left = bms_del_members(left, dropped);
			bms_free(used);
			bms_free(dropped);
		}
		if (first)
			state->best_cost = Min(layer->price.low, state->base_cost);
	}
	bms_free(left);
	state->layers = NIL;
}

/* Gives the candidates that matter new numbers, in the old order; others go. */
static int *
keep_candidates(PadvSearch *search, const Bitmapset *matter)
{
	int		   *numbers = palloc(sizeof(int) * Max(search->ncandidates, 1));
	int			n = 0;

	for (int id = 0; id < search->ncandidates; id++)
	{
		numbers[id] = -1;
		if (!bms_is_member(id, matter))
		{
			pfree(search->candidates[id]->index);
			pfree(search->candidates[id]);
			continue;
		}
		numbers[id] = n;
		search->candidates[n] = search->candidates[id];
		search->candidates[n]->id = n;
		n++;
	}
	search->ncandidates = n;
	memset(search->buckets, 0, sizeof(search->buckets));
	return numbers;
}

/* Which candidates each one covers. */
static void
note_covers(PadvSearch *search)
{
	int			n = search->ncandidates;
	PadvCandidate **sorted = padv_candidates_by_table(search);
	int			start = 0;

	for (int i = 0; i < n; i++)
	{
		PadvCandidate *wide = sorted[i];

		CHECK_FOR_INTERRUPTS();
		if (wide->index->relid != sorted[start]->index->relid)
			start = i;
		for (int j = start; j < n &&
			 sorted[j]->index->relid == wide->index->relid; j++)
		{
			if (j != i && padv_index_covers(wide->index, sorted[j]->index))
				wide->covers = bms_add_member(wide->covers, sorted[j]->id);
		}
	}
	pfree(sorted);
}

void
padv_sift(PadvSearch *search)
{
	MemoryContext context = AllocSetContextCreate(search->context,
												  "perfadvisor layers",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Bitmapset  *matter = NULL;
	int		   *numbers;

	search->made = search->ncandidates;
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		ListCell   *lc;

		if (state->relevant == NULL || state->base_cost <= 0)
			continue;
		find_layers(search, state);
		matter = bms_add_members(matter, state->missed);
		foreach(lc, state->layers)
			matter = bms_add_members(matter, ((Layer *) lfirst(lc))->used);
	}
	numbers = keep_candidates(search, matter);
	MemoryContextSwitchTo(search->context);
	for (int i = 0; i < search->nstates; i++)
		keep_layers(search, search->states[i], numbers);
	note_covers(search);
	padv_group_by_table(search);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	elog(DEBUG1, "%d of %d candidates matter, effort %.0f of %.0f allowed",
		 search->ncandidates, search->made, search->spent,
		 padv_allowance(search));
}
