/*-------------------------------------------------------------------------
 *
 * order.c
 *	  Joins by equality and wanted orders of a relation
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "reach/site.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

/* The member of a class that is an expression of this relation alone. */
static EquivalenceMember *
member_of(PadvSite *site, EquivalenceClass *ec)
{
	ListCell   *lc;

	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *em = lfirst(lc);

		if (!em->em_is_const && bms_equal(em->em_relids, site->rel->relids))
			return em;
	}
	return NULL;
}

/* Columns that are joined by equality to other tables. */
void
padv_site_classes(PadvSite *site)
{
	ListCell   *lc;

	if (!site->rel->has_eclass_joins)
		return;
	foreach(lc, site->root->eq_classes)
	{
		EquivalenceClass *ec = lfirst(lc);
		EquivalenceMember *em;
		PadvTarget	target = {.use = PADV_USE_JOIN, .selectivity = 1.0};

		if (ec->ec_has_const || ec->ec_has_volatile ||
			bms_membership(ec->ec_relids) != BMS_MULTIPLE)
			continue;
		em = member_of(site, ec);
		if (em == NULL || !padv_site_is_key(site, (Node *) em->em_expr) ||
			!padv_fill_key(site->rti, (Node *) em->em_expr, ec->ec_collation,
						   &target.col))
			continue;
		target.opno = get_opfamily_member(target.col.opfamily,
										  target.col.opcintype,
										  target.col.opcintype,
										  BTEqualStrategyNumber);
		padv_site_add(site, &target);
	}
}

/*
 * Is the sort key the distance of a column from a value that is not the
 * table's?  Then GiST can deliver the order.
 */
static bool
is_distance(PadvSite *site, EquivalenceMember *em, PadvTarget *target)
{
	OpExpr	   *op = (OpExpr *) em->em_expr;
	Node	   *key;
	Node	   *value;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2)
		return false;
	key = linitial(op->args);
	value = lsecond(op->args);
	target->opno = op->opno;
	if (!padv_site_is_key(site, key))
	{
		key = lsecond(op->args);
		value = linitial(op->args);
		target->opno = get_commutator(op->opno);
	}
	if (!OidIsValid(target->opno) || !padv_site_is_key(site, key) ||
		bms_is_member(site->rti, pull_varnos(site->root, value)))
		return false;
	(void) padv_fill_key(site->rti, key, op->inputcollid, &target->col);
	target->col.opclass = padv_distance_opclass(target->opno,
												exprType(padv_strip(key)));
	if (!OidIsValid(target->col.opclass))
		return false;
	target->col.opfamily = get_opclass_family(target->col.opclass);
	target->col.opcintype = get_opclass_input_type(target->col.opclass);
	return true;
}

/*
 * The first sort key, where it is no key of a btree: by distance, or there to
 * be named because its value depends on settings.
 */
static void
visit_first_key(PadvSite *site, PathKey *pathkey)
{
	EquivalenceMember *em = member_of(site, pathkey->pk_eclass);
	PadvTarget	target = {.use = PADV_USE_DISTANCE, .selectivity = 1.0,
	.relam = GIST_AM_OID};

	if (em == NULL || pathkey->pk_eclass->ec_has_volatile)
		return;
	if (is_distance(site, em, &target))
		padv_site_add(site, &target);
	else if (contain_mutable_functions((Node *) em->em_expr) &&
			 !contain_agg_clause((Node *) em->em_expr) &&
			 !contain_windowfuncs((Node *) em->em_expr))
		padv_site_name(site, (Node *) em->em_expr, "order by", 1.0);
}

/* The leading pathkeys that this relation can deliver, as sort targets. */
static List *
order_of(PadvSite *site, List *pathkeys)
{
	List	   *order = NIL;
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *pathkey = lfirst_node(PathKey, lc);
		EquivalenceClass *ec = pathkey->pk_eclass;
		EquivalenceMember *em;
		PadvTarget	distance;
		PadvTarget *target;
		MemoryContext old;

		if (ec->ec_has_volatile)
			break;
		em = member_of(site, ec);
		if (em == NULL || !padv_site_is_key(site, (Node *) em->em_expr) ||
			is_distance(site, em, &distance))
			break;
		old = MemoryContextSwitchTo(site->context);
		target = palloc0(sizeof(PadvTarget));
		target->use = PADV_USE_SORT;
		target->selectivity = 1.0;
		if (!padv_fill_key(site->rti, (Node *) em->em_expr, ec->ec_collation,
						   &target->col) ||
			target->col.opfamily != pathkey->pk_opfamily)
		{
			MemoryContextSwitchTo(old);
			break;
		}
		target->col.desc = PADV_PATHKEY_DESC(pathkey);
		target->col.nulls_first = pathkey->pk_nulls_first;
		order = lappend(order, target);
		MemoryContextSwitchTo(old);
	}
	return order;
}

static bool
same_order(List *a, List *b)
{
	ListCell   *la;
	ListCell   *lb;

	if (list_length(a) != list_length(b))
		return false;
	forboth(la, a, lb, b)
	{
		PadvIndexCol *ca = &((PadvTarget *) lfirst(la))->col;
		PadvIndexCol *cb = &((PadvTarget *) lfirst(lb))->col;

		if (!padv_same_col(ca, cb) || ca->desc != cb->desc ||
			ca->nulls_first != cb->nulls_first)
			return false;
	}
	return true;
}

static void
add_order(PadvSite *site, List *pathkeys)
{
	List	   *order;
	PadvAccess *access = site->access;
	MemoryContext old;
	ListCell   *lc;

	if (pathkeys == NIL)
		return;
	visit_first_key(site, linitial_node(PathKey, pathkeys));
	order = order_of(site, pathkeys);
	if (order == NIL)
		return;
	foreach(lc, access->orders)
	{
		if (same_order(lfirst(lc), order))
			return;
	}
	old = MemoryContextSwitchTo(site->context);
	access->orders = lappend(access->orders, order);
	MemoryContextSwitchTo(old);
}

/*
 * count(DISTINCT x), string_agg(x ORDER BY y): to be named where the values are
 * sorted in the aggregate.  Otherwise their order is among the pathkeys.
 */
static void
name_sorting_aggregates(PadvSite *site)
{
	List	   *aggregates;
	ListCell   *lc;

	if (PADV_PRESORTS_AGGREGATES || !site->root->parse->hasAggs)
		return;
	aggregates = pull_var_clause((Node *) list_make2(site->root->parse->targetList,
													 site->root->parse->havingQual),
								 PVC_INCLUDE_AGGREGATES |
								 PVC_RECURSE_WINDOWFUNCS |
								 PVC_INCLUDE_PLACEHOLDERS);
	foreach(lc, aggregates)
	{
		Aggref	   *aggref = lfirst(lc);

		if (IsA(aggref, Aggref) && aggref->agglevelsup == 0 &&
			(aggref->aggdistinct != NIL || aggref->aggorder != NIL) &&
			bms_equal(pull_varnos(site->root, (Node *) aggref),
					  site->rel->relids))
			padv_site_tell(site, (Node *) aggref, NULL,
						   "Its values are sorted in the aggregate, whatever index there is; from PostgreSQL 16 on an index can give their order.",
						   1.0);
	}
}

void
padv_site_orders(PadvSite *site)
{
	PlannerInfo *root = site->root;

	add_order(site, root->query_pathkeys);
	add_order(site, root->sort_pathkeys);
	add_order(site, root->group_pathkeys);
	add_order(site, root->distinct_pathkeys);
	add_order(site, root->window_pathkeys);
	name_sorting_aggregates(site);
}
