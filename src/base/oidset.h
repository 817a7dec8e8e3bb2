/*-------------------------------------------------------------------------
 *
 * oidset.h
 *	  A set of OIDs, for when there are too many for a list.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_OIDSET_H
#define PADV_OIDSET_H

#include "nodes/pg_list.h"
#include "utils/hsearch.h"

typedef HTAB PadvOidSet;

/* Lives in the current memory context. */
extern PadvOidSet *padv_oidset_make(void);

/* False when it was there already. */
extern bool padv_oidset_add(PadvOidSet *set, Oid oid);
extern void padv_oidset_add_list(PadvOidSet *set, const List *oids);
extern bool padv_oidset_has(PadvOidSet *set, Oid oid);

#endif							/* PADV_OIDSET_H */
