/*-------------------------------------------------------------------------
 *
 * rephrase.c
 *	  How a clause that no index serves could be written so that one does.
 *
 * An index can only be on what never changes.  Much that looks as if it were
 * depends on the time zone or on other settings: created_at::date of a
 * timestamp with time zone, date_trunc(), to_tsvector() without a
 * configuration.  Those have a form that depends on nothing; it is built here
 * from the expression itself, so that it can be copied.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "reach/reach_private.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "tsearch/ts_cache.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

/* A function of a timestamp with time zone, and its twin without. */
typedef struct Twin
{
	Oid			with_zone;
	Oid			without;
	int			argument;		/* which one is the timestamp */
	bool		is_range;		/* each value is a range of the argument's */
} Twin;

static const Twin twins[] = {
	{F_DATE_TIMESTAMPTZ, F_DATE_TIMESTAMP, 0, true},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ, F_DATE_TRUNC_TEXT_TIMESTAMP, 1, true},
	{F_DATE_PART_TEXT_TIMESTAMPTZ, F_DATE_PART_TEXT_TIMESTAMP, 1, false},
	{F_EXTRACT_TEXT_TIMESTAMPTZ, F_EXTRACT_TEXT_TIMESTAMP, 1, false},
	{F_TIME_TIMESTAMPTZ, F_TIME_TIMESTAMP, 0, false},
};

/* What was found on the way. */
typedef struct Rewrite
{
	bool		zone;			/* the time zone was made explicit */
	bool		configuration;	/* that of text search was */
	Node	   *range_of;		/* of this, it is a range as well */
} Rewrite;

static Expr *
at_utc(Node *timestamp)
{
	Const	   *zone = makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
								 CStringGetTextDatum("UTC"), false, false);

	return (Expr *) makeFuncExpr(F_TIMEZONE_TEXT_TIMESTAMPTZ, TIMESTAMPOID,
								 list_make2(zone, timestamp), InvalidOid,
								 InvalidOid, COERCE_SQL_SYNTAX);
}

/* The twin of a function call; NULL if it has none. */
static Node *
twin_of(const FuncExpr *call, Rewrite *rewrite)
{
	for (int i = 0; i < lengthof(twins); i++)
	{
		FuncExpr   *twin;
		ListCell   *cell;

		if (call->funcid != twins[i].with_zone)
			continue;
		twin = copyObject(unconstify(FuncExpr *, call));
		twin->funcid = twins[i].without;
		twin->funcresulttype = get_func_rettype(twin->funcid);
		cell = list_nth_cell(twin->args, twins[i].argument);
		if (twins[i].is_range && !contain_mutable_functions(lfirst(cell)))
			rewrite->range_of = lfirst(cell);
		lfirst(cell) = at_utc(lfirst(cell));
		rewrite->zone = true;
		return (Node *) twin;
	}
	return NULL;
}

/* to_tsvector() of a text, with the configuration of this session. */
static Node *
with_configuration(const FuncExpr *call, Rewrite *rewrite)
{
	FuncExpr   *result = copyObject(unconstify(FuncExpr *, call));
	Oid			config = getTSCurrentConfig(false);

	if (!OidIsValid(config))
		return NULL;
	result->funcid = F_TO_TSVECTOR_REGCONFIG_TEXT;
	result->args = lcons(makeConst(REGCONFIGOID, -1, InvalidOid, sizeof(Oid),
								   ObjectIdGetDatum(config), false, true),
						 result->args);
	rewrite->configuration = true;
	return (Node *) result;
}

static Node *
rewrite_mutator(Node *node, void *context)
{
	Rewrite    *rewrite = context;

	if (node == NULL)
		return NULL;
	node = expression_tree_mutator(node, rewrite_mutator, context);
	if (IsA(node, FuncExpr))
	{
		FuncExpr   *call = (FuncExpr *) node;
		Node	   *better = NULL;

		if (call->funcid == F_TIMESTAMP_TIMESTAMPTZ)
		{
			better = (Node *) at_utc(linitial(call->args));
			rewrite->zone = true;
		}
		else if (call->funcid == F_TO_TSVECTOR_TEXT)
			better = with_configuration(call, rewrite);
		else
			better = twin_of(call, rewrite);
		if (better != NULL)
			return better;
	}
	return node;
}

/* Of a comparison the side that has columns in it, else all of it. */
static Node *
column_side(Node *clause)
{
	List	   *args = NIL;
	ListCell   *lc;

	if (IsA(clause, OpExpr))
		args = ((OpExpr *) clause)->args;
	else if (IsA(clause, ScalarArrayOpExpr))
		args = ((ScalarArrayOpExpr *) clause)->args;
	foreach(lc, args)
	{
		if (contain_var_clause(lfirst(lc)))
			return lfirst(lc);
	}
	return clause;
}

static char *
text_of(Oid relid, Node *node)
{
	return deparse_expression(node,
							  deparse_context_for(get_rel_name(relid), relid),
							  false, false);
}

/* What to write instead of something that depends on settings. */
static char *
rephrase_mutable(Oid relid, Node *clause)
{
	Rewrite		rewrite = {0};
	Node	   *side = column_side(clause);
	Node	   *better = rewrite_mutator(side, &rewrite);
	const char *on = rewrite.zone ? "the time zone" : "the text search configuration";

	if (!contain_mutable_functions(side))
		return NULL;
	if (contain_mutable_functions(better) ||
		!(rewrite.zone || rewrite.configuration))
		return pstrdup("Its value depends on settings or on the time, so that no index can be on it; compare the column itself, and have the other side computed.");
	if (rewrite.range_of != NULL)
		return psprintf("Its value depends on %s, so that no index can be on it; write %s, which is immutable, or a range of %s.",
						on, text_of(relid, better),
						text_of(relid, rewrite.range_of));
	return psprintf("Its value depends on %s, so that no index can be on it; write %s, which is immutable.",
					on, text_of(relid, better));
}

/* value = ANY (column): what GIN serves is the containment. */
static char *
rephrase_any(Oid relid, Node *clause)
{
	ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) clause;

	if (!IsA(any, ScalarArrayOpExpr) || !any->useOr ||
		get_oprrest(any->opno) != F_EQSEL ||
		!contain_var_clause(lsecond(any->args)))
		return NULL;
	return psprintf("Written as %s @> ARRAY[...], a GIN index would serve it.",
					text_of(relid, lsecond(any->args)));
}

static bool
is_pattern_match(Oid opno)
{
	switch (get_oprrest(opno))
	{
		case F_LIKESEL:
		case F_ICLIKESEL:
		case F_REGEXEQSEL:
		case F_ICREGEXEQSEL:
			return true;
		default:
			return false;
	}
}

/*
 * A sentence that says how the clause could be served, or what keeps it from
 * that; NULL when nothing better is known.
 */
char *
padv_rephrase(Oid relid, const PadvTarget *target)
{
	char	   *result;

	if (target->why != NULL)
		return pstrdup(target->why);
	if (target->whole && target->col.expr != NULL)
	{
		result = rephrase_any(relid, target->col.expr);
		if (result == NULL)
			result = rephrase_mutable(relid, target->col.expr);
		return result;
	}
	if (OidIsValid(target->opno) && is_pattern_match(target->opno) &&
		!OidIsValid(get_extension_oid("pg_trgm", true)))
		return pstrdup("A btree serves no such pattern; with the extension pg_trgm, a GIN index with gin_trgm_ops would.");
	return NULL;
}
