/*-------------------------------------------------------------------------
 *
 * figures.h
 *	  What was counted of a statement in some time, as an SQL value.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_FIGURES_H
#define PADV_FIGURES_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "store/store.h"

typedef struct PadvFigures
{
	PadvCounters counters;
	PadvHistogram histogram;
} PadvFigures;

/* A value of type padv_figures, in a descriptor of that type. */
extern Datum padv_figures_value(TupleDesc desc, const PadvCounters *counters,
								const PadvHistogram *histogram);

/* Reads one; false if it is NULL. */
extern bool padv_figures_read(FunctionCallInfo fcinfo, int argno,
							  PadvFigures *figures);
extern void padv_figures_from(Datum value, PadvFigures *figures);

/* How two times compare; see judge.c. */
typedef enum PadvJudgement
{
	PADV_JUDGE_FEW,				/* too few calls to tell */
	PADV_JUDGE_ROWS,			/* calls return other numbers of rows */
	PADV_JUDGE_SAME,
	PADV_JUDGE_FASTER,
	PADV_JUDGE_SLOWER
} PadvJudgement;

extern PadvJudgement padv_judge(const PadvFigures *before,
								const PadvFigures *after, bool by_work);

#endif							/* PADV_FIGURES_H */
