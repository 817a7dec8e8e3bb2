/*-------------------------------------------------------------------------
 *
 * oidset.c
 *	  A set of OIDs, for when there are too many for a list.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/oidset.h"

PadvOidSet *
padv_oidset_make(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = ctl.entrysize = sizeof(Oid);
	ctl.hcxt = CurrentMemoryContext;
	return hash_create("perfadvisor OIDs", 256, &ctl,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

bool
padv_oidset_add(PadvOidSet *set, Oid oid)
{
	bool		found;

	(void) hash_search(set, &oid, HASH_ENTER, &found);
	return !found;
}

void
padv_oidset_add_list(PadvOidSet *set, const List *oids)
{
	ListCell   *lc;

	foreach(lc, oids)
		(void) padv_oidset_add(set, lfirst_oid(lc));
}

bool
padv_oidset_has(PadvOidSet *set, Oid oid)
{
	return hash_search(set, &oid, HASH_FIND, NULL) != NULL;
}
