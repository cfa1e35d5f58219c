#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The command at body level: it agrees on reached and on planted states, prints a row per lemma, refuses what has no
# meaning there; docs/lemmas.md is current.
set -u
status=0
fail() {
	echo "FAILED: $*"
	status=1
}
out=$S2T_SCRATCH/out

# agree ARGUMENTS…: exit status 0; the output is kept.
agree() {
	"$S2TWIN_PLAIN" "$@" >"$out" 2>&1 || fail "s2twin $*: $(tail -n 20 "$out")"
}

# refuse SENTENCE ARGUMENTS…
refuse() {
	local sentence=$1
	shift
	"$S2TWIN" "$@" >/dev/null 2>"$out"
	[ $? -eq 2 ] || fail "s2twin $*: the exit status is not 2"
	[ "$(cat "$out")" = "$sentence" ] || fail "s2twin $*: $(cat "$out")"
}

# Sequences do not depend on threads; the last line is the time.
agree run --level body --ops 300k --seed 1
head -n -1 "$out" >"$out.alone"
agree run --level body --ops 300k --seed 1 --jobs 2
head -n -1 "$out" | cmp - "$out.alone" || fail "two jobs and one give different results"
[ "$(grep -c '^| [a-z0-9_]*_body_correct |' "$out")" -eq 10 ] || fail "a row per lemma is missing"
grep -q '^never reached: nothing$' "$out" || fail "$(grep '^never reached' "$out")"
grep '_body_correct' "$out" | grep -v '| all |' | cut -d'|' -f2,4 >"$out.seen"
[ "$(cat "$out.seen")" = ' assign_pfn_to_smmu_body_correct | all but get_pfn_map, fetch_from_doracle ' ] ||
	fail "primitives seen: $(cat "$out.seen")"
"$S2TWIN" run --level body --ops 20k --seed 2 --full-every 1 >"$out" 2>&1 || fail "--full-every 1: $(cat "$out")"

agree run --level body --ops 100k --seed 3 --after-panic --json
[ "$(grep -c '"function": ' "$out")" -eq 10 ] || fail "the JSON has no row per lemma"
grep -q '"undefined": 0,' "$out" || fail "undefined calls are run, not skipped"

# States that no operation reaches: every kind of owner, count and frame number.
{
	echo 's2twin-trace 1'
	echo 'config smmu_host_offset=0x10000'
	pfn=0x80000
	for owner in 0 1 2 15 16; do
		for count in 0 1 2 15 16 99 100 101 0xfffffffe 0xffffffff; do
			for gfn in 0 7 0x40007 0xfffffffff 0xffffffffffffffff; do
				echo "page pfn=$pfn owner=$owner count=$count gfn=$gfn"
				pfn=$((pfn + 1))
			done
		done
	done
} >"$S2T_SCRATCH/planted.board"
agree run --level body --ops 200k --seed 4 --board "$S2T_SCRATCH/planted.board"
"$S2TWIN" run --level body --ops 20k --seed 5 --after-panic --board "$S2T_SCRATCH/planted.board" >"$out" 2>&1 ||
	fail "planted: $(cat "$out")"

agree replay --level body corpus
[[ $(tail -n 1 "$out") =~ ^([0-9]+)' traces: '([0-9]+)' agreed, 0 diverged, 0 refused; ' ]] ||
	fail "replay corpus: $(tail -n 1 "$out")"
[ "${BASH_REMATCH[1]-0}" -gt 100 ] || fail "${BASH_REMATCH[1]-0} traces only"

refuse "s2twin run: --level is stack or body, not 'middle'" run --level middle
refuse 's2twin run: --level body: the lemmas are about the low form, so it takes no --spec high' \
	run --level body --spec high
refuse 's2twin replay: --level body: undefined calls are always run and compared there, so it takes no --undefined' \
	replay --level body --undefined=run corpus

# Lemma, primitives allowed, primitives seen; the text above the table.
columns() { cut -d'|' -f1-4; }
docs/make_lemmas.sh "$S2TWIN_PLAIN" 300k | columns >"$out"
sed 's/--ops 10M/--ops 300k/' docs/lemmas.md | columns | diff - "$out" ||
	fail "docs/lemmas.md is out of date: docs/make_lemmas.sh >docs/lemmas.md"
[ "$(grep -c '_body_correct |' docs/lemmas.md)" -eq 10 ] || fail "docs/lemmas.md has no row per lemma"
exit "$status"
