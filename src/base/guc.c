/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  The settings of perfadvisor.
 *
 * What decides the cost of recording or what is kept of other people's
 * statements is for superusers; what only shapes the advice that a session
 * asks for is for everyone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "base/compat.h"
#include "base/guc.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/varlena.h"

bool		padv_enabled = true;
int			padv_track = PADV_TRACK_ALL;
int			padv_max_queries = 5000;
double		padv_sample_rate = -1;
int			padv_slow_query_ms = 100;
int			padv_max_index_width = 4;
int			padv_storage_budget_mb = 0;
double		padv_min_improvement_pct = 10;
int			padv_planning_timeout = 5000;
int			padv_progress_interval = 10000;
int			padv_unused_min_age = 7 * 24 * 60 * 60;
char	   *padv_exclude_schemas = NULL;
bool		padv_example_values = true;
bool		padv_save = true;
int			padv_snapshot_retention = 30 * 24 * 60 * 60;

static const struct config_enum_entry track_options[] = {
	{"top", PADV_TRACK_TOP, false},
	{"all", PADV_TRACK_ALL, false},
	{NULL, 0, false}
};

/* Either the one value that stands for "adapt", or a share. */
static bool
check_sample_rate(double *newval, void **extra, GucSource source)
{
	if (*newval == -1 || *newval >= 0)
		return true;
	GUC_check_errdetail("The value must be -1, or between 0 and 1.");
	return false;
}

static bool
check_exclude_schemas(char **newval, void **extra, GucSource source)
{
	char	   *rawname = pstrdup(*newval);
	List	   *names;
	bool		valid = SplitIdentifierString(rawname, ',', &names);

	list_free(names);
	pfree(rawname);
	if (!valid)
		GUC_check_errdetail("List syntax is invalid.");
	return valid;
}

/* What is recorded, and how closely. */
static void
define_recording_settings(void)
{
	DefineCustomBoolVariable("perfadvisor.enabled",
							 "Records the statements that run.",
							 NULL, &padv_enabled, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("perfadvisor.track",
							 "Selects which statements are recorded.",
							 "\"top\" records what clients send, \"all\" also the statements inside functions.",
							 &padv_track, PADV_TRACK_ALL, track_options,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomRealVariable("perfadvisor.sample_rate",
							 "Share of the executions that are watched closely.",
							 "-1 watches the first executions of each statement, and fewer and fewer of the rest.",
							 &padv_sample_rate, -1, -1, 1,
							 PGC_SUSET, 0, check_sample_rate, NULL, NULL);
	DefineCustomIntVariable("perfadvisor.slow_query_ms",
							"Executions that take at least this long count as slow.",
							NULL, &padv_slow_query_ms, 100, 0, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("perfadvisor.example_values",
							 "Keeps example values of statements.",
							 "Advice is better with them, as it can tell frequent values from rare ones.",
							 &padv_example_values, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
}

/*
 * How much is kept, and where.  A setting that is fixed at server start
 * cannot be defined later; in a session that loads the library by itself it
 * has no effect, and must only not be rejected.
 */
static void
define_store_settings(void)
{
	DefineCustomIntVariable("perfadvisor.max_queries",
							"Number of statements that are kept in shared memory.",
							NULL, &padv_max_queries, 5000, 100, 1000000,
							process_shared_preload_libraries_in_progress ?
							PGC_POSTMASTER : PGC_SIGHUP,
							0, NULL, NULL, NULL);
	DefineCustomBoolVariable("perfadvisor.save",
							 "Keeps what was recorded over a restart.",
							 NULL, &padv_save, true,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("perfadvisor.snapshot_retention",
							"Age at which the next snapshot removes older ones.",
							"0 keeps all.",
							&padv_snapshot_retention,
							30 * 24 * 60 * 60, 0, INT_MAX,
							PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);
}

/* What advice is worth giving. */
static void
define_advice_settings(void)
{
	DefineCustomIntVariable("perfadvisor.max_index_width",
							"Most key columns of a recommended index.",
							NULL, &padv_max_index_width, 4, 1, INDEX_MAX_KEYS,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("perfadvisor.storage_budget",
							"Most space that all recommended indexes may take.",
							"0 means no limit. A number without a unit is of megabytes here, and of bytes as the argument of a function.",
							&padv_storage_budget_mb, 0, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MB, NULL, NULL, NULL);
	DefineCustomRealVariable("perfadvisor.min_improvement_pct",
							 "Smallest improvement, in per cent of the cost, that is worth an index.",
							 NULL, &padv_min_improvement_pct, 10, 0, 100,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("perfadvisor.planning_timeout",
							"Longest time that one planning of a recorded statement may take.",
							"A statement that takes longer gets no advice. 0 means no limit.",
							&padv_planning_timeout, 5000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("perfadvisor.progress_interval",
							"Time between two notices that advice is still being worked out.",
							"0 means no notices.",
							&padv_progress_interval, 10000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("perfadvisor.unused_min_age",
							"Time without a scan after which an index may count as unused.",
							NULL, &padv_unused_min_age,
							7 * 24 * 60 * 60, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomStringVariable("perfadvisor.exclude_schemas",
							   "Schemas whose tables get no advice.",
							   NULL, &padv_exclude_schemas, "",
							   PGC_USERSET, GUC_LIST_INPUT,
							   check_exclude_schemas, NULL, NULL);
}

void
padv_define_settings(void)
{
	define_recording_settings();
	define_store_settings();
	define_advice_settings();
	MarkGUCPrefixReserved("perfadvisor");
}

bool
padv_pause_recording(void)
{
	bool		was_enabled = padv_enabled;

	padv_enabled = false;
	return was_enabled;
}

void
padv_resume_recording(bool was_enabled)
{
	padv_enabled = was_enabled;
}
