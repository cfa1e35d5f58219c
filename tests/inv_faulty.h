/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A faulty implementation: the built-in one, which in one of its calls writes a word more, tells of it, and so has
 * another value in one entry.
 */
#ifndef S2T_TESTS_INV_FAULTY_H
#define S2T_TESTS_INV_FAULTY_H

#include "inv_rig.h"
#include "spec.h"

enum { LOCKS = S2T_ENTRY_KIND_COUNT }; /* a kind of entry that is planted, and is none */

struct plant {
	enum s2t_invariant broken;
	const char *before;
	struct s2t_touch entry;
	uint64_t value[3]; /* owner count gfn; pfn level pte; pfn pte; a word */
};

#define NPT(vmid, gfn)                                                                                         \
	{                                                                                                      \
		.kind = S2T_ENTRY_NPT, .a = vmid, .b = gfn                                                     \
	}
#define SPT(context, gfn)                                                                                      \
	{                                                                                                      \
		.kind = S2T_ENTRY_SPT, .a = context, .b = gfn                                                  \
	}
#define PAGE(pfn)                                                                                              \
	{                                                                                                      \
		.kind = S2T_ENTRY_S2PAGE, .b = pfn                                                             \
	}
#define IMAGE(number, field)                                                                                   \
	{                                                                                                      \
		.kind = S2T_ENTRY_IMAGE, .a = 1, .b = number, .level = field                                   \
	}
#define BANK(context)                                                                                          \
	{                                                                                                      \
		.kind = S2T_ENTRY_SMMU_CFG, .a = context                                                       \
	}
#define CORE(field)                                                                                            \
	{                                                                                                      \
		.kind = S2T_ENTRY_CORE, .level = field                                                         \
	}
#define MAPS(pfn, bits)                                                                                        \
	{                                                                                                      \
		pfn, 3, (uint64_t)(pfn) << 12 | (bits)                                                         \
	}
#define DMA(pfn)                                                                                               \
	{                                                                                                      \
		pfn, (uint64_t)(pfn) << 12 | 0xfff                                                             \
	}

#define TABLE(vmid, lvl, address)                                                                              \
	{                                                                                                      \
		.kind = S2T_ENTRY_NPT_TABLE, .level = lvl, .a = vmid, .b = address                             \
	}
#define LOCK(number)                                                                                           \
	{                                                                                                      \
		.kind = LOCKS, .a = number                                                                     \
	}

static struct {
	struct s2t_lockstep *ls;
	const struct plant *plant; /* comes with the next call; NULL: none */
	struct s2t_write write[4096];
	size_t writes, of_plant;
} faulty;

static inline void put(enum s2t_window window, s2t_addr address, uint64_t value)
{
	struct s2t_iut *iut = faulty.ls->iut;
	const uint64_t *words = s2t_builtin()->image->page(iut, window, address & ~UINT64_C(4095));

	assert_non_null(words); /* written before, else there is nothing to spoil */
	uint64_t *word = (uint64_t *)(uintptr_t)words + address % 4096 / 8;

	faulty.write[faulty.of_plant++] = (struct s2t_write){ .window = window, .addr = address, .old = *word };
	*word = value;
}

static inline void put_lock(uint32_t lock)
{
	const s2t_addr at = faulty.ls->view.el2.locks + UINT64_C(8) * lock;

	put(S2T_WINDOW_EL2, at, s2t_view_word(&faulty.ls->view, S2T_WINDOW_EL2, at, 0) + 1);
}

/* The descriptor of a table leads to that of the first frames. */
static inline void put_table(const struct s2t_touch *entry)
{
	struct s2t_view *view = &faulty.ls->view;
	s2t_addr first, address;
	const uint64_t descriptor = s2t_view_npt_table(view, entry->a, 0, entry->level, &first);

	s2t_view_npt_table(view, entry->a, entry->b >> 12, entry->level, &address);
	put(S2T_WINDOW_S2PT, address, descriptor);
	s2t_view_flush(view);
}

static inline void plant_in_image(const struct plant *plant)
{
	const struct s2t_touch *entry = &plant->entry;
	const uint64_t *value = plant->value;
	struct s2t_lockstep *ls = faulty.ls;
	struct s2t_walk walk;

	switch (entry->kind) {
	case S2T_ENTRY_S2PAGE: {
		const s2t_addr at = ls->view.el2.s2_pages + 16 * s2t_board_record_of(&ls->board, entry->b);

		put(S2T_WINDOW_EL2, at, value[0] | value[1] << 32);
		put(S2T_WINDOW_EL2, at + 8, value[2]);
		break;
	}
	case S2T_ENTRY_NPT:
		s2t_view_npt(&ls->view, entry->a, entry->b, &walk);
		assert_int_equal(walk.count, 4);
		put(S2T_WINDOW_S2PT, walk.step[3].address, value[2]);
		break;
	case S2T_ENTRY_SPT:
		s2t_view_spt(&ls->view, entry->a, entry->b, &walk);
		assert_int_equal(walk.count, 3);
		put(S2T_WINDOW_SMMU, walk.step[2].address, value[1]);
		break;
	case S2T_ENTRY_NPT_TABLE: put_table(entry); break;
	case LOCKS: put_lock(entry->a); break;
	default: put(S2T_WINDOW_EL2, s2t_view_hyper_address(&ls->view, entry), value[0]);
	}
}

static inline void call(struct s2t_iut *iut, const struct s2t_call *operation, struct s2t_result *result)
{
	s2t_builtin()->call(iut, operation, result);
	if (!faulty.plant)
		return;
	const struct s2t_write *own = s2t_builtin()->image->writes(iut, &faulty.writes);

	assert_true(faulty.writes + 8 < sizeof(faulty.write) / sizeof(faulty.write[0]));
	memcpy(faulty.write, own, faulty.writes * sizeof(*own));
	faulty.of_plant = faulty.writes;
	plant_in_image(faulty.plant);
	faulty.plant = NULL;
}

static inline const struct s2t_write *writes(const struct s2t_iut *iut, size_t *count)
{
	*count = faulty.of_plant;
	return faulty.of_plant ? faulty.write : s2t_builtin()->image->writes(iut, count);
}

/* The built-in implementation, until a plant comes. */
static inline const struct s2t_iut_ops *faulty_one(void)
{
	static struct s2t_image_ops image;
	static struct s2t_iut_ops ops;

	image = *s2t_builtin()->image;
	image.writes = writes;
	ops = *s2t_builtin();
	ops.image = &image;
	ops.call = call;
	faulty.plant = NULL;
	faulty.of_plant = 0;
	return &ops;
}

#endif
