/*-------------------------------------------------------------------------
 *
 * record.c
 *	  The hot path: adding an execution to what is known of its statement.
 *
 * A small cache in each backend remembers where statements are.  A statement
 * that is found there costs one spinlock and the additions; a look at the
 * slot's generation tells whether it still belongs to the statement.  Only
 * when it does not, or when the cache holds another statement in this place,
 * the directory is asked, under its lock, shared.
 *
 * Nothing here raises an error or allocates backend memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "store/store_private.h"
#include "utils/timestamp.h"

/* Statements remembered; a power of two.  The table takes 48 bytes for each. */
#define PADV_CACHE_SIZE		1024

/*
 * Values are too rare for an example when so many times more of the watched
 * executions are like the first one.
 */
#define PADV_TOO_RARE		8

/* Statements that are evicted for the sake of an important example. */
#define PADV_EXAMPLE_EVICTIONS 4

/* An outlier takes this many times the mean, and this long at least. */
#define PADV_OUTLIER_TIMES	10
#define PADV_OUTLIER_MS		1.0

/* How often a new statement is put into the store while others are faster. */
#define PADV_STORE_TRIES	4

typedef struct CachedStatement
{
	PadvKey		key;			/* queryid 0: empty */
	PadvSlot   *slot;			/* the one that ref tells */
	PadvRef		ref;
	uint64		calls;			/* when last recorded by this backend */
} CachedStatement;

static CachedStatement cache[PADV_CACHE_SIZE];

/* ---- finding ---- */

static inline bool
same_key(const PadvKey *a, const PadvKey *b)
{
	return a->queryid == b->queryid && a->dbid == b->dbid &&
		a->userid == b->userid && a->toplevel == b->toplevel;
}

static inline CachedStatement *
cache_place(const PadvKey *key)
{
	uint32		hash = (uint32) (key->queryid ^ (key->queryid >> 32));

	return &cache[(hash + key->userid * 2 + key->toplevel) % PADV_CACHE_SIZE];
}

/* Asks the directory; NULL when the statement is not recorded. */
static pg_noinline CachedStatement *
find_in_directory(const PadvKey *key)
{
	CachedStatement *place = cache_place(key);
	PadvRef		ref;

	if (!padv_entry_lookup(key, &ref))
		return NULL;
	place->key = *key;
	place->slot = padv_slot(padv_segment(), ref.slot);
	place->ref = ref;
	place->calls = place->slot->counters.calls;
	return place;
}

/* The statement's place, as of now; NULL when it is not recorded. */
static inline CachedStatement *
find_statement(const PadvKey *key)
{
	CachedStatement *place = cache_place(key);

	if (likely(same_key(&place->key, key) &&
			   place->slot->generation == place->ref.generation))
		return place;
	return find_in_directory(key);
}

uint64
padv_store_known_calls(const PadvKey *key)
{
	CachedStatement *place = find_statement(key);

	return place != NULL ? place->calls : 0;
}

uint64
padv_store_slowest(const PadvKey *key)
{
	CachedStatement *place = find_statement(key);

	/* Unlocked: what comes of it is only whether to keep one more example. */
	return place != NULL ? place->slot->slowest_ns : 0;
}

/* ---- counting ---- */

/*
 * The time of an execution costs a system call or nearly so; for most, the
 * time at which the client's statement began is near enough.  A background
 * worker may have none.
 */
static inline TimestampTz
observation_time(const PadvObservation *obs)
{
	TimestampTz began = GetCurrentStatementStartTimestamp();

	if (unlikely(obs->slow || obs->watched || began == 0))
		return GetCurrentTimestamp();
	return began;
}

static inline void
add_time(PadvCounters *counters, uint64 exec_ns)
{
	double		ms = (double) exec_ns * 1e-6;
	double		delta = ms - counters->mean_ms;

	counters->calls++;
	counters->exec_ns += exec_ns;
	counters->mean_ms += delta / (double) counters->calls;
	counters->sum_sq_ms += delta * (ms - counters->mean_ms);
	if (exec_ns < counters->min_ns || counters->calls == 1)
		counters->min_ns = exec_ns;
	if (exec_ns > counters->max_ns)
		counters->max_ns = exec_ns;
}

static inline void
add_counts(PadvCounters *counters, const PadvObservation *obs)
{
	counters->plans += obs->plans;
	counters->plan_ns += obs->plan_ns;
	counters->rows += obs->rows;
	counters->shared_blks_hit += obs->shared_blks_hit;
	counters->shared_blks_read += obs->shared_blks_read;
	counters->temp_blks_written += obs->temp_blks_written;
	counters->seq_scans += obs->seq_scans;
	counters->seq_rows += obs->seq_rows;
	counters->watched_calls += obs->watched;
}

/* The mean contains this execution, so that none is one of the first ten. */
static inline bool
is_outlier(const PadvCounters *counters, uint64 exec_ns)
{
	double		ms = (double) exec_ns * 1e-6;

	return unlikely(ms >= PADV_OUTLIER_MS) &&
		ms > PADV_OUTLIER_TIMES * counters->mean_ms;
}

/* How many times, as a power of two, the numbers of rows differ. */
static double
unlikeness(double a, double b)
{
	return fabs(log2((a + 1.0) / (b + 1.0)));
}

/*
 * One value cannot stand for a skewed column: the recent example is to be as
 * unlike the first as any, judged by the rows that met conditions, as long as
 * it is not too rare to tell of more than itself; those are kept as slow ones
 * if they matter.  Where all are alike, it is the latest.  This execution is
 * to be the recent example if its rows are noted as those of it.
 */
static void
note_passed(PadvCounters *counters, double passed)
{
	double		unlike = unlikeness(passed, counters->first_passed);
	double		kept = unlikeness(counters->recent_passed,
								  counters->first_passed);
	bool		alike = kept <= 1.0;

	if (counters->like_first == 0)
		counters->first_passed = passed;
	else if (unlike > kept + 1.0)
	{
		counters->like_first += alike ? 0 : counters->like_recent;
		counters->like_recent = 0;
	}
	else if (unlike < kept - 1.0 &&
			 counters->like_first >= PADV_TOO_RARE * counters->like_recent)
		counters->like_recent = unlike <= 1.0 ? counters->like_first : 0;
	else if (unlike < kept - 1.0)
	{
		if (unlike < kept / 2)
			counters->like_first++;
		else
			counters->like_recent++;
		return;
	}
	counters->recent_passed = passed;
	counters->like_recent++;
	if (unlikeness(passed, counters->first_passed) <= 1.0)
		counters->like_first++;
}

/* Adds everything but facts; for a slot, under its spinlock. */
static inline void
add_observation(PadvCounters *counters, PadvHistogram *histogram,
				const PadvObservation *obs, TimestampTz now)
{
	add_time(counters, obs->exec_ns);
	add_counts(counters, obs);
	padv_hist_add(histogram, obs->exec_ns);
	if (unlikely(obs->watched))
		note_passed(counters, obs->passed);
	if (counters->last_seen < now)
		counters->last_seen = now;
	if (unlikely(obs->slow))
	{
		counters->slow_calls++;
		counters->slow_ns += obs->exec_ns;
		counters->last_slow = now;
	}
}

bool
padv_store_record(PadvObservation *obs)
{
	TimestampTz now = observation_time(obs);
	CachedStatement *place;

	/* The statement may lose its slot between finding and locking it. */
	while ((place = find_statement(&obs->key)) != NULL)
	{
		PadvSlot   *slot = place->slot;
		bool		known_facts = true;
		uint64		calls;

		padv_slot_lock(slot);
		if (unlikely(slot->generation != place->ref.generation))
		{
			padv_slot_unlock(slot);
			continue;
		}
		add_observation(&slot->counters, &slot->histogram, obs, now);
		calls = slot->counters.calls;
		obs->outlier = is_outlier(&slot->counters, obs->exec_ns);
		obs->telling = obs->watched &&
			obs->passed == slot->counters.recent_passed;
		if (unlikely(obs->facts != NULL))
			known_facts = padv_facts_add(slot->blobs[PADV_BLOB_FACTS],
										 obs->facts);
		padv_slot_unlock(slot);

		place->calls = calls;
		if (unlikely(!known_facts))
			padv_facts_merge(&place->ref, obs->facts);
		return true;
	}
	return false;
}

/* ---- new statements ---- */

/*
 * Puts together what the slot of a new statement holds, all but the facts and
 * texts, which lie in blobs.  The counters are made here, outside of locks.
 */
static bool
insert_new(const PadvObservation *obs, int encoding, const dsa_pointer *blobs,
		   bool *exists)
{
	PadvCounters counters = {0};
	PadvHistogram histogram;
	TimestampTz now = observation_time(obs);

	memset(&histogram, 0, sizeof(histogram));
	counters.first_seen = now;
	add_observation(&counters, &histogram, obs, now);
	return padv_entry_insert(&obs->key, encoding, &counters, &histogram,
							 blobs, 0, true, exists);
}

/*
 * One try to make an entry with this text.  *again: another backend was faster,
 * with this statement or with taking the place of others.
 */
static bool
insert_with_text(const PadvObservation *obs, const PadvText *text, bool *again)
{
	int			encoding = GetDatabaseEncoding();
	dsa_pointer blobs[PADV_BLOBS] = {0};
	bool		exists;

	blobs[PADV_BLOB_TEXT] = padv_blob_from_text(text, encoding);
	*again = DsaPointerIsValid(blobs[PADV_BLOB_TEXT]);
	if (!*again)
		return false;
	blobs[PADV_BLOB_FACTS] = padv_facts_make(obs->facts);
	if (insert_new(obs, encoding, blobs, &exists))
		return true;
	padv_blob_discard(blobs[PADV_BLOB_TEXT]);
	padv_blob_discard(blobs[PADV_BLOB_FACTS]);
	return false;
}

bool
padv_store_insert(PadvObservation *obs, const PadvText *text)
{
	bool		again = true;

	/*
	 * Another backend may have been first, before now or while we work; and
	 * what it has put there may be evicted before we come to it.
	 */
	for (int i = 0; again && i < PADV_STORE_TRIES; i++)
	{
		if (padv_store_record(obs) || insert_with_text(obs, text, &again))
			return true;
	}
	if (padv_store_record(obs))
		return true;
	pg_atomic_fetch_add_u64(&padv_segment()->shared->dropped, 1);
	return false;
}

/* ---- examples ---- */

/*
 * Puts an example into its place, or returns it to be freed when the
 * statement has gone or has had a slower one in the meantime; otherwise
 * returns the one that it replaces.
 */
static dsa_pointer
exchange_example(const PadvRef *ref, PadvExampleKind kind, dsa_pointer blob,
				 uint64 exec_ns)
{
	PadvSlot   *slot = padv_slot(padv_segment(), ref->slot);
	int			which = PADV_BLOB_EXAMPLE + kind;
	dsa_pointer old = blob;

	padv_slot_lock(slot);
	if (slot->generation == ref->generation &&
		(kind != PADV_EXAMPLE_SLOWEST || exec_ns >= slot->slowest_ns))
	{
		old = slot->blobs[which];
		padv_blob_put(slot, which, blob);
		if (kind == PADV_EXAMPLE_SLOWEST)
			slot->slowest_ns = exec_ns;
	}
	padv_slot_unlock(slot);
	return old;
}

void
padv_store_keep_example(const PadvKey *key, PadvExampleKind kind,
						const PadvExample *example)
{
	bool		important = kind == PADV_EXAMPLE_FIRST ||
		kind == PADV_EXAMPLE_SLOWEST;
	CachedStatement *place = find_statement(key);
	PadvRef		ref;
	dsa_pointer blob;

	if (place == NULL)
		return;
	ref = place->ref;
	blob = padv_blob_from_example(example,
								  important ? PADV_EXAMPLE_EVICTIONS : 0);
	if (!DsaPointerIsValid(blob))
		return;
	blob = exchange_example(&ref, kind, blob, example->exec_ns);
	padv_blobs_retire(ref.slot, &blob, 1);
}
