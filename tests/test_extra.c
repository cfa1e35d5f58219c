/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations beyond the table: one step of the model for all parts, and a twin that is given them by a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "default_model.h"
#include "extra.h"
#include "s2twin/run.h"

enum { VM = 2, GFN = 5, PFN = 0x40001, DONATE = S2T_OP_EXTRA, TWICE, NOTHING, MANY, ODD, LATE };

static size_t donate(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)room;
	calls[0] = (struct s2t_call){ S2T_OP_ASSIGN_PFN_TO_VM, { arg[0], arg[1], arg[2] } };
	calls[1] = (struct s2t_call){ S2T_OP_MAP_PFN_VM, { arg[0], arg[1] << 12, arg[2] << 12 | 0xfff, 3 } };
	return 2;
}

/* Shares a page and takes it back; then looks where an address is mapped. */
static size_t twice(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)room;
	calls[0] = (struct s2t_call){ S2T_OP_GRANT_VM_PAGE, { arg[0], arg[1] } };
	calls[1] = (struct s2t_call){ S2T_OP_REVOKE_VM_PAGE, { arg[0], arg[1] } };
	calls[2] = (struct s2t_call){ S2T_OP_WALK_S2PT, { arg[0], arg[2] } };
	return 3;
}

static size_t nothing(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)arg;
	(void)calls;
	(void)room;
	return 0;
}

static size_t many(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)arg;
	(void)calls;
	return room + 1;
}

static size_t odd(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)room;
	calls[0].op = arg[0] == 0 ? S2T_OP_EXTRA : S2T_OP_WALK_S2PT;
	calls[0].arg[0] = UINT64_C(1) << 32;
	return 1;
}

/* A page is assigned; what stands behind it is always undefined. */
static size_t late(const uint64_t *arg, struct s2t_call *calls, size_t room)
{
	(void)room;
	calls[0] = (struct s2t_call){ S2T_OP_ASSIGN_PFN_TO_VM, { arg[0], arg[1], arg[2] } };
	calls[1] = (struct s2t_call){ S2T_OP_WALK_S2PT, { arg[0], UINT64_MAX } };
	return 2;
}

static const struct s2t_extra_op extra[] = {
	{ "donate", 3, { { "vmid", S2T_ARG_VMID }, { "gfn", S2T_ARG_GFN }, { "pfn", S2T_ARG_PFN } }, donate },
	{ "twice", 3, { { "vmid", S2T_ARG_VMID }, { "pfn", S2T_ARG_PFN }, { "addr", S2T_ARG_IPA } }, twice },
	{ "nothing", 0, { { NULL, S2T_ARG_VMID } }, nothing },
	{ "many", 0, { { NULL, S2T_ARG_VMID } }, many },
	{ "odd", 1, { { "gfn", S2T_ARG_GFN } }, odd },
	{ "late", 3, { { "vmid", S2T_ARG_VMID }, { "gfn", S2T_ARG_GFN }, { "pfn", S2T_ARG_PFN } }, late },
};

/* The built-in implementation, and the parts one after the other. */
static const struct s2t_iut_ops *declaring(void);

static void call(struct s2t_iut *iut, const struct s2t_call *one, struct s2t_result *result)
{
	struct s2t_call part[S2T_EXTRA_PARTS];
	const size_t parts = s2t_op_calls(declaring(), one, part);

	*result = (struct s2t_result){ .outcome = S2T_OK };
	for (size_t i = 0; i < parts && result->outcome == S2T_OK; i++)
		s2t_builtin()->call(iut, &part[i], result);
	if (s2t_is_extra(one->op))
		result->ret = 0;
}

static const struct s2t_iut_ops *declaring(void)
{
	static struct s2t_iut_ops ops;

	ops = *s2t_builtin();
	ops.call = call;
	ops.extra = extra;
	ops.extra_count = sizeof(extra) / sizeof(extra[0]);
	return &ops;
}

static struct s2t_step take(struct s2t_model *m, uint32_t op, uint64_t a, uint64_t b, uint64_t c)
{
	const struct s2t_call one = { op, { a, b, c } };
	struct s2t_step step;

	s2t_op_step(m, S2T_SPEC_LOW, declaring(), &one, &step);
	return step;
}

static const struct s2t_touch *find(const struct s2t_model *m, enum s2t_entry_kind kind, uint64_t b)
{
	const struct s2t_touch *found = NULL;
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(m, &count);

	for (size_t i = 0; i < count; i++)
		if (touch[i].kind == kind && touch[i].b == b) {
			assert_null(found);
			found = &touch[i];
		}
	return found;
}

/* All that the parts wrote is touched, each entry once, with its value before the first part. */
static void test_one_step(void **state)
{
	struct s2t_model *m = default_model();
	struct s2t_step step = take(m, DONATE, VM, GFN, PFN);

	(void)state;
	assert_int_equal(step.outcome, S2T_OK);
	assert_int_equal(step.case_id, S2T_CASE_COUNT);
	assert_non_null(find(m, S2T_ENTRY_S2PAGE, PFN));
	assert_non_null(find(m, S2T_ENTRY_NPT, GFN));
	assert_int_equal(s2t_model_npt(m, VM, GFN).pfn, PFN);

	step = take(m, TWICE, VM, PFN, GFN << 12);
	assert_int_equal(step.outcome, S2T_OK);
	assert_int_equal(step.ret, 0); /* not that of the walk */
	const struct s2t_touch *record = find(m, S2T_ENTRY_S2PAGE, PFN);

	assert_non_null(record);
	assert_int_equal(record->old[0], VM); /* count 0, as before the grant */
	s2t_model_destroy(m);
}

/* What the first part did is taken back when the second is undefined, with all that it touched. */
static void test_undefined(void **state)
{
	struct s2t_model *m = default_model();
	size_t count;

	(void)state;
	assert_int_equal(take(m, DONATE, VM, GFN, PFN).outcome, S2T_OK);
	const struct s2t_page before = s2t_model_page(m, PFN);

	/* The address of the walk is none. */
	assert_int_equal(take(m, TWICE, VM, PFN, UINT64_MAX).outcome, S2T_UNDEFINED);
	s2t_model_touched(m, &count);
	assert_int_equal(count, 0);
	assert_int_equal(s2t_model_page(m, PFN).count, before.count);
	const unsigned tstate = s2t_model_tstate(m);

	assert_int_equal(take(m, LATE, VM, GFN + 1, PFN + 1).outcome, S2T_UNDEFINED);
	assert_int_equal(s2t_model_page(m, PFN + 1).owner, 0);
	assert_int_equal(s2t_model_tstate(m), tstate);
	assert_int_equal(take(m, NOTHING, 0, 0, 0).outcome, S2T_UNDEFINED);
	assert_int_equal(take(m, MANY, 0, 0, 0).outcome, S2T_UNDEFINED);
	assert_int_equal(take(m, ODD, 0, 0, 0).outcome, S2T_UNDEFINED);
	assert_int_equal(take(m, ODD, 1, 0, 0).outcome, S2T_UNDEFINED);
	assert_false(s2t_model_halted(m));
	s2t_model_destroy(m);
}

/* What stands behind a panic is not taken. */
static void test_panic(void **state)
{
	struct s2t_model *m = default_model();

	(void)state;
	assert_int_equal(take(m, DONATE, VM, GFN, PFN).outcome, S2T_OK);
	assert_int_equal(take(m, DONATE, VM + 1, GFN, PFN).outcome, S2T_PANIC);
	assert_int_equal(s2t_model_npt(m, VM + 1, GFN).pte, 0);
	s2t_model_reset(m);
	assert_int_equal(take(m, DONATE, VM, GFN, PFN).outcome, S2T_OK);
	assert_int_equal(take(m, LATE, VM + 1, GFN, PFN).outcome, S2T_PANIC);
	s2t_model_destroy(m);
}

static void test_twin(void **state)
{
	char error[256];
	struct s2t_twin *twin = s2t_twin_create("default", declaring(), error, sizeof(error));

	(void)state;
	assert_non_null(twin);
	assert_int_equal(s2t_twin_line(twin, "donate vmid=2 gfn=5 pfn=0x40001", error, sizeof(error)),
	                 S2T_TWIN_AGREES);
	assert_int_equal(s2t_twin_line(twin, "twice vmid=2 pfn=0x40001 addr=0x5000", error, sizeof(error)),
	                 S2T_TWIN_AGREES);
	assert_int_equal(s2t_twin_line(twin, "nothing", error, sizeof(error)), S2T_TWIN_SKIPPED);
	assert_int_equal(s2t_twin_line(twin, "donat vmid=2 gfn=5 pfn=0x40001", error, sizeof(error)),
	                 S2T_TWIN_FAILED);
	assert_non_null(strstr(error, "did you mean 'donate'?"));
	assert_int_equal(s2t_twin_step(twin, &(struct s2t_call){ S2T_OP_EXTRA + 99, { 0 } }), S2T_TWIN_SKIPPED);
	assert_int_equal(s2t_twin_step(twin, &(struct s2t_call){ S2T_OP_COUNT, { 0 } }), S2T_TWIN_SKIPPED);
	assert_int_equal(s2t_twin_line(twin, "donate vmid=3 gfn=5 pfn=0x40001", error, sizeof(error)),
	                 S2T_TWIN_ENDED);
	s2t_twin_destroy(twin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_step),
		cmocka_unit_test(test_undefined),
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
