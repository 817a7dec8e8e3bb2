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

/* Plans the check of a foreign key as things are, and with the index. */
static void
prove(void *arg)
{
	PadvCare   *care = arg;
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
}

/*
 * Planning runs code that the table's owner has put there: it is done as the
 * owner, and for those who may read it all.  False when it cannot be done.
 */
static bool
prove_as_owner(PadvCare *care)
{
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
	return padv_run_restricted(owner, "pg_catalog, pg_temp", prove, care,
							   &reason);
}

/* Does an advised index serve the foreign key as well? */
static bool
is_served(const PadvCare *care, const PadvAdviceSet *set, const List *cares)
{
	ListCell   *lc;

	foreach(lc, set->advice)
	{
		if (padv_index_covers(((PadvAdvice *) lfirst(lc))->index, care->index))
			return true;
	}
	foreach(lc, cares)
	{
		const PadvCare *other = lfirst(lc);

		if (other->index != NULL &&
			padv_index_covers(other->index, care->index))
			return true;
	}
	return false;
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
			/* it may lack rights, or the table may have gone */
			if (!prove_as_owner(care) ||
				care->cost_after >= care->cost_before ||
				is_served(care, set, result))
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
