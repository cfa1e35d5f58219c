/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each invariant, broken on purpose. A row brings both sides to a state in which it holds, and then either makes a call
 * that breaks it on both, or plants a value into one side alone. The check that is fed with what was written must tell
 * its number, and so must the check from scratch, of that side and no other. And the bookkeeping of the first, spoiled,
 * must not get past the second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"
#include "inv_books.h"
#include "inv_tables.h"
#include "rdata.h"
#include "reads.h"
#include "trace.h"

#define TABLES                                                                                                 \
	"assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005\n"                                                        \
	"map_pfn_vm vmid=1 addr=0x7000 pte=0x40005fff level=3\n"                                               \
	"map_page_host addr=0x40001000\nmap_vm_io vmid=2 gpa=0x8000 pa=0x1000\n"
#define CONTEXT   "map_spt cbndx=0 index=0 addr=0x7000 pte=0x40005fff\n"
#define BANKS     "el2_alloc_smmu_pgd cbndx=1 vmid=3 index=0\n"
#define OFFSET    "config smmu_host_offset=0x1000\n"
#define HOST_PAGE "update_smmu_page vmid=0 cbndx=0 index=0 iova=0x41001000 pte=0x40001fff\n"
#define HOST_BANK "el2_alloc_smmu_pgd cbndx=0 vmid=0 index=0\n"
#define VM_BANK   "el2_alloc_smmu_pgd cbndx=0 vmid=1 index=0\n"
#define IMAGES                                                                                                 \
	"register_kvm\nset_boot_info vmid=1 load_addr=0x40000000 size=0x2000\n"                                \
	"set_boot_info vmid=1 load_addr=0x50000000 size=0x1000\nremap_vm_image vmid=1 pfn=0x40001 load_idx=0\n"
#define RUNNING                                                                                                \
	"register_kvm\nregister_vcpu vmid=1 vcpuid=0\n"                                                        \
	"set_boot_info vmid=1 load_addr=0x40000000 size=0x1000\nverify_and_load_images vmid=1 valid=1\n"       \
	"assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005\n"                                                        \
	"vcpu_run vmid=1 vcpuid=0 pc=0x40000000 addr=0 pte=0 level=0\n"

/* Opens a lockstep on the operations of `text`, none of which breaks the invariants of `hold`. */
static struct s2t_lockstep *begin(struct s2t_trace *trace, const char *text, const struct s2t_iut_ops *iut,
                                  uint32_t hold)
{
	const struct s2t_lockstep_options options = { .invariants = S2T_INVARIANTS_ALL };
	struct s2t_error error;
	char buf[2048];

	snprintf(buf, sizeof(buf), "s2twin-trace 1\n%s", text);
	if (!s2t_trace_parse(trace, S2T_TRACE, "text", buf, strlen(buf), &error))
		fail_msg("%s", error.text);
	struct s2t_lockstep *ls = s2t_lockstep_create(&trace->board, iut, &options, &error);

	assert_non_null(ls);
	for (size_t i = 0; i < trace->count; i++) {
		if (s2t_lockstep_step(ls, &trace->call[i]) != S2T_AGREED)
			fail_msg("step %zu of %s does not agree", i + 1, text);
		for (int k = 0; k < S2T_INVARIANT_COUNT; k++)
			if ((hold >> k & 1) && ls->stats.invariants[k].steps)
				fail_msg("step %zu of %s breaks %s", i + 1, text,
				         s2t_invariant_table[k].number);
	}
	return ls;
}

static void end(struct s2t_lockstep *ls, struct s2t_trace *trace)
{
	s2t_lockstep_destroy(ls);
	s2t_trace_free(trace);
}

/* From scratch: whether the invariant is broken on the two sides. */
static void assert_state(struct s2t_lockstep *ls, enum s2t_invariant invariant, bool model, bool iut)
{
	static struct s2t_invariants found;

	assert_true(s2t_invariants_check(ls, &found));
	for (int side = 0; side < S2T_SIDES; side++)
		if ((found.state[side][invariant].broken > 0) != (side == S2T_SIDE_MODEL ? model : iut))
			fail_msg("%s, side %d: broken %d times: %s", s2t_invariant_table[invariant].number,
			         side, (int)found.state[side][invariant].broken,
			         found.state[side][invariant].first);
}

/*
 * Calls that break one on both sides.
 */

static const struct {
	enum s2t_invariant broken;
	const char *before, *call;
	bool lasts; /* so that the check from scratch sees it, too */
} calls[] = {
	{ S2T_HOST_FLATMAP, "", "map_s2pt vmid=0 addr=0x40001000 level=3 pte=0x40002fff\n", true },
	{ S2T_HOST_S2_MAP, "", "assign_pfn_to_vm vmid=0 gfn=0x7 pfn=0x40001\n", true },
	{ S2T_HOST_ISO, TABLES, "map_s2pt vmid=0 addr=0x40005000 level=3 pte=0x40005fff\n", true },
	{ S2T_HOST_ISO, "assign_pfn_to_smmu vmid=1 gfn=0x7 pfn=0x40005\nmap_page_host addr=0x40005000\n",
	  "assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005\n", true },
	{ S2T_VM_ISO, TABLES, "map_pfn_vm vmid=2 addr=0x9000 pte=0x40005fff level=3\n", true },
	/* Only hardware maps page 0x80000. */
	{ S2T_VM_ISO, "", "prot_and_map_vm_s2pt vmid=1 addr=0x200000 pte=0x80001000 level=2\n", true },
	{ S2T_SMMU_VM, "", "el2_alloc_smmu_pgd cbndx=1 vmid=16 index=0\n", true },
	{ S2T_SMMU_ISO, TABLES VM_BANK, "map_spt cbndx=0 index=0 addr=0x8000 pte=0x40005fff\n", true },
	{ S2T_SMMU_COUNT, OFFSET HOST_BANK HOST_PAGE,
	  "map_spt cbndx=0 index=0 addr=0x41002000 pte=0x40002fff\n", true },
	{ S2T_SMMU_COUNT_0, OFFSET HOST_BANK HOST_PAGE,
	  "map_spt cbndx=0 index=0 addr=0x41002000 pte=0x40002fff\n", true },
	{ S2T_CORE_MAP, IMAGES, "map_s2pt vmid=16 addr=0x2100000 level=3 pte=0x40001fff\n", true },
	{ S2T_CORE_REMAP, IMAGES, "map_s2pt vmid=16 addr=0x2001000 level=3 pte=0x40001fff\n", true },
	{ S2T_CORE_ISO, "", "assign_pfn_to_vm vmid=16 gfn=0x7 pfn=0x40001\n", true },
	{ S2T_WRITE_ONCE, IMAGES, "map_s2pt vmid=16 addr=0x2000000 level=3 pte=0x40002fff\n", true },
	{ S2T_HW_WALK, "", "map_pfn_vm vmid=1 addr=0x200000 pte=0x90001000 level=2\n", true },
	{ S2T_ACTIVE_KEEPS, RUNNING, "clear_vm_page vmid=1 pfn=0x40005\n", true },
	{ S2T_STALE_DMA, TABLES VM_BANK CONTEXT "set_vm_poweroff vmid=1\nclear_vm_page vmid=1 pfn=0x40005\n",
	  "assign_pfn_to_vm vmid=2 gfn=0x7 pfn=0x40005\n", true },
	{ S2T_UNBOUND_ISO, TABLES, "map_spt cbndx=0 index=0 addr=0x8000 pte=0x40005fff\n", true },
	{ S2T_UNBOUND_COUNT, OFFSET HOST_PAGE, "map_spt cbndx=0 index=0 addr=0x41002000 pte=0x40002fff\n",
	  true },
	{ S2T_ONE_VM, TABLES, "map_pfn_vm vmid=2 addr=0x9000 pte=0x40005fff level=3\n", true },
	{ S2T_ONE_VM, TABLES, "map_pfn_vm vmid=2 addr=0x200000 pte=0x40000000 level=2\n", true },
};

static void broken_by_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const uint32_t bit = S2T_INV(calls[i].broken);
		struct s2t_trace trace, more;
		struct s2t_error error;
		char text[256];
		struct s2t_lockstep *ls = begin(&trace,
		                                *calls[i].before ? calls[i].before : "clear_pfn_host pfn=0x1\n",
		                                s2t_builtin(), bit);

		snprintf(text, sizeof(text), "s2twin-trace 1\n%s", calls[i].call);
		assert_true(s2t_trace_parse(&more, S2T_TRACE, "call", text, strlen(text), &error));
		assert_int_equal(s2t_lockstep_step(ls, &more.call[0]), S2T_AGREED);
		if (ls->stats.invariants[calls[i].broken].steps != 1)
			fail_msg("%s is not reported after %s", s2t_invariant_table[calls[i].broken].number,
			         calls[i].call);
		assert_state(ls, calls[i].broken, true, true);
		/* It is not new a second time, and the end finds nothing that was not reported. */
		assert_int_equal(s2t_lockstep_step(ls, &(struct s2t_call){ .op = S2T_OP_WALK_S2PT }),
		                 S2T_AGREED);
		assert_int_equal(ls->stats.invariants[calls[i].broken].steps, 1);
		assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
		s2t_trace_free(&more);
		end(ls, &trace);
	}
}

static void forbidden(void **state)
{
	const struct s2t_call *call;
	struct s2t_trace trace;

	(void)state;
	struct s2t_lockstep *ls = begin(&trace, TABLES, s2t_builtin(), S2T_INV(S2T_HOST_ISO));

	ls->options.forbidden = S2T_INV(S2T_HOST_ISO);
	call = &(const struct s2t_call){ S2T_OP_MAP_S2PT, { 0, 0x40005000, 3, 0x40005fff } };
	assert_int_equal(s2t_lockstep_step(ls, call), S2T_DIVERGED);
	assert_int_equal(ls->diffs->total, 1);
	assert_int_equal(ls->diffs->diff[0].kind, S2T_DIFF_INVARIANT);
	assert_int_equal(ls->diffs->diff[0].entry.a, S2T_HOST_ISO);
	assert_non_null(strstr(ls->diffs->diff[0].text, "I6 host_iso"));
	end(ls, &trace);
}

/*
 * Values planted into one side.
 */

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

static const struct plant plants[] = {
	{ S2T_HOST_FLATMAP, TABLES, NPT(0, 0x40002), MAPS(0x40003, 0xfff) },
	{ S2T_HOST_S2_MAP, TABLES, PAGE(0x40005), { 0, 0, 5 } },
	{ S2T_HOST_ISO, TABLES, NPT(0, 0x40005), MAPS(0x40005, 0xfff) },
	{ S2T_HOST_ISO, TABLES, PAGE(0x40001), { 3, 0, 5 } },
	{ S2T_VM_ISO, TABLES, NPT(2, 0x9), MAPS(0x40005, 0xfff) },
	{ S2T_VM_ISO, TABLES, PAGE(0x40005), { 2, 0, 7 } },
	{ S2T_SMMU_VM, TABLES BANKS, BANK(0), { 16 } },
	{ S2T_SMMU_ISO, TABLES CONTEXT BANKS, BANK(0), { 2 } },
	{ S2T_SMMU_ISO, TABLES VM_BANK CONTEXT, PAGE(0x40005), { 1, 0, 8 } },
	{ S2T_SMMU_COUNT, OFFSET HOST_BANK HOST_PAGE, SPT(0, 0x41002), DMA(0x40002) },
	{ S2T_SMMU_COUNT, OFFSET HOST_BANK HOST_PAGE, PAGE(0x40001), { 0, 0, 0x41001 } },
	{ S2T_REMAP_PTR, IMAGES, CORE(S2T_CORE_NEXT_REMAP), { 0 } },
	{ S2T_CORE_MAP, IMAGES, NPT(16, 0x2005), MAPS(0x40001, 0xfff) },
	{ S2T_CORE_MAP, IMAGES, CORE(S2T_CORE_NEXT_REMAP), { 0x2000000 } },
	{ S2T_REMAP_ADDR, IMAGES, IMAGE(0, S2T_IMAGE_MAPPED), { 3 } },
	{ S2T_CORE_REMAP, IMAGES, NPT(16, 0x2001), MAPS(0x40001, 0xfff) },
	{ S2T_CORE_REMAP, IMAGES, IMAGE(0, S2T_IMAGE_MAPPED), { 0 } },
	{ S2T_REMAP_RANGE, IMAGES, IMAGE(0, S2T_IMAGE_MAPPED), { UINT64_C(1) << 63 } },
	{ S2T_REMAP_NO_OVERLAP, IMAGES, IMAGE(1, S2T_IMAGE_REMAP), { 0x2001000 } },
	{ S2T_SMMU_COUNT_0, OFFSET HOST_BANK HOST_PAGE, SPT(0, 0x41002), DMA(0x40002) },
	{ S2T_HW_WALK, TABLES, NPT(2, 0x9), MAPS(0x90000, 0xff0) },
	{ S2T_STALE_DMA, TABLES CONTEXT BANKS, BANK(0), { 2 } },
	{ S2T_UNBOUND_ISO, TABLES CONTEXT, SPT(0, 0x9), DMA(0x40005) },
	{ S2T_UNBOUND_COUNT, OFFSET HOST_PAGE, SPT(0, 0x41002), DMA(0x40002) },
	{ S2T_ONE_VM, TABLES, NPT(2, 0x9), MAPS(0x40005, 0xfff) },
};

static uint64_t *word_at(struct s2t_lockstep *ls, enum s2t_window window, s2t_addr address)
{
	const uint64_t *words = ls->ops->image->page(ls->iut, window, address & ~UINT64_C(4095));

	assert_non_null(words); /* written before, else there is nothing to spoil */
	return (uint64_t *)(uintptr_t)words + address % 4096 / 8;
}

static void plant_in_image(struct s2t_lockstep *ls, const struct plant *plant)
{
	const struct s2t_touch *entry = &plant->entry;
	const uint64_t *value = plant->value;
	struct s2t_walk walk;

	switch (entry->kind) {
	case S2T_ENTRY_S2PAGE: {
		const s2t_addr at = ls->view.el2.s2_pages + 16 * s2t_board_record_of(&ls->board, entry->b);

		word_at(ls, S2T_WINDOW_EL2, at)[0] = value[0] | value[1] << 32;
		word_at(ls, S2T_WINDOW_EL2, at)[1] = value[2];
		break;
	}
	case S2T_ENTRY_NPT:
		s2t_view_npt(&ls->view, entry->a, entry->b, &walk);
		assert_int_equal(walk.count, 4);
		*word_at(ls, S2T_WINDOW_S2PT, walk.step[3].address) = value[2];
		break;
	case S2T_ENTRY_SPT:
		s2t_view_spt(&ls->view, entry->a, entry->b, &walk);
		assert_int_equal(walk.count, 3);
		*word_at(ls, S2T_WINDOW_SMMU, walk.step[2].address) = value[1];
		break;
	default: *word_at(ls, S2T_WINDOW_EL2, s2t_view_hyper_address(&ls->view, entry)) = value[0];
	}
}

static void plant_in_model(struct s2t_model *model, const struct plant *plant)
{
	const struct s2t_touch *entry = &plant->entry;
	const uint64_t *value = plant->value;

	switch (entry->kind) {
	case S2T_ENTRY_S2PAGE:
		assert_true(s2t_model_set_page(model, entry->b,
		                               (struct s2t_page){ (uint32_t)value[0], (uint32_t)value[1],
		                                                  value[2] }));
		break;
	case S2T_ENTRY_NPT:
		assert_true(
			s2t_model_set_npt(model, entry->a, entry->b,
		                          (struct s2t_npt_entry){ value[0], (uint32_t)value[1], value[2] }));
		break;
	case S2T_ENTRY_SPT:
		assert_true(s2t_model_set_spt(model, entry->a, entry->b,
		                              (struct s2t_spt_entry){ value[0], value[1] }));
		break;
	case S2T_ENTRY_IMAGE:
		s2t_set_image(model, entry->a, entry->b, (enum s2t_image_field)entry->level, value[0]);
		break;
	case S2T_ENTRY_CORE: s2t_set_core(model, (enum s2t_core_field)entry->level, value[0]); break;
	default: s2t_set_smmu(model, entry->a, value[0]);
	}
}

/* Feeds the books with the value that a side has in an entry. */
static void feed(struct s2t_inv_state *books, struct s2t_inv_side *side, const struct s2t_touch *entry)
{
	uint64_t value[3];
	bool uniform;

	if (side->model)
		s2t_entry_now(side->model, entry, value);
	else if (!s2t_read_entry(side->ls, entry, value, &uniform))
		return;
	if (entry->kind == S2T_ENTRY_S2PAGE)
		s2t_inv_feed_page(books, entry->b, s2t_board_start_page(&side->ls->board, entry->b),
		                  (struct s2t_page){ (uint32_t)value[0], (uint32_t)value[1], value[2] });
	else if (entry->kind == S2T_ENTRY_NPT)
		s2t_inv_feed_entry(books, side, entry->a, entry->b, value[2]);
	else if (entry->kind == S2T_ENTRY_SPT)
		s2t_inv_feed_entry(books, side, S2T_INV_SMMU | entry->a, entry->b, value[1]);
	else if (entry->kind >= S2T_ENTRY_VM)
		s2t_inv_feed_word(books, entry, value[0]);
}

static void settle(struct s2t_inv_state *books, struct s2t_inv_side *side)
{
	assert_true(!books->words_changed || s2t_inv_read_images(books, side));
	assert_true(s2t_inv_settle(books, side));
}

/* Everything that the sequence wrote. */
static void feed_all(struct s2t_lockstep *ls, struct s2t_inv_state *books, struct s2t_inv_side *side)
{
	s2t_inv_begin(books, S2T_INVARIANTS_ALL);
	for (size_t i = 0; i < ls->model->journal_count; i++)
		if (ls->model->journal[i].kind == S2T_ENTRY_S2PAGE ||
		    ls->model->journal[i].kind >= S2T_ENTRY_VM)
			feed(books, side, &ls->model->journal[i]);
	assert_true(s2t_inv_read_images(books, side));
	for (size_t i = 0; i < ls->model->journal_count; i++)
		if (ls->model->journal[i].kind == S2T_ENTRY_NPT || ls->model->journal[i].kind == S2T_ENTRY_SPT)
			feed(books, side, &ls->model->journal[i]);
	settle(books, side);
}

static void planted(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(plants) / sizeof(plants[0]); i++) {
		const struct plant *plant = &plants[i / 2];
		const int which = i % 2 ? S2T_SIDE_IUT : S2T_SIDE_MODEL;
		const char *number = s2t_invariant_table[plant->broken].number;
		static struct s2t_invariant_state unused[S2T_INVARIANT_COUNT];
		struct s2t_inv_state books;
		struct s2t_inv_side side;
		struct s2t_trace trace;
		struct s2t_lockstep *ls = begin(&trace, plant->before, s2t_builtin(), S2T_INV(plant->broken));

		assert_state(ls, plant->broken, false, false);
		assert_true(s2t_inv_state_init(&books, &ls->board));
		s2t_inv_side_begin(&side, ls, which, unused);
		feed_all(ls, &books, &side);
		assert_false(books.news & S2T_INV(plant->broken));
		if (which == S2T_SIDE_MODEL)
			plant_in_model(ls->model, plant);
		else
			plant_in_image(ls, plant);
		s2t_inv_begin(&books, S2T_INVARIANTS_ALL);
		feed(&books, &side, &plant->entry);
		settle(&books, &side);
		if (!(books.news & S2T_INV(plant->broken)))
			fail_msg("row %zu: %s is not reported of side %d", i / 2 + 1, number, which);
		assert_state(ls, plant->broken, which == S2T_SIDE_MODEL, which == S2T_SIDE_IUT);
		s2t_inv_state_free(&books);
		s2t_inv_side_end(&side);
		end(ls, &trace);
	}
}

/*
 * Those that no call and no single value can show.
 */

/* After a call on both sides and a value planted into the model, the check of the step. */
static void judge_model(struct s2t_lockstep *ls, enum s2t_invariant invariant)
{
	const uint64_t before = ls->stats.invariants[invariant].steps;

	assert_int_equal(s2t_inv_check_step(ls), S2T_INV_AGREED);
	assert_int_equal(ls->stats.invariants[invariant].steps, before + 1);
	assert_state(ls, invariant, true, false);
}

static void locks(void **state)
{
	struct s2t_trace trace;

	(void)state;
	struct s2t_lockstep *ls = begin(&trace, TABLES, s2t_builtin(), S2T_INV(S2T_LOCKS_FREE));

	ls->model->cpu.held[0] = S2T_LOCK_SPT;
	ls->model->cpu.held_count = 1;
	judge_model(ls, S2T_LOCKS_FREE);
	ls->model->cpu.held_count = 0;
	word_at(ls, S2T_WINDOW_EL2, ls->view.el2.locks)[S2T_LOCK_S2PAGE]++;
	assert_state(ls, S2T_LOCKS_FREE, false, true);
	end(ls, &trace);
}

static void released_unwiped(void **state)
{
	const struct s2t_call clear = { S2T_OP_CLEAR_VM_PAGE, { 1, 0x40005 } };
	struct s2t_trace trace;
	struct s2t_step step;

	(void)state;
	struct s2t_lockstep *ls = begin(&trace, TABLES, s2t_builtin(), S2T_INV(S2T_ZERO_ON_RELEASE));

	s2t_model_step(ls->model, S2T_SPEC_LOW, &clear, &step);
	assert_true(s2t_model_set_token(ls->model, 0x40005, 0x5ec2e7));
	judge_model(ls, S2T_ZERO_ON_RELEASE);
	end(ls, &trace);
}

static void tables(void **state)
{
	struct s2t_trace trace;

	(void)state;
	struct s2t_lockstep *ls = begin(&trace, TABLES, s2t_builtin(), S2T_INV(S2T_TABLE_PAGES));

	assert_state(ls, S2T_TABLE_PAGES, false, false);
	assert_true(s2t_model_set_npt_used(ls->model, 1, 2, 0));
	judge_model(ls, S2T_TABLE_PAGES);
	end(ls, &trace);

	/* A table beyond the cursor; one with two parents; one that is not empty and yet to be handed out. */
	for (int i = 0; i < 3; i++) {
		struct s2t_walk walk;

		ls = begin(&trace, TABLES, s2t_builtin(), S2T_INV(S2T_TABLE_PAGES));
		s2t_view_npt(&ls->view, 1, 7, &walk);
		if (i == 0)
			word_at(ls, S2T_WINDOW_EL2, ls->view.el2.npt_next + 32)[2] -= 4096;
		else if (i == 1)
			word_at(ls, S2T_WINDOW_S2PT, walk.step[2].address)[1] = walk.step[2].descriptor;
		else
			word_at(ls, S2T_WINDOW_EL2, ls->view.el2.npt_next + 32)[2] -= 4096,
				*word_at(ls, S2T_WINDOW_S2PT, walk.step[2].address) = 0;
		assert_state(ls, S2T_TABLE_PAGES, false, true);
		end(ls, &trace);
	}
}

/* Page 0 has the owner that the board gives it, so no call can break this; the rule is there. */
static void page_0(void **state)
{
	const struct s2t_page nobody = { UINT32_MAX, UINT32_MAX, UINT64_MAX }, vm = { 1, 0, 7 };
	struct s2t_inv_state books;
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	assert_true(s2t_inv_state_init(&books, &board));
	s2t_inv_begin(&books, S2T_INVARIANTS_ALL);
	s2t_inv_feed_page(&books, 0, nobody, vm);
	assert_true(s2t_inv_settle(&books, NULL));
	assert_int_equal(books.news, S2T_INV(S2T_PAGE_0_INVALID));
	assert_int_equal(s2t_inv_record(0, vm, 0), S2T_INV(S2T_PAGE_0_INVALID));
	s2t_inv_state_free(&books);
}

/* A plug-in whose reads say one frame beside a descriptor of another. The model stores the descriptor alone. */
static struct s2t_page read_page(const struct s2t_iut *iut, s2t_pfn pfn)
{
	struct s2t_board board;

	(void)iut;
	s2t_board_default(&board);
	return s2t_board_start_page(&board, pfn);
}
static struct s2t_npt_entry read_npt(const struct s2t_iut *iut, s2t_vmid vmid, s2t_gfn gfn)
{
	(void)iut;
	return vmid == 0 && gfn == 0x40001 ? (struct s2t_npt_entry){ 0x40001, 3, 0x40002fff }
	                                   : (struct s2t_npt_entry){ 0, 0, 0 };
}
static struct s2t_spt_entry read_spt(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn)
{
	(void)iut;
	return context == 0 && gfn == 7 ? (struct s2t_spt_entry){ 0x40003, 0x40002fff }
	                                : (struct s2t_spt_entry){ 0, 0 };
}

static void frames_beside(void **state)
{
	const struct s2t_lockstep_options options = { .invariants = S2T_INVARIANTS_ALL };
	const struct s2t_call calls_of[] = { { S2T_OP_MAP_PAGE_HOST, { 0x40001000 } },
		                             { S2T_OP_MAP_SPT, { 0, 0, 0x7000, 0x40002fff } } };
	struct s2t_iut_ops plugin = *s2t_builtin();
	struct s2t_board board;
	struct s2t_error error;

	(void)state;
	plugin.image = NULL;
	plugin.events = NULL;
	plugin.page = read_page;
	plugin.npt = read_npt;
	plugin.spt = read_spt;
	s2t_board_default(&board);
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, &plugin, &options, &error);

	assert_non_null(ls);
	for (int i = 0; i < 2; i++)
		s2t_lockstep_step(ls, &calls_of[i]);
	assert_state(ls, S2T_HOST_NPT_CONS, false, true);
	assert_state(ls, S2T_SPT_CONS, false, true);
	s2t_lockstep_destroy(ls);
}

/*
 * The bookkeeping.
 */

struct s2t_inv_check;

static void spoil_record(struct s2t_inv_state *books)
{
	((struct s2t_inv_page *)books->page.item)->record.count++;
}
static void spoil_entry(struct s2t_inv_state *books)
{
	((struct s2t_inv_entry *)books->entry.item)->pte ^= 1U << 6;
}
static void spoil_list(struct s2t_inv_state *books)
{
	((struct s2t_inv_entry *)books->entry.item)->linked = 0;
}
static void spoil_bank(struct s2t_inv_state *books)
{
	books->cfg[3] = 1;
}
static void spoil_state(struct s2t_inv_state *books)
{
	books->off[2] ^= 1;
}
static void spoil_memory(struct s2t_inv_state *books)
{
	for (size_t i = 0; i < books->page.count; i++)
		((struct s2t_inv_page *)books->page.item)[i].broken = 0;
}

static void books_are_checked(void **state)
{
	static void (*const spoil[])(struct s2t_inv_state *) = { spoil_record, spoil_entry, spoil_list,
		                                                 spoil_bank,   spoil_state, spoil_memory };
	static struct s2t_invariants found;
	static struct s2t_invariant_state unused[S2T_INVARIANT_COUNT];

	(void)state;
	for (size_t i = 0; i <= sizeof(spoil) / sizeof(spoil[0]); i++) {
		struct s2t_inv_state books;
		struct s2t_inv_side side;
		struct s2t_trace trace;
		char fault[160] = "";
		struct s2t_lockstep *ls = begin(&trace,
		                                TABLES "map_pfn_vm vmid=2 addr=0x9000 pte=0x40005fff level=3\n",
		                                s2t_builtin(), 0);

		assert_true(s2t_inv_state_init(&books, &ls->board));
		s2t_inv_side_begin(&side, ls, S2T_SIDE_MODEL, unused);
		feed_all(ls, &books, &side);
		if (i > 0)
			spoil[i - 1](&books);
		assert_true(s2t_inv_sweep(ls, &books, &found, fault, sizeof(fault)));
		if ((fault[0] != '\0') != (i > 0))
			fail_msg("spoiled by %zu: '%s'", i, fault);
		s2t_inv_state_free(&books);
		s2t_inv_side_end(&side);
		end(ls, &trace);
	}
}

static void sets(void **state)
{
	uint32_t set;
	const char *bad;
	size_t len;
	char text[S2T_INVARIANTS_TEXT];

	(void)state;
	assert_true(s2t_invariants_parse("all", &set, &bad, &len));
	assert_int_equal(set, S2T_INVARIANTS_ALL);
	assert_true(s2t_invariants_parse("none", &set, &bad, &len));
	assert_int_equal(set, 0);
	assert_true(s2t_invariants_parse("I6,one_vm", &set, &bad, &len));
	assert_int_equal(set, S2T_INV(S2T_HOST_ISO) | S2T_INV(S2T_ONE_VM));
	assert_string_equal(s2t_invariants_print(set, text, sizeof(text)), "I6,A9");
	assert_true(s2t_invariants_parse("-I6,-A1", &set, &bad, &len));
	assert_int_equal(set, S2T_INVARIANTS_ALL & ~(S2T_INV(S2T_HOST_ISO) | S2T_INV(S2T_HW_WALK)));
	assert_true(strlen(s2t_invariants_print(set, text, sizeof(text))) < sizeof(text) - 1);
	assert_false(s2t_invariants_parse("", &set, &bad, &len));
	assert_false(s2t_invariants_parse("I6,", &set, &bad, &len));
	assert_false(s2t_invariants_parse("I20", &set, &bad, &len));
	assert_int_equal(len, 3);
	assert_false(s2t_invariants_parse("books", &set, &bad, &len));
}

/* The table of docs/invariants.md is this one. */
static void documented(void **state)
{
	FILE *file = fopen(S2T_SOURCE_DIR "/docs/invariants.md", "r");
	static char text[65536];
	char row[512];

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_info *info = &s2t_invariant_table[i];

		snprintf(row, sizeof(row), "\n| %s | %s | %s |", info->number, info->name, info->text);
		if (!strstr(text, row))
			fail_msg("docs/invariants.md lacks %s", row + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_by_calls),
		cmocka_unit_test(forbidden),
		cmocka_unit_test(planted),
		cmocka_unit_test(locks),
		cmocka_unit_test(released_unwiped),
		cmocka_unit_test(tables),
		cmocka_unit_test(page_0),
		cmocka_unit_test(frames_beside),
		cmocka_unit_test(books_are_checked),
		cmocka_unit_test(sets),
		cmocka_unit_test(documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
