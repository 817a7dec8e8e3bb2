/*-------------------------------------------------------------------------
 *
 * arguments.h
 *	  Checking what users pass to the SQL functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_ARGUMENTS_H
#define PADV_ARGUMENTS_H

#include "advise/advise.h"
#include "fmgr.h"

/*
 * The elements of a text[] argument as C strings.  Raises an error for NULL,
 * for more than one dimension and for NULL elements, naming the argument.
 */
extern char **padv_text_array(FunctionCallInfo fcinfo, int argno,
							  const char *name, int *n);

/* CREATE INDEX texts as PadvIndex; an error names the element at fault. */
extern List *padv_parse_indexes(int n, char **texts);

/* The elements of a double precision[] of exactly n non-negative weights. */
extern double *padv_weights(FunctionCallInfo fcinfo, int argno, int n);

/* Options from two arguments, each falling back to its setting when NULL. */
extern void padv_options(FunctionCallInfo fcinfo, int budget_argno,
						 int improvement_argno, PadvOptions *options);

/* A figure as bigint; one beyond its range is the last one within. */
extern Datum padv_bigint(double figure);

/* The distinct queryids of statements as bigint[]. */
extern Datum padv_queryids(List *statements);

#endif							/* PADV_ARGUMENTS_H */
