/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model as a list of entries, seen through its queries alone.
 */
#ifndef S2T_TESTS_CASES_MODEL_VIEW_H
#define S2T_TESTS_CASES_MODEL_VIEW_H

#include "cases/row.h"

enum { CONTEXTS = 16, BANKS_PER_SMMU = 8 };

static inline uint64_t ttbr_of(const struct s2t_board *board, uint64_t context)
{
	return board->smmu_pool_start + context * 8192;
}

static inline void keys_of_gfn(struct entries *keys, const struct s2t_board *board, uint64_t gfn)
{
	for (uint64_t vmid = 0; vmid <= board->corevisor; vmid++)
		entries_add(keys, NPT, vmid, gfn);
	for (uint64_t context = 0; context < CONTEXTS; context++)
		entries_add(keys, SPT, ttbr_of(board, context), gfn);
}

static inline void keys_of_pfn(struct entries *keys, uint64_t pfn)
{
	entries_add(keys, S2PAGE, pfn, 0);
	entries_add(keys, FLATMEM, pfn, 0);
}

/* Every entry that the arguments of `call` may mean, and its neighbours. */
static inline void keys_of_call(struct entries *keys, const struct s2t_board *board,
                                const struct s2t_call *call)
{
	const struct s2t_op_info *op = &s2t_op_table[call->op];

	for (unsigned i = 0; i < op->arg_count; i++) {
		uint64_t frame;

		switch (op->arg[i].kind) {
		case S2T_ARG_GFN:
		case S2T_ARG_PFN: frame = call->arg[i]; break;
		case S2T_ARG_IPA:
		case S2T_ARG_PA:
		case S2T_ARG_PTE:
		case S2T_ARG_IOVA: frame = (call->arg[i] & UINT64_C(0xffffffffffff)) >> 12; break;
		default: continue;
		}
		for (uint64_t near = frame ? frame - 1 : 0; near <= frame + 1; near++) {
			keys_of_gfn(keys, board, near);
			keys_of_pfn(keys, near);
		}
	}
}

/* The entries that there are few of: cursors and data logs. */
static inline void keys_of_board(struct entries *keys, const struct s2t_board *board)
{
	for (uint64_t vmid = 0; vmid <= board->corevisor; vmid++) {
		entries_add(keys, DATA_LOG, vmid, 0);
		for (uint64_t cursor = 0; cursor < 3; cursor++)
			entries_add(keys, NPT_NEXT, vmid, cursor);
	}
	entries_add(keys, SPT_NEXT, 0, 0);
	entries_add(keys, SPT_NEXT, 1, 0);
	for (uint64_t vmid = 0; vmid <= board->corevisor; vmid++) {
		for (uint64_t field = 0; field < S2T_VM_FIELD_COUNT; field++)
			entries_add(keys, VM, vmid, field);
		for (uint64_t vcpuid = 0; vcpuid < S2T_VCPUS; vcpuid++)
			for (uint64_t field = 0; field < S2T_VCPU_FIELD_COUNT; field++)
				entries_add(keys, VCPU, vmid, vcpuid)->key[2] = field;
		for (uint64_t image = 0; image < S2T_IMAGES; image++)
			for (uint64_t field = 0; field < S2T_IMAGE_FIELD_COUNT; field++)
				entries_add(keys, IMAGE, vmid, image)->key[2] = field;
	}
	for (uint64_t field = 0; field < S2T_CORE_FIELD_COUNT; field++)
		entries_add(keys, CORE, field, 0);
	for (uint64_t context = 0; context < CONTEXTS; context++)
		entries_add(keys, SMMU_CFG, context, 0);
}

/* Every entry that the model says its last step touched. */
static inline void keys_of_touched(struct entries *keys, const struct s2t_board *board,
                                   const struct s2t_model *m)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(m, &count);

	for (size_t i = 0; i < count; i++) {
		switch (touch[i].kind) {
		case S2T_ENTRY_S2PAGE: entries_add(keys, S2PAGE, touch[i].b, 0); break;
		case S2T_ENTRY_NPT: entries_add(keys, NPT, touch[i].a, touch[i].b); break;
		case S2T_ENTRY_NPT_BLOCK:
			for (uint64_t page = 0; page < PAGES_PER_BLOCK; page++)
				entries_add(keys, NPT, touch[i].a, touch[i].b + page);
			break;
		case S2T_ENTRY_SPT: entries_add(keys, SPT, ttbr_of(board, touch[i].a), touch[i].b); break;
		case S2T_ENTRY_FLATMEM: entries_add(keys, FLATMEM, touch[i].b, 0); break;
		default:
			break; /* cursors and data logs are in keys_of_board, tables in tables_follow_cursors */
		}
	}
}

/* A word of the hypercall layer. */
static inline uint64_t hyper_word(const struct s2t_model *m, const struct entry *e)
{
	switch (e->kind) {
	case VM: return s2t_model_vm(m, e->key[0], (enum s2t_vm_field)e->key[1]);
	case VCPU: return s2t_model_vcpu(m, e->key[0], e->key[1], (enum s2t_vcpu_field)e->key[2]);
	case IMAGE: return s2t_model_image(m, e->key[0], e->key[1], (enum s2t_image_field)e->key[2]);
	case CORE: return s2t_model_core(m, (enum s2t_core_field)e->key[0]);
	default: return s2t_model_smmu_cfg(m, (unsigned)e->key[0]);
	}
}

/* The entries of `keys` with their values. */
static inline void model_view(const struct s2t_model *m, const struct s2t_board *board,
                              const struct entries *keys, struct entries *view)
{
	entries_add_all(view, keys);
	for (size_t i = 0; i < view->count; i++) {
		struct entry *e = &view->at[i];
		uint64_t *value = e->value;

		memset(value, 0, sizeof(e->value));
		if (e->kind == S2PAGE) {
			struct s2t_page page = s2t_model_page(m, e->key[0]);

			value[0] = page.owner, value[1] = page.count, value[2] = page.gfn;
		} else if (e->kind == NPT) {
			struct s2t_npt_entry entry = s2t_model_npt(m, e->key[0], e->key[1]);

			value[0] = entry.pfn, value[1] = entry.level, value[2] = entry.pte;
		} else if (e->kind == SPT) {
			uint64_t context = (e->key[0] - board->smmu_pool_start) / 8192;
			struct s2t_spt_entry entry = s2t_model_spt(m, (unsigned)context, e->key[1]);

			value[0] = entry.pfn, value[1] = entry.pte;
		} else if (e->kind >= VM) {
			value[0] = hyper_word(m, e);
		} else {
			value[0] = e->kind == NPT_NEXT   ? s2t_model_npt_next(m, e->key[0], (unsigned)e->key[1])
			           : e->kind == SPT_NEXT ? s2t_model_spt_next(m, (unsigned)e->key[0])
			           : e->kind == FLATMEM  ? s2t_model_token(m, e->key[0])
			                                 : s2t_model_data_log(m, e->key[0]);
		}
	}
}

static inline uint64_t model_held(const struct s2t_model *m, const struct s2t_board *board)
{
	uint64_t held = 0;

	for (uint32_t lock = 0; lock <= s2t_lock_info(board, board->corevisor) && lock < 64; lock++)
		if (s2t_model_lock_held(m, lock))
			held |= UINT64_C(1) << lock;
	return held;
}

static inline bool empties_context(const struct s2t_call *call)
{
	return call->op == S2T_OP_INIT_SPT || call->op == S2T_OP_EL2_ALLOC_SMMU_PGD ||
	       call->op == S2T_OP_HYPERCALL;
}

/* A table appears where its cursor moves and nowhere else; it disappears only where a block took its place or,
 * of an SMMU, with all of its context. Whether that holds for each table that the last step touched. */
static inline bool tables_follow_cursors(const struct s2t_model *before, const struct s2t_model *after,
                                         const struct s2t_board *board, const struct s2t_call *call)
{
	uint64_t appeared_npt[3] = { 0 }, appeared_spt[2] = { 0 }, moved_npt[3] = { 0 }, moved_spt[2] = { 0 };
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(after, &count);

	for (size_t i = 0; i < count; i++) {
		const struct s2t_touch *t = &touch[i];
		bool npt = t->kind == S2T_ENTRY_NPT_TABLE;
		bool old, new;

		if (!npt && t->kind != S2T_ENTRY_SPT_TABLE)
			continue;
		old = npt ? s2t_model_npt_table(before, t->a, t->b, t->level)
		          : s2t_model_spt_table(before, t->a, t->b, t->level);
		new = npt ? s2t_model_npt_table(after, t->a, t->b, t->level)
		          : s2t_model_spt_table(after, t->a, t->b, t->level);
		if (!old && new)
			(npt ? appeared_npt : appeared_spt)[t->level]++;
		if (old && !new &&
		    (npt ? s2t_model_npt(after, t->a, t->b >> 12).level != 2 : !empties_context(call)))
			return false;
	}
	for (unsigned level = 0; level < 3; level++)
		for (uint64_t vmid = 0; vmid <= board->corevisor; vmid++)
			moved_npt[level] += s2t_model_npt_next(after, vmid, level) -
			                    s2t_model_npt_next(before, vmid, level);
	for (unsigned level = 0; level < 2; level++)
		moved_spt[level] = s2t_model_spt_next(after, level) - s2t_model_spt_next(before, level);
	for (unsigned level = 0; level < 3; level++)
		if (moved_npt[level] != appeared_npt[level] * 4096 ||
		    (level < 2 && moved_spt[level] != appeared_spt[level] * 4096))
			return false;
	return true;
}

#endif
