/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether tables lie where they ought to. */
#include "inv_tables.h"

#include "rdata.h"

/* A table that was met, or with COUNTED how many of a pool there are. The pools of the SMMU serve all contexts. */
struct known {
	uint64_t key;
	uint64_t count;
};

#define COUNTED (UINT64_C(1) << 62)

static uint64_t pool_key(bool smmu, uint32_t vmid, unsigned level)
{
	return COUNTED | (uint64_t)smmu << 61 | (uint64_t)vmid << 42 | (uint64_t)level << 40;
}

/* A model that is wrong may have tables of what is no VM: nothing was handed out to it. */
static uint64_t handed_out(const struct s2t_model *model, bool smmu, uint32_t vmid, unsigned level)
{
	if (!smmu && !s2t_is_vmid(model, vmid))
		return 0;
	return (smmu ? model->spt_next[level] : model->vm[vmid].next[level]) / 4096;
}

static struct s2t_inv_place pool_place(bool smmu, uint32_t vmid, unsigned level, uint64_t tables,
                                       uint64_t pages)
{
	return (struct s2t_inv_place){
		.smmu = smmu, .number = vmid, .level = level, .pfn = tables, .gfn = pages
	};
}

/* Whether the table exists since the last step. The flags of tables of 1 GiB stand in one word, a bit each. A context
 * may have been emptied since. */
static bool is_new_table(const struct s2t_model *model, const struct s2t_touch *touch, bool smmu)
{
	const bool bit = smmu ? touch->level == 0 : touch->level == 1;
	const unsigned shift = bit ? touch->b >> 30 & 63 : 0;
	const uint64_t now = *(const uint64_t *)touch->slot;

	return !(touch->old[0] >> shift & 1) && (now >> shift & 1) &&
	       (!smmu || s2t_model_spt_table(model, touch->a, touch->b, touch->level));
}

/* How many tables of a pool there are, with one more if `table`. */
static uint64_t count_table(struct s2t_inv_state *state, bool smmu, uint32_t vmid, unsigned level, bool table)
{
	const uint32_t pool = 3 * (smmu ? (uint32_t)state->board->corevisor + 1 : vmid) + level;

	if (vmid > state->board->corevisor)
		return 1;
	if (state->tables[pool] == 0 && table)
		state->pooled[state->pooled_count++] = pool;
	return state->tables[pool] += table;
}

S2T_INV_RARE bool s2t_inv_feed_table(struct s2t_inv_state *state, const struct s2t_model *model,
                                     const struct s2t_touch *touch)
{
	const bool smmu = touch->kind == S2T_ENTRY_SPT_TABLE || touch->kind == S2T_ENTRY_SPT_NEXT;
	const bool table = touch->kind == S2T_ENTRY_NPT_TABLE || touch->kind == S2T_ENTRY_SPT_TABLE;
	const uint32_t vmid = smmu ? 0 : touch->a;
	const uint64_t pages = handed_out(model, smmu, vmid, touch->level);

	if (table ? !is_new_table(model, touch, smmu) : pages * 4096 >= touch->old[0])
		return false;
	const uint64_t tables = count_table(state, smmu, vmid, touch->level, table);

	if (tables > pages)
		s2t_inv_news(state, S2T_TABLE_PAGES, pool_place(smmu, vmid, touch->level, tables, pages));
	return table;
}

/* The page of a table that was met. */
static uint64_t page_key(bool smmu, s2t_addr table)
{
	return (uint64_t)smmu << 60 | table;
}

S2T_INV_RARE void s2t_inv_feed_table_page(struct s2t_inv_state *state, struct s2t_lockstep *ls,
                                          const struct s2t_touch *touch)
{
	const bool smmu = touch->kind == S2T_ENTRY_SPT_TABLE;
	s2t_addr address;
	bool is_new;
	const uint64_t descriptor =
		smmu ? s2t_view_spt_table(&ls->view, touch->a, touch->b >> 12, touch->level, &address)
		     : s2t_view_npt_table(&ls->view, touch->a, touch->b >> 12, touch->level, &address);
	const s2t_addr table = s2t_view_output(descriptor);

	if (!s2t_inv_table_make(&state->known, sizeof(uint64_t), page_key(smmu, table), &is_new))
		state->no_memory = true;
	else if (!is_new)
		s2t_inv_news_alone(state, S2T_TABLE_PAGES,
		                   (struct s2t_inv_place){ .smmu = smmu,
		                                           .number = touch->a,
		                                           .level = touch->level,
		                                           .gfn = touch->b >> 12,
		                                           .value = table });
}

/*
 * From scratch.
 */

static void count_tables(struct s2t_inv_side *side, bool smmu, uint32_t vmid, unsigned level, uint64_t count)
{
	bool is_new;
	struct known *pool = s2t_inv_table_make(&side->tables, sizeof(*pool), pool_key(smmu, vmid, level),
	                                        &is_new);

	if (!pool) {
		side->no_memory = true;
		return;
	}
	const uint64_t pages = handed_out(side->model, smmu, vmid, level);
	const bool was = pool->count > pages;
	const struct s2t_inv_place place = pool_place(smmu, vmid, level, pool->count += count, pages);

	if (!was && pool->count > pages)
		s2t_inv_side_broken(side, S2T_TABLE_PAGES, &place);
}

static uint64_t bits(const uint64_t *words, unsigned count)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < count; i++)
		for (uint64_t word = words[i]; word; word &= word - 1)
			sum++;
	return sum;
}

void s2t_inv_tables_of_model(struct s2t_inv_side *side)
{
	const struct s2t_model *model = side->model;

	for (size_t i = 0; i < model->npt_upper.count; i++) {
		const uint32_t place = model->npt_upper.used[i];
		const struct s2t_npt_upper *upper = model->npt_upper.node[place];
		const uint32_t vmid = (uint32_t)((model->npt_upper.key[place] - 1) >> 9);

		count_tables(side, false, vmid, 0, upper->pgd_t != 0);
		count_tables(side, false, vmid, 1, bits(upper->pud_t, 8));
	}
	for (size_t i = 0; i < model->npt_leaf.count; i++) {
		const uint32_t place = model->npt_leaf.used[i];
		const struct s2t_npt_leaf *leaf = model->npt_leaf.node[place];

		count_tables(side, false, (uint32_t)((model->npt_leaf.key[place] - 1) >> 27), 2,
		             leaf->pmd_t != 0);
	}
	for (size_t i = 0; i < model->spt_upper.count; i++) {
		const struct s2t_spt_upper *upper = model->spt_upper.node[model->spt_upper.used[i]];

		count_tables(side, true, 0, 0, bits(upper->pgd_t, 16));
	}
	for (size_t i = 0; i < model->spt_leaf.count; i++) {
		const struct s2t_spt_leaf *leaf = model->spt_leaf.node[model->spt_leaf.used[i]];

		count_tables(side, true, 0, 1, leaf->pmd_t != 0);
	}
}

static s2t_addr start_of(struct s2t_view *view, bool smmu, uint32_t vmid, unsigned level)
{
	return smmu ? s2t_view_spt_range(view, level) : s2t_view_npt_range(view, vmid, level);
}
static s2t_addr next_of(struct s2t_view *view, bool smmu, uint32_t vmid, unsigned level)
{
	return smmu ? s2t_view_spt_next(view, level) : s2t_view_npt_next(view, vmid, level);
}

void s2t_inv_table_met(struct s2t_inv_side *side, const struct s2t_inv_mapping *mapping, unsigned level,
                       s2t_addr table)
{
	struct s2t_view *view = &side->ls->view;
	const bool within = table >= start_of(view, mapping->smmu, mapping->number, level) &&
	                    table < next_of(view, mapping->smmu, mapping->number, level);
	const struct s2t_inv_place place = { .smmu = mapping->smmu,
		                             .number = mapping->number,
		                             .level = level,
		                             .gfn = mapping->gfn,
		                             .value = table };
	bool is_new;

	if (!s2t_inv_table_make(&side->tables, sizeof(struct known), page_key(mapping->smmu, table), &is_new))
		side->no_memory = true;
	else if (!within || !is_new)
		s2t_inv_side_broken(side, S2T_TABLE_PAGES, &place);
}

void s2t_inv_pools_of_image(struct s2t_inv_side *side, bool smmu, uint32_t vmid)
{
	const enum s2t_window window = smmu ? S2T_WINDOW_SMMU : S2T_WINDOW_S2PT;
	struct s2t_view *view = &side->ls->view;

	for (unsigned level = 0; level < (smmu ? 2U : 3U); level++) {
		const s2t_addr next = next_of(view, smmu, vmid, level),
			       end = start_of(view, smmu, vmid, level + 1);
		const uint64_t *words = next < end ? s2t_view_words(view, window, next) : NULL;
		const struct s2t_inv_place place = {
			.smmu = smmu, .number = vmid, .level = level, .count = 1, .value = next
		};

		for (unsigned i = 0; words && i < 512; i++)
			if (words[i]) {
				s2t_inv_side_broken(side, S2T_TABLE_PAGES, &place);
				break;
			}
	}
}
