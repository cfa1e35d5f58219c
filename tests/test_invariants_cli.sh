#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Invariants through the command: what both sides break is listed and no failure, --forbid makes a divergence of it that can
# be shrunk, kept and replayed, and in a faulty implementation the report names what it alone breaks.
set -u
cd "$S2T_SCRATCH" || exit 3
failures=0

complain() {
	echo "FAILED: $1"
	sed 's/^/    /' out | tail -n 20
	failures=$((failures + 1))
}
# expect STATUS PATTERN ARGUMENTS…: PATTERN is an extended regular expression for a line of the output.
expect() {
	local status=$1 pattern=$2
	shift 2
	"${program:-$S2TWIN}" "$@" >out 2>&1 </dev/null
	local got=$?
	[ "$got" -eq "$status" ] || complain "s2twin $*: exit status $got, not $status"
	grep -Eq -- "$pattern" out || complain "s2twin $*: no line '$pattern'"
}

run="run --seed 7 --ops 20k --board default --out kept"
# shellcheck disable=SC2086 # words
{
	expect 0 '^  I6  host_iso +[0-9]+ steps  what the host maps' $run
	expect 0 '^      first: sequence [0-9]+, step [0-9]+, board default, [a-z0-9_]+: the host maps page' $run
	expect 0 '^invariants never broken: I1,I2,' $run
	sed '/operations\/s$/d' out >one
	expect 0 '^agreed: 20000 operations' $run --jobs 3
	sed '/operations\/s$/d' out >three
	cmp -s one three || complain '--jobs 3 finds something else'
	expect 1 '^agreed: ' $run --strict
	expect 0 '^invariants: none were checked' $run --invariants none
	expect 0 '^invariants not checked: I6,A1' $run --invariants=-I6,-hw_walk
	! grep -Eq '^  (I6|A1) ' out || complain 'what is switched off is found'
	expect 0 '"number": "I6"' $run --json
	expect 0 '^invariants not checked: I1,I2' $run --invariants I6
	for wrong in '' I20 'I6,' i6 books; do
		expect 2 "is all, none, or numbers or names of invariants" $run --invariants "$wrong"
		expect 2 "is all, none, or numbers or names of invariants" $run --forbid "$wrong"
	done
	expect 1 '^CAUSE +invariant I6 host_iso: broken invariant' $run --forbid I6
}

# What was kept replays: a divergence as long as I6 is forbidden, else a finding.
trace=$(echo kept/????????????????.trace)
expect 1 '^op=.* kind=invariant invariant=I6 broken=both' replay --forbid I6 "$trace"
expect 0 'both sides break I6 host_iso at step [0-9]+ \(line [0-9]+\): the host maps page' replay "$trace"
expect 1 '1 traces: 1 agreed' replay --strict "$trace"
expect 0 '"number":"I6"' replay --json "$trace"
expect 1 '^REPLAY +s2twin replay --forbid=I6 ' explain --forbid I6 "$trace"
expect 1 'kind=invariant' shrink --forbid I6 -o shrunk.trace "$trace"

# Faulty implementations: what they alone break.
alone() { # alone FAULT NUMBER NAME OPERATIONS…
	local number=$2 name=$3
	program=$S2T_FAULTS/s2twin-fault-$1
	shift 3
	printf '%s\n' 's2twin-trace 1' "$@" >faulty.trace
	expect 1 "^(INVARIANTS)? +$number $name: before holds; after broken in the implementation" \
		replay --no-shrink faulty.trace
	program=
}
alone impl-clear-no-scrub A3 zero_on_release 'assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005' \
	'clear_vm_page vmid=1 pfn=0x40005'
alone impl-assign-no-unmap I6 host_iso 'map_page_host addr=0x40005000' 'assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005'
alone impl-grant-stuck-lock A6 locks_free 'assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005' 'grant_vm_page vmid=2 pfn=0x40005' \
	'grant_vm_page vmid=1 pfn=0x40005' 'grant_vm_page vmid=1 pfn=0x40001'

# Under a map that hides what an invariant reads that is not judged, but counted; under one that does not, nothing is said.
program=$S2T_FAULTS/s2twin-fault-impl-clear-no-scrub
printf '%s\n' 's2twin-trace 1' 'el2_alloc_smmu_pgd cbndx=0 vmid=1 index=0' 'assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005' \
	'map_spt cbndx=0 index=0 addr=0x7000 pte=0x40005fff' 'clear_vm_page vmid=1 pfn=0x40005' >faulty.trace
printf '%s\n' 's2twin-map 1' 'content unknown after clear_vm_page' >hides.map
printf '%s\n' 's2twin-map 1' 'mask npt 0x0780000000000000' >marks.map
expect 0 '^not judged under the map where one side alone breaks them: A3,A5$' replay --map hides.map faulty.trace
expect 0 '^  A5  stale_dma +1 of 1 states judged from scratch$' replay --map hides.map faulty.trace
expect 0 '"not_judged":\{"states_judged":1,"invariants":\[.*"number":"A5","name":"stale_dma","states":1\}' \
	replay --json --map hides.map faulty.trace
expect 1 '^DIVERGENCE' replay --no-shrink --map marks.map faulty.trace
! grep -q '^not judged' out || complain 'a map that hides nothing is said to'
program=
expect 0 '^not judged under the map where one side alone breaks them: A3,A5$' run --ops 5k --map hides.map --out kept
expect 0 '^agreed' run --ops 20k --map marks.map --out kept

echo "$failures failures"
[ "$failures" -eq 0 ]
