/* SPDX-License-Identifier: BSD-2-Clause */
/* Where regressions are, and which. */
#include "regressions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char NAME[] = "regressions";

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The length of a path without slashes at its end. */
static size_t trimmed(const char *path, size_t len)
{
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

/* Whether the last part of a path of that length is the name. */
static bool is_named(const char *path, size_t len)
{
	const size_t name = sizeof(NAME) - 1;

	return len >= name && memcmp(path + len - name, NAME, name) == 0 &&
	       (len == name || path[len - name - 1] == '/');
}

static bool add(struct s2t_regressions *regressions, const char *path, size_t len)
{
	char **grown = realloc(regressions->folder, (regressions->count + 1) * sizeof(*grown));

	if (!grown)
		return false;
	regressions->folder = grown;
	grown[regressions->count] = strndup(path, len);
	if (!grown[regressions->count])
		return false;
	regressions->count++;
	return true;
}

bool s2t_regressions_look(struct s2t_regressions *regressions, const char *operand)
{
	const size_t len = trimmed(operand, strlen(operand));
	char below[4200];

	if (is_named(operand, len) && is_folder(operand))
		return add(regressions, operand, len);
	(void)snprintf(below, sizeof(below), "%.*s/%s", len > 4000 ? 4000 : (int)len, operand, NAME);
	if (is_folder(below))
		return add(regressions, below, strlen(below));
	const char *slash = strrchr(operand, '/');

	if (s2t_is_regression(operand) && slash)
		return add(regressions, operand, (size_t)(slash - operand));
	return true;
}

void s2t_regressions_free(struct s2t_regressions *regressions)
{
	for (size_t i = 0; i < regressions->count; i++)
		free(regressions->folder[i]);
	free(regressions->folder);
	regressions->folder = NULL;
	regressions->count = 0;
}

bool s2t_regressions_have(const struct s2t_regressions *regressions, const char *id)
{
	char path[4200];

	for (size_t i = 0; i < regressions->count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s.trace", regressions->folder[i], id);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

bool s2t_regressions_know(const char *operand, const char *id)
{
	struct s2t_regressions regressions = { 0 };
	const bool known = s2t_regressions_look(&regressions, operand) &&
	                   s2t_regressions_look(&regressions, "corpus") &&
	                   s2t_regressions_have(&regressions, id);

	s2t_regressions_free(&regressions);
	return known;
}

bool s2t_is_regression(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && s2t_signature_is_id(slash + 1, ".trace") &&
	       is_named(path, trimmed(path, (size_t)(slash - path)));
}
