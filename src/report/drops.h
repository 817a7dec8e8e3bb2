/*-------------------------------------------------------------------------
 *
 * drops.h
 *	  Rows of advice that drop an index.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_DROPS_H
#define PADV_DROPS_H

#include "advise/advise.h"

typedef struct PadvDrop
{
	PadvDropTrial trial;
	const char *index;			/* qualified name */
	const char *why;			/* redundant, unused, replaced */
	const char *reason;
	const char *ddl;
	const char *undo_ddl;
	int64		bytes;
} PadvDrop;

/*
 * What the index views of the extension's schema call redundant or unused,
 * as far as no recorded statement gets dearer without it.
 */
extern List *padv_drops(Oid schema, const PadvWorkload *workload,
						const PadvAdviceSet *set);

/* The drop of a real index that an advised one covers. */
extern PadvDrop *padv_drop_replaced(const PadvIndex *old,
									const PadvIndex *new, double upkeep_ms);

/* The unqualified name of an operator class, or NULL. */
extern char *padv_opclass_name(Oid opclass);

/* A partial index's predicate as DDL shows it, or NULL. */
extern char *padv_index_predicate_text(const PadvIndex *index);

#endif							/* PADV_DROPS_H */
