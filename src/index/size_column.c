/*-------------------------------------------------------------------------
 *
 * size_column.c
 *	  One index column: how wide its values are and how often they repeat.
 *
 * All from pg_statistic: null fraction, number of distinct values, the most
 * common ones with their frequencies, and the stored sample values (most
 * common ones and histogram bounds), whose own widths say more than their
 * average does.  An expression of one column that has no statistics of its
 * own is taken to repeat as that column does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/toast_compression.h"
#include "access/toast_internals.h"
#include "index/size_private.h"
#include "base/compat.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

/* What a predicate says of a column. */
typedef enum Restricted
{
	NOT_RESTRICTED,
	NOT_NULL,
	CONSTANT,
	ALL_NULL
} Restricted;

/* ---- the stored type ---- */

/* The type that the index stores for a column, which may not be its own. */
static Oid
stored_type(const PadvIndex *index, int i, Oid type)
{
	HeapTuple	tuple;
	Oid			result = type;

	if (i >= index->nkeys)
		return type;
	tuple = SearchSysCache1(CLAOID,
							ObjectIdGetDatum(index->cols[i].opclass));
	if (HeapTupleIsValid(tuple))
	{
		Oid			keytype = ((Form_pg_opclass) GETSTRUCT(tuple))->opckeytype;

		if (OidIsValid(keytype) && !IsPolymorphicType(keytype))
			result = keytype;
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * Bytes of a value in an index tuple: headers are packed there, and what was
 * moved out of the row is not.
 */
int
padv_size_datum(Datum value, int16 typlen)
{
	Pointer		data = DatumGetPointer(value);
	int			len;

	if (typlen > 0)
		return typlen;
	if (typlen == -2)
		return (int) strlen(DatumGetCString(value)) + 1;
	if (VARATT_IS_EXTERNAL_ONDISK(data))
	{
		struct varatt_external pointer;

		VARATT_EXTERNAL_GET_POINTER(pointer, data);
		return (int) VARATT_EXTERNAL_GET_EXTSIZE(pointer) + VARHDRSZ;
	}
	if (VARATT_IS_COMPRESSED(data))
		return (int) VARSIZE_ANY(data);
	len = (int) VARSIZE_ANY_EXHDR(data);
	return len + (len + VARHDRSZ_SHORT <= VARATT_SHORT_MAX ?
				  VARHDRSZ_SHORT : VARHDRSZ);
}

/* ---- sampled values ---- */

/* As padv_size_datum(), compressed where index_form_tuple() would do it. */
static int
compressed_width(Datum value, int16 typlen, char typstorage)
{
	int			width = padv_size_datum(value, typlen);
	Datum		compressed;

	if (typlen != -1 || width <= TOAST_INDEX_TARGET ||
		(typstorage != TYPSTORAGE_EXTENDED && typstorage != TYPSTORAGE_MAIN))
		return width;
	compressed = toast_compress_datum(value, default_toast_compression);
	if (DatumGetPointer(compressed) == NULL)
		return width;
	width = (int) VARSIZE(DatumGetPointer(compressed));
	pfree(DatumGetPointer(compressed));
	return width;
}

static void
add_widths(PadvColumnFacts *col, const AttStatsSlot *slot, double share)
{
	double		before = col->nwidths > 0 ? col->upto[col->nwidths - 1] : 0.0;

	for (int i = 0; i < slot->nvalues; i++)
	{
		before += slot->nnumbers > i ? slot->numbers[i] :
			share / slot->nvalues;
		col->widths[col->nwidths] = compressed_width(slot->values[i],
													 col->typlen,
													 col->typstorage);
		col->upto[col->nwidths++] = before;
	}
}

/*
 * Can the values be measured as the column's?  They are those of a column
 * inside of an expression, which can be of another type: extract() makes
 * numerics of dates.  Names are stored as strings, without their padding.
 */
static bool
are_alike(const PadvColumnFacts *col, const AttStatsSlot *slot)
{
	return slot->nvalues == 0 ||
		get_typlen(slot->valuetype) == col->typlen ||
		(slot->valuetype == NAMEOID && col->typlen == -2);
}

/* Widths of the most common values and of those in the histogram. */
static void
read_widths(PadvColumnFacts *col, const AttStatsSlot *mcv,
			const AttStatsSlot *histogram, double rest)
{
	int			n = mcv->nvalues + histogram->nvalues;

	if (n == 0 || col->typlen > 0 ||
		!are_alike(col, mcv) || !are_alike(col, histogram))
		return;
	col->widths = palloc(sizeof(int) * n);
	col->upto = palloc(sizeof(double) * n);
	add_widths(col, mcv, 0.0);
	add_widths(col, histogram, rest);
	/* values too wide to be stored are not there: keep the known average */
	if (histogram->nvalues == 0 && rest > 0.1)
		col->nwidths = 0;
}

/* ---- frequencies ---- */

/*
 * Classes of values: nulls, the common ones, and the rest.  The frequencies
 * are shares of all rows of the table, nulls included.
 */
static void
read_groups(PadvColumnFacts *col, const AttStatsSlot *mcv, double rest,
			double rows, bool without_nulls)
{
	double		scale = 1.0;
	PadvCells	cell = {1.0, col->nullfrac};

	if (without_nulls && col->nullfrac < 1.0)
		scale = 1.0 / (1.0 - col->nullfrac);
	else
		padv_groups_add(&col->groups, cell);
	for (int i = 0; i < mcv->nnumbers; i++)
	{
		cell.p = mcv->numbers[i] * scale;
		padv_groups_add(&col->groups, cell);
	}
	if (rest * rows > 0.5)
	{
		double		distinct = Max(col->ndistinct - mcv->nnumbers, 1.0);

		if (!col->known)
			distinct = rest * rows;
		cell = padv_groups_even(rest * rows, distinct).classes[0];
		cell.p *= rest * scale;
		padv_groups_add(&col->groups, cell);
	}
	if (col->groups.n == 0)
		col->groups = padv_groups_one();
	padv_groups_condense(&col->groups);
}

static void
read_slots(PadvColumnFacts *col, const VariableStatData *vardata, double rows,
		   bool without_nulls)
{
	AttStatsSlot mcv;
	AttStatsSlot histogram;
	double		rest = 1.0 - col->nullfrac;

	memset(&mcv, 0, sizeof(mcv));
	memset(&histogram, 0, sizeof(histogram));
	if (HeapTupleIsValid(vardata->statsTuple))
	{
		(void) get_attstatsslot(&mcv, vardata->statsTuple,
								STATISTIC_KIND_MCV, InvalidOid,
								ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS);
		(void) get_attstatsslot(&histogram, vardata->statsTuple,
								STATISTIC_KIND_HISTOGRAM, InvalidOid,
								ATTSTATSSLOT_VALUES);
	}
	for (int i = 0; i < mcv.nnumbers; i++)
		rest -= mcv.numbers[i];
	rest = Max(rest, 0.0);
	read_widths(col, &mcv, &histogram, rest);
	read_groups(col, &mcv, rest, rows, without_nulls);
	free_attstatsslot(&mcv);
	free_attstatsslot(&histogram);
}

/* ---- elements of arrays and the like ---- */

static int
compare_falling(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x < y) - (x > y);
}

static void
read_elements(PadvColumnFacts *col, const VariableStatData *vardata)
{
	AttStatsSlot slot;

	if (!HeapTupleIsValid(vardata->statsTuple))
		return;
	/* the last number is the average, the others are the histogram */
	if (get_attstatsslot(&slot, vardata->statsTuple, STATISTIC_KIND_DECHIST,
						 InvalidOid, ATTSTATSSLOT_NUMBERS))
	{
		if (slot.nnumbers > 0)
			col->elements = slot.numbers[slot.nnumbers - 1];
		free_attstatsslot(&slot);
	}
	/* as many numbers as values, then least, largest and null fraction */
	if (get_attstatsslot(&slot, vardata->statsTuple, STATISTIC_KIND_MCELEM,
						 InvalidOid,
						 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		col->ncommon = Min(slot.nvalues, slot.nnumbers);
		col->common = palloc(sizeof(double) * Max(col->ncommon, 1));
		for (int i = 0; i < col->ncommon; i++)
			col->common[i] = slot.numbers[i];
		qsort(col->common, col->ncommon, sizeof(double), compare_falling);
		free_attstatsslot(&slot);
	}
}

/* ---- one column ---- */

/* The one column that an expression is made of, or the expression itself. */
static Node *
statistics_source(Node *node, VariableStatData *vardata, PadvRowFacts *rows)
{
	List	   *vars;

	examine_variable(rows->root, node, 0, vardata);
	if (HeapTupleIsValid(vardata->statsTuple) || IsA(node, Var) ||
		exprType(node) == BOOLOID)
		return node;
	vars = pull_var_clause(node, 0);
	for (int i = 1; i < list_length(vars); i++)
	{
		if (!equal(linitial(vars), list_nth(vars, i)))
			return node;
	}
	if (vars == NIL)
		return node;
	ReleaseVariableStats(*vardata);
	node = linitial(vars);
	examine_variable(rows->root, node, 0, vardata);
	return node;
}

Node *
padv_size_column_node(const PadvIndex *index, int i)
{
	const PadvIndexCol *col = &index->cols[i];
	int32		typmod;
	Oid			collation;
	Oid			type;

	if (col->attno == 0)
		return copyObject(col->expr);
	type = padv_index_col_type(index, i, &typmod, &collation);
	return (Node *) makeVar(1, col->attno, type, typmod, collation, 0);
}

/* What one clause of the index's predicate says of this column. */
static Restricted
restricted_by(Node *clause, Node *column)
{
	if (equal(clause, column))
		return CONSTANT;
	if (IsA(clause, NullTest) && equal(((NullTest *) clause)->arg, column))
		return ((NullTest *) clause)->nulltesttype == IS_NOT_NULL ?
			NOT_NULL : ALL_NULL;
	if (is_notclause(clause) && equal(get_notclausearg((Expr *) clause), column))
		return CONSTANT;
	if (is_opclause(clause) && list_length(((OpExpr *) clause)->args) == 2)
	{
		OpExpr	   *op = (OpExpr *) clause;
		Node	   *left = strip_implicit_coercions(linitial(op->args));
		Node	   *right = strip_implicit_coercions(lsecond(op->args));

		if (!equal(left, column) && !equal(right, column))
			return NOT_RESTRICTED;
		return get_oprrest(op->opno) == F_EQSEL ? CONSTANT : NOT_NULL;
	}
	if (IsA(clause, ScalarArrayOpExpr) &&
		equal(linitial(((ScalarArrayOpExpr *) clause)->args), column))
		return NOT_NULL;
	return NOT_RESTRICTED;
}

static Restricted
restriction_of(const PadvIndex *index, Node *column)
{
	Restricted	result = NOT_RESTRICTED;
	ListCell   *lc;

	foreach(lc, index->pred)
		result = Max(result, restricted_by(lfirst(lc), column));
	return result;
}

void
padv_size_column(const PadvIndex *index, int i, PadvRowFacts *rows)
{
	PadvColumnFacts *col = &rows->cols[i];
	Node	   *node = padv_size_column_node(index, i);
	Node	   *source;
	VariableStatData vardata;
	Restricted	restricted;
	Oid			type = exprType(node);
	Oid			stored = stored_type(index, i, type);
	bool		isdefault;
	bool		byval;

	get_typlenbyvalalign(stored, &col->typlen, &byval, &col->typalign);
	col->typstorage = get_typstorage(stored);
	col->width = col->typlen > 0 ? col->typlen :
		get_typavgwidth(type, exprTypmod(node));
	source = statistics_source(node, &vardata, rows);
	col->ndistinct = get_variable_numdistinct(&vardata, &isdefault);
	col->known = !isdefault;
	col->guessed = (isdefault || source != node);
	col->converted = (stored != type);
	if (HeapTupleIsValid(vardata.statsTuple))
	{
		Form_pg_statistic stats = (Form_pg_statistic) GETSTRUCT(vardata.statsTuple);

		col->nullfrac = stats->stanullfrac;
		if (col->typlen < 0 && get_typlen(exprType(source)) < 0)
			col->width = stats->stawidth;
	}
	restricted = restriction_of(index, node);
	read_slots(col, &vardata, rows->table_tuples, restricted != NOT_RESTRICTED);
	read_elements(col, &vardata);
	ReleaseVariableStats(vardata);

	if (restricted != NOT_RESTRICTED)
		col->nullfrac = (restricted == ALL_NULL) ? 1.0 : 0.0;
	if (restricted == CONSTANT || restricted == ALL_NULL)
	{
		col->ndistinct = 1.0;
		col->groups = padv_groups_one();
	}
}
