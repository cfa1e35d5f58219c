/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of cases in a text file:
 *
 *   row CASE sentence
 *   given
 *   	LINE…
 *   when OPERATION
 *   both CASE OUTCOME [ret=N] [held=LOCK,…]
 *   	ENTRY…
 *   top CASE OUTCOME [ret=N] [held=LOCK,…] [writes=low]
 *   	ENTRY…
 *
 * In disagreements.case the first CASE is the name of the disagreement. `given` holds the lines of a trace that
 * lead to the step `when`; it may be missing. `both` says what the step must do in both forms and in the
 * implementation; where the forms differ stand `low`, which is for the implementation too, and `high`. LOCK is CORE,
 * S2PAGE, SPT, SMMU, or NPT or INFO with a vmid (of a board with corevisor 16): every lock that is held after the
 * step. The entries (entries.h) are all that change, with their values after the step. `top` is for the form of the
 * security proofs, where it does not do as the low form does: LOCK is then false in hlock, and `writes=low` stands
 * for the entries of the low form. Lines of `given` and entries begin with a tab, comments with #.
 */
#ifndef S2T_TESTS_CASES_ROW_H
#define S2T_TESTS_CASES_ROW_H

#include "cases/entries.h"
#include "optable.h"
#include "trace.h"

enum { LOW, HIGH, TOP, FORMS };

struct expectation {
	int case_id; /* enum s2t_case, -1: this form is not expected yet */
	enum s2t_outcome outcome;
	bool has_ret, as_low;
	uint64_t ret;
	uint64_t held; /* bit n: lock n */
	struct entries writes;
};

struct row {
	const char *file;
	unsigned line;
	char name[16];
	char sentence[128];
	char given[2048]; /* lines of a trace */
	char when[256];
	bool shared; /* `both`: the two expectations are one */
	struct expectation want[FORMS];
};

struct table {
	char path[256];
	struct row *row;
	size_t count;
};

static inline void table_free(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		for (int form = 0; form < FORMS; form++)
			entries_free(&table->row[i].want[form].writes);
	free(table->row);
	*table = (struct table){ 0 };
}

static inline bool held_parse(char *list, uint64_t *held)
{
	char *rest = NULL;

	for (char *lock = strtok_r(list, ",", &rest); lock; lock = strtok_r(NULL, ",", &rest)) {
		uint64_t vmid = 0;

		if (strcmp(lock, "S2PAGE") == 0)
			*held |= UINT64_C(1) << S2T_LOCK_S2PAGE;
		else if (strcmp(lock, "SPT") == 0)
			*held |= UINT64_C(1) << S2T_LOCK_SPT;
		else if (strcmp(lock, "CORE") == 0)
			*held |= UINT64_C(1) << S2T_LOCK_CORE;
		else if (strcmp(lock, "SMMU") == 0)
			*held |= UINT64_C(1) << S2T_LOCK_SMMU;
		else if (strncmp(lock, "INFO", 4) == 0 && number_parse(lock + 4, &vmid) && vmid <= 16)
			*held |= UINT64_C(1) << (S2T_LOCK_NPT + 17 + vmid);
		else if (strncmp(lock, "NPT", 3) == 0 && number_parse(lock + 3, &vmid) && vmid < 32)
			*held |= UINT64_C(1) << (S2T_LOCK_NPT + vmid);
		else
			return false;
	}
	return true;
}

/* CASE OUTCOME [ret=N] [held=…] [writes=low] */
static inline bool expectation_parse(char *text, struct expectation *want)
{
	char *rest = NULL, *name = strtok_r(text, " \t", &rest), *outcome = strtok_r(NULL, " \t", &rest);

	if (!name || !outcome)
		return false;
	want->case_id = s2t_case_by_name(name);
	for (want->outcome = S2T_OK; want->outcome <= S2T_UNDEFINED; want->outcome++)
		if (strcmp(outcome, s2t_outcome_name(want->outcome)) == 0)
			break;
	for (char *word = strtok_r(NULL, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		if (strncmp(word, "ret=", 4) == 0)
			want->has_ret = number_parse(word + 4, &want->ret);
		else if (strcmp(word, "writes=low") == 0)
			want->as_low = true;
		else if (strncmp(word, "held=", 5) != 0 || !held_parse(word + 5, &want->held))
			return false;
	}
	return want->case_id >= 0 && want->outcome <= S2T_UNDEFINED;
}

static inline bool append(char *to, size_t size, const char *text, const char *end)
{
	size_t used = strlen(to);

	return (size_t)snprintf(to + used, size - used, "%s%s", text, end) < size - used;
}

static inline struct row *table_add(struct table *table, unsigned line, const char *head)
{
	struct row *rows = realloc(table->row, (table->count + 1) * sizeof(*rows)), *row;
	const char *space = strchr(head, ' ');

	if (!rows)
		return NULL;
	table->row = rows;
	row = &rows[table->count++];
	*row = (struct row){ .file = table->path, .line = line };
	row->want[LOW].case_id = row->want[HIGH].case_id = row->want[TOP].case_id = -1;
	if (!space || (size_t)(space - head) >= sizeof(row->name))
		return NULL;
	memcpy(row->name, head, (size_t)(space - head));
	return append(row->sentence, sizeof(row->sentence), space + 1, "") ? row : NULL;
}

/* What the indented lines mean at the moment. */
enum section { NOTHING, GIVEN, WANT_LOW, WANT_HIGH, WANT_TOP, WANT_BOTH };

static inline int form_of(enum section section)
{
	return section == WANT_HIGH ? HIGH : section == WANT_TOP ? TOP : LOW;
}

static inline bool table_line(struct table *table, unsigned number, char *line, enum section *section)
{
	static const struct {
		const char *word;
		enum section section;
	} forms[] = {
		{ "low ", WANT_LOW }, { "high ", WANT_HIGH }, { "top ", WANT_TOP }, { "both ", WANT_BOTH }
	};
	struct row *row = table->count ? &table->row[table->count - 1] : NULL;

	if (strncmp(line, "row ", 4) == 0) {
		*section = NOTHING;
		return table_add(table, number, line + 4) != NULL;
	}
	if (!row)
		return false;
	if (line[0] == '\t' && *section == GIVEN)
		return append(row->given, sizeof(row->given), line + 1, "\n");
	if (line[0] == '\t' && *section > GIVEN)
		return entry_parse(line + 1, &row->want[form_of(*section)].writes);
	if (strcmp(line, "given") == 0) {
		*section = GIVEN;
		return true;
	}
	if (strncmp(line, "when ", 5) == 0) {
		*section = NOTHING;
		return append(row->when, sizeof(row->when), line + 5, "\n");
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strncmp(line, forms[i].word, strlen(forms[i].word)) == 0) {
			*section = forms[i].section;
			row->shared |= *section == WANT_BOTH;
			return expectation_parse(line + strlen(forms[i].word), &row->want[form_of(*section)]);
		}
	return false;
}

/* Reads a table; on false a sentence was printed. */
static inline bool table_load(struct table *table, const char *path)
{
	enum section section = NOTHING;
	unsigned number = 0;
	char line[512];
	bool good;
	FILE *in = fopen(path, "r");

	*table = (struct table){ 0 };
	good = in && append(table->path, sizeof(table->path), path, "");
	while (good && fgets(line, sizeof(line), in)) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			good = table_line(table, number, line, &section);
	}
	if (!good)
		fprintf(stderr, "%s:%u: %s\n", path, number,
		        in ? "not a line of a case table" : "cannot be opened");
	if (in)
		fclose(in);
	for (size_t i = 0; i < table->count; i++) {
		struct row *row = &table->row[i];

		row->file = table->path;
		if (row->shared) {
			struct entries writes = { 0 };

			entries_add_all(&writes, &row->want[LOW].writes);
			row->want[HIGH] = row->want[LOW];
			row->want[HIGH].writes = writes;
		}
		if (row->want[TOP].as_low)
			entries_add_all(&row->want[TOP].writes, &row->want[LOW].writes);
		for (int form = 0; form < FORMS; form++)
			entries_sort(&row->want[form].writes);
		if (good && (!row->when[0] || row->want[LOW].case_id < 0 || row->want[HIGH].case_id < 0)) {
			fprintf(stderr, "%s:%u: the row lacks `when`, `low` or `high`\n", path, row->line);
			good = false;
		}
	}
	return good;
}

/* The row as a trace. False: `text` is too small. */
static inline bool row_text(const struct row *row, char *text, size_t size)
{
	text[0] = '\0';
	return append(text, size, "s2twin-trace 1\n", "") && append(text, size, row->given, row->when);
}

/* The table of an operation. */
static inline void table_of(enum s2t_op op, struct table *table)
{
	char path[sizeof(table->path)];

	snprintf(path, sizeof(path), S2T_SOURCE_DIR "/tests/cases/%s.case", s2t_op_table[op].name);
	assert_true(table_load(table, path));
	assert_true(table->count > 0);
}

/* A row as a trace, and where it stands. */
enum { ROW_NAME = 300 };
static inline void row_trace(const struct row *row, struct s2t_trace *trace, char name[ROW_NAME])
{
	struct s2t_error error;
	char text[4096];

	snprintf(name, ROW_NAME, "%s:%u", row->file, row->line);
	assert_true(row_text(row, text, sizeof(text)));
	if (!s2t_trace_parse(trace, S2T_TRACE, name, text, strlen(text), &error))
		fail_msg("%s", error.text);
}

/* Whether it takes long with logs: there are no leaps then over a range of so many bytes or pages. */
static inline bool takes_long(const struct s2t_call *call)
{
	const struct s2t_op_info *op = &s2t_op_table[call->op];
	uint64_t length = 0;

	for (unsigned i = 0; i < op->arg_count; i++)
		if (op->arg[i].kind == S2T_ARG_SIZE || op->arg[i].kind == S2T_ARG_PAGES)
			length = call->arg[i];
	if (call->op == S2T_OP_VCPU_EXIT)
		length = call->arg[6];    /* x3 */
	if (call->op == S2T_OP_HYPERCALL) /* x3 of CLEAR_VM_S2_RANGE, x4 of PHYS_ADDR_IOREMAP */
		length = call->arg[0] == 14 ? call->arg[3] : call->arg[0] == 23 ? call->arg[4] : 0;
	return length >= UINT64_C(1) << 24;
}

/* Says how many rows a test left out because of that, and in which forms. */
static inline void tell_left_out(unsigned rows, const char *forms)
{
	if (rows > 0)
		printf("%u rows left out, %s: with logs their ranges take too long\n", rows, forms);
}

#endif
