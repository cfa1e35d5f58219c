/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of a lockstep step (lockstep.c) that the comparison by the image and the one entry by entry share.
 */
#ifndef S2T_HARNESS_LOCKSTEP_PARTS_H
#define S2T_HARNESS_LOCKSTEP_PARTS_H

#include "lockstep.h"

/* The implementation back in its start state. Without one afterwards: it could not be had. */
void s2t_reset_iut(struct s2t_lockstep *ls);
/* Tells the implementation the `page` lines of the board, if it wants to be told. */
void s2t_set_start_pages(struct s2t_lockstep *ls);

/* The full comparison of both states, into `diffs`. */
enum s2t_verdict s2t_look_again(struct s2t_lockstep *ls);
/* A call that is undefined in the model; `high`: in the high form, beside which the low one may be asked. */
enum s2t_verdict s2t_undefined_step(struct s2t_lockstep *ls, bool high);
/* Outcomes and return values of a call after a panic. */
enum s2t_verdict s2t_after_panic(struct s2t_lockstep *ls);

/* Of the high form: room to note that the model took the low form at the coming step; */
bool s2t_room_for_low(struct s2t_lockstep *ls);
/* and a step that is not certainly the same: whether a known difference makes both sides agree. */
bool s2t_agrees_with_low(struct s2t_lockstep *ls, const struct s2t_mark *mark);

#endif
