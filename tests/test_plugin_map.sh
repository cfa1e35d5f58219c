#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Abstraction maps: a plug-in that is odd on purpose agrees with its map, and with no part of it missing; what the map
# lets pass is counted; a map that is wrong is refused with line and column.
set -u
. tests/plugin.bash
odd=$S2T_SCRATCH/odd
"$CC" -shared -fPIC -O1 -D_POSIX_C_SOURCE=200809L -Iinclude -Iharness -Imodel tests/plugins/odd.c -o "$odd.so" \
	"$S2T_LIBRARY" -ljansson || exit 3
run() { "$S2TWIN_PLAIN" run --seed 1 --ops "$ops" --iut "$odd.so" --out "$S2T_SCRATCH/out" "$@"; }
ops=100k

# The map beside it is read; everything that it lets pass is counted.
cp tests/plugins/odd.map "$odd.map"
expect 0 '^  resync +[1-9][0-9]*  a page in eight is not shared$' run
grep -q '^never seen of it: "sharing of such a page could end in a panic"$' "$S2T_SCRATCH/log" ||
	complain "a known difference that was never seen is not named" "$S2T_SCRATCH/log"
for statement in 'mask npt' 'mask spt' host-gfn 'content unknown' panics; do
	grep -Eq "^  $statement +[1-9]" "$S2T_SCRATCH/log" || complain "'$statement' is not counted" "$S2T_SCRATCH/log"
done
expect 0 '"steps": [1-9]' run --json --isolate
expect 0 '^agreed' "$S2TWIN" run --seed 3 --ops 20k --jobs 2 --full-every 7 --iut "$odd.so"
cp "$odd.map" "$S2T_SCRATCH/whole.map"

# Without any one part of the map the two sides differ.
for part in 'mask npt' 'mask spt' 'host-gfn' 'content' 'panics' 'a page in eight'; do
	rm -rf "$S2T_SCRATCH/out"
	if [ "$part" = 'a page in eight' ]; then
		sed '/a page in eight/,/then/d' "$S2T_SCRATCH/whole.map" >"$odd.map"
	else
		grep -v "^$part" "$S2T_SCRATCH/whole.map" >"$odd.map"
	fi
	expect 1 '^DIVERGENCE' run
done

# --map has precedence, and stands in the commands of a report.
expect 0 '^agreed' run --map "$S2T_SCRATCH/whole.map"
printf 's2twin-map 1\n' >"$S2T_SCRATCH/empty.map"
expect 1 '^DIVERGENCE' run --map "$S2T_SCRATCH/empty.map"
tr -s ' \n' ' ' <"$S2T_SCRATCH/log" | grep -q "s2twin replay --iut $odd.so --map $S2T_SCRATCH/empty.map " ||
	complain "the report does not say how to replay with the map" "$S2T_SCRATCH/log"
# Any implementation can be compared through a map.
expect 0 '^agreed' "$S2TWIN_PLAIN" run --seed 1 --ops 100k --map "$S2T_SCRATCH/empty.map"
expect 2 'does not go with a map that resynchronises' run --logs --map "$S2T_SCRATCH/whole.map"

# skip and tolerate, over traces: a page that the plug-in does not share.
share() { # share ACTION STATUS REGEX operation…: after it was assigned and granted
	sed "s/then resync/then $1/" "$S2T_SCRATCH/whole.map" >"$odd.map"
	printf '%s\n' 's2twin-trace 1' 'assign_pfn_to_vm vmid=1 gfn=0x7 pfn=0x40003' \
		'grant_vm_page vmid=1 pfn=0x40003' "${@:4}" >"$S2T_SCRATCH/page.trace"
	expect "$2" "$3" "$S2TWIN" replay --no-shrink --iut "$odd.so" "$S2T_SCRATCH/page.trace"
}
share skip 0 '^  skip +1  a page in eight' 'revoke_vm_page vmid=1 pfn=0x40003'
share tolerate 0 '^  tolerate +1  a page in eight' 'walk_s2pt vmid=1 addr=0x7000'
share resync 0 '^  resync +2  a page in eight' 'revoke_vm_page vmid=1 pfn=0x40003' 'grant_vm_page vmid=1 pfn=0x40003'
# What was tolerated is compared again once a side writes it.
share tolerate 1 '^DIVERGENCE' 'revoke_vm_page vmid=1 pfn=0x40003'

# Predicates: each of these holds of the first step, or the two sides would differ by it.
holds() { # holds 0|1 PREDICATE
	printf 's2twin-map 1\nhost-gfn ignore\nmask npt 0xffffffffffffffff\ncontent unknown after assign_pfn_to_vm, revoke_vm_page
known "it" when %s then skip\n' "$2" >"$odd.map"
	expect 0 "$([ "$1" -eq 1 ] && echo '^  skip +1  it$' || echo '^never seen of it: .*"it"$')" \
		"$S2TWIN_PLAIN" replay --iut "$odd.so" "$S2T_SCRATCH/first.trace"
}
printf '%s\n' 's2twin-trace 1' 'page pfn=0x40005 owner=0 count=0 gfn=0x99' \
	'assign_pfn_to_vm vmid=2 gfn=0x7 pfn=0x40005' >"$S2T_SCRATCH/first.trace"
holds 1 'op=assign_pfn_to_vm'
holds 1 'op=map_pfn_vm,assign_pfn_to_vm'
holds 0 'op!=assign_pfn_to_vm'
holds 1 'case=APV-2'
holds 1 'case = APV-1 , APV-2'
holds 0 'case!=APV-2'
holds 1 'took=APV-2'
holds 0 'took=APV-3,CPH-2'
holds 1 'outcome=ok'
holds 0 'outcome=panic'
holds 1 'vmid=2 and gfn=7 and pfn=0x40005'
holds 1 'vmid=1 or gfn=7'
holds 0 'not (vmid=1 or gfn=7)'
holds 1 'not vmid=1 and not vmid=3'
holds 1 'vmid=9 or vmid=2 and gfn=7'
holds 1 'owner(pfn) = 0 and count(pfn) = 0 and gfn(pfn) = 0x99'
holds 1 'owner(1) = 0xffffffff and token(pfn) = 0'
holds 1 'npt(0, pfn << 12).level = 0 and npt(0, pfn<<12).pfn = 0 and npt(0,0).pte=0'
holds 1 'spt(0, 0, 0x1000).pte = 0 and spt(7,1,0).pfn = 0 and spt(8,0,0).pfn = 0'
holds 0 'locked(2) or halted'
holds 1 'corevisor = 16 and smmu_host_offset = 1000000000'
holds 1 'frame(pfn << 12) = pfn'
holds 1 'pfn - 5 + 6 = 0x40006 and (pfn & 0xf | 0x30) = 0x35 and pfn >> 12 = 0x40'
holds 1 'vmid < 3 and vmid <= 2 and gfn > 6 and gfn >= 7 and gfn != 8'
holds 1 '1 << 64 = 0 and 1 << 3 = 8 and 2 - 3 = 0xffffffffffffffff'

# Maps that are wrong.
refused() { # refused LINE:COLUMN REGEX TEXT
	printf "$3" >"$S2T_SCRATCH/wrong.map"
	expect 2 "^$S2T_SCRATCH/wrong.map:$1: $2" "$S2TWIN" run --ops 10 --map "$S2T_SCRATCH/wrong.map"
	[ "$(wc -l <"$S2T_SCRATCH/log")" -eq 1 ] || complain "more than one sentence: $3" "$S2T_SCRATCH/log"
}
v='s2twin-map 1\n'
refused 1:1 "the first line of a map is 's2twin-map 1'" ''
refused 1:1 "the first line of a map" 's2twin-map 2\n'
refused 2:3 "'nonsense' begins no statement" "$v  nonsense\n"
refused 2:1 "'\\\\x01' has no meaning in a map" "$v\\001\n"
refused 2:6 "what mask is for is npt or spt, not 'pt'" "${v}mask pt 1\n"
refused 2:10 "'seven' is no number" "${v}mask npt seven\n"
refused 2:10 "'0x10000000000000000' is no number" "${v}mask npt 0x10000000000000000\n"
refused 3:1 "'mask npt' stands here a second time" "${v}mask npt 1\nmask npt 2\n"
refused 2:10 "host-gfn is ignore, zero or offset, not 'one'" "${v}host-gfn one\n"
refused 2:23 "'assign_pfn_to_v' is no operation; did you mean 'assign_pfn_to_vm'" "${v}content unknown after assign_pfn_to_v\n"
refused 3:1 "'the end of the file' is no operation|is no operation" "${v}content unknown after\n"
refused 2:8 "panics is stop, continue or resync, not 'go'" "${v}panics go\n"
refused 2:7 "a known difference has a name" "${v}known when 1 then skip\n"
refused 2:7 "the name has no closing" "${v}known \"a when 1 then skip\n"
refused 2:11 "'when' belongs here, not 'if'" "${v}known \"a\" if 1 then skip\n"
refused 2:18 "'then' belongs here, not 'skip'" "${v}known \"a\" when 1 skip\n"
refused 2:23 "what to do is skip, tolerate or resync, not 'ignore'" "${v}known \"a\" when 1 then ignore\n"
refused 3:7 'there is a known difference "a" already' "${v}known \"a\" when 1 then skip\nknown \"a\" when 1 then skip\n"
refused 2:16 "there is no 'vmidd' here; did you mean 'vmid'" "${v}known \"a\" when vmidd=1 then skip\n"
refused 2:16 "'zzzzzzzz' is no argument" "${v}known \"a\" when zzzzzzzz=1 then skip\n"
refused 2:16 "this is written owner\\(pfn\\)" "${v}known \"a\" when owner=1 then skip\n"
refused 2:16 "this is written npt\\(vmid, addr\\)" "${v}known \"a\" when npt(1,2)=1 then skip\n"
refused 2:16 "this is written spt" "${v}known \"a\" when spt(1,2,3).level=1 then skip\n"
refused 2:21 "there is no case" "${v}known \"a\" when case=MPV-99 then skip\n"
refused 2:24 "the outcome of a step that is run is ok or panic" "${v}known \"a\" when outcome=undefined then skip\n"
refused 2:19 "op, case, took and outcome stand before" "${v}known \"a\" when op map_pfn_vm then skip\n"
refused 2:20 "a number, an argument, or something" "${v}known \"a\" when 1 = then skip\n"
refused 2:19 "'\\)' belongs here, not 'then'" "${v}known \"a\" when (1 then skip\n"
refused 2:16 "this predicate holds of no operation" "${v}known \"a\" when op=map_pfn_vm and case=GVP-2 then skip\n"
refused 2:16 "the operations of this predicate have no argument 'iova'" "${v}known \"a\" when op=map_pfn_vm and iova=1 then skip\n"
refused '2:[0-9]+' "this predicate is nested more than 64 deep" "${v}known \"a\" when $(printf '(%.0s' {1..70})1\n"
expect 2 "none.map:1:1: cannot read this map: No such file" "$S2TWIN" run --map "$S2T_SCRATCH/none.map"
expect 2 'level body has no implementation' "$S2TWIN" run --level body --map "$S2T_SCRATCH/empty.map"
expect 2 "watch is compare, protect or none, not 'x'" "$S2TWIN" run --watch x
expect 2 'names no memory to --watch' "$S2TWIN" run --watch compare

# The map and the constants in docs/plugin.md are as they are there.
awk '/^```/ { on = 0 } /^s2twin-map 1$/ { on = 1 } on' docs/plugin.md >"$S2T_SCRATCH/docs.map"
expect 0 '^never seen of it: mask npt, .*"one pool for all levels"' "$S2TWIN" run --seed 1 --ops 100 --map "$S2T_SCRATCH/docs.map"
while read -r name; do
	grep -q "^| \`$name\` |" docs/plugin.md || complain "docs/plugin.md does not have the constant $name"
done < <(sed -n 's/^\t{ "\([a-z0-9_]*\)",.*/\1/p' harness/constants.c)

exit $status
