/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record mutator as AFL++ wants it: a library that AFL_CUSTOM_MUTATOR_LIBRARY names.
 */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "mutate_draw.h"
#include "rng.h"

enum {
	BUFFER = 1 << 20, /* beyond this AFL++ itself does not go */
	LONGEST = 4096,   /* unless AFL_INPUT_LEN_MAX says otherwise */
};

struct mutator {
	struct s2t_rng rng;
	struct s2t_draw *draw; /* without memory for one the mutator does without */
	/* AFL++ tells a mutator BUFFER, whatever its limit is (-G), and then cuts off what is beyond. So most of an input that
	 * is filled up, and what is done at its end, would be lost. */
	size_t longest;
	uint8_t data[BUFFER];
};

#pragma GCC visibility push(default)
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *mutator, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size);
unsigned int afl_custom_fuzz_count(void *mutator, const uint8_t *data, size_t size);
void afl_custom_deinit(void *mutator);
#pragma GCC visibility pop

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct mutator *mutator = calloc(1, sizeof(*mutator));

	(void)afl;
	if (!mutator)
		return NULL;
	const char *longest = getenv("AFL_INPUT_LEN_MAX");

	s2t_rng_seed(&mutator->rng, seed);
	mutator->draw = s2t_draw_create(S2T_GEN_MEMORY | S2T_GEN_HYPERCALL);
	mutator->longest = longest ? strtoul(longest, NULL, 10) : 0;
	if (mutator->longest == 0)
		mutator->longest = LONGEST;
	if (mutator->longest > BUFFER)
		mutator->longest = BUFFER;
	return mutator;
}

size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size)
{
	struct mutator *mutator = state;
	const uint64_t seed = s2t_rng_next(&mutator->rng);
	size_t room = max_size < mutator->longest ? max_size : mutator->longest, made = 0;

	if (other && other_size > 0 && (seed & 3) == 0)
		made = s2t_cross_over(data, size, other, other_size, mutator->data, room, seed);
	if (made == 0) {
		made = s2t_mutate_anew(seed) ? 0 : size < room ? size : room;
		memcpy(mutator->data, data, made);
		if (s2t_mutate_upwards(seed))
			made = s2t_raise_version(mutator->data, made, room);
		made = s2t_mutate(mutator->draw, mutator->data, made, room, seed);
	}
	*out = mutator->data;
	return made;
}

/* How often an entry of the queue is mutated before the next one has its turn. Left to itself, AFL++ stays with the first
 * entry as long as that leads to new ones: for minutes here, and nothing builds on what was found. */
unsigned int afl_custom_fuzz_count(void *state, const uint8_t *data, size_t size)
{
	(void)state;
	(void)data;
	(void)size;
	return 64;
}

void afl_custom_deinit(void *state)
{
	struct mutator *mutator = state;

	if (mutator)
		s2t_draw_destroy(mutator->draw);
	free(mutator);
}
