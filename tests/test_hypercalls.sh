#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The hypercall layer in lockstep: the traces of corpus/hyper agree and end as they say; random runs of the layer, and of
# both, agree, cover the cases, and are the same again; an implementation that is read word by word agrees, too, and
# summaries name the words that one does not tell.
set -u
run=${S2TWIN_PLAIN:?names the s2twin command without sanitizers}
cd "$(dirname "$0")/.." || exit 3
scratch=${S2T_SCRATCH:?names an empty directory}
failures=0

complain() {
	echo "FAILED: $1" >&2
	failures=$((failures + 1))
}

# expect STATUS PATTERN ARGUMENTS…: of the command, on both streams.
expect() {
	local status=$1 pattern=$2 got text
	shift 2
	text=$("$run" "$@" 2>&1 </dev/null)
	got=$?
	[ "$got" -eq "$status" ] || complain "s2twin $*: exit status $got, not $status: $text"
	# shellcheck disable=SC2053
	[[ $text == $pattern ]] || complain "s2twin $*: the output is: $text"
}

expect 0 '*19 traces: 19 agreed, 0 diverged*' replay corpus/hyper
for trace in corpus/hyper/*.trace; do
	mapfile -t -n 2 head <"$trace"
	[[ ${head[0]} == 's2twin-trace 1' && ${head[1]} == '# '* ]] || complain "$trace: a comment must be line 2"
	[[ $trace == */negative-* ]] && outcome=panic || outcome=ok
	tail -n 1 "$trace" | grep -q "expect outcome=$outcome" || complain "$trace: the last step is not $outcome"
	grep -v '^[s#cp]' "$trace" | grep -qv expect && complain "$trace: a call without expect"
done

for layer in hypercall all; do
	"$run" run --layer "$layer" --seed 3 --ops 30k >"$scratch/$layer" || complain "run --layer $layer: exit status $?"
	"$run" run --layer "$layer" --seed 3 --ops 30k --jobs 2 | diff <(sed '$d' "$scratch/$layer") <(sed '$d') ||
		complain "run --layer $layer: another result with two jobs"
done
for id in VLI-2 VRN-4 VEX-3 HVC-2 HVC-5 ALM-2 CSR-4 ASP-2 RMI-2; do
	grep -q " $id " "$scratch/hypercall" || complain "run --layer hypercall: $id was not reached"
done
grep -q ' MPH-[2-9] ' "$scratch/hypercall" && complain 'run --layer hypercall: it has operations of layer memory'
grep -q ' MPH-4 ' "$scratch/all" && grep -q ' VLI-2 ' "$scratch/all" || complain 'run --layer all: a layer is missing'
"$run" run --seed 3 --ops 20k | grep -q 'HVC\|VLI' && complain 'run: hypercalls without --layer'
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --logs
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --after-panic
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --undefined run
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --full-every 5
expect 2 '*--layer is memory, hypercall or all, not*' run --layer top
expect 2 '*--layer hypercall and all go with --level stack and --spec low only*' run --layer all --spec high
expect 2 '*--layer hypercall and all go with --level stack and --spec low only*' run --layer hypercall --level body

exit $((failures > 0))
