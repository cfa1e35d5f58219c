/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exploration: a search on disk, so that it outlives its process. The first line says of what search it is; then a
 * record for each chunk: a head, the new states, and a sum of both. A kill can only cut the last record short.
 */
#include "explore_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "rng.h"

#define MAGIC UINT64_C(0x6B6E756863743273) /* "s2tchunk" */

struct head {
	uint64_t magic, states; /* of this chunk */
	uint64_t next, end, depth, deepest;
	struct s2t_explore_counts counts; /* so far */
};

struct record {
	struct s2t_fingerprint print;
	uint64_t key;
};

static uint64_t digest(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * UINT64_C(0x100000001B3);
	return s2t_rng_mix(sum);
}

/* Of all that the states and their numbers depend on. */
static uint64_t name_of(const struct s2t_search *search)
{
	const struct s2t_explore_options *options = search->options;
	const struct s2t_board *board = options->board;
	const uint64_t numbers[] = { S2T_CASE_COUNT,
		                     S2T_INVARIANT_COUNT,
		                     options->lockstep.invariants,
		                     options->lockstep.forbidden,
		                     search->quotient.on,
		                     (uint64_t)options->lockstep.level,
		                     (uint64_t)options->lockstep.spec,
		                     options->lockstep.known,
		                     options->lockstep.compare_undefined,
		                     board->region_count,
		                     board->start_page_count };
	uint64_t sum = digest(0, numbers, sizeof(numbers));

	for (enum s2t_key key = 0; key < S2T_KEY_HOST_GFN; key++) {
		const uint64_t value = s2t_board_number(board, key);

		sum = digest(sum, &value, sizeof(value));
	}
	sum = digest(sum, &board->host_gfn_zero, sizeof(board->host_gfn_zero));
	sum = digest(sum, board->region, board->region_count * sizeof(board->region[0]));
	for (size_t i = 0; i < options->count; i++) {
		sum = digest(sum, &options->call[i].op, sizeof(options->call[i].op));
		sum = digest(sum, options->call[i].arg, sizeof(options->call[i].arg));
	}
	return digest(sum, options->iut->name, strlen(options->iut->name));
}

static bool complain(const struct s2t_search *search, struct s2t_error *error, const char *what)
{
	snprintf(error->text, sizeof(error->text), "cannot keep the search in '%s': %s", search->options->path,
	         what);
	return false;
}

/* Reads one record. False: there is no whole one; nothing has changed but perhaps the set, which is then a superset of
 * the states. */
static bool read_chunk(struct s2t_search *search)
{
	struct head head;
	struct record record;
	uint64_t sum, written;
	const uint64_t first = search->states;
	size_t slot;

	if (fread(&head, sizeof(head), 1, search->file) != 1 || head.magic != MAGIC ||
	    !s2t_stateset_reserve(&search->set, search->set.count + head.states))
		return false;
	const long begin = ftell(search->file);

	/* Once to check it, and once to take it. */
	sum = digest(0, &head, sizeof(head));
	for (uint64_t i = 0; i < head.states; i++) {
		if (fread(&record, sizeof(record), 1, search->file) != 1)
			return false;
		sum = digest(sum, &record, sizeof(record));
	}
	if (fread(&written, sizeof(written), 1, search->file) != 1 || written != sum ||
	    fseek(search->file, begin, SEEK_SET) != 0)
		return false;
	for (uint64_t i = 0; i < head.states; i++) {
		if (fread(&record, sizeof(record), 1, search->file) != 1 ||
		    !s2t_search_append(search, record.key)) {
			search->states = first;
			return false;
		}
		(void)s2t_stateset_insert(&search->set, &record.print, record.key, &slot);
	}
	search->set.count += head.states;
	search->next = head.next;
	search->end = head.end;
	search->depth = (uint32_t)head.depth;
	search->deepest = (uint32_t)head.deepest;
	search->counts = head.counts;
	return fseek(search->file, sizeof(sum), SEEK_CUR) == 0;
}

bool s2t_explore_open(struct s2t_search *search, struct s2t_error *error)
{
	char wanted[64], line[64];
	long good;

	(void)snprintf(wanted, sizeof(wanted), "s2twin-explore 1 %016" PRIx64 "\n", name_of(search));
	search->file = fopen(search->options->path, "r+b");
	if (!search->file && errno == ENOENT)
		search->file = fopen(search->options->path, "w+b");
	if (!search->file)
		return complain(search, error, strerror(errno));
	if (!fgets(line, sizeof(line), search->file)) {
		rewind(search->file);
		if (fputs(wanted, search->file) == EOF || fflush(search->file) != 0)
			return complain(search, error, strerror(errno));
		return true;
	}
	if (strcmp(line, wanted) != 0) {
		error->resource = false;
		return complain(
			search, error,
			"it holds another search (other operations, board, reductions or version), or something "
			"else; name another file");
	}
	do
		good = ftell(search->file);
	while (read_chunk(search));
	if (fseek(search->file, good, SEEK_SET) != 0 || ftruncate(fileno(search->file), good) != 0)
		return complain(search, error, strerror(errno));
	return true;
}

bool s2t_explore_save(struct s2t_search *search, uint64_t first, const size_t *slot, struct s2t_error *error)
{
	struct head head;
	uint64_t sum;

	memset(&head, 0, sizeof(head));
	head.magic = MAGIC;
	head.states = search->states - first;
	head.next = search->next;
	head.end = search->end;
	head.depth = search->depth;
	head.deepest = search->deepest;
	head.counts = search->counts;
	sum = digest(0, &head, sizeof(head));
	bool good = fwrite(&head, sizeof(head), 1, search->file) == 1;

	for (uint64_t i = 0; good && i < head.states; i++) {
		const struct record record = { s2t_stateset_print(&search->set, slot[i]),
			                       search->key[first + i] };

		sum = digest(sum, &record, sizeof(record));
		good = fwrite(&record, sizeof(record), 1, search->file) == 1;
	}
	good = good && fwrite(&sum, sizeof(sum), 1, search->file) == 1 && fflush(search->file) == 0;
	return good || complain(search, error, strerror(errno));
}
