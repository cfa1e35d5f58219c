/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The drive: what is told and kept of a divergence or a crash. The report is the one of `s2twin run`, printed before
 * the engine prints anything of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drive.h"
#include "finder.h"
#include "report.h"
#include "store.h"

/* Operations that the replays of shrinking may run: a second or two, with sanitizers ten. */
#define SHRINK_OPERATIONS UINT64_C(5000000)

/* What an input is called: its size and the FNV-1a hash of its bytes. */
static void name_input(char *name, size_t size, const uint8_t *data, size_t bytes)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ data[i]) * UINT64_C(0x100000001B3);
	(void)snprintf(name, size, "input %016" PRIx64 " of %zu bytes", hash, bytes);
}

struct telling {
	const struct s2t_find *find;
	const struct s2t_trial_options *options;
};

static int tell(void *ctx, struct s2t_lockstep *ls)
{
	const struct telling *telling = ctx;
	char replay[S2T_REPLAY_OPTIONS];

	s2t_report_find(stderr, ls, telling->find,
	                s2t_find_replay_options(telling->options, replay, sizeof(replay)));
	return 0;
}

void s2t_drive_tell(struct s2t_drive *drive, const uint8_t *data, size_t size)
{
	struct s2t_lockstep *ls = drive->machine->ls;
	struct s2t_trial_options options = { .iut = drive->iut, .lockstep = ls->options };
	struct s2t_error error;
	struct s2t_find find;
	char origin[96];

	name_input(origin, sizeof(origin), data, size);
	if (!s2t_find_init(&find, &options, &drive->machine->board.board, drive->call, drive->count, origin,
	                   &error)) {
		/* Not again on fresh machines: what is left is what was seen. */
		s2t_report_divergence(stderr, ls, drive->call, origin);
		fprintf(stderr, "s2twin fuzz: on fresh machines: %s\n", error.text);
		return;
	}
	const struct s2t_shrink_options limits = { .operations = SHRINK_OPERATIONS };
	struct telling telling = { &find, &options };

	if (!s2t_finder_keep(drive->dir, &find, &options, &limits, &error))
		fprintf(stderr, "s2twin fuzz: %s\n", error.text);
	(void)s2t_find_present(&find, &options, tell, &telling);
	s2t_find_free(&find);
	fflush(stderr);
}

/* Keeps the sequence as DIR/NAME. */
static bool keep_crash(const struct s2t_drive *drive, const char *name, const char *what,
                       struct s2t_error *error)
{
	char comment[128], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)snprintf(comment, sizeof(comment), "%s in a fuzzer, in or after the last step", what);
	(void)snprintf(error->text, sizeof(error->text), "not enough memory to keep the sequence");
	bool good = out &&
	            s2t_trace_print(out, &drive->machine->board.board, drive->call, drive->count, comment);

	if (out)
		good = fclose(out) == 0 && good;
	good = good && s2t_store_open(drive->dir, error) &&
	       s2t_store_write(drive->dir, name, text, size, NULL, error);
	free(text);
	return good;
}

void s2t_drive_tell_crash(struct s2t_drive *drive, const char *what)
{
	struct s2t_error error;
	char line[256], name[64], replay[S2T_REPLAY_OPTIONS];

	if (drive->count == 0 || !drive->machine || drive->told_crash)
		return;
	drive->told_crash =
		true; /* a sanitizer has a word on a signal, too, and the telling may crash in turn */
	const struct s2t_lockstep *ls = drive->machine->ls;
	const struct s2t_trial_options options = { .iut = drive->iut, .lockstep = ls->options };

	(void)s2t_call_print(line, sizeof(line), &drive->call[drive->count - 1]);
	fprintf(stderr, "\nCRASH    %s in or after step %zu, on board %s\n> %s\n", what, drive->count,
	        ls->board.name, line);
	(void)snprintf(name, sizeof(name), "crash-%ld-%" PRIu64 ".trace", (long)getpid(), drive->inputs);
	if (keep_crash(drive, name, what, &error))
		fprintf(stderr, "TRACE    %s/%s\nREPLAY   s2twin replay%s %s/%s\n", drive->dir, name,
		        s2t_find_replay_options(&options, replay, sizeof(replay)), drive->dir, name);
	else
		fprintf(stderr, "s2twin fuzz: %s\n", error.text);
	fflush(stderr);
}
