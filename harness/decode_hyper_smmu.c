/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts of SMMUs in records of the hypercall layer, what they map, and how. Part of version 2 of the inputs. `s` is
 * the selector, `[k]` an entry of a list, k the low bits of s.
 *
 *        bank: cbndx; index has c0-f3 for its low bits
 *  00-3f that of the iova, or one of three
 *  40-5f taken [k]
 *  60-7f of the newest VM [k]
 *  80-9f of the host [k]
 *  a0-bf free [k]
 *  c0-cf one of three; d0-f3 its low bits
 */
#include "decode_hyper.h"

enum {
	BANKS = 16, /* context = 8 * index + cbndx */
	NONE = -1,
};

/* What an SMMU may do with a page: reads, writes, memory type; seldom a bit of the frame. */
void s2t_hyper_prot(struct s2t_resolving *r, unsigned i)
{
	static const uint64_t prot[16] = { 0x743, 0x7C3, 0,     0x3,   0x1,   0x40,  0x7FF, 0xFFF,
		                           0x743, 0x743, 0x7C3, 0x7C3, 0x440, 0x480, 0x743, UINT64_C(1) << 54 };
	const uint8_t s = r->select[i];

	if (s2t_decode_is_fixed(r, i, S2T_ARG_PROT))
		return;
	if (s < 0xF0)
		r->arg[i] = s < 0xC0 ? prot[s & 15] : (uint64_t)(s & 0x1F) << 6;
	else
		r->arg[i] = UINT64_C(0x1000) << 12 * (s & 3);
}

/* The k-th bank, counted round, whose owner is that one; -1: it has none. Owner UINT32_MAX: that are free. */
static int bank_of(const struct s2t_decoder *d, uint64_t owner, bool any, uint32_t k)
{
	unsigned bank[BANKS], count = 0;

	for (unsigned context = 0; context < BANKS; context++) {
		const uint64_t has = s2t_model_smmu_cfg(d->model, context);

		if (any ? has != UINT32_MAX : has == owner)
			bank[count++] = context;
	}
	return count ? (int)bank[k % count] : NONE;
}

/* `place` is UINT32_MAX where none goes with the iova. */
void s2t_hyper_bank(struct s2t_resolving *r, unsigned cbndx, unsigned index, uint32_t place)
{
	static const uint32_t usual[4] = { 0, 9, 0, 15 };
	const struct s2t_decoder *d = r->d;
	const uint8_t s = r->select[cbndx];
	uint32_t context = s < 0x40 && place != UINT32_MAX ? place : usual[s & 3];
	int bank = NONE;

	if (s >= 0x40 && s < 0x60)
		bank = bank_of(d, 0, true, s);
	else if (s >= 0x60 && s < 0x80)
		bank = bank_of(d, s2t_hyper_pick_vm(d, 0), false, s);
	else if (s >= 0x80 && s < 0xA0)
		bank = bank_of(d, 0, false, s);
	else if (s >= 0xA0 && s < 0xC0)
		bank = bank_of(d, UINT32_MAX, false, s);
	if (bank != NONE)
		context = (uint32_t)bank;
	if (!s2t_decode_is_fixed(r, cbndx, S2T_ARG_CBNDX))
		r->arg[cbndx] = s < 0xD0 ? context & 7 : s & 7;
	if (!s2t_decode_is_fixed(r, index, S2T_ARG_INDEX))
		r->arg[index] = r->select[index] < 0xC0 ? context >> 3 : r->select[index] & 1;
}

/* An iova and its bank; e0-f3: where the page itself is. */
void s2t_hyper_iova(struct s2t_resolving *r, unsigned iova, unsigned cbndx, unsigned index)
{
	const uint8_t s = r->select[iova];
	struct decode_place place = { UINT32_MAX, r->d->pfn };

	if (!s2t_decode_is_fixed(r, iova, S2T_ARG_IOVA)) {
		if (s < 0xE0)
			place = s2t_decode_iova(r->d, s);
		r->arg[iova] = place.gfn << 12 | r->offset;
	}
	s2t_hyper_bank(r, cbndx, index, place.space);
}

/* EL2 ors its own bits to the descriptors of an SMMU. Where some are of the frame, a page has to have them; every other
 * selector sees to that. */
void s2t_hyper_bits_of_smmu(struct s2t_resolving *r, unsigned i)
{
	const uint8_t s = r->select[i];

	if (s >= S2T_SELECT_LIMIT || (s & 0x20) == 0)
		return;
	r->arg[i] |= r->d->board.smmu_pte_bits & GEN_FRAME & (GEN_PA_END - 1);
	r->d->pfn = r->arg[i] >> 12;
}
