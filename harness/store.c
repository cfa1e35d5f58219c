/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeping finds: drafts, links, and counts. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace.h"

/* A draft is called .draft-PID-NAME until it is whole. */
static const char DRAFT[] = ".draft-";

static bool fail(struct s2t_error *error, const char *what, const char *dir, const char *name)
{
	snprintf(error->text, sizeof(error->text), "cannot %s '%s%s%s': %s", what, dir, *name ? "/" : "", name,
	         strerror(errno));
	error->resource = true;
	return false;
}

/* mkdir -p */
static bool make_folders(const char *dir)
{
	char path[4096];
	const size_t len = strlen(dir);

	if (len >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(path, dir, len + 1);
	for (char *slash = path + 1; len > 0 && (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0777) == 0 || errno == EEXIST;
}

/* Drafts of processes that are no more. */
static void remove_drafts(int folder, DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, DRAFT, sizeof(DRAFT) - 1) != 0)
			continue;
		const long pid = strtol(entry->d_name + sizeof(DRAFT) - 1, NULL, 10);

		if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
			unlinkat(folder, entry->d_name, 0);
	}
}

bool s2t_store_open(const char *dir, struct s2t_error *error)
{
	if (!make_folders(dir))
		return fail(error, "make the folder", dir, "");
	DIR *folder = opendir(dir);

	if (!folder)
		return fail(error, "read the folder", dir, "");
	remove_drafts(dirfd(folder), folder);
	closedir(folder);
	return true;
}

static int open_folder(const char *dir, struct s2t_error *error)
{
	const int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		fail(error, "open the folder", dir, "");
	return folder;
}

static bool write_all(int file, const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t done = write(file, text, size);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			text += done;
			size -= (size_t)done;
		}
	}
	return true;
}

/* Writes a draft, and gives it its name by a link, which fails if the name is taken. */
static bool write_and_link(int folder, const char *name, const char *text, size_t size, bool *written)
{
	char draft[320];
	int file;
	bool good;

	(void)snprintf(draft, sizeof(draft), "%s%ld-%s", DRAFT, (long)getpid(), name);
	file = openat(folder, draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file < 0)
		return false;
	good = write_all(file, text, size) && fsync(file) == 0;
	if (close(file) != 0)
		good = false;
	if (good) {
		*written = linkat(folder, draft, folder, name, 0) == 0 ||
		           /* A file system without hard links: of two finders at the same moment the last one
			 * stays. */
		           ((errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK) &&
		            renameat(folder, draft, folder, name) == 0);
		good = *written || errno == EEXIST;
	}
	const int reason = errno;

	unlinkat(folder, draft, 0);
	if (good)
		fsync(folder);
	errno = reason;
	return good;
}

bool s2t_store_write(const char *dir, const char *name, const char *text, size_t size, bool *written,
                     struct s2t_error *error)
{
	const int folder = open_folder(dir, error);
	bool mine = false;

	if (folder < 0)
		return false;
	bool good = faccessat(folder, name, F_OK, 0) == 0 || write_and_link(folder, name, text, size, &mine);

	if (!good)
		fail(error, "write", dir, name);
	close(folder);
	if (written)
		*written = mine;
	return good;
}

static bool write_trace(const char *dir, const char *id, const char *end, const struct s2t_iut_ops *iut,
                        const struct s2t_sequence *sequence, const char *comment, bool *written,
                        struct s2t_error *error)
{
	char name[64], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool good = out && comment &&
	            s2t_trace_print_for(out, iut, &sequence->board, sequence->call, sequence->count, comment);

	if (out && fclose(out) != 0)
		good = false;
	(void)snprintf(name, sizeof(name), "%s%s", id, end);
	if (good)
		good = s2t_store_write(dir, name, text, size, written, error);
	else
		snprintf(error->text, sizeof(error->text), "not enough memory to write %s", name);
	free(text);
	return good;
}

bool s2t_store_original(const char *dir, const struct s2t_find *find, const struct s2t_trial_options *options,
                        struct s2t_error *error)
{
	char *comment = s2t_find_comment(find, options, true);
	bool good = write_trace(dir, find->seen.signature.id, ".orig.trace", options->iut, &find->given,
	                        comment, NULL, error);

	free(comment);
	return good;
}

bool s2t_store_find(const char *dir, struct s2t_find *find, const struct s2t_trial_options *options,
                    struct s2t_error *error)
{
	const char *id = find->seen.signature.id;
	char *comment = s2t_find_comment(find, options, false);
	bool is_new = false;
	bool good = write_trace(dir, id, ".trace", options->iut, &find->shrunk.sequence, comment, &is_new,
	                        error) &&
	            s2t_store_count(dir, id, 1, find->origin, error);

	free(comment);
	find->novelty = is_new ? S2T_NOVELTY_NEW : S2T_NOVELTY_KNOWN;
	(void)snprintf(find->path, sizeof(find->path), "%s/%s.trace", dir, id);
	return good;
}

bool s2t_store_count(const char *dir, const char *id, uint64_t times, const char *origin,
                     struct s2t_error *error)
{
	char name[64], line[320];
	const int folder = open_folder(dir, error);
	int file;
	bool good = false;

	if (folder < 0)
		return false;
	(void)snprintf(name, sizeof(name), "%s.count", id);
	(void)snprintf(line, sizeof(line), "%" PRIu64 " %.250s\n", times, origin);
	file = openat(folder, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (file >= 0) {
		good = write(file, line, strlen(line)) == (ssize_t)strlen(line);
		if (close(file) != 0)
			good = false;
	}
	if (!good)
		fail(error, "write", dir, name);
	close(folder);
	return good;
}
