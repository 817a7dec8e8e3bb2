/*-------------------------------------------------------------------------
 *
 * rewrite.c
 *	  The texts of a statement, made from the one that it came with.
 *
 * "query" is for people and shows constants as $n, numbered behind the
 * parameters.  "source" is what can be parsed again: as it came, but for the
 * variables of procedural languages, which have no meaning elsewhere and
 * stand as $n.  Where example values are not to be kept, the constants are
 * not either: then there is only "query", and it is made so that it can be
 * parsed, as far as that is possible.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/guc.h"
#include "catalog/pg_type.h"
#include "collect/collect_private.h"

/* Longer texts are cut, as nobody reads them and no advice follows. */
#define PADV_REWRITE_MAX	(1024 * 1024)
#define PADV_REWRITE_CUT	(16 * 1024)

typedef struct Rewrite
{
	PadvTokens *tokens;
	const PadvMarks *marks;
	int			offset;			/* of the text in the source text */
	int			next_mark;
	int			next_number;	/* of a constant */
	int			done;			/* byte offset up to which text was taken */
	StringInfoData query;
	StringInfoData source;
	bool		with_source;
	int			ntypes;
	Oid		   *types;
} Rewrite;

/* ---- writing ---- */

static bool
is_identifier_char(char c)
{
	return IS_HIGHBIT_SET(c) || isalnum((unsigned char) c) || c == '_' ||
		c == '$';
}

/* Adds a piece of text, apart from what is there where it must be. */
static void
put(StringInfo to, const char *text, int len)
{
	if (len > 0 && to->len > 0 && is_identifier_char(text[0]) &&
		is_identifier_char(to->data[to->len - 1]))
		appendStringInfoChar(to, ' ');
	appendBinaryStringInfo(to, text, len);
}

static void
put_number(StringInfo to, int number, bool parenthesized)
{
	char		text[16];
	int			len = snprintf(text, sizeof(text),
							   parenthesized ? "($%d)" : "$%d", number);

	put(to, text, len);
}

/*
 * Takes the text up to an offset as it is.  It is called where something
 * begins that differs, so that the text is copied in few and long pieces.
 */
static void
take_until(Rewrite *r, int end)
{
	if (end <= r->done)
		return;
	put(&r->query, r->tokens->text + r->done, end - r->done);
	put(&r->source, r->tokens->text + r->done, end - r->done);
	r->done = end;
}

static void
keep_type(Rewrite *r, int number, Oid type)
{
	if (number <= r->ntypes && OidIsValid(type))
		r->types[number - 1] = type;
}

/* ---- tokens ---- */

static int
token_start(Rewrite *r, int i)
{
	return padv_token(r->tokens, i)->start;
}

static int
token_end(Rewrite *r, int i)
{
	const PadvToken *token = padv_token(r->tokens, i);

	return token->start + token->len;
}

/* The type of "interval '1 day'", of which this is the first token. */
static const char *
literal_type(PadvTokens *tokens, int i)
{
	static const char *const names[] = {
		"date", "inet", "interval", "json", "jsonb", "numeric", "time",
		"timestamp", "timestamptz", "timetz", "uuid"
	};

	for (int j = 0; j < lengthof(names); j++)
	{
		if (padv_token_is(tokens, i, names[j]))
			return names[j];
	}
	return NULL;
}

/*
 * Takes the constant of the tokens from first to last.  "interval $1" could
 * not be parsed, "$1::interval" can.
 */
static void
take_constant(Rewrite *r, int first, int last, Oid type)
{
	int			start = token_start(r, first);
	int			end = token_end(r, last);
	const char *name = NULL;

	if (!r->with_source && first > 0 && r->tokens->text[start] == '\'')
		name = literal_type(r->tokens, first - 1);
	take_until(r, name != NULL ? token_start(r, first - 1) : start);
	put_number(&r->query, r->next_number, false);
	if (name != NULL)
		appendStringInfo(&r->query, "::%s", name);
	put(&r->source, r->tokens->text + start, end - start);
	if (!r->with_source)
		keep_type(r, r->next_number, type);
	r->next_number++;
	r->done = end;
}

/* The last token of "label.variable.field", or the one before the field. */
static int
last_of_name(Rewrite *r, int i, bool *field)
{
	int			last = i;

	while (padv_token_is(r->tokens, last + 1, ".") &&
		   padv_token_is_word(r->tokens, last + 2))
		last += 2;
	if (*field && last > i)
		return last - 2;
	*field = false;
	return last;
}

static int
take_parameter(Rewrite *r, int i, const PadvMark *mark)
{
	int			start = token_start(r, i);
	bool		field = mark->field;
	int			last = i;

	take_until(r, start);
	if (r->tokens->text[start] != '$')
		last = last_of_name(r, i, &field);
	r->done = token_end(r, last);
	put_number(&r->source, mark->param, field);
	if (r->with_source)
		put(&r->query, r->tokens->text + start, r->done - start);
	else
		put_number(&r->query, mark->param, field);
	keep_type(r, mark->param, mark->type);
	return last;
}

/* The mark of the token at this offset, or NULL. */
static const PadvMark *
mark_at(Rewrite *r, int start)
{
	const PadvMarks *marks = r->marks;

	while (r->next_mark < marks->n &&
		   marks->items[r->next_mark].location < start + r->offset)
		r->next_mark++;
	if (r->next_mark == marks->n)
		return NULL;
	if (marks->items[r->next_mark].location != start + r->offset ||
		marks->items[r->next_mark].skip)
		return NULL;
	return &marks->items[r->next_mark];
}

/* Looks at the token at i, with those that belong to it; returns the last. */
static int
take_token(Rewrite *r, int i)
{
	const PadvMark *mark = mark_at(r, token_start(r, i));

	/* most tokens are nothing special */
	if (mark == NULL && r->marks->constants)
		return i;
	if (mark != NULL && mark->param > 0)
		return take_parameter(r, i, mark);
	if (padv_token_is_literal(r->tokens, i))
		take_constant(r, i, i, mark == NULL ? InvalidOid : mark->type);
	else if (mark != NULL && padv_token_is(r->tokens, i, "-") &&
			 padv_token_is_literal(r->tokens, i + 1))
	{
		take_constant(r, i, i + 1, mark->type);
		return i + 1;
	}
	else if (mark != NULL && (padv_token_is(r->tokens, i, "true") ||
							  padv_token_is(r->tokens, i, "false")))
		take_constant(r, i, i, mark->type);
	return i;
}

/* Takes all tokens of the span; false when the text was cut. */
static bool
take_tokens(Rewrite *r, const PadvSpan *span)
{
	bool		huge = span->end - span->start > PADV_REWRITE_MAX;
	const PadvToken *token;

	r->done = span->start;
	for (int i = 0; (token = padv_token(r->tokens, i)) != NULL; i++)
	{
		if (token->start < span->start)
			continue;
		if (token->start >= span->end || r->tokens->text[token->start] == ';')
			break;
		if (huge && token->start - span->start > PADV_REWRITE_CUT)
		{
			if (i > 0)
				take_until(r, token_end(r, i - 1));
			return false;
		}
		i = take_token(r, i);
	}
	take_until(r, token == NULL ? span->end : Min(token->start, span->end));
	return true;
}

/* ---- the whole ---- */

static char *
finish_text(StringInfo text)
{
	while (text->len > 0 && isspace((unsigned char) text->data[text->len - 1]))
		text->data[--text->len] = '\0';
	return text->data;
}

static void
start_rewrite(Rewrite *r, PadvTokens *tokens, int offset,
			  const PadvMarks *marks, bool expression)
{
	memset(r, 0, sizeof(Rewrite));
	r->tokens = tokens;
	r->marks = marks;
	r->offset = offset;
	r->next_number = marks->highest + 1;
	r->with_source = padv_example_values;
	r->ntypes = marks->highest + (r->with_source ? 0 : marks->n);
	if (r->ntypes > PADV_MAX_PARAMS)
		r->ntypes = 0;
	r->types = palloc(Max(r->ntypes, 1) * sizeof(Oid));
	for (int i = 0; i < r->ntypes; i++)
		r->types[i] = i < marks->highest ? PADV_UNUSED_TYPE : InvalidOid;
	initStringInfo(&r->query);
	initStringInfo(&r->source);
	if (expression)
	{
		appendStringInfoString(&r->query, "SELECT ");
		appendStringInfoString(&r->source, "SELECT ");
	}
}

void
padv_rewrite(PadvTokens *tokens, const PadvSpan *span, int offset,
			 const PadvMarks *marks, PadvText *text)
{
	Rewrite		r;

	start_rewrite(&r, tokens, offset, marks, span->expression);
	text->clipped = !take_tokens(&r, span);
	text->query = finish_text(&r.query);
	text->source = NULL;
	text->nparams = 0;
	if (text->clipped)
		return;
	if (r.with_source && strcmp(finish_text(&r.source), text->query) != 0)
		text->source = r.source.data;
	if (r.ntypes > 0)
		text->nparams = r.with_source ? marks->highest : r.next_number - 1;
	text->nparams = Min(text->nparams, r.ntypes);
	text->param_types = r.types;
}
