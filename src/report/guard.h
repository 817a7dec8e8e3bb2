/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  Work whose failure must not end the whole request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_GUARD_H
#define PADV_GUARD_H

#include "workload/workload.h"

/*
 * Runs work(arg), with the caller's rights and memory context, in a
 * subtransaction of its own.  False when it raised an error; cancel,
 * shutdown and lack of memory are raised again.
 */
extern bool padv_guarded(PadvWork work, void *arg);

#endif							/* PADV_GUARD_H */
