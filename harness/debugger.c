/* SPDX-License-Identifier: BSD-2-Clause */
/* Stopping a replay under gdb. */
#include "debugger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "console.h"

/* The empty statement uses the arguments, so that neither the call nor they are optimised away. */
__attribute__((noinline)) void s2t_stop_here(void (*enter)(struct s2t_iut *, const struct s2t_call *,
                                                           struct s2t_result *),
                                             const struct s2t_call *call, uint32_t step)
{
	__asm__ volatile("" : : "r"(enter), "r"(call), "r"(step) : "memory");
}

/* In the register of the first argument is `enter`, also where there is no debug information. */
#ifdef __aarch64__
#define STOP_THERE "tbreak *$x0"
#else
#define STOP_THERE "tbreak *$rdi"
#endif

/* Stops at the first instruction of s2t_stop_here, then at that of the function that it was given. */
static const char *const gdb_words[] = {
	"gdb", "-q",       "-ex",    "break *s2t_stop_here", "-ex", "run", "-ex", STOP_THERE,
	"-ex", "continue", "--args",
};
enum { GDB_WORDS = sizeof(gdb_words) / sizeof(gdb_words[0]) };

/* Whether a program of that name is in PATH. */
static bool is_installed(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	while (path && *path) {
		const size_t length = strcspn(path, ":");

		(void)snprintf(file, sizeof(file), "%.*s/%s", (int)length, path, name);
		if (access(file, X_OK) == 0)
			return true;
		path += length + (path[length] == ':');
	}
	return false;
}

/* "--gdb", or what getopt takes for it. */
static bool is_gdb_option(const char *word)
{
	return strlen(word) > 2 && strncmp(word, "--gdb", strlen(word)) == 0;
}

int s2t_debug(int argc, char *const *argv)
{
	char self[4096];
	const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char **words = calloc((size_t)argc + GDB_WORDS + 2, sizeof(*words));
	size_t count = GDB_WORDS;

	if (!words || length < 0) {
		free(words);
		fprintf(stderr, "s2twin: cannot tell where this command is; start gdb by hand\n");
		return S2T_EXIT_INTERNAL;
	}
	self[length] = '\0';
	memcpy(words, gdb_words, sizeof(gdb_words));
	words[count++] = self;
	for (int i = 0; i < argc; i++)
		if (!is_gdb_option(argv[i]))
			words[count++] = argv[i];
	if (isatty(STDIN_FILENO) && is_installed(words[0])) {
		fflush(stdout);
		execvp(words[0], (char *const *)(uintptr_t)words);
		perror("s2twin: cannot start gdb");
		free(words);
		return S2T_EXIT_INTERNAL;
	}
	for (size_t i = 0; i < count; i++) {
		char word[8192];

		printf("%s%c", s2t_shell_word(words[i], word, sizeof(word)), i + 1 < count ? ' ' : '\n');
	}
	free(words);
	return s2t_finish(S2T_EXIT_AGREED);
}
