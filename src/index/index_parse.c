/*-------------------------------------------------------------------------
 *
 * index_parse.c
 *	  Index definitions from CREATE INDEX text.
 *
 * Core parses and analyzes; what CREATE INDEX checks before it builds is
 * checked here too, in the same words, so that a text accepted here runs.
 * Nothing is created, and the table is locked no more than a reader does.
 *
 * Accepted and ignored, as they do not bear on plans: IF NOT EXISTS,
 * CONCURRENTLY.  ONLY on a partitioned table leaves its partitions without an
 * index, and so no plan uses it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/sysattr.h"
#include "index/index.h"
#include "base/compat.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_partitioned_table.h"
#include "commands/defrem.h"
#include "commands/tablespace.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "parser/parse_utilcmd.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

/*
 * Error positions count in the index text, not in the statement that the
 * client sent: shown to it as an internal query.
 */
static void
text_context(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery((const char *) arg);
	}
}

static IndexStmt *
parse_statement(const char *text)
{
	List	   *stmts = pg_parse_query(text);
	RawStmt    *raw;

	if (list_length(stmts) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("index definition must be one CREATE INDEX statement"),
				 errdetail_plural("The text has %d statement.",
								  "The text has %d statements.",
								  list_length(stmts), list_length(stmts))));
	raw = linitial_node(RawStmt, stmts);
	if (!IsA(raw->stmt, IndexStmt))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("index definition must be one CREATE INDEX statement"),
				 errdetail("The text is a %s statement.",
						   GetCommandTagName(CreateCommandTag(raw->stmt)))));
	return castNode(IndexStmt, raw->stmt);
}

/* ---- the table ---- */

static void
check_kind(Form_pg_class form)
{
	const char *name = NameStr(form->relname);

	if (form->relkind != RELKIND_RELATION &&
		form->relkind != RELKIND_MATVIEW &&
		form->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot create index on relation \"%s\"", name),
				 errdetail_relkind_not_supported(form->relkind)));
	if (form->relpersistence == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot plan with hypothetical indexes on temporary table \"%s\"",
						name)));
	if (IsSystemClass(form->oid, form))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied: \"%s\" is a system catalog",
						name)));
}

/* Called by RangeVarGetRelidExtended before the lock is taken. */
static void
check_relation(const RangeVar *relation, Oid relid, Oid old_relid, void *arg)
{
	HeapTuple	tuple;
	Form_pg_class form;

	if (!OidIsValid(relid))
		return;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		return;					/* dropped meanwhile: core tells */
	form = (Form_pg_class) GETSTRUCT(tuple);
	check_kind(form);
	if (!padv_owns_relation(relid, GetUserId()) &&
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(form->relkind),
					   NameStr(form->relname));
	ReleaseSysCache(tuple);
}

/* ---- expressions ---- */

static void
check_immutable(Node *expr, const char *what)
{
	Expr	   *planned = expression_planner((Expr *) copyObject(expr));

	if (contain_mutable_functions((Node *) planned))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("functions in index %s must be marked IMMUTABLE",
						what)));
}

static void
check_stored(Oid relid, AttrNumber attno)
{
	if (get_attgenerated(relid, attno) == PADV_GENERATED_VIRTUAL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("indexes on virtual generated columns are not supported"),
				 errhint("Write the expression that generates the column.")));
}

/* No system columns, and none that are not stored, as CREATE INDEX has it. */
static void
check_user_columns(Oid relid, Node *node)
{
	Bitmapset  *attnos = NULL;
	int			bit = -1;

	pull_varattnos(node, 1, &attnos);
	for (int i = FirstLowInvalidHeapAttributeNumber + 1; i < 0; i++)
	{
		if (bms_is_member(i - FirstLowInvalidHeapAttributeNumber, attnos))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("index creation on system columns is not supported")));
	}
	while ((bit = bms_next_member(attnos, bit)) >= 0)
	{
		if (bit + FirstLowInvalidHeapAttributeNumber > 0)
			check_stored(relid, bit + FirstLowInvalidHeapAttributeNumber);
	}
}

/* Brings an expression into the form that the planner compares with. */
static Node *
fold(Node *node)
{
	node = eval_const_expressions(NULL, node);
	fix_opfuncids(node);
	return node;
}

static List *
parse_predicate(Oid relid, Node *clause)
{
	if (clause == NULL)
		return NIL;
	check_immutable(clause, "predicate");
	check_user_columns(relid, clause);
	clause = eval_const_expressions(NULL, clause);
	clause = (Node *) canonicalize_qual((Expr *) clause, false);
	fix_opfuncids(clause);
	return make_ands_implicit((Expr *) clause);
}

/* ---- columns ---- */

/* Sets attno or expr; returns the type and the collation that they have. */
static Oid
parse_target(PadvIndex *index, int i, IndexElem *elem, Oid *collation)
{
	PadvIndexCol *col = &index->cols[i];
	Node	   *expr = elem->expr;
	Oid			type;
	int32		typmod;

	if (elem->name != NULL)
	{
		col->attno = get_attnum(index->relid, elem->name);
		if (col->attno == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" does not exist", elem->name)));
		if (col->attno < 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("index creation on system columns is not supported")));
		check_stored(index->relid, col->attno);
		return padv_index_col_type(index, i, &typmod, collation);
	}

	type = exprType(expr);
	*collation = exprCollation(expr);
	while (IsA(expr, CollateExpr))
		expr = (Node *) ((CollateExpr *) expr)->arg;
	check_user_columns(index->relid, expr);
	if (IsA(expr, Var) && ((Var *) expr)->varattno > 0)
		col->attno = ((Var *) expr)->varattno;
	else
	{
		check_immutable(expr, "expression");
		col->expr = fold(expr);
	}
	return type;
}

static Oid
parse_collation(IndexElem *elem, Oid type, Oid collation)
{
	if (elem->collation != NIL)
		collation = get_collation_oid(elem->collation, false);
	if (type_is_collatable(type) && !OidIsValid(collation))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_COLLATION),
				 errmsg("could not determine which collation to use for index expression"),
				 errhint("Use the COLLATE clause to set the collation explicitly.")));
	if (!type_is_collatable(type) && OidIsValid(collation))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("collations are not supported by type %s",
						format_type_be(type))));
	return collation;
}

static void
check_ordering(IndexElem *elem, const char *amname, bool amcanorder)
{
	if (amcanorder)
		return;
	if (elem->ordering != SORTBY_DEFAULT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" does not support ASC/DESC options",
						amname)));
	if (elem->nulls_ordering != SORTBY_NULLS_DEFAULT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" does not support NULLS FIRST/LAST options",
						amname)));
}

/* The same list of options whether they were written 32 or '32'. */
static List *
normalize_options(List *options)
{
	Datum		datum = transformRelOptions((Datum) 0, options, NULL, NULL,
											false, false);

	return datum == (Datum) 0 ? NIL : untransformRelOptions(datum);
}

/* Parameters that the operator class does not have, or not with such values. */
static void
check_opclass_options(const PadvIndexCol *col, const IndexAmRoutine *am,
					  List *given)
{
	local_relopts relopts;
	Oid			proc = InvalidOid;

	if (given == NIL)
		return;
	if (am->amoptsprocnum != 0)
		proc = get_opfamily_proc(col->opfamily, col->opcintype,
								 col->opcintype, am->amoptsprocnum);
	if (!OidIsValid(proc))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("operator class %s has no options",
						generate_opclass_name(col->opclass))));
	init_local_reloptions(&relopts, 0);
	(void) OidFunctionCall1(proc, PointerGetDatum(&relopts));
	(void) build_local_reloptions(&relopts,
								  transformRelOptions((Datum) 0, given, NULL,
													  NULL, false, false),
								  true);
}

static void
parse_key(PadvIndex *index, int i, IndexElem *elem, const char *amname,
		  const IndexAmRoutine *am)
{
	Oid			collation;
	Oid			type = parse_target(index, i, elem, &collation);
	Oid			opclass;
	bool		desc = (elem->ordering == SORTBY_DESC);
	bool		nulls_first;

	collation = parse_collation(elem, type, collation);
	opclass = ResolveOpClass(elem->opclass, type, amname, index->relam);
	check_ordering(elem, amname, am->amcanorder);
	if (elem->nulls_ordering == SORTBY_NULLS_DEFAULT)
		nulls_first = desc;
	else
		nulls_first = (elem->nulls_ordering == SORTBY_NULLS_FIRST);
	padv_index_set_key(index, i, opclass, collation, desc, nulls_first);
	check_opclass_options(&index->cols[i], am, elem->opclassopts);
	index->cols[i].opclass_options = normalize_options(elem->opclassopts);
}

static void
parse_included(PadvIndex *index, int i, IndexElem *elem)
{
	const char *what = NULL;
	Oid			collation;

	if (elem->name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("expressions are not supported in included columns")));
	(void) parse_target(index, i, elem, &collation);
	if (elem->collation != NIL)
		what = "a collation";
	else if (elem->opclass != NIL)
		what = "an operator class";
	else if (elem->ordering != SORTBY_DEFAULT)
		what = "ASC/DESC options";
	else if (elem->nulls_ordering != SORTBY_NULLS_DEFAULT)
		what = "NULLS FIRST/LAST options";
	if (what != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("including column does not support %s", what)));
}

/* ---- the whole ---- */

/* Can the access method do what the statement asks for? */
static void
check_method(IndexStmt *stmt, PadvIndex *index, const IndexAmRoutine *am)
{
	const char *what = NULL;

	if (stmt->unique && !am->amcanunique)
		what = "unique indexes";
	else if (stmt->indexIncludingParams != NIL && !am->amcaninclude)
		what = "included columns";
	else if (list_length(stmt->indexParams) > 1 && !am->amcanmulticol)
		what = "multicolumn indexes";
	if (what != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" does not support %s",
						stmt->accessMethod, what)));
	if (list_length(stmt->indexParams) +
		list_length(stmt->indexIncludingParams) > INDEX_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("cannot use more than %d columns in an index",
						INDEX_MAX_KEYS)));
	/* unknown or wrong parameters in WITH raise an error */
	(void) index_reloptions(am->amoptions,
							transformRelOptions((Datum) 0, stmt->options,
												NULL, NULL, false, false),
							true);
}

/*
 * A unique index on a partitioned table needs the partition key's columns.  The
 * key's expressions are left alone: to load them would fold them.
 */
static void
check_unique_partitioned(PadvIndex *index)
{
	HeapTuple	tuple = SearchSysCache1(PARTRELID,
										ObjectIdGetDatum(index->relid));
	Form_pg_partitioned_table key;

	if (!HeapTupleIsValid(tuple))
		return;
	key = (Form_pg_partitioned_table) GETSTRUCT(tuple);
	for (int i = 0; i < key->partnatts; i++)
	{
		AttrNumber	attno = key->partattrs.values[i];
		bool		found = false;

		for (int j = 0; j < index->nkeys && !found; j++)
			found = (attno != 0 && index->cols[j].attno == attno);
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("unique constraint on partitioned table must include all partitioning columns")));
	}
	ReleaseSysCache(tuple);
}

static void
parse_columns(PadvIndex *index, IndexStmt *stmt, const IndexAmRoutine *am)
{
	ListCell   *lc;
	int			i = 0;

	foreach(lc, stmt->indexParams)
		parse_key(index, i++, lfirst_node(IndexElem, lc),
				  stmt->accessMethod, am);
	index->nkeys = i;
	foreach(lc, stmt->indexIncludingParams)
		parse_included(index, i++, lfirst_node(IndexElem, lc));
	index->ncols = i;
}

static PadvIndex *
parse_index(const char *text)
{
	PadvIndex  *index = palloc0(sizeof(PadvIndex));
	IndexStmt  *stmt = parse_statement(text);
	const IndexAmRoutine *am;

	index->relid = RangeVarGetRelidExtended(stmt->relation, AccessShareLock,
											0, check_relation, NULL);
	stmt = transformIndexStmt(index->relid, stmt, text);
	index->relam = get_index_am_oid(stmt->accessMethod, false);
	am = GetIndexAmRoutineByAmId(index->relam, false);
	check_method(stmt, index, am);
	index->pred = parse_predicate(index->relid, stmt->whereClause);
	parse_columns(index, stmt, am);
	index->unique = stmt->unique;
	index->nulls_not_distinct = stmt->nulls_not_distinct;
	index->options = normalize_options(stmt->options);
	if (stmt->tableSpace != NULL)
		index->tablespace = get_tablespace_oid(stmt->tableSpace, false);
	if (index->unique)
		check_unique_partitioned(index);
	index->name = stmt->idxname;
	index->hypothetical = true;
	index->oid = padv_index_made_up_oid();
	if (stmt->relation->inh ||
		get_rel_relkind(index->relid) != RELKIND_PARTITIONED_TABLE)
		padv_index_estimate(index);
	return index;
}

PadvIndex *
padv_index_parse(const char *text)
{
	ErrorContextCallback callback;
	PadvIndex  *result;

	callback.callback = text_context;
	callback.arg = unconstify(char *, text);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	result = parse_index(text);
	error_context_stack = callback.previous;
	return result;
}
