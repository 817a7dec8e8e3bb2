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

/* ---- limits.c ---- */

#define PADV_TIMED_OUT \
	"planning it took longer than perfadvisor.planning_timeout allows"

/* A new request waits for locks and for slow roles again. */
extern void padv_be_patient(void);

/* ---- clock.c ---- */

/*
 * From start to stop, which must follow whatever happens, work is cancelled
 * after so many milliseconds, 0 for never.  "heeded": an error ends the work
 * that is for whoever asked for it.
 */
extern void padv_start_clock(int milliseconds);
extern void padv_stop_clock(bool heeded);
extern bool padv_time_was_up(void);

/* ---- rights.c ---- */

/* May code of others not be run with the rights of this role? */
extern bool padv_is_mighty(Oid userid);

/* ---- leftover.c ---- */

extern void padv_leave_nothing(PadvWork work, void *arg);

/* ---- stranger.c ---- */

extern bool padv_refuse_strangers(void);
extern void padv_admit_strangers(bool before);

/* ---- owner.c ---- */

extern bool padv_choose_role(PadvStatement *stmt, const char *text);
extern void padv_check_names(const char *text);
extern void padv_check_owners(const PadvStatement *stmt, List *queries);

#endif							/* PADV_WORKLOAD_PRIVATE_H */
