/*-------------------------------------------------------------------------
 *
 * size_other.c
 *	  Pages of the access methods other than btree: first formulas.
 *
 * hash		hashpage.c: buckets for the row count at 75 per cent, rounded to
 *			the next phase of a splitpoint, and overflow pages where one value
 *			fills more than a page
 * brin		brin_revmap.c, brin_tuple.c: a summary and a pointer for each
 *			range of pages
 * spgist	one tuple a row with its 16 bytes of header; how full the pages are
 *			was measured
 *
 * GIN and GiST have files of their own, size_gin.c and size_gist.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/brin.h"
#include "access/brin_internal.h"
#include "access/brin_page.h"
#include "access/hash.h"
#include "access/htup_details.h"
#include "access/itup.h"
#include "index/size_private.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "storage/bufpage.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#define PAGE_BYTES(special) \
	((double) (BLCKSZ - SizeOfPageHeaderData - MAXALIGN(special)))

/* How full the build leaves its pages. */
#define SPGIST_FILL			0.75

/* Header of an SP-GiST leaf tuple, aligned. */
#define SPGIST_HEADER		16.0

/* ---- hash ---- */

typedef struct HashOverflow
{
	double		per_page;
	double		pages;
} HashOverflow;

/* A value with more rows than fit on its bucket's page. */
static void
add_overflow(double k, double weight, void *arg)
{
	HashOverflow *overflow = arg;

	if (k > overflow->per_page)
		overflow->pages += weight * floor(k / overflow->per_page);
}

static double
hash_pages(const PadvIndex *index, const PadvRowFacts *rows)
{
	double		item = MAXALIGN(sizeof(IndexTupleData) + sizeof(uint32)) +
		sizeof(ItemIdData);
	int			fillfactor = padv_size_option(index, "fillfactor",
											  HASH_DEFAULT_FILLFACTOR);
	double		ffactor = floor(BLCKSZ * fillfactor / 100 / item);

	/* whatever the predicate and nulls leave out: see hashbuild() */
	double		buckets = rows->table_tuples / Max(ffactor, 10.0);
	HashOverflow overflow = {0};

	buckets = Min(Max(buckets, 2.0), (double) 0x40000000);
	buckets = _hash_get_totalbuckets(_hash_spareindex((uint32) ceil(buckets)));
	overflow.per_page = floor(PAGE_BYTES(sizeof(HashPageOpaqueData)) / item);
	for (int i = 0; i < rows->cols[0].groups.n; i++)
		padv_groups_visit(rows->cols[0].groups.classes[i], rows->tuples,
						  add_overflow, &overflow);
	/* nulls are counted among the values, but are not stored */
	overflow.pages -= floor(rows->tuples * rows->cols[0].nullfrac /
							overflow.per_page);
	/* and the metapage and one bitmap page */
	return 2.0 + buckets + Max(overflow.pages, 0.0);
}

/* ---- brin ---- */

/*
 * Bytes of a summary.  Minmax keeps two values, inclusion one and two flags;
 * bloom keeps a filter for a tenth of the rows of the range at a hundredth of
 * false positives, and minmax-multi some half of the 32 values that it may.
 */
static double
brin_summary(const PadvIndexCol *col, double width, int pages_per_range)
{
	Oid			info = get_opfamily_proc(col->opfamily, col->opcintype,
										 col->opcintype, BRIN_PROCNUM_OPCINFO);
	double		values;

	switch (info)
	{
		case F_BRIN_BLOOM_OPCINFO:
			values = Max(0.1 * pages_per_range * MaxHeapTuplesPerPage, 16.0);
			return Min(values * -log(0.01) / (M_LN2 * M_LN2) / 8.0,
					   BLCKSZ / 2.0);
		case F_BRIN_MINMAX_MULTI_OPCINFO:
			return 16.0 * width + 24.0;
		case F_BRIN_INCLUSION_OPCINFO:
			return width + 2.0;
		default:
			return 2.0 * width;
	}
}

int
padv_index_pages_per_range(const PadvIndex *index)
{
	int			result = padv_size_option(index, "pages_per_range",
										  BRIN_DEFAULT_PAGES_PER_RANGE);

	return Max(result, 1);
}

static double
brin_pages(const PadvIndex *index, const PadvRowFacts *rows)
{
	int			per_range = padv_index_pages_per_range(index);
	double		ranges = ceil(rows->table_pages / per_range);
	double		tuple = MAXIMUM_ALIGNOF;
	double		per_page;

	for (int i = 0; i < index->nkeys; i++)
		tuple += brin_summary(&index->cols[i], rows->cols[i].width, per_range);
	tuple = MAXALIGN((Size) ceil(tuple)) + sizeof(ItemIdData);
	per_page = floor(PAGE_BYTES(sizeof(BrinSpecialSpace)) / tuple);
	return 1.0 + ceil(ranges / REVMAP_PAGE_MAXITEMS) +
		ceil(Max(ranges, 1.0) / Max(per_page, 1.0));
}

/* ---- spgist ---- */

static double
spgist_pages(const PadvIndex *index, const PadvRowFacts *rows)
{
	double		tuple = padv_size_tuple(rows, index->ncols) -
		sizeof(IndexTupleData) + SPGIST_HEADER + sizeof(ItemIdData);

	/* the metapage and the roots of values and of nulls */
	return 3.0 + ceil(rows->tuples * tuple /
					  (PAGE_BYTES(MAXIMUM_ALIGNOF) * SPGIST_FILL));
}

void
padv_size_other(PadvIndex *index, const PadvRowFacts *rows)
{
	index->height = -1;
	switch (index->relam)
	{
		case HASH_AM_OID:
			index->pages = hash_pages(index, rows);
			break;
		case BRIN_AM_OID:
			index->pages = brin_pages(index, rows);
			break;
		case GIN_AM_OID:
			index->pages = padv_size_gin(index, rows);
			break;
		case SPGIST_AM_OID:
			index->pages = spgist_pages(index, rows);
			break;
		default:
			/* GiST, and what extensions bring: one tuple for each row */
			index->pages = padv_size_gist(index, rows);
			break;
	}
}
