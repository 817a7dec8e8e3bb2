/*-------------------------------------------------------------------------
 *
 * entry.c
 *	  Statements come and go: directory, free slots, eviction.
 *
 * When all slots are taken, a new statement takes the place of the one that
 * matters least among a few that are chosen at random.  What a statement
 * matters is its execution time over the time since it was last seen: the
 * heavy ones stay, and so does what has only just come.  When it is memory
 * that is wanted, that is seen in relation to the memory that would come free.
 * Whatever its size, the store is not searched as a whole, and the choice is
 * made before the directory is locked; the lock is held for two operations on
 * a hash table and for filling one slot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "store/store_private.h"
#include "utils/timestamp.h"

/* How often another slot is chosen when others were faster. */
#define PADV_INSERT_TRIES	8

/* Idle time that every statement is granted, in microseconds. */
#define PADV_IDLE_GRACE		1000000.0

/* Directory lookup; the caller holds the directory lock. */
static int
directory_find(const PadvSegment *segment, const PadvKey *key)
{
	PadvDirectoryEntry *entry = hash_search(segment->directory, key,
											HASH_FIND, NULL);

	Assert(LWLockHeldByMe(segment->directory_lock));
	return entry != NULL ? entry->slot : PADV_NO_SLOT;
}

/* Where is this statement?  False when it is not recorded. */
bool
padv_entry_lookup(const PadvKey *key, PadvRef *ref)
{
	const PadvSegment *segment = padv_segment();

	LWLockAcquire(segment->directory_lock, LW_SHARED);
	ref->slot = directory_find(segment, key);
	if (ref->slot != PADV_NO_SLOT)
		ref->generation = padv_slot(segment, ref->slot)->generation;
	LWLockRelease(segment->directory_lock);
	return ref->slot != PADV_NO_SLOT;
}

bool
padv_store_full(void)
{
	return padv_segment()->shared->first_free == PADV_NO_SLOT;
}

/* ---- choosing whom to evict ---- */

/*
 * A slot in use at or after a random place.  Where many slots are free, which
 * is when few long texts fill the area, the way there may be long, but not
 * longer than *steps, of which all that are taken are subtracted.
 */
static int
random_slot(const PadvSegment *segment, int *steps)
{
	uint64		random = pg_prng_uint32(&pg_global_prng_state);
	int			max = segment->shared->max;
	int			number = (int) ((random * (uint64) max) >> 32);

	while (!segment->slots[number].slot.used && (*steps)-- > 0)
		number = number + 1 < max ? number + 1 : 0;
	return number;
}

/*
 * The statement that matters least among some; PADV_NO_SLOT if there is none.
 * Looks without locks: a value that is being changed can only make the choice
 * a little worse.
 */
static PadvRef
choose_victim(const PadvSegment *segment, bool for_memory)
{
	TimestampTz now = GetCurrentTimestamp();
	PadvRef		victim = {PADV_NO_SLOT, 0};
	double		least = 0;
	int			steps = segment->shared->max;

	for (int i = 0; i < PADV_EVICT_CANDIDATES; i++)
	{
		int			number = random_slot(segment, &steps);
		volatile PadvSlot *slot = &segment->slots[number].slot;
		uint32		generation = slot->generation;
		double		idle = (double) (now - slot->counters.last_seen);
		double		weight;

		weight = (double) slot->counters.exec_ns /
			(Max(idle, 0) + PADV_IDLE_GRACE);
		if (for_memory)
			weight /= (double) slot->blob_bytes + 1;
		if (slot->used && (victim.slot == PADV_NO_SLOT || weight < least))
		{
			victim.slot = number;
			victim.generation = generation;
			least = weight;
		}
	}
	return victim;
}

/* ---- taking a slot away, and giving it ---- */

/*
 * Takes the slot away from its statement: unlinks it, and hands its blobs to
 * the caller, to be freed after the lock.  Directory lock held exclusively.
 * Returns the calls that were recorded.
 */
static uint64
vacate(const PadvSegment *segment, int number, dsa_pointer *blobs)
{
	PadvSlot   *slot = padv_slot(segment, number);
	uint64		calls;

	Assert(LWLockHeldByMeInMode(segment->directory_lock, LW_EXCLUSIVE));
	hash_search(segment->directory, &slot->key, HASH_REMOVE, NULL);

	padv_slot_lock(slot);
	memcpy(blobs, slot->blobs, sizeof(slot->blobs));
	memset(slot->blobs, 0, sizeof(slot->blobs));
	calls = slot->counters.calls;
	slot->used = false;
	slot->generation++;
	padv_slot_unlock(slot);
	segment->shared->used--;
	return calls;
}

/* Counts that a statement had to go for the sake of others. */
static void
count_eviction(const PadvSegment *segment, uint64 calls)
{
	pg_atomic_fetch_add_u64(&segment->shared->evictions, 1);
	pg_atomic_fetch_add_u64(&segment->shared->evicted_calls, calls);
}

/* Puts a vacant slot on the list of free ones; lock as above. */
static void
set_free(const PadvSegment *segment, int number)
{
	padv_slot(segment, number)->next_free = segment->shared->first_free;
	segment->shared->first_free = number;
}

/* Is the statement still where the reference says?  Directory lock held. */
static bool
still_there(const PadvSegment *segment, const PadvRef *ref)
{
	PadvSlot   *slot = padv_slot(segment, ref->slot);

	return slot->used && slot->generation == ref->generation;
}

/*
 * A vacant slot: a free one, or the victim's.  Directory lock held
 * exclusively.  PADV_NO_SLOT when there is none, or no longer.
 */
static int
take_slot(const PadvSegment *segment, const PadvRef *victim,
		  dsa_pointer *old_blobs)
{
	PadvShared *shared = segment->shared;
	int			number = shared->first_free;

	if (number != PADV_NO_SLOT)
	{
		shared->first_free = padv_slot(segment, number)->next_free;
		return number;
	}
	if (victim->slot == PADV_NO_SLOT || !still_there(segment, victim))
		return PADV_NO_SLOT;
	count_eviction(segment, vacate(segment, victim->slot, old_blobs));
	return victim->slot;
}

/* What a new statement starts with. */
typedef struct NewEntry
{
	const PadvKey *key;
	int			encoding;
	const PadvCounters *counters;
	const PadvHistogram *histogram;
	const dsa_pointer *blobs;
	uint32		blob_bytes;
	uint64		slowest_ns;
} NewEntry;

/*
 * Gives a vacant slot to a statement.  Directory lock held exclusively.  The
 * directory was made with a member for each slot, so that it should never be
 * full here; if it is, the slot stays free.
 */
static bool
occupy(const PadvSegment *segment, int number, const NewEntry *new)
{
	PadvSlot   *slot = padv_slot(segment, number);
	PadvDirectoryEntry *entry;

	Assert(LWLockHeldByMeInMode(segment->directory_lock, LW_EXCLUSIVE));
	entry = hash_search(segment->directory, new->key, HASH_ENTER_NULL, NULL);
	if (unlikely(entry == NULL))
	{
		set_free(segment, number);
		return false;
	}
	entry->slot = number;

	padv_slot_lock(slot);
	slot->used = true;
	slot->generation++;
	slot->encoding = new->encoding;
	slot->key = *new->key;
	slot->counters = *new->counters;
	slot->histogram = *new->histogram;
	slot->slowest_ns = new->slowest_ns;
	slot->blob_bytes = new->blob_bytes;
	memcpy(slot->blobs, new->blobs, sizeof(slot->blobs));
	padv_slot_unlock(slot);
	segment->shared->used++;
	return true;
}

/* One try to insert, with this victim if one is needed. */
static bool
try_insert(const PadvSegment *segment, const NewEntry *new,
		   const PadvRef *victim, bool *exists)
{
	dsa_pointer old_blobs[PADV_BLOBS] = {0};
	int			number = PADV_NO_SLOT;
	bool		inserted = false;

	LWLockAcquire(segment->directory_lock, LW_EXCLUSIVE);
	*exists = directory_find(segment, new->key) != PADV_NO_SLOT;
	if (!*exists)
		number = take_slot(segment, victim, old_blobs);
	if (number != PADV_NO_SLOT)
		inserted = occupy(segment, number, new);
	LWLockRelease(segment->directory_lock);

	if (number != PADV_NO_SLOT)
		padv_blobs_retire(number, old_blobs, PADV_BLOBS);
	return inserted;
}

/*
 * Makes a new statement's entry of parts that are ready; the slot owns the
 * blobs then.  False when it exists already, or when there is no room.
 */
bool
padv_entry_insert(const PadvKey *key, int encoding,
				  const PadvCounters *counters,
				  const PadvHistogram *histogram, const dsa_pointer *blobs,
				  uint64 slowest_ns, bool may_evict, bool *exists)
{
	const PadvSegment *segment = padv_segment();
	NewEntry	new = {key, encoding, counters, histogram, blobs, 0, slowest_ns};

	for (int i = 0; i < PADV_BLOBS; i++)
		new.blob_bytes += padv_blob_size(blobs[i]);
	for (int i = 0; i < PADV_INSERT_TRIES; i++)
	{
		PadvRef		victim = {PADV_NO_SLOT, 0};

		/* unlocked: a free slot that others take means one more try */
		if (may_evict && segment->shared->first_free == PADV_NO_SLOT)
			victim = choose_victim(segment, false);
		if (try_insert(segment, &new, &victim, exists))
			return true;
		if (*exists)
			return false;
	}
	return false;
}

/* ---- removing ---- */

/* Removes a statement; false when it has gone already. */
static bool
remove_entry(const PadvSegment *segment, const PadvRef *ref, bool evicted)
{
	dsa_pointer blobs[PADV_BLOBS];
	bool		found;

	LWLockAcquire(segment->directory_lock, LW_EXCLUSIVE);
	found = still_there(segment, ref);
	if (found)
	{
		uint64		calls = vacate(segment, ref->slot, blobs);

		set_free(segment, ref->slot);
		if (evicted)
			count_eviction(segment, calls);
	}
	LWLockRelease(segment->directory_lock);

	if (found)
		padv_blobs_retire(ref->slot, blobs, PADV_BLOBS);
	return found;
}

/*
 * Removes one statement of little weight, so that its memory can be used.
 * False when none was found, so that another try would be no better.
 */
bool
padv_entry_evict(void)
{
	const PadvSegment *segment = padv_segment();
	PadvRef		victim = choose_victim(segment, true);

	if (victim.slot == PADV_NO_SLOT)
		return false;
	(void) remove_entry(segment, &victim, true);
	return true;
}

/* Does the entry match?  0 or InvalidOid matches all. */
static bool
matches(const PadvKey *key, Oid userid, Oid dbid, uint64 queryid)
{
	return (!OidIsValid(userid) || key->userid == userid) &&
		(!OidIsValid(dbid) || key->dbid == dbid) &&
		(queryid == 0 || key->queryid == queryid);
}

/* What info tells starts anew when everything was removed. */
static void
reset_totals(PadvShared *shared)
{
	pg_atomic_write_u64(&shared->evictions, 0);
	pg_atomic_write_u64(&shared->evicted_calls, 0);
	pg_atomic_write_u64(&shared->dropped, 0);
	pg_atomic_write_u64(&shared->own_ns, 0);
	pg_atomic_write_u64(&shared->reset_at, (uint64) GetCurrentTimestamp());
}

/*
 * One statement after the other, so that recording goes on in between.
 */
int64
padv_store_reset(Oid userid, Oid dbid, uint64 queryid)
{
	const PadvSegment *segment = padv_segment();
	int64		removed = 0;

	for (int i = 0; i < segment->shared->max; i++)
	{
		PadvSlot   *slot = padv_slot(segment, i);
		PadvRef		ref = {i, 0};
		bool		match;

		padv_slot_lock(slot);
		match = slot->used && matches(&slot->key, userid, dbid, queryid);
		ref.generation = slot->generation;
		padv_slot_unlock(slot);
		if (match && remove_entry(segment, &ref, false))
			removed++;
	}
	if (!OidIsValid(userid) && !OidIsValid(dbid) && queryid == 0)
	{
		reset_totals(segment->shared);
		padv_dump_forget();
	}
	return removed;
}
