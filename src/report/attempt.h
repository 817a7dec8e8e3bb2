/*-------------------------------------------------------------------------
 *
 * attempt.h
 *	  Work whose failure must not end the whole request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_ATTEMPT_H
#define PADV_ATTEMPT_H

#include "workload/workload.h"

/*
 * Runs work(arg), with the caller's rights and memory context, in a
 * subtransaction of its own.  False when it raised an error; cancel,
 * shutdown and lack of memory are raised again.
 */
extern bool padv_attempt(PadvWork work, void *arg);

#endif							/* PADV_ATTEMPT_H */
