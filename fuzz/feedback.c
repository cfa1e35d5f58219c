/* SPDX-License-Identifier: BSD-2-Clause */
/* Feedback beyond edges: which features a step has, and how an engine learns of them. */
#include "feedback.h"

#include <string.h>

enum {
	CASES = 384, /* one for each case: S2T_CASE_COUNT rounded up */
	PAIRS = 2048,
	STATES = 1024,
	POOL = 24, /* how much of one pool is left */
	POOLS = 5 * POOL,
	VMS = 6 * 3 * 3 * 6 * 2,
	/* How much: a VM supplied its 1st, 2nd, 4th, … page, or a pool handed out its 1st, 2nd, 4th, … table. */
	POWERS = 16,
	AMOUNTS = (5 + 1) * POWERS,
	/* How often: a case that comes for the 4th, 16th, 64th, 256th time in a sequence. AFL++ counts on its own, so does libFuzzer
	 * unless it is told not to, and then counts every edge, too. */
	TIMES = 4,
	COUNTS = CASES * TIMES,
	/* Each input has one of these two, by its version: an engine wants to see something of the first one. */
	BEGUN = CASES + PAIRS + STATES + POOLS + VMS + COUNTS + AMOUNTS,
	FEATURES = BEGUN + 2,
	PAGES = 256, /* pages whose last case is remembered, by their lowest bits */
};
_Static_assert((int)S2T_CASE_COUNT <= (int)CASES, "a counter for each case");

#ifdef S2T_FUZZ_AFL
/* The runtime's own interface for instrumented edges. A guard is a place in the map of edges. */
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);
void __sanitizer_cov_trace_pc_guard_init(uint32_t *begin, uint32_t *end);

static uint32_t guard[FEATURES];

__attribute__((constructor)) static void claim_guards(void)
{
	__sanitizer_cov_trace_pc_guard_init(guard, guard + FEATURES);
}

static void note(unsigned feature)
{
	__sanitizer_cov_trace_pc_guard(&guard[feature]);
}

void s2t_feedback_spare(void)
{
}

void s2t_feedback_end(void)
{
}

static void begin(void)
{
}

static void note_case(uint32_t case_id)
{
	note(case_id);
}
#else
/* libFuzzer zeroes and reads them around each input. Other engines leave them alone. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counter[FEATURES];

/* libFuzzer's own: those of all that is instrumented in this program. NULL: nothing is. */
extern uint8_t edge_begin[] __asm__("__start___sancov_cntrs") __attribute__((weak, visibility("hidden")));
extern uint8_t edge_end[] __asm__("__stop___sancov_cntrs") __attribute__((weak, visibility("hidden")));

enum {
	EDGES = 1 << 16, /* that are told apart here; of more the engine is always told */
	/* Inputs of which it is told all: those that it runs before it listens are among them. */
	FIRST_INPUTS = 1024,
};

static bool sparing;
static uint32_t inputs;
/* 0xFF until the engine was told of it. */
static uint8_t unseen[FEATURES], unseen_edge[EDGES];
static uint8_t news; /* not 0: some feature of this input is unseen */
static uint8_t case_times[CASES];

static void note(unsigned feature)
{
	counter[feature] = 1;
	news |= unseen[feature];
}

static void begin(void)
{
	memset(case_times, 0, sizeof(case_times));
	news = 0;
}

static void note_case(uint32_t case_id)
{
	const uint8_t times = ++case_times[case_id]; /* 256 is 0 */

	note(case_id);
	if ((times & (times - 1)) == 0 && (times & 0xAB) == 0)
		note(BEGUN - AMOUNTS - COUNTS + case_id * TIMES +
		     (times ? (unsigned)__builtin_ctz(times) / 2 - 1 : TIMES - 1));
}

void s2t_feedback_spare(void)
{
	sparing = true;
	memset(unseen, 0xFF, sizeof(unseen));
	memset(unseen_edge, 0xFF, sizeof(unseen_edge));
}

/* Whether one of them is there that was not before. */
static bool is_news(const uint8_t *now, const uint8_t *not_before, size_t count)
{
	uint64_t both = 0, a, b;
	size_t i;

	for (i = 0; i + sizeof(a) <= count; i += sizeof(a)) {
		memcpy(&a, now + i, sizeof(a));
		memcpy(&b, not_before + i, sizeof(b));
		both |= a & b;
	}
	for (; i < count; i++)
		both |= now[i] & not_before[i];
	return both != 0;
}

static void remember(const uint8_t *now, uint8_t *not_before, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (now[i] != 0)
			not_before[i] = 0;
}

void s2t_feedback_end(void)
{
	const size_t edges = edge_begin ? (size_t)(edge_end - edge_begin) : 0;

	if (!sparing || edges > EDGES || inputs++ < FIRST_INPUTS)
		return;
	inputs = FIRST_INPUTS;
	if (news != 0 || is_news(edge_begin, unseen_edge, edges)) {
		remember(counter, unseen, FEATURES);
		remember(edge_begin, unseen_edge, edges);
		return;
	}
	memset(counter, 0, sizeof(counter));
	if (edges > 0)
		memset(edge_begin, 0, edges);
}
#endif

/* The last case on each page; void unless `epoch` is that of the sequence. */
static struct {
	uint64_t pfn;
	uint32_t epoch;
	uint32_t case_id;
} last[PAGES];
static uint32_t epoch;

void s2t_feedback_begin(const struct s2t_input *input)
{
	begin();
	note(BEGUN + (input->version == S2T_INPUT_ALL));
	if (++epoch == 0) {
		memset(last, 0, sizeof(last));
		epoch = 1;
	}
}

/* The page that a call is about: an argument, or the frame of one that is a descriptor or an address. Looked up and not
 * branched on, as which operation comes next no processor can tell. */
enum { A_PAGE = 1 << 4, AN_ADDRESS = 2 << 4, A_DESCRIPTOR = 3 << 4 };
static const uint8_t page_argument[S2T_OP_COUNT] = {
	[S2T_OP_MAP_PAGE_HOST] = AN_ADDRESS,
	[S2T_OP_CLEAR_VM_PAGE] = A_PAGE + 1,
	[S2T_OP_GRANT_VM_PAGE] = A_PAGE + 1,
	[S2T_OP_REVOKE_VM_PAGE] = A_PAGE + 1,
	[S2T_OP_ASSIGN_PFN_TO_VM] = A_PAGE + 2,
	[S2T_OP_ASSIGN_PFN_TO_SMMU] = A_PAGE + 2,
	[S2T_OP_MAP_PFN_VM] = A_DESCRIPTOR + 2,
	[S2T_OP_MAP_VM_IO] = AN_ADDRESS + 2,
	[S2T_OP_UPDATE_SMMU_PAGE] = A_DESCRIPTOR + 4,
	[S2T_OP_MAP_S2PT] = A_DESCRIPTOR + 3,
	[S2T_OP_MAP_SPT] = A_DESCRIPTOR + 3,
	[S2T_OP_CLEAR_PFN_HOST] = A_PAGE,
	[S2T_OP_CLEAR_VM_RANGE] = A_PAGE + 1,
	[S2T_OP_REMAP_VM_IMAGE] = A_PAGE + 1,
	[S2T_OP_PROT_AND_MAP_VM_S2PT] = A_DESCRIPTOR + 2,
	[S2T_OP_VCPU_RUN] = A_DESCRIPTOR + 4,
	[S2T_OP_HOST_FAULT] = AN_ADDRESS,
	[S2T_OP_EL2_ARM_LPAE_MAP] = AN_ADDRESS + 1,
	[S2T_OP_CLEAR_VM_STAGE2_RANGE] = AN_ADDRESS + 1,
};

/* UINT64_MAX: none. */
static uint64_t page_of(const struct s2t_call *call)
{
	static const struct {
		uint64_t mask, none;
		unsigned shift;
	} form[4] = { { 0, UINT64_MAX, 0 },
		      { UINT64_MAX, 0, 0 },
		      { UINT64_MAX, 0, 12 },
		      { UINT64_C(0x0000FFFFFFFFF000), 0, 12 } };
	const unsigned at = page_argument[call->op], kind = at >> 4;

	return (call->arg[at & 7] & form[kind].mask) >> form[kind].shift | form[kind].none;
}

/* 0, 1, 2 to 3, more, INVALID. */
static unsigned count_class(uint32_t count)
{
	return count == UINT32_MAX ? 4 : (count > 3 ? 3 : (count > 1 ? 2 : count));
}

/* What the page looks like after the call: whose it is, how shared, whether the host maps it, whether the owner does
 * where the record says, and the outcome. */
static unsigned page_state(const struct s2t_model *model, uint64_t pfn, const struct s2t_step *step)
{
	const struct s2t_page page = s2t_model_page(model, pfn);
	const unsigned owner = page.owner == 0 ? 0 : (page.owner == UINT32_MAX ? 2 : 1);
	const unsigned host = s2t_model_npt(model, 0, pfn).level;
	unsigned own = 0;

	if (owner == 1) {
		const struct s2t_npt_entry entry = s2t_model_npt(model, page.owner, page.gfn);

		own = entry.level + (entry.pfn == pfn ? 4 : 0);
	}
	return (((owner * 5 + count_class(page.count)) * 4 + host) * 8 + own) * 2 + (step->outcome == S2T_OK);
}

/* What the VM of a hypercall looks like after it: its state, images, first vCPU, how many VMs there are. */
static unsigned vm_state(const struct s2t_model *model, const struct s2t_call *call,
                         const struct s2t_step *step)
{
	const uint64_t vmid = call->op == S2T_OP_EL2_ALLOC_SMMU_PGD || call->op == S2T_OP_HYPERCALL
	                              ? call->arg[1]
	                              : call->arg[0];
	const uint64_t images = s2t_model_vm(model, vmid, S2T_VM_IMAGES);
	const uint64_t vcpu = s2t_model_vcpu(model, vmid, 0, S2T_VCPU_STATE);
	const uint64_t vms = s2t_model_core(model, S2T_CORE_NEXT_VMID) - s2t_model_board(model)->next_vmid;
	unsigned state = (unsigned)s2t_model_vm(model, vmid, S2T_VM_STATE);

	state = state * 3 + (images > 2 ? 2 : (unsigned)images);
	state = state * 3 + (vcpu == S2T_ACTIVE ? 2 : vcpu != S2T_UNUSED);
	state = state * 6 + (vms > 3 ? vms > 15 ? 5 : 4 : (unsigned)vms);
	return state * 2 + (step->outcome == S2T_OK);
}

/* The n-th of what there are many of, n > 0: of tables of a pool, or (what = 5) of the pages that one VM supplied. */
static void note_amount(unsigned what, uint64_t n)
{
	if ((n & (n - 1)) == 0)
		note(BEGUN - AMOUNTS + what * POWERS + ((unsigned)__builtin_ctzll(n) & (POWERS - 1)));
}

/* Tables left: exactly up to 8, then by powers of two. On boards with small pools this leads to the end of each. */
static void note_pool(unsigned pool, uint64_t next, uint64_t end)
{
	unsigned left = next < end ? (unsigned)((end - next) >> 12) : 0, class = left < 8 ? left : 8;

	for (; class >= 8 && left >= 16 && class < POOL - 1; left >>= 1)
		class ++;
	note(CASES + PAIRS + STATES + pool * POOL + class);
}

/* A pool that the call took a table from. */
static void note_cursor(const struct s2t_lockstep *ls, const struct s2t_touch *entry)
{
	const struct s2t_board *board = &ls->board;

	if (entry->kind == S2T_ENTRY_SPT_NEXT) {
		note_pool(3 + entry->level, s2t_model_spt_next(ls->model, entry->level),
		          entry->level == 0 ? board->smmu_pmd_start : board->smmu_pool_end);
		return;
	}
	const uint64_t end[3] = { board->pud_offset, board->pmd_offset, board->pt_pool_per_vm };

	note_pool(entry->level, s2t_model_npt_next(ls->model, entry->a, entry->level),
	          board->pt_pool_start + entry->a * board->pt_pool_per_vm + end[entry->level]);
}

/* Entries that an engine is told of one by one. */
enum { TOLD = 1u << S2T_ENTRY_NPT_NEXT | 1u << S2T_ENTRY_SPT_NEXT | 1u << S2T_ENTRY_DATA_LOG };

void s2t_feedback_step(const struct s2t_lockstep *ls, enum s2t_feedback feedback)
{
	const struct s2t_step *step = &ls->step;
	const uint64_t pfn = page_of(&ls->call);
	const uint32_t case_id = (uint32_t)step->case_id;

	size_t touched;
	const struct s2t_touch *entry = s2t_model_touched(ls->model, &touched);

	const bool all = feedback == S2T_FEEDBACK_ALL;

	if (all)
		note_case(case_id);
	else
		note(case_id);
	for (size_t i = 0; i < touched; i++) {
		if ((TOLD >> entry[i].kind & 1) == 0)
			continue;
		const bool cursor = entry[i].kind == S2T_ENTRY_NPT_NEXT || entry[i].kind == S2T_ENTRY_SPT_NEXT;

		if (cursor)
			note_cursor(ls, &entry[i]);
		if (cursor && all) /* bytes that were handed out before */
			note_amount(entry[i].level + (entry[i].kind == S2T_ENTRY_SPT_NEXT ? 3u : 0u),
			            (entry[i].old[0] >> 12) + 1);
		else if (entry[i].kind == S2T_ENTRY_DATA_LOG && all)
			note_amount(5, entry[i].old[0] + 1);
	}
	if (s2t_op_layer(ls->call.op) == S2T_LAYER_HYPERCALL)
		note(CASES + PAIRS + STATES + POOLS + vm_state(ls->model, &ls->call, step) % VMS);
	if (pfn == UINT64_MAX || !all)
		return;
	const unsigned place = pfn & (PAGES - 1);

	if (last[place].epoch == epoch && last[place].pfn == pfn)
		note(CASES + (last[place].case_id * 89 + case_id) % PAIRS);
	last[place].pfn = pfn;
	last[place].epoch = epoch;
	last[place].case_id = case_id;
	/* Where nothing was written, nothing looks different. */
	if (touched > 0)
		note(CASES + PAIRS + page_state(ls->model, pfn, step) % STATES);
}
