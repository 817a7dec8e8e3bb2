/*-------------------------------------------------------------------------
 *
 * care.c
 *	  Rows of advice that the catalogs and statistics views lead to.
 *
 * What wants ANALYZE, VACUUM or REINDEX, what a failed build has left, and
 * which foreign keys have no index: the views of the inspect room say it, and
 * padv_care() puts it into one form.  An index for a foreign key is proven
 * like any other: the check that core runs is planned with and without it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/guc.h"
#include "whatif/whatif.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "report/care.h"
#include "report/view_rows.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#define PADV_CARE_SQL \
	"SELECT kind, why, priority, relation::pg_catalog.oid, ddl, undo_ddl," \
	" reason, size_bytes, detail, index, check_sql," \
	" checks::pg_catalog.float8, checks_ms" \
	" FROM %s.padv_care()"

static double
float_at(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(tuple, desc, column, &isnull);

	return isnull ? 0.0 : DatumGetFloat8(value);
}

static void *
read_care(HeapTuple tuple, TupleDesc desc)
{
	PadvCare   *care = palloc0(sizeof(PadvCare));
	bool		isnull;

	care->kind = SPI_getvalue(tuple, desc, 1);
	care->why = SPI_getvalue(tuple, desc, 2);
	care->priority = SPI_getvalue(tuple, desc, 3);
	care->relid = DatumGetObjectId(SPI_getbinval(tuple, desc, 4, &isnull));
	care->ddl = SPI_getvalue(tuple, desc, 5);
	care->undo_ddl = SPI_getvalue(tuple, desc, 6);
	care->reason = SPI_getvalue(tuple, desc, 7);
	care->bytes = DatumGetInt64(SPI_getbinval(tuple, desc, 8, &isnull));
	care->detail = SPI_getvalue(tuple, desc, 9);
	care->indexoid = DatumGetObjectId(SPI_getbinval(tuple, desc, 10, &isnull));
	care->check_sql = SPI_getvalue(tuple, desc, 11);
	care->checks = float_at(tuple, desc, 12);
	care->checks_ms = float_at(tuple, desc, 13);
	return care;
}

/* One foreign key's index, passed through padv_run_restricted(). */
typedef struct ProveArg
{
	PadvCare   *care;
	List	   *beside;			/* indexes on the table that are advised */
	bool		served;			/* by one of those */
} ProveArg;

/*
 * Is the check as cheap, or nearly, with the indexes that are advised already?
 * They may have the key's columns in another order, or the one that matters.
 */
static bool
is_served_beside(const ProveArg *prove_arg, const PadvInstance *instance)
{
	PadvIndex  *index = prove_arg->care->index;
	PadvScope	scope = {.add = prove_arg->beside};
	PadvPlanResult without;
	PadvPlanResult with;

	if (prove_arg->beside == NIL)
		return false;
	padv_whatif_plan(instance, &scope, &without);
	scope.add = lappend(list_copy(prove_arg->beside), index);
	padv_whatif_plan(instance, &scope, &with);
	return !list_member_oid(with.used, index->oid) ||
		with.cost > without.cost * (1.0 - padv_min_improvement_pct / 100.0);
}

/* Plans the check of a foreign key as things are, and with the index. */
static void
prove(void *arg)
{
	ProveArg   *prove_arg = arg;
	PadvCare   *care = prove_arg->care;
	PadvStatement *stmt = padv_statement_given(care->check_sql, 1.0);
	const PadvInstance *instance = linitial(stmt->instances);
	PadvScope	scope = {0};
	PadvPlanResult before;
	PadvPlanResult after;

	care->index = padv_index_parse(care->ddl);
	scope.add = list_make1(care->index);
	padv_whatif_plan(instance, NULL, &before);
	padv_whatif_plan(instance, &scope, &after);
	if (!list_member_oid(after.used, care->index->oid))
		return;
	care->cost_before = before.cost * care->checks;
	care->cost_after = after.cost * care->checks;
	prove_arg->served = is_served_beside(prove_arg, instance);
}

/*
 * Planning runs code that the table's owner has put there: it is done as the
 * owner, and for those who may read it all.  False when it cannot be done.
 */
static bool
prove_as_owner(ProveArg *prove_arg)
{
	PadvCare   *care = prove_arg->care;
	HeapTuple	tuple;
	Oid			owner;
	char	   *reason;

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(care->relid));
	if (!HeapTupleIsValid(tuple))
		return false;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	if (pg_class_aclcheck(care->relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(care->relid, InvalidOid, true) == RLS_ENABLED)
		return false;
	return padv_run_restricted(owner, "pg_catalog, pg_temp", prove,
							   prove_arg, &reason);
}

/* Is it on nothing but columns, so that it runs no code of anybody's? */
static bool
is_plain(const PadvIndex *index)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		if (index->cols[i].expr != NULL)
			return false;
	}
	return index->pred == NIL;
}

/* The indexes on this table that are advised already. */
static List *
advised_beside(Oid relid, const PadvAdviceSet *set, const List *cares)
{
	List	   *all = NIL;
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, set->advice)
		all = lappend(all, ((PadvAdvice *) lfirst(lc))->index);
	foreach(lc, cares)
	{
		if (((PadvCare *) lfirst(lc))->index != NULL)
			all = lappend(all, ((PadvCare *) lfirst(lc))->index);
	}
	foreach(lc, all)
	{
		PadvIndex  *index = lfirst(lc);

		if (index->relid == relid && is_plain(index))
			result = lappend(result, index);
	}
	return result;
}

/* Of what the views say, all that stands the test. */
List *
padv_cares(Oid schema, const PadvAdviceSet *set)
{
	const char *name = quote_identifier(get_namespace_name(schema));
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, padv_view_rows(psprintf(PADV_CARE_SQL, name), read_care))
	{
		PadvCare   *care = lfirst(lc);

		if (care->check_sql != NULL)
		{
			ProveArg	prove_arg = {.care = care,
			.beside = advised_beside(care->relid, set, result)};

			/* it may lack rights, or the table may have gone */
			if (!prove_as_owner(&prove_arg) || prove_arg.served ||
				care->cost_after >= care->cost_before)
				continue;
			care->bytes = (int64) care->index->bytes;
		}
		result = lappend(result, care);
	}
	return result;
}

void
padv_care_name_indexes(List *cares, const List *taken)
{
	List	   *names = list_copy(taken);
	ListCell   *lc;

	foreach(lc, cares)
	{
		PadvCare   *care = lfirst(lc);
		char	   *name;

		if (care->index == NULL)
			continue;
		name = padv_index_choose_name_among(care->index, names);
		names = lappend(names, name);
		care->ddl = padv_index_create_ddl(care->index, name);
		care->undo_ddl = padv_index_drop_ddl(care->index, name);
	}
}
