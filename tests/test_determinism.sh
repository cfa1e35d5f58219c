#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# One result everywhere: the same seed gives the same summary, report and stored traces, byte for byte, with gcc
# and clang, without optimisation, with all of it and by a profile, with and without sanitizers, on one thread and on
# several, and whatever the heap holds. What may differ is the object "timing" of JSON and the last line of text.
#
# Besides S2TWIN and S2TWIN_PLAIN, which the build makes anyway, this takes builds of its own, in S2T_VARIANTS;
# they stay there, so that the next time only what has changed is compiled. S2T_CMAKE and S2T_GENERATOR make them.
set -u
: "${S2TWIN:?}" "${S2TWIN_PLAIN:?}" "${S2T_VARIANTS:?}" "${S2T_CMAKE:?}" "${S2T_GENERATOR:?}"
source=$PWD
corpus=$source/corpus
cd "${S2T_SCRATCH:?names an empty directory}" || exit 3
failures=0

# built NAME COMPILER FLAGS [OPTION-OF-CMAKE…]: whether this compiler is here, $command then is what it made.
# Warnings are errors elsewhere.
built() {
	local dir=$S2T_VARIANTS/$1 name=$1 compiler=$2 flags=$3
	shift 3
	# shellcheck disable=SC2086 # the flags are words
	if ! command -v "$compiler" >/dev/null || ! echo 'int main(void) { return 0; }' |
		"$compiler" $flags "${@/#-DS2T_SANITIZE=/-fsanitize=}" -x c - -o probe 2>/dev/null; then
		echo "$name: $compiler is not here or cannot link this, so not compared"
		return 1
	fi
	{ "$S2T_CMAKE" -S "$source" -B "$dir" -G "$S2T_GENERATOR" -DCMAKE_C_COMPILER="$compiler" \
		-DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="$flags" -DS2T_TESTS=OFF -DS2T_WERROR=OFF "$@" &&
		"$S2T_CMAKE" --build "$dir" --target s2twin; } >"$name.log" 2>&1 || {
		tail -n 40 "$name.log"
		echo "FAILED: $name: the build failed"
		exit 3
	}
	command=$dir/s2twin
}

# keep NAME ARGUMENTS…: what a command prints, its exit status, and what it stored, but for time, in ./NAME.
keep() {
	local name=$1 status
	shift
	"$command" "$@" >"$name.out" 2>"$name.err" </dev/null
	status=$?
	# A JSON result ends with a brace, a text with the line that may differ.
	if [[ " $* " == *' --json '* ]]; then
		sed '/^  "timing": {/,/^  }/d' "$name.out"
	else
		if [ "$1" = run ]; then sed '$d' "$name.out"; else cat "$name.out"; fi
	fi >"$name"
	echo "exit status $status" >>"$name"
	# The progress of a slow run is no result; a report of a sanitizer is one.
	grep -v -e '^[0-9]* operations, ' -e 'shrunk from .* ms$' "$name.err" >>"$name"
	rm -f "$name.out" "$name.err"
}

# results DIRECTORY WHAT COMMAND [OPTION…]: what is compared of a command; the options go to each `run`. WHAT is
# all, runs, or text: what neither prints nor stores JSON.
results() {
	local what=$2 command=$3 trace tally
	mkdir "$1" && cd "$1" || exit 3
	shift 3
	keep text run --seed 8 --ops 60k --out found-text "$@"
	keep text-high run --seed 8 --ops 60k --spec high --out found-text-high "$@"
	if [ "$what" != text ]; then
		# What is known, but not tolerated, diverges in every build: soon, in a later block, and often.
		keep late run --seed 25 --ops 200k --spec high --known=A1,A2,A5 --out found-late "$@"
		keep early run --seed 7 --ops 200k --spec high --known=none --json --out found-early "$@"
		keep many run --seed 6 --ops 20k --spec high --known=none --keep-going --no-shrink --json --out found-many "$@"
		keep low run --seed 7 --ops 200k --json --out found-low "$@"
		keep high run --seed 6 --ops 100k --spec high --json --out found-high "$@"
		keep panics run --seed 10 --ops 40k --undefined=run --after-panic --full-every 50 --max-len 900 --json \
			--out found-panics "$@"
		keep body run --seed 11 --ops 40k --level body --json --out found-body "$@"
		keep logs run --seed 12 --ops 40k --logs --json --out found-logs "$@"
	fi
	if [ "$what" != runs ]; then
		keep replay replay "$corpus"
		for trace in "$corpus"/seeds/*/*.trace "$corpus"/seeds/*.trace; do
			echo "$trace $("$command" eval --show=locks,tstate "$trace" 2>&1 | cksum)" \
				"$("$command" eval --spec high "$trace" 2>&1 | cksum)"
		done >./evals
	fi
	if [ "$what" = all ]; then
		keep replay-high replay --spec high --known=none --json "$corpus/seeds/disagreements"
		keep spec spec --json
		keep board board --json
	fi
	# A tally grows by a line a second and run; its sum is the result.
	for tally in found-*/*.count; do
		[ ! -e "$tally" ] || { awk '/^[0-9]/ { sum += $1 } END { print sum }' "$tally" >sum && mv sum "$tally"; }
	done
	cd ..
}

# same NAME WHAT COMMAND [OPTION…]: compares with the first result.
same() {
	local name=$1 file
	results "$@"
	for file in "$name"/*; do
		diff -r "gcc/${file##*/}" "$file" >difference || {
			echo "FAILED: $name: ${file##*/} differs:" >&2
			head -n 10 difference | cut -c 1-200 >&2
			failures=$((failures + 1))
		}
	done
	echo "$name: compared"
}

results gcc all "$S2TWIN_PLAIN"
for file in text text-high low high panics body logs replay; do
	grep -q '^exit status 0$' "gcc/$file" || { cat "gcc/$file" && echo "FAILED: $file" && exit 1; }
done
grep -qE 'DIVERGED: .* in [0-9]{3,} sequences' gcc/late || { cat gcc/late && echo 'FAILED: late is too soon' && exit 1; }
for file in early late many; do
	grep -q '^exit status 1$' "gcc/$file" || { cat "gcc/$file" && echo "FAILED: $file does not diverge" && exit 1; }
	[ -n "$(ls "gcc/found-$file")" ] || { echo "FAILED: $file stores nothing" && exit 1; }
done

same sanitizers all "$S2TWIN"
# The same once more: later, elsewhere, and with fresh and freed memory filled with another byte than 0.
MALLOC_PERTURB_=173 LC_ALL=C TZ=Asia/Tokyo same again runs "$S2TWIN_PLAIN"
for jobs in 2 3; do
	same "$jobs-jobs" runs "$S2TWIN_PLAIN" --jobs "$jobs"
done
built gcc-O0 gcc '-O0 -g' && same gcc-O0 all "$command"
built gcc-O3 gcc '-O3 -g' -DS2T_LTO=ON && same gcc-O3 all "$command"
built gcc-profile gcc -O1 -DS2T_PGO=ON && same gcc-profile runs "$command"
built clang-O0 clang '-O0 -g' && same clang-O0 all "$command"
built clang-O3 clang '-O3 -g' && same clang-O3 all "$command"
{ command -v llvm-profdata || command -v llvm-profdata-14; } >/dev/null &&
	built clang-profile clang -O1 -DS2T_PGO=ON && same clang-profile runs "$command"
# What decides anything was written before: MemorySanitizer ends the run otherwise. It cannot see what the JSON
# library writes.
built clang-memory clang '-O1 -g' -DS2T_SANITIZE=memory && same clang-memory text "$command"

echo "$failures failures"
[ "$failures" -eq 0 ]
