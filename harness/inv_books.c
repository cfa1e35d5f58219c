/* SPDX-License-Identifier: BSD-2-Clause */
/* The bookkeeping of the check after each step, held against what a side has. */
#include "inv_books.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "inv_parts.h"
#include "rdata.h"

static const struct s2t_inv_entry *entries_of(const struct s2t_inv_state *books)
{
	return books->entry.item;
}

static uint64_t key_of(const struct s2t_inv_mapping *mapping)
{
	return s2t_inv_entry_key(mapping->pages == 512,
	                         mapping->smmu ? S2T_INV_SMMU | mapping->number : mapping->number,
	                         mapping->gfn);
}

/* Every mapping stands in the books with its descriptor, and in a list; and no others do. */
static bool same_mappings(const struct s2t_inv_state *books, const struct s2t_inv_side *side, char *fault,
                          size_t size)
{
	size_t found = 0, kept = 0;

	for (size_t i = 0; i < side->count; i++) {
		const struct s2t_inv_mapping *mapping = &side->mapping[i];
		const struct s2t_inv_entry *entry = s2t_inv_find_entry(books, key_of(mapping));

		/* A descriptor with two readings is listed twice. */
		found += mapping->reading != S2T_READ_BY_HARDWARE || s2t_view_output(mapping->pte) == 0;
		if (entry && entry->pte == mapping->pte && entry->linked)
			continue;
		snprintf(fault, size,
		         "the books have 0x%" PRIx64 " where %s %" PRIu32 ", frame 0x%" PRIx64
		         " has 0x%" PRIx64,
		         entry ? entry->pte : 0, mapping->smmu ? "context" : "VM", mapping->number,
		         mapping->gfn, mapping->pte);
		return false;
	}
	for (size_t i = 0; i < books->entry.count; i++)
		kept += entries_of(books)[i].linked != 0;
	if (found == kept)
		return true;
	snprintf(fault, size, "the books have %zu mappings where there are %zu", kept, found);
	return false;
}

static bool same_records(const struct s2t_inv_state *books, const struct s2t_inv_side *side, char *fault,
                         size_t size)
{
	const struct s2t_inv_page *page = books->page.item;

	for (size_t i = 0; i < books->page.count; i++, page++) {
		const struct s2t_page now = s2t_inv_side_page(side, page->key);

		if (now.owner == page->record.owner && now.count == page->record.count &&
		    now.gfn == page->record.gfn)
			continue;
		snprintf(fault, size,
		         "the books have owner %" PRIu32 ", count %" PRIu32 ", gfn 0x%" PRIx64
		         " of page 0x%" PRIx64,
		         page->record.owner, page->record.count, page->record.gfn, page->key);
		return false;
	}
	return true;
}

/* Whether each page counts the entries that map it, has those in its list that are to be there, and their frame. */
static bool same_counts(const struct s2t_inv_state *books, struct s2t_inv_seen *seen, char *fault, size_t size)
{
	const struct s2t_inv_page *page = books->page.item;

	for (size_t i = 0; i < books->entry.count; i++) {
		const struct s2t_inv_entry *entry = &entries_of(books)[i];

		if (entry->linked == S2T_INV_COUNTED)
			*(s2t_inv_space_of(entry) ? &seen[entry->page].own : &seen[entry->page].host) += 1;
	}
	for (size_t i = 0; i < books->page.count; i++, page++) {
		bool same = seen[i].host == page->seen.host && seen[i].own == page->seen.own;

		for (uint32_t ref = page->head; ref;) {
			const struct s2t_inv_entry *entry = &entries_of(books)[(ref - 1) / 2];
			const uint32_t space = s2t_inv_space_of(entry);

			same &= entry->linked == 1 && entry->page == i;
			if (space & S2T_INV_SMMU)
				same &= page->seen.frame == 0 ||
				        page->seen.frame == s2t_inv_frame_of(entry) + 1;
			*(space & S2T_INV_SMMU ? &seen[i].dma : &seen[i].other) += 1;
			ref = entry->next[0];
		}
		if (same && seen[i].dma == page->seen.dma && seen[i].other == page->seen.other)
			continue;
		snprintf(fault, size, "the books do not count what maps page 0x%" PRIx64, page->key);
		return false;
	}
	return true;
}

static bool same_words(const struct s2t_inv_state *books, const struct s2t_inv_side *side, char *fault,
                       size_t size)
{
	bool same = books->next_remap == s2t_inv_side_word(side, S2T_ENTRY_CORE, S2T_CORE_NEXT_REMAP, 0, 0);

	for (uint32_t context = 0; context < 16; context++)
		same &= books->cfg[context] ==
		        (uint32_t)s2t_inv_side_word(side, S2T_ENTRY_SMMU_CFG, 0, context, 0);
	for (uint32_t vmid = 0; vmid <= side->ls->board.corevisor; vmid++) {
		same &= books->off[vmid] ==
		        (s2t_inv_side_word(side, S2T_ENTRY_VM, S2T_VM_STATE, vmid, 0) > S2T_VERIFIED);
		for (unsigned vcpu = 0; vcpu < S2T_VCPUS; vcpu++)
			same &= (books->active[vmid] >> vcpu & 1) ==
			        (s2t_inv_side_word(side, S2T_ENTRY_VCPU, S2T_VCPU_STATE, vmid, vcpu) ==
			         S2T_ACTIVE);
	}
	if (!same)
		snprintf(fault, size, "the books have other words of VMs, of EL2 or of SMMU banks");
	return same;
}

bool s2t_inv_books_compare(const struct s2t_inv_state *books, const struct s2t_inv_side *side, char *fault,
                           size_t size)
{
	struct s2t_inv_seen *seen = calloc(books->page.count + 1, sizeof(*seen));

	if (!seen)
		return false;
	(void)(same_mappings(books, side, fault, size) && same_records(books, side, fault, size) &&
	       same_counts(books, seen, fault, size) && same_words(books, side, fault, size));
	free(seen);
	return true;
}

void s2t_inv_books_miss(const struct s2t_inv_state *books, enum s2t_invariant invariant,
                        const struct s2t_inv_place *place, char *fault, size_t size)
{
	const uint32_t kept = S2T_INV(S2T_HOST_S2_MAP) | S2T_INV(S2T_PAGE_0_INVALID) | S2T_INV(S2T_HOST_ISO) |
	                      S2T_INV(S2T_VM_ISO) | S2T_INV(S2T_SMMU_ISO) | S2T_INV(S2T_SMMU_COUNT) |
	                      S2T_INV(S2T_SMMU_COUNT_0) | S2T_INV(S2T_STALE_DMA) | S2T_INV(S2T_UNBOUND_ISO) |
	                      S2T_INV(S2T_UNBOUND_COUNT) | S2T_INV(S2T_ONE_VM);
	const struct s2t_inv_page *page = s2t_inv_find_page(books, place->pfn);

	/* A page that was never met lies under a block, which was judged by itself. */
	if (fault[0] || !(kept & S2T_INV(invariant)) || !page || (page->broken & S2T_INV(invariant)))
		return;
	snprintf(fault, size, "the books do not have that %s is broken at page 0x%" PRIx64,
	         s2t_invariant_table[invariant].number, place->pfn);
}
