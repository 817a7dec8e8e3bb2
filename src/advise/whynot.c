/*-------------------------------------------------------------------------
 *
 * whynot.c
 *	  Why a predicate or a sort got no index: nothing disappears in silence.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

/* A predicate that keeps more than this share of the rows is a scan's job. */
#define PADV_UNSELECTIVE	0.25

/* Bytes of a statement's text that stand for it. */
#define PADV_TEXT_EXCERPT	120

/* What decides about one predicate of one statement. */
typedef struct Case
{
	PadvSearch *search;
	PadvStmtState *state;
	PadvAccess *access;
	const PadvTarget *target;	/* NULL for a sort */
	const PadvIndexCol *col;	/* leading column of an index for it */
	PadvUse		use;
	double		selectivity;
	List	   *indexes;		/* of PadvIndex: the table's real ones */
	bool		served;			/* an advised index is for this statement */
} Case;

static bool
is_order(PadvUse use)
{
	return use == PADV_USE_SORT || use == PADV_USE_DISTANCE;
}

static char *
column_text(Oid relid, const PadvIndexCol *col)
{
	if (col->attno > 0)
		return pstrdup(quote_identifier(get_attname(relid, col->attno, false)));
	if (col->expr == NULL)
		return pstrdup("expression");
	return deparse_expression(col->expr,
							  deparse_context_for(get_rel_name(relid), relid),
							  false, false);
}

static char *
target_text(Oid relid, const PadvTarget *target)
{
	char	   *column = column_text(relid, &target->col);
	char	   *opname = OidIsValid(target->opno) ?
		get_opname(target->opno) : NULL;

	if (target->deep)
		return pstrdup("condition that is nested deeply");
	if (target->whole && target->col.expr == NULL)
		return pstrdup(target->why != NULL && target->test != NULL ?
					   target->test : "condition on a subquery");
	if (target->whole)
		return target->test != NULL ?
			psprintf("%s %s", target->test, column) : column;
	if (target->use == PADV_USE_DISTANCE)
		return psprintf("order by %s %s ?", column, opname);
	if (target->use == PADV_USE_JOIN)
		return psprintf("join on %s", column);
	if (opname == NULL)
		return psprintf("%s %s", column,
						target->test != NULL ? target->test : "?");
	if (target->test != NULL)
		return psprintf("%s %s %s (?)", column, opname, target->test);
	return psprintf("%s %s ?", column, opname);
}

static char *
order_text(Oid relid, List *order)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "order by ");
	foreach(lc, order)
	{
		PadvIndexCol *col = &((PadvTarget *) lfirst(lc))->col;

		if (foreach_current_index(lc) > 0)
			appendStringInfoString(&buf, ", ");
		appendStringInfoString(&buf, column_text(relid, col));
		if (col->desc)
			appendStringInfoString(&buf, " DESC");
		if (col->nulls_first != col->desc)
			appendStringInfoString(&buf, col->nulls_first ?
								   " NULLS FIRST" : " NULLS LAST");
	}
	return buf.data;
}

static bool
same_key(const PadvIndexCol *a, const PadvIndexCol *b)
{
	return a->attno == b->attno && equal(a->expr, b->expr);
}

static bool
has_key(const PadvIndex *index, const PadvIndexCol *col)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		if (same_key(&index->cols[i], col))
			return true;
	}
	return false;
}

/* Is it a key of the index, or what the index's predicate says of all rows? */
static bool
serves(const PadvIndex *index, const Case *c)
{
	if (has_key(index, c->col))
		return true;
	return c->target != NULL && c->target->clause != NULL &&
		list_member(index->pred, c->target->clause);
}

/* The real index that already serves it: used by the plan, or leading. */
static PadvIndex *
serving_index(const Case *c)
{
	ListCell   *lc;

	foreach(lc, c->indexes)
	{
		PadvIndex  *index = lfirst(lc);

		if (list_member_oid(c->state->existing, index->oid) &&
			serves(index, c))
			return index;
	}
	return NULL;
}

static PadvIndex *
leading_index(const Case *c)
{
	ListCell   *lc;

	foreach(lc, c->indexes)
	{
		PadvIndex  *index = lfirst(lc);

		if (index->pred == NIL && same_key(&index->cols[0], c->col))
			return index;
	}
	return NULL;
}

/*
 * What this statement would save, in per cent, if all candidates that start
 * with the column existed (for a sort: that have it anywhere, as equality
 * columns come before it); and what spoke against them.
 */
static double
best_improvement(const Case *c, bool *over_budget, bool *upkeep,
				 double *changed, const PadvCandidate **lure)
{
	Bitmapset  *all = bms_union(c->state->relevant, c->state->missed);
	Bitmapset  *offered = NULL;
	PadvPrice	price;
	int			id = -1;

	*over_budget = *upkeep = false;
	*lure = NULL;
	*changed = 0;
	while ((id = bms_next_member(all, id)) >= 0)
	{
		PadvCandidate *candidate = c->search->candidates[id];

		if (candidate->index->relid != c->access->relid ||
			!(c->use == PADV_USE_SORT ? has_key(candidate->index, c->col) :
			  same_key(&candidate->index->cols[0], c->col)))
			continue;
		offered = bms_add_member(offered, id);
		*over_budget |= candidate->over_budget ||
			bms_is_member(id, c->state->missed);
		*upkeep |= candidate->upkeep_exceeds;
		*changed = Max(*changed, candidate->changed_times);
		if (candidate->lures > (*lure == NULL ? 0 : (*lure)->lures))
			*lure = candidate;
	}
	if (offered == NULL || c->state->base_cost <= 0)
		return 0;
	if (bms_overlap(offered, c->state->missed))
		padv_plan_set(c->search, c->state, padv_ids_from_set(offered), true,
					  &price);
	else
		price.own = padv_cost(c->search, c->state, offered);
	return 100.0 * (c->state->base_cost - price.own) / c->state->base_cost;
}

static void
set_reason(PadvWhyNot *why, const char *code, char *reason)
{
	why->code = code;
	why->reason = reason;
}

/* An index improves the statement by the minimum, but was not worth taking. */
static char *
explain_too_little(const Case *c, double pct)
{
	if (c->served)
		return pstrdup("The statement is served by other advice; an index for this predicate would add too little to it.");
	if (c->state->served_bytes > 0)
		return psprintf("Offered such an index, the planner finds %.1f %% less cost: too little for the space that it would take beside the index that serves the statement now.",
						pct);
	return psprintf("Offered such an index, the planner finds %.1f %% less cost, which is too little beside what each call costs anyway.",
					pct);
}

static char *
explain_lure(const PadvCandidate *lure)
{
	if (lure->unsure)
		return psprintf("By an index a statement may take about %.1f times as much as today: the planner does not know whether the rows asked for are those that other tables refer to, nor in which order a nested loop visits its pages.",
						lure->lures);
	return psprintf("An index would lure the planner into a plan that it thinks cheap, but that visits pages one by one far more often than it expects: it would take a statement about %.1f times as much as today.",
					lure->lures);
}

/* The remaining cases: an index was offered and did not win. */
static void
explain_offered(const Case *c, PadvWhyNot *why)
{
	bool		over_budget;
	bool		upkeep;
	double		changed;
	const PadvCandidate *lure;
	PadvIndex  *leading = leading_index(c);
	bool		enough;

	why->improvement_pct = best_improvement(c, &over_budget, &upkeep, &changed,
											&lure);
	enough = why->improvement_pct >= c->search->options.min_improvement_pct;
	if (over_budget && enough)
		set_reason(why, "over_budget",
				   psprintf("An index would improve the statement by %.0f %%, but does not fit the storage budget.",
							why->improvement_pct));
	else if (upkeep && enough && !c->served && changed > 0)
		set_reason(why, "write_cost_exceeds_gain",
				   psprintf("An index would improve the statement by %.0f %%, but a column of it is changed about %.0f times for each search by it, and none of these updates would be HOT.",
							why->improvement_pct, changed));
	else if (upkeep && enough && !c->served)
		set_reason(why, "write_cost_exceeds_gain",
				   psprintf("An index would improve the statement by %.0f %%, but writes to the table would pay more for it than reads save.",
							why->improvement_pct));
	else if (lure != NULL)
		set_reason(why, "no_cost_gain", explain_lure(lure));
	else if (!is_order(c->use) && c->use != PADV_USE_JOIN &&
			 c->selectivity > PADV_UNSELECTIVE)
		set_reason(why, "not_selective",
				   psprintf("The predicate keeps about %.0f %% of the rows; reading the table in order is cheaper.",
							100.0 * c->selectivity));
	else if (leading != NULL)
		set_reason(why, "already_indexed",
				   psprintf("Index %s starts with this column; the planner prefers another way for this statement.",
							quote_identifier(leading->name)));
	else if (enough)
		set_reason(why, "no_cost_gain",
				   explain_too_little(c, why->improvement_pct));
	else
		set_reason(why, "no_cost_gain",
				   psprintf("Offered such an index, the planner finds at most %.1f %% less cost, under the minimum of %.1f %%.",
							why->improvement_pct,
							c->search->options.min_improvement_pct));
}

/* What no index serves, and how it could be written so that one does. */
static char *
explain_unsupported(const Case *c)
{
	char	   *better = c->target == NULL ? NULL :
		padv_rephrase(c->access->relid, c->target);

	if (better != NULL)
		return better;
	return pstrdup("No index can serve this operator on this expression.");
}

static void
explain(const Case *c, PadvWhyNot *why)
{
	PadvIndex  *serving = serving_index(c);

	if (serving != NULL)
		set_reason(why, "already_indexed",
				   psprintf("The plan already uses index %s for it.",
							quote_identifier(serving->name)));
	else if (padv_too_small(c->access))
		set_reason(why, "table_too_small",
				   psprintf("The table has %.0f %s in %.0f %s; reading all of it costs less than an index saves.",
							c->access->tuples,
							c->access->tuples == 1 ? "row" : "rows",
							c->access->pages,
							c->access->pages == 1 ? "page" : "pages"));
	else if (!c->access->analyzed)
		set_reason(why, "stats_missing",
				   pstrdup("The table was never analyzed, so that the planner does not know what an index would find; run ANALYZE."));
	else if (c->use == PADV_USE_NONE)
		set_reason(why, "unsupported_shape", explain_unsupported(c));
	else
		explain_offered(c, why);
}

static bool
is_served(const PadvStatement *stmt, List *advice)
{
	ListCell   *lc;

	foreach(lc, advice)
	{
		if (list_member_ptr(((PadvAdvice *) lfirst(lc))->statements, stmt))
			return true;
	}
	return false;
}

/* Does an advised index that this statement's plan uses serve the column? */
static bool
is_advised(const Case *c, List *advice)
{
	ListCell   *lc;

	foreach(lc, advice)
	{
		PadvAdvice *one = lfirst(lc);

		if (one->index->relid == c->access->relid &&
			serves(one->index, c) &&
			list_member_ptr(one->statements, c->state->stmt))
			return true;
	}
	return false;
}

/* One row for each predicate of a table and each reason. */
static List *
add_row(List *rows, PadvWhyNot *row, PadvStatement *stmt)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		PadvWhyNot *have = lfirst(lc);

		if (have->relid == row->relid && strcmp(have->code, row->code) == 0 &&
			strcmp(have->predicate, row->predicate) == 0)
		{
			have->statements = list_append_unique_ptr(have->statements, stmt);
			have->calls += stmt->calls;
			have->improvement_pct = Max(have->improvement_pct,
										row->improvement_pct);
			return rows;
		}
	}
	row->statements = list_make1(stmt);
	row->calls = stmt->calls;
	return lappend(rows, row);
}

static List *
explain_one(List *rows, const Case *c, char *predicate, List *advice)
{
	PadvWhyNot *row;

	if (is_advised(c, advice))
		return rows;
	row = palloc0(sizeof(PadvWhyNot));
	row->relid = c->access->relid;
	row->predicate = predicate;
	row->tuples = c->access->tuples;
	row->pages = c->access->pages;
	row->selectivity = is_order(c->use) || c->use == PADV_USE_JOIN ?
		-1 : c->selectivity;
	explain(c, row);
	return add_row(rows, row, c->state->stmt);
}

static List *
explain_access(List *rows, Case *c, List *advice)
{
	ListCell   *lc;

	c->indexes = padv_index_list(c->access->relid);
	foreach(lc, c->access->targets)
	{
		PadvTarget *target = lfirst(lc);

		c->target = target;
		c->col = &target->col;
		c->use = target->use;
		c->selectivity = target->selectivity;
		rows = explain_one(rows, c, target_text(c->access->relid, target),
						   advice);
	}
	foreach(lc, c->access->orders)
	{
		List	   *order = lfirst(lc);

		c->target = NULL;
		c->col = &((PadvTarget *) linitial(order))->col;
		c->use = PADV_USE_SORT;
		c->selectivity = 1.0;
		rows = explain_one(rows, c, order_text(c->access->relid, order),
						   advice);
	}
	return rows;
}

/* What there is to say of a statement as a whole. */
static PadvWhyNot *
tell_statement(const PadvStatement *stmt, const char *code, const char *what,
			   const char *why)
{
	PadvWhyNot *row = palloc0(sizeof(PadvWhyNot));
	int			len = stmt->query == NULL ? 0 : strlen(stmt->query);

	if (len > PADV_TEXT_EXCERPT)
		len = pg_mbcliplen(stmt->query, len, PADV_TEXT_EXCERPT);
	row->predicate = stmt->query == NULL ? "" :
		pnstrdup(stmt->query, len);
	row->code = code;
	row->reason = psprintf("The statement %s: %s.", what, why);
	row->selectivity = -1;
	return row;
}

static int
compare_rows(const ListCell *a, const ListCell *b)
{
	const PadvWhyNot *ra = lfirst(a);
	const PadvWhyNot *rb = lfirst(b);
	int			order;

	if (ra->calls != rb->calls)
		return ra->calls > rb->calls ? -1 : 1;
	if (ra->relid != rb->relid)
		return ra->relid < rb->relid ? -1 : 1;
	order = strcmp(ra->predicate, rb->predicate);
	return order != 0 ? order : strcmp(ra->code, rb->code);
}

/* Explaining one statement; passed through padv_run_guarded(). */
typedef struct ExplainArg
{
	PadvSearch *search;
	PadvStmtState *state;
	List	   *advice;
	List	   *rows;
} ExplainArg;

static void
explain_statement(void *arg)
{
	ExplainArg *explain_arg = arg;
	PadvStmtState *state = explain_arg->state;
	Case		c = {.search = explain_arg->search, .state = state};
	ListCell   *lc;

	c.served = is_served(state->stmt, explain_arg->advice);
	foreach(lc, state->accesses)
	{
		c.access = lfirst(lc);
		explain_arg->rows = explain_access(explain_arg->rows, &c,
										   explain_arg->advice);
	}
}

/* What fails for one statement is said, and the others are explained. */
List *
padv_explain_rest(PadvSearch *search, List *advice)
{
	ExplainArg	arg = {.search = search, .advice = advice};

	for (int i = 0; i < search->nstates; i++)
	{
		PadvStatement *stmt = search->states[i]->stmt;
		char	   *reason;

		arg.state = search->states[i];
		if (stmt->skip_code != NULL)
			arg.rows = add_row(arg.rows,
							   tell_statement(stmt, stmt->skip_code,
											  "cannot be planned",
											  stmt->skip_reason), stmt);
		if (arg.state->accesses != NIL &&
			!padv_run_guarded(explain_statement, &arg, &reason))
			arg.rows = add_row(arg.rows,
							   tell_statement(stmt, "unsupported_shape",
											  "cannot be explained further",
											  reason), stmt);
	}
	list_sort(arg.rows, compare_rows);
	return arg.rows;
}
