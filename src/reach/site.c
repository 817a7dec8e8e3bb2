/*-------------------------------------------------------------------------
 *
 * site.c
 *	  Noting what an index could serve on one relation
 *
 * A clause is met once for each set of values that a statement ran with, and
 * once for each reference to the table; what is the same is noted once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "reach/site.h"
#include "base/compat.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"

/*
 * Values that at least, and at most, so many of the rows have are common and
 * rare.
 */
#define PADV_COMMON_SHARE	0.25
#define PADV_RARE_SHARE		0.05

/* Levels of an expression that can be an index key, or is told. */
#define PADV_MAX_DEPTH		100

bool
padv_same_col(const PadvIndexCol *a, const PadvIndexCol *b)
{
	return a->attno == b->attno && a->opclass == b->opclass &&
		a->collation == b->collation && equal(a->expr, b->expr);
}

static bool
same_target(const PadvTarget *a, const PadvTarget *b)
{
	return a->use == b->use && a->arm == b->arm && a->opno == b->opno &&
		a->deep == b->deep && a->why == b->why &&
		padv_same_col(&a->col, &b->col);
}

/* The clause as a predicate of a partial index, if it can be one. */
static Node *
predicate_here(PadvSite *site)
{
	if (site->clause == NULL || site->arm != 0)
		return NULL;
	return padv_predicate_of(site->root, site->rti, site->clause, site->query,
							 site->sampled);
}

/*
 * Of a statement that ran with several values: is this one common, or so rare
 * that an index of such rows alone may pay?
 */
static void
note_value(PadvSite *site, PadvTarget *have, const PadvTarget *target)
{
	MemoryContext old;
	Node	   *clause;

	if (!site->sampled || site->clause == NULL || site->arm != 0 ||
		target->use != PADV_USE_EQUAL)
		return;
	if (target->selectivity >= PADV_COMMON_SHARE)
		have->common = true;
	if (target->selectivity > PADV_RARE_SHARE)
		return;
	clause = padv_rare_predicate(site->root, site->rti, site->clause);
	if (clause == NULL || list_member(have->rare, clause))
		return;
	old = MemoryContextSwitchTo(site->context);
	have->rare = lappend(have->rare, copyObject(clause));
	MemoryContextSwitchTo(old);
}

/* Adds a copy of the target, or lowers the selectivity of one that is there. */
void
padv_site_add(PadvSite *site, const PadvTarget *target)
{
	PadvAccess *access = site->access;
	Node	   *predicate = predicate_here(site);
	MemoryContext old;
	PadvTarget *copy;
	ListCell   *lc;

	site->noted++;
	foreach(lc, access->targets)
	{
		PadvTarget *have = lfirst(lc);

		if (same_target(have, target))
		{
			have->selectivity = Min(have->selectivity, target->selectivity);
			have->varies |= !equal(have->clause, predicate);
			have->known &= target->known;
			note_value(site, have, target);
			return;
		}
	}
	old = MemoryContextSwitchTo(site->context);
	copy = palloc(sizeof(PadvTarget));
	*copy = *target;
	copy->arm = site->arm;
	copy->col.expr = copyObject(target->col.expr);
	copy->clause = copyObject(predicate);
	access->targets = lappend(access->targets, copy);
	MemoryContextSwitchTo(old);
	note_value(site, copy, target);
}

/*
 * A value that is another one next time: of a parameter, of a row of the
 * query around, or what the planner has put in the place of a parameter.
 */
static bool
holds_value(Node *node, void *context)
{
	PadvSite   *site = context;

	if (node == NULL)
		return false;
	if (IsA(node, Param) || IsA(node, PlaceHolderVar))
		return true;
	if (IsA(node, Const) && site->has_params &&
		!padv_is_in_text(site->query, (Const *) node))
		return true;
	return expression_tree_walker(node, holds_value, context);
}

/* An index can be on no system column, nor well on a whole row. */
static bool
reads_user_columns(Index rti, Node *node)
{
	Bitmapset  *columns = NULL;
	bool		result;

	pull_varattnos(node, rti, &columns);
	result = bms_next_member(columns, -1) + FirstLowInvalidHeapAttributeNumber > 0;
	bms_free(columns);
	return result;
}

/* "left" is how much deeper than here it may be. */
static bool
deeper_walker(Node *node, void *left)
{
	int			rest = *(int *) left - 1;

	if (node == NULL)
		return false;
	return rest < 0 || expression_tree_walker(node, deeper_walker, &rest);
}

/*
 * Is it nested so deeply that writing it out may take more stack than planning
 * it has?  Nobody wants to read that, or an index on it.
 */
static bool
is_deep(Node *node)
{
	int			most = PADV_MAX_DEPTH;

	return deeper_walker(node, &most);
}

/* Is the node about this relation only, and can it be an index key? */
bool
padv_site_is_key(PadvSite *site, Node *node)
{
	Relids		varnos = pull_varnos(site->root, node);
	int			member;

	if (!bms_get_singleton_member(varnos, &member) ||
		member != (int) site->rti)
		return false;
	node = padv_strip(node);
	if (IsA(node, Var))
		return ((Var *) node)->varattno > 0;
	return !is_deep(node) &&
		!contain_mutable_functions(node) && !contain_subplans(node) &&
		!contain_agg_clause(node) && !contain_windowfuncs(node) &&
		reads_user_columns(site->rti, node) && !holds_value(node, site);
}

/* Is there something in it that only plans have, and no text stands for? */
bool
padv_holds_planner_node(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, PlaceHolderVar) ||
		(IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN))
		return true;
	return expression_tree_walker(node, padv_holds_planner_node, context);
}

/* What speaks against an index, whatever the operator may be. */
static const char why_place[] = "Rows are found by their place in the table, without any index.";
static const char why_system[] = "No index can be on a system column.";
static const char why_row[] = "No index is on a whole row; test the columns that matter.";
static const char why_volatile[] = "It is worked out anew for each row, so that no index can know it.";

/* The same for a clause; NULL: none of these.  False: it is not to be named. */
static bool
is_nameable(const PadvSite *site, Node *node, const char **why)
{
	Bitmapset  *columns = NULL;
	int			least;

	*why = NULL;
	if (!bms_is_member(site->rti, pull_varnos(site->root, node)))
	{
		*why = why_volatile;
		return contain_volatile_functions(node);
	}
	pull_varattnos(node, site->rti, &columns);
	least = bms_next_member(columns, -1) + FirstLowInvalidHeapAttributeNumber;
	if (columns == NULL)
		return false;			/* WHERE CURRENT OF */
	if (least == SelfItemPointerAttributeNumber)
		*why = why_place;
	else if (least < 0)
		*why = why_system;
	else if (least == 0)
		*why = why_row;
	bms_free(columns);
	return true;
}

/*
 * What no index serves, and is there to be named: a clause or sort key of this
 * relation; or, where there is no expression, "test".  "why" is a constant that
 * tells the reason, or NULL.
 */
void
padv_site_tell(PadvSite *site, Node *node, const char *test, const char *why,
			   double selectivity)
{
	PadvTarget	target = {.use = PADV_USE_NONE, .selectivity = selectivity,
	.whole = true, .test = test, .why = why};

	target.deep = node != NULL && is_deep(node);
	if (node != NULL && !target.deep && !contain_subplans(node) &&
		!padv_holds_planner_node(node, NULL))
		target.col.expr = padv_index_expr(node, site->rti);
	padv_site_add(site, &target);
}

void
padv_site_name(PadvSite *site, Node *node, const char *test,
			   double selectivity)
{
	const char *why;

	if (is_nameable(site, node, &why))
		padv_site_tell(site, node, test, why, selectivity);
}
