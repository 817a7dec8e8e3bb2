/*-------------------------------------------------------------------------
 *
 * ids.h
 *	  A few candidates of many, by their numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_IDS_H
#define PADV_IDS_H

#include "nodes/bitmapset.h"

typedef struct PadvIds
{
	uint64		marks;			/* bit id % 64 of each: tells most sets apart */
	int			n;
	int			ids[FLEXIBLE_ARRAY_MEMBER];
} PadvIds;

/* NULL is the empty set. */
#define PADV_IDS_COUNT(set)	((set) == NULL ? 0 : (set)->n)

extern PadvIds *padv_ids_from_set(const Bitmapset *set);
extern PadvIds *padv_ids_in_both(const Bitmapset *a, const Bitmapset *b);
extern Bitmapset *padv_ids_to_set(const PadvIds *ids);
extern bool padv_ids_has(const PadvIds *ids, int id);
extern bool padv_ids_all_among(const PadvIds *part, const PadvIds *whole);

/* Are all of "part" in "whole"?  Most often the marks alone say no. */
static inline bool
padv_ids_within(const PadvIds *part, const PadvIds *whole)
{
	if (PADV_IDS_COUNT(part) == 0)
		return true;
	return PADV_IDS_COUNT(whole) >= part->n &&
		(part->marks & ~whole->marks) == 0 &&
		padv_ids_all_among(part, whole);
}

#endif							/* PADV_IDS_H */
