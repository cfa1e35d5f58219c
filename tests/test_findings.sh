#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# docs/findings.md: each command in it prints the lines that stand below it, in their order; each trace of corpus/findings has
# one, and can do without none of its calls: with one left out, its command prints something else. The lengths in the
# overview are those of the traces; and the explorations of its table end as it says.
set -u
run=${S2TWIN_PLAIN:?names the s2twin command without sanitizers}
cd "$(dirname "$0")/.." || exit 3
scratch=${S2T_SCRATCH:?names an empty directory}
doc=docs/findings.md
. tests/expect.bash

mkdir -p "$scratch/bin"
ln -s "$run" "$scratch/bin/s2twin"
PATH=$scratch/bin:$PATH

# prints FILE COMMAND: whether the lines of FILE are among what COMMAND prints, in their order. Numbers of steps and lines
# count only with EXACT set.
prints() {
	bash -c "$2" 2>&1 </dev/null | if [ -n "${EXACT-}" ]; then cat; else numberless; fi |
		awk -v file="$1" '
			BEGIN { while ((getline line < file) > 0) want[++count] = line; at = 1 }
			at <= count && $0 == want[at] { at++ }
			END { exit at <= count }'
}
numberless() {
	sed -E 's/^[^ ]*[.]trace: //; s/ at step [0-9]+ [(]line [0-9]+[)]//; s/"step":[0-9]+,//'
}

# The commands, one a line; below each, its output in a file of the number of its line.
awk -v out="$scratch/want" '
	/^```/ { code = !code; file = ""; next }
	code && /^[$] / { print ++n, substr($0, 3); file = out n; printf "" > file; next }
	code && file { print > file }
' "$doc" >"$scratch/commands"
[ "$(wc -l <"$scratch/commands")" -ge 50 ] || complain "$doc has $(wc -l <"$scratch/commands") commands"

while read -r number command; do
	want=$scratch/want$number
	[ -s "$want" ] || complain "$command: nothing is said of what it prints"
	EXACT=1 prints "$want" "$command" || complain "$command: it does not print what $doc says"
	[[ $command =~ (corpus/findings/[^ \)]*\.trace) ]] || continue
	trace=${BASH_REMATCH[1]}
	numberless <"$want" >"$want.less"
	mapfile -t calls < <(grep -nE '^[a-z0-9_]+ .*expect|^[a-z0-9_]+ expect' "$trace" | cut -d: -f1)
	for line in "${calls[@]}"; do
		[ "${#calls[@]}" -gt 1 ] || break # a trace has a call
		sed "${line}d; s/ expect .*//" "$trace" >"$scratch/less.trace"
		! prints "$want.less" "${command//$trace/$scratch/less.trace}" ||
			complain "$command: it prints the same without line $line of the trace"
	done
done <"$scratch/commands"

for trace in corpus/findings/*.trace; do
	mapfile -t -n 2 head <"$trace"
	[[ ${head[0]} == 's2twin-trace 1' && ${head[1]} == '# '* ]] || complain "$trace: a comment must be line 2"
	grep -q " $trace" "$scratch/commands" || complain "$doc has no command for $trace"
	grep -vE '^(s2twin|#|config|page|$)' "$trace" | grep -qv ' expect ' && complain "$trace: a call without expect"
	id=$(basename "$trace" | cut -d- -f1)
	grep -qE "^\\| ([A-Z0-9]+, )*$id(, [A-Z0-9]+)* \\|.*\\|" "$doc" || complain "the overview of $doc has no $id"
done
# The overview: | ID, ID | what | severity | seen by | calls |
while IFS='|' read -r _ ids _ _ _ calls _; do
	shortest=$(for id in ${ids//,/}; do grep -c ' expect ' /dev/null "corpus/findings/$id-"*.trace; done 2>/dev/null |
		sed -n 's/.*trace://p' | sort -n | head -n 1)
	[ "$shortest" = "${calls// /}" ] || complain "$doc: the overview has ${calls// /} calls for$ids, not $shortest"
done < <(sed '/^## Both/q' "$doc" | grep -E '^\| [A-Z][0-9].* \| (high|medium|low|text) \|')
# The table of explorations is the one that is printed now: no sequence of these calls is shorter.
explored() { # explored FILE
	awk -F'|' '/^[|] .* [|]/ && NF == 10 && !/no other,|[|] finding [|]/ { print $2 "|" $7 "|" $9 }' "$1"
}
tests/findings.sh "$run" "${S2T_REPAIRS:?names the folder of the repairs}" 0 >"$scratch/table" || complain 'tests/findings.sh fails'
[ "$(explored "$scratch/table" | wc -l)" -ge 50 ] || complain "tests/findings.sh prints $(explored "$scratch/table" | wc -l) rows"
diff <(explored "$doc") <(explored "$scratch/table") >&2 || complain "$doc has not what tests/findings.sh prints"
"$run" explore tiny --forbid I3,I4,I9,I10 | grep -q '^no sequence of any length' || complain 'explore tiny breaks I3, I4, I9 or I10'
"$run" replay corpus/findings | grep -q ' 0 diverged, 0 refused' || complain 'a trace of corpus/findings does not agree'

exit $((failures > 0))
