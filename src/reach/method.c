/*-------------------------------------------------------------------------
 *
 * method.c
 *	  Access methods beside btree that serve an operator.
 *
 * The catalogs know: an operator is a search operator of an operator family,
 * and a family belongs to a method.  GIN and GiST are looked at; the classes
 * of all families that hold the operator for the type are candidates, such
 * as jsonb_ops and jsonb_path_ops for "@>", or gin_trgm_ops for LIKE where
 * pg_trgm is installed.  GiST also orders by distance.
 *
 * BRIN and hash serve what a btree serves as well, and take less room: BRIN
 * where the rows of a large table lie in the order of the column, hash where
 * values are wide and only compared for equality.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "reach/reach_private.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "parser/parse_coerce.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Which of the two methods serves the operator at all? */
static Oid
preferred_method(CatCList *entries)
{
	Oid			method = GIST_AM_OID;

	for (int i = 0; i < entries->n_members; i++)
	{
		HeapTuple	tuple = &entries->members[i]->tuple;

		if (((Form_pg_amop) GETSTRUCT(tuple))->amopmethod == GIN_AM_OID)
			method = GIN_AM_OID;
	}
	return method;
}

/* The class of a family that indexes the type; InvalidOid if there is none. */
static Oid
opclass_in_family(Oid method, Oid family, Oid type)
{
	Oid			result = GetDefaultOpClass(type, method);
	CatCList   *classes;

	if (OidIsValid(result) && get_opclass_family(result) == family)
		return result;
	result = InvalidOid;
	classes = SearchSysCacheList1(CLAAMNAMENSP, ObjectIdGetDatum(method));
	for (int i = 0; i < classes->n_members; i++)
	{
		HeapTuple	tuple = &classes->members[i]->tuple;
		Form_pg_opclass opclass = (Form_pg_opclass) GETSTRUCT(tuple);

		if (opclass->opcfamily == family &&
			IsBinaryCoercible(type, opclass->opcintype) &&
			(!OidIsValid(result) || opclass->oid < result))
			result = opclass->oid;
	}
	ReleaseSysCacheList(classes);
	return result;
}

/*
 * The methods and classes that serve "column of this type, operator, value".
 * Returns how many were written to methods and opclasses, at most max, in a
 * stable order.  None for "<>", which GiST can search for some types: it keeps
 * nearly all rows, whatever is guessed where the value is not known.
 */
int
padv_other_methods(Oid opno, Oid type, Oid *methods, Oid *opclasses, int max)
{
	CatCList   *entries;
	Oid			method;
	int			n = 0;

	if (get_oprrest(opno) == F_NEQSEL)
		return 0;
	type = getBaseType(type);
	entries = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	method = preferred_method(entries);
	for (int i = 0; i < entries->n_members && n < max; i++)
	{
		HeapTuple	tuple = &entries->members[i]->tuple;
		Form_pg_amop amop = (Form_pg_amop) GETSTRUCT(tuple);
		Oid			opclass;

		if (amop->amoppurpose != AMOP_SEARCH ||
			amop->amopmethod != method)
			continue;
		opclass = opclass_in_family(amop->amopmethod, amop->amopfamily, type);
		if (!OidIsValid(opclass))
			continue;
		methods[n] = amop->amopmethod;
		opclasses[n++] = opclass;
	}
	ReleaseSysCacheList(entries);
	return n;
}

/*
 * The GiST class that can deliver rows in the order of "column of this type,
 * operator, value"; InvalidOid if there is none.
 */
Oid
padv_distance_opclass(Oid opno, Oid type)
{
	CatCList   *entries;
	Oid			result = InvalidOid;

	type = getBaseType(type);
	entries = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	for (int i = 0; i < entries->n_members && !OidIsValid(result); i++)
	{
		HeapTuple	tuple = &entries->members[i]->tuple;
		Form_pg_amop amop = (Form_pg_amop) GETSTRUCT(tuple);

		if (amop->amoppurpose == AMOP_ORDER &&
			amop->amopmethod == GIST_AM_OID)
			result = opclass_in_family(GIST_AM_OID, amop->amopfamily, type);
	}
	ReleaseSysCacheList(entries);
	return result;
}

/* The column's default class in another method; false if there is none. */
static bool
use_default_opclass(PadvIndexCol *col, Oid method, Oid type)
{
	col->opclass = GetDefaultOpClass(getBaseType(type), method);
	if (!OidIsValid(col->opclass))
		return false;
	col->opfamily = get_opclass_family(col->opclass);
	col->opcintype = get_opclass_input_type(col->opclass);
	col->desc = col->nulls_first = false;
	return true;
}

/* Makes a btree column one of a hash index that serves the operator. */
bool
padv_use_hash(PadvIndexCol *col, Oid opno, Oid type)
{
	return use_default_opclass(col, HASH_AM_OID, type) &&
		get_op_opfamily_strategy(opno, col->opfamily) == HTEqualStrategyNumber;
}

/* Makes a btree column one of a BRIN index that serves the operator. */
bool
padv_use_brin(PadvIndexCol *col, Oid opno, Oid type)
{
	return use_default_opclass(col, BRIN_AM_OID, type) &&
		op_in_opfamily(opno, col->opfamily);
}
