#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# corpus.sh: the inputs that are kept in corpus/inputs, so that campaigns and coverage need not begin from nothing.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
build=${S2T_FUZZ_BUILD:-$root/build/fuzz}

usage() {
	cat <<-'END'
	usage: corpus.sh merge [DIR…]     adds what DIRs reach and corpus/inputs does not, and minimises; without DIR: what
	                                  the campaigns of `./dev fuzz` found, with libFuzzer and with AFL++
	       corpus.sh minimise         leaves out inputs that reach nothing which the others do not
	Inputs are cut at 512 bytes: short ones, which reach as much, are what is kept.
	END
}

say() { printf 'corpus: %s\n' "$*" >&2; }
fail() { # status sentence
	say "$2"
	exit "$1"
}

action=${1-}
[ $# -eq 0 ] || shift
case $action in
merge) ;;
minimise) [ $# -eq 0 ] || fail 2 "minimise takes no folder" ;;
--help) usage && exit ;;
*) usage >&2 && exit 2 ;;
esac
[ -x "$build/fuzz/fuzz_keep" ] || fail 3 "$build/fuzz/fuzz_keep is missing: ./dev build fuzz"

kept=$root/corpus/inputs
sources=("$kept" "$@")
mkdir -p "$kept"
if [ "$action" = merge ] && [ $# -eq 0 ]; then
	for dir in "$build"/corpus/fuzz-lockstep/corpus "$build"/corpus/afl-lockstep/*/queue; do
		[ ! -d "$dir" ] || sources+=("$dir")
	done
	[ ${#sources[@]} -gt 1 ] || fail 2 "no campaign has left anything in $build/corpus: ./dev fuzz, or name a folder"
fi
fresh=$(mktemp -d "$build/merged-XXXXXX")
trap 'rm -rf -- "$fresh"' EXIT
before=$(find "$kept" -type f | wc -l)
S2TWIN_OUT=$fresh/finds "$build/fuzz/fuzz_keep" -set_cover_merge=1 -use_counters=0 -max_len=512 "$fresh" "${sources[@]}" \
	>"$build/merge.log" 2>&1 || fail 3 "libFuzzer does not merge; see $build/merge.log"
[ ! -e "$fresh/finds" ] || fail 1 "an input diverges; see $build/merge.log"
[ "$(find "$fresh" -type f | wc -l)" -gt 0 ] || fail 3 "nothing is left; see $build/merge.log"
rm -f -- "$kept"/*
mv -- "$fresh"/* "$kept/"
chmod 644 "$kept"/*
say "$before inputs before, $(find "$kept" -type f | wc -l) now, $(cat -- "$kept"/* | wc -c) bytes"
