/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nodes of the model's maps: what a reset keeps of them, gives back, and frees where it has no memory to keep them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "default_model.h"
#include "scarce.h"
#include "spec.h"

/* Of very many nodes a reset keeps some. */
static void test_too_many_nodes(void **state)
{
	enum { NODES = 4200 };

	(void)state;
	struct s2t_model *m = default_model();

	for (int again = 0; again < 2; again++) {
		for (uint64_t i = 0; i < NODES; i++)
			assert_true(s2t_model_set_token(m, i << 9, i + 1));
		assert_int_equal(s2t_model_token(m, (NODES - 1) << 9), NODES);
		s2t_model_reset(m);
		assert_int_equal(s2t_model_token(m, (NODES - 1) << 9), 0);
	}
	s2t_model_destroy(m);
}

/* A machine that has grown beyond what it keeps gives all its nodes back at a reset, and begins anew. */
static void test_too_many_slabs(void **state)
{
	enum { NODES = 17500, RAM = 0x40001 };
	const struct s2t_page page = { 3, 1, 7 };

	(void)state;
	struct s2t_model *m = default_model();

	for (int again = 0; again < 2; again++) {
		const uint64_t nodes = again ? 1 : NODES;

		assert_true(s2t_model_set_page(m, RAM, page));
		for (uint64_t i = 0; i < nodes; i++)
			assert_true(s2t_model_set_token(m, i << 9, i + 1));
		assert_int_equal(s2t_model_token(m, (nodes - 1) << 9), nodes);
		s2t_model_reset(m);
		assert_int_equal(m->arena.slabs, S2T_HOT_SLABS);
		assert_int_equal(s2t_model_token(m, (nodes - 1) << 9), 0);
		assert_int_equal(s2t_model_page(m, RAM).owner, 0);
	}
	s2t_model_destroy(m);
}

/* Pages far apart, so that the maps grow; without room to keep their nodes, a reset frees them. */
static void test_many_nodes(void **state)
{
	struct s2t_step step;

	(void)state;
	for (size_t room = 0; room < 8; room++) {
		struct s2t_model *m = default_model();

		for (uint64_t i = 0; i < 200; i++) {
			const struct s2t_call call = { S2T_OP_MAP_SPT, { i & 7, 0, i << 21, 0x40001003 } };

			left = room;
			s2t_model_step(m, S2T_SPEC_LOW, &call, &step);
			left = PLENTY;
			if (s2t_model_out_of_memory(m)) {
				assert_int_equal(step.outcome, S2T_UNDEFINED);
				m->out_of_memory = false;
				s2t_model_step(m, S2T_SPEC_LOW, &call, &step);
			}
			assert_int_equal(step.outcome, S2T_OK);
		}
		left = 0;
		s2t_model_reset(m);
		left = PLENTY;
		assert_int_equal(s2t_model_spt(m, 1, 512).pte, 0);
		s2t_model_destroy(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many_nodes),
		cmocka_unit_test(test_too_many_slabs),
		cmocka_unit_test(test_many_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
