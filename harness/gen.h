/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generator: random operations that the state of the model makes interesting.
 */
#ifndef S2T_HARNESS_GEN_H
#define S2T_HARNESS_GEN_H

#include "s2twin/iut.h"
#include "s2twin/model.h"

struct s2t_gen;

/* A generator for sequences on one board. The same seed gives the same sequences on any compiler. */
struct s2t_gen *s2t_gen_create(const struct s2t_board *board, const struct s2t_model *model);
void s2t_gen_destroy(struct s2t_gen *gen);

/* The layers whose operations are drawn, a set; 0 as S2T_GEN_MEMORY, which is how a generator starts. Calls of layer
 * hypercall are tried on `model`, the same as that of create, and taken back. */
enum { S2T_GEN_MEMORY = 1, S2T_GEN_HYPERCALL = 2 };
void s2t_gen_set_layers(struct s2t_gen *gen, uint32_t layers, struct s2t_model *model);

/* From the next sequence on one call in eight is one that `iut` declares, if it declares any. */
void s2t_gen_declare(struct s2t_gen *gen, const struct s2t_iut_ops *iut);

/* Begins a sequence of up to `max_len` operations (1..); the model must be in its start state. */
void s2t_gen_begin(struct s2t_gen *gen, uint64_t sequence_seed, uint32_t max_len);

/* The next operation, from the present state of the model; false: the sequence ends here. */
bool s2t_gen_next(struct s2t_gen *gen, struct s2t_call *call);

/* Tells the generator what the model made of the last operation. */
void s2t_gen_learn(struct s2t_gen *gen, const struct s2t_call *call, const struct s2t_step *step);

#endif
