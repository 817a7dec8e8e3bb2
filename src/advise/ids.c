/*-------------------------------------------------------------------------
 *
 * ids.c
 *	  A few candidates of many.
 *
 * A Bitmapset takes room for all candidates up to the largest number in it.
 * What is kept by the tens of thousands, and has a handful of members each,
 * are arrays of their numbers, the least first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/ids.h"
#include "port/pg_bitutils.h"

static PadvIds *
make_ids(int size)
{
	PadvIds    *ids = palloc(offsetof(PadvIds, ids) + sizeof(int) * size);

	ids->marks = 0;
	ids->n = 0;
	return ids;
}

/* Appends one that is larger than those before it. */
static void
append(PadvIds *ids, int id)
{
	ids->marks |= UINT64CONST(1) << (id % 64);
	ids->ids[ids->n++] = id;
}

PadvIds *
padv_ids_from_set(const Bitmapset *set)
{
	PadvIds    *ids = make_ids(bms_num_members(set));
	int			id = -1;

	while ((id = bms_next_member(set, id)) >= 0)
		append(ids, id);
	return ids;
}

/* The word of both sets, as wide as any. */
static uint64
word_in_both(const Bitmapset *a, const Bitmapset *b, int i)
{
	return (uint64) (a->words[i] & b->words[i]);
}

/*
 * The members of both sets.  Where there are thousands of candidates most words
 * have none, and are passed over.
 */
PadvIds *
padv_ids_in_both(const Bitmapset *a, const Bitmapset *b)
{
	int			nwords = a == NULL || b == NULL ? 0 : Min(a->nwords, b->nwords);
	int			n = 0;
	PadvIds    *ids;

	for (int i = 0; i < nwords; i++)
	{
		if (word_in_both(a, b, i) != 0)
			n += pg_popcount64(word_in_both(a, b, i));
	}
	ids = make_ids(n);
	for (int i = 0; i < nwords; i++)
	{
		for (uint64 word = word_in_both(a, b, i); word != 0; word &= word - 1)
			append(ids, i * BITS_PER_BITMAPWORD +
				   pg_rightmost_one_pos64(word));
	}
	return ids;
}

Bitmapset *
padv_ids_to_set(const PadvIds *ids)
{
	Bitmapset  *set = NULL;

	/* the largest first, so that the set need not grow */
	for (int i = PADV_IDS_COUNT(ids) - 1; i >= 0; i--)
		set = bms_add_member(set, ids->ids[i]);
	return set;
}

bool
padv_ids_has(const PadvIds *ids, int id)
{
	for (int i = 0; i < PADV_IDS_COUNT(ids); i++)
	{
		if (ids->ids[i] >= id)
			return ids->ids[i] == id;
	}
	return false;
}

/* The same as padv_ids_within(), member by member; neither is NULL. */
bool
padv_ids_all_among(const PadvIds *part, const PadvIds *whole)
{
	int			w = 0;

	for (int i = 0; i < part->n; i++)
	{
		while (w < whole->n && whole->ids[w] < part->ids[i])
			w++;
		if (w == whole->n || whole->ids[w++] != part->ids[i])
			return false;
	}
	return true;
}
