/*-------------------------------------------------------------------------
 *
 * whole.c
 *	  Indexes on partitions beside one on the whole.
 *
 * A statement may name a partitioned table, and another one a partition of
 * it.  Each gets candidates on the table that it names; where both are chosen,
 * the index on the whole has a part on the partition, which does the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"
#include "catalog/partition.h"
#include "utils/lsyscache.h"

/* A chosen candidate whose part on the partition covers this one; or -1. */
static int
covering_whole(const PadvSearch *search, const PadvIndex *index)
{
	List	   *parents;
	int			id = -1;

	if (!get_rel_relispartition(index->relid))
		return -1;
	parents = get_partition_ancestors(index->relid);
	while ((id = bms_next_member(search->chosen, id)) >= 0)
	{
		const PadvIndex *whole = search->candidates[id]->index;

		if (list_member_oid(parents, whole->relid) &&
			padv_index_covers(padv_index_for_leaf(whole, index->relid), index))
			break;
	}
	return id < 0 ? -1 : id;
}

/* Takes those out of the chosen set that one on the whole stands for. */
void
padv_drop_parts(PadvSearch *search)
{
	Bitmapset  *left = bms_copy(search->chosen);
	int			id = -1;

	while ((id = bms_next_member(left, id)) >= 0)
	{
		int			whole = covering_whole(search,
										   search->candidates[id]->index);

		if (whole < 0)
			continue;
		for (int i = 0; i < search->nstates; i++)
		{
			PadvStmtState *state = search->states[i];

			if (bms_is_member(id, state->relevant))
				state->relevant = bms_add_member(state->relevant, whole);
		}
		padv_drop_chosen(search, id);
	}
	bms_free(left);
}
