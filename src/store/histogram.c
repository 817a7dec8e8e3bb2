/*-------------------------------------------------------------------------
 *
 * histogram.c
 *	  Quantiles out of a latency histogram.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "store/histogram.h"

/* How far a quantile may be from the exact one, as the interface promises. */
#define PADV_HIST_MAX_ERROR 0.05

void
padv_hist_halve(PadvHistogram *hist)
{
	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
		hist->count[i] /= 2;
}

/* The smallest latency in ns that falls into a bucket. */
static double
bucket_start(int bucket)
{
	if (bucket == 0)
		return 0;
	return ldexp((double) (PADV_HIST_SUB + bucket % PADV_HIST_SUB),
				 bucket / PADV_HIST_SUB + PADV_HIST_LOW_BIT -
				 PADV_HIST_SUB_BITS);
}

/*
 * A place within a bucket, at the given share of the values in it.  Values
 * need not be spread evenly: the result keeps so far from both ends that the
 * true one is within the promised error wherever in the bucket it lies.
 */
static double
bucket_place(int bucket, double share)
{
	double		low = bucket_start(bucket);
	double		high = bucket_start(bucket + 1);
	double		place = low + (high - low) * share;

	if (low == 0)
		return place;
	return Min(Max(place, high / (1 + PADV_HIST_MAX_ERROR)),
			   low * (1 + PADV_HIST_MAX_ERROR));
}

double
padv_hist_quantile(const PadvHistogram *hist, double q,
				   uint64 min_ns, uint64 max_ns)
{
	uint64		total = 0;
	uint64		below = 0;
	uint64		rank;
	double		result = 0;

	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
		total += hist->count[i];
	if (total == 0)
		return 0;

	/* the smallest value that at least q of all values do not exceed */
	rank = Max((uint64) ceil(q * (double) total), 1);
	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
	{
		if (below + hist->count[i] >= rank)
		{
			result = bucket_place(i, ((double) (rank - below) - 0.5) /
								  hist->count[i]);
			break;
		}
		below += hist->count[i];
	}
	return Min(Max(result, (double) min_ns), (double) max_ns) / 1e6;
}

double
padv_hist_share_from(const PadvHistogram *hist, uint64 ns)
{
	double		total = 0;
	double		from = 0;

	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
	{
		total += hist->count[i];
		if (i >= padv_hist_bucket(ns))
			from += hist->count[i];
	}
	return total > 0 ? from / total : 0;
}

double
padv_hist_geometric_mean(const PadvHistogram *hist)
{
	double		sum = 0;
	double		n = 0;

	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
	{
		if (hist->count[i] == 0)
			continue;
		sum += hist->count[i] * log(bucket_place(i, 0.5));
		n += hist->count[i];
	}
	return n > 0 ? exp(sum / n) / 1e6 : 0;
}
