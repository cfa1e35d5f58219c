/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two models that should be in the same state.
 *
 * After a step only what it wrote is looked at, word for word where each side stores it. The whole state is compared
 * node by node; what one side has no node for reads as its default there.
 */
#include <string.h>

#include "body_level.h"
#include "entry.h"
#include "rdata.h"

static bool same_entry(const struct s2t_touch *a, const struct s2t_touch *b)
{
	return a->kind == b->kind && a->level == b->level && a->a == b->a && a->b == b->b;
}

/* The record of `entry` in a touched set, or NULL. */
static const struct s2t_touch *find(const struct s2t_touch *set, size_t count, const struct s2t_touch *entry)
{
	for (size_t i = 0; i < count; i++)
		if (same_entry(&set[i], entry))
			return &set[i];
	return NULL;
}

/* Whether the words that two records of one entry stand for are the same. */
static bool same_words(const struct s2t_touch *a, const struct s2t_touch *b)
{
	if (a->kind == S2T_ENTRY_S2PAGE)
		return memcmp(a->slot, b->slot, sizeof(struct s2t_page)) == 0;
	return *(const uint64_t *)a->slot == *(const uint64_t *)b->slot;
}

static bool same_cpu(const struct s2t_model *a, const struct s2t_model *b)
{
	uint32_t held_a[S2T_MAX_HELD], held_b[S2T_MAX_HELD];
	const unsigned count = s2t_model_locks(a, held_a);

	return s2t_model_halted(a) == s2t_model_halted(b) && s2t_model_tstate(a) == s2t_model_tstate(b) &&
	       count == s2t_model_locks(b, held_b) && memcmp(held_a, held_b, count * sizeof(held_a[0])) == 0;
}

bool s2t_pair_same_step(const struct s2t_model *low, const struct s2t_model *body)
{
	size_t count, body_count;
	const struct s2t_touch *touch = s2t_model_touched(low, &count);
	const struct s2t_touch *body_touch = s2t_model_touched(body, &body_count);

	if (count != body_count || !same_cpu(low, body))
		return false;
	for (size_t i = 0; i < count; i++) {
		/* Mostly both write in the same order. */
		const struct s2t_touch *twin = same_entry(&touch[i], &body_touch[i])
		                                       ? &body_touch[i]
		                                       : find(body_touch, count, &touch[i]);

		if (!twin || !same_words(&touch[i], twin))
			return false;
	}
	return true;
}

/* The maps of a model. Nodes of all but the first are zero by default. */
enum { MAP_S2PAGE, MAP_FLATMEM, MAP_NPT_LEAF, MAP_NPT_UPPER, MAP_SPT_LEAF, MAP_SPT_UPPER, MAPS };

static struct s2t_map *map_of(struct s2t_model *m, int map)
{
	struct s2t_map *const maps[MAPS] = { &m->s2page,    &m->flatmem,  &m->npt_leaf,
		                             &m->npt_upper, &m->spt_leaf, &m->spt_upper };

	return maps[map];
}

/* The entry that word `word` of a node is a part of; `bits` are those that differ in it. */
static struct s2t_touch entry_of(int map, uint64_t key, size_t word, uint64_t bits)
{
	const uint64_t frame = (key & ((UINT64_C(1) << (map == MAP_NPT_LEAF ? 27 : 19)) - 1)) << 9;
	const uint32_t context = (uint32_t)(map == MAP_SPT_UPPER ? key : key >> 19) & (S2T_SPT_CONTEXTS - 1);
	const uint64_t bit = bits ? (uint64_t)__builtin_ctzll(bits) : 0;

	switch (map) {
	case MAP_S2PAGE: return (struct s2t_touch){ .kind = S2T_ENTRY_S2PAGE, .b = key << 9 | word / 2 };
	case MAP_FLATMEM: return (struct s2t_touch){ .kind = S2T_ENTRY_FLATMEM, .b = key << 9 | word };
	case MAP_NPT_LEAF:
		if (word < 512)
			return (struct s2t_touch){ .kind = S2T_ENTRY_NPT,
				                   .a = (uint32_t)(key >> 27),
				                   .b = frame | word };
		if (word == 512)
			return (struct s2t_touch){ .kind = S2T_ENTRY_NPT_BLOCK,
				                   .a = (uint32_t)(key >> 27),
				                   .b = frame };
		return (struct s2t_touch){
			.kind = S2T_ENTRY_NPT_TABLE, .level = 2, .a = (uint32_t)(key >> 27), .b = frame << 12
		};
	case MAP_NPT_UPPER:
		return (struct s2t_touch){ .kind = S2T_ENTRY_NPT_TABLE,
			                   .level = word ? 1 : 0,
			                   .a = (uint32_t)(key >> 9),
			                   .b = (key & 511) << 39 |
			                        (word ? (64 * (word - 1) + bit) << 30 : 0) };
	case MAP_SPT_LEAF:
		if (word < 512)
			return (struct s2t_touch){ .kind = S2T_ENTRY_SPT, .a = context, .b = frame | word };
		return (struct s2t_touch){
			.kind = S2T_ENTRY_SPT_TABLE, .level = 1, .a = context, .b = frame << 12
		};
	default:
		return (struct s2t_touch){ .kind = S2T_ENTRY_SPT_TABLE,
			                   .a = context,
			                   .b = (64 * word + bit) << 30 };
	}
}

static uint64_t output_frame(uint64_t pte)
{
	return phys_page(pte) / PAGE_SIZE;
}

void s2t_entry_now(const struct s2t_model *m, const struct s2t_touch *entry, uint64_t value[3])
{
	value[0] = value[1] = value[2] = 0;
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_S2PAGE: {
		const struct s2t_page page = s2t_model_page(m, entry->b);

		value[0] = page.owner;
		value[1] = page.count;
		value[2] = page.gfn;
		break;
	}
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK: {
		const struct s2t_npt_entry npt = s2t_model_npt(m, entry->a, entry->b);

		value[0] = npt.pfn;
		value[1] = npt.level;
		value[2] = npt.pte;
		break;
	}
	case S2T_ENTRY_SPT: {
		const struct s2t_spt_entry spt = s2t_model_spt(m, entry->a, entry->b);

		value[0] = spt.pfn;
		value[1] = spt.pte;
		break;
	}
	case S2T_ENTRY_NPT_TABLE: value[0] = s2t_model_npt_table(m, entry->a, entry->b, entry->level); break;
	case S2T_ENTRY_NPT_NEXT: value[0] = s2t_model_npt_next(m, entry->a, entry->level); break;
	case S2T_ENTRY_SPT_TABLE: value[0] = s2t_model_spt_table(m, entry->a, entry->b, entry->level); break;
	case S2T_ENTRY_SPT_NEXT: value[0] = s2t_model_spt_next(m, entry->level); break;
	case S2T_ENTRY_FLATMEM: value[0] = s2t_model_token(m, entry->b); break;
	case S2T_ENTRY_DATA_LOG: value[0] = s2t_model_data_log(m, entry->a); break;
	case S2T_ENTRY_VM: value[0] = s2t_model_vm(m, entry->a, (enum s2t_vm_field)entry->level); break;
	case S2T_ENTRY_VCPU:
		value[0] = s2t_model_vcpu(m, entry->a, entry->b, (enum s2t_vcpu_field)entry->level);
		break;
	case S2T_ENTRY_IMAGE:
		value[0] = s2t_model_image(m, entry->a, entry->b, (enum s2t_image_field)entry->level);
		break;
	case S2T_ENTRY_CORE: value[0] = s2t_model_core(m, (enum s2t_core_field)entry->level); break;
	case S2T_ENTRY_SMMU_CFG: value[0] = s2t_model_smmu_cfg(m, entry->a); break;
	case S2T_ENTRY_SPT_CONTEXT: value[0] = m->spt_generation[entry->a]; break;
	case S2T_ENTRY_KIND_COUNT: break;
	}
}

void s2t_entry_before(const struct s2t_model *m, const struct s2t_touch *touch, uint64_t value[3])
{
	value[0] = value[1] = value[2] = 0;
	switch ((enum s2t_entry_kind)touch->kind) {
	case S2T_ENTRY_S2PAGE:
		value[0] = (uint32_t)touch->old[0];
		value[1] = touch->old[0] >> 32;
		value[2] = touch->old[1];
		break;
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK: {
		const struct s2t_npt_entry npt = s2t_model_npt_before(m, touch, 0);

		value[0] = npt.pfn;
		value[1] = npt.level;
		value[2] = npt.pte;
		break;
	}
	case S2T_ENTRY_SPT:
		value[0] = output_frame(touch->old[0]);
		value[1] = touch->old[0];
		break;
	case S2T_ENTRY_NPT_TABLE:
		value[0] = touch->level == 1 ? touch->old[0] >> (pud_index(touch->b) % 64) & 1 : touch->old[0];
		break;
	case S2T_ENTRY_SPT_TABLE:
		value[0] = touch->level == 0 ? touch->old[0] >> (stage2_pgd_index(touch->b) % 64) & 1
		                             : touch->old[0];
		break;
	case S2T_ENTRY_NPT_NEXT:
		value[0] = (touch->level == 0   ? s2t_pgd_start(m, touch->a)
		            : touch->level == 1 ? s2t_pud_start(m, touch->a)
		                                : s2t_pmd_start(m, touch->a)) +
		           touch->old[0];
		break;
	case S2T_ENTRY_SPT_NEXT:
		value[0] = (touch->level == 0 ? m->board.smmu_pgd_start : m->board.smmu_pmd_start) +
		           touch->old[0];
		break;
	case S2T_ENTRY_FLATMEM:
	case S2T_ENTRY_DATA_LOG:
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG:
	case S2T_ENTRY_SPT_CONTEXT: value[0] = touch->old[0]; break;
	case S2T_ENTRY_KIND_COUNT: break;
	}
}

struct emptied_search {
	s2t_gfn gfn;
	s2t_pte pte;
};

static void emptied_entry(void *ctx, s2t_gfn gfn, s2t_pte pte)
{
	struct emptied_search *search = ctx;

	if (gfn == search->gfn)
		search->pte = pte;
}

s2t_pte s2t_emptied_before(const struct s2t_model *m, const struct s2t_touch *touch, s2t_gfn gfn)
{
	struct emptied_search search = { gfn, 0 };

	s2t_model_context_before(m, touch, emptied_entry, &search);
	return search.pte;
}

/* A difference of that kind, or NULL if there is no room for more, or the entry has one already. */
static struct s2t_diff *add(struct s2t_diffs *diffs, enum s2t_diff_kind kind, const struct s2t_touch *entry)
{
	const size_t kept = diffs->total < S2T_MAX_DIFFS ? diffs->total : S2T_MAX_DIFFS;
	struct s2t_diff *diff;

	for (size_t i = 0; i < kept; i++)
		if ((diffs->diff[i].kind == S2T_DIFF_ENTRY || diffs->diff[i].kind == S2T_DIFF_TOUCHED) &&
		    kind == S2T_DIFF_ENTRY && same_entry(&diffs->diff[i].entry, entry))
			return NULL;
	if (diffs->total++ >= S2T_MAX_DIFFS)
		return NULL;
	diff = &diffs->diff[kept];
	memset(diff, 0, sizeof(*diff));
	diff->kind = kind;
	diff->entry =
		(struct s2t_touch){ .kind = entry->kind, .level = entry->level, .a = entry->a, .b = entry->b };
	diff->iut_has_value = true;
	return diff;
}

/* An entry with two values. Where the last step did not write it, it was before as `low` has it now. */
static void add_entry(struct s2t_model *low, struct s2t_model *body, const struct s2t_touch *entry,
                      struct s2t_diffs *diffs)
{
	struct s2t_diff *diff = add(diffs, S2T_DIFF_ENTRY, entry);

	if (!diff)
		return;
	s2t_entry_now(low, entry, diff->model);
	s2t_entry_now(body, entry, diff->iut);
	memcpy(diff->before, diff->model, sizeof(diff->before));
}

/* An entry that one side wrote and the other did not, or not so. */
static void add_written(struct s2t_model *low, struct s2t_model *body, const struct s2t_touch *by_low,
                        const struct s2t_touch *by_body, struct s2t_diffs *diffs)
{
	const struct s2t_touch *entry = by_low ? by_low : by_body;
	uint64_t value[3], body_value[3];
	struct s2t_diff *diff;
	bool same;

	s2t_entry_now(low, entry, value);
	s2t_entry_now(body, entry, body_value);
	same = by_low && by_body ? same_words(by_low, by_body) : memcmp(value, body_value, sizeof(value)) == 0;
	if (same && by_low && by_body)
		return;
	diff = add(diffs, same ? S2T_DIFF_TOUCHED : S2T_DIFF_ENTRY, entry);
	if (!diff)
		return;
	memcpy(diff->model, value, sizeof(value));
	memcpy(diff->iut, body_value, sizeof(body_value));
	s2t_entry_before(by_low ? low : body, entry, diff->before);
	diff->text = by_low ? by_body ? NULL : "only the model wrote it" : "only the body wrote it";
}

static void step_differences(struct s2t_model *low, struct s2t_model *body, struct s2t_diffs *diffs)
{
	size_t count, body_count;
	const struct s2t_touch *touch = s2t_model_touched(low, &count);
	const struct s2t_touch *body_touch = s2t_model_touched(body, &body_count);

	for (size_t i = 0; i < count; i++)
		add_written(low, body, &touch[i], find(body_touch, body_count, &touch[i]), diffs);
	for (size_t i = 0; i < body_count; i++)
		if (!find(touch, count, &body_touch[i]))
			add_written(low, body, NULL, &body_touch[i], diffs);
}

/* Two sets of held locks, halt and tstate. */
static void cpu_differences(const struct s2t_model *low, const struct s2t_model *body, struct s2t_diffs *diffs)
{
	const struct {
		const char *name;
		uint64_t low, body;
	} word[] = {
		{ "halt", s2t_model_halted(low), s2t_model_halted(body) },
		{ "tstate", s2t_model_tstate(low), s2t_model_tstate(body) },
	};
	uint32_t held[2 * S2T_MAX_HELD];
	unsigned count = s2t_model_locks(low, held);

	count += s2t_model_locks(body, held + count);
	for (unsigned i = 0; i < count; i++) {
		const bool in_low = s2t_model_lock_held(low, held[i]),
			   in_body = s2t_model_lock_held(body, held[i]);
		struct s2t_diff *diff = in_low == in_body ? NULL
		                                          : add(diffs, S2T_DIFF_LOCK,
		                                                &(struct s2t_touch){ .a = held[i] });

		if (diff) {
			diff->model[0] = in_low;
			diff->iut[0] = in_body;
		}
	}
	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		struct s2t_diff *diff = word[i].low == word[i].body
		                                ? NULL
		                                : add(diffs, S2T_DIFF_CPU, &(struct s2t_touch){ .b = i });

		if (diff) {
			diff->model[0] = word[i].low;
			diff->iut[0] = word[i].body;
			diff->text = word[i].name;
		}
	}
}

/* A node of one side against what the other side has for the same key; `own` is the low model's. With `diffs` NULL the
 * first difference ends it. */
static bool same_node(struct s2t_model *low, struct s2t_model *body, int map, uint64_t key, const void *own,
                      const void *other, struct s2t_diffs *diffs)
{
	const size_t words = map_of(low, map)->node_size / sizeof(uint64_t);
	const uint64_t *a = own, *b = other;
	bool same = true;

	if (a && b && memcmp(a, b, words * sizeof(uint64_t)) == 0)
		return true;
	for (size_t i = 0; i < words; i++) {
		struct s2t_touch entry;
		uint64_t left[3] = { a ? a[i] : 0 }, right[3] = { b ? b[i] : 0 };

		if (map == MAP_S2PAGE) {
			entry = entry_of(map, key, i, 0);
			s2t_entry_now(low, &entry, left);
			s2t_entry_now(body, &entry, right);
			i++;
		} else {
			entry = entry_of(map, key, i, left[0] ^ right[0]);
		}
		if (memcmp(left, right, sizeof(left)) == 0)
			continue;
		same = false;
		if (!diffs)
			break;
		add_entry(low, body, &entry, diffs);
	}
	return same;
}

static bool same_map(struct s2t_model *low, struct s2t_model *body, int map, struct s2t_diffs *diffs)
{
	struct s2t_map *a = map_of(low, map), *b = map_of(body, map);
	bool same = true;

	for (size_t i = 0; a->mask && i <= a->mask; i++)
		if (a->node[i])
			same &= same_node(low, body, map, a->key[i] - 1, a->node[i],
			                  s2t_map_find(b, a->key[i] - 1), diffs);
	for (size_t i = 0; b->mask && i <= b->mask; i++)
		if (b->node[i] && !s2t_map_find(a, b->key[i] - 1))
			same &= same_node(low, body, map, b->key[i] - 1, NULL, b->node[i], diffs);
	return same;
}

/* Cursors, data logs, and which nodes are the contexts' present ones. */
static bool same_rest(struct s2t_model *low, struct s2t_model *body, struct s2t_diffs *diffs)
{
	const bool same = memcmp(low->vm, body->vm, (low->board.corevisor + 1) * sizeof(*low->vm)) == 0 &&
	                  memcmp(low->spt_next, body->spt_next, sizeof(low->spt_next)) == 0 &&
	                  memcmp(low->spt_generation, body->spt_generation, sizeof(low->spt_generation)) == 0;

	if (same || !diffs)
		return same;
	for (uint32_t v = 0; v <= low->board.corevisor; v++) {
		for (uint8_t i = 0; i < 3; i++)
			if (low->vm[v].next[i] != body->vm[v].next[i])
				add_entry(low, body,
				          &(struct s2t_touch){ .kind = S2T_ENTRY_NPT_NEXT, .level = i, .a = v },
				          diffs);
		if (low->vm[v].data_log != body->vm[v].data_log)
			add_entry(low, body, &(struct s2t_touch){ .kind = S2T_ENTRY_DATA_LOG, .a = v }, diffs);
	}
	for (uint8_t i = 0; i < 2; i++)
		if (low->spt_next[i] != body->spt_next[i])
			add_entry(low, body, &(struct s2t_touch){ .kind = S2T_ENTRY_SPT_NEXT, .level = i },
			          diffs);
	for (uint32_t i = 0; i < S2T_SPT_CONTEXTS; i++)
		if (low->spt_generation[i] != body->spt_generation[i])
			add_entry(low, body, &(struct s2t_touch){ .kind = S2T_ENTRY_SPT_CONTEXT, .a = i },
			          diffs);
	return false;
}

static bool same_state(struct s2t_model *low, struct s2t_model *body, struct s2t_diffs *diffs)
{
	bool same = same_rest(low, body, diffs);

	for (int map = 0; map < MAPS && (same || diffs); map++)
		same &= same_map(low, body, map, diffs);
	return same;
}

bool s2t_pair_same_state(struct s2t_model *low, struct s2t_model *body)
{
	return same_cpu(low, body) && same_state(low, body, NULL);
}

void s2t_pair_differences(struct s2t_model *low, struct s2t_model *body, struct s2t_diffs *diffs)
{
	step_differences(low, body, diffs);
	cpu_differences(low, body, diffs);
	same_state(low, body, diffs);
}
