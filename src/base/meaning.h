/*-------------------------------------------------------------------------
 *
 * meaning.h
 *	  Settings of a session that decide what a statement's text means.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_MEANING_H
#define PADV_MEANING_H

/*
 * Those settings of this session that are not as a server has them where
 * nobody has set anything, as a text for padv_meaning_restore().
 */
extern char *padv_meaning_note(void);

/*
 * Makes this session's settings those that were noted, in the GUC nest level
 * that the caller has begun.  Raises an error when one cannot be set.
 */
extern void padv_meaning_restore(const char *noted);

#endif							/* PADV_MEANING_H */
