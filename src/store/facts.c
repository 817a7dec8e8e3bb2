/*-------------------------------------------------------------------------
 *
 * facts.c
 *	  What is known of a statement's scans and predicates: counting and
 *	  merging.
 *
 * Nearly always an execution shows nothing but what is known of its statement
 * already: then its counts are added in place, under the slot's spinlock.
 * Otherwise a larger blob is made, filled, and put in the place of the old
 * one.  New facts go behind the old ones, which keep their order, so that
 * copying the counts once more at the moment of the exchange loses nothing
 * that was counted meanwhile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/store_private.h"

/* Expression texts of one statement together. */
#define PADV_POOL_MAX		((Size) 32 * 1024)

/* How often an exchange is tried when others change the same statement. */
#define PADV_MERGE_TRIES	4

/* Statements that are evicted for the sake of one statement's facts. */
#define PADV_FACTS_EVICTIONS 8

#define PADV_NEW			(-1)	/* not known yet, to be added */
#define PADV_NOWHERE		(-2)	/* not known, and there is no room */

/* Where in a blob each fact of an observation belongs. */
typedef struct FactMap
{
	int16		scans[PADV_MAX_SCANS];
	int16		predicates[PADV_MAX_PREDICATES];
	int			new_scans;
	int			new_predicates;
	Size		new_pool;
	bool		overflow;		/* some have no place */
} FactMap;

static int
nscans(const PadvFacts *facts)
{
	return Min(facts->nscans, PADV_MAX_SCANS);
}

static int
npredicates(const PadvFacts *facts)
{
	return Min(facts->npredicates, PADV_MAX_PREDICATES);
}

/* ---- finding ---- */

static bool
same_predicate(const PadvPredicateFact *a, const char *pool_a,
			   const PadvPredicateFact *b, const char *pool_b)
{
	return a->relid == b->relid && a->attno == b->attno &&
		a->role == b->role && a->test == b->test && a->opno == b->opno &&
		a->nulls_first == b->nulls_first && a->expr_len == b->expr_len &&
		(a->expr_len == 0 ||
		 memcmp(pool_a + a->expr_off, pool_b + b->expr_off, a->expr_len) == 0);
}

/*
 * Both searches start behind the fact that was found last: executions of a
 * statement tend to show their facts in the same order.
 */
static int
find_scan(const PadvFactsBlob *blob, Oid relid, int *next)
{
	for (int n = 0; n < blob->nscans; n++)
	{
		int			i = *next < blob->nscans ? *next : 0;

		*next = i + 1;
		if (blob->scans[i].relid == relid)
			return i;
	}
	return blob->full ? PADV_NOWHERE : PADV_NEW;
}

static int
find_predicate(const PadvFactsBlob *blob, const PadvPredicateFact *fact,
			   const char *pool, int *next)
{
	const PadvPredicateFact *known = PADV_FACTS_PREDICATES(blob);

	for (int n = 0; n < blob->npredicates; n++)
	{
		int			i = *next < blob->npredicates ? *next : 0;

		*next = i + 1;
		if (same_predicate(&known[i], PADV_FACTS_POOL(blob), fact, pool))
			return i;
	}
	return blob->full ? PADV_NOWHERE : PADV_NEW;
}

/* Finds all facts; true when none is new. */
static bool
map_facts(const PadvFactsBlob *blob, const PadvFacts *facts, FactMap *map)
{
	int			next = 0;
	bool		known = true;

	for (int i = 0; i < nscans(facts); i++)
	{
		map->scans[i] = find_scan(blob, facts->scans[i].relid, &next);
		known &= map->scans[i] != PADV_NEW;
	}
	next = 0;
	for (int i = 0; i < npredicates(facts); i++)
	{
		map->predicates[i] = find_predicate(blob, &facts->predicates[i],
											facts->pool, &next);
		known &= map->predicates[i] != PADV_NEW;
	}
	return known;
}

/*
 * Gives new facts their places behind the known ones, as far as they fit.  An
 * observation may name a fact twice; it gets one place.
 */
static void
place_new_scans(const PadvFactsBlob *blob, const PadvFacts *facts, FactMap *map)
{
	for (int i = 0; i < nscans(facts); i++)
	{
		int			place = blob->nscans + map->new_scans;
		int			twin = 0;

		if (map->scans[i] != PADV_NEW)
			continue;
		while (facts->scans[twin].relid != facts->scans[i].relid)
			twin++;
		if (twin < i)
			map->scans[i] = map->scans[twin];
		else if (place < PADV_MAX_SCANS)
		{
			map->scans[i] = place;
			map->new_scans++;
		}
		else
		{
			map->scans[i] = PADV_NOWHERE;
			map->overflow = true;
		}
	}
}

static void
place_new_predicates(const PadvFactsBlob *blob, const PadvFacts *facts,
					 FactMap *map)
{
	for (int i = 0; i < npredicates(facts); i++)
	{
		const PadvPredicateFact *fact = &facts->predicates[i];
		int			place = blob->npredicates + map->new_predicates;
		int			twin = 0;

		if (map->predicates[i] != PADV_NEW)
			continue;
		while (!same_predicate(&facts->predicates[twin], facts->pool,
							   fact, facts->pool))
			twin++;
		if (twin < i)
			map->predicates[i] = map->predicates[twin];
		else if (place < PADV_MAX_PREDICATES &&
				 blob->pool_len + map->new_pool + fact->expr_len <= PADV_POOL_MAX)
		{
			map->predicates[i] = place;
			map->new_predicates++;
			map->new_pool += fact->expr_len;
		}
		else
		{
			map->predicates[i] = PADV_NOWHERE;
			map->overflow = true;
		}
	}
}

static void
place_new_facts(const PadvFactsBlob *blob, const PadvFacts *facts, FactMap *map)
{
	map->new_scans = map->new_predicates = 0;
	map->new_pool = 0;
	map->overflow = facts->truncated || facts->nscans > PADV_MAX_SCANS ||
		facts->npredicates > PADV_MAX_PREDICATES;
	place_new_scans(blob, facts, map);
	place_new_predicates(blob, facts, map);
}

/* ---- counting ---- */

static void
add_counts(PadvFactsBlob *blob, const PadvFacts *facts, const FactMap *map)
{
	PadvPredicateFact *predicates = PADV_FACTS_PREDICATES(blob);

	for (int i = 0; i < nscans(facts); i++)
	{
		const PadvScanFact *from = &facts->scans[i];
		PadvScanFact *to;

		if (map->scans[i] < 0)
			continue;
		to = &blob->scans[map->scans[i]];
		to->scans += from->scans;
		to->rows_read += from->rows_read;
		to->watched_read += from->watched_read;
		to->watched_returned += from->watched_returned;
		to->exec_ns += from->exec_ns;
	}
	for (int i = 0; i < npredicates(facts); i++)
	{
		const PadvPredicateFact *from = &facts->predicates[i];
		PadvPredicateFact *to;

		if (map->predicates[i] < 0)
			continue;
		to = &predicates[map->predicates[i]];
		to->uses += from->uses;
		to->rows_in += from->rows_in;
		to->rows_out += from->rows_out;
	}
}

/*
 * Adds an execution's facts to a slot's blob if it has them all already.
 * The caller holds the slot's spinlock.
 */
bool
padv_facts_add(dsa_pointer pointer, const PadvFacts *facts)
{
	PadvFactsBlob *blob = padv_blob_address(pointer);
	FactMap		map;

	if (blob == NULL)
		return facts->nscans == 0 && facts->npredicates == 0;
	if (!map_facts(blob, facts, &map))
		return false;
	add_counts(blob, facts, &map);
	return true;
}

/* ---- merging ---- */

/* The facts that are new, with their counts at zero; identity only. */
static void
put_new_facts(PadvFactsBlob *to, const PadvFactsBlob *from,
			  const PadvFacts *facts, const FactMap *map)
{
	PadvPredicateFact *predicates = PADV_FACTS_PREDICATES(to);
	int			put = from->npredicates;
	Size		off = from->pool_len;

	for (int i = 0; i < nscans(facts); i++)
	{
		if (map->scans[i] < from->nscans)
			continue;
		memset(&to->scans[map->scans[i]], 0, sizeof(PadvScanFact));
		to->scans[map->scans[i]].relid = facts->scans[i].relid;
	}
	for (int i = 0; i < npredicates(facts); i++)
	{
		const PadvPredicateFact *fact = &facts->predicates[i];
		PadvPredicateFact *place = &predicates[map->predicates[i]];

		/* known, without a place, or a twin of one that is put already */
		if (map->predicates[i] < put)
			continue;
		put++;
		*place = *fact;
		place->uses = 0;
		place->rows_in = place->rows_out = 0;
		place->expr_off = off;
		memcpy(PADV_FACTS_POOL(to) + off, facts->pool + fact->expr_off,
			   fact->expr_len);
		off += fact->expr_len;
	}
}

/* The known facts with their counts. */
static void
put_known_facts(PadvFactsBlob *to, const PadvFactsBlob *from)
{
	memcpy(to->scans, from->scans, from->nscans * sizeof(PadvScanFact));
	memcpy(PADV_FACTS_PREDICATES(to), PADV_FACTS_PREDICATES(from),
		   from->npredicates * sizeof(PadvPredicateFact));
}

/*
 * A blob with all of the old one and room for what is new.  Counts are as of
 * now, of new facts zero.
 */
static dsa_pointer
make_merged(const PadvFactsBlob *from, const PadvFacts *facts,
			const FactMap *map, int max_evictions)
{
	int			scans = from->nscans + map->new_scans;
	int			predicates = from->npredicates + map->new_predicates;
	Size		pool = from->pool_len + map->new_pool;
	dsa_pointer blob;
	PadvFactsBlob *to;

	blob = padv_blob_alloc(offsetof(PadvFactsBlob, scans) +
						   scans * sizeof(PadvScanFact) +
						   predicates * sizeof(PadvPredicateFact) + pool,
						   max_evictions);
	if (!DsaPointerIsValid(blob))
		return blob;
	to = padv_blob_address(blob);
	to->nscans = scans;
	to->npredicates = predicates;
	to->pool_len = pool;
	to->full = from->full || map->overflow;
	memcpy(PADV_FACTS_POOL(to), PADV_FACTS_POOL(from), from->pool_len);
	put_known_facts(to, from);
	put_new_facts(to, from, facts, map);
	return blob;
}

/* Facts of a statement that has none yet. */
dsa_pointer
padv_facts_make(const PadvFacts *facts)
{
	const PadvFactsBlob none = {.size = sizeof(PadvFactsBlob)};
	dsa_pointer blob;
	FactMap		map;

	if (facts == NULL || (facts->nscans == 0 && facts->npredicates == 0))
		return InvalidDsaPointer;
	map_facts(&none, facts, &map);
	place_new_facts(&none, facts, &map);
	blob = make_merged(&none, facts, &map, PADV_FACTS_EVICTIONS);
	if (DsaPointerIsValid(blob))
		add_counts(padv_blob_address(blob), facts, &map);
	return blob;
}

/*
 * Puts the new blob in the old one's place, if that is still there, with
 * what was counted in the meantime and with the execution's own counts.
 */
static bool
exchange(PadvSlot *slot, uint32 generation, dsa_pointer old, dsa_pointer new,
		 const PadvFacts *facts, const FactMap *map)
{
	PadvFactsBlob *to = padv_blob_address(new);
	bool		same;

	padv_slot_lock(slot);
	same = slot->used && slot->generation == generation &&
		slot->blobs[PADV_BLOB_FACTS] == old;
	if (same)
	{
		if (DsaPointerIsValid(old))
			put_known_facts(to, padv_blob_address(old));
		add_counts(to, facts, map);
		padv_blob_put(slot, PADV_BLOB_FACTS, new);
	}
	padv_slot_unlock(slot);
	return same;
}

typedef enum MergeResult
{
	MERGE_DONE,
	MERGE_AGAIN,				/* another backend was faster */
	MERGE_NO_ROOM
} MergeResult;

/*
 * Makes the new blob and puts it in the old one's place.  The grace lock is
 * held, so that the old one can be read; nothing may be evicted here.
 */
static MergeResult
merge_locked(const PadvSegment *segment, const PadvRef *ref,
			 const PadvFacts *facts, dsa_pointer *old)
{
	const PadvFactsBlob none = {.size = sizeof(PadvFactsBlob)};
	const PadvFactsBlob *from;
	PadvSlot   *slot = padv_slot(segment, ref->slot);
	dsa_pointer new;
	bool		gone;
	FactMap		map;

	padv_slot_lock(slot);
	gone = slot->generation != ref->generation;
	*old = slot->blobs[PADV_BLOB_FACTS];
	padv_slot_unlock(slot);
	if (gone)
	{
		*old = InvalidDsaPointer;
		return MERGE_DONE;
	}

	from = DsaPointerIsValid(*old) ? padv_blob_address(*old) : &none;
	map_facts(from, facts, &map);
	place_new_facts(from, facts, &map);
	new = make_merged(from, facts, &map, 0);
	if (!DsaPointerIsValid(new))
		return MERGE_NO_ROOM;
	if (exchange(slot, ref->generation, *old, new, facts, &map))
		return MERGE_DONE;
	padv_blob_discard(new);
	return MERGE_AGAIN;
}

/*
 * Adds an execution's facts, some of which are new.  When the area is full,
 * another statement makes room between two tries.  Facts that find none are
 * not counted; the next execution that is watched brings them again.
 */
void
padv_facts_merge(const PadvRef *ref, const PadvFacts *facts)
{
	const PadvSegment *segment = padv_segment();
	LWLock	   *grace = padv_grace_lock(segment, ref->slot);

	for (int i = 0; i < PADV_MERGE_TRIES; i++)
	{
		dsa_pointer old;
		MergeResult result;

		LWLockAcquire(grace, LW_SHARED);
		result = merge_locked(segment, ref, facts, &old);
		LWLockRelease(grace);

		if (result == MERGE_DONE)
		{
			padv_blobs_retire(ref->slot, &old, 1);
			return;
		}
		if (result == MERGE_NO_ROOM && !padv_entry_evict())
			return;
	}
}

/* The facts in a copy of their blob, which must live on. */
void
padv_blob_to_facts(PadvFactsBlob *blob, PadvFacts *facts)
{
	facts->nscans = blob->nscans;
	facts->npredicates = blob->npredicates;
	facts->scans = blob->scans;
	facts->predicates = PADV_FACTS_PREDICATES(blob);
	facts->pool = PADV_FACTS_POOL(blob);
	facts->pool_len = blob->pool_len;
	facts->truncated = blob->full;
}
