#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# From a planted fault to a short trace: each fault is found with three seeds, shrunk to its known minimum, and has one
# signature and one entry in the folder. S2T_FAULTS is where the commands with a fault are.
set -u
. tests/expect.bash
faults=${S2T_FAULTS:?names the folder of the commands with a planted fault}
root=$PWD
cd -- "${S2T_SCRATCH:?names an empty directory}" || exit 3
ids() { # folder: the signatures that it keeps
	find "$1" -name '????????????????.trace' -printf '%f\n' | sed 's/[.]trace$//' | sort
}
operations() { grep -vcE '^(#|s2twin-trace|config|page)' "$1"; }

# name, seeds of which the first finds the shortest and all find the same, operations left, signature. A page of the start
# state counts as the operation that it saves.
while read -r name seeds minimum signature; do
	[ -n "$name" ] || continue
	rm -rf out
	options=()
	[[ $name != crash-* ]] || options=(--isolate --hang-limit 1)
	for seed in ${seeds//,/ }; do
		"$faults/s2twin-fault-$name" run --ops 300000 --seed "$seed" --out out "${options[@]}" >output 2>errors
		status=$?
		check "$name, seed $seed: exit status $status, not 1: $(cat errors)" [ $status -eq 1 ]
		check "$name, seed $seed: not 1-minimal" grep -q '1-minimal' output
	done
	check "$name: $(ids out | wc -l) signatures instead of one: $(ids out | tr '\n' ' ')" [ "$(ids out | wc -l)" -eq 1 ]
	check "$name: counted $(wc -l <"$(echo out/*.count)") times, not 3" [ "$(cat out/*.count | wc -l)" -eq 3 ]
	trace=$(echo out/????????????????.trace)
	left=$(($(operations "$trace") + $(grep -c '^page' "$trace")))
	check "$name: $left operations are left, not $minimum: $(cat "$trace")" [ "$left" -eq "$minimum" ]
	check "$name: $(head -n 2 "$trace" | tail -n 1)" grep -q ": $signature\$" "$trace"
	# A short trace is short already, and stays what it is.
	"$faults/s2twin-fault-$name" shrink "${options[@]}" -o again.trace "$trace" >/dev/null 2>errors
	check "$name: its shrunk trace has another signature: $(cat errors)" grep -q "^$(ids out): " errors
	check "$name: its shrunk trace does not shrink to itself" diff <(grep -v '^#' "$trace") <(grep -v '^#' again.trace)
done <<'END'
impl-assign-any-frame       1,2,3 2 op=assign_pfn_to_vm case=APV-10 kind=outcome implementation=ok
impl-assign-no-adoption     4,5,6 2 op=assign_pfn_to_vm case=APV-9 kind=state entries=s2page
impl-assign-no-content      1,2,3 1 op=assign_pfn_to_vm case=APV-2 kind=state entries=flatmem,data_log
impl-assign-no-unmap        1,2,3 2 op=assign_pfn_to_vm case=APV-3 kind=state entries=npt
impl-assign-owner-first     1,2,3 2 op=assign_pfn_to_vm case=APV-4 kind=state entries=s2page
impl-block-index            1,2,3 1 op=map_pfn_vm case=MPV-3 kind=state entries=npt
impl-block-is-table         1,2,3 1 op=map_pfn_vm case=MPV-3 kind=outcome implementation=undefined
impl-clear-no-scrub         1,3,6 2 op=clear_vm_page case=CVP-3 kind=state entries=flatmem
impl-clear-no-unmap         1,2,3 2 op=clear_vm_page case=CVP-4 kind=state entries=npt
impl-grant-limit            1,2,3 1 op=grant_vm_page case=GVP-3 kind=state entries=s2page
impl-grant-stuck-lock       1,2,3 1 op=grant_vm_page case=GVP-4 kind=lock entries=lock:s2page
impl-host-maps-private      1,2,3 2 op=map_page_host case=MPH-5 kind=outcome implementation=ok
impl-host-misses-smmu-only  1,2,3 2 op=map_page_host case=MPH-4 kind=outcome implementation=panic
impl-init-spt-recycles      1,2,3 2 op=init_spt case=IST-2 kind=state entries=spt_next
impl-io-executable          1,2,3 1 op=map_vm_io case=MVI-2 kind=state entries=npt
impl-level-below-two        1,2,3 1 op=map_pfn_vm case=MPV-2 kind=state entries=npt
impl-map-spt-zero           1,2,3 1 op=map_spt case=MST-2 kind=malformed entries=spt
impl-partial-scrub          1,3,7 2 op=clear_vm_page case=CVP-3 kind=state entries=flatmem
impl-pool-of-another-vm     1,2,4 1 op=map_pfn_vm case=MPV-2 kind=malformed entries=npt
impl-pool-reuse             1,2,3 1 op=map_spt case=MST-2 kind=malformed entries=spt,stray:smmu
impl-pte-high-bits          1,2,3 1 op=map_pfn_vm case=MPV-2 kind=state entries=npt
impl-revoke-no-content      1,2,3 2 op=revoke_vm_page case=RVP-2 kind=state entries=flatmem,data_log
impl-revoke-no-unmap        1,2,3 3 op=revoke_vm_page case=RVP-3 kind=state entries=npt
impl-revoke-signed-count    1,2,3 2 op=revoke_vm_page case=RVP-5 kind=state entries=s2page
impl-smmu-assign-count-zero 1,2,3 2 op=assign_pfn_to_smmu case=APS-3 kind=state entries=s2page
impl-smmu-assign-no-unmap   1,2,3 2 op=assign_pfn_to_smmu case=APS-3 kind=state entries=npt
impl-smmu-root-swapped      1,2,3 1 op=map_spt case=MST-2 kind=malformed entries=spt
impl-stray-free-table       1,2,3 1 op=map_spt case=MST-2 kind=stray entries=stray:smmu
impl-unmap-count-wraps      2,4,5 2 op=unmap_smmu_page case=UMP-3 kind=state entries=s2page
impl-unmap-counts-vm-pages  1,2,3 4 op=unmap_smmu_page case=UMP-4 kind=state entries=s2page
impl-walk-masks             1,2,3 2 op=walk_s2pt case=WKN-4 kind=return
crash-exit                  1,2,3 1 op=update_smmu_page case=USP-7 kind=outcome implementation=crash exit=3
END

# Two faults at once: the signatures of both, and each trace shows its own.
mkdir both
variant=$faults
cp -- "$variant/impl-pool-reuse/pool.c" "$variant/impl-clear-no-unmap/bodies.c" both/
# shellcheck disable=SC2046
"$CC" -std=c11 -O1 -D_POSIX_C_SOURCE=200809L '-DS2T_VERSION="test"' -I"$root/include" -I"$root/impl" -I"$root/model" \
	-I"$root/harness" both/pool.c both/bodies.c "$root/harness/main.c" "$S2T_LIBRARY" $(pkg-config --libs jansson) \
	-lpthread -o both/s2twin || complain "the command with two faults cannot be built"
for name in impl-pool-reuse impl-clear-no-unmap; do
	"$faults/s2twin-fault-$name" run --keep-going --ops 60000 --seed 1 --out alone-$name >/dev/null 2>&1
done
both/s2twin run --keep-going --ops 60000 --seed 1 --out both/out >/dev/null 2>&1
status=$?
check "two faults: exit status $status, not 1" [ $status -eq 1 ]
for name in impl-pool-reuse impl-clear-no-unmap; do
	id=$(ids alone-$name | comm -12 - <(ids both/out) | head -n 1)
	check "two faults: no signature of $name" [ -n "$id" ]
	"$faults/s2twin-fault-$name" replay "both/out/$id.trace" >output 2>/dev/null
	check "two faults: $id does not diverge with $name alone" [ $? -eq 1 ]
	check "two faults: $id is another divergence with $name alone" grep -q "$id" output
done

# A crash and a hang shrink as well, and do not end the campaign.
"$faults/s2twin-fault-crash-null" run --isolate --keep-going --ops 5000 --seed 1 --out null >output 2>errors
status=$?
check "crash: exit status $status, not 1: $(cat errors)" [ $status -eq 1 ]
check "crash: the campaign did not go on" grep -q '^DIVERGED: 5000 operations' output
check "crash: $(grep '^found' output)" grep -q 'RVP-2 kind=outcome implementation=crash signal=11 .* 2 of ' output
check "crash: $(grep '^found' output)" grep -q 'RVP-3 kind=outcome implementation=crash signal=11 .* 3 of ' output
"$faults/s2twin-fault-crash-null" run --isolate --jobs 3 --keep-going --ops 5000 --seed 1 --out null3 >output3 2>errors
check "crash: three processes find something else" diff <(ids null) <(ids null3)
check "crash: three processes report something else" \
	diff <(grep -v 'operations/s$' output | sed 's, null/.*,,; s,NEW  ,,') <(grep -v 'operations/s$' output3 | sed 's, null3/.*,,; s,NEW  ,,')
"$faults/s2twin-fault-crash-loop" run --isolate --hang-limit 1 --ops 200000 --seed 1 --out loop >output 2>errors
status=$?
check "hang: exit status $status, not 1: $(cat errors)" [ $status -eq 1 ]
check "hang: $(cat loop/*.trace)" grep -q 'case=CVP-[34] kind=outcome implementation=hang' loop/????????????????.trace
check "hang: $(cat loop/????????????????.trace)" [ "$(operations loop/????????????????.trace)" -le 4 ]

# Isolation changes nothing else.
for how in '' --isolate '--isolate --jobs 2'; do
	# shellcheck disable=SC2086
	"$faults/s2twin-fault-impl-tombstone-bit" run $how --keep-going --ops 30000 --seed 7 --out "bit$how" 2>/dev/null |
		sed '/operations\/s$/d; s, bit.*,,' >"output$how"
done
check "isolated, the run is another one" diff output 'output--isolate'
check "isolated in two processes, the run is another one" diff output 'output--isolate --jobs 2'
check "isolated, other traces are kept" diff -r -x '*.count' -x '*.html' -x '*.json' \
	-I '^# Replay with' bit 'bit--isolate'

# Without isolation a crash leaves the whole sequence.
(ulimit -c 0 && exec "$faults/s2twin-fault-crash-null" run --ops 200000 --seed 1 --out a/b) >output 2>errors
status=$?
check "a crash without isolation: exit status $status, not that of SIGSEGV" [ $status -eq 139 ]
check "a crash without isolation: $(cat errors)" [ -f a/b/crash-0x1-0.trace ]
"$faults/s2twin-fault-crash-null" shrink --isolate -o short.trace a/b/crash-0x1-0.trace 2>/dev/null
check "a crash without isolation: its trace does not crash" [ $? -eq 1 ]
check "a crash without isolation: shrunk to something else" \
	diff <(grep -v '^#' short.trace) <(grep -v '^#' "$(grep -l RVP-2 null/????????????????.trace)")

# What shrink says and writes.
printf 's2twin-trace 1\nmap_page_host addr=0x40000000\n' >good.trace
"$S2TWIN" shrink good.trace -o nothing 2>errors
status=$?
check "shrink of a trace that agrees: exit status $status, not 0" [ $status -eq 0 ]
check "shrink of a trace that agrees writes a file" [ ! -e nothing ]
check "shrink of a trace that agrees: $(cat errors)" grep -q 'the two sides agree' errors
"$S2TWIN" shrink good.trace -o nothing --json >output 2>/dev/null
check "shrink --json of a trace that agrees: $(cat output)" grep -q '"result": "agreed"' output
"$S2TWIN" shrink good.trace --json >output 2>errors
status=$?
check "shrink --json without -o: exit status $status, not 2" [ $status -eq 2 ]
check "shrink --json without -o: $(cat errors)" grep -q 'send the trace elsewhere with -o' errors
cp null/????????????????.orig.trace .
original=$(grep -l RVP-2 ./*.orig.trace)
"$faults/s2twin-fault-crash-null" shrink --isolate --json -o short.json.trace "$original" >output 2>errors
status=$?
check "shrink --json: exit status $status, not 1" [ $status -eq 1 ]
check "shrink --json: $(cat output errors)" [ "$(cat output | head -c 1)$(tail -n 1 output)" = '{}' ]
check "shrink --json: no signature" grep -q "\"signature\": \"$(basename "$original" .orig.trace)\"" output
check "shrink --json: no result" grep -q '"result": "DIVERGED"' output
check "shrink --json: no trace" grep -q '"trace": "short.json.trace"' output
check "shrink --json: no count of operations" grep -q '"to": 2' output
check "shrink --json: another trace" diff <(grep -v '^#' short.trace) <(grep -v '^#' short.json.trace)
"$S2TWIN" shrink missing.trace 2>/dev/null
status=$?
check "shrink of a missing file: exit status $status, not 2" [ $status -eq 2 ]

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
