#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# cases.sh S2TWIN: what reaches each case of the specifications, low and high, as an HTML table: steps of the seeds, of the
# kept inputs and of random runs, rows of the tests, and the shortest trace as an example. A case that one form does not
# have says why; one that nothing reaches is marked, and fails tests/test_fuzz.sh.
set -euo pipefail
s2twin=$(readlink -f -- "$1")
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# "FORM CASE SOURCE 1 NAME" for each step of a trace: steps_of SOURCE FILE NAME.
steps_of() {
	local form
	for form in low high; do
		"$s2twin" eval --spec "$form" "$2" | sed -n "s|.*\"case\":\"\([A-Z0-9-]*\)\".*|$form \1 $1 1 $3|p"
	done
}

# The same for everything, in the order in which the examples are chosen: traces from short to long.
reached() {
	local trace input form
	find corpus -name '*.trace' -printf '%s %p\n' | sort -n -k1,1 -k2,2 | while read -r _ trace; do
		steps_of seeds "$trace" "$trace"
	done
	for input in corpus/inputs/*; do
		"$s2twin" convert "$input" -o "$work/trace"
		steps_of inputs "$work/trace" "$input"
	done
	for form in low high; do
		"$s2twin" run --ops 300k --seed 1 --spec "$form" --out "$work" --json 2>/dev/null | sed -n "s/^ *\"\([A-Z]\{3\}-[0-9]*\)\": \([0-9]*\).*/$form \1 random \2 -/p"
		# Rows of the tests say `low CASE`, `high CASE` or `both CASE`.
		sed -n "s/^\($form\|both\) \([A-Z]\{3\}-[0-9]*\).*/$form \2 tests 1 -/p" tests/cases/*.case
	done
}

# "CASE|OUTCOME|low only, high only or nothing|CONDITION" for each case.
all_cases() {
	"$s2twin" spec |
		sed -n 's/^  \([A-Z]\{3\}-[0-9]*\)  *\([a-z]*\)  *\(low only\|high only\|\) *\(.*\)$/\1|\2|\3|\4/p'
}

reached >"$work/reached"
echo '<!doctype html><meta charset="utf-8"><title>Cases</title>'
echo '<style>body{font:14px sans-serif}td,th{padding:2px 10px;border-top:1px solid #ccc;text-align:left}.missing{background:#fdd}</style>'
echo '<h1>Cases of the specifications, and what reaches them</h1>'
echo '<p>Steps of the seeds, of the kept inputs and of 300 000 random ones; rows of the tests.</p>'
echo '<table><tr><th colspan=2>case<th colspan=4>low form: seeds, inputs, random, tests<th colspan=4>high form<th>shortest trace<th>condition</tr>'
awk -F'|' -v reached="$work/reached" '
	BEGIN {
		while ((getline line < reached) > 0) {
			split(line, word, " ")
			count[word[1], word[2], word[3]] += word[4]
			if (word[5] != "-" && !(word[2] in example)) example[word[2]] = word[5]
		}
		split("seeds inputs random tests", source, " ")
	}
	function cells(form, other,   i, text, sum) {
		if ($3 == other " only") return "<td colspan=4>only the " other " form has this path"
		for (i = 1; i <= 4; i++) {
			text = text "<td>" count[form, $1, source[i]] + 0
			sum += count[form, $1, source[i]]
		}
		if (!sum) missing = " class=missing"
		return text
	}
	{
		missing = ""
		row = cells("low", "high") cells("high", "low")
		gsub(/&/, "\\&amp;", $4); gsub(/</, "\\&lt;", $4)
		printf "<tr%s><td>%s<td>%s%s<td>%s<td>%s</tr>\n", missing, $1, $2, row, example[$1], $4
		total++
		unreached += missing != ""
	}
	END { printf "</table><p>%d cases, %d of them not reached in a form that has them.</p>\n", total, unreached }' <(all_cases)
