/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plug-in that names its memory: reads.c, with a shadow of what the built-in implementation writes, one range for
 * each kind. With -DBAD_STRAY an operation that writes nothing changes a word of the records; with -DBAD_PAGE one that
 * writes records changes the content of a page.
 */
#define READS_NO_PLUGIN
#include "reads.c"

#include <string.h>

enum { SIZE = 65536, FIRST_PAGE = 0x40000, KINDS = S2T_RANGE_PRIVATE + 1 };

struct watched {
	struct s2t_iut reads; /* first: an instance of either is one of both */
	struct s2t_range range[KINDS];
};

static struct s2t_iut *watched_create(const struct s2t_iut_ops *self, const struct s2t_board *board,
                                      char *error, size_t size)
{
	struct s2t_iut *reads = reads_create(self, board, error, size);
	struct watched *iut = reads ? calloc(1, sizeof(*iut)) : NULL;

	if (!iut)
		return NULL;
	iut->reads = *reads;
	free(reads);
	/* The view points to the board beside it. */
	s2t_view_init(&iut->reads.view, s2t_builtin(), iut->reads.inner, &iut->reads.board);
	for (int kind = 0; kind < KINDS; kind++) {
		iut->range[kind] = (struct s2t_range){ (enum s2t_range_kind)kind, aligned_alloc(SIZE, SIZE),
			                               SIZE, kind == S2T_RANGE_PAGES ? FIRST_PAGE : 0 };
		memset(iut->range[kind].start, 0, SIZE);
	}
	return &iut->reads;
}

static void watched_destroy(struct s2t_iut *iut)
{
	struct watched *watched = (struct watched *)iut;

	for (int kind = 0; kind < KINDS; kind++)
		free(watched->range[kind].start);
	reads_destroy(iut);
}

static void change(struct s2t_iut *iut, enum s2t_range_kind kind, uint64_t address)
{
	uint64_t *words = ((struct watched *)iut)->range[kind].start;

	words[address % SIZE / 8]++;
}

static void shadow(struct s2t_iut *iut, const struct s2t_write *write)
{
	const struct s2t_el2_layout layout = s2t_builtin()->image->layout(iut->inner);

	if (write->window == S2T_WINDOW_S2PT)
		change(iut, S2T_RANGE_S2PT, write->addr);
	else if (write->window == S2T_WINDOW_SMMU)
		change(iut, S2T_RANGE_SMMU, write->addr);
	else if (write->window == S2T_WINDOW_EL2)
		change(iut,
		       write->addr >= layout.s2_pages && write->addr < layout.locks ? S2T_RANGE_RECORDS
		                                                                    : S2T_RANGE_PRIVATE,
		       write->addr);
	else if (write->addr >> 12 >= FIRST_PAGE && write->addr >> 12 < FIRST_PAGE + SIZE / 4096)
		change(iut, S2T_RANGE_PAGES, write->addr);
}

static void watched_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	size_t before, after;

	s2t_builtin()->image->writes(iut->inner, &before);
	reads_call(iut, call, result);
	const struct s2t_write *write = s2t_builtin()->image->writes(iut->inner, &after);

	for (size_t i = before; i < after; i++)
		shadow(iut, &write[i]);
#if defined(BAD_STRAY)
	if (call->op == S2T_OP_GET_LEVEL_S2PT)
		change(iut, S2T_RANGE_RECORDS, 0x128);
#elif defined(BAD_PAGE)
	if (call->op == S2T_OP_GRANT_VM_PAGE)
		change(iut, S2T_RANGE_PAGES, 0x3010);
#endif
}

static const struct s2t_range *watched_memory(const struct s2t_iut *iut, size_t *count)
{
	*count = KINDS;
	return ((const struct watched *)iut)->range;
}

#ifndef WATCHED_NO_PLUGIN
const struct s2t_iut_ops *s2t_iut_plugin(void)
{
	static struct s2t_iut_ops ops = { READS_OPS };

	ops.name = "watched";
	ops.memory = watched_memory;
	ops.create = watched_create;
	ops.destroy = watched_destroy;
	ops.call = watched_call;
	return &ops;
}
#endif
