/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each invariant, broken on one side alone: the table of invariant, side, and check. A cell is shown when a value that is
 * planted into that side is told under the number of the invariant, by the check that is fed with what a step wrote, or
 * by the check from scratch, and of no other side. The few that cannot be say why, and are held to it.
 *
 * Values come into the implementation through one that is faulty: the built-in one, which in one call writes a word more.
 */
#include "inv_faulty.h"

/* A board on which page 0 has a record and no owner. No trace can say so; the start page is in `nobody`. */
#define PAGE_0                                                                                                 \
	"config region=0x0:0x10000:0x0\nconfig region=0x40000000:0x10000:0x10\nassign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005\n"
#define SECOND "map_pfn_vm vmid=1 addr=0x207000 pte=0x40005fff level=3\n"

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
	{ S2T_PAGE_0_INVALID, PAGE_0, PAGE(0), { 1, 0, 7 } },
	{ S2T_CORE_ISO, TABLES, PAGE(0x40005), { 16, 0, 7 } },
	{ S2T_WRITE_ONCE, IMAGES, NPT(16, 0x2000), MAPS(0x40002, 0xfff) },
	{ S2T_ZERO_ON_RELEASE, TABLES, PAGE(0x40005), { 0, 0, 0x3b9eca05 } },
	{ S2T_ACTIVE_KEEPS, RUNNING, PAGE(0x40005), { 2, 0, 7 } },
	{ S2T_TABLE_PAGES, TABLES SECOND, TABLE(1, 2, 0x200000), { 0 } },
	{ S2T_LOCKS_FREE, TABLES, LOCK(S2T_LOCK_S2PAGE), { 0 } },
};

enum check { STEP, SWEEP, CHECKS };

static bool shown[S2T_INVARIANT_COUNT][S2T_SIDES][CHECKS];

static const char in_descriptor[] = "the model keeps an entry as its descriptor and takes the frame from it";
static const char compared[] =
	"the bookkeeping keeps descriptors, and a read that says another frame beside one differs "
	"from the model's: that ends the step, and its report is judged from scratch";

static const struct {
	enum s2t_invariant invariant;
	int side;
	enum check check;
	const char *why; /* docs/invariants.md has it */
} impossible[] = {
	{ S2T_SPT_CONS, S2T_SIDE_MODEL, STEP, in_descriptor },
	{ S2T_SPT_CONS, S2T_SIDE_MODEL, SWEEP, in_descriptor },
	{ S2T_SPT_CONS, S2T_SIDE_IUT, STEP, compared },
	{ S2T_HOST_NPT_CONS, S2T_SIDE_MODEL, STEP, in_descriptor },
	{ S2T_HOST_NPT_CONS, S2T_SIDE_MODEL, SWEEP, in_descriptor },
	{ S2T_HOST_NPT_CONS, S2T_SIDE_IUT, STEP, compared },
};

/*
 * One side spoiled.
 */

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
	case S2T_ENTRY_NPT_TABLE:
		assert_true(s2t_model_set_npt_used(model, entry->a, entry->level, value[0]));
		break;
	case LOCKS: s2t_set_lock_own(model, entry->a); break;
	case S2T_ENTRY_CORE: s2t_set_core(model, (enum s2t_core_field)entry->level, value[0]); break;
	default: s2t_set_smmu(model, entry->a, value[0]);
	}
}

static const struct s2t_call nothing = { .op = S2T_OP_WALK_S2PT };

/* The check after the step that the plant is a part of. */
static void show_in_model(struct s2t_lockstep *ls, const struct plant *plant)
{
	assert_int_equal(s2t_lockstep_step(ls, &nothing), S2T_AGREED);
	plant_in_model(ls->model, plant);
	const enum s2t_inv_verdict verdict = s2t_inv_check_step(ls);

	shown[plant->broken][S2T_SIDE_MODEL][STEP] |= ls->stats.invariants[plant->broken].steps == 1;
	assert_int_equal(verdict, S2T_INV_AGREED);
}

/*
 * The check after a step stands for both sides as long as they agree; fed with the bytes of the implementation, it tells.
 * In a lockstep they do not agree: that ends the step, and the report is judged from scratch.
 */
static void show_in_image(struct s2t_lockstep *ls, const struct plant *plant)
{
	static struct s2t_invariant_state unused[S2T_INVARIANT_COUNT];
	struct s2t_inv_state books;
	struct s2t_inv_side side;

	assert_true(s2t_inv_state_init(&books, &ls->board));
	s2t_inv_side_begin(&side, ls, S2T_SIDE_IUT, unused);
	feed_all(ls, &books, &side);
	assert_false((books.news | books.alone) & S2T_INV(plant->broken));
	faulty.ls = ls;
	faulty.plant = plant;
	assert_int_equal(s2t_lockstep_step(ls, &nothing), S2T_DIVERGED);
	s2t_inv_begin(&books, S2T_INVARIANTS_ALL);
	if (plant->entry.kind != LOCKS)
		feed(&books, &side, &plant->entry);
	s2t_inv_feed_locks(&books, &side);
	settle(&books, &side);
	shown[plant->broken][S2T_SIDE_IUT][STEP] |= (books.news | books.alone) >> plant->broken & 1;
	s2t_inv_state_free(&books);
	s2t_inv_side_end(&side);
}

static void show(const struct plant *plant, int which)
{
	static const struct s2t_start_page nobody = { 0, { UINT32_MAX, UINT32_MAX, UINT64_MAX } };
	struct s2t_trace trace;
	struct s2t_lockstep *ls = begin_on(&trace, plant->before,
	                                   plant->broken == S2T_PAGE_0_INVALID ? &nobody : NULL, faulty_one(),
	                                   S2T_INV(plant->broken));

	assert_state(ls, plant->broken, false, false);
	if (which == S2T_SIDE_MODEL)
		show_in_model(ls, plant);
	else
		show_in_image(ls, plant);
	if (!shown[plant->broken][which][STEP])
		fail_msg("%s after a step, side %d", s2t_invariant_table[plant->broken].number, which);
	assert_state(ls, plant->broken, which == S2T_SIDE_MODEL, which == S2T_SIDE_IUT);
	shown[plant->broken][which][SWEEP] = true;
	end(ls, &trace);
}

static void planted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++)
		for (int which = 0; which < S2T_SIDES; which++)
			show(&plants[i], which);
}

/*
 * A table page with two parents, from an implementation that takes the page of the first table for the second one as
 * well, and whose cursor moves all the same: all that the step wrote is where it should be, so the comparison agrees.
 */

static s2t_addr page_of_first, page_of_second;

static void call_and_reuse(struct s2t_iut *iut, const struct s2t_call *operation, struct s2t_result *result)
{
	s2t_builtin()->call(iut, operation, result);
	if (!faulty.ls)
		return;
	const struct s2t_write *own = s2t_builtin()->image->writes(iut, &faulty.writes);
	struct s2t_view *view = &faulty.ls->view;
	s2t_addr address;

	page_of_first = s2t_view_output(s2t_view_npt_table(view, 1, 0, 2, &address));
	page_of_second = s2t_view_output(s2t_view_npt_table(view, 1, 0x200, 2, &address));
	memcpy(faulty.write, own, faulty.writes * sizeof(*own));
	faulty.of_plant = faulty.writes;
	put_table(&(const struct s2t_touch)TABLE(1, 2, 0x200000));
	faulty.of_plant--; /* the second table was linked in this step already */
	for (size_t i = 0; i < faulty.writes; i++) {
		struct s2t_write *write = &faulty.write[i];

		if (write->window != S2T_WINDOW_S2PT || (write->addr & ~UINT64_C(4095)) != page_of_second)
			continue;
		const uint64_t entry = s2t_view_word(view, S2T_WINDOW_S2PT, write->addr, 0);
		const size_t told = faulty.of_plant;

		put(S2T_WINDOW_S2PT, write->addr, 0);
		write->addr += page_of_first - page_of_second;
		put(S2T_WINDOW_S2PT, write->addr, entry);
		faulty.of_plant = told;
	}
}

static void two_parents(void **state)
{
	const struct s2t_call second = { S2T_OP_MAP_PFN_VM, { 1, 0x209000, 0x40005fff, 3 } };
	struct s2t_iut_ops ops = *faulty_one();
	struct s2t_trace trace;

	(void)state;
	ops.call = call_and_reuse;
	faulty.ls = NULL;
	struct s2t_lockstep *ls = begin(&trace, TABLES, &ops, S2T_INV(S2T_TABLE_PAGES));

	faulty.ls = ls;
	assert_int_equal(s2t_lockstep_step(ls, &second), S2T_DIVERGED);
	assert_int_equal(ls->diffs->total, 1);
	assert_int_equal(ls->diffs->diff[0].kind, S2T_DIFF_INVARIANT);
	assert_int_equal(ls->diffs->diff[0].entry.a, S2T_TABLE_PAGES);
	assert_false(ls->diffs->diff[0].model[0]);
	assert_true(ls->diffs->diff[0].iut[0]);
	assert_state(ls, S2T_TABLE_PAGES, false, true);
	faulty.ls = NULL;
	end(ls, &trace);
}

/* The same for a cursor that lags behind, and for a page that is yet to be handed out and not empty: from scratch. */
static void pools(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct s2t_trace trace;
		struct s2t_walk walk;
		struct s2t_lockstep *ls = begin(&trace, TABLES, faulty_one(), S2T_INV(S2T_TABLE_PAGES));
		const s2t_addr cursor = ls->view.el2.npt_next + 32 + 16;

		faulty.ls = ls;
		s2t_view_npt(&ls->view, 1, 7, &walk);
		put(S2T_WINDOW_EL2, cursor, s2t_view_word(&ls->view, S2T_WINDOW_EL2, cursor, 0) - 4096);
		if (i == 1)
			put(S2T_WINDOW_S2PT, walk.step[2].address, 0);
		assert_state(ls, S2T_TABLE_PAGES, false, true);
		end(ls, &trace);
	}
}

/*
 * A frame beside the descriptor: only a plug-in's reads can say one.
 */

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
	return vmid == 0 && gfn == 0x40001 ? (struct s2t_npt_entry){ 0x40003, 3, 0x40001fff }
	                                   : (struct s2t_npt_entry){ 0, 0, 0 };
}
static struct s2t_spt_entry read_spt(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn)
{
	(void)iut;
	return context == 0 && gfn == 7 ? (struct s2t_spt_entry){ 0x40003, 0x40002fff }
	                                : (struct s2t_spt_entry){ 0, 0 };
}

static const struct {
	enum s2t_invariant broken;
	struct s2t_call call;
	struct s2t_touch entry;
} beside[] = {
	{ S2T_HOST_NPT_CONS, { S2T_OP_MAP_PAGE_HOST, { 0x40001000 } }, NPT(0, 0x40001) },
	{ S2T_SPT_CONS, { S2T_OP_MAP_SPT, { 0, 0, 0x7000, 0x40002fff } }, SPT(0, 7) },
};

static void frames_beside(void **state)
{
	const struct s2t_lockstep_options options = { .invariants = S2T_INVARIANTS_ALL };
	static struct s2t_invariant_state unused[S2T_INVARIANT_COUNT];
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
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		bool(*cell)[CHECKS] = shown[beside[i].broken];
		struct s2t_lockstep *ls = s2t_lockstep_create(&board, &plugin, &options, &error);
		struct s2t_inv_state books;
		struct s2t_inv_side side;

		assert_non_null(ls);
		assert_int_equal(s2t_lockstep_step(ls, &beside[i].call), S2T_DIVERGED);
		assert_int_equal(ls->diffs->diff[0].kind, S2T_DIFF_ENTRY);
		assert_state(ls, beside[i].broken, false, true);
		cell[S2T_SIDE_IUT][SWEEP] = true;
		assert_true(s2t_inv_state_init(&books, &ls->board));
		s2t_inv_side_begin(&side, ls, S2T_SIDE_IUT, unused);
		s2t_inv_begin(&books, S2T_INVARIANTS_ALL);
		feed(&books, &side, &beside[i].entry);
		settle(&books, &side);
		cell[S2T_SIDE_IUT][STEP] = (books.news | books.alone) >> beside[i].broken & 1;
		s2t_inv_state_free(&books);
		s2t_inv_side_end(&side);
		s2t_lockstep_destroy(ls);
	}
}

/* The model takes no such entry. Were it to take one, both checks would have to see it. */
static void frames_in_model(void **state)
{
	struct s2t_trace trace;
	struct s2t_lockstep *ls = begin(&trace, TABLES, s2t_builtin(), 0);

	(void)state;
	for (int check = 0; check < CHECKS; check++) {
		shown[S2T_HOST_NPT_CONS][S2T_SIDE_MODEL][check] = s2t_model_set_npt(
			ls->model, 0, 0x40001, (struct s2t_npt_entry){ 0x40003, 3, 0x40001fff });
		shown[S2T_SPT_CONS][S2T_SIDE_MODEL][check] =
			s2t_model_set_spt(ls->model, 0, 7, (struct s2t_spt_entry){ 0x40003, 0x40002fff });
	}
	end(ls, &trace);
}

/*
 * The table.
 */

static const char *why_not(int invariant, int side, int check)
{
	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++)
		if ((int)impossible[i].invariant == invariant && impossible[i].side == side &&
		    (int)impossible[i].check == check)
			return impossible[i].why;
	return NULL;
}

/* After all others: each cell is shown, or says why it cannot be, and docs/invariants.md says so, too. */
static void table(void **state)
{
	static const char *const names[S2T_SIDES][CHECKS] = { { "model, step", "model, from scratch" },
		                                              { "implementation, step",
		                                                "implementation, from scratch" } };
	FILE *file = fopen(S2T_SOURCE_DIR "/docs/invariants.md", "r");
	static char doc[65536];
	unsigned wrong = 0;

	(void)state;
	assert_non_null(file);
	doc[fread(doc, 1, sizeof(doc) - 1, file)] = '\0';
	fclose(file);
	for (int cell = 0; cell < S2T_INVARIANT_COUNT * S2T_SIDES * CHECKS; cell++) {
		const int i = cell / (S2T_SIDES * CHECKS), side = cell / CHECKS % S2T_SIDES,
			  check = cell % CHECKS;
		const char *why = why_not(i, side, check), *number = s2t_invariant_table[i].number;

		if (why)
			print_message("%s: %s: cannot be: %s\n", number, names[side][check], why);
		if (why && !strstr(doc, why)) {
			wrong++;
			print_error("docs/invariants.md does not say so\n");
		}
		if (shown[i][side][check] == !why)
			continue;
		wrong++;
		print_error("%s: %s: %s\n", number, names[side][check], why ? "is shown" : "is not shown");
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planted),       cmocka_unit_test(two_parents),     cmocka_unit_test(pools),
		cmocka_unit_test(frames_beside), cmocka_unit_test(frames_in_model), cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
