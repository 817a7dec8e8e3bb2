/*-------------------------------------------------------------------------
 *
 * blob.c
 *	  What a statement keeps that varies in length: texts and examples.
 *
 * A blob is one piece of memory without pointers, so that it can be copied,
 * written to a file and read again as it is; it begins with its size.  Blobs
 * are made before a slot points to them and freed after none does.  When the
 * area is full, statements are evicted for the sake of new ones.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "store/store_private.h"

/*
 * The share of the area that blobs may fill.  The rest makes up for what the
 * allocator loses to rounding and fragmentation.
 */
#define PADV_AREA_FILL		0.85

/* Statements longer than this keep the start of their text only. */
#define PADV_TEXT_MAX		((Size) 1024 * 1024)
#define PADV_TEXT_CLIPPED	((Size) 64 * 1024)

/* An example that takes more than this is not kept. */
#define PADV_EXAMPLE_MAX	((Size) 256 * 1024)

/* Most statements that are evicted for one new text. */
#define PADV_TEXT_EVICTIONS 32

/* ---- memory ---- */

static dsa_pointer
try_alloc(const PadvSegment *segment, Size size)
{
	PadvShared *shared = segment->shared;
	Size		used = (Size) pg_atomic_read_u64(&shared->blob_bytes);
	dsa_pointer blob;

	if (used + size > (Size) ((double) shared->area_bytes * PADV_AREA_FILL))
		return InvalidDsaPointer;
	blob = dsa_allocate_extended(segment->area, size, DSA_ALLOC_NO_OOM);
	if (DsaPointerIsValid(blob))
	{
		pg_atomic_fetch_add_u64(&shared->blob_bytes, size);
		*(uint32 *) dsa_get_address(segment->area, blob) = (uint32) size;
	}
	return blob;
}

/*
 * New memory, its size written at its start; invalid when there is none,
 * even after so many statements were evicted.
 */
dsa_pointer
padv_blob_alloc(Size size, int max_evictions)
{
	const PadvSegment *segment = padv_segment();
	dsa_pointer blob = try_alloc(segment, size);

	for (int i = 0; i < max_evictions && !DsaPointerIsValid(blob); i++)
	{
		if (!padv_entry_evict())
			break;
		blob = try_alloc(segment, size);
	}
	return blob;
}

void *
padv_blob_address(dsa_pointer blob)
{
	return dsa_get_address(padv_segment()->area, blob);
}

/* The size of a blob that cannot go away; 0 for none. */
uint32
padv_blob_size(dsa_pointer blob)
{
	return DsaPointerIsValid(blob) ? *(uint32 *) padv_blob_address(blob) : 0;
}

/* Lets a slot point to another blob.  Its spinlock is held. */
void
padv_blob_put(PadvSlot *slot, int which, dsa_pointer blob)
{
	slot->blob_bytes += padv_blob_size(blob);
	slot->blob_bytes -= padv_blob_size(slot->blobs[which]);
	slot->blobs[which] = blob;
}

/* Frees a blob that no slot points to and that no reader can have seen. */
void
padv_blob_discard(dsa_pointer blob)
{
	const PadvSegment *segment = padv_segment();

	if (!DsaPointerIsValid(blob))
		return;
	pg_atomic_fetch_sub_u64(&segment->shared->blob_bytes,
							padv_blob_size(blob));
	dsa_free(segment->area, blob);
}

/* Frees blobs that were just unlinked from a slot, after their last reader. */
void
padv_blobs_retire(int slot, const dsa_pointer *blobs, int n)
{
	LWLock	   *grace = padv_grace_lock(padv_segment(), slot);
	bool		any = false;

	for (int i = 0; i < n; i++)
		any |= DsaPointerIsValid(blobs[i]);
	if (!any)
		return;

	LWLockAcquire(grace, LW_EXCLUSIVE);
	LWLockRelease(grace);
	for (int i = 0; i < n; i++)
		padv_blob_discard(blobs[i]);
}

/* ---- texts ---- */

static char *
put_string(char *to, const char *from, Size len)
{
	memcpy(to, from, len);
	to[len] = '\0';
	return to + len + 1;
}

dsa_pointer
padv_blob_from_text(const PadvText *text, int encoding)
{
	Size		query_len = strlen(text->query);
	Size		source_len = text->source ? strlen(text->source) : 0;
	Size		path_len = text->search_path ? strlen(text->search_path) : 0;
	Size		settings_len = text->settings ? strlen(text->settings) : 0;
	int			nparams = text->nparams;
	int			ntables = Min(text->ntables, PADV_MAX_TABLES);
	bool		clipped = query_len + source_len > PADV_TEXT_MAX;
	dsa_pointer blob;
	PadvTextBlob *to;
	char	   *at;

	if (clipped)
	{
		query_len = pg_encoding_mbcliplen(encoding, text->query, query_len,
										  PADV_TEXT_CLIPPED);
		source_len = 0;
		nparams = 0;
	}
	blob = padv_blob_alloc(offsetof(PadvTextBlob, types) +
						   (nparams + ntables) * sizeof(Oid) + query_len + source_len +
						   path_len + settings_len + 4, PADV_TEXT_EVICTIONS);
	if (!DsaPointerIsValid(blob))
		return blob;

	to = padv_blob_address(blob);
	to->query_len = query_len;
	to->source_len = source_len;
	to->path_len = path_len;
	to->settings_len = settings_len;
	to->nparams = nparams;
	to->ntables = ntables;
	to->temporary = text->temporary;
	to->verbatim = text->verbatim;
	to->clipped = clipped || text->clipped;
	if (nparams > 0)
		memcpy(to->types, text->param_types, nparams * sizeof(Oid));
	if (ntables > 0)
		memcpy(&to->types[nparams], text->tables, ntables * sizeof(Oid));
	at = (char *) &to->types[nparams + ntables];
	at = put_string(at, text->query, query_len);
	at = put_string(at, text->source ? text->source : "", source_len);
	at = put_string(at, text->search_path ? text->search_path : "", path_len);
	put_string(at, text->settings ? text->settings : "", settings_len);
	return blob;
}

/* The text in a copy of its blob, which must live on. */
void
padv_blob_to_text(PadvTextBlob *blob, PadvText *text)
{
	char	   *query = (char *) &blob->types[blob->nparams + blob->ntables];
	char	   *source = query + blob->query_len + 1;

	text->query = query;
	text->source = blob->source_len > 0 ? source : NULL;
	text->search_path = source + blob->source_len + 1;
	text->settings = text->search_path + blob->path_len + 1;
	text->nparams = blob->nparams;
	text->param_types = blob->types;
	text->ntables = blob->ntables;
	text->tables = &blob->types[blob->nparams];
	text->temporary = blob->temporary;
	text->verbatim = blob->verbatim;
	text->clipped = blob->clipped;
}

/* ---- examples ---- */

/* Does this value take room of its own in the blob? */
static bool
has_image(const PadvParam *param)
{
	return param->known && !param->isnull && !param->byval;
}

static Size
example_size(const PadvExample *example)
{
	Size		size = MAXALIGN(offsetof(PadvExampleBlob, params) +
								example->nparams * sizeof(PadvParam));

	for (int i = 0; i < example->nparams; i++)
	{
		if (has_image(&example->params[i]))
			size += MAXALIGN(example->params[i].len);
	}
	if (example->source != NULL)
		size += example->source_len + strlen(example->settings) + 2;
	return size;
}

dsa_pointer
padv_blob_from_example(const PadvExample *example, int max_evictions)
{
	Size		size = example_size(example);
	Size		off = MAXALIGN(offsetof(PadvExampleBlob, params) +
							   example->nparams * sizeof(PadvParam));
	dsa_pointer blob;
	PadvExampleBlob *to;

	if (size > PADV_EXAMPLE_MAX)
		return InvalidDsaPointer;
	blob = padv_blob_alloc(size, max_evictions);
	if (!DsaPointerIsValid(blob))
		return blob;

	to = padv_blob_address(blob);
	to->nparams = example->nparams;
	to->source_off = 0;
	to->source_len = 0;
	to->settings_len = 0;
	to->exec_ns = example->exec_ns;
	to->seen_at = example->seen_at;
	for (int i = 0; i < example->nparams; i++)
	{
		const PadvParam *param = &example->params[i];

		to->params[i] = *param;
		if (!has_image(param))
			continue;
		memcpy((char *) to + off, DatumGetPointer(param->value), param->len);
		to->params[i].value = (Datum) off;
		off += MAXALIGN(param->len);
	}
	if (example->source != NULL)
	{
		to->source_off = off;
		to->source_len = example->source_len;
		to->settings_len = strlen(example->settings);
		put_string(put_string((char *) to + off, example->source,
							  example->source_len),
				   example->settings, to->settings_len);
	}
	return blob;
}

/* The example in a copy of its blob, which must live on and is changed. */
PadvExample *
padv_blob_to_example(PadvExampleBlob *blob)
{
	PadvExample *example = palloc0(sizeof(PadvExample));

	example->exec_ns = blob->exec_ns;
	example->seen_at = blob->seen_at;
	example->nparams = blob->nparams;
	example->params = blob->params;
	for (int i = 0; i < blob->nparams; i++)
	{
		PadvParam  *param = &blob->params[i];

		if (has_image(param))
			param->value = PointerGetDatum((char *) blob + param->value);
	}
	if (blob->source_off != 0)
	{
		example->source = (char *) blob + blob->source_off;
		example->source_len = blob->source_len;
		example->settings = example->source + blob->source_len + 1;
	}
	return example;
}
