/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words that the implementation wrote in the last step, each with the entry that it holds. What a word of a
 * table stands for is found by walking the tables of its owner until the table page is met.
 */
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* The search for a table page in one tree. */
struct search {
	struct s2t_view *view;
	enum s2t_window window;
	unsigned levels; /* of tables below the root */
	s2t_addr page;   /* that is looked for */
	unsigned level;  /* found: of the table, 0 is the root */
	s2t_addr serves; /* found: the first address it serves */
};

/* Looks below the 512 descriptors at `table`, which serve addresses from `serves` on. */
static bool find_table(struct search *search, unsigned level, s2t_addr table, s2t_addr serves)
{
	const uint64_t *words = s2t_view_words(search->view, search->window, table);
	const unsigned shift = 21 + 9 * (search->levels - 1 - level);

	if (table == search->page) {
		search->level = level;
		search->serves = serves;
		return true;
	}
	for (unsigned i = 0; words && level < search->levels && i < 512; i++)
		if (s2t_view_is_table(words[i]) &&
		    find_table(search, level + 1, s2t_view_output(words[i]), serves + ((s2t_addr)i << shift)))
			return true;
	return false;
}

static bool entry_of_npt_word(struct s2t_lockstep *ls, uint32_t vmid, const struct s2t_write *write,
                              struct s2t_touch *entry)
{
	struct search search = {
		.view = &ls->view, .window = S2T_WINDOW_S2PT, .levels = 3, .page = write->addr & ~UINT64_C(4095)
	};
	const unsigned index = write->addr % 4096 / 8;

	if (!find_table(&search, 0, s2t_view_npt_root(&ls->view, vmid), 0))
		return false;
	const s2t_addr serves = search.serves + ((s2t_addr)index << (39 - 9 * search.level));
	const uint64_t now = s2t_view_word(&ls->view, S2T_WINDOW_S2PT, write->addr, 0);

	*entry = (struct s2t_touch){
		.kind = S2T_ENTRY_NPT_TABLE, .level = (uint8_t)search.level, .a = vmid, .b = serves
	};
	if (search.level == 3)
		*entry = (struct s2t_touch){ .kind = S2T_ENTRY_NPT, .a = vmid, .b = serves >> 12 };
	else if (search.level == 2 && now && !s2t_view_is_table(now))
		*entry = (struct s2t_touch){ .kind = S2T_ENTRY_NPT_BLOCK, .a = vmid, .b = serves >> 12 };
	return true;
}

static bool entry_of_spt_word(struct s2t_lockstep *ls, const struct s2t_write *write, struct s2t_touch *entry)
{
	const unsigned index = write->addr % 4096 / 8;

	for (unsigned context = 0; context < 16; context++) {
		const s2t_addr root = s2t_view_spt_root(&ls->view, context);

		for (unsigned half = 0; half < 2; half++) { /* a root is two pages */
			struct search search = { .view = &ls->view,
				                 .window = S2T_WINDOW_SMMU,
				                 .levels = 2,
				                 .page = write->addr & ~UINT64_C(4095) };

			if (!find_table(&search, 0, root + 4096 * half, (s2t_addr)half << 39))
				continue;
			s2t_addr serves = search.serves + ((s2t_addr)index << (30 - 9 * search.level));

			*entry = (struct s2t_touch){ .kind = S2T_ENTRY_SPT_TABLE,
				                     .level = (uint8_t)search.level,
				                     .a = context,
				                     .b = serves };
			if (search.level == 2)
				*entry = (struct s2t_touch){ .kind = S2T_ENTRY_SPT,
					                     .a = context,
					                     .b = serves >> 12 };
			return true;
		}
	}
	return false;
}

bool s2t_word_entry(struct s2t_lockstep *ls, const struct s2t_place *place, const struct s2t_write *write,
                    struct s2t_touch *entry)
{
	const bool el2 = write->window == S2T_WINDOW_EL2;
	unsigned cursor;

	memset(entry, 0, sizeof(*entry));
	switch (place->what) {
	case S2T_PLACE_PAGE:
		entry->kind = S2T_ENTRY_S2PAGE;
		entry->b = place->pfn;
		return true;
	case S2T_PLACE_TOKEN:
		entry->kind = S2T_ENTRY_FLATMEM;
		entry->b = place->pfn;
		return true;
	case S2T_PLACE_DATA_LOG:
		entry->kind = S2T_ENTRY_DATA_LOG;
		entry->a = place->number;
		return true;
	case S2T_PLACE_NPT:
		if (!el2)
			return entry_of_npt_word(ls, place->number, write, entry);
		cursor = (unsigned)((write->addr - ls->view.el2.npt_next) % 32 / 8);
		*entry = (struct s2t_touch){ .kind = S2T_ENTRY_NPT_NEXT,
			                     .level = (uint8_t)cursor,
			                     .a = place->number };
		return true;
	case S2T_PLACE_SPT:
		if (!el2)
			return entry_of_spt_word(ls, write, entry);
		cursor = (unsigned)((write->addr - ls->view.el2.spt_next) / 8);
		*entry = (struct s2t_touch){ .kind = S2T_ENTRY_SPT_NEXT, .level = (uint8_t)cursor };
		return true;
	case S2T_PLACE_HYPER: *entry = place->entry; return true;
	case S2T_PLACE_LOCK:
	case S2T_PLACE_NONE: break;
	}
	return false;
}

static uint64_t value_now(struct s2t_lockstep *ls, const struct s2t_write *write)
{
	s2t_token token = 0;

	if (write->window == S2T_WINDOW_PAGES) {
		(void)s2t_view_token(&ls->view, write->addr >> 12, &token);
		return token;
	}
	return s2t_view_word(&ls->view, (enum s2t_window)write->window, write->addr, 0);
}

/* Whether a write goes on where a word and its run end, with the same values. */
static bool continues(const struct s2t_explained_word *word, const struct s2t_write *write, uint64_t now)
{
	return word->place.what == S2T_PLACE_TOKEN && write->window == word->write.window &&
	       !write->whole_page && !word->write.whole_page &&
	       write->addr == word->write.addr + UINT64_C(8) * word->run && write->addr % 4096 != 0 &&
	       write->old == word->write.old && now == word->now && word->times == 1;
}

bool s2t_words_of_step(struct s2t_lockstep *ls, struct s2t_explained_word **words, size_t *count)
{
	size_t writes = 0;
	const struct s2t_write *write = ls->bodies || ls->entries ? NULL
	                                                          : ls->ops->image->writes(ls->iut, &writes);
	/* A rollback may leave fewer writes than there were before the step. */
	const size_t first = writes < ls->step_writes ? writes : ls->step_writes;
	struct s2t_explained_word *list = calloc(writes - first + 1, sizeof(*list));

	*words = list;
	*count = 0;
	for (size_t i = first; list && i < writes; i++) {
		const uint64_t now = value_now(ls, &write[i]);
		struct s2t_explained_word *word = list;

		if (*count && continues(&list[*count - 1], &write[i], now)) {
			list[*count - 1].run++;
			continue;
		}
		while (word < list + *count &&
		       (word->write.window != write[i].window || word->write.addr != write[i].addr))
			word++;
		word->times++;
		if (word < list + *count)
			continue;
		++*count;
		word->run = 1;
		word->write = write[i];
		word->now = now;
		word->place = s2t_place_of(ls, &write[i]);
		word->is_entry = s2t_word_entry(ls, &word->place, &write[i], &word->entry);
	}
	return list != NULL;
}
