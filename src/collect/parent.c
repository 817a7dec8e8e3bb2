/*-------------------------------------------------------------------------
 *
 * parent.c
 *	  From partitions and inheritance children up to the table that the
 *	  statement names.
 *
 * The planner leaves in the plan how it expanded each parent, so that no
 * catalog is needed.  Branches of a UNION ALL are expanded in the same way,
 * but have no table as their parent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "collect/collect_private.h"

AppendRelInfo **
padv_parents(const PlannedStmt *stmt)
{
	int			size = list_length(stmt->rtable) + 1;
	AppendRelInfo **parents;
	ListCell   *lc;

	if (stmt->appendRelations == NIL)
		return NULL;
	parents = palloc0(size * sizeof(AppendRelInfo *));
	foreach(lc, stmt->appendRelations)
	{
		AppendRelInfo *info = lfirst_node(AppendRelInfo, lc);

		if (info->child_relid < size && info->parent_relid < size)
			parents[info->child_relid] = info;
	}
	return parents;
}

/* How the entry was made from a parent table; NULL if it was not. */
static AppendRelInfo *
parent_of(AppendRelInfo **parents, List *rtable, Index rti)
{
	AppendRelInfo *info = parents == NULL ? NULL : parents[rti];

	if (info == NULL || rt_fetch(info->parent_relid, rtable)->rtekind != RTE_RELATION)
		return NULL;
	return info;
}

Index
padv_parent_top(AppendRelInfo **parents, List *rtable, Index rti)
{
	AppendRelInfo *info;

	while ((info = parent_of(parents, rtable, rti)) != NULL)
		rti = info->parent_relid;
	return rti;
}

void
padv_parent_column(AppendRelInfo **parents, List *rtable,
				   Index *rti, AttrNumber *attno)
{
	AppendRelInfo *info;

	while ((info = parent_of(parents, rtable, *rti)) != NULL)
	{
		if (*attno <= 0 || *attno > info->num_child_cols ||
			info->parent_colnos[*attno - 1] == 0)
			break;				/* the child's own column */
		*attno = info->parent_colnos[*attno - 1];
		*rti = info->parent_relid;
	}
}
