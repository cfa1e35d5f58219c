#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The repairs of tests/repairs: each is a difference from the specification at the trace of its finding; under its map it is
# a named one, which is counted, there and in random runs, and nothing else differs.
set -u
repairs=${S2T_REPAIRS:?names the folder of the repairs}
cd "$(dirname "$0")/.." || exit 3
scratch=${S2T_SCRATCH:?names an empty directory}
failures=0

complain() {
	echo "FAILED: $1" >&2
	failures=$((failures + 1))
}

# expect STATUS PATTERN COMMAND…: on both streams.
expect() {
	local status=$1 pattern=$2 got text
	shift 2
	text=$("$@" 2>&1 </dev/null)
	got=$?
	# shellcheck disable=SC2053
	if [ "$got" -ne "$status" ] || [[ $text != $pattern ]]; then
		complain "$*: exit status $got, not $status, or another output:"
		tail -n 20 <<<"$text" >&2
	fi
}

# repair NAME FINDING…: the traces of what it repairs.
repair() {
	local name=$1 trace
	local run=$repairs/s2twin-repair-$name map=tests/repairs/$name.map
	shift
	[ ! -e "$repairs/$name/stale" ] || complain "$name.patch does not apply: $(cat "$repairs/$name/stale")"
	for trace; do
		expect 1 '*DIVERGENCE*1 diverged*' "$run" replay --no-shrink "corpus/findings/$trace.trace"
		expect 0 '*1 agreed, 0 diverged*what the map let pass:*resync * [1-9]*never seen of it: nothing*' \
			"$run" replay --map "$map" "corpus/findings/$trace.trace"
	done
	expect 0 "*agreed: 30000 operations*" \
		"$run" run --layer all --map "$map" --seed 1 --ops 30k --out "$scratch/$name"
	done=" $done $name "
}

done=
repair C1 C1-host-keeps-page C1-by-hypercalls
repair C2 C2-unaligned-block C2-by-hypercalls
repair C3-mapping C3-frame-0 C3-block-of-frame-0
repair C3-count C3-count-of-frame-0
repair C4 C4-revoke-below-invalid S10-by-hypercalls
repair C6 C6-mapped-twice
repair C8 C8-device-of-dead-vm
repair S2 S2-attribute-is-address S2-another-page S2-not-valid
repair S7 S7-vcpu-outlives-vm
for patch in tests/repairs/*.patch; do
	name=$(basename "$patch" .patch)
	[[ $done == *" $name "* ]] || complain "$name is not tested here"
done

exit $((failures > 0))
