/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a target of the lockstep family says of itself; engine.c does the rest.
 */
#ifndef S2T_FUZZ_ENGINE_H
#define S2T_FUZZ_ENGINE_H

#include "feedback.h"

struct s2t_fuzz_target {
	const struct s2t_iut_ops *(*iut)(void); /* NULL: the built-in implementation */
	struct s2t_lockstep_options options;
	enum s2t_verdict (*instead)(const uint8_t *data,
	                            size_t size); /* runs this, and no machines; NULL: them */
	bool uncompared;                          /* as in struct s2t_drive */
	enum s2t_feedback feedback;
};
extern const struct s2t_fuzz_target s2t_fuzz_target;

/* Makes the machines, ahead of the first input. Ends the process if there is not enough memory. */
void s2t_fuzz_prepare(void);

/* Runs one input: S2T_DIVERGED after the find was told of and kept. */
enum s2t_verdict s2t_fuzz_input(const uint8_t *data, size_t size);

/* What libFuzzer calls, and others who follow its contract. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t max_size, unsigned seed);

#endif
