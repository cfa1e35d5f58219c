/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RData: the abstract machine, stored sparsely, with a journal of what was written.
 *
 * Coq's total maps are kept as nodes of 512 consecutive keys. Every write goes through a journal record that
 * holds the old value; so undefined steps roll back, reset and undo cost what was touched, and the records of
 * the last step are its touched set.
 */
#ifndef S2T_MODEL_RDATA_H
#define S2T_MODEL_RDATA_H

#include "constants.h"
#include "map.h"
#include "s2twin/model.h"

/* s2page: 512 consecutive pfns. */
struct s2t_page_node {
	struct s2t_page page[512];
};

/*
 * npts[v].pt and pmd_t for one 2 MiB range. An entry (pfn, level, pte) is stored as its descriptor alone:
 * level 0 <=> pte = 0, pfn = phys(pte)/4096 (+ its place in a block). A block covers the whole range until
 * undone (no operation removes it), so the entries under it stay where they are.
 */
struct s2t_npt_leaf {
	uint64_t pte[512];
	uint64_t block; /* descriptor of the 2 MiB block, 0: none */
	uint64_t pmd_t; /* bool: there is a PTE table */
};

/* npts[v].pgd_t[i] and pud_t[i]. */
struct s2t_npt_upper {
	uint64_t pgd_t;    /* bool: there is a PUD table */
	uint64_t pud_t[8]; /* one bit for each PMD table */
};

/* Per VM; cursors count bytes used, so that zero is the start state. */
struct s2t_vm {
	uint64_t next[3]; /* pt_pgd_next, pt_pud_next, pt_pmd_next, less the start of their pools */
	uint64_t data_log;
};

/* vminfos[v], less what no specification reads (vm_kvm, vm_vcpu, vm_power) and what encryption alone writes
 * (vm_inc_exe); and of the registers of each vCPU, whether it is yet to run. */
struct s2t_vm_info {
	uint64_t vm[S2T_VM_FIELD_COUNT];
	uint64_t vcpu[VCPU_PER_VM][S2T_VCPU_FIELD_COUNT];
	uint64_t image[MAX_LOAD_INFO_NUM][S2T_IMAGE_FIELD_COUNT];
};

/* spts for one context and 2 MiB range. */
struct s2t_spt_leaf {
	uint64_t pte[512];
	uint64_t pmd_t;
};

/* spt_pgd_t of one context. */
struct s2t_spt_upper {
	uint64_t pgd_t[16];
};

struct s2t_token_node {
	uint64_t token[512];
};

/* The fields of RData that are this CPU's: small, saved whole. lock[id] = LockOwn true for `held_count` ids, LockFalse for
 * all others. */
struct s2t_cpu {
	uint16_t halt; /* no bytes: a compiler must take a byte that is written for a part of anything else */
	uint16_t tstate;
	uint16_t held_count;
	/* The lock taken last, about which nearly every question is; S2T_NO_LOCK: none is held. */
	uint32_t newest;
	uint32_t older[S2T_MAX_HELD - 1]; /* those before it, in the order in which they were taken */
};
#define S2T_NO_LOCK UINT32_MAX

/* Why the last local_mmap or local_spt_map of a step ended in halt; what clear_pfn_host found. They decide case
 * ids, never results. */
enum s2t_map_end { S2T_MAP_OK, S2T_MAP_UNDER_BLOCK, S2T_MAP_EXHAUSTED };
enum s2t_host_entry { S2T_HOST_ABSENT, S2T_HOST_MAPPED, S2T_HOST_UNDER_BLOCK };

enum { S2T_SPT_CONTEXTS = 16, S2T_PAGE_CACHE = 256 };

struct s2t_model {
	struct s2t_board board;
	struct s2t_start_page *start; /* its start pages, ascending in pfn */
	struct s2t_cpu cpu;
	struct s2t_cpu before; /* the last step; of its locks void if it held none */

	struct s2t_arena arena; /* of the nodes of all maps */
	unsigned resets;
	struct s2t_map s2page; /* pfn / 512 */
	/* Pages looked up last, by the low bits of their pfn, with or without a record: regions do not change, and
	 * a page's record stays where it is until the model is destroyed. */
	struct {
		s2t_pfn key; /* pfn + 1; 0: none */
		struct s2t_page *page;
	} page_cache[S2T_PAGE_CACHE];
	struct s2t_page untracked; /* what all pages without a record read as */
	struct s2t_map flatmem;    /* pfn / 512 */
	struct s2t_map npt_leaf;   /* vmid << 27 | gfn / 512 */
	struct s2t_map npt_upper;  /* vmid << 9 | pgd index */
	struct s2t_map spt_leaf;   /* generation << 23 | context << 19 | gfn / 512 */
	struct s2t_map spt_upper;  /* generation << 4 | context */
	struct s2t_vm *vm;         /* corevisor + 1 */
	struct s2t_vm_info *info;  /* corevisor + 1 */
	uint64_t core[S2T_CORE_FIELD_COUNT];
	uint64_t spt_next[2]; /* spt_pgd_next, spt_pmd_next, less the start of their pools */
	/* init_spt empties a context by giving it a fresh generation of nodes. */
	uint64_t spt_generation[S2T_SPT_CONTEXTS];
	uint64_t spt_generations;

	uint64_t smmu_cfg[S2T_SPT_CONTEXTS]; /* smmu_vmid */

	struct s2t_touch *journal;
	size_t journal_count, journal_size;
	size_t step_begin; /* the journal when the last step began */
	/* Of the slots that have a record of the step a bit each, by the low bits of their place. */
	uint64_t recorded;
	/* Where the records of a step are, if there are many: find_record (rdata.c). `indexed` are of the step that began at
	 * `index_begin`. */
	uint64_t *index;
	size_t index_size, index_used, index_begin, indexed;
	uint32_t index_serial;

	struct s2t_logs *logs; /* log.h; NULL: off */

	enum s2t_spec spec; /* of the step */
	enum s2t_case case_id;
	/* The cases of the operations of which the step is a sequence, a bit each; all 0 for one that is none. */
	uint64_t took[(S2T_CASE_COUNT + 63) / 64];
	bool is_sequence;
	enum s2t_case taken; /* that of the last step */
	enum s2t_map_end map_end;
	enum s2t_host_entry host_entry;
	bool out_of_memory;
};

/* The coming step may write this many entries; room for them is made before it begins. */
enum { S2T_STEP_ENTRIES = 64 };

/* Ranges that the board sets (Constants.v: is_vmid, pool_start, …). */
static inline bool s2t_is_vmid(const struct s2t_model *adt, s2t_vmid vmid)
{
	return vmid <= adt->board.corevisor;
}

/* is_vm */
static inline bool s2t_is_vm(const struct s2t_model *adt, s2t_vmid vmid)
{
	return HOSTVISOR < vmid && vmid < adt->board.corevisor;
}

static inline uint64_t s2t_pool_start(const struct s2t_model *adt, s2t_vmid vmid)
{
	return adt->board.pt_pool_start + adt->board.pt_pool_per_vm * vmid;
}
static inline uint64_t s2t_pgd_start(const struct s2t_model *adt, s2t_vmid vmid)
{
	return s2t_pool_start(adt, vmid) + adt->board.pgd_offset;
}
static inline uint64_t s2t_pud_start(const struct s2t_model *adt, s2t_vmid vmid)
{
	return s2t_pool_start(adt, vmid) + adt->board.pud_offset;
}
static inline uint64_t s2t_pmd_start(const struct s2t_model *adt, s2t_vmid vmid)
{
	return s2t_pool_start(adt, vmid) + adt->board.pmd_offset;
}
static inline uint64_t s2t_pool_end(const struct s2t_model *adt, s2t_vmid vmid)
{
	return s2t_pool_start(adt, vmid + 1);
}

/*
 * Reading. Only what was never written reads as a default.
 */

/* The first start page from `pfn` on, or the end of the array. */
const struct s2t_start_page *s2t_start_page_from(const struct s2t_model *adt, s2t_pfn pfn);

/* s2page[pfn]; for untracked pages (INVALID, INVALID, INVALID64). NULL: out of memory. */
struct s2t_page *s2t_s2page_slow(struct s2t_model *adt, s2t_pfn pfn);

static inline struct s2t_page *s2t_s2page(struct s2t_model *adt, s2t_pfn pfn)
{
	const size_t place = pfn % S2T_PAGE_CACHE;

	if (SELDOM(adt->page_cache[place].key != pfn + 1))
		return s2t_s2page_slow(adt, pfn);
	return s2t_not_null(adt->page_cache[place].page);
}

static inline uint64_t s2t_npt_leaf_key(s2t_vmid vmid, s2t_gfn gfn)
{
	return vmid << 27 | gfn >> 9;
}
static inline uint64_t s2t_npt_upper_key(s2t_vmid vmid, s2t_addr addr)
{
	return vmid << 9 | pgd_index(addr);
}

static inline uint64_t s2t_spt_leaf_key(const struct s2t_model *adt, unsigned context, s2t_gfn gfn)
{
	return adt->spt_generation[context] << 23 | (uint64_t)context << 19 | gfn >> 9;
}
static inline uint64_t s2t_spt_upper_key(const struct s2t_model *adt, unsigned context)
{
	return adt->spt_generation[context] << 4 | context;
}

/* gfn @ (pt (vmid @ npts)), for gfn < 2^36. */
static inline struct s2t_npt_entry s2t_pt_entry(const struct s2t_npt_leaf *leaf, s2t_gfn gfn)
{
	if (!leaf)
		return (struct s2t_npt_entry){ 0, 0, 0 };
	if (leaf->block)
		return (struct s2t_npt_entry){ phys_page(leaf->block) / PAGE_SIZE + (gfn & 511), 2,
			                       leaf->block };
	s2t_pte pte = leaf->pte[gfn & 511];

	return (struct s2t_npt_entry){ phys_page(pte) / PAGE_SIZE, pte ? 3 : 0, pte };
}

static inline struct s2t_npt_entry s2t_pt(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn)
{
	return s2t_pt_entry(s2t_map_find(&adt->npt_leaf, s2t_npt_leaf_key(vmid, gfn)), gfn);
}

/* gfn @ (ttbr @ (spt_pt spts)), for gfn < 2^28: the descriptor; its pfn is phys(pte)/4096. */
static inline s2t_pte s2t_spt(struct s2t_model *adt, unsigned context, s2t_gfn gfn)
{
	const struct s2t_spt_leaf *leaf = s2t_map_find(&adt->spt_leaf, s2t_spt_leaf_key(adt, context, gfn));

	return leaf ? leaf->pte[gfn & 511] : 0;
}

/*
 * Writing. All writes go through these.
 */

/* shared.s2page # pfn == page; `page` must be tracked and have been read in this step. The second is told where it is. */
void s2t_set_s2page_at(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page *slot, struct s2t_page page);
static inline void s2t_set_s2page(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page page)
{
	s2t_set_s2page_at(adt, pfn, s2t_s2page(adt, pfn), page);
}

/* log.c: writes an entry while the logs are on, and has the digest of its object follow. */
void s2t_log_write_page(struct s2t_model *adt, struct s2t_touch entry, struct s2t_page *slot,
                        struct s2t_page page);
void s2t_log_write_word(struct s2t_model *adt, struct s2t_touch entry, uint64_t *slot, uint64_t value);

/* The record of this step for `slot`, which is the entry (kind, b), or NULL. */
struct s2t_touch *s2t_find_record(struct s2t_model *adt, enum s2t_entry_kind kind, uint64_t b,
                                  const void *slot);

/* The bit of `recorded` for a slot. */
static inline uint64_t s2t_recorded_bit(const void *slot)
{
	return UINT64_C(1) << ((uintptr_t)slot / 8 % 64);
}

/*
 * One word of the state, with the name of the entry that it is. Names are passed by value: one that something points to would
 * be built in memory, field by field, and copied from there in larger words, which have to wait for the fields.
 * The second is for a slot that may have a record of the step already, and for logs; `beside` is old[1] of the entry, which
 * the context of an SMMU has.
 */
void s2t_set_word_again(struct s2t_model *adt, enum s2t_entry_kind kind, unsigned level, uint32_t a, uint64_t b,
                        uint64_t beside, uint64_t *slot, uint64_t value);
static inline void s2t_set_word(struct s2t_model *adt, struct s2t_touch entry, uint64_t *slot, uint64_t value)
{
	const uint64_t bit = s2t_recorded_bit(slot);

	if (SELDOM((adt->recorded & bit) != 0 || adt->logs != NULL)) {
		s2t_set_word_again(adt, (enum s2t_entry_kind)entry.kind, entry.level, entry.a, entry.b,
		                   entry.old[1], slot, value);
		return;
	}
	adt->recorded |= bit;
	entry.slot = slot;
	entry.old[0] = *slot;
	adt->journal[adt->journal_count++] = entry;
	*slot = value;
}

/* The same for flags and cursors of tables, out of the way: few steps change any. The entry is (kind, level, a, b). */
void s2t_set_table(struct s2t_model *adt, enum s2t_entry_kind kind, unsigned level, s2t_vmid a, s2t_addr b,
                   uint64_t *slot, uint64_t value);

/* What the doracle has VM `vmid` put into its n-th page. */
static inline s2t_token s2t_doracle(const struct s2t_model *adt, s2t_vmid vmid, uint64_t n)
{
	if (adt->board.doracle)
		return adt->board.doracle(adt->board.doracle_ctx, vmid, n);
	return s2t_default_doracle(vmid, n);
}

/* A word of the hypercall layer's state. */
void s2t_set_vm(struct s2t_model *adt, s2t_vmid vmid, enum s2t_vm_field field, uint64_t value);
void s2t_set_vcpu(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, enum s2t_vcpu_field field,
                  uint64_t value);
void s2t_set_image(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx, enum s2t_image_field field,
                   uint64_t value);
void s2t_set_core(struct s2t_model *adt, enum s2t_core_field field, uint64_t value);
void s2t_set_smmu(struct s2t_model *adt, unsigned context, uint64_t vmid);

/* flatmem # pfn == token. False: out of memory. */
bool s2t_set_flatmem(struct s2t_model *adt, s2t_pfn pfn, s2t_token token);

#endif
