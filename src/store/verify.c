/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  Whether what a statistics file holds can be what was written.
 *
 * A checksum tells that a file is as it was written, not by whom.  Blobs are
 * taken into shared memory as they are, and whoever reads them relies on their
 * lengths, counts and offsets; so each of them is looked at before anything of
 * a file is used.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "store/store_private.h"

/* Parameters of one statement: the protocol counts them in 16 bits. */
#define PADV_PROTOCOL_PARAMS		65535

/* bools as they lie in a file: others than these two are no bools at all */
static bool
is_bool(const bool *value)
{
	return *(const unsigned char *) value <= 1;
}

/* A string with its zero behind it, none inside, right in its encoding. */
static bool
is_string(const char *string, uint32 len, int encoding)
{
	return string[len] == '\0' && strlen(string) == len &&
		pg_encoding_verifymbstr(encoding, string, (int) len) == (int) len;
}

static bool
is_figure(double value)
{
	return isfinite(value) && value >= 0;
}

/* A point in time that can be shown. */
static bool
is_time(TimestampTz at)
{
	return IS_VALID_TIMESTAMP(at);
}

static bool
counters_fit(const PadvCounters *counters)
{
	const uint64 figures[] = {
		counters->calls, counters->plans, counters->exec_ns,
		counters->plan_ns, counters->min_ns, counters->max_ns,
		counters->rows, counters->shared_blks_hit, counters->shared_blks_read,
		counters->temp_blks_written, counters->seq_scans, counters->seq_rows,
		counters->slow_calls, counters->slow_ns, counters->watched_calls,
		counters->like_first, counters->like_recent,
	};

	for (int i = 0; i < lengthof(figures); i++)
	{
		if (figures[i] > PG_INT64_MAX)
			return false;
	}
	return is_figure(counters->mean_ms) && is_figure(counters->sum_sq_ms) &&
		is_figure(counters->first_passed) &&
		is_figure(counters->recent_passed) &&
		is_time(counters->first_seen) && is_time(counters->last_seen) &&
		is_time(counters->last_slow);
}

/* ---- blobs ---- */

static bool
text_fits(const PadvTextBlob *blob, int encoding)
{
	Size		size = blob->size;
	Size		numbers;
	const char *query;
	const char *source;
	const char *path;
	const char *settings;

	if (size < offsetof(PadvTextBlob, types) ||
		blob->nparams < 0 || blob->nparams > PADV_PROTOCOL_PARAMS ||
		blob->ntables < 0 || blob->ntables > PADV_MAX_TABLES ||
		!is_bool(&blob->temporary) || !is_bool(&blob->verbatim) ||
		!is_bool(&blob->clipped))
		return false;
	numbers = (Size) blob->nparams + blob->ntables;
	if (size != offsetof(PadvTextBlob, types) + numbers * sizeof(Oid) +
		(Size) blob->query_len + blob->source_len + blob->path_len +
		blob->settings_len + 4)
		return false;
	query = (const char *) &blob->types[numbers];
	source = query + blob->query_len + 1;
	path = source + blob->source_len + 1;
	settings = path + blob->path_len + 1;
	return is_string(query, blob->query_len, encoding) &&
		is_string(source, blob->source_len, encoding) &&
		is_string(path, blob->path_len, encoding) &&
		is_string(settings, blob->settings_len, encoding);
}

/*
 * Could it be what nodeToString() writes of one node?  What core reads them with
 * relies on their being whole.
 */
static bool
is_node_text(const char *text, uint32 len)
{
	int			depth = 0;

	for (uint32 i = 0; i < len; i++)
	{
		switch (text[i])
		{
			case '\0':
				return false;
			case '\\':			/* the next one stands for itself */
				i++;
				break;
			case '{':
			case '(':
				depth++;
				break;
			case '}':
			case ')':
				depth--;
				break;
			default:
				break;
		}
		if (depth <= 0 && i + 1 < len)
			return false;
	}
	return depth == 0;
}

static bool
predicate_fits(const PadvPredicateFact *fact, const char *pool, uint32 pool_len)
{
	return fact->role <= PADV_ROLE_GROUP && fact->test <= PADV_TEST_OTHER &&
		(uint64) fact->expr_off + fact->expr_len <= pool_len &&
		is_node_text(pool + fact->expr_off, fact->expr_len) &&
		fact->uses <= PG_INT64_MAX &&
		is_figure(fact->rows_in) && is_figure(fact->rows_out);
}

static bool
scan_fits(const PadvScanFact *fact)
{
	return fact->scans <= PG_INT64_MAX && fact->rows_read <= PG_INT64_MAX &&
		fact->watched_read <= PG_INT64_MAX &&
		fact->watched_returned <= PG_INT64_MAX &&
		fact->exec_ns <= PG_INT64_MAX;
}

static bool
facts_fit(const PadvFactsBlob *blob)
{
	if (blob->size < offsetof(PadvFactsBlob, scans) ||
		blob->nscans < 0 || blob->nscans > PADV_MAX_SCANS ||
		blob->npredicates < 0 || blob->npredicates > PADV_MAX_PREDICATES ||
		!is_bool(&blob->full) ||
		(Size) blob->size != offsetof(PadvFactsBlob, scans) +
		blob->nscans * sizeof(PadvScanFact) +
		blob->npredicates * sizeof(PadvPredicateFact) + (Size) blob->pool_len)
		return false;
	for (int i = 0; i < blob->nscans; i++)
	{
		if (!scan_fits(&blob->scans[i]))
			return false;
	}
	for (int i = 0; i < blob->npredicates; i++)
	{
		if (!predicate_fits(&PADV_FACTS_PREDICATES(blob)[i],
							PADV_FACTS_POOL(blob), blob->pool_len))
			return false;
	}
	return true;
}

/* The image of a value: of its type's length, and flat. */
static bool
image_fits(const PadvParam *param, const char *image)
{
	if (param->typlen > 0)
		return param->len == (Size) param->typlen;
	if (param->typlen == -2)
		return memchr(image, '\0', param->len) == image + param->len - 1;
	if (param->typlen != -1 || VARATT_IS_EXTERNAL(image))
		return false;
	return (VARATT_IS_SHORT(image) || param->len >= VARHDRSZ) &&
		VARSIZE_ANY(image) == param->len;
}

static bool
param_fits(const PadvExampleBlob *blob, const PadvParam *param, Size start)
{
	if (!is_bool(&param->isnull) || !is_bool(&param->known) ||
		!is_bool(&param->byval))
		return false;
	if (!param->known || param->isnull || param->byval)
		return true;
	return param->value >= start && param->value < blob->size &&
		param->len > 0 && param->len <= blob->size - param->value &&
		param->value == MAXALIGN(param->value) &&
		image_fits(param, (const char *) blob + param->value);
}

static bool
example_fits(const PadvExampleBlob *blob, int encoding)
{
	const char *source = (const char *) blob + blob->source_off;
	Size		start;

	if (blob->size < offsetof(PadvExampleBlob, params) ||
		!is_time(blob->seen_at) || blob->nparams < 0 || blob->nparams > PADV_PROTOCOL_PARAMS)
		return false;
	start = MAXALIGN(offsetof(PadvExampleBlob, params) +
					 blob->nparams * sizeof(PadvParam));
	if (blob->size < start)
		return false;
	for (int i = 0; i < blob->nparams; i++)
	{
		if (!param_fits(blob, &blob->params[i], start))
			return false;
	}
	if (blob->source_off == 0)
		return true;
	return blob->source_off >= start &&
		(uint64) blob->source_off + blob->source_len + blob->settings_len + 2 ==
		blob->size &&
		is_string(source, blob->source_len, encoding) &&
		is_string(source + blob->source_len + 1, blob->settings_len, encoding);
}

static bool
change_fits(const PadvChangeBlob *blob)
{
	uint64		n = (uint64) blob->nbefore + blob->nmark;

	if (blob->size < offsetof(PadvChangeBlob, buckets) ||
		(uint64) blob->size !=
		offsetof(PadvChangeBlob, buckets) + n * sizeof(PadvBucket))
		return false;
	for (uint64 i = 0; i < n; i++)
	{
		if (blob->buckets[i].bucket >= PADV_HIST_BUCKETS)
			return false;
	}
	return is_time(blob->since) && is_time(blob->first_at) &&
		is_time(blob->last_at) &&
		counters_fit(&blob->before) && counters_fit(&blob->mark);
}

/* The least that a blob has to have, so that its size can be looked at. */
static Size
least_size(int which)
{
	if (which == PADV_BLOB_TEXT)
		return sizeof(PadvTextBlob);
	if (which == PADV_BLOB_FACTS)
		return offsetof(PadvFactsBlob, scans);
	if (which == PADV_BLOB_CHANGE)
		return offsetof(PadvChangeBlob, buckets);
	return offsetof(PadvExampleBlob, params);
}

/* Can this, of that many bytes, be such a blob? */
bool
padv_blob_fits(int which, const void *blob, Size size, int encoding)
{
	if (size < least_size(which) || *(const uint32 *) blob != size)
		return false;
	if (which == PADV_BLOB_TEXT)
		return text_fits(blob, encoding);
	if (which == PADV_BLOB_FACTS)
		return facts_fit(blob);
	if (which == PADV_BLOB_CHANGE)
		return change_fits(blob);
	return example_fits(blob, encoding);
}

/* Can this be the fixed part of an entry? */
bool
padv_entry_fits(const PadvKey *key, int encoding, const PadvCounters *counters)
{
	return key->queryid != 0 && OidIsValid(key->dbid) &&
		OidIsValid(key->userid) && key->toplevel <= 1 && key->pad == 0 &&
		PG_VALID_BE_ENCODING(encoding) && counters_fit(counters);
}
