/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory manager of this folder as an implementation under test. */
#ifndef LINKED_PLUGIN_H
#define LINKED_PLUGIN_H

#include "s2twin/iut.h"

const struct s2t_iut_ops *memory_plugin(void);

#endif
