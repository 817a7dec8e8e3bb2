/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  From a statement's text to queries that can be planned.
 *
 * Core's parser and rewriter do the work.  Parse analysis is called one level
 * below parse_analyze_varparams(), so that post_parse_analyze_hook is not
 * run: otherwise pg_stat_statements would count statements that nobody sent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "parser/parse_param.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "workload/workload_private.h"

/* The one statement of a text, which must be one that is optimized. */
static RawStmt *
parse_one(const char *text)
{
	List	   *stmts = pg_parse_query(text);
	RawStmt    *raw;

	if (list_length(stmts) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 stmts == NIL ?
				 errmsg("the text contains no statement") :
				 errmsg("the text contains %d statements",
						list_length(stmts)),
				 errhint("Give one statement in each text.")));
	raw = linitial_node(RawStmt, stmts);
	switch (nodeTag(raw->stmt))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s is not a statement that indexes can serve",
							GetCommandTagName(CreateCommandTag(raw->stmt))),
					 errhint("Give a SELECT, INSERT, UPDATE, DELETE or MERGE.")));
	}
	return raw;
}

/*
 * SELECT INTO would be analyzed as CREATE TABLE AS; what is planned is the query
 * alone.  INTO stands in the leftmost part of a UNION.
 */
static void
forget_into(RawStmt *raw)
{
	SelectStmt *select = (SelectStmt *) raw->stmt;

	if (!IsA(select, SelectStmt))
		return;
	while (select->op != SETOP_NONE)
		select = select->larg;
	select->intoClause = NULL;
}

static void
require_known_types(int nparams, const Oid *types)
{
	for (int i = 0; i < nparams; i++)
	{
		if (!OidIsValid(types[i]) || types[i] == UNKNOWNOID)
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_DATATYPE),
					 errmsg("could not determine data type of parameter $%d",
							i + 1),
					 errhint("Write a cast, such as $%d::integer.", i + 1)));
	}
}

/* A recorded statement's parameters may be of a type that was dropped since. */
static void
require_types(int nparams, const Oid *types)
{
	for (int i = 0; i < nparams; i++)
	{
		if (OidIsValid(types[i]) &&
			!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(types[i])))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("the data type of parameter $%d does not exist any more",
							i + 1)));
	}
}

/* Parse analysis with parameters whose types may have to be inferred. */
static Query *
analyze(RawStmt *raw, const char *text, int nparams, const Oid *param_types)
{
	ParseState *pstate = make_parsestate(NULL);
	Query	   *query;
	Oid		   *types = palloc0(sizeof(Oid) * Max(nparams, 1));

	if (nparams > 0)
		memcpy(types, param_types, sizeof(Oid) * nparams);
	require_types(nparams, types);
	pstate->p_sourcetext = text;
	forget_into(raw);
	setup_parse_variable_parameters(pstate, &types, &nparams);
	query = transformTopLevelStmt(pstate, raw);
	check_variable_parameters(pstate, query);
	free_parsestate(pstate);
	require_known_types(nparams, types);
	return query;
}

/* Does the query, or a part of it, read a temporary table? */
static bool
reads_temporary_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		return rte->rtekind == RTE_RELATION &&
			get_rel_persistence(rte->relid) == RELPERSISTENCE_TEMP;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reads_temporary_walker,
								 context, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, reads_temporary_walker, context);
}

/* The same in the current context, together with all that is left over. */
static List *
analyze_text(const char *text, int nparams, const Oid *param_types,
			 uint64 *queryid)
{
	Query	   *query = analyze(parse_one(text), text, nparams, param_types);
	List	   *rewritten;
	List	   *result = NIL;
	ListCell   *lc;

	*queryid = 0;
	if (IsQueryIdEnabled())
	{
		(void) padv_jumble_query(query, text);
		*queryid = (uint64) query->queryId;
	}
	if (reads_temporary_walker((Node *) query, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the statement reads a temporary table"),
				 errhint("Index temporary tables where they are created.")));

	rewritten = pg_rewrite_query(query);
	foreach(lc, rewritten)
	{
		Query	   *one = lfirst_node(Query, lc);

		/* a rule may add a NOTIFY, which is not planned */
		if (one->commandType != CMD_UTILITY)
			result = lappend(result, one);
	}
	return result;
}

/* Thousands of statements are kept, so that no more than the queries is. */
List *
padv_analyze_text(const char *text, int nparams, const Oid *param_types,
				  uint64 *queryid)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "perfadvisor analysis",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *result = analyze_text(text, nparams, param_types, queryid);

	MemoryContextSwitchTo(old);
	result = copyObject(result);
	MemoryContextDelete(context);
	return result;
}
