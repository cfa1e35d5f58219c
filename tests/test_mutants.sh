#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The score of the mutants: its files, and that it fails where a mutant is not noticed as its header says. Before that:
# the mutants that tests use are those that a build makes, and each patch has one place where it fits.
set -u
. tests/expect.bash
late=$(for name in $(grep -ohE '(impl|model|body|crash)-[a-z0-9-]+' tests/test_*.sh | sort -u); do
	[ ! -e "tests/mutants/$name.patch" ] || grep -qx "$name" tests/mutants/fast || echo "$name"
done)
if [ -n "$late" ]; then
	echo "FAILED: tests use these, and tests/mutants/fast does not name them:" $late >&2
	exit 1
fi
if ! command -v python3 >/dev/null; then
	echo "There is no python3 here, so the score of the mutants was not computed."
	exit 0
fi
mutants=tests/mutants
check 'a patch that fits several places, or none' "$mutants/places.py" "$mutants"/*.patch tests/repairs/*.patch
tree=${S2T_SCRATCH:?names an empty directory}/tree
mkdir -p "$tree/tests/mutants"
cp -r corpus "$tree"
cp tests/mutants/{score.py,render.py} tests/mutants/{impl-assign-no-unmap,impl-panic-undone,model-io-domain}.patch \
	tests/mutants/impl-data-log-8-bits.patch "$tree/tests/mutants"
mutants=$tree/tests/mutants
score() { # STATUS WHAT ARGUMENT…
	local wanted=$1 what=$2
	shift 2
	python3 "$mutants/score.py" --fast --limit 20 --build "${S2T_BUILD:?}" --out "$S2T_SCRATCH/out" "$@" >"$S2T_SCRATCH/printed" 2>&1
	local status=$?
	[ $status -eq "$wanted" ] || complain "$what: status $status instead of $wanted: $(cat "$S2T_SCRATCH/printed")"
}
printed() { grep -q -- "$1" "$S2T_SCRATCH/printed" || complain "not printed: $1: $(cat "$S2T_SCRATCH/printed")"; }

score 0 'as the headers say'
for file in scores.json table.md index.html plot.svg; do
	[ -s "$S2T_SCRATCH/out/$file" ] || complain "$file was not written"
done
grep -q '| impl-assign-no-unmap |.*| state |$' "$S2T_SCRATCH/out/table.md" || complain "the table does not say what was seen"
python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$S2T_SCRATCH/out/plot.svg" || complain "the plot is no XML"

score 2 'no such mutant' impl-no-such
score 2 'no such engine' --engine none
S2T_BUILD=$S2T_SCRATCH score 3 'nothing was built' impl-assign-no-unmap

# Each of these is not as its header says.
sed -i '/^equivalent: /d' "$mutants/impl-panic-undone.patch"
score 1 'not found' --limit 1 impl-panic-undone
printed 'FAILED: impl-panic-undone: not found'
sed -i '/^shortest: /s/.*/equivalent: so it is said./' "$mutants/impl-assign-no-unmap.patch"
score 1 'not equivalent' impl-assign-no-unmap
printed 'FAILED: impl-assign-no-unmap: said to be equivalent'
sed -i 's/^caught: .*/caught: invariants/' "$mutants/model-io-domain.patch"
score 1 'a check that does not notice' model-io-domain
printed 'FAILED: model-io-domain: invariants does not notice it'
sed -i '2a caught: corpus' "$mutants/impl-data-log-8-bits.patch"
score 0 'seen by the corpus' impl-data-log-8-bits

[ "$failures" -eq 0 ]
