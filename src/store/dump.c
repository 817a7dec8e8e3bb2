/*-------------------------------------------------------------------------
 *
 * dump.c
 *	  Keeping what was recorded over a restart.
 *
 * The postmaster writes one file when it shuts down and reads it when it
 * starts; a session may write it in between with perfadvisor_save().  Having
 * been read, the file is removed, so that it gets neither into base backups
 * nor, after a crash, into the way of what came later.
 *
 * The file has a header, the statements, heaviest first, each with its fixed
 * part and its blobs as they lie in memory, and a checksum over all of it.
 * Before anything of it is used, the checksum is verified, and so is that what
 * lies there can be statements (verify.c).  What does not fit this server and
 * this build exactly is not read: then there is one line in the log, and
 * recording starts empty.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/guc.h"
#include "catalog/catversion.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "storage/fd.h"
#include "store/store_private.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define PADV_FILE			PGSTAT_STAT_PERMANENT_DIRECTORY "/perfadvisor.stat"
#define PADV_FILE_TMP		PADV_FILE ".tmp"
#define PADV_FILE_MAGIC		0x50414456	/* "PADV" */
#define PADV_FILE_FORMAT	4
#define PADV_BUFFER			((Size) 64 * 1024)
#define PADV_NONSENSE		"its content makes no sense"

typedef struct FileHeader
{
	uint32		magic;
	uint32		format;
	uint32		catalog;		/* CATALOG_VERSION_NO: node strings, types */
	uint32		entry_size;
	TimestampTz reset_at;
	uint64		evictions;
	uint64		evicted_calls;
	uint64		dropped;
	uint64		own_ns;
} FileHeader;

/* The fixed part of an entry; its blobs follow. */
typedef struct FileEntry
{
	PadvKey		key;
	int32		encoding;
	uint32		blob_sizes[PADV_BLOBS]; /* 0: none */
	uint64		slowest_ns;
	PadvCounters counters;
	PadvHistogram histogram;
} FileEntry;

typedef struct DumpFile
{
	FILE	   *file;
	pg_crc32c	crc;
} DumpFile;

/* ---- writing ---- */

static bool
put(DumpFile *dump, const void *data, Size size)
{
	COMP_CRC32C(dump->crc, data, size);
	return fwrite(data, 1, size, dump->file) == size;
}

static bool
put_header(DumpFile *dump)
{
	PadvShared *shared = padv_segment()->shared;
	FileHeader	header = {
		.magic = PADV_FILE_MAGIC,
		.format = PADV_FILE_FORMAT,
		.catalog = CATALOG_VERSION_NO,
		.entry_size = sizeof(FileEntry),
	};

	header.reset_at = (TimestampTz) pg_atomic_read_u64(&shared->reset_at);
	header.evictions = pg_atomic_read_u64(&shared->evictions);
	header.evicted_calls = pg_atomic_read_u64(&shared->evicted_calls);
	header.dropped = pg_atomic_read_u64(&shared->dropped);
	header.own_ns = pg_atomic_read_u64(&shared->own_ns);
	return put(dump, &header, sizeof(header));
}

static bool
put_entry(DumpFile *dump, const PadvSnapshot *snapshot)
{
	FileEntry	entry;
	bool		ok;

	memset(&entry, 0, sizeof(entry));
	entry.key = snapshot->slot.key;
	entry.encoding = snapshot->slot.encoding;
	entry.slowest_ns = snapshot->slot.slowest_ns;
	entry.counters = snapshot->slot.counters;
	entry.histogram = snapshot->slot.histogram;
	for (int i = 0; i < PADV_BLOBS; i++)
	{
		if (snapshot->blobs[i] != NULL)
			entry.blob_sizes[i] = *(const uint32 *) snapshot->blobs[i];
	}
	ok = put(dump, &entry, sizeof(entry));
	for (int i = 0; ok && i < PADV_BLOBS; i++)
	{
		if (entry.blob_sizes[i] != 0)
			ok = put(dump, snapshot->blobs[i], entry.blob_sizes[i]);
	}
	return ok;
}

typedef struct SlotWeight
{
	int			slot;
	uint64		exec_ns;
} SlotWeight;

static int
compare_weights(const void *a, const void *b)
{
	uint64		wa = ((const SlotWeight *) a)->exec_ns;
	uint64		wb = ((const SlotWeight *) b)->exec_ns;

	return wa > wb ? -1 : wa < wb;
}

/* The slots in use, heaviest first: a smaller store keeps those. */
static SlotWeight *
sort_slots(int *n)
{
	const PadvSegment *segment = padv_segment();
	SlotWeight *weights = MemoryContextAllocHuge(CurrentMemoryContext,
												 segment->shared->max *
												 sizeof(SlotWeight));

	*n = 0;
	for (int i = 0; i < segment->shared->max; i++)
	{
		volatile PadvSlot *slot = &segment->slots[i].slot;

		if (!slot->used)
			continue;
		weights[*n].slot = i;
		weights[*n].exec_ns = slot->counters.exec_ns;
		(*n)++;
	}
	qsort(weights, *n, sizeof(SlotWeight), compare_weights);
	return weights;
}

/* All entries; those that go while we write are missing. */
static bool
put_entries(DumpFile *dump, bool locking)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "perfadvisor dump",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext entry_context = AllocSetContextCreate(context,
														"perfadvisor entry",
														ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PadvSnapshot *snapshot = palloc(sizeof(PadvSnapshot));
	int			n;
	SlotWeight *weights = sort_slots(&n);
	bool		ok = true;

	MemoryContextSwitchTo(entry_context);
	for (int i = 0; ok && i < n; i++)
	{
		if (padv_snapshot_take(weights[i].slot, InvalidOid, locking, snapshot))
			ok = put_entry(dump, snapshot);
		MemoryContextReset(entry_context);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return ok;
}

static bool
put_file(DumpFile *dump, bool locking)
{
	INIT_CRC32C(dump->crc);
	if (!put_header(dump) || !put_entries(dump, locking))
		return false;
	FIN_CRC32C(dump->crc);
	return fwrite(&dump->crc, sizeof(dump->crc), 1, dump->file) == 1;
}

/* Writes the file beside the old one, then puts it in its place. */
static void
write_dump(bool locking, int elevel)
{
	DumpFile	dump = {.file = AllocateFile(PADV_FILE_TMP, PG_BINARY_W)};
	bool		ok = dump.file != NULL && put_file(&dump, locking);
	int			save_errno = errno;

	if (dump.file != NULL && FreeFile(dump.file) != 0 && ok)
	{
		save_errno = errno;
		ok = false;
	}
	if (ok)
	{
		(void) durable_rename(PADV_FILE_TMP, PADV_FILE, elevel);
		return;
	}
	unlink(PADV_FILE_TMP);
	errno = save_errno;
	ereport(elevel,
			(errcode_for_file_access(),
			 errmsg("could not write file \"%s\": %m", PADV_FILE_TMP)));
}

/*
 * Called when the postmaster ends, also before it starts anew after a crash;
 * then the code is not zero, and shared memory is not to be trusted.
 */
void
padv_dump_at_exit(int code, Datum arg)
{
	if (code != 0 || !padv_store_ready())
		return;
	if (padv_save)
		write_dump(false, LOG);
	else
		unlink(PADV_FILE);
}

/*
 * One session at a time works on the file.  Not an LWLock, as those are not
 * meant to be held for so long; whoever has the mark checks for no interrupts.
 */
static void
lock_file(PadvShared *shared)
{
	while (!pg_atomic_test_set_flag(&shared->saving))
	{
		CHECK_FOR_INTERRUPTS();
		pg_usleep(1000L);
	}
}

static void
unlock_file(PadvShared *shared)
{
	pg_atomic_clear_flag(&shared->saving);
}

void
padv_store_dump(void)
{
	PadvShared *shared = padv_segment()->shared;

	lock_file(shared);
	PG_TRY();
	{
		write_dump(true, ERROR);
	}
	PG_FINALLY();
	{
		unlock_file(shared);
	}
	PG_END_TRY();
}

/* What was reset must not come back after a crash. */
void
padv_dump_forget(void)
{
	PadvShared *shared = padv_segment()->shared;

	lock_file(shared);
	unlink(PADV_FILE);
	unlock_file(shared);
}

/* ---- reading ---- */

/* The checksum over all but the last bytes, which hold it. */
static bool
checksum_fits(FILE *file, off_t size)
{
	char	   *buffer = palloc(PADV_BUFFER);
	off_t		left = size - (off_t) sizeof(pg_crc32c);
	pg_crc32c	expected;
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	while (left > 0)
	{
		size_t		part = fread(buffer, 1, Min(left, (off_t) PADV_BUFFER), file);

		if (part == 0)
			break;
		COMP_CRC32C(crc, buffer, part);
		left -= part;
	}
	FIN_CRC32C(crc);
	pfree(buffer);
	return left == 0 &&
		fread(&expected, sizeof(expected), 1, file) == 1 &&
		EQ_CRC32C(crc, expected);
}

/* What is wrong with the header, or NULL. */
static const char *
read_header(FILE *file, FileHeader *header)
{
	if (fread(header, sizeof(*header), 1, file) != 1 ||
		header->magic != PADV_FILE_MAGIC)
		return "it is not a statistics file of perfadvisor";
	if (header->format != PADV_FILE_FORMAT ||
		header->entry_size != sizeof(FileEntry))
		return "another version of perfadvisor wrote it";
	if (header->catalog != CATALOG_VERSION_NO)
		return "another version of PostgreSQL wrote it";
	if (header->reset_at < 0 || !IS_VALID_TIMESTAMP(header->reset_at) ||
		header->evictions > PG_INT64_MAX ||
		header->evicted_calls > PG_INT64_MAX ||
		header->dropped > PG_INT64_MAX || header->own_ns > PG_INT64_MAX)
		return PADV_NONSENSE;
	return NULL;
}

/* Can the next bytes be such a blob?  That many are left, and taken off. */
static bool
blob_fits(FILE *file, int which, Size size, int encoding, off_t *left)
{
	void	   *blob;
	bool		fits;

	if ((off_t) size > *left || !AllocSizeIsValid(size))
		return false;
	blob = palloc(size);
	fits = fread(blob, 1, size, file) == size &&
		padv_blob_fits(which, blob, size, encoding);
	pfree(blob);
	*left -= size;
	return fits;
}

/* Are the next bytes an entry? */
static bool
entry_fits(FILE *file, off_t *left)
{
	FileEntry	entry;

	if (*left < (off_t) sizeof(entry) ||
		fread(&entry, sizeof(entry), 1, file) != 1)
		return false;
	*left -= sizeof(entry);
	/* each statement has a text */
	if (entry.blob_sizes[PADV_BLOB_TEXT] == 0 ||
		!padv_entry_fits(&entry.key, entry.encoding, &entry.counters))
		return false;
	for (int i = 0; i < PADV_BLOBS; i++)
	{
		if (entry.blob_sizes[i] != 0 &&
			!blob_fits(file, i, entry.blob_sizes[i], entry.encoding, left))
			return false;
	}
	return true;
}

/* Is all that follows the header entries, but for the checksum? */
static bool
entries_fit(FILE *file, off_t size)
{
	off_t		left = size - (off_t) (sizeof(FileHeader) + sizeof(pg_crc32c));

	while (left > 0)
	{
		if (!entry_fits(file, &left))
			return false;
	}
	return true;
}

static void
load_totals(const FileHeader *header)
{
	PadvShared *shared = padv_segment()->shared;

	pg_atomic_write_u64(&shared->reset_at, (uint64) header->reset_at);
	pg_atomic_write_u64(&shared->evictions, header->evictions);
	pg_atomic_write_u64(&shared->evicted_calls, header->evicted_calls);
	pg_atomic_write_u64(&shared->dropped, header->dropped);
	pg_atomic_write_u64(&shared->own_ns, header->own_ns);
}

/* Reads one blob into the area; false when there is no room. */
static bool
load_blob(FILE *file, uint32 size, dsa_pointer *pointer)
{
	void	   *blob;

	*pointer = padv_blob_alloc(size, 0);
	if (!DsaPointerIsValid(*pointer))
		return false;
	blob = padv_blob_address(*pointer);
	if (fread(blob, 1, size, file) == size)
		return true;
	*(uint32 *) blob = size;	/* so that it can be freed */
	return false;
}

/* Loads one entry; false at the end, or when the store is full. */
static bool
load_entry(FILE *file)
{
	FileEntry	entry;
	dsa_pointer blobs[PADV_BLOBS] = {0};
	bool		exists;
	bool		ok = fread(&entry, sizeof(entry), 1, file) == 1;

	for (int i = 0; ok && i < PADV_BLOBS; i++)
	{
		if (entry.blob_sizes[i] != 0)
			ok = load_blob(file, entry.blob_sizes[i], &blobs[i]);
	}
	ok = ok && padv_entry_insert(&entry.key, entry.encoding, &entry.counters,
								 &entry.histogram, blobs, entry.slowest_ns,
								 false, &exists);
	for (int i = 0; !ok && i < PADV_BLOBS; i++)
		padv_blob_discard(blobs[i]);
	return ok;
}

/* What is wrong with the file; NULL when it was loaded. */
static const char *
read_dump(FILE *file)
{
	struct stat stat;
	FileHeader	header;
	const char *problem;

	if (fstat(fileno(file), &stat) != 0)
		return "it cannot be read";
	if (stat.st_size < (off_t) (sizeof(FileHeader) + sizeof(pg_crc32c)) ||
		!checksum_fits(file, stat.st_size))
		return "it is damaged or incomplete";
	rewind(file);
	problem = read_header(file, &header);
	if (problem == NULL && !entries_fit(file, stat.st_size))
		problem = PADV_NONSENSE;
	if (problem != NULL)
		return problem;
	load_totals(&header);
	if (fseeko(file, sizeof(FileHeader), SEEK_SET) != 0)
		return "it cannot be read";
	while (load_entry(file))
		 /* next */ ;
	return NULL;
}

/* At server start, in the postmaster. */
void
padv_dump_load(void)
{
	FILE	   *file;
	const char *problem;

	if (padv_save && (file = AllocateFile(PADV_FILE, PG_BINARY_R)) != NULL)
	{
		problem = read_dump(file);
		FreeFile(file);
		if (problem != NULL)
			ereport(LOG,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("perfadvisor ignores statistics file \"%s\": %s",
							PADV_FILE, problem)));
	}
	else if (padv_save && errno != ENOENT)
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", PADV_FILE)));
	unlink(PADV_FILE);
}
