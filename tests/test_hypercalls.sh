#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The hypercall layer in lockstep: the traces of corpus/hyper agree and end as they say; random runs of the layer, and of
# both, agree, cover the cases, and are the same again; an implementation that is read word by word agrees, too, and
# summaries name the words that one does not tell.
set -u
run=${S2TWIN_PLAIN:?names the s2twin command without sanitizers}
cd "$(dirname "$0")/.." || exit 3
scratch=${S2T_SCRATCH:?names an empty directory}
. tests/expect.bash
prefix=("$run")

expect 0 '*19 traces: 19 agreed, 0 diverged*' replay corpus/hyper
for trace in corpus/hyper/*.trace; do
	mapfile -t -n 2 head <"$trace"
	[[ ${head[0]} == 's2twin-trace 1' && ${head[1]} == '# '* ]] || complain "$trace: a comment must be line 2"
	[[ $trace == */negative-* ]] && outcome=panic || outcome=ok
	tail -n 1 "$trace" | grep -q "expect outcome=$outcome" || complain "$trace: the last step is not $outcome"
	grep -v '^[s#cp]' "$trace" | grep -qv expect && complain "$trace: a call without expect"
done

for layer in hypercall all; do
	"$run" run --layer "$layer" --seed 3 --ops 30k >"$scratch/$layer" || complain "run --layer $layer: exit status $?"
	"$run" run --layer "$layer" --seed 3 --ops 30k --jobs 2 | diff <(sed '$d' "$scratch/$layer") <(sed '$d') ||
		complain "run --layer $layer: another result with two jobs"
done
for id in VLI-2 VRN-4 VEX-3 HVC-2 HVC-5 ALM-2 CSR-4 ASP-2 RMI-2; do
	grep -q " $id " "$scratch/hypercall" || complain "run --layer hypercall: $id was not reached"
done
grep -q ' MPH-[2-9] ' "$scratch/hypercall" && complain 'run --layer hypercall: it has operations of layer memory'
grep -q ' MPH-4 ' "$scratch/all" && grep -q ' VLI-2 ' "$scratch/all" || complain 'run --layer all: a layer is missing'
"$run" run --seed 3 --ops 20k | grep -q 'HVC\|VLI' && complain 'run: hypercalls without --layer'
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --logs
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --after-panic
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --undefined run
expect 0 '*agreed: 30000*' run --layer all --seed 5 --ops 30k --undefined compare
expect 0 '*agreed: 10000*' run --layer all --seed 5 --ops 10k --full-every 5
expect 2 '*--layer is memory, hypercall or all, not*' run --layer top
expect 2 '*--layer hypercall and all go with --level stack and --spec low only*' run --layer all --spec high
expect 2 '*--layer hypercall and all go with --level stack and --spec low only*' run --layer hypercall --level body

# Boards that are none of those with a name: both sides read each key for themselves.
while read -r keys; do
	printf 's2twin-trace 1\n' >"$scratch/odd.board"
	for key in $keys; do
		echo "config $key" >>"$scratch/odd.board"
	done
	expect 0 '*agreed: 20000*' run --layer all --seed 7 --ops 20k --max-len 120 --full-every 20 --board "$scratch/odd.board"
done <<'END'
corevisor=1
corevisor=3 next_vmid=0
corevisor=40 next_vmid=41
smmu_num=0
smmu_num=2
smmu_base=0x40000000 smmu_size=0x123456
smmu_size=0x800 smmu_context_banks=3
smmu_pte_bits=0x8000000000000703
smmu_pte_bits=0xffffffffffffffff
vm_fault_min=4096 remap_start=0 remap_end=0x10000
remap_start=0x40000000 remap_end=0x40000000
hvc_register_kvm=26 hvc_register_vcpu=27 hvc_kvm_set_desc_pfn=0x84000008
hvc_kvm_set_desc_pfn=12 hvc_register_kvm=13
smmu_host_offset=0 max_share_count=0 el2_smmu_cfg_size=1 host_gfn=zero
END

expect 0 '*lockstep / implementation alone: *' bench --layer hypercall --rounds 1 --max-len 40 --board default

# Read word by word through a plug-in: all is compared; what is not told is named. A fault in a state is found, shrunk to
# the calls that it takes, and explained with the life of the VM.
flags=(-shared -fPIC -O1 -w -D_POSIX_C_SOURCE=200809L -Iinclude -Iharness -Imodel -Iimpl)
build() { # build FILE.so flag…
	"$CC" "${flags[@]}" "${@:2}" tests/plugins/hypercalls.c -o "$scratch/$1" "$S2T_LIBRARY" -ljansson ||
		complain "$1 does not build"
}
build reads.so
build silent.so -DSILENT
build fault.so -DSTAYS_VERIFIED
expect 0 '*agreed: 10000*' run --layer all --seed 7 --ops 10k --iut "$scratch/reads.so"
expect 0 '*not compared, because *: VM states, vCPU states, boot images, next vmid and remap address, SMMU bank owners*' \
	run --layer hypercall --seed 7 --ops 2k --iut "$scratch/silent.so"
[[ $("$run" run --seed 7 --ops 2k --iut "$scratch/silent.so") != *'not compared'* ]] ||
	complain 'run: words of the hypercall layer are missed where it is not run'
power_off=$scratch/power-off.trace
cat >"$power_off" <<'END'
s2twin-trace 1
register_kvm
hypercall number=25 x1=1 x2=0 x3=0 x4=0 x5=0
host_fault addr=0x40000000 esr=0 data=0
set_vm_poweroff vmid=1
END
expect 1 '*vm\[1].state*LIFE*VM 1: UNUSED, 1 READY, 4 POWEROFF !! implementation READY*VM 1 vCPU 0: UNUSED, 2 READY*' \
	explain --iut "$scratch/fault.so" "$power_off"
expect 1 '*hypercall number=25 *register_vcpu:  vcpu\[1]\[0].state*' explain --iut "$scratch/fault.so" "$power_off"
expect 1 '*"life": *"changes": *"model": "POWEROFF",*"implementation": "READY"*' \
	explain --json --iut "$scratch/fault.so" "$power_off"
expect 1 '*The life of the VMs*POWEROFF*' explain --html - --iut "$scratch/fault.so" "$power_off"
expect 1 '*shrunk from 4 to 1 operations*' shrink --iut "$scratch/fault.so" "$power_off" -o "$scratch/short.trace"
[ "$(grep -c '^[a-z_]* vmid' "$scratch/short.trace")" -eq 1 ] || complain "shrink: $(cat "$scratch/short.trace")"
expect 1 '*DIVERGENCE*' run --layer hypercall --seed 1 --ops 100k --iut "$scratch/fault.so" --out "$scratch/out"
expect 0 '*both sides agree over all 46*VM 1 vCPU 0  UNUSED, 6 READY, 18 ACTIVE*' explain corpus/hyper/workload.trace

# A known difference in the words of the layer: the model takes over that a VM that nobody registered stays UNUSED.
printf 's2twin-map 1\nknown "off" when op=set_vm_poweroff then resync\n' >"$scratch/off.map"
printf '%s\n' 's2twin-trace 1' 'set_vm_poweroff vmid=2' register_kvm register_kvm >"$scratch/off.trace"
prefix=("${S2T_FAULTS:?names a folder}/s2twin-fault-impl-off-on-only")
expect 0 '*1 agreed*resync * 1  off*' replay --map "$scratch/off.map" "$scratch/off.trace"
expect 1 '*vm\[2].state*' replay --no-shrink --out "$scratch/out" "$scratch/off.trace"

exit $((failures > 0))
