/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of the model without memory: each allocation of the last step of each case fails once, and so does growing
 * the logs and the journal. The step says so and leaves the state as it was; taken again when there is memory, it does
 * what it always does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case_seeds.h"
#include "log.h"
#include "scarce.h"
#include "spec.h"

static uint64_t digest(const struct s2t_model *m)
{
	uint64_t sum = m->cpu.halt + 2U * m->cpu.tstate;

	for (uint32_t lock = 0; lock < m->logs->lock_count; lock++)
		sum = sum * 31 + s2t_model_digest(m, lock) + s2t_model_lock_held(m, lock) +
		      s2t_model_log(m, lock, NULL, 0);
	for (uint64_t vmid = 0; vmid <= m->board.corevisor; vmid++)
		sum = sum * 31 + s2t_model_data_log(m, vmid);
	return sum;
}

static struct s2t_model *machine_of(const struct s2t_trace *trace, bool logs)
{
	const struct s2t_call walk = { S2T_OP_WALK_S2PT, { 0, 0 } };
	struct s2t_model *m = s2t_model_create(&trace->board);
	struct s2t_step step;

	assert_non_null(m);
	assert_true(s2t_model_set_logs(m, logs));
	if (logs) { /* so that there is an array of events */
		s2t_model_step(m, S2T_SPEC_LOW, &walk, &step);
		s2t_model_reset(m);
	}
	return m;
}

/* The forms of an operation; the third, of those below MemManager, is the chain that the atomic form was proved to be. */
enum form { LOW, HIGH, CHAIN, FORMS };

struct chain {
	struct s2t_model *m;
	const struct s2t_call *call;
	uint64_t *ret;
};

static bool run_chain(void *ctx)
{
	const struct chain *chain = ctx;
	const uint64_t *a = chain->call->arg;
	struct s2t_model *m = chain->m;

	switch ((enum s2t_op)chain->call->op) {
	case S2T_OP_GET_LEVEL_S2PT: return s2t_get_level_s2pt_spec0(m, a[0], a[1], chain->ret);
	case S2T_OP_WALK_S2PT: return s2t_walk_s2pt_spec0(m, a[0], a[1], chain->ret);
	case S2T_OP_MAP_S2PT: return s2t_map_s2pt_spec0(m, a[0], a[1], a[2], a[3]);
	case S2T_OP_CLEAR_PFN_HOST: return s2t_clear_pfn_host_spec0(m, a[0]);
	case S2T_OP_INIT_SPT: return s2t_init_spt_spec0(m, a[0], a[1]);
	case S2T_OP_WALK_SPT: return s2t_walk_spt_spec0(m, a[0], a[1], a[2], chain->ret);
	case S2T_OP_MAP_SPT: return s2t_map_spt_spec0(m, a[0], a[1], a[2], a[3]);
	default: return s2t_unmap_spt_spec0(m, a[0], a[1], a[2], chain->ret);
	}
}

/* A chain knows no case; it then has that of its operation's first. */
static void run_step(struct s2t_model *m, enum form form, const struct s2t_call *call, struct s2t_step *step)
{
	if (form == CHAIN && call->op >= S2T_OP_GET_LEVEL_S2PT) {
		struct chain chain = { m, call, &step->ret };

		s2t_step_by(m, (enum s2t_op)call->op, run_chain, &chain, step);
	} else {
		s2t_model_step(m, form == HIGH ? S2T_SPEC_HIGH : S2T_SPEC_LOW, call, step);
	}
}

/* One step with little room. False: there was enough of it. */
static bool run_out(const char *name, struct s2t_model *m, enum form form, enum scarce scarce, size_t room,
                    const struct s2t_call *call, struct s2t_step *step)
{
	const uint64_t before = m->logs ? digest(m) : 0;
	const struct room all = make_scarce(m, scarce, room);

	run_step(m, form, call, step);
	make_plenty(m, scarce, all);
	if (!s2t_model_out_of_memory(m))
		return false;
	if (step->outcome != S2T_UNDEFINED)
		return true; /* only a digest could not be kept: the machine is for the reset */
	if (m->logs && digest(m) != before)
		fail_msg("%s: out of memory, and the state is not as before", name);
	m->out_of_memory = false;
	run_step(m, form, call, step);
	return true;
}

/* The last step of a trace, and each before it, with ever more room until there is enough. */
static void starve(const char *name, const struct s2t_trace *trace, enum form forms, enum scarce scarces)
{
	for (unsigned variant = 0; variant < 2U * forms; variant++) {
		const enum form form = (enum form)(variant % forms);
		const bool logs = variant >= forms;

		for (int scarce = MEMORY; scarce < (int)scarces; scarce++) {
			bool out = scarce != LOG || logs;

			for (size_t room = 0; out; room += 1 + (scarces == SCARCE ? 0 : room / 2)) {
				struct s2t_model *m = machine_of(trace, logs), *good = machine_of(trace, logs);
				struct s2t_step step, expected;

				out = false;
				for (size_t i = 0; i < trace->count; i++) {
					run_step(good, form, &trace->call[i], &expected);
					if (run_out(name, m, form, (enum scarce)scarce, room, &trace->call[i],
					            &step))
						out = true;
					if (step.outcome != expected.outcome ||
					    step.case_id != expected.case_id || step.ret != expected.ret)
						fail_msg(
							"%s: step %zu is another one after it ran out of memory",
							name, i + 1);
					if (s2t_model_out_of_memory(m))
						break;
				}
				s2t_model_destroy(m);
				s2t_model_destroy(good);
				assert_true(room < (scarces == SCARCE ? 100 : 1U << 16));
			}
		}
	}
}

static void starve_model(const char *name, const struct s2t_trace *trace)
{
	starve(name, trace, FORMS, SCARCE);
}

/* A step of the hypercall layer is many of those below: thousands of records and events, so only memory is scarce. */
static void starve_hyper(const char *name, const struct s2t_trace *trace)
{
	starve(name, trace, CHAIN, LOG);
}

static void test_steps_of_the_model(void **state)
{
	(void)state;
	for_each_case(starve_model);
}

static void test_hypercalls(void **state)
{
	static const char *const names[] = { "workload", "host-block", "not-negative-block-over-table" };
	unsigned count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[256];

		snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/hyper/%s.trace", names[i]);
		check_trace(starve_hyper, names[i], path, &count);
	}
	assert_int_equal(count, sizeof(names) / sizeof(*names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_of_the_model),
		cmocka_unit_test(test_hypercalls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
