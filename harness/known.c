/* SPDX-License-Identifier: BSD-2-Clause */
/* The known differences between the two forms, and the check that a step is one of them and nothing else. */
#include "known.h"

#include <stdio.h>
#include <string.h>

const char *const s2t_known_names[S2T_KNOWN_NAME_COUNT] = {
	[S2T_KNOWN_A1] = "A1",
	[S2T_KNOWN_A2] = "A2",
	[S2T_KNOWN_A3] = "A3",
	[S2T_KNOWN_A5] = "A5",
};

/* What a call is about. */
struct subject {
	const struct s2t_board *board;
	s2t_vmid vmid;
	s2t_gfn gfn;
	s2t_pfn pfn;
};

static struct subject subject_of(const struct s2t_board *board, const struct s2t_call *call)
{
	const bool has_gfn = call->op != S2T_OP_CLEAR_VM_PAGE;

	return (struct subject){ .board = board,
		                 .vmid = call->arg[0],
		                 .gfn = has_gfn ? call->arg[1] : 0,
		                 .pfn = call->arg[has_gfn ? 2 : 1] };
}

/*
 * Conditions on the state before the step.
 */

static const uint64_t frame_bits = UINT64_C(0x0000fffffffff000);

/* The level of the host's entry as clear_pfn_host sees it: 0 where the frame is 0. */
static unsigned host_level(const struct s2t_model *model, s2t_pfn pfn)
{
	struct s2t_npt_entry entry = s2t_model_npt(model, 0, pfn);

	return entry.pte & frame_bits ? entry.level : 0;
}

static bool owned(const struct s2t_model *model, const struct subject *of)
{
	return s2t_model_page(model, of->pfn).owner == of->vmid;
}

static bool free_page(const struct s2t_model *model, const struct subject *of)
{
	struct s2t_page page = s2t_model_page(model, of->pfn);

	return page.owner == 0 && page.count == 0;
}

static bool owned_and_mapped(const struct s2t_model *model, const struct subject *of)
{
	return owned(model, of) && host_level(model, of->pfn) == 3;
}

static bool owned_under_block(const struct s2t_model *model, const struct subject *of)
{
	return owned(model, of) && host_level(model, of->pfn) == 2;
}

static bool free_and_absent(const struct s2t_model *model, const struct subject *of)
{
	return free_page(model, of) && host_level(model, of->pfn) == 0;
}

static bool free_and_mapped(const struct s2t_model *model, const struct subject *of)
{
	return free_page(model, of) && host_level(model, of->pfn) == 3;
}

static bool free_under_block(const struct s2t_model *model, const struct subject *of)
{
	return free_page(model, of) && host_level(model, of->pfn) == 2;
}

/*
 * The differences that change the state (memory layers, A1 to A3).
 */

/* The value that a form gives an entry. */
enum value {
	AS_BEFORE, /* what it was */
	TOMBSTONE, /* a descriptor with bit 57 alone: the page is a guest's */
	ZERO,
	OF_HOST, /* a record: owner 0, count 0, gfn = pfn + smmu_host_offset */
	OF_VM,   /* a record: owner vmid, count 0, gfn as in the call */
	DRAWN,   /* what VM vmid puts into its next page */
	COUNTED, /* one more */
};

/* One entry that may have two values. Its kind says which: npt is the host's entry of the page, data_log that of
 * the VM, s2page and flatmem are those of the page. */
struct rule {
	enum s2t_entry_kind kind;
	enum value high, low;
};

enum { MAX_RULES = 2 };

struct difference {
	enum s2t_known_name name;
	enum s2t_op op;
	enum s2t_case high, low; /* the path that each form takes; it has one outcome */
	bool (*before)(const struct s2t_model *model, const struct subject *of);
	unsigned rules;
	struct rule rule[MAX_RULES];
	const char *text;
};

/* clang-format off */
static const struct difference differences[] = {
	{ S2T_KNOWN_A1, S2T_OP_CLEAR_VM_PAGE, S2T_CASE_CVP_6, S2T_CASE_CVP_4, owned_and_mapped, 1,
	  { { S2T_ENTRY_NPT, AS_BEFORE, TOMBSTONE } },
	  "page mapped by the host: only the low form unmaps it" },
	{ S2T_KNOWN_A1, S2T_OP_CLEAR_VM_PAGE, S2T_CASE_CVP_6, S2T_CASE_CVP_5, owned_under_block, 2,
	  { { S2T_ENTRY_S2PAGE, OF_HOST, AS_BEFORE }, { S2T_ENTRY_FLATMEM, ZERO, AS_BEFORE } },
	  "page under a host block: the low form panics, the high form clears" },
	{ S2T_KNOWN_A2, S2T_OP_ASSIGN_PFN_TO_SMMU, S2T_CASE_APS_2, S2T_CASE_APS_2, free_and_absent, 2,
	  { { S2T_ENTRY_FLATMEM, DRAWN, AS_BEFORE }, { S2T_ENTRY_DATA_LOG, COUNTED, AS_BEFORE } },
	  "fresh page: only the high form gives it content of the VM" },
	{ S2T_KNOWN_A2, S2T_OP_ASSIGN_PFN_TO_SMMU, S2T_CASE_APS_3, S2T_CASE_APS_3, free_and_mapped, 2,
	  { { S2T_ENTRY_FLATMEM, DRAWN, AS_BEFORE }, { S2T_ENTRY_DATA_LOG, COUNTED, AS_BEFORE } },
	  "page mapped by the host: only the high form gives it content of the VM" },
	{ S2T_KNOWN_A3, S2T_OP_ASSIGN_PFN_TO_VM, S2T_CASE_APV_4, S2T_CASE_APV_4, free_under_block, 1,
	  { { S2T_ENTRY_S2PAGE, OF_VM, AS_BEFORE } },
	  "page under a host block, both panic: only the high form has the new owner" },
};
/* clang-format on */
enum { DIFFERENCES = sizeof(differences) / sizeof(differences[0]) };

/*
 * The differences of domains (A5): calls that the high form relies away.
 */

static bool beyond_vmid(const struct s2t_board *board, const uint64_t *arg)
{
	return arg[0] > board->corevisor;
}

static bool beyond_physical(const struct s2t_board *board, const uint64_t *arg)
{
	(void)board;
	return arg[0] >> 40;
}

static bool beyond_vmid_or_pfn(const struct s2t_board *board, const uint64_t *arg)
{
	return beyond_vmid(board, arg) || arg[1] >> 28;
}

static bool beyond_smmu(const struct s2t_board *board, const uint64_t *arg)
{
	return beyond_vmid(board, arg) || arg[1] >= 8 || arg[2] >= 2 || arg[3] >> 40;
}

struct domain {
	enum s2t_op op;
	bool (*outside)(const struct s2t_board *board, const uint64_t *arg);
	const char *text;
};

static const struct domain domains[] = {
	{ S2T_OP_MAP_PAGE_HOST, beyond_physical, "address beyond 40 bits" },
	{ S2T_OP_CLEAR_VM_PAGE, beyond_vmid, "vmid beyond corevisor" },
	{ S2T_OP_ASSIGN_PFN_TO_VM, beyond_vmid, "vmid beyond corevisor" },
	{ S2T_OP_MAP_VM_IO, beyond_vmid, "vmid beyond corevisor" },
	{ S2T_OP_GRANT_VM_PAGE, beyond_vmid_or_pfn, "vmid beyond corevisor, or frame beyond 28 bits" },
	{ S2T_OP_REVOKE_VM_PAGE, beyond_vmid_or_pfn, "vmid beyond corevisor, or frame beyond 28 bits" },
	{ S2T_OP_UPDATE_SMMU_PAGE, beyond_smmu,
	  "vmid beyond corevisor, no such context, or iova beyond 40 bits" },
};
enum { DOMAINS = sizeof(domains) / sizeof(domains[0]) };

_Static_assert(DIFFERENCES + DOMAINS == S2T_KNOWN_COUNT, "rows of both tables, differences first");

struct s2t_known_info s2t_known_info(unsigned row)
{
	if (row < DIFFERENCES)
		return (struct s2t_known_info){ differences[row].name, differences[row].op,
			                        differences[row].text };
	const struct domain *domain = &domains[row - DIFFERENCES];

	return (struct s2t_known_info){ S2T_KNOWN_A5, domain->op, domain->text };
}

/*
 * The check.
 */

/* A value as in a touched set: of a record owner | count << 32 and gfn, of all others one word. */
struct words {
	uint64_t word[2];
};

static struct words words_now(const struct s2t_touch *touch)
{
	if (touch->kind == S2T_ENTRY_S2PAGE) {
		const struct s2t_page *page = touch->slot;

		return (struct words){ { page->owner | (uint64_t)page->count << 32, page->gfn } };
	}
	return (struct words){ { *(const uint64_t *)touch->slot, 0 } };
}

static struct words words_before(const struct s2t_touch *touch)
{
	return (struct words){ { touch->old[0], touch->kind == S2T_ENTRY_S2PAGE ? touch->old[1] : 0 } };
}

static bool same_words(struct words a, struct words b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

/* An entry that a form touched, with its value before the step and after each form. */
struct change {
	struct s2t_touch entry;
	struct words before, high, low;
};

/* The entries that either form touched. A step of these operations touches far fewer than there is room for; one
 * that would not fit is no known difference. */
enum { MAX_CHANGES = 16 };

struct changes {
	unsigned count;
	bool too_many;
	struct change change[MAX_CHANGES];
};

static struct change *change_of(struct changes *changes, const struct s2t_touch *touch)
{
	for (unsigned i = 0; i < changes->count; i++)
		if (changes->change[i].entry.slot == touch->slot &&
		    changes->change[i].entry.kind == touch->kind)
			return &changes->change[i];
	if (changes->count == MAX_CHANGES) {
		changes->too_many = true;
		return &changes->change[0];
	}
	struct change *change = &changes->change[changes->count++];

	change->entry = *touch;
	change->before = change->high = change->low = words_before(touch);
	return change;
}

static void note_changes(struct changes *changes, const struct s2t_model *model, bool high)
{
	size_t count;
	const struct s2t_touch *touch = s2t_model_touched(model, &count);

	for (size_t i = 0; i < count; i++) {
		struct change *change = change_of(changes, &touch[i]);

		*(high ? &change->high : &change->low) = words_now(&touch[i]);
	}
}

/* `drawn` is what the VM puts into its next page. */
static struct words value_of(enum value value, const struct change *change, const struct subject *of,
                             s2t_token drawn)
{
	switch (value) {
	case AS_BEFORE: break;
	case TOMBSTONE: return (struct words){ { UINT64_C(1) << 57, 0 } };
	case ZERO: return (struct words){ { 0, 0 } };
	case OF_HOST: return (struct words){ { 0, of->pfn + of->board->smmu_host_offset } };
	case OF_VM: return (struct words){ { of->vmid, of->gfn } };
	case DRAWN: return (struct words){ { drawn, 0 } };
	case COUNTED: return (struct words){ { change->before.word[0] + 1, 0 } };
	}
	return change->before;
}

static bool is_about(const struct s2t_touch *entry, const struct subject *of)
{
	switch ((enum s2t_entry_kind)entry->kind) {
	case S2T_ENTRY_S2PAGE:
	case S2T_ENTRY_FLATMEM: return entry->b == of->pfn;
	case S2T_ENTRY_NPT: return entry->a == 0 && entry->b == of->pfn;
	case S2T_ENTRY_DATA_LOG: return entry->a == of->vmid;
	default: return false;
	}
}

/* Whether the two values of an entry are those that one of the rules gives it. */
static bool declared(const struct difference *difference, const struct change *change, const struct subject *of,
                     s2t_token drawn)
{
	for (unsigned i = 0; i < difference->rules; i++) {
		const struct rule *rule = &difference->rule[i];

		if (rule->kind == (enum s2t_entry_kind)change->entry.kind && is_about(&change->entry, of) &&
		    same_words(change->high, value_of(rule->high, change, of, drawn)) &&
		    same_words(change->low, value_of(rule->low, change, of, drawn)))
			return true;
	}
	return false;
}

static bool all_declared(const struct difference *difference, const struct changes *changes,
                         const struct subject *of, s2t_token drawn)
{
	for (unsigned i = 0; i < changes->count; i++) {
		const struct change *change = &changes->change[i];

		if (!same_words(change->high, change->low) && !declared(difference, change, of, drawn))
			return false;
	}
	return !changes->too_many;
}

static s2t_token draw(const struct s2t_model *model, const struct subject *of)
{
	const uint64_t n = s2t_model_data_log(model, of->vmid);

	if (of->board->doracle)
		return of->board->doracle(of->board->doracle_ctx, of->vmid, n);
	return s2t_default_doracle(of->vmid, n);
}

/* Whether some difference of the set could explain a step of the high form that took this path. */
static bool is_candidate(uint32_t set, const struct s2t_call *call, enum s2t_case high)
{
	for (unsigned row = 0; row < DIFFERENCES; row++)
		if ((set >> differences[row].name & 1) && differences[row].op == (enum s2t_op)call->op &&
		    differences[row].high == high)
			return true;
	return false;
}

int s2t_known_take_low(struct s2t_model *model, const struct s2t_board *board, uint32_t set,
                       const struct s2t_mark *mark, const struct s2t_call *call, struct s2t_step *step)
{
	const enum s2t_case high = step->case_id;
	struct changes changes = { .count = 0 };
	struct s2t_step low;
	int found = -1;

	if (!is_candidate(set, call, high))
		return -1;
	const struct subject of = subject_of(board, call);

	note_changes(&changes, model, true);
	s2t_model_undo(model, mark);
	for (unsigned row = 0; row < DIFFERENCES && found < 0; row++)
		if ((set >> differences[row].name & 1) && differences[row].op == (enum s2t_op)call->op &&
		    differences[row].high == high && differences[row].before(model, &of))
			found = (int)row;
	const s2t_token drawn = draw(model, &of);

	s2t_model_step(model, S2T_SPEC_LOW, call, &low);
	note_changes(&changes, model, false);
	if (found >= 0 && low.case_id == differences[found].low &&
	    all_declared(&differences[found], &changes, &of, drawn)) {
		*step = low;
		return found;
	}
	s2t_model_undo(model, mark);
	s2t_model_step(model, S2T_SPEC_HIGH, call, step);
	return -1;
}

enum s2t_known_domain s2t_known_domain(struct s2t_model *model, const struct s2t_board *board, uint32_t set,
                                       const struct s2t_call *call, unsigned *row)
{
	const struct s2t_mark mark = s2t_model_mark(model);
	struct s2t_step low;

	s2t_model_step(model, S2T_SPEC_LOW, call, &low);
	s2t_model_undo(model, &mark);
	if (low.outcome == S2T_UNDEFINED)
		return S2T_DOMAIN_SAME;
	for (unsigned i = 0; i < DOMAINS && (set >> S2T_KNOWN_A5 & 1); i++) {
		if (domains[i].op == (enum s2t_op)call->op && domains[i].outside(board, call->arg)) {
			*row = DIFFERENCES + i;
			return S2T_DOMAIN_KNOWN;
		}
	}
	return S2T_DOMAIN_UNKNOWN;
}

/*
 * Names.
 */

static bool add_name(const char *word, size_t len, uint32_t *set)
{
	for (unsigned i = 0; i < S2T_KNOWN_NAME_COUNT; i++) {
		if (strlen(s2t_known_names[i]) == len && memcmp(s2t_known_names[i], word, len) == 0) {
			*set |= UINT32_C(1) << i;
			return true;
		}
	}
	return false;
}

bool s2t_known_parse(const char *text, uint32_t *set)
{
	*set = S2T_KNOWN_NONE;
	if (strcmp(text, "none") == 0)
		return true;
	if (strcmp(text, "all") == 0) {
		*set = S2T_KNOWN_ALL;
		return true;
	}
	for (;;) {
		size_t len = strcspn(text, ",");

		if (!add_name(text, len, set))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

const char *s2t_known_print(uint32_t set, char *buf, size_t size)
{
	size_t used = 0;

	if (set == S2T_KNOWN_ALL || set == S2T_KNOWN_NONE) {
		snprintf(buf, size, "%s", set ? "all" : "none");
		return buf;
	}
	for (unsigned i = 0; i < S2T_KNOWN_NAME_COUNT; i++)
		if ((set >> i & 1) && used < size)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? "," : "",
			                         s2t_known_names[i]);
	return buf;
}
