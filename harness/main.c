/* SPDX-License-Identifier: BSD-2-Clause */
/* The `s2twin` command. */
#include "s2twin/run.h"

int main(int argc, char **argv)
{
	return s2t_main(argc, argv, NULL);
}
