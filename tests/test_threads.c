/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two plug-ins and four machines in one process, used from two threads at once: each thread has a machine of either,
 * one compared by reads, one with its memory protected, and takes steps on both in turn. test_tsan.sh runs this under
 * ThreadSanitizer.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define READS_NO_PLUGIN
#define WATCHED_NO_PLUGIN
#include "plugins/watched.c"

#include "gen.h"
#include "lockstep.h"

enum { MACHINES = 2, SEQUENCES = 24, LENGTH = 96 };

struct machine {
	struct s2t_board board;
	struct s2t_lockstep *ls;
	struct s2t_gen *gen;
	enum s2t_verdict verdict;
};

struct thread {
	pthread_t id;
	uint64_t seed;
	struct machine machine[MACHINES];
	uint64_t steps;
};

static const struct s2t_iut_ops reads_ops = { READS_OPS };

/* One step; false: the sequence is over. */
static bool step(struct machine *machine)
{
	struct s2t_call call;

	if (machine->verdict >= S2T_ENDED || !s2t_gen_next(machine->gen, &call))
		return false;
	machine->verdict = s2t_lockstep_step(machine->ls, &call);
	if (machine->verdict < S2T_ENDED)
		s2t_gen_learn(machine->gen, &call, &machine->ls->step);
	return true;
}

static void *work(void *arg)
{
	struct thread *thread = arg;

	for (uint64_t i = 0; i < SEQUENCES; i++) {
		for (unsigned j = 0; j < MACHINES; j++) {
			s2t_gen_begin(thread->machine[j].gen, thread->seed + i, LENGTH);
			thread->machine[j].verdict = S2T_AGREED;
		}
		for (bool any = true; any;) {
			any = false;
			for (unsigned j = 0; j < MACHINES; j++)
				any |= step(&thread->machine[j]);
		}
		for (unsigned j = 0; j < MACHINES; j++) {
			struct machine *machine = &thread->machine[j];

			if (machine->verdict < S2T_DIVERGED)
				machine->verdict = s2t_lockstep_end(machine->ls);
			if (machine->verdict >= S2T_DIVERGED)
				return NULL;
			s2t_lockstep_reset(machine->ls);
		}
	}
	return NULL;
}

static void make(struct machine *machine, const struct s2t_iut_ops *ops, enum s2t_watch_memory watch)
{
	const struct s2t_lockstep_options options = { .spec = S2T_SPEC_LOW, .watch = watch };
	struct s2t_error error;

	s2t_board_default(&machine->board);
	machine->ls = s2t_lockstep_create(&machine->board, ops, &options, &error);
	assert_non_null(machine->ls);
	machine->gen = s2t_gen_create(&machine->board, machine->ls->model);
	assert_non_null(machine->gen);
}

static void test_two_threads(void **state)
{
	struct s2t_iut_ops watched_ops = reads_ops;
	struct thread thread[2] = { { .seed = 1 }, { .seed = 1000 } };

	(void)state;
	watched_ops.create = watched_create;
	watched_ops.destroy = watched_destroy;
	watched_ops.call = watched_call;
	watched_ops.memory = watched_memory;
	for (unsigned i = 0; i < 2; i++) {
		make(&thread[i].machine[0], &reads_ops, S2T_WATCH_NONE);
		make(&thread[i].machine[1], &watched_ops, S2T_WATCH_PROTECT);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i].id, NULL, work, &thread[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_join(thread[i].id, NULL), 0);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned j = 0; j < MACHINES; j++) {
			assert_int_equal(thread[i].machine[j].verdict, S2T_AGREED);
			assert_int_equal(thread[i].machine[j].ls->stats.sequences, SEQUENCES);
			assert_true(thread[i].machine[j].ls->stats.steps > SEQUENCES);
			s2t_gen_destroy(thread[i].machine[j].gen);
			s2t_lockstep_destroy(thread[i].machine[j].ls);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
