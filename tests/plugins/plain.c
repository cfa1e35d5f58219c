/* SPDX-License-Identifier: BSD-2-Clause */
/* A shared object that is no plug-in. */
int s2t_test_plain(void);

int s2t_test_plain(void)
{
	return 1;
}
