/*-------------------------------------------------------------------------
 *
 * collect.h
 *	  The door of the room that watches statements run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_COLLECT_H
#define PADV_COLLECT_H

/* Installs the hooks; called from _PG_init when the library is preloaded. */
extern void padv_collect_init(void);

#endif							/* PADV_COLLECT_H */
