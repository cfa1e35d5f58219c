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
#include "log.h"
#include "rdata.h"

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

/* What becomes scarce in a step of the model: memory itself, or first the room that logs or the journal have left. */
enum scarce { MEMORY, LOG, JOURNAL, SCARCE };

/* Entries that the arrays of a model hold. */
struct room {
	size_t log, journal;
};

/* Leaves `room` of what is scarce, and tells what make_plenty() gives back. Where room is left in an array, only growing
 * it takes memory. */
static inline struct room make_scarce(struct s2t_model *m, enum scarce scarce, size_t room)
{
	const struct room all = { m->logs ? m->logs->size : 0, m->journal_size };

	left = scarce == MEMORY ? room : PLENTY;
	arrays_stay = scarce != MEMORY;
	if (scarce == LOG && m->logs->count + room < all.log)
		m->logs->size = m->logs->count + room;
	if (scarce == JOURNAL && m->journal_count + S2T_STEP_ENTRIES - 1 + room < all.journal)
		m->journal_size = m->journal_count + S2T_STEP_ENTRIES - 1 + room;
	return all;
}

static inline void make_plenty(struct s2t_model *m, enum scarce scarce, struct room all)
{
	left = PLENTY;
	arrays_stay = false;
	if (scarce == LOG)
		m->logs->size = all.log;
	if (scarce == JOURNAL)
		m->journal_size = all.journal;
}

#endif
