/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options about an implementation and the lockstep with it, which the commands that run one read alike.
 */
#include <string.h>

#include "iut_form.h"
#include "iuts.h"

/* NULL after one sentence. */
static const struct s2t_iut_ops *by_name(struct s2t_args *args)
{
	const struct s2t_iut_ops *builtin = s2t_builtin();

	if (args->own->iut && strcmp(args->value, args->own->iut->name) == 0)
		return args->own->iut;
	if (strcmp(args->value, builtin->name) == 0)
		return builtin;
	if (s2t_form_by_name(args->value))
		return s2t_form_by_name(args->value);
	if (s2t_plugin_is_path(args->value)) {
		/* Of options before this one. */
		const char *map_path = args->own->plugin->map_path;
		const double hang_limit = args->own->plugin->hang_limit;
		struct s2t_error error;

		s2t_plugin_close(args->own->plugin);
		args->own->plugin->map_path = map_path;
		args->own->plugin->hang_limit = hang_limit;
		if (s2t_plugin_open(args->own->plugin, args->value, &error))
			return args->own->plugin->ops;
		args->status = s2t_complain(args->usage, S2T_EXIT_USAGE, "%s", error.text);
		return NULL;
	}
	args->status =
		s2t_complain(args->usage, S2T_EXIT_USAGE,
	                     "unknown implementation '%.40s'; there is '%s'; a form of the specification, "
	                     "spec:low, spec:high, spec:top or spec:bottom; and any plug-in by the name of its "
	                     "file, such as ./mine.so",
	                     args->value, builtin->name);
	return NULL;
}

static bool set_iut(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	*set->iut = by_name(args);
	return *set->iut != NULL;
}

static bool set_map(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	(void)set;
	args->own->plugin->map_path = args->value;
	return true;
}

static bool set_watch(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	static const char *const ways[] = {
		[S2T_WATCH_NONE] = "none", [S2T_WATCH_COMPARE] = "compare", [S2T_WATCH_PROTECT] = "protect"
	};

	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(args->value, ways[i]) == 0) {
			set->lockstep->watch = (enum s2t_watch_memory)i;
			return true;
		}
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE,
	                            "--watch is compare, protect or none, not '%.40s'", args->value);
	return false;
}

static bool set_spec(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	return s2t_args_spec(args, &set->lockstep->spec);
}

static bool set_known(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	args->has_known = true;
	return s2t_args_known(args, &set->lockstep->known);
}

static bool set_level(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	enum s2t_level *level = &set->lockstep->level;

	*level = strcmp(args->value, "body") == 0 ? S2T_LEVEL_BODY : S2T_LEVEL_STACK;
	if (*level == S2T_LEVEL_BODY || strcmp(args->value, "stack") == 0)
		return true;
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE, "--level is stack or body, not '%.40s'",
	                            args->value);
	return false;
}

static bool set_undefined(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	struct s2t_lockstep_options *lockstep = set->lockstep;

	lockstep->run_undefined = strcmp(args->value, "run") == 0;
	lockstep->compare_undefined = strcmp(args->value, "compare") == 0;
	if (lockstep->run_undefined || lockstep->compare_undefined || strcmp(args->value, "skip") == 0)
		return true;
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE,
	                            "--undefined is 'skip', 'run' or 'compare', not '%.40s'", args->value);
	return false;
}

static bool set_after_panic(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	(void)args;
	set->lockstep->after_panic = true;
	return true;
}

static bool set_logs(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	(void)args;
	set->lockstep->logs = true;
	return true;
}

static bool set_invariants(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	return s2t_args_invariants(args, &set->lockstep->invariants);
}

static bool set_forbidden(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	return s2t_args_invariants(args, &set->lockstep->forbidden);
}

static bool set_isolated(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	args->isolated = true;
	*set->isolated = set->isolation;
	return true;
}

/* Also of a process behind pipe:, which is no child of the lockstep. */
static bool set_hang_limit(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	uint64_t seconds;

	if (!s2t_args_number(args, 1, 1000000, &seconds))
		return false;
	set->isolation->hang_limit = (double)seconds;
	args->own->plugin->hang_limit = (double)seconds;
	return true;
}

static bool set_memory_limit(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	uint64_t mib;

	if (!s2t_args_number(args, 1, UINT64_C(1) << 40, &mib))
		return false;
	args->has_memory = true;
	set->isolation->memory_limit = mib << 20;
	return true;
}

bool s2t_args_iut(struct s2t_args *args, const struct s2t_iut_settings *set)
{
	static const struct {
		const char *name;
		bool (*set)(struct s2t_args *args, const struct s2t_iut_settings *set);
	} options[] = {
		{ "iut", set_iut },
		{ "map", set_map },
		{ "watch", set_watch },
		{ "spec", set_spec },
		{ "known", set_known },
		{ "level", set_level },
		{ "undefined", set_undefined },
		{ "after-panic", set_after_panic },
		{ "logs", set_logs },
		{ "invariants", set_invariants },
		{ "forbid", set_forbidden },
		{ "isolate", set_isolated },
		{ "hang-limit", set_hang_limit },
		{ "memory-limit", set_memory_limit },
	};
	const char *name = args->usage->option[args->current].name;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(name, options[i].name) == 0)
			return options[i].set(args, set);
	return false;
}
