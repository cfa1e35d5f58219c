/* SPDX-License-Identifier: BSD-2-Clause */
/* Child processes: starting them with limits, watching them, and how they ended. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "clock.h"

enum { LOOK_MS = 20 }; /* how often the pulse is looked at */

enum s2t_outcome s2t_ending_outcome(const struct s2t_ending *ending)
{
	return ending->how == S2T_END_HANG ? S2T_HANG : S2T_CRASH;
}

const char *s2t_ending_text(const struct s2t_ending *ending)
{
	switch (ending->how) {
	case S2T_END_DONE: return "finished";
	case S2T_END_EXIT:
		return ending->number ? "it ended the process with an error" : "it ended the process";
	case S2T_END_HANG: return "the call did not return";
	case S2T_END_MEMORY: return "past the memory limit";
	case S2T_END_NO_FORK: return "no child process could be started";
	case S2T_END_SIGNAL: break;
	}
	switch (ending->number) {
	case SIGSEGV: return "killed by SIGSEGV";
	case SIGBUS: return "killed by SIGBUS";
	case SIGILL: return "killed by SIGILL";
	case SIGFPE: return "killed by SIGFPE";
	case SIGABRT: return "killed by SIGABRT";
	case SIGTRAP: return "killed by SIGTRAP";
	case SIGKILL: return "killed by SIGKILL";
	default: return "killed by a signal";
	}
}

void *s2t_shared_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void s2t_shared_free(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

/* In the child: its limits; it dies with its parent, and of a signal in the usual way, but without a core
 * file. */
static void limit_child(const struct s2t_isolation *isolation)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };
	struct rlimit none = { 0, 0 }, memory = { isolation->memory_limit, isolation->memory_limit };

#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	setrlimit(RLIMIT_CORE, &none);
	if (isolation->memory_limit)
		setrlimit(RLIMIT_AS, &memory);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
	/* The parent decides what an interrupt from the terminal means. */
	signal(SIGINT, SIG_IGN);
}

bool s2t_child_start(struct s2t_child *child, const struct s2t_isolation *isolation, struct s2t_pulse *pulse,
                     void (*body)(void *ctx, int out), void *ctx, struct s2t_ending *ending)
{
	int ends[2];

	*ending = (struct s2t_ending){ .how = S2T_END_NO_FORK };
	atomic_store(&pulse->done, 0);
	atomic_store(&pulse->step, 0);
	fflush(NULL);
	if (pipe(ends) != 0) {
		ending->number = errno;
		return false;
	}
	pid_t pid = fork();

	if (pid == 0) {
		close(ends[0]);
		limit_child(isolation);
		body(ctx, ends[1]);
		fflush(NULL);
		atomic_store(&pulse->done, 1);
		_exit(0);
	}
	ending->number = errno;
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return false;
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	*child = (struct s2t_child){ .pid = pid,
		                     .alive = ends[0],
		                     .pulse = pulse,
		                     .beats = atomic_load(&pulse->beats),
		                     .since = s2t_now() };
	return true;
}

bool s2t_child_hangs(struct s2t_child *child, const struct s2t_isolation *isolation)
{
	const uint64_t beats = atomic_load_explicit(&child->pulse->beats, memory_order_relaxed);
	const double now = s2t_now();

	if (beats != child->beats) {
		child->beats = beats;
		child->since = now;
		return false;
	}
	return now - child->since > isolation->hang_limit;
}

struct s2t_ending s2t_child_end(struct s2t_child *child, bool hangs)
{
	struct s2t_ending ending = { .how = S2T_END_HANG };
	int status = 0;

	if (hangs)
		kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	close(child->alive);
	if (atomic_load(&child->pulse->done))
		ending.how = S2T_END_DONE;
	else if (hangs)
		return ending;
	else if (WIFSIGNALED(status))
		ending = (struct s2t_ending){ .how = S2T_END_SIGNAL, .number = WTERMSIG(status) };
	else
		ending = (struct s2t_ending){ .how = S2T_END_EXIT, .number = WEXITSTATUS(status) };
	return ending;
}

struct s2t_ending s2t_isolated(const struct s2t_isolation *isolation, struct s2t_pulse *pulse,
                               void (*body)(void *ctx, int out), void *ctx)
{
	struct s2t_ending ending;
	struct s2t_child child;

	if (!s2t_child_start(&child, isolation, pulse, body, ctx, &ending))
		return ending;
	for (;;) {
		struct pollfd end = { .fd = child.alive, .events = POLLIN };

		if (poll(&end, 1, LOOK_MS) > 0)
			return s2t_child_end(&child, false);
		if (s2t_child_hangs(&child, isolation))
			return s2t_child_end(&child, true);
	}
}
