/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a debugger: at a terminal gdb takes the place of the process, with the words that stop it in the step; where
 * standard input is no terminal, or there is no gdb, the command is printed; and one that cannot be started is a missing
 * resource. The terminal is a pseudo-terminal, and gdb a script that notes its words. Where a real one stops:
 * test_explain.sh.
 */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <fcntl.h>
#include <setjmp.h>
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

#include "cmd.h"
#include "debugger.h"

static const char *scratch; /* an empty folder */
static char text[4096];

static const char *path_of(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

static const char *text_of(const char *name)
{
	FILE *file = fopen(path_of(name), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* Standard output goes to the file out, errors to err. Returns the exit status. */
static int debug(bool terminal, const char *path)
{
	static char *argv[] = { "replay", "--stop-at", "4", "--gdb", "a trace", NULL };
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	int status;

	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (setenv("PATH", path, 1) != 0 ||
		    !freopen(terminal ? ptsname(master) : "/dev/null", "r", stdin) ||
		    !freopen(path_of("out"), "w", stdout) || !freopen(path_of("err"), "w", stderr))
			_exit(99);
		exit(s2t_debug(5, argv));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(master);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void check_words(const char *words, const char *between)
{
	char last[64];

	snprintf(last, sizeof(last), "%sreplay%s--stop-at%s4%s", between, between, between, between);
	assert_non_null(strstr(words, "break *s2t_stop_here"));
	assert_non_null(strstr(words, "--args"));
	assert_true(strstr(words, last) > strstr(words, "--args"));
	assert_null(strstr(words, "--gdb"));
}

static void at_a_terminal(void **state)
{
	char path[2048];
	FILE *gdb;

	(void)state;
	assert_int_equal(mkdir(path_of("bin"), 0777), 0);
	gdb = fopen(path_of("bin/gdb"), "w");
	assert_non_null(gdb);
	fprintf(gdb, "#!/bin/sh\nprintf '%%s\\n' \"$@\" >'%s/words'\nexit 5\n", scratch);
	fclose(gdb);
	assert_int_equal(chmod(path_of("bin/gdb"), 0755), 0);
	snprintf(path, sizeof(path), "/nowhere:%s", path_of("bin"));
	assert_int_equal(debug(true, path), 5);
	check_words(text_of("words"), "\n");
	assert_non_null(strstr(text, "\na trace\n"));
	assert_string_equal(text_of("out"), "");

	/* It is there, and standard input is no terminal. */
	assert_int_equal(debug(false, path), S2T_EXIT_AGREED);
	check_words(text_of("out"), " ");
	assert_memory_equal(text, "gdb -q ", 7);
	assert_non_null(strstr(text, " 'a trace'\n"));
}

static void without_gdb(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(debug(true, i ? "/nowhere" : ""), S2T_EXIT_AGREED);
		check_words(text_of("out"), " ");
	}
}

static void that_cannot_be_started(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("folder"), 0777), 0);
	assert_int_equal(mkdir(path_of("folder/gdb"), 0777), 0);
	assert_int_equal(debug(true, path_of("folder")), S2T_EXIT_INTERNAL);
	assert_non_null(strstr(text_of("err"), "s2twin: cannot start gdb: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_a_terminal),
		cmocka_unit_test(without_gdb),
		cmocka_unit_test(that_cannot_be_started),
	};

	scratch = getenv("S2T_SCRATCH");
	if (!scratch) {
		fputs("S2T_SCRATCH names no empty folder.\n", stderr);
		return 3;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
