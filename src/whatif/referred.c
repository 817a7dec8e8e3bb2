/*-------------------------------------------------------------------------
 *
 * referred.c
 *	  How often the keys that a statement asks for are referred to.
 *
 * The planner takes what refers to a key for spread evenly over all keys: the
 * sales of five years over a calendar of two centuries.  Which keys the
 * statement's conditions choose is read from the table, if it has few pages; how
 * often each of them is referred to, statistics of the other column tell: as
 * often as a common value, or like all keys of its piece of the histogram.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "index/sample.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
#include "whatif/whatif_private.h"

/* Larger tables are not read. */
#define PADV_MOST_PAGES		2000

/* What nothing refers to, as a factor that is known. */
#define PADV_UNREFERRED		0.001

/* What is known of some keys; what they are, and the column. */
typedef struct Referred
{
	Oid			relid;
	AttrNumber	attno;
	List	   *conditions;
	Oid			other;
	AttrNumber	column;
	double		factor;			/* 0: not known */
} Referred;

/* Statistics of the column that refers, and what is counted by them. */
typedef struct Count
{
	FmgrInfo   *compare;
	Oid			collation;
	AttStatsSlot common;
	AttStatsSlot histogram;
	double		nullfrac;
	double		common_share;	/* of all common values */
	double		keys;			/* asked for */
	double		share;			/* of the rows that refer to these, by common
								 * values */
	double	   *all;			/* keys in each piece of the histogram */
	double	   *wanted;			/* those of them that are asked for */
} Count;

/* ---- counting ---- */

static int
compare(const Count *count, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2Coll(count->compare, count->collation,
										   a, b));
}

/* The piece of the histogram that a value belongs to; -1: to none. */
static int
piece_of(const Count *count, Datum value)
{
	const AttStatsSlot *histogram = &count->histogram;
	int			low = 0;
	int			high = histogram->nvalues - 1;

	if (high < 1 || compare(count, value, histogram->values[0]) < 0 ||
		compare(count, value, histogram->values[high]) > 0)
		return -1;
	while (high - low > 1)
	{
		int			middle = (low + high) / 2;

		if (compare(count, value, histogram->values[middle]) < 0)
			high = middle;
		else
			low = middle;
	}
	return low;
}

/* The frequency of a common value; 0: it is none. */
static double
common_frequency(const Count *count, Datum value)
{
	for (int i = 0; i < count->common.nvalues; i++)
	{
		if (compare(count, value, count->common.values[i]) == 0)
			return count->common.numbers[i];
	}
	return 0;
}

static void
count_key(bool matches, Datum value, bool isnull, void *arg)
{
	Count	   *count = arg;
	double		frequency = 0;
	int			piece;

	if (isnull)
		return;
	piece = piece_of(count, value);
	if (matches)
	{
		count->keys++;
		frequency = common_frequency(count, value);
		count->share += frequency;
	}
	if (piece < 0)
		return;
	count->all[piece]++;
	if (matches && frequency == 0)
		count->wanted[piece]++;
}

/* Common values are not in the histogram. */
static void
leave_out_common(Count *count)
{
	for (int i = 0; i < count->common.nvalues; i++)
	{
		int			piece = piece_of(count, count->common.values[i]);

		count->common_share += count->common.numbers[i];
		if (piece >= 0)
			count->all[piece]--;
	}
}

/* The share of the rows that refer to one of the keys asked for. */
static double
share_referring(Count *count)
{
	double		rest;
	int			npieces = count->histogram.nvalues - 1;
	double		share = count->share;

	leave_out_common(count);
	rest = Max(1.0 - count->nullfrac - count->common_share, 0);
	for (int i = 0; i < npieces; i++)
		share += rest / npieces *
			Min(count->wanted[i] / Max(count->all[i], 1.0), 1.0);
	return share;
}

/* ---- statistics ---- */

static bool
load_statistics(Count *count, HeapTuple stats)
{
	bool		has_common = get_attstatsslot(&count->common, stats,
											  STATISTIC_KIND_MCV, InvalidOid,
											  ATTSTATSSLOT_VALUES |
											  ATTSTATSSLOT_NUMBERS);
	bool		has_histogram = get_attstatsslot(&count->histogram, stats,
												 STATISTIC_KIND_HISTOGRAM,
												 InvalidOid,
												 ATTSTATSSLOT_VALUES);

	count->nullfrac = ((Form_pg_statistic) GETSTRUCT(stats))->stanullfrac;
	count->collation = has_histogram ? count->histogram.stacoll :
		count->common.stacoll;
	count->all = palloc0(sizeof(double) * (count->histogram.nvalues + 1));
	count->wanted = palloc0(sizeof(double) * (count->histogram.nvalues + 1));
	return has_common || has_histogram;
}

/* How to compare values of a type; NULL unless it is one of core's. */
static FmgrInfo *
comparison_of(Oid type)
{
	TypeCacheEntry *entry;

	if (type >= FirstNormalObjectId)
		return NULL;
	entry = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);
	return OidIsValid(entry->cmp_proc) && entry->cmp_proc < FirstNormalObjectId ?
		&entry->cmp_proc_finfo : NULL;
}

/*
 * How many times as often the keys are referred to as the planner thinks, which
 * takes each of "distinct" for equally frequent; 0: not known.
 */
static double
count_references(const Referred *referred, Node *key, HeapTuple stats,
				 double distinct)
{
	Count		count = {0};
	double		factor = 0;

	count.compare = comparison_of(exprType(key));
	if (count.compare == NULL)
		return 0;
	if (load_statistics(&count, stats) &&
		padv_scan_rows(referred->relid, PADV_MOST_PAGES, referred->conditions,
					   key, count_key, &count) && count.keys > 0)
		factor = Max(share_referring(&count) / count.keys * distinct /
					 Max(1.0 - count.nullfrac, 0.0001), PADV_UNREFERRED);
	free_attstatsslot(&count.common);
	free_attstatsslot(&count.histogram);
	return factor;
}

static void
look(Referred *referred, double tuples)
{
	HeapTuple	stats;
	Oid			type;
	Oid			type_of_column;
	int32		typmod;
	Oid			collation;
	Node	   *key;

	get_atttypetypmodcoll(referred->relid, referred->attno, &type, &typmod,
						  &collation);
	type_of_column = get_atttype(referred->other, referred->column);
	stats = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(referred->other),
							Int16GetDatum(referred->column),
							BoolGetDatum(get_rel_relkind(referred->other) ==
										 RELKIND_PARTITIONED_TABLE));
	if (!HeapTupleIsValid(stats))
		return;
	key = (Node *) makeVar(1, referred->attno, type, typmod, collation, 0);
	if (type == type_of_column)
		referred->factor = count_references(referred, key, stats, tuples);
	ReleaseSysCache(stats);
}

/* ---- what is known ---- */

/* The conditions on the table, Vars numbered 1; NIL: one of them is open. */
static List *
conditions_on(const RelOptInfo *rel)
{
	List	   *conditions = extract_actual_clauses(rel->baserestrictinfo, false);

	if (padv_is_open((Node *) conditions) ||
		contain_volatile_functions((Node *) conditions))
		return NIL;
	return padv_index_expr(conditions, rel->relid);
}

static const Referred *
find_referred(const List *known, const Referred *referred)
{
	ListCell   *lc;

	foreach(lc, known)
	{
		const Referred *other = lfirst(lc);

		if (other->relid == referred->relid &&
			other->attno == referred->attno &&
			other->other == referred->other &&
			other->column == referred->column &&
			equal(other->conditions, referred->conditions))
			return other;
	}
	return NULL;
}

static void
keep(PadvWays *ways, const Referred *referred)
{
	MemoryContext old = MemoryContextSwitchTo(ways->context);
	Referred   *copy = palloc(sizeof(Referred));

	*copy = *referred;
	copy->conditions = copyObject(referred->conditions);
	ways->referred = lappend(ways->referred, copy);
	MemoryContextSwitchTo(old);
}

/*
 * How many times as often the keys that are asked for are referred to as the
 * planner thinks; 0: not known.
 */
double
padv_referred(PadvWays *ways, const PadvJoinKey *key)
{
	Referred	referred = {.relid = key->referred, .attno = key->attno,
	.other = key->referring};
	const Node *column = key->column;
	const Referred *known;

	while (IsA(column, RelabelType))
		column = (const Node *) ((const RelabelType *) column)->arg;
	referred.column = ((const Var *) column)->varattno;
	referred.conditions = conditions_on(key->rel);
	if (referred.conditions == NIL)
		return 0;
	known = find_referred(ways->referred, &referred);
	if (known != NULL)
		return known->factor;
	look(&referred, key->rel->tuples);
	keep(ways, &referred);
	return referred.factor;
}
