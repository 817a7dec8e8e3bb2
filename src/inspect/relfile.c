/*-------------------------------------------------------------------------
 *
 * relfile.c
 *	  What the file system says of a relation: how large it is and since when
 *	  it exists.
 *
 * The views on indexes look at every index of a database.  pg_relation_size()
 * would open each of them, which builds some kilobytes of relation cache
 * apiece and waits behind whoever holds a strong lock.  Here only the catalog
 * cache is asked for the path, and no lock is taken, so that a relation may
 * go away in between: then the answer is NULL.
 *
 * No catalog knows when an index was created, and an index without scans is
 * only worth a word when it has been there for a while.  The birth of its
 * file is the best answer there is: at most as old as the index, and younger
 * after a rewrite or a restore, where the statistics start again as well or
 * waiting longer does no harm.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/compat.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(padv_inspect_file_bytes);
PG_FUNCTION_INFO_V1(padv_inspect_file_born);

/*
 * The path of the first segment of a relation's main fork; NULL when it is
 * not there any more, or of a kind without storage.
 */
static char *
relation_path(Oid relation)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		path;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = ObjectIdGetDatum(relation);
	fcinfo->args[0].isnull = false;
	path = pg_relation_filepath(fcinfo);

	return fcinfo->isnull ? NULL : TextDatumGetCString(path);
}

static void
report_stat_failure(const char *path)
{
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not stat file \"%s\": %m", path)));
}

/* The bytes of all segments of a relation's main fork. */
Datum
padv_inspect_file_bytes(PG_FUNCTION_ARGS)
{
	char	   *path = relation_path(PG_GETARG_OID(0));
	int64		bytes = 0;
	int			segment;

	if (path == NULL)
		PG_RETURN_NULL();

	for (segment = 0;; segment++)
	{
		char	   *name = segment == 0 ? path : psprintf("%s.%d", path, segment);
		struct stat found;

		CHECK_FOR_INTERRUPTS();
		if (stat(name, &found) < 0)
		{
			if (errno == ENOENT)
				break;
			report_stat_failure(name);
		}
		bytes += found.st_size;
		if (found.st_size < (off_t) RELSEG_SIZE * BLCKSZ)
		{
			segment++;
			break;
		}
	}

	if (segment == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(bytes);
}

/*
 * When a relation's file was created; NULL where the system does not tell.
 */
Datum
padv_inspect_file_born(PG_FUNCTION_ARGS)
{
#ifdef STATX_BTIME
	char	   *path = relation_path(PG_GETARG_OID(0));
	struct statx found;

	if (path == NULL)
		PG_RETURN_NULL();
	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &found) < 0)
	{
		/* not every kernel that has the call in its headers allows it */
		if (errno == ENOENT || errno == ENOSYS || errno == EPERM)
			PG_RETURN_NULL();
		report_stat_failure(path);
	}
	if ((found.stx_mask & STATX_BTIME) == 0)
		PG_RETURN_NULL();

	PG_RETURN_TIMESTAMPTZ(time_t_to_timestamptz((pg_time_t) found.stx_btime.tv_sec) +
						  found.stx_btime.tv_nsec / 1000);
#else
	PG_RETURN_NULL();
#endif
}
