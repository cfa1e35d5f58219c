/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other CPUs, with histories made by hand: what they left in the objects is pulled, a lock that one of them
 * holds stops the operations that need it (and only those: A6), and a history that cannot be makes a step
 * undefined.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "default_model.h"
#include "boards.h"
#include "optable.h"
#include "spec.h"
#include "trace.h"

/* What the others do on one log, once. */
struct script {
	uint32_t lock;
	size_t count;
	const struct s2t_other_event *event;
};

/* orac cpu l: the script, unless l has it already. */
static const struct s2t_other_event *play(void *ctx, const struct s2t_model *m, uint32_t lock, uint32_t cpu,
                                          size_t *count)
{
	const struct script *script = ctx;
	struct s2t_event log[256];
	const size_t length = s2t_model_log(m, lock, log, 256);

	assert_int_equal(cpu, 3);
	*count = script->lock == lock ? script->count : 0;
	for (size_t i = 0; i < length && i < 256; i++)
		if (log[i].cpu != cpu)
			*count = 0;
	return script->event;
}

static void set_script(struct s2t_model *m, struct script *script)
{
	const struct s2t_oracle oracle = { .cpu = 3, .events = play, .ctx = script };

	assert_true(s2t_model_set_oracle(m, &oracle));
}

static struct s2t_model *new_machine(void)
{
	struct s2t_model *m = default_model();

	assert_true(s2t_model_set_logs(m, true));
	return m;
}

/* Runs operations written as in a trace; the last step. */
static struct s2t_step run(struct s2t_model *m, enum s2t_spec spec, const char *operations)
{
	struct s2t_step step = { S2T_OK, S2T_CASE_COUNT, 0 };
	struct s2t_trace trace;
	struct s2t_error error;
	char text[1024];

	snprintf(text, sizeof(text), "s2twin-trace 1\n%s\n", operations);
	if (!s2t_trace_parse(&trace, S2T_TRACE, "test", text, strlen(text), &error))
		fail_msg("%s", error.text);
	for (size_t i = 0; i < trace.count; i++)
		s2t_model_step(m, spec, &trace.call[i], &step);
	s2t_trace_free(&trace);
	return step;
}

#define WAIT(c)                                                                                                \
	{                                                                                                      \
		.cpu = c, .kind = S2T_EVENT_WAIT, .bound = 10                                                  \
	}
#define PULL(c)                                                                                                \
	{                                                                                                      \
		.cpu = c, .kind = S2T_EVENT_PULL                                                               \
	}
#define REL(c)                                                                                                 \
	{                                                                                                      \
		.cpu = c, .kind = S2T_EVENT_REL                                                                \
	}
#define SHOW(c, k, list, n)                                                                                    \
	{                                                                                                      \
		.cpu = c, .kind = S2T_EVENT_##k, .write = list, .writes = n                                    \
	}
#define SCRIPT(id, list)                                                                                       \
	{                                                                                                      \
		.lock = id, .count = sizeof(list) / sizeof(list[0]), .event = list                             \
	}

/* Another CPU has waited for the lock and never lets go. */
static const struct s2t_other_event holds[] = { WAIT(1), PULL(1) };

/* A step of a case of which the low form does not take the lock, but the high form wants it free (A6); the
 * other way round for clear_vm_page; and those of which both forms take it. */
static void test_lock_held_elsewhere(void **state)
{
	static const struct {
		const char *id;
		uint32_t lock;
		bool low, high; /* whether the step is defined */
	} held[] = {
		{ "MPH-5", S2T_LOCK_NPT, true, false },      { "APV-5", S2T_LOCK_NPT, true, false },
		{ "APV-6", S2T_LOCK_NPT, true, false },      { "APV-7", S2T_LOCK_NPT, true, false },
		{ "APV-8", S2T_LOCK_NPT, true, false },      { "APV-9", S2T_LOCK_NPT, true, false },
		{ "APV-10", S2T_LOCK_NPT, true, false },     { "APV-11", S2T_LOCK_NPT, true, false },
		{ "MVI-3", S2T_LOCK_NPT + 1, true, false },  { "RVP-5", S2T_LOCK_NPT, true, false },
		{ "RVP-6", S2T_LOCK_NPT, true, false },      { "RVP-7", S2T_LOCK_NPT, true, false },
		{ "APS-5", S2T_LOCK_NPT, true, false },      { "APS-6", S2T_LOCK_NPT, true, false },
		{ "APS-7", S2T_LOCK_NPT, true, false },      { "USP-6", S2T_LOCK_SPT, true, false },
		{ "USP-7", S2T_LOCK_SPT, true, false },      { "CVP-3", S2T_LOCK_NPT, false, true },
		{ "CVP-4", S2T_LOCK_NPT, false, true },      { "CVP-2", S2T_LOCK_NPT, true, true },
		{ "GVP-2", S2T_LOCK_NPT, true, true },       { "MPH-4", S2T_LOCK_NPT, false, false },
		{ "APV-2", S2T_LOCK_NPT, false, false },     { "APV-4", S2T_LOCK_NPT, false, false },
		{ "RVP-2", S2T_LOCK_NPT, false, false },     { "MPV-2", S2T_LOCK_NPT + 1, false, false },
		{ "MPV-2", S2T_LOCK_NPT + 2, true, true },   { "MVI-2", S2T_LOCK_NPT + 1, false, false },
		{ "USP-3", S2T_LOCK_SPT, false, false },     { "UMP-7", S2T_LOCK_SPT, false, false },
		{ "GLN-2", S2T_LOCK_NPT + 1, false, false }, { "IST-2", S2T_LOCK_SPT, false, false },
		{ "MPH-3", S2T_LOCK_S2PAGE, false, false },  { "GVP-4", S2T_LOCK_S2PAGE, false, false },
		{ "UMP-7", S2T_LOCK_S2PAGE, false, false },  { "MPV-2", S2T_LOCK_S2PAGE, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
		for (int high = 0; high < 2; high++) {
			struct script nobody = { .lock = held[i].lock };
			struct script script = { .lock = held[i].lock, .count = 2, .event = holds };
			struct s2t_step step = { S2T_OK, S2T_CASE_COUNT, 0 };
			struct s2t_trace trace;
			struct s2t_error error;
			char path[128];

			snprintf(path, sizeof(path), S2T_SOURCE_DIR "/corpus/seeds/cases/%s.trace", held[i].id);
			if (!s2t_trace_load(&trace, S2T_TRACE, path, &error))
				fail_msg("%s", error.text);
			struct s2t_model *m = s2t_model_create(&trace.board);

			assert_true(s2t_model_set_logs(m, true));
			for (size_t j = 0; j < trace.count; j++) {
				set_script(m, j + 1 == trace.count ? &script : &nobody);
				s2t_model_step(m, high ? S2T_SPEC_HIGH : S2T_SPEC_LOW, &trace.call[j], &step);
			}
			if ((step.outcome != S2T_UNDEFINED) != (high ? held[i].high : held[i].low))
				fail_msg("%s, %s form: %s", held[i].id, high ? "high" : "low",
				         s2t_outcome_name(step.outcome));
			s2t_model_destroy(m);
			s2t_trace_free(&trace);
		}
	}
}

/* A record that another CPU changed between two of our steps is the one that we see, and in our next
 * snapshot. */
static void test_record_is_pulled(void **state)
{
	static const struct s2t_other_write write[] = {
		{ .at = 0x40005, .page = { 2, 4, 0x77 } },
		{ .at = 0x40006, .page = { 1, 0, 0x78 } },
	};
	static const struct s2t_other_event events[] = { WAIT(1), PULL(1), SHOW(1, S2_PAGE, write, 2), REL(1) };
	static const uint32_t cpus[] = { 3, 3, 3, 3, 1, 1, 1, 1, 3, 3, 3, 3 };

	(void)state;
	for (int high = 0; high < 2; high++) {
		const enum s2t_spec spec = high ? S2T_SPEC_HIGH : S2T_SPEC_LOW;
		struct script none = { .lock = S2T_LOCK_S2PAGE }, script = SCRIPT(S2T_LOCK_S2PAGE, events);
		struct s2t_model *m = new_machine();
		struct s2t_event log[16];
		size_t count;

		set_script(m, &none);
		assert_int_equal(run(m, spec, "grant_vm_page vmid=2 pfn=0x40005").case_id, S2T_CASE_GVP_4);
		const struct s2t_mark mark = s2t_model_mark(m);
		const uint64_t digest = s2t_model_digest(m, S2T_LOCK_S2PAGE);

		set_script(m, &script);
		assert_int_equal(run(m, spec, "grant_vm_page vmid=2 pfn=0x40005").case_id, S2T_CASE_GVP_2);
		assert_int_equal(s2t_model_page(m, 0x40005).count, 5);
		assert_int_equal(s2t_model_page(m, 0x40006).owner, 1);

		/* The log: our section, theirs, ours; newest first. */
		count = s2t_model_log(m, S2T_LOCK_S2PAGE, log, 16);
		assert_int_equal(count, 12);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(log[i].cpu, cpus[count - 1 - i]);
		s2t_model_events(m, &count);
		assert_int_equal(count, 8);
		assert_int_not_equal(log[5].value, digest);                           /* their snapshot */
		assert_int_equal(log[1].value, s2t_model_digest(m, S2T_LOCK_S2PAGE)); /* ours */
		assert_int_not_equal(log[1].value, log[5].value);

		/* What was pulled goes back with the step. */
		s2t_model_undo(m, &mark);
		assert_int_equal(s2t_model_log(m, S2T_LOCK_S2PAGE, NULL, 0), 4);
		assert_int_equal(s2t_model_digest(m, S2T_LOCK_S2PAGE), digest);
		assert_int_equal(s2t_model_page(m, 0x40006).owner, 0);
		assert_int_equal(run(m, spec, "grant_vm_page vmid=2 pfn=0x40005").case_id, S2T_CASE_GVP_2);
		s2t_model_reset(m);
		assert_int_equal(s2t_model_digest(m, S2T_LOCK_S2PAGE), 0);
		assert_int_equal(s2t_model_page(m, 0x40006).owner, 0);
		s2t_model_destroy(m);
	}
}

/* The newest of several snapshots counts, and one of another kind does not. */
static void test_newest_snapshot(void **state)
{
	static const struct s2t_other_write first[] = { { .at = 0x40005, .page = { 1, 1, 7 } } };
	static const struct s2t_other_write second[] = { { .at = 0x40005, .page = { 2, 2, 7 } } };
	static const struct s2t_other_event events[] = { WAIT(1),
		                                         PULL(1),
		                                         SHOW(1, S2_PAGE, first, 1),
		                                         SHOW(1, S2_PAGE, second, 1),
		                                         SHOW(1, SPT, first, 1),
		                                         REL(1),
		                                         WAIT(2),
		                                         REL(2) };
	struct script script = SCRIPT(S2T_LOCK_S2PAGE, events);
	struct s2t_model *m = new_machine();

	(void)state;
	set_script(m, &script);
	assert_int_equal(run(m, S2T_SPEC_LOW, "grant_vm_page vmid=2 pfn=0x40005").case_id, S2T_CASE_GVP_2);
	assert_int_equal(s2t_model_page(m, 0x40005).count, 3);
	s2t_model_destroy(m);
}

/* The other objects: a table of the host, a table of the SMMU, contents of pages. */
static void test_tables_and_contents_are_pulled(void **state)
{
	static const struct s2t_other_write host[] = { { .at = 0x40005000, .where = 3, .value = 0x40005fff } };
	static const struct s2t_other_write smmu[] = { { .at = 0x7000, .where = 9, .value = 0x40005003 } };
	static const struct s2t_other_write content[] = { { .at = 0x40007, .value = 42 },
		                                          { .at = 0x40005, .value = 43 } };
	static const struct s2t_other_event on_host[] = { WAIT(1), PULL(1), SHOW(1, NPT, host, 1), REL(1) };
	static const struct s2t_other_event on_smmu[] = { WAIT(1), PULL(1), SHOW(1, SPT, smmu, 1), REL(1) };
	static const struct s2t_other_event on_content[] = { SHOW(1, FLATMEM, content, 2) };

	(void)state;
	for (int high = 0; high < 2; high++) {
		const enum s2t_spec spec = high ? S2T_SPEC_HIGH : S2T_SPEC_LOW;
		struct script host_script = SCRIPT(S2T_LOCK_NPT, on_host);
		struct script smmu_script = SCRIPT(S2T_LOCK_SPT, on_smmu);
		struct script content_script = SCRIPT(S2T_LOCK_FLATMEM, on_content);
		struct s2t_model *m = new_machine();

		set_script(m, &host_script);
		assert_int_equal(run(m, spec, "assign_pfn_to_vm vmid=1 gfn=7 pfn=0x40005").case_id,
		                 S2T_CASE_APV_3);
		assert_int_equal(s2t_model_npt(m, 0, 0x40005).pte, UINT64_C(1) << 57);
		assert_int_equal(s2t_model_npt_next(m, 0, 2), 0x911000 + 0x1000);
		s2t_model_reset(m);

		set_script(m, &smmu_script);
		assert_int_equal(run(m, spec, "walk_spt cbndx=1 index=1 addr=0x7000").ret, 0x40005003);
		s2t_model_reset(m);
		assert_int_equal(run(m, spec, "unmap_smmu_page cbndx=1 index=1 iova=0x7000").case_id,
		                 S2T_CASE_UMP_3);
		s2t_model_reset(m);

		/* Page contents have no lock: any events may stand on their log, and each page keeps its own. */
		set_script(m, &content_script);
		assert_int_equal(run(m, spec, "clear_vm_page vmid=0 pfn=0x40005").outcome, S2T_OK);
		assert_int_equal(s2t_model_token(m, 0x40005), 0);
		assert_int_equal(s2t_model_token(m, 0x40007), 42);
		s2t_model_reset(m);
		assert_int_equal(run(m, spec, "assign_pfn_to_vm vmid=1 gfn=7 pfn=0x40005").outcome, S2T_OK);
		assert_int_equal(s2t_model_token(m, 0x40005), s2t_default_doracle(1, 0));
		assert_int_equal(s2t_model_token(m, 0x40007), 42);
		s2t_model_destroy(m);
	}
}

static const struct s2t_other_write untracked[] = { { .at = 0x90000, .page = { 0, 0, 0 } } };
static const struct s2t_other_write no_owner[] = { { .at = 0x40005, .page = { UINT32_MAX, 0, 0 } } };
static const struct s2t_other_write fine[] = { { .at = 0x40006, .page = { 1, 0, 0 } } };
static const struct s2t_other_write no_level[] = { { .at = 0x1000, .where = 1, .value = 0x5fff } };
static const struct s2t_other_write table_block[] = { { .at = 0x1000, .where = 2, .value = 0x200fff } };
static const struct s2t_other_write no_context[] = { { .at = 0x1000, .where = 16, .value = 0x5003 } };

static const struct s2t_other_event foreign_release[] = { WAIT(1), PULL(1), REL(2) };
static const struct s2t_other_event foreign_event[] = { WAIT(1), PULL(2), REL(1) };
static const struct s2t_other_event two_waits[] = { WAIT(1), WAIT(2), REL(2), REL(1) };
static const struct s2t_other_event no_wait[] = { PULL(1), REL(1) };
static const struct s2t_other_event release_only[] = { REL(1) };
static const struct s2t_other_event ten_shared[] = { WAIT(1), PULL(1), PULL(1), PULL(1), PULL(1), PULL(1),
	                                             PULL(1), PULL(1), PULL(1), PULL(1), PULL(1), REL(1) };
static const struct s2t_other_event eleven_shared[] = { WAIT(1), PULL(1), PULL(1), PULL(1), PULL(1),
	                                                PULL(1), PULL(1), PULL(1), PULL(1), PULL(1),
	                                                PULL(1), PULL(1), REL(1) };
static const struct s2t_other_event late_fault[] = { WAIT(1), SHOW(1, S2_PAGE, fine, 1), REL(1), REL(1) };
static const struct s2t_other_event no_such_event[] = { WAIT(1), { .cpu = 1, .kind = 99 }, REL(1) };
static const struct s2t_other_event shows_untracked[] = { WAIT(1), SHOW(1, S2_PAGE, untracked, 1), REL(1) };
static const struct s2t_other_event shows_no_owner[] = { WAIT(1), SHOW(1, S2_PAGE, no_owner, 1), REL(1) };
static const struct s2t_other_event shows_no_level[] = { WAIT(1), SHOW(1, NPT, no_level, 1), REL(1) };
static const struct s2t_other_event shows_table_block[] = { WAIT(1), SHOW(1, NPT, table_block, 1), REL(1) };
static const struct s2t_other_event shows_no_context[] = { WAIT(1), SHOW(1, SPT, no_context, 1), REL(1) };

static const char on_s2page[] = "grant_vm_page vmid=0 pfn=0x40005";
static const char on_npt[] = "map_page_host addr=0x40005000";
static const char on_spt[] = "unmap_smmu_page cbndx=0 index=0 iova=0x7000";

/* Each makes the step undefined in both forms, and leaves nothing behind; except ten_shared, which may be. */
static void test_bad_histories(void **state)
{
	static const struct {
		const char *name, *operation;
		bool defined;
		struct script script;
	} bad[] = {
		{ "release by another CPU", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, foreign_release) },
		{ "event of another CPU", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, foreign_event) },
		{ "two waits", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, two_waits) },
		{ "no wait", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, no_wait) },
		{ "release only", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, release_only) },
		{ "ten shared events", on_s2page, true, SCRIPT(S2T_LOCK_S2PAGE, ten_shared) },
		{ "eleven shared events", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, eleven_shared) },
		{ "the same on the host's table", on_npt, false, SCRIPT(S2T_LOCK_NPT, eleven_shared) },
		{ "the same on the SMMU's", on_spt, false, SCRIPT(S2T_LOCK_SPT, eleven_shared) },
		{ "a fault after a snapshot", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, late_fault) },
		{ "no such event", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, no_such_event) },
		{ "page without record", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, shows_untracked) },
		{ "record without owner", on_s2page, false, SCRIPT(S2T_LOCK_S2PAGE, shows_no_owner) },
		{ "entry of no level", on_npt, false, SCRIPT(S2T_LOCK_NPT, shows_no_level) },
		{ "block that is a table", on_npt, false, SCRIPT(S2T_LOCK_NPT, shows_table_block) },
		{ "no such context", on_spt, false, SCRIPT(S2T_LOCK_SPT, shows_no_context) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (int high = 0; high < 2; high++) {
			struct script script = bad[i].script;
			struct s2t_model *m = new_machine();

			set_script(m, &script);
			struct s2t_step step = run(m, high ? S2T_SPEC_HIGH : S2T_SPEC_LOW, bad[i].operation);

			if ((step.outcome != S2T_UNDEFINED) != bad[i].defined)
				fail_msg("%s, %s form: %s", bad[i].name, high ? "high" : "low",
				         s2t_outcome_name(step.outcome));
			for (uint32_t lock = 0; !bad[i].defined && lock <= S2T_LOCK_NPT; lock++) {
				assert_int_equal(s2t_model_log(m, lock, NULL, 0), 0);
				assert_int_equal(s2t_model_digest(m, lock), 0);
			}
			assert_int_equal(s2t_model_page(m, 0x40006).owner, 0);
			assert_false(s2t_model_out_of_memory(m));
			s2t_model_destroy(m);
		}
	}
}

/* More writes than a step of our own could make. */
static void test_long_history(void **state)
{
	static struct s2t_other_write write[1000];
	const struct s2t_other_event events[] = { WAIT(1), SHOW(1, S2_PAGE, write, 1000), REL(1) };
	struct script script = SCRIPT(S2T_LOCK_S2PAGE, events);
	struct s2t_model *m = new_machine();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		write[i] = (struct s2t_other_write){ .at = 0x80000 + i, .page = { 1, i, i } };
	set_script(m, &script);
	assert_int_equal(run(m, S2T_SPEC_LOW, on_s2page).case_id, S2T_CASE_GVP_2);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(s2t_model_page(m, 0x80000 + i).count, i);
	s2t_model_reset(m);
	assert_int_equal(s2t_model_page(m, 0x80000 + 999).owner, 0);
	s2t_model_destroy(m);
}

/* The objects of the hypercall layer: what another CPU left in them is seen, in every form of a step. */
static void test_objects_of_the_hypercall_layer(void **state)
{
	enum { INFO1 = S2T_LOCK_NPT + 17 + 1, STATE = 16 * S2T_ENTRY_VM + S2T_VM_STATE };
	static const struct s2t_other_write next = { .where = S2T_CORE_NEXT_VMID, .value = 5 };
	static const struct s2t_other_write verified = { .where = STATE, .value = S2T_VERIFIED };
	static const struct s2t_other_write vcpu = { .at = 3,
		                                     .where = 16 * S2T_ENTRY_VCPU + S2T_VCPU_STATE,
		                                     .value = S2T_READY };
	static const struct s2t_other_write image[] = {
		{ .where = 16 * S2T_ENTRY_VM + S2T_VM_IMAGES, .value = 1 },
		{ .where = 16 * S2T_ENTRY_IMAGE + S2T_IMAGE_ADDR, .value = 0x7000 },
		{ .where = 16 * S2T_ENTRY_IMAGE + S2T_IMAGE_SIZE, .value = 0x1000 },
		{ .where = 16 * S2T_ENTRY_IMAGE + S2T_IMAGE_REMAP, .value = 0x2000000 },
	};
	static const struct s2t_other_write bank = { .where = 2, .value = 1 };
	static const struct s2t_other_write no_image = { .at = 5, .where = 16 * S2T_ENTRY_IMAGE, .value = 1 };
	static const struct s2t_other_write fresh = { .at = 3,
		                                      .where = 16 * S2T_ENTRY_VCPU + S2T_VCPU_FRESH,
		                                      .value = 1 };
	static const struct s2t_other_write no_kind = { .where = 16 * S2T_ENTRY_CORE, .value = 1 };
	static const struct s2t_other_event e_next[] = { WAIT(1), PULL(1), SHOW(1, CORE, &next, 1), REL(1) };
	static const struct s2t_other_event e_verified[] = { WAIT(1), PULL(1), SHOW(1, VM_INFO, &verified, 1),
		                                             REL(1) };
	static const struct s2t_other_event e_vcpu[] = { WAIT(1), PULL(1), SHOW(1, VM_INFO, &vcpu, 1), REL(1) };
	static const struct s2t_other_event e_image[] = { WAIT(1), PULL(1), SHOW(1, VM_INFO, image, 4),
		                                          REL(1) };
	static const struct s2t_other_event e_bank[] = { WAIT(1), PULL(1), SHOW(1, SMMU, &bank, 1), REL(1) };
	static const struct s2t_other_event e_no_image[] = { WAIT(1), PULL(1), SHOW(1, VM_INFO, &no_image, 1),
		                                             REL(1) };
	static const struct s2t_other_event e_fresh[] = { WAIT(1), PULL(1), SHOW(1, VM_INFO, &fresh, 1),
		                                          REL(1) };
	static const struct s2t_other_event e_no_kind[] = { WAIT(1), PULL(1), SHOW(1, VM_INFO, &no_kind, 1),
		                                            REL(1) };
	static const struct {
		struct script script;
		const char *operations, *id;
		uint64_t ret;
	} rows[] = {
		{ SCRIPT(S2T_LOCK_CORE, e_next), "register_kvm", "RGK-2", 5 },
		{ SCRIPT(INFO1, e_verified), "register_kvm", "RGK-4", 0 },
		{ SCRIPT(INFO1, e_vcpu), "register_kvm\nregister_vcpu vmid=1 vcpuid=3", "RGV-4", 0 },
		{ SCRIPT(INFO1, e_image), "search_load_info vmid=1 addr=0x7123", "SLI-2", 0x2000123 },
		{ SCRIPT(S2T_LOCK_SMMU, e_bank), "el2_free_smmu_pgd cbndx=2 index=0", "FSP-4", 0 },
		{ SCRIPT(INFO1, e_no_image), "search_load_info vmid=1 addr=0", "SLI-0", 0 },
		{ SCRIPT(INFO1, e_no_kind), "set_vm_poweroff vmid=1", "SVO-0", 0 },
		{ SCRIPT(INFO1, e_fresh), "set_vm_poweroff vmid=1", "SVO-0", 0 },
		{ SCRIPT(S2T_LOCK_CORE, holds), "register_kvm", "RGK-0", 0 },
		{ SCRIPT(S2T_LOCK_SMMU, holds), "host_fault addr=0x40005000 esr=0 data=0", "HFT-0", 0 },
		{ SCRIPT(INFO1, holds), "vcpu_run vmid=1 vcpuid=0 pc=0 addr=0 pte=0 level=0", "VRN-0", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int spec = S2T_SPEC_LOW; spec <= S2T_SPEC_HIGH; spec++) {
			struct script script = rows[i].script;
			struct s2t_model *m = new_machine();

			set_script(m, &script);
			const struct s2t_step step = run(m, (enum s2t_spec)spec, rows[i].operations);

			assert_string_equal(s2t_case_table[step.case_id].name, rows[i].id);
			assert_int_equal(step.ret, rows[i].ret);
			s2t_model_destroy(m);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_of_the_hypercall_layer),
		cmocka_unit_test(test_lock_held_elsewhere),
		cmocka_unit_test(test_record_is_pulled),
		cmocka_unit_test(test_newest_snapshot),
		cmocka_unit_test(test_tables_and_contents_are_pulled),
		cmocka_unit_test(test_bad_histories),
		cmocka_unit_test(test_long_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
