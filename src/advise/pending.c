/*-------------------------------------------------------------------------
 *
 * pending.c
 *	  Whether a GIN index should do without its list of pending entries.
 *
 * By default a GIN index puts new entries into a list that every search reads
 * from end to end, until the list reaches gin_pending_list_limit or autovacuum
 * vacuums or analyzes the table.  That makes writes cheap and searches dear, the
 * more so where an advised index ends HOT updates and each of them adds to the
 * list.  Without one (fastupdate = off), writes put their entries in place at
 * once, which is what upkeep.c counts anyway.
 *
 * In the mean the list has half of the pages that it grows to.  A search pays
 * random_page_cost for each of them, as in gincostestimate(); an entry put in
 * place at once a page and the way to it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/gin.h"
#include "advise/advise_private.h"
#include "catalog/pg_am.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "postmaster/autovacuum.h"

/* A short key in the list, with its tuple's header and line pointer. */
#define PADV_PENDING_BYTES		24.0

/* Row versions that are written into a table in the window. */
typedef struct Written
{
	double		all;
	double		indexed;		/* those that indexes get entries of */
} Written;

/* Writers whose updates are not HOT by the chosen indexes of the table. */
static Bitmapset *
ended_writers(const PadvSearch *search, Oid relid)
{
	Bitmapset  *ended = NULL;
	int			id = -1;

	while ((id = bms_next_member(search->chosen, id)) >= 0)
	{
		const PadvCandidate *candidate = search->candidates[id];

		if (candidate->index->relid == relid)
			ended = bms_add_members(ended, candidate->ends_hot);
	}
	return ended;
}

static Written
written_into(const PadvSearch *search, Oid relid)
{
	Bitmapset  *ended = ended_writers(search, relid);
	Written		written = {0};
	ListCell   *lc;

	foreach(lc, search->writers)
	{
		const PadvStmtState *writer = lfirst(lc);

		if (writer->target != relid &&
			!list_member_oid(writer->parents, relid))
			continue;
		written.all += writer->entries + writer->hot_rows;
		written.indexed += writer->entries;
		if (bms_is_member(foreach_current_index(lc), ended))
			written.indexed += writer->hot_rows;
	}
	bms_free(ended);
	return written;
}

/* Pages that the list has in the mean. */
static double
pages_of_list(const PadvIndex *index, const Written *written)
{
	double		limit = gin_pending_list_limit * 1024.0;
	double		rows = autovacuum_anl_thresh +
		autovacuum_anl_scale * index->tuples;
	double		bytes = rows * written->indexed / written->all *
		padv_entries_per_row(index) * PADV_PENDING_BYTES;

	return Min(bytes, limit) / BLCKSZ / 2;
}

/*
 * Pages that each search would read of the list of an advised index, if it is
 * better without one; else 0.
 */
double
padv_pending_pages(const PadvSearch *search, const PadvAdvice *advice)
{
	const PadvIndex *index = advice->index;
	Written		written;
	double		pages;
	double		at_once;

	if (index->relam != GIN_AM_OID)
		return 0;
	written = written_into(search, index->relid);
	if (written.indexed <= 0)
		return 0;
	pages = pages_of_list(index, &written);
	at_once = written.indexed * padv_entries_per_row(index) *
		(random_page_cost + padv_entry_cost(index));
	return advice->calls * pages * random_page_cost > at_once ? pages : 0;
}
