/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The comparison entry by entry, and its opposite: what is read back into the model.
 */
#include "entries.h"
#include "extra.h"

#include <string.h>

#include "entry.h"
#include "memwatch.h"

enum { HOST = 0 };

/* The comparison in progress. */
struct comparison {
	struct s2t_lockstep *ls;
	struct s2t_diffs *diffs; /* NULL: the first difference ends it */
	bool same;
};

static bool done(const struct comparison *c)
{
	return !c->same && !c->diffs;
}

/* Notes a difference, of an entry or lock once; the caller fills the returned record in, unless it is NULL. */
static struct s2t_diff *differ(struct comparison *c, enum s2t_diff_kind kind, const struct s2t_touch *entry)
{
	struct s2t_diff *diff = c->diffs ? c->diffs->diff : NULL;

	c->same = false;
	for (size_t i = 0; diff && kind != S2T_DIFF_STRAY && i < c->diffs->total && i < S2T_MAX_DIFFS;
	     i++, diff++)
		if (diff->kind == kind && diff->entry.kind == entry->kind &&
		    diff->entry.level == entry->level && diff->entry.a == entry->a && diff->entry.b == entry->b)
			return NULL;
	if (!diff || c->diffs->total++ >= S2T_MAX_DIFFS)
		return NULL;
	diff = &c->diffs->diff[c->diffs->total - 1];

	memset(diff, 0, sizeof(*diff));
	diff->kind = kind;
	diff->entry = *entry;
	diff->iut_has_value = true;
	diff->address = UINT64_MAX; /* it was read through the plug-in */
	return diff;
}

/*
 * What an entry was before the last step.
 */

static void spt_value(s2t_pte pte, uint64_t value[3])
{
	value[0] = s2t_view_output(pte) >> 12;
	value[1] = pte;
	value[2] = 0;
}

static void before_step(struct s2t_lockstep *ls, const struct s2t_touch *entry, uint64_t value[3])
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);

	s2t_entry_now(ls->model, entry, value);
	for (size_t i = 0; i < count; i++) {
		if (touch[i].a != entry->a)
			continue;
		if (touch[i].kind == S2T_ENTRY_NPT_BLOCK && entry->kind == S2T_ENTRY_NPT &&
		    touch[i].b == (entry->b & ~UINT64_C(511))) {
			const struct s2t_npt_entry npt = s2t_model_npt_before(ls->model, &touch[i],
			                                                      entry->b & 511);

			value[0] = npt.pfn;
			value[1] = npt.level;
			value[2] = npt.pte;
		} else if (touch[i].kind == S2T_ENTRY_SPT_CONTEXT && entry->kind == S2T_ENTRY_SPT) {
			spt_value(s2t_emptied_before(ls->model, &touch[i], entry->b), value);
		} else if (touch[i].kind == entry->kind && touch[i].b == entry->b &&
		           touch[i].level == entry->level) {
			s2t_entry_before(ls->model, &touch[i], value);
			return;
		}
	}
}

/*
 * Entries.
 */

/* Whether both have the same value, as far as the map has it compared; if only so far, that is counted. */
static bool same_value(struct s2t_lockstep *ls, const struct s2t_touch *entry, uint64_t model[3],
                       uint64_t iut[3])
{
	const size_t size = 3 * sizeof(model[0]);

	if (memcmp(model, iut, size) == 0)
		return true;
	if (!ls->entries->map)
		return false;
	s2t_mapfile_normalise(ls->entries->map, &ls->board, entry, model, iut);
	if (memcmp(model, iut, size) != 0)
		return false;
	ls->stats.statements[entry->kind == S2T_ENTRY_SPT      ? S2T_STATEMENT_MASK_SPT
	                     : entry->kind == S2T_ENTRY_S2PAGE ? S2T_STATEMENT_HOST_GFN
	                                                       : S2T_STATEMENT_MASK_NPT]++;
	return true;
}

static void compare_entry(struct comparison *c, const struct s2t_touch *entry)
{
	struct s2t_lockstep *ls = c->ls;
	uint64_t model[3], iut[3];
	bool uniform;

	if (!s2t_read_entry(ls, entry, iut, &uniform))
		return;
	s2t_entry_now(ls->model, entry, model);
	if (!uniform)
		memset(iut, 0, sizeof(iut));
	if (uniform && same_value(ls, entry, model, iut))
		return;
	struct s2t_diff *diff = differ(c, S2T_DIFF_ENTRY, entry);

	if (!diff)
		return;
	memcpy(diff->model, model, sizeof(model));
	memcpy(diff->iut, iut, sizeof(iut));
	diff->iut_has_value = uniform;
	before_step(ls, entry, diff->before);
	s2t_mapfile_normalise(ls->entries->map, &ls->board, entry, diff->before, iut);
}

/* Of the 512 entries of a block, those from which each bit of the index can be told, or after a step the two ends. */
static void compare_block(struct comparison *c, const struct s2t_touch *block, bool full)
{
	struct s2t_touch entry = { .kind = S2T_ENTRY_NPT, .a = block->a };

	for (unsigned i = 0; i < 512 && !done(c); i = i ? 2 * i : 1) {
		entry.b = block->b + i;
		if (full || i == 0)
			compare_entry(c, &entry);
	}
	entry.b = block->b + 511;
	if (!done(c))
		compare_entry(c, &entry);
}

/* After a panic tables and cursors are not related. */
static void compare_named(struct comparison *c, const struct s2t_named *named, bool tables, bool full)
{
	const struct s2t_touch entry = s2t_named_entry(named);
	const bool table = named->kind >= S2T_ENTRY_NPT && named->kind <= S2T_ENTRY_SPT_NEXT;

	if ((table && !tables) || named->unknown || named->tolerated)
		return;
	if (named->kind == S2T_ENTRY_NPT_BLOCK)
		compare_block(c, &entry, full);
	else
		compare_entry(c, &entry);
}

static void compare_lock(struct comparison *c, uint32_t lock)
{
	const bool model = s2t_model_lock_held(c->ls->model, lock);
	const bool iut = s2t_read_lock(c->ls, lock);

	if (model == iut)
		return;
	struct s2t_diff *diff = differ(c, S2T_DIFF_LOCK, &(struct s2t_touch){ .a = lock });

	if (!diff)
		return;
	diff->model[0] = model;
	diff->iut[0] = iut;
}

/* Those that only operations of the hypercall layer take. */
static void compare_hypercall_locks(struct comparison *c, uint32_t vmid)
{
	uint32_t held[S2T_MAX_HELD];

	compare_lock(c, S2T_LOCK_CORE);
	compare_lock(c, S2T_LOCK_SMMU);
	compare_lock(c, s2t_lock_info(&c->ls->board, vmid));
	for (unsigned i = s2t_model_locks(c->ls->model, held); i-- > 0;)
		compare_lock(c, held[i]);
}

/* The VM that an operation of the table is about. */
static uint32_t vmid_of(const struct s2t_lockstep *ls, const struct s2t_call *call)
{
	const struct s2t_op_info *info = &s2t_op_table[call->op];
	uint64_t vmid = HOST;

	for (unsigned i = 0; i < info->arg_count && i < 2; i++)
		if (info->arg[i].kind == S2T_ARG_VMID || (call->op == S2T_OP_HYPERCALL && i == 1))
			vmid = call->arg[i];
	return vmid <= ls->board.corevisor ? (uint32_t)vmid : HOST;
}

/* The locks that the step may take. */
static void compare_locks(struct comparison *c)
{
	struct s2t_call part[S2T_EXTRA_PARTS];

	if (!s2t_tells(c->ls->ops, S2T_TELLS_LOCKS))
		return;
	compare_lock(c, S2T_LOCK_S2PAGE);
	compare_lock(c, S2T_LOCK_SPT);
	compare_lock(c, S2T_LOCK_NPT + HOST);
	const size_t parts = s2t_op_calls(c->ls->ops, &c->ls->call, part);

	for (size_t i = 0; i < parts; i++) {
		const uint32_t vmid = vmid_of(c->ls, &part[i]);

		if (vmid != HOST)
			compare_lock(c, S2T_LOCK_NPT + vmid);
		if (s2t_op_layer(part[i].op) == S2T_LAYER_HYPERCALL)
			compare_hypercall_locks(c, vmid);
	}
}

/*
 * Memory.
 */

/* The kind of range in which an entry of this kind lives; -1: none that could be named. */
static int range_of(enum s2t_entry_kind kind)
{
	switch (kind) {
	case S2T_ENTRY_S2PAGE: return S2T_RANGE_RECORDS;
	case S2T_ENTRY_FLATMEM: return S2T_RANGE_PAGES;
	case S2T_ENTRY_NPT:
	case S2T_ENTRY_NPT_BLOCK:
	case S2T_ENTRY_NPT_TABLE: return S2T_RANGE_S2PT;
	case S2T_ENTRY_SPT:
	case S2T_ENTRY_SPT_CONTEXT:
	case S2T_ENTRY_SPT_TABLE: return S2T_RANGE_SMMU;
	default: return -1;
	}
}

/* The kinds of range that the model's step had something to write in. */
static uint32_t touched_ranges(const struct s2t_lockstep *ls)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &count);
	uint32_t kinds = UINT32_C(1) << S2T_RANGE_PRIVATE;

	for (size_t i = 0; i < count; i++) {
		const int kind = range_of((enum s2t_entry_kind)touch[i].kind);

		if (kind >= 0)
			kinds |= UINT32_C(1) << kind;
	}
	return kinds;
}

/* Adds the words that changed in memory of a kind that the step has nothing to do with. After a panic, tables may. */
static void compare_memory(struct comparison *c, bool tables)
{
	static const enum s2t_window windows[] = {
		[S2T_RANGE_PAGES] = S2T_WINDOW_PAGES, [S2T_RANGE_RECORDS] = S2T_WINDOW_EL2,
		[S2T_RANGE_S2PT] = S2T_WINDOW_S2PT,   [S2T_RANGE_SMMU] = S2T_WINDOW_SMMU,
		[S2T_RANGE_PRIVATE] = S2T_WINDOW_EL2,
	};
	struct s2t_lockstep *ls = c->ls;
	uint32_t changed_kinds, may = touched_ranges(ls);
	size_t count;
	const struct s2t_changed_word *word = s2t_memwatch_changed(ls->entries->watch, &count, &changed_kinds);

	if (!tables)
		may |= 1U << S2T_RANGE_S2PT | 1U << S2T_RANGE_SMMU;
	if (!(changed_kinds & ~may))
		return;
	c->same = false;
	for (size_t i = 0; i < count; i++) {
		struct s2t_diff *diff = may >> word[i].kind & 1
		                                ? NULL
		                                : differ(c, S2T_DIFF_STRAY, &(struct s2t_touch){ .a = 0 });

		if (!diff)
			continue;
		diff->before[0] = diff->model[0] = word[i].old;
		diff->iut[0] = word[i].now;
		diff->window = windows[word[i].kind];
		diff->address = word[i].kind == S2T_RANGE_PAGES ? (word[i].pfn << 12) + word[i].offset % 4096
		                                                : word[i].offset;
		diff->text = s2t_range_text(word[i].kind);
	}
}

/* Where memory of a kind changed, any entry of that kind may have. */
static void name_changed(struct s2t_lockstep *ls)
{
	struct s2t_entries *e = ls->entries;
	const size_t universe = e->count;
	uint32_t kinds;
	size_t count;
	const struct s2t_changed_word *word = s2t_memwatch_changed(e->watch, &count, &kinds);

	for (size_t i = 0; i < count; i++)
		if (word[i].kind == S2T_RANGE_PAGES)
			s2t_entries_name(ls, S2T_ENTRY_FLATMEM, 0, 0, word[i].pfn);
	for (size_t i = 0; i < universe; i++) {
		const int kind = range_of((enum s2t_entry_kind)e->named[i].kind);

		if (kind >= 0 && kind != S2T_RANGE_PAGES && (kinds >> kind & 1))
			s2t_entries_name(ls, (enum s2t_entry_kind)e->named[i].kind, e->named[i].level,
			                 e->named[i].a, e->named[i].b);
	}
}

/*
 * The comparisons.
 */

bool s2t_same_return(const struct s2t_lockstep *ls)
{
	const struct s2t_mapfile *map = ls->entries->map;
	uint64_t mask = 0;

	if (map && ls->call.op == S2T_OP_WALK_S2PT)
		mask = map->npt_mask;
	else if (map && (ls->call.op == S2T_OP_WALK_SPT || ls->call.op == S2T_OP_UNMAP_SPT))
		mask = map->spt_mask;
	return ((ls->result.ret ^ ls->step.ret) & ~mask) == 0;
}

/* At a panic the map may say that the states have nothing to do with each other. */
static bool only_outcome(const struct s2t_lockstep *ls)
{
	const struct s2t_mapfile *map = ls->entries->map;

	return map && map->panics != S2T_PANICS_STOP &&
	       (s2t_model_halted(ls->model) || ls->result.outcome == S2T_PANIC);
}

/* Whether what was read is worth anything. */
static bool is_well(const struct s2t_lockstep *ls)
{
	const char *reason;

	return !ls->ops->health || ls->ops->health(ls->iut, &reason) == S2T_OK;
}

bool s2t_entries_compare_step(struct s2t_lockstep *ls)
{
	struct s2t_entries *e = ls->entries;
	const bool tables = ls->step.outcome == S2T_OK;
	struct comparison c = { ls, NULL, true };

	if (ls->result.outcome != ls->step.outcome || e->no_memory)
		return false;
	if (only_outcome(ls))
		return true;
	if (!s2t_same_return(ls))
		return false;
	if (e->watch) {
		name_changed(ls);
		compare_memory(&c, tables);
	}
	for (size_t i = 0; i < e->of_step_count && !done(&c); i++)
		compare_named(&c, &e->named[e->of_step[i]], tables, false);
	if (!done(&c))
		compare_locks(&c);
	return c.same && is_well(ls);
}

bool s2t_entries_compare_again(struct s2t_lockstep *ls)
{
	s2t_entries_of_step(ls);
	return s2t_entries_compare_step(ls);
}

bool s2t_entries_sweep(struct s2t_lockstep *ls, bool tables, struct s2t_diffs *diffs)
{
	struct s2t_entries *e = ls->entries;
	struct comparison c = { ls, diffs, true };

	if (only_outcome(ls))
		return true;
	compare_locks(&c);
	for (size_t i = 0; i < e->count && !done(&c); i++) {
		if (e->named[i].kind == S2T_ENTRY_NPT_NEXT && e->named[i].a != HOST &&
		    s2t_tells(ls->ops, S2T_TELLS_LOCKS))
			compare_lock(&c, S2T_LOCK_NPT + e->named[i].a);
		if (e->named[i].kind >= S2T_ENTRY_VM && e->named[i].kind <= S2T_ENTRY_IMAGE &&
		    s2t_tells(ls->ops, S2T_TELLS_LOCKS))
			compare_lock(&c, s2t_lock_info(&ls->board, e->named[i].a));
		compare_named(&c, &e->named[i], tables, true);
	}
	if (e->watch && !done(&c))
		compare_memory(&c, tables);
	return c.same && is_well(ls);
}

unsigned s2t_entries_tolerate(struct s2t_lockstep *ls)
{
	struct s2t_entries *e = ls->entries;
	unsigned count = 0;

	for (size_t i = 0; i < e->of_step_count; i++) {
		struct s2t_named *named = &e->named[e->of_step[i]];
		struct comparison c = { ls, NULL, true };

		compare_named(&c, named, true, false);
		named->tolerated |= !c.same;
		count += !c.same;
	}
	return count;
}
