/*-------------------------------------------------------------------------
 *
 * example.c
 *	  The values that a statement ran with, to plan it with later.
 *
 * A statement without parameters is its own example: its text.  Otherwise
 * flat images of the parameters are kept; neither output functions nor casts
 * are run.  What a later planning could not use is left out: values of row
 * types, and values that are stored out of line or are too long.
 *
 * Procedural languages fetch the values of their variables one by one.  They
 * are asked in the speculative way, in which the planner asks: they give the
 * variables that the statement uses, and do not fail.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/meaning.h"
#include "catalog/pg_type.h"
#include "collect/collect_private.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#define PADV_EXAMPLE_PARAMS	256
#define PADV_EXAMPLE_VALUE	((Size) 8 * 1024)
#define PADV_EXAMPLE_VALUES	((Size) 16 * 1024)
#define PADV_EXAMPLE_SOURCE	(32 * 1024)

typedef struct ExampleJob
{
	const PadvFrame *frame;
	PadvExample *example;
	Datum	   *values;			/* as the executor had them */
	bool		useful;
} ExampleJob;

/* ---- texts ---- */

static void
make_from_text(void *arg)
{
	ExampleJob *job = arg;
	const char *text = job->frame->queryDesc->sourceText;
	int			location = job->frame->location;
	int			len = job->frame->len;
	PadvMarks	marks = {.constants = true};
	PadvTokens	tokens;
	PadvSpan	span;
	PadvText	rewritten = {0};

	text = CleanQuerytext(text, &location, &len);
	if (len > PADV_EXAMPLE_SOURCE)
		return;
	padv_tokens_open(&tokens, text, len);
	padv_span_find(&tokens, &span);
	/* expressions are fixed in their function, constants and all */
	if (span.expression)
		return;
	padv_rewrite(&tokens, &span, location, &marks, &rewritten);
	job->example->source = rewritten.source != NULL ?
		rewritten.source : rewritten.query;
	job->example->source_len = strlen(job->example->source);
	job->example->settings = padv_meaning_note();
	job->useful = true;
}

/* ---- values ---- */

/* A domain's base type decides whether it is a row type. */
static bool
usable_type(Oid type, int16 *typlen, bool *typbyval)
{
	bool		usable = false;
	Oid			next = type;

	while (OidIsValid(next))
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(next));
		Form_pg_type form;

		if (!HeapTupleIsValid(tuple))
			return false;
		form = (Form_pg_type) GETSTRUCT(tuple);
		*typlen = form->typlen;
		*typbyval = form->typbyval;
		usable = form->typtype != TYPTYPE_COMPOSITE &&
			form->typtype != TYPTYPE_PSEUDO;
		next = form->typtype == TYPTYPE_DOMAIN ? form->typbasetype : InvalidOid;
		ReleaseSysCache(tuple);
	}
	return usable && type != RECORDARRAYOID;
}

/* Uses the system caches, and asks procedural languages: not guarded. */
static void
fetch_params(ParamListInfo params, ExampleJob *job)
{
	PadvExample *example = job->example;

	for (int i = 0; i < params->numParams; i++)
	{
		ParamExternData workspace;
		ParamExternData *from = &params->params[i];
		PadvParam  *to = &example->params[i];

		if (params->paramFetch != NULL)
			from = params->paramFetch(params, i + 1, true, &workspace);
		to->type = from->ptype;
		to->isnull = from->isnull;
		job->values[i] = from->value;
		if (!OidIsValid(to->type))
		{
			to->type = PADV_UNUSED_TYPE;
			to->isnull = to->known = true;
			continue;
		}
		to->known = usable_type(to->type, &to->typlen, &to->byval);
		example->nparams = i + 1;
	}
}

/* The size of a value's image; 0 if there can be none. */
static Size
image_size(Datum value, int16 typlen)
{
	struct varlena *image = (struct varlena *) DatumGetPointer(value);

	if (typlen > 0)
		return typlen;
	if (typlen == -2)
		return strlen(DatumGetCString(value)) + 1;
	if (VARATT_IS_EXTERNAL_EXPANDED(image))
		return EOH_get_flat_size(DatumGetEOHP(value));
	if (VARATT_IS_EXTERNAL(image))
		return 0;
	return VARSIZE_ANY(image);
}

static Datum
copy_image(Datum value, int16 typlen, Size len)
{
	char	   *copy = palloc(len);

	if (typlen == -1 &&
		VARATT_IS_EXTERNAL_EXPANDED((struct varlena *) DatumGetPointer(value)))
		EOH_flatten_into(DatumGetEOHP(value), copy, len);
	else
		memcpy(copy, DatumGetPointer(value), len);
	return PointerGetDatum(copy);
}

static void
copy_values(void *arg)
{
	ExampleJob *job = arg;
	Size		total = 0;

	for (int i = 0; i < job->example->nparams; i++)
	{
		PadvParam  *param = &job->example->params[i];

		if (!param->known || param->isnull)
			continue;
		if (param->byval)
		{
			param->value = job->values[i];
			continue;
		}
		param->known = false;
		param->len = image_size(job->values[i], param->typlen);
		if (param->len == 0 || param->len > PADV_EXAMPLE_VALUE ||
			total + param->len > PADV_EXAMPLE_VALUES)
			continue;
		param->value = copy_image(job->values[i], param->typlen, param->len);
		param->known = true;
		total += param->len;
	}
	job->useful = job->example->nparams > 0;
}

/* ---- the door ---- */

PadvExample *
padv_example_make(const PadvFrame *frame)
{
	ParamListInfo params = frame->queryDesc->params;
	MemoryContext context = CurrentMemoryContext;
	ExampleJob	job = {.frame = frame};

	job.example = palloc0(sizeof(PadvExample));
	job.example->exec_ns = frame->exec_ns;
	job.example->seen_at = GetCurrentTimestamp();
	if (params == NULL || params->numParams == 0)
		padv_guard(&context, make_from_text, &job);
	else
	{
		if (params->paramFetch == NULL && params->numParams > PADV_EXAMPLE_PARAMS)
			return NULL;
		job.example->params = palloc0(params->numParams * sizeof(PadvParam));
		job.values = palloc0(params->numParams * sizeof(Datum));
		fetch_params(params, &job);
		if (job.example->nparams > PADV_EXAMPLE_PARAMS)
			return NULL;
		padv_guard(&context, copy_values, &job);
	}
	return job.useful ? job.example : NULL;
}
