/*-------------------------------------------------------------------------
 *
 * span.c
 *	  Where in a text the statement proper lies.
 *
 * The text that came with a statement may be that of a command around it, of
 * which the statement is a part: EXPLAIN, PREPARE, DECLARE CURSOR, CREATE
 * TABLE AS, COPY.  In a procedural language it may be a mere expression, or
 * an assignment of one; with SELECT before it, this is a statement, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "collect/collect_private.h"

static bool
is_one_of(PadvTokens *tokens, int i, const char *const *words)
{
	for (; *words != NULL; words++)
	{
		if (padv_token_is(tokens, i, *words))
			return true;
	}
	return false;
}

static bool
starts_statement(PadvTokens *tokens, int i)
{
	static const char *const words[] = {
		"select", "insert", "update", "delete", "merge", "with", "values",
		"table", NULL
	};

	return is_one_of(tokens, i, words);
}

static int
token_start(PadvTokens *tokens, int i)
{
	const PadvToken *token = padv_token(tokens, i);

	return token == NULL ? tokens->text_len : token->start;
}

/* How much deeper in parentheses are we behind this token? */
static int
nesting(PadvTokens *tokens, int i)
{
	int			start = token_start(tokens, i);

	switch (tokens->text[start])
	{
		case '(':
		case '[':
			return 1;
		case ')':
		case ']':
			return -1;
		default:
			return 0;
	}
}

/* The token that closes the parenthesis or bracket at i. */
static int
closing(PadvTokens *tokens, int i)
{
	int			depth = 0;

	for (; padv_token(tokens, i) != NULL; i++)
	{
		depth += nesting(tokens, i);
		if (depth <= 0)
			break;
	}
	return i;
}

/* The token behind the next such word that is not in parentheses. */
static int
behind(PadvTokens *tokens, int i, const char *word)
{
	for (int depth = 0; padv_token(tokens, i) != NULL; i++)
	{
		depth += nesting(tokens, i);
		if (depth == 0 && padv_token_is(tokens, i, word))
			return i + 1;
	}
	return i;
}

/* "(SELECT …) UNION …" is a statement, "(SELECT …) > 5" is an expression. */
static bool
parenthesis_is_statement(PadvTokens *tokens, int i)
{
	static const char *const followers[] = {
		"union", "intersect", "except", "order", "limit", "offset", "fetch",
		"for", ")", ";", NULL
	};
	int			inner = i;
	int			after;

	while (padv_token_is(tokens, inner, "("))
		inner++;
	if (inner == i || !starts_statement(tokens, inner))
		return false;
	after = closing(tokens, i) + 1;
	return padv_token(tokens, after) == NULL ||
		is_one_of(tokens, after, followers);
}

/* Behind EXPLAIN and its options. */
static int
behind_explain(PadvTokens *tokens, int i)
{
	if (padv_token_is(tokens, i, "(") && !parenthesis_is_statement(tokens, i))
		return closing(tokens, i) + 1;
	while (padv_token_is(tokens, i, "analyze") ||
		   padv_token_is(tokens, i, "analyse") ||
		   padv_token_is(tokens, i, "verbose"))
		i++;
	return i;
}

/* CREATE TABLE … AS … WITH [NO] DATA: the end belongs to the command. */
static void
cut_with_data(PadvTokens *tokens, PadvSpan *span)
{
	int			last;

	while (padv_token(tokens, tokens->n) != NULL)
		;
	last = tokens->n - 1;
	if (!padv_token_is(tokens, last, "data"))
		return;
	if (padv_token_is(tokens, last - 1, "no"))
		last--;
	if (padv_token_is(tokens, last - 1, "with"))
		span->end = token_start(tokens, last - 1);
}

/*
 * "variable.field[1] := expression".  With "=" it may just as well be a
 * comparison, which only the parse tree can tell.
 */
static void
find_assignment(PadvTokens *tokens, int i, PadvSpan *span)
{
	span->expression = true;
	span->start = token_start(tokens, i);
	if (!padv_token_is_word(tokens, i) && tokens->text[span->start] != '$')
		return;
	for (i++; padv_token(tokens, i) != NULL; i++)
	{
		if (padv_token_is(tokens, i, "["))
			i = closing(tokens, i);
		else if (padv_token_is(tokens, i, ".") &&
				 padv_token_is_word(tokens, i + 1))
			i++;
		else
			break;
	}
	if (padv_token_is(tokens, i, ":="))
		span->start = token_start(tokens, i + 1);
	else if (padv_token_is(tokens, i, "="))
	{
		span->equals = token_start(tokens, i);
		span->after_equals = token_start(tokens, i + 1);
	}
}

/* Commands around a statement: steps to the next token to look at, or -1. */
static int
step_inside(PadvTokens *tokens, int i, PadvSpan *span)
{
	if (padv_token_is(tokens, i, "explain"))
		return behind_explain(tokens, i + 1);
	if (padv_token_is(tokens, i, "prepare"))
		return behind(tokens, i, "as");
	if (padv_token_is(tokens, i, "declare"))
		return behind(tokens, i, "for");
	if (padv_token_is(tokens, i, "create"))
	{
		cut_with_data(tokens, span);
		return behind(tokens, i, "as");
	}
	if (padv_token_is(tokens, i, "copy") && padv_token_is(tokens, i + 1, "("))
	{
		span->end = token_start(tokens, closing(tokens, i + 1));
		return i + 2;
	}
	return -1;
}

void
padv_span_find(PadvTokens *tokens, PadvSpan *span)
{
	int			i = 0;
	int			next;

	span->end = tokens->text_len;
	span->expression = false;
	span->equals = -1;
	while (!starts_statement(tokens, i) && !parenthesis_is_statement(tokens, i))
	{
		next = step_inside(tokens, i, span);
		if (next < 0)
		{
			find_assignment(tokens, i, span);
			return;
		}
		i = next;
	}
	/* a comment before it stays with it */
	span->start = i == 0 ? 0 : token_start(tokens, i);
}
