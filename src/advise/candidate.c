/*-------------------------------------------------------------------------
 *
 * candidate.c
 *	  From how statements reach their tables to indexes worth trying.
 *
 * Every access of a statement leads to some (keys.c).  Those of statements
 * that touch the same table meet here: the same definition is one candidate
 * for all of them, and for each it is told which ones could serve it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/maker.h"
#include "base/compat.h"
#include "base/guc.h"
#include "catalog/pg_am.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

/* Tables of fewer pages are read at a glance; no index pays there. */
#define PADV_SMALL_PAGES	8

bool
padv_too_small(const PadvAccess *access)
{
	return access->pages < PADV_SMALL_PAGES;
}

static bool
is_excluded_schema(Oid relid)
{
	char	   *schemas;
	char	   *schema;
	List	   *names;
	ListCell   *lc;

	if (padv_exclude_schemas == NULL || padv_exclude_schemas[0] == '\0')
		return false;
	schemas = pstrdup(padv_exclude_schemas);
	if (!SplitIdentifierString(schemas, ',', &names))
		return false;
	schema = get_namespace_name(get_rel_namespace(relid));
	foreach(lc, names)
	{
		if (schema != NULL && strcmp(lfirst(lc), schema) == 0)
			return true;
	}
	return false;
}

static void
candidates_of_access(PadvSearch *search, PadvAccess *access)
{
	PadvMaker	maker = {.search = search, .access = access,
	.relam = BTREE_AM_OID};
	List	   *indexes;
	ListCell   *lc;

	if (padv_too_small(access) || is_excluded_schema(access->relid))
		return;
	indexes = padv_index_list(access->relid);
	foreach(lc, indexes)
	{
		PadvIndex  *index = lfirst(lc);

		if (!list_member_oid(search->hide, index->oid))
			maker.existing = lappend(maker.existing, index);
	}
	foreach(lc, search->always)
	{
		PadvIndex  *index = lfirst(lc);

		if (index->relid == access->relid)
			maker.existing = lappend(maker.existing, index);
	}
	padv_emit_keys(&maker);
	list_free(maker.existing);
	list_free_deep(indexes);
}

/*
 * Is it the index's first key?  BRIN and hash have operator classes of their
 * own; and equality is found by those for patterns as well.
 */
static bool
is_first_key(const PadvIndex *index, const PadvTarget *target)
{
	const PadvIndexCol *first = &index->cols[0];

	if (padv_same_col(&target->col, first))
		return true;
	if (first->attno != target->col.attno ||
		!equal(first->expr, target->col.expr))
		return false;
	if (index->relam == BTREE_AM_OID)
		return OidIsValid(target->opno) &&
			get_op_opfamily_strategy(target->opno, first->opfamily) ==
			BTEqualStrategyNumber;
	return index->relam == BRIN_AM_OID || index->relam == HASH_AM_OID;
}

/* Does the access compare or sort by the first column of the index? */
static bool
starts_where(const PadvAccess *access, const PadvIndex *index)
{
	ListCell   *lc;

	if (access->relid != index->relid)
		return false;
	foreach(lc, access->targets)
	{
		PadvTarget *target = lfirst(lc);

		if (target->use != PADV_USE_NONE && is_first_key(index, target))
			return true;
	}
	foreach(lc, access->orders)
	{
		if (padv_same_col(&((PadvTarget *) linitial(lfirst(lc)))->col,
						  &index->cols[0]))
			return true;
	}
	return false;
}

/* Does the access ask for nothing but rows that a partial index has? */
static bool
is_within(const PadvAccess *access, const PadvIndex *index)
{
	ListCell   *lp;

	foreach(lp, index->pred)
	{
		bool		found = false;
		ListCell   *lt;

		foreach(lt, access->targets)
		{
			PadvTarget *target = lfirst(lt);

			if (equal(target->clause, lfirst(lp)))
				found = true;
		}
		if (!found)
			return false;
	}
	return index->pred != NIL;
}

/* The first of the candidates, which are in the order of tables, on this one. */
static int
first_of_table(PadvCandidate *const *sorted, int n, Oid relid)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (sorted[middle]->index->relid < relid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
find_relevant(PadvStmtState *state, PadvCandidate *const *sorted, int n)
{
	ListCell   *lc;

	foreach(lc, state->accesses)
	{
		PadvAccess *access = lfirst(lc);

		for (int i = first_of_table(sorted, n, access->relid);
			 i < n && sorted[i]->index->relid == access->relid; i++)
		{
			if (starts_where(access, sorted[i]->index) ||
				is_within(access, sorted[i]->index))
				state->relevant = bms_add_member(state->relevant,
												 sorted[i]->id);
		}
	}
}

static int
by_table(const void *a, const void *b)
{
	const PadvCandidate *ca = *(PadvCandidate *const *) a;
	const PadvCandidate *cb = *(PadvCandidate *const *) b;

	if (ca->index->relid != cb->index->relid)
		return ca->index->relid < cb->index->relid ? -1 : 1;
	return ca->id - cb->id;
}

/* All candidates in the order of their tables. */
PadvCandidate **
padv_candidates_by_table(const PadvSearch *search)
{
	int			n = search->ncandidates;
	PadvCandidate **sorted = palloc(sizeof(PadvCandidate *) * Max(n, 1));

	if (n > 0)
		memcpy(sorted, search->candidates, sizeof(PadvCandidate *) * n);
	qsort(sorted, n, sizeof(PadvCandidate *), by_table);
	return sorted;
}

/* One statement's candidates, passed through padv_run_as(). */
typedef struct MakeArg
{
	PadvSearch *search;
	PadvStmtState *state;
} MakeArg;

static void
candidates_of_statement(void *arg)
{
	MakeArg    *make = arg;
	ListCell   *lc;

	foreach(lc, make->state->accesses)
		candidates_of_access(make->search, lfirst(lc));
}

static Oid
first_table(const PadvStmtState *state)
{
	return state->accesses == NIL ? InvalidOid :
		((PadvAccess *) linitial(state->accesses))->relid;
}

static int
by_first_table(const void *a, const void *b)
{
	const PadvStmtState *sa = *(PadvStmtState *const *) a;
	const PadvStmtState *sb = *(PadvStmtState *const *) b;
	Oid			ta = first_table(sa);
	Oid			tb = first_table(sb);

	if (ta != tb)
		return ta < tb ? -1 : 1;
	return sa->number - sb->number;
}

/*
 * Candidates hold expressions of the statement, and their sizes are estimated
 * with its operators: that, too, is work for the role that ran it.  After an
 * error the statement goes without the rest of its candidates.
 *
 * Sizes are estimated with samples, of which only so many are kept at a time:
 * one table comes after the other.
 */
void
padv_make_candidates(PadvSearch *search)
{
	int			n = search->nstates;
	PadvStmtState **states = palloc(sizeof(PadvStmtState *) * Max(n, 1));
	PadvCandidate **sorted;

	memcpy(states, search->states, sizeof(PadvStmtState *) * n);
	qsort(states, n, sizeof(PadvStmtState *), by_first_table);
	for (int i = 0; i < n; i++)
	{
		MakeArg		make = {search, states[i]};
		char	   *reason;

		CHECK_FOR_INTERRUPTS();
		if (make.state->accesses != NIL)
			(void) padv_run_as(make.state->stmt, candidates_of_statement,
							   &make, &reason);
	}
	pfree(states);
	sorted = padv_candidates_by_table(search);
	for (int i = 0; i < search->nstates; i++)
		find_relevant(search->states[i], sorted, search->ncandidates);
	pfree(sorted);
}
