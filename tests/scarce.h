/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out at a place of the test's choice: what a test includes that is linked with --wrap for each of these
 * functions. Nodes of the model's maps come out of slabs that are large, so most take no memory; here each may fail.
 */
#ifndef S2T_TESTS_SCARCE_H
#define S2T_TESTS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "arena.h"

#define PLENTY SIZE_MAX

/* How many allocations succeed from now on; then none does. Or: only arrays do not grow. */
static size_t left = PLENTY;
static bool arrays_stay;

static bool granted(void)
{
	return left == PLENTY || (left > 0 && left-- > 0);
}

void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);
void *__real_s2t_arena_take(struct s2t_arena *arena, size_t bytes);
void *__wrap_malloc(size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_s2t_arena_take(struct s2t_arena *arena, size_t bytes);

void *__wrap_malloc(size_t size)
{
	return granted() ? __real_malloc(size) : NULL;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return granted() ? __real_aligned_alloc(alignment, size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return granted() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return granted() && !(arrays_stay && old) ? __real_realloc(old, size) : NULL;
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
	return granted() ? __real_mmap(at, size, protection, flags, file, offset) : MAP_FAILED;
}

void *__wrap_s2t_arena_take(struct s2t_arena *arena, size_t bytes)
{
	return granted() ? __real_s2t_arena_take(arena, bytes) : NULL;
}

#endif
