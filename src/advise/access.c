/*-------------------------------------------------------------------------
 *
 * access.c
 *	  How a statement reaches its tables, read off the planner.
 *
 * The visitor runs inside the planner, once for each base relation of each
 * query level, when views are expanded, subqueries pulled up, outer joins
 * reduced, constants folded and clauses pushed down.  What it finds there is
 * what an index could serve: the clauses on the table, its join clauses and
 * equivalence classes, and the orders that the level above asks for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/transam.h"
#include "advise/advise_private.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "rewrite/rewriteManip.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Other access methods and operator classes that are tried for a clause. */
#define PADV_MAX_METHODS	8

/* Pages that estimate_rel_size() gives a table that was never vacuumed. */
#define PADV_NEW_TABLE_PAGES 10

/* What the clause walkers need to know of the relation they work for. */
typedef struct Site
{
	PlannerInfo *root;
	RelOptInfo *rel;
	Index		rti;
	PadvAccess *access;
	MemoryContext context;
	const Query *query;
	bool		has_params;		/* the query, before planning */
	bool		sampled;
	Node	   *clause;			/* being visited, if it stands alone */
	int			arm;			/* number of the OR arm, 0 outside of any */
	int			arms;			/* arms seen so far */
	int			noted;			/* targets found so far, known ones as well */
} Site;

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
		padv_same_col(&a->col, &b->col);
}

/* The clause as a predicate of a partial index, if it can be one. */
static Node *
predicate_here(Site *site)
{
	if (site->clause == NULL || site->arm != 0)
		return NULL;
	return padv_predicate_of(site->root, site->rti, site->clause, site->query,
							 site->sampled);
}

/* Adds a copy of the target, or lowers the selectivity of one that is there. */
static void
add_target(Site *site, const PadvTarget *target)
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
}

/*
 * A value that is another one next time: of a parameter, of a row of the
 * query around, or what the planner has put in the place of a parameter.
 */
static bool
holds_value(Node *node, void *context)
{
	Site	   *site = context;

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

/* Is the node about this relation only, and can it be an index key? */
static bool
is_key(Site *site, Node *node)
{
	Relids		varnos = pull_varnos(site->root, node);
	int			member;

	if (!bms_get_singleton_member(varnos, &member) ||
		member != (int) site->rti)
		return false;
	node = padv_strip(node);
	if (IsA(node, Var))
		return ((Var *) node)->varattno > 0;
	return !contain_mutable_functions(node) && !contain_subplans(node) &&
		!contain_agg_clause(node) && !contain_windowfuncs(node) &&
		reads_user_columns(site->rti, node) && !holds_value(node, site);
}

/* Adds a target for each other method that serves the operator. */
static bool
add_other_targets(Site *site, const PadvTarget *template, Oid type)
{
	Oid			methods[PADV_MAX_METHODS];
	Oid			opclasses[PADV_MAX_METHODS];
	int			n = padv_other_methods(template->opno, type, methods,
									   opclasses, PADV_MAX_METHODS);

	for (int i = 0; i < n; i++)
	{
		PadvTarget	target = *template;

		target.use = PADV_USE_OTHER;
		target.relam = methods[i];
		target.col.opclass = opclasses[i];
		target.col.opfamily = get_opclass_family(opclasses[i]);
		target.col.opcintype = get_opclass_input_type(opclasses[i]);
		add_target(site, &target);
	}
	return n > 0;
}

/* "key op other", with the key on either side. */
static void
visit_operator(Site *site, OpExpr *op, double selectivity, bool join)
{
	PadvTarget	target = {.selectivity = selectivity};
	Node	   *left;
	Node	   *right;

	if (list_length(op->args) != 2)
		return;
	left = linitial(op->args);
	right = lsecond(op->args);
	target.opno = op->opno;
	if (!is_key(site, left))
	{
		Node	   *swap = left;

		if (!is_key(site, right))
			return;
		left = right;
		right = swap;
		target.opno = get_commutator(op->opno);
	}
	if (bms_is_member(site->rti, pull_varnos(site->root, right)) ||
		contain_volatile_functions(right))
		return;
	target.use = PADV_USE_NONE;
	if (padv_fill_key(site->rti, left, op->inputcollid, &target.col) &&
		OidIsValid(target.opno))
		target.use = padv_classify(target.opno, &target.col);
	if (join && target.use == PADV_USE_EQUAL)
		target.use = PADV_USE_JOIN;
	if ((target.use == PADV_USE_NONE || padv_is_prefix_operator(target.opno)) &&
		OidIsValid(target.opno) &&
		add_other_targets(site, &target, exprType(padv_strip(left))) &&
		target.use == PADV_USE_NONE)
		return;
	add_target(site, &target);
}

static void
visit_any(Site *site, ScalarArrayOpExpr *op, double selectivity)
{
	PadvTarget	target = {.selectivity = selectivity, .opno = op->opno};
	Node	   *left = linitial(op->args);

	if (!is_key(site, left))
		return;
	target.use = PADV_USE_NONE;
	target.test = op->useOr ? "ANY" : "ALL";
	if (padv_fill_key(site->rti, left, op->inputcollid, &target.col) &&
		op->useOr &&
		padv_classify(op->opno, &target.col) == PADV_USE_EQUAL)
		target.use = PADV_USE_ANY;
	add_target(site, &target);
}

/* IS NULL, IS NOT NULL, boolean columns and their tests. */
static void
visit_test(Site *site, Node *key, PadvUse use, const char *test,
		   double selectivity)
{
	PadvTarget	target = {.selectivity = selectivity, .test = test};

	if (!is_key(site, key))
		return;
	target.use = padv_fill_key(site->rti, key, InvalidOid, &target.col) ?
		use : PADV_USE_NONE;
	add_target(site, &target);
}

/* (a, b) > (x, y): a range on the columns in their order. */
static void
visit_row_compare(Site *site, RowCompareExpr *row, double selectivity)
{
	ListCell   *la;
	ListCell   *lo;

	forboth(la, row->largs, lo, row->opnos)
	{
		PadvTarget	target = {.selectivity = selectivity};

		if (!is_key(site, lfirst(la)) ||
			!padv_fill_key(site->rti, lfirst(la), InvalidOid, &target.col))
			return;
		target.use = PADV_USE_RANGE;
		target.opno = lfirst_oid(lo);
		add_target(site, &target);
	}
}

static void visit_clause(Site *site, Node *clause, double selectivity,
						 bool join);

/* Each arm of an OR wants an index of its own, joined by a bitmap. */
static void
visit_or(Site *site, List *arms, bool join)
{
	int			outer = site->arm;
	ListCell   *lc;

	foreach(lc, arms)
	{
		Node	   *arm = lfirst(lc);

		site->arm = ++site->arms;
		visit_clause(site, arm,
					 clause_selectivity(site->root, arm, 0, JOIN_INNER, NULL),
					 join);
	}
	site->arm = outer;
}

static void
visit_boolean(Site *site, BoolExpr *expr, double selectivity, bool join)
{
	ListCell   *lc;

	switch (expr->boolop)
	{
		case OR_EXPR:
			visit_or(site, expr->args, join);
			break;
		case AND_EXPR:
			foreach(lc, expr->args)
				visit_clause(site, lfirst(lc), selectivity, join);
			break;
		case NOT_EXPR:
			visit_test(site, linitial(expr->args), PADV_USE_EQUAL, "IS FALSE",
					   selectivity);
			break;
	}
}

static void
visit_boolean_test(Site *site, BooleanTest *test, double selectivity)
{
	switch (test->booltesttype)
	{
		case IS_TRUE:
			visit_test(site, (Node *) test->arg, PADV_USE_EQUAL, "IS TRUE",
					   selectivity);
			break;
		case IS_FALSE:
			visit_test(site, (Node *) test->arg, PADV_USE_EQUAL, "IS FALSE",
					   selectivity);
			break;
		default:
			break;
	}
}

static void
visit_null_test(Site *site, NullTest *test, double selectivity)
{
	bool		isnull = (test->nulltesttype == IS_NULL);

	if (!test->argisrow)
		visit_test(site, (Node *) test->arg,
				   isnull ? PADV_USE_EQUAL : PADV_USE_RANGE,
				   isnull ? "IS NULL" : "IS NOT NULL", selectivity);
}

static void
visit_clause(Site *site, Node *clause, double selectivity, bool join)
{
	if (IsA(clause, RestrictInfo))
		clause = (Node *) (((RestrictInfo *) clause)->orclause != NULL ?
						   ((RestrictInfo *) clause)->orclause :
						   ((RestrictInfo *) clause)->clause);
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			visit_operator(site, (OpExpr *) clause, selectivity, join);
			break;
		case T_ScalarArrayOpExpr:
			visit_any(site, (ScalarArrayOpExpr *) clause, selectivity);
			break;
		case T_BoolExpr:
			visit_boolean(site, (BoolExpr *) clause, selectivity, join);
			break;
		case T_NullTest:
			visit_null_test(site, (NullTest *) clause, selectivity);
			break;
		case T_BooleanTest:
			visit_boolean_test(site, (BooleanTest *) clause, selectivity);
			break;
		case T_RowCompareExpr:
			visit_row_compare(site, (RowCompareExpr *) clause, selectivity);
			break;
		case T_Var:
			visit_test(site, clause, PADV_USE_EQUAL, "IS TRUE", selectivity);
			break;
		default:
			break;
	}
}

/* Is there something in it that only plans have, and no text stands for? */
static bool
holds_planner_node(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, PlaceHolderVar) ||
		(IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN))
		return true;
	return expression_tree_walker(node, holds_planner_node, context);
}

/*
 * A clause on this table in which nothing was found that any index serves: it
 * is there to be named.
 */
static void
add_whole_clause(Site *site, Node *clause, double selectivity)
{
	PadvTarget	target = {.use = PADV_USE_NONE, .selectivity = selectivity};

	if (!bms_is_member(site->rti, pull_varnos(site->root, clause)) ||
		!reads_user_columns(site->rti, clause))
		return;
	target.whole = true;
	if (!contain_subplans(clause) && !holds_planner_node(clause, NULL))
	{
		target.col.expr = copyObject(clause);
		ChangeVarNodes(target.col.expr, site->rti, 1, 0);
	}
	add_target(site, &target);
}

/* Clauses on this table alone, and join clauses outside of any class. */
static void
visit_clauses(Site *site)
{
	ListCell   *lc;

	foreach(lc, site->rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		int			noted = site->noted;
		double		selectivity;

		if (rinfo->pseudoconstant)
			continue;
		selectivity = clause_selectivity(site->root, (Node *) rinfo, 0,
										 JOIN_INNER, NULL);
		site->clause = (Node *) rinfo->clause;
		visit_clause(site, (Node *) rinfo, selectivity, false);
		site->clause = NULL;
		if (site->noted == noted)
			add_whole_clause(site, (Node *) rinfo->clause, selectivity);
	}
	foreach(lc, site->rel->joininfo)
		visit_clause(site, lfirst(lc), 1.0, true);
}

/* The member of a class that is an expression of this relation alone. */
static EquivalenceMember *
member_of(Site *site, EquivalenceClass *ec)
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
static void
visit_classes(Site *site)
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
		if (em == NULL || !is_key(site, (Node *) em->em_expr) ||
			!padv_fill_key(site->rti, (Node *) em->em_expr, ec->ec_collation,
						   &target.col))
			continue;
		target.opno = get_opfamily_member(target.col.opfamily,
										  target.col.opcintype,
										  target.col.opcintype,
										  BTEqualStrategyNumber);
		add_target(site, &target);
	}
}

/* The leading pathkeys that this relation can deliver, as sort targets. */
static List *
order_of(Site *site, List *pathkeys)
{
	List	   *order = NIL;
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *pathkey = lfirst_node(PathKey, lc);
		EquivalenceClass *ec = pathkey->pk_eclass;
		EquivalenceMember *em;
		PadvTarget *target;
		MemoryContext old;

		if (ec->ec_has_volatile)
			break;
		em = member_of(site, ec);
		if (em == NULL || !is_key(site, (Node *) em->em_expr))
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
add_order(Site *site, List *pathkeys)
{
	List	   *order = order_of(site, pathkeys);
	PadvAccess *access = site->access;
	MemoryContext old;
	ListCell   *lc;

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

static void
visit_orders(Site *site)
{
	PlannerInfo *root = site->root;

	add_order(site, root->query_pathkeys);
	add_order(site, root->sort_pathkeys);
	add_order(site, root->group_pathkeys);
	add_order(site, root->distinct_pathkeys);
	add_order(site, root->window_pathkeys);
}

/* The appendrel parent at the top, or 0. */
static Index
top_parent(PlannerInfo *root, Index rti)
{
	Index		top = 0;

	while (root->append_rel_array != NULL &&
		   root->append_rel_array[rti] != NULL)
		top = rti = root->append_rel_array[rti]->parent_relid;
	return top;
}

/*
 * Advice for partitions is given for the partitioned parent; members of plain
 * inheritance trees and of UNION ALL stand for themselves.
 */
static bool
is_advisable(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	Index		top;

	if (rte->rtekind != RTE_RELATION || rte->relid < FirstNormalObjectId)
		return false;
	if (rte->tablesample != NULL)
		return false;
	switch (rte->relkind)
	{
		case RELKIND_PARTITIONED_TABLE:
			if (!rte->inh)
				return false;
			break;
		case RELKIND_RELATION:
		case RELKIND_MATVIEW:
			if (rte->inh)
				return false;
			break;
		default:
			return false;
	}
	if (get_rel_persistence(rte->relid) == RELPERSISTENCE_TEMP)
		return false;
	top = top_parent(root, rel->relid);
	return top == 0 ||
		root->simple_rte_array[top]->rtekind != RTE_RELATION ||
		root->simple_rte_array[top]->relkind != RELKIND_PARTITIONED_TABLE;
}

/* What the table has: core plans a new one as if it had ten pages. */
static double
real_pages(Oid relid, double pages)
{
	if (pages <= PADV_NEW_TABLE_PAGES)
	{
		Relation	rel = table_open(relid, NoLock);

		if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
			pages = Min(pages, RelationGetNumberOfBlocks(rel));
		table_close(rel, NoLock);
	}
	return pages;
}

/* Size of the table; of all planned partitions for a partitioned one. */
static void
measure(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
		PadvAccess *access)
{
	double		tuples = rel->tuples;
	double		pages;

	if (!rte->inh)
		pages = real_pages(rte->relid, rel->pages);
	else
	{
		tuples = pages = 0;
		for (int i = 1; i < root->simple_rel_array_size; i++)
		{
			RelOptInfo *child = root->simple_rel_array[i];

			if (child == NULL || top_parent(root, i) != rel->relid ||
				root->simple_rte_array[i]->inh)
				continue;
			tuples += child->tuples;
			pages += real_pages(root->simple_rte_array[i]->relid,
								child->pages);
		}
	}
	access->tuples = Max(access->tuples, tuples);
	access->pages = Max(access->pages, pages);
}

static bool
is_analyzed(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_class) GETSTRUCT(tuple))->reltuples >= 0;
		ReleaseSysCache(tuple);
	}
	return result;
}

static PadvAccess *
find_access(PadvAccessArg *arg, Oid relid)
{
	MemoryContext old;
	PadvAccess *access;
	ListCell   *lc;

	foreach(lc, arg->accesses)
	{
		access = lfirst(lc);
		if (access->relid == relid)
			return access;
	}
	old = MemoryContextSwitchTo(arg->context);
	access = palloc0(sizeof(PadvAccess));
	access->relid = relid;
	access->analyzed = is_analyzed(relid);
	arg->accesses = lappend(arg->accesses, access);
	MemoryContextSwitchTo(old);
	return access;
}

void
padv_access_visit(PlannerInfo *root, RelOptInfo *rel, Index rti,
				  RangeTblEntry *rte, void *arg)
{
	PadvAccessArg *access_arg = arg;
	Site		site = {0};

	if (!is_advisable(root, rel, rte))
		return;
	site.root = root;
	site.rel = rel;
	site.rti = rti;
	site.context = access_arg->context;
	site.query = access_arg->query;
	site.has_params = access_arg->has_params;
	site.sampled = access_arg->sampled;
	site.access = find_access(access_arg, rte->relid);
	measure(root, rel, rte, site.access);
	padv_note_columns(root, rel, site.access, site.context);
	visit_clauses(&site);
	visit_classes(&site);
	visit_orders(&site);
}
