/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of invariants, and sets of them as users write them. */
#include "invariants.h"

#include <stdio.h>
#include <string.h>

#define SECURITY  "SecurityInvs.v, shared_inv"
#define ISOLATION "wDRF/MemoryIsolation.v, shared_inv"
#define OURS      "s2twin"

const struct s2t_invariant_info s2t_invariant_table[S2T_INVARIANT_COUNT + 1] = {
	[S2T_SPT_CONS] = { "I1", "spt_cons", "the frame of an SMMU entry is the one in its descriptor",
	                   SECURITY },
	[S2T_HOST_NPT_CONS] = { "I2", "host_npt_cons",
	                        "the frame of an entry of the host is the one in its descriptor", SECURITY },
	[S2T_HOST_FLATMAP] = { "I3", "host_flatmap", "the host's table maps a frame to itself", SECURITY },
	[S2T_HOST_S2_MAP] = { "I4", "host_s2_map", "a page of the host has gfn = pfn + smmu_host_offset",
	                      SECURITY },
	[S2T_PAGE_0_INVALID] = { "I5", "page_0_invalid", "page 0 has no owner", SECURITY },
	[S2T_HOST_ISO] = { "I6", "host_iso",
	                   "what the host maps is a device, the host's own, or shared with it (count > 0)",
	                   SECURITY },
	[S2T_VM_ISO] = { "I7", "vm_iso", "what a VM maps is its own, or a device, until it is powered off",
	                 SECURITY },
	[S2T_SMMU_VM] = { "I8", "smmu_vm", "a context bank belongs to the host, to a VM, or to nobody",
	                  SECURITY },
	[S2T_SMMU_ISO] = { "I9", "smmu_iso",
	                   "what a bound context maps is its owner's, and stands at the owner's frame, until that VM "
	                   "is powered off",
	                   SECURITY },
	[S2T_SMMU_COUNT] = { "I10", "smmu_count",
	                     "a page of the host counts at least the host's contexts that map it", SECURITY },
	[S2T_REMAP_PTR] = { "I11", "remap_ptr", "the next remap address is not 0", ISOLATION },
	[S2T_CORE_MAP] = { "I12", "core_map", "EL2 maps nothing from the next remap address on", ISOLATION },
	[S2T_REMAP_ADDR] = { "I13", "remap_addr",
	                     "a boot image maps no more than its pages, and its window ends below the next remap "
	                     "address",
	                     ISOLATION },
	[S2T_CORE_REMAP] = { "I14", "core_remap",
	                     "the part of an image that is yet to be mapped is not mapped by EL2", ISOLATION },
	[S2T_REMAP_RANGE] = { "I15", "remap_range",
	                      "size, remap address and pages mapped of an image are not negative", ISOLATION },
	[S2T_REMAP_NO_OVERLAP] = { "I16", "remap_no_overlap", "the windows of two images do not overlap",
	                           ISOLATION },
	[S2T_CORE_ISO] = { "I17", "core_iso", "no step gives a page to EL2, or takes one from it",
	                   "wDRF/MemoryIsolation.v, the lemmas X_core_iso" },
	[S2T_WRITE_ONCE] = { "I18", "write_once", "an entry of EL2 that maps a frame maps that frame for ever",
	                     "wDRF/WriteOnceKernelMapping.v, the lemmas X_write_once" },
	[S2T_SMMU_COUNT_0] = { "I19", "smmu_count_0_no_map",
	                       "what a context of the host maps is no page of the host that counts 0",
	                       "SecurityInvs.v, lemma smmu_count_0_no_map" },
	[S2T_HW_WALK] = { "A1", "hw_walk", "an MMU reads each descriptor as the specification does", OURS },
	[S2T_TABLE_PAGES] = { "A2", "table_pages",
	                      "each table has one parent and lies in the part of its pool that was handed out; the next "
	                      "to be handed out is empty",
	                      OURS },
	[S2T_ZERO_ON_RELEASE] = { "A3", "zero_on_release", "a page that goes from a VM to the host holds zeros",
	                          OURS },
	[S2T_ACTIVE_KEEPS] = { "A4", "active_keeps",
	                       "no page of a VM changes its owner while a vCPU of the VM is active", OURS },
	[S2T_STALE_DMA] = { "A5", "stale_dma",
	                    "what a bound context maps is its owner's, or the host's and zero, powered off or not",
	                    OURS },
	[S2T_LOCKS_FREE] = { "A6", "locks_free", "no lock is held after a step that does not panic", OURS },
	[S2T_UNBOUND_ISO] = { "A7", "unbound_iso",
	                      "what a context of nobody maps has an owner, and stands at the owner's frame",
	                      OURS },
	[S2T_UNBOUND_COUNT] = { "A8", "unbound_count",
	                        "a page of the host counts at least the contexts of nobody that map it", OURS },
	[S2T_ONE_VM] = { "A9", "one_vm", "no page of RAM is mapped by two VMs that are not powered off", OURS },
	[S2T_INVARIANT_COUNT] = { "books", "bookkeeping",
	                          "what the check after each step remembers is what there is; s2twin itself is wrong",
	                          OURS },
};

/* The invariant of that number or name, or -1. */
static int find(const char *text, size_t len)
{
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const struct s2t_invariant_info *info = &s2t_invariant_table[i];

		if ((strlen(info->number) == len && memcmp(info->number, text, len) == 0) ||
		    (strlen(info->name) == len && memcmp(info->name, text, len) == 0))
			return i;
	}
	return -1;
}

bool s2t_invariants_parse(const char *text, uint32_t *set, const char **bad, size_t *len)
{
	*set = *text == '-' ? S2T_INVARIANTS_ALL : S2T_INVARIANTS_NONE;
	if (strcmp(text, "none") == 0)
		return true;
	if (strcmp(text, "all") == 0) {
		*set = S2T_INVARIANTS_ALL;
		return true;
	}
	for (;; text++) {
		const bool out = *text == '-';

		text += out;
		*bad = text;
		*len = strcspn(text, ",");
		const int i = find(text, *len);

		if (i < 0)
			return false;
		*set = out ? *set & ~(UINT32_C(1) << i) : *set | UINT32_C(1) << i;
		text += *len;
		if (*text == '\0')
			return true;
	}
}

const char *s2t_invariants_print(uint32_t set, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "%s", set ? "all" : "none");
	for (int i = 0; set && set != S2T_INVARIANTS_ALL && i < S2T_INVARIANT_COUNT; i++)
		if ((set >> i & 1) && used < size)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? "," : "",
			                         s2t_invariant_table[i].number);
	return buf;
}

uint32_t s2t_invariants_broken(const struct s2t_invariants *invariants, int side)
{
	uint32_t set = S2T_INVARIANTS_NONE;

	for (int i = 0; i < S2T_INVARIANT_COUNT; i++)
		if (invariants->state[side][i].broken)
			set |= UINT32_C(1) << i;
	return set;
}

void s2t_invariant_findings_add(struct s2t_invariant_finding *sum, const struct s2t_invariant_finding *more)
{
	for (int i = 0; i < S2T_INVARIANT_COUNT; i++) {
		const uint64_t steps = sum[i].steps + more[i].steps;

		if (sum[i].steps == 0)
			sum[i] = more[i];
		sum[i].steps = steps;
	}
}
