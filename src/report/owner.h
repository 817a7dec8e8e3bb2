/*-------------------------------------------------------------------------
 *
 * owner.h
 *	  Work on the extension's own tables, with their owner's rights.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_OWNER_H
#define PADV_OWNER_H

#include "executor/spi.h"
#include "fmgr.h"

#define PADV_OWNER_ARGS		20

/*
 * A call of one of the extension's inner SQL functions, which are nobody
 * else's to call.
 */
typedef struct PadvOwnerCall
{
	Oid			caller;			/* the extension's function that is executed */
	const char *function;		/* unqualified name of the inner one */
	int			nargs;
	Oid			types[PADV_OWNER_ARGS];
	Datum		values[PADV_OWNER_ARGS];
	char		nulls[PADV_OWNER_ARGS];
} PadvOwnerCall;

extern void padv_owner_start(PadvOwnerCall *call, FunctionCallInfo fcinfo,
							 const char *function);
extern void padv_owner_arg(PadvOwnerCall *call, Oid type, Datum value,
						   bool isnull);
extern void padv_owner_text_arg(PadvOwnerCall *call, const char *value);

/* An argument of the executed function, handed on. */
extern void padv_owner_pass(PadvOwnerCall *call, FunctionCallInfo fcinfo,
							int argno, Oid type);

/* The name of the user who asks. */
extern void padv_owner_who(PadvOwnerCall *call);

/*
 * Calls it, and visit(tuple, desc, arg) for each row; what visit keeps must
 * be in memory of its own.  visit may be NULL.
 */
typedef void (*PadvOwnerVisit) (HeapTuple tuple, TupleDesc desc, void *arg);
extern void padv_owner_execute(PadvOwnerCall *call, PadvOwnerVisit visit,
							   void *arg);

/* The same for a function that returns one value by reference or not. */
extern Datum padv_owner_value(PadvOwnerCall *call, Oid type, bool *isnull);

/* Adds its rows to those that the executed function gives. */
extern void padv_owner_append(PadvOwnerCall *call, ReturnSetInfo *rsinfo);

/* The rows are those of the executed function. */
extern Datum padv_owner_rows(PadvOwnerCall *call, FunctionCallInfo fcinfo);

#endif							/* PADV_OWNER_H */
