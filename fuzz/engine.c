/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The side of a target that an engine sees: libFuzzer's entry points, and what happens when the implementation crashes.
 */
#include "engine.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drive.h"
#include "mutate.h"
#include "mutate_draw.h"

static struct s2t_drive drive;
static struct s2t_draw *draw; /* of the mutator; without memory for one it does without */

/* Hooks of the sanitizers, called before their own reports. Their runtime may be a shared library. */
#pragma GCC visibility push(default)
void __asan_on_error(void);
void __ubsan_on_report(void);
#pragma GCC visibility pop

void __asan_on_error(void)
{
	s2t_drive_tell_crash(&drive, "AddressSanitizer reports an error");
}

void __ubsan_on_report(void)
{
	s2t_drive_tell_crash(&drive, "UndefinedBehaviorSanitizer reports an error");
}

static const int crash_signal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
enum { CRASH_SIGNALS = sizeof(crash_signal) / sizeof(crash_signal[0]) };
static struct sigaction engine_action[CRASH_SIGNALS];

static const char *name_of(int number)
{
	switch (number) {
	case SIGSEGV: return "SIGSEGV";
	case SIGBUS: return "SIGBUS";
	case SIGILL: return "SIGILL";
	default: return "SIGFPE";
	}
}

/* Ours first, then whatever the engine wants to do. When the handler returns, the instruction faults again. */
static void on_crash(int number)
{
	for (unsigned i = 0; i < CRASH_SIGNALS; i++)
		sigaction(crash_signal[i], &engine_action[i], NULL);
	s2t_drive_tell_crash(&drive, name_of(number));
}

static bool in_input; /* an input is being run */

/* exit(0) in the implementation would look like an input on which both sides agree. */
static void on_exit_in_input(void)
{
	if (in_input) {
		s2t_drive_tell_crash(&drive, "exit");
		abort();
	}
}

/* With the first input: by then every engine has set its own handlers. */
static void watch_crashes(void)
{
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_NODEFER };

	(void)atexit(on_exit_in_input);
	for (unsigned i = 0; i < CRASH_SIGNALS; i++)
		sigaction(crash_signal[i], &action, &engine_action[i]);
}

static void print_totals(void)
{
	fprintf(stderr, "s2twin fuzz: %" PRIu64 " operations in %" PRIu64 " inputs\n", drive.operations,
	        drive.inputs);
	if (drive.options.level == S2T_LEVEL_STACK)
		fprintf(stderr,
		        "s2twin fuzz: at the end of %" PRIu64
		        " of them whole tables were compared, of the others what either side wrote\n",
		        drive.whole);
	if (drive.refused)
		fprintf(stderr,
		        "s2twin fuzz: %" PRIu64
		        " of the inputs are for boards that %s cannot have, and were not run\n",
		        drive.refused, drive.iut->name);
}

void s2t_fuzz_prepare(void)
{
	if (s2t_fuzz_target.instead)
		return;
	if (!s2t_drive_init(&drive, s2t_fuzz_target.iut ? s2t_fuzz_target.iut() : s2t_builtin(),
	                    &s2t_fuzz_target.options))
		exit(3);
	drive.uncompared = s2t_fuzz_target.uncompared;
	drive.feedback = s2t_fuzz_target.feedback;
	draw = s2t_draw_create(drive.memory_only ? S2T_GEN_MEMORY : S2T_GEN_MEMORY | S2T_GEN_HYPERCALL);
	(void)atexit(print_totals);
}

enum s2t_verdict s2t_fuzz_input(const uint8_t *data, size_t size)
{
	if (s2t_fuzz_target.instead)
		return s2t_fuzz_target.instead(data, size);
	if (drive.inputs == 0)
		watch_crashes();
	in_input = true;
	const enum s2t_verdict verdict = s2t_drive_run(&drive, data, size);

	in_input = false;
	if (verdict == S2T_DIVERGED) {
		s2t_drive_tell(&drive, data, size);
		s2t_lockstep_reset(drive.machine->ls); /* there may be a next input */
	}
	return verdict;
}

/* Whether libFuzzer looks for news and nothing else (feedback.h). */
static bool wants_only_news(int argc, char *const *argv)
{
	static const char *const option[] = { "-use_counters=0", "-entropic=0", "-reduce_inputs=0" };
	unsigned given = 0;

	for (int i = 1; i < argc; i++)
		for (unsigned j = 0; j < sizeof(option) / sizeof(option[0]); j++)
			if (strcmp(argv[i], option[j]) == 0)
				given |= 1u << j;
	return given == 7;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libFuzzer's type */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	s2t_fuzz_prepare();
	if (drive.feedback == S2T_FEEDBACK_ALL && wants_only_news(*argc, *argv))
		s2t_feedback_spare();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const enum s2t_verdict verdict = s2t_fuzz_input(data, size);

	if (verdict == S2T_NO_MEMORY)
		exit(3);
	if (verdict == S2T_DIVERGED)
		abort();
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	if (!drive.memory_only && s2t_mutate_anew(seed))
		size = 0;
	else if (!drive.memory_only && s2t_mutate_upwards(seed))
		size = s2t_raise_version(data, size, max_size);
	return s2t_mutate(draw, data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t max_size, unsigned seed)
{
	return s2t_cross_over(a, a_size, b, b_size, out, max_size, seed);
}
