#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The seeds of the corpus are what they say: the long ones are what their script writes; each has its version and
# its comment in the first two lines; the model takes each to its end, and only the last step may panic or be
# undefined (before the seed of an stands the panic that halts it); cases/X.trace ends in case X.
set -u
seeds=corpus/seeds
status=0
count=0
fail() {
	echo "$*"
	status=1
}

corpus/make_long_seeds.sh "$S2T_SCRATCH/long" || fail "make_long_seeds.sh fails"
while read -r file; do
	cmp "$S2T_SCRATCH/long/$file" "$seeds/$file" || fail "$seeds/$file: run corpus/make_long_seeds.sh again"
	count=$((count + 1))
done < <(cd "$S2T_SCRATCH/long" && find . -name '*.trace')
[ "$count" -gt 0 ] || fail "make_long_seeds.sh writes nothing"

count=0
while read -r trace; do
	count=$((count + 1))
	mapfile -t -n 2 head < "$trace"
	[[ ${head[0]} == 's2twin-trace 1' && ${head[1]} == '# '*. ]] || fail "$trace: a comment must be line 2"
	name=$(basename "$trace" .trace)
	# Only the high form has CVP-6.
	spec=low
	[ "$name" = CVP-6 ] && spec=high
	"$S2TWIN" eval --spec "$spec" "$trace" > "$S2T_SCRATCH/steps" || fail "$trace: refused"
	# How many steps at the end may be other than ok.
	free=1
	[[ $name == ???-[01] ]] && free=2
	head -n "-$free" "$S2T_SCRATCH/steps" | grep -v '"outcome":"ok"' && fail "$trace: the end must come last"
	[[ $trace != */cases/* ]] || tail -n 1 "$S2T_SCRATCH/steps" | grep -q "\"case\":\"$name\"" ||
		fail "$trace: the last step is another case"
done < <(find "$seeds" -name '*.trace' | sort)
[ "$count" -gt 100 ] || fail "$count seeds only"
echo "$count seeds"
exit "$status"
