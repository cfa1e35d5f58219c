#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Coverage of lines and branches of model, implementation and harness, from the tests, the corpus and random runs,
# and of the cases of the specifications, as HTML below build/coverage/html. `./dev coverage` builds and calls this.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
build=build/coverage
html=$build/html
s2twin=$build/s2twin
mkdir -p "$html"

# The counters of one source of runs, as a tracefile: collect NAME.
collect() {
	lcov --quiet --capture --directory "$build" --base-directory . --rc lcov_branch_coverage=1 \
		--output-file "$html/$1.all" 2>/dev/null
	lcov --quiet --rc lcov_branch_coverage=1 --extract "$html/$1.all" \
		"$PWD/model/*" "$PWD/impl/*" "$PWD/harness/*" --output-file "$html/$1.info"
	rm -f "$html/$1.all"
}

# Each source of runs alone: from counters at zero.
measure() { # NAME COMMAND…
	local name=$1
	shift
	lcov --quiet --zerocounters --directory "$build"
	"$@" >"$html/$name.log" 2>&1 || { tail -n 20 "$html/$name.log" >&2; echo "coverage: $name failed" >&2; return 1; }
	collect "$name"
}

random_runs() {
	"$s2twin" run --ops 300k --seed 1 && "$s2twin" run --ops 100k --seed 2 --after-panic &&
		"$s2twin" run --ops 100k --seed 3 --spec high
}

measure tests ctest --test-dir "$build" --output-on-failure -LE lockstep -E '^explain$'
measure corpus "$s2twin" replay corpus
measure random random_runs
lcov --quiet --rc lcov_branch_coverage=1 --add-tracefile "$html/tests.info" --add-tracefile "$html/corpus.info" \
	--add-tracefile "$html/random.info" --output-file "$html/together.info"
for name in tests corpus random together; do
	genhtml --quiet --branch-coverage --legend --title "s2twin: $name" --prefix "$PWD" \
		--output-directory "$html/$name" "$html/$name.info"
done
coverage/cases.sh "$s2twin" >"$html/cases.html"
{
	echo '<!doctype html><meta charset="utf-8"><title>s2twin coverage</title><h1>s2twin coverage</h1><ul>'
	for name in together tests corpus random; do
		echo "<li><a href=\"$name/index.html\">lines and branches: $name</a>"
	done
	echo '<li><a href="cases.html">cases of the specifications</a></ul>'
} >"$html/index.html"
for name in tests corpus random together; do
	printf '%-9s' "$name"
	lcov --rc lcov_branch_coverage=1 --summary "$html/$name.info" 2>&1 |
		sed -n 's/^ *\(lines\|branches\)\.*: \([0-9.]*%\).*/ \1 \2/p' | tr -d '\n'
	echo
done
echo "coverage: $html/index.html"
