/*-------------------------------------------------------------------------
 *
 * joinkeys.c
 *	  Joins by a key, of which the planner knows too little.
 *
 * Where tables are joined on several columns, the planner takes these for
 * independent and multiplies what each of them keeps: of V(a) and V(b) values,
 * one pair in V(a) * V(b).  If they are the key of one of the tables, it has no
 * more pairs than rows, and a row of the other one finds its partner: one in as
 * many rows is kept, a factor more.  (That distinct values of the one side are
 * among those of the other is what the planner assumes of single columns, after
 * Selinger et al., "Access path selection in a relational database management
 * system", SIGMOD 1979.)  Only a foreign key tells the planner so.
 *
 * Of a key of one column, many values may have nothing that refers to them: a
 * calendar of two centuries, and sales of five years.  The planner takes the
 * sales for spread over all of it; but whoever asks for a month probably asks
 * for one in which something was sold.  Whether that is so may be found out
 * (referred.c), and another month may be asked for next time, so that this is
 * noted only where it is asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "utils/selfuncs.h"
#include "whatif/whatif_private.h"

/* Less does no harm. */
#define PADV_LEAST_FACTOR	2.0

/* Whoever asks for a larger share of the rows asks for others as well. */
#define PADV_MOST_SHARE		0.1

/* The column of an expression, if it is one of this relation. */
static AttrNumber
column_of(const EquivalenceMember *em, Index rti)
{
	Node	   *expr = (Node *) em->em_expr;

	while (expr != NULL && IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	if (expr == NULL || em->em_is_const || !IsA(expr, Var) ||
		((Var *) expr)->varno != rti)
		return InvalidAttrNumber;
	return ((Var *) expr)->varattno;
}

/* The expression of a class that is a column of the relation, or any of them. */
static Node *
member_of(const EquivalenceClass *ec, Index rti, AttrNumber attno)
{
	ListCell   *lc;

	foreach(lc, ec->ec_members)
	{
		const EquivalenceMember *em = lfirst(lc);
		AttrNumber	found = column_of(em, rti);

		if (found > 0 && (attno == InvalidAttrNumber || found == attno))
			return (Node *) em->em_expr;
	}
	return NULL;
}

static double
distinct_values(PlannerInfo *root, Node *expr)
{
	VariableStatData data;
	double		result;
	bool		is_default;

	examine_variable(root, expr, 0, &data);
	result = get_variable_numdistinct(&data, &is_default);
	ReleaseVariableStats(data);
	return is_default ? 1.0 : result;
}

/*
 * Of how many pairs of rows the planner keeps one for this column of the key;
 * 0: it is not compared with the other relation's.
 */
static double
pairs_of_column(PlannerInfo *root, Index key_rti, AttrNumber attno, Index other)
{
	ListCell   *lc;

	foreach(lc, root->eq_classes)
	{
		const EquivalenceClass *ec = lfirst(lc);
		Node	   *key;
		Node	   *column;

		if (ec->ec_has_const || ec->ec_has_volatile ||
			!bms_is_member(key_rti, ec->ec_relids) ||
			!bms_is_member(other, ec->ec_relids))
			continue;
		key = member_of(ec, key_rti, attno);
		column = member_of(ec, other, InvalidAttrNumber);
		if (key != NULL && column != NULL)
			return Max(distinct_values(root, key),
					   distinct_values(root, column));
	}
	return 0;
}

/* The same of all columns of the key; 0: not all of them are compared. */
static double
pairs_of_key(PlannerInfo *root, const IndexOptInfo *index, Index other)
{
	double		pairs = 1.0;

	for (int i = 0; i < index->nkeycolumns && pairs > 0; i++)
		pairs *= pairs_of_column(root, index->rel->relid,
								 index->indexkeys[i], other);
	return pairs;
}

/*
 * How many times as many keys there are as values that refer to them, where few
 * of the keys are asked for; and the column whose values they are.
 */
static double
sparse_key(PlannerInfo *root, const IndexOptInfo *index, Index other,
		   Node **column)
{
	const RelOptInfo *rel = index->rel;
	ListCell   *lc;

	if (rel->rows > PADV_MOST_SHARE * rel->tuples)
		return 1.0;
	foreach(lc, root->eq_classes)
	{
		const EquivalenceClass *ec = lfirst(lc);
		double		distinct;

		if (ec->ec_has_const || ec->ec_has_volatile ||
			!bms_is_member(rel->relid, ec->ec_relids) ||
			!bms_is_member(other, ec->ec_relids) ||
			member_of(ec, rel->relid, index->indexkeys[0]) == NULL)
			continue;
		*column = member_of(ec, other, InvalidAttrNumber);
		if (*column == NULL)
			continue;
		distinct = distinct_values(root, *column);
		return distinct > 1.0 ? rel->tuples / distinct : 1.0;
	}
	return 1.0;
}

static bool
is_key(const IndexOptInfo *index)
{
	if (!index->unique || !index->immediate || index->hypothetical ||
		index->indpred != NIL)
		return false;
	for (int i = 0; i < index->nkeycolumns; i++)
	{
		if (index->indexkeys[i] <= 0)
			return false;
	}
	return true;
}

/* Does the planner know of a foreign key between them? */
static bool
is_foreign_key(PlannerInfo *root, Index a, Index b)
{
	ListCell   *lc;

	foreach(lc, root->fkey_list)
	{
		const ForeignKeyOptInfo *fkey = lfirst(lc);

		if ((fkey->con_relid == a && fkey->ref_relid == b) ||
			(fkey->con_relid == b && fkey->ref_relid == a))
			return true;
	}
	return false;
}

/* Keys of both sides: those of the table with more rows contain the others. */
static PadvJoinKey *
add_key(List **keys, PlannerInfo *root, const RelOptInfo *rel,
		const RelOptInfo *other, double factor)
{
	Oid			referred = planner_rt_fetch(rel->relid, root)->relid;
	Oid			referring = planner_rt_fetch(other->relid, root)->relid;
	PadvJoinKey *key;
	ListCell   *lc;

	foreach(lc, *keys)
	{
		key = lfirst(lc);
		if (key->referred == referring && key->referring == referred)
			key->factor = Min(key->factor, factor);
		if ((key->referred == referring && key->referring == referred) ||
			(key->referred == referred && key->referring == referring))
			return NULL;
	}
	key = palloc0(sizeof(PadvJoinKey));
	key->referred = referred;
	key->referring = referring;
	key->rows = other->rows;
	key->factor = factor;
	*keys = lappend(*keys, key);
	return key;
}

/* A key of one column: what refers to it is looked at when a plan needs it. */
static void
note_sparse(List **keys, PlannerInfo *root, const IndexOptInfo *index,
			const RelOptInfo *other)
{
	Node	   *column = NULL;
	double		factor = sparse_key(root, index, other->relid, &column);
	PadvJoinKey *key;

	if (factor < PADV_LEAST_FACTOR)
		return;
	key = add_key(keys, root, index->rel, other, factor);
	if (key == NULL)
		return;
	key->sparse = true;
	key->rel = index->rel;
	key->attno = index->indexkeys[0];
	key->column = column;
}

static void
note_composite(List **keys, PlannerInfo *root, const IndexOptInfo *index,
			   const RelOptInfo *other)
{
	double		factor = pairs_of_key(root, index, other->relid) /
		Max(index->rel->tuples, 1.0);

	if (factor >= PADV_LEAST_FACTOR)
		(void) add_key(keys, root, index->rel, other, factor);
}

static void
note_keys_of(List **keys, PlannerInfo *root, const RelOptInfo *rel, bool sparse)
{
	ListCell   *lc;

	foreach(lc, rel->indexlist)
	{
		const IndexOptInfo *index = lfirst(lc);
		int			rti = -1;

		if (!is_key(index) || (index->nkeycolumns == 1 && !sparse))
			continue;
		while ((rti = bms_next_member(root->all_baserels, rti)) >= 0)
		{
			const RelOptInfo *other = find_base_rel(root, rti);

			if (other == rel || other->rtekind != RTE_RELATION ||
				is_foreign_key(root, rel->relid, rti))
				continue;
			if (index->nkeycolumns == 1)
				note_sparse(keys, root, index, other);
			else
				note_composite(keys, root, index, other);
		}
	}
}

/* Notes what the planner does not know of the joins of a query level. */
void
padv_join_keys_note(List **keys, PlannerInfo *root, bool sparse)
{
	int			rti = -1;

	while ((rti = bms_next_member(root->all_baserels, rti)) >= 0)
	{
		const RelOptInfo *rel = root->simple_rel_array[rti];

		if (rel != NULL && rel->rtekind == RTE_RELATION && rel->has_eclass_joins)
			note_keys_of(keys, root, rel, sparse);
	}
}
