/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping a replay under a debugger, before a step, inside the implementation.
 */
#ifndef S2T_HARNESS_DEBUGGER_H
#define S2T_HARNESS_DEBUGGER_H

#include <stdint.h>

#include "s2twin/iut.h"

/* Called before the step that --stop-at names; it does nothing. A breakpoint here is where to stop; `enter` is the
 * function that the implementation is called by next, and `call` the operation. */
void s2t_stop_here(void (*enter)(struct s2t_iut *, const struct s2t_call *, struct s2t_result *),
                   const struct s2t_call *call, uint32_t step);

/* With --gdb: the command that starts `argv` (`argc` words, of which --gdb is left out) under gdb and goes to the first
 * instruction of the implementation in that step. Where gdb is installed and standard input is a terminal, gdb takes
 * the place of this process; otherwise the command is printed. Returns an exit status. */
int s2t_debug(int argc, char *const *argv);

#endif
