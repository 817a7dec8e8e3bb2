/*-------------------------------------------------------------------------
 *
 * predicate.c
 *	  Recorded predicates as people see them.
 *
 * Predicates were recorded by OID and column number.  What they name may have
 * been renamed since, which shows as the new name, or dropped: then there is
 * nothing to show, and no error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "report/shown.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "workload/workload.h"

/* ---- targets ---- */

/* NULL for a column that was dropped. */
static char *
column_name(Oid relid, AttrNumber attno)
{
	HeapTuple	tuple = SearchSysCacheAttNum(relid, attno);
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	name = pstrdup(quote_identifier(NameStr(((Form_pg_attribute)
											 GETSTRUCT(tuple))->attname)));
	ReleaseSysCache(tuple);
	return name;
}

typedef struct Deparsing
{
	Oid			relid;
	const char *nodes;
	char	   *text;
} Deparsing;

/* Are all columns there that the expression reads? */
static bool
columns_exist(Oid relid, Node *expr)
{
	Bitmapset  *attnos = NULL;
	int			i = -1;

	pull_varattnos(expr, 1, &attnos);
	while ((i = bms_next_member(attnos, i)) >= 0)
	{
		AttrNumber	attno = i + FirstLowInvalidHeapAttributeNumber;

		if (attno != 0 && column_name(relid, attno) == NULL)
			return false;
	}
	return true;
}

/*
 * Core opens the table to learn the names of its columns.  While another
 * session changes it, what stands in an expression is not shown.
 */
static void
deparse(void *arg)
{
	Deparsing  *work = arg;
	Node	   *expr = stringToNode(work->nodes);

	if (!ConditionalLockRelationOid(work->relid, AccessShareLock))
		return;
	if (columns_exist(work->relid, expr))
		work->text = deparse_expression(expr,
										deparse_context_for(get_rel_name(work->relid),
															work->relid),
										false, false);
	UnlockRelationOid(work->relid, AccessShareLock);
}

char *
padv_shown_target(const PadvFacts *facts, const PadvPredicateFact *fact)
{
	Deparsing	work = {fact->relid, NULL, NULL};

	if (fact->expr_len == 0)
		return column_name(fact->relid, fact->attno);
	work.nodes = pnstrdup(facts->pool + fact->expr_off, fact->expr_len);
	return padv_attempt(deparse, &work) ? work.text : NULL;
}

/* ---- operators ---- */

/*
 * The operator's name, with its schema unless that is pg_catalog; in SQL, the
 * latter must be written OPERATOR(schema.name).
 */
static char *
operator_name(Oid opno, bool in_sql)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(opno));
	Form_pg_operator form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	form = (Form_pg_operator) GETSTRUCT(tuple);
	if (form->oprnamespace == PG_CATALOG_NAMESPACE)
		name = pstrdup(NameStr(form->oprname));
	else
		name = psprintf(in_sql ? "OPERATOR(%s.%s)" : "%s.%s",
						quote_identifier(get_namespace_name_or_temp(form->oprnamespace)),
						NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return name;
}

static char *
operator_with(Oid opno, const char *suffix, bool in_sql)
{
	char	   *name = operator_name(opno, in_sql);

	return name != NULL ? psprintf("%s%s", name, suffix) : NULL;
}

static char *
shown_test(const PadvPredicateFact *fact, bool in_sql)
{
	if (fact->role == PADV_ROLE_GROUP)
		return "GROUP BY";
	switch ((PadvTest) fact->test)
	{
		case PADV_TEST_OPERATOR:
			return operator_with(fact->opno, "", in_sql);
		case PADV_TEST_ANY:
			return operator_with(fact->opno, " ANY", in_sql);
		case PADV_TEST_ALL:
			return operator_with(fact->opno, " ALL", in_sql);
		case PADV_TEST_IS_NULL:
			return "IS NULL";
		case PADV_TEST_IS_NOT_NULL:
			return "IS NOT NULL";
		case PADV_TEST_TRUE:
			return "IS TRUE";
		case PADV_TEST_FALSE:
			return "IS FALSE";
		case PADV_TEST_ASC:
			return fact->nulls_first ? "ASC NULLS FIRST" : "ASC";
		case PADV_TEST_DESC:
			return fact->nulls_first ? "DESC" : "DESC NULLS LAST";
		case PADV_TEST_OTHER:
			break;
	}
	return "other";
}

char *
padv_shown_operator(const PadvPredicateFact *fact)
{
	return shown_test(fact, false);
}

const char *
padv_shown_role(const PadvPredicateFact *fact)
{
	switch ((PadvRole) fact->role)
	{
		case PADV_ROLE_FILTER:
			return "filter";
		case PADV_ROLE_JOIN:
			return "join";
		case PADV_ROLE_SORT:
			return "sort";
		case PADV_ROLE_GROUP:
			return "group";
	}
	return "other";
}

/* ---- filters ---- */

/* One filter as a condition; NULL when it cannot be shown. */
static char *
shown_filter(const PadvFacts *facts, const PadvPredicateFact *fact)
{
	char	   *target = padv_shown_target(facts, fact);
	char	   *operator = shown_test(fact, true);

	if (target == NULL || operator == NULL)
		return NULL;
	switch ((PadvTest) fact->test)
	{
		case PADV_TEST_OPERATOR:
			return psprintf("%s %s ?", target, operator);
		case PADV_TEST_ANY:
		case PADV_TEST_ALL:
			return psprintf("%s %s (?)", target, operator);
		case PADV_TEST_TRUE:
		case PADV_TEST_OTHER:
			return target;
		case PADV_TEST_FALSE:
			return psprintf("NOT %s", target);
		default:
			return psprintf("%s %s", target, operator);
	}
}

char *
padv_shown_filters(const PadvFacts *facts, Oid relid)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < facts->npredicates; i++)
	{
		const PadvPredicateFact *fact = &facts->predicates[i];
		char	   *filter;

		if (fact->relid != relid || fact->role != PADV_ROLE_FILTER)
			continue;
		filter = shown_filter(facts, fact);
		if (filter != NULL)
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? " AND " : "", filter);
	}
	return buf.data;
}
