#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# cases.sh S2TWIN DIR [ROOT]: what reaches each case of the specifications, in the low form, the high one and that of the
# security proofs: steps of the traces of the corpus, of the kept inputs and of random runs, and rows of the tests. Writes
# DIR/cases.html, and to DIR/examples the shortest trace to each case, of all traces and rows up to the step that takes it.
# ROOT is the source tree, if not this one.
#
# Status 1: nothing reaches a case in a form that has it. (tests/test_cases.c fails when a case has no row in such a form,
# tests/test_fuzz.sh when the inputs no longer reach them all.)
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: cases.sh S2TWIN DIR [ROOT]" >&2 && exit 2; }
s2twin=$(readlink -f -- "$1")
mkdir -p -- "$2"
out=$(readlink -f -- "$2")
cd -- "${3-$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/..}"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/inputs" "$work/rows"

# In what follows a line is "FORM CASE SOURCE COUNT STEP TRACE": so many steps of the source take the case, the one that is
# told of is that of the trace. 0 and -: a step of no trace.

# steps_of SOURCE TRACE FORM…
steps_of() {
	local source=$1 trace=$2 form
	shift 2
	for form; do
		"$s2twin" eval --spec "$form" "$trace" |
			sed -n "s|^{\"step\":\([0-9]*\),.*\"case\":\"\([A-Z]*-[0-9]*\)\".*|$form \2 $source 1 \1 $trace|p"
	done
}

# The rows of a table, and each as a trace: rows_of TABLE.
rows_of() {
	awk -v folder="$work/rows/$(basename -- "$1" .case)-" '
		/^row / { text = "s2twin-trace 1\n"; steps = 0; trace = folder NR ".trace"; given = 0 }
		/^given/ { given = 1 }
		/^\t/ && given {
			text = text substr($0, 2) "\n"
			steps += $1 != "config" && $1 != "page"
		}
		/^when / { given = 0; steps++; printf "%s%s\n", text, substr($0, 6) >trace; close(trace) }
		$1 ~ /^(low|both)$/ { given = 0; print "low", $2, "tests", 1, steps, trace }
		$1 ~ /^(high|both)$/ { print "high", $2, "tests", 1, steps, trace }
		/^top / { print "top", $2, "tests", 1, steps, trace }' "$1"
}

# Random runs: random_run FORM OPTION…
random_run() {
	local form=$1
	shift
	"$s2twin" run --seed 1 --spec "$form" --invariants none --out "$work" --json "$@" 2>/dev/null |
		sed -n "s/^ *\"\([A-Z]*-[0-9]*\)\": \([0-9]*\).*/$form \1 random \2 0 -/p"
}

reached() {
	local trace input table
	find corpus -name '*.trace' ! -path '*/universes/*' | LC_ALL=C sort | while read -r trace; do
		steps_of seeds "$trace" low high top
	done
	for input in corpus/inputs/*; do
		trace=$work/inputs/$(basename -- "$input").trace
		"$s2twin" convert "$input" -o "$trace"
		steps_of inputs "$trace" low high
	done
	for table in tests/cases/*.case; do rows_of "$table"; done
	random_run low --ops 300k
	random_run low --ops 100k --after-panic
	random_run low --ops 100k --layer hypercall
	random_run high --ops 300k
	random_run high --ops 100k --after-panic
}

# "CASE|OUTCOME|low only, high only, top only or nothing|CONDITION" for each case.
all_cases() {
	"$s2twin" spec |
		sed -n 's/^  \([A-Z]*-[0-9][0-9]*\)  *\([a-z]*\)  *\(low only\|high only\|top only\|\) *\(.*\)$/\1|\2|\3|\4/p'
}

reached >"$work/reached"
all_cases >"$work/cases"

# "CASE STEP TRACE": the example of each case, in the low form if it has it. Of two that are as short the first.
awk '
	$6 != "-" {
		form = $1 == "low" ? 1 : $1 == "high" ? 2 : 3
		if (!($2 in step) || form < best[$2] || (form == best[$2] && $5 < step[$2])) {
			best[$2] = form; step[$2] = $5; trace[$2] = $6
		}
	}
	END { for (name in step) print name, step[name], trace[name] }' "$work/reached" >"$work/examples"
rm -rf -- "$out/examples"
mkdir -- "$out/examples"
while read -r name step trace; do
	awk -v step="$step" '
		/^(#|$)/ { next }
		{ print }
		!/^(s2twin-trace|config|page) / && ++steps == step { exit }' "$trace" >"$out/examples/$name.trace"
done <"$work/examples"

awk -F'|' -v reached="$work/reached" -v examples="$work/examples" '
	BEGIN {
		while ((getline line < reached) > 0) {
			split(line, word, " ")
			count[word[1], word[2], word[3]] += word[4]
		}
		while ((getline line < examples) > 0) {
			split(line, word, " ")
			steps[word[1]] = word[2]
		}
		split("seeds inputs random tests", source, " ")
		print "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Cases</title><style>" \
			"body{font:14px sans-serif}td,th{padding:2px 10px;border-top:1px solid #ccc;text-align:left}" \
			".missing{background:#fdd}</style><h1>Cases of the specifications, and what reaches them</h1>" \
			"<p>Steps of the corpus (seeds), of the kept inputs and of random runs, and rows of the tests. Random runs " \
			"have the layer above MemManager in the low form alone, and inputs have no form of the security proofs " \
			"(top). A case of all forms is told of that form only where it differs.</p>" \
			"<table><tr><th colspan=2>case<th colspan=4>low form: seeds, inputs, random, tests" \
			"<th colspan=4>high form<th colspan=2>top: seeds, tests<th>shortest trace<th>condition</tr>"
	}
	function cells(form,   i, text, sum) {
		if ($3 != "" && $3 != form " only")
			return "<td colspan=" (form == "top" ? 2 : 4) ">only the " substr($3, 1, length($3) - 5) " form has this path"
		for (i = 1; i <= 4; i++) {
			if (form == "top" && i % 3 != 1) continue
			text = text "<td>" count[form, $1, source[i]] + 0
			sum += count[form, $1, source[i]]
		}
		if (!sum && (form != "top" || $3 == "top only")) missing = " class=missing"
		return text
	}
	{
		missing = ""
		row = cells("low") cells("high") cells("top")
		gsub(/&/, "\\&amp;", $4); gsub(/</, "\\&lt;", $4)
		example = $1 in steps ? "<a href=\"examples/" $1 ".trace\">" steps[$1] " operation" (steps[$1] > 1 ? "s" : "") "</a>" : ""
		printf "<tr%s><td>%s<td>%s%s<td>%s<td>%s</tr>\n", missing, $1, $2, row, example, $4
		total++
		unreached += missing != ""
	}
	END {
		printf "</table><p>%d cases, %d of them not reached in a form that has them.</p>\n", total, unreached
		exit unreached > 0
	}' "$work/cases" >"$out/cases.html" || { echo "cases.sh: nothing reaches some case, see $out/cases.html" >&2 && exit 1; }
