/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching memory: by a copy that is compared after each step, or by pages that cannot be written until they are.
 *
 * Protected pages stay protected between steps, so that a step costs two system calls and a fault for each page that
 * it writes, whatever the size of the ranges. The fault is taken by the thread that writes; it finds the watch that
 * this thread entered last.
 */
#define _DEFAULT_SOURCE /* sa_sigaction, si_addr */

#include "memwatch.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHUNK = 4096, KEPT = 64, MAX_RANGES = 256 };

struct range {
	enum s2t_range_kind kind;
	unsigned char *start;
	size_t size;
	s2t_pfn pfn;
	unsigned char *copy; /* of what it held when it was last looked at */
};

struct s2t_memwatch {
	enum s2t_watch_memory how;
	size_t count;
	struct range *range;
	size_t page; /* of the host, bytes */
	/* Protected: pages written since they were last looked at, in the order of their first write. */
	unsigned char **dirty;
	size_t dirty_count, dirty_room;

	uint32_t kinds;
	size_t changed_count;
	struct s2t_changed_word changed[KEPT];
};

/* A signal handler gets no argument of ours. */
static _Thread_local struct s2t_memwatch *entered;
static struct sigaction before;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;

const char *s2t_range_text(enum s2t_range_kind kind)
{
	static const char *const texts[] = {
		[S2T_RANGE_PAGES] = "to the content of a page, of which the step writes none",
		[S2T_RANGE_RECORDS] = "to the ownership records, of which the step writes none",
		[S2T_RANGE_S2PT] = "to the stage-2 tables, in which the step writes nothing",
		[S2T_RANGE_SMMU] = "to the SMMU tables, in which the step writes nothing",
		[S2T_RANGE_PRIVATE] = "to its private data",
	};

	return texts[kind];
}

/*
 * Protection.
 */

/* Lets the page at `address` be written, and notes it. False: it is no page of the watch. */
static bool open_page(struct s2t_memwatch *watch, unsigned char *address)
{
	unsigned char *page = address - ((uintptr_t)address & (watch->page - 1));

	for (size_t i = 0; i < watch->count; i++) {
		const struct range *range = &watch->range[i];

		if (page < range->start || (size_t)(page - range->start) >= range->size)
			continue;
		/* A second fault on a page that can be written is no fault of the protection. */
		for (size_t j = 0; j < watch->dirty_count; j++)
			if (watch->dirty[j] == page)
				return false;
		watch->dirty[watch->dirty_count++] = page;
		return mprotect(page, watch->page, PROT_READ | PROT_WRITE) == 0;
	}
	return false;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (entered && info->si_code == SEGV_ACCERR && open_page(entered, info->si_addr))
		return;
	/* Not ours: the instruction runs again, and the signal does what it did before. */
	sigaction(number, &before, NULL);
}

/* Makes the handler that of the process, unless it is already. A child of --isolate has lost it. */
static bool install(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK }, now;
	bool good = true;

	action.sa_sigaction = on_fault;
	pthread_mutex_lock(&installing);
	if (sigaction(SIGSEGV, NULL, &now) != 0) {
		good = false;
	} else if (!(now.sa_flags & SA_SIGINFO) || now.sa_sigaction != on_fault) {
		before = now;
		good = sigaction(SIGSEGV, &action, NULL) == 0;
	}
	pthread_mutex_unlock(&installing);
	return good;
}

static bool protect(struct s2t_memwatch *watch, int how)
{
	bool good = true;

	for (size_t i = 0; i < watch->count; i++)
		good &= mprotect(watch->range[i].start, watch->range[i].size, how) == 0;
	return good;
}

/*
 * Creation.
 */

static bool refuse(struct s2t_error *error, bool resource, const char *sentence, size_t number)
{
	snprintf(error->text, sizeof(error->text), sentence, number);
	error->resource = resource;
	return false;
}

static bool copy_ranges(struct s2t_memwatch *watch, const struct s2t_range *told, size_t count,
                        struct s2t_error *error)
{
	size_t pages = 0;

	watch->range = calloc(count, sizeof(*watch->range));
	for (size_t i = 0; watch->range && i < count; i++) {
		struct range *range = &watch->range[watch->count];

		*range = (struct range){ told[i].kind, told[i].start, told[i].size, told[i].pfn, NULL };
		if (!range->start || range->size % 8 || (uintptr_t)range->start % 8 ||
		    (unsigned)range->kind > S2T_RANGE_PRIVATE)
			return refuse(
				error, false,
				"range %zu of the plug-in's memory is not a range of 8-byte words of a kind "
				"that there is: mend its `memory` function, or use --watch=none",
				i);
		if (watch->how == S2T_WATCH_PROTECT &&
		    ((uintptr_t)range->start % watch->page || range->size % watch->page))
			return refuse(
				error, false,
				"range %zu of the plug-in's memory does not begin and end with a page, so it cannot "
				"be protected: use --watch=compare",
				i);
		range->copy = malloc(range->size + 1);
		if (!range->copy)
			return refuse(error, true, "not enough memory to watch range %zu of the plug-in", i);
		memcpy(range->copy, range->start, range->size);
		pages += range->size / watch->page + 1;
		watch->count++;
	}
	watch->dirty = malloc(pages * sizeof(*watch->dirty));
	return (watch->range && watch->dirty) ||
	       refuse(error, true, "not enough memory to watch %zu ranges of the plug-in", count);
}

struct s2t_memwatch *s2t_memwatch_create(const struct s2t_iut_ops *ops, struct s2t_iut *iut,
                                         enum s2t_watch_memory how, struct s2t_error *error)
{
	size_t count = 0;
	const struct s2t_range *told = ops->memory ? ops->memory(iut, &count) : NULL;
	struct s2t_memwatch *watch;

	if (!told || count == 0 || count > MAX_RANGES) {
		(void)refuse(
			error, false,
			"the plug-in names %zu ranges of memory, so there is nothing to watch (1 to 256 can "
			"be): use --watch=none",
			count);
		return NULL;
	}
	watch = calloc(1, sizeof(*watch));
	if (!watch) {
		(void)refuse(error, true, "not enough memory to watch %zu ranges of the plug-in", count);
		return NULL;
	}
	watch->how = how;
	watch->page = (size_t)sysconf(_SC_PAGESIZE);
	if (!copy_ranges(watch, told, count, error)) {
		s2t_memwatch_destroy(watch);
		return NULL;
	}
	if (how == S2T_WATCH_PROTECT && (!install() || !protect(watch, PROT_READ))) {
		(void)refuse(error, true, "the %zu ranges of the plug-in's memory cannot be protected", count);
		s2t_memwatch_destroy(watch);
		return NULL;
	}
	return watch;
}

void s2t_memwatch_destroy(struct s2t_memwatch *watch)
{
	if (!watch)
		return;
	if (watch->how == S2T_WATCH_PROTECT)
		protect(watch, PROT_READ | PROT_WRITE);
	if (entered == watch)
		entered = NULL;
	for (size_t i = 0; i < watch->count; i++)
		free(watch->range[i].copy);
	free(watch->range);
	free(watch->dirty);
	free(watch);
}

/*
 * Looking.
 */

/* The words of a chunk that are not as in its copy, which follows. */
static void note_chunk(struct s2t_memwatch *watch, size_t number, size_t at, size_t size)
{
	struct range *range = &watch->range[number];

	for (size_t i = at; i < at + size; i += 8) {
		uint64_t old, now;

		memcpy(&old, range->copy + i, 8);
		memcpy(&now, range->start + i, 8);
		if (old == now)
			continue;
		watch->kinds |= UINT32_C(1) << range->kind;
		if (watch->changed_count < KEPT)
			watch->changed[watch->changed_count++] = (struct s2t_changed_word){
				.kind = range->kind,
				.range = number,
				.offset = i,
				.old = old,
				.now = now,
				.pfn = range->kind == S2T_RANGE_PAGES ? range->pfn + i / 4096 : 0,
			};
	}
	memcpy(range->copy + at, range->start + at, size);
}

static void look_at_all(struct s2t_memwatch *watch)
{
	for (size_t i = 0; i < watch->count; i++) {
		const struct range *range = &watch->range[i];

		for (size_t at = 0; at < range->size; at += CHUNK) {
			const size_t size = range->size - at < CHUNK ? range->size - at : CHUNK;

			if (memcmp(range->start + at, range->copy + at, size) != 0)
				note_chunk(watch, i, at, size);
		}
	}
}

static int by_address(const void *a, const void *b)
{
	unsigned char *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

static void look_at_dirty(struct s2t_memwatch *watch)
{
	size_t number = 0;

	if (watch->dirty_count > 1)
		qsort(watch->dirty, watch->dirty_count, sizeof(watch->dirty[0]), by_address);
	for (size_t i = 0; i < watch->dirty_count; i++) {
		unsigned char *page = watch->dirty[i];

		for (number = 0; page < watch->range[number].start ||
		                 (size_t)(page - watch->range[number].start) >= watch->range[number].size;)
			number++;
		note_chunk(watch, number, (size_t)(page - watch->range[number].start), watch->page);
		(void)mprotect(page, watch->page, PROT_READ);
	}
	watch->dirty_count = 0;
}

void s2t_memwatch_begin(struct s2t_memwatch *watch)
{
	watch->kinds = 0;
	watch->changed_count = 0;
}

static void look(struct s2t_memwatch *watch)
{
	s2t_memwatch_begin(watch);
	if (watch->how == S2T_WATCH_PROTECT)
		look_at_dirty(watch);
	else
		look_at_all(watch);
}

void s2t_memwatch_enter(struct s2t_memwatch *watch)
{
	entered = watch;
}

void s2t_memwatch_accept(struct s2t_memwatch *watch)
{
	look(watch);
	s2t_memwatch_begin(watch);
}

void s2t_memwatch_end(struct s2t_memwatch *watch)
{
	look(watch);
}

const struct s2t_changed_word *s2t_memwatch_changed(const struct s2t_memwatch *watch, size_t *count,
                                                    uint32_t *kinds)
{
	*count = watch->changed_count;
	*kinds = watch->kinds;
	return watch->changed;
}
