/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutations of inputs that keep records whole. */
#include "mutate.h"

#include <stdbool.h>
#include <string.h>

#include "input.h"
#include "mutate_draw.h"
#include "optable.h"
#include "rng.h"

enum {
	MAX_RECORDS = 4096, /* that are told apart; those beyond stay as they are */
	MACRO_PARAMETERS = 4,
	/* Of 256 mutations so many draw: in version 1 that costs as much as some inputs take to run, in version 2 half as
	 * much as one. */
	DRAWS_MEMORY = 4,
	DRAWS_ALL = 128,
	FRESH = 224,        /* of 256 drawings so many begin anew */
	LONG_HISTORY = 512, /* times that something is done over and over, at most */
};

/* An input as a list of records. */
struct editing {
	uint8_t *data;
	size_t size, max_size;
	unsigned version;
	size_t count;                 /* records */
	uint32_t at[MAX_RECORDS + 1]; /* where they begin; at[count]: where the last one ends */
	struct s2t_rng rng;
};

static uint32_t below(struct editing *e, size_t bound)
{
	return s2t_rng_below(&e->rng, (uint32_t)bound);
}

static void find_records(struct editing *e)
{
	struct s2t_input input;
	size_t at, bytes;

	s2t_input_read(&input, e->data, e->size);
	e->version = input.version;
	at = input.records;
	for (e->count = 0; e->count < MAX_RECORDS; e->count++) {
		e->at[e->count] = (uint32_t)at;
		bytes = s2t_record_bytes(e->version, e->data + at, e->size - at);
		if (bytes == 0)
			break;
		at += bytes;
	}
	e->at[e->count] = (uint32_t)at;
	/* What is cut off at the end is never read. */
	if (e->count < MAX_RECORDS)
		e->size = at;
}

/* Opens a gap of `bytes` at `at`. False: there is no room. */
static bool open_gap(struct editing *e, size_t at, size_t bytes)
{
	if (bytes > e->max_size - e->size)
		return false;
	memmove(e->data + at + bytes, e->data + at, e->size - at);
	e->size += bytes;
	return true;
}

static void close_gap(struct editing *e, size_t at, size_t bytes)
{
	memmove(e->data + at, e->data + at + bytes, e->size - at - bytes);
	e->size -= bytes;
}

/* Mostly what the state suggests, seldom a limit, and a literal only from `change_literal`. */
static uint8_t random_selector(struct editing *e)
{
	const uint32_t random = below(e, 1024);

	return (uint8_t)(random < 24 ? S2T_SELECT_LIMIT + random % 8 : random % S2T_SELECT_LIMIT);
}

/* One record in `caution` dares. */
static void random_record(struct editing *e, uint8_t *record, uint32_t caution)
{
	const size_t size = s2t_record_size(e->version);
	const uint64_t random = s2t_rng_next(&e->rng);

	record[0] = (uint8_t)(random & 63) | (s2t_rng_scale(random, caution) == 0 ? S2T_RECORD_DARE : 0);
	/* Emptying a context is the longest call of all, and undoes most of what was done: one in 256. */
	if (s2t_record_op(e->version, record[0]) == S2T_OP_INIT_SPT && (random >> 32 & 3) != 0)
		record[0] ^= 1;
	/* What dares is a macro every other time: its calls lead to where something panics. */
	if (e->version == S2T_INPUT_ALL && caution == 1 && below(e, 2) == 0)
		record[0] = (uint8_t)(S2T_RECORD_DARE | (S2T_OP_COUNT + below(e, 64 - S2T_OP_COUNT)));
	for (unsigned i = 1; i <= s2t_record_selectors(e->version); i++)
		record[i] = random_selector(e);
	record[size - 2] = (random >> 10 & 3) == 0 ? (uint8_t)(random >> 16) : 0;
	record[size - 1] = (random >> 12 & 7) == 0 ? (uint8_t)(random >> 24) : 0;
	/* One macro in ten is disturbed. */
	if (s2t_record_op(e->version, record[0]) >= S2T_OP_COUNT && s2t_rng_chance(&e->rng, 26))
		record[size - 1] = (uint8_t)(0xA0 + below(e, 0x40));
}

static void insert_random(struct editing *e)
{
	const size_t at = e->at[below(e, e->count + 1)];
	uint32_t records = 1 + (below(e, 4) == 0 ? below(e, 16) : below(e, 3));

	while (records-- > 0 && open_gap(e, at, s2t_record_size(e->version)))
		random_record(e, e->data + at, 16);
}

/* No record dares any longer. */
static void be_careful(struct editing *e)
{
	for (size_t i = 0; i < e->count; i++)
		e->data[e->at[i]] &= (uint8_t)~S2T_RECORD_DARE;
}

/* Random records to the end, as many as there is room for. Only the last one dares: a panic before would leave the others
 * unread, so that those which were there mostly do no longer. The more operations an input makes, the less the engine's
 * own work for each input matters; and at the end the state is richest. */
static void fill_up(struct editing *e)
{
	uint8_t *record = NULL;

	if (below(e, 4) != 0)
		be_careful(e);
	while (e->max_size - e->size >= s2t_record_size(e->version)) {
		record = e->data + e->size;
		random_record(e, record, UINT32_MAX);
		e->size += s2t_record_size(e->version);
	}
	if (record)
		record[0] |= S2T_RECORD_DARE;
}

/* One more record, after all others, that dares: a random one, or once more one that was careful until now. */
static void dare_at_end(struct editing *e)
{
	const size_t end = e->size, chosen = below(e, e->count);
	const bool again = below(e, 2) == 0;
	const size_t bytes = again ? e->at[chosen + 1] - e->at[chosen] : s2t_record_size(e->version);

	if (!open_gap(e, end, bytes))
		return;
	if (again)
		memcpy(e->data + end, e->data + e->at[chosen], bytes);
	else
		random_record(e, e->data + end, 1);
	e->data[end] |= S2T_RECORD_DARE;
}

/* A page or a block, evenly. */
static uint8_t random_level(struct editing *e)
{
	return (uint8_t)(below(e, 2) == 0 ? below(e, 0xD0) : 0xD0 + below(e, 0x20));
}

/* Before much is appended: what a panic ends is not read, and most inputs are as long as they can be, so that every other
 * time their end gives way. */
static void make_room(struct editing *e)
{
	if (below(e, 4) != 0)
		be_careful(e);
	if (e->count > 0 && below(e, 2) == 0)
		e->size = e->at[below(e, e->count)];
}

/* A record behind all others. False: there is no room. */
static bool append_record(struct editing *e, const uint8_t *record)
{
	const size_t bytes = s2t_record_bytes(e->version, record, S2T_RECORD_MAX);

	if (bytes > e->max_size - e->size)
		return false;
	memcpy(e->data + e->size, record, bytes);
	e->size += bytes;
	return true;
}

/* One mapping after the other, each where it takes another table; the last one dares. Small pools are empty then; so it is
 * often moved to the board that has them. */
static void drain_pool(struct editing *e)
{
	enum { TINY = 1 }; /* input.h */
	static const struct {
		uint8_t op, address,
			level; /* and the bytes of its address and its level in a record; 0: it has none */
	} mapping[] = { { S2T_OP_MAP_PAGE_HOST, 1, 0 },
		        { S2T_OP_MAP_PFN_VM, 2, 4 },
		        { S2T_OP_MAP_VM_IO, 2, 0 },
		        { S2T_OP_MAP_S2PT, 2, 3 },
		        { S2T_OP_MAP_SPT, 3, 0 } };
	const uint32_t chosen = below(e, sizeof(mapping) / sizeof(mapping[0]));
	const uint8_t level = mapping[chosen].level;
	const size_t size = s2t_record_size(e->version);
	uint8_t record[S2T_RECORD_MAX];

	make_room(e);
	const size_t end = e->size;

	if (e->data[1] != S2T_INPUT_BOARD_TEXT && below(e, 2) == 0)
		e->data[1] = TINY;
	random_record(e, record, UINT32_MAX);
	record[0] = mapping[chosen].op;
	/* d8 to df: beyond the newest mapping by 2 MiB, 1 GiB or 512 GiB. */
	record[mapping[chosen].address] = (uint8_t)(0xD8 + below(e, 8));
	if (level != 0)
		record[level] = random_level(e);
	for (uint32_t left = 2 + below(e, below(e, 4) == 0 ? LONG_HISTORY : 14); left > 0; left--)
		if (!append_record(e, record))
			break;
	if (e->size == end)
		return;
	uint8_t *last = e->data + e->size - size;

	last[0] |= S2T_RECORD_DARE;
	if (level != 0)
		last[level] = random_level(e);
}

static void put_literal(uint8_t *at, uint64_t word)
{
	for (unsigned byte = 0; byte < S2T_LITERAL_BYTES; byte++)
		at[byte] = (uint8_t)(word >> 8 * byte);
}

/* Of any size: some boards have hundreds of VMs. */
static uint64_t random_vmid(struct editing *e)
{
	return below(e, (size_t)1 << below(e, 17));
}

/* What one VM, or one after the other, is given: page after page, each the one behind the last, and with each page perhaps a
 * call or two more. Counters of VMs get as far as one input can take them, and each page is one more that has an owner and
 * a content. The first may be any page of the board, so that the walk begins in any region. */
static void walk_pages(struct editing *e)
{
	enum {
		ODD = 6 /* input.h; it has 600 VMs */,
		PAGE_BEHIND = 0xA0,
		PAGE_SAME = 0xE0,
		BOARD_PAGES = 0x40,
		A_VM = 0xA0,
		MOST = 3
	};
	static const struct {
		uint8_t op, page; /* and the byte of its page in a record */
	} call[] = { { S2T_OP_ASSIGN_PFN_TO_VM, 3 },   { S2T_OP_ASSIGN_PFN_TO_VM, 3 },
		     { S2T_OP_ASSIGN_PFN_TO_SMMU, 3 }, { S2T_OP_MAP_PAGE_HOST, 1 },
		     { S2T_OP_CLEAR_VM_PAGE, 2 },      { S2T_OP_GRANT_VM_PAGE, 2 },
		     { S2T_OP_REVOKE_VM_PAGE, 2 },     { S2T_OP_MAP_PFN_VM, 3 },
		     { S2T_OP_UPDATE_SMMU_PAGE, 5 } };
	enum { FIRSTS = 4, CALLS = sizeof(call) / sizeof(call[0]) };
	const uint32_t count = below(e, 2) == 0 ? 1 : 1 + below(e, MOST);
	const bool all_vms = below(e, 4) == 0;
	uint64_t vmid = below(e, 1024);
	uint8_t record[MOST][S2T_RECORD_MAX] = { { 0 } };

	make_room(e);
	if (all_vms && e->data[1] != S2T_INPUT_BOARD_TEXT && below(e, 2) == 0)
		e->data[1] = ODD;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t chosen = below(e, i == 0 ? FIRSTS : CALLS);

		random_record(e, record[i], UINT32_MAX);
		record[i][0] = call[chosen].op;
		record[i][call[chosen].page] = PAGE_SAME;
	}
	if (record[0][0] != S2T_OP_MAP_PAGE_HOST)
		record[0][1] = all_vms ? S2T_SELECT_LITERAL : (uint8_t)(A_VM + below(e, 0x40));
	uint8_t *page = &record[0][record[0][0] == S2T_OP_MAP_PAGE_HOST ? 1 : 3];

	*page = (uint8_t)below(e, BOARD_PAGES);
	for (uint32_t left = 2 + below(e, LONG_HISTORY); left > 0; left--) {
		put_literal(record[0] + s2t_record_size(e->version), vmid++);
		for (uint32_t i = 0; i < count; i++)
			if (!append_record(e, record[i]))
				return;
		*page = PAGE_BEHIND;
	}
}

/* Records first .. first + length. */
static void choose_range(struct editing *e, size_t longest, size_t *first, size_t *length)
{
	*first = below(e, e->count);
	*length = 1 + below(e, below(e, 4) == 0 ? longest : 3);
	if (*length > e->count - *first)
		*length = e->count - *first;
}

static void delete_range(struct editing *e)
{
	size_t first, length;

	choose_range(e, e->count, &first, &length);
	close_gap(e, e->at[first], e->at[first + length] - e->at[first]);
}

/* A copy of some records before another one. */
static void copy_range(struct editing *e)
{
	size_t first, length;

	choose_range(e, 32, &first, &length);
	const size_t from = e->at[first], bytes = e->at[first + length] - from;
	const size_t to = e->at[below(e, e->count + 1)];

	if (!open_gap(e, to, bytes))
		return;
	if (to <= from) {
		memmove(e->data + to, e->data + from + bytes, bytes);
	} else {
		/* The gap may stand in the middle of what is copied. */
		const size_t before = to - from < bytes ? to - from : bytes;

		memmove(e->data + to, e->data + from, before);
		memmove(e->data + to + before, e->data + to + bytes, bytes - before);
	}
}

/* One to three records, again and again: towards a full count or an empty pool. */
static void repeat(struct editing *e)
{
	static const uint32_t times[4] = { 3, 8, 24, 120 };
	size_t first, length;

	choose_range(e, 3, &first, &length);
	const size_t from = e->at[first], bytes = e->at[first + length] - from;

	for (uint32_t left = 1 + below(e, times[below(e, 4)]); left > 0 && open_gap(e, from, bytes); left--)
		memmove(e->data + from, e->data + from + bytes, bytes);
}

static void reverse(uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size / 2; i++) {
		const uint8_t byte = data[i];

		data[i] = data[size - 1 - i];
		data[size - 1 - i] = byte;
	}
}

/* Two neighbouring ranges change places. */
static void swap(struct editing *e)
{
	const size_t first = below(e, e->count), left = e->count - first;

	if (left < 2)
		return;
	const size_t middle = first + 1 + below(e, left - 1), end = middle + 1 + below(e, e->count - middle);
	uint8_t *begin = e->data + e->at[first];
	const size_t a = e->at[middle] - e->at[first], b = e->at[end] - e->at[middle];

	reverse(begin, a);
	reverse(begin + a, b);
	reverse(begin, a + b);
}

static uint64_t random_literal(struct editing *e, uint64_t old)
{
	const uint64_t random = s2t_rng_next(&e->rng);

	switch (random & 7) {
	case 0: return old ^ UINT64_C(1) << (random >> 3 & 63);
	case 1: return old + (random >> 3 & 15);
	case 2: return old - (random >> 3 & 15);
	case 3: return old ^ UINT64_C(0x1000) << (random >> 3 & 31);
	case 4: return UINT64_C(1) << (random >> 3 & 63);
	case 5: return (UINT64_C(1) << (random >> 3 & 63)) - 1;
	case 6: return s2t_rng_mix(random) >> (random >> 3 & 63);
	default: return (random >> 3 & 31) << 12;
	}
}

/* The literal of argument `arg` changes, comes or goes. */
static void change_literal(struct editing *e, size_t record, unsigned arg)
{
	const size_t start = e->at[record];
	const uint32_t op = s2t_record_op(e->version, e->data[start]);
	const bool is_vmid = op < S2T_OP_COUNT && s2t_op_table[op].arg[arg].kind == S2T_ARG_VMID;
	size_t at = start + s2t_record_size(e->version);
	uint8_t *select = e->data + start + 1;
	uint64_t word = 0;

	for (unsigned i = 0; i < arg; i++)
		at += select[i] >= S2T_SELECT_LITERAL ? S2T_LITERAL_BYTES : 0;
	if (select[arg] < S2T_SELECT_LITERAL) {
		if (!open_gap(e, at, S2T_LITERAL_BYTES))
			return;
		select[arg] = S2T_SELECT_LITERAL;
	} else if (below(e, 3) == 0) {
		select[arg] = random_selector(e);
		close_gap(e, at, S2T_LITERAL_BYTES);
		return;
	} else {
		word = s2t_literal_at(e->data + at);
	}
	put_literal(e->data + at, is_vmid && below(e, 2) == 0 ? random_vmid(e) : random_literal(e, word));
}

static void change_argument(struct editing *e)
{
	const size_t record = below(e, e->count);
	uint8_t *bytes = e->data + e->at[record];
	const bool macro = s2t_record_op(e->version, bytes[0]) >= S2T_OP_COUNT;
	const unsigned count = macro ? MACRO_PARAMETERS : s2t_record_args(e->version, bytes[0]);
	const unsigned arg = count ? below(e, count) : 0;
	uint8_t *select = &bytes[1 + arg];
	const uint32_t random = below(e, 16);

	if (count == 0)
		return; /* register_kvm */
	if (!macro && (*select >= S2T_SELECT_LITERAL || random == 0))
		change_literal(e, record, arg);
	else if (random < 6)
		*select = (uint8_t)((*select + (random < 3 ? 1 : S2T_SELECT_LIMIT - 1)) % S2T_SELECT_LIMIT);
	else
		*select = random_selector(e);
}

/* Another operation with the same selectors, or the same one with and without daring, or other attributes. */
static void change_record(struct editing *e)
{
	uint8_t *bytes = e->data + e->at[below(e, e->count)];
	const uint32_t random = below(e, 8);
	const size_t size = s2t_record_size(e->version);
	unsigned literals = 0;

	for (unsigned i = 1; i <= s2t_record_selectors(e->version); i++)
		literals += bytes[i] >= S2T_SELECT_LITERAL;
	if (random < 3 && literals == 0)
		bytes[0] = (uint8_t)((bytes[0] & S2T_RECORD_DARE) | below(e, 64));
	else if (random < 5)
		bytes[0] ^= S2T_RECORD_DARE;
	else if (random < 7)
		bytes[size - 2] = (uint8_t)below(e, random == 5 ? 16 : 256);
	else
		bytes[size - 1] = (uint8_t)below(e, 256);
}

/* Another board, other places, or other flags. */
static void change_header(struct editing *e)
{
	const uint32_t random = below(e, 8);

	if (random == 0)
		e->data[2] ^= below(e, 4) == 0 ? 0xA0 : 0x0A;
	else if (e->data[1] == S2T_INPUT_BOARD_TEXT)
		return;
	else if (random < 5)
		e->data[1] = (uint8_t)below(e, S2T_INPUT_BOARDS);
	else
		e->data[3] = (uint8_t)below(e, 256);
}

static void mutate_once(struct editing *e)
{
	const uint32_t random = below(e, 34);

	if (random < 5)
		fill_up(e);
	else if (e->count == 0 || random < 8)
		insert_random(e);
	else if (random < 10)
		dare_at_end(e);
	else if (random < 12)
		drain_pool(e);
	else if (random < 14)
		delete_range(e);
	else if (random < 16)
		copy_range(e);
	else if (random < 18)
		repeat(e);
	else if (random < 20)
		swap(e);
	else if (random < 26)
		change_argument(e);
	else if (random < 31)
		change_record(e);
	else if (random < 33)
		walk_pages(e);
	else
		change_header(e);
}

/* Without a header: any board, one version or the other. A version that is none reads as 1. False: there is no room. */
static bool make_header(struct editing *e)
{
	if (e->max_size < S2T_INPUT_HEADER)
		return false;
	if (e->size < S2T_INPUT_HEADER) {
		e->size = S2T_INPUT_HEADER;
		e->data[0] = below(e, 2) == 0 ? S2T_INPUT_MEMORY : S2T_INPUT_ALL;
		e->data[1] = (uint8_t)below(e, S2T_INPUT_BOARDS);
		e->data[2] = 0;
		e->data[3] = (uint8_t)below(e, 256);
	}
	if (e->data[0] != S2T_INPUT_ALL)
		e->data[0] = S2T_INPUT_MEMORY;
	return true;
}

/* The generator begins anew, or goes on from some record. False: it cannot, and nothing has changed. */
static bool draw_calls(struct editing *e, struct s2t_draw *draw)
{
	const size_t kept = s2t_rng_chance(&e->rng, FRESH) ? 0 : below(e, e->count + 1);
	const size_t size = s2t_draw(draw, e->data, e->at[kept], e->max_size, s2t_rng_next(&e->rng));

	if (size > 0)
		e->size = size;
	return size > 0;
}

static bool is_drawn(struct editing *e)
{
	return e->count == 0 || s2t_rng_chance(&e->rng, e->version == S2T_INPUT_ALL ? DRAWS_ALL : DRAWS_MEMORY);
}

size_t s2t_mutate(struct s2t_draw *draw, uint8_t *data, size_t size, size_t max_size, uint64_t seed)
{
	struct editing e;

	e.data = data;
	e.size = size;
	e.max_size = max_size;
	s2t_rng_seed(&e.rng, seed);
	if (!make_header(&e))
		return size;
	find_records(&e);
	if (draw && is_drawn(&e) && draw_calls(&e, draw))
		return e.size;
	for (uint32_t left = 1 + below(&e, 4); left > 0; left--) {
		mutate_once(&e);
		if (left > 1)
			find_records(&e);
	}
	return e.size;
}

/* Whether a literal of a record is of more bits than its argument has. Nobody can make such a call; but version 1 puts one
 * in its place where its forecast is a panic, and version 2 never does. */
static bool has_unfit_literal(const uint8_t *record)
{
	const struct s2t_op_info *op = &s2t_op_table[s2t_record_op(S2T_INPUT_MEMORY, record[0])];
	const uint8_t *literal = record + s2t_record_size(S2T_INPUT_MEMORY);

	for (unsigned i = 0; i < op->arg_count; i++) {
		if (record[1 + i] < S2T_SELECT_LITERAL)
			continue;
		if (s2t_arg_bits(op->arg[i].kind) == 32 && s2t_literal_at(literal) >> 32 != 0)
			return true;
		literal += S2T_LITERAL_BYTES;
	}
	return false;
}

size_t s2t_raise_version(uint8_t *data, size_t size, size_t max_size)
{
	const size_t old = s2t_record_size(S2T_INPUT_MEMORY), new = s2t_record_size(S2T_INPUT_ALL);
	struct editing e = { .data = data, .size = size, .max_size = max_size };

	if (size < S2T_INPUT_HEADER || data[0] != S2T_INPUT_MEMORY)
		return size;
	find_records(&e);
	if (e.count == MAX_RECORDS || max_size < e.size || max_size - e.size < e.count * (new - old))
		return size;
	for (size_t i = 0; i < e.count; i++)
		if (has_unfit_literal(data + e.at[i]))
			return size;
	/* From the last one on, so that none is written over before it was read. */
	for (size_t i = e.count; i-- > 0;) {
		const uint8_t *from = data + e.at[i];
		uint8_t *to = data + e.at[i] + i * (new - old);
		uint8_t record[S2T_RECORD_MAX] = { 0 };

		record[0] = (uint8_t)((from[0] & S2T_RECORD_DARE) | s2t_record_op(S2T_INPUT_MEMORY, from[0]));
		memcpy(record + 1, from + 1, s2t_record_selectors(S2T_INPUT_MEMORY));
		memcpy(record + new - 2, from + old - 2, e.at[i + 1] - e.at[i] - (old - 2));
		memcpy(to, record, e.at[i + 1] - e.at[i] + new - old);
	}
	data[0] = S2T_INPUT_ALL;
	return e.size + e.count * (new - old);
}

static void append(struct editing *to, const struct editing *from, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): find_records set at[0..count] */
		const size_t bytes = from->at[i + 1] - from->at[i];

		if (bytes > to->max_size - to->size)
			return;
		memcpy(to->data + to->size, from->data + from->at[i], bytes);
		to->size += bytes;
	}
}

size_t s2t_cross_over(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                      size_t max_size, uint64_t seed)
{
	struct editing ea, eb, to;

	/* Neither parent is written to. */
	memcpy(&ea.data, &a, sizeof(a));
	memcpy(&eb.data, &b, sizeof(b));
	ea.size = ea.max_size = a_size;
	eb.size = eb.max_size = b_size;
	to.data = out;
	to.max_size = max_size;
	find_records(&ea);
	find_records(&eb);
	s2t_rng_seed(&to.rng, seed);
	const size_t header = ea.at[0];

	/* Records of one version mean nothing in the other. */
	if (header < S2T_INPUT_HEADER || header > max_size || ea.version != eb.version)
		return 0;
	memcpy(out, a, header);
	to.size = header;
	const size_t cut = below(&to, ea.count + 1), first = below(&to, eb.count + 1);
	const size_t end = first + below(&to, eb.count - first + 1);

	append(&to, &ea, 0, cut);
	append(&to, &eb, first, end);
	/* One time in two with the rest of the first one: then it is an insertion. */
	if (below(&to, 2) == 0)
		append(&to, &ea, cut, ea.count);
	return to.size;
}
