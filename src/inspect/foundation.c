/*-------------------------------------------------------------------------
 *
 * foundation.c
 *	  Whether the extension is built on objects of its own and of core alone.
 *
 * The extension's script finds functions and operators by name and arguments,
 * and in the schema that it installs into there may be some that fit better
 * than core's: whoever may create objects there would have a word in views
 * that superusers read.  So the last thing that the script does is to look at
 * what its objects depend on.  What core has made at initdb is pinned, or has
 * an OID below those of users.  Transforms are no matter: functions of which
 * a type has one depend on it (before PostgreSQL 18), but only those that are
 * declared with TRANSFORM, as none of ours is, ever call it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"

PG_FUNCTION_INFO_V1(padv_inspect_foundation);

/*
 * The extension's objects, with what belongs to each (rules of views, types of
 * tables), and the first thing that they use and that is none of them.
 */
#define PADV_FOUNDATION_SQL \
	"WITH RECURSIVE part(classid, objid) AS (" \
	" SELECT d.classid, d.objid FROM pg_catalog.pg_depend d" \
	" WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass" \
	"  AND d.refobjid OPERATOR(pg_catalog.=) $1" \
	"  AND d.deptype OPERATOR(pg_catalog.=) 'e'" \
	" UNION" \
	" SELECT d.classid, d.objid FROM pg_catalog.pg_depend d" \
	"  JOIN part p ON d.refclassid OPERATOR(pg_catalog.=) p.classid" \
	"   AND d.refobjid OPERATOR(pg_catalog.=) p.objid" \
	" WHERE d.deptype OPERATOR(pg_catalog.=) 'i'" \
	"  OR d.deptype OPERATOR(pg_catalog.=) 'a')" \
	" SELECT pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)" \
	" FROM part p JOIN pg_catalog.pg_depend d" \
	"  ON d.classid OPERATOR(pg_catalog.=) p.classid" \
	"  AND d.objid OPERATOR(pg_catalog.=) p.objid" \
	" WHERE d.refobjid OPERATOR(pg_catalog.>=) $2" \
	"  AND NOT d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass" \
	"  AND NOT d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass" \
	"  AND NOT d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_transform'::pg_catalog.regclass" \
	"  AND NOT EXISTS (SELECT FROM part o" \
	"   WHERE o.classid OPERATOR(pg_catalog.=) d.refclassid" \
	"    AND o.objid OPERATOR(pg_catalog.=) d.refobjid)" \
	" ORDER BY 1 LIMIT 1"

static char *
find_stranger(void)
{
	Oid			types[] = {OIDOID, OIDOID};
	Datum		values[] = {ObjectIdGetDatum(CurrentExtensionObject),
	ObjectIdGetDatum(FirstNormalObjectId)};

	if (SPI_execute_with_args(PADV_FOUNDATION_SQL, lengthof(types), types,
							  values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the dependencies of the extension");
	if (SPI_processed == 0)
		return NULL;
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/* Called by the extension's script, as the last of it. */
Datum
padv_inspect_foundation(PG_FUNCTION_ARGS)
{
	char	   *stranger;

	if (!creating_extension)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("only the script of an extension can be checked")));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	CommandCounterIncrement();
	stranger = find_stranger();
	if (stranger != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_SCHEMA_DEFINITION),
				 errmsg("perfadvisor cannot be built on objects of others"),
				 errdetail("It would use %s.", stranger),
				 errhint("Drop that, or choose another schema for the extension.")));
	SPI_finish();
	PG_RETURN_VOID();
}
