/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Copies of entries for those who read.
 *
 * Each entry is copied as a whole, so that its figures agree with each other;
 * entries are visited one after the other, so that recording goes on.  See
 * store_private.h for what makes it safe to read blobs without the spinlock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/store_private.h"

static void *
copy_blob(dsa_pointer pointer)
{
	const uint32 *blob = padv_blob_address(pointer);
	void	   *copy;

	if (blob == NULL)
		return NULL;
	copy = palloc(*blob);
	memcpy(copy, blob, *blob);
	return copy;
}

/* Facts have counters inside, which the spinlock protects. */
static void *
copy_facts(PadvSlot *slot, dsa_pointer pointer, bool locking)
{
	const uint32 *blob = padv_blob_address(pointer);
	void	   *copy;

	if (blob == NULL)
		return NULL;
	copy = palloc(*blob);
	if (locking)
		padv_slot_lock(slot);
	memcpy(copy, blob, *blob);
	if (locking)
		padv_slot_unlock(slot);
	return copy;
}

static bool
wanted(const PadvSlot *slot, Oid dbid)
{
	return slot->used && (!OidIsValid(dbid) || slot->key.dbid == dbid);
}

/* Copies what lies in the slot itself; false when it is not wanted. */
static bool
copy_slot(PadvSlot *slot, Oid dbid, bool locking, PadvSlot *copy)
{
	bool		found;

	if (!locking)
	{
		found = !slot->busy && wanted(slot, dbid);
		if (found)
			memcpy(copy, slot, sizeof(PadvSlot));
		return found;
	}
	padv_slot_lock(slot);
	found = wanted(slot, dbid);
	if (found)
		memcpy(copy, slot, sizeof(PadvSlot));
	padv_slot_unlock(slot);
	return found;
}

/*
 * Copies a slot and its blobs as they are.  False when there is no statement
 * (of this database) in it.  Without locking only for the postmaster when
 * all others are gone.
 */
bool
padv_snapshot_take(int number, Oid dbid, bool locking, PadvSnapshot *snapshot)
{
	const PadvSegment *segment = padv_segment();
	PadvSlot   *slot = padv_slot(segment, number);
	LWLock	   *grace = padv_grace_lock(segment, number);
	bool		found;

	/* a look without locks; a statement that comes just now may be missed */
	if (!wanted(slot, dbid))
		return false;
	if (locking)
		LWLockAcquire(grace, LW_SHARED);
	found = copy_slot(slot, dbid, locking, &snapshot->slot);
	for (int i = 0; found && i < PADV_BLOBS; i++)
	{
		dsa_pointer pointer = snapshot->slot.blobs[i];

		snapshot->blobs[i] = i == PADV_BLOB_FACTS ?
			copy_facts(slot, pointer, locking) : copy_blob(pointer);
	}
	if (locking)
		LWLockRelease(grace);
	return found;
}

/* Its own text is the first example of a statement without parameters. */
static PadvExample *
example_of_text(const PadvText *text)
{
	PadvExample *example = palloc0(sizeof(PadvExample));

	example->source = text->source;
	example->source_len = strlen(text->source);
	example->settings = text->settings;
	return example;
}

/* The entry as others know it; it keeps pointing into the snapshot's blobs. */
static PadvEntryCopy *
make_copy(const PadvSnapshot *snapshot)
{
	PadvEntryCopy *copy = palloc0(sizeof(PadvEntryCopy));

	copy->key = snapshot->slot.key;
	copy->counters = snapshot->slot.counters;
	copy->histogram = snapshot->slot.histogram;
	copy->encoding = snapshot->slot.encoding;
	padv_blob_to_text(snapshot->blobs[PADV_BLOB_TEXT], &copy->text);
	if (snapshot->blobs[PADV_BLOB_FACTS] != NULL)
		padv_blob_to_facts(snapshot->blobs[PADV_BLOB_FACTS], &copy->facts);
	for (int i = 0; i < PADV_EXAMPLE_KINDS; i++)
	{
		void	   *blob = snapshot->blobs[PADV_BLOB_EXAMPLE + i];

		if (blob != NULL)
			copy->examples[i] = padv_blob_to_example(blob);
	}
	if (copy->examples[PADV_EXAMPLE_FIRST] == NULL &&
		copy->text.nparams == 0 && copy->text.source != NULL)
		copy->examples[PADV_EXAMPLE_FIRST] = example_of_text(&copy->text);
	if (snapshot->blobs[PADV_BLOB_CHANGE] != NULL)
	{
		copy->change = palloc(sizeof(PadvChange));
		padv_blob_to_change(snapshot->blobs[PADV_BLOB_CHANGE],
							&copy->counters, &copy->histogram, copy->change);
	}
	return copy;
}

void
padv_store_scan(Oid dbid, PadvVisit visit, void *arg)
{
	PadvSnapshot snapshot;

	for (int i = 0; i < padv_segment()->shared->max; i++)
	{
		if (padv_snapshot_take(i, dbid, true, &snapshot))
			visit(make_copy(&snapshot), arg);
	}
}
