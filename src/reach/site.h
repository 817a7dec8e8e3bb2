/*-------------------------------------------------------------------------
 *
 * site.h
 *	  A relation whose clauses and orders are being looked at
 *
 * access.c starts with a relation that the planner has made paths for; clause.c
 * walks its clauses, order.c the orders that are wanted of it, and site.c notes
 * what they find.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_SITE_H
#define PADV_SITE_H

#include "nodes/pathnodes.h"
#include "reach/reach_private.h"

typedef struct PadvSite
{
	PlannerInfo *root;
	RelOptInfo *rel;
	Index		rti;
	PadvAccess *access;
	MemoryContext context;
	const Query *query;
	bool		has_params;		/* the query, before planning */
	bool		sampled;
	Node	   *clause;			/* being visited, if it stands alone */
	int			arm;			/* number of the OR arm, 0 outside of any */
	int			arms;			/* arms seen so far */
	int			noted;			/* targets found so far, known ones as well */
} PadvSite;

/* site.c */
extern void padv_site_add(PadvSite *site, const PadvTarget *target);
extern void padv_site_name(PadvSite *site, Node *node, const char *test,
						   double selectivity);
extern void padv_site_tell(PadvSite *site, Node *node, const char *test,
						   const char *why, double selectivity);
extern bool padv_site_is_key(PadvSite *site, Node *node);
extern bool padv_holds_planner_node(Node *node, void *context);

/* clause.c */
extern void padv_site_clauses(PadvSite *site);

/* order.c */
extern void padv_site_classes(PadvSite *site);
extern void padv_site_orders(PadvSite *site);

#endif							/* PADV_SITE_H */
