/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What users read: a divergence, and the summary of a campaign.
 */
#ifndef S2T_HARNESS_REPORT_H
#define S2T_HARNESS_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "explain.h"
#include "find.h"
#include "lockstep.h"
#include "trace.h"

/* The last divergence of `ls`. `steps` are the operations of the sequence up to and with the diverging one,
 * `origin` says where it comes from ("seed 0x1, sequence 12" or a file's name). */
void s2t_report_divergence(FILE *out, struct s2t_lockstep *ls, const struct s2t_call *steps,
                           const char *origin);
json_t *s2t_report_divergence_json(struct s2t_lockstep *ls, const struct s2t_call *steps, const char *origin);

/* The same of a find, at whose divergence `ls` stands (s2t_find_present), with its signature and how it was shrunk.
 * `options` are those that `s2twin replay` needs to find it, such as " --spec high". */
void s2t_report_find(FILE *out, struct s2t_lockstep *ls, const struct s2t_find *find, const char *options);
/* As a page. False: out of memory, or it cannot be written. */
bool s2t_report_find_html(FILE *out, struct s2t_lockstep *ls, const struct s2t_find *find, const char *options);
/* What the report tells of a find beside its divergence. It points into the find. */
struct s2t_explain_context s2t_report_context(const struct s2t_find *find, const char *options);

/* Table of operation × case, what was skipped, what was never reached, findings; known differences where the
 * options say that the model runs the high form. */
void s2t_report_summary(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options);
json_t *s2t_report_summary_json(const struct s2t_stats *stats, const struct s2t_lockstep_options *options);

/* The invariants that were broken on both sides (inv_findings.c): lines of the summary, one member of the object. */
void s2t_report_invariants(FILE *out, const struct s2t_stats *stats,
                           const struct s2t_lockstep_options *options);
void s2t_report_invariants_json(json_t *summary, const struct s2t_stats *stats,
                                const struct s2t_lockstep_options *options);
/* Where the first was, in words. */
void s2t_finding_where(enum s2t_invariant invariant, const struct s2t_invariant_finding *finding, char *buf,
                       size_t size);
/* How many of them. */
unsigned s2t_invariants_found(const struct s2t_stats *stats);

/* What the abstraction map let pass, and what could not be compared (map_summary.c): lines of the summary; members of
 * the object. Nothing if there is nothing to say. */
void s2t_report_map(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options);
void s2t_report_map_json(json_t *summary, const struct s2t_stats *stats,
                         const struct s2t_lockstep_options *options);

/* The invariants that are not judged on one side alone because of the map, and how often one side did break them
 * (inv_map.c): lines of the summary, nothing if the map hides none; an object. */
void s2t_report_unjudged(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options);
json_t *s2t_report_unjudged_json(const struct s2t_stats *stats, const struct s2t_lockstep_options *options);

/* Of both, what the known differences and the abstraction map let pass; nothing where there are none. */
void s2t_report_passed(FILE *out, const struct s2t_stats *stats, const struct s2t_lockstep_options *options);
void s2t_report_passed_json(json_t *summary, const struct s2t_stats *stats,
                            const struct s2t_lockstep_options *options);

/* Of a campaign at body level, a row for each lemma: the primitives that it allows, those that were called, the cases
 * reached, how often the body ran. The text is a Markdown table. */
void s2t_report_lemmas(FILE *out, const struct s2t_stats *stats);
json_t *s2t_report_lemmas_json(const struct s2t_stats *stats);

#endif
