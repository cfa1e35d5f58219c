/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The crash guard, in child processes that raise its signals: the trace that it leaves is read back, each signal then does
 * what it did before, and where nothing can be written it does that as well. What a real crash leaves: test_shrink.sh.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard.h"
#include "optable.h"
#include "scarce.h"
#include "trace.h"

enum { HANDLED = 7, MANY = 3000 };

static const char *scratch; /* an empty folder */
static struct s2t_board board;
static struct s2t_call calls[MANY];

/* Ends the process in the usual way, so that what counts lines sees them. */
static void handled(int number)
{
	(void)number;
	exit(HANDLED);
}

/* A child crashes in call `count` of sequence 12. Its standard error comes to be the file `said`. */
static void crash(struct s2t_guard_options *options, int number, size_t count, const char *said)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct sigaction before = { .sa_handler = handled };
		struct s2t_runner runner = { .call = calls, .call_count = count, .sequence = 12 };

		if (!freopen(said, "w", stderr) || sigaction(number, &before, NULL) != 0 ||
		    !s2t_guard_arm(options))
			_exit(99);
		s2t_guard_watch(&runner);
		raise(number);
		raise(number); /* a crash would happen again */
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), HANDLED);
}

static struct s2t_guard_options options_for(const char *dir)
{
	return (struct s2t_guard_options){
		.dir = dir, .boards = &board, .board_count = 1, .iut = s2t_builtin(), .seed = 0x5eed
	};
}

static const char *text_of(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void check_trace(const char *path, size_t count, const char *comment)
{
	struct s2t_trace trace;
	struct s2t_error error;

	if (!s2t_trace_load(&trace, S2T_TRACE, path, &error))
		fail_msg("%s", error.text);
	assert_int_equal(trace.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(trace.call[i].op, calls[i].op);
		assert_memory_equal(trace.call[i].arg, calls[i].arg, sizeof(calls[i].arg));
	}
	s2t_trace_free(&trace);
	assert_non_null(strstr(text_of(path), comment));
}

static void each_signal_leaves_the_sequence(void **state)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	char dir[512], path[600], said[512], comment[64], sentence[1024];

	(void)state;
	snprintf(said, sizeof(said), "%s/said", scratch);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const size_t count = i == 0 ? MANY : i; /* more than is written at a time */

		snprintf(dir, sizeof(dir), "%s/new/folder%zu", scratch, i);
		snprintf(path, sizeof(path), "%s/crash-0x5eed-12.trace", dir);
		struct s2t_guard_options options = options_for(dir);

		crash(&options, numbers[i], count, said);
		snprintf(comment, sizeof(comment), "# The last operation raised signal %d.\n", numbers[i]);
		check_trace(path, count, comment);
		assert_non_null(strstr(text_of(path), "# A crash: seed 0x5eed, board default, model low, "
		                                      "implementation builtin "));
		snprintf(
			sentence, sizeof(sentence),
			"\ns2twin: the implementation crashed (signal %d) in step %zu of sequence 12; the trace is "
			"%s: `s2twin shrink --isolate` makes it short\n",
			numbers[i], count, path);
		assert_string_equal(text_of(said), sentence);
	}
}

static void of_a_universe(void **state)
{
	char path[512], said[512];
	struct s2t_guard_options options = options_for(scratch);

	(void)state;
	snprintf(said, sizeof(said), "%s/said", scratch);
	snprintf(path, sizeof(path), "%s/crash-explore.trace", scratch);
	options.universe = "tiny";
	crash(&options, SIGSEGV, 2, said);
	check_trace(path, 2, "# A crash: universe tiny, model low, ");
	assert_non_null(strstr(text_of(said), "crashed (signal 11) in step 2; the trace is "));
}

/* Before the first call; a file stands where the folder should; the name is longer than any may be. */
static void nothing_to_write(void **state)
{
	static char longest[5000];
	char file[512], said[512];
	FILE *out;

	(void)state;
	snprintf(said, sizeof(said), "%s/said", scratch);
	snprintf(file, sizeof(file), "%s/file", scratch);
	out = fopen(file, "w");
	assert_non_null(out);
	fclose(out);
	memset(longest, 'x', sizeof(longest) - 1);
	for (unsigned i = 0; i < 3; i++) {
		struct s2t_guard_options options = options_for(i == 0 ? scratch : i == 1 ? file : longest);

		crash(&options, SIGSEGV, i > 0, said);
		assert_string_equal(text_of(said), "");
	}
}

static void without_memory(void **state)
{
	const struct s2t_guard_options options = options_for(scratch);
	size_t room = 0;
	bool armed = false;

	(void)state;
	for (; !armed; room++) {
		left = room;
		armed = s2t_guard_arm(&options);
		left = PLENTY;
	}
	s2t_guard_disarm();
	assert_in_range(room, 2, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signal_leaves_the_sequence),
		cmocka_unit_test(of_a_universe),
		cmocka_unit_test(nothing_to_write),
		cmocka_unit_test(without_memory),
	};

	scratch = getenv("S2T_SCRATCH");
	if (!scratch) {
		fputs("S2T_SCRATCH names no empty folder.\n", stderr);
		return 3;
	}
	s2t_board_default(&board);
	snprintf(board.name, sizeof(board.name), "default");
	for (uint64_t i = 0; i < MANY; i++)
		calls[i] = i % 2 ? (struct s2t_call){ S2T_OP_ASSIGN_PFN_TO_VM, { 1, i, 0x40000 + i } }
		                 : (struct s2t_call){ S2T_OP_MAP_PFN_VM, { 2, i << 12, i << 12 | 0xfff, 3 } };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
