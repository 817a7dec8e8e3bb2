/*-------------------------------------------------------------------------
 *
 * size_gin.c
 *	  Pages of a GIN index.
 *
 * The operator class's own extract function is asked for the elements of
 * sampled rows; where there is no sample, pg_statistic's common elements and
 * the width of the values have to do.  What is stored for them follows
 * ginentrypage.c and ginpostinglist.c: an entry for each element, with its
 * row addresses delta-encoded at seven bits a byte, in the entry itself or,
 * when they are many, on pages of their own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/detoast.h"
#include "access/gin.h"
#include "access/ginblock.h"
#include "access/htup_details.h"
#include "access/itup.h"
#include "index/size_private.h"
#include "base/compat.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "storage/bufpage.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#define PAGE_BYTES \
	((double) (BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(GinPageOpaqueData))))

/*
 * Entries come sorted from memory, and pages split in the middle, so that
 * each stays half full; when memory is filled more than once, the later
 * entries fall between those that are there.
 */
#define SORTED_FILL			0.50
#define MERGED_FILL			0.67

/* What an entry takes in memory during the build, roughly. */
#define BUILD_ENTRY_BYTES	100.0
#define BUILD_TID_BYTES		6.0

/*
 * Rows whose elements are extracted; more, where they have so few that this
 * would not show how often each repeats.
 */
#define ROWS_EXTRACTED		2500
#define ENOUGH_ELEMENTS		50000.0

/*
 * Elements that are kept and bytes that are read of them at most, roughly, as a
 * few rows tell beforehand: a document may have thousands of elements.
 */
#define MOST_ELEMENTS		1000000.0
#define MOST_BYTES			(128.0 * 1024 * 1024)
#define ROWS_TRIED			64

/* Everything that the index stores. */
typedef struct GinSums
{
	double		table_pages;
	double		key_width;		/* of the column at hand */
	double		entries;
	double		entry_bytes;
	double		tids;
	double		data_pages;
} GinSums;

/* The elements of sampled rows. */
typedef struct Extraction
{
	FmgrInfo	flinfo;
	Oid			collation;
	int16		typlen;			/* of an element */
	bool		byval;
	const bool *filter;			/* rows that are in the index; NULL: all */
	bool		toastable;		/* the values, not the elements */
	int			stretch;		/* rows that count as one cluster; 0: as
								 * sampled */
	int			rows;
	double		bytes;			/* of the values */
	double		width;			/* sum over all elements */
	int			n;
	int			allocated;
	PadvOccurrence *occurrences;
} Extraction;

/* ---- what is stored ---- */

/*
 * Bytes of n row addresses.  Those on the page of the one before take one
 * byte; the first on a page takes two, and more when pages are left out.
 */
static double
posting_bytes(double n, double table_pages)
{
	double		touched = table_pages * -expm1(-n / Max(table_pages, 1.0));
	double		left_out = 1.0 - touched / Max(table_pages, 1.0);

	return Max(n - touched, 0.0) +
		touched * (2.0 + pow(left_out, 8.0) + pow(left_out, 1024.0));
}

/* "keys" elements of n rows each. */
static void
add_keys(double n, double keys, void *arg)
{
	GinSums    *sums = arg;
	double		bytes = posting_bytes(n, sums->table_pages);
	double		entry = MAXALIGN(sizeof(IndexTupleData)) + sums->key_width;

	if (entry + bytes + offsetof(GinPostingList, bytes) < GinMaxItemSize)
		entry += bytes + offsetof(GinPostingList, bytes);
	else
		sums->data_pages += keys *
			ceil(bytes / (double) GinDataPageMaxDataSize);
	sums->entries += keys;
	sums->tids += keys * n;
	sums->entry_bytes += keys *
		(MAXALIGN((Size) ceil(entry)) + sizeof(ItemIdData));
}

/* ---- by statistics ---- */

/* Elements of a value, judged by what its type is made of. */
static double
elements_by_width(Oid type, double width)
{
	switch (type)
	{
		case TSVECTOROID:
			return Max(width / 12.0, 1.0);
		case JSONBOID:
			return Max(width / 14.0, 1.0);
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return width + 1.0; /* trigrams */
		default:
			return Max(width / 8.0, 1.0);
	}
}

static void
add_by_statistics(GinSums *sums, const PadvIndex *index, int i,
				  const PadvRowFacts *rows)
{
	const PadvColumnFacts *col = &rows->cols[i];
	double		total = rows->tuples * (1.0 - col->nullfrac);
	double		least = 0.001;
	double		rest = col->elements;

	sums->key_width = 8.0;
	if (rest <= 0.0)
	{
		int32		typmod;
		Oid			collation;

		rest = elements_by_width(padv_index_col_type(index, i, &typmod,
													 &collation),
								 col->width);
	}
	for (int j = 0; j < col->ncommon; j++)
	{
		add_keys(Max(total * col->common[j], 1.0), 1.0, sums);
		rest -= col->common[j];
		least = col->common[j];
	}
	/* all others are rarer than the least common one that is known */
	if (rest > 0.01)
	{
		double		n = Max(total * least / 3.0, 1.0);

		add_keys(n, Max(total * rest / n, 1.0), sums);
	}
}

/* ---- by a sample ---- */

static void
keep_element(Extraction *extraction, uint64 hash, uint32 cluster, int width)
{
	if (extraction->n == extraction->allocated)
	{
		extraction->allocated *= 2;
		extraction->occurrences =
			repalloc_huge(extraction->occurrences,
						  sizeof(PadvOccurrence) * extraction->allocated);
	}
	extraction->occurrences[extraction->n].hash = hash;
	extraction->occurrences[extraction->n].kind = 0;
	extraction->occurrences[extraction->n++].cluster = cluster;
	extraction->width += width;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return (x > y) - (x < y);
}

/* Keeps each element of one value once, as the index does. */
static void
keep_elements(Extraction *extraction, uint32 cluster, Datum *elements,
			  bool *nulls, int n)
{
	uint64	   *hashes = palloc(sizeof(uint64) * n);
	double		width = 0.0;

	for (int i = 0; i < n; i++)
	{
		hashes[i] = 0;
		if (nulls != NULL && nulls[i])
			continue;
		hashes[i] = padv_sample_hash(elements[i], extraction->typlen,
									 extraction->byval);
		width += padv_size_datum(elements[i], extraction->typlen);
	}
	qsort(hashes, n, sizeof(uint64), compare_hashes);
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || hashes[i] != hashes[i - 1])
			keep_element(extraction, hashes[i], cluster, (int) (width / n));
	}
}

static void
extract(int row, uint32 cluster, Datum value, bool isnull, void *arg)
{
	Extraction *extraction = arg;
	Datum	   *elements = NULL;
	bool	   *nulls = NULL;
	int32		n = 0;

	if ((extraction->filter != NULL && !extraction->filter[row]) ||
		extraction->n > 4.0 * MOST_ELEMENTS)
		return;
	if (extraction->stretch > 0)
		cluster = row / extraction->stretch;
	extraction->rows++;
	if (!isnull && extraction->toastable)
		extraction->bytes += toast_raw_datum_size(value);
	if (!isnull)
		elements = (Datum *)
			DatumGetPointer(FunctionCall3Coll(&extraction->flinfo,
											  extraction->collation, value,
											  PointerGetDatum(&n),
											  PointerGetDatum(&nulls)));
	if (elements == NULL || n <= 0)
		keep_element(extraction, isnull ? 1 : 2, cluster, 0);
	else
		keep_elements(extraction, cluster, elements, nulls, n);
}

/* The type of the elements that the operator class extracts. */
static Oid
element_type(const PadvIndexCol *col, Oid type)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID,
										ObjectIdGetDatum(col->opclass));
	Oid			result = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_opclass) GETSTRUCT(tuple))->opckeytype;
		ReleaseSysCache(tuple);
	}
	if (IsPolymorphicType(result))
		result = get_base_element_type(type);
	return OidIsValid(result) ? result : type;
}

/*
 * Extracts the elements of so many rows as make not too many of them: of every
 * n-th, which is the result, or 0 when it cannot be done.
 */
static int
extract_all(PadvSample *sample, Node *node, Extraction *extraction)
{
	int			tried = Max(sample->nrows / ROWS_TRIED, 1);
	int			every;
	double		least;

	if (!padv_sample_visit(sample, node, tried, extract, extraction))
		return 0;
	every = Max((int) (sample->nrows /
					   Max(ROWS_EXTRACTED, ENOUGH_ELEMENTS *
						   extraction->rows / Max(extraction->n, 1))), 1);
	least = tried * Max(extraction->n / MOST_ELEMENTS,
						extraction->bytes / MOST_BYTES);
	if (least > every)
	{
		every = (int) Min(ceil(least), tried);
		/* a table that was read as a whole is one cluster */
		extraction->stretch = sample->complete ? tried : 0;
	}
	extraction->rows = extraction->n = 0;
	extraction->width = extraction->bytes = 0.0;
	return padv_sample_visit(sample, node, every, extract, extraction) ? every : 0;
}

static bool
add_by_sample(GinSums *sums, const PadvIndex *index, int i,
			  const PadvRowFacts *rows)
{
	const PadvIndexCol *col = &index->cols[i];
	Node	   *node = padv_size_column_node(index, i);
	Extraction	extraction = {0};
	PadvGroups	groups;
	Oid			proc;
	int			every;
	double		total;
	double		seen;

	proc = get_opfamily_proc(col->opfamily, col->opcintype, col->opcintype,
							 GIN_EXTRACTVALUE_PROC);
	if (rows->sample == NULL || !OidIsValid(proc))
		return false;
	fmgr_info(proc, &extraction.flinfo);
	extraction.collation = OidIsValid(col->collation) ? col->collation :
		DEFAULT_COLLATION_OID;
	get_typlenbyval(element_type(col, exprType(node)), &extraction.typlen,
					&extraction.byval);
	extraction.filter = rows->filter;
	extraction.allocated = 4096;
	extraction.occurrences = palloc(sizeof(PadvOccurrence) *
									extraction.allocated);
	extraction.toastable = get_typlen(exprType(node)) == -1;
	every = extract_all(rows->sample, node, &extraction);
	if (every == 0 || extraction.n == 0)
		return false;

	total = rows->tuples * extraction.n / extraction.rows;
	groups = padv_occurrence_groups(extraction.occurrences, extraction.n,
									rows->sample->complete && every == 1,
									true, total, &seen);
	sums->key_width = extraction.width / extraction.n;
	for (int j = 0; j < groups.n; j++)
		padv_groups_visit(groups.classes[j], total, add_keys, sums);
	pfree(extraction.occurrences);
	return true;
}

double
padv_size_gin(const PadvIndex *index, const PadvRowFacts *rows)
{
	GinSums		sums = {.table_pages = rows->table_pages};
	double		memory;

	for (int i = 0; i < index->nkeys; i++)
	{
		if (!add_by_sample(&sums, index, i, rows))
			add_by_statistics(&sums, index, i, rows);
	}
	memory = sums.entries * BUILD_ENTRY_BYTES + sums.tids * BUILD_TID_BYTES;
	/* and the metapage and the root */
	return 2.0 + sums.data_pages +
		ceil(sums.entry_bytes /
			 (PAGE_BYTES * (memory > maintenance_work_mem * 1024.0 ?
							MERGED_FILL : SORTED_FILL)));
}
