/*-------------------------------------------------------------------------
 *
 * maker.h
 *	  Making candidates: a key under construction, and where it goes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_MAKER_H
#define PADV_MAKER_H

#include "advise/advise_private.h"

/* Where candidates of one access go, and how many it has made. */
typedef struct PadvMaker
{
	PadvSearch *search;
	PadvAccess *access;
	List	   *existing;		/* of PadvIndex: what the table has */
	List	   *pred;			/* predicate of what is made, or NIL */
	Oid			relam;			/* access method of what is made */
	int			made;
} PadvMaker;

/* A key under construction. */
typedef struct PadvKeyCols
{
	int			n;
	PadvIndexCol cols[INDEX_MAX_KEYS];
} PadvKeyCols;

/* Appends a column that the key does not have yet, up to the width. */
extern void padv_key_add(PadvMaker *maker, PadvKeyCols *key,
						 const PadvIndexCol *col);

/* Appends a wanted order; false when it does not fit. */
extern bool padv_key_add_order(PadvMaker *maker, PadvKeyCols *key,
							   List *order);

/* Is the key all that the statement reads of the table? */
extern bool padv_key_is_all(const PadvMaker *maker, const PadvKeyCols *key);

/* The key as a candidate, unless it exists, in the table or in the search. */
extern void padv_emit(PadvMaker *maker, const PadvKeyCols *key);

/* The same with all other columns that the statement reads included. */
extern void padv_emit_covering(PadvMaker *maker, const PadvKeyCols *key);

/* One target alone, with the access method that it wants. */
extern void padv_emit_single(PadvMaker *maker, const PadvTarget *target);

/* keys.c: all that is worth trying for the access */
extern void padv_emit_keys(PadvMaker *maker);

/* compact.c: BRIN and hash, where they do what a btree would in less room */
extern void padv_emit_compact(PadvMaker *maker);

#endif							/* PADV_MAKER_H */
