#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# s2twin inside another project, by FetchContent and by add_subdirectory: the same names as after find_package, nothing
# of s2twin is built that nobody links, nothing is installed, and none of its tests is the user's.
#
# Both ways compile the same files in the same folder, so the second compiles nothing again; the folder stays in
# S2T_VARIANTS for the next time.
set -u
: "${S2T_VARIANTS:?}" "${S2T_CMAKE:?}" "${S2T_GENERATOR:?}"
here=$PWD
build=$S2T_VARIANTS/subproject
failures=0
fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}
cd "$S2T_SCRATCH" || exit 3
mkdir inputs && cp "$here"/corpus/inputs/0* inputs/

for use in fetch subdirectory; do
	if ! "$S2T_CMAKE" -S "$here/tests/package" -B "$build" -G "$S2T_GENERATOR" -DCMAKE_BUILD_TYPE=Debug \
		-DCMAKE_C_FLAGS_DEBUG=-O0 -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" -DUSE=$use \
		-DS2TWIN_SOURCE="$here" -DINPUTS="$PWD/inputs" >log 2>&1 || ! "$S2T_CMAKE" --build "$build" >>log 2>&1; then
		tail -n 25 log
		fail "$use: the user's project does not build"
		continue
	fi
	"${S2T_CMAKE%cmake}ctest" --test-dir "$build" --output-on-failure >log 2>&1 || { tail -n 25 log && fail "$use: the user's tests"; }
	grep -q '100% tests passed, 0 tests failed out of 6' log || fail "$use: there are other tests than the user's: $(grep passed log)"
	[ ! -e "$build/_deps/s2twin-build/s2twin" ] || fail "$use: the command was built, and nobody asked"
	DESTDIR=$PWD/staged "$S2T_CMAKE" --install "$build" >log 2>&1 || fail "$use: --install: $(tail -n 3 log)"
	[ ! -e staged ] || fail "$use: s2twin installs itself: $(find staged -type f | head -n 3)"
done

echo "$failures failures"
[ "$failures" -eq 0 ]
