/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options and operands of a command: getopt_long behind one table a command, which --help prints, too.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "invariants.h"
#include "known.h"
#include "scan.h"
#include "suggest.h"

/* What getopt_long returns for options without a letter: their index + this. */
enum { FIRST_LONG = 256 };

int s2t_complain(const struct s2t_usage *usage, int status, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "s2twin %s: ", usage->command);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
	return status;
}

int s2t_finish(int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* An earlier write may be the one that failed; its reason is gone by now. */
	fprintf(stderr, "s2twin: cannot write standard output: %s\n",
	        errno != 0 ? strerror(errno) : "a write failed, perhaps the device is full");
	return S2T_EXIT_INTERNAL;
}

static const char *purpose_of(const char *name)
{
	for (const struct s2t_command *command = s2t_commands; command->name != NULL; command++) {
		if (strcmp(command->name, name) == 0)
			return command->purpose;
	}
	return "";
}

static void print_option(const struct s2t_option *option)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s%s%s%s", option->name[1] == '\0' ? "-" : "--", option->name,
	               option->value != NULL ? " " : "", option->value != NULL ? option->value : "");
	printf("  %-26s %s\n", left, option->text);
}

static int print_help(const struct s2t_usage *usage)
{
	static const struct s2t_option common[] = { { "help", NULL, "print this" },
		                                    { "version", NULL, "print the version" } };

	printf("s2twin %s: %s\n\nUsage: s2twin %s [OPTION...]%s%s\n\n", usage->command,
	       purpose_of(usage->command), usage->command, usage->operands[0] != '\0' ? " " : "",
	       usage->operands);
	for (const struct s2t_option *option = usage->option; option->name != NULL; option++)
		print_option(option);
	print_option(&common[0]);
	print_option(&common[1]);
	if (usage->notes != NULL)
		printf("\n%s", usage->notes);
	return s2t_finish(S2T_EXIT_AGREED);
}

void s2t_args_begin(struct s2t_args *args, const struct s2t_usage *usage, int argc, char **argv,
                    const struct s2t_own *own)
{
	size_t letters = 0;
	int count = 0, longs = 0;

	*args = (struct s2t_args){ .usage = usage, .own = own, .argc = argc, .argv = argv, .current = -1 };
	args->letters[letters++] = ':';
	for (; count < S2T_MAX_OPTIONS && usage->option[count].name != NULL; count++) {
		const struct s2t_option *option = &usage->option[count];
		int has = option->value != NULL ? required_argument : no_argument;

		if (option->name[1] != '\0') {
			args->option[longs++] = (struct option){ option->name, has, NULL, FIRST_LONG + count };
			continue;
		}
		args->letters[letters++] = option->name[0];
		if (has == required_argument)
			args->letters[letters++] = ':';
	}
	args->option[longs++] = (struct option){ "help", no_argument, NULL, FIRST_LONG + count };
	args->option[longs] = (struct option){ "version", no_argument, NULL, FIRST_LONG + count + 1 };
	optind = 0; /* glibc: start over */
	opterr = 0;
}

static int option_count(const struct s2t_usage *usage)
{
	int count = 0;

	while (usage->option[count].name != NULL)
		count++;
	return count;
}

static int refuse_option(struct s2t_args *args, int result)
{
	const struct s2t_usage *usage = args->usage;
	const char *word = args->argv[optind - 1];
	char letter[3] = { '-', (char)optopt, '\0' };
	struct s2t_suggest suggest;

	args->status = S2T_EXIT_USAGE;
	if (optopt != 0 && optopt < FIRST_LONG)
		word = letter;
	if (result == ':') {
		(void)s2t_complain(usage, args->status, "%s needs a value; see `s2twin %s --help`",
		                   s2t_quote_text(word).text, usage->command);
		return S2T_ARGS_EXIT;
	}
	if (optopt >= FIRST_LONG) {
		(void)s2t_complain(usage, args->status, "%s takes no value", s2t_quote_text(word).text);
		return S2T_ARGS_EXIT;
	}
	suggest = s2t_suggest_for(word + 2, word[1] == '-' ? strcspn(word + 2, "=") : 0);
	for (const struct s2t_option *option = usage->option; option->name != NULL && word[1] == '-'; option++)
		s2t_suggest_offer(&suggest, option->name);
	if (suggest.nearest != NULL)
		(void)s2t_complain(usage, args->status, "unknown option %s; did you mean --%s?",
		                   s2t_quote_text(word).text, suggest.nearest);
	else
		(void)s2t_complain(usage, args->status, "unknown option %s; see `s2twin %s --help`",
		                   s2t_quote_text(word).text, usage->command);
	return S2T_ARGS_EXIT;
}

int s2t_args_next(struct s2t_args *args)
{
	int result = getopt_long(args->argc, args->argv, args->letters, args->option, NULL);
	int count = option_count(args->usage);

	args->value = optarg;
	if (result == -1) {
		args->operand = args->argv + optind;
		args->operand_count = args->argc - optind;
		return S2T_ARGS_DONE;
	}
	if (result == '?' || result == ':')
		return refuse_option(args, result);
	if (result == FIRST_LONG + count) {
		args->status = print_help(args->usage);
		return S2T_ARGS_EXIT;
	}
	if (result == FIRST_LONG + count + 1) {
		printf("s2twin %s\n", S2T_VERSION);
		args->status = s2t_finish(S2T_EXIT_AGREED);
		return S2T_ARGS_EXIT;
	}
	args->current = result - FIRST_LONG;
	for (int i = 0; result < FIRST_LONG && i < count; i++) {
		if (args->usage->option[i].name[0] == result && args->usage->option[i].name[1] == '\0')
			args->current = i;
	}
	return args->current;
}

bool s2t_args_operands(struct s2t_args *args, int least, int most)
{
	const char *command = args->usage->command;

	if (args->operand_count >= least && args->operand_count <= most)
		return true;
	if (args->operand_count < least)
		args->status = s2t_complain(args->usage, S2T_EXIT_USAGE,
		                            "%s is missing; see `s2twin %s --help`", args->usage->operands,
		                            command);
	else
		args->status = s2t_complain(args->usage, S2T_EXIT_USAGE,
		                            "'%s' is too much; see `s2twin %s --help`",
		                            s2t_quote_text(args->operand[most]).text, command);
	return false;
}

/* Decimal or 0x…, then perhaps a suffix; false: none of that, or beyond 64 bits. */
static bool read_number(const char *text, uint64_t *number)
{
	static const struct {
		char letter;
		uint64_t factor;
	} suffixes[] = { { 'k', 1000 }, { 'M', 1000000 }, { 'G', 1000000000 } };
	struct s2t_error error;
	struct s2t_scan scan = { .name = "", .line_start = text, .error = &error };
	struct s2t_word word = { text, strlen(text) };
	uint64_t factor = 1;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (word.len > 1 && text[word.len - 1] == suffixes[i].letter)
			factor = suffixes[i].factor;
	}
	if (factor > 1)
		word.len--;
	if (!s2t_scan_number(&scan, &word, number) || *number > UINT64_MAX / factor)
		return false;
	*number *= factor;
	return true;
}

bool s2t_args_number(struct s2t_args *args, uint64_t least, uint64_t most, uint64_t *number)
{
	const char *name = args->usage->option[args->current].name;
	const char *dashes = name[1] == '\0' ? "-" : "--";

	if (read_number(args->value, number) && *number >= least && *number <= most)
		return true;
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE,
	                            "%s%s takes a number from %" PRIu64 " to %" PRIu64
	                            " (decimal or 0x, perhaps with k, M or G), not '%s'",
	                            dashes, name, least, most, s2t_quote_text(args->value).text);
	return false;
}

bool s2t_args_spec(struct s2t_args *args, enum s2t_spec *spec)
{
	if (strcmp(args->value, "low") == 0 || strcmp(args->value, "high") == 0) {
		*spec = args->value[0] == 'l' ? S2T_SPEC_LOW : S2T_SPEC_HIGH;
		return true;
	}
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE, "--%s is low or high, not '%s'",
	                            args->usage->option[args->current].name, s2t_quote_text(args->value).text);
	return false;
}

bool s2t_args_any_spec(struct s2t_args *args, enum s2t_spec *spec)
{
	if (strcmp(args->value, "top") != 0 && strcmp(args->value, "bottom") != 0)
		return s2t_args_spec(args, spec);
	*spec = args->value[0] == 't' ? S2T_SPEC_TOP : S2T_SPEC_BOTTOM;
	return true;
}

bool s2t_args_layers(struct s2t_args *args, uint32_t *layers)
{
	static const char *const names[] = { "memory", "hypercall", "all" };

	for (uint32_t i = 0; i < 3; i++)
		if (strcmp(args->value, names[i]) == 0) {
			*layers = i + 1;
			return true;
		}
	args->status = s2t_complain(args->usage, S2T_EXIT_USAGE, "--%s is memory, hypercall or all, not '%s'",
	                            args->usage->option[args->current].name, s2t_quote_text(args->value).text);
	return false;
}

bool s2t_args_known(struct s2t_args *args, uint32_t *known)
{
	if (s2t_known_parse(args->value, known))
		return true;
	args->status =
		s2t_complain(args->usage, S2T_EXIT_USAGE,
	                     "--%s is all, none, or some of A1, A2, A3 and A5 with commas between, not '%s'",
	                     args->usage->option[args->current].name, s2t_quote_text(args->value).text);
	return false;
}

bool s2t_args_invariants(struct s2t_args *args, uint32_t *set)
{
	const char *bad;
	size_t len;

	if (s2t_invariants_parse(args->value, set, &bad, &len))
		return true;
	args->status = s2t_complain(
		args->usage, S2T_EXIT_USAGE,
		"--%s is all, none, or numbers or names of invariants with commas between, such as "
		"I6,A5 or -I10, not '%s'",
		args->usage->option[args->current].name, s2t_quote_text(args->value).text);
	return false;
}
