/*-------------------------------------------------------------------------
 *
 * view_rows.c
 *	  What the extension's views say, as structures.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/guc.h"
#include "executor/spi.h"
#include "report/view_rows.h"
#include "utils/memutils.h"

static List *
query_rows(const char *sql, PadvReadRow read)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *rows = NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the extension's views");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		rows = lappend(rows, read(SPI_tuptable->vals[i],
								  SPI_tuptable->tupdesc));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return rows;
}

List *
padv_view_rows(const char *sql, PadvReadRow read)
{
	bool		was_enabled = padv_pause_recording();
	List	   *volatile rows = NIL;

	PG_TRY();
	{
		rows = query_rows(sql, read);
	}
	PG_FINALLY();
	{
		padv_resume_recording(was_enabled);
	}
	PG_END_TRY();
	return rows;
}
