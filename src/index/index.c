/*-------------------------------------------------------------------------
 *
 * index.c
 *	  Index definitions from the catalogs, and their comparison.
 *
 * Catalogs are read through the relation cache under AccessShareLock, which
 * is released at once: a definition is a copy, and whoever plans with it has
 * locked the table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/reloptions.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "index/index.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "workload/workload.h"

Oid
padv_index_made_up_oid(void)
{
	static Oid	next = InvalidOid;
	Oid			result;

	do
	{
		if (next < FirstNormalObjectId)
			next = OID_MAX;
		result = next--;
	} while (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(result)));
	return result;
}

void
padv_index_set_key(PadvIndex *index, int i, Oid opclass, Oid collation,
				   bool desc, bool nulls_first)
{
	PadvIndexCol *col = &index->cols[i];

	col->opclass = opclass;
	if (!get_opclass_opfamily_and_input_type(opclass, &col->opfamily,
											 &col->opcintype))
		elog(ERROR, "cache lookup failed for opclass %u", opclass);
	col->collation = collation;
	col->desc = desc;
	col->nulls_first = nulls_first;
}

Oid
padv_index_col_type(const PadvIndex *index, int i, int32 *typmod,
					Oid *collation)
{
	const PadvIndexCol *col = &index->cols[i];
	Oid			type;

	if (col->attno == 0)
	{
		*typmod = exprTypmod(col->expr);
		*collation = exprCollation(col->expr);
		return exprType(col->expr);
	}
	get_atttypetypmodcoll(index->relid, col->attno, &type, typmod, collation);
	return type;
}

/* ---- from the catalogs ---- */

PadvIndex *
padv_index_btree(Oid relid, int nkeys, const AttrNumber *attnos)
{
	PadvIndex  *index = palloc0(sizeof(PadvIndex));

	Assert(nkeys > 0 && nkeys <= INDEX_MAX_KEYS);
	index->relid = relid;
	index->relam = BTREE_AM_OID;
	index->nkeys = index->ncols = nkeys;
	index->hypothetical = true;
	for (int i = 0; i < nkeys; i++)
	{
		Oid			type = get_atttype(relid, attnos[i]);
		Oid			opclass = InvalidOid;
		Oid			collation;
		int32		typmod;

		if (OidIsValid(type))
			opclass = GetDefaultOpClass(type, BTREE_AM_OID);
		if (!OidIsValid(opclass))
			return NULL;
		index->cols[i].attno = attnos[i];
		(void) padv_index_col_type(index, i, &typmod, &collation);
		padv_index_set_key(index, i, opclass, collation, false, false);
	}
	index->oid = padv_index_made_up_oid();
	return index;
}

/* Keys and included columns of a real index. */
static void
read_columns(PadvIndex *index, Relation rel)
{
	Form_pg_index form = rel->rd_index;
	List	   *exprs = RelationGetIndexExpressions(rel);
	ListCell   *next_expr = list_head(exprs);
	Datum		datum;
	bool		isnull;
	oidvector  *opclasses;

	datum = SysCacheGetAttr(INDEXRELID, rel->rd_indextuple,
							Anum_pg_index_indclass, &isnull);
	Assert(!isnull);
	opclasses = (oidvector *) DatumGetPointer(datum);

	index->nkeys = form->indnkeyatts;
	index->ncols = form->indnatts;
	for (int i = 0; i < index->ncols; i++)
	{
		PadvIndexCol *col = &index->cols[i];

		col->attno = form->indkey.values[i];
		if (col->attno == 0)
		{
			col->expr = lfirst(next_expr);
			next_expr = lnext(exprs, next_expr);
		}
		if (i >= index->nkeys)
			continue;
		padv_index_set_key(index, i, opclasses->values[i],
						   rel->rd_indcollation[i],
						   (rel->rd_indoption[i] & INDOPTION_DESC) != 0,
						   (rel->rd_indoption[i] & INDOPTION_NULLS_FIRST) != 0);
		datum = get_attoptions(RelationGetRelid(rel), i + 1);
		if (datum != (Datum) 0)
			col->opclass_options = untransformRelOptions(datum);
	}
}

/* Reading of one index, passed through padv_run_restricted(). */
typedef struct ReadArg
{
	PadvIndex  *index;
	Relation	rel;
} ReadArg;

static void
read_definition(void *arg)
{
	ReadArg    *read = arg;

	read_columns(read->index, read->rel);
	read->index->pred = RelationGetIndexPredicate(read->rel);
}

static bool
has_code(Relation rel)
{
	return !heap_attisnull(rel->rd_indextuple, Anum_pg_index_indexprs, NULL) ||
		!heap_attisnull(rel->rd_indextuple, Anum_pg_index_indpred, NULL);
}

/*
 * Loading expressions and predicates folds their constants, which runs
 * functions that the table's owner has chosen: as the owner, as core does
 * when it builds an index, and within limits.  False when that fails.
 */
static bool
read_as_owner(PadvIndex *index, Relation rel)
{
	ReadArg		arg = {index, rel};
	char	   *reason;

	if (has_code(rel))
		return padv_run_restricted(rel->rd_rel->relowner,
								   "pg_catalog, pg_temp", read_definition,
								   &arg, &reason);
	read_definition(&arg);
	return true;
}

/* The WITH (...) list of a real index. */
static List *
read_options(Oid indexoid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(indexoid));
	List	   *result = NIL;
	Datum		datum;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return NIL;
	datum = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_reloptions, &isnull);
	if (!isnull)
		result = untransformRelOptions(datum);
	ReleaseSysCache(tuple);
	return result;
}

/* Size of one physical index, added to the sums. */
static void
read_size(PadvIndex *index, Relation rel)
{
	index->tuples += Max(rel->rd_rel->reltuples, 0);
	index->pages += RelationGetNumberOfBlocks(rel);
	index->bytes = index->pages * BLCKSZ;
	if (rel->rd_rel->relam == BTREE_AM_OID)
		index->height = Max(index->height, _bt_getrootheight(rel));
	else
		index->height = -1;
}

static void
read_partition_sizes(PadvIndex *index)
{
	List	   *parts = find_all_inheritors(index->oid, AccessShareLock, NULL);
	ListCell   *lc;

	foreach(lc, parts)
	{
		Relation	rel;

		/* its own lock is not ours to release */
		if (lfirst_oid(lc) == index->oid)
			continue;
		rel = relation_open(lfirst_oid(lc), NoLock);
		if (rel->rd_rel->relkind == RELKIND_INDEX)
			read_size(index, rel);
		relation_close(rel, AccessShareLock);
	}
}

PadvIndex *
padv_index_from_catalog(Oid indexoid)
{
	PadvIndex  *index;
	Relation	rel = try_relation_open(indexoid, AccessShareLock);

	if (rel == NULL)
		return NULL;
	if (rel->rd_rel->relkind != RELKIND_INDEX &&
		rel->rd_rel->relkind != RELKIND_PARTITIONED_INDEX)
	{
		relation_close(rel, AccessShareLock);
		return NULL;
	}

	index = palloc0(sizeof(PadvIndex));
	index->relid = rel->rd_index->indrelid;
	index->relam = rel->rd_rel->relam;
	index->unique = rel->rd_index->indisunique;
	index->nulls_not_distinct = rel->rd_index->indnullsnotdistinct;
	index->oid = indexoid;
	index->name = pstrdup(RelationGetRelationName(rel));
	if (!read_as_owner(index, rel))
	{
		relation_close(rel, AccessShareLock);
		return NULL;
	}
	index->options = read_options(indexoid);
	if (rel->rd_rel->relkind == RELKIND_INDEX)
		read_size(index, rel);
	else
		read_partition_sizes(index);
	relation_close(rel, AccessShareLock);
	return index;
}

static bool
is_usable(Oid indexoid)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(indexoid));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);

		result = form->indisvalid && form->indisready && form->indislive;
		ReleaseSysCache(tuple);
	}
	return result;
}

List *
padv_index_list(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	List	   *result = NIL;
	ListCell   *lc;

	if (rel == NULL)
		return NIL;
	foreach(lc, RelationGetIndexList(rel))
	{
		PadvIndex  *index = NULL;

		if (is_usable(lfirst_oid(lc)))
			index = padv_index_from_catalog(lfirst_oid(lc));
		if (index != NULL)
			result = lappend(result, index);
	}
	relation_close(rel, AccessShareLock);
	return result;
}

PadvIndex *
padv_index_copy(const PadvIndex *index)
{
	Size		size = offsetof(PadvIndex, cols) +
		sizeof(PadvIndexCol) * index->ncols;

	return memcpy(palloc(size), index, size);
}

/* ---- leaf partitions ---- */

/* Maps one column through the parent's attribute map. */
static void
map_column(PadvIndexCol *col, const AttrMap *map, Oid rowtype)
{
	bool		whole_row;

	if (col->attno > 0)
		col->attno = map->attnums[col->attno - 1];
	else
		col->expr = map_variable_attnos(col->expr, 1, 0, map, rowtype,
										&whole_row);
}

PadvIndex *
padv_index_for_leaf(const PadvIndex *index, Oid leafid)
{
	PadvIndex  *result = padv_index_copy(index);
	Relation	parent = table_open(index->relid, AccessShareLock);
	Relation	leaf = table_open(leafid, AccessShareLock);
	AttrMap    *map = padv_attrmap_if_needed(RelationGetDescr(leaf),
											 RelationGetDescr(parent));
	bool		whole_row;

	result->relid = leafid;
	result->nleaves = 0;
	result->leaves = NULL;
	for (int i = 0; map != NULL && i < result->ncols; i++)
		map_column(&result->cols[i], map, leaf->rd_rel->reltype);
	if (map != NULL && index->pred != NIL)
		result->pred = (List *)
			map_variable_attnos((Node *) index->pred, 1, 0, map,
								leaf->rd_rel->reltype, &whole_row);
	table_close(leaf, AccessShareLock);
	table_close(parent, AccessShareLock);
	return result;
}

/* ---- comparing ---- */

static bool
same_key(const PadvIndexCol *a, const PadvIndexCol *b)
{
	return a->attno == b->attno &&
		equal(a->expr, b->expr) &&
		a->opfamily == b->opfamily &&
		a->opcintype == b->opcintype &&
		a->collation == b->collation &&
		equal(a->opclass_options, b->opclass_options);
}

/* Same order of rows, read forwards or (btree) backwards? */
static bool
same_order(const PadvIndex *a, const PadvIndex *b, int nkeys)
{
	bool		same = true;
	bool		reversed = (a->relam == BTREE_AM_OID);

	for (int i = 0; i < nkeys; i++)
	{
		const PadvIndexCol *x = &a->cols[i];
		const PadvIndexCol *y = &b->cols[i];

		if (x->desc != y->desc || x->nulls_first != y->nulls_first)
			same = false;
		if (x->desc == y->desc || x->nulls_first == y->nulls_first)
			reversed = false;
	}
	return same || reversed;
}

/* Are the first nkeys keys the same, in the same order? */
static bool
same_keys(const PadvIndex *a, const PadvIndex *b, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
	{
		if (!same_key(&a->cols[i], &b->cols[i]))
			return false;
	}
	return same_order(a, b, nkeys);
}

static bool
same_predicate(const PadvIndex *a, const PadvIndex *b)
{
	return list_difference(a->pred, b->pred) == NIL &&
		list_difference(b->pred, a->pred) == NIL;
}

/* Can "index" return this column, as a key or as an included column? */
static bool
has_column(const PadvIndex *index, AttrNumber attno)
{
	for (int i = 0; i < index->ncols; i++)
	{
		if (index->cols[i].attno == attno)
			return true;
	}
	return false;
}

static bool
has_included_of(const PadvIndex *wide, const PadvIndex *narrow)
{
	for (int i = narrow->nkeys; i < narrow->ncols; i++)
	{
		if (!has_column(wide, narrow->cols[i].attno))
			return false;
	}
	return true;
}

bool
padv_index_equal(const PadvIndex *a, const PadvIndex *b)
{
	return a->relid == b->relid &&
		a->relam == b->relam &&
		a->nkeys == b->nkeys &&
		a->ncols == b->ncols &&
		same_keys(a, b, a->nkeys) &&
		has_included_of(a, b) &&
		has_included_of(b, a) &&
		same_predicate(a, b);
}

/* Methods that serve any of their keys alone, whatever the order. */
static bool
keys_are_subset(const PadvIndex *wide, const PadvIndex *narrow)
{
	for (int i = 0; i < narrow->nkeys; i++)
	{
		bool		found = false;

		for (int j = 0; j < wide->nkeys && !found; j++)
			found = same_key(&wide->cols[j], &narrow->cols[i]);
		if (!found)
			return false;
	}
	return true;
}

bool
padv_index_covers(const PadvIndex *wide, const PadvIndex *narrow)
{
	if (narrow->unique ||
		wide->relid != narrow->relid ||
		wide->relam != narrow->relam ||
		wide->nkeys < narrow->nkeys ||
		!has_included_of(wide, narrow) ||
		!same_predicate(wide, narrow))
		return false;
	if (wide->relam == GIN_AM_OID || wide->relam == BRIN_AM_OID)
		return keys_are_subset(wide, narrow);
	return same_keys(wide, narrow, narrow->nkeys);
}
