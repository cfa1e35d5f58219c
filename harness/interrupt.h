/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of a command that takes long: by who sits at the terminal (SIGINT) or stops a service (SIGTERM).
 *
 * The first one asks for an end in order, with a summary. A call of the implementation that does not return would be
 * waited for without end; so after some seconds there is a sentence that says so, and the second one ends the process at
 * once, with status 130.
 */
#ifndef S2T_HARNESS_INTERRUPT_H
#define S2T_HARNESS_INTERRUPT_H

#include <signal.h>

/* Listens from now on. The result is 1 after an interrupt. */
const volatile sig_atomic_t *s2t_interrupt_listen(void);

#endif
