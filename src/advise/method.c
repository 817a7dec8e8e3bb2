/*-------------------------------------------------------------------------
 *
 * method.c
 *	  Access methods beside btree that serve an operator.
 *
 * The catalogs know: an operator is a search operator of an operator family,
 * and a family belongs to a method.  GIN and GiST are looked at; the classes
 * of all families that hold the operator for the type are candidates, such
 * as jsonb_ops and jsonb_path_ops for "@>", or gin_trgm_ops for LIKE where
 * pg_trgm is installed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "advise/advise_private.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "parser/parse_coerce.h"
#include "utils/catcache.h"
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
 * stable order.
 */
int
padv_other_methods(Oid opno, Oid type, Oid *methods, Oid *opclasses, int max)
{
	CatCList   *entries;
	Oid			method;
	int			n = 0;

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
