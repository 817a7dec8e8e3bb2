/*-------------------------------------------------------------------------
 *
 * histogram.h
 *	  Latency histogram: log-linear buckets, as in HdrHistogram.
 *
 * A value in nanoseconds falls into the octave of its highest bit, and each
 * octave is divided into PADV_HIST_SUB equal parts.  The widest bucket is
 * 1/16 of its lower bound, so that a quantile taken from near the middle of
 * its bucket is within 5 % of the exact one.  Values under 2^7 ns share the
 * first bucket, values of 2^43 ns (2.4 hours) and over the last.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_HISTOGRAM_H
#define PADV_HISTOGRAM_H

#include "port/pg_bitutils.h"

#define PADV_HIST_SUB_BITS	4
#define PADV_HIST_SUB		(1 << PADV_HIST_SUB_BITS)
#define PADV_HIST_LOW_BIT	7
#define PADV_HIST_HIGH_BIT	43
#define PADV_HIST_BUCKETS \
	((PADV_HIST_HIGH_BIT - PADV_HIST_LOW_BIT) * PADV_HIST_SUB)

typedef struct PadvHistogram
{
	uint32		count[PADV_HIST_BUCKETS];
} PadvHistogram;

/* The bucket of a latency in nanoseconds. */
static inline int
padv_hist_bucket(uint64 ns)
{
	int			bit;

	if (ns < (UINT64CONST(1) << PADV_HIST_LOW_BIT))
		return 0;
	if (ns >= (UINT64CONST(1) << PADV_HIST_HIGH_BIT))
		return PADV_HIST_BUCKETS - 1;
	bit = pg_leftmost_one_pos64(ns);
	return (bit - PADV_HIST_LOW_BIT) * PADV_HIST_SUB +
		(int) ((ns >> (bit - PADV_HIST_SUB_BITS)) & (PADV_HIST_SUB - 1));
}

/* Counts one latency; halves all counts rather than let one overflow. */
extern void padv_hist_halve(PadvHistogram *hist);

static inline void
padv_hist_add(PadvHistogram *hist, uint64 ns)
{
	uint32	   *count = &hist->count[padv_hist_bucket(ns)];

	if (unlikely(++(*count) == PG_UINT32_MAX))
		padv_hist_halve(hist);
}

/*
 * The q-quantile (0 < q <= 1) in milliseconds, or 0 for an empty histogram:
 * the smallest latency that a share of at least q of all does not exceed, as
 * percentile_disc() has it.  Interpolates within the bucket, keeping away from
 * its ends, and clamps to [min_ns, max_ns].
 */
extern double padv_hist_quantile(const PadvHistogram *hist, double q,
								 uint64 min_ns, uint64 max_ns);

/* The share of values that are as large as this one, or about. */
extern double padv_hist_share_from(const PadvHistogram *hist, uint64 ns);

/* The geometric mean in milliseconds, or 0 for an empty histogram. */
extern double padv_hist_geometric_mean(const PadvHistogram *hist);

#endif							/* PADV_HISTOGRAM_H */
