/*-------------------------------------------------------------------------
 *
 * guc.h
 *	  The settings of perfadvisor; the only extern variables of the project.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_GUC_H
#define PADV_GUC_H

typedef enum PadvTrack
{
	PADV_TRACK_TOP,				/* statements that clients send */
	PADV_TRACK_ALL				/* and those inside functions */
} PadvTrack;

extern bool padv_enabled;		/* superuser: record at all */
extern int	padv_track;			/* superuser: PadvTrack */
extern int	padv_max_queries;	/* server start: entries in shared memory */
extern double padv_sample_rate; /* superuser: closely watched share, -1 adapts */
extern int	padv_slow_query_ms; /* superuser: executions over this are slow */
extern int	padv_max_index_width;	/* user: most key columns of an advice */
extern int	padv_storage_budget_mb; /* user: MB for all advice, 0 none */
extern double padv_min_improvement_pct; /* user */
extern int	padv_planning_timeout;	/* user: ms to plan a statement, 0 any */
extern int	padv_progress_interval; /* user: ms between notices, 0: none */
extern int	padv_unused_min_age;	/* user: seconds */
extern char *padv_exclude_schemas;	/* user: list of schemas */
extern bool padv_example_values;	/* superuser: keep parameter values */
extern int	padv_snapshot_retention;	/* superuser: seconds, 0: for ever */
extern bool padv_save;			/* reload: keep statistics over a restart */

/* Defines all settings; called once from _PG_init. */
extern void padv_define_settings(void);

/*
 * Recording pauses in this backend while perfadvisor itself plans or asks:
 * what constant folding executes then is not the application's traffic.
 * Use with PG_TRY() and PG_FINALLY(); pause returns what resume is given.
 */
extern bool padv_pause_recording(void);
extern void padv_resume_recording(bool was_enabled);

#endif							/* PADV_GUC_H */
