/*-------------------------------------------------------------------------
 *
 * index.h
 *	  Definition of an index, real or hypothetical: one shape for both.
 *
 * Definitions come from the catalogs (index.c), from CREATE INDEX text
 * (index_parse.c) or from whoever fills a PadvIndex; index_ddl.c turns them
 * into text, size.c and its siblings say how large they will be.
 *
 * Expressions and predicates are kept as the planner keeps those of real
 * indexes (constants folded, qualifications canonical, Vars numbered 1), so
 * that definitions of every origin can be compared with equal().
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_INDEX_H
#define PADV_INDEX_H

#include "nodes/pg_list.h"
#include "nodes/nodes.h"
#include "storage/block.h"
#include "access/attnum.h"
#include "pg_config_manual.h"

typedef struct PadvIndexCol
{
	AttrNumber	attno;			/* heap column, or 0 with expr */
	Node	   *expr;			/* index expression, Vars numbered 1 */
	Oid			opclass;		/* InvalidOid for an included column */
	Oid			opfamily;
	Oid			opcintype;
	Oid			collation;
	bool		desc;
	bool		nulls_first;
	List	   *opclass_options;	/* of DefElem: "(siglen = 32)", or NIL */
} PadvIndexCol;

/* What an index on a partitioned table is on one of its leaf partitions. */
typedef struct PadvIndexLeaf
{
	Oid			relid;
	double		tuples;
	double		pages;
	int			height;
} PadvIndexLeaf;

typedef struct PadvIndex
{
	Oid			relid;			/* table, or partitioned parent */
	Oid			relam;			/* access method */
	bool		unique;
	bool		nulls_not_distinct; /* of a unique one */
	int			nkeys;			/* key columns */
	int			ncols;			/* and included ones, which follow */
	List	   *pred;			/* implicit-AND list, Vars numbered 1, or NIL */
	List	   *options;		/* of DefElem: WITH (...), or NIL */
	Oid			tablespace;		/* as given, or InvalidOid */

	Oid			oid;			/* of the real index, or a made-up one */
	bool		hypothetical;
	char	   *name;			/* of a real index, or as given, or NULL */

	/*
	 * Sizes; padv_index_estimate() fills them for hypothetical ones and must
	 * be called before they are planned with.  On a partitioned table they
	 * are sums (height: the largest), and "leaves" has the parts, by relid.
	 */
	double		tuples;
	double		pages;
	int			height;			/* levels above the leaves, -1 not known */
	double		bytes;			/* pages * BLCKSZ, of all partitions */
	int			nleaves;
	PadvIndexLeaf *leaves;
	/* At the end: a copy (padv_index_copy()) has room for ncols only. */
	PadvIndexCol cols[INDEX_MAX_KEYS];
} PadvIndex;

/* ---- where definitions come from ---- */

/*
 * Reads one CREATE INDEX statement with core's parser and analysis; nothing
 * is created.  Errors as CREATE INDEX itself raises them, and one when the
 * text is no single CREATE INDEX.  Needs SELECT on, or ownership of, the
 * table.  The result has a made-up oid and estimated sizes.
 */
extern PadvIndex *padv_index_parse(const char *text);

/* A real index, read from the catalogs; NULL if it is gone or unreadable. */
extern PadvIndex *padv_index_from_catalog(Oid indexoid);

/* All valid, ready and live indexes of a table, as PadvIndex, by oid. */
extern List *padv_index_list(Oid relid);

/*
 * A btree on plain columns with default opclasses and collations; NULL when
 * a column is gone or its type has no btree ordering.  It has a made-up oid,
 * but no sizes yet.
 */
extern PadvIndex *padv_index_btree(Oid relid, int nkeys,
								   const AttrNumber *attnos);

/*
 * Makes cols[i] a key column: looks up what depends on the operator class.
 * attno, expr and opclass_options of the column are the caller's.
 */
extern void padv_index_set_key(PadvIndex *index, int i, Oid opclass,
							   Oid collation, bool desc, bool nulls_first);

/* Type and natural collation of a column, included ones as well. */
extern Oid	padv_index_col_type(const PadvIndex *index, int i, int32 *typmod,
								Oid *collation);

/* A copy that takes no more memory than it must; pointers are shared. */
extern PadvIndex *padv_index_copy(const PadvIndex *index);

/* A new made-up oid, larger than any that is likely in use. */
extern Oid	padv_index_made_up_oid(void);

/*
 * Fills tuples, pages, height and bytes with what CREATE INDEX would build
 * now, from the table's statistics (see size.c).
 */
extern void padv_index_estimate(PadvIndex *index);

/* Of a BRIN index: how many pages of the table share a summary. */
extern int	padv_index_pages_per_range(const PadvIndex *index);

/*
 * The same index as seen by a leaf partition: column numbers and
 * expressions are mapped, oid, name and sizes are the parent's.
 */
extern PadvIndex *padv_index_for_leaf(const PadvIndex *index, Oid leafid);

/*
 * A copy of an expression, or a list of them, on the columns of entry "rti" of
 * a statement alone, as an index on that table has it: Vars numbered 1.
 */
extern void *padv_index_expr(const void *expr, Index rti);

/* ---- comparing ---- */

/*
 * Same table, method, keys, included columns and predicate.  Uniqueness is
 * not compared, and a btree with all directions reversed is the same.
 */
extern bool padv_index_equal(const PadvIndex *a, const PadvIndex *b);

/*
 * Can "wide" serve every scan that "narrow" serves?  Same method and
 * predicate, narrow's keys a prefix of wide's (with the same directions, or
 * all reversed), narrow's included columns in wide.  Not for unique indexes:
 * a narrow one that enforces uniqueness is never covered.
 */
extern bool padv_index_covers(const PadvIndex *wide, const PadvIndex *narrow);

/* ---- telling ---- */

/* "schema.table USING btree (a, b DESC) INCLUDE (c) WHERE …", qualified. */
extern char *padv_index_describe(const PadvIndex *index);

/*
 * A name for a new index that is free in its schema, at most 63 bytes.  The
 * second form also avoids the names in "taken" (a List of char *), so that
 * several pieces of advice do not choose the same one.
 */
extern char *padv_index_choose_name(const PadvIndex *index);
extern char *padv_index_choose_name_among(const PadvIndex *index,
										  const List *taken);

/*
 * "CREATE INDEX CONCURRENTLY name ON …", without CONCURRENTLY on partitioned
 * tables, where it is not allowed.  A real index comes under its own name,
 * as the catalogs have it.
 */
extern char *padv_index_create_ddl(const PadvIndex *index, const char *name);

/* "DROP INDEX CONCURRENTLY schema.name", likewise. */
extern char *padv_index_drop_ddl(const PadvIndex *index, const char *name);

/*
 * A name for the definition: the same tomorrow and in a restored database.
 */
extern char *padv_index_id(const PadvIndex *index);
extern char *padv_hash_name(const char *text);

/* One key column as DDL shows it: "lower(email)", "\"userId\" DESC". */
extern char *padv_index_column_text(const PadvIndex *index, int col);

/* ---- correlation.c: how far rows lie in an order ---- */

/* Of a column's values: -1 to 1, 0 if not known. */
extern double padv_correlation(Oid relid, AttrNumber attno);

#endif							/* PADV_INDEX_H */
