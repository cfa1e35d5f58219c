/* SPDX-License-Identifier: BSD-2-Clause */
/* The plug-in that speaks for another process. */
#include "pipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isolate.h"
#include "optable.h"
#include "pipe_answers.h"
#include "pipe_child.h"
#include "trace.h"

static const char prefix[] = "pipe:";

/* The functions, and what they need to know of the process before there is one. */
struct pipe {
	struct s2t_iut_ops ops; /* first: `self` of create is all of it */
	char *command;
	char *name, *version;
	double limit; /* seconds that an answer may take */
};

struct s2t_iut {
	struct s2t_pipe_child child;
	struct s2t_pipe_answers answers;
	/* What it wrote in the last operation. */
	struct s2t_entry *entry;
	size_t entries, room;
};

bool s2t_pipe_is(const char *value)
{
	return strncmp(value, prefix, sizeof(prefix) - 1) == 0;
}

/* A line that makes no sense where it was said. Its text is quoted as far as it is printable. */
static void refuse(struct s2t_iut *iut, const char *line, const char *expected)
{
	char quote[41];
	size_t len = 0;

	for (; line[len] && len < sizeof(quote) - 1; len++)
		quote[len] = line[len] >= ' ' && line[len] <= '~' ? line[len] : '?';
	quote[len] = '\0';
	s2t_pipe_fail(&iut->child, "the process answered '%s', not %s", quote, expected);
}

static void say(struct s2t_iut *iut, const char *line)
{
	s2t_pipe_say(&iut->child, line, strlen(line));
}

/*
 * Starting.
 */

/* The lines that tell a board: those of a trace, and none left out. */
static bool say_board(struct s2t_iut *iut, const struct s2t_board *board)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return false;
	for (uint32_t i = 0; i < board->region_count; i++) {
		const struct s2t_region *region = &board->region[i];

		fprintf(out, "config region=0x%" PRIx64 ":0x%" PRIx64 ":", region->base, region->size);
		fprintf(out, region->index == S2T_NOMAP ? "none\n" : "0x%" PRIx64 "\n", region->index);
	}
	for (int key = 0; key < S2T_KEY_HOST_GFN; key++)
		fprintf(out, "config %s=0x%" PRIx64 "\n", s2t_key_table[key].name,
		        s2t_board_number(board, (enum s2t_key)key));
	fprintf(out, "config host_gfn=%s\n", board->host_gfn_zero ? "zero" : "offset");
	for (size_t i = 0; i < board->start_page_count; i++) {
		const struct s2t_start_page *page = &board->start_page[i];

		fprintf(out, "page pfn=0x%" PRIx64 " owner=%" PRIu32 " count=%" PRIu32 " gfn=0x%" PRIx64 "\n",
		        page->pfn, page->page.owner, page->page.count, page->page.gfn);
	}
	fputs("start\n", out);
	const bool good = !ferror(out);

	if (fclose(out) == 0 && good)
		s2t_pipe_say(&iut->child, text, len);
	free(text);
	return good;
}

static void expect_ok(struct s2t_iut *iut)
{
	const char *line = s2t_pipe_hear(&iut->child);

	if (line && strcmp(line, "ok") != 0)
		refuse(iut, line, "'ok'");
}

static void destroy(struct s2t_iut *iut)
{
	s2t_pipe_end(&iut->child);
	free(iut->answers.answer);
	free(iut->entry);
	free(iut);
}

/* A process that has said hello; its words in *hello, good until it is next heard. NULL: `error` says why. */
static struct s2t_iut *greet(const struct pipe *pipe, char **hello, char *error, size_t error_size)
{
	static const char expected[] = "'hello 1 NAME VERSION'";
	struct s2t_iut *iut = calloc(1, sizeof(*iut));

	if (!iut) {
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	if (s2t_pipe_start(&iut->child, pipe->command, pipe->limit)) {
		say(iut, "hello 1\n");
		*hello = s2t_pipe_hear(&iut->child);
		if (*hello && strncmp(*hello, "hello 1 ", 8) != 0)
			refuse(iut, *hello, expected);
		if (iut->child.outcome == S2T_OK)
			return iut;
	}
	snprintf(error, error_size, "%s", iut->child.reason);
	destroy(iut);
	return NULL;
}

static struct s2t_iut *create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t error_size)
{
	const struct pipe *pipe = (const struct pipe *)self;
	char *hello;
	struct s2t_iut *iut = greet(pipe, &hello, error, error_size);

	if (!iut)
		return NULL;
	if (!say_board(iut, board))
		s2t_pipe_fail(&iut->child, "out of memory");
	const char *line = s2t_pipe_hear(&iut->child);

	if (line && strncmp(line, "refused ", 8) == 0)
		s2t_pipe_fail(&iut->child, "%s", line + 8);
	else if (line && strcmp(line, "ok") != 0)
		refuse(iut, line, "'ok' or 'refused WHY'");
	if (iut->child.outcome == S2T_OK)
		return iut;
	snprintf(error, error_size, "%s", iut->child.reason);
	destroy(iut);
	return NULL;
}

/*
 * Operations.
 */

static void forget(struct s2t_iut *iut)
{
	iut->answers.count = 0;
	iut->entries = 0;
}

static void reset(struct s2t_iut *iut)
{
	forget(iut);
	say(iut, "reset\n");
	expect_ok(iut);
}

static void release_locks(struct s2t_iut *iut)
{
	forget(iut);
	say(iut, "release\n");
	expect_ok(iut);
}

/* What an answer that comes with an operation says to have been written. */
static bool note_entry(struct s2t_iut *iut, const struct s2t_pipe_answer *answer)
{
	static const int kinds[S2T_PIPE_SUBJECT_COUNT] = {
		[S2T_PIPE_PAGE] = S2T_ENTRY_S2PAGE,
		[S2T_PIPE_NPT] = S2T_ENTRY_NPT,
		[S2T_PIPE_SPT] = S2T_ENTRY_SPT,
		[S2T_PIPE_TOKEN] = S2T_ENTRY_FLATMEM,
		[S2T_PIPE_LOCK] = -1,
		[S2T_PIPE_DATA_LOG] = S2T_ENTRY_DATA_LOG,
		[S2T_PIPE_NPT_USED] = S2T_ENTRY_NPT_NEXT,
		[S2T_PIPE_SPT_USED] = S2T_ENTRY_SPT_NEXT,
	};
	const struct s2t_pipe_subject_info *info = &s2t_pipe_subjects[answer->subject];

	if (kinds[answer->subject] < 0)
		return true;
	if (iut->entries == iut->room) {
		const size_t room = iut->room ? 2 * iut->room : 64;
		struct s2t_entry *grown = realloc(iut->entry, room * sizeof(*grown));

		if (!grown)
			return false;
		iut->entry = grown;
		iut->room = room;
	}
	struct s2t_entry entry = { .kind = (uint32_t)kinds[answer->subject] };

	switch ((enum s2t_entry_kind)entry.kind) {
	case S2T_ENTRY_DATA_LOG: entry.a = (uint32_t)answer->key[0]; break;
	case S2T_ENTRY_NPT_NEXT:
	case S2T_ENTRY_SPT_NEXT:
		entry.a = info->keys == 2 ? (uint32_t)answer->key[0] : 0;
		entry.level = (uint32_t)answer->key[info->keys - 1];
		break;
	default:
		entry.a = info->keys == 2 ? (uint32_t)answer->key[0] : 0;
		entry.b = answer->key[info->keys - 1];
	}
	iut->entry[iut->entries++] = entry;
	return true;
}

/* "ok [VALUE]", "panic WHY" or "undefined WHY". */
static bool parse_result(char *line, struct s2t_result *result)
{
	static const char *const words[] = {
		[S2T_OK] = "ok", [S2T_PANIC] = "panic", [S2T_UNDEFINED] = "undefined"
	};
	const size_t len = strcspn(line, " ");
	char *rest = line + len + (line[len] == ' ');

	for (int outcome = S2T_OK; outcome <= S2T_UNDEFINED; outcome++) {
		if (strlen(words[outcome]) != len || memcmp(words[outcome], line, len) != 0)
			continue;
		*result = (struct s2t_result){ (enum s2t_outcome)outcome, 0, outcome == S2T_OK ? "" : rest };
		if (outcome == S2T_OK && *rest) {
			char *end;

			result->ret = strtoull(rest, &end, 0);
			return *end == '\0';
		}
		return true;
	}
	return false;
}

static void call(struct s2t_iut *iut, const struct s2t_call *operation, struct s2t_result *result)
{
	struct s2t_pipe_answer answer;
	char text[256];
	char *line;
	const int len = s2t_call_print(text, sizeof(text) - 1, operation);

	forget(iut);
	text[len] = '\n';
	s2t_pipe_say(&iut->child, text, (size_t)len + 1);
	while ((line = s2t_pipe_hear(&iut->child)) != NULL && line[0] == '=') {
		if (!s2t_pipe_parse_answer(line, &answer))
			refuse(iut, line, "what it wrote");
		else if (!s2t_pipe_keep_answer(&iut->answers, &answer) || !note_entry(iut, &answer))
			s2t_pipe_fail(&iut->child, "out of memory");
	}
	if (line && !parse_result(line, result))
		refuse(iut, line, "'ok', 'panic' or 'undefined'");
	if (iut->child.outcome != S2T_OK)
		*result = (struct s2t_result){ iut->child.outcome, 0, iut->child.reason };
}

/*
 * Reads.
 */

/* The answer to a question; all zeros once the process is not well. */
static struct s2t_pipe_answer ask(const struct s2t_iut *of, enum s2t_pipe_subject subject, uint64_t key0,
                                  uint64_t key1)
{
	/* A read changes nothing that counts; what is remembered of it is behind the pointer. */
	struct s2t_iut *iut = (struct s2t_iut *)(uintptr_t)of;
	const struct s2t_pipe_answer *known = s2t_pipe_find_answer(&iut->answers, subject, key0, key1);
	const struct s2t_pipe_subject_info *info = &s2t_pipe_subjects[subject];
	struct s2t_pipe_answer answer = { .subject = (uint32_t)subject };
	char question[96];
	const char *line;

	if (known)
		return *known;
	snprintf(question, sizeof(question),
	         info->keys == 2 ? "? %s %" PRIu64 " 0x%" PRIx64 "\n" : "? %s 0x%" PRIx64 "\n", info->name,
	         key0, key1);
	say(iut, question);
	line = s2t_pipe_hear(&iut->child);
	if (line && (!s2t_pipe_parse_answer(line, &answer) || answer.subject != (uint32_t)subject ||
	             answer.key[0] != key0 || answer.key[1] != key1))
		refuse(iut, line, "the answer to a question");
	if (iut->child.outcome == S2T_OK && !s2t_pipe_keep_answer(&iut->answers, &answer))
		s2t_pipe_fail(&iut->child, "out of memory");
	return iut->child.outcome == S2T_OK ? answer : (struct s2t_pipe_answer){ .subject = (uint32_t)subject };
}

static struct s2t_page page(const struct s2t_iut *iut, s2t_pfn pfn)
{
	const struct s2t_pipe_answer answer = ask(iut, S2T_PIPE_PAGE, pfn, 0);

	return (struct s2t_page){ (uint32_t)answer.value[0], (uint32_t)answer.value[1], answer.value[2] };
}

static struct s2t_npt_entry npt(const struct s2t_iut *iut, s2t_vmid vmid, s2t_gfn gfn)
{
	const struct s2t_pipe_answer answer = ask(iut, S2T_PIPE_NPT, vmid, gfn);

	return (struct s2t_npt_entry){ answer.value[0], (uint32_t)answer.value[1], answer.value[2] };
}

static struct s2t_spt_entry spt(const struct s2t_iut *iut, unsigned context, s2t_gfn gfn)
{
	const struct s2t_pipe_answer answer = ask(iut, S2T_PIPE_SPT, context, gfn);

	return (struct s2t_spt_entry){ answer.value[0], answer.value[1] };
}

static bool token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *word)
{
	const struct s2t_pipe_answer answer = ask(iut, S2T_PIPE_TOKEN, pfn, 0);

	*word = answer.value[0];
	return !answer.none;
}

static bool lock_held(const struct s2t_iut *iut, uint32_t lock)
{
	return ask(iut, S2T_PIPE_LOCK, lock, 0).value[0];
}

static uint64_t data_log(const struct s2t_iut *iut, s2t_vmid vmid)
{
	return ask(iut, S2T_PIPE_DATA_LOG, vmid, 0).value[0];
}

static uint64_t npt_used(const struct s2t_iut *iut, s2t_vmid vmid, unsigned level)
{
	return ask(iut, S2T_PIPE_NPT_USED, vmid, level).value[0];
}

static uint64_t spt_used(const struct s2t_iut *iut, unsigned level)
{
	return ask(iut, S2T_PIPE_SPT_USED, level, 0).value[0];
}

static const struct s2t_entry *touched(const struct s2t_iut *iut, size_t *count)
{
	*count = iut->entries;
	return iut->entry;
}

static enum s2t_outcome health(const struct s2t_iut *iut, const char **reason)
{
	*reason = iut->child.reason;
	return iut->child.outcome;
}

/*
 * What it says it can do.
 */

static bool add_feature(struct s2t_iut_ops *ops, const char *feature)
{
	if (strcmp(feature, "locks") == 0)
		ops->lock_held = lock_held;
	else if (strcmp(feature, "data_log") == 0)
		ops->data_log = data_log;
	else if (strcmp(feature, "npt_used") == 0)
		ops->npt_used = npt_used;
	else if (strcmp(feature, "spt_used") == 0)
		ops->spt_used = spt_used;
	else if (strcmp(feature, "touched") == 0)
		ops->touched = touched;
	else if (strcmp(feature, "release") == 0)
		ops->release_locks = release_locks;
	else
		return false;
	return true;
}

/* "hello 1 NAME VERSION FEATURE…" */
static bool read_hello(struct pipe *pipe, char *hello, struct s2t_error *error)
{
	char *rest = NULL;
	const char *name, *version, *feature;

	strtok_r(hello + sizeof("hello"), " ", &rest);
	name = strtok_r(NULL, " ", &rest);
	version = strtok_r(NULL, " ", &rest);
	if (!name || !version) {
		snprintf(error->text, sizeof(error->text),
		         "the process of 'pipe:%.200s' said hello without a name and a version", pipe->command);
		return false;
	}
	pipe->name = strdup(name);
	pipe->version = strdup(version);
	while ((feature = strtok_r(NULL, " ", &rest)) != NULL)
		if (!add_feature(&pipe->ops, feature)) {
			snprintf(error->text, sizeof(error->text),
			         "the process of 'pipe:%.200s' has a feature that this version does not know: "
			         "'%.40s'",
			         pipe->command, feature);
			return false;
		}
	pipe->ops.name = pipe->name;
	pipe->ops.version = pipe->version;
	error->resource = !pipe->name || !pipe->version;
	if (error->resource)
		snprintf(error->text, sizeof(error->text), "out of memory");
	return !error->resource;
}

const struct s2t_iut_ops *s2t_pipe_open(const char *value, struct s2t_error *error)
{
	struct pipe *pipe = calloc(1, sizeof(*pipe));
	char *hello, why[256];

	error->resource = false;
	if (pipe)
		pipe->command = strdup(value + sizeof(prefix) - 1);
	if (!pipe || !pipe->command) {
		snprintf(error->text, sizeof(error->text), "out of memory");
		error->resource = true;
		free(pipe);
		return NULL;
	}
	pipe->ops = (struct s2t_iut_ops){ .abi = S2T_IUT_ABI,
		                          .size = sizeof(pipe->ops),
		                          .create = create,
		                          .destroy = destroy,
		                          .reset = reset,
		                          .call = call,
		                          .token = token,
		                          .page = page,
		                          .npt = npt,
		                          .spt = spt,
		                          .health = health };
	pipe->limit = S2T_HANG_LIMIT;
	struct s2t_iut *iut = greet(pipe, &hello, why, sizeof(why));

	if (!iut)
		snprintf(error->text, sizeof(error->text), "'pipe:%.200s' cannot be used: %s", pipe->command,
		         why);
	if (iut && read_hello(pipe, hello, error)) {
		destroy(iut);
		return &pipe->ops;
	}
	if (iut)
		destroy(iut);
	s2t_pipe_close(&pipe->ops);
	return NULL;
}

void s2t_pipe_set_limit(const struct s2t_iut_ops *ops, double seconds)
{
	((struct pipe *)(uintptr_t)ops)->limit = seconds;
}

void s2t_pipe_close(const struct s2t_iut_ops *ops)
{
	struct pipe *pipe = (struct pipe *)(uintptr_t)ops;

	free(pipe->command);
	free(pipe->name);
	free(pipe->version);
	free(pipe);
}
