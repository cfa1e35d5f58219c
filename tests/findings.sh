#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/findings.sh S2TWIN REPAIRS OPERATIONS [--docs]: how long a random run and an exploration take to each finding of
# docs/findings.md, as the table that stands there; --docs writes it there. REPAIRS is the folder of the repaired
# implementations (the target `repairs`); OPERATIONS is the length of the runs, 1M in the table; with 0 there are none, nor the
# longest exploration. Times are CPU seconds of one core.
#
# A finding that both sides share is forbidden, or seen as the difference to the implementation that has it repaired; one of
# a form is the difference to that form. A run of a form goes on after a divergence; what it took to one is the share of
# its sequences up to there.
# shellcheck disable=SC2016 # the backquotes are Markdown
set -eu
run=$(realpath "${1:?names the s2twin command}")
repairs=$(realpath "${2:?names the folder of the repaired implementations}")
ops=${3:?is the length of the runs, such as 1M}
cd "$(dirname "$0")/.."
doc=docs/findings.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
TIMEFORMAT=%U

# What a run may leave out to come to one finding and not to another: maps that skip or let pass calls.
map() { # map NAME LINE…
	printf '%s\n' 's2twin-map 1' "${@:2}" >"$scratch/$1.map"
}
host=('known "the table of the host is written by its faults alone"'
	'when op=map_pfn_vm,map_s2pt,prot_and_map_vm_s2pt,map_vm_io and vmid = 0 then skip'
	'known "what a function leaves to its callers"'
	'when op=clear_vm_range,clear_vm_page,map_pfn_vm,map_s2pt,map_spt then skip')
map host "${host[@]}"
map smmu "${host[@]}" 'known "the host maps no devices" when op=host_fault then skip'
# At the security level each registration of a vCPU differs (F10), and so does what memory operations have in the high form.
map top 'known "F10" when op=register_vcpu then tolerate' \
	'known "F10 by its call" when op=hypercall and number = 25 then tolerate' \
	'known "high" when op=assign_pfn_to_smmu,clear_vm_page,clear_vm_range then skip'
map boot 'known "F30, F31 by others" when op=hypercall and number != 15 then skip'
map verified 'known "A13, not VERIFIED" when case=ALM-2 then skip' 'known "F26" when case=ASP-5 then skip'
map valid 'known "F3, not verified" when case=VLI-8 then skip'
printf '%s\n' 's2twin-trace 1' 'config smmu_num=2' >"$scratch/two-smmus.trace"

# The row of a finding, from cells that the functions below fill in: what finds it, seconds, operations, calls.
name=
finding() { # finding NAME
	[ -z "$name" ] || printf '| %s | %s | %s |\n' "$name" "$random" "$search"
	name=$1 random=' | | | ' search=' | | '
}
# The length of a sequence, or nothing: not of this signature. FROM is the number of the word that has it.
length() { # length SIGNATURE FROM
	grep -qE "^$1\$" "$scratch/text" || return 0
	sed -n 's/^shrunk from \([0-9]*\) to \([0-9]*\) operations.*/\'"$2"'/p' "$scratch/text" | head -n 1
}
timed() {
	{ time "$@" --out "$scratch/out" >"$scratch/text" 2>/dev/null || true; } 2>"$scratch/time"
	rm -rf "$scratch/out"
}
ran() { # ran WHAT SIGNATURE
	local calls
	calls=$(length "$2" 2)
	if [ -n "$calls" ]; then
		random=$(printf '%s | %.1f | %s | %s' "$1" "$(cat "$scratch/time")" \
			"$(sed -n 's/^DIVERGED: \([0-9]*\) operations.*/\1/p' "$scratch/text")" "$calls")
	else
		random="$1 | not found | | "
	fi
}
forbid() { # forbid INVARIANT MAP OPTION…: a random run to the first breach of an invariant; MAP may be -
	[ "$ops" != 0 ] || return 0
	local with=()
	[ "$2" = - ] || with=(--map "$scratch/$2.map")
	timed "$run" run --seed 1 --ops "$ops" "${@:3}" "${with[@]}" --forbid "$1"
	ran "\`${*:3} --forbid $1\`${with:+, a map}" '.*'
}
differ() { # differ REPAIR SIGNATURE OPTION…: a random run of a repaired implementation
	[ "$ops" != 0 ] || return 0
	timed "$repairs/s2twin-repair-$1" run --seed 1 --ops "$ops" "${@:3}"
	ran "\`s2twin-repair-$1 run ${*:3}\`" "$2"
}
explore() { # explore SIGNATURE WHAT UNIVERSE OPTION…: WHAT is s2twin or a repair; a map is --map NAME
	local program=$run what="explore ${*:3}" calls args=("${@:3}")
	if [ "$2" != s2twin ]; then
		program=$repairs/s2twin-repair-$2
		what="s2twin-repair-$2 $what"
	fi
	for i in "${!args[@]}"; do
		[ "${args[i]}" != --map ] || args[i + 1]=$scratch/${args[i + 1]}.map
	done
	timed "$program" explore --jobs 1 "${args[@]}"
	calls=$(length "$1" 1)
	search=$(printf '`%s` | %.2f | %s' "${what/ --map [a-z]*/\`, a map\`}" "$(cat "$scratch/time")" "${calls:-none}")
	search=${search/'`, a map``'/'`, a map'}
}
none() { # none WHY: no exploration says it
	search="$1 | | "
}

# The runs of forms: each is made once.
form_run() { # form_run NAME OPTION…
	[ "$ops" != 0 ] || return 0
	{ time "$run" run --seed 1 --ops "$ops" --keep-going --out "$scratch/$1" "${@:2}" >"$scratch/$1.text" \
		2>/dev/null || true; } 2>"$scratch/$1.time"
}
form_run high --layer all --iut spec:high
form_run bottom --layer all --iut spec:bottom
form_run top --layer all --iut spec:top
form_run mapped --layer all --iut spec:top --map "$scratch/top.map"
form_run boot --layer hypercall --iut spec:top --map "$scratch/boot.map"
form_run two --layer hypercall --iut spec:top --undefined=compare --board "$scratch/two-smmus.trace"
form() { # form RUN SIGNATURE
	[ "$ops" != 0 ] || return 0
	local total first='' trace sequence calls what="\`--layer all --iut spec:$1\`"
	case $1 in
	mapped) what='`--layer all --iut spec:top`, a map' ;;
	boot) what='`--layer hypercall --iut spec:top`, a map' ;;
	two) what='`--layer hypercall --iut spec:top --undefined=compare`, a board' ;;
	esac
	# Sequences that ended without a divergence, and those that ended with one.
	total=$(sed -n 's/.* in \([0-9]*\) sequences on .*/\1/p; s/^[0-9a-f]* [A-Za-z]*  *\([0-9]*\) times .*/\1/p' "$scratch/$1.text" |
		awk '{ sum += $1 } END { print sum }')
	for trace in "$scratch/$1"/*.trace; do
		[[ $trace != *.orig.trace ]] && grep -qE "^# signature [0-9a-f]*: op=$2\$" "$trace" || continue
		sequence=$(sed -n 's/^# seed .*, sequence \([0-9]*\), .*/\1/p' "$trace")
		[ -z "$first" ] || [ "$sequence" -lt "$first" ] || continue
		first=$sequence
		calls=$(grep -cvE '^(s2twin-trace|#|config|page)' "$trace")
	done
	if [ -n "$first" ]; then
		random=$(awk -v what="$what" -v t="$(cat "$scratch/$1.time")" -v n="$first" -v of="$total" -v ops="$(numfmt --from=si "${ops^^}")" \
			-v calls="$calls" 'BEGIN { printf "%s | %.1f | %d | %d", what, t * (n + 1) / of, ops * (n + 1) / of, calls }')
	else
		random="$what | not found | | "
	fi
}

in=corpus/findings
all() {
	echo '| finding | by `run --seed 1` | seconds | operations | calls | by `explore` | seconds | calls |'
	echo '|---|---|---:|---:|---:|---|---:|---:|'
	finding C1 && forbid I6 host --layer memory --board default && explore '.*I6.*' s2twin tiny --forbid=I6
	finding 'C1, by hypercalls' && explore '.*I6.*' s2twin $in/C1-by-hypercalls.trace --forbid=I6
	finding 'C1, whatever one VM may ask for' && explore '.*I6.*' s2twin corpus/universes/one-vm.trace --forbid=I6
	finding C2 && forbid I7 host --layer hypercall --board default && explore '.*I7.*' s2twin $in/C2-unaligned-block.trace --forbid=I7
	finding 'C2, by hypercalls' && explore '.*I7.*' s2twin $in/C2-by-hypercalls.trace --forbid=I7
	finding S7 && forbid A4 - --layer hypercall --board default && explore 'op=clear_vm_stage2_range .*' S7 $in/S7-vcpu-outlives-vm.trace
	finding C8 && forbid A5 - --layer hypercall --board default && explore '.*A5.*' s2twin $in/C8-device-of-dead-vm.trace --forbid=A5
	finding 'C8, whatever two VMs may ask for' && explore '.*A5.*' s2twin corpus/universes/two-vms.trace --forbid=A5
	finding 'C8, a bank that was freed' && explore '.*A7.*' s2twin corpus/universes/one-vm.trace --forbid=A7
	finding C4 && differ C4 'op=revoke_vm_page .*' --layer memory && explore 'op=revoke_vm_page .*' C4 $in/C4-revoke-below-invalid.trace
	finding 'C4, by hypercalls' && explore 'op=vcpu_exit .*' C4 $in/S10-by-hypercalls.trace
	finding C3 && forbid I6 host --layer memory --board zeropage && explore '.*I6.*' s2twin $in/C3-frame-0.trace --forbid=I6
	finding 'C3, the count' && differ C3-count 'op=unmap_smmu_page .*' --layer memory --board zeropage &&
		explore 'op=unmap_smmu_page .*' C3-count $in/C3-count-of-frame-0.trace
	finding C7 && forbid I7 - --layer memory --board default && explore '.*I7.*' s2twin tiny --forbid=I7
	finding S2 && forbid A1 smmu --layer hypercall --board default && explore '.*A1.*' s2twin $in/S2-not-valid.trace --forbid=A1
	finding 'S2, a panic' && differ S2 'op=(el2_arm_lpae_map|hypercall) .*' --layer hypercall &&
		explore 'op=el2_arm_lpae_map .*' S2 $in/S2-attribute-is-address.trace
	finding C6 && differ C6 'op=update_smmu_page .*' --layer memory && explore 'op=update_smmu_page .*' C6 $in/C6-mapped-twice.trace
	finding 'C6, emptied' && differ C6-emptied 'op=(init_spt|el2_alloc_smmu_pgd) .*' --layer memory &&
		explore 'op=init_spt .*' C6-emptied $in/C6-emptied.trace
	finding C5 && random='what it says never happens | | | ' && none 'what it says never happens'
	finding N1 && differ N1 '.* kind=outcome implementation=panic' --layer all && explore 'op=prot_and_map_vm_s2pt .*' N1 $in/N1-block-over-table.trace
	finding P1 && forbid I3 - --layer hypercall --board default && explore '.*I3.*' s2twin $in/P1-host-as-a-vm.trace --forbid=I3
	finding P2 && differ P2 'op=clear_vm_range .*' --layer hypercall && explore '.*I7.*' s2twin $in/P2-clear-of-a-living-vm.trace --forbid=I7
	finding P3 && forbid I8 - --layer hypercall --board default && explore '.*I8.*' s2twin $in/P3-bank-of-el2.trace --forbid=I8
	finding P4 && forbid I12 - --layer hypercall --board default && explore '.*I12.*' s2twin $in/P4-map-into-el2.trace --forbid=I12
	of_forms
	if [ "$ops" != 0 ]; then # a quarter of a minute
		finding 'no other, whatever two VMs may ask for'
		explore '.*' s2twin corpus/universes/two-vms.trace --forbid=-I6,-A5,-A7
	fi
	finding ''
}
of_form() { # of_form NAME RUN SIGNATURE TRACE [MAP]: FORM is that of the run
	local iut=$2
	[ "$2" != mapped ] && [ "$2" != boot ] || iut=top
	finding "$1" && form "$2" "$3"
	explore "op=$3" s2twin "$in/$4.trace" --iut "spec:$iut" ${5:+--map "$5"}
}
of_forms() {
	of_form A1 high 'clear_vm_page case=CVP-4 kind=state entries=npt' A1-host-mapping-stays
	of_form 'A1, in a range' high 'clear_vm_stage2_range case=CSR-4 kind=state entries=npt' A1-by-hypercalls
	of_form 'A1, under a block' high 'clear_vm_page case=CVP-5 kind=outcome implementation=ok' A1-under-block
	of_form A2 high 'assign_pfn_to_smmu case=APS-2 kind=state entries=flatmem,data_log' A2-content
	of_form A3 high 'assign_pfn_to_vm case=APV-4 kind=state entries=s2page' A3-record-before-panic
	of_form A5 high 'map_page_host case=MPH-2 kind=outcome implementation=undefined' A5-domain
	of_form A7 bottom 'init_spt case=IST-2 kind=state entries=spt' A7-context-not-emptied
	of_form 'A7, by a bank' bottom 'el2_alloc_smmu_pgd case=ASP-2 kind=state entries=spt' A7-by-hypercalls
	of_form A13 high 'el2_arm_lpae_map case=ALM-2 kind=outcome implementation=panic' A13-verified-inverted
	of_form 'A13, VERIFIED' high 'el2_arm_lpae_map case=ALM-5 kind=state entries=s2page,flatmem,data_log' A13-verified-assigned verified
	of_form F26 high 'el2_alloc_smmu_pgd case=ASP-5 kind=outcome implementation=ok' F26-bank-of-verified-vm
	of_form B1 mapped 'prot_and_map_vm_s2pt case=PMV-2 kind=state entries=s2page' B1-old-record
	of_form B6 mapped 'prot_and_map_vm_s2pt case=PMV-4 kind=outcome implementation=ok' B6-foreign-page-mapped
	of_form 'B5, grant' mapped '(vcpu_exit case=VEX-3|grant_stage2_sg_gpa case=GSG-4) kind=state entries=s2page' B5-grant-inside-block
	of_form 'B5, revoke' mapped 'revoke_stage2_sg_gpa case=RSG-[34] kind=state entries=s2page.*' B5-revoke-inside-block
	of_form B3 mapped 'prot_and_map_vm_s2pt case=PMV-2 kind=state entries=npt' B3-tombstone
	of_form B9 mapped 'el2_arm_lpae_clear case=ALC-[34] kind=outcome implementation=panic' B9-clear-after-poweroff
	of_form F1 boot 'hypercall case=HVC-2 kind=outcome implementation=panic' F1-image-below-256-MiB
	of_form F2 mapped 'hypercall case=HVC-4 kind=outcome implementation=ok' F2-remap-unchecked
	of_form F3 mapped 'verify_and_load_images case=VLI-2 kind=state .*' F3-third-image valid
	finding F4 && differ F4 'op=verify_and_load_images .*' --layer hypercall --board zeropage &&
		explore 'op=verify_and_load_images case=VLI-5 .*' s2twin $in/F4-image-in-block-0.trace --iut spec:top --map valid
	of_form F10 top 'register_vcpu case=RGV-2 kind=state entries=vcpu' F10-vcpu-not-fresh
	of_form F12 mapped 'set_boot_info case=SBI-2 kind=outcome implementation=panic' F12-image-of-no-page
	finding F19 && differ F19 'op=vcpu_run .*' --layer hypercall && explore 'op=vcpu_run .*' F19 $in/F19-fault-in-first-page.trace
	finding 'F30, F31' && differ F30 'op=hypercall .*' --layer hypercall && explore 'op=hypercall .*' s2twin $in/F30-ioremap-into-el2.trace --iut spec:top
	of_form F33 mapped '(el2_free_smmu_pgd case=FSP-[23]|hypercall case=HVC-2) kind=outcome implementation=undefined' F33-host-lock-gone
	finding F34 && form two 'host_fault case=HFT-0 kind=outcome implementation=ok' &&
		explore 'op=host_fault case=HFT-0 .*' s2twin $in/F34-two-smmus.trace --iut spec:top --undefined=compare
	of_form N2 mapped 'set_boot_info case=SBI-5 kind=state entries=vm' N2-window-full
	finding N3 && differ N3 'op=el2_alloc_smmu_pgd .*' --layer hypercall && explore 'op=el2_alloc_smmu_pgd .*' N3 $in/N3-bank-given-then-refused.trace
	finding N4 && form mapped 'el2_arm_lpae_clear case=ALC-[34] kind=outcome implementation=undefined' &&
		none 'by the same calls it comes to F33 first'
}

all | tee "$scratch/table"
[ "${4-}" = --docs ] || exit 0
sed -i -e "/^<!-- Below: written by tests\/findings.sh/r $scratch/table" \
	-e '/^<!-- Below: written by tests\/findings.sh/,/^<!-- Above/{/^|/d}' "$doc"
