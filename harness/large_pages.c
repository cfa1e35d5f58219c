/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pages of the host. */
#define _DEFAULT_SOURCE /* madvise */
#include "large_pages.h"

#include <sys/mman.h>

void s2t_want_large_pages(void *start, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	(void)madvise(start, bytes, MADV_HUGEPAGE);
#else
	(void)start;
	(void)bytes;
#endif
}
