/*-------------------------------------------------------------------------
 *
 * size_gist.c
 *	  Pages of a GiST index.
 *
 * gistbuild.c makes one tuple of each row.  What it stores may be another
 * type than the column's, such as the signature of a text; the operator
 * class's own compress function is asked for it, with sampled rows.  How full
 * the pages are was measured: with a sorted build where the operator classes
 * allow it, and without.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/gist.h"
#include "access/itup.h"
#include "index/size_private.h"
#include "base/compat.h"
#include "fmgr.h"
#include "storage/bufpage.h"
#include "utils/lsyscache.h"

#define PAGE_BYTES \
	((double) (BLCKSZ - SizeOfPageHeaderData - MAXALIGN(sizeof(GISTPageOpaqueData))))

#define SORTED_FILL			0.66
#define SPLIT_FILL			0.48
#define SIGNATURE_FILL		0.72	/* stored in a variable length of its own */

/* Rows whose values are compressed. */
#define ROWS_COMPRESSED		2000

/* Widths of what is stored for sampled rows. */
typedef struct Compression
{
	FmgrInfo	flinfo;
	Oid			collation;
	PadvColumnFacts *col;
	const bool *filter;			/* rows that are in the index; NULL: all */
	int			rows;
	double		sum;
} Compression;

/* Bytes of a stored value; what is stored plainly has a whole header. */
static int
stored_width(Datum value, const PadvColumnFacts *col)
{
	if (col->typlen == -1 && col->typstorage == TYPSTORAGE_PLAIN)
		return (int) VARSIZE_ANY_EXHDR(DatumGetPointer(value)) + VARHDRSZ;
	return padv_size_datum(value, col->typlen);
}

static void
compress(int row, uint32 cluster, Datum value, bool isnull, void *arg)
{
	Compression *compression = arg;
	PadvColumnFacts *col = compression->col;
	GISTENTRY	entry;
	GISTENTRY  *result;
	int			width;

	if (compression->filter != NULL && !compression->filter[row])
		return;
	compression->rows++;
	if (isnull)
		return;
	gistentryinit(entry, value, NULL, NULL, 0, true);
	result = (GISTENTRY *)
		DatumGetPointer(FunctionCall1Coll(&compression->flinfo,
										  compression->collation,
										  PointerGetDatum(&entry)));
	width = stored_width(result->key, col);
	compression->sum += width;
	col->widths[col->nwidths] = width;
	col->upto[col->nwidths] = col->nwidths + 1.0;
	col->nwidths++;
}

/*
 * Takes the widths of what the operator class stores for column i from the
 * sample; false when it cannot be asked.
 */
bool
padv_size_gist_column(const PadvIndex *index, int i, PadvRowFacts *rows)
{
	const PadvIndexCol *key = &index->cols[i];
	PadvColumnFacts *col = &rows->cols[i];
	PadvColumnFacts before = *col;
	Compression compression = {0};
	int			every = Max(rows->sample->nrows / ROWS_COMPRESSED, 1);
	Oid			proc = get_opfamily_proc(key->opfamily, key->opcintype,
										 key->opcintype, GIST_COMPRESS_PROC);

	if (!OidIsValid(proc) || col->typlen != -1)
		return false;
	fmgr_info(proc, &compression.flinfo);
	compression.collation = key->collation;
	compression.col = col;
	compression.filter = rows->filter;
	col->nwidths = 0;
	col->widths = palloc(sizeof(int) * (rows->sample->nrows / every + 1));
	col->upto = palloc(sizeof(double) * (rows->sample->nrows / every + 1));
	if (!padv_sample_visit(rows->sample, padv_size_column_node(index, i),
						   every, compress, &compression) ||
		compression.rows == 0)
	{
		*col = before;
		return false;
	}
	col->nullfrac = 1.0 - (double) col->nwidths / compression.rows;
	col->width = compression.sum / Max(col->nwidths, 1);
	return true;
}

static bool
is_sorted(const PadvIndex *index)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		const PadvIndexCol *col = &index->cols[i];

		if (!OidIsValid(get_opfamily_proc(col->opfamily, col->opcintype,
										  col->opcintype,
										  GIST_SORTSUPPORT_PROC)))
			return false;
	}
	return true;
}

static double
page_fill(const PadvIndex *index, const PadvRowFacts *rows)
{
	if (rows->cols[0].converted && rows->cols[0].typlen == -1)
		return SIGNATURE_FILL;
	return is_sorted(index) ? SORTED_FILL : SPLIT_FILL;
}

/* Leaf pages and the pages above them, all equally full. */
double
padv_size_gist(const PadvIndex *index, const PadvRowFacts *rows)
{
	double		fill = page_fill(index, rows);
	double		tuple = padv_size_tuple(rows, index->ncols) +
		sizeof(ItemIdData);
	double		per_page = Max(floor(PAGE_BYTES * fill / tuple), 2.0);
	double		level = ceil(rows->tuples / per_page);
	double		pages = Max(level, 1.0);

	while (level > 1.0)
	{
		level = ceil(level / per_page);
		pages += level;
	}
	return pages;
}
