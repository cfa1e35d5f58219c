/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands without memory: of each one ever later allocations of s2twin fail. It ends with exit status 3 and a
 * sentence, or comes to the same end as with enough memory. In particular it does not say that two sides agree or differ
 * that it could not compare.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd.h"
#include "s2twin/run.h"
#include "scarce.h"

enum { WORDS = 20, EACH = 150, ENOUGH = 4 };

/* @ stands for the folder of this test. There, both sides differ on high.trace, and input is what convert made. */
static const char *const commands[] = {
	"board default",
	"spec",
	"eval corpus/seeds/life-cycle.trace",
	"convert --to-input -o @/input corpus/seeds/life-cycle.trace",
	"convert -o @/back.trace @/input",
	"replay corpus/seeds/life-cycle.trace",
	"replay --log @/log corpus/seeds/life-cycle.trace",
	"replay --iut spec:high --out @/kept --junit @/junit.xml --sarif @/sarif.json @/high.trace",
	"explain --iut spec:high @/high.trace",
	"explain --iut spec:high --json --html @/page.html @/high.trace",
	"shrink --iut spec:high -o @/short.trace @/high.trace",
	"promote --iut spec:high --to @/promoted @/high.trace",
	"run --seed 1 --ops 200 --board tiny --out @/agree",
	"run --seed 1 --ops 5k --board tiny --iut spec:high --out @/diverge",
	"explore tiny --depth 2 --jobs 1 --out @/explore",
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const char *scratch;
static char said[1024]; /* on standard error, by the last command */

static int split(const char *command, char *buf, size_t size, char **argv)
{
	size_t used = 0;
	int argc = 0;

	for (const char *c = command; *c && used + 1 < size; c++) {
		const int more = *c == '@' ? snprintf(buf + used, size - used, "%s", scratch)
		                           : snprintf(buf + used, size - used, "%c", *c);

		used += (size_t)more;
	}
	argv[argc++] = (char *)(uintptr_t) "s2twin";
	for (char *word = strtok(buf, " "); word && argc + 1 < WORDS; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

/* Sends a stream of the process to a file; the result takes it back. */
static int send_to(int stream, const char *path)
{
	const int old = dup(stream), file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);

	if (old < 0 || file < 0 || dup2(file, stream) < 0)
		exit(3);
	close(file);
	return old;
}

static void take_back(int stream, int old)
{
	dup2(old, stream);
	close(old);
}

/* The exit status of a command with room for so many allocations. */
static int run(const char *command, size_t room)
{
	char buf[2048], errors[1024], *argv[WORDS];
	const int argc = split(command, buf, sizeof(buf), argv);

	snprintf(errors, sizeof(errors), "%s/errors", scratch);
	fflush(NULL);
	const int out = send_to(STDOUT_FILENO, "/dev/null"), err = send_to(STDERR_FILENO, errors);

	left = room;
	const int status = s2t_main(argc, argv, NULL);

	left = PLENTY;
	fflush(NULL);
	const ssize_t got = pread(STDERR_FILENO, said, sizeof(said) - 1, 0);

	take_back(STDOUT_FILENO, out);
	take_back(STDERR_FILENO, err);
	said[got > 0 ? got : 0] = '\0';
	return status;
}

/* Each number of allocations up to EACH, then ever larger ones, until there is enough some times. */
static void starve(void **state)
{
	const char *command = *(const char *const *)*state;
	const int good = run(command, PLENTY);
	unsigned enough = 0;

	if (good != S2T_EXIT_AGREED && good != S2T_EXIT_DIVERGED)
		fail_msg("%s: exit status %d, %s", command, good, said);
	for (size_t room = 0; room < EACH || enough < ENOUGH; room += 1 + (room < EACH ? 0 : room / 2)) {
		const int status = run(command, room);

		if (status != good && status != S2T_EXIT_INTERNAL)
			fail_msg("%s, without memory after %zu allocations: exit status %d, %s", command, room,
			         status, said);
		if (status != good && said[0] == '\0')
			fail_msg("%s, without memory after %zu allocations: not a word", command, room);
		enough = status == good ? enough + 1 : 0;
		assert_true(room < 1U << 26);
	}
}

int main(void)
{
	struct CMUnitTest tests[COMMANDS];
	char path[1024];
	FILE *file;

	scratch = getenv("S2T_SCRATCH");
	if (!scratch) {
		fputs("S2T_SCRATCH names no empty folder.\n", stderr);
		return 3;
	}
	snprintf(path, sizeof(path), "%s/high.trace", scratch);
	file = fopen(path, "w");
	if (!file)
		return 3;
	fputs("s2twin-trace 1\nassign_pfn_to_smmu vmid=1 gfn=0x7 pfn=0x40005\n", file);
	fclose(file);
	for (size_t i = 0; i < COMMANDS; i++)
		tests[i] = (struct CMUnitTest){ commands[i], starve, NULL, NULL,
			                        (void *)(uintptr_t)&commands[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
