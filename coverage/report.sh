#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# report.sh [BUILD]: coverage of lines and branches of model, implementation and harness, from the tests, the seeds, the
# kept inputs and random runs, each alone, and from tests and corpus together; and of the cases of the specifications.
# HTML below BUILD/html. `./dev coverage` builds BUILD (build/coverage) and calls this.
#
# Status 1: a test fails; of model and implementation together less than 98 % of the lines or 95 % of the branches are
# covered; something is missing that missing.txt does not name; nothing reaches a case in a form that has it.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
build=$(readlink -f -- "${1:-build/coverage}")
html=$build/html
s2twin=$build/s2twin
sources=(tests seeds inputs random)
mkdir -p "$html"
branches=(--rc lcov_branch_coverage=1)

# The counters of one source of runs, as a tracefile: collect NAME.
collect() {
	lcov --quiet --capture --directory "$build" --base-directory . "${branches[@]}" --output-file "$html/$1.all" 2>/dev/null
	lcov --quiet "${branches[@]}" --extract "$html/$1.all" "$PWD/model/*" "$PWD/impl/*" "$PWD/harness/*" \
		--output-file "$html/$1.info"
	rm -f "$html/$1.all"
}

# Each source of runs alone: from counters at zero. What fails is told, and counted all the same.
measure() { # NAME COMMAND…
	local name=$1
	shift
	lcov --quiet --zerocounters --directory "$build"
	if ! "$@" >"$html/$name.log" 2>&1; then
		tail -n 20 "$html/$name.log" >&2
		echo "coverage: $name failed, see $html/$name.log" >&2
		status=1
	fi
	collect "$name"
}

# Those that are left out make builds of their own, or hunt planted faults one by one.
run_tests() {
	S2T_UNOPTIMISED=1 ctest --test-dir "$build" --output-on-failure --parallel "$(nproc)" -E '^(determinism|ossfuzz|package.*|tsan|fault[.].*|mutant[.].*)$'
}

# Above MemManager the other forms differ from the low one in more than has a name: they have tests of their own.
run_seeds() {
	local how
	for how in '' '--logs' '--after-panic' '--undefined=run'; do
		# shellcheck disable=SC2086
		"$s2twin" replay $how corpus || return
	done
	for how in '--spec high' '--level body' '--spec high --logs'; do
		# shellcheck disable=SC2086
		"$s2twin" replay $how corpus/seeds || return
	done
	for how in top bottom; do
		find corpus -name '*.trace' | while read -r trace; do
			"$s2twin" eval --spec $how "$trace" >"$html/eval.log" || return
		done || return
	done
}

run_inputs() {
	local target
	for target in lockstep body high; do
		S2TWIN_OUT=$html/finds "$build/fuzz/run_$target" corpus/inputs || return
	done
}

run_random() {
	local how
	for how in '--ops 300k' '--ops 100k --after-panic' '--ops 100k --undefined=run' '--ops 100k --spec high' \
		'--ops 50k --level body' '--ops 50k --logs' '--ops 50k --spec high --logs' '--ops 100k --layer all'; do
		# shellcheck disable=SC2086
		"$s2twin" run --seed 1 $how || return
	done
}

status=0
for name in "${sources[@]}"; do measure "$name" "run_$name"; done
lcov --quiet "${branches[@]}" --add-tracefile "$html/tests.info" --add-tracefile "$html/seeds.info" \
	--add-tracefile "$html/inputs.info" --output-file "$html/together.info"
for name in "${sources[@]}" together; do
	genhtml --quiet --branch-coverage --legend --title "s2twin: $name" --prefix "$PWD" \
		--output-directory "$html/$name" "$html/$name.info"
done
coverage/cases.sh "$s2twin" "$html" || status=1

echo "Lines and branches, in percent. Together: tests, seeds and inputs."
{
	printf '%-10s' ''
	printf '%-16s' model impl model+impl harness
	echo
	for name in "${sources[@]}" together; do
		printf '%-10s' "$name"
		for folders in model impl 'model impl' harness; do
			# shellcheck disable=SC2086,SC2046,SC2183
			printf '%5s %5s     ' $(coverage/percent.sh "$html/$name.info" . 0 0 $folders)
		done
		echo
	done
} | tee "$html/percent.txt"

echo
echo "What is missing in model and implementation, and why"
coverage/missing.sh "$html/together.info" coverage/missing.txt . >"$html/missing.txt" || status=1
cat "$html/missing.txt"
coverage/percent.sh "$html/together.info" . 98 95 model impl >/dev/null || {
	echo "coverage: less than 98 % of the lines or 95 % of the branches of model and implementation" >&2
	status=1
}
{
	echo '<!doctype html><meta charset="utf-8"><title>s2twin coverage</title><h1>s2twin coverage</h1><pre>'
	cat "$html/percent.txt"
	echo '</pre><ul>'
	for name in together "${sources[@]}"; do
		echo "<li><a href=\"$name/index.html\">lines and branches: $name</a>"
	done
	echo '<li><a href="missing.txt">what is missing in model and implementation, and why</a>'
	echo '<li><a href="cases.html">cases of the specifications</a>'
	# ./dev mutants writes it.
	[ ! -e build/mutants/index.html ] || echo '<li><a href="../../mutants/index.html">mutants, and what notices them</a>'
	echo '</ul>'
} >"$html/index.html"
echo
echo "coverage: $html/index.html"
[ "$status" -eq 0 ] || { echo "coverage: not good enough, see above" >&2 && exit 1; }
