/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A main for AFL++: persistent, with inputs in shared memory. The names are those of its runtime, afl-compiler-rt.o,
 * with which this is linked; afl-clang-fast has macros for the same. Started without afl-fuzz, it runs the file that
 * its argument names, or standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine.h"

extern unsigned char *__afl_fuzz_ptr;
extern unsigned int *__afl_fuzz_len;
int __afl_persistent_loop(unsigned int count);
void __afl_manual_init(void);

/* afl-fuzz looks for these words in the file: persistent mode, and a fork server that starts when it is told to. */
__attribute__((used)) static const char persistent[] = "##SIG_AFL_PERSISTENT##";
__attribute__((used)) static const char deferred[] = "##SIG_AFL_DEFER_FORKSRV##";

/* Tells the runtime that inputs come in shared memory. */
extern int __afl_sharedmem_fuzzing;
int __afl_sharedmem_fuzzing = 1;

enum { INPUT_MAX = 1 << 20, LOOPS = 100000 };
static uint8_t buffer[INPUT_MAX];

static size_t read_input(int argc, char **argv)
{
	FILE *in = argc > 1 ? fopen(argv[1], "rb") : stdin;

	if (!in) {
		fprintf(stderr, "%s: cannot read this file\n", argv[1]);
		exit(2);
	}
	return fread(buffer, 1, sizeof(buffer), in);
}

int main(int argc, char **argv)
{
	/* Before the fork server starts, so that its children have the machines. */
	s2t_fuzz_prepare();
	__afl_manual_init();
	if (!__afl_fuzz_ptr)
		return LLVMFuzzerTestOneInput(buffer, read_input(argc, argv));
	while (__afl_persistent_loop(LOOPS))
		(void)LLVMFuzzerTestOneInput(__afl_fuzz_ptr, *__afl_fuzz_len);
	return 0;
}
