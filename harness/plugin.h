/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plug-ins: implementations that the user brings along. A shared object is loaded, and no function of it is called
 * before its table has been found to be one of this ABI, and whole.
 */
#ifndef S2T_HARNESS_PLUGIN_H
#define S2T_HARNESS_PLUGIN_H

#include "boards.h"
#include "s2twin/iut.h"

struct s2t_plugin {
	void *handle;                   /* of the shared object; NULL: none is loaded */
	const struct s2t_iut_ops *pipe; /* of a process (pipe.h); NULL: there is none */
	const struct s2t_iut_ops *ops;  /* the table to use */
	struct s2t_iut_ops padded;      /* of a plug-in with a smaller table: that, and zeros */
	struct s2t_mapfile *map;        /* its abstraction map, or NULL */
	double hang_limit;              /* seconds, of --hang-limit; 0: nothing was said */
	/* What the user said: --iut and --map, or NULL; and the options to say it again. */
	const char *path, *map_path;
	char chosen[512];
};

/* Whether --iut VALUE names a shared object: it has a slash in it, or ends in ".so"; or a process: "pipe:COMMAND". */
bool s2t_plugin_is_path(const char *value);

/* Loads a shared object, or runs a process. False: `error` says in one sentence why it is no plug-in. */
bool s2t_plugin_open(struct s2t_plugin *plugin, const char *path, struct s2t_error *error);
/* The same for a table that is linked in. */
bool s2t_plugin_link(struct s2t_plugin *plugin, const struct s2t_iut_ops *ops, struct s2t_error *error);

/* Reads the map that belongs to the implementation: `map_path`; or else the file beside the shared object `path`, its
 * name with .map for .so; or else the text in its table. None is no error. */
bool s2t_plugin_read_map(struct s2t_plugin *plugin, const struct s2t_iut_ops *ops, struct s2t_error *error);

void s2t_plugin_close(struct s2t_plugin *plugin);

/* Whether a table can be used; `path` stands for it in messages. Reads no further than `ops->size`. */
bool s2t_plugin_check(const struct s2t_iut_ops *ops, const char *path, struct s2t_error *error);

#endif
