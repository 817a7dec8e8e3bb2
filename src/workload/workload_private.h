/*-------------------------------------------------------------------------
 *
 * workload_private.h
 *	  What the files of the workload room share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_WORKLOAD_PRIVATE_H
#define PADV_WORKLOAD_PRIVATE_H

#include "workload/workload.h"

/*
 * Parses and analyzes one statement and applies its rules.  The types of
 * $1 .. $n may be given (InvalidOid where they are not known) and are then
 * completed by inference.  Returns the list of Query; *queryid is set to
 * core's identifier, or 0 when computing it is switched off.  Takes the locks
 * that parse analysis takes.  Errors: as the parser raises them, and for
 * anything but one SELECT, INSERT, UPDATE, DELETE or MERGE.
 */
extern List *padv_analyze_text(const char *text, int nparams,
							   const Oid *param_types, uint64 *queryid);

/* A new request waits for locks again. */
extern void padv_wait_for_locks(void);

#endif							/* PADV_WORKLOAD_PRIVATE_H */
