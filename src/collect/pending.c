/*-------------------------------------------------------------------------
 *
 * pending.c
 *	  What planning found out about statements, until they have run.
 *
 * Between planning and the end of an execution there is no place in core to
 * leave anything, so it waits here, in the backend: how long planning took,
 * and, for a statement that is not recorded yet, its text.  A plan may never
 * run, so both tables are small and forget: a time whose place another
 * statement takes is lost, and a text that is lost is made from the plan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "collect/collect_private.h"
#include "utils/memutils.h"

#define PADV_PENDING_PLANS	256
#define PADV_PENDING_TEXTS	16

typedef struct PendingPlan
{
	uint64		queryid;
	uint64		ns;
	uint32		plans;
} PendingPlan;

/*
 * The text belongs to the role as well: with the same queryid, that of another
 * one has other constants, which are nobody else's business.
 */
typedef struct PendingText
{
	uint64		queryid;
	Oid			userid;
	MemoryContext context;		/* holds the text; NULL: none */
	PadvText   *text;
} PendingText;

static PendingPlan plans_pending[PADV_PENDING_PLANS];
static PendingText texts_pending[PADV_PENDING_TEXTS];
static int	next_text = 0;

/* ---- times ---- */

static inline PendingPlan *
plan_place(uint64 queryid)
{
	return &plans_pending[(queryid ^ (queryid >> 32)) % PADV_PENDING_PLANS];
}

void
padv_pending_add_plan(uint64 queryid, uint64 ns)
{
	PendingPlan *place = plan_place(queryid);

	if (place->queryid != queryid)
	{
		place->queryid = queryid;
		place->ns = 0;
		place->plans = 0;
	}
	place->ns += ns;
	place->plans++;
}

uint64
padv_pending_take_plan(uint64 queryid, uint32 *plans)
{
	PendingPlan *place = plan_place(queryid);
	uint64		ns;

	if (place->queryid != queryid)
	{
		*plans = 0;
		return 0;
	}
	*plans = place->plans;
	ns = place->ns;
	place->plans = 0;
	place->ns = 0;
	return ns;
}

/* ---- texts ---- */

static PendingText *
find_text(const PadvKey *key)
{
	for (int i = 0; i < PADV_PENDING_TEXTS; i++)
	{
		if (texts_pending[i].queryid == key->queryid &&
			texts_pending[i].userid == key->userid &&
			texts_pending[i].context != NULL)
			return &texts_pending[i];
	}
	return NULL;
}

static void
forget(PendingText *pending)
{
	if (pending->context != NULL)
		MemoryContextDelete(pending->context);
	pending->context = NULL;
	pending->text = NULL;
}

/* A copy in the current memory context. */
static PadvText *
copy_text(const PadvText *from)
{
	PadvText   *to = palloc(sizeof(PadvText));
	Oid		   *types = palloc(Max(from->nparams, 1) * sizeof(Oid));

	*to = *from;
	if (from->nparams > 0)
		memcpy(types, from->param_types, from->nparams * sizeof(Oid));
	to->param_types = types;
	to->query = pstrdup(from->query);
	to->source = from->source == NULL ? NULL : pstrdup(from->source);
	to->search_path = pstrdup(from->search_path);
	to->settings = pstrdup(from->settings);
	return to;
}

typedef struct CaptureJob
{
	Query	   *query;
	const char *string;
	int			location;
	int			len;
	ParamListInfo params;
	PendingText *pending;
} CaptureJob;

static void
capture(void *arg)
{
	CaptureJob *job = arg;
	PadvText   *text = padv_capture_query(job->query, job->string,
										  job->location, job->len,
										  job->params);
	MemoryContext oldcontext;

	job->pending->context = AllocSetContextCreate(TopMemoryContext,
												  "perfadvisor pending text",
												  ALLOCSET_SMALL_SIZES);
	oldcontext = MemoryContextSwitchTo(job->pending->context);
	job->pending->text = copy_text(text);
	MemoryContextSwitchTo(oldcontext);
}

/* Keeps the text of a statement that is about to be planned. */
void
padv_pending_capture(const PadvKey *key, Query *query, const char *string,
					 int location, int len, ParamListInfo params)
{
	PendingText *pending;
	MemoryContext scratch = NULL;
	CaptureJob	job = {query, string, location, len, params, NULL};

	if (find_text(key) != NULL)
		return;
	pending = &texts_pending[next_text];
	next_text = (next_text + 1) % PADV_PENDING_TEXTS;
	forget(pending);

	pending->queryid = key->queryid;
	pending->userid = key->userid;
	job.pending = pending;
	if (!padv_guard(&scratch, capture, &job))
		forget(pending);
	if (scratch != NULL)
		MemoryContextDelete(scratch);
}

const PadvText *
padv_pending_text(const PadvKey *key)
{
	PendingText *pending = find_text(key);

	return pending == NULL ? NULL : pending->text;
}

void
padv_pending_forget_text(const PadvKey *key)
{
	PendingText *pending = find_text(key);

	if (pending != NULL)
		forget(pending);
}
