/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts. Handlers call nothing but what POSIX lists as async-signal-safe. */
#include "interrupt.h"

#include <unistd.h>

#include "cmd.h"

enum { PATIENCE = 2 }; /* seconds, until there is the sentence */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	if (interrupted)
		_exit(S2T_EXIT_INTERRUPTED);
	interrupted = 1;
	(void)alarm(PATIENCE);
}

static void on_alarm(int signal)
{
	static const char text[] =
		"\ns2twin: interrupted, but a step is still under way; perhaps the implementation hangs. "
		"Interrupt once more to end at once, without a summary.\n";
	const ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)signal;
	(void)written;
}

const volatile sig_atomic_t *s2t_interrupt_listen(void)
{
	const struct sigaction interrupt = { .sa_handler = on_interrupt };
	const struct sigaction alarm = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	interrupted = 0;
	sigaction(SIGALRM, &alarm, NULL);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGTERM, &interrupt, NULL);
	return &interrupted;
}
