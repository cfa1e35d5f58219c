/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The picture of ownership: a row for each page, a column for each step that has to do with the divergence. The
 * colour of a cell is the owner, a number beside its name the count, and the badges below are who maps the page. A
 * cell that the step did not change is pale. The last step has two columns, one for each side.
 */
#include <inttypes.h>
#include <string.h>

#include "explain_html.h"
#include "extra.h"

enum { LEFT = 96, TOP = 46, ROW = 48, GAP = 16, BADGES = 4 };

struct picture {
	FILE *out;
	const struct s2t_explanation *e;
	int width; /* of a column */
};

static bool is_wide(const struct picture *picture)
{
	return picture->width >= 90;
}

static int left_of(const struct picture *picture, unsigned column)
{
	const unsigned last = picture->e->picture.columns - 1;

	return LEFT + (int)column * picture->width + (column >= last ? GAP : 0);
}

/* The colour of an owner: VMs share six. */
static const char *colour_of(const struct s2t_board *board, uint32_t owner)
{
	static const char *const vms[] = { "--v0", "--v1", "--v2", "--v3", "--v4", "--v5" };

	if (owner == 0)
		return "--host";
	if (owner == UINT32_MAX)
		return "--none";
	return owner == board->corevisor ? "--el2" : vms[owner % 6];
}

static void space_text(const struct s2t_space *space, char *buf, size_t size)
{
	if (space->smmu)
		snprintf(buf, size, "SMMU context %" PRIu32, space->number);
	else if (space->number == 0)
		snprintf(buf, size, "the host");
	else
		snprintf(buf, size, "VM %" PRIu32, space->number);
}

/* What the mouse shows. */
static void cell_title(const struct picture *picture, s2t_pfn pfn, uint32_t step, const char *whose,
                       const struct s2t_cell *cell)
{
	const struct s2t_picture *p = &picture->e->picture;
	char owner[24], count[S2T_VALUE_TEXT], space[40];
	const char *separator = "; mapped by ";

	s2t_owner_text(&picture->e->board, cell->page.owner, owner, sizeof(owner));
	s2t_field_text(&picture->e->board, S2T_ENTRY_S2PAGE, 1, cell->page.count, count, sizeof(count));
	s2t_html(picture->out, "<title>");
	if (step)
		s2t_html(picture->out, "page 0x%" PRIx64 " after step %" PRIu32 "%s: ", pfn, step, whose);
	else
		s2t_html(picture->out, "page 0x%" PRIx64 " at the start: ", pfn);
	s2t_html(picture->out, "%s, count %s, gfn 0x%" PRIx64, owner, count, cell->page.gfn);
	for (unsigned i = 0; i < p->spaces; i++) {
		if (!(cell->mapped >> i & 1))
			continue;
		space_text(&p->space[i], space, sizeof(space));
		s2t_html(picture->out, "%s%s", separator, space);
		separator = ", ";
	}
	s2t_html(picture->out, "%s</title>", cell->mapped ? "" : "; mapped by nobody");
}

static void draw_badges(const struct picture *picture, int x, int y, uint32_t mapped)
{
	const struct s2t_picture *p = &picture->e->picture;
	const int room = (picture->width - 10) / 22;
	int drawn = 0;

	for (unsigned i = 0; i < p->spaces; i++) {
		char label[16];

		if (!(mapped >> i & 1))
			continue;
		if (drawn == (room < BADGES ? room : BADGES)) {
			s2t_html(picture->out, "<text x='%d' y='%d' font-size='10' class='s'>+</text>",
			         x + 22 * drawn, y + 10);
			return;
		}
		if (p->space[i].smmu)
			snprintf(label, sizeof(label), "s%" PRIu32, p->space[i].number);
		else
			snprintf(label, sizeof(label), p->space[i].number ? "%" PRIu32 : "h",
			         p->space[i].number);
		s2t_html(
			picture->out,
			"<rect x='%d' y='%d' width='20' height='13' rx='4' style='fill:var(--card);stroke:var(--soft)'/>"
			"<text x='%d' y='%d' font-size='10' text-anchor='middle'>%s</text>",
			x + 22 * drawn, y, x + 22 * drawn + 10, y + 10, label);
		drawn++;
	}
}

static void draw_label(const struct picture *picture, int x, int y, const struct s2t_page *page)
{
	char owner[24], count[24] = "";
	const char *name = owner;

	s2t_owner_text(&picture->e->board, page->owner, owner, sizeof(owner));
	if (strncmp(name, "the ", 4) == 0)
		name += 4;
	if (!is_wide(picture) && strncmp(name, "VM ", 3) == 0)
		name += 3;
	if (page->owner != UINT32_MAX && page->count == UINT32_MAX)
		snprintf(count, sizeof(count), " · smmu");
	else if (page->owner != UINT32_MAX && page->count)
		snprintf(count, sizeof(count), " · %" PRIu32, page->count);
	s2t_html(picture->out, "<text x='%d' y='%d' font-size='12' font-weight='600'>%s%s</text>", x, y, name,
	         is_wide(picture) || page->count != UINT32_MAX ? count : "*");
}

/* `style`: how the frame is drawn; `pale`: nothing changed since the column before. */
static void draw_cell(const struct picture *picture, unsigned column, unsigned row, uint32_t step,
                      const char *whose, const struct s2t_cell *cell, bool pale, const char *style)
{
	const int x = left_of(picture, column), y = TOP + (int)row * ROW;

	s2t_html(picture->out, "<g>");
	cell_title(picture, picture->e->picture.page[row], step, whose, cell);
	s2t_html(picture->out,
	         "<rect x='%d' y='%d' width='%d' height='%d' rx='5' style='fill:var(%s);fill-opacity:%s;%s'/>",
	         x + 2, y + 2, picture->width - 4, ROW - 4, colour_of(&picture->e->board, cell->page.owner),
	         pale ? ".45" : "1", style);
	draw_label(picture, x + 9, y + 19, &cell->page);
	draw_badges(picture, x + 8, y + 27, cell->mapped);
	s2t_html(picture->out, "</g>\n");
}

static bool same_cell(const struct s2t_cell *a, const struct s2t_cell *b)
{
	return a->page.owner == b->page.owner && a->page.count == b->page.count && a->page.gfn == b->page.gfn &&
	       a->mapped == b->mapped;
}

static const struct s2t_explained_step *step_of(const struct s2t_explanation *e, uint32_t number)
{
	for (size_t i = 0; i < e->steps; i++)
		if (e->stepping[i].number == number)
			return &e->stepping[i];
	return NULL;
}

static void draw_heads(const struct picture *picture)
{
	const struct s2t_picture *p = &picture->e->picture;

	for (unsigned column = 0; column <= p->columns; column++) {
		const uint32_t number = p->step[column < p->columns ? column : p->columns - 1];
		const struct s2t_explained_step *step = step_of(picture->e, number);
		const int x = left_of(picture, column) + 8;
		char call[160] = "the start state";

		if (step)
			s2t_call_print_for(call, sizeof(call), picture->e->iut, &step->call);
		s2t_html(picture->out, "<g><title>");
		s2t_html_text(picture->out, "%s", call);
		s2t_html(picture->out, "</title>");
		if (number)
			s2t_html(picture->out,
			         "<text x='%d' y='18' font-size='12' font-weight='600'>%" PRIu32 "</text>", x,
			         number);
		else
			s2t_html(picture->out,
			         "<text x='%d' y='18' font-size='12' font-weight='600'>start</text>", x);
		if (column + 1 == p->columns)
			s2t_html(picture->out,
			         "<text x='%d' y='35' font-size='11' style='fill:var(--good)'>model</text>", x);
		else if (column == p->columns)
			s2t_html(picture->out,
			         "<text x='%d' y='35' font-size='11' style='fill:var(--bad)'>%s</text>", x,
			         is_wide(picture) ? picture->e->other : "impl.");
		else if (step && is_wide(picture))
			s2t_html(picture->out, "<text x='%d' y='35' font-size='10' class='s'>%s</text>", x,
			         s2t_op_name(picture->e->iut, step->call.op));
		s2t_html(picture->out, "</g>\n");
	}
}

static void draw_row(const struct picture *picture, unsigned row)
{
	const struct s2t_explanation *e = picture->e;
	const struct s2t_picture *p = &e->picture;
	const unsigned last = p->columns - 1;
	const bool differs = !same_cell(&p->model[row][last], &p->iut[row]);

	s2t_html(picture->out, "<text x='4' y='%d' font-size='12' class='m'>0x%" PRIx64 "</text>\n",
	         TOP + (int)row * ROW + 28, p->page[row]);
	for (unsigned column = 0; column <= last; column++) {
		const bool pale = column > 0 && same_cell(&p->model[row][column - 1], &p->model[row][column]);

		draw_cell(picture, column, row, p->step[column], column == last ? ", in the model" : "",
		          &p->model[row][column], pale,
		          column == last && differs ? "stroke:var(--good);stroke-width:2.5"
		                                    : "stroke:var(--line)");
	}
	draw_cell(picture, p->columns, row, p->step[last],
	          e->bodies ? ", in the body" : ", in the implementation", &p->iut[row],
	          last > 0 && same_cell(&p->model[row][last - 1], &p->iut[row]) && !differs,
	          differs ? "stroke:var(--bad);stroke-width:2.5" : "stroke:var(--line)");
}

static void write_legend(const struct picture *picture)
{
	const struct s2t_picture *p = &picture->e->picture;
	uint32_t seen[8];
	unsigned count = 0;

	s2t_html(picture->out, "<div class='legend'>");
	for (unsigned row = 0; row < p->rows; row++)
		for (unsigned column = 0; column < p->columns; column++) {
			const uint32_t owner = p->model[row][column].page.owner;
			char text[24];
			bool known = false;

			for (unsigned i = 0; i < count; i++)
				known |= seen[i] == owner;
			if (known || count == sizeof(seen) / sizeof(seen[0]))
				continue;
			seen[count++] = owner;
			s2t_owner_text(&picture->e->board, owner, text, sizeof(text));
			s2t_html(picture->out, "<span><i class='key' style='background:var(%s)'></i>%s</span>",
			         colour_of(&picture->e->board, owner), text);
		}
	s2t_html(
		picture->out,
		"<span>· 2 count, <b>smmu</b> or * known to the SMMU only</span><span>badges: mapped by <b>h</b> the host, <b>1</b> VM 1, <b>s3</b> "
		"SMMU context 3</span><span>steps that change none of it have no column</span></div>\n");
}

void s2t_html_picture(FILE *out, const struct s2t_explanation *e)
{
	const struct s2t_picture *p = &e->picture;
	struct picture picture = { out, e, p->columns <= 7 ? 122 : p->columns <= 20 ? 58 : 44 };
	const int width = left_of(&picture, p->columns) + picture.width + 4;

	if (p->rows == 0 || p->columns == 0)
		return;
	s2t_html(
		out,
		"<h2>Who owns, shares and maps the pages</h2>\n<div class='card'><div class='scroll'>"
		"<svg width='%d' height='%d' viewBox='0 0 %d %d' role='img' aria-label='ownership of pages after each "
		"step'>\n",
		width, TOP + (int)p->rows * ROW + 4, width, TOP + (int)p->rows * ROW + 4);
	draw_heads(&picture);
	for (unsigned row = 0; row < p->rows; row++)
		draw_row(&picture, row);
	s2t_html(out, "</svg></div>\n");
	write_legend(&picture);
	s2t_html(out, "</div>\n");
}
