/*-------------------------------------------------------------------------
 *
 * recorded.c
 *	  Recorded statements, made ready for planning.
 *
 * Each entry of the store becomes a PadvStatement.  Its examples become the
 * instances: the text with its own constants, or the common text with the
 * values of $1 .. $n.  An instance stands for a share of the calls: slow
 * examples for the measured share of executions that are slow or take as long
 * as they did, the others for the rest, by how many of the watched ones passed
 * as many rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "workload/workload_private.h"

/* What building one instance needs and gives; passed through padv_run_as. */
typedef struct BuildArg
{
	const PadvStatement *stmt;
	const PadvEntryCopy *entry;
	const PadvExample *example; /* NULL: plan without values */
	List	   *queries;
	ParamListInfo params;
} BuildArg;

/* Seconds that a window is held to at least, so that rates stay sane. */
#define PADV_MIN_WINDOW_SECONDS 1.0

/*
 * The values of an example, copied; a value that is not known is left to the
 * planner.
 */
static ParamListInfo
example_params(const PadvExample *example)
{
	ParamListInfo params = makeParamList(example->nparams);

	for (int i = 0; i < example->nparams; i++)
	{
		const PadvParam *from = &example->params[i];
		ParamExternData *to = &params->params[i];

		memset(to, 0, sizeof(*to));
		to->isnull = true;
		if (!from->known || !padv_value_is_readable(from))
			continue;
		to->ptype = from->type;
		to->isnull = from->isnull;
		to->pflags = PARAM_FLAG_CONST;
		to->value = from->isnull ? (Datum) 0 :
			datumCopy(from->value, from->byval, from->typlen);
	}
	return params;
}

/* The text that is analyzed: the example's own, or that of all. */
static const char *
text_to_plan(const PadvEntryCopy *entry, const PadvExample *example)
{
	if (example != NULL && example->source != NULL)
		return example->source;
	return entry->text.source != NULL ? entry->text.source : entry->text.query;
}

static void
build_queries(void *arg)
{
	BuildArg   *build = arg;
	const PadvText *text = &build->entry->text;
	const PadvExample *example = build->example;
	const char *source = text_to_plan(build->entry, example);
	uint64		queryid;

	padv_check_names(source);
	build->queries = padv_analyze_text(source, text->nparams,
									   text->param_types, &queryid);
	padv_check_owners(build->stmt, build->queries);
	if (example != NULL && example->nparams > 0)
		build->params = example_params(example);
}

/* Adds the instances of one example; false with the statement's skip reason. */
static bool
add_instances(PadvStatement *stmt, const PadvEntryCopy *entry,
			  const PadvExample *example, double share, bool slowest)
{
	BuildArg	build = {.stmt = stmt, .entry = entry, .example = example};
	const char *settings = stmt->settings;
	char	   *reason;
	bool		ok;
	ListCell   *lc;

	/* a text means what it meant to the session that it came from */
	if (example != NULL && example->source != NULL)
		stmt->settings = example->settings;
	ok = padv_run_as(stmt, build_queries, &build, &reason);
	stmt->settings = settings;
	if (!ok)
	{
		stmt->skip_reason = reason;
		return false;
	}
	foreach(lc, build.queries)
	{
		PadvInstance *instance = palloc0(sizeof(PadvInstance));

		instance->query = lfirst_node(Query, lc);
		instance->params = build.params;
		instance->share = share;
		instance->is_slowest = slowest;
		stmt->instances = lappend(stmt->instances, instance);
	}
	return true;
}

static bool
same_params(const PadvExample *a, const PadvExample *b)
{
	if (a->nparams != b->nparams)
		return false;
	for (int i = 0; i < a->nparams; i++)
	{
		const PadvParam *pa = &a->params[i];
		const PadvParam *pb = &b->params[i];

		if (pa->type != pb->type || pa->isnull != pb->isnull ||
			pa->known != pb->known)
			return false;
		if (pa->isnull || !pa->known)
			continue;
		if (!datumIsEqual(pa->value, pb->value, pa->byval, pa->typlen))
			return false;
	}
	return true;
}

static bool
same_example(const PadvExample *a, const PadvExample *b)
{
	if ((a->source == NULL) != (b->source == NULL))
		return false;
	if (a->source != NULL && (strcmp(a->source, b->source) != 0 ||
							  strcmp(a->settings, b->settings) != 0))
		return false;
	return same_params(a, b);
}

/*
 * The share of calls that slow examples stand for.  At least one of them was;
 * those that were outliers need not be slow by perfadvisor.slow_query_ms.
 */
static double
share_of_slow(const PadvEntryCopy *entry)
{
	const PadvCounters *counters = &entry->counters;
	double		calls = Max(counters->calls, 1);
	uint64		shortest = PG_UINT64_MAX;

	for (int i = PADV_EXAMPLE_SLOWEST; i < PADV_EXAMPLE_KINDS; i++)
	{
		if (entry->examples[i] != NULL)
			shortest = Min(shortest, entry->examples[i]->exec_ns);
	}
	return Max(Max(counters->slow_calls, 1) / calls,
			   padv_hist_share_from(&entry->histogram, shortest));
}

/* The share of the other calls that the first or the recent example has. */
static double
share_of_usual(const PadvEntryCopy *entry, const PadvExample *example)
{
	double		first = (double) entry->counters.like_first;
	double		recent = (double) entry->counters.like_recent;

	if (first + recent <= 0.0)
		return 0.5;
	return (example == entry->examples[PADV_EXAMPLE_FIRST] ? first : recent) /
		(first + recent);
}

/*
 * The examples that differ from one another, each with its share of the
 * calls; the rarer kinds come first, so that a value that is both slow and
 * recent counts as slow only when it was.
 */
static int
choose_examples(const PadvEntryCopy *entry, const PadvExample **examples,
				double *shares)
{
	static const PadvExampleKind order[] = {
		PADV_EXAMPLE_FIRST, PADV_EXAMPLE_RECENT,
		PADV_EXAMPLE_SLOW, PADV_EXAMPLE_SLOWEST
	};
	bool		slow[PADV_EXAMPLE_KINDS];
	int			n = 0;
	int			nslow = 0;
	double		slow_share;

	for (int i = 0; i < lengthof(order); i++)
	{
		const PadvExample *example = entry->examples[order[i]];
		bool		known = (example == NULL);

		for (int j = 0; j < n && !known; j++)
			known = same_example(example, examples[j]);
		if (known)
			continue;
		slow[n] = (order[i] >= PADV_EXAMPLE_SLOWEST);
		nslow += slow[n];
		examples[n++] = example;
	}
	slow_share = nslow == n ? 1.0 : share_of_slow(entry);
	if (nslow == 0)
		slow_share = 0.0;
	for (int i = 0; i < n; i++)
	{
		if (slow[i])
			shares[i] = slow_share / nslow;
		else if (n - nslow == 1)
			shares[i] = 1.0 - slow_share;
		else
			shares[i] = (1.0 - slow_share) *
				share_of_usual(entry, examples[i]);
	}
	return n;
}

/* What keeps a statement from being planned before it is even parsed? */
static bool
cannot_be_planned(PadvStatement *stmt, const PadvEntryCopy *entry)
{
	if (entry->text.query == NULL)
		stmt->skip_reason = "its text was not kept";
	else if (entry->text.clipped)
		stmt->skip_reason = "its text is too long to be kept whole";
	else if (entry->text.temporary)
		stmt->skip_reason = "it reads a temporary table";
	else if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(stmt->userid)))
		stmt->skip_reason = "the role that ran it no longer exists";
	else
		(void) padv_choose_role(stmt, text_to_plan(entry, NULL));
	return stmt->skip_reason != NULL;
}

static const char *
copy_text(const char *text)
{
	return text == NULL ? NULL : pstrdup(text);
}

/* Points to nothing in the entry. */
static PadvStatement *
statement_from_entry(const PadvEntryCopy *entry)
{
	PadvStatement *stmt = palloc0(sizeof(PadvStatement));
	const PadvExample *examples[PADV_EXAMPLE_KINDS];
	double		shares[PADV_EXAMPLE_KINDS];
	int			n;

	stmt->queryid = entry->key.queryid;
	stmt->userid = entry->key.userid;
	stmt->search_path = copy_text(entry->text.search_path);
	stmt->settings = copy_text(entry->text.settings);
	stmt->query = copy_text(entry->text.query);
	stmt->calls = (double) entry->counters.calls;
	stmt->rows = (double) entry->counters.rows;
	stmt->total_ms = (double) entry->counters.exec_ns / 1e6;
	stmt->skip_code = "unsupported_shape";
	if (cannot_be_planned(stmt, entry))
		return stmt;

	n = choose_examples(entry, examples, shares);
	for (int i = 0; i < n; i++)
		(void) add_instances(stmt, entry, examples[i], shares[i],
							 examples[i] == entry->examples[PADV_EXAMPLE_SLOWEST]);
	if (stmt->instances == NIL &&
		!add_instances(stmt, entry, NULL, 1.0, false))
		return stmt;
	stmt->skip_code = NULL;
	stmt->skip_reason = NULL;
	return stmt;
}

/* Which statements are wanted, and what becomes of them. */
typedef struct Visit
{
	PadvWorkload *workload;
	MemoryContext context;		/* of the workload */
	PadvOidSet *tables;			/* NULL: all statements */
	PadvOidSet *unseen;
} Visit;

/* Rows are put in, and as far as was watched none are looked for. */
static bool
only_inserts(const PadvEntryCopy *entry)
{
	return entry->text.query != NULL &&
		pg_strncasecmp(entry->text.query, "insert", 6) == 0 &&
		entry->counters.watched_calls > 0 && !entry->facts.truncated &&
		entry->facts.npredicates == 0 && entry->facts.nscans == 0;
}

/* Is it a statement that reads any of the tables that are asked for? */
static bool
is_wanted(const PadvEntryCopy *entry, PadvOidSet *tables)
{
	if (tables == NULL)
		return true;
	if (only_inserts(entry))
		return false;
	for (int i = 0; i < entry->text.ntables; i++)
	{
		if (padv_oidset_has(tables, entry->text.tables[i]))
			return true;
	}
	return false;
}

static void
note_unseen(const PadvEntryCopy *entry, PadvOidSet *unseen)
{
	for (int i = 0; i < entry->text.ntables; i++)
		(void) padv_oidset_add(unseen, entry->text.tables[i]);
}

static void
take_entry(const PadvEntryCopy *entry, const Visit *visit)
{
	PadvWorkload *workload = visit->workload;

	if (!is_wanted(entry, visit->tables))
		return;
	if (padv_may_see(entry->key.userid))
		workload->statements = lappend(workload->statements,
									   statement_from_entry(entry));
	else if (visit->unseen != NULL)
		note_unseen(entry, visit->unseen);
}

/* What is known of an entry is several times what planning it needs. */
static void
visit_entry(PadvEntryCopy *entry, void *arg)
{
	const Visit *visit = arg;
	MemoryContext entries = MemoryContextSwitchTo(visit->context);

	CHECK_FOR_INTERRUPTS();
	take_entry(entry, visit);
	MemoryContextSwitchTo(entries);
	MemoryContextReset(entries);
}

/* Heaviest first; ties are broken so that equal inputs give equal order. */
static int
compare_statements(const ListCell *a, const ListCell *b)
{
	const PadvStatement *sa = lfirst(a);
	const PadvStatement *sb = lfirst(b);

	if (sa->total_ms != sb->total_ms)
		return sa->total_ms > sb->total_ms ? -1 : 1;
	if (sa->queryid != sb->queryid)
		return sa->queryid < sb->queryid ? -1 : 1;
	if (sa->userid != sb->userid)
		return sa->userid < sb->userid ? -1 : 1;
	return 0;
}

PadvWorkload *
padv_workload_on_tables(PadvOidSet *tables, PadvOidSet *unseen)
{
	PadvWorkload *workload = palloc0(sizeof(PadvWorkload));
	Visit		visit = {workload, CurrentMemoryContext, tables, unseen};
	MemoryContext entries = AllocSetContextCreate(CurrentMemoryContext,
												  "perfadvisor entry",
												  ALLOCSET_DEFAULT_SIZES);
	PadvStoreInfo info;
	double		seconds;

	padv_require_preload();
	if (padv_work_is_limited())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("recorded statements cannot be advised by a function that is run to plan one of them")));
	padv_be_patient();
	padv_store_info(&info);
	seconds = (double) (GetCurrentTimestamp() - info.reset_at) / 1e6;
	workload->window_hours = Max(seconds, PADV_MIN_WINDOW_SECONDS) / 3600.0;
	MemoryContextSwitchTo(entries);
	padv_store_scan(MyDatabaseId, visit_entry, &visit);
	MemoryContextSwitchTo(visit.context);
	MemoryContextDelete(entries);
	list_sort(workload->statements, compare_statements);
	return workload;
}

PadvWorkload *
padv_workload_recorded(void)
{
	return padv_workload_on_tables(NULL, NULL);
}
