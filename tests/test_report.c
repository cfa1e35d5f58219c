/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The explanation of a divergence: which difference is the cause, and what is said of the others. The faults are
 * made by a shim around the built-in implementation that does something else in one call, so that this runs under
 * the sanitizers, too. tests/test_explain.sh compares whole reports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "explain_forms.h"
#include "trace.h"

/*
 * The shim.
 */

enum mischief { NOTHING, SKIP, INSTEAD, AS_WELL, PANICS, RETURNS };

static struct {
	enum mischief what;
	uint32_t at;           /* the call, 1 is the first, … */
	int instance;          /* … of this instance, 1 is the first */
	struct s2t_call other; /* of INSTEAD and AS_WELL */
	const char *reason;
	int instances;
	uint32_t calls;
} shim;

static struct s2t_iut *shim_create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                                   size_t error_size)
{
	shim.instances++;
	shim.calls = 0;
	(void)self;
	return s2t_builtin()->create(s2t_builtin(), board, error, error_size);
}

static void shim_call(struct s2t_iut *iut, const struct s2t_call *call, struct s2t_result *result)
{
	const struct s2t_iut_ops *builtin = s2t_builtin();
	const bool now = ++shim.calls == shim.at && shim.instances == shim.instance;
	struct s2t_result ignored;

	*result = (struct s2t_result){ S2T_OK, 0, "" };
	if (now && shim.what == AS_WELL)
		builtin->call(iut, &shim.other, &ignored);
	if (!now || (shim.what != SKIP && shim.what != INSTEAD))
		builtin->call(iut, call, result);
	else if (shim.what == INSTEAD)
		builtin->call(iut, &shim.other, result);
	if (now && shim.what == PANICS)
		*result = (struct s2t_result){ S2T_PANIC, 0, shim.reason };
	if (now && shim.what == RETURNS)
		result->ret ^= 1;
}

static void parse(struct s2t_trace *trace, const char *operations)
{
	struct s2t_error error;
	char text[8400];

	(void)snprintf(text, sizeof(text), "s2twin-trace 1\n%s", operations);
	if (!s2t_trace_parse(trace, S2T_TRACE, "here", text, strlen(text), &error))
		fail_msg("%s", error.text);
}

/* What there is of one divergence. */
struct scene {
	struct s2t_iut_ops ops;
	struct s2t_trace trace;
	struct s2t_lockstep *ls;
	struct s2t_explanation *e;
};

/* Plays `operations`; the last one is not done as it should. `other` is the operation of INSTEAD and AS_WELL. */
static void play(struct scene *scene, const char *operations, enum mischief what, const char *other,
                 const struct s2t_explain_context *context)
{
	const struct s2t_lockstep_options options = { .full_every = 1 };
	struct s2t_trace instead;
	struct s2t_error error;

	memset(&shim, 0, sizeof(shim));
	parse(&scene->trace, operations);
	if (other) {
		parse(&instead, other);
		shim.other = instead.call[0];
		s2t_trace_free(&instead);
	}
	shim.what = what;
	shim.at = (uint32_t)scene->trace.count;
	shim.instance = 1;
	shim.reason = "<script>it's \"broken\" & \xff</script>";
	scene->ops = *s2t_builtin();
	scene->ops.create = shim_create;
	scene->ops.call = shim_call;
	scene->ls = s2t_lockstep_create(&scene->trace.board, &scene->ops, &options, &error);
	assert_non_null(scene->ls);
	for (size_t i = 0; i + 1 < scene->trace.count; i++)
		assert_int_equal(s2t_lockstep_step(scene->ls, &scene->trace.call[i]), S2T_AGREED);
	assert_int_equal(s2t_lockstep_step(scene->ls, &scene->trace.call[scene->trace.count - 1]),
	                 S2T_DIVERGED);
	scene->e = s2t_explain(scene->ls, scene->trace.call, context, &error);
	assert_non_null(scene->e);
}

static void leave(struct scene *scene)
{
	s2t_explanation_free(scene->e);
	s2t_lockstep_destroy(scene->ls);
	s2t_trace_free(&scene->trace);
}

/*
 * Causes.
 */

#define HOST_PAGE "map_page_host addr=0x40005000\n"
#define VM_PAGE   "assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005\n"

static const struct row {
	const char *operations;
	enum mischief what;
	const char *other;
	const char *cause;
	enum s2t_wrong fault;
	const char *why;     /* a part of the sentence */
	const char *fields;  /* that differ */
	const char *look_at; /* a part */
	const char *effect;  /* the name of another difference, and NULL: there is none */
	enum s2t_role role;  /* of that one, */
	const char *effect_why;
} rows[] = {
	{ VM_PAGE "grant_vm_page vmid=1 pfn=0x40005\n", SKIP, NULL, "s2page[0x40005]", S2T_WRONG_MISSING_WRITE,
	  "the model wrote it (case GVP-2), the implementation did not", "count",
	  "the call of set_pfn_count in grant_vm_page: not made", NULL, S2T_ROLE_CAUSE, NULL },
	{ VM_PAGE "revoke_vm_page vmid=1 pfn=0x40005\n", INSTEAD, "grant_vm_page vmid=1 pfn=0x40005\n",
	  "s2page[0x40005]", S2T_WRONG_EXTRA_WRITE,
	  "the implementation wrote it, the model did not (case RVP-6: ", "count",
	  "the call of set_pfn_count in revoke_vm_page: its condition", NULL, S2T_ROLE_CAUSE, NULL },
	{ VM_PAGE, INSTEAD, "assign_pfn_to_vm vmid=2 gfn=0x7 pfn=0x40005\n", "s2page[0x40005]", S2T_WRONG_VALUE,
	  "both wrote it", "owner", "the call of set_pfn_owner in assign_pfn_to_vm: its arguments",
	  "flatmem[0x40005]", S2T_ROLE_FURTHER, "later in the operation than s2page[0x40005]" },
	{ VM_PAGE, SKIP, NULL, "s2page[0x40005]", S2T_WRONG_MISSING_WRITE, "the implementation did not",
	  "owner, gfn", "the call of set_pfn_owner", "flatmem[0x40005]", S2T_ROLE_EFFECT,
	  "left the operation early" },
	/* One that is written instead of the other; tables that come with it. */
	{ HOST_PAGE, INSTEAD, "map_page_host addr=0x40006000\n", "npt[0][0x40005]", S2T_WRONG_MISSING_WRITE,
	  "it wrote npt[0][0x40006] instead", "type (model: page, implementation: empty)",
	  "the call of map_s2pt", "npt[0][0x40006]", S2T_ROLE_EFFECT,
	  "it was written where npt[0][0x40005] should have been" },
	{ HOST_PAGE, INSTEAD, "map_page_host addr=0x80005000\n", "npt[0][0x40005]", S2T_WRONG_MISSING_WRITE,
	  "it wrote npt[0][0x80005] instead", "level (model: page at 3, implementation: empty at 1)",
	  "the call of map_s2pt", "pmd table of npt[0] for 0x80000000", S2T_ROLE_EFFECT,
	  "in the same call, map_s2pt" },
	{ "map_vm_io vmid=1 gpa=0x1000 pa=0x1000\n", INSTEAD, "map_vm_io vmid=1 gpa=0x1000 pa=0x2000\n",
	  "npt[1][0x1]", S2T_WRONG_VALUE, "both wrote it", "output address",
	  "the call of map_s2pt in map_vm_io: its arguments", NULL, S2T_ROLE_CAUSE, NULL },
	{ "map_pfn_vm vmid=1 addr=0x201000 pte=0x40200000 level=2\n", INSTEAD,
	  "map_pfn_vm vmid=1 addr=0x201000 pte=0x40200000 level=3\n", "npt[1][0x200]", S2T_WRONG_MISSING_WRITE,
	  "the model wrote it (case MPV-3), the implementation did not",
	  "level (model: block at 2, implementation: empty at 3)", "the call of map_s2pt", "npt_next[1][pmd]",
	  S2T_ROLE_EFFECT, "in the same call, map_s2pt" },
	{ "map_spt cbndx=1 index=1 addr=0x7000 pte=0x40005fff\n", INSTEAD,
	  "map_spt cbndx=1 index=0 addr=0x7000 pte=0x40005fff\n", "spt[9][0x7]", S2T_WRONG_MISSING_WRITE,
	  "it wrote spt[1][0x7] instead", "level (model: page at 3, implementation: empty at 1)", "map_spt",
	  "spt[1][0x7]", S2T_ROLE_EFFECT, "it holds the value that belongs in spt[9][0x7]" },
	/* The model does nothing. */
	{ VM_PAGE "clear_vm_page vmid=2 pfn=0x40005\n", INSTEAD, "clear_vm_page vmid=1 pfn=0x40005\n",
	  "s2page[0x40005]", S2T_WRONG_EXTRA_WRITE, "the model did not (case CVP-2: owner is not vmid)",
	  "owner, gfn", "the call of set_pfn_owner in clear_vm_page: its condition", "flatmem[0x40005]",
	  S2T_ROLE_EFFECT, "the implementation took another branch" },
	/* A write that is not the operation's, before it. */
	{ VM_PAGE "grant_vm_page vmid=1 pfn=0x40005\n", AS_WELL, "map_page_host addr=0x40007000\n",
	  "npt[0][0x40007]", S2T_WRONG_EXTRA_WRITE, "the implementation wrote it", "level (", "grant_vm_page",
	  "npt_next[0][pgd]", S2T_ROLE_EFFECT, "in the same call" },
	/* Outcomes and values. */
	{ VM_PAGE "grant_vm_page vmid=1 pfn=0x40005\n", PANICS, NULL, "outcome", S2T_WRONG_OUTCOME,
	  "the model ends ok by case GVP-2", "", "the tests by which grant_vm_page", NULL, S2T_ROLE_CAUSE,
	  NULL },
	{ VM_PAGE "map_page_host addr=0x40005000\n", SKIP, NULL, "outcome", S2T_WRONG_OUTCOME,
	  "the model ends in panic by case MPH-5", "", "tell case MPH-5 from the others", "lock[S2PAGE]",
	  S2T_ROLE_EFFECT, "the model stopped with the lock held" },
	{ "walk_s2pt vmid=1 addr=0x1000\n", RETURNS, NULL, "return value", S2T_WRONG_RETURN,
	  "both states are the same", "", "walk_s2pt", NULL, S2T_ROLE_CAUSE, NULL },
};

static const struct s2t_explained_diff *find(const struct s2t_explanation *e, const char *name)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->diff[i].name, name) == 0)
			return &e->diff[i];
	fail_msg("there is no difference in %s", name);
	return NULL;
}

static void assert_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' does not contain '%s'", text, part);
}

static void causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct scene scene;

		play(&scene, row->operations, row->what, row->other, NULL);
		const struct s2t_explained_diff *cause = &scene.e->diff[0];

		if (strcmp(cause->name, row->cause) != 0)
			fail_msg("row %zu: the cause is %s, not %s", i, cause->name, row->cause);
		assert_int_equal(cause->role, S2T_ROLE_CAUSE);
		assert_int_equal(cause->fault, row->fault);
		assert_part(cause->why, row->why);
		assert_part(cause->fields, row->fields);
		assert_part(scene.e->look_at, row->look_at);
		for (size_t j = 1; j < scene.e->count; j++)
			assert_int_not_equal(scene.e->diff[j].role, S2T_ROLE_CAUSE);
		if (row->effect) {
			const struct s2t_explained_diff *effect = find(scene.e, row->effect);

			assert_int_equal(effect->role, row->role);
			assert_part(effect->why, row->effect_why);
		} else {
			for (size_t j = 1; j < scene.e->count; j++)
				assert_int_equal(scene.e->diff[j].fault, S2T_WRONG_LOCK);
		}
		assert_false(scene.e->unsteady);
		leave(&scene);
	}
}

/* The model's walk stands where its cursors say, the implementation's where its bytes say. */
static void walks(void **state)
{
	struct scene scene;

	(void)state;
	play(&scene,
	     "map_page_host addr=0x80005000\nmap_page_host addr=0x40005000\nmap_page_host addr=0x40006000\n",
	     SKIP, NULL, NULL);
	const struct s2t_explained_diff *diff = &scene.e->diff[0];

	assert_string_equal(diff->name, "npt[0][0x40006]");
	assert_int_equal(diff->model.count, 4);
	assert_int_equal(diff->iut.count, 4);
	/* The first address took the first table of each pool, the second one shares only the PUD table. */
	assert_int_equal(diff->model.level[0].address, 0x10000);
	assert_int_equal(diff->model.level[1].address, 0x11008);
	assert_int_equal(diff->model.level[2].address, 0x112000);
	assert_int_equal(diff->model.level[3].address, 0x912030);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(diff->model.level[i].level, i);
		assert_int_equal(diff->model.level[i].address, diff->iut.level[i].address);
	}
	assert_int_equal(diff->model.level[3].descriptor.raw, 0x40006fff);
	assert_int_equal(diff->iut.level[3].descriptor.raw, 0);
	leave(&scene);
}

/* Steps, pages and the picture. */
static void pictures(void **state)
{
	struct scene scene;

	(void)state;
	play(&scene,
	     "map_page_host addr=0x80005000\n" VM_PAGE
	     "grant_vm_page vmid=0 pfn=0x80006\ngrant_vm_page vmid=1 pfn=0x40005\n"
	     "map_page_host addr=0x40005000\nrevoke_vm_page vmid=1 pfn=0x40005\n",
	     SKIP, NULL, NULL);
	const struct s2t_picture *picture = &scene.e->picture;

	assert_int_equal(scene.e->steps, 6);
	assert_false(scene.e->stepping[0].related);
	assert_true(scene.e->stepping[1].related);
	assert_false(scene.e->stepping[2].related);
	assert_true(scene.e->stepping[4].related);
	assert_int_equal(picture->rows, 1);
	assert_int_equal(picture->page[0], 0x40005);
	assert_int_equal(picture->columns, 5); /* the start, and steps 2, 4, 5, 6 */
	assert_int_equal(picture->step[1], 2);
	assert_int_equal(picture->model[0][1].page.owner, 1);
	assert_int_equal(picture->model[0][2].page.count, 1);
	assert_int_equal(picture->model[0][2].mapped, 0);
	assert_int_equal(picture->spaces, 1);
	assert_int_equal(picture->model[0][3].mapped, 1);
	assert_int_equal(picture->model[0][4].mapped, 0);
	assert_int_equal(picture->model[0][4].page.count, 0);
	assert_int_equal(picture->iut[0].mapped, 1);
	assert_int_equal(picture->iut[0].page.count, 1);
	leave(&scene);
}

/* Who maps a page, as contexts are emptied, and blocks come over pages and over each other. */
static void mappers(void **state)
{
	struct scene scene;

	(void)state;
	play(&scene,
	     VM_PAGE "update_smmu_page vmid=1 cbndx=2 index=1 iova=0x7000 pte=0x40005000\n"
	             "init_spt cbndx=2 index=1\n"
	             "map_pfn_vm vmid=2 addr=0x205000 pte=0x40005000 level=3\n"
	             "map_pfn_vm vmid=2 addr=0x300000 pte=0x40005000 level=3\n"
	             "map_pfn_vm vmid=2 addr=0x205000 pte=0x40006000 level=3\n"
	             "map_pfn_vm vmid=2 addr=0x200000 pte=0x40200000 level=2\n"
	             "map_pfn_vm vmid=3 addr=0x200000 pte=0x40000000 level=2\n"
	             "map_pfn_vm vmid=3 addr=0x200000 pte=0x40200000 level=2\n"
	             "grant_vm_page vmid=1 pfn=0x40005\n",
	     SKIP, NULL, NULL);
	const struct s2t_picture *picture = &scene.e->picture;
	static const struct {
		uint32_t step, mapped;
	} column[] = { { 0, 0 }, { 1, 0 }, { 2, 1 }, { 4, 2 }, { 7, 0 }, { 8, 4 }, { 9, 0 }, { 10, 0 } };

	assert_int_equal(picture->columns, sizeof(column) / sizeof(column[0]));
	for (unsigned i = 0; i < picture->columns; i++) {
		assert_int_equal(picture->step[i], column[i].step);
		assert_int_equal(picture->model[0][i].mapped, column[i].mapped);
	}
	assert_int_equal(picture->spaces, 3);
	assert_true(picture->space[0].smmu && picture->space[0].number == 10);
	assert_true(!picture->space[1].smmu && picture->space[1].number == 2);
	assert_true(!picture->space[2].smmu && picture->space[2].number == 3);
	leave(&scene);
}

/* A page has room for so many steps; the last ones stay. */
static void many_steps(void **state)
{
	char operations[8192] = VM_PAGE;
	struct scene scene;

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		strcat(operations,
		       i % 2 ? "revoke_vm_page vmid=1 pfn=0x40005\n" : "grant_vm_page vmid=1 pfn=0x40005\n");
	play(&scene, operations, SKIP, NULL, NULL);
	assert_int_equal(scene.e->picture.columns, S2T_MAX_COLUMNS);
	assert_int_equal(scene.e->picture.step[0], 0);
	assert_int_equal(scene.e->picture.step[1], 61 - (S2T_MAX_COLUMNS - 2));
	assert_int_equal(scene.e->picture.step[S2T_MAX_COLUMNS - 1], 61);
	leave(&scene);
}

/* An implementation that does not do the same again. */
static void unsteady(void **state)
{
	struct s2t_error error;
	struct scene scene;

	(void)state;
	play(&scene, VM_PAGE "grant_vm_page vmid=1 pfn=0x40005\n", SKIP, NULL, NULL);
	assert_false(scene.e->unsteady);
	s2t_explanation_free(scene.e);
	shim.instance = 3; /* the second explanation's; it skips the first call, which was made before */
	shim.at = 1;
	scene.e = s2t_explain(scene.ls, scene.trace.call, NULL, &error);
	assert_non_null(scene.e);
	assert_true(scene.e->unsteady);
	assert_string_equal(scene.e->diff[0].name, "s2page[0x40005]");
	leave(&scene);
}

/*
 * Forms.
 */

/* What comes from outside stays text in the page and valid in JSON. */
static void hostile_text(void **state)
{
	const struct s2t_explain_context context = {
		.origin = "</title><script>\x01 & \xff",
		.trace = "'\"><b>.trace",
		.signature = "<i>",
		.signature_text = "'><u>",
	};
	char *page = NULL, *text = NULL;
	size_t size;
	struct scene scene;
	FILE *out;

	(void)state;
	play(&scene, VM_PAGE, PANICS, NULL, &context);
	out = open_memstream(&page, &size);
	assert_true(s2t_explain_html(out, scene.e));
	fclose(out);
	for (const char *const *tag =
	             (const char *const[]){ "<script", "<b>.trace", "<i>", "<u>", "\x01", NULL };
	     *tag; tag++)
		if (strstr(page, *tag))
			fail_msg("the page contains %s", *tag);
	assert_part(page, "&lt;script&gt;it&#39;s &quot;broken&quot; &amp; ");
	free(page);

	json_t *json = s2t_explain_json(scene.e);
	char *dump = json_dumps(json, 0);

	assert_non_null(dump);
	assert_part(json_string_value(json_object_get(json, "reason")), "<script>it's \"broken\" & ?");
	free(dump);
	json_decref(json);

	out = open_memstream(&text, &size);
	s2t_explain_print(out, scene.e);
	fclose(out);
	assert_part(text, "OUTCOME     model ok    implementation panic (<script>it's ");
	free(text);
	leave(&scene);
}

static const struct {
	uint64_t raw;
	unsigned level;
	enum s2t_descriptor_type type;
	const char *summary;
} descriptors[] = {
	{ 0, 3, S2T_DESCRIPTOR_EMPTY, "0: nothing there" },
	{ UINT64_C(1) << 57, 3, S2T_DESCRIPTOR_TOMBSTONE, "tombstone: bit 57 alone, not valid for the MMU" },
	{ UINT64_C(1) << 56, 3, S2T_DESCRIPTOR_INVALID,
	  "not valid for the MMU (bit 0 clear), software bits 0x2" },
	{ 0x40005ffe, 3, S2T_DESCRIPTOR_INVALID, "not valid for the MMU (bit 0 clear), 0x40005000" },
	{ 0x40005ffd, 3, S2T_DESCRIPTOR_RESERVED, "reserved type 0b01: the MMU faults, 0x40005000" },
	{ 0x11003, 0, S2T_DESCRIPTOR_TABLE, "table at 0x11000" },
	{ 0x11003, 2, S2T_DESCRIPTOR_TABLE, "table at 0x11000" },
	{ 0x40005fff, 3, S2T_DESCRIPTOR_PAGE, "page 0x40005000, normal WB, RWX, inner shareable" },
	{ 0x400000400087c7, 3, S2T_DESCRIPTOR_PAGE, "page 0x40008000, device nGnRE, RW XN, inner shareable" },
	{ 0x40005043, 3, S2T_DESCRIPTOR_PAGE, "page 0x40005000, device nGnRnE, RX, non-shareable, AF clear" },
	{ 0x40200ffd, 2, S2T_DESCRIPTOR_BLOCK, "block 0x40200000, normal WB, RWX, inner shareable" },
	{ 0x40201ffd, 2, S2T_DESCRIPTOR_BLOCK,
	  "block 0x40201000, normal WB, RWX, inner shareable, not aligned to 2 MiB" },
};

static void decoding(void **state)
{
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		struct s2t_descriptor d;

		s2t_descriptor_decode(descriptors[i].raw, descriptors[i].level, &d);
		assert_int_equal(d.type, descriptors[i].type);
		assert_string_equal(d.summary, descriptors[i].summary);
		/* Each bit that is set belongs to exactly one field. */
		uint64_t seen = 0;

		for (unsigned j = 0; j < d.count; j++) {
			uint64_t mask = ((UINT64_C(2) << (d.bits[j].high - d.bits[j].low)) - 1)
			                << d.bits[j].low;

			assert_int_equal(seen & mask, 0);
			assert_int_equal((d.raw & mask) >> d.bits[j].low, d.bits[j].value);
			seen |= mask;
		}
		assert_int_equal(d.raw & ~seen, 0);
	}
	s2t_descriptor_difference(0x40005fff, 0x400000400057c7, text, sizeof(text));
	assert_string_equal(text, "MemAttr, bit 11, XN");
}

/*
 * Invariants: each is broken by one sequence, on both sides, and by none of the others' first steps.
 */
static const struct {
	const char *operations;
	enum s2t_invariant broken;
	const char *first;
} breaches[] = {
	{ "map_s2pt vmid=0 addr=0x40001000 level=3 pte=0x40002fff\n", S2T_HOST_FLATMAP,
	  "the host's frame 0x40001 maps page 0x40002" },
	{ VM_PAGE "map_s2pt vmid=0 addr=0x40005000 level=3 pte=0x40005fff\n", S2T_HOST_ISO,
	  "the host maps page 0x40005 of VM 1, which is not shared" },
	{ VM_PAGE "map_pfn_vm vmid=2 addr=0x7000 pte=0x40005000 level=3\n", S2T_VM_ISO,
	  "VM 2 maps page 0x40005 of VM 1 at frame 0x7" },
	{ VM_PAGE
	  "map_pfn_vm vmid=1 addr=0x7000 pte=0x40005000 level=3\nmap_pfn_vm vmid=2 addr=0x200000 pte=0x40000000 "
	  "level=2\n",
	  S2T_ONE_VM, "VM 2 and VM 1 both map page 0x40005" },
	{ VM_PAGE "map_spt cbndx=0 index=0 addr=0x8000 pte=0x40005fff\n", S2T_UNBOUND_ISO,
	  "context 0 maps page 0x40005 at frame 0x8, its record says 0x7" },
	{ "config smmu_host_offset=0x1000\nmap_spt cbndx=3 index=0 addr=0x41005000 pte=0x40005fff\n",
	  S2T_UNBOUND_COUNT, "page 0x40005 of the host counts 0, and 1 SMMU contexts map it" },
	{ "page pfn=0x40005 owner=0 count=0 gfn=0x5\ngrant_vm_page vmid=0 pfn=0x40005\n", S2T_HOST_S2_MAP,
	  "page 0x40005 of the host has gfn 0x5" },
};

static void invariants(void **state)
{
	const struct s2t_lockstep_options options = { .full_every = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
		struct s2t_invariants found;
		struct s2t_trace trace;
		struct s2t_error error;

		parse(&trace, breaches[i].operations);
		struct s2t_lockstep *ls = s2t_lockstep_create(&trace.board, s2t_builtin(), &options, &error);

		assert_non_null(ls);
		assert_true(s2t_invariants_check(ls, &found));
		for (int side = 0; side < S2T_SIDES; side++)
			for (int j = 0; j < S2T_INVARIANT_COUNT; j++)
				assert_int_equal(found.state[side][j].broken, 0);
		for (size_t j = 0; j < trace.count; j++)
			assert_int_equal(s2t_lockstep_step(ls, &trace.call[j]), S2T_AGREED);
		assert_true(s2t_invariants_check(ls, &found));
		for (int side = 0; side < S2T_SIDES; side++) {
			const struct s2t_invariant_state *broken = &found.state[side][breaches[i].broken];

			if (broken->broken == 0)
				fail_msg("%s holds after %s", s2t_invariant_table[breaches[i].broken].name,
				         breaches[i].operations);
			/* Of two VMs either may be the one that is met first. */
			if (breaches[i].broken != S2T_ONE_VM)
				assert_string_equal(broken->first, breaches[i].first);
		}
		s2t_lockstep_destroy(ls);
		s2t_trace_free(&trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes),       cmocka_unit_test(walks),      cmocka_unit_test(pictures),
		cmocka_unit_test(mappers),      cmocka_unit_test(many_steps), cmocka_unit_test(unsteady),
		cmocka_unit_test(hostile_text), cmocka_unit_test(decoding),   cmocka_unit_test(invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
