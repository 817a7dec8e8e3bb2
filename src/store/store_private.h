/*-------------------------------------------------------------------------
 *
 * store_private.h
 *	  What the files of the store share, and their locking contract.
 *
 * The segment holds a fixed array of slots, one for each statement, with its
 * counters and histogram inside, and an area (DSA, created in place, of fixed
 * size) for what varies in length: "blobs" with texts, facts and examples.
 * The directory, a shared hash table, leads from a key to its slot.  A slot
 * never moves.  Its generation changes whenever it is given to another
 * statement or freed, so that whoever remembers (slot, generation) can find
 * out under the slot's own spinlock whether it still is the same statement:
 * this is how the hot path does without any other lock.
 *
 * Locks
 *
 * - The directory lock (LWLock) protects the directory, the list of free
 *	 slots, and who owns a slot: key, generation and "used" change only under
 *	 it, held exclusively, together with the slot's spinlock.  While it is
 *	 held exclusively, nothing is sorted, allocated, searched for or freed:
 *	 blobs are made before and freed after.
 *
 * - A slot's spinlock protects everything in the slot, and the counters
 *	 inside its facts blob.  Apart from these counters, blobs never change
 *	 once a slot points to them; they are replaced.
 *
 * - Grace locks (LWLocks, each for a part of the slots) make it safe to free
 *	 a blob.  A reader holds the slot's grace lock shared from before it
 *	 looks at the slot's pointers, under the spinlock, until it is done with
 *	 the blobs; so it can copy long texts without the spinlock.  Whoever has
 *	 unlinked blobs from a slot takes the grace lock exclusively, and lets go
 *	 of it at once, before freeing them: by then, every reader that may have
 *	 seen them is gone.
 *
 * Order: a grace lock or the directory lock, never both; then a spinlock.
 * The locks inside the DSA come last, and are never taken under a spinlock or
 * under the directory lock.
 *
 * The postmaster reads the store at shutdown without any lock: no other
 * process is left then, and after an immediate shutdown one may have left a
 * lock behind.  Slots that were being changed tell by their "busy" mark.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_STORE_PRIVATE_H
#define PADV_STORE_PRIVATE_H

#include "base/compat.h"
#include "port/atomics.h"
#include "storage/lwlock.h"
#include "storage/spin.h"
#include "store/store.h"
#include "utils/dsa.h"
#include "utils/hsearch.h"

#define PADV_GRACE_LOCKS	16
#define PADV_NO_SLOT		(-1)

/*
 * Candidates among which the one that is evicted is chosen.  One of the
 * heaviest fifth goes once in 400,000 times; and each is another place in
 * memory to look at, which is most of what an eviction costs.
 */
#define PADV_EVICT_CANDIDATES 8

/* The blobs of a statement, by their place in a slot. */
#define PADV_BLOB_TEXT		0
#define PADV_BLOB_FACTS		1
#define PADV_BLOB_EXAMPLE	2	/* and one for each further kind */
#define PADV_BLOB_CHANGE	(PADV_BLOB_EXAMPLE + PADV_EXAMPLE_KINDS)
#define PADV_BLOBS			(PADV_BLOB_CHANGE + 1)

typedef struct PadvSlot
{
	slock_t		mutex;
	volatile bool busy;			/* being changed; see above */
	bool		used;
	uint32		generation;
	int32		next_free;		/* next free slot, when not used */
	int32		encoding;		/* of the texts */
	uint32		blob_bytes;		/* of all blobs */
	PadvKey		key;
	PadvCounters counters;
	uint64		slowest_ns;		/* of the slowest example kept */
	dsa_pointer blobs[PADV_BLOBS];
	PadvHistogram histogram;
} PadvSlot;

/* Whole cache lines, so that neighbours do not disturb each other. */
typedef union PadvSlotPadded
{
	PadvSlot	slot;
	char		pad[TYPEALIGN(PG_CACHE_LINE_SIZE, sizeof(PadvSlot))];
} PadvSlotPadded;

typedef struct PadvShared
{
	int			max;			/* slots */
	int			used;			/* directory lock */
	int			first_free;		/* directory lock */
	Size		total_bytes;	/* all shared memory */
	Size		area_bytes;		/* of the DSA area */
	TimestampTz started_at;
	pg_atomic_uint64 reset_at;	/* TimestampTz */
	pg_atomic_uint64 blob_bytes;	/* in blobs now */
	pg_atomic_uint64 evictions;
	pg_atomic_uint64 evicted_calls;
	pg_atomic_uint64 dropped;
	pg_atomic_uint64 own_ns;
	pg_atomic_flag saving;		/* a session writes the statistics file */
} PadvShared;

/* A member of the directory. */
typedef struct PadvDirectoryEntry
{
	PadvKey		key;
	int32		slot;
} PadvDirectoryEntry;

/* This process's way into the segment. */
typedef struct PadvSegment
{
	PadvShared *shared;			/* NULL: not preloaded */
	PadvSlotPadded *slots;
	HTAB	   *directory;
	LWLock	   *directory_lock;
	LWLockPadded *grace_locks;
	dsa_area   *area;
} PadvSegment;

/* A statement's slot, remembered without a lock. */
typedef struct PadvRef
{
	int32		slot;
	uint32		generation;
} PadvRef;

/* ---- blobs, as they lie in the area and in the statistics file ---- */

typedef struct PadvTextBlob
{
	uint32		size;			/* of the whole blob */
	uint32		query_len;
	uint32		source_len;		/* 0: same as the query */
	uint32		path_len;
	uint32		settings_len;
	int32		nparams;
	int32		ntables;
	bool		temporary;
	bool		verbatim;
	bool		clipped;

	/*
	 * nparams type OIDs, ntables table OIDs, then query, source, path,
	 * settings, each zero-terminated
	 */
	Oid			types[FLEXIBLE_ARRAY_MEMBER];
} PadvTextBlob;

typedef struct PadvFactsBlob
{
	uint32		size;
	int32		nscans;
	int32		npredicates;
	uint32		pool_len;
	bool		full;			/* there is more than was kept */
	/* scans, then predicates, then the pool */
	PadvScanFact scans[FLEXIBLE_ARRAY_MEMBER];
} PadvFactsBlob;

typedef struct PadvExampleBlob
{
	uint32		size;
	int32		nparams;
	uint32		source_off;		/* 0: there is no source */
	uint32		source_len;
	uint32		settings_len;	/* they follow the source */
	uint64		exec_ns;
	TimestampTz seen_at;
	/* a value that is not by value is an offset into the blob here */
	PadvParam	params[FLEXIBLE_ARRAY_MEMBER];
} PadvExampleBlob;

/* A bucket of a histogram that is not empty. */
typedef struct PadvBucket
{
	uint32		bucket;
	uint32		count;
} PadvBucket;

/*
 * Figures of before a change, and as they were when it came: what was counted
 * since is the difference to those of the slot.
 */
typedef struct PadvChangeBlob
{
	uint32		size;
	uint32		nbefore;		/* buckets */
	uint32		nmark;
	TimestampTz since;
	TimestampTz first_at;
	TimestampTz last_at;
	PadvCounters before;
	PadvCounters mark;
	PadvBucket	buckets[FLEXIBLE_ARRAY_MEMBER];
} PadvChangeBlob;

#define PADV_FACTS_PREDICATES(blob) \
	((PadvPredicateFact *) ((blob)->scans + (blob)->nscans))
#define PADV_FACTS_POOL(blob) \
	((char *) (PADV_FACTS_PREDICATES(blob) + (blob)->npredicates))

/* A slot and its blobs, copied to the reader's memory as they are. */
typedef struct PadvSnapshot
{
	PadvSlot	slot;			/* lock and pointers mean nothing here */
	void	   *blobs[PADV_BLOBS];	/* NULL: none */
} PadvSnapshot;

/* ---- shmem.c ---- */
extern const PadvSegment *padv_segment(void);

/* ---- entry.c: directory, insertion, eviction ---- */
extern bool padv_entry_lookup(const PadvKey *key, PadvRef *ref);
extern bool padv_entry_insert(const PadvKey *key, int encoding,
							  const PadvCounters *counters,
							  const PadvHistogram *histogram,
							  const dsa_pointer *blobs, uint64 slowest_ns,
							  bool may_evict, bool *exists);
extern bool padv_entry_evict(void);

/* ---- blob.c: memory of varying length ---- */
extern dsa_pointer padv_blob_alloc(Size size, int max_evictions);
extern void *padv_blob_address(dsa_pointer blob);
extern uint32 padv_blob_size(dsa_pointer blob);
extern void padv_blob_put(PadvSlot *slot, int which, dsa_pointer blob);
extern void padv_blob_discard(dsa_pointer blob);
extern void padv_blobs_retire(int slot, const dsa_pointer *blobs, int n);
extern dsa_pointer padv_blob_from_text(const PadvText *text, int encoding);
extern dsa_pointer padv_blob_from_example(const PadvExample *example,
										  int max_evictions);
extern void padv_blob_to_text(PadvTextBlob *blob, PadvText *text);
extern PadvExample *padv_blob_to_example(PadvExampleBlob *blob);

/* ---- facts.c: what is known of a statement's scans and predicates ---- */
extern dsa_pointer padv_facts_make(const PadvFacts *facts);
extern bool padv_facts_add(dsa_pointer pointer, const PadvFacts *facts);
extern void padv_facts_merge(const PadvRef *ref, const PadvFacts *facts);
extern void padv_blob_to_facts(PadvFactsBlob *blob, PadvFacts *facts);

/* ---- change.c: before and since an index was created or dropped ---- */
extern void padv_blob_to_change(const PadvChangeBlob *blob,
								const PadvCounters *counters,
								const PadvHistogram *histogram,
								PadvChange *change);

/* ---- scan.c ---- */
extern bool padv_snapshot_take(int slot, Oid dbid, bool locking,
							   PadvSnapshot *snapshot);

/* ---- verify.c: what lies in a statistics file ---- */
extern bool padv_blob_fits(int which, const void *blob, Size size,
						   int encoding);
extern bool padv_entry_fits(const PadvKey *key, int encoding,
							const PadvCounters *counters);

/* ---- dump.c ---- */
extern void padv_dump_at_exit(int code, Datum arg);
extern void padv_dump_load(void);
extern void padv_dump_forget(void);

static inline PadvSlot *
padv_slot(const PadvSegment *segment, int slot)
{
	return &segment->slots[slot].slot;
}

static inline void
padv_slot_lock(PadvSlot *slot)
{
	SpinLockAcquire(&slot->mutex);
	slot->busy = true;
}

static inline void
padv_slot_unlock(PadvSlot *slot)
{
	slot->busy = false;
	SpinLockRelease(&slot->mutex);
}

static inline LWLock *
padv_grace_lock(const PadvSegment *segment, int slot)
{
	return &segment->grace_locks[slot % PADV_GRACE_LOCKS].lock;
}

#endif							/* PADV_STORE_PRIVATE_H */
