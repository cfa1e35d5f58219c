/* SPDX-License-Identifier: BSD-2-Clause */
/* RData: creation, writing through the journal, reset and undo. */
#include "rdata.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "spec.h"

/* A machine with more slabs than this, 16 MiB, keeps no nodes over a reset, and one with more than the hot ones keeps none
 * over each so many resets: a long run stays small. */
enum { MAX_SLABS_KEPT = 9, GIVE_BACK_EVERY = 256 };

/* A step of that many records looks them up in an index. */
enum { INDEX_FROM = 48 };

static struct s2t_map *const *all_maps(struct s2t_model *adt, struct s2t_map *maps[6])
{
	maps[0] = &adt->s2page;
	maps[1] = &adt->flatmem;
	maps[2] = &adt->npt_leaf;
	maps[3] = &adt->npt_upper;
	maps[4] = &adt->spt_leaf;
	maps[5] = &adt->spt_upper;
	return maps;
}

static const struct s2t_cpu start_cpu = { .halt = false, .tstate = 1, .newest = S2T_NO_LOCK };

static int by_pfn(const void *a, const void *b)
{
	const s2t_pfn x = ((const struct s2t_start_page *)a)->pfn, y = ((const struct s2t_start_page *)b)->pfn;

	return (x > y) - (x < y);
}

/* The board's `page` lines in the order of their pages. */
static bool copy_start_pages(struct s2t_model *adt, const struct s2t_board *board)
{
	const size_t size = board->start_page_count * sizeof(*adt->start);

	adt->start = malloc(size + 1);
	if (!adt->start)
		return false;
	if (size) {
		memcpy(adt->start, board->start_page, size);
		qsort(adt->start, board->start_page_count, sizeof(*adt->start), by_pfn);
	}
	adt->board.start_page = adt->start;
	return true;
}

struct s2t_model *s2t_model_create(const struct s2t_board *board)
{
	struct s2t_model *adt = calloc(1, sizeof(*adt));

	if (!adt)
		return NULL;
	adt->board = *board;
	adt->cpu = start_cpu;
	adt->untracked = (struct s2t_page){ INVALID, INVALID, INVALID64 };
	s2t_map_init(&adt->s2page, sizeof(struct s2t_page_node), &adt->arena);
	s2t_map_init(&adt->flatmem, sizeof(struct s2t_token_node), &adt->arena);
	s2t_map_init(&adt->npt_leaf, sizeof(struct s2t_npt_leaf), &adt->arena);
	s2t_map_init(&adt->npt_upper, sizeof(struct s2t_npt_upper), &adt->arena);
	s2t_map_init(&adt->spt_leaf, sizeof(struct s2t_spt_leaf), &adt->arena);
	s2t_map_init(&adt->spt_upper, sizeof(struct s2t_spt_upper), &adt->arena);
	adt->journal_size = 1024;
	adt->journal = malloc(adt->journal_size * sizeof(*adt->journal));
	adt->vm = calloc(board->corevisor + 1, sizeof(*adt->vm));
	adt->info = calloc(board->corevisor + 1, sizeof(*adt->info));
	adt->core[S2T_CORE_NEXT_VMID] = board->next_vmid;
	adt->core[S2T_CORE_NEXT_REMAP] = board->remap_start;
	for (unsigned context = 0; context < S2T_SPT_CONTEXTS; context++)
		adt->smmu_cfg[context] = INVALID;
	if (!copy_start_pages(adt, board) || !adt->journal || !adt->vm || !adt->info) {
		s2t_model_destroy(adt);
		return NULL;
	}
	return adt;
}

void s2t_model_destroy(struct s2t_model *adt)
{
	struct s2t_map *maps[6];

	if (!adt)
		return;
	for (size_t i = 0; i < 6; i++)
		s2t_map_free(all_maps(adt, maps)[i]);
	s2t_arena_free(&adt->arena);
	s2t_log_free_all(adt);
	free(adt->journal);
	free(adt->index);
	free(adt->vm);
	free(adt->info);
	free(adt->start);
	free(adt);
}

const struct s2t_start_page *s2t_start_page_from(const struct s2t_model *adt, s2t_pfn pfn)
{
	const struct s2t_start_page *first = adt->start;
	size_t count = adt->board.start_page_count;

	while (count > 0) {
		if (first[count / 2].pfn < pfn) {
			first += count / 2 + 1;
			count -= count / 2 + 1;
		} else {
			count /= 2;
		}
	}
	return first;
}

/* The start state of 512 pages: the relation of PageManagerRefine, and the board's `page` lines. */
static struct s2t_page_node *make_page_node(struct s2t_model *adt, uint64_t key)
{
	struct s2t_page_node *node = s2t_map_make(&adt->s2page, key);

	if (!node)
		return NULL;
	for (unsigned i = 0; i < 512; i++)
		node->page[i] = s2t_start_s2page(adt, key << 9 | i);
	const struct s2t_start_page *start = s2t_start_page_from(adt, key << 9);

	for (; start < adt->start + adt->board.start_page_count && start->pfn >> 9 == key; start++)
		node->page[start->pfn & 511] = start->page;
	return node;
}

SELDOM_CALLED struct s2t_page *s2t_s2page_slow(struct s2t_model *adt, s2t_pfn pfn)
{
	struct s2t_page_node *node = s2t_map_find(&adt->s2page, pfn >> 9);
	struct s2t_page *page = &adt->untracked;
	const size_t place = pfn % S2T_PAGE_CACHE;

	if (node || s2t_page_tracked(adt, pfn)) {
		if (!node)
			node = make_page_node(adt, pfn >> 9);
		if (!node) {
			adt->out_of_memory = true;
			return NULL;
		}
		page = &node->page[pfn & 511];
	}
	adt->page_cache[place].key = pfn + 1;
	adt->page_cache[place].page = page;
	return page;
}

/* Whether a record of `slot` is that of the entry (kind, b). Only of the flags of tables one word holds several, each of
 * 1 GiB. */
static inline bool is_record_of(const struct s2t_touch *record, enum s2t_entry_kind kind, uint64_t b)
{
	const bool table = kind == S2T_ENTRY_NPT_TABLE || kind == S2T_ENTRY_SPT_TABLE;

	return !table || record->b >> 30 == b >> 30;
}

/* The place in the index of a record of `slot`, or the free place where it would go. Records of one slot lie near each
 * other; the index is never full. */
static uint64_t *index_place(struct s2t_model *adt, enum s2t_entry_kind kind, uint64_t b, const void *slot)
{
	const size_t mask = adt->index_used - 1;
	size_t i = (s2t_map_hash((uintptr_t)slot) >> 20) & mask;

	while (adt->index[i] >> 32 == adt->index_serial) {
		const struct s2t_touch *record = &adt->journal[adt->step_begin + (uint32_t)adt->index[i]];

		if (record->slot == slot && is_record_of(record, kind, b))
			break;
		i = (i + 1) & mask;
	}
	return &adt->index[i];
}

static void index_record(struct s2t_model *adt, size_t number)
{
	const struct s2t_touch *record = &adt->journal[adt->step_begin + number];

	*index_place(adt, (enum s2t_entry_kind)record->kind, record->b,
	             record->slot) = (uint64_t)adt->index_serial << 32 | number;
}

/* Brings all records of the step into the index, of which it uses what they need: a part that stays in the caches, even
 * after a step that needed more. False: out of memory. */
static SELDOM_CALLED bool build_index(struct s2t_model *adt)
{
	const size_t count = adt->journal_count - adt->step_begin;

	if (count >= UINT32_MAX / 4)
		return !(adt->out_of_memory = true);
	if (adt->index_begin != adt->step_begin)
		adt->indexed = 0;
	adt->index_begin = adt->step_begin;
	if (adt->indexed == 0)
		adt->index_used = 256;
	while (2 * (count + 1) > adt->index_used) {
		adt->index_used *= 4;
		adt->indexed = 0;
	}
	if (adt->index_used > adt->index_size) {
		uint64_t *grown = calloc(adt->index_used, sizeof(*grown));

		if (!grown)
			return !(adt->out_of_memory = true);
		free(adt->index);
		adt->index = grown;
		adt->index_size = adt->index_used;
		adt->index_serial = 0;
	}
	if (adt->indexed == 0 && ++adt->index_serial == 0) {
		memset(adt->index, 0, adt->index_size * sizeof(*adt->index));
		adt->index_serial = 1;
	}
	for (; adt->indexed < count; adt->indexed++)
		index_record(adt, adt->indexed);
	return true;
}

/* Of a step with many records. */
static SELDOM_CALLED struct s2t_touch *find_among_many(struct s2t_model *adt, enum s2t_entry_kind kind,
                                                       uint64_t b, const void *slot)
{
	struct s2t_touch *record = adt->journal + adt->step_begin;
	struct s2t_touch *end = adt->journal + adt->journal_count;

	if (!build_index(adt)) {
		for (; record < end; record++)
			if (record->slot == slot && is_record_of(record, kind, b))
				return record;
		return NULL;
	}
	const uint64_t found = *index_place(adt, kind, b, slot);

	return found >> 32 == adt->index_serial ? record + (uint32_t)found : NULL;
}

/* The newest first: what a step writes twice it mostly writes twice running. */
__attribute__((noinline)) struct s2t_touch *s2t_find_record(struct s2t_model *adt, enum s2t_entry_kind kind,
                                                            uint64_t b, const void *slot)
{
	struct s2t_touch *record = adt->journal + adt->journal_count;
	size_t count = adt->journal_count - adt->step_begin;

	if (SELDOM(count >= INDEX_FROM))
		return find_among_many(adt, kind, b, slot);
	for (; count > 0; count--) {
		record--;
		if (record->slot == slot && is_record_of(record, kind, b))
			return record;
	}
	return NULL;
}

/* A journal record for `slot`, the entry (kind, b), which is yet to be filled; NULL: this step has one already. */
static inline struct s2t_touch *new_record(struct s2t_model *adt, enum s2t_entry_kind kind, uint64_t b,
                                           const void *slot)
{
	const uint64_t bit = s2t_recorded_bit(slot);

	if ((adt->recorded & bit) && s2t_find_record(adt, kind, b, slot))
		return NULL;
	adt->recorded |= bit;
	return &adt->journal[adt->journal_count++];
}

__attribute__((noinline)) void s2t_set_word_again(struct s2t_model *adt, enum s2t_entry_kind kind,
                                                  unsigned level, uint32_t a, uint64_t b, uint64_t beside,
                                                  uint64_t *slot, uint64_t value)
{
	const struct s2t_touch entry = { .kind = (uint8_t)kind,
		                         .level = (uint8_t)level,
		                         .a = a,
		                         .b = b,
		                         .slot = slot,
		                         .old = { *slot, beside } };
	struct s2t_touch *record = new_record(adt, kind, b, slot);

	if (record)
		*record = entry;
	if (SELDOM(adt->logs != NULL))
		s2t_log_write_word(adt, entry, slot, value);
	else
		*slot = value;
}

__attribute__((noinline)) void s2t_set_table(struct s2t_model *adt, enum s2t_entry_kind kind, unsigned level,
                                             s2t_vmid a, s2t_addr b, uint64_t *slot, uint64_t value)
{
	const struct s2t_touch entry = {
		.kind = (uint8_t)kind, .level = (uint8_t)level, .a = (uint32_t)a, .b = b
	};

	s2t_set_word(adt, entry, slot, value);
}

/* For a page that may have a record of the step already, and for logs. */
static __attribute__((noinline)) void set_s2page_again(struct s2t_model *adt, s2t_pfn pfn,
                                                       struct s2t_page *slot, struct s2t_page page)
{
	const struct s2t_touch entry = { .kind = S2T_ENTRY_S2PAGE,
		                         .b = pfn,
		                         .slot = slot,
		                         .old = { slot->owner | (uint64_t)slot->count << 32, slot->gfn } };
	struct s2t_touch *record = new_record(adt, S2T_ENTRY_S2PAGE, pfn, slot);

	if (record)
		*record = entry;
	if (SELDOM(adt->logs != NULL))
		s2t_log_write_page(adt, entry, slot, page);
	else
		*slot = page;
}

void s2t_set_s2page_at(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page *slot, struct s2t_page page)
{
	const uint64_t bit = s2t_recorded_bit(slot);

	if ((adt->recorded & bit) || SELDOM(adt->logs != NULL)) {
		set_s2page_again(adt, pfn, slot, page);
		return;
	}
	adt->recorded |= bit;
	adt->journal[adt->journal_count++] =
		(struct s2t_touch){ .kind = S2T_ENTRY_S2PAGE,
		                    .b = pfn,
		                    .slot = slot,
		                    .old = { slot->owner | (uint64_t)slot->count << 32, slot->gfn } };
	*slot = page;
}

void s2t_set_vm(struct s2t_model *adt, s2t_vmid vmid, enum s2t_vm_field field, uint64_t value)
{
	const struct s2t_touch entry = { .kind = S2T_ENTRY_VM, .level = (uint8_t)field, .a = (uint32_t)vmid };

	s2t_set_word(adt, entry, &adt->info[vmid].vm[field], value);
}

void s2t_set_vcpu(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, enum s2t_vcpu_field field,
                  uint64_t value)
{
	const struct s2t_touch entry = {
		.kind = S2T_ENTRY_VCPU, .level = (uint8_t)field, .a = (uint32_t)vmid, .b = vcpuid
	};

	s2t_set_word(adt, entry, &adt->info[vmid].vcpu[vcpuid][field], value);
}

void s2t_set_image(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx, enum s2t_image_field field,
                   uint64_t value)
{
	const struct s2t_touch entry = {
		.kind = S2T_ENTRY_IMAGE, .level = (uint8_t)field, .a = (uint32_t)vmid, .b = load_idx
	};

	s2t_set_word(adt, entry, &adt->info[vmid].image[load_idx][field], value);
}

void s2t_set_core(struct s2t_model *adt, enum s2t_core_field field, uint64_t value)
{
	const struct s2t_touch entry = { .kind = S2T_ENTRY_CORE, .level = (uint8_t)field };

	s2t_set_word(adt, entry, &adt->core[field], value);
}

void s2t_set_smmu(struct s2t_model *adt, unsigned context, uint64_t vmid)
{
	s2t_set_word(adt, (struct s2t_touch){ .kind = S2T_ENTRY_SMMU_CFG, .a = context },
	             &adt->smmu_cfg[context], vmid);
}

bool s2t_set_flatmem(struct s2t_model *adt, s2t_pfn pfn, s2t_token token)
{
	struct s2t_token_node *node = s2t_map_make(&adt->flatmem, pfn >> 9);

	if (!node)
		return !(adt->out_of_memory = true);
	s2t_set_word(adt, (struct s2t_touch){ .kind = S2T_ENTRY_FLATMEM, .b = pfn }, &node->token[pfn & 511],
	             token);
	return true;
}

/* The same with the logs on: their digests follow. */
static void rollback_with_logs(struct s2t_model *adt, size_t count)
{
	while (adt->journal_count > count) {
		const struct s2t_touch *record = &adt->journal[--adt->journal_count];

		if (record->kind == S2T_ENTRY_S2PAGE) {
			const struct s2t_page old = { (uint32_t)record->old[0],
				                      (uint32_t)(record->old[0] >> 32), record->old[1] };

			s2t_log_write_page(adt, *record, record->slot, old);
		} else {
			s2t_log_write_word(adt, *record, record->slot, record->old[0]);
			if (record->kind == S2T_ENTRY_SPT_CONTEXT)
				adt->spt_generations = record->old[1];
		}
	}
}

/* Takes the journal back to `count` records. */
void s2t_rollback(struct s2t_model *adt, size_t count)
{
	if (adt->logs)
		rollback_with_logs(adt, count);
	const struct s2t_touch *first = adt->journal + count;

	for (const struct s2t_touch *record = adt->journal + adt->journal_count; record > first;) {
		record--;
		/* One word or two, without a branch, which no processor could guess as records of all kinds are mixed:
		 * where there is one, the first takes the place of the second. */
		_Static_assert(sizeof(struct s2t_page) == 16, "old[] is the image of a record of s2page");
		memcpy((char *)record->slot + sizeof(uint64_t) * (record->kind == S2T_ENTRY_S2PAGE),
		       &record->old[1], sizeof(record->old[1]));
		memcpy(record->slot, &record->old[0], sizeof(record->old[0]));
		if (SELDOM(record->kind == S2T_ENTRY_SPT_CONTEXT))
			adt->spt_generations = record->old[1];
	}
	if (adt->journal_count > count)
		adt->journal_count = count;
	adt->step_begin = adt->journal_count;
	adt->indexed = 0; /* or setters that follow would find records that are gone */
}

void s2t_model_reset(struct s2t_model *adt)
{
	struct s2t_map *maps[6];

	s2t_rollback(adt, 0);
	if (adt->logs)
		s2t_log_rollback(adt, 0);
	adt->cpu = start_cpu;
	adt->out_of_memory = false;
	all_maps(adt, maps);
	const bool due = ++adt->resets % GIVE_BACK_EVERY == 0;

	if (adt->arena.slabs > (due ? S2T_HOT_SLABS : MAX_SLABS_KEPT)) {
		for (size_t i = 0; i < 6; i++)
			s2t_map_free(maps[i]);
		s2t_arena_shrink(&adt->arena);
		memset(adt->page_cache, 0, sizeof(adt->page_cache));
		return;
	}
	/* Nodes of s2page hold start values and stay. Those of all others are zero now and serve any key. */
	for (size_t i = 1; i < 6; i++)
		s2t_map_recycle(maps[i]);
}

struct s2t_mark s2t_model_mark(const struct s2t_model *adt)
{
	struct s2t_mark mark = { .journal = adt->journal_count, .events = adt->logs ? adt->logs->count : 0 };

	_Static_assert(sizeof(adt->cpu) <= sizeof(mark.cpu), "the CPU's state fits a mark");
	memcpy(mark.cpu, &adt->cpu, sizeof(adt->cpu));
	return mark;
}

void s2t_model_undo(struct s2t_model *adt, const struct s2t_mark *mark)
{
	s2t_rollback(adt, mark->journal);
	if (adt->logs)
		s2t_log_rollback(adt, mark->events);
	memcpy(&adt->cpu, mark->cpu, sizeof(adt->cpu));
}
