/*-------------------------------------------------------------------------
 *
 * fact.c
 *	  Gathering the facts of one execution.
 *
 * What several nodes of a plan show about the same target, as scans of
 * partitions do, is one fact.  Some of it depends on the catalogs; this is
 * settled at the end, with the help of the system caches.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "collect/collect_private.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ---- adding ---- */

static bool
same_fact(PadvWalk *walk, int i, const PadvPredicateFact *fact,
		  const char *text, PadvLater later)
{
	const PadvPredicateFact *known = &walk->facts.predicates[i];

	return known->relid == fact->relid && known->attno == fact->attno &&
		known->role == fact->role && known->test == fact->test &&
		known->opno == fact->opno && known->nulls_first == fact->nulls_first &&
		walk->later[i] == later && known->expr_len == fact->expr_len &&
		(fact->expr_len == 0 ||
		 memcmp(walk->pool.data + known->expr_off, text, fact->expr_len) == 0);
}

void
padv_fact_add(PadvWalk *walk, PlanState *ps, const PadvTarget *target,
			  PadvRole role, PadvTest test, Oid opno, PadvLater later,
			  bool nulls_first, double in, double out)
{
	PadvPredicateFact fact = {.relid = target->relid, .attno = target->attno};
	int			i;

	fact.role = role;
	/* what has no target by now is the whole of something unknown */
	fact.test = target->attno == 0 && target->text == NULL ?
		PADV_TEST_OTHER : test;
	fact.opno = fact.test == PADV_TEST_OTHER ? InvalidOid : opno;
	fact.expr_len = target->text == NULL ? 0 : strlen(target->text);
	fact.nulls_first = nulls_first;
	if (fact.test == PADV_TEST_OTHER)
		later = PADV_LATER_NOTHING;
	for (i = 0; i < walk->facts.npredicates; i++)
	{
		if (same_fact(walk, i, &fact, target->text, later))
			break;
	}
	if (i == PADV_MAX_PREDICATES)
	{
		walk->facts.truncated = true;
		return;
	}
	if (i == walk->facts.npredicates)
	{
		walk->facts.npredicates++;
		fact.uses = 1;
		fact.expr_off = walk->pool.len;
		if (fact.expr_len > 0)
			appendBinaryStringInfo(&walk->pool, target->text, fact.expr_len);
		walk->facts.predicates[i] = fact;
		walk->later[i] = later;
	}
	else if (walk->shown_by[i] == ps)
		return;
	walk->shown_by[i] = ps;
	walk->facts.predicates[i].rows_in += in;
	walk->facts.predicates[i].rows_out += out;
}

/* ---- settling ---- */

/* The ordering operator that min() or max() goes by. */
static Oid
aggregate_ordering(Oid aggregate)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	Oid			opno;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	opno = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggsortop;
	ReleaseSysCache(tuple);
	return opno;
}

/* False when it is no fact after all. */
static bool
settle_ordering(PadvPredicateFact *fact, Oid opno)
{
	bool		reverse;

	if (!OidIsValid(opno) ||
		!OidIsValid(get_equality_op_for_ordering_op(opno, &reverse)))
		return false;
	fact->test = reverse ? PADV_TEST_DESC : PADV_TEST_ASC;
	fact->opno = InvalidOid;
	return true;
}

static void
settle_operator(PadvPredicateFact *fact, Oid opno)
{
	fact->opno = opno;
	if (OidIsValid(opno))
		return;
	fact->test = PADV_TEST_OTHER;
	fact->attno = 0;
	fact->expr_len = 0;
}

static bool
settle(PadvPredicateFact *fact, PadvLater later)
{
	switch (later)
	{
		case PADV_LATER_COMMUTE:
			settle_operator(fact, get_commutator(fact->opno));
			return true;
		case PADV_LATER_NEGATE:
			settle_operator(fact, get_negator(fact->opno));
			return true;
		case PADV_LATER_ORDERING:
			return settle_ordering(fact, fact->opno);
		case PADV_LATER_AGGREGATE:
			if (!settle_ordering(fact, aggregate_ordering(fact->opno)))
				return false;
			fact->nulls_first = fact->test == PADV_TEST_DESC;
			return true;
		case PADV_LATER_NOTHING:
			break;
	}
	return true;
}

/* Two facts may have become one. */
static bool
merge_into_known(PadvWalk *walk, int known, const PadvPredicateFact *fact)
{
	PadvPredicateFact *facts = walk->facts.predicates;
	const char *text = walk->pool.data + fact->expr_off;

	for (int i = 0; i < known; i++)
	{
		if (same_fact(walk, i, fact, text, PADV_LATER_NOTHING))
		{
			facts[i].rows_in += fact->rows_in;
			facts[i].rows_out += fact->rows_out;
			return true;
		}
	}
	return false;
}

/* Uses the system caches: not guarded. */
void
padv_facts_settle(PadvWalk *walk)
{
	PadvFacts  *facts = &walk->facts;
	int			kept = 0;

	for (int i = 0; i < facts->npredicates; i++)
	{
		PadvPredicateFact fact = facts->predicates[i];

		if (!settle(&fact, walk->later[i]) ||
			merge_into_known(walk, kept, &fact))
			continue;
		walk->later[kept] = PADV_LATER_NOTHING;
		facts->predicates[kept++] = fact;
	}
	facts->npredicates = kept;
	facts->pool = walk->pool.data;
	facts->pool_len = walk->pool.len;
}
