#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A plug-in with operations of its own: run, replayed, shrunk, explained, kept; and what may not be declared.
set -u
. tests/plugin.bash
build() { # build FILE.so options…
	"$CC" -shared -fPIC -O1 -D_POSIX_C_SOURCE=200809L -Iinclude -Iharness -Imodel -Iimpl "${@:2}" \
		tests/plugins/donate.c -o "$S2T_SCRATCH/$1" "$S2T_LIBRARY" -ljansson || complain "$1 does not build"
}

# Both sides agree; each operation was made, and is counted by name.
build good.so
good=(--iut "$S2T_SCRATCH/good.so" --out "$S2T_SCRATCH/out")
expect 0 '^donate +none +[1-9][0-9]+  ok ' "$S2TWIN" run --seed 1 --ops 30k "${good[@]}"
grep -Eq '^give_back +none +[1-9][0-9]+  ok ' "$S2T_SCRATCH/log" || complain "give_back was not made"
grep -v 'operations/s$' "$S2T_SCRATCH/log" >"$S2T_SCRATCH/one"
expect 0 '^agreed' "$S2TWIN" run --seed 1 --ops 30k --jobs 2 "${good[@]}"
grep -v 'operations/s$' "$S2T_SCRATCH/log" | cmp -s - "$S2T_SCRATCH/one" || complain "with two threads another run"
expect 0 '^agreed' "$S2TWIN" run --seed 2 --ops 20k --spec high --isolate "${good[@]}"
expect 0 '^ +none +[1-9][0-9]*  panic ' "$S2TWIN" run --seed 3 --ops 20k --after-panic --undefined=run \
	--full-every 50 "${good[@]}"
expect 0 '"declared"' "$S2TWIN" run --seed 1 --ops 2k --json "${good[@]}"
expect 0 'lockstep' "$S2TWIN_PLAIN" bench --rounds 1 --max-len 32 --board default --iut "$S2T_SCRATCH/good.so"

# The second half of one forgotten: found, shrunk to that operation, and found again.
build half.so -DBAD_HALF
half=(--iut "$S2T_SCRATCH/half.so")
id=op=donate\ case=none\ model=ok\ kind=state\ entries=npt
rm -rf "$S2T_SCRATCH/out"
expect 1 "^$id\$" "$S2TWIN" run --seed 1 --ops 30k "${half[@]}" --out "$S2T_SCRATCH/out"
original=$(ls "$S2T_SCRATCH"/out/*.orig.trace)
short=${original/.orig/}
[ "$(grep -Ec '^[a-z]' "$short")" -eq 2 ] || complain "it was not shrunk to one operation" "$short"
grep -Eq '^donate vmid=[0-9]+ gfn=0x[0-9a-f]+ pfn=0x[0-9a-f]+$' "$short" || complain "donate is not in it" "$short"
expect 1 '^MEANS +assign_pfn_to_vm vmid=' "$S2TWIN" replay "${half[@]}" "$short"
expect 1 '^LOOK AT +what donate does for its part map_pfn_vm' "$S2TWIN" replay "${half[@]}" --isolate "$original"
expect 0 '1 agreed' "$S2TWIN" replay --iut "$S2T_SCRATCH/good.so" "$original"
expect 1 '"operation":"donate vmid=' "$S2TWIN" replay --no-shrink --log - "${half[@]}" "$short"
expect 1 '^donate vmid=' "$S2TWIN" shrink "${half[@]}" "$original"
expect 1 '"means": \[' "$S2TWIN" explain --json "${half[@]}" "$short"
expect 1 '^CAUSE +npt\[' "$S2TWIN" explain --html "$S2T_SCRATCH/page.html" "${half[@]}" "$original"
grep -q 'map_pfn_vm vmid=' "$S2T_SCRATCH/page.html" || complain "the page does not say what donate means"
expect 0 '/[0-9a-f]{16}.trace' "$S2TWIN" promote "${half[@]}" --to "$S2T_SCRATCH/kept" "$short"
expect 0 '1 agreed' "$S2TWIN" replay --iut "$S2T_SCRATCH/good.so" "$S2T_SCRATCH/kept"
grep -q '^donate .* expect outcome=ok$' "$S2T_SCRATCH"/kept/*.trace || complain "nothing is expected of donate"

# Without the plug-in nobody knows it, and some commands do not with it: nor does a process, or an input of the fuzzers.
unknown=":[0-9]+:1: unknown operation 'donate'; .*, and run, replay, shrink, explain and promote also know those that the plug-in of --iut declares"
expect 2 "$unknown" "$S2TWIN" replay "$short"
expect 2 "$unknown" "$S2TWIN" eval "$short"
expect 2 "$unknown" "$S2TWIN" convert --to-input -o "$S2T_SCRATCH/input" "$short"
expect 2 "$unknown" "$S2TWIN" explore --iut "$S2T_SCRATCH/good.so" "$short"
expect 2 "$unknown" "$S2TWIN" replay --iut 'pipe:read -r hello; echo hello 1 process 1; cat' "$short"
printf 's2twin-trace 1\ndonat vmid=1 gfn=1 pfn=1\n' >"$S2T_SCRATCH/typo.trace"
expect 2 "2:1: unknown operation 'donat'; did you mean 'donate'" "$S2TWIN" replay "${half[@]}" "$S2T_SCRATCH/typo.trace"
printf 's2twin-trace 1\ndonate vmid=1 gfn=1\n' >"$S2T_SCRATCH/lacks.trace"
expect 2 '2:1: donate lacks pfn=; it takes vmid gfn pfn' "$S2TWIN" replay "${half[@]}" "$S2T_SCRATCH/lacks.trace"

# A crash in it.
build crash.so -DBAD_CRASH
rm -rf "$S2T_SCRATCH/out"
expect 1 '^op=donate case=none model=(ok|panic) kind=outcome implementation=crash' "$S2TWIN_PLAIN" run --seed 1 \
	--ops 5k --isolate --iut "$S2T_SCRATCH/crash.so" --out "$S2T_SCRATCH/out"
"$S2TWIN_PLAIN" run --seed 1 --ops 5k --iut "$S2T_SCRATCH/crash.so" --out "$S2T_SCRATCH/crash" >/dev/null 2>&1
tail -n 1 "$S2T_SCRATCH"/crash/crash-*.trace | grep -q '^donate vmid=' || complain "the trace of the crash lacks it"

# What may not be declared: one sentence, status 2.
refused() { # refused NAME REGEX
	build bad.so "-D$1"
	expect 2 "^s2twin run: plug-in '.*bad.so' $2" "$S2TWIN" run --ops 1k --iut "$S2T_SCRATCH/bad.so"
	[ "$(wc -l <"$S2T_SCRATCH/log")" -eq 1 ] || complain "more than one sentence of $1" "$S2T_SCRATCH/log"
}
refused BAD_TAKEN "declares the operation 'map_s2pt', a name that is taken"
refused BAD_WORD "declares the operation 'page', a name that is taken"
refused BAD_TWICE "declares the operation 'donate', a name that is taken"
refused BAD_LETTERS 'declares an operation whose name is not'
refused BAD_COUNT "declares operation 'give_back' with 8 arguments; it may have 7"
refused BAD_ARGUMENT "declares operation 'give_back' with an argument 2 that"
refused BAD_KIND "declares operation 'give_back' with an argument 2 that"
refused BAD_MEANS "does not say what its operation 'give_back' means"
refused BAD_MANY 'declares 33 operations of its own; there may be 32'
refused BAD_TABLE 'declares 2 operations of its own and no table of them'

exit $status
