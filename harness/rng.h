/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers that are the same on every machine: splitmix64 (Steele, Lea, Flood 2014), a counter and a
 * finaliser, 64 bits of state.
 */
#ifndef S2T_HARNESS_RNG_H
#define S2T_HARNESS_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct s2t_rng {
	uint64_t state;
};

static inline uint64_t s2t_rng_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

#define S2T_RNG_STEP UINT64_C(0x9E3779B97F4A7C15)

static inline uint64_t s2t_rng_next(struct s2t_rng *rng)
{
	return s2t_rng_mix(rng->state += S2T_RNG_STEP);
}

/* What s2t_rng_next will return. */
static inline uint64_t s2t_rng_peek(const struct s2t_rng *rng)
{
	return s2t_rng_mix(rng->state + S2T_RNG_STEP);
}

/* The same as s2t_rng_next for those who know what it returns: `peeked`, by s2t_rng_peek and no draw since. */
static inline uint64_t s2t_rng_take(struct s2t_rng *rng, uint64_t peeked)
{
	rng->state += S2T_RNG_STEP;
	return peeked;
}

/* The state is the mixed seed, so that the streams of neighbouring seeds do not overlap. */
static inline void s2t_rng_seed(struct s2t_rng *rng, uint64_t seed)
{
	rng->state = s2t_rng_mix(seed + S2T_RNG_STEP);
}

/* 0..bound-1 from the upper half of a random word; bound at least 1. */
static inline uint32_t s2t_rng_scale(uint64_t random, uint32_t bound)
{
	return (uint32_t)(((random >> 32) * bound) >> 32);
}

/* The same from its lowest 16 bits; bound at most 65536. */
static inline uint32_t s2t_rng_scale16(uint64_t random, uint32_t bound)
{
	return ((uint32_t)(random & 0xFFFF) * bound) >> 16;
}

static inline uint32_t s2t_rng_below(struct s2t_rng *rng, uint32_t bound)
{
	return s2t_rng_scale(s2t_rng_next(rng), bound);
}

/* True `n` times in 256. */
static inline bool s2t_rng_chance(struct s2t_rng *rng, uint32_t n)
{
	return (s2t_rng_next(rng) >> 56) < n;
}

#endif
