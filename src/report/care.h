/*-------------------------------------------------------------------------
 *
 * care.h
 *	  Rows of advice that the catalogs and statistics views lead to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_CARE_H
#define PADV_CARE_H

#include "advise/advise.h"

/* A row of padv_care(), see sql/parts/48_inspect_care.sql. */
typedef struct PadvCare
{
	const char *kind;
	const char *why;
	const char *priority;
	Oid			relid;
	const char *ddl;
	const char *undo_ddl;
	const char *reason;
	Oid			indexoid;		/* the index at hand, if there is one */
	int64		bytes;			/* of disk space, negative where freed */
	const char *detail;			/* a JSON object */

	double		checks;			/* calls of what it is for */

	/* of create_index, for a foreign key */
	const char *check_sql;		/* what the index is to serve */
	double		checks_ms;		/* how long that took; 0: not recorded */
	double		cost_before;	/* of all checks */
	double		cost_after;
	PadvIndex  *index;
	List	   *statements;		/* of PadvStatement: what it is for */
} PadvCare;

/*
 * What is to be mended, as the views in the extension's schema tell it.  An
 * index for a foreign key is among it when its check, planned with it, gets
 * cheaper, and when no other advice does its work.
 */
extern List *padv_cares(Oid schema, const PadvAdviceSet *set);

/*
 * Extended statistics that mend what the planner expects of the statements,
 * as a trial on a sample of the rows has shown.
 */
extern List *padv_correlated(const PadvWorkload *workload,
							 const PadvAdviceSet *set);

/* Gives the indexes among it names that no other advice takes. */
extern void padv_care_name_indexes(List *cares, const List *taken);

#endif							/* PADV_CARE_H */
