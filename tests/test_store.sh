#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The folder of finds: campaigns that share it are killed at random moments, and whatever is stored is whole. Then
# promotion, and what replay tells of regressions. KILLS is how often (30).
set -u
. tests/expect.bash
faults=${S2T_FAULTS:?names the folder of the commands with a planted fault}
cd -- "${S2T_SCRATCH:?names an empty directory}" || exit 3
broken=$faults/s2twin-fault-impl-tombstone-bit

# Whole files only. A JSON file ends with its brace, a page with its last tag, a line of counts with its line end.
whole() { # folder
	local file
	"$broken" replay --no-shrink "$1" >replayed 2>&1
	[ $? -eq 1 ] || { tail -n 5 replayed; return 1; }
	grep -q ' 0 refused' replayed || return 1
	for file in "$1"/*.json; do
		[ "$(tail -n 1 "$file")" = '}' ] || { echo "$file is cut"; return 1; }
	done
	for file in "$1"/*.html; do
		tail -n 1 "$file" | grep -q '</html>' || { echo "$file is cut"; return 1; }
	done
	for file in "$1"/*.count; do
		if grep -qvE '^[0-9]+ seed 0x[0-9a-f]+(, sequence [0-9]+)?$' "$file" || [ -n "$(tail -c 1 "$file")" ]; then
			echo "$file is cut"
			return 1
		fi
	done
}

# Two campaigns at a time in one folder, which starts anew every other time. Most is written in their first tenths of a
# second; that is when they are killed.
kills=0
shopt -s nullglob
while [ $kills -lt "${KILLS:-30}" ]; do
	[ $((kills % 4)) -ne 0 ] || rm -rf shared
	for _ in 1 2; do
		"$broken" run --keep-going --ops 100M --out shared >/dev/null 2>&1 &
	done
	sleep "0.$(printf %03d $((20 + RANDOM % 130)))"
	# shellcheck disable=SC2046
	kill -9 $(jobs -p)
	wait 2>/dev/null
	kills=$((kills + 2))
	traces=(shared/*.trace)
	[ ${#traces[@]} -eq 0 ] || check "after $kills kills" whole shared
done
# The next one tidies up what the killed ones left half-written, and adds what is missing of its own finds.
"$broken" run --keep-going --ops 20000 --seed 1 --out shared >last 2>&1
check "drafts are left: $(ls -A shared)" [ -z "$(find shared -name '.draft*')" ]
check "a shared folder at the end" whole shared
for trace in shared/????????????????.trace; do
	id=$(basename "$trace" .trace)
	"$broken" replay "$trace" >output 2>/dev/null
	check "$trace has another signature" grep -q "$id" output
	check "$trace: no seed, board and version in it" grep -qE '^# seed 0x[0-9a-f]+, sequence [0-9]+, board .*, s2twin [0-9.]+$' "$trace"
	grep -q "^found $id" last || continue
	for end in orig.trace json html count; do
		check "$id.$end is missing" [ -s "shared/$id.$end" ]
	done
done

# Two at once count together.
rm -rf shared
for seed in 1 2; do
	"$broken" run --keep-going --ops 20000 --seed $seed --out shared --json 2>/dev/null >run$seed &
done
wait
told=$(grep -h '"times"' run1 run2 | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }')
stored=$(cat shared/*.count | awk '{ sum += $1 } END { print sum + 0 }')
check "two runs told of $told finds, and $stored are counted" [ "$told" -eq "$stored" ]
check "not each signature is new once" [ "$(grep -h '"new": true' run1 run2 | wc -l)" -eq "$(ls shared/*.json | wc -l)" ]

# A find is known the second time.
"$broken" run --ops 200000 --seed 1 --out again >output 2>/dev/null
check "a first find is not new: $(head -n 1 output)" grep -q NEW output
"$broken" run --ops 200000 --seed 1 --out again >output 2>/dev/null
check "a second find is new" grep -q known output

# Promotion: the model's results stand behind expect, and replay knows the divergence.
trace=$(echo again/????????????????.trace)
id=$(basename "$trace" .trace)
mkdir corpus
"$broken" promote --to corpus/regressions "$trace" >output
status=$?
check "promote: exit status $status" [ $status -eq 0 ]
check "promote prints $(cat output)" [ "$(cat output)" = "corpus/regressions/$id.trace" ]
check "promote: an operation without expect" [ "$(grep -c ' expect outcome=' corpus/regressions/*)" -eq "$(grep -vcE '^(#|s2twin|config|page)' "$trace")" ]
check "promote loses the seed" grep -q '^# seed 0x1, ' corpus/regressions/*
check "promote --json: $("$broken" promote --json --to more "$trace")" grep -qx \
	"{\"trace\":\"$trace\",\"result\":\"there already\",\"signature\":\"$id\",\"regression\":\"more/$id.trace\"}" \
	<("$broken" promote --json --to more "$trace")
check "promote --json, of one that is not there" grep -q '^{"trace":"none.trace","result":"refused","message":".*"}$' \
	<("$broken" promote --json --to more none.trace 2>/dev/null)
check "promoted twice" grep -q 'was there already' <("$broken" promote --to corpus/regressions "$trace")
"$broken" replay corpus >output 2>/dev/null
check "a known divergence agrees" [ $? -eq 1 ]
check "known: $(tail -n 1 output)" grep -q '^against the regressions: 1 known, 0 fixed, 0 new$' output
"$broken" run --ops 200000 --seed 1 --out fresh >output 2>/dev/null
check "run does not look at corpus/regressions" grep -q known output
for command in explain replay; do
	for where in again/$id.trace corpus/regressions/$id.trace; do
		check "$command $where does not look at corpus/regressions" grep -q "^DIVERGENCE .* $id  known$" \
			<("$broken" $command "$where" 2>/dev/null)
		check "$command --json $where does not look at corpus/regressions" grep -qE '"corpus": ?"known"|"new": ?false' \
			<("$broken" $command --json "$where" 2>/dev/null)
	done
done
# Where it comes from is not lost when it is told, or shrunk, again.
from="seed 0x1, sequence [0-9]+, shrunk from [0-9]+ operations"
check "explain does not say where the trace comes from" grep -qE " · again/$id.trace \\($from\\)$" <("$broken" explain "$trace")
check "replay does not say where the trace comes from" grep -qE "\"origin\":\"again/$id.trace \\($from\\)\"" \
	<("$broken" replay --json "$trace" 2>/dev/null)
"$broken" shrink "$trace" -o once.trace 2>/dev/null
"$broken" shrink once.trace -o - >twice.trace 2>/dev/null
check "shrink -o - makes a file of that name" [ ! -e ./- ]
check "shrink loses the seed: $(head -n 3 twice.trace)" grep -qE "^# once.trace \\($from\\), board .*, s2twin [0-9.]+$" twice.trace
check "shrink of nothing but operations names a seed" grep -q "^# bare.trace, board " \
	<(grep -v '^#' once.trace >bare.trace && "$broken" shrink bare.trace 2>/dev/null)
mv corpus elsewhere
check "explain: a folder of regressions elsewhere is not seen" grep -q "^DIVERGENCE .* $id  known$" \
	<("$broken" explain "elsewhere/regressions/$id.trace")
check "explain: what the corpus lacks is not new" grep -q "^DIVERGENCE .* $id  NEW$" <("$broken" explain "$trace")
mv elsewhere corpus
"$S2TWIN" replay corpus >output 2>/dev/null
check "a fixed one diverges" [ $? -eq 0 ]
check "fixed: $(tail -n 1 output)" grep -q '^against the regressions: 0 known, 1 fixed, 0 new$' output
"$faults/s2twin-fault-impl-clear-no-scrub" run --ops 200000 --seed 1 --out other >/dev/null 2>&1
cp other/????????????????.trace corpus/other.trace
"$faults/s2twin-fault-impl-clear-no-scrub" replay corpus >output 2>/dev/null
check "new: $(tail -n 1 output)" grep -q '^against the regressions: 0 known, 1 fixed, 1 new$' output
sed -i '0,/outcome=ok/s//outcome=panic/' corpus/regressions/*
"$S2TWIN" replay corpus >output 2>/dev/null
check "a model that has changed is not told of" [ $? -eq 1 ]
check "changed model: $(cat output)" grep -q 'step 1, .*: the trace expects panic, and the model says ok' output
printf 's2twin-trace 1\nmap_page_host addr=0x40000000\n' >good.trace
"$S2TWIN" promote good.trace 2>errors
check "promote of a trace that agrees" [ $? -eq 2 ]
check "promote of a trace that agrees: $(cat errors)" grep -q 'not named after a signature' errors

# A folder that cannot be had.
"$broken" run --ops 200000 --seed 1 --out good.trace/x >/dev/null 2>errors
check "a file for a folder" [ $? -eq 3 ]
check "a file for a folder: $(cat errors)" grep -q "cannot make the folder 'good.trace/x': Not a directory" errors
check "a file for a folder: the divergence is lost" grep -q "^s2twin: seed 0x1, .* diverges, $id op=.*, and that cannot be kept:$" errors
check "a file for a folder: no report" grep -q '^DIVERGENCE ' errors
"$broken" run --ops 200000 --seed 1 --isolate --out good.trace/x >/dev/null 2>errors
check "a file for a folder, isolated: the divergence is lost" grep -q " diverges, $id op=.*, and that cannot be kept$" errors

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
