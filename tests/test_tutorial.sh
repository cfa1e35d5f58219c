#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# docs/tutorial.md, followed to the letter: in an empty folder outside the tree, against the installed package, with
# nothing in the environment that names the tree. A block of code is
#
#   ```LANGUAGE FILE    to be saved as FILE
#   ```sh               to be run, and to end with status 0, or with the one that ```sh status=N names
#   ```text             after one that was run: lines of its output, in their order; … stands for any number of lines
set -u
: "${S2T_BUILD:?}" "${S2T_CMAKE:?}"
here=$PWD
prefix=$S2T_SCRATCH/prefix
"$S2T_CMAKE" --install "$S2T_BUILD" --prefix "$prefix" >"$S2T_SCRATCH/install" 2>&1 ||
	{ tail -n 5 "$S2T_SCRATCH/install" && echo "FAILED: cmake --install" && exit 1; }
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
libdir=$(dirname -- "$(find "$prefix" -name libs2twin.a)")
bin=$S2T_SCRATCH/bin
mkdir "$bin"
# The tutorial says cc and cmake.
ln -s "$(command -v "$CC")" "$bin/cc"
ln -s "$S2T_CMAKE" "$bin/cmake"
ln -s "${S2T_CMAKE%cmake}ctest" "$bin/ctest"
follow() { # script
	env -i HOME="$folder" PATH="$prefix/bin:$bin:/usr/bin:/bin" CMAKE_PREFIX_PATH="$prefix" CC="$CC" \
		PKG_CONFIG_PATH="$libdir/pkgconfig" bash -eu -c "$1" </dev/null
}

failures=0
fail() {
	echo "FAILED: line $number: $*"
	failures=$((failures + 1))
}

# expect OUTPUT BLOCK: the lines of the block stand in the output, one behind the other where no … is between.
expect() {
	awk 'FNR == NR { want[++n] = $0; next }
		{ line[++m] = $0 }
		END {
			at = 0; loose = 1
			for (i = 1; i <= n; i++) {
				if (want[i] == "…") { loose = 1; continue }
				sloppy = sub(/ *…$/, "", want[i])
				for (j = at + 1; j <= m; j++) {
					if (sloppy ? index(line[j], want[i]) == 1 : line[j] == want[i]) break
					if (!loose && at > 0) { j = m + 1; break }
				}
				if (j > m) { print "the output has no line, in this place, that says: " want[i]; exit 1 }
				at = j; loose = 0
			}
		}' <(printf '%s' "$2") "$1"
}

number=0 inside='' word='' argument='' block='' ran='' saved=0 run=0 compared=0
cd "$folder" || exit 3
while IFS= read -r line; do
	number=$((number + 1))
	if [ -z "$inside" ]; then
		case $line in
		'```'*)
			inside=1 block=''
			read -r word argument <<<"${line#'```'}"
			;;
		esac
		continue
	fi
	if [ "$line" != '```' ]; then
		block+=$line$'\n'
		continue
	fi
	inside=''
	case $word in
	sh)
		want=0
		[ -z "$argument" ] || want=${argument#status=}
		follow "$block" >output 2>&1
		status=$?
		[ "$status" -eq "$want" ] || fail "status $status, not $want: $(tail -n 15 output)"
		ran=1 run=$((run + 1))
		;;
	'') ;;
	*)
		if [ -n "$argument" ]; then
			printf '%s' "$block" >"$argument"
			saved=$((saved + 1))
		elif [ "$word" = text ] && [ -n "$ran" ]; then
			expect output "$block" || { fail "see above; the output was: $(tail -n 40 output)"; }
			compared=$((compared + 1)) ran=''
		fi
		;;
	esac
done <"$here/docs/tutorial.md"

echo "$saved files saved, $run blocks run, $compared outputs compared, $failures failures"
[ "$saved" -ge 6 ] && [ "$run" -ge 8 ] && [ "$compared" -ge 5 ] && [ "$failures" -eq 0 ]
