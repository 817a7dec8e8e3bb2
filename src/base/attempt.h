/*-------------------------------------------------------------------------
 *
 * attempt.h
 *	  Work whose failure must not end the whole request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_ATTEMPT_H
#define PADV_ATTEMPT_H

/* Something to be done with an argument. */
typedef void (*PadvWork) (void *arg);

/*
 * Runs work(arg), with the caller's rights and memory context, in a
 * subtransaction of its own.  False when it raised an error; one that is about
 * more than this work, as cancel, shutdown and lack of memory, is raised again.
 */
extern bool padv_attempt(PadvWork work, void *arg);

#endif							/* PADV_ATTEMPT_H */
