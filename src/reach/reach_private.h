/*-------------------------------------------------------------------------
 *
 * reach_private.h
 *	  What the files of the reach room share.
 *
 * site.c notes targets, clause.c and order.c find them; keycolumn.c and
 * method.c say what an index could do for one, predicate.c what it could be
 * restricted to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_REACH_PRIVATE_H
#define PADV_REACH_PRIVATE_H

#include "reach/reach.h"

/* predicate.c */
extern Node *padv_predicate_of(PlannerInfo *root, Index rti, Node *clause,
							   const Query *query, bool sampled);
extern Node *padv_rare_predicate(PlannerInfo *root, Index rti, Node *clause);
extern bool padv_is_in_text(const Query *query, const Const *value);
extern void padv_note_columns(PlannerInfo *root, RelOptInfo *rel,
							  PadvAccess *access, MemoryContext context);

/* keycolumn.c */
extern Node *padv_strip(Node *node);
extern bool padv_fill_key(Index rti, Node *node, Oid collation,
						  PadvIndexCol *col);
extern bool padv_is_prefix_operator(Oid opno);
extern bool padv_lacks_prefix(Oid opno, Node *pattern);
extern PadvUse padv_classify(Oid opno, PadvIndexCol *col);

/* method.c */
extern int	padv_other_methods(Oid opno, Oid type, Oid *methods,
							   Oid *opclasses, int max);
extern Oid	padv_distance_opclass(Oid opno, Oid type);

/* support.c */
extern List *padv_function_conditions(PlannerInfo *root, RelOptInfo *rel,
									  FuncExpr *func, int argument);

#endif							/* PADV_REACH_PRIVATE_H */
