#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/findings.sh S2TWIN [OPERATIONS]: how long random runs and explorations take to each finding of docs/findings.md, as
# the tables that stand there. Times are CPU seconds of one core. A run goes on after a divergence; what it took to one is
# the share of its sequences up to there. OPERATIONS (default: 4M) is the length of the runs of the forms.
set -eu
run=${1:?names the s2twin command}
ops=${2:-4M}
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
TIMEFORMAT=%U
row() { printf '| %s | %s | %s | %s |\n' "$@"; }

# What a run may leave out to come to one finding and not to another: maps that skip calls.
cat >"$scratch/host.map" <<'END'
s2twin-map 1
known "the table of the host is written by its faults alone"
	when op=map_pfn_vm,map_s2pt,prot_and_map_vm_s2pt,map_vm_io and vmid = 0 then skip
known "what a function leaves to its callers"
	when op=clear_vm_range,clear_vm_page,map_pfn_vm,map_s2pt,map_spt then skip
END
{ cat "$scratch/host.map" && echo 'known "the host maps no devices" when op=host_fault then skip'; } >"$scratch/smmu.map"

echo 'Invariants that both sides break, by `run --seed 1 --forbid`:'
echo
row finding options seconds calls
row --- --- ---: ---:
while read -r name map invariant options; do
	[ "$map" = - ] && map= || map="--map $scratch/$map.map"
	# shellcheck disable=SC2086
	{ time "$run" run --seed 1 --ops "$ops" $options $map --forbid "$invariant" --out "$scratch/forbidden" \
		>"$scratch/text" 2>/dev/null || true; } 2>"$scratch/time"
	calls=$(sed -n 's/^shrunk from [0-9]* to \([0-9]*\) operations.*/\1/p' "$scratch/text" | head -n 1)
	[ -n "$calls" ] && seconds=$(awk '{ printf "%.2f", $1 }' "$scratch/time") || seconds='not found'
	row "$name" "\`$options --forbid $invariant\`${map:+, a map}" "$seconds" "$calls"
done <<'END'
C1 host I6 --layer memory --board default
C2 host I7 --layer hypercall --board default
C3 host I6 --layer memory --board zeropage
C7 - I7 --layer memory --board default
C8 - A5 --layer hypercall --board default
S7 - A4 --layer hypercall --board default
S2 smmu A1 --layer hypercall --board default
P1 - I3 --layer hypercall --board default
P2 - I7 --layer hypercall --board default
P3 - I8 --layer hypercall --board default
P4 - I12 --layer hypercall --board default
END
echo
echo 'The same by `explore`: no sequence of the calls of the universe is shorter, or breaks it before.'
echo
row finding universe seconds calls
row --- --- ---: ---:
while read -r name invariant universe; do
	{ time "$run" explore "$universe" --jobs 1 "--forbid=$invariant" --out "$scratch/explored" \
		>"$scratch/text" 2>/dev/null || true; } 2>"$scratch/time"
	calls=$(sed -n 's/^shrunk from \([0-9]*\) to [0-9]* operations.*/\1/p' "$scratch/text" | head -n 1)
	row "$name" "\`explore $universe --forbid=$invariant\`" "$(awk '{ printf "%.2f", $1 }' "$scratch/time")" "${calls:-none}"
done <<'END'
C1 I6 tiny
C1 I6 corpus/findings/C1-by-hypercalls.trace
C1 I6 corpus/universes/one-vm.trace
C2 I7 corpus/findings/C2-by-hypercalls.trace
C3 I6 corpus/findings/C3-frame-0.trace
C7 I7 tiny
C8 A5 corpus/findings/C8-device-of-dead-vm.trace
C8 A5 corpus/universes/two-vms.trace
C8 A7 corpus/universes/one-vm.trace
S2 A1 corpus/findings/S2-not-valid.trace
others -I6,-A5,-A7 corpus/universes/two-vms.trace
END
echo
echo 'Forms, by `run --seed 1 --layer all --iut spec:FORM --keep-going`:'
echo

# Finding, form, what its divergence is called.
forms='A1 high op=clear_vm_page case=CVP-4 kind=state entries=npt
A1, in a range high op=clear_vm_stage2_range case=CSR-4 kind=state entries=npt
A1, under a block high op=clear_vm_page case=CVP-5 kind=outcome implementation=ok
A2 high op=assign_pfn_to_smmu case=APS-2 kind=state entries=flatmem,data_log
A3 high op=assign_pfn_to_vm case=APV-4 kind=state entries=s2page
A5 high op=map_page_host case=MPH-2 kind=outcome implementation=undefined
A7 bottom op=init_spt case=IST-2 kind=state entries=spt
A7, by a bank bottom op=el2_alloc_smmu_pgd case=ASP-2 kind=state entries=spt
A13 high op=el2_arm_lpae_map case=ALM-2 kind=outcome implementation=panic
A13, VERIFIED high op=el2_arm_lpae_map case=ALM-5 kind=state entries=s2page,flatmem,data_log
F26 high op=el2_alloc_smmu_pgd case=ASP-5 kind=outcome implementation=ok
B1 mapped op=prot_and_map_vm_s2pt case=PMV-2 kind=state entries=s2page
B3 mapped op=prot_and_map_vm_s2pt case=PMV-2 kind=state entries=npt
B5, grant mapped op=vcpu_exit case=VEX-3 kind=state entries=s2page
B5, revoke mapped op=revoke_stage2_sg_gpa case=RSG-[34] kind=state entries=s2page.*
B6 mapped op=prot_and_map_vm_s2pt case=PMV-4 kind=outcome implementation=ok
B9 mapped op=el2_arm_lpae_clear case=ALC-[34] kind=outcome implementation=panic
F1, F30 or F31 mapped op=hypercall case=HVC-2 kind=outcome implementation=panic
F2 mapped op=hypercall case=HVC-4 kind=outcome implementation=ok
F3 mapped op=verify_and_load_images case=VLI-2 kind=state .*
F4 mapped op=verify_and_load_images case=VLI-5 kind=outcome implementation=ok
F10 top op=register_vcpu case=RGV-2 kind=state entries=vcpu
F12 mapped op=set_boot_info case=SBI-2 kind=outcome implementation=panic
F33 mapped op=el2_free_smmu_pgd case=FSP-[23] kind=outcome implementation=undefined
N2 mapped op=set_boot_info case=SBI-5 kind=state entries=vm
N4 mapped op=el2_arm_lpae_clear case=ALC-[34] kind=outcome implementation=undefined'

row finding form seconds calls
row --- --- ---: ---:
# At the security level each registration of a vCPU differs (F10), and so does what memory operations have in the high form: a
# map lets both pass in a second run, so that sequences get further.
printf '%s\n' 's2twin-map 1' 'known "F10" when op=register_vcpu then tolerate' \
	'known "F10 by its call" when op=hypercall and number = 25 then tolerate' \
	'known "high" when op=assign_pfn_to_smmu,clear_vm_page,clear_vm_range then skip' >"$scratch/top.map"
for form in high bottom top mapped; do
	options=(--iut "spec:$form")
	[ $form != mapped ] || options=(--iut spec:top --map "$scratch/top.map")
	{ time "$run" run --layer all "${options[@]}" --seed 1 --ops "$ops" --keep-going --out "$scratch/$form" \
		>"$scratch/$form.text" 2>/dev/null || true; } 2>"$scratch/$form.time"
done
while IFS= read -r line; do
	name=${line%% op=*}
	form=${name##* }
	# Those that ended without a divergence, and those that ended with one.
	total=$(sed -n 's/.* in \([0-9]*\) sequences on .*/\1/p; s/^[0-9a-f]* [A-Za-z]*  *\([0-9]*\) times .*/\1/p' "$scratch/$form.text" |
		awk '{ sum += $1 } END { print sum }')
	first=
	for trace in "$scratch/$form"/*.trace; do
		[[ $trace != *.orig.trace ]] && grep -qE "^# signature [0-9a-f]*: ${line#"$name "}\$" "$trace" || continue
		sequence=$(sed -n 's/^# seed .*, sequence \([0-9]*\), .*/\1/p' "$trace")
		[ -z "$first" ] || [ "$sequence" -lt "$first" ] || continue
		first=$sequence
		calls=$(grep -cvE '^(s2twin-trace|#|config|page)' "$trace")
	done
	if [ -n "$first" ]; then
		seconds=$(awk -v t="$(cat "$scratch/$form.time")" -v n="$first" -v of="$total" 'BEGIN { printf "%.1f", t * (n + 1) / of }')
		row "${name% *}" "${form/mapped/top}" "$seconds" "$calls"
	else
		row "${name% *}" "${form/mapped/top}" 'not found' ''
	fi
done <<<"$forms"
