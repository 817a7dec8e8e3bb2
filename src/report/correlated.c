/*-------------------------------------------------------------------------
 *
 * correlated.c
 *	  Rows of advice that create extended statistics.
 *
 * That columns depend on each other is not enough: statistics on them must
 * mend the planner's expectation.  This is tried out: a sample of the rows
 * goes into a temporary table, which is analyzed, and the conditions of the
 * recorded statements are counted and planned there, before and after the
 * statistics are created.  All of it happens in a subtransaction that is
 * rolled back.  Advised is what brings the planner ten times closer.  What
 * takes too long, or waits for a lock, is left out.
 *
 * It takes SELECT on the table, TEMPORARY on the database for its owner, whose
 * rights are the only ones that code in the table gets, and it cannot be
 * done in a read-only transaction or on a standby; then there is no such
 * advice.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "advise/correlate.h"
#include "base/compat.h"
#include "base/guc.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic_ext.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "report/care.h"
#include "report/json.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

/* Groups that are tried, those of the heaviest statements first. */
#define MOST_TRIALS			10

/* Rows of the sample. */
#define SAMPLE_ROWS			10000

/* How much closer the planner must come. */
#define LEAST_GAIN			10.0

/* When it is so close, nothing else need be tried. */
#define GOOD_ERROR			1.5

/* Conditions that are looked at; correlate.c keeps no more. */
#define MOST_CONDITIONS		3

/* From which share of the workload on it is urgent, see recommend.c */
#define HIGH_SHARE			0.20
#define MEDIUM_SHARE		0.05

/* What a condition keeps of the sample, and what the planner expects. */
typedef struct Condition
{
	char	   *text;
	double		rows;
	double		before;
	double		after;			/* with the statistics at hand */
} Condition;

typedef struct Trial
{
	const PadvColumnGroup *group;
	double		sampled;		/* rows in the sample */
	int			nconditions;
	Condition	conditions[MOST_CONDITIONS];

	/* the result: what serves best, by the condition that was furthest off */
	const char *kinds;
	double		true_rows;
	double		rows_before;
	double		rows_after;
	double		error_before;	/* the largest of any condition */
	double		error_after;
} Trial;

/*
 * Kinds of statistics.  Common combinations take precedence over
 * dependencies, which then have no say, so that each is tried alone as well.
 */
static const char *const kinds_to_try[] = {
	"dependencies", "mcv", "dependencies, mcv"
};

/* ---- texts ---- */

static char *
column_list(const PadvColumnGroup *group)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < group->ncols; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(get_attname(group->relid,
													  group->attnos[i], false)));
	return buf.data;
}

static char *
table_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* A name for the statistics that is free in the table's schema. */
static char *
statistics_name(const PadvColumnGroup *group)
{
	Oid			schema = get_rel_namespace(group->relid);
	StringInfoData columns;
	char		label[32] = "stat";

	initStringInfo(&columns);
	for (int i = 0; i < group->ncols; i++)
		appendStringInfo(&columns, "%s%s", i > 0 ? "_" : "",
						 get_attname(group->relid, group->attnos[i], false));
	for (int n = 1;; n++)
	{
		char	   *name = makeObjectName(get_rel_name(group->relid),
										  columns.data, label);

		if (!SearchSysCacheExists2(STATEXTNAMENSP, CStringGetDatum(name),
								   ObjectIdGetDatum(schema)))
			return name;
		snprintf(label, sizeof(label), "stat%d", n);
	}
}

/* ---- trying it out ---- */

static void
execute(const char *sql, int expected)
{
	int			rc = SPI_execute(sql, false, 0);

	if (rc != expected)
		elog(ERROR, "\"%s\" failed: %s", sql, SPI_result_code_string(rc));
}

static char *
query_text(const char *sql)
{
	execute(sql, SPI_OK_SELECT);
	if (SPI_processed == 0)
		return NULL;
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/*
 * From here on what runs gains nothing from the session either.  Temporary
 * tables cannot be created then, so it is done when there is one.
 */
static void
restrict_rights(void)
{
	Oid			userid;
	int			sec_context;

	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(userid,
						   sec_context | SECURITY_RESTRICTED_OPERATION);
}

/* A part of the table, by whole pages: all of a small one. */
static void
make_sample(Trial *trial)
{
	Oid			relid = trial->group->relid;
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		rows;
	double		percent;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	percent = Min(100.0, 100.0 * SAMPLE_ROWS / Max(rows, 1.0));
	execute(psprintf("CREATE TEMPORARY TABLE perfadvisor_sample AS"
					 " SELECT %s FROM ONLY %s WITH NO DATA",
					 column_list(trial->group), table_name(relid)),
			SPI_OK_UTILITY);
	restrict_rights();
	execute(psprintf("INSERT INTO pg_temp.perfadvisor_sample"
					 " SELECT %s FROM ONLY %s TABLESAMPLE SYSTEM (%f) REPEATABLE (1)",
					 column_list(trial->group), table_name(relid), percent),
			SPI_OK_INSERT);
	execute("ANALYZE pg_temp.perfadvisor_sample", SPI_OK_UTILITY);
	trial->sampled = atof(query_text("SELECT count(*) FROM pg_temp.perfadvisor_sample"));
}

/* Conditions as SQL: those that were seen, or else the most frequent values. */
static List *
condition_texts(const PadvColumnGroup *group)
{
	List	   *texts = NIL;
	List	   *context = deparse_context_for("s", group->relid);
	StringInfoData format;
	char	   *text;
	ListCell   *lc;

	foreach(lc, group->conditions)
		texts = lappend(texts,
						deparse_expression((Node *) make_ands_explicit(copyObject(lfirst(lc))),
										   context, false, false));
	if (texts != NIL)
		return texts;

	initStringInfo(&format);
	for (int i = 0; i < group->ncols; i++)
	{
		char	   *name = get_attname(group->relid, group->attnos[i], false);
		char	   *type = format_type_be_qualified(get_atttype(group->relid,
																group->attnos[i]));

		appendStringInfo(&format, "%sformat('%%I = %%L::%%s', %s, %s, %s)",
						 i > 0 ? " || ' AND ' || " : "",
						 quote_literal_cstr(name), quote_identifier(name),
						 quote_literal_cstr(type));
	}
	text = query_text(psprintf("SELECT %s FROM pg_temp.perfadvisor_sample"
							   " WHERE (%s) IS NOT NULL GROUP BY %s"
							   " ORDER BY count(*) DESC, %s LIMIT 1",
							   format.data, column_list(group),
							   column_list(group), column_list(group)));
	return text == NULL ? NIL : list_make1(text);
}

/* Rows of the sample that the planner expects of a condition. */
static double
expected_rows(const char *condition)
{
	SPIPlanPtr	plan = SPI_prepare(psprintf("SELECT FROM pg_temp.perfadvisor_sample s WHERE %s",
											condition), 0, NULL);
	CachedPlan *cached;
	double		rows;

	if (plan == NULL)
		elog(ERROR, "could not plan \"%s\": %s", condition,
			 SPI_result_code_string(SPI_result));
	cached = SPI_plan_get_cached_plan(plan);
	if (cached == NULL)
		elog(ERROR, "could not plan \"%s\"", condition);
	rows = linitial_node(PlannedStmt, cached->stmt_list)->planTree->plan_rows;
	/* a plan that is not saved has no owner */
	ReleaseCachedPlan(cached, NULL);
	SPI_freeplan(plan);
	return rows;
}

static double
error_of(double expected, double rows)
{
	expected = Max(expected, 1.0);
	rows = Max(rows, 1.0);
	return expected > rows ? expected / rows : rows / expected;
}

/* Counts what each condition keeps; the largest error decides. */
static void
look_before(Trial *trial)
{
	ListCell   *lc;

	foreach(lc, condition_texts(trial->group))
	{
		Condition  *condition = &trial->conditions[trial->nconditions];
		double		error;

		if (trial->nconditions == MOST_CONDITIONS)
			break;
		trial->nconditions++;
		condition->text = lfirst(lc);
		condition->before = expected_rows(condition->text);
		condition->rows = atof(query_text(psprintf("SELECT count(*) FROM pg_temp.perfadvisor_sample s WHERE %s",
												   condition->text)));
		error = error_of(condition->before, condition->rows);
		if (error <= trial->error_before)
			continue;
		trial->true_rows = condition->rows;
		trial->rows_before = condition->before;
		trial->error_before = error;
	}
}

/* Creates statistics of some kinds, and takes them away again. */
static void
try_kinds(Trial *trial, const char *kinds)
{
	double		worst = 1.0;

	execute(psprintf("CREATE STATISTICS pg_temp.perfadvisor_trial (%s)"
					 " ON %s FROM pg_temp.perfadvisor_sample",
					 kinds, column_list(trial->group)), SPI_OK_UTILITY);
	execute("ANALYZE pg_temp.perfadvisor_sample", SPI_OK_UTILITY);
	for (int i = 0; i < trial->nconditions; i++)
	{
		Condition  *condition = &trial->conditions[i];

		condition->after = expected_rows(condition->text);
		worst = Max(worst, error_of(condition->after, condition->rows));
	}
	execute("DROP STATISTICS pg_temp.perfadvisor_trial", SPI_OK_UTILITY);
	if (trial->kinds != NULL && worst >= trial->error_after)
		return;
	trial->kinds = kinds;
	trial->error_after = worst;
	for (int i = 0; i < trial->nconditions; i++)
	{
		const Condition *condition = &trial->conditions[i];

		if (error_of(condition->before, condition->rows) == trial->error_before)
			trial->rows_after = condition->after;
	}
}

/*
 * Reading a table runs code that its owner has put there, be it only that an
 * index expression is folded: it is done as the owner, and for those who may
 * read it all.  The subtransaction's end makes us ourselves again.
 */
static void
become_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			userid;
	Oid			owner;
	int			sec_context;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s",
						get_rel_name(relid))));
	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(owner,
						   sec_context | SECURITY_LOCAL_USERID_CHANGE);
}

static void
try_statistics(void *arg)
{
	Trial	   *trial = arg;
	int			nestlevel = NewGUCNestLevel();

	/* with names of its own before those of anybody else */
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("client_min_messages", "warning", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	become_owner(trial->group->relid);
	make_sample(trial);
	look_before(trial);
	for (int i = 0; i < lengthof(kinds_to_try); i++)
	{
		if (trial->error_before < LEAST_GAIN ||
			(trial->kinds != NULL && trial->error_after <= GOOD_ERROR))
			break;
		try_kinds(trial, kinds_to_try[i]);
	}
	SPI_finish();
	AtEOXact_GUC(false, nestlevel);
}

/* ---- telling ---- */

/* Their share of the workload's time, or of its calls where none was timed. */
static double
share_of(const PadvColumnGroup *group, const PadvWorkload *workload,
		 double *calls)
{
	double		part = 0.0;
	double		whole = 0.0;
	ListCell   *lc;

	*calls = 0.0;
	foreach(lc, workload->statements)
	{
		PadvStatement *stmt = lfirst(lc);
		double		weight = stmt->given ? stmt->calls : stmt->total_ms;

		whole += weight;
		if (list_member_ptr(group->statements, stmt))
		{
			part += weight;
			*calls += stmt->calls;
		}
	}
	return whole > 0.0 ? part / whole : 0.0;
}

static char *
trial_detail(const Trial *trial, double share)
{
	const PadvColumnGroup *group = trial->group;
	List	   *columns = NIL;
	StringInfoData buf;

	for (int i = 0; i < group->ncols; i++)
		columns = lappend(columns, get_attname(group->relid, group->attnos[i],
											   false));
	padv_json_start(&buf);
	padv_json_texts(&buf, "columns", columns);
	padv_json_text(&buf, "kinds", trial->kinds);
	padv_json_number(&buf, "sampled_rows", trial->sampled);
	padv_json_number(&buf, "true_rows", trial->true_rows);
	padv_json_number(&buf, "expected_before", trial->rows_before);
	padv_json_number(&buf, "expected_after", trial->rows_after);
	padv_json_number(&buf, "error_before", trial->error_before);
	padv_json_number(&buf, "error_after", trial->error_after);
	padv_json_number(&buf, "share_pct", 100.0 * share);
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

static PadvCare *
make_care(const Trial *trial, const PadvWorkload *workload)
{
	const PadvColumnGroup *group = trial->group;
	PadvCare   *care = palloc0(sizeof(PadvCare));
	char	   *schema = get_namespace_name(get_rel_namespace(group->relid));
	char	   *name = quote_qualified_identifier(schema,
												  statistics_name(group));
	char	   *table = table_name(group->relid);
	double		share = share_of(group, workload, &care->checks);

	care->kind = "create_statistics";
	care->why = "correlated";
	care->priority = share >= HIGH_SHARE ? "high" :
		share >= MEDIUM_SHARE ? "medium" : "low";
	care->relid = group->relid;
	care->ddl = psprintf("CREATE STATISTICS %s (%s) ON %s FROM %s",
						 name, trial->kinds, column_list(group), table);
	care->undo_ddl = psprintf("DROP STATISTICS %s", name);
	care->reason = psprintf("The columns %s depend on each other, and the planner takes them for independent: of %.0f sampled rows it expects %.0f for one of the conditions of %d %s, where there are %.0f; with these statistics it expects %.0f. They take effect with ANALYZE %s.",
							column_list(group), trial->sampled,
							trial->rows_before, list_length(group->statements),
							list_length(group->statements) == 1 ?
							"statement" : "statements",
							trial->true_rows, trial->rows_after, table);
	care->detail = trial_detail(trial, share);
	care->statements = group->statements;
	return care;
}

static bool
is_worth_it(const Trial *trial)
{
	return trial->kinds != NULL &&
		trial->error_before >= LEAST_GAIN * trial->error_after;
}

List *
padv_correlated(const PadvWorkload *workload, const PadvAdviceSet *set)
{
	bool		was_enabled = padv_pause_recording();
	List	   *volatile cares = NIL;
	int			tried = 0;

	PG_TRY();
	{
		ListCell   *lc;

		foreach(lc, XactReadOnly ? NIL : padv_column_groups(set->groups))
		{
			Trial		trial = {.group = lfirst(lc)};

			if (tried++ >= MOST_TRIALS)
				break;
			if (padv_run_trial(try_statistics, &trial) && is_worth_it(&trial))
				cares = lappend(cares, make_care(&trial, workload));
		}
	}
	PG_FINALLY();
	{
		padv_resume_recording(was_enabled);
	}
	PG_END_TRY();
	return cares;
}
