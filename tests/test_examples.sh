#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The examples as a user has them: each folder copied out of the tree, built against the installed package, and tested.
# (In the tree they are built and tested, too: ctest -L examples.) S2T_BUILD is the build tree that is installed from.
set -u
: "${S2T_BUILD:?}" "${S2T_CMAKE:?}" "${S2T_GENERATOR:?}"
. tests/must.bash
examples=$PWD/examples
cd "$S2T_SCRATCH" || exit 3
must "cmake --install" "$S2T_CMAKE" --install "$S2T_BUILD" --prefix "$PWD/prefix" || exit 1
seen=0
for folder in "$examples"/*/; do
	name=$(basename "$folder")
	cp -r "$folder" "$name"
	must "$name is configured" "$S2T_CMAKE" -S "$name" -B "build-$name" -G "$S2T_GENERATOR" -DCMAKE_C_COMPILER="$CC" \
		-DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS=-Werror -DCMAKE_PREFIX_PATH="$PWD/prefix" &&
		must "$name builds" "$S2T_CMAKE" --build "build-$name" &&
		must "the tests of $name" "${S2T_CMAKE%cmake}ctest" --test-dir "build-$name" --output-on-failure --no-tests=error
	grep -q "^| \[\`$name/\`\]" "$examples/README.md" || fail "examples/README.md does not list $name"
	seen=$((seen + 1))
done
[ $seen -ge 5 ] || fail "only $seen examples"

# Each statement of the map of extents is needed: without it there is a divergence.
cd extents || exit 1
grep -nE '^(mask|host-gfn|content|panics|known) ' extents.map | cut -d: -f1 >starts
[ "$(wc -l <starts)" -ge 7 ] || fail "extents.map has fewer statements than it had"
while read -r start; do
	awk -v start="$start" 'NR == start { out = 1; next } out && /^\t/ { next } { out = 0; print }' extents.map >less.map
	../prefix/bin/s2twin run --iut ../build-extents/extents.so --map less.map --ops 200k --seed 1 --no-shrink >log 2>&1
	[ $? -eq 1 ] || fail "extents agrees without line $start of its map: $(sed -n "${start}p" extents.map)"
done <starts

[ $failures -eq 0 ] || exit 1
