/*-------------------------------------------------------------------------
 *
 * served.c
 *	  What the indexes that exist do for a statement already.
 *
 * Advice should be the same before and after it has been carried out: what was
 * not worth its bytes beside an advised index is not worth them beside the
 * real one.  So the search measures gains as if the indexes that serve a
 * statement today were among those that it chose.
 *
 * Unique indexes are no advice, and are left alone.  Where some values make a
 * statement much dearer than others do, it is not served well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "advise/advise_private.h"

/*
 * Notes the indexes of one table that today's plan uses, and adds up those that
 * advice could have led to.  If it uses any, all such go to "others": without
 * them, things are as they were before.
 */
static void
note_table(PadvStmtState *state, Oid relid, List **others)
{
	List	   *advisable = NIL;
	double		bytes = 0;
	ListCell   *lc;

	foreach(lc, padv_index_list(relid))
	{
		PadvIndex  *index = lfirst(lc);
		bool		used = list_member_oid(state->existing, index->oid);

		if (used)
			state->served_by = lappend(state->served_by, index);
		if (index->unique)
			continue;
		advisable = lappend_oid(advisable, index->oid);
		if (used)
			bytes += index->bytes;
	}
	if (bytes <= 0)
		return;
	if (!state->uneven)
		state->served_bytes += bytes;
	*others = list_concat(*others, advisable);
}

/* Can an index with included columns serve the statement? */
static bool
can_be_covered(const PadvSearch *search, const PadvStmtState *state)
{
	int			id = -1;

	while ((id = bms_next_member(state->relevant, id)) >= 0)
	{
		const PadvIndex *index = search->candidates[id]->index;

		if (index->ncols > index->nkeys)
			return true;
	}
	return false;
}

static void
note_statement(PadvSearch *search, PadvStmtState *state)
{
	List	   *seen = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, state->accesses)
	{
		Oid			relid = ((PadvAccess *) lfirst(lc))->relid;

		if (!list_member_oid(seen, relid))
			note_table(state, relid, &others);
		seen = list_append_unique_oid(seen, relid);
	}
	if (others != NIL && can_be_covered(search, state))
		state->bare_cost = padv_cost_hiding(search, state, others);
}

/* To be called when the candidates are made and before they are chosen. */
void
padv_note_served(PadvSearch *search)
{
	for (int i = 0; i < search->nstates; i++)
	{
		PadvStmtState *state = search->states[i];

		if (state->relevant != NULL && state->existing != NIL)
			note_statement(search, state);
	}
}
