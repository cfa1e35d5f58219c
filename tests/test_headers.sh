#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Each public header compiles alone, and twice, as C11 and as C++17, without a warning.
set -u
flags=(-Iinclude -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
status=0
count=0
check() { # header language compiler flags…
	local header=$1 language=$2
	shift 2
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$S2T_SCRATCH/one.$language"
	"$@" "${flags[@]}" "$S2T_SCRATCH/one.$language" || { echo "$header does not compile alone ($*)"; status=1; }
	count=$((count + 1))
}
for path in include/s2twin/*.h; do
	header=${path#include/}
	check "$header" c "$CC" -std=c11 -Wstrict-prototypes
	check "$header" cpp "$CXX" -std=c++17 -Wold-style-cast
done
echo "$count compilations"
[ "$count" -gt 0 ] && exit "$status"
