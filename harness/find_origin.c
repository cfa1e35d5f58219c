/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a find comes from, of a trace that was kept before: its comments have the seed, and what it was shrunk from.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "find.h"

/* What the comments say; 0 or false where they do not. */
struct past {
	bool seeded;
	uint64_t seed, sequence;
	uint64_t shrunk_from; /* operations */
};

static void read_comment(struct past *past, const char *line)
{
	const char *seed = strstr(line, "seed 0x");

	if (seed && !past->seeded)
		past->seeded = sscanf(seed, "seed 0x%" SCNx64 ", sequence %" SCNu64, &past->seed,
		                      &past->sequence) == 2;
	if (!past->shrunk_from)
		(void)sscanf(line, "# Shrunk from %" SCNu64 " operations", &past->shrunk_from);
}

void s2t_find_from(struct s2t_find *find, const char *path)
{
	FILE *in = strcmp(path, "-") != 0 ? fopen(path, "r") : NULL;
	struct past past = { .seeded = false };
	char line[1024], words[128];
	int used = 0;

	while (in && fgets(line, sizeof(line), in))
		if (line[0] == '#')
			read_comment(&past, line);
	if (in)
		fclose(in);
	if (past.seeded)
		used = snprintf(words, sizeof(words), "seed 0x%" PRIx64 ", sequence %" PRIu64, past.seed,
		                past.sequence);
	if (past.shrunk_from)
		used += snprintf(words + used, sizeof(words) - (size_t)used,
		                 "%sshrunk from %" PRIu64 " operations", used ? ", " : "", past.shrunk_from);

	const size_t len = strlen(find->origin);

	if (used && len + (size_t)used + 4 < sizeof(find->origin))
		(void)snprintf(find->origin + len, sizeof(find->origin) - len, " (%s)", words);
}
