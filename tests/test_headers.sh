#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Each public header compiles alone, and twice, as C11 and as C++17, without a warning; with the compilers of this
# build, and with gcc and clang where they are installed.
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
here() { # command…: those that are installed, each once
	local command
	for command in "$@"; do command -v "$command"; done | xargs -r readlink -f | sort -u
}
for path in include/s2twin/*.h; do
	header=${path#include/}
	for compiler in $(here "$CC" gcc clang); do check "$header" c "$compiler" -std=c11 -Wstrict-prototypes; done
	for compiler in $(here "$CXX" g++ clang++); do
		# A link called clang++ leads to clang.
		check "$header" cpp "$compiler" -x c++ -std=c++17 -Wold-style-cast
	done
done
echo "$count compilations"
[ "$count" -gt 0 ] && exit "$status"
