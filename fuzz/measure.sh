#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# measure.sh [BUILD [SECONDS [PART…]]]: what the fuzzers come to on this machine, in one run: `speed`, time to every of the
# `cases`, time to the planted `faults` that were built (S2T_FUZZ_FAULTS); PART is one of these, without any all three.
# SECONDS is for each run of an engine whose speed is measured (default: 10). S2T_LIMIT in the environment is how long a
# fault is hunted, in seconds (default: 60).
#
# Speeds are by processor time of one core. Beside them stand an engine that runs nothing, the same target without the
# comparison, and `s2twin bench`, because a busy machine slows all of them alike.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
build=$(readlink -f -- "${1:-$root/build/fuzz}")
seconds=${2:-10}
limit=${S2T_LIMIT:-60}
parts=" ${*:3} "
[ $# -gt 2 ] || parts=' speed cases faults '
wanted() { [[ $parts == *" $1 "* ]]; }
[ -x "$build/fuzz/fuzz_lockstep" ] || { echo "measure: $build/fuzz/fuzz_lockstep is missing; ./dev build fuzz" >&2 && exit 3; }
# In memory, if there is room: the corpus files of a run on a disk cost as much as the run.
work=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf -- "$work"' EXIT
cd -- "$work"
common=(-len_control=0 -entropic=0 -use_counters=0 -reduce_inputs=0) # as in campaign.sh

# timed COMMAND…: its output in `log`, its processor time in $cpu.
timed() {
	local TIMEFORMAT='%U %S' times
	times=$({ time "$@" >log 2>&1; } 2>&1) || true
	cpu=$(awk '{print $1 + $2}' <<<"$times")
}

speed() { # target, bytes, inputs to start from
	timed "$build/fuzz/fuzz_$1" -max_len="$2" "${common[@]}" -max_total_time="$seconds" -seed=1 "$3"
	local inputs operations
	inputs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' log)
	operations=$(sed -n 's/^s2twin fuzz: \([0-9]*\) operations.*/\1/p' log)
	awk -v n="$1" -v size="$2" -v i="$inputs" -v o="${operations:-0}" -v t="$cpu" 'BEGIN {
		printf "  fuzz_%-11s %5d bytes %9.0f inputs/s %6.1f operations each %8.2f M operations/s\n",
			n, size, i / t, o / i, o / t / 1e6 }'
}

# Of the memory layers, whose inputs have version 1: one call of the layer above can be 512 operations of these.
measure_speed() {
	echo "Speed, by processor time of one core"
	local -x S2TWIN_MEMORY_ONLY=1
	"$build/s2twin" bench | sed -n 's/^  lockstep /  s2twin bench: lockstep /p; s/^  run /  s2twin bench: run /p'
	for bytes in 512 4096; do
		mkdir "grown-$bytes"
		printf '\001\000\000\000' >"grown-$bytes/a"
		"$build/fuzz/fuzz_lockstep" -max_len=$bytes "${common[@]}" -max_total_time="$seconds" -seed=2 "grown-$bytes" \
			>log 2>&1
		for target in empty uncompared lockstep; do
			cp -r "grown-$bytes" start
			speed "$target" "$bytes" start
			rm -r start
		done
	done
}

# The shortest inputs there are, one of each version.
nothing() { # folder
	mkdir "$1"
	printf '\001\000\000\000' >"$1/a"
	printf '\002\000\000\000' >"$1/b"
}

measure_cases() {
	echo "Cases, from an empty corpus"
	for seed in 1 2 3 4 5; do
		nothing start
		S2TWIN_CASES=1 timeout 90 "$build/fuzz/fuzz_lockstep" -max_len=1024 "${common[@]}" -max_total_time=60 -seed=$seed start \
			2>log >/dev/null &
		pid=$!
		while kill -0 $pid 2>/dev/null && ! grep -qE 'case ([0-9]+) of \1,' log; do sleep 0.2; done
		kill -INT $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		rm -r start
		sed -n "s/^s2twin fuzz: \(.*, case .*\)/  libFuzzer, seed $seed, the last: \1/p" log | tail -n 1
	done
}

# hunt ENGINE FAULT FROM: seconds until the fault is found, or a dash.
hunt() {
	local begin=$EPOCHREALTIME status=0
	if [ "$1" = libFuzzer ]; then
		S2TWIN_OUT=out timeout $((limit + 30)) "$build/fuzz/fuzz_lockstep-$2" -max_len=4096 "${common[@]}" -max_total_time="$limit" \
			-seed=1 -artifact_prefix=out- "$3" >log 2>&1 || status=$?
	else
		# afl-fuzz does not start where a seed crashes: then that is the find.
		rm -rf afl
		S2TWIN_OUT=out AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_BENCH_UNTIL_CRASH=1 \
			AFL_TRY_AFFINITY=1 AFL_DISABLE_TRIM=1 AFL_FAST_CAL=1 AFL_CUSTOM_MUTATOR_ONLY=1 AFL_CRASHING_SEEDS_AS_NEW_CRASH=1 \
			AFL_CUSTOM_MUTATOR_LIBRARY=$build/fuzz/libs2twin-mutator.so \
			timeout $((limit + 30)) afl-fuzz -V "$limit" -G 4096 -t 5000+ -i "$3" -o afl -- "$build/fuzz/afl_lockstep-$2" >log 2>&1 || true
		compgen -G 'afl/default/crashes/id*' >/dev/null && status=1
		grep -q 'results in a crash' log && status=1
	fi
	rm -rf out out-*
	if [ "$status" -eq 0 ]; then printf '%9s' -; else
		awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%9.1f", b - a }'
	fi
}

measure_faults() {
	local faults=("$build"/fuzz/fuzz_lockstep-*) fault name engine from engines=(libFuzzer)
	[ -e "${faults[0]}" ] || { echo "Planted faults: none were built; cmake --preset fuzz -DS2T_FUZZ_FAULTS=all" && return; }
	if command -v afl-fuzz >/dev/null && [ -x "$build/fuzz/afl_lockstep-${faults[0]##*/fuzz_lockstep-}" ] &&
		[ -e "$build/fuzz/libs2twin-mutator.so" ]; then
		engines+=(AFL++)
	fi
	nothing nothing
	"$root/fuzz/seeds.sh" "$build/s2twin" seeds
	echo "Planted faults, seconds until found and shrunk, $limit at most"
	printf '  %-30s' fault
	for engine in "${engines[@]}"; do printf '%9s%9s' "$engine" "seeds"; done
	echo
	for fault in "${faults[@]}"; do
		name=${fault##*/fuzz_lockstep-}
		printf '  %-30s' "$name"
		for engine in "${engines[@]}"; do
			for from in nothing seeds; do
				cp -r "$from" start
				hunt "$engine" "$name" start
				rm -rf start
			done
		done
		echo
	done
}

for part in speed cases faults; do
	if wanted $part; then measure_$part; fi
done
