/*-------------------------------------------------------------------------
 *
 * sqltext.h
 *	  SQL that means the same in every session.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_SQLTEXT_H
#define PADV_SQLTEXT_H

/*
 * Settings for making texts, with nothing but pg_catalog in the search_path;
 * AtEOXact_GUC(false, result) takes them back.
 */
extern int	padv_enter_text_settings(void);

/* A text made under them, for sessions with whatever settings. */
extern char *padv_portable_sql(const char *sql);

/* What makes an index that exists.  The caller has locked its table. */
extern char *padv_existing_index_ddl(Oid indexoid);

#endif							/* PADV_SQLTEXT_H */
