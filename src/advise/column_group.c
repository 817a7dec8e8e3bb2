/*-------------------------------------------------------------------------
 *
 * column_group.c
 *	  Columns that statements compare together, as the planner sees them.
 *
 * Where the search plans a statement for the first time, equalities on
 * several columns of a table are noted, with the share of rows that the
 * planner expects.
 *
 * Only columns and operators whose code comes with the server are looked at:
 * whoever asks has them evaluated with rights of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "advise/correlate.h"
#include "base/compat.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_type.h"
#include "index/index.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Different values that are kept for the same columns. */
#define MOST_CONDITIONS		3

/* A column whose values can be compared and printed by the server's own code. */
static bool
is_plain_column(Oid relid, AttrNumber attno)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
										Int16GetDatum(attno));
	Form_pg_attribute att;
	bool		plain;

	if (!HeapTupleIsValid(tuple))
		return false;
	att = (Form_pg_attribute) GETSTRUCT(tuple);
	plain = att->attgenerated == '\0' &&
		(att->atttypid < FirstNormalObjectId ||
		 get_typtype(att->atttypid) == TYPTYPE_ENUM);
	ReleaseSysCache(tuple);
	return plain;
}

/* An implicit cast of a type of somebody's may be a function of somebody's. */
static bool
is_users_function(Oid funcid, void *context)
{
	return funcid >= FirstNormalObjectId;
}

static bool
users_code_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_users_function, context))
		return true;
	return expression_tree_walker(node, users_code_walker, context);
}

/* The column that the clause compares for equality with one value, or 0. */
static AttrNumber
compared_column(Node *clause, Index rti, Oid relid, bool *constant)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *left;
	Node	   *right;

	if (!is_opclause(clause) || list_length(op->args) != 2 ||
		op->opno >= FirstNormalObjectId || get_oprrest(op->opno) != F_EQSEL ||
		users_code_walker(clause, NULL))
		return 0;
	left = strip_implicit_coercions(linitial(op->args));
	right = strip_implicit_coercions(lsecond(op->args));
	if (!IsA(left, Var))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
	}
	if (!IsA(left, Var) || ((Var *) left)->varno != rti ||
		((Var *) left)->varlevelsup != 0 || ((Var *) left)->varattno <= 0 ||
		!is_plain_column(relid, ((Var *) left)->varattno))
		return 0;
	if (IsA(right, Const) && !((Const *) right)->constisnull)
		*constant = true;
	else if (IsA(right, Param) && ((Param *) right)->paramkind == PARAM_EXTERN)
		*constant = false;
	else
		return 0;
	return ((Var *) left)->varattno;
}

/* Clauses by column, ascending; false for all constant when one is not. */
typedef struct Equalities
{
	int			n;
	AttrNumber	attnos[PADV_GROUP_COLUMNS];
	RestrictInfo *rinfos[PADV_GROUP_COLUMNS];
	bool		constant[PADV_GROUP_COLUMNS];
} Equalities;

static void
add_equality(Equalities *eq, AttrNumber attno, RestrictInfo *rinfo,
			 bool constant)
{
	int			at = eq->n;

	for (int i = 0; i < eq->n; i++)
	{
		if (eq->attnos[i] == attno)
			return;
	}
	if (eq->n == PADV_GROUP_COLUMNS)
		return;
	while (at > 0 && eq->attnos[at - 1] > attno)
	{
		eq->attnos[at] = eq->attnos[at - 1];
		eq->rinfos[at] = eq->rinfos[at - 1];
		eq->constant[at] = eq->constant[at - 1];
		at--;
	}
	eq->attnos[at] = attno;
	eq->rinfos[at] = rinfo;
	eq->constant[at] = constant;
	eq->n++;
}

/* Are there extended statistics on these columns, be they still empty? */
static bool
has_statistics(Oid relid, const Bitmapset *attnos)
{
	Relation	rel = table_open(relid, NoLock);
	bool		found = false;
	ListCell   *lc;

	foreach(lc, RelationGetStatExtList(rel))
	{
		HeapTuple	tuple = SearchSysCache1(STATEXTOID,
											ObjectIdGetDatum(lfirst_oid(lc)));
		Bitmapset  *keys = NULL;
		int2vector *columns;

		if (!HeapTupleIsValid(tuple))
			continue;
		columns = &((Form_pg_statistic_ext) GETSTRUCT(tuple))->stxkeys;
		for (int i = 0; i < columns->dim1; i++)
			keys = bms_add_member(keys, columns->values[i]);
		found = found || bms_is_subset(attnos, keys);
		ReleaseSysCache(tuple);
	}
	table_close(rel, NoLock);
	return found;
}

/* Does something already tell of these columns together, or will soon? */
static bool
is_known(RelOptInfo *rel, Oid relid, const Equalities *eq)
{
	Bitmapset  *attnos = NULL;
	ListCell   *lc;

	for (int i = 0; i < eq->n; i++)
		attnos = bms_add_member(attnos, eq->attnos[i]);
	if (has_statistics(relid, attnos))
		return true;
	foreach(lc, rel->indexlist)
	{
		const IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);
		bool		within = index->unique && index->indpred == NIL;

		for (int i = 0; i < index->nkeycolumns && within; i++)
			within = bms_is_member(index->indexkeys[i], attnos);
		if (within)
			return true;
	}
	return false;
}

static PadvColumnGroup *
find_group(List **groups, Oid relid, const Equalities *eq)
{
	PadvColumnGroup *group;
	ListCell   *lc;

	foreach(lc, *groups)
	{
		group = lfirst(lc);
		if (group->relid == relid && group->ncols == eq->n &&
			memcmp(group->attnos, eq->attnos, sizeof(AttrNumber) * eq->n) == 0)
			return group;
	}
	group = palloc0(sizeof(PadvColumnGroup));
	group->relid = relid;
	group->ncols = eq->n;
	memcpy(group->attnos, eq->attnos, sizeof(AttrNumber) * eq->n);
	*groups = lappend(*groups, group);
	return group;
}

/* The equalities as conditions on the table alone; NIL without constants. */
static List *
conditions_of(const Equalities *eq, Index rti)
{
	List	   *conditions = NIL;

	for (int i = 0; i < eq->n; i++)
	{
		if (!eq->constant[i])
			return NIL;
		conditions = lappend(conditions,
							 padv_index_expr(eq->rinfos[i]->clause, rti));
	}
	return conditions;
}

static void
note_group(PadvColumnGroups *noted, PadvStatement *stmt, PlannerInfo *root,
		   RelOptInfo *rel, Index rti, Oid relid, const Equalities *eq)
{
	List	   *clauses = NIL;
	PadvColumnGroup *group;
	MemoryContext old;
	List	   *conditions;
	double		share;

	if (is_known(rel, relid, eq))
		return;
	for (int i = 0; i < eq->n; i++)
		clauses = lappend(clauses, eq->rinfos[i]);
	share = clauselist_selectivity(root, clauses, 0, JOIN_INNER, NULL);

	old = MemoryContextSwitchTo(noted->context);
	group = find_group(&noted->groups, relid, eq);
	group->statements = list_append_unique_ptr(group->statements, stmt);
	conditions = conditions_of(eq, rti);
	if (group->conditions == NIL)
		group->share = share;
	if (conditions != NIL && list_length(group->conditions) < MOST_CONDITIONS &&
		!list_member(group->conditions, conditions))
		group->conditions = lappend(group->conditions, conditions);
	MemoryContextSwitchTo(old);
}

/* Which columns of the relation are compared with values. */
static void
find_equalities(const RelOptInfo *rel, Index rti, Oid relid, Equalities *eq)
{
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		bool		constant;
		AttrNumber	attno = compared_column((Node *) rinfo->clause, rti,
											relid, &constant);

		if (attno > 0)
			add_equality(eq, attno, rinfo, constant);
	}
}

/* Could it be misjudged, and statistics on it be advised? */
static bool
is_of_interest(const RelOptInfo *rel, const RangeTblEntry *rte)
{
	return list_length(rel->baserestrictinfo) > 1 &&
		(rte->relkind == RELKIND_RELATION || rte->relkind == RELKIND_MATVIEW) &&
		!rte->inh && rel->reloptkind == RELOPT_BASEREL &&
		rte->relid >= FirstNormalObjectId && rel->tuples >= PADV_GROUP_TUPLES &&
		get_rel_persistence(rte->relid) != RELPERSISTENCE_TEMP;
}

/* All of the columns, and each two of them. */
void
padv_note_groups(PlannerInfo *root, RelOptInfo *rel, Index rti,
				 RangeTblEntry *rte, PadvStatement *stmt,
				 PadvColumnGroups *noted)
{
	Equalities	eq = {0};

	if (!is_of_interest(rel, rte))
		return;
	find_equalities(rel, rti, rte->relid, &eq);
	if (eq.n < 2)
		return;
	note_group(noted, stmt, root, rel, rti, rte->relid, &eq);
	for (int i = 0; i < eq.n && eq.n > 2; i++)
	{
		for (int j = i + 1; j < eq.n; j++)
		{
			Equalities	pair = {0};

			add_equality(&pair, eq.attnos[i], eq.rinfos[i], eq.constant[i]);
			add_equality(&pair, eq.attnos[j], eq.rinfos[j], eq.constant[j]);
			note_group(noted, stmt, root, rel, rti, rte->relid, &pair);
		}
	}
}
