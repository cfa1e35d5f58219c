#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# One result everywhere: the same seed gives the same summary, report and stored traces, byte for byte, with gcc
# and clang, without optimisation and with all of it, with and without sanitizers, on one thread and on several,
# and whatever the heap holds. What may differ is the object "timing" of JSON and the last line of text.
#
# Besides S2TWIN and S2TWIN_PLAIN, which the build makes anyway, this takes builds of its own, in S2T_VARIANTS;
# they stay there, so that the next time only what has changed is compiled. S2T_CMAKE and S2T_GENERATOR make them.
set -u
: "${S2TWIN:?}" "${S2TWIN_PLAIN:?}" "${S2T_VARIANTS:?}" "${S2T_CMAKE:?}" "${S2T_GENERATOR:?}"
source=$PWD
corpus=$source/corpus
cd "${S2T_SCRATCH:?names an empty directory}" || exit 3
failures=0

# build NAME COMPILER FLAGS [OPTION-OF-CMAKE…]: prints the command; false: this compiler is not here.
build() {
	local dir=$S2T_VARIANTS/$1 compiler=$2 flags=$3 log=$PWD/$1.log
	shift 3
	command -v "$compiler" >/dev/null || return 1
	# What the compiler cannot link, such as a sanitizer that is not installed, it cannot build.
	# shellcheck disable=SC2086
	echo 'int main(void) { return 0; }' | "$compiler" $flags "${@/#-DS2T_SANITIZE=/-fsanitize=}" -x c - -o probe \
		>"$log" 2>&1 || return 1
	{ "$S2T_CMAKE" -S "$source" -B "$dir" -G "$S2T_GENERATOR" -DCMAKE_C_COMPILER="$compiler" \
		-DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="$flags" -DS2T_TESTS=OFF "$@" &&
		"$S2T_CMAKE" --build "$dir" --target s2twin; } >"$log" 2>&1 || { cat -- "$log" >&2; exit 3; }
	echo "$dir/s2twin"
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
		[ "$1" = run ] && sed '$d' "$name.out" || cat "$name.out"
	fi >"$name"
	echo "exit status $status" >>"$name"
	# The progress of a slow run is no result; a report of a sanitizer is one.
	grep -v -e '^[0-9]* operations, ' -e '^shrunk from .* ms$' "$name.err" >>"$name"
	rm -f "$name.out" "$name.err"
}

# results DIRECTORY WHAT COMMAND [OPTION…]: what is compared of a command; the options go to each `run`. WHAT is
# all, runs, or text: runs that print no JSON.
results() {
	local what=$2 command=$3 trace
	mkdir "$1" && cd "$1" || exit 3
	shift 3
	keep text run --seed 8 --ops 60k --out found-text "$@"
	keep text-high run --seed 8 --ops 60k --spec high --out found-text-high "$@"
	# Two divergences in every build, one soon, one in a later block of sequences: what is known, not tolerated.
	keep late run --seed 5 --ops 200k --spec high --known=A1,A2,A5 --out found-late "$@"
	if [ "$what" != text ]; then
		keep early run --seed 7 --ops 200k --spec high --known=none --json --out found-early "$@"
		keep many run --seed 6 --ops 20k --spec high --known=none --keep-going --no-shrink --json --out found-many "$@"
		keep low run --seed 7 --ops 200k --json --out found-low "$@"
		keep high run --seed 9 --ops 100k --spec high --json --out found-high "$@"
		keep panics run --seed 10 --ops 40k --undefined=run --after-panic --full-every 50 --max-len 900 --json \
			--out found-panics "$@"
		keep body run --seed 11 --ops 40k --level body --json --out found-body "$@"
		keep logs run --seed 12 --ops 40k --logs --json --out found-logs "$@"
	fi
	if [ "$what" = all ]; then
		keep replay replay "$corpus"
		keep replay-high replay --spec high --known=none --json "$corpus/seeds/disagreements"
		for trace in "$corpus"/seeds/*/*.trace "$corpus"/seeds/*.trace; do
			echo "$trace $("$command" eval --show=locks,tstate "$trace" 2>&1 | cksum)" \
				"$("$command" eval --spec high "$trace" 2>&1 | cksum)"
		done >eval
		keep spec spec --json
		keep board board --json
	fi
	cd ..
}

# same NAME WHAT COMMAND [OPTION…]: compares with the first result.
same() {
	local name=$1 file
	if [ "$3" = missing ]; then
		echo "$name: not here, so not compared"
		return
	fi
	results "$@"
	for file in "$name"/*; do
		diff -r "gcc/${file##*/}" "$file" >difference || {
			echo "FAILED: $name: ${file##*/} differs:" >&2
			head -n 20 difference | cut -c 1-200 >&2
			failures=$((failures + 1))
		}
	done
	echo "$name: compared"
}

results gcc all "$S2TWIN_PLAIN"
for file in text text-high low high panics body logs replay; do
	grep -q '^exit status 0$' "gcc/$file" || { cat "gcc/$file" && echo "FAILED: $file" && exit 1; }
done
for file in early late many; do
	grep -q '^exit status 1$' "gcc/$file" || { cat "gcc/$file" && echo "FAILED: $file does not diverge" && exit 1; }
	[ -n "$(ls "gcc/found-$file")" ] || { echo "FAILED: $file stores nothing" && exit 1; }
done

same sanitizers all "$S2TWIN"
same again runs "$S2TWIN_PLAIN"
# Fresh and freed memory is filled with another byte than 0.
MALLOC_PERTURB_=173 LC_ALL=C TZ=Asia/Tokyo same other-heap all "$S2TWIN_PLAIN"
for jobs in 2 3; do
	same "$jobs-jobs" runs "$S2TWIN_PLAIN" --jobs "$jobs"
done
same sanitizers-2-jobs runs "$S2TWIN" --jobs 2
same gcc-O0 all "$(build gcc-O0 gcc '-O0 -g' || echo missing)"
same gcc-O3 all "$(build gcc-O3 gcc '-O3 -g' -DS2T_LTO=ON || echo missing)"
same clang-O0 all "$(build clang-O0 clang '-O0 -g' || echo missing)"
same clang-O3 all "$(build clang-O3 clang '-O3 -g' || echo missing)"
# What decides anything was written before: MemorySanitizer ends the run otherwise. It cannot see what the JSON
# library writes.
same clang-memory text "$(build clang-memory clang '-O1 -g' -DS2T_SANITIZE=memory || echo missing)"

echo "$failures failures"
[ "$failures" -eq 0 ]
