/*-------------------------------------------------------------------------
 *
 * sample.c
 *	  A sample of a table's rows, for what statistics do not tell.
 *
 * The table is cut into equal stretches, and of each a few adjacent pages
 * are read, always the same ones for a table of the same length.  A table of
 * few pages is read whole.
 *
 * What may be read and evaluated, sample_rights.c tells.  An expression that
 * fails on some row is caught in a subtransaction and not evaluated again.
 *
 * The cache lives in a memory context of the transaction whose end forgets
 * it.  A sample is read again once the transaction has written something, and
 * when the subtransaction that has read it was rolled back: with that goes the
 * lock on the table, and what it may have made of the table's columns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "index/size_private.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define CLUSTER_PAGES		8
#define ROWS_WANTED			15000
#define MIN_CLUSTERS		16
#define MAX_CLUSTERS		128

/* Memory that all samples of a transaction may take together. */
#define CACHE_BYTES			(16 * 1024 * 1024)

/* One that grew over this, with all that was evaluated, is begun anew. */
#define SAMPLE_BYTES		(16 * 1024 * 1024)

/* A value or a predicate that was asked for. */
typedef struct Evaluated
{
	Node	   *node;
	bool		failed;
	int16		typlen;
	bool		byval;
	PadvSampleColumn column;	/* of a value */
	bool	   *filter;			/* of a predicate */
	int			nfound;
} Evaluated;

static MemoryContext cache_context = NULL;
static List *cache = NIL;		/* of PadvSample, latest last */

/* ---- the cache ---- */

static void
forget_cache(void *arg)
{
	cache_context = NULL;
	cache = NIL;
}

/* Samples that are in use stay where they are, but are not found again. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId subid,
				   SubTransactionId parent, void *arg)
{
	ListCell   *lc;

	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	foreach(lc, cache)
	{
		PadvSample *sample = lfirst(lc);

		/* later ones were inside of it */
		if (sample->subid >= subid)
			sample->stale = true;
	}
}

static void
start_cache(void)
{
	static bool registered = false;
	MemoryContextCallback *callback;

	if (cache_context != NULL)
		return;
	if (!registered)
		RegisterSubXactCallback(end_subtransaction, NULL);
	registered = true;
	cache_context = AllocSetContextCreate(TopTransactionContext,
										  "perfadvisor samples",
										  ALLOCSET_DEFAULT_SIZES);
	callback = MemoryContextAlloc(cache_context, sizeof(*callback));
	callback->func = forget_cache;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(cache_context, callback);
}

static void
drop_sample(PadvSample *sample)
{
	MemoryContext context = sample->context;

	cache = list_delete_ptr(cache, sample);
	MemoryContextDelete(context);
}

static PadvSample *
find_sample(Oid relid, double pages)
{
	ListCell   *lc;

	foreach(lc, cache)
	{
		PadvSample *sample = lfirst(lc);

		if (sample->relid != relid)
			continue;
		if (!sample->stale && sample->pages == (BlockNumber) pages &&
			sample->command == GetCurrentCommandId(false) &&
			MemoryContextMemAllocated(sample->context, true) < SAMPLE_BYTES)
			return sample;
		drop_sample(sample);
		break;
	}
	return NULL;
}

/* Oldest first, until there is room for another. */
static void
make_room(void)
{
	while (cache != NIL &&
		   MemoryContextMemAllocated(cache_context, true) > CACHE_BYTES)
		drop_sample(linitial(cache));
}

/* ---- reading ---- */

static void
keep_row(PadvSample *sample, TupleTableSlot *slot, uint32 cluster)
{
	if (sample->nrows == sample->allocated)
	{
		sample->allocated = Max(sample->allocated * 2, 1024);
		sample->rows = sample->rows == NULL ?
			palloc(sizeof(HeapTuple) * sample->allocated) :
			repalloc(sample->rows, sizeof(HeapTuple) * sample->allocated);
		sample->cluster = sample->cluster == NULL ?
			palloc(sizeof(uint32) * sample->allocated) :
			repalloc(sample->cluster, sizeof(uint32) * sample->allocated);
	}
	sample->rows[sample->nrows] = ExecCopySlotHeapTuple(slot);
	sample->cluster[sample->nrows++] = cluster;
}

static void
read_pages(PadvSample *sample, Relation rel, BlockNumber from, BlockNumber to,
		   uint32 cluster)
{
	ItemPointerData first;
	ItemPointerData last;
	TableScanDesc scan;
	TupleTableSlot *slot = table_slot_create(rel, NULL);

	ItemPointerSet(&first, from, FirstOffsetNumber);
	ItemPointerSet(&last, to, MaxOffsetNumber);
	scan = padv_beginscan_tidrange(rel, GetActiveSnapshot(), &first, &last);
	while (table_scan_getnextslot_tidrange(scan, ForwardScanDirection, slot))
		keep_row(sample, slot, cluster);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	sample->pages_read += to - from + 1;
}

/* So many stretches that about ROWS_WANTED rows are read. */
static uint32
count_clusters(double pages, double tuples)
{
	double		per_page = Max(tuples, 1.0) / Max(pages, 1.0);
	double		clusters = ROWS_WANTED / Max(per_page * CLUSTER_PAGES, 1.0);

	return (uint32) Min(Max(clusters, MIN_CLUSTERS), MAX_CLUSTERS);
}

static void
read_clusters(PadvSample *sample, Relation rel, double tuples)
{
	uint32		clusters = count_clusters(sample->pages, tuples);
	double		stretch = (double) sample->pages / clusters;

	if (stretch <= CLUSTER_PAGES)
	{
		sample->complete = true;
		read_pages(sample, rel, 0, Max(sample->pages, 1) - 1, 0);
		return;
	}
	for (uint32 i = 0; i < clusters; i++)
	{
		double		room = stretch - CLUSTER_PAGES;
		double		jitter = murmurhash32(i) / (double) PG_UINT32_MAX;
		BlockNumber from = (BlockNumber) (i * stretch + jitter * room);

		CHECK_FOR_INTERRUPTS();
		read_pages(sample, rel, from, from + CLUSTER_PAGES - 1, i);
	}
}

static PadvSample *
read_sample(Relation rel, double pages, double tuples)
{
	MemoryContext context = AllocSetContextCreate(cache_context,
												  "perfadvisor sample",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PadvSample *sample = palloc0(sizeof(PadvSample));
	int64		counted = 0;

	sample->context = context;
	sample->relid = RelationGetRelid(rel);
	sample->pages = (BlockNumber) pages;
	sample->command = GetCurrentCommandId(false);
	sample->subid = GetCurrentSubTransactionId();

	/* what is read here is no use of the table that its owner made */
	if (pgstat_should_count_relation(rel))
		counted = PADV_TAB_TUPLES_RETURNED(rel->pgstat_info);
	read_clusters(sample, rel, tuples);
	if (pgstat_should_count_relation(rel))
		PADV_TAB_TUPLES_RETURNED(rel->pgstat_info) = counted;
	MemoryContextSwitchTo(old);
	return sample;
}

PadvSample *
padv_sample_get(Oid relid, double pages, double tuples)
{
	PadvSample *sample;
	Relation	rel;

	if (!ActiveSnapshotSet() || !IsTransactionState())
		return NULL;
	rel = table_open(relid, AccessShareLock);
	if (!padv_is_readable(rel))
	{
		table_close(rel, NoLock);
		return NULL;
	}
	start_cache();
	sample = find_sample(relid, pages);
	if (sample == NULL)
	{
		MemoryContext old;

		make_room();
		sample = read_sample(rel, pages, tuples);
		old = MemoryContextSwitchTo(cache_context);
		cache = lappend(cache, sample);
		MemoryContextSwitchTo(old);
	}
	table_close(rel, NoLock);
	return sample;
}

/* ---- evaluating ---- */

/* A hash of a value's image: equal for equal images. */
uint64
padv_sample_hash(Datum value, int16 typlen, bool byval)
{
	const unsigned char *data = (const unsigned char *) &value;
	int			len = sizeof(Datum);

	if (!byval)
	{
		data = (const unsigned char *) DatumGetPointer(value);
		if (typlen > 0)
			len = typlen;
		else if (typlen == -2)
			len = (int) strlen((const char *) data);
		else
		{
			len = (int) VARSIZE_ANY_EXHDR(data);
			data = (const unsigned char *) VARDATA_ANY(data);
		}
	}
	return DatumGetUInt64(hash_any_extended(data, len, 1));
}

/* Notes a hash and the stored width of one value. */
static void
note_value(int row, uint32 cluster, Datum value, bool isnull, void *arg)
{
	Evaluated  *item = arg;

	item->column.width[row] = -1;
	item->column.hash[row] = 0;
	if (isnull)
		return;
	item->column.width[row] = padv_size_datum(value, item->typlen);
	item->column.hash[row] = padv_sample_hash(value, item->typlen,
											  item->byval);
}

static void
note_match(int row, uint32 cluster, Datum value, bool isnull, void *arg)
{
	Evaluated  *item = arg;

	item->filter[row] = !isnull && DatumGetBool(value);
	item->nfound += item->filter[row];
}

/* What is evaluated for every n-th row. */
typedef struct Visit
{
	PadvSample *sample;
	Node	   *expr;
	int			every;
	PadvSampleVisit visit;
	void	   *arg;
} Visit;

static void
visit_rows(void *arg)
{
	const Visit *v = arg;
	PadvSample *sample = v->sample;
	Relation	rel = table_open(sample->relid, NoLock);
	EState	   *estate = CreateExecutorState();
	ExprContext *econtext = GetPerTupleExprContext(estate);
	ExprState  *state = ExecPrepareExpr((Expr *) v->expr, estate);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel),
													&TTSOpsHeapTuple);
	MemoryContext old;

	econtext->ecxt_scantuple = slot;
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	for (int i = 0; i < sample->nrows; i += v->every)
	{
		Datum		value;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		ExecForceStoreHeapTuple(sample->rows[i], slot, false);
		value = ExecEvalExpr(state, econtext, &isnull);
		v->visit(i, sample->cluster[i], value, isnull, v->arg);
		ResetExprContext(econtext);
	}
	MemoryContextSwitchTo(old);
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
	table_close(rel, NoLock);
}

bool
padv_sample_visit(PadvSample *sample, Node *expr, int every,
				  PadvSampleVisit visit, void *arg)
{
	Visit		all = {sample, expr, every, visit, arg};

	return !padv_calls_foreign_code(expr) && padv_attempt(visit_rows, &all);
}

/* False when it must not be evaluated, or fails. */
static bool
evaluate(PadvSample *sample, Evaluated *item)
{
	Node	   *expr = item->node;
	Visit		column = {sample, expr, 1, note_value, item};

	if (IsA(expr, List))
	{
		expr = (Node *) make_ands_explicit((List *) expr);
		return padv_sample_visit(sample, expr, 1, note_match, item);
	}
	get_typlenbyval(exprType(expr), &item->typlen, &item->byval);
	if (!IsA(expr, Var))
		return padv_sample_visit(sample, expr, 1, note_value, item);
	visit_rows(&column);
	return true;
}

/* Finds or makes the values of a node; NULL if they cannot be had. */
static Evaluated *
get_evaluated(PadvSample *sample, Node *node)
{
	Evaluated  *item;
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, sample->evaluated)
	{
		item = lfirst(lc);
		if (equal(item->node, node))
			return item->failed ? NULL : item;
	}

	old = MemoryContextSwitchTo(sample->context);
	item = palloc0(sizeof(Evaluated));
	item->node = copyObject(node);
	item->failed = true;		/* until it has succeeded */
	if (IsA(node, List))
		item->filter = palloc0(sizeof(bool) * Max(sample->nrows, 1));
	else
	{
		item->column.hash = palloc(sizeof(uint64) * Max(sample->nrows, 1));
		item->column.width = palloc(sizeof(int) * Max(sample->nrows, 1));
	}
	sample->evaluated = lappend(sample->evaluated, item);
	MemoryContextSwitchTo(old);

	item->failed = !evaluate(sample, item);
	return item->failed ? NULL : item;
}

const PadvSampleColumn *
padv_sample_column(PadvSample *sample, Node *expr)
{
	Evaluated  *item = get_evaluated(sample, expr);

	return item == NULL ? NULL : &item->column;
}

const bool *
padv_sample_filter(PadvSample *sample, List *pred, int *nfound)
{
	Evaluated  *item = get_evaluated(sample, (Node *) pred);

	if (item == NULL)
		return NULL;
	*nfound = item->nfound;
	return item->filter;
}
