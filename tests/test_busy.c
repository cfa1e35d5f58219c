/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks that are not free. Each row of tests/cases is taken once more with each lock in turn held by an earlier section
 * that never ended. Where the low form takes that lock on its way the step is undefined, and elsewhere nothing is
 * different; the high form may ask for more locks than it takes. The form of the security proofs takes none, but relies
 * on hlock: which words of it count for which operation is written down here from TrapHandlerSpec.v.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cases/row.h"
#include "spec.h"

/* Kinds of locks, of the operations' own VM where there is one. */
enum {
	H_CORE = 1,
	H_S2PAGE = 2,
	H_SPT = 4,
	H_SMMU = 8,
	H_NPT_HOST = 16,
	H_NPT_VM = 32,
	H_NPT_CORE = 64,
	H_INFO_HOST = 128,
	H_INFO_VM = 256
};

static unsigned kind_of(const struct s2t_board *board, uint32_t lock)
{
	const uint32_t npt = lock - S2T_LOCK_NPT;
	const uint32_t info = lock - s2t_lock_info(board, 0);

	switch (lock) {
	case S2T_LOCK_CORE: return H_CORE;
	case S2T_LOCK_S2PAGE: return H_S2PAGE;
	case S2T_LOCK_SPT: return H_SPT;
	case S2T_LOCK_SMMU: return H_SMMU;
	default: break;
	}
	if (lock >= s2t_lock_info(board, 0))
		return info == 0 ? H_INFO_HOST : H_INFO_VM;
	return npt == 0 ? H_NPT_HOST : npt == board->corevisor ? H_NPT_CORE : H_NPT_VM;
}

struct busy {
	const struct row *row;
	const struct s2t_trace *trace;
	const struct s2t_call *when;
	enum s2t_spec spec;
	struct s2t_model *m;
	struct s2t_mark mark; /* before the step */
	struct s2t_step free; /* the step with all locks free */
	unsigned undefined;   /* kinds of locks with which it was not defined */
	unsigned problems;
};

static void complain(struct busy *b, uint32_t lock, const char *what)
{
	static const char *const name[] = {
		[S2T_SPEC_LOW] = "low", [S2T_SPEC_HIGH] = "high", [S2T_SPEC_TOP] = "top"
	};

	fprintf(stderr, "%s:%u: %s, lock %u: %s\n", b->row->file, b->row->line, name[b->spec], lock, what);
	b->problems++;
}

/* The step with `lock` held. */
static void with_lock(struct busy *b, uint32_t lock, bool taken)
{
	struct s2t_step step;
	size_t writes;

	s2t_set_lock_own(b->m, lock);
	s2t_model_step(b->m, b->spec, b->when, &step);
	if (step.outcome == S2T_UNDEFINED) {
		s2t_model_touched(b->m, &writes);
		if (writes != 0)
			complain(b, lock, "undefined, and something was written");
		if (b->free.outcome != S2T_UNDEFINED) {
			b->undefined |= kind_of(&b->trace->board, lock);
			if (b->spec == S2T_SPEC_LOW && !taken)
				complain(b, lock, "undefined, though it is not taken");
		}
	} else {
		if (taken)
			complain(b, lock, "held, and taken again");
		if (step.outcome != b->free.outcome || step.case_id != b->free.case_id ||
		    step.ret != b->free.ret)
			complain(b, lock, "held, the step goes another way");
	}
	if (!s2t_model_lock_held(b->m, lock) && b->spec != S2T_SPEC_TOP)
		complain(b, lock, "was given back by one who did not take it");
	s2t_model_undo(b->m, &b->mark);
	if (s2t_model_lock_held(b->m, lock))
		complain(b, lock, "is still held after the step was taken back");
}

static void all_locks(struct busy *b)
{
	const uint32_t locks = s2t_lock_info(&b->trace->board, b->trace->board.corevisor) + 1;
	size_t before[64], after[64];
	struct s2t_step step;

	b->m = s2t_model_create(&b->trace->board);
	assert_non_null(b->m);
	assert_true(locks <= 64 && (b->spec == S2T_SPEC_TOP || s2t_model_set_logs(b->m, true)));
	for (size_t i = 0; i + 1 < b->trace->count; i++)
		s2t_model_step(b->m, b->spec == S2T_SPEC_TOP ? S2T_SPEC_LOW : b->spec, &b->trace->call[i],
		               &step);
	for (uint32_t lock = 1; lock < locks; lock++)
		before[lock] = s2t_model_log(b->m, lock, NULL, 0);
	b->mark = s2t_model_mark(b->m);
	s2t_model_step(b->m, b->spec, b->when, &b->free);
	for (uint32_t lock = 1; lock < locks; lock++)
		after[lock] = s2t_model_log(b->m, lock, NULL, 0);
	s2t_model_undo(b->m, &b->mark);
	for (uint32_t lock = 1; lock < locks && !s2t_model_halted(b->m); lock++)
		if (!s2t_model_lock_held(b->m, lock))
			with_lock(b, lock, b->free.outcome != S2T_UNDEFINED && after[lock] > before[lock]);
	s2t_model_destroy(b->m);
}

/* Runs the rows of an operation; returns how many problems were printed. `left_out` counts rows that take too long with
 * logs, in both forms that take locks. */
static unsigned rows(enum s2t_op op, unsigned undefined[3], unsigned *left_out)
{
	struct table table;
	unsigned problems = 0;
	char name[ROW_NAME];

	table_of(op, &table);
	for (size_t i = 0; i < table.count; i++) {
		const bool above = s2t_op_layer(op) != S2T_LAYER_MEMORY;
		struct s2t_trace trace;

		row_trace(&table.row[i], &trace, name);
		*left_out += takes_long(&trace.call[trace.count - 1]);
		for (int spec = S2T_SPEC_LOW; spec <= (above ? S2T_SPEC_TOP : S2T_SPEC_HIGH); spec++) {
			struct busy busy = { .row = &table.row[i],
				             .trace = &trace,
				             .when = &trace.call[trace.count - 1],
				             .spec = (enum s2t_spec)spec };

			if (spec != S2T_SPEC_TOP && takes_long(busy.when))
				continue;
			all_locks(&busy);
			undefined[spec] |= busy.undefined;
			problems += busy.problems;
		}
		s2t_trace_free(&trace);
	}
	table_free(&table);
	return problems;
}

static void memory_operations(void **state)
{
	unsigned problems = 0, left_out = 0;

	(void)state;
	for (int op = 0; op < S2T_OP_MEMORY_COUNT; op++) {
		unsigned undefined[3] = { 0 };

		problems += rows((enum s2t_op)op, undefined, &left_out);
		assert_true(undefined[S2T_SPEC_LOW] && (undefined[S2T_SPEC_HIGH] & undefined[S2T_SPEC_LOW]));
	}
	tell_left_out(left_out, "low and high");
	assert_int_equal(problems, 0);
}

/* rely ID @ (hlock …) on some path of the operation. Of two there is a row in which the host is the VM. */
static const struct {
	enum s2t_op op;
	unsigned hlock;
} relied[] = {
	{ S2T_OP_CLEAR_VM_RANGE, H_S2PAGE | H_NPT_HOST },
	{ S2T_OP_PROT_AND_MAP_VM_S2PT, H_S2PAGE | H_NPT_HOST | H_NPT_VM },
	{ S2T_OP_GRANT_STAGE2_SG_GPA, H_S2PAGE | H_NPT_VM },
	{ S2T_OP_REVOKE_STAGE2_SG_GPA, H_S2PAGE | H_NPT_HOST | H_NPT_VM },
	{ S2T_OP_REGISTER_KVM, H_CORE | H_INFO_HOST | H_INFO_VM },
	{ S2T_OP_REGISTER_VCPU, H_INFO_VM },
	{ S2T_OP_SET_BOOT_INFO, H_CORE | H_INFO_VM },
	{ S2T_OP_REMAP_VM_IMAGE, H_INFO_VM | H_NPT_CORE },
	{ S2T_OP_VERIFY_AND_LOAD_IMAGES,
	  H_INFO_HOST | H_INFO_VM | H_S2PAGE | H_NPT_HOST | H_NPT_VM | H_NPT_CORE },
	{ S2T_OP_SEARCH_LOAD_INFO, 0 },
	{ S2T_OP_SET_VM_POWEROFF, H_INFO_VM },
	{ S2T_OP_CLEAR_VM_STAGE2_RANGE, H_NPT_VM | H_S2PAGE | H_NPT_HOST },
	{ S2T_OP_EL2_FREE_SMMU_PGD, H_SMMU | H_INFO_HOST },
	{ S2T_OP_EL2_ALLOC_SMMU_PGD, H_SMMU | H_INFO_HOST | H_SPT },
	{ S2T_OP_EL2_ARM_LPAE_MAP, H_SMMU | H_INFO_HOST | H_INFO_VM | H_S2PAGE | H_NPT_HOST | H_SPT },
	{ S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS, H_SPT },
	{ S2T_OP_EL2_ARM_LPAE_CLEAR, H_SMMU | H_INFO_VM | H_S2PAGE | H_SPT },
	{ S2T_OP_KVM_PHYS_ADDR_IOREMAP, H_INFO_VM | H_S2PAGE | H_NPT_VM },
	{ S2T_OP_HOST_FAULT, H_SMMU | H_S2PAGE | H_NPT_HOST },
	{ S2T_OP_VCPU_RUN, H_INFO_VM | H_S2PAGE | H_NPT_HOST | H_NPT_VM },
	{ S2T_OP_VCPU_EXIT, H_INFO_VM | H_S2PAGE | H_NPT_HOST | H_NPT_VM },
};

/* What only the low form takes: the high one does not unmap the host, and does not look at the VM of a bank. */
static unsigned low_alone(enum s2t_op op)
{
	switch (op) {
	case S2T_OP_CLEAR_VM_RANGE:
	case S2T_OP_CLEAR_VM_STAGE2_RANGE: return H_NPT_HOST;
	case S2T_OP_EL2_ALLOC_SMMU_PGD: return H_INFO_VM;
	default: return 0;
	}
}

static void hypercall_layer(void **state)
{
	unsigned problems = 0, left_out = 0;

	(void)state;
	for (int op = S2T_OP_MEMORY_COUNT; op < S2T_OP_COUNT; op++) {
		unsigned undefined[3] = { 0 };

		problems += rows((enum s2t_op)op, undefined, &left_out);
		assert_int_equal(undefined[S2T_SPEC_LOW] & ~undefined[S2T_SPEC_HIGH],
		                 low_alone((enum s2t_op)op));
		for (size_t i = 0; i < sizeof(relied) / sizeof(relied[0]); i++)
			if (relied[i].op == (enum s2t_op)op && relied[i].hlock != undefined[S2T_SPEC_TOP]) {
				fprintf(stderr, "%s: of hlock count 0x%x, not 0x%x\n", s2t_op_table[op].name,
				        undefined[S2T_SPEC_TOP], relied[i].hlock);
				problems++;
			}
	}
	tell_left_out(left_out, "low and high");
	assert_int_equal(problems, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_operations),
		cmocka_unit_test(hypercall_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
