/*-------------------------------------------------------------------------
 *
 * token.c
 *	  A statement's text, token by token, as core's scanner sees it.
 *
 * Parse trees tell where a constant or parameter starts, but not where it
 * ends.  The scanner is core's own; tokens are told apart by how they look,
 * as the numbers that the grammar gives them differ between versions.  A
 * quoted identifier starts with a quote, so that it is never taken for a key
 * word.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "collect/collect_private.h"

void
padv_tokens_open(PadvTokens *tokens, const char *text, int len)
{
	memset(tokens, 0, sizeof(PadvTokens));
	tokens->text = pnstrdup(text, len);
	tokens->text_len = strlen(tokens->text);
	tokens->size = 64;
	tokens->items = palloc(tokens->size * sizeof(PadvToken));
	tokens->scanner = scanner_init(tokens->text, &tokens->extra,
								   &ScanKeywords, ScanKeywordTokens);
	/* the parser has warned already */
	padv_no_escape_warning(&tokens->extra);
}

static void
read_token(PadvTokens *tokens)
{
	core_YYSTYPE value;
	YYLTYPE		location;
	PadvToken  *token;

	if (core_yylex(&value, &location, tokens->scanner) == 0)
	{
		tokens->done = true;
		return;
	}
	if (tokens->n == tokens->size)
	{
		tokens->size *= 2;
		tokens->items = repalloc(tokens->items,
								 tokens->size * sizeof(PadvToken));
	}
	token = &tokens->items[tokens->n++];
	token->start = location;
	/* flex has put a zero byte behind the token it has just read */
	token->len = strlen(tokens->extra.scanbuf + location);
}

/* The i-th token, or NULL behind the last one. */
const PadvToken *
padv_token(PadvTokens *tokens, int i)
{
	while (i >= tokens->n && !tokens->done)
		read_token(tokens);
	return i < tokens->n ? &tokens->items[i] : NULL;
}

/* Is it this key word (in lower case) or sign? */
bool
padv_token_is(PadvTokens *tokens, int i, const char *word)
{
	const PadvToken *token = padv_token(tokens, i);

	return token != NULL && token->len == strlen(word) &&
		pg_strncasecmp(tokens->text + token->start, word, token->len) == 0;
}

/* An identifier, quoted or not, or a key word? */
bool
padv_token_is_word(PadvTokens *tokens, int i)
{
	const PadvToken *token = padv_token(tokens, i);
	unsigned char c;

	if (token == NULL || padv_token_is_literal(tokens, i))
		return false;
	c = tokens->text[token->start];
	return c == '"' || c == '_' || IS_HIGHBIT_SET(c) || isalpha(c);
}

/* A number, or a string of any notation? */
bool
padv_token_is_literal(PadvTokens *tokens, int i)
{
	const PadvToken *token = padv_token(tokens, i);
	const char *text;

	if (token == NULL)
		return false;
	text = tokens->text + token->start;
	switch (text[0])
	{
		case '\'':
			return true;
		case '$':
			return !isdigit((unsigned char) text[1]);
		case '.':
			return isdigit((unsigned char) text[1]);
		case 'b':
		case 'B':
		case 'e':
		case 'E':
		case 'x':
		case 'X':
			return text[1] == '\'';
		case 'u':
		case 'U':
			return text[1] == '&' && text[2] == '\'';
		default:
			return isdigit((unsigned char) text[0]);
	}
}
