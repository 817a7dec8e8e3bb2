/*-------------------------------------------------------------------------
 *
 * shown.h
 *	  Recorded texts, values and predicates as people see them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_SHOWN_H
#define PADV_SHOWN_H

#include "store/store.h"

#define PADV_HIDDEN_TEXT "<insufficient privilege>"

/* ---- example.c ---- */

/* The statement's text, constants as $n, in this database's encoding. */
extern char *padv_shown_query(const PadvEntryCopy *entry);

/*
 * The statement as it ran once: with its constants, or followed by a comment
 * with the values of its parameters.  The wanted kind of example, or else
 * another one, or else the text alone.
 */
extern char *padv_shown_example(const PadvEntryCopy *entry,
								PadvExampleKind wanted);

/* ---- predicate.c ---- */

/*
 * The column or expression; NULL when it is no longer there.  The relation
 * must exist.
 */
extern char *padv_shown_target(const PadvFacts *facts,
							   const PadvPredicateFact *fact);

/* The operator: =, = ANY, IS NULL, DESC; NULL when it is no longer there. */
extern char *padv_shown_operator(const PadvPredicateFact *fact);
extern const char *padv_shown_role(const PadvPredicateFact *fact);

/*
 * All filters of the statement on the relation, joined by AND, with ? for
 * values; empty when there are none.
 */
extern char *padv_shown_filters(const PadvFacts *facts, Oid relid);

#endif							/* PADV_SHOWN_H */
