/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a shared object, and what is wrong with its table. */
#include "plugin.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "constants.h"
#include "extra.h"
#include "mapfile.h"
#include "pipe.h"

/* The table of the first header: no plug-in has a smaller one. */
#define SMALLEST offsetof(struct s2t_iut_ops, data_log)

bool s2t_plugin_is_path(const char *value)
{
	const size_t len = strlen(value);

	return s2t_pipe_is(value) || strchr(value, '/') || (len > 3 && strcmp(value + len - 3, ".so") == 0);
}

static bool refuse(struct s2t_error *error, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool refuse(struct s2t_error *error, const char *path, const char *format, ...)
{
	int used = snprintf(error->text, sizeof(error->text), "plug-in '%.400s' ", path);
	va_list args;

	va_start(args, format);
	vsnprintf(error->text + used, sizeof(error->text) - (size_t)used, format, args);
	va_end(args);
	error->resource = false;
	return false;
}

/* A name that is shown: text, and not too much of it. */
static bool is_text(const char *text)
{
	return text && text[0] && memchr(text, '\0', 65);
}

bool s2t_plugin_check(const struct s2t_iut_ops *ops, const char *path, struct s2t_error *error)
{
	struct s2t_error why;
	char what[160];

	if (!ops)
		return refuse(error, path, "returns no table from " S2T_IUT_SYMBOL);
	if (ops->abi != S2T_IUT_ABI)
		return refuse(error, path,
		              "has version %u of the interface, this s2twin has %d: build it with the iut.h of "
		              "this s2twin",
		              (unsigned)ops->abi, S2T_IUT_ABI);
	if (ops->size < SMALLEST)
		return refuse(error, path,
		              "says that its table has %u bytes, the smallest has %zu: set .size to "
		              "sizeof(struct s2t_iut_ops)",
		              (unsigned)ops->size, SMALLEST);
	if (ops->size > 16 * sizeof(*ops))
		return refuse(error, path,
		              "says that its table has %u bytes, which is no size of one: set .size to "
		              "sizeof(struct s2t_iut_ops)",
		              (unsigned)ops->size);
	if (!is_text(ops->name) || !is_text(ops->version))
		return refuse(error, path, "has no %s of 1 to 64 characters",
		              is_text(ops->name) ? "version" : "name");

	const struct {
		bool there;
		const char *name;
	} needed[] = {
		{ ops->create, "create" },
		{ ops->destroy, "destroy" },
		{ ops->call, "call" },
		{ ops->token, "token" },
		{ ops->page || ops->image, "page" },
		{ ops->npt || ops->image, "npt" },
		{ ops->spt || ops->image, "spt" },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!needed[i].there)
			return refuse(error, path, "lacks the function %s, which every plug-in must have",
			              needed[i].name);
	if (ops->image && (!ops->image->layout || !ops->image->page || !ops->image->writes))
		return refuse(error, path, "has an image without layout, page or writes: it needs all three");
	if (ops->size >= offsetof(struct s2t_iut_ops, map) && !s2t_constants_known(ops, &why))
		return refuse(error, path, "is not to be used: %s", why.text);
	if (ops->size >= offsetof(struct s2t_iut_ops, extra_count) + sizeof(ops->extra_count) &&
	    !s2t_extra_check(ops, what, sizeof(what)))
		return refuse(error, path, "%s", what);
	if (ops->image && !ops->reset)
		return refuse(error, path, "has an image and no reset, which goes with it");
	if (ops->events && (!ops->events->record || !ops->events->last))
		return refuse(error, path, "has events without record or last: it needs both");
	return true;
}

/* Takes a table: as it is, or padded with zeros. */
static bool link_table(struct s2t_plugin *plugin, const struct s2t_iut_ops *ops, const char *path,
                       struct s2t_error *error)
{
	if (!s2t_plugin_check(ops, path, error))
		return false;
	plugin->ops = ops;
	if (ops->size < sizeof(*ops)) {
		memset(&plugin->padded, 0, sizeof(plugin->padded));
		memcpy(&plugin->padded, ops, ops->size);
		plugin->ops = &plugin->padded;
	}
	return true;
}

bool s2t_plugin_link(struct s2t_plugin *plugin, const struct s2t_iut_ops *ops, struct s2t_error *error)
{
	return link_table(plugin, ops, "linked in", error);
}

bool s2t_plugin_open(struct s2t_plugin *plugin, const char *path, struct s2t_error *error)
{
	char here[4096];
	const struct s2t_iut_ops *(*table)(void);

	if (s2t_pipe_is(path)) {
		plugin->pipe = s2t_pipe_open(path, error);
		if (!plugin->pipe || !link_table(plugin, plugin->pipe, path, error))
			return false;
		plugin->path = path;
		return true;
	}
	/* Without a slash the loader would look in its own folders. */
	if (snprintf(here, sizeof(here), "%s%s", strchr(path, '/') ? "" : "./", path) >= (int)sizeof(here))
		return refuse(error, path, "has too long a name");
	plugin->handle = dlopen(here, RTLD_NOW | RTLD_LOCAL);
	if (!plugin->handle)
		return refuse(error, path, "cannot be loaded: %s", dlerror());
	/* ISO C has no conversion from an object pointer to a function pointer; POSIX has. */
	*(void **)&table = dlsym(plugin->handle, S2T_IUT_SYMBOL);
	if (!table) {
		s2t_plugin_close(plugin);
		return refuse(error, path,
		              "does not export " S2T_IUT_SYMBOL
		              ", which returns its table: see docs/plugin.md");
	}
	if (!link_table(plugin, table(), path, error)) {
		s2t_plugin_close(plugin);
		return false;
	}
	plugin->path = path;
	return true;
}

bool s2t_plugin_read_map(struct s2t_plugin *plugin, const struct s2t_iut_ops *ops, struct s2t_error *error)
{
	const size_t len = plugin->path ? strlen(plugin->path) : 0;
	char beside[4096];

	error->resource = false;
	if (plugin->map_path) {
		plugin->map = s2t_mapfile_load(plugin->map_path, error);
		return plugin->map != NULL;
	}
	if (len > 3 && len + 2 < sizeof(beside) && strcmp(plugin->path + len - 3, ".so") == 0) {
		(void)snprintf(beside, sizeof(beside), "%.*s.map", (int)len - 3, plugin->path);
		if (access(beside, F_OK) == 0) {
			plugin->map = s2t_mapfile_load(beside, error);
			return plugin->map != NULL;
		}
	}
	if (!ops->map)
		return true;
	(void)snprintf(beside, sizeof(beside), "the map of %s", ops->name);
	plugin->map = s2t_mapfile_parse(beside, ops->map, strlen(ops->map), error);
	return plugin->map != NULL;
}

void s2t_plugin_close(struct s2t_plugin *plugin)
{
	if (plugin->handle)
		dlclose(plugin->handle);
	if (plugin->pipe)
		s2t_pipe_close(plugin->pipe);
	s2t_mapfile_free(plugin->map);
	memset(plugin, 0, sizeof(*plugin));
}
