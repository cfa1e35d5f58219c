/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of a plug-in, which goes to a terminal. */
#ifndef S2T_HARNESS_VISIBLE_H
#define S2T_HARNESS_VISIBLE_H

/* Puts a question mark for each control character. */
static inline void s2t_make_visible(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

#endif
