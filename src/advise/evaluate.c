/*-------------------------------------------------------------------------
 *
 * evaluate.c
 *	  What given indexes are worth.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* The given indexes as candidates of a search, all relevant to their table. */
static void
offer(PadvSearch *search, List *indexes)
{
	ListCell   *lc;

	search->candidates = palloc(sizeof(PadvCandidate *) *
								Max(list_length(indexes), 1));
	foreach(lc, indexes)
	{
		PadvCandidate *candidate = palloc0(sizeof(PadvCandidate));

		candidate->id = search->ncandidates;
		candidate->index = lfirst(lc);
		padv_upkeep(search, candidate);
		search->candidates[search->ncandidates++] = candidate;
	}
	for (int i = 0; i < search->nstates; i++)
	{
		foreach(lc, search->states[i]->accesses)
		{
			PadvAccess *access = lfirst(lc);

			for (int id = 0; id < search->ncandidates; id++)
			{
				if (search->candidates[id]->index->relid == access->relid)
					search->states[i]->relevant =
						bms_add_member(search->states[i]->relevant, id);
			}
		}
	}
}

/* Real indexes with the same definition as a given one: hidden meanwhile. */
static List *
twins_of(List *indexes)
{
	List	   *twins = NIL;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		PadvIndex  *index = lfirst(lc);
		ListCell   *lr;

		foreach(lr, padv_index_list(index->relid))
		{
			PadvIndex  *have = lfirst(lr);

			if (padv_index_equal(index, have) && !have->unique)
				twins = list_append_unique_oid(twins, have->oid);
		}
	}
	return twins;
}

/* For the reason: a real twin's name, as the index was judged without it. */
static char *
note_twin(PadvIndex *index)
{
	ListCell   *lc;

	foreach(lc, padv_index_list(index->relid))
	{
		PadvIndex  *have = lfirst(lc);

		if (padv_index_equal(index, have) && !have->unique)
			return psprintf(" It exists as %s.", quote_identifier(have->name));
	}
	return pstrdup("");
}

/* What the set costs with and without one index, and who uses it. */
typedef struct Worth
{
	double		gain;			/* objective lost without it */
	double		cost_with;		/* of the statements that use it */
	double		cost_without;
	double		alone;			/* objective gained if it stood alone */
	double		calls;			/* of the statements that use it */
	List	   *statements;
} Worth;

static void
weigh(PadvSearch *search, int id, Worth *worth)
{
	Bitmapset  *rest = bms_del_member(bms_copy(search->chosen), id);
	Bitmapset  *single = bms_make_singleton(id);

	memset(worth, 0, sizeof(*worth));
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];
		double		with;
		double		without;

		if (!bms_is_member(id, state->relevant) || state->base_cost <= 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		with = padv_cost(search, state, search->chosen);
		without = padv_cost(search, state, rest);
		if (padv_is_dearer(without, with))
		{
			worth->gain += state->weight * (without - with);
			worth->calls += state->stmt->calls;
			worth->cost_with += state->stmt->calls * with;
			worth->cost_without += state->stmt->calls * without;
			worth->statements = lappend(worth->statements, state->stmt);
		}
		without = padv_cost(search, state, single);
		if (padv_is_dearer(state->base_cost, without))
			worth->alone += state->weight * (state->base_cost - without);
	}
}

/* What enforces uniqueness is replaced only by what enforces the same. */
static bool
covers(const PadvIndex *other, const PadvIndex *index)
{
	if (index->unique)
		return other->unique && padv_index_equal(other, index) &&
			other->nulls_not_distinct == index->nulls_not_distinct;
	return padv_index_covers(other, index);
}

/* An index, given or real, that does all that this one does. */
static const PadvIndex *
cover_of(PadvSearch *search, const PadvIndex *index)
{
	ListCell   *lc;
	int			id = -1;

	while ((id = bms_next_member(search->chosen, id)) >= 0)
	{
		const PadvIndex *other = search->candidates[id]->index;

		if (other != index && covers(other, index))
			return other;
	}
	foreach(lc, padv_index_list(index->relid))
	{
		const PadvIndex *other = lfirst(lc);

		if (!list_member_oid(search->hide, other->oid) &&
			covers(other, index))
			return other;
	}
	return NULL;
}

/* Why no plan gets cheaper: there may be none. */
static const char *
no_gain(const PadvSearch *search, int id)
{
	for (int i = 0; i < search->nstates; i++)
	{
		if (bms_is_member(id, search->states[i]->relevant))
			return "No plan of the recorded workload gets cheaper by it.";
	}
	return "No recorded statement that can be planned reads its table: there is nothing to judge it by.";
}

/* Puts the verdict on an index that does not help, or not enough. */
static void
refuse(PadvSearch *search, int id, const Worth *worth, const PadvIndex *cover,
	   PadvVerdict *verdict)
{
	verdict->verdict = cover != NULL || worth->alone > 0 ? "redundant" : "unused";
	if (cover != NULL && worth->gain > 0)
		verdict->reason = psprintf("An index on %s serves the same; being smaller, this one saves %.1f %% beside it.",
								   padv_index_describe(cover),
								   verdict->improvement_pct);
	else if (cover != NULL)
		verdict->reason = psprintf("An index on %s does all that it does.",
								   padv_index_describe(cover));
	else if (worth->gain > 0)
		verdict->reason = psprintf("Beside the other indexes it saves %.1f %%, under the minimum of %.1f %%.",
								   verdict->improvement_pct,
								   search->options.min_improvement_pct);
	else if (worth->alone > 0)
		verdict->reason = pstrdup("Plans would use it, but beside the other indexes none gets cheaper by it.");
	else
		verdict->reason = pstrdup(no_gain(search, id));
}

static void
pronounce(PadvSearch *search, int id, PadvVerdict *verdict)
{
	PadvCandidate *candidate = search->candidates[id];
	const PadvIndex *cover = cover_of(search, candidate->index);
	double		upkeep = padv_upkeep_within(search, search->chosen, id);
	char	   *gain;
	Worth		worth;

	weigh(search, id, &worth);
	verdict->index = candidate->index;
	verdict->statements = worth.statements;
	if (worth.cost_without > 0)
		verdict->improvement_pct = 100.0 *
			(worth.cost_without - worth.cost_with) / worth.cost_without;
	if (worth.gain <= 0 || cover != NULL ||
		verdict->improvement_pct < search->options.min_improvement_pct)
	{
		refuse(search, id, &worth, cover, verdict);
		return;
	}
	gain = psprintf("It makes %d %s cheaper by %.1f %%",
					list_length(worth.statements),
					list_length(worth.statements) == 1 ?
					"statement" : "statements", verdict->improvement_pct);
	if (padv_is_churned(candidate->changes, worth.calls))
	{
		verdict->verdict = "harmful";
		verdict->reason = psprintf("%s, but a column of it is changed about %.0f times for each search by it, and none of these updates would be HOT.%s",
								   gain, candidate->changes / worth.calls,
								   note_twin(candidate->index));
	}
	else if (upkeep > worth.gain)
	{
		verdict->verdict = "harmful";
		verdict->reason = psprintf("%s, but writes pay %.1f times as much for its %.0f new entries.%s",
								   gain, upkeep / worth.gain,
								   candidate->entries,
								   note_twin(candidate->index));
	}
	else
	{
		verdict->verdict = "helps";
		verdict->reason = psprintf("%s.%s", gain, note_twin(candidate->index));
	}
}

/*
 * In what order the indexes are judged: first those that another covers, so
 * that of two the wider one stays, then the others from the last to the
 * first, so that of two alike the first one stays.
 */
static List *
judging_order(PadvSearch *search)
{
	List	   *covered = NIL;
	List	   *others = NIL;

	for (int id = search->ncandidates - 1; id >= 0; id--)
	{
		if (cover_of(search, search->candidates[id]->index) != NULL)
			covered = lappend_int(covered, id);
		else
			others = lappend_int(others, id);
	}
	return list_concat(covered, others);
}

List *
padv_evaluate(const PadvWorkload *workload, List *indexes,
			  const PadvOptions *options)
{
	PadvSearch *search = padv_search_start(workload, options,
										   twins_of(indexes));
	PadvVerdict *verdicts;
	List	   *result = NIL;
	ListCell   *lc;

	padv_set_weights(search);
	offer(search, indexes);
	if (search->ncandidates == 0)
		return NIL;
	padv_group_by_table(search);
	search->chosen = bms_add_range(NULL, 0, search->ncandidates - 1);
	verdicts = palloc0(sizeof(PadvVerdict) * search->ncandidates);
	foreach(lc, judging_order(search))
	{
		int			id = lfirst_int(lc);

		pronounce(search, id, &verdicts[id]);
		/* what adds nothing is not there when the next one is judged */
		if (strcmp(verdicts[id].verdict, "helps") != 0)
			search->chosen = bms_del_member(bms_copy(search->chosen), id);
	}
	for (int id = 0; id < search->ncandidates; id++)
		result = lappend(result, &verdicts[id]);
	return result;
}
