#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `run` and `replay` with the high form: the known differences are counted by name and listed where they never
# were; what is not declared diverges, with a trace that replays; wrong sets are refused in one sentence.
set -u
run=${S2TWIN_PLAIN:?names the s2twin command without sanitizers}
seeds=$PWD/corpus/seeds
. tests/expect.bash
cd "${S2T_SCRATCH:?names an empty directory}" || exit 3
prefix=("$run")

# Every row of every name is seen, and nothing else disagrees.
expect 0 '*known differences*A1 clear_vm_page*A1 clear_vm_page*A2*A2*A3*A5 map_page_host*A5 update_smmu_page*never seen of them: nothing*agreed: 2000000*' \
	run --spec high --ops 2M --seed 1
expect 0 '*"known": {*"A1": *"A2": *"A3": *"A5": *"known_never_seen": \[*' run --spec high --ops 20k --seed 1 --json
expect 0 '*never seen of them: *A3 assign_pfn_to_vm*' run --spec high --ops 200 --seed 1
# Run all the same, a call of A5 does what the low form says, and the sequence ends there.
expect 0 '*agreed: 100000*' run --spec high --ops 100k --seed 4 --undefined=run
expect 0 '*agreed: 100000*' run --spec high --ops 100k --seed 4 --undefined=run --after-panic
# The low form has no such list.
[[ $("$run" run --ops 1000 --seed 1) != *known* ]] || complain 'run: known differences of the low form'

# One name alone is not enough for a random run; what it ends with replays, with the options that it prints.
for known in none A1 A1,A2,A3 A2,A3,A5 A1,A3,A5 A1,A2,A5; do
	expect 1 "*DIVERGED: *REPLAY*s2twin replay --spec high --known=$known $known/*" \
		run --spec high --known="$known" --ops 1M --seed 2 --out "$known"
	expect 1 "*DIVERGENCE *known differences: *" replay --spec high --known="$known" "$known"
	expect 0 '*2 agreed, 0 diverged*' replay --spec high "$known"
	expect 0 '*2 agreed, 0 diverged*' replay "$known"
done

# The minimal traces: 2, 2, 1 and 7 rows.
expect 0 '*12 traces: 12 agreed, 0 diverged*known differences: A1 2 A2 2 A3 1 A5 7*' replay --spec high "$seeds/disagreements"
expect 1 '*12 traces: 0 agreed, 12 diverged*known differences: none*' replay --spec high --known=none "$seeds/disagreements"
expect 1 '*12 traces: 5 agreed, 7 diverged*known differences: A1 2 A2 2 A3 1*' \
	replay --spec high --known=A1,A2,A3 "$seeds/disagreements"
expect 0 '{*"known":{"A1":1,"A2":0,"A3":0,"A5":0}*' replay --spec high --json "$seeds/disagreements/A1-block.trace"
# Everything else in the corpus agrees, too.
expect 0 '* 0 diverged, 0 refused*' replay --spec high "$seeds/cases" "$seeds/counts" "$seeds/regions"

# What is refused.
for command in run "replay $seeds/disagreements"; do
	name=${command%% *}
	# shellcheck disable=SC2086
	expect 2 "s2twin $name: --known has a meaning only with --spec high" $command --known=A1
	for wrong in A4 '' 'A1,' a1 'A1 A2'; do
		# shellcheck disable=SC2086
		expect 2 "s2twin $name: --known is all, none, or some of A1, A2, A3 and A5 with commas between, not '$wrong'" \
			$command --spec high --known="$wrong"
	done
done

echo "$failures failures"
[ "$failures" -eq 0 ]
