/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process at the other end. What it is told goes through a socket, because writing to a socket whose other end is
 * gone can be told not to raise a signal.
 */
#include "pipe_child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "isolate.h"
#include "pipe.h"

extern char **environ;

enum { END_MS = 1000, LOOK_MS = 10 }; /* how long a child may take to end by itself */

static void set_reason(struct s2t_pipe_child *child, enum s2t_outcome outcome, const char *format, va_list args)
{
	if (child->outcome != S2T_OK)
		return;
	child->outcome = outcome;
	(void)vsnprintf(child->reason, sizeof(child->reason), format, args);
}

static void __attribute__((format(printf, 3, 4)))
fail_with(struct s2t_pipe_child *child, enum s2t_outcome outcome, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_reason(child, outcome, format, args);
	va_end(args);
}

void s2t_pipe_fail(struct s2t_pipe_child *child, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_reason(child, S2T_CRASH, format, args);
	va_end(args);
}

static void close_end(int end)
{
	if (end >= 0)
		close(end);
}

/* In a group of its own: a shell may have started more than one process, and an interrupt is for us to pass on. */
static int spawn(struct s2t_pipe_child *child, const char *command, int input, int output)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *copy = strdup(command);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	if (!copy)
		return ENOMEM;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attributes, 0);
	const int problem = posix_spawn(&child->pid, shell, &actions, &attributes,
	                                (char *[]){ shell, option, copy, NULL }, environ);

	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(copy);
	return problem;
}

bool s2t_pipe_start(struct s2t_pipe_child *child, const char *command, double limit)
{
	int input[2] = { -1, -1 }, output[2] = { -1, -1 }, problem;

	*child = (struct s2t_pipe_child){ .to = -1, .from = -1, .limit = limit, .outcome = S2T_OK };
	child->text = malloc(S2T_PIPE_LINE + 1);
	if (!child->text) {
		s2t_pipe_fail(child, "out of memory");
		return false;
	}
	problem = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) < 0 ||
	                          socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, output) < 0
	                  ? errno
	                  : spawn(child, command, input[1], output[1]);
	child->to = input[0];
	child->from = output[0];
	close_end(input[1]);
	close_end(output[1]);
	if (problem == 0)
		return true;
	child->pid = 0;
	s2t_pipe_fail(child, "no process can be started: %s", strerror(problem));
	s2t_pipe_end(child);
	return false;
}

/* Waits until the child has ended, `ms` at most. */
static bool has_ended(struct s2t_pipe_child *child, int ms, int *status)
{
	const struct timespec nap = { .tv_nsec = LOOK_MS * 1000000L };

	for (;; ms -= LOOK_MS) {
		if (waitpid(child->pid, status, WNOHANG) == child->pid)
			return true;
		if (ms <= 0)
			return false;
		nanosleep(&nap, NULL);
	}
}

static void stop(struct s2t_pipe_child *child, int *status)
{
	kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, status, 0) < 0 && errno == EINTR)
		;
}

/* It has closed its end. A shell gives the signal that killed its command as a status above 128. */
static void note_death(struct s2t_pipe_child *child)
{
	struct s2t_ending ending = { .how = S2T_END_SIGNAL };
	int status;

	if (!has_ended(child, END_MS, &status)) {
		s2t_pipe_fail(child, "the process has closed its output");
		return;
	}
	child->pid = 0;
	ending.number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
	if (ending.number > 0)
		s2t_pipe_fail(child, "the process was %s", s2t_ending_text(&ending));
	else
		s2t_pipe_fail(child, "the process has ended with status %d", WEXITSTATUS(status));
}

void s2t_pipe_say(struct s2t_pipe_child *child, const char *text, size_t len)
{
	while (len > 0 && child->outcome == S2T_OK) {
		const ssize_t sent = send(child->to, text, len, MSG_NOSIGNAL);

		if (sent > 0) {
			text += sent;
			len -= (size_t)sent;
		} else if (errno != EINTR) {
			note_death(child);
		}
	}
}

/* Reads what there is. False: it is not well. */
static bool listen_on(struct s2t_pipe_child *child, double limit, double seconds)
{
	const double left = limit - s2t_now();
	struct pollfd poll_fd = { .fd = child->from, .events = POLLIN };
	const int ready = poll(&poll_fd, 1, left > 0 ? (int)(left * 1000) + 1 : 0);

	if (ready < 0 && errno == EINTR)
		return true;
	if (ready <= 0) {
		fail_with(child, S2T_HANG, "the process has not answered for %.0f seconds", seconds);
		return false;
	}
	const ssize_t got = read(child->from, child->text + child->used, S2T_PIPE_LINE - child->used);

	if (got > 0)
		child->used += (size_t)got;
	else if (got == 0 || errno != EINTR)
		note_death(child);
	return child->outcome == S2T_OK;
}

char *s2t_pipe_hear(struct s2t_pipe_child *child)
{
	const double seconds = child->greeted ? child->limit : S2T_PIPE_START_LIMIT;
	double limit = 0;

	while (child->outcome == S2T_OK) {
		char *start = child->text + child->read;
		char *end = memchr(start, '\n', child->used - child->read);

		if (end) {
			*end = '\0';
			child->read = (size_t)(end + 1 - child->text);
			child->greeted = true;
			return start;
		}
		memmove(child->text, start, child->used - child->read);
		child->used -= child->read;
		child->read = 0;
		if (child->used == S2T_PIPE_LINE) {
			s2t_pipe_fail(child, "the process said a line of more than %d bytes", S2T_PIPE_LINE);
			return NULL;
		}
		if (limit == 0)
			limit = s2t_now() + seconds;
		listen_on(child, limit, seconds);
	}
	return NULL;
}

void s2t_pipe_end(struct s2t_pipe_child *child)
{
	const bool well = child->outcome == S2T_OK;
	int status;

	close_end(child->to);
	close_end(child->from);
	if (child->pid > 0 && (!well || !has_ended(child, END_MS, &status)))
		stop(child, &status);
	free(child->text);
	child->text = NULL;
	child->to = child->from = -1;
	child->pid = 0;
}
