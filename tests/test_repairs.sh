#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The repairs of tests/repairs: each is a difference from the specification at the trace of its finding; under its map it is
# a named one, which is counted, there and in random runs, and nothing else differs. The invariant that the finding breaks holds then.
set -u
plain=${S2TWIN_PLAIN:?names the s2twin command without sanitizers}
repairs=${S2T_REPAIRS:?names the folder of the repairs}
cd "$(dirname "$0")/.." || exit 3
scratch=${S2T_SCRATCH:?names an empty directory}
. tests/expect.bash

# repair NAME INVARIANT FINDING…: the traces of what it repairs, and what they break; -: nothing that is checked.
repair() {
	local name=$1 broken="both sides break $2 " trace
	local run=$repairs/s2twin-repair-$name map=tests/repairs/$name.map
	[ "$2" != - ] || broken=
	shift 2
	[ ! -e "$repairs/$name/stale" ] || complain "$name.patch does not apply: $(cat "$repairs/$name/stale")"
	for trace; do
		expect 1 '*DIVERGENCE*1 diverged*' "$run" replay --no-shrink "corpus/findings/$trace.trace"
		expect 0 '*1 agreed, 0 diverged*what the map let pass:*resync * [1-9]*never seen of it: nothing*' \
			"$run" replay --map "$map" "corpus/findings/$trace.trace"
		[ -n "$broken" ] || continue
		expect 0 "*$broken*" "$plain" replay "corpus/findings/$trace.trace"
		! "$run" replay --map "$map" "corpus/findings/$trace.trace" 2>&1 | grep -q "$broken" ||
			complain "$name: $trace: $broken"
	done
	expect 0 "*agreed: 30000 operations*" \
		"$run" run --layer all --map "$map" --seed 1 --ops 30k --out "$scratch/$name"
	done=" $done $name "
}

done=
repair C1 I6 C1-host-keeps-page C1-by-hypercalls
repair C2 I7 C2-unaligned-block C2-page-of-another-vm C2-by-hypercalls
repair C3-mapping I6 C3-frame-0 C3-block-of-frame-0
repair C3-count - C3-count-of-frame-0
repair C4 - C4-revoke-below-invalid S10-by-hypercalls
repair C6 - C6-mapped-twice
repair C8 A5 C8-device-of-dead-vm
repair S2 - S2-attribute-is-address S2-another-page
repair S2 A1 S2-not-valid
repair S7 A4 S7-vcpu-outlives-vm
repair C6-emptied - C6-emptied
repair C7 I7 C7-map-of-another
repair N1 - N1-block-over-table
repair P1 I6 P1-host-as-a-vm
repair P1 I12 P4-map-into-el2
repair P2 I7 P2-clear-of-a-living-vm
repair P3 I8 P3-bank-of-el2
repair F4 - F4-image-in-block-0
repair F19 - F19-fault-in-first-page
repair F30 - F30-ioremap-into-el2 F31-clear-to-2-40
repair N2 - N2-window-full
repair N3 - N3-bank-given-then-refused
# What the model had mapped and the implementation had not is taken back whole: the next page takes tables on both sides.
sed 's/ expect .*//' corpus/findings/F19-fault-in-first-page.trace >"$scratch/next-page.trace"
printf '%s\n' 'vcpu_exit vmid=1 vcpuid=0 ec=31 esr=0 x0=0 x2=0 x3=0' \
	'vcpu_run vmid=1 vcpuid=0 pc=0 addr=0x1fff pte=0x40005000 level=3' >>"$scratch/next-page.trace"
expect 0 '*1 agreed, 0 diverged*resync * 1 *' "$repairs/s2twin-repair-F19" \
	replay --strict --map tests/repairs/F19.map "$scratch/next-page.trace"
# Whatever a host and a VM can ask for, in whatever order, about one page, or one block: the repair keeps the invariant.
expect 0 '*resync * [1-9]*no sequence of any length over these 19 calls*' "$repairs/s2twin-repair-C1" \
	explore corpus/universes/one-vm.trace --map tests/repairs/C1.map --forbid I6
expect 0 '*resync * [1-9]*no sequence of any length over these 15 calls*' "$repairs/s2twin-repair-C2" \
	explore corpus/universes/blocks.trace --map tests/repairs/C2.map --forbid I7,A1
expect 1 '*invariant=I6 broken=both*' "$plain" explore corpus/universes/one-vm.trace --forbid I6 --out "$scratch/explored"
# A call that the implementation alone refuses ends the sequence, though the model's small pools could not take its state over.
printf '%s\n' 's2twin-trace 1' 'config smmu_pte_bits=0' 'config smmu_pgd_start=0x110000' 'config smmu_pmd_start=0x111000' \
	'config smmu_pool_end=0x113000' 'el2_alloc_smmu_pgd cbndx=0 vmid=1 index=0' \
	'el2_arm_lpae_map iova=0x1000 paddr=0x40001000 prot=0x703 cbndx=0 index=0' \
	'el2_arm_lpae_map iova=0x200000 paddr=0x40002000 prot=0x703 cbndx=0 index=0' 'set_vm_poweroff vmid=1' \
	'el2_free_smmu_pgd cbndx=0 index=0' 'el2_alloc_smmu_pgd cbndx=0 vmid=16 index=0' >"$scratch/refused.trace"
expect 0 '*1 agreed, 0 diverged*resync * 1 *' \
	"$repairs/s2twin-repair-P3" replay --map tests/repairs/P3.map "$scratch/refused.trace"
# All of them at once: what a host and its guests ask for breaks no invariant but those that docs/findings.md names.
{
	echo 's2twin-map 1'
	for map in tests/repairs/[!FN]*.map tests/repairs/N1.map; do
		tail -n +2 "$map"
	done
} >"$scratch/all.map"
for stale in "$repairs"/all/*/stale; do
	[ ! -e "$stale" ] || complain "$stale: $(cat "$stale")"
done
expect 0 '*agreed: 30000 operations*' "$repairs/s2twin-repair-all" run --layer hypercall --map "$scratch/all.map" --seed 1 \
	--ops 30k --forbid=-A1,-A4,-A7,-A8 --out "$scratch/all"
expect 0 '*no sequence of any length over these 15 calls*' "$repairs/s2twin-repair-all" \
	explore corpus/universes/blocks.trace --map "$scratch/all.map" --forbid all
expect 0 '*no sequence of any length over these 19 calls*' "$repairs/s2twin-repair-all" \
	explore corpus/universes/one-vm.trace --map "$scratch/all.map" --forbid=-A7
for patch in tests/repairs/*.patch; do
	name=$(basename "$patch" .patch)
	[[ $done == *" $name "* ]] || complain "$name is not tested here"
	grep -q "^| $name | " docs/findings.md || complain "docs/findings.md has no row of $name in its table of repairs"
done

exit $((failures > 0))
