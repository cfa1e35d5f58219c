/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof that the comparison can fail: an implementation that is right but for one thing, for every kind of thing
 * that is compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boards.h"
#include "lockstep.h"
#include "trace.h"

/* What is spoilt after the last call of the set-up. */
enum spoil {
	NOTHING,
	OUTCOME,
	RETURN_VALUE,
	RECORD,        /* a record that the step touches */
	RECORD_GFN,    /* its second word */
	OTHER_RECORD,  /* a record that it does not touch */
	ENTRY,         /* a stage-2 entry that the step touches */
	OTHER_ENTRY,   /* a stage-2 entry that it does not touch */
	LOST_TABLE,    /* the descriptor of a PTE table */
	SECOND_PARENT, /* one more descriptor for the same table */
	LAST_PARENT,   /* the same in the last place of the table above */
	BLOCK_BIT,     /* a table descriptor without its table bit */
	CURSOR,
	SMMU_ENTRY,
	SMMU_ROOT,
	SMMU_CURSOR,
	TOKEN,
	DATA_LOG,
	LOCK,         /* taken if it is free, freed if it is held */
	UNUSED_WORD,  /* a word of the EL2 data that is nothing */
	OUTSIDE_POOL, /* a word of the stage-2 window below all pools */
	FREE_TABLE,   /* a word of a table page that was not handed out */
	SAME_VALUE,   /* a word written with the value that it has */
	OLD_VALUE,    /* the last entry that was written: another value before */
	FAR_LOCK,     /* a word beyond 40 bits of address, whose other bits are those of a lock */
};

/* The built-in implementation inside, and a word written behind its back. */
struct s2t_iut {
	struct s2t_iut *inner;
	struct s2t_write *writes;
	size_t write_count;
	uint64_t scratch[512]; /* a page that the inner one does not have */
	enum s2t_window scratch_window;
	s2t_addr scratch_page;
	bool has_scratch;
	bool lie_about_token;
};

static enum spoil spoil_now; /* set before the spoilt call, read by it */
static bool spoil_silently;  /* the write is not in the list of writes */

static const struct s2t_iut_ops *inner_ops(void)
{
	return s2t_builtin();
}

static struct s2t_iut *spoilt_create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                                     size_t size)
{
	struct s2t_iut *iut = calloc(1, sizeof(*iut));

	assert_non_null(iut);
	(void)self;
	iut->inner = inner_ops()->create(inner_ops(), board, error, size);
	assert_non_null(iut->inner);
	return iut;
}

static void spoilt_destroy(struct s2t_iut *iut)
{
	inner_ops()->destroy(iut->inner);
	free(iut->writes);
	free(iut);
}

static void spoilt_reset(struct s2t_iut *iut)
{
	inner_ops()->reset(iut->inner);
	iut->write_count = 0;
}

static struct s2t_el2_layout spoilt_layout(const struct s2t_iut *iut)
{
	return inner_ops()->image->layout(iut->inner);
}

static const uint64_t *spoilt_page(const struct s2t_iut *iut, enum s2t_window window, uint64_t address)
{
	if (iut->has_scratch && window == iut->scratch_window && address == iut->scratch_page)
		return iut->scratch;
	return inner_ops()->image->page(iut->inner, window, address);
}

static void add_write(struct s2t_iut *iut, struct s2t_write write)
{
	iut->writes = realloc(iut->writes, (iut->write_count + 1) * sizeof(*iut->writes));
	assert_non_null(iut->writes);
	iut->writes[iut->write_count++] = write;
}

static const struct s2t_write *spoilt_writes(const struct s2t_iut *iut, size_t *count)
{
	*count = iut->write_count;
	return iut->writes;
}

/* Writes a word of the image behind the back of the implementation. */
static void poke(struct s2t_iut *iut, enum s2t_window window, s2t_addr address, uint64_t value)
{
	s2t_addr page = address & ~UINT64_C(4095);
	uint64_t *words = (uint64_t *)(uintptr_t)inner_ops()->image->page(iut->inner, window, page);

	if (!words) {
		words = iut->scratch;
		iut->has_scratch = true;
		iut->scratch_window = window;
		iut->scratch_page = page;
	}
	words += address % 4096 / 8;
	if (!spoil_silently)
		add_write(iut, (struct s2t_write){ .window = window, .addr = address, .old = *words });
	*words = value;
}

static uint64_t peek(const struct s2t_iut *iut, enum s2t_window window, s2t_addr address)
{
	const uint64_t *words = spoilt_page(iut, window, address & ~UINT64_C(4095));

	return words ? words[address % 4096 / 8] : 0;
}

/* Tables of VM 1 on the default board after mapping its address 0x7000: one of each level. */
static const s2t_addr root = 0x10000 + 0x2000000, pmd_table = root + 0x101000, pte_table = root + 0x901000;

static void spoil(struct s2t_iut *iut, struct s2t_result *result)
{
	const struct s2t_el2_layout el2 = spoilt_layout(iut);

	switch (spoil_now) {
	case NOTHING: break;
	case OUTCOME:
		result->outcome = S2T_PANIC;
		result->reason = "spoilt";
		break;
	case RETURN_VALUE: result->ret ^= 1; break;
	case RECORD: poke(iut, S2T_WINDOW_EL2, el2.s2_pages + 16 * 5, 0x500000001); break;
	case RECORD_GFN: poke(iut, S2T_WINDOW_EL2, el2.s2_pages + 16 * 5 + 8, 1); break;
	case OTHER_RECORD: poke(iut, S2T_WINDOW_EL2, el2.s2_pages + 16 * 9 + 8, 1); break;
	case ENTRY: poke(iut, S2T_WINDOW_S2PT, pte_table + 8 * 7, 0x40005ffe); break;
	case OTHER_ENTRY: poke(iut, S2T_WINDOW_S2PT, pte_table + 8 * 100, 0x40006fff); break;
	case LOST_TABLE: poke(iut, S2T_WINDOW_S2PT, pmd_table, 0); break;
	case SECOND_PARENT: poke(iut, S2T_WINDOW_S2PT, pmd_table + 8, pte_table | 3); break;
	case LAST_PARENT: poke(iut, S2T_WINDOW_S2PT, pmd_table + 8 * 511, pte_table | 3); break;
	case BLOCK_BIT: poke(iut, S2T_WINDOW_S2PT, pmd_table, pte_table | 1); break;
	case CURSOR:
		poke(iut, S2T_WINDOW_EL2, el2.npt_next + 32,
		     peek(iut, S2T_WINDOW_EL2, el2.npt_next + 32) + 4096);
		break;
	case SMMU_ENTRY: poke(iut, S2T_WINDOW_SMMU, 0x210000 + 8 * 9, 0x40005003); break;
	case SMMU_ROOT: poke(iut, S2T_WINDOW_SMMU, 0x10000 + 8, 0x111003); break;
	case SMMU_CURSOR: poke(iut, S2T_WINDOW_EL2, el2.spt_next + 8, 0x215000); break;
	case TOKEN: iut->lie_about_token = true; break;
	case DATA_LOG: poke(iut, S2T_WINDOW_EL2, el2.data_log + 8, 77); break;
	case LOCK: {
		s2t_addr lock = el2.locks + 8 * S2T_LOCK_S2PAGE;
		uint64_t served = peek(iut, S2T_WINDOW_EL2, lock) >> 32;
		bool held = (uint32_t)peek(iut, S2T_WINDOW_EL2, lock) != served;

		poke(iut, S2T_WINDOW_EL2, lock, served << 32 | (held ? served : served + 1));
		break;
	}
	case UNUSED_WORD: poke(iut, S2T_WINDOW_EL2, el2.npt_next + 32 + 24, 1); break;
	case OUTSIDE_POOL: poke(iut, S2T_WINDOW_S2PT, 0x8000, 1); break;
	case FREE_TABLE: poke(iut, S2T_WINDOW_S2PT, root + 0xa00000, 1); break;
	case SAME_VALUE:
		poke(iut, S2T_WINDOW_EL2, el2.s2_pages + 16 * 9 + 8,
		     peek(iut, S2T_WINDOW_EL2, el2.s2_pages + 16 * 9 + 8));
		break;
	case OLD_VALUE:
		for (size_t i = iut->write_count; i-- > 0;) {
			if (iut->writes[i].addr >= el2.s2_pages) {
				iut->writes[i].old ^= 2;
				break;
			}
		}
		break;
	case FAR_LOCK:
		add_write(iut,
		          (struct s2t_write){ .window = S2T_WINDOW_SMMU,
		                              .addr = UINT64_C(1) << 60 | (el2.locks + 8 * S2T_LOCK_SPT) });
		break;
	}
	spoil_now = NOTHING;
}

static void spoilt_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	size_t before, after;

	inner_ops()->image->writes(iut->inner, &before);
	inner_ops()->call(iut->inner, call, result);
	const struct s2t_write *write = inner_ops()->image->writes(iut->inner, &after);

	for (size_t i = before; i < after; i++)
		add_write(iut, write[i]);
	spoil(iut, result);
}

static bool spoilt_token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *token)
{
	bool uniform = inner_ops()->token(iut->inner, pfn, token);

	*token ^= iut->lie_about_token;
	return uniform;
}

static const struct s2t_image_ops spoilt_image = { spoilt_layout, spoilt_page, spoilt_writes };
static const struct s2t_iut_ops spoilt_ops = {
	.abi = S2T_IUT_ABI,
	.size = sizeof(struct s2t_iut_ops),
	.name = "spoilt",
	.version = "1",
	.create = spoilt_create,
	.destroy = spoilt_destroy,
	.reset = spoilt_reset,
	.call = spoilt_call,
	.token = spoilt_token,
	.image = &spoilt_image,
};

/* Every table exists, and page 0x40005 belongs to VM 1. */
static const char setup[] = "s2twin-trace 1\n"
			    "assign_pfn_to_vm vmid=1 gfn=0x9 pfn=0x40009\n"
			    "assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005\n"
			    "map_pfn_vm vmid=1 addr=0x9000 pte=0x40009000 level=3\n"
			    "map_pfn_vm vmid=1 addr=0x7000 pte=0x40005000 level=3\n"
			    "update_smmu_page vmid=1 cbndx=0 index=0 iova=0x7000 pte=0x40005003\n";

/* Runs the set-up, then `last` with its spoil, then the end of the sequence, unless the step has diverged, which is put
 * into `at_once` (or NULL). */
static enum s2t_verdict run_last(struct s2t_lockstep *ls, const char *last, enum spoil what, bool silently,
                                 bool *at_once)
{
	char text[1024];
	struct s2t_trace trace;
	struct s2t_error error;
	enum s2t_verdict verdict = S2T_AGREED;

	snprintf(text, sizeof(text), "%s%s\n", setup, last);
	assert_true(s2t_trace_parse(&trace, S2T_TRACE, "test", text, strlen(text), &error));
	for (size_t i = 0; i < trace.count; i++) {
		assert_int_equal(verdict, S2T_AGREED);
		spoil_silently = silently;
		spoil_now = i + 1 == trace.count ? what : NOTHING;
		verdict = s2t_lockstep_step(ls, &trace.call[i]);
	}
	s2t_trace_free(&trace);
	if (at_once)
		*at_once = verdict == S2T_DIVERGED;
	return verdict < S2T_DIVERGED ? s2t_lockstep_end(ls) : verdict;
}

static enum s2t_verdict run(struct s2t_lockstep *ls, const char *last, enum spoil what, bool silently)
{
	return run_last(ls, last, what, silently, NULL);
}

static struct s2t_lockstep *new_lockstep(void)
{
	const struct s2t_lockstep_options options = { .spec = S2T_SPEC_LOW };
	struct s2t_board board;
	struct s2t_error error;

	s2t_board_default(&board);
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, &spoilt_ops, &options, &error);

	assert_non_null(ls);
	return ls;
}

static bool has_diff(const struct s2t_diffs *diffs, enum s2t_diff_kind kind, int entry_kind, uint32_t a,
                     uint64_t b)
{
	for (size_t i = 0; i < diffs->total && i < S2T_MAX_DIFFS; i++) {
		const struct s2t_diff *diff = &diffs->diff[i];

		if (diff->kind == kind && (entry_kind < 0 || (diff->entry.kind == entry_kind &&
		                                              diff->entry.a == a && diff->entry.b == b)))
			return true;
	}
	return false;
}

static const char grant[] = "grant_vm_page vmid=1 pfn=0x40005";
static const char map[] = "map_pfn_vm vmid=1 addr=0x7000 pte=0x40005000 level=3";
static const char walk[] = "walk_s2pt vmid=1 addr=0x7000";
static const char update[] = "update_smmu_page vmid=1 cbndx=0 index=0 iova=0x7000 pte=0x40005003";
static const char revoke_other[] = "revoke_vm_page vmid=1 pfn=0x40009";

static const struct row {
	enum spoil what;
	const char *last;
	bool silently; /* only the full comparison can see it */
	enum s2t_diff_kind kind;
	int entry; /* enum s2t_entry_kind, or -1 */
	uint32_t a;
	uint64_t b;
} rows[] = {
	{ OUTCOME, grant, false, S2T_DIFF_OUTCOME, -1, 0, 0 },
	{ RETURN_VALUE, walk, false, S2T_DIFF_RETURN, -1, 0, 0 },
	{ RECORD, grant, false, S2T_DIFF_ENTRY, S2T_ENTRY_S2PAGE, 0, 0x40005 },
	{ RECORD, revoke_other, true, S2T_DIFF_ENTRY, S2T_ENTRY_S2PAGE, 0, 0x40005 },
	{ RECORD_GFN, grant, false, S2T_DIFF_ENTRY, S2T_ENTRY_S2PAGE, 0, 0x40005 },
	{ OTHER_RECORD, grant, false, S2T_DIFF_ENTRY, S2T_ENTRY_S2PAGE, 0, 0x40009 },
	{ ENTRY, map, false, S2T_DIFF_ENTRY, S2T_ENTRY_NPT, 1, 7 },
	{ ENTRY, grant, true, S2T_DIFF_ENTRY, S2T_ENTRY_NPT, 1, 7 },
	{ OTHER_ENTRY, map, false, S2T_DIFF_ENTRY, S2T_ENTRY_NPT, 1, 100 },
	{ OTHER_ENTRY, map, true, S2T_DIFF_ENTRY, S2T_ENTRY_NPT, 1, 100 },
	{ LOST_TABLE, grant, false, S2T_DIFF_MALFORMED, S2T_ENTRY_NPT_TABLE, 1, 0x9000 },
	{ LOST_TABLE, map, false, S2T_DIFF_MALFORMED, S2T_ENTRY_NPT_TABLE, 1, 0x9000 },
	{ LOST_TABLE, grant, true, S2T_DIFF_MALFORMED, S2T_ENTRY_NPT_TABLE, 1, 0x9000 },
	{ SECOND_PARENT, grant, false, S2T_DIFF_MALFORMED, S2T_ENTRY_NPT_TABLE, 1, 0x200000 },
	{ SECOND_PARENT, grant, true, S2T_DIFF_MALFORMED, S2T_ENTRY_NPT_TABLE, 1, 0x200000 },
	{ LAST_PARENT, grant, false, S2T_DIFF_MALFORMED, S2T_ENTRY_NPT_TABLE, 1, 0x3fe00000 },
	{ LAST_PARENT, grant, true, S2T_DIFF_MALFORMED, S2T_ENTRY_NPT_TABLE, 1, 0x3fe00000 },
	{ BLOCK_BIT, grant, false, S2T_DIFF_ENTRY, S2T_ENTRY_NPT, 1, 0 },
	{ CURSOR, grant, false, S2T_DIFF_ENTRY, S2T_ENTRY_NPT_NEXT, 1, 0 },
	{ CURSOR, map, true, S2T_DIFF_ENTRY, S2T_ENTRY_NPT_NEXT, 1, 0 },
	{ SMMU_ENTRY, update, false, S2T_DIFF_ENTRY, S2T_ENTRY_SPT, 0, 9 },
	{ SMMU_ENTRY, grant, true, S2T_DIFF_ENTRY, S2T_ENTRY_SPT, 0, 9 },
	{ SMMU_ROOT, grant, false, S2T_DIFF_MALFORMED, S2T_ENTRY_SPT_TABLE, 0, 0x40000000 },
	{ SMMU_ROOT, "init_spt cbndx=0 index=0", false, S2T_DIFF_MALFORMED, S2T_ENTRY_SPT_TABLE, 0,
	  0x40000000 },
	{ SMMU_CURSOR, grant, false, S2T_DIFF_ENTRY, S2T_ENTRY_SPT_NEXT, 0, 0 },
	{ SMMU_CURSOR, grant, true, S2T_DIFF_ENTRY, S2T_ENTRY_SPT_NEXT, 0, 0 },
	{ TOKEN, "clear_vm_page vmid=1 pfn=0x40005", false, S2T_DIFF_ENTRY, S2T_ENTRY_FLATMEM, 0, 0x40005 },
	{ TOKEN, grant, true, S2T_DIFF_ENTRY, S2T_ENTRY_FLATMEM, 0, 0x40005 },
	{ DATA_LOG, grant, false, S2T_DIFF_ENTRY, S2T_ENTRY_DATA_LOG, 1, 0 },
	{ DATA_LOG, grant, true, S2T_DIFF_ENTRY, S2T_ENTRY_DATA_LOG, 1, 0 },
	{ LOCK, grant, false, S2T_DIFF_LOCK, -1, 0, 0 },
	{ UNUSED_WORD, grant, false, S2T_DIFF_STRAY, -1, 0, 0 },
	{ OUTSIDE_POOL, grant, false, S2T_DIFF_STRAY, -1, 0, 0 },
	{ FREE_TABLE, grant, false, S2T_DIFF_STRAY, -1, 0, 0 },
	{ OLD_VALUE, grant, false, S2T_DIFF_STRAY, -1, 0, 0 },
	{ OLD_VALUE, map, false, S2T_DIFF_STRAY, -1, 0, 0 },
	{ FAR_LOCK, grant, false, S2T_DIFF_STRAY, -1, 0, 0 },
};

static void test_each_spoil_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct s2t_lockstep *ls = new_lockstep();
		bool at_once;
		enum s2t_verdict verdict = run_last(ls, row->last, row->what, row->silently, &at_once);

		if (verdict != S2T_DIVERGED || at_once == row->silently ||
		    !has_diff(ls->diffs, row->kind, row->entry, row->a, row->b))
			fail_msg(
				"row %zu (spoil %d, '%s', %s): verdict %d %s, %zu differences, the first of kind %d",
				i, row->what, row->last, row->silently ? "silently" : "reported", verdict,
				at_once ? "at once" : "at the end", ls->diffs->total,
				ls->diffs->total ? (int)ls->diffs->diff[0].kind : -1);
		s2t_lockstep_destroy(ls);
	}
}

/* An untouched run agrees without a second look; a word written with its own value costs one, and agrees. */
static void test_what_is_no_difference(void **state)
{
	(void)state;
	struct s2t_lockstep *ls = new_lockstep();

	assert_int_equal(run(ls, grant, NOTHING, false), S2T_AGREED);
	assert_int_equal(ls->stats.second_looks, 0);
	s2t_lockstep_reset(ls);
	assert_int_equal(run(ls, grant, SAME_VALUE, false), S2T_AGREED);
	assert_int_equal(ls->stats.second_looks, 1);
	s2t_lockstep_destroy(ls);
}

/* A table that was found once is found anew where another took its place: no step needs a second look. */
static void test_tables_that_went(void **state)
{
	static const struct s2t_call calls[] = {
		{ S2T_OP_MAP_SPT, { 0, 0, 0x7000, 0x40005003 } },
		{ S2T_OP_INIT_SPT, { 0, 0 } },
		{ S2T_OP_MAP_SPT, { 0, 0, 0x7000, 0x40006003 } },
		{ S2T_OP_MAP_SPT, { 0, 0, 0x8000, 0x40007003 } },
	};
	(void)state;
	struct s2t_lockstep *ls = new_lockstep();

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		assert_int_equal(s2t_lockstep_step(ls, &calls[i]), S2T_AGREED);
		assert_int_equal(ls->step.outcome, S2T_OK);
	}
	assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
	assert_int_equal(ls->stats.second_looks, 0);
	s2t_lockstep_destroy(ls);
}

/* At a panic records, contents and locks are still compared, and a missing panic is seen. */
static void test_panic_is_compared(void **state)
{
	static const char foreign[] = "map_page_host addr=0x40005000";
	(void)state;
	struct s2t_lockstep *ls = new_lockstep();

	assert_int_equal(run(ls, foreign, OTHER_RECORD, false), S2T_DIVERGED);
	assert_true(has_diff(ls->diffs, S2T_DIFF_ENTRY, S2T_ENTRY_S2PAGE, 0, 0x40009));
	s2t_lockstep_reset(ls);
	assert_int_equal(run(ls, foreign, LOCK, false), S2T_DIVERGED);
	assert_true(has_diff(ls->diffs, S2T_DIFF_LOCK, -1, 0, 0));
	s2t_lockstep_destroy(ls);
}

/* The sequence ends with the panic on both sides, and the machines can be used again. */
static void test_panic_ends_a_sequence(void **state)
{
	const struct s2t_call foreign = { S2T_OP_MAP_PAGE_HOST, { 0x40005000 } };
	const struct s2t_call assign = { S2T_OP_ASSIGN_PFN_TO_VM, { 1, 7, 0x40005 } };
	(void)state;
	struct s2t_lockstep *ls = new_lockstep();

	for (int i = 0; i < 3; i++) {
		assert_int_equal(s2t_lockstep_step(ls, &assign), S2T_AGREED);
		assert_int_equal(s2t_lockstep_step(ls, &foreign), S2T_ENDED);
		assert_int_equal(s2t_lockstep_end(ls), S2T_AGREED);
		s2t_lockstep_reset(ls);
	}
	assert_int_equal(ls->stats.cases[S2T_CASE_MPH_5], 3);
	s2t_lockstep_destroy(ls);
}

/* With lines_only what no write tells of is found at the end if it is in a line of a table that was written, or takes a
 * table away; elsewhere without it. */
static void test_lines_that_were_written(void **state)
{
	static const struct {
		enum spoil what;
		bool lines_only;
		enum s2t_verdict verdict;
	} ends[] = {
		{ NOTHING, true, S2T_AGREED },      { ENTRY, true, S2T_DIVERGED },
		{ LOST_TABLE, true, S2T_DIVERGED }, { SECOND_PARENT, true, S2T_DIVERGED },
		{ OTHER_ENTRY, true, S2T_AGREED },  { OTHER_ENTRY, false, S2T_DIVERGED },
		{ SMMU_ENTRY, true, S2T_AGREED },   { SMMU_ENTRY, false, S2T_DIVERGED },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct s2t_lockstep *ls = new_lockstep();

		ls->lines_only = ends[i].lines_only;
		if (run(ls, grant, ends[i].what, true) != ends[i].verdict)
			fail_msg("row %zu", i);
		s2t_lockstep_destroy(ls);
	}
}

/* Undefined calls and calls that do not fit their C types are not run, and are counted. */
static void test_what_is_skipped(void **state)
{
	const struct s2t_call undefined = { S2T_OP_CLEAR_VM_PAGE, { 1, UINT64_C(1) << 28 } };
	const struct s2t_call unfit = { S2T_OP_CLEAR_VM_PAGE, { UINT64_C(1) << 32, 5 } };
	(void)state;
	struct s2t_lockstep *ls = new_lockstep();

	assert_int_equal(s2t_lockstep_step(ls, &undefined), S2T_NOT_RUN);
	assert_int_equal(s2t_lockstep_step(ls, &unfit), S2T_NOT_RUN);
	assert_int_equal(ls->stats.undefined, 1);
	assert_int_equal(ls->stats.unfit, 1);
	assert_int_equal(ls->stats.steps, 0);
	s2t_lockstep_destroy(ls);
}

/* Of each argument of each operation: 2^32 fits if its C type has 64 bits. */
static void test_what_fits(void **state)
{
	(void)state;
	for (uint32_t op = 0; op < S2T_OP_COUNT; op++)
		for (unsigned i = 0; i < S2T_MAX_ARGS; i++) {
			const struct s2t_op_info *info = &s2t_op_table[op];
			const bool narrow = i < info->arg_count && s2t_arg_bits(info->arg[i].kind) == 32;
			struct s2t_call call = { .op = op };

			call.arg[i] = UINT32_MAX;
			assert_true(s2t_call_fits(&call));
			call.arg[i]++;
			assert_int_equal(s2t_call_fits(&call), !narrow);
		}
}

/* Full comparisons asked for, and no longer, between two steps. */
static void test_full_comparisons(void **state)
{
	const struct s2t_call call = { S2T_OP_WALK_S2PT, { 1, 0 } };
	(void)state;
	struct s2t_lockstep *ls = new_lockstep();

	for (uint32_t every = 0; every < 3; every++) {
		s2t_lockstep_full_every(ls, every);
		ls->stats.full_comparisons = 0;
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(s2t_lockstep_step(ls, &call), S2T_AGREED);
		assert_int_equal(ls->stats.full_comparisons, every ? 4 / every : 0);
	}
	s2t_lockstep_full_every(ls, 0);
	assert_int_equal(s2t_lockstep_step(ls, &call), S2T_AGREED);
	assert_int_equal(ls->stats.full_comparisons, 2);
	s2t_lockstep_destroy(ls);
}

static void test_hardware_walk(void **state)
{
	static const struct {
		uint64_t descriptor;
		unsigned level;
		enum s2t_finding finding;
	} descriptors[] = {
		{ 0, 3, S2T_FINDING_COUNT },
		{ UINT64_C(1) << 57, 3, S2T_FINDING_COUNT }, /* a tombstone is absent on both sides */
		{ 0x40005fff, 3, S2T_FINDING_COUNT },
		{ 0x40005ffd, 3, S2T_FINDING_INVALID }, /* a block's type at level 3 is reserved */
		{ 0x40005000, 3, S2T_FINDING_INVALID },
		{ 0xfff, 3, S2T_FINDING_FRAME_0 },
		{ 0x40000ffd, 2, S2T_FINDING_COUNT },
		{ 0x40001ffd, 2, S2T_FINDING_UNALIGNED_BLOCK },
		{ 0x40000ffc, 2, S2T_FINDING_INVALID },
		{ 0xffd, 2, S2T_FINDING_FRAME_0 },
		{ UINT64_C(0x10000000000) | 0xfff, 3, S2T_FINDING_ADDRESS_SIZE },
		{ UINT64_C(0x40000040005fff), 3, S2T_FINDING_COUNT },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		assert_int_equal(s2t_hardware_check(descriptors[i].descriptor, descriptors[i].level),
		                 descriptors[i].finding);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_spoil_is_found),
		cmocka_unit_test(test_what_is_no_difference),
		cmocka_unit_test(test_panic_is_compared),
		cmocka_unit_test(test_panic_ends_a_sequence),
		cmocka_unit_test(test_what_is_skipped),
		cmocka_unit_test(test_hardware_walk),
		cmocka_unit_test(test_what_fits),
		cmocka_unit_test(test_full_comparisons),
		cmocka_unit_test(test_lines_that_were_written),
		cmocka_unit_test(test_tables_that_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
