/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Every difference between PostgreSQL 15 and 19 that perfadvisor meets.
 *
 * One branch of code serves all supported versions; the rest of the code is
 * written against the newest interface, and this header maps it to the older
 * ones.  No other file of this project tests PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_COMPAT_H
#define PADV_COMPAT_H

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 200000
#error "perfadvisor supports PostgreSQL 15 to 19"
#endif

#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_state.h"
#endif
#include "executor/executor.h"
#include "executor/instrument.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "pgstat.h"
#include "storage/shmem.h"
#include "tcop/tcopprot.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/queryjumble.h"
#else
#include "utils/queryjumble.h"
#endif

#define PADV_VERSION "1.0"

/* The module block that names the version arrived with 18. */
#ifdef PG_MODULE_MAGIC_EXT
#define PADV_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "perfadvisor", .version = PADV_VERSION)
#else
#define PADV_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/*
 * ExecutorRun lost its execute_once argument in 18.  PADV_RUN_PARAMS declares
 * the parameters of a hook, PADV_RUN_ARGS passes them on.
 */
#if PG_VERSION_NUM >= 180000
#define PADV_RUN_PARAMS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count
#define PADV_RUN_ARGS queryDesc, direction, count
#else
#define PADV_RUN_PARAMS \
	QueryDesc *queryDesc, ScanDirection direction, uint64 count, \
	bool execute_once
#define PADV_RUN_ARGS queryDesc, direction, count, execute_once
#endif

/* The planner took an ExplainState in 19. */
#if PG_VERSION_NUM >= 190000
#define PADV_PLANNER_PARAMS \
	Query *parse, const char *query_string, int cursorOptions, \
	ParamListInfo boundParams, ExplainState *es
#define PADV_PLANNER_ARGS parse, query_string, cursorOptions, boundParams, es
#define padv_pg_plan_query(query, text, options, params) \
	pg_plan_query(query, text, options, params, NULL)
#else
#define PADV_PLANNER_PARAMS \
	Query *parse, const char *query_string, int cursorOptions, \
	ParamListInfo boundParams
#define PADV_PLANNER_ARGS parse, query_string, cursorOptions, boundParams
#define padv_pg_plan_query(query, text, options, params) \
	pg_plan_query(query, text, options, params)
#endif

/*
 * get_relation_info_hook gave way to build_simple_rel_hook in 19.  A hook is
 * written as PADV_RELATION_HOOK(name) with the parameters root, rel, rte of
 * the newer one, and called or chained through the macros below; "inhparent"
 * of the older interface is rte->inh of the newer.
 */
#if PG_VERSION_NUM >= 190000
typedef build_simple_rel_hook_type PadvRelationHook;
#define padv_relation_hook build_simple_rel_hook
#define PADV_RELATION_HOOK_PARAMS \
	PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte
#define PADV_RELATION_HOOK_ARGS root, rel, rte
#define PADV_RELATION_HOOK_RELID \
	(rte->rtekind == RTE_RELATION ? rte->relid : InvalidOid)
#define PADV_RELATION_HOOK_INH (rte->inh)
#else
typedef get_relation_info_hook_type PadvRelationHook;
#define padv_relation_hook get_relation_info_hook
#define PADV_RELATION_HOOK_PARAMS \
	PlannerInfo *root, Oid relationObjectId, bool inhparent, RelOptInfo *rel
#define PADV_RELATION_HOOK_ARGS root, relationObjectId, inhparent, rel
#define PADV_RELATION_HOOK_RELID relationObjectId
#define PADV_RELATION_HOOK_INH inhparent
#endif

/* Whether a search for join orders makes aggregates on the way, since 19. */
#if PG_VERSION_NUM >= 190000
#define PADV_AGGREGATES_EARLY(root) ((root)->agg_clause_list != NIL)
#else
#define PADV_AGGREGATES_EARLY(root) false
#endif

/*
 * The rights that a planned statement needs; permission lists moved out of
 * the range table in 16.
 */
#if PG_VERSION_NUM >= 160000
#define padv_check_permissions(plan, raise) \
	ExecCheckPermissions((plan)->rtable, (plan)->permInfos, raise)
#else
#define padv_check_permissions(plan, raise) \
	ExecCheckRTPerms((plan)->rtable, raise)
#endif

/* Jumbling lost its text argument in 16. */
#if PG_VERSION_NUM >= 160000
#define padv_jumble_query(query, text) JumbleQuery(query)
#else
#define padv_jumble_query(query, text) JumbleQuery(query, text)
#endif

/* A backend's own table counters lost their prefix in 16. */
#if PG_VERSION_NUM >= 160000
#define PADV_TAB_NUMSCANS(tab) ((tab)->counts.numscans)
#define PADV_TAB_TUPLES_RETURNED(tab) ((tab)->counts.tuples_returned)
#else
#define PADV_TAB_NUMSCANS(tab) ((tab)->t_counts.t_numscans)
#define PADV_TAB_TUPLES_RETURNED(tab) ((tab)->t_counts.t_tuples_returned)
#endif

/* When a table or an index was last scanned is known since 16. */
#if PG_VERSION_NUM >= 160000
#define PADV_TAB_LASTSCAN(entry) ((entry)->lastscan)
#else
#define PADV_TAB_LASTSCAN(entry) ((TimestampTz) 0)
#endif

/* A shared hash table takes one size since 19. */
#if PG_VERSION_NUM >= 190000
#define padv_shmem_init_hash(name, size, info, flags) \
	ShmemInitHash(name, size, info, flags)
#else
#define padv_shmem_init_hash(name, size, info, flags) \
	ShmemInitHash(name, size, size, info, flags)
#endif

/* Node counters were split from the statement timer in 19. */
#if PG_VERSION_NUM >= 190000
typedef NodeInstrumentation PadvNodeInstr;
#else
typedef Instrumentation PadvNodeInstr;
#endif

/* The direction of a pathkey: a btree strategy until 17, then a kind of
 * comparison. */
#if PG_VERSION_NUM >= 180000
#define PADV_PATHKEY_DESC(pathkey) ((pathkey)->pk_cmptype == COMPARE_GT)
#else
#define PADV_PATHKEY_DESC(pathkey) \
	((pathkey)->pk_strategy == BTGreaterStrategyNumber)
#endif

/* Aggregates with DISTINCT or ORDER BY take presorted input since 16. */
#define PADV_PRESORTS_AGGREGATES (PG_VERSION_NUM >= 160000)

/* Ownership checks were unified in 16. */
#if PG_VERSION_NUM >= 160000
#define padv_owns_relation(relid, roleid) \
	object_ownercheck(RelationRelationId, relid, roleid)
#else
#define padv_owns_relation(relid, roleid) pg_class_ownercheck(relid, roleid)
#endif

/* Attribute maps took "missing_ok" in 16; a NULL map is the identity. */
#if PG_VERSION_NUM >= 160000
#define padv_attrmap_if_needed(child, parent) \
	build_attrmap_by_name_if_req(child, parent, false)
#else
#define padv_attrmap_if_needed(child, parent) \
	build_attrmap_by_name_if_req(child, parent)
#endif

/* How a table access method tells that it can do bitmap scans: 18 renamed. */
#if PG_VERSION_NUM >= 180000
#define PADV_TABLE_HAS_BITMAP_SCAN(rel) \
	((rel)->rd_tableam->scan_bitmap_next_tuple != NULL)
#else
#define PADV_TABLE_HAS_BITMAP_SCAN(rel) \
	((rel)->rd_tableam->scan_bitmap_next_block != NULL)
#endif

/*
 * EXPLAIN of a plan whose parameters have no values: since 16 a flag for the
 * executor; in 15 the steps that need the values are taken out of the plan.
 */
#if PG_VERSION_NUM >= 160000
#define PADV_EXEC_FLAG_GENERIC EXEC_FLAG_EXPLAIN_GENERIC
#define PADV_FORGET_PRUNING(append) ((void) (append))
#else
#define PADV_EXEC_FLAG_GENERIC 0
#define PADV_FORGET_PRUNING(append) ((append)->part_prune_info = NULL)
#endif

/* Range table entries made by the parser carry their rights apart since 16. */
#if PG_VERSION_NUM >= 160000
#define PADV_SET_PERMINFOS(query, pstate) \
	((query)->rteperminfos = (pstate)->p_rteperminfos)
#else
#define PADV_SET_PERMINFOS(query, pstate) ((void) 0)
#endif

/* A scan of a range of pages took flags in 19. */
#if PG_VERSION_NUM >= 190000
#define padv_beginscan_tidrange(rel, snapshot, from, to) \
	table_beginscan_tidrange(rel, snapshot, from, to, 0)
#else
#define padv_beginscan_tidrange(rel, snapshot, from, to) \
	table_beginscan_tidrange(rel, snapshot, from, to)
#endif

/*
 * Rows that an execution processed.  16 and later sum them up over several
 * runs, as of a cursor; 15 knows those of the last one.
 */
#if PG_VERSION_NUM >= 160000
#define PADV_ROWS_PROCESSED(estate) ((estate)->es_total_processed)
#else
#define PADV_ROWS_PROCESSED(estate) ((estate)->es_processed)
#endif

/* An instr_time, in nanoseconds; it was a timespec until 15. */
#if PG_VERSION_NUM >= 160000
#define padv_instr_ns(t) ((uint64) INSTR_TIME_GET_NANOSEC(t))
#else
#define padv_instr_ns(t) \
	((uint64) (t).tv_sec * UINT64CONST(1000000000) + (uint64) (t).tv_nsec)
#endif

/* The scanner does not warn of backslashes any more since 19. */
#if PG_VERSION_NUM >= 190000
#define padv_no_escape_warning(extra) ((void) (extra))
#else
#define padv_no_escape_warning(extra) \
	((void) ((extra)->escape_string_warning = false))
#endif

/* An update that changes columns of BRIN indexes only can be HOT since 16. */
#if PG_VERSION_NUM >= 160000
#define PADV_KEEPS_HOT(relam) ((relam) == BRIN_AM_OID)
#else
#define PADV_KEEPS_HOT(relam) false
#endif

/*
 * PostgreSQL's own collations, all of which sort by bytes: COLLPROVIDER_BUILTIN
 * since 17.
 */
#define PADV_COLLPROVIDER_BUILTIN 'b'

/* A generated column that is not stored: ATTRIBUTE_GENERATED_VIRTUAL since 18. */
#define PADV_GENERATED_VIRTUAL	'v'

/* Since 19 a backslash in a plain string is always itself. */
#if PG_VERSION_NUM >= 190000
#define PADV_STANDARD_STRINGS true
#else
#define PADV_STANDARD_STRINGS standard_conforming_strings
#endif

#endif							/* PADV_COMPAT_H */
