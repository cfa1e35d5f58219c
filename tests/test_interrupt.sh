#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# An interrupt, of a terminal or of who stops a service, ends a run or an exploration with its summary and status 130.
set -u
. tests/expect.bash
s2twin=${S2TWIN:?names the s2twin command}
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

echo "$failures failures"
[ "$failures" -eq 0 ]
