/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  Is a statement faster or slower than it was?
 *
 * Latencies are noisy and have long tails, and machines are busy at times.  A
 * difference counts when it is large enough to matter and too large for
 * chance: by the means (Welch), which are what time is saved by; or else by
 * the ranks of all latencies, as the histograms have them (Mann and Whitney),
 * and by geometric means, in which a few outliers count for little.
 *
 * A busy machine makes everything slower, and chance has no part in it.  What
 * an index changes is the work: blocks looked at and rows read by sequential
 * scans, in each call.  These are counted exactly, whatever the clock says.
 * Where the work is the same, an index has changed nothing; where nobody asks
 * for an index in particular, the times must differ by half then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "report/figures.h"

/* Calls before and after that it takes. */
#define PADV_JUDGE_CALLS	10.0

/* Standard errors beyond which a difference is no chance. */
#define PADV_RANK_ERRORS	3.0
#define PADV_MEAN_ERRORS	4.0

/* Ratios from which a difference matters. */
#define PADV_WORK_RATIO		1.2
#define PADV_TIME_RATIO		1.1
#define PADV_IDLE_TIME_RATIO 1.5
#define PADV_ROWS_RATIO		2.0

static double
per_call(uint64 count, const PadvFigures *figures)
{
	return (double) count / (double) figures->counters.calls;
}

/* How many times one value is the other, at least 1; one more of each. */
static double
ratio(double a, double b)
{
	return (Max(a, b) + 1) / (Min(a, b) + 1);
}

static bool
work_differs(const PadvFigures *before, const PadvFigures *after)
{
	return ratio(per_call(before->counters.shared_blks_hit +
						  before->counters.shared_blks_read, before),
				 per_call(after->counters.shared_blks_hit +
						  after->counters.shared_blks_read, after)) >= PADV_WORK_RATIO ||
		ratio(per_call(before->counters.seq_rows, before),
			  per_call(after->counters.seq_rows, after)) >= PADV_WORK_RATIO;
}

static bool
rows_differ(const PadvFigures *before, const PadvFigures *after)
{
	return ratio(per_call(before->counters.rows, before),
				 per_call(after->counters.rows, after)) > PADV_ROWS_RATIO;
}

/*
 * By how many standard errors calls before take longer than those after, more
 * often than not.
 */
static double
rank_errors(const PadvHistogram *before, const PadvHistogram *after)
{
	double		n = 0;
	double		m = 0;
	double		longer = 0;

	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
	{
		longer += before->count[i] * (m + after->count[i] / 2.0);
		n += before->count[i];
		m += after->count[i];
	}
	if (n == 0 || m == 0)
		return 0;
	return (longer / (n * m) - 0.5) / sqrt((n + m + 1) / (12 * n * m));
}

static double
square_error(const PadvCounters *counters)
{
	double		calls = (double) counters->calls;

	return counters->sum_sq_ms / (calls * Max(calls - 1, 1));
}

/* The same of the means. */
static double
mean_errors(const PadvCounters *before, const PadvCounters *after)
{
	double		error = sqrt(square_error(before) + square_error(after));

	return error > 0 ? (before->mean_ms - after->mean_ms) / error : 0;
}

/* 1: faster by at least so much, and not by chance; -1: slower; 0: neither. */
static int
direction(double before, double after, double least, double errors,
		  double least_errors)
{
	if (before > after * least && errors > least_errors)
		return 1;
	if (after > before * least && errors < -least_errors)
		return -1;
	return 0;
}

PadvJudgement
padv_judge(const PadvFigures *before, const PadvFigures *after, bool by_work)
{
	double		least = PADV_TIME_RATIO;
	int			found;

	if (before->counters.calls < PADV_JUDGE_CALLS ||
		after->counters.calls < PADV_JUDGE_CALLS)
		return PADV_JUDGE_FEW;
	if (rows_differ(before, after))
		return PADV_JUDGE_ROWS;
	if (!work_differs(before, after))
	{
		if (by_work)
			return PADV_JUDGE_SAME;
		least = PADV_IDLE_TIME_RATIO;
	}
	found = direction(before->counters.mean_ms, after->counters.mean_ms, least,
					  mean_errors(&before->counters, &after->counters),
					  PADV_MEAN_ERRORS);
	if (found == 0)
		found = direction(padv_hist_geometric_mean(&before->histogram),
						  padv_hist_geometric_mean(&after->histogram), least,
						  rank_errors(&before->histogram, &after->histogram),
						  PADV_RANK_ERRORS);
	return found > 0 ? PADV_JUDGE_FASTER :
		found < 0 ? PADV_JUDGE_SLOWER : PADV_JUDGE_SAME;
}
