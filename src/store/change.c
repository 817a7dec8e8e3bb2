/*-------------------------------------------------------------------------
 *
 * change.c
 *	  Before and since an index was created or dropped.
 *
 * Counters only ever grow, and counting must not cost more for what is asked
 * seldom.  So when the indexes of a statement's tables change, its counters
 * and its histogram are copied as they are then, beside those of the time
 * before; what was counted since is the difference.  Histograms have few
 * buckets in use, and only those are kept.
 *
 * Advice is carried out in batches, one command after the other, and an index
 * that turns out badly is dropped again soon.  Changes that come shortly one
 * after the other, or before there was enough to judge, count as one: the time
 * before is that before the first, and what was counted between is left out.
 *
 * Marking is done when the transaction has committed, when nothing may fail.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "store/store_private.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Changes that are no further apart count as one. */
#define PADV_CHANGE_BATCH	(INT64CONST(10) * 60 * 1000000)

/* Calls between two changes that are too few to tell anything. */
#define PADV_CHANGE_CALLS	10

/* Statements that are evicted for one mark. */
#define PADV_CHANGE_EVICTIONS 2

/* ---- histograms with their empty buckets left out ---- */

static uint32
count_buckets(const PadvHistogram *histogram)
{
	uint32		n = 0;

	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
		n += histogram->count[i] != 0;
	return n;
}

static void
pack_histogram(const PadvHistogram *histogram, PadvBucket *buckets)
{
	for (uint32 i = 0; i < PADV_HIST_BUCKETS; i++)
	{
		if (histogram->count[i] == 0)
			continue;
		buckets->bucket = i;
		buckets->count = histogram->count[i];
		buckets++;
	}
}

static void
unpack_histogram(const PadvBucket *buckets, uint32 n, PadvHistogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	for (uint32 i = 0; i < n; i++)
	{
		if (buckets[i].bucket < PADV_HIST_BUCKETS)
			histogram->count[buckets[i].bucket] = buckets[i].count;
	}
}

/* ---- differences ---- */

void
padv_counters_subtract(PadvCounters *counters, const PadvCounters *mark)
{
	double		all = (double) counters->calls;
	double		old = (double) mark->calls;
	double		new = all - old;
	double		mean;

	counters->calls -= Min(mark->calls, counters->calls);
	counters->plans -= Min(mark->plans, counters->plans);
	counters->exec_ns -= Min(mark->exec_ns, counters->exec_ns);
	counters->plan_ns -= Min(mark->plan_ns, counters->plan_ns);
	counters->rows -= Min(mark->rows, counters->rows);
	counters->shared_blks_hit -= Min(mark->shared_blks_hit,
									 counters->shared_blks_hit);
	counters->shared_blks_read -= Min(mark->shared_blks_read,
									  counters->shared_blks_read);
	counters->temp_blks_written -= Min(mark->temp_blks_written,
									   counters->temp_blks_written);
	counters->seq_scans -= Min(mark->seq_scans, counters->seq_scans);
	counters->seq_rows -= Min(mark->seq_rows, counters->seq_rows);
	counters->slow_calls -= Min(mark->slow_calls, counters->slow_calls);
	counters->slow_ns -= Min(mark->slow_ns, counters->slow_ns);
	counters->watched_calls -= Min(mark->watched_calls,
								   counters->watched_calls);
	/* the sums of squares about the means of two parts make up the whole's */
	mean = new > 0 ? (double) counters->exec_ns * 1e-6 / new : 0;
	if (new > 0 && old > 0)
		counters->sum_sq_ms -= mark->sum_sq_ms +
			(mean - mark->mean_ms) * (mean - mark->mean_ms) * old * new / all;
	counters->sum_sq_ms = new > 0 ? Max(counters->sum_sq_ms, 0) : 0;
	counters->mean_ms = mean;
}

void
padv_histogram_subtract(PadvHistogram *histogram, const PadvHistogram *mark)
{
	for (int i = 0; i < PADV_HIST_BUCKETS; i++)
		histogram->count[i] -= Min(mark->count[i], histogram->count[i]);
}

void
padv_blob_to_change(const PadvChangeBlob *blob, const PadvCounters *counters,
					const PadvHistogram *histogram, PadvChange *change)
{
	PadvHistogram mark;

	change->since = blob->since;
	change->first_at = blob->first_at;
	change->last_at = blob->last_at;
	change->before = blob->before;
	unpack_histogram(blob->buckets, blob->nbefore, &change->before_histogram);
	change->after = *counters;
	padv_counters_subtract(&change->after, &blob->mark);
	change->after.first_seen = blob->last_at;
	change->after_histogram = *histogram;
	unpack_histogram(blob->buckets + blob->nbefore, blob->nmark, &mark);
	padv_histogram_subtract(&change->after_histogram, &mark);
}

/* ---- marking ---- */

/* Not on the stack, nor allocated: see above. */
typedef struct Marking
{
	PadvCounters counters;
	PadvHistogram histogram;
	PadvChange	change;
	bool		changed_before;
} Marking;

static Marking marking;

/* Any of these tables, which are sorted? */
static bool
uses_table(const PadvTextBlob *text, const Oid *tables, int ntables)
{
	const Oid  *used;

	if (text == NULL)
		return false;
	used = &text->types[text->nparams];
	for (int i = 0; i < text->ntables; i++)
	{
		if (bsearch(&used[i], tables, ntables, sizeof(Oid), oid_cmp) != NULL)
			return true;
	}
	return false;
}

/*
 * Takes the figures of a statement as they are now; false when it is not
 * concerned.
 */
static bool
take_figures(int number, const Oid *tables, int ntables, PadvRef *ref)
{
	const PadvSegment *segment = padv_segment();
	PadvSlot   *slot = padv_slot(segment, number);
	LWLock	   *grace = padv_grace_lock(segment, number);
	dsa_pointer blobs[PADV_BLOBS];
	const PadvChangeBlob *old;
	bool		concerned;

	if (!slot->used || slot->key.dbid != MyDatabaseId)
		return false;
	LWLockAcquire(grace, LW_SHARED);
	padv_slot_lock(slot);
	concerned = slot->used && slot->key.dbid == MyDatabaseId;
	ref->slot = number;
	ref->generation = slot->generation;
	memcpy(blobs, slot->blobs, sizeof(blobs));
	marking.counters = slot->counters;
	marking.histogram = slot->histogram;
	padv_slot_unlock(slot);

	concerned = concerned &&
		uses_table(padv_blob_address(blobs[PADV_BLOB_TEXT]), tables, ntables);
	marking.changed_before = concerned &&
		DsaPointerIsValid(blobs[PADV_BLOB_CHANGE]);
	if (marking.changed_before)
	{
		old = padv_blob_address(blobs[PADV_BLOB_CHANGE]);
		padv_blob_to_change(old, &marking.counters, &marking.histogram,
							&marking.change);
	}
	LWLockRelease(grace);
	return concerned;
}

/* Decides what the time before is; "before" of the change is set then. */
static void
settle_before(TimestampTz began, TimestampTz now)
{
	PadvChange *change = &marking.change;

	if (!marking.changed_before)
	{
		change->since = marking.counters.first_seen;
		change->first_at = began;
		change->before = marking.counters;
		change->before_histogram = marking.histogram;
	}
	else if (began > change->last_at + PADV_CHANGE_BATCH &&
			 change->after.calls >= PADV_CHANGE_CALLS)
	{
		change->since = change->last_at;
		change->first_at = began;
		change->before = change->after;
		change->before_histogram = change->after_histogram;
	}
	change->last_at = now;
}

static dsa_pointer
make_blob(void)
{
	const PadvChange *change = &marking.change;
	uint32		nbefore = count_buckets(&change->before_histogram);
	uint32		nmark = count_buckets(&marking.histogram);
	dsa_pointer pointer;
	PadvChangeBlob *blob;

	pointer = padv_blob_alloc(offsetof(PadvChangeBlob, buckets) +
							  (nbefore + nmark) * sizeof(PadvBucket),
							  PADV_CHANGE_EVICTIONS);
	if (!DsaPointerIsValid(pointer))
		return pointer;
	blob = padv_blob_address(pointer);
	blob->nbefore = nbefore;
	blob->nmark = nmark;
	blob->since = change->since;
	blob->first_at = change->first_at;
	blob->last_at = change->last_at;
	blob->before = change->before;
	blob->mark = marking.counters;
	pack_histogram(&change->before_histogram, blob->buckets);
	pack_histogram(&marking.histogram, blob->buckets + nbefore);
	return pointer;
}

/* Gives the mark to the statement, if it is still there. */
static void
put_blob(const PadvRef *ref, dsa_pointer blob)
{
	PadvSlot   *slot = padv_slot(padv_segment(), ref->slot);
	dsa_pointer old = blob;

	padv_slot_lock(slot);
	if (slot->generation == ref->generation)
	{
		old = slot->blobs[PADV_BLOB_CHANGE];
		padv_blob_put(slot, PADV_BLOB_CHANGE, blob);
	}
	padv_slot_unlock(slot);
	padv_blobs_retire(ref->slot, &old, 1);
}

void
padv_store_mark_change(const Oid *tables, int ntables, TimestampTz began)
{
	TimestampTz now = GetCurrentTimestamp();

	for (int i = 0; i < padv_segment()->shared->max; i++)
	{
		PadvRef		ref;
		dsa_pointer blob;

		if (!take_figures(i, tables, ntables, &ref))
			continue;
		settle_before(began, now);
		blob = make_blob();
		if (DsaPointerIsValid(blob))
			put_blob(&ref, blob);
	}
}
