/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine: its start state, and the way back to it. */
#include "manager.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXTS = 16, TABLE_BYTES = 4096, ROOT_BYTES = 8192, SMMU_TOP = 30 };

static size_t lock_words(const struct s2t_iut *m)
{
	return (size_t)(LOCK_VM + m->board.corevisor) / LOCKS_IN_WORD + 1;
}

/* A page belongs to the last region that covers its first byte. Painting the regions in their order does that. */
static bool paint_regions(struct runs *runs, const struct s2t_board *board)
{
	const struct value nobody = runs->none, host = record_of(0, (struct s2t_page){ .owner = HOST });

	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *region = &board->region[i];
		const s2t_pfn first = (region->base + TABLE_BYTES - 1) / TABLE_BYTES;
		const s2t_pfn end = (region->base + region->size + TABLE_BYTES - 1) / TABLE_BYTES;

		if (!runs_set(runs, first, end, region->index == S2T_NOMAP ? nobody : host))
			return false;
	}
	for (size_t i = 0; i < board->start_page_count; i++) {
		const struct s2t_start_page *start = &board->start_page[i];

		if (!runs_set(runs, start->pfn, start->pfn + 1, record_of(start->pfn, start->page)))
			return false;
	}
	return true;
}

bool manager_init(struct s2t_iut *m, const struct s2t_board *board)
{
	const size_t vms = (size_t)board->corevisor + 1;

	*m = (struct s2t_iut){ .board = *board };
	m->start.none = (struct value){ UINT64_MAX, UINT64_MAX };
	m->vm = calloc(vms, sizeof(struct space *));
	m->locked = calloc(lock_words(m), sizeof(*m->locked));
	return m->vm && m->locked && paint_regions(&m->start, board) && runs_copy(&m->owners, &m->start) &&
	       space_init(&m->smmu, board->smmu_pool_start, CONTEXTS * ROOT_BYTES / TABLE_BYTES,
	                  (size_t)((board->smmu_pool_end - board->smmu_pool_start) / TABLE_BYTES), SMMU_TOP);
}

void manager_reset(struct s2t_iut *m)
{
	for (uint64_t vmid = 0; vmid <= m->board.corevisor; vmid++)
		if (m->vm[vmid])
			space_reset(m->vm[vmid]);
	space_reset(&m->smmu);
	memset(m->locked, 0, lock_words(m) * sizeof(*m->locked));
	m->contents.count = 0;
	m->panic = NULL;
	(void)runs_copy(&m->owners, &m->start); /* they have room for that since manager_init */
}

void manager_free(struct s2t_iut *m)
{
	for (uint64_t vmid = 0; m->vm && vmid <= m->board.corevisor; vmid++)
		if (m->vm[vmid]) {
			space_free(m->vm[vmid]);
			free(m->vm[vmid]);
		}
	space_free(&m->smmu);
	runs_free(&m->owners);
	runs_free(&m->start);
	runs_free(&m->contents);
	free(m->vm);
	free(m->locked);
}
