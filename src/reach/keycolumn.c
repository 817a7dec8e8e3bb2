/*-------------------------------------------------------------------------
 *
 * keycolumn.c
 *	  An expression as a key column, and what a btree on it can search.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "reach/reach_private.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The expression below what only relabels it. */
Node *
padv_strip(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, CollateExpr))
			node = (Node *) ((CollateExpr *) node)->arg;
		else
			return node;
	}
}

/*
 * Fills the key column for an expression of this relation, with the default
 * btree opclass of its type.  False when there is none.
 */
bool
padv_fill_key(Index rti, Node *node, Oid collation, PadvIndexCol *col)
{
	Oid			type;

	node = padv_strip(node);
	memset(col, 0, sizeof(*col));
	type = exprType(node);
	if (IsA(node, Var))
		col->attno = ((Var *) node)->varattno;
	else
		col->expr = padv_index_expr(node, rti);
	if (!type_is_collatable(type))
		col->collation = InvalidOid;
	else
		col->collation = OidIsValid(collation) ? collation : exprCollation(node);
	col->opclass = GetDefaultOpClass(type, BTREE_AM_OID);
	if (!OidIsValid(col->opclass))
		return false;
	col->opfamily = get_opclass_family(col->opclass);
	col->opcintype = get_opclass_input_type(col->opclass);
	return true;
}

static bool
is_c_locale(const char *name)
{
	return strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0;
}

/* Does the database sort by bytes where no other collation is asked for? */
static bool
database_sorts_by_bytes(void)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID,
										ObjectIdGetDatum(MyDatabaseId));
	bool		isnull;
	Datum		datum;
	char		provider;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	datum = SysCacheGetAttr(DATABASEOID, tuple, Anum_pg_database_datcollate,
							&isnull);
	provider = ((Form_pg_database) GETSTRUCT(tuple))->datlocprovider;
	result = provider == PADV_COLLPROVIDER_BUILTIN ||
		(provider == COLLPROVIDER_LIBC && !isnull &&
		 is_c_locale(TextDatumGetCString(datum)));
	ReleaseSysCache(tuple);
	return result;
}

/* Then a plain btree serves prefixes; asked of the catalogs alone. */
static bool
sorts_by_bytes(Oid collation)
{
	HeapTuple	tuple;
	bool		isnull;
	Datum		datum;
	bool		result;

	if (collation == DEFAULT_COLLATION_OID)
		return database_sorts_by_bytes();
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	if (!HeapTupleIsValid(tuple))
		return false;
	datum = SysCacheGetAttr(COLLOID, tuple, Anum_pg_collation_collcollate,
							&isnull);
	result = ((Form_pg_collation) GETSTRUCT(tuple))->collprovider ==
		PADV_COLLPROVIDER_BUILTIN ||
		(!isnull && is_c_locale(TextDatumGetCString(datum)));
	ReleaseSysCache(tuple);
	return result;
}

/* The opclass that LIKE and regular expressions want in this collation. */
static void
use_pattern_opclass(PadvIndexCol *col)
{
	Oid			opclass;

	if (!OidIsValid(col->collation) || sorts_by_bytes(col->collation))
		return;
	if (col->opcintype == TEXTOID)
		opclass = TEXT_BTREE_PATTERN_OPS_OID;
	else if (col->opcintype == BPCHAROID)
		opclass = BPCHAR_BTREE_PATTERN_OPS_OID;
	else
		return;
	col->opclass = opclass;
	col->opfamily = get_opclass_family(opclass);
}

/* Operators that the planner turns into ranges for a constant prefix. */
bool
padv_is_prefix_operator(Oid opno)
{
	switch (get_oprrest(opno))
	{
		case F_LIKESEL:
		case F_REGEXEQSEL:
		case F_PREFIXSEL:
		case F_NETWORKSEL:
			return true;
		default:
			return false;
	}
}

/*
 * Is the pattern known to have no prefix that a range could be made of?  Only
 * its first character is looked at: what comes later narrows less.
 */
bool
padv_lacks_prefix(Oid opno, Node *pattern)
{
	Const	   *value = (Const *) pattern;
	char	   *string;

	if (!IsA(pattern, Const) || value->constisnull ||
		(value->consttype != TEXTOID && value->consttype != BPCHAROID))
		return false;
	string = TextDatumGetCString(value->constvalue);
	switch (get_oprrest(opno))
	{
		case F_LIKESEL:
			return string[0] == '%' || string[0] == '_';
		case F_REGEXEQSEL:
			return string[0] != '^';
		default:
			return false;
	}
}

/* Which use a btree makes of "key op something". */
PadvUse
padv_classify(Oid opno, PadvIndexCol *col)
{
	switch (get_op_opfamily_strategy(opno, col->opfamily))
	{
		case BTEqualStrategyNumber:
			return PADV_USE_EQUAL;
		case BTLessStrategyNumber:
		case BTLessEqualStrategyNumber:
		case BTGreaterEqualStrategyNumber:
		case BTGreaterStrategyNumber:
			return PADV_USE_RANGE;
		default:
			break;
	}
	if (!padv_is_prefix_operator(opno))
		return PADV_USE_NONE;
	use_pattern_opclass(col);
	return PADV_USE_RANGE;
}
