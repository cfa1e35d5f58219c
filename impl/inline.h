/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every operation runs through is short and inlined; what it seldom needs stands apart, out of line. The
 * compiler would weigh this differently: it does not know that the journal hardly ever grows.
 */
#ifndef S2T_IMPL_INLINE_H
#define S2T_IMPL_INLINE_H

#ifdef S2T_COVERAGE /* a copy at each call would be counted as branches of its own */
#define ALWAYS_INLINE static inline
#else
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#endif
#define OUT_OF_LINE __attribute__((noinline))
/* What is seldom true. */
#define SELDOM(condition) __builtin_expect((condition), 0)
#define RARE              __attribute__((noinline, cold)) /* and away from what runs always */

#endif
