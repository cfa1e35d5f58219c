#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Results for CI servers: JUnit XML and SARIF of run and replay, well formed whatever a file is called.
set -u
. tests/expect.bash
faults=${S2T_FAULTS:?names the folder of the commands with a planted fault}
cd -- "${S2T_SCRATCH:?names an empty directory}" || exit 3
broken=$faults/s2twin-fault-impl-clear-no-unmap

mkdir traces
good='s2twin-trace 1\nmap_page_host addr=0x40000000\n'
# shellcheck disable=SC2059
printf "$good" >'traces/a<&>"'\'' ü%.trace'
printf 's2twin-trace 1\n# two operations\n\nmap_page_host addr=0x40000000\nclear_vm_page vmid=0 pfn=0x40000\n' >traces/bad.trace
printf 's2twin-trace 1\nnonsense\n' >traces/refused.trace
"$broken" replay traces --junit junit.xml --sarif results.sarif >/dev/null 2>&1
status=$?
check "replay: exit status $status, not 2" [ $status -eq 2 ]
check "JUnit counts: $(head -n 2 junit.xml)" grep -q '<testsuite name="s2twin replay" tests="3" failures="1" errors="1" skipped="0"' junit.xml
check "JUnit: a name is not escaped" grep -q 'name="traces/a&lt;&amp;&gt;&quot;'\'' ??%.trace"' junit.xml
check "JUnit: no line" grep -q 'file="traces/bad.trace" line="5"' junit.xml
check "JUnit: no signature" grep -q '<failure type="93f0d2476cb80d14" message="Divergence (new) at operation 2, clear_vm_page vmid=0 pfn=0x40000: op=clear_vm_page case=CVP-4 kind=state entries=npt">' junit.xml
check "JUnit: no error" grep -q '<error type="error" message="traces/refused.trace:2:1: unknown operation' junit.xml
check "SARIF: no version" grep -q '"version": "2.1.0"' results.sarif
check "SARIF: no line" grep -q '"startLine": 5' results.sarif
check "SARIF: results" [ "$(grep -c '"ruleId"' results.sarif)" -eq 2 ]
"$S2TWIN" replay traces/bad.trace --sarif - --junit /dev/null >output 2>&1
check "SARIF of what agrees has results" grep -q '"results": \[\]' output

# A run is one case, and each of its signatures another.
"$broken" run --keep-going --ops 30000 --seed 1 --junit run.xml --sarif run.sarif >/dev/null 2>&1
ids=$(find s2twin-out -name '????????????????.trace' | wc -l)
check "run: $(head -n 2 run.xml)" grep -q "tests=\"$((ids + 1))\" failures=\"$ids\" errors=\"0\"" run.xml
check "run: a divergence without its trace" [ "$(grep -c '"uri": "s2twin-out/[0-9a-f]*.trace"' run.sarif)" -eq "$ids" ]
"$S2TWIN" run --ops 1000 --seed 1 --junit run.xml >/dev/null
check "a run that agrees fails" grep -q 'tests="1" failures="0" errors="0"' run.xml
"$S2TWIN" run --ops 1000 --seed 1 --junit /missing/run.xml >/dev/null 2>errors
check "a file that cannot be written" [ $? -eq 3 ]
check "a file that cannot be written: $(cat errors)" grep -q "cannot write '/missing/run.xml': No such file" errors

# Where there are parsers, they read it.
if command -v xmllint >/dev/null; then
	check "xmllint refuses JUnit" xmllint --noout junit.xml run.xml
fi
if command -v python3 >/dev/null; then
	check "python refuses JUnit" python3 -c 'import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]' junit.xml run.xml
	check "python refuses SARIF" python3 -c 'import sys, json; [json.load(open(f)) for f in sys.argv[1:]]' results.sarif run.sarif
fi

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
