/*-------------------------------------------------------------------------
 *
 * index_ddl.c
 *	  Index definitions as SQL and as text for people.
 *
 * Every statement runs as it stands, from any search_path and under any
 * settings; see sqltext.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/sysattr.h"
#include "index/index.h"
#include "base/compat.h"
#include "base/sqltext.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

static List *
deparse_context(const PadvIndex *index)
{
	char	   *relname = get_rel_name(index->relid);

	if (relname == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table with OID %u was dropped", index->relid)));
	return deparse_context_for(relname, index->relid);
}

static char *
qualified_table(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* "(name='value', ...)" of storage or operator class parameters. */
static void
append_options(StringInfo buf, List *options)
{
	ListCell   *lc;
	const char *separator = "(";

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		appendStringInfo(buf, "%s%s=%s", separator,
						 quote_identifier(option->defname),
						 quote_literal_cstr(defGetString(option)));
		separator = ", ";
	}
	appendStringInfoChar(buf, ')');
}

/*
 * The parser casts integers to numeric to compare them with one, and such
 * casts are not shown; but what is cast back by no comparison must show it.
 */
static Node *
with_explicit_cast(Node *expr)
{
	expr = copyObject(expr);
	switch (nodeTag(expr))
	{
		case T_FuncExpr:
			if (((FuncExpr *) expr)->funcformat == COERCE_IMPLICIT_CAST)
				((FuncExpr *) expr)->funcformat = COERCE_EXPLICIT_CAST;
			break;
		case T_RelabelType:
			((RelabelType *) expr)->relabelformat = COERCE_EXPLICIT_CAST;
			break;
		case T_CoerceViaIO:
			((CoerceViaIO *) expr)->coerceformat = COERCE_EXPLICIT_CAST;
			break;
		case T_ArrayCoerceExpr:
			((ArrayCoerceExpr *) expr)->coerceformat = COERCE_EXPLICIT_CAST;
			break;
		default:
			break;
	}
	return expr;
}

/* The column or expression itself. */
static void
append_target(StringInfo buf, const PadvIndex *index, int i, List *context)
{
	const PadvIndexCol *col = &index->cols[i];
	Node	   *expr;
	char	   *text;

	if (col->attno != 0)
	{
		text = get_attname(index->relid, col->attno, false);
		appendStringInfoString(buf, quote_identifier(text));
		return;
	}
	expr = with_explicit_cast(col->expr);
	text = deparse_expression(expr, context, false, false);
	if (IsA(expr, FuncExpr) &&
		((FuncExpr *) expr)->funcformat == COERCE_EXPLICIT_CALL)
		appendStringInfoString(buf, text);
	else
		appendStringInfo(buf, "(%s)", text);
}

/* What of collation, operator class and order differs from the default. */
static void
append_key_clauses(StringInfo buf, const PadvIndex *index, int i)
{
	const PadvIndexCol *col = &index->cols[i];
	int32		typmod;
	Oid			collation;
	Oid			type = padv_index_col_type(index, i, &typmod, &collation);

	if (OidIsValid(col->collation) && col->collation != collation)
		appendStringInfo(buf, " COLLATE %s",
						 generate_collation_name(col->collation));
	if (col->opclass_options != NIL ||
		col->opclass != GetDefaultOpClass(type, index->relam))
		appendStringInfo(buf, " %s", generate_opclass_name(col->opclass));
	if (col->opclass_options != NIL)
	{
		appendStringInfoChar(buf, ' ');
		append_options(buf, col->opclass_options);
	}
	if (col->desc)
		appendStringInfoString(buf, " DESC");
	if (col->desc && !col->nulls_first)
		appendStringInfoString(buf, " NULLS LAST");
	if (!col->desc && col->nulls_first)
		appendStringInfoString(buf, " NULLS FIRST");
}

static void
append_columns(StringInfo buf, const PadvIndex *index, int from, int to,
			   List *context)
{
	appendStringInfoChar(buf, '(');
	for (int i = from; i < to; i++)
	{
		if (i > from)
			appendStringInfoString(buf, ", ");
		append_target(buf, index, i, context);
		if (i < index->nkeys)
			append_key_clauses(buf, index, i);
	}
	appendStringInfoChar(buf, ')');
}

/* Everything that follows ON; the settings for texts are in force. */
static void
append_definition(StringInfo buf, const PadvIndex *index)
{
	List	   *context = deparse_context(index);

	appendStringInfo(buf, "%s USING %s ", qualified_table(index->relid),
					 quote_identifier(get_am_name(index->relam)));
	append_columns(buf, index, 0, index->nkeys, context);
	if (index->ncols > index->nkeys)
	{
		appendStringInfoString(buf, " INCLUDE ");
		append_columns(buf, index, index->nkeys, index->ncols, context);
	}
	if (index->unique && index->nulls_not_distinct)
		appendStringInfoString(buf, " NULLS NOT DISTINCT");
	if (index->options != NIL)
	{
		appendStringInfoString(buf, " WITH ");
		append_options(buf, index->options);
	}
	if (index->pred != NIL)
		appendStringInfo(buf, " WHERE %s",
						 deparse_expression((Node *) make_ands_explicit(index->pred),
											context, false, false));
}

char *
padv_index_describe(const PadvIndex *index)
{
	StringInfoData buf;
	int			nestlevel = padv_enter_text_settings();

	initStringInfo(&buf);
	append_definition(&buf, index);
	AtEOXact_GUC(false, nestlevel);
	return buf.data;
}

char *
padv_hash_name(const char *text)
{
	uint64		hash = DatumGetUInt64(hash_any_extended((const unsigned char *) text,
														strlen(text), 0));

	return psprintf("%016llx", (unsigned long long) hash);
}

char *
padv_index_id(const PadvIndex *index)
{
	return padv_hash_name(padv_index_describe(index));
}

char *
padv_index_column_text(const PadvIndex *index, int col)
{
	StringInfoData buf;
	int			nestlevel = padv_enter_text_settings();

	initStringInfo(&buf);
	append_target(&buf, index, col, deparse_context(index));
	if (col < index->nkeys)
		append_key_clauses(&buf, index, col);
	AtEOXact_GUC(false, nestlevel);
	return buf.data;
}

char *
padv_index_create_ddl(const PadvIndex *index, const char *name)
{
	StringInfoData buf;
	int			nestlevel;
	bool		partitioned;

	if (!index->hypothetical)
		return padv_existing_index_ddl(index->oid);
	nestlevel = padv_enter_text_settings();
	partitioned = (get_rel_relkind(index->relid) == RELKIND_PARTITIONED_TABLE);
	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sINDEX %s%s ON ",
					 index->unique ? "UNIQUE " : "",
					 partitioned ? "" : "CONCURRENTLY ",
					 quote_identifier(name));
	append_definition(&buf, index);
	AtEOXact_GUC(false, nestlevel);
	return padv_portable_sql(buf.data);
}

char *
padv_index_drop_ddl(const PadvIndex *index, const char *name)
{
	bool		partitioned;
	Oid			nspid = get_rel_namespace(index->relid);

	partitioned = (get_rel_relkind(index->relid) == RELKIND_PARTITIONED_TABLE);
	return psprintf("DROP INDEX %s%s", partitioned ? "" : "CONCURRENTLY ",
					quote_qualified_identifier(get_namespace_name(nspid),
											   name));
}

/* ---- names ---- */

/* What an expression is called in a name: the function, or "expr". */
static const char *
expression_name(Node *expr)
{
	const char *name = NULL;

	if (IsA(expr, FuncExpr))
		name = get_func_name(((FuncExpr *) expr)->funcid);
	return name != NULL ? name : "expr";
}

/* "_where_status", for a partial index. */
static void
append_predicate_columns(StringInfo buf, const PadvIndex *index)
{
	Bitmapset  *columns = NULL;
	int			bit = -1;

	if (index->pred == NIL)
		return;
	pull_varattnos((Node *) index->pred, 1, &columns);
	appendStringInfoString(buf, "_where");
	while ((bit = bms_next_member(columns, bit)) >= 0)
	{
		AttrNumber	attno = bit + FirstLowInvalidHeapAttributeNumber;

		if (attno > 0)
			appendStringInfo(buf, "_%s",
							 get_attname(index->relid, attno, false));
	}
}

/* "user_id_created_at", cut to what a name can hold. */
static char *
name_addition(const PadvIndex *index)
{
	StringInfoData buf;
	const char *name;

	initStringInfo(&buf);
	for (int i = 0; i < index->ncols && buf.len < NAMEDATALEN; i++)
	{
		if (index->cols[i].attno != 0)
			name = get_attname(index->relid, index->cols[i].attno, false);
		else
			name = expression_name(index->cols[i].expr);
		appendStringInfo(&buf, "%s%s", i > 0 ? "_" : "", name);
	}
	append_predicate_columns(&buf, index);
	if (buf.len >= NAMEDATALEN)
		buf.data[pg_mbcliplen(buf.data, buf.len, NAMEDATALEN - 1)] = '\0';
	return buf.data;
}

static bool
is_taken(const char *name, const List *taken)
{
	ListCell   *lc;

	foreach(lc, taken)
	{
		if (strcmp((const char *) lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

char *
padv_index_choose_name_among(const PadvIndex *index, const List *taken)
{
	Oid			nspid = get_rel_namespace(index->relid);
	char	   *relname = get_rel_name(index->relid);
	char	   *addition = name_addition(index);
	char	   *result;

	result = ChooseRelationName(relname, addition, "idx", nspid, false);
	for (int i = 1; is_taken(result, taken); i++)
	{
		char	   *label = psprintf("idx%d", i);

		result = ChooseRelationName(relname, addition, label, nspid, false);
	}
	return result;
}

char *
padv_index_choose_name(const PadvIndex *index)
{
	return padv_index_choose_name_among(index, NIL);
}
