/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace of a crash, written by a signal handler. It calls nothing but what POSIX lists as
 * async-signal-safe, and formats numbers itself; all other text was made ready before.
 */
#define _XOPEN_SOURCE 700 /* sigaltstack */

#include "guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "extra.h"
#include "trace.h"

enum { SIGNALS = 5, STACK = 65536 };

static const int signals[SIGNALS] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

/* A signal handler gets no argument of ours, so this is the one place with variables of the process. */
static struct {
	struct s2t_guard_options options;
	char **head; /* of each board, a trace without operations */
	struct sigaction old[SIGNALS];
	char stack[STACK]; /* of the handler: the crash may be for want of stack */
	char out[16384];
	size_t used;
	int file;
	volatile sig_atomic_t crashing;
	pid_t inside;         /* the process that runs a command; 0: none does */
	atomic_uint handlers; /* how often end_of_process is registered */
	atomic_flag ending;
} guard = { .ending = ATOMIC_FLAG_INIT };

/* Of each thread. */
static _Thread_local struct {
	const struct s2t_runner *runner;
	bool registered;
} running;

static void end_of_process(void);

/* Two threads may call exit at once. Each then takes the next handler off the list, and one that finds none ends the
 * process: so there is one for each thread, up to as many as --jobs may be. */
enum { MAX_HANDLERS = 257 };

static void register_thread(void)
{
	if (running.registered)
		return;
	running.registered = true;
	if (atomic_fetch_add(&guard.handlers, 1) < MAX_HANDLERS)
		(void)atexit(end_of_process);
}

void s2t_guard_watch(const struct s2t_runner *runner)
{
	register_thread();
	running.runner = runner;
}

static void flush_out(void)
{
	for (size_t done = 0; done < guard.used;) {
		const ssize_t now = write(guard.file, guard.out + done, guard.used - done);

		if (now <= 0)
			break;
		done += (size_t)now;
	}
	guard.used = 0;
}

static void put(const char *text)
{
	for (; *text; text++) {
		if (guard.used == sizeof(guard.out))
			flush_out();
		guard.out[guard.used++] = *text;
	}
}

static void put_number(uint64_t number, unsigned base)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	if (base == 16)
		put("0x");
	put(digits + at);
}

/* As s2t_call_print has it. */
static void put_call(const struct s2t_call *call)
{
	struct s2t_op_info row;
	const struct s2t_op_info *info = s2t_op_row(guard.options.iut, call->op, &row);

	put(info->name);
	for (unsigned i = 0; i < info->arg_count; i++) {
		put(" ");
		put(info->arg[i].name);
		put("=");
		put_number(call->arg[i], s2t_arg_bits(info->arg[i].kind) == 64 ? 16 : 10);
	}
	put("\n");
}

/* mkdir -p, on a copy. */
static void make_folders(const char *path)
{
	char part[1024];

	for (size_t i = 0; path[i] && i + 1 < sizeof(part); i++) {
		part[i] = path[i];
		part[i + 1] = '\0';
		if (path[i + 1] == '/' || path[i + 1] == '\0')
			(void)mkdir(part, 0777);
	}
}

/* The name of the trace is put together in `out`. */
static void put_path(void)
{
	put(guard.options.dir);
	if (guard.options.universe) {
		put("/crash-explore.trace");
		return;
	}
	put("/crash-");
	put_number(guard.options.seed, 16);
	put("-");
	put_number(running.runner->sequence, 10);
	put(".trace");
}

/* What the last operation did: raise a signal, or, for 0, end the process. */
static void write_trace(int signal)
{
	char path[4096];

	make_folders(guard.options.dir);
	guard.used = 0;
	put_path();
	if (guard.used >= sizeof(path))
		return;
	memcpy(path, guard.out, guard.used);
	path[guard.used] = '\0';
	guard.used = 0;
	guard.file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (guard.file < 0)
		return;
	put(guard.head[running.runner->board]);
	put(signal ? "# The last operation raised signal " : "# The last operation ended the process");
	if (signal)
		put_number((uint64_t)signal, 10);
	put(".\n");
	for (size_t i = 0; i < running.runner->call_count; i++)
		put_call(&running.runner->call[i]);
	flush_out();
	(void)fsync(guard.file);
	(void)close(guard.file);

	guard.file = STDERR_FILENO;
	put(signal ? "\ns2twin: the implementation crashed (signal "
	           : "\ns2twin: the implementation ended the process");
	if (signal) {
		put_number((uint64_t)signal, 10);
		put(")");
	}
	put(" in step ");
	put_number(running.runner->call_count, 10);
	if (!guard.options.universe) {
		put(" of sequence ");
		put_number(running.runner->sequence, 10);
	}
	put("; the trace is ");
	put(path);
	put(": `s2twin shrink --isolate` makes it short\n");
	flush_out();
}

/* Afterwards the instruction runs again, and the signal does what it did before there was a guard. */
static void on_crash(int signal)
{
	if (!guard.crashing) {
		guard.crashing = 1;
		if (running.runner && running.runner->call_count > 0)
			write_trace(signal);
	}
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &guard.old[i], NULL);
}

/* A comment says what is known before the sequence runs. */
static char *head_of(const struct s2t_guard_options *options, size_t board)
{
	char origin[160], comment[512], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (options->universe)
		(void)snprintf(origin, sizeof(origin), "universe %.100s", options->universe);
	else
		(void)snprintf(origin, sizeof(origin), "seed 0x%llx, board %.100s",
		               (unsigned long long)options->seed, options->boards[board].name);
	(void)snprintf(comment, sizeof(comment),
	               "A crash: %s, model %s, implementation %s %s, s2twin " S2T_VERSION, origin,
	               options->spec == S2T_SPEC_LOW ? "low" : "high", options->iut->name,
	               options->iut->version);
	bool good = out && s2t_trace_print(out, &options->boards[board], NULL, 0, comment);

	if (out && fclose(out) != 0)
		good = false;
	if (good)
		return text;
	free(text);
	return NULL;
}

/* Without this an implementation that calls exit(0) would look like one that agrees. */
static void end_of_process(void)
{
	if (guard.inside == 0 || guard.inside != getpid())
		return;
	while (atomic_flag_test_and_set(&guard.ending))
		(void)pause(); /* another thread is at it */
	(void)fflush(NULL);
	if (!guard.crashing && running.runner && running.runner->call_count > 0)
		write_trace(0);
	else
		fputs("s2twin: the implementation ended the process; --isolate has that told as a divergence\n",
		      stderr);
	_exit(S2T_EXIT_INTERNAL);
}

void s2t_guard_enter(void)
{
	register_thread();
	guard.inside = getpid();
}

void s2t_guard_leave(void)
{
	guard.inside = 0;
}

bool s2t_guard_arm(const struct s2t_guard_options *options)
{
	const stack_t stack = { .ss_sp = guard.stack, .ss_size = sizeof(guard.stack) };
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };

	guard.options = *options;
	guard.head = calloc(options->board_count, sizeof(*guard.head));
	for (size_t i = 0; guard.head && i < options->board_count; i++) {
		guard.head[i] = head_of(options, i);
		if (!guard.head[i]) {
			s2t_guard_disarm();
			return false;
		}
	}
	if (!guard.head)
		return false;
	(void)sigaltstack(&stack, NULL);
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &guard.old[i]);
	return true;
}

void s2t_guard_disarm(void)
{
	running.runner = NULL;
	for (size_t i = 0; guard.head && i < guard.options.board_count; i++)
		free(guard.head[i]);
	free(guard.head);
	guard.head = NULL;
}
