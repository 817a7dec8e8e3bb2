/*-------------------------------------------------------------------------
 *
 * move.h
 *	  One step of the search, and what it saves.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PADV_MOVE_H
#define PADV_MOVE_H

#include "advise/advise_private.h"

/* How well the saving of a step is known. */
typedef enum PadvRating
{
	PADV_STALE,					/* as it was before other steps */
	PADV_GUESSED,				/* no more than this */
	PADV_RATED
} PadvRating;

/* A step that the search can take. */
typedef struct PadvMove
{
	Bitmapset  *add;
	List	   *states;			/* of PadvStmtState: whose cost it can change */
	int			order;			/* of two as good the first one is taken */
	double		score;			/* saving per byte when it was worked out */
	double		saving;			/* objective, upkeep taken off */
	double		gross;			/* before upkeep */
	double		bare_gross;		/* if times are those of before real indexes */
	double		best_pct;		/* best improvement of one statement */
	bool		covering;		/* includes columns */
	double		calls;			/* of statements that it improves */
	double		changes;		/* calls that change a column of it */
	PadvRating	rating;
} PadvMove;

/* move.c */
extern double padv_set_bytes(PadvSearch *search, const Bitmapset *set);
extern double padv_ids_bytes(PadvSearch *search, const PadvIds *ids);
extern List *padv_make_moves(PadvSearch *search);
extern Bitmapset *padv_after_move(PadvSearch *search, const PadvMove *move,
								  Bitmapset **covered);
extern void padv_rate(PadvSearch *search, PadvMove *move, PadvRating rating,
					  double least);
extern double padv_improvement_pct(const PadvStmtState *state, double from,
								   double to, bool covering, double served,
								   double bytes);
extern bool padv_is_worthwhile(PadvSearch *search, const PadvMove *move);
extern bool padv_fits(PadvSearch *search, const PadvMove *move);

/* select.c: grows the chosen set by moves (a list of PadvMove) */
extern bool padv_prune(PadvSearch *search);
extern void padv_grow_and_prune(PadvSearch *search, List *moves);
extern void padv_search_all(PadvSearch *search, List *moves);

/* exchange.c: sets compared, and other moves in the place of chosen indexes */
extern void padv_choose(PadvSearch *search, const Bitmapset *set);
extern double padv_chosen_objective(PadvSearch *search);
extern Bitmapset *padv_make_room(PadvSearch *search, Bitmapset *set,
								 const Bitmapset *keep);
extern void padv_exchange_all(PadvSearch *search, List *moves);

/* settle.c: sets that the search has come to, and which one is best */
extern void padv_note_end(PadvSearch *search);
extern void padv_choose_best(PadvSearch *search);
extern void padv_settle(PadvSearch *search, List *moves);

/* suspect.c: another set where statements would probably be slower */
extern void padv_allay(PadvSearch *search, List *moves);

/* narrow.c: narrower indexes in the place of chosen ones */
extern void padv_narrow(PadvSearch *search);

#endif							/* PADV_MOVE_H */
