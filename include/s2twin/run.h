/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running an implementation that is linked in: the whole `s2twin` command in one call, or one step at a time from a
 * test of one's own.
 */
#ifndef S2TWIN_RUN_H
#define S2TWIN_RUN_H

#include <stdio.h>

#include "s2twin/iut.h"
#include "s2twin/primitives.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * The `s2twin` command with `iut` linked in: `run`, `replay`, `shrink`, `explain` and the others run it unless --iut
 * names another; its name is known to --iut. `iut` NULL: the command as it comes. Returns the exit status: 0 agreed,
 * 1 divergence, 2 wrong usage or bad input, 3 internal error or missing resource, 130 interrupted.
 *
 *	int main(int argc, char **argv)
 *	{
 *		return s2t_main(argc, argv, my_memory_manager());
 *	}
 */
int s2t_main(int argc, char **argv, const struct s2t_iut_ops *iut);

/* The command for somebody's bodies: those that `bodies` supplies, over the specified primitives, against the low
 * specification; `--level body` is the default. */
int s2t_main_bodies(int argc, char **argv, const struct s2t_bodies *bodies);

/*
 * A twin: the model and an implementation side by side. Any number live in one process, each used by one thread at a
 * time.
 */
struct s2t_twin;

/* What became of a step. */
enum s2t_twin_verdict {
	S2T_TWIN_AGREES,
	S2T_TWIN_SKIPPED, /* undefined: the specification says nothing of this call, so it was not made */
	S2T_TWIN_ENDED,   /* both panicked; go on with s2t_twin_reset */
	S2T_TWIN_DIFFERS, /* s2t_twin_report says how; go on with s2t_twin_reset */
	S2T_TWIN_FAILED,  /* out of memory */
};

/* Both in the start state of a board: a name that `s2twin board` lists, or a file. `iut` NULL: the built-in one. Its
 * constants and its map (iut->map) hold. NULL: `error` says why in one sentence. */
struct s2t_twin *s2t_twin_create(const char *board, const struct s2t_iut_ops *iut, char *error,
                                 size_t error_size);

/* The same on a board that a program makes; its start_page array must live as long as the twin. */
struct s2t_twin *s2t_twin_create_on(const struct s2t_board *board, const struct s2t_iut_ops *iut, char *error,
                                    size_t error_size);
void s2t_twin_destroy(struct s2t_twin *twin);

/* One operation on both; then the whole state is compared. */
enum s2t_twin_verdict s2t_twin_step(struct s2t_twin *twin, const struct s2t_call *call);

/* The same, from a line of a trace, such as "clear_vm_page vmid=1 pfn=0x40001". S2T_TWIN_FAILED, too, if it is none,
 * or has anything beside an operation; `error` then says why. */
enum s2t_twin_verdict s2t_twin_line(struct s2t_twin *twin, const char *line, char *error, size_t error_size);

/* Back to the start state. */
void s2t_twin_reset(struct s2t_twin *twin);

/* The outcome and returned value of the last step on the implementation's side. */
struct s2t_result s2t_twin_result(const struct s2t_twin *twin);

/* After S2T_TWIN_DIFFERS: the report of the divergence. */
void s2t_twin_report(struct s2t_twin *twin, FILE *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
