#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `s2twin bench`: every figure is there and is a number, growth has its curves, and what is wrong is said. No figure is
# judged: how fast a machine is, is no property of the code.
set -u
status=0
complain() {
	echo "$1"
	status=1
}
log=$S2T_SCRATCH/log
bench() { "$S2TWIN" bench --rounds 1 --max-len 32 --board tiny "$@" >"$log" 2>&1; }

bench --json || complain "bench --json: status $?"
for key in impl_ops_per_s model_low_ops_per_s model_high_ops_per_s lockstep_ops_per_s run_ops_per_s lockstep_ratio \
	impl_ns model_low_ns model_high_ns lockstep_ns comparison_ns run_ns generator_ns read_back_ns hardware_walk_ns \
	checked_ns invariants_ns \
	sweep_ns reset_ns steps_ns start_64_gib_ms resident_kib calls entries_written lockstep_entry_ns; do
	grep -Eq "^  \"$key\": -?[0-9.e+-]+,?$" "$log" || complain "no $key in bench --json"
done

bench || complain "bench: status $?"
for line in 'implementation alone' 'model alone, low' 'read-back' 'hardware walk' 'all invariants' 'sweep' 'reset' 'resident: ' 'entries written: '; do
	grep -q "$line" "$log" || complain "no line '$line' in bench"
done

# The curves: three points of a run, five boards, two numbers of entries.
bench --json --explore tiny || complain "bench --explore: status $?"
for key in states transitions states_per_s transition_ns bytes_per_state; do
	grep -Eq "^    \"$key\": [0-9.e+-]+,?$" "$log" || complain "no $key in bench --json --explore"
done
bench --explore tiny || complain "bench --explore: status $?"
for line in 'states a second' 'bytes a state'; do
	grep -q "$line" "$log" || complain "no line '$line' in bench --explore"
done

bench --json --growth --entries 100 --ops 1M || complain "bench --growth: status $?"
[ "$(grep -c '"operations": ' "$log")" -eq 3 ] || complain "the run has not three points"
[ "$(grep -c '"create_ms": ' "$log")" -eq 5 ] || complain "there are not five boards"
[ "$(grep -c '"entries": [0-9]' "$log")" -eq 2 ] || complain "there are not two numbers of entries"
[ "$(grep -c '"mib": 65536' "$log")" -eq 1 ] || complain "no board of 64 GiB"

bench --growth --entries 100 --ops 10k || complain "bench --growth as text: status $?"
for line in 'operations' 'entries' '65536 MiB'; do
	grep -q "$line" "$log" || complain "no '$line' in bench --growth: $(cat "$log")"
done

for wrong in '--rounds 0' '--entries 1' '--entries 1G' '--ops 1' '--growth=1' '--explore nowhere' 'trace'; do
	# shellcheck disable=SC2086 # words
	bench $wrong
	[ $? -eq 2 ] || complain "bench $wrong is not refused"
done

./dev bench --compare no-such-revision >"$log" 2>&1
[ $? -eq 2 ] || complain "./dev bench --compare no-such-revision is not refused"
./dev bench --turns none >"$log" 2>&1
[ $? -eq 2 ] || complain "./dev bench --turns none is not refused"
./dev bench --compare >"$log" 2>&1
[ $? -eq 2 ] || complain "./dev bench --compare without a revision is not refused"
exit $status
