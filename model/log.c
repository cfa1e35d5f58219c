/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs: storage of events, and the digests of the objects behind the locks.
 *
 * The digest of an object is the sum, over its entries, of mix(entry, value) - mix(entry, start value). So it
 * depends on the object alone, follows a write by adding two terms, and is 0 at the start.
 */
#include "log.h"

#include <stdlib.h>

#include "spec.h"

bool s2t_model_set_logs(struct s2t_model *adt, bool on)
{
	const uint32_t locks = s2t_lock_info(&adt->board, adt->board.corevisor + 1);

	if (adt->journal_count > 0 || adt->cpu.halt || (adt->logs && adt->logs->count > 0))
		return false;
	if (!on)
		s2t_log_free_all(adt);
	if (!on || adt->logs)
		return true;
	adt->logs = calloc(1, sizeof(*adt->logs) + locks * sizeof(adt->logs->lock[0]));
	if (!adt->logs)
		return false;
	adt->logs->lock_count = locks;
	s2t_map_init(&adt->logs->context, sizeof(uint64_t), &adt->logs->arena);
	return true;
}

void s2t_log_free_all(struct s2t_model *adt)
{
	if (!adt->logs)
		return;
	s2t_map_free(&adt->logs->context);
	s2t_arena_free(&adt->logs->arena);
	free(adt->logs->event);
	free(adt->logs->link);
	free(adt->logs);
	adt->logs = NULL;
}

static bool make_room(struct s2t_logs *logs)
{
	const size_t size = logs->size ? 2 * logs->size : 256;

	if (logs->count < logs->size)
		return true;
	struct s2t_event *event = realloc(logs->event, size * sizeof(*event));

	if (!event)
		return false;
	logs->event = event;
	struct s2t_log_link *link = realloc(logs->link, size * sizeof(*link));

	if (!link)
		return false;
	logs->link = link;
	logs->size = size;
	return true;
}

bool s2t_log_append(struct s2t_model *adt, uint32_t id, uint32_t cpu, enum s2t_event_kind kind, uint64_t value)
{
	struct s2t_logs *logs = adt->logs;
	struct s2t_log *log = &logs->lock[id];
	const struct s2t_event event = { id, (uint32_t)kind, cpu, value };
	const struct s2t_log_link link = { log->newest, log->state };

	if (id != S2T_LOCK_FLATMEM)
		when(s2t_H_CalLock_event(&log->state, &event));
	if (!make_room(logs)) {
		log->state = link.before;
		return !(adt->out_of_memory = true);
	}
	logs->event[logs->count] = event;
	logs->link[logs->count] = link;
	log->newest = ++logs->count;
	log->length++;
	return true;
}

void s2t_log_rollback(struct s2t_model *adt, size_t count)
{
	struct s2t_logs *logs = adt->logs;

	while (logs->count > count) {
		const struct s2t_log_link *link = &logs->link[--logs->count];
		struct s2t_log *log = &logs->lock[logs->event[logs->count].lock];

		log->newest = link->older;
		log->state = link->before;
		log->length--;
	}
	logs->step_begin = count;
	if (count == 0)
		s2t_map_recycle(&logs->context);
}

const struct s2t_event *s2t_model_events(const struct s2t_model *adt, size_t *count)
{
	const struct s2t_logs *logs = adt->logs;

	*count = logs ? logs->count - logs->step_begin : 0;
	return *count ? logs->event + logs->step_begin : NULL;
}

size_t s2t_model_log(const struct s2t_model *adt, uint32_t id, struct s2t_event *events, size_t size)
{
	const struct s2t_logs *logs = adt->logs;

	if (!logs || id >= logs->lock_count)
		return 0;
	for (size_t i = 0, at = logs->lock[id].newest; i < size && at > 0; i++) {
		events[i] = logs->event[at - 1];
		at = logs->link[at - 1].older;
	}
	return logs->lock[id].length;
}

uint64_t s2t_model_digest(const struct s2t_model *adt, uint32_t id)
{
	return adt->logs && id < adt->logs->lock_count ? adt->logs->lock[id].digest : 0;
}

/* The finalizer of SplitMix64, over an entry's name and its value. */
static uint64_t mix(uint64_t seed, uint64_t value)
{
	uint64_t x = (seed ^ value) * UINT64_C(0x9E3779B97F4A7C15) + value;

	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

/* The share of one entry; entries whose value is one word have 0 in `value[1]`. */
static uint64_t share(const struct s2t_touch *entry, uint64_t b, const uint64_t value[2])
{
	const uint64_t name = mix((uint64_t)entry->kind << 40 | (uint64_t)entry->level << 32 | entry->a, b);

	return mix(mix(name, value[0]), value[1]);
}

static uint64_t change(const struct s2t_touch *entry, uint64_t b, const uint64_t old[2], const uint64_t new[2])
{
	return share(entry, b, new) - share(entry, b, old);
}

/* The shares of the pages in a 2 MiB range. A block hides them; its 512 entries are one share. */
static uint64_t pages_under(struct s2t_model *adt, const struct s2t_touch *block)
{
	const struct s2t_npt_leaf *leaf = s2t_map_find(&adt->npt_leaf, s2t_npt_leaf_key(block->a, block->b));
	const struct s2t_touch page = { .kind = S2T_ENTRY_NPT, .a = block->a };
	uint64_t sum = 0;

	for (unsigned i = 0; i < 512; i++)
		if (leaf->pte[i])
			sum += change(&page, block->b + i, (uint64_t[2]){ 0, 0 },
			              (uint64_t[2]){ leaf->pte[i], 0 });
	return sum;
}

/* Of a context; each generation has its own, so that one that was emptied can come back. A step empties a
 * context at most once. */
static void context_changes(struct s2t_model *adt, unsigned context, uint64_t delta)
{
	uint64_t *share = s2t_map_make(&adt->logs->context, s2t_spt_upper_key(adt, context));

	if (share)
		*share += delta;
	else
		adt->out_of_memory = true;
	adt->logs->lock[S2T_LOCK_SPT].digest += delta;
}

static uint64_t context_share(struct s2t_model *adt, unsigned context, uint64_t generation)
{
	const uint64_t *share = s2t_map_find(&adt->logs->context, generation << 4 | context);

	return share ? *share : 0;
}

/* What a word of flags is a flag of: `level` counts from the root table. */
static uint64_t table_word(const struct s2t_touch *entry)
{
	if (entry->kind == S2T_ENTRY_NPT_TABLE)
		return entry->b >> (entry->level == 0 ? 39 : entry->level == 1 ? 36 : 21);
	return entry->b >> (entry->level == 0 ? 36 : 21);
}

/* `old` and `new` are as in the `old` of a touch record; of words, [1] is 0. */
static void entry_changes(struct s2t_model *adt, const struct s2t_touch *entry, const uint64_t old[2],
                          const uint64_t new[2])
{
	struct s2t_log *lock = adt->logs->lock;
	uint64_t delta;

	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_S2PAGE: lock[S2T_LOCK_S2PAGE].digest += change(entry, entry->b, old, new); break;
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_NEXT: lock[s2t_npt_id(entry->a)].digest += change(entry, entry->b, old, new); break;
	case S2T_ENTRY_NPT_TABLE:
		lock[s2t_npt_id(entry->a)].digest += change(entry, table_word(entry), old, new);
		break;
	case S2T_ENTRY_NPT_BLOCK:
		delta = change(entry, entry->b, old, new);
		if (!old[0] && new[0])
			delta -= pages_under(adt, entry);
		else if (old[0] && !new[0])
			delta += pages_under(adt, entry);
		lock[s2t_npt_id(entry->a)].digest += delta;
		break;
	case S2T_ENTRY_SPT:
	case S2T_ENTRY_SPT_TABLE:
		delta = change(entry, entry->kind == S2T_ENTRY_SPT ? entry->b : table_word(entry), old, new);
		context_changes(adt, entry->a, delta);
		break;
	case S2T_ENTRY_SPT_CONTEXT:
		lock[S2T_LOCK_SPT].digest += context_share(adt, entry->a, new[0]) -
		                             context_share(adt, entry->a, old[0]);
		break;
	case S2T_ENTRY_SPT_NEXT: lock[S2T_LOCK_SPT].digest += change(entry, entry->b, old, new); break;
	case S2T_ENTRY_FLATMEM: lock[S2T_LOCK_FLATMEM].digest += change(entry, entry->b, old, new); break;
	case S2T_ENTRY_VCPU:
		if (entry->level == S2T_VCPU_FRESH)
			break; /* of the vCPU's registers, which no lock guards */
			       /* fall through */
	case S2T_ENTRY_VM:
	case S2T_ENTRY_IMAGE:
		lock[s2t_lock_info(&adt->board, entry->a)].digest += change(entry, entry->b, old, new);
		break;
	case S2T_ENTRY_CORE: lock[S2T_LOCK_CORE].digest += change(entry, entry->b, old, new); break;
	case S2T_ENTRY_SMMU_CFG: lock[S2T_LOCK_SMMU].digest += change(entry, entry->b, old, new); break;
	case S2T_ENTRY_DATA_LOG: /* no object of a log */
	case S2T_ENTRY_KIND_COUNT: break;
	}
}

void s2t_log_write_page(struct s2t_model *adt, struct s2t_touch entry, struct s2t_page *slot,
                        struct s2t_page page)
{
	const uint64_t old[2] = { slot->owner | (uint64_t)slot->count << 32, slot->gfn };
	const uint64_t new[2] = { page.owner | (uint64_t)page.count << 32, page.gfn };

	entry_changes(adt, &entry, old, new);
	*slot = page;
}

void s2t_log_write_word(struct s2t_model *adt, struct s2t_touch entry, uint64_t *slot, uint64_t value)
{
	const uint64_t old[2] = { *slot, 0 }, new[2] = { value, 0 };

	entry_changes(adt, &entry, old, new);
	*slot = value;
}
