#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `s2twin explore`: the claims, each reduction against the search without it, threads, limits, kills, faults.
set -u
: "${S2TWIN:?}" "${S2TWIN_PLAIN:?}" "${S2T_FAULTS:?}"
tests=$(cd "$(dirname "$0")" && pwd)
cd "${S2T_SCRATCH:?names an empty directory}" || exit 3
failures=0

check() { # what, condition…
	local what=$1
	shift
	"$@" && return
	echo "FAILED: $what: $*"
	failures=$((failures + 1))
}

# explore NAME ARGUMENT…: its exit status in $status, its JSON without timing in NAME.json.
explore() {
	local name=$1
	shift
	"${command:-$S2TWIN_PLAIN}" explore --json "$@" >"$name.all" 2>"$name.err"
	status=$?
	sed '/"timing": {/,/}/d' "$name.all" >"$name.json"
}

# of NAME KEY: the value of a key of the whole, not of a part.
of() { sed -n "s/^  \"$2\": \"\\{0,1\\}\\([^\",]*\\).*/\\1/p" "$1.json"; }

# part NAME NUMBER KEY
part() { grep "^ .* \"$3\":" "$1.json" | grep -v '^  "' | sed -n "$2s/.*: //p" | tr -d ',"'; }

# The tiny universe to its end, with every reduction that holds there: as many states, as deep, with as many
# transitions and panics in each part as another program counts, which knows nothing of fingerprints.
command=$S2TWIN explore tiny tiny
check "tiny agrees" [ $status = 0 ]
check "tiny is complete" [ "$(of tiny complete)" = true ]
check "depth of tiny" [ "$(of tiny depth)" = 12 ]
"$S2TWIN_PLAIN" explore tiny --print >tiny.trace
counted() { # NAME: what is in NAME.json, as count_states.py prints it
	for number in 1 2; do
		echo "$(part "$1" $number states) $(part "$1" $number depth) $(part "$1" $number transitions) $(part "$1" $number panics)"
	done
}
if command -v python3 >/dev/null; then
	python3 "$tests/count_states.py" tiny.trace >classes
	python3 "$tests/count_states.py" tiny.trace --raw >told-apart
else
	echo "There is no python3 here, so the states were counted by s2twin alone."
	printf '%s\n' '1850 12 37000 5537' '28 3 364 138' >classes
	printf '%s\n' '3600 12 72000 10760' '28 3 364 138' >told-apart
fi
check "states of tiny" [ "$(counted tiny)" = "$(cat classes)" ]

# However many threads: the same states, in the same order.
for jobs in 1 3; do
	explore jobs$jobs small --jobs $jobs
	check "$jobs threads" [ $status = 0 ]
done
check "threads show in no result" cmp -s jobs1.json jobs3.json

# Pages that change places: two states of one class are one swap apart.
explore no-pages tiny --without pages
check "tiny with pages told apart" [ "$(counted no-pages)" = "$(cat told-apart)" ]
check "classes of pages" [ $((2 * $(part tiny 1 states))) -gt "$(part no-pages 1 states)" ]
check "depth with pages told apart" [ "$(of no-pages depth)" = 12 ]

# Parts that have nothing to do with each other: the states of the whole are all pairs.
explore whole tiny --without pages,factor --invariants none
check "the whole agrees" [ $status = 0 ]
check "states of the whole" [ "$(of whole states)" = $(($(part no-pages 1 states) * $(part no-pages 2 states))) ]
check "depth of the whole" [ "$(of whole depth)" = $((12 + 3)) ]

# VMs that change places.
explore no-vms small --without vms --invariants none
check "small with VMs told apart" [ "$(of no-vms complete)" = true ]
check "depth with VMs told apart" [ "$(of no-vms depth)" = "$(of jobs1 depth)" ]
check "fewer classes than states" [ "$(of jobs1 states)" -lt "$(of no-vms states)" ]
check "two VMs, so at least half" [ $((2 * $(part jobs1 1 states))) -ge "$(part no-vms 1 states)" ]

# What has no end without its reduction, up to a bound: the same verdict.
for reduction in data_log tokens counts all; do
	explore "no-$reduction" tiny --without $reduction --depth 6
	check "tiny without $reduction" [ $status = 0 ]
	check "tiny without $reduction is bounded" [ "$(of "no-$reduction" end)" = "depth bound" ]
done
check "data_log in the state" [ "$(of no-data_log states)" -gt "$(of no-counts states)" ]

# Invariants that both sides break: the same ones, after as many calls, whether states are judged page by page or each.
broken() { grep -A1 -e '"number"' -e '"after"' "$1.json" | grep -e number -e after; grep -c '^ *"[a-z0-9_]* .*=' "$1.json"; }
check "invariants are broken: $(broken jobs1)" grep -q '"number": "A7"' jobs1.json
explore no-pages-small small --without pages
check "broken invariants with pages told apart" [ "$(broken jobs1)" = "$(broken no-pages-small)" ]
explore unjudged small --invariants none
check "no invariants" [ "$(grep -c '"number"' unjudged.json)" = 0 ]
explore forbidden small --forbid A7 --invariants none --out kept
check "a forbidden invariant" [ "$status $(of forbidden end)" = "1 DIVERGED" ]
check "after as many calls" grep -q 'small, 3 calls' forbidden.json
explore strict small --strict
check "a finding, strictly" [ $status = 1 ]

# The other forms of the operations.
explore high tiny --spec high
check "the high form, but for the known differences" [ $status = 0 ]
check "the high form is complete" [ "$(of high complete)" = true ]
explore none tiny --spec high --known none
check "the high form with no difference known" [ $status = 1 ]
explore body tiny --level body
check "the bodies" [ "$(of body complete)" = true ]

# A fault: the shortest sequence to it, with reductions and without.
for fault in impl-clear-no-unmap impl-grant-limit impl-unmap-count-wraps; do
	command=$S2T_FAULTS/s2twin-fault-$fault
	[ -x "$command" ] || continue
	explore "$fault" tiny --out kept
	check "$fault is found" [ $status = 1 ]
	check "$fault diverges" [ "$(of "$fault" end)" = DIVERGED ]
	explore "$fault-raw" tiny --out kept --without all
	check "$fault is found without reductions" [ $status = 1 ]
	check "$fault at the same length" \
		[ "$(grep -m1 -o 'tiny, [0-9]* call' "$fault.json")" = "$(grep -m1 -o 'tiny, [0-9]* call' "$fault-raw.json")" ]
	check "$fault has one signature" \
		[ "$(grep -m1 '"signature"' "$fault.json")" = "$(grep -m1 '"signature"' "$fault-raw.json")" ]
done
unset command
check "some fault was there" [ -d kept ]

# Faults on the default universe: found, and with no more calls than shrinking left of them.
if command -v python3 >/dev/null && [ -x "$S2T_FAULTS/s2twin-fault-impl-revoke-not-at-limit" ]; then
	python3 "$tests/mutants/explored.py" --build "${S2T_FAULTS%/tests/mutants}" impl-grant-limit impl-revoke-not-at-limit \
		impl-smmu-count-limit impl-assign-owner-first model-clear-no-unmap model-map-pfn-level-1 >explored 2>&1
	status=$?
	check "faults on the default universe: $(cat explored)" [ $status = 0 ]
	check "calls that each takes" [ "$(sed -n 's/^| [a-z]*-[a-z0-9-]* | \([0-9]*\) .*/\1/p' explored | tr '\n' ' ')" = '6 6 5 2 2 1 ' ]
fi

# An implementation that crashes leaves the trace that led there, and says so.
if [ -x "$S2T_FAULTS/s2twin-fault-crash-null" ]; then
	(ulimit -c 0 && exec "$S2T_FAULTS/s2twin-fault-crash-null" explore tiny --out crashed) >crash.out 2>crash.err
	check "a crash ends the process" [ $? -gt 128 ]
	check "a crash is told: $(cat crash.err)" grep -q 'the trace is crashed/crash-explore.trace' crash.err
	check "the trace of a crash" grep -q '^# A crash: universe tiny' crashed/crash-explore.trace
	"$S2T_FAULTS/s2twin-fault-crash-null" replay --isolate crashed/crash-explore.trace >replayed 2>&1
	check "the trace of a crash crashes again" [ $? = 1 ]
fi

# Universes as JSON.
"$S2TWIN_PLAIN" explore --list --json >list.json
check "the list as JSON" [ "$(grep -c '"universe"' list.json)" = $(($("$S2TWIN_PLAIN" explore --list | wc -l) - 1)) ]
"$S2TWIN_PLAIN" explore tiny --print --json >print.json
check "a universe as JSON" [ "$(grep -c '^      "' print.json)" = 33 ]
check "its trace as JSON" grep -q '"trace": "s2twin-trace 1' print.json

# A universe of one's own is a trace.
cat >own.trace <<'END'
s2twin-trace 1
map_page_host addr=0x40001000
clear_vm_page vmid=0 pfn=0x40001
END
explore own own.trace
check "a trace" [ "$(of own states) $(of own complete)" = "3 true" ]
"$S2TWIN_PLAIN" explore tiny --print >printed.trace
explore printed printed.trace
check "a printed universe is the same" [ "$(of printed states)" = "$(of tiny states)" ]

# EL2's tables and the host's, of which no call names a VM, are not one: two blocks, each there or not.
cat >el2.trace <<'END'
s2twin-trace 1
config corevisor=2
map_s2pt vmid=0 addr=0x200000 level=2 pte=0x400007fd
map_s2pt vmid=2 addr=0x200000 level=2 pte=0x400007fd
END
explore el2 el2.trace --without factor
check "tables of EL2 and of the host" [ "$(of el2 states) $(of el2 depth)" = "4 2" ]

# Words of the hypercall layer are part of a state: three VMs are given out, and each may be off.
cat >vms.trace <<'END'
s2twin-trace 1
config corevisor=4
register_kvm
END
explore given vms.trace
check "VMs given out" [ "$(of given states) $(of given depth)" = "4 3" ]
for vmid in 1 2 3; do echo "set_vm_poweroff vmid=$vmid"; done >>vms.trace
echo "el2_alloc_smmu_pgd cbndx=2 vmid=0 index=1" >>vms.trace
explore off vms.trace
check "VMs off" [ "$(of off states) $(of off complete)" = "64 true" ]
check "hypercalls are not factored" [ "$(grep -c '"calls"' off.json)" = 2 ]

# The default universe reaches every case of its operations but those that docs/explore.md names. Undefined calls and calls
# after a panic are none of a search, and what only the high form has is none of the low one.
explore cases default --depth 6
"$S2TWIN_PLAIN" explore default --print | sed -n 's/^\([a-z_0-9]*\) .*=.*=.*\|^\(map_page_host\) .*/\1\2/p' | grep -v '^config' | sort -u >operations
while read -r operation; do "$S2TWIN_PLAIN" spec "$operation"; done <operations |
	sed -n '/ high only /d; s/^  \([A-Z]\{3\}-\([2-9]\|[1-9][0-9]\)\) .*/\1/p' | sort >cases.all
sed -n 's/^ *"\([A-Z]\{3\}-[0-9]*\)": .*/\1/p' cases.json | sort -u >cases.reached
check "operations of the default universe: $(cat operations)" [ "$(wc -l <operations)" = 13 ]
check "cases that the default universe does not reach" \
	[ "$(comm -23 cases.all cases.reached | tr '\n' ' ')" = 'APV-8 APV-9 UMP-5 UMP-6 ' ]

# Limits.
explore bound small --depth 4
check "a bound is part of the claim" [ "$(of bound end)" = "depth bound" ]
explore memory large --memory 1
check "a limit of memory" [ $status = 3 ]
check "a limit of memory is said" [ "$(of memory end)" = "memory limit" ]

# Killed at any moment, and gone on with: the same end.
for delay in 0.05 0.2 0.4; do
	timeout -s KILL $delay "$S2TWIN_PLAIN" explore vms --keep kept-search >/dev/null 2>&1
done
printf 'half a record' >>kept-search.1
explore resumed vms --keep kept-search
explore straight vms
check "a search that was killed" cmp -s resumed.json straight.json
explore again vms --keep kept-search
check "a search that is over" cmp -s again.json straight.json
explore other tiny --keep kept-search
check "another search in the same file" [ $status = 2 ]
check "said in one line" [ "$(wc -l <other.err)" = 1 ]

# One is one; and a search of no time has no rates.
cat >one.trace <<'END'
s2twin-trace 1
map_page_host addr=0x40001000
END
"$S2TWIN_PLAIN" explore one.trace >one.txt
check "one call" grep -q '^part 1 of 1: 1 call, complete$' one.txt
check "one case" grep -q '1 case reached$' one.txt
check "the claim of one call" grep -q 'over this 1 call on this board diverges$' one.txt
check "no rates" grep -q '^0\.[0-9]* s$' one.txt

# What is undefined in the model is undefined in the implementation, in every state.
"$S2TWIN_PLAIN" explore tiny --undefined compare >undefined.txt
check "undefined on both sides" grep -q '^no sequence of any length over these 33 calls on this board diverges$' undefined.txt
printf '%s\n' 's2twin-trace 1' 'config smmu_num=2' 'host_fault addr=0x40005000 esr=0 data=0' >two-smmus.trace
"$S2TWIN_PLAIN" explore two-smmus.trace --iut spec:top --undefined=compare --out undefined >undefined.txt 2>&1
check "undefined on one side" grep -q '^op=host_fault case=HFT-0 kind=outcome implementation=ok$' undefined.txt

# Usage.
for wrong in "--without colour" "nowhere" "--depth x" "tiny tiny" "--known all" "--undefined run"; do
	# shellcheck disable=SC2086 # words
	explore wrong $wrong
	check "wrong usage: $wrong" [ $status = 2 ]
	check "one line for: $wrong" [ "$(wc -l <wrong.err)" = 1 ]
done
exit $((failures > 0))
