#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Plug-ins that are loaded: one that offers the built-in implementation through reads alone, with and without faults
# planted in it; and many that are wrong, each in one way.
set -u
. tests/plugin.bash

flags=(-shared -fPIC -O1 -D_POSIX_C_SOURCE=200809L -Iinclude -Iharness -Imodel -Iimpl)
libraries=("$S2T_LIBRARY" -ljansson)
build() { # build FILE.so what…
	"$CC" "${flags[@]}" "${@:2}" -o "$S2T_SCRATCH/$1" "${libraries[@]}" || complain "$1 does not build"
}

# It agrees, and the harness looks at as much as it does by the image.
build reads.so tests/plugins/reads.c
run() { "$S2TWIN_PLAIN" run --seed 1 "$@" --out "$S2T_SCRATCH/out"; }
expect 0 '^agreed: 1000000 operations' run --ops 1M --iut "$S2T_SCRATCH/reads.so"
grep -E '^[a-z_0-9 ]+ [A-Z]{3}-' "$S2T_SCRATCH/log" >"$S2T_SCRATCH/reads.cases"
expect 0 '^agreed: 1000000 operations' run --ops 1M
grep -E '^[a-z_0-9 ]+ [A-Z]{3}-' "$S2T_SCRATCH/log" | cmp -s - "$S2T_SCRATCH/reads.cases" ||
	complain "through reads another table of cases than through the image"
expect 0 '^agreed' "$S2TWIN" run --seed 2 --ops 30k --spec high --iut "$S2T_SCRATCH/reads.so" --isolate \
	--full-every 50 --out "$S2T_SCRATCH/out"
expect 0 '^agreed' "$S2TWIN" run --seed 3 --ops 30k --jobs 2 --after-panic --undefined=run \
	--iut "$S2T_SCRATCH/reads.so" --out "$S2T_SCRATCH/out"

# One that depends on more than its calls: what cannot be replayed is told from the machines that saw it. With calls that
# are forgotten often, a replay diverges, too, but elsewhere or not again; that is no failure of the command either.
for every in 97 300 3001; do
	build forgets.so -DEVERY=$every tests/plugins/forgets.c
	for option in --json ''; do
		# shellcheck disable=SC2086
		expect 1 '(^DIVERGED: |"result": "DIVERGED")' "$S2TWIN_PLAIN" run --seed 1 --ops 100k $option \
			--junit "$S2T_SCRATCH/forgets.xml" --iut "$S2T_SCRATCH/forgets.so" --out "$S2T_SCRATCH/forgets"
	done
	[ $every -ne 97 ] || expect 1 '"result":"DIVERGED".*"unsteady":true' "$S2TWIN_PLAIN" replay --json \
		--iut "$S2T_SCRATCH/forgets.so" corpus/seeds/life-cycle.trace
	grep -q '<failure ' "$S2T_SCRATCH/forgets.xml" || complain "JUnit tells of no failure" "$S2T_SCRATCH/forgets.xml"
done
expect 1 '"unsteady": \{' "$S2TWIN_PLAIN" run --seed 1 --ops 100k --json --iut "$S2T_SCRATCH/forgets.so" --out "$S2T_SCRATCH/forgets"
grep -q '"trace": ".*/unsteady-1-[0-9]*.trace"' "$S2T_SCRATCH/log" && grep -q '"divergence": {' "$S2T_SCRATCH/log" ||
	complain "no trace or no divergence of what cannot be replayed" "$S2T_SCRATCH/log"
expect 1 '^unsteady: seed 0x1, sequence [0-9]+ diverged, but not .*; kept as .*unsteady-1-[0-9]+.trace' \
	"$S2TWIN_PLAIN" run --seed 1 --ops 100k --keep-going --iut "$S2T_SCRATCH/forgets.so" --out "$S2T_SCRATCH/forgets"

# One that diverges in some replays of the same calls only is not shrunk, and that is said.
build chance.so tests/plugins/interrupts.c
printf 's2twin-trace 1\n%s\n%s\n%s\n' 'get_level_s2pt vmid=1 addr=0' 'assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40005' \
	'grant_vm_page vmid=1 pfn=0x40005' >"$S2T_SCRATCH/chance.trace"
chance=(--iut "$S2T_SCRATCH/chance.so" "$S2T_SCRATCH/chance.trace")
said='not shrunk: it repeats in [1-4] of 5 replays'
for times in 3 4; do
	export SOMETIMES=$times
	expect 1 "^$said, so the implementation does not depend on its calls alone" "$S2TWIN_PLAIN" shrink -o "$S2T_SCRATCH/same.trace" "${chance[@]}"
	grep -q "^# $said" "$S2T_SCRATCH/same.trace" || complain "the trace does not say why it is not shrunk" "$S2T_SCRATCH/same.trace"
	expect 1 '"repeats": \{' "$S2TWIN_PLAIN" shrink --json -o "$S2T_SCRATCH/same.trace" "${chance[@]}"
	expect 1 "^$said" "$S2TWIN_PLAIN" replay "${chance[@]}"
	expect 1 '"repeats":\{"times":[1-4],"of":5\}' "$S2TWIN_PLAIN" replay --json "${chance[@]}"
done
unset SOMETIMES
expect 1 '^shrunk from 3 to 1 operations' "$S2TWIN_PLAIN" shrink -o "$S2T_SCRATCH/short.trace" "${chance[@]}"

# Faults in it are found, shrunk, explained, and found again.
"$CC" -c "${flags[@]:1}" tests/plugins/reads.c -o "$S2T_SCRATCH/reads.o"
for fault in impl-assign-keeps-mark impl-clear-no-scrub impl-smmu-count-limit impl-doracle-repeats \
	impl-grant-stuck-lock impl-map-spt-zero impl-page-under-block impl-pool-reuse impl-reset-keeps-content \
	impl-stale-record impl-unmap-spt-returns-zero impl-undo-forgets-first; do
	source=("$S2T_FAULTS/$fault"/*.c)
	build fault.so "${source[0]}" "$S2T_SCRATCH/reads.o" -w
	expect 1 '^DIVERGENCE' run --ops 500k --iut "$S2T_SCRATCH/fault.so"
done
build fault.so "$S2T_FAULTS"/impl-clear-no-scrub/*.c "$S2T_SCRATCH/reads.o" -w
rm -rf "$S2T_SCRATCH/out"
expect 1 'read through the plug-in' "$S2TWIN" run --seed 1 --ops 500k --iut "$S2T_SCRATCH/fault.so" --out "$S2T_SCRATCH/out"
trace=$(ls "$S2T_SCRATCH"/out/*.orig.trace)
tr -s ' \n' ' ' <"$S2T_SCRATCH/log" | grep -q "s2twin replay --iut $S2T_SCRATCH/fault.so " ||
	complain "the report does not say how to replay with the plug-in" "$S2T_SCRATCH/log"
expect 1 '^DIVERGENCE' "$S2TWIN" replay --iut "$S2T_SCRATCH/fault.so" "$trace"
expect 0 'agreed' "$S2TWIN" replay --iut "$S2T_SCRATCH/reads.so" "$trace"
expect 1 'flatmem' "$S2TWIN" shrink --iut "$S2T_SCRATCH/fault.so" "$trace" -o "$S2T_SCRATCH/short.trace"
expect 1 '"read_through": "plug-in"' "$S2TWIN" explain --json --iut "$S2T_SCRATCH/fault.so" "$trace"
expect 1 'page' "$S2TWIN" explain --html "$S2T_SCRATCH/report.html" --iut "$S2T_SCRATCH/fault.so" "$trace"
expect 0 '/[0-9a-f]{16}.trace' "$S2TWIN" promote --iut "$S2T_SCRATCH/fault.so" --to "$S2T_SCRATCH/kept" "$trace"
expect 0 'lockstep' "$S2TWIN_PLAIN" bench --rounds 1 --max-len 32 --board default --iut "$S2T_SCRATCH/reads.so"

# Tables that are none: one sentence, status 2.
refused() { # refused NAME REGEX
	build "$1.so" "-D$1" tests/plugins/bad.c
	expect 2 "^s2twin run: plug-in '.*$1.so' $2" "$S2TWIN" run --ops 1k --iut "$S2T_SCRATCH/$1.so"
	[ "$(wc -l <"$S2T_SCRATCH/log")" -eq 1 ] || complain "more than one sentence of $1" "$S2T_SCRATCH/log"
}
refused BAD_TABLE 'returns no table from s2t_iut_plugin'
refused BAD_ABI 'has version 7 of the interface'
refused BAD_SIZE 'says that its table has 16 bytes'
refused BAD_BIG_SIZE 'says that its table has 1073741824 bytes'
refused BAD_NAME 'has no name'
refused BAD_LACK 'lacks the function call'
refused BAD_LACK_READ 'lacks the function spt'
refused BAD_CONSTANT "is not to be used: .* has a constant 'page_sise'"
"$CC" -shared -fPIC tests/plugins/plain.c -o "$S2T_SCRATCH/plain.so"
expect 2 'does not export s2t_iut_plugin' "$S2TWIN" run --iut "$S2T_SCRATCH/plain.so"
expect 2 'cannot be loaded' "$S2TWIN" run --iut "$S2T_SCRATCH/none.so"
expect 2 'cannot be loaded' "$S2TWIN" run --iut ./README.md
expect 2 'there is .builtin.; a form of the specification, spec:low, spec:high, spec:top or spec:bottom; and any plug-in' "$S2TWIN" run --iut none

# A table of the first header, and functions that may be left out.
build small.so -DGOOD_SMALL tests/plugins/bad.c
expect 0 '^not compared, because the implementation does not tell: data log$' \
	"$S2TWIN" run --seed 1 --ops 10k --iut "$S2T_SCRATCH/small.so" --out "$S2T_SCRATCH/out"
build least.so -DGOOD_NO_RESET tests/plugins/bad.c
expect 0 '^not compared, because .*: locks, stage-2 pool use, SMMU pool use$' \
	"$S2TWIN" run --seed 1 --ops 10k --iut "$S2T_SCRATCH/least.so" --out "$S2T_SCRATCH/out"

# What it says that it touched is looked at, whatever it says.
for good in GOOD_TOUCHED GOOD_NOTHING; do
	build touched.so -D$good tests/plugins/bad.c
	expect 0 '^agreed' "$S2TWIN" run --seed 1 --ops 10k --iut "$S2T_SCRATCH/touched.so" --out "$S2T_SCRATCH/out"
done

# Boards that it cannot have.
build refuses.so -DBAD_REFUSES tests/plugins/bad.c
expect 0 "^board left out: .* 'tiny': it has one\?board" "$S2TWIN" run --seed 1 --ops 5k --iut "$S2T_SCRATCH/refuses.so" --out "$S2T_SCRATCH/out"
expect 3 "cannot have board 'tiny'" "$S2TWIN" run --board tiny --iut "$S2T_SCRATCH/refuses.so"
build refuses_all.so -DBAD_REFUSES_ALL tests/plugins/bad.c
expect 3 'it gave no reason' "$S2TWIN" run --iut "$S2T_SCRATCH/refuses_all.so"

# Constants.
build constants.so -DGOOD_CONSTANTS tests/plugins/bad.c
expect 0 "^board left out: .*lowlimits.*max_share_count" \
	"$S2TWIN" run --seed 1 --ops 5k --iut "$S2T_SCRATCH/constants.so" --out "$S2T_SCRATCH/out"
printf 's2twin-trace 1\nconfig max_share_count=7\n' >"$S2T_SCRATCH/seven.board"
expect 2 'seven.board:2:8: implementation .reads. has max_share_count 0x9 and no other' \
	"$S2TWIN" run --board "$S2T_SCRATCH/seven.board" --iut "$S2T_SCRATCH/constants.so"
build page_size.so -DBAD_PAGE_SIZE tests/plugins/bad.c
expect 1 '^DIFFERENCE  constant page_size: the specification has 0x1000, implementation reads 0x4000' \
	"$S2TWIN" run --iut "$S2T_SCRATCH/page_size.so"

# Watching its memory: nothing is found where nothing is, and a stray write is, which no read would show.
build watched.so tests/plugins/watched.c
build stray.so -DBAD_STRAY tests/plugins/watched.c
build page.so -DBAD_PAGE tests/plugins/watched.c
for watch in compare protect; do
	watched() { "$S2TWIN_PLAIN" run --seed 1 --ops "$1" --watch "$watch" "${@:3}" --iut "$S2T_SCRATCH/$2.so" \
		--out "$S2T_SCRATCH/out"; }
	expect 0 '^agreed' watched 3k watched
	expect 1 '^op=get_level_s2pt case=GLN-[2-4] kind=stray entries=stray:el2' watched 3k stray
	expect 1 'word 0x40003010 of the page contents: stray write' watched 3k page --isolate
done
expect 0 '^agreed' watched 3k watched --jobs 2
expect 0 '^agreed' "$S2TWIN_PLAIN" run --seed 1 --ops 3k --iut "$S2T_SCRATCH/stray.so"
expect 2 'names no memory to --watch' "$S2TWIN" run --watch=compare --iut "$S2T_SCRATCH/reads.so"

# What goes wrong in a call is a divergence, shrunk and kept.
wrong() { # wrong NAME REGEX options…
	build "$1.so" "-D$1" tests/plugins/bad.c
	rm -rf "$S2T_SCRATCH/out"
	expect 1 "$2" "$S2TWIN_PLAIN" run --seed 1 --ops 20k --iut "$S2T_SCRATCH/$1.so" --out "$S2T_SCRATCH/out" "${@:3}"
	[ "$(ls "$S2T_SCRATCH"/out/*.trace | wc -l)" -eq 2 ] || complain "$1: the files are not whole"
	expect 1 "$2" "$S2TWIN_PLAIN" replay --iut "$S2T_SCRATCH/$1.so" "${@:3}" "$S2T_SCRATCH"/out/*.orig.trace
}
wrong BAD_OUTCOME 'implementation crash \(the implementation returned an outcome that is none'
wrong BAD_NO_OUTCOME 'implementation crash \(the implementation returned an outcome that is none'
wrong BAD_NO_REASON 'implementation panic$'
wrong BAD_TEXT 'implementation panic \(red:\?\?\[31m\)$'
wrong BAD_ELSEWHERE '^op=get_level_s2pt case=GLN-[234] kind=state entries=npt$'
wrong BAD_HANG 'implementation hang \(the call did not return\)' --isolate --hang-limit 1
wrong BAD_LEAK 'implementation crash' --isolate --memory-limit 400
wrong BAD_WILD 'implementation crash \(killed by SIGSEGV\)' --isolate
wrong BAD_EXIT 'implementation crash \(it ended the process\)' --isolate

# Without --isolate an implementation that ends the process does not end it with a status of ours.
expect 3 'the implementation ended the process in step [0-9]+ of sequence [0-9]+; the trace is .*/ended/crash-0x1-[0-9]+.trace' \
	"$S2TWIN" run --seed 1 --ops 20k --iut "$S2T_SCRATCH/BAD_EXIT.so" --out "$S2T_SCRATCH/ended"
for options in '--jobs 2' '--jobs 2 --max-len 8' '--jobs 3 --max-len 8'; do
	# shellcheck disable=SC2086 # options
	expect 3 'the implementation ended the process' \
		"$S2TWIN" run --seed 1 --ops 20k --iut "$S2T_SCRATCH/BAD_EXIT.so" --out "$S2T_SCRATCH/threads" $options
done
ended=$(echo "$S2T_SCRATCH"/ended/crash-*.trace)
expect 1 'implementation crash \(it ended the process\)' \
	"$S2TWIN_PLAIN" replay --isolate --iut "$S2T_SCRATCH/BAD_EXIT.so" "$ended"
for command in replay explain shrink; do
	expect 3 '^s2twin: the implementation ended the process; --isolate' \
		"$S2TWIN" $command --iut "$S2T_SCRATCH/BAD_EXIT.so" "$ended"
done

exit $status
