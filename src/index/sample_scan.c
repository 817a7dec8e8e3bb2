/*-------------------------------------------------------------------------
 *
 * sample_scan.c
 *	  All rows of a table of few pages, where a sample would miss the few wanted.
 *
 * Of a calendar of two centuries, a sample hits the days of one month or does
 * not.  Reading such a table once takes some milliseconds, and nothing of it is
 * kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "index/size_private.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* What is evaluated for every row. */
typedef struct RowScan
{
	Relation	rel;
	List	   *pred;
	Node	   *expr;
	PadvRowVisit visit;
	void	   *arg;
} RowScan;

static void
visit_all(const RowScan *s, TableScanDesc scan, TupleTableSlot *slot)
{
	EState	   *estate = CreateExecutorState();
	ExprContext *econtext = GetPerTupleExprContext(estate);
	ExprState  *qual = ExecPrepareQual(s->pred, estate);
	ExprState  *expr = ExecPrepareExpr((Expr *) s->expr, estate);
	MemoryContext old;

	econtext->ecxt_scantuple = slot;
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	while (table_scan_getnextslot_tidrange(scan, ForwardScanDirection, slot))
	{
		Datum		value;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		value = ExecEvalExpr(expr, econtext, &isnull);
		s->visit(ExecQual(qual, econtext), value, isnull, s->arg);
		ResetExprContext(econtext);
	}
	MemoryContextSwitchTo(old);
	FreeExecutorState(estate);
}

static void
scan_rows(void *arg)
{
	const RowScan *s = arg;
	TupleTableSlot *slot = table_slot_create(s->rel, NULL);
	BlockNumber pages = RelationGetNumberOfBlocks(s->rel);
	ItemPointerData first;
	ItemPointerData last;
	TableScanDesc scan;

	ItemPointerSet(&first, 0, FirstOffsetNumber);
	ItemPointerSet(&last, Max(pages, 1) - 1, MaxOffsetNumber);
	scan = padv_beginscan_tidrange(s->rel, GetActiveSnapshot(), &first, &last);
	visit_all(s, scan, slot);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* What is read here is no use of the table that its owner made. */
static bool
scan_uncounted(RowScan *s)
{
	int64		counted = 0;
	bool		ok;

	if (pgstat_should_count_relation(s->rel))
		counted = PADV_TAB_TUPLES_RETURNED(s->rel->pgstat_info);
	ok = padv_attempt(scan_rows, s);
	if (pgstat_should_count_relation(s->rel))
		PADV_TAB_TUPLES_RETURNED(s->rel->pgstat_info) = counted;
	return ok;
}

bool
padv_scan_rows(Oid relid, BlockNumber most_pages, List *pred, Node *expr,
			   PadvRowVisit visit, void *arg)
{
	RowScan		s = {.pred = pred, .expr = expr, .visit = visit, .arg = arg};
	bool		ok;

	if (!ActiveSnapshotSet() || !IsTransactionState())
		return false;
	s.rel = table_open(relid, AccessShareLock);
	ok = padv_is_readable(s.rel) &&
		RelationGetNumberOfBlocks(s.rel) <= most_pages &&
		!padv_calls_foreign_code((Node *) pred) &&
		!padv_calls_foreign_code(expr) && scan_uncounted(&s);
	table_close(s.rel, NoLock);
	return ok;
}
