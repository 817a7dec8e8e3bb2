/*-------------------------------------------------------------------------
 *
 * shmem.c
 *	  The store's shared memory: how much, laid out how, set up when.
 *
 * All of it is requested at server start, so that recording can neither run
 * out of the machine's memory nor take more than was said.  One segment holds
 * the header, the slots and the area for blobs, which is a DSA that cannot
 * grow; the directory is a shared hash table beside it.
 *
 * The postmaster creates the area and keeps its handle on it.  Backends
 * inherit that handle with fork(), or attach here where there is no fork(), so
 * that nothing needs to be set up, and nothing can fail, in a hook.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/guc.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "store/store_private.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define PADV_TRANCHE		"perfadvisor"

/* Room for texts, facts and examples: bytes per statement, and at least. */
#define PADV_AREA_PER_SLOT	((Size) 8 * 1024)
#define PADV_AREA_MIN		((Size) 4 * 1024 * 1024)

static PadvSegment segment;

static shmem_request_hook_type prev_shmem_request_hook = NULL;
static shmem_startup_hook_type prev_shmem_startup_hook = NULL;
static bool requested = false;

const PadvSegment *
padv_segment(void)
{
	return &segment;
}

bool
padv_store_ready(void)
{
	return segment.shared != NULL;
}

static Size
header_size(void)
{
	return CACHELINEALIGN(sizeof(PadvShared));
}

static Size
slots_size(void)
{
	return mul_size(padv_max_queries, sizeof(PadvSlotPadded));
}

static Size
area_size(void)
{
	return Max(mul_size(padv_max_queries, PADV_AREA_PER_SLOT), PADV_AREA_MIN);
}

static Size
segment_size(void)
{
	return add_size(add_size(header_size(), slots_size()), area_size());
}

static Size
directory_size(void)
{
	return hash_estimate_size(padv_max_queries, sizeof(PadvDirectoryEntry));
}

static void
shmem_request(void)
{
	if (prev_shmem_request_hook)
		prev_shmem_request_hook();

	RequestAddinShmemSpace(add_size(segment_size(), directory_size()));
	RequestNamedLWLockTranche(PADV_TRANCHE, 1 + PADV_GRACE_LOCKS);
	requested = true;
}

/* A library's hook that does not call the one before it leaves us without. */
static void
check_requested(void)
{
	if (!IsUnderPostmaster && !requested)
		ereport(FATAL,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("perfadvisor could not ask for its shared memory"),
				 errdetail("A library that is preloaded after it does not let those before it ask."),
				 errhint("Put perfadvisor at the end of \"shared_preload_libraries\".")));
}

/* All slots free, in order. */
static void
init_slots(void)
{
	memset(segment.slots, 0, slots_size());
	for (int i = 0; i < padv_max_queries; i++)
	{
		PadvSlot   *slot = padv_slot(&segment, i);

		SpinLockInit(&slot->mutex);
		slot->next_free = i + 1 < padv_max_queries ? i + 1 : PADV_NO_SLOT;
	}
}

static void
init_header(void)
{
	PadvShared *shared = segment.shared;

	memset(shared, 0, sizeof(*shared));
	shared->max = padv_max_queries;
	shared->first_free = 0;
	shared->total_bytes = add_size(segment_size(), directory_size());
	shared->area_bytes = area_size();
	shared->started_at = GetCurrentTimestamp();
	pg_atomic_init_u64(&shared->reset_at, (uint64) shared->started_at);
	pg_atomic_init_u64(&shared->blob_bytes, 0);
	pg_atomic_init_u64(&shared->evictions, 0);
	pg_atomic_init_u64(&shared->evicted_calls, 0);
	pg_atomic_init_u64(&shared->dropped, 0);
	pg_atomic_init_u64(&shared->own_ns, 0);
	pg_atomic_init_flag(&shared->saving);
}

/*
 * Creates the area, or attaches to it.  The handle must live as long as the
 * process.  The one of before a crash has nothing to let go of.
 */
static void
init_area(bool found)
{
	char	   *place = (char *) segment.slots + slots_size();
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	if (segment.area != NULL)
		dsa_detach(segment.area);
	if (found)
	{
		segment.area = dsa_attach_in_place(place, NULL);
		on_shmem_exit(dsa_on_shmem_exit_release_in_place,
					  PointerGetDatum(place));
	}
	else
	{
		segment.area = dsa_create_in_place(place, area_size(),
										   segment.directory_lock->tranche,
										   NULL);
		dsa_pin(segment.area);
		dsa_set_size_limit(segment.area, area_size());
	}
	dsa_pin_mapping(segment.area);
	MemoryContextSwitchTo(old);
}

static void
init_locks(void)
{
	LWLockPadded *locks = GetNamedLWLockTranche(PADV_TRANCHE);

	segment.directory_lock = &locks[0].lock;
	segment.grace_locks = &locks[1];
}

static void
init_directory(void)
{
	HASHCTL		info = {0};

	info.keysize = sizeof(PadvKey);
	info.entrysize = sizeof(PadvDirectoryEntry);
	segment.directory = padv_shmem_init_hash("perfadvisor directory",
											 padv_max_queries, &info,
											 HASH_ELEM | HASH_BLOBS);
}

/*
 * Runs in the postmaster, again after a crash, and in every backend where
 * there is no fork().
 */
static void
shmem_startup(void)
{
	PadvShared *shared;
	bool		found;

	if (prev_shmem_startup_hook)
		prev_shmem_startup_hook();
	check_requested();

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("perfadvisor", segment_size(), &found);
	segment.shared = shared;
	segment.slots = (PadvSlotPadded *) ((char *) shared + header_size());
	init_locks();
	init_directory();
	if (!found)
	{
		init_header();
		init_slots();
	}
	init_area(found);
	LWLockRelease(AddinShmemInitLock);

	if (!IsUnderPostmaster)
	{
		on_shmem_exit(padv_dump_at_exit, (Datum) 0);
		if (!found)
			padv_dump_load();
	}
}

void
padv_store_init(void)
{
	prev_shmem_request_hook = shmem_request_hook;
	shmem_request_hook = shmem_request;
	prev_shmem_startup_hook = shmem_startup_hook;
	shmem_startup_hook = shmem_startup;
}

void
padv_store_own_time(uint64 ns)
{
	pg_atomic_fetch_add_u64(&segment.shared->own_ns, ns);
}

/*
 * Calls of the statements that are there, by the counters themselves: a
 * total of its own would be one more word that all backends fight for.
 */
static uint64
sum_calls(void)
{
	uint64		calls = 0;

	for (int i = 0; i < segment.shared->max; i++)
	{
		PadvSlot   *slot = padv_slot(&segment, i);

		padv_slot_lock(slot);
		if (slot->used)
			calls += slot->counters.calls;
		padv_slot_unlock(slot);
	}
	return calls;
}

void
padv_store_info(PadvStoreInfo *info)
{
	PadvShared *shared = segment.shared;

	LWLockAcquire(segment.directory_lock, LW_SHARED);
	info->entries_used = shared->used;
	LWLockRelease(segment.directory_lock);
	info->entries_max = shared->max;
	info->evictions = pg_atomic_read_u64(&shared->evictions);
	info->dropped = pg_atomic_read_u64(&shared->dropped);
	info->calls = pg_atomic_read_u64(&shared->evicted_calls) + sum_calls();
	info->own_ns = pg_atomic_read_u64(&shared->own_ns);
	info->shared_bytes = shared->total_bytes;
	info->text_bytes_max = shared->area_bytes;
	info->text_bytes_used = pg_atomic_read_u64(&shared->blob_bytes);
	info->reset_at = (TimestampTz) pg_atomic_read_u64(&shared->reset_at);
	info->started_at = shared->started_at;
}
