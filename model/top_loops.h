/* SPDX-License-Identifier: BSD-2-Clause */
/* TrapHandlerSpec.v, AuxSpec: the loops over pages and images. */
#ifndef S2T_MODEL_TOP_LOOPS_H
#define S2T_MODEL_TOP_LOOPS_H

#include "top.h"

/* The end of a call of local_X: its halt' is the halt of the machine. Always true: what ends with it is Some. */
static inline bool s2t_top_done(struct s2t_model *adt, bool halt)
{
	adt->cpu.halt = halt;
	return true;
}

bool s2t_clear_vm_loop_h(struct s2t_model *adt, uint64_t num, s2t_pfn pfn, s2t_vmid vmid, bool *cleared);
bool s2t_prot_and_map_vm_s2pt_spec_h(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte,
                                     uint64_t level);
bool s2t_verify_and_load_loop_h(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, uint64_t *blocks);
bool s2t_kvm_phys_addr_ioremap_loop_h(struct s2t_model *adt, uint64_t num, s2t_vmid vmid, s2t_addr gpa,
                                      s2t_addr pa, bool *mapped);
bool s2t_share_stage2_loop_h(struct s2t_model *adt, bool grant, uint64_t num, s2t_vmid vmid, s2t_addr addr,
                             bool *changed);
uint64_t s2t_search_load_info_loop_h(const struct s2t_model *adt, s2t_vmid vmid, uint64_t addr);

#endif
