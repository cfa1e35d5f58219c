#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A form of the specification in the place of an implementation: the low form agrees with itself, whatever the layer and the
# number of threads; each other form is told from it, by random runs, by replay and by exploration.
set -u
run=${S2TWIN_PLAIN:?names the s2twin command without sanitizers}
cd "$(dirname "$0")/.." || exit 3
scratch=${S2T_SCRATCH:?names an empty directory}
. tests/expect.bash
prefix=("$run")

expect 0 '*agreed: 30000 operations*' run --layer all --iut spec:low --seed 1 --ops 30k
expect 0 '*agreed: 10000 operations*' run --layer all --iut spec:low --seed 2 --ops 10k --undefined compare
expect 0 '*agreed: 10000 operations*' run --layer all --iut spec:low --seed 2 --ops 10k --jobs 2 --full-every 5
expect 0 '*agreed: 10000 operations*' run --spec high --known none --iut spec:high --seed 1 --ops 10k
expect 0 '*known differences*A1 clear_vm_page *[1-9]*agreed: 20000 operations*' run --spec high --iut spec:low --seed 1 --ops 20k
for form in high top bottom; do
	expect 1 "*implementation spec:$form 0*REPLAY *s2twin replay --iut spec:$form?*KEEP *--iut spec:$form?*" run --iut "spec:$form" --seed 1 --ops 200k \
		--out "$scratch/$form"
	expect 1 '* 0 agreed, * diverged*' replay --iut "spec:$form" "$scratch/$form"
done
expect 0 '*no sequence of any length*diverges*' explore tiny --iut spec:low
expect 1 '*op=assign_pfn_to_smmu case=APS-2 kind=state*' explore tiny --iut spec:high --out "$scratch/explore"
expect 2 "*--undefined is 'skip', 'run' or 'compare', not 'maybe'*" run --undefined maybe
expect 2 '*unknown implementation*spec:low, spec:high, spec:top or spec:bottom*' run --iut spec:middle

# The bottom form: in a context that is emptied, what begins with 1 GiB stays; what is below it goes.
printf '%s\n' 's2twin-trace 1' 'map_spt cbndx=0 index=0 addr=0x3ffff000 pte=0x40010443' \
	'map_spt cbndx=0 index=0 addr=0x40000000 pte=0x40010443' 'init_spt cbndx=0 index=0' >"$scratch/empty.trace"
expect 0 '*"case":"IST-2","writes":\[\["spt","0x10000","0x3ffff","0x0","0x0"\]\]}' eval --spec bottom "$scratch/empty.trace"
expect 0 '*"case":"IST-2","writes":*"0x3ffff","0x0"*"0x40000","0x0"*' eval "$scratch/empty.trace"
expect 1 '*spt\[0\]\[0x40000\]*missing write*' replay --iut spec:bottom "$scratch/empty.trace"
expect 2 '*--spec is low or high, not*' run --spec bottom

exit $((failures > 0))
