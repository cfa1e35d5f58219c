#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeds.sh S2TWIN OUT: makes seed inputs of the traces in corpus/seeds and corpus/hyper, one file each, named after the
# trace. Those of corpus/findings are for replay; a few go over ranges that are too long for an input.
set -euo pipefail
corpus=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../corpus
[ $# -eq 2 ] || { echo "usage: seeds.sh S2TWIN OUT" >&2 && exit 2; }
s2twin=$(readlink -f -- "$1")
mkdir -p -- "$2"
out=$(readlink -f -- "$2")
cd -- "$corpus"
find seeds hyper -name '*.trace' | LC_ALL=C sort | while read -r trace; do
	name=${trace%.trace}
	[ "$out/${name//\//-}" -nt "$trace" ] || "$s2twin" convert --to-input "$trace" -o "$out/${name//\//-}"
done
