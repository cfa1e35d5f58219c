/* SPDX-License-Identifier: BSD-2-Clause */
/* The model from C++, and from another compiler than the library's. */
#include <cstdio>

#include "s2twin/run.h"

int main()
{
	char error[256] = "";
	s2t_twin *twin = s2t_twin_create("default", nullptr, error, sizeof(error));
	s2t_call call = {};

	if (!twin) {
		std::fprintf(stderr, "%s\n", error);
		return 3;
	}
	call.op = S2T_OP_MAP_PAGE_HOST;
	call.arg[0] = 0x40001000;
	const bool good = s2t_twin_step(twin, &call) == S2T_TWIN_AGREES;
	s2t_twin_destroy(twin);
	return good ? 0 : 1;
}
