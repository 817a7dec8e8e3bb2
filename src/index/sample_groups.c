/*-------------------------------------------------------------------------
 *
 * sample_groups.c
 *	  How often values repeat in a table, judged by a sample of its rows.
 *
 * Values that were seen in many clusters are frequent, and as frequent as
 * they were seen.  Of the others, rows with the same value in one cluster
 * count as one item, since they lie together; how items repeat between
 * clusters is estimated as ANALYZE does for rows, by Haas and Stokes' Duj1,
 * unless values of several kinds come together, such as the words of a text:
 * then there may be unique ones among others that repeat.
 *
 * Keys with a NULL in some column repeat otherwise than those without, and a
 * few that repeat often would make all the others seem to.  So they are of
 * another kind, and each kind is counted by itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "index/size_private.h"
#include "base/compat.h"
#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* A value in this many clusters is frequent enough to be taken as seen. */
#define HEAVY_CLUSTERS		10

/* So many values must have been seen three times to tell unique ones. */
#define LEAST_THRICE		30.0

/* What is known of the values that are not outstandingly frequent. */
typedef struct Light
{
	double		rows;
	double		items;			/* pairs of value and cluster */
	double		values;
	double		once;			/* values seen in one cluster only */
	double		twice;
	double		thrice;
} Light;

/* An answer of padv_sample_groups(), for columns in any order. */
typedef struct Answer
{
	int			ncols;
	const PadvSampleColumn *cols[INDEX_MAX_KEYS];	/* by address */
	const bool *filter;
	double		tuples;
	PadvGroups	groups;
	double		seen;
} Answer;

/* By value, then by cluster; core's template, since sorting is most of it. */
#define ST_SORT sort_occurrences
#define ST_ELEMENT_TYPE PadvOccurrence
#define ST_COMPARE(a, b) \
	((a)->hash != (b)->hash ? ((a)->hash < (b)->hash ? -1 : 1) : \
	 ((a)->cluster > (b)->cluster) - ((a)->cluster < (b)->cluster))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Adds "values" values, which together have so many rows in the sample. */
static void
add_class(PadvGroups *groups, double rows, double values, double share,
		  double total)
{
	PadvCells	cell;

	if (rows <= 0.0 || values <= 0.0)
		return;
	cell = padv_groups_even(rows / share, values).classes[0];
	cell.p *= rows / (share * total);
	padv_groups_add(groups, cell);
}

/*
 * Of the items that were seen once, how many are of values that are nowhere
 * else?  Values that repeat evenly are seen once, twice and three times in
 * the proportions of a Poisson distribution; what is seen once beyond that is
 * unique.  *repeated are the values that are not.
 */
static double
count_unique(const Light *light, double *repeated)
{
	double		lambda;

	if (light->thrice < LEAST_THRICE || light->twice <= 0.0)
		return 0.0;
	lambda = 3.0 * light->thrice / light->twice;
	*repeated = 2.0 * light->twice / (lambda * lambda * exp(-lambda));
	return Max(light->once - 2.0 * light->twice / lambda, 0.0);
}

/* How many different values do the light ones make in the whole? */
static void
add_light(PadvGroups *groups, const Light *light, double share, double total,
		  bool mixed)
{
	double		items = light->items;
	double		values = 0.0;
	double		unique = mixed ? count_unique(light, &values) : 0.0;

	if (items <= 0.0)
		return;
	if (unique > 0.0)
	{
		double		rows = light->rows * unique / items;

		add_class(groups, rows, unique / share, share, total);
		add_class(groups, light->rows - rows, values, share, total);
		return;
	}
	values = items * light->values /
		(items - light->once + light->once * share);
	add_class(groups, light->rows, Min(values, items / share), share, total);
}

PadvGroups
padv_occurrence_groups(PadvOccurrence *occurrences, int n, bool complete,
					   bool mixed, double total, double *seen)
{
	PadvGroups	groups = {0};
	Light		lights[PADV_VALUE_KINDS] = {0};
	double		share = Min(n / Max(total, 1.0), 1.0);
	int			start = 0;
	int			clusters = 0;

	*seen = 0.0;
	sort_occurrences(occurrences, n);
	for (int i = 0; i < n; i++)
	{
		Light	   *light = &lights[occurrences[i].kind];

		if (i == start ||
			occurrences[i].cluster != occurrences[i - 1].cluster)
			clusters++;
		if (i + 1 < n && occurrences[i + 1].hash == occurrences[i].hash)
			continue;
		*seen += 1.0;
		if (complete || clusters >= HEAVY_CLUSTERS)
		{
			PadvCells	cell = {1.0, (double) (i + 1 - start) / n};

			padv_groups_add(&groups, cell);
		}
		else
		{
			light->rows += i + 1 - start;
			light->items += clusters;
			light->values += 1.0;
			light->once += (clusters == 1);
			light->twice += (clusters == 2);
			light->thrice += (clusters == 3);
		}
		start = i + 1;
		clusters = 0;
	}
	for (int kind = 0; kind < PADV_VALUE_KINDS; kind++)
		add_light(&groups, &lights[kind], share, Max(total, 1.0), mixed);
	if (groups.n == 0)
		return padv_groups_one();
	padv_groups_condense(&groups);
	return groups;
}

/* ---- several columns ---- */

/* The kind of a key with these NULLs, whichever way its columns are sorted. */
static uint32
kind_of(uint32 nulls, int ncols)
{
	if ((1U << Min(ncols, 31)) <= PADV_VALUE_KINDS)
		return nulls;
	return Min(pg_popcount32(nulls), PADV_VALUE_KINDS - 1);
}

static void
answer_question(const PadvSample *sample, Answer *answer)
{
	PadvOccurrence *occurrences = palloc(sizeof(PadvOccurrence) *
										 Max(sample->nrows, 1));
	int			n = 0;

	for (int i = 0; i < sample->nrows; i++)
	{
		uint64		hash = 0;
		uint32		nulls = 0;

		if (answer->filter != NULL && !answer->filter[i])
			continue;
		for (int j = 0; j < answer->ncols; j++)
		{
			hash = hash_combine64(hash, answer->cols[j]->hash[i]);
			if (answer->cols[j]->width[i] < 0)
				nulls |= 1U << j;
		}
		occurrences[n].hash = hash;
		occurrences[n].kind = kind_of(nulls, answer->ncols);
		occurrences[n++].cluster = sample->cluster[i];
	}
	answer->groups = padv_occurrence_groups(occurrences, n, sample->complete, false,
											answer->tuples, &answer->seen);
	pfree(occurrences);
}

static int
compare_pointers(const void *a, const void *b)
{
	uintptr_t	x = *(const uintptr_t *) a;
	uintptr_t	y = *(const uintptr_t *) b;

	return (x > y) - (x < y);
}

static bool
same_question(const Answer *a, const Answer *b)
{
	return a->ncols == b->ncols && a->filter == b->filter &&
		a->tuples == b->tuples &&
		memcmp(a->cols, b->cols, sizeof(a->cols[0]) * a->ncols) == 0;
}

PadvGroups
padv_sample_groups(PadvSample *sample, const PadvSampleColumn *const *cols,
				   int ncols, const bool *filter, double tuples, double *seen)
{
	MemoryContext old;
	Answer	   *answer;
	Answer		question;
	ListCell   *lc;

	memset(&question, 0, sizeof(question));
	question.ncols = ncols;
	question.filter = filter;
	question.tuples = Max(tuples, 1.0);
	memcpy(question.cols, cols, sizeof(cols[0]) * ncols);
	qsort(question.cols, ncols, sizeof(cols[0]), compare_pointers);
	foreach(lc, sample->answers)
	{
		answer = lfirst(lc);
		if (same_question(answer, &question))
		{
			*seen = answer->seen;
			return answer->groups;
		}
	}

	old = MemoryContextSwitchTo(sample->context);
	answer = palloc(sizeof(Answer));
	*answer = question;
	answer_question(sample, answer);
	sample->answers = lappend(sample->answers, answer);
	MemoryContextSwitchTo(old);
	*seen = answer->seen;
	return answer->groups;
}
