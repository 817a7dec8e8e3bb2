/*-------------------------------------------------------------------------
 *
 * change.c
 *	  Commands that create, drop or rebuild indexes.
 *
 * When one has been committed, the store is told, so that the statements'
 * figures before and since can be compared.  Which indexes a command makes or
 * drops only core knows; it tells those who have hooked into object access.
 * That hook costs something at every function that an execution calls, so it
 * is there only while such a command runs.
 *
 * What was just created is looked up when the command has ended; what is
 * dropped, before it goes.  A command that works in several transactions, as
 * CREATE INDEX CONCURRENTLY, is done when it ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "collect/collect_private.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* A set of OIDs that grows; what there is no memory for is left out. */
typedef struct OidSet
{
	int			n;
	int			size;
	Oid		   *oids;
} OidSet;

/* "hooked" stays while another library has put its hook before ours. */
static object_access_hook_type prev_access = NULL;
static bool hooked = false;

/* Commands that run now, one inside the other. */
static int	depth = 0;

/* Relations that they have made, not yet looked up. */
static OidSet created;

/* Tables whose indexes the transaction has changed, and since when it does. */
static OidSet changed;
static TimestampTz changed_since = 0;

/* In its own memory, as it is needed when the transaction has ended. */
static bool
grow(OidSet *set)
{
	int			size = Max(64, 2 * set->size);
	Oid		   *oids = MemoryContextAllocExtended(TopMemoryContext,
												  size * sizeof(Oid),
												  MCXT_ALLOC_HUGE |
												  MCXT_ALLOC_NO_OOM);

	if (oids == NULL)
		return false;
	if (set->oids != NULL)
	{
		memcpy(oids, set->oids, set->n * sizeof(Oid));
		pfree(set->oids);
	}
	set->oids = oids;
	set->size = size;
	return true;
}

/* Mostly the one that came last, again; others may be there twice. */
static void
add(OidSet *set, Oid oid)
{
	if (set->n > 0 && set->oids[set->n - 1] == oid)
		return;
	if (set->n == set->size && !grow(set))
		return;
	set->oids[set->n++] = oid;
}

static void
clear(OidSet *set)
{
	if (set->oids != NULL)
		pfree(set->oids);
	memset(set, 0, sizeof(OidSet));
}

/* The table, and the partitioned ones that it is part of. */
static void
add_table(Oid relid)
{
	ListCell   *lc;

	add(&changed, relid);
	if (!get_rel_relispartition(relid))
		return;
	foreach(lc, get_partition_ancestors(relid))
		add(&changed, lfirst_oid(lc));
}

/* The table of an index; of anything else, nothing. */
static void
add_index(Oid relid)
{
	char		relkind = get_rel_relkind(relid);
	Oid			table;

	if (relkind != RELKIND_INDEX && relkind != RELKIND_PARTITIONED_INDEX)
		return;
	table = IndexGetRelation(relid, true);
	if (OidIsValid(table))
		add_table(table);
}

static void
note_access(ObjectAccessType access, Oid classId, Oid objectId, int subId,
			void *arg)
{
	if (prev_access)
		prev_access(access, classId, objectId, subId, arg);
	if (depth == 0 || classId != RelationRelationId || subId != 0)
		return;
	if (access == OAT_POST_CREATE)
		add(&created, objectId);
	else if (access == OAT_DROP)
		add_index(objectId);
}

bool
padv_may_change_indexes(const Node *command)
{
	switch (nodeTag(command))
	{
		case T_IndexStmt:
		case T_ReindexStmt:
		case T_AlterTableStmt:
			return true;
		case T_DropStmt:
			return ((const DropStmt *) command)->removeType == OBJECT_INDEX;
		default:
			return false;
	}
}

/* ---- the transaction ---- */

/*
 * Here all that was done in the transaction is visible to others, or not, if
 * it was taken back.
 */
static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			if (changed.n == 0)
				break;
			qsort(changed.oids, changed.n, sizeof(Oid), oid_cmp);
			padv_store_mark_change(changed.oids, changed.n, changed_since);
			break;
		case XACT_EVENT_ABORT:
			break;
		default:
			return;
	}
	clear(&changed);
	/* a command that goes on in another transaction began long ago */
	if (depth == 0)
		changed_since = 0;
}

/* Only sessions that change indexes are called at each commit. */
static void
register_callback(void)
{
	static bool registered = false;

	if (!registered)
		RegisterXactCallback(end_transaction, NULL);
	registered = true;
}

/* ---- the command ---- */

void
padv_change_start(void)
{
	register_callback();
	if (changed_since == 0)
		changed_since = GetCurrentTimestamp();
	if (depth++ > 0)
		return;
	clear(&created);
	if (hooked)
		return;
	prev_access = object_access_hook;
	object_access_hook = note_access;
	hooked = true;
}

/* Also after an error. */
void
padv_change_stop(void)
{
	if (--depth > 0 || object_access_hook != note_access)
		return;
	object_access_hook = prev_access;
	hooked = false;
}

/* By a name whose schema may be closed to us by now: nothing may fail here. */
static Oid
find_relation(const RangeVar *name)
{
	Oid			schema;

	if (name->schemaname == NULL)
		return RelnameGetRelid(name->relname);
	schema = LookupNamespaceNoError(name->schemaname);
	return OidIsValid(schema) ? get_relname_relid(name->relname, schema) :
		InvalidOid;
}

/* A rebuild in place makes no index. */
static void
add_reindexed(const ReindexStmt *stmt)
{
	Oid			relid;

	if (stmt->relation == NULL)
		return;
	relid = find_relation(stmt->relation);
	if (!OidIsValid(relid))
		return;
	if (get_rel_relkind(relid) == RELKIND_RELATION)
		add_table(relid);
	else
		add_index(relid);
}

void
padv_change_finish(const Node *command)
{
	if (depth > 0)
		return;
	for (int i = 0; i < created.n; i++)
		add_index(created.oids[i]);
	clear(&created);
	if (IsA(command, ReindexStmt))
		add_reindexed((const ReindexStmt *) command);
	if (changed.n == 0)
		changed_since = 0;
}
