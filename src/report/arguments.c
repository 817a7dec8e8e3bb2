/*-------------------------------------------------------------------------
 *
 * arguments.c
 *	  Checking what users pass to the SQL functions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "base/guc.h"
#include "catalog/pg_type.h"
#include "report/arguments.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* Sums of costs, each so many times, are to stay far from infinity. */
#define PADV_MOST_WEIGHT	1e200

/* One-dimensional array argument without NULLs, deconstructed. */
static int
array_argument(FunctionCallInfo fcinfo, int argno, const char *name, Oid type,
			   Datum **elements)
{
	ArrayType  *array;
	bool	   *nulls;
	int			n;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	array = PG_GETARG_ARRAYTYPE_P(argno);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" must be a one-dimensional array",
						name)));
	deconstruct_array(array, type,
					  type == TEXTOID ? -1 : sizeof(float8),
					  type == TEXTOID ? false : FLOAT8PASSBYVAL,
					  type == TEXTOID ? TYPALIGN_INT : TYPALIGN_DOUBLE,
					  elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("element %d of \"%s\" must not be null",
							i + 1, name)));
	}
	return n;
}

char	  **
padv_text_array(FunctionCallInfo fcinfo, int argno, const char *name, int *n)
{
	Datum	   *elements;
	char	  **result;

	*n = array_argument(fcinfo, argno, name, TEXTOID, &elements);
	result = palloc(sizeof(char *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		result[i] = TextDatumGetCString(elements[i]);
	return result;
}

/* Names the element at fault in the context of an error. */
static void
element_context(void *arg)
{
	errcontext("element %d of \"indexes\"", *(int *) arg);
}

List *
padv_parse_indexes(int n, char **texts)
{
	ErrorContextCallback callback;
	List	   *indexes = NIL;
	int			element;

	callback.callback = element_context;
	callback.arg = &element;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	for (int i = 0; i < n; i++)
	{
		element = i + 1;
		indexes = lappend(indexes, padv_index_parse(texts[i]));
	}
	error_context_stack = callback.previous;
	return indexes;
}

double *
padv_weights(FunctionCallInfo fcinfo, int argno, int n)
{
	Datum	   *elements;
	double	   *result;
	int			nweights = array_argument(fcinfo, argno, "weights", FLOAT8OID,
										  &elements);

	if (nweights != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("numbers of elements differ: \"weights\" has %d, \"queries\" has %d",
						nweights, n),
				 errhint("Give one weight for each statement, or none at all.")));
	result = palloc(sizeof(double) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		result[i] = DatumGetFloat8(elements[i]);
		if (!isfinite(result[i]) || result[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("element %d of \"weights\" must be a finite number that is not negative",
							i + 1)));
		if (result[i] > PADV_MOST_WEIGHT)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("element %d of \"weights\" must not be larger than %.0e",
							i + 1, PADV_MOST_WEIGHT),
					 errhint("Weights count in proportion to each other: divide all of them by the same number.")));
	}
	return result;
}

void
padv_options(FunctionCallInfo fcinfo, int budget_argno, int improvement_argno,
			 PadvOptions *options)
{
	options->max_width = padv_max_index_width;
	options->storage_budget = (double) padv_storage_budget_mb * 1024 * 1024;
	options->min_improvement_pct = padv_min_improvement_pct;
	options->strict = options->explain = false;
	options->refused = NIL;
	if (budget_argno >= 0 && !PG_ARGISNULL(budget_argno))
	{
		options->storage_budget = (double) PG_GETARG_INT64(budget_argno);
		if (options->storage_budget < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"storage_budget\" must not be negative"),
					 errhint("Give a number of bytes, or 0 for no limit.")));
	}
	if (improvement_argno >= 0 && !PG_ARGISNULL(improvement_argno))
	{
		options->strict = true;
		options->min_improvement_pct = PG_GETARG_FLOAT8(improvement_argno);
		if (!(options->min_improvement_pct >= 0 &&
			  options->min_improvement_pct <= 100))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"min_improvement_pct\" must be between 0 and 100")));
	}
}

Datum
padv_bigint(double figure)
{
	if (isnan(figure))
		return Int64GetDatum(0);
	if (!FLOAT8_FITS_IN_INT64(figure))
		return Int64GetDatum(figure < 0 ? PG_INT64_MIN : PG_INT64_MAX);
	return Int64GetDatum((int64) figure);
}

static int
compare_int64(const void *a, const void *b)
{
	int64		ia = DatumGetInt64(*(const Datum *) a);
	int64		ib = DatumGetInt64(*(const Datum *) b);

	return ia < ib ? -1 : ia > ib;
}

Datum
padv_queryids(List *statements)
{
	Datum	   *elements = palloc(sizeof(Datum) *
								  Max(list_length(statements), 1));
	int			n = 0;
	int			distinct = 0;
	ListCell   *lc;

	foreach(lc, statements)
		elements[n++] =
		Int64GetDatum((int64) ((PadvStatement *) lfirst(lc))->queryid);
	qsort(elements, n, sizeof(Datum), compare_int64);
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || compare_int64(&elements[i], &elements[i - 1]) != 0)
			elements[distinct++] = elements[i];
	}
	return PointerGetDatum(construct_array(elements, distinct, INT8OID,
										   sizeof(int64), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}
