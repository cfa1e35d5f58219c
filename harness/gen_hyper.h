/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the generator for the hypercall layer share. */
#ifndef S2T_HARNESS_GEN_HYPER_H
#define S2T_HARNESS_GEN_HYPER_H

#include "gen_internal.h"

/* gen_hyper_macro.c: puts the calls of a stretch of a VM's life into the queue. */
void s2t_gen_queue_life(struct s2t_gen *gen);

/* gen_hyper_goal.c: puts calls into the queue that lead to the panic that is sought. False: chance is to find it. */
bool s2t_gen_queue_goal(struct s2t_gen *gen);
/* Whether the pools of tables are so small that a goal can empty them. */
bool s2t_gen_has_small_pools(const struct s2t_gen *gen);

/* gen_hyper_args.c: arguments of call->op, drawn one by one with the state of the model in mind. */
void s2t_gen_hyper_args(struct s2t_gen *gen, struct s2t_call *call);
/* Makes of a call the hypercall with that number and those registers, if there is one. */
bool s2t_gen_as_hypercall(const struct s2t_gen *gen, struct s2t_call *call);
/* Pages that a call works through, one operation each at least. */
uint64_t s2t_gen_work(const struct s2t_gen *gen, const struct s2t_call *call);
/* A VM: mostly one that was registered. */
uint32_t s2t_gen_hyper_vm(struct s2t_gen *gen);
/* A legal one, and the start of an image of it, or of a mapping that was made. */
uint64_t s2t_gen_hyper_ipa(struct s2t_gen *gen, uint32_t vmid);

static inline uint64_t s2t_gen_one_of(struct s2t_gen *gen, const uint64_t *values, unsigned count)
{
	return values[s2t_gen_below(gen, count)];
}
#define GEN_ONE_OF(gen, ...)                                                                                   \
	s2t_gen_one_of((gen), (const uint64_t[]){ __VA_ARGS__ },                                               \
	               sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

#endif
