/*-------------------------------------------------------------------------
 *
 * view_rows.h
 *	  What the extension's views say, as structures.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_VIEW_ROWS_H
#define PADV_VIEW_ROWS_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

/* Makes a structure of a row. */
typedef void *(*PadvReadRow) (HeapTuple tuple, TupleDesc desc);

/*
 * One of those for each row of the query, which is not recorded, in the
 * current memory context.
 */
extern List *padv_view_rows(const char *sql, PadvReadRow read);

#endif							/* PADV_VIEW_ROWS_H */
