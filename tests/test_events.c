/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof that the comparison of lock events can fail: an implementation that is right, but tells other events
 * than the built-in one inside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boards.h"
#include "lockstep.h"
#include "trace.h"

enum { ROOM = 32 };

struct s2t_iut {
	struct s2t_iut *inner;
	struct s2t_lock_event event[ROOM];
	size_t count;
};

static const char *told; /* instead of the events of the call that follows; NULL: those of the built-in one */

/* Events as text: s S2PAGE, n NPT0, t SPT, f FLATMEM, i INFO of VM 0, x a lock that does not exist; w
 * WAIT, p OPULL, o the snapshot of that log, r REL, S OS2_PAGE. Such as "sw sp so sr". */
static size_t parse(const char *text, struct s2t_lock_event *event)
{
	size_t count = 0;

	for (; *text; text += *text == ' ') {
		static const char logs[] = "fstnix";
		static const uint32_t locks[] = { 0, 2, 3, 5, 5 + 17, 5 + 2 * 17 };
		static const uint32_t snapshots[] = { S2T_EVENT_FLATMEM, S2T_EVENT_S2_PAGE, S2T_EVENT_SPT,
			                              S2T_EVENT_NPT,     S2T_EVENT_NPT,     S2T_EVENT_NPT };
		const size_t log = (size_t)(strchr(logs, text[0]) - logs);

		assert_true(count < ROOM);
		event[count].lock = locks[log];
		event[count++].kind = text[1] == 'w'   ? S2T_EVENT_WAIT
		                      : text[1] == 'p' ? S2T_EVENT_PULL
		                      : text[1] == 'r' ? S2T_EVENT_REL
		                      : text[1] == 'S' ? S2T_EVENT_S2_PAGE
		                                       : snapshots[log];
		text += 2;
	}
	return count;
}

static struct s2t_iut *create(const struct s2t_iut_ops *self, const struct s2t_board *board, char *error,
                              size_t size)
{
	struct s2t_iut *iut = calloc(1, sizeof(*iut));

	assert_non_null(iut);
	(void)self;
	iut->inner = s2t_builtin()->create(s2t_builtin(), board, error, size);
	return iut;
}

static void destroy(struct s2t_iut *iut)
{
	s2t_builtin()->destroy(iut->inner);
	free(iut);
}

static void reset(struct s2t_iut *iut)
{
	s2t_builtin()->reset(iut->inner);
}

static void call(struct s2t_iut *iut, const struct s2t_call *operation, struct s2t_result *result)
{
	const struct s2t_lock_event *event;

	s2t_builtin()->call(iut->inner, operation, result);
	event = s2t_builtin()->events->last(iut->inner, &iut->count);
	assert_true(iut->count <= ROOM);
	if (iut->count)
		memcpy(iut->event, event, iut->count * sizeof(*event));
	if (told)
		iut->count = parse(told, iut->event);
}

static bool token(const struct s2t_iut *iut, s2t_pfn pfn, s2t_token *value)
{
	return s2t_builtin()->token(iut->inner, pfn, value);
}

static struct s2t_el2_layout layout(const struct s2t_iut *iut)
{
	return s2t_builtin()->image->layout(iut->inner);
}

static const uint64_t *page(const struct s2t_iut *iut, enum s2t_window window, uint64_t addr)
{
	return s2t_builtin()->image->page(iut->inner, window, addr);
}

static const struct s2t_write *writes(const struct s2t_iut *iut, size_t *count)
{
	return s2t_builtin()->image->writes(iut->inner, count);
}

static void record(struct s2t_iut *iut, bool on)
{
	s2t_builtin()->events->record(iut->inner, on);
}

static const struct s2t_lock_event *last(const struct s2t_iut *iut, size_t *count)
{
	*count = iut->count;
	return iut->event;
}

static const struct s2t_image_ops image = { layout, page, writes };
static const struct s2t_event_ops events = { record, last };
static const struct s2t_iut_ops telling = {
	.abi = S2T_IUT_ABI,
	.size = sizeof(struct s2t_iut_ops),
	.name = "telling",
	.version = "1",
	.create = create,
	.destroy = destroy,
	.reset = reset,
	.call = call,
	.token = token,
	.image = &image,
	.events = &events,
};

/* Runs operations written as in a trace; the last one tells `events_of_last`. */
static enum s2t_verdict run(struct s2t_lockstep *ls, const char *operations, const char *events_of_last)
{
	enum s2t_verdict verdict = S2T_AGREED;
	struct s2t_trace trace;
	struct s2t_error error;
	char text[512];

	snprintf(text, sizeof(text), "s2twin-trace 1\n%s\n", operations);
	if (!s2t_trace_parse(&trace, S2T_TRACE, "test", text, strlen(text), &error))
		fail_msg("%s", error.text);
	for (size_t i = 0; i < trace.count; i++) {
		assert_int_equal(verdict, S2T_AGREED);
		told = i + 1 == trace.count ? events_of_last : NULL;
		verdict = s2t_lockstep_step(ls, &trace.call[i]);
	}
	told = NULL;
	s2t_trace_free(&trace);
	return verdict;
}

static struct s2t_lockstep *new_lockstep(const struct s2t_lockstep_options *options)
{
	struct s2t_board board;
	struct s2t_error error;

	s2t_board_default(&board);
	struct s2t_lockstep *ls = s2t_lockstep_create(&board, &telling, options, &error);

	if (!ls)
		fail_msg("%s", error.text);
	return ls;
}

static const char clear[] = "clear_vm_page vmid=0 pfn=0x40005";            /* S2PAGE, NPT0, FLATMEM */
static const char grant[] = "grant_vm_page vmid=1 pfn=0x40005";            /* S2PAGE */
static const char refuse[] = "assign_pfn_to_vm vmid=1 gfn=7 pfn=0x99999";  /* panics with S2PAGE held */
static const char unmap[] = "unmap_smmu_page cbndx=0 index=0 iova=0x7000"; /* S2PAGE, SPT */

static const struct row {
	const char *operation, *events;
	uint32_t lock;
	const char *text; /* a part of the reported sentence; NULL: both sides agree */
} rows[] = {
	{ clear, NULL, 0, NULL },
	{ clear, "sw sp nw np no nr fo so sr", 0, NULL },
	/* The events of two logs may stand in another order. */
	{ clear, "sw sp fo nw np no nr so sr", 0, NULL },
	{ clear, "sw sp fo so sr nw np no nr", 0, NULL },
	{ clear, "nw np no nr sw sp fo so sr", 0, NULL },
	/* Other events than the model's. */
	{ clear, "sw sp nw np no nr so sr", 0, "event 1 * model OFLATMEM, implementation nothing" },
	{ clear, "sw sp nw np no nr fo fo so sr", 0, "event 2 * model nothing, implementation OFLATMEM" },
	{ clear, "sw sp fo so sr", 5, "event 1 * model WAIT, implementation nothing" },
	{ grant, "sw sp sr", 2, "event 3 * model OS2_PAGE, implementation REL" },
	{ grant, "sw sp so so sr", 2, "event 4 * model REL, implementation OS2_PAGE" },
	{ grant, "sw so sp sr", 2, "event 2 * model OPULL, implementation OS2_PAGE" },
	{ grant, "", 2, "event 1 * model WAIT, implementation nothing" },
	{ unmap, "sw sp tw tp tS tr so sr", 3, "event 3 * model OSPT, implementation OS2_PAGE" },
	{ grant, "sw sp nw np no nr so sr", 5, "event 1 * model nothing, implementation WAIT" },
	{ refuse, "sw sp", 0, NULL },
	{ refuse, "sw sp so sr", 2, "event 3 * model nothing, implementation OS2_PAGE" },
	{ refuse, "sw", 2, "event 2 * model OPULL, implementation nothing" },
	/* Against the discipline. */
	{ clear, "nw np sw sp fo so sr no nr", 2,
	  "implementation takes a lock against the order * WAIT on log S2PAGE" },
	{ unmap, "tw tp sw sp so sr to tr", 2, "implementation takes a lock against the order" },
	{ unmap, "sw sp nw tw tp to tr nr so sr", 3, "implementation takes a lock against the order" },
	{ grant, "sw sp iw ir so sr", 22, "implementation takes a lock against the order" },
	{ grant, "iw ip sw sp so sr ir", 22, "event 1 * model nothing, implementation WAIT" },
	{ grant, "xw", 39, "implementation takes a lock that does not exist" },
	{ grant, "sw sw sp so sr", 2, "implementation waits for a lock that it holds" },
	{ grant, "sp so", 2, "implementation uses an object without its lock * OPULL on log S2PAGE" },
	{ grant, "sw sp so sr sr", 2, "implementation releases a lock that it does not hold" },
	{ grant, "sw sp so", 2, "implementation does not release it" },
	{ grant, "sw sp sp sp sp sp sp sp sp sp so sr", 2, "event 3 * model OS2_PAGE, implementation OPULL" },
	{ grant, "sw sp sp sp sp sp sp sp sp sp sp so sr", 2, "more than 10 shared events in one section" },
	{ clear, "fo sw sp nw np no nr so sr", 0, "implementation changes page contents without lock S2PAGE" },
	{ clear, "sw sp nw np no nr so sr fo", 0, "implementation changes page contents without lock S2PAGE" },
	{ clear, "sw fw sp nw np no nr so sr", 0,
	  "implementation takes a lock that page contents do not have" },
};

/* `part` occurs in `text`; " * " stands for anything. */
static bool says(const char *text, const char *part)
{
	char piece[128];
	const char *star;

	while ((star = strstr(part, " * ")) != NULL) {
		snprintf(piece, sizeof(piece), "%.*s", (int)(star - part), part);
		text = strstr(text, piece);
		if (!text)
			return false;
		text += strlen(piece);
		part = star + 3;
	}
	return strstr(text, part) != NULL;
}

static void test_events_are_compared(void **state)
{
	const struct s2t_lockstep_options options = { .logs = true };
	struct s2t_lockstep *ls = new_lockstep(&options);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const enum s2t_verdict verdict = run(ls, row->operation, row->events);

		if ((verdict == S2T_DIVERGED) != (row->text != NULL))
			fail_msg("row %zu (%s): verdict %d, %s", i, row->events, (int)verdict,
			         ls->diffs->total ? ls->diffs->diff[0].text : "no difference");
		assert_int_equal(ls->diffs->total, row->text ? 1 : 0);
		if (row->text) {
			assert_int_equal(ls->diffs->diff[0].kind, S2T_DIFF_LOCK);
			assert_int_equal(ls->diffs->diff[0].entry.a, row->lock);
			if (!says(ls->diffs->diff[0].text, row->text))
				fail_msg("row %zu (%s): \"%s\"", i, row->events, ls->diffs->diff[0].text);
		}
		s2t_lockstep_reset(ls);
	}
	assert_true(ls->stats.events > 100);
	s2t_lockstep_destroy(ls);
}

/* Nobody looks unless asked to. */
static void test_off_by_default(void **state)
{
	const struct s2t_lockstep_options options = { .logs = false };
	struct s2t_lockstep *ls = new_lockstep(&options);

	(void)state;
	assert_int_equal(run(ls, clear, "xw"), S2T_AGREED);
	assert_int_equal(ls->stats.events, 0);
	s2t_lockstep_destroy(ls);
}

/* After a panic there are no events, and none are tolerated. */
static void test_after_panic(void **state)
{
	const struct s2t_lockstep_options options = { .logs = true, .after_panic = true };
	struct s2t_lockstep *ls = new_lockstep(&options);
	char both[256];

	(void)state;
	snprintf(both, sizeof(both), "%s\n%s", refuse, grant);
	assert_int_equal(run(ls, both, NULL), S2T_AGREED);
	s2t_lockstep_reset(ls);
	assert_int_equal(run(ls, both, "sw sp so sr"), S2T_DIVERGED);
	s2t_lockstep_destroy(ls);
}

/* A1: the high form does not look at the host's table where it is empty either, which only the log tells. */
static void test_high_form(void **state)
{
	static const struct {
		uint32_t known;
		const char *events;
		bool agrees;
	} cases[] = {
		{ S2T_KNOWN_ALL, "sw sp nw np no nr fo so sr", true },
		{ S2T_KNOWN_ALL, "sw sp fo so sr", true },
		{ S2T_KNOWN_ALL, "sw sp nw np nr fo so sr", false },
		{ S2T_KNOWN_ALL, "sw sp nw np no nr nw np no nr fo so sr", false },
		{ S2T_KNOWN_NONE, "sw sp nw np no nr fo so sr", false },
		{ S2T_KNOWN_NONE, "sw sp fo so sr", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct s2t_lockstep_options options = { .spec = S2T_SPEC_HIGH,
			                                      .known = cases[i].known,
			                                      .logs = true };
		struct s2t_lockstep *ls = new_lockstep(&options);

		assert_int_equal(run(ls, clear, cases[i].events) == S2T_AGREED, cases[i].agrees);
		assert_int_equal(ls->stats.events_known, i == 0);
		s2t_lockstep_destroy(ls);
	}
}

static void test_without_events(void **state)
{
	const struct s2t_lockstep_options options = { .logs = true };
	struct s2t_iut_ops silent = telling;
	struct s2t_board board;
	struct s2t_error error;

	(void)state;
	silent.events = NULL;
	s2t_board_default(&board);
	assert_null(s2t_lockstep_create(&board, &silent, &options, &error));
	assert_string_equal(error.text,
	                    "implementation 'telling' does not tell its lock events; leave out --logs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_compared), cmocka_unit_test(test_off_by_default),
		cmocka_unit_test(test_after_panic),         cmocka_unit_test(test_high_form),
		cmocka_unit_test(test_without_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
