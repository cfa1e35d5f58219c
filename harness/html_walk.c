/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table walks as trees, the model's beside the implementation's, and the bits of the two descriptors that they
 * end at, one above the other.
 */
#include <inttypes.h>

#include "explain_html.h"

/* The level of the other walk, or NULL. */
static const struct s2t_tree_level *twin_of(const struct s2t_tree *other, unsigned level)
{
	for (unsigned i = 0; i < other->count; i++)
		if (other->level[i].level == level)
			return &other->level[i];
	return NULL;
}

/* Whether the field has another value, or is not there, in the descriptor of the other walk. */
static bool field_differs(const struct s2t_bits *bits, const struct s2t_descriptor *other)
{
	for (unsigned i = 0; i < other->count; i++)
		if (other->bits[i].high == bits->high && other->bits[i].low == bits->low)
			return other->bits[i].value != bits->value;
	return true;
}

static void write_chips(FILE *out, const struct s2t_descriptor *descriptor, const struct s2t_descriptor *other,
                        const char *colour)
{
	s2t_html(out, "<div class='chips'>");
	for (unsigned i = 0; i < descriptor->count; i++) {
		const struct s2t_bits *bits = &descriptor->bits[i];
		const bool address = bits->high == 47;

		s2t_html(out, "<span class='chip%s'><b>", other && field_differs(bits, other) ? colour : "");
		s2t_html_text(out, "%s", bits->name);
		if (bits->high == bits->low)
			s2t_html(out, "</b> <small>%u</small> ", bits->high);
		else
			s2t_html(out, "</b> <small>%u:%u</small> ", bits->high, bits->low);
		if (bits->text)
			s2t_html_text(out, "%s", bits->text);
		else
			s2t_html(out, "<span class='m'>0x%" PRIx64 "</span>",
			         address ? bits->value << 12 : bits->value);
		s2t_html(out, "</span>");
	}
	s2t_html(out, "</div>");
}

static void write_tree(FILE *out, const struct s2t_tree *tree, const struct s2t_tree *other, const char *colour)
{
	s2t_html(out, "<ul class='tree'>\n");
	for (unsigned i = 0; i < tree->count; i++) {
		const struct s2t_tree_level *level = &tree->level[i];
		const struct s2t_tree_level *twin = twin_of(other, level->level);
		const bool differs = !twin || twin->descriptor.raw != level->descriptor.raw;

		s2t_html(out,
		         "<li class='%s%s'><h3>Level %u <small>table <span class='m'>0x%" PRIx64
		         "</span>, descriptor %u at <span class='m'>0x%" PRIx64 "</span></small></h3>",
		         differs ? "diff" : "", differs ? colour : "", level->level, level->table, level->index,
		         level->address);
		s2t_html(out, "<span class='desc'><span class='m%s'>0x%016" PRIx64 "</span> ",
		         differs ? colour : "", level->descriptor.raw);
		s2t_html_text(out, "%s", level->descriptor.summary);
		s2t_html(out, "</span>");
		if (i + 1 == tree->count)
			write_chips(out, &level->descriptor, twin ? &twin->descriptor : NULL, colour);
		s2t_html(out, "</li>\n");
	}
	s2t_html(out, "</ul>");
}

/*
 * Bits: 64 cells in groups of eight, the model's row above the implementation's.
 */

enum { BIT = 13, BYTE_GAP = 5, BITS_LEFT = 104, BITS_TOP = 18, BIT_ROW = 22 };

static int bit_x(unsigned bit)
{
	return BITS_LEFT + (int)(63 - bit) * BIT + (int)(7 - bit / 8) * BYTE_GAP;
}

static void write_bit_row(FILE *out, const char *whose, unsigned row, uint64_t value, uint64_t other,
                          const char *colour)
{
	const int y = BITS_TOP + (int)row * BIT_ROW;

	s2t_html(out, "<text x='0' y='%d' font-size='12'>%s</text>\n", y + 13, whose);
	for (unsigned i = 0; i < 64; i++) {
		const unsigned bit = 63 - i;
		const bool set = value >> bit & 1, differs = (value ^ other) >> bit & 1;

		s2t_html(
			out,
			"<g><title>bit %u: %u</title><rect x='%d' y='%d' width='%d' height='18' rx='2' "
			"style='fill:var(%s);stroke:var(%s)'/><text x='%d' y='%d' font-size='10' text-anchor='middle'%s>%u"
			"</text></g>\n",
			bit, set, bit_x(bit), y, BIT - 2,
			differs ? colour
			: set   ? "--code"
				: "--card",
			differs ? "--soft" : "--line", bit_x(bit) + (BIT - 2) / 2, y + 13,
			set || differs ? " font-weight='600'" : " class='s'", set);
	}
}

static void write_bits(FILE *out, const char *other, uint64_t model, uint64_t iut)
{
	static const struct {
		const char *name;
		unsigned high, low;
	} fields[] = {
		{ "software", 58, 55 }, { "XN", 54, 53 }, { "output address", 47, 12 },
		{ "AF", 10, 10 },       { "SH", 9, 8 },   { "AP", 7, 6 },
		{ "Attr", 5, 2 },       { "type", 1, 0 },
	};
	const int width = bit_x(0) + BIT + 2, height = BITS_TOP + 2 * BIT_ROW + 20;

	s2t_html(
		out,
		"<div class='scroll' style='margin-top:14px'><svg width='%d' height='%d' viewBox='0 0 %d %d' role='img' "
		"aria-label='the bits of both descriptors'>\n",
		width, height, width, height);
	for (unsigned bit = 7; bit < 64; bit += 8)
		s2t_html(out, "<text x='%d' y='11' font-size='9' class='s'>%u</text>\n", bit_x(bit), bit);
	write_bit_row(out, "model", 0, model, iut, "--goodbg");
	write_bit_row(out, other, 1, iut, model, "--badbg");
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const int left = bit_x(fields[i].high), right = bit_x(fields[i].low) + BIT - 2;
		const int y = BITS_TOP + 2 * BIT_ROW;

		s2t_html(
			out,
			"<path d='M%d %dv3H%dv-3' style='fill:none;stroke:var(--soft)'/><text x='%d' y='%d' font-size='9' "
			"text-anchor='middle' class='s'>%s</text>\n",
			left, y, right, (left + right) / 2, y + 14, fields[i].name);
	}
	s2t_html(out, "</svg></div>\n");
}

void s2t_html_walks(FILE *out, const struct s2t_explanation *e, const struct s2t_explained_diff *diff)
{
	const struct s2t_tree_level *model, *iut;

	if (diff->model.count && !diff->iut.count) {
		s2t_html(out, "<p class='soft'>Walk in the model <small>(its cursors imply the "
		              "addresses)</small></p>");
		write_tree(out, &diff->model, &diff->model, " good");
	}
	if (!diff->model.count || !diff->iut.count)
		return;
	model = &diff->model.level[diff->model.count - 1];
	iut = &diff->iut.level[diff->iut.count - 1];
	s2t_html(out, "<div class='two' style='margin-top:12px'><div><p class='soft'>Walk in the model "
	              "<small>(its cursors imply the addresses)</small></p>");
	write_tree(out, &diff->model, &diff->iut, " good");
	s2t_html(out, "</div><div><p class='soft'>Walk in the %s's memory</p>", e->other);
	write_tree(out, &diff->iut, &diff->model, " bad");
	s2t_html(out, "</div></div>\n");
	if (model->level == iut->level)
		write_bits(out, e->other, model->descriptor.raw, iut->descriptor.raw);
}
