/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors in words (Arm ARM, section D8.3). */
#include "descriptor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define OUTPUT       UINT64_C(0x0000fffffffff000) /* bits 47:12 */
#define TOMBSTONE    (UINT64_C(1) << 57)
#define BLOCK_OFFSET UINT64_C(0x1ff000) /* bits 20:12: RES0 in a block of level 2 */

static uint64_t field(uint64_t raw, unsigned high, unsigned low)
{
	return raw >> low & ((UINT64_C(2) << (high - low)) - 1);
}

static enum s2t_descriptor_type type_of(uint64_t raw, unsigned level)
{
	if (raw == 0)
		return S2T_DESCRIPTOR_EMPTY;
	if (raw == TOMBSTONE)
		return S2T_DESCRIPTOR_TOMBSTONE;
	if (!(raw & 1))
		return S2T_DESCRIPTOR_INVALID;
	if (raw & 2)
		return level == 3 ? S2T_DESCRIPTOR_PAGE : S2T_DESCRIPTOR_TABLE;
	return level == 1 || level == 2 ? S2T_DESCRIPTOR_BLOCK : S2T_DESCRIPTOR_RESERVED;
}

const char *s2t_descriptor_type_name(enum s2t_descriptor_type type)
{
	static const char *const names[] = {
		[S2T_DESCRIPTOR_EMPTY] = "empty",     [S2T_DESCRIPTOR_TOMBSTONE] = "tombstone",
		[S2T_DESCRIPTOR_INVALID] = "invalid", [S2T_DESCRIPTOR_RESERVED] = "reserved",
		[S2T_DESCRIPTOR_TABLE] = "table",     [S2T_DESCRIPTOR_BLOCK] = "block",
		[S2T_DESCRIPTOR_PAGE] = "page",
	};

	return names[type];
}

/* Stage-2 MemAttr[3:0], without FEAT_S2FWB: [3:2] outer, [1:0] inner or the kind of device. */
static const char *memory_text(uint64_t attributes)
{
	static const char *const texts[16] = {
		"device nGnRnE",
		"device nGnRE",
		"device nGRE",
		"device GRE",
		"reserved",
		"normal non-cacheable",
		"normal outer NC inner WT",
		"normal outer NC inner WB",
		"reserved",
		"normal outer WT inner NC",
		"normal write-through",
		"normal outer WT inner WB",
		"reserved",
		"normal outer WB inner NC",
		"normal outer WB inner WT",
		"normal write-back",
	};

	return texts[attributes];
}

static void add(struct s2t_descriptor *d, const char *name, unsigned high, unsigned low,
                const char *const *texts)
{
	struct s2t_bits *bits = &d->bits[d->count++];

	bits->name = name;
	bits->high = (uint8_t)high;
	bits->low = (uint8_t)low;
	bits->value = field(d->raw, high, low);
	bits->text = texts ? texts[bits->value] : NULL;
}

/* Bits that ought to be 0: shown only where they are not. */
static void add_if_set(struct s2t_descriptor *d, const char *name, unsigned high, unsigned low,
                       const char *text)
{
	const char *const texts[2] = { text, text };

	if (field(d->raw, high, low) == 0)
		return;
	add(d, name, high, low, high == low ? texts : NULL);
	d->bits[d->count - 1].text = text;
}

static void decode_leaf(struct s2t_descriptor *d)
{
	static const char *const access[] = { "no access", "read-only", "write-only", "read and write" };
	static const char *const shareable[] = { "non-shareable", "reserved", "outer shareable",
		                                 "inner shareable" };
	static const char *const accessed[] = { "clear: the first access faults", "set" };
	static const char *const execute[] = { "executable", "executable at EL0 only", "not executable",
		                               "executable at EL1 only" };

	add(d, "MemAttr", 5, 2, NULL);
	d->bits[d->count - 1].text = memory_text(d->bits[d->count - 1].value);
	add(d, "S2AP", 7, 6, access);
	add(d, "SH", 9, 8, shareable);
	add(d, "AF", 10, 10, accessed);
	add_if_set(d, "bit 11", 11, 11, "nG in stage 1; FnXS, or ignored, in stage 2");
	add(d, "output address", 47, 12, NULL);
	add_if_set(d, "bits 50:48", 50, 48, "RES0 with 48-bit addresses");
	add_if_set(d, "DBM", 51, 51, "dirty bit managed by hardware");
	add_if_set(d, "Contiguous", 52, 52, "one of 16 adjacent entries that map one range");
	add(d, "XN", 54, 53, execute);
	add_if_set(d, "software", 58, 55, field(d->raw, 57, 57) ? "bit 57: tombstone" : "for software");
	add_if_set(d, "bits 63:59", 63, 59, "ignored, or attributes of the page (PBHA)");
}

static void decode_table(struct s2t_descriptor *d)
{
	add_if_set(d, "bits 11:2", 11, 2, "ignored in a table descriptor");
	add(d, "next table", 47, 12, NULL);
	add_if_set(d, "bits 63:48", 63, 48, "RES0 or ignored in a stage-2 table descriptor");
}

static void say(struct s2t_descriptor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct s2t_descriptor *d, const char *format, ...)
{
	const size_t used = strlen(d->summary);
	va_list args;

	va_start(args, format);
	vsnprintf(d->summary + used, sizeof(d->summary) - used, format, args);
	va_end(args);
}

static void say_software(struct s2t_descriptor *d)
{
	if (field(d->raw, 58, 55))
		say(d, ", software bits 0x%" PRIx64, field(d->raw, 58, 55));
}

/* The usual attributes are short, the rare ones plain. */
static const char *short_memory(uint64_t attributes)
{
	return attributes == 15 ? "normal WB" : memory_text(attributes);
}

static void summarise_leaf(struct s2t_descriptor *d)
{
	static const char *const access[] = { "no access", "R", "W", "RW" };
	static const char *const execute[] = { "X", ", X at EL0 only", " XN", ", X at EL1 only" };
	static const char *const shareable[] = { "non-shareable", "SH reserved", "outer shareable",
		                                 "inner shareable" };

	say(d, "%s 0x%" PRIx64 ", %s, %s%s, %s%s", s2t_descriptor_type_name(d->type), d->output,
	    short_memory(field(d->raw, 5, 2)), access[field(d->raw, 7, 6)], execute[field(d->raw, 54, 53)],
	    shareable[field(d->raw, 9, 8)], field(d->raw, 10, 10) ? "" : ", AF clear");
	if (d->level == 2 && (d->output & BLOCK_OFFSET))
		say(d, ", not aligned to 2 MiB");
	say_software(d);
}

static void summarise(struct s2t_descriptor *d)
{
	switch (d->type) {
	case S2T_DESCRIPTOR_EMPTY: say(d, "0: nothing there"); break;
	case S2T_DESCRIPTOR_TOMBSTONE: say(d, "tombstone: bit 57 alone, not valid for the MMU"); break;
	case S2T_DESCRIPTOR_INVALID:
		say(d, "not valid for the MMU (bit 0 clear)");
		if (d->output)
			say(d, ", 0x%" PRIx64, d->output);
		say_software(d);
		break;
	case S2T_DESCRIPTOR_RESERVED:
		say(d, "reserved type 0b01: the MMU faults, 0x%" PRIx64, d->output);
		break;
	case S2T_DESCRIPTOR_TABLE: say(d, "table at 0x%" PRIx64, d->output); break;
	case S2T_DESCRIPTOR_BLOCK:
	case S2T_DESCRIPTOR_PAGE: summarise_leaf(d); break;
	}
}

void s2t_descriptor_decode(uint64_t raw, unsigned level, struct s2t_descriptor *descriptor)
{
	struct s2t_descriptor *d = descriptor;

	memset(d, 0, sizeof(*d));
	d->raw = raw;
	d->level = level;
	d->type = type_of(raw, level);
	d->output = raw & OUTPUT;
	if (d->type != S2T_DESCRIPTOR_EMPTY) {
		add(d, "type", 1, 0, NULL);
		d->bits[0].text = s2t_descriptor_type_name(d->type);
		if (d->type == S2T_DESCRIPTOR_TABLE)
			decode_table(d);
		else
			decode_leaf(d);
	}
	summarise(d);
}

void s2t_descriptor_difference(uint64_t a, uint64_t b, char *buf, size_t size)
{
	static const struct {
		const char *name;
		unsigned high, low;
	} fields[] = {
		{ "type", 1, 0 },
		{ "MemAttr", 5, 2 },
		{ "S2AP", 7, 6 },
		{ "SH", 9, 8 },
		{ "AF", 10, 10 },
		{ "bit 11", 11, 11 },
		{ "output address", 47, 12 },
		{ "bits 50:48", 50, 48 },
		{ "DBM", 51, 51 },
		{ "Contiguous", 52, 52 },
		{ "XN", 54, 53 },
		{ "software bits", 58, 55 },
		{ "bits 63:59", 63, 59 },
	};
	size_t used = 0;

	if (size)
		buf[0] = '\0';
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && used < size; i++) {
		if (field(a, fields[i].high, fields[i].low) == field(b, fields[i].high, fields[i].low))
			continue;
		int written = snprintf(buf + used, size - used, "%s%s", used ? ", " : "", fields[i].name);

		used += written > 0 ? (size_t)written : 0;
	}
}
