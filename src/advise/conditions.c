/*-------------------------------------------------------------------------
 *
 * conditions.c
 *	  What a sample says of several conditions on one table.
 *
 * The planner multiplies the shares of rows that each condition keeps.  Where
 * one says the same as the other, there are many more rows: a nested loop over
 * them has as many more rounds, and whoever fetches and sorts them for the
 * sake of the first few has as many more to fetch.  Conditions on tables that
 * are joined, or read in order up to a limit, are noted as the planner sees
 * them, with the rows that it expects, and tried on a sample of the table, with
 * the rights of who runs the statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "advise/advise_private.h"
#include "index/sample.h"
#include "optimizer/optimizer.h"

/* Of smaller tables, and of larger shares of rows, little can go wrong. */
#define PADV_LEAST_TUPLES	1000.0
#define PADV_MOST_SHARE		0.1

/* So many places of a sample prove something; so many times the rows matter. */
#define PADV_LEAST_FOUND	10
#define PADV_LEAST_FACTOR	2.0

/* The conditions on the table alone, Vars numbered 1; NIL if one is open. */
static List *
conditions_on(RelOptInfo *rel, Index rti)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, lc)->clause;

		if (padv_is_open(clause) || contain_volatile_functions(clause))
			return NIL;
		result = lappend(result, padv_index_expr(clause, rti));
	}
	return result;
}

/* Could more rows than expected make another plan the better one? */
static bool
depends_on_rows(const PlannerInfo *root)
{
	return bms_membership(root->all_baserels) == BMS_MULTIPLE ||
		(root->query_pathkeys != NIL && root->limit_tuples > 0);
}

/* To be called where the planner has made the paths of a relation. */
void
padv_note_conditions(PlannerInfo *root, RelOptInfo *rel, Index rti,
					 RangeTblEntry *rte, PadvSurvey *survey)
{
	MemoryContext old;
	PadvConditions *noted;
	List	   *conditions;

	if (list_length(rel->baserestrictinfo) < 2 || rte->inh ||
		!depends_on_rows(root) ||
		rte->relid < FirstNormalObjectId || rel->tuples < PADV_LEAST_TUPLES ||
		rel->rows > PADV_MOST_SHARE * rel->tuples)
		return;
	old = MemoryContextSwitchTo(survey->access.context);
	conditions = conditions_on(rel, rti);
	if (conditions != NIL)
	{
		noted = palloc(sizeof(PadvConditions));
		noted->relid = rte->relid;
		noted->pages = rel->pages;
		noted->tuples = rel->tuples;
		noted->rows = rel->rows;
		noted->conditions = conditions;
		survey->conditions = lappend(survey->conditions, noted);
	}
	MemoryContextSwitchTo(old);
}

/*
 * How often the rows that were found were met independently of each other.  Of
 * adjacent pages, which are read together, one says what the next one says where
 * the rows lie in the order of the conditions: all rows of a month in one
 * place, which the sample has hit by chance, or missed.
 */
static int
count_found(const PadvSample *sample, const bool *found, int nfound)
{
	int			count = 0;
	int64		last = -1;

	if (sample->complete)
		return nfound;
	for (int i = 0; i < sample->nrows; i++)
	{
		if (!found[i] || sample->cluster[i] == last)
			continue;
		last = sample->cluster[i];
		count++;
	}
	return count;
}

static PadvJudged *
judge(const PadvConditions *noted)
{
	PadvSample *sample = padv_sample_get(noted->relid, noted->pages,
										 noted->tuples);
	PadvJudged *judged;
	const bool *found;
	int			nfound;
	double		factor;

	if (sample == NULL || sample->nrows < PADV_LEAST_TUPLES)
		return NULL;
	found = padv_sample_filter(sample, noted->conditions, &nfound);
	if (found == NULL || count_found(sample, found, nfound) < PADV_LEAST_FOUND)
		return NULL;
	factor = noted->tuples * nfound / sample->nrows / Max(noted->rows, 1.0);
	if (factor < PADV_LEAST_FACTOR)
		return NULL;
	judged = palloc(sizeof(PadvJudged));
	judged->relid = noted->relid;
	judged->rows = noted->rows;
	judged->factor = factor;
	return judged;
}

/* arg is a PadvSurvey; passed through padv_run_as(). */
void
padv_judge_conditions(void *arg)
{
	PadvSurvey *survey = arg;
	MemoryContext old = MemoryContextSwitchTo(survey->access.context);
	ListCell   *lc;

	foreach(lc, survey->conditions)
	{
		PadvJudged *judged = judge(lfirst(lc));

		if (judged != NULL)
			survey->judged = lappend(survey->judged, judged);
	}
	MemoryContextSwitchTo(old);
}
