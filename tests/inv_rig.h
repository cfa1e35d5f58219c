/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the invariants share: a lockstep in a state in which some hold, the words of its image, and the
 * bookkeeping of the check after a step, fed by one side.
 */
#ifndef S2T_TESTS_INV_RIG_H
#define S2T_TESTS_INV_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "entry.h"
#include "inv_state.h"
#include "inv_tables.h"
#include "rdata.h"
#include "reads.h"
#include "trace.h"

/* Operations that bring both sides to such a state. */
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

/* Opens a lockstep on the operations of `text`, none of which breaks the invariants of `hold`. `start`: a page that starts
 * as no trace can say; NULL: none. */
static inline struct s2t_lockstep *begin_on(struct s2t_trace *trace, const char *text,
                                            const struct s2t_start_page *start, const struct s2t_iut_ops *iut,
                                            uint32_t hold)
{
	const struct s2t_lockstep_options options = { .invariants = S2T_INVARIANTS_ALL };
	struct s2t_error error;
	char buf[2048];

	snprintf(buf, sizeof(buf), "s2twin-trace 1\n%s", text);
	if (!s2t_trace_parse(trace, S2T_TRACE, "text", buf, strlen(buf), &error))
		fail_msg("%s", error.text);
	if (start) {
		trace->board.start_page = start;
		trace->board.start_page_count = 1;
	}
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

static inline struct s2t_lockstep *begin(struct s2t_trace *trace, const char *text,
                                         const struct s2t_iut_ops *iut, uint32_t hold)
{
	return begin_on(trace, text, NULL, iut, hold);
}

static inline void end(struct s2t_lockstep *ls, struct s2t_trace *trace)
{
	s2t_lockstep_destroy(ls);
	s2t_trace_free(trace);
}

/* From scratch: whether the invariant is broken on the two sides. */
static inline void assert_state(struct s2t_lockstep *ls, enum s2t_invariant invariant, bool model, bool iut)
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
 * The bookkeeping.
 */

/* Feeds the books with the record that a side has of a page. */
static inline void feed_record(struct s2t_inv_state *books, struct s2t_inv_side *side, s2t_pfn pfn)
{
	const struct s2t_inv_page *known = s2t_inv_find_page(books, pfn);
	const struct s2t_page before = known ? known->record : s2t_board_start_page(books->board, pfn);
	const struct s2t_page now = s2t_inv_side_page(side, pfn);

	s2t_inv_feed_page(books, pfn, before, now);
	s2t_inv_feed_release(books, side, pfn, before, now);
}

/* Feeds the books with the value that a side has in an entry. */
static inline void feed(struct s2t_inv_state *books, struct s2t_inv_side *side, const struct s2t_touch *entry)
{
	uint64_t value[3];
	bool uniform;

	if (side->model)
		s2t_entry_now(side->model, entry, value);
	else if (entry->kind == S2T_ENTRY_NPT_TABLE)
		s2t_inv_feed_table_page(books, side->ls, entry);
	else if (!s2t_read_entry(side->ls, entry, value, &uniform))
		return;
	if (entry->kind == S2T_ENTRY_S2PAGE)
		feed_record(books, side, entry->b);
	else if (entry->kind == S2T_ENTRY_NPT)
		s2t_inv_feed_entry(books, side, entry->a, entry->b, value[2]);
	else if (entry->kind == S2T_ENTRY_SPT)
		s2t_inv_feed_entry(books, side, S2T_INV_SMMU | entry->a, entry->b, value[1]);
	else if (entry->kind >= S2T_ENTRY_VM)
		s2t_inv_feed_word(books, entry, value[0]);
}

static inline void settle(struct s2t_inv_state *books, struct s2t_inv_side *side)
{
	assert_true(!books->words_changed || s2t_inv_read_images(books, side));
	assert_true(s2t_inv_settle(books, side));
}

/* Everything that the sequence wrote. */
static inline void feed_all(struct s2t_lockstep *ls, struct s2t_inv_state *books, struct s2t_inv_side *side)
{
	s2t_inv_begin(books, S2T_INVARIANTS_ALL);
	for (size_t i = 0; i < ls->model->journal_count; i++)
		if (ls->model->journal[i].kind == S2T_ENTRY_S2PAGE ||
		    ls->model->journal[i].kind >= S2T_ENTRY_VM)
			feed(books, side, &ls->model->journal[i]);
	assert_true(s2t_inv_read_images(books, side));
	for (size_t i = 0; i < ls->model->journal_count; i++)
		if (ls->model->journal[i].kind == S2T_ENTRY_NPT ||
		    ls->model->journal[i].kind == S2T_ENTRY_SPT ||
		    ls->model->journal[i].kind == S2T_ENTRY_NPT_TABLE)
			feed(books, side, &ls->model->journal[i]);
	settle(books, side);
}

#endif
