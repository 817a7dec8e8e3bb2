/*-------------------------------------------------------------------------
 *
 * compact.c
 *	  Indexes that take less room than a btree: BRIN and hash.
 *
 * A BRIN index is tried for a range of a large table whose rows lie in the
 * order of the column, when the range spans several of its summaries; for
 * less, a btree reads far less.  A hash index is tried where it takes much
 * less room than a btree would, and all that is asked of the column is
 * equality.  Neither is tried where a btree starts with the column already.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/brin.h"
#include "access/stratnum.h"
#include "advise/maker.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "utils/lsyscache.h"

/* Tables of fewer pages have few summaries, and a btree is small. */
#define PADV_LARGE_PAGES	(16.0 * BRIN_DEFAULT_PAGES_PER_RANGE)

/* So well must the rows lie in the order of the column. */
#define PADV_IN_ORDER		0.95

/* Summaries that a range must span. */
#define PADV_LEAST_SUMMARIES 4.0

/* A range that keeps more than this share of the rows narrows nothing. */
#define PADV_MOST_ROWS		0.5

/* Narrower values make a btree that is not much larger. */
#define PADV_WIDE_VALUE		24

/* At most this many rows share a value that hash is tried for. */
#define PADV_FEW_ROWS		10.0

/* What hash must take at most, of what a btree takes. */
#define PADV_HASH_SHARE		0.7

/* Does a btree that holds all rows start with the column? */
static bool
has_btree(const PadvMaker *maker, AttrNumber attno)
{
	ListCell   *lc;

	foreach(lc, maker->existing)
	{
		const PadvIndex *index = lfirst(lc);

		if (index->relam == BTREE_AM_OID && index->pred == NIL &&
			index->cols[0].attno == attno)
			return true;
	}
	return false;
}

/* Share of the rows between the bounds that the column is compared with. */
static double
range_share(const PadvAccess *access, AttrNumber attno)
{
	double		below = 1.0;
	double		above = 1.0;
	ListCell   *lc;

	foreach(lc, access->targets)
	{
		const PadvTarget *target = lfirst(lc);
		int			strategy;

		if (target->col.attno != attno || target->use != PADV_USE_RANGE ||
			target->arm != 0)
			continue;
		strategy = get_op_opfamily_strategy(target->opno, target->col.opfamily);
		if (strategy == BTLessStrategyNumber ||
			strategy == BTLessEqualStrategyNumber)
			below = Min(below, target->selectivity);
		else
			above = Min(above, target->selectivity);
	}
	return Max(below + above - 1.0, 0.0);
}

static void
emit_brin(PadvMaker *maker, const PadvTarget *target)
{
	const PadvAccess *access = maker->access;
	PadvTarget	summary = *target;
	double		share = range_share(access, target->col.attno);

	if (access->pages < PADV_LARGE_PAGES || !target->known ||
		share > PADV_MOST_ROWS ||
		share * access->pages <
		PADV_LEAST_SUMMARIES * BRIN_DEFAULT_PAGES_PER_RANGE ||
		fabs(padv_correlation(access->relid, target->col.attno)) < PADV_IN_ORDER ||
		has_btree(maker, target->col.attno) ||
		!padv_use_brin(&summary.col, target->opno,
					   get_atttype(access->relid, target->col.attno)))
		return;
	summary.relam = BRIN_AM_OID;
	padv_emit_single(maker, &summary);
}

static double
bytes_of(const PadvTarget *target, Oid relid, Oid relam)
{
	PadvIndex  *index = palloc0(sizeof(PadvIndex));
	double		bytes;

	index->relid = relid;
	index->relam = relam;
	index->nkeys = index->ncols = 1;
	index->cols[0] = target->col;
	index->hypothetical = true;
	padv_index_estimate(index);
	bytes = index->bytes;
	pfree(index);
	return bytes;
}

static void
emit_hash(PadvMaker *maker, const PadvTarget *target)
{
	const PadvAccess *access = maker->access;
	PadvTarget	hashed = *target;
	Oid			type = get_atttype(access->relid, target->col.attno);

	if (access->orders != NIL ||
		target->selectivity * access->tuples > PADV_FEW_ROWS ||
		get_attavgwidth(access->relid, target->col.attno) < PADV_WIDE_VALUE ||
		has_btree(maker, target->col.attno) ||
		!padv_use_hash(&hashed.col, target->opno, type) ||
		bytes_of(&hashed, access->relid, HASH_AM_OID) > PADV_HASH_SHARE *
		bytes_of(target, access->relid, BTREE_AM_OID))
		return;
	hashed.relam = HASH_AM_OID;
	padv_emit_single(maker, &hashed);
}

void
padv_emit_compact(PadvMaker *maker)
{
	ListCell   *lc;

	foreach(lc, maker->access->targets)
	{
		const PadvTarget *target = lfirst(lc);

		if (target->arm != 0 || target->col.attno <= 0 ||
			!OidIsValid(target->opno) || target->test != NULL)
			continue;
		if (target->use == PADV_USE_RANGE)
			emit_brin(maker, target);
		else if (target->use == PADV_USE_EQUAL)
			emit_hash(maker, target);
	}
}
