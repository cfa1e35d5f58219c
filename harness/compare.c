/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The comparison after a step: work in proportion to what the step touched.
 *
 * Each entry that the model touched is read from the implementation's bytes and compared; the words that hold
 * it are then accounted for. Every word that the implementation wrote must be one of those, or a lock in the
 * right state. Anything else is left to the sweep.
 */
#include <string.h>

#include "lockstep.h"
#include "seldom.h"

enum { MAX_ACCOUNTED = 48 };

/* Words that belong to an entry already compared, the first ones (a sequence of many operations has more, in
 * ls->accounts), and what they held before the step by what the model says. */
struct account {
	unsigned count;
	unsigned next;                    /* that of the last write: both sides write in much the same order */
	uint64_t word[MAX_ACCOUNTED + 1]; /* the one after the last is where a search ends */
	uint64_t old[MAX_ACCOUNTED];
	uint64_t unseen[MAX_ACCOUNTED];       /* all ones: `old` is known and was not yet looked at; else 0 */
	uint32_t contexts;                    /* SMMU contexts whose whole root is accounted for */
	bool tables;                          /* descriptors that lead to tables are among them */
	bool found;                           /* there are findings; void unless so: */
	uint32_t findings[S2T_FINDING_COUNT]; /* how many of each */
};

/* A word as it is accounted for; addresses have 40 bits. */
static inline uint64_t word_of(uint32_t window, s2t_addr address)
{
	return (uint64_t)window << 60 | address;
}

static inline void account_word(struct s2t_lockstep *ls, struct account *account, uint64_t word, uint64_t old,
                                bool known)
{
	const unsigned i = account->count;

	if (SELDOM(i == MAX_ACCOUNTED)) {
		s2t_accounts_add(&ls->accounts, word, old, known);
		return;
	}
	account->word[i] = word;
	account->old[i] = old;
	account->unseen[i] = known ? UINT64_MAX : 0;
	account->count = i + 1;
}

static inline void account_for(struct s2t_lockstep *ls, struct account *account, enum s2t_window window,
                               s2t_addr address)
{
	account_word(ls, account, word_of(window, address), 0, false);
}

static inline void account_with(struct s2t_lockstep *ls, struct account *account, enum s2t_window window,
                                s2t_addr address, uint64_t old)
{
	account_word(ls, account, word_of(window, address), old, true);
}

static inline void note_finding(struct account *account, uint64_t descriptor, unsigned level)
{
	enum s2t_finding finding = s2t_hardware_check(descriptor, level);

	if (SELDOM(finding != S2T_FINDING_COUNT)) {
		if (!account->found)
			memset(account->findings, 0, sizeof(account->findings));
		account->found = true;
		account->findings[finding]++;
	}
}

static bool same_page(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	const struct s2t_page *page = touch->slot;
	uint64_t offset;
	const uint64_t *words = s2t_view_record(&ls->view, touch->b, &offset);

	if (SELDOM(!words)) {
		/* Never written by this instance, before the last reset either: that must not decide anything. */
		struct s2t_page start = s2t_board_start_page(&ls->board, touch->b);

		return start.owner == page->owner && start.count == page->count && start.gfn == page->gfn;
	}
	account_with(ls, account, S2T_WINDOW_EL2, offset, touch->old[0]);
	account_with(ls, account, S2T_WINDOW_EL2, offset + 8, touch->old[1]);
	return ((words[0] ^ (page->owner | (uint64_t)page->count << 32)) | (words[1] ^ page->gfn)) == 0;
}

/* A level-2 descriptor of a block. */
static bool same_block(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	s2t_addr address;
	uint64_t pmd = s2t_view_npt_pmd(&ls->view, touch->a, touch->b, &address);

	s2t_mark_vm(ls, touch->a);
	account_for(ls, account, S2T_WINDOW_S2PT, address);
	note_finding(account, pmd, 2);
	return pmd == *(const uint64_t *)touch->slot;
}

/* A descriptor in the last-level table at `table`, of which nothing was ever written if `words` is NULL. */
static inline bool same_descriptor(struct s2t_lockstep *ls, const struct s2t_touch *touch,
                                   struct account *account, enum s2t_window window, s2t_addr table,
                                   const uint64_t *words)
{
	const uint64_t pte = *(const uint64_t *)touch->slot;
	const unsigned index = touch->b & 511;

	account_with(ls, account, window, table + UINT64_C(8) * index, touch->old[0]);
	note_finding(account, pte, 3);
	return (words ? words[index] : 0) == pte;
}

static bool same_npt(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	const struct s2t_view_leaf *leaf = s2t_view_leaf(&ls->view, touch->a, touch->b);
	s2t_addr address;
	uint64_t pmd = leaf ? leaf->table : s2t_view_npt_pmd(&ls->view, touch->a, touch->b, &address);

	s2t_mark_vm(ls, touch->a);
	if (SELDOM(!s2t_view_is_table(pmd)))
		return false;
	return same_descriptor(ls, touch, account, S2T_WINDOW_S2PT, s2t_view_output(pmd),
	                       leaf ? leaf->words : NULL);
}

/* A table descriptor that leads to a page handed out from its range. */
static bool good_table(uint64_t descriptor, s2t_addr start, s2t_addr next)
{
	s2t_addr table = s2t_view_output(descriptor);

	return s2t_view_is_table(descriptor) && table >= start && table < next;
}

/* A new table: its descriptor must be there. A PTE table may have gone instead, under a block that is compared
 * on its own. */
static bool same_npt_table(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	struct s2t_view *view = &ls->view;
	const unsigned level = touch->level;
	/* The model's flag: of level 1 one word has those of 64 tables, each of 1 GiB. */
	const unsigned bit = level == 1 ? touch->b >> 30 & 63 : 0;
	s2t_addr address;
	uint64_t descriptor;

	if (!(*(const uint64_t *)touch->slot >> bit & 1))
		return level == 2;
	descriptor = s2t_view_npt_table(view, touch->a, touch->b >> 12, level, &address);
	account->tables = true;
	account_for(ls, account, S2T_WINDOW_S2PT, address);
	return good_table(descriptor, s2t_view_npt_range(view, touch->a, level),
	                  s2t_view_npt_next(view, touch->a, level));
}

static bool same_npt_next(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	account_for(ls, account, S2T_WINDOW_EL2,
	            ls->view.el2.npt_next + UINT64_C(32) * touch->a + UINT64_C(8) * touch->level);
	return s2t_view_npt_next(&ls->view, touch->a, touch->level) ==
	       s2t_model_npt_next(ls->model, touch->a, touch->level);
}

static bool same_spt(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	const struct s2t_view_leaf *leaf = s2t_view_leaf(&ls->view, S2T_VIEW_SMMU | touch->a, touch->b);
	s2t_addr address;
	uint64_t pmd = leaf ? leaf->table : s2t_view_spt_pmd(&ls->view, touch->a, touch->b, &address);

	ls->dirty_contexts |= UINT32_C(1) << touch->a;
	if (SELDOM(!pmd))
		return false;
	return same_descriptor(ls, touch, account, S2T_WINDOW_SMMU, s2t_view_output(pmd),
	                       leaf ? leaf->words : NULL);
}

static bool same_spt_table(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	struct s2t_view *view = &ls->view;
	const unsigned level = touch->level;
	s2t_addr address;
	uint64_t descriptor = s2t_view_spt_table(view, touch->a, touch->b >> 12, level, &address);

	account->tables = true;
	account_for(ls, account, S2T_WINDOW_SMMU, address);
	return good_table(descriptor, s2t_view_spt_range(view, level), s2t_view_spt_next(view, level));
}

/* An emptied context: its root of 1024 descriptors is zero. */
static bool same_context(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	s2t_addr root = s2t_view_spt_root(&ls->view, touch->a);

	ls->dirty_contexts |= UINT32_C(1) << touch->a;
	account->contexts |= 1U << touch->a;
	account->tables = true;
	for (s2t_addr page = root; page < root + 8192; page += 4096) {
		static const uint64_t zeros[512];
		const uint64_t *words = s2t_view_words(&ls->view, S2T_WINDOW_SMMU, page);

		if (words && memcmp(words, zeros, sizeof(zeros)) != 0)
			return false;
	}
	return true;
}

static bool same_spt_next(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	account_for(ls, account, S2T_WINDOW_EL2, ls->view.el2.spt_next + UINT64_C(8) * touch->level);
	return s2t_view_spt_next(&ls->view, touch->level) == s2t_model_spt_next(ls->model, touch->level);
}

static bool same_token(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	s2t_token token;

	account_with(ls, account, S2T_WINDOW_PAGES, touch->b << 12, touch->old[0]);
	return s2t_view_token(&ls->view, touch->b, &token) && token == *(const uint64_t *)touch->slot;
}

static bool same_data_log(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	account_with(ls, account, S2T_WINDOW_EL2, ls->view.el2.data_log + UINT64_C(8) * touch->a,
	             touch->old[0]);
	return s2t_view_data_log(&ls->view, touch->a) == *(const uint64_t *)touch->slot;
}

/* A word of the hypercall layer. These are related after a panic, too. */
static bool same_hyper(struct s2t_lockstep *ls, const struct s2t_touch *touch, struct account *account)
{
	account_with(ls, account, S2T_WINDOW_EL2, s2t_view_hyper_address(&ls->view, touch), touch->old[0]);
	return s2t_view_hyper(&ls->view, touch) == *(const uint64_t *)touch->slot;
}

/* One touched entry. After a panic tables and cursors are not related. */
static bool same_entry(struct s2t_lockstep *ls, const struct s2t_touch *touch, bool tables,
                       struct account *account)
{
	switch ((enum s2t_entry_kind)touch->kind) {
	case S2T_ENTRY_S2PAGE: return same_page(ls, touch, account);
	case S2T_ENTRY_NPT: return !tables || same_npt(ls, touch, account);
	case S2T_ENTRY_NPT_BLOCK: return !tables || same_block(ls, touch, account);
	case S2T_ENTRY_NPT_TABLE: return !tables || same_npt_table(ls, touch, account);
	case S2T_ENTRY_NPT_NEXT: return !tables || same_npt_next(ls, touch, account);
	case S2T_ENTRY_SPT: return !tables || same_spt(ls, touch, account);
	case S2T_ENTRY_SPT_CONTEXT: return !tables || same_context(ls, touch, account);
	case S2T_ENTRY_SPT_TABLE: return !tables || same_spt_table(ls, touch, account);
	case S2T_ENTRY_SPT_NEXT: return !tables || same_spt_next(ls, touch, account);
	case S2T_ENTRY_FLATMEM: return same_token(ls, touch, account);
	case S2T_ENTRY_DATA_LOG: return same_data_log(ls, touch, account);
	case S2T_ENTRY_VM:
	case S2T_ENTRY_VCPU:
	case S2T_ENTRY_IMAGE:
	case S2T_ENTRY_CORE:
	case S2T_ENTRY_SMMU_CFG: return same_hyper(ls, touch, account);
	case S2T_ENTRY_KIND_COUNT: break;
	}
	return false;
}

/* The first write of a step to a word: it must have held what the model's entry held. */
static inline bool held_before(struct s2t_lockstep *ls, const struct s2t_write *write, uint64_t old,
                               uint64_t unseen)
{
	if (!SELDOM(((write->old ^ old) & unseen) != 0))
		return true;
	ls->stale = write;
	ls->stale_model = old;
	return false;
}

/* A word among those of a long step. `*same`: it held what it should have. */
static bool accounted_in_more(struct s2t_lockstep *ls, const struct s2t_write *write, bool *same)
{
	struct s2t_account_word *found = s2t_accounts_find(&ls->accounts, word_of(write->window, write->addr));

	if (!found)
		return false;
	*same = held_before(ls, write, found->old, found->known ? UINT64_MAX : 0);
	found->known = false;
	return true;
}

/* A word of a context that was emptied. */
static bool emptied(const struct s2t_lockstep *ls, const struct s2t_write *write, const struct account *account)
{
	if (write->window != S2T_WINDOW_SMMU || !account->contexts || write->addr < ls->board.smmu_pool_start)
		return false;
	uint64_t context = (write->addr - ls->board.smmu_pool_start) / 8192;

	return context < 16 && (account->contexts >> context & 1);
}

/* A written word that is none of the first accounts. */
static RARE bool accounted_elsewhere(struct s2t_lockstep *ls, const struct s2t_write *write,
                                     const struct account *account)
{
	bool same;

	return accounted_in_more(ls, write, &same) ? same : emptied(ls, write, account);
}

/* A written word of the implementation that is no lock. */
static inline bool accounted(struct s2t_lockstep *ls, const struct s2t_write *write, struct account *account)
{
	const uint64_t word = word_of(write->window, write->addr);
	unsigned i = account->next;

	if (i >= account->count || account->word[i] != word) {
		account->word[account->count] = word;
		for (i = 0; account->word[i] != word; i++)
			;
		if (SELDOM(i == account->count))
			return accounted_elsewhere(ls, write, account);
	}
	const uint64_t unseen = account->unseen[i];

	account->next = i + 1;
	account->unseen[i] = 0;
	return held_before(ls, write, account->old[i], unseen);
}

/* Locks that the model holds and that the implementation never took: only a panic leaves any. */
static bool holds_the_same(struct s2t_lockstep *ls)
{
	uint32_t locks[S2T_MAX_HELD];

	for (unsigned i = s2t_model_locks(ls->model, locks); i-- > 0;)
		if (!s2t_view_lock_held(&ls->view, locks[i]))
			return false;
	return true;
}

/* The lock of a write, or UINT32_MAX: it is none. */
static inline uint32_t lock_of(const struct s2t_lockstep *ls, const struct s2t_write *write)
{
	const uint64_t offset = write->addr - ls->view.el2.locks;

	return write->window == S2T_WINDOW_EL2 && offset < ls->lock_bytes ? (uint32_t)(offset / 8) : UINT32_MAX;
}

/* Every word that the implementation wrote in the step belongs to an entry that was compared, or is a lock that is
 * free. Most are locks. */
static inline bool same_writes(struct s2t_lockstep *ls, const struct s2t_write *write,
                               const struct s2t_write *end, struct account *account)
{
	const uint64_t locks = word_of(S2T_WINDOW_EL2, ls->view.el2.locks);
	const uint64_t known = 8 * ls->view.lock_count;
	uint64_t bits = 0; /* of all addresses: with more than 40, words of two windows could look the same */
	uint64_t held = 0; /* not 0: a lock is */

	for (; write < end; write++) {
		const uint64_t offset = word_of(write->window, write->addr) - locks;

		bits |= write->addr;
		if (offset < known) {
			const uint64_t word = ls->view.locks[offset / 8];

			held |= word ^ (word << 32 | word >> 32);
		} else if (SELDOM(!accounted(ls, write, account))) {
			const uint32_t lock = lock_of(ls, write);

			if (lock == UINT32_MAX || s2t_view_lock_held(&ls->view, lock))
				return false;
		}
	}
	return (held | bits >> 40) == 0;
}

/* The same after a panic: locks are held on both sides or on none, and the words of tables are not looked at. */
static bool same_writes_of_panic(struct s2t_lockstep *ls, const struct s2t_write *write,
                                 const struct s2t_write *end, struct account *account)
{
	for (; write < end; write++) {
		const uint32_t lock = lock_of(ls, write);
		const bool table = write->window == S2T_WINDOW_S2PT || write->window == S2T_WINDOW_SMMU;

		if (lock != UINT32_MAX
		            ? s2t_view_lock_held(&ls->view, lock) != s2t_model_lock_held(ls->model, lock)
		            : !table && !accounted(ls, write, account))
			return false;
	}
	return holds_the_same(ls);
}

/* The touched entries and the writes of a step with the same outcome on both sides. */
static inline bool same(struct s2t_lockstep *ls, const struct s2t_write *first, const struct s2t_write *end,
                        struct account *account)
{
	const bool panic = ls->step.outcome == S2T_PANIC;
	size_t touches;
	const struct s2t_touch *touch = s2t_model_touched(ls->model, &touches);

	account->count = account->next = 0;
	account->contexts = 0;
	account->tables = account->found = false;
	if (SELDOM(ls->accounts.count > 0))
		s2t_accounts_clear(&ls->accounts);
	ls->stale = NULL;
	for (size_t i = 0; i < touches; i++)
		if (SELDOM(!same_entry(ls, &touch[i], !panic, account)))
			return false;
	return SELDOM(panic) ? same_writes_of_panic(ls, first, end, account)
	                     : same_writes(ls, first, end, account);
}

/* Whether a write took a table away from under a remembered leaf: into a root or second-level table, over something. */
static bool unlinks(const struct s2t_board *board, const struct s2t_write *write)
{
	if (write->window == S2T_WINDOW_S2PT)
		return write->old != 0 &&
		       (write->addr - board->pt_pool_start) % board->pt_pool_per_vm < board->pud_offset;
	return write->window == S2T_WINDOW_SMMU && write->old != 0 && write->addr < board->smmu_pgd_start;
}

/* Leaves may be remembered that are none any more. Only a write that is accounted for by a table, or by nothing, can have
 * made them so: all others are to last-level tables and records. */
static RARE bool forgets_leaves(struct s2t_lockstep *ls, const struct s2t_write *write,
                                const struct s2t_write *end)
{
	for (; write < end; write++) {
		if (unlinks(&ls->board, write)) {
			s2t_view_flush(&ls->view);
			return true;
		}
	}
	return false;
}

static RARE void count_findings(struct s2t_lockstep *ls, const struct account *account)
{
	for (int i = 0; i < S2T_FINDING_COUNT; i++)
		ls->stats.findings[i] += account->findings[i];
}

bool s2t_compare_step(struct s2t_lockstep *ls)
{
	struct account account;
	size_t writes;
	const struct s2t_write *first = ls->ops->image->writes(ls->iut, &writes);
	const struct s2t_write *end = first + writes;
	bool agreed, again = false;

	first += ls->step_writes;
	if (SELDOM(ls->result.outcome != ls->step.outcome || ls->result.ret != ls->step.ret))
		return false;
	do
		agreed = same(ls, first, end, &account);
	while (SELDOM(!agreed | account.tables) && !again && (again = forgets_leaves(ls, first, end)));
	if (SELDOM(account.found))
		count_findings(ls, &account);
	return agreed;
}
