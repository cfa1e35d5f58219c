/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A main for targets of the lockstep family where there is no engine: runs inputs, files or folders of them, or
 * standard input. Built with any compiler. The exit status is that of `s2twin replay`.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine.h"

static int status;

static void set_status(int more)
{
	status = more > status ? more : status;
}

static void run_stream(FILE *in, const char *name)
{
	size_t size = 0, room = 1 << 16, got;
	uint8_t *data = malloc(room);

	while (data && (got = fread(data + size, 1, room - size, in)) > 0) {
		size += got;
		if (size == room) {
			uint8_t *grown = realloc(data, room *= 2);

			if (!grown)
				free(data);
			data = grown;
		}
	}
	if (!data || ferror(in)) {
		fprintf(stderr, "%s: cannot read this file: %s\n", name, strerror(errno));
		set_status(data ? 2 : 3);
	} else {
		const enum s2t_verdict verdict = s2t_fuzz_input(data, size);

		if (verdict == S2T_DIVERGED)
			fprintf(stderr, "%s: DIVERGED\n", name);
		set_status(verdict == S2T_DIVERGED ? 1 : (verdict == S2T_NO_MEMORY ? 3 : 0));
	}
	free(data);
}

static void run_path(const char *path);

static void run_folder(const char *path)
{
	struct dirent **entry;
	const int count = scandir(path, &entry, NULL, alphasort);

	if (count < 0) {
		fprintf(stderr, "%s: cannot read the folder: %s\n", path, strerror(errno));
		set_status(2);
	}
	for (int i = 0; i < count; i++) {
		char name[4096];

		if (entry[i]->d_name[0] != '.' &&
		    (size_t)snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name) < sizeof(name))
			run_path(name);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
}

static void run_path(const char *path)
{
	struct stat info;

	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
		run_folder(path);
		return;
	}
	FILE *in = fopen(path, "rb");

	if (!in) {
		fprintf(stderr, "%s: cannot read this file: %s\n", path, strerror(errno));
		set_status(2);
		return;
	}
	run_stream(in, path);
	(void)fclose(in);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		printf("%s [INPUT...]: runs inputs of the fuzzers, files or folders of them; without any, standard input.\n"
		       "A divergence is reported and kept in the folder that S2TWIN_OUT names, or else s2twin-out.\n"
		       "Exit status: 0 agreed, 1 divergence, 2 a file cannot be read, 3 not enough memory.\n",
		       argv[0]);
		return 0;
	}
	s2t_fuzz_prepare();
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	if (argc < 2)
		run_stream(stdin, "<stdin>");
	return status;
}
