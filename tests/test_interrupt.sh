#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# An interrupt, of a terminal or of who stops a service, ends a run or an exploration with its summary and status 130, and
# a search for a shorter trace with the best one so far. Where the implementation hangs, a second one ends each of them,
# and a sentence says so.
set -u
. tests/expect.bash
s2twin=${S2TWIN:?names the s2twin command}
root=$PWD
cd "${S2T_SCRATCH:?names an empty directory}" || exit 3

# caught PID: whether the process has its handlers of SIGINT (2) and SIGTERM (15).
caught() {
	local mask
	mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
	[ -n "$mask" ] && [ $((0x${mask:8} & 0x4002)) -eq $((0x4002)) ]
}

# interrupt SIGNAL PATTERN ARGUMENT…: the signal comes as soon as it is listened to; standard output is PATTERN.
interrupt() {
	local signal=$1 pattern=$2 pid status out
	shift 2
	"$s2twin" "$@" >out 2>err </dev/null &
	pid=$!
	until caught "$pid"; do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	kill -s "$signal" "$pid"
	wait "$pid"
	status=$?
	out=$(cat out)
	[ "$status" -eq 130 ] || complain "$*, $signal: exit status $status, $(tail -n 3 err)"
	# shellcheck disable=SC2053
	[[ $out == $pattern ]] || complain "$*, $signal: standard output is: $(tail -n 5 <<<"$out")"
}

interrupt INT '*interrupted: [0-9]* operations in *, seed 0x1*' run --time 250 --seed 1
interrupt TERM '*interrupted: [0-9]* operations in *' run --time 250 --seed 1 --jobs 2
interrupt INT '*"result": "interrupted"*' run --time 250 --seed 1 --json
interrupt INT '*interrupted: *' run --time 250 --seed 1 --isolate --junit junit.xml
grep -q 'the run was interrupted' junit.xml || complain "junit.xml does not tell of it: $(cat junit.xml)"
interrupt INT '*not finished (interrupted): *' explore default
interrupt TERM '*"complete": false*' explore default --json

# A plug-in that is interrupted in a call whose number is known, so that each of these is the same every time.
"$CC" -shared -fPIC -O1 -D_POSIX_C_SOURCE=200809L -I"$root"/include -I"$root"/harness -I"$root"/model -I"$root"/impl \
	"$root/tests/plugins/interrupts.c" -o interrupts.so "$S2T_LIBRARY" -ljansson || exit 3
iut=(--iut "$PWD/interrupts.so")
"$S2TWIN_PLAIN" run --seed 1 --no-shrink "${iut[@]}" >found 2>&1
long=$(echo s2twin-out/????????????????.trace)
id=$(basename "$long" .trace)
length() { grep -vcE '^(#|s2twin-trace|config|page)' "$1"; }
"$S2TWIN_PLAIN" shrink "${iut[@]}" -o shortest "$long" 2>err
[ $? -eq 1 ] && grep -q '^# Shrunk from .*none of these can be left out' shortest || complain "shrink without an interrupt: $(cat err)"
before=$(length "$long")
for at in 1 $((before + 10)) $((6 * before)) $((8 * before)); do
	rm -f best
	INTERRUPT_AT=$at "$S2TWIN_PLAIN" shrink "${iut[@]}" -o best "$long" 2>err
	status=$?
	[ $status -eq 130 ] || complain "shrink, interrupted in call $at: exit status $status"
	grep -q 'interrupted, so perhaps more can be left out' err || complain "shrink, interrupted in call $at, says: $(cat err)"
	left=$(length best)
	[ "$left" -le "$before" ] && [ "$left" -ge "$(length shortest)" ] || complain "interrupted in call $at: $left operations of $before"
	before=$left
	"$S2TWIN_PLAIN" replay --no-shrink "${iut[@]}" best >out 2>&1
	[ $? -eq 1 ] && grep -q "$id" out || complain "interrupted in call $at, the best so far is another divergence: $(cat out)"
done
[ "$before" -lt "$(length "$long")" ] || complain "nothing that came before an interrupt was kept"

for command in "run --ops 1M" "explore tiny" "shrink -o best $long"; do
	: >err # or what the command before said would be taken for what this one says
	# shellcheck disable=SC2086
	HANGS=1 INTERRUPT_AT=3 "$S2TWIN_PLAIN" $command "${iut[@]}" >out 2>err </dev/null &
	pid=$!
	for ((i = 0; i < 1000; i++)); do
		! grep -q 'Interrupt once more to end at once' err && kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	[ $i -lt 1000 ] || complain "$command, which hangs, does not say how to end it: $(cat err)"
	kill -s INT "$pid"
	wait "$pid"
	status=$?
	[ $status -eq 130 ] || complain "$command, which hangs: exit status $status, $(cat err)"
done

echo "$failures failures"
[ "$failures" -eq 0 ]
