/*-------------------------------------------------------------------------
 *
 * drops.c
 *	  Rows of advice that drop an index.
 *
 * The catalogs alone tell which indexes look superfluous; the views of the
 * inspect room say so.  Where statements were recorded, each of those is
 * hidden and the statements are planned again: only what no plan misses is
 * advised.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_opclass.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "report/drops.h"
#include "report/view_rows.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#define PADV_DROPS_SQL \
	"SELECT relation::pg_catalog.oid, index::pg_catalog.oid, reason, ddl, undo_ddl," \
	" size_bytes, 'redundant' AS why FROM %s.perfadvisor_redundant_indexes" \
	" WHERE verdict OPERATOR(pg_catalog.=) 'drop'" \
	" UNION ALL" \
	" SELECT relation::pg_catalog.oid, index::pg_catalog.oid, reason, ddl, undo_ddl," \
	" size_bytes, 'unused' FROM %s.padv_unused_indexes(false)" \
	" WHERE verdict OPERATOR(pg_catalog.=) 'drop'" \
	" ORDER BY 6 DESC, 5"

/* NULL when it has gone: nobody holds a lock on what the views have shown. */
static char *
qualified_index(Oid indexoid)
{
	char	   *name = get_rel_name(indexoid);
	char	   *schema = get_namespace_name(get_rel_namespace(indexoid));

	return name == NULL || schema == NULL ? NULL :
		quote_qualified_identifier(schema, name);
}

char *
padv_opclass_name(Oid opclass)
{
	HeapTuple	tuple;
	char	   *name;

	if (!OidIsValid(opclass))
		return NULL;
	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	name = pstrdup(NameStr(((Form_pg_opclass) GETSTRUCT(tuple))->opcname));
	ReleaseSysCache(tuple);
	return name;
}

char *
padv_index_predicate_text(const PadvIndex *index)
{
	if (index->pred == NIL)
		return NULL;
	return deparse_expression((Node *) make_ands_explicit(index->pred),
							  deparse_context_for(get_rel_name(index->relid),
												  index->relid),
							  false, false);
}

static void *
read_drop(HeapTuple tuple, TupleDesc desc)
{
	PadvDrop   *drop = palloc0(sizeof(PadvDrop));
	bool		isnull;

	drop->trial.relid = DatumGetObjectId(SPI_getbinval(tuple, desc, 1, &isnull));
	drop->trial.indexoid = DatumGetObjectId(SPI_getbinval(tuple, desc, 2, &isnull));
	drop->reason = SPI_getvalue(tuple, desc, 3);
	drop->ddl = SPI_getvalue(tuple, desc, 4);
	drop->undo_ddl = SPI_getvalue(tuple, desc, 5);
	drop->bytes = DatumGetInt64(SPI_getbinval(tuple, desc, 6, &isnull));
	drop->why = SPI_getvalue(tuple, desc, 7);
	return drop;
}

List *
padv_drops(Oid schema, const PadvWorkload *workload, const PadvAdviceSet *set)
{
	const char *name = quote_identifier(get_namespace_name(schema));
	List	   *drops = padv_view_rows(psprintf(PADV_DROPS_SQL, name, name),
									   read_drop);
	List	   *trials = NIL;
	List	   *with = NIL;
	List	   *result = NIL;
	ListCell   *lc;

	if (drops == NIL)
		return NIL;
	foreach(lc, drops)
		trials = lappend(trials, &((PadvDrop *) lfirst(lc))->trial);
	foreach(lc, set->advice)
		with = lappend(with, ((PadvAdvice *) lfirst(lc))->index);
	padv_try_drops(workload, trials, with);
	foreach(lc, drops)
	{
		PadvDrop   *drop = lfirst(lc);

		if (drop->trial.needed)
			continue;
		drop->index = qualified_index(drop->trial.indexoid);
		if (drop->index != NULL)
			result = lappend(result, drop);
	}
	return result;
}

PadvDrop *
padv_drop_replaced(const PadvIndex *old, const PadvIndex *new, double upkeep_ms)
{
	PadvDrop   *drop = palloc0(sizeof(PadvDrop));

	drop->trial.relid = old->relid;
	drop->trial.indexoid = old->oid;
	drop->trial.upkeep_ms = upkeep_ms;
	drop->index = qualified_index(old->oid);
	drop->why = "replaced";
	drop->reason = psprintf("The advised index on %s serves all that it serves; drop it when that one exists.",
							padv_index_describe(new));
	drop->ddl = padv_index_drop_ddl(old, old->name);
	drop->undo_ddl = padv_index_create_ddl(old, old->name);
	drop->bytes = (int64) old->pages * BLCKSZ;
	return drop;
}
