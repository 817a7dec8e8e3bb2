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
	int			n;
	int			ids[FLEXIBLE_ARRAY_MEMBER];
} PadvIds;

/* NULL is the empty set. */
#define PADV_IDS_COUNT(set)	((set) == NULL ? 0 : (set)->n)

extern PadvIds *padv_ids_from_set(const Bitmapset *set);
extern PadvIds *padv_ids_in_both(const Bitmapset *few, const Bitmapset *many);
extern Bitmapset *padv_ids_to_set(const PadvIds *ids);
extern bool padv_ids_has(const PadvIds *ids, int id);
extern bool padv_ids_within(const PadvIds *part, const PadvIds *whole);

#endif							/* PADV_IDS_H */
