#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Which traces of the corpus reach each case of the specifications, low and high, as an HTML table: the number of
# steps, and the shortest trace as an example. Usage: coverage/cases.sh S2TWIN
set -euo pipefail
s2twin=$1
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

# "SPEC CASE TRACE" for each step of each trace, traces from short to long.
steps() {
	find corpus -name '*.trace' -printf '%s %p\n' | sort -n -k1,1 -k2,2 | while read -r _ trace; do
		for spec in low high; do
			"$s2twin" eval --spec "$spec" "$trace" |
				sed -n "s|.*\"case\":\"\([A-Z0-9-]*\)\".*|$spec \1 $trace|p"
		done
	done
}

# "CASE|OUTCOME|low only, high only or nothing|CONDITION" for each case.
all_cases() {
	"$s2twin" spec |
		sed -n 's/^  \([A-Z]\{3\}-[0-9]*\)  *\([a-z]*\)  *\(low only\|high only\|\) *\(.*\)$/\1|\2|\3|\4/p'
}

echo '<!doctype html><meta charset="utf-8"><title>Cases</title>'
echo '<style>body{font:14px sans-serif}td{padding:2px 10px;border-top:1px solid #ccc}.missing{background:#fdd}</style>'
echo '<h1>Cases of the specifications, reached by the corpus</h1>'
echo '<table><tr><th>case<th>outcome<th>low<th>high<th>shortest trace<th>condition</tr>'
awk -F'|' -v steps=<(steps) '
	BEGIN {
		while ((getline line < steps) > 0) {
			split(line, word, " ")
			count[word[1], word[2]]++
			if (!(word[2] in example)) example[word[2]] = word[3]
		}
	}
	{
		low = ($3 == "high only") ? "-" : count["low", $1] + 0
		high = ($3 == "low only") ? "-" : count["high", $1] + 0
		missing = (low == "0" || high == "0") ? " class=missing" : ""
		gsub(/&/, "\\&amp;", $4); gsub(/</, "\\&lt;", $4)
		printf "<tr%s><td>%s<td>%s<td>%s<td>%s<td>%s<td>%s</tr>\n", missing, $1, $2, low, high, example[$1], $4
	}' <(all_cases)
echo '</table>'
