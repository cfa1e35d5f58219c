/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of the default board, for tests that need no other.
 */
#ifndef S2T_TESTS_DEFAULT_MODEL_H
#define S2T_TESTS_DEFAULT_MODEL_H

#include "s2twin/model.h"

static inline struct s2t_model *default_model(void)
{
	struct s2t_board board;

	s2t_board_default(&board);
	struct s2t_model *m = s2t_model_create(&board);

	assert_non_null(m);
	return m;
}

#endif
