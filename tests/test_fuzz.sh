#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Inputs of the fuzzers, without an engine: each seed trace becomes an input that stands for the same calls, all of them
# together reach every case, and a planted fault is reported and kept as `s2twin run` does it. (Engines: ossfuzz.)
set -u
builds=$(dirname -- "$S2TWIN")
scratch=$S2T_SCRATCH
failures=0
fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}
[ -x "$builds/fuzz/run_lockstep" ] || { echo "there is no $builds/fuzz/run_lockstep" && exit 1; }

# There and back: the same steps, and the same bytes the second time.
fuzz/seeds.sh "$S2TWIN_PLAIN" "$scratch/inputs" || fail "seeds.sh fails"
count=0
while read -r trace; do
	name=${trace#corpus/}
	name=${name%.trace}
	input=$scratch/inputs/${name//\//-}
	"$S2TWIN_PLAIN" convert "$input" -o "$scratch/back.trace" || fail "$trace: its input is refused"
	"$S2TWIN_PLAIN" convert --to-input "$scratch/back.trace" -o "$scratch/again" || fail "$trace: what came back is refused"
	cmp -s "$input" "$scratch/again" || fail "$trace: the second input is another one"
	cmp -s <("$S2TWIN_PLAIN" eval "$trace") <("$S2TWIN_PLAIN" eval "$scratch/back.trace") || fail "$trace: other steps came back"
	count=$((count + 1))
done < <(find corpus -name '*.trace')
[ "$count" -gt 100 ] || fail "only $count traces"

cp corpus/inputs/* "$scratch/inputs/" || fail "corpus/inputs is empty"
# All run, at each level, and agree; together they reach every case of the low form.
for target in lockstep body high; do
	S2TWIN_OUT=$scratch/none S2TWIN_CASES=1 "$builds/fuzz/run_$target" "$scratch/inputs" 2>"$scratch/err" ||
		fail "run_$target: $(tail -n 3 "$scratch/err")"
	[ ! -e "$scratch/none" ] || fail "run_$target keeps finds where there are none"
	[ "$target" = lockstep ] || continue
	grep -qE 'case ([0-9]+) of \1,' "$scratch/err" || fail "not every case is reached: $(grep ' case ' "$scratch/err" | tail -n 1)"
done

# Bytes that nobody reads are told of.
printf '\001\003\000\000\005\000\000\000\000\000\000\000\377\377\377' >"$scratch/tail"
told=$("$S2TWIN" convert "$scratch/tail" -o "$scratch/tail.trace" --json) || fail "convert --json fails"
[[ $told == *'"board":"zeropage"'*'"operations":1'*'"bytes":15'*'"unread":3'* ]] || fail "convert tells $told"
grep -q '^grant_vm_page ' "$scratch/tail.trace" || fail "the trace is $(cat "$scratch/tail.trace")"

# Sentences, and their exit statuses.
refused() { # sentence, arguments
	local want=$1 got status
	shift
	got=$("$S2TWIN" convert "$@" 2>&1 >/dev/null)
	status=$?
	[ "$status:$got" = "2:s2twin convert: $want" ] || fail "convert $*: status $status, $got"
}
: >"$scratch/empty"
refused 'this input of 0 bytes holds no operation, and a trace has at least one' "$scratch/empty"
refused '--json tells of the conversion on standard output: send the result elsewhere with -o' "$scratch/tail" --json
refused '--undefined goes with --to-input; an input says so itself' "$scratch/tail" --undefined=run
refused "cannot read 'nowhere': No such file or directory" nowhere
"$S2TWIN" convert --help | grep -q -- --to-input || fail "convert --help does not tell of --to-input"
script() { # status, script and arguments
	local want=$1 got
	shift
	"$@" >"$scratch/out" 2>&1
	got=$?
	[ "$got" -eq "$want" ] || fail "$*: status $got, $(cat "$scratch/out")"
}
script 0 fuzz/campaign.sh --help
script 2 fuzz/campaign.sh --bogus
script 2 fuzz/campaign.sh --time never
script 3 fuzz/campaign.sh --build "$scratch"
script 0 fuzz/corpus.sh --help
script 2 fuzz/corpus.sh
script 2 fuzz/corpus.sh minimise all
script 2 fuzz/seeds.sh
script 3 fuzz/measure.sh "$scratch"
script 2 fuzz/check_build.sh address

# A planted fault: the report, the kept trace, the exit status; and with the fault planted `s2twin` says the same of it.
fault=impl-clear-no-unmap
mkdir "$scratch/faulty"
bash tests/faults/plant patch tests/faults/$fault.patch impl/bodies.c "$scratch/faulty/bodies.c" "$scratch/faulty/stale" ||
	fail "the fault cannot be planted"
# shellcheck disable=SC2046
"$CC" -O1 -std=c11 -D_POSIX_C_SOURCE=200809L -DS2T_VERSION='"0.1.0"' -Iinclude -Imodel -Iharness -Ifuzz -Iimpl \
	fuzz/target_lockstep.c fuzz/drive.c fuzz/drive_tell.c fuzz/engine.c fuzz/feedback.c fuzz/main_standalone.c \
	"$scratch/faulty/bodies.c" "$S2T_LIBRARY" $(pkg-config --cflags --libs jansson) -pthread -o "$scratch/run_faulty" ||
	fail "the faulty target cannot be built"
S2TWIN_OUT=$scratch/finds "$scratch/run_faulty" "$scratch/inputs/seeds-life-cycle" 2>"$scratch/report"
status=$?
[ "$status" -eq 1 ] || fail "a divergence gives status $status: $(tail -n 3 "$scratch/report")"
grep -q '^DIVERGENCE ' "$scratch/report" || fail "there is no report: $(tail -n 3 "$scratch/report")"
kept=$(find "$scratch/finds" -name '????????????????.trace')
if [ -f "$kept" ]; then
	"$S2TWIN" replay "$kept" >/dev/null || fail "without the fault, $kept does not agree"
	faulty=$builds/tests/faults/s2twin-fault-$fault
	"$faulty" replay "$kept" >"$scratch/replayed"
	[ $? -eq 1 ] || fail "with the fault, $kept agrees"
	id=$(basename "$kept" .trace)
	grep -q "$id" "$scratch/report" || fail "the report does not have the signature $id"
	# The paragraphs from the calls on do not say where the find comes from.
	difference=$(diff <(sed -n '/^CASE/,/^INVARIANTS/p' "$scratch/report") <(sed -n '/^CASE/,/^INVARIANTS/p' "$scratch/replayed")) ||
		fail "s2twin tells it otherwise: $difference"
	sed -n '/^CASE/,/^INVARIANTS/p' "$scratch/report" | grep -q . || fail "the report has no such paragraphs"
else
	fail "no trace was kept: $(ls "$scratch/finds")"
fi

echo "$count traces, $failures failures"
[ "$failures" -eq 0 ]
