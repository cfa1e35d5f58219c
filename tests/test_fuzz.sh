#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Inputs of the fuzzers, without an engine: each seed trace becomes an input that stands for the same calls, all of them
# together reach every case, and a planted fault is reported and kept as `s2twin run` does it, by every engine.
set -u
builds=$(dirname -- "$S2TWIN")
scratch=$S2T_SCRATCH
failures=0
fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}
[ -x "$builds/fuzz/run_lockstep" ] || { echo "there is no $builds/fuzz/run_lockstep" && exit 1; }

# There and back: the same steps, and the same bytes the second time.
fuzz/seeds.sh "$S2TWIN_PLAIN" "$scratch/inputs" || fail "seeds.sh fails"
count=0
while read -r trace; do
	name=${trace#corpus/}
	name=${name%.trace}
	input=$scratch/inputs/${name//\//-}
	"$S2TWIN_PLAIN" convert "$input" -o "$scratch/back.trace" || fail "$trace: its input is refused"
	"$S2TWIN_PLAIN" convert --to-input "$scratch/back.trace" -o "$scratch/again" || fail "$trace: what came back is refused"
	cmp -s "$input" "$scratch/again" || fail "$trace: the second input is another one"
	cmp -s <("$S2TWIN_PLAIN" eval "$trace") <("$S2TWIN_PLAIN" eval "$scratch/back.trace") || fail "$trace: other steps came back"
	# Version 2, so that mutations can add calls of either layer; but where an engine would cut it off.
	[ "$(head -c 1 "$input" | od -An -tu1 | tr -d ' ')" -eq 2 ] || [ "$(stat -c %s "$input")" -gt 3000 ] ||
		fail "$trace: its input is short, and has the old version"
	count=$((count + 1))
done < <(find corpus/seeds corpus/hyper -name '*.trace')
[ "$count" -gt 100 ] || fail "only $count traces"

cp corpus/inputs/* "$scratch/inputs/" || fail "corpus/inputs is empty"
# All run, at each level, and agree; together they reach every case of the low form, and of the high one.
for target in lockstep body high; do
	S2TWIN_OUT=$scratch/none S2TWIN_CASES=1 "$builds/fuzz/run_$target" "$scratch/inputs" 2>"$scratch/err" ||
		fail "run_$target: $(tail -n 3 "$scratch/err")"
	[ ! -e "$scratch/none" ] || fail "run_$target keeps finds where there are none"
	# The bodies have no case of their own; calls below them are not theirs.
	[ "$target" != body ] || continue
	grep -qE 'case ([0-9]+) of \1,' "$scratch/err" ||
		fail "run_$target: not every case is reached: $(grep ' case ' "$scratch/err" | tail -n 1)"
done

# Bytes that nobody reads are told of.
printf '\001\003\000\000\005\000\000\000\000\000\000\000\377\377\377' >"$scratch/tail"
told=$("$S2TWIN" convert "$scratch/tail" -o "$scratch/tail.trace" --json) || fail "convert --json fails"
[[ $told == *'"board":"zeropage"'*'"operations":1'*'"bytes":15'*'"unread":3'* ]] || fail "convert tells $told"
grep -q '^grant_vm_page ' "$scratch/tail.trace" || fail "the trace is $(cat "$scratch/tail.trace")"

# Sentences, and their exit statuses.
refused() { # sentence, arguments
	local want=$1 got status
	shift
	got=$("$S2TWIN" convert "$@" 2>&1 >/dev/null)
	status=$?
	[ "$status:$got" = "2:s2twin convert: $want" ] || fail "convert $*: status $status, $got"
}
: >"$scratch/empty"
refused 'this input of 0 bytes holds no operation, and a trace has at least one' "$scratch/empty"
refused '--json tells of the conversion on standard output: send the result elsewhere with -o' "$scratch/tail" --json
refused '--undefined goes with --to-input; an input says so itself' "$scratch/tail" --undefined=run
refused "cannot read 'nowhere': No such file or directory" nowhere
"$S2TWIN" convert --help | grep -q -- --to-input || fail "convert --help does not tell of --to-input"
script() { # status, script and arguments
	local want=$1 got
	shift
	"$@" >"$scratch/out" 2>&1
	got=$?
	[ "$got" -eq "$want" ] || fail "$*: status $got, $(cat "$scratch/out")"
}
script 0 fuzz/campaign.sh --help
script 2 fuzz/campaign.sh --bogus
script 2 fuzz/campaign.sh --time never
script 3 fuzz/campaign.sh --build "$scratch"
script 0 fuzz/corpus.sh --help
script 2 fuzz/corpus.sh
script 2 fuzz/corpus.sh minimise all
script 2 fuzz/seeds.sh
script 3 fuzz/measure.sh "$scratch"
script 2 fuzz/check_build.sh address

# A planted fault. The same input gives the same report and the same files without an engine, in libFuzzer and in AFL++,
# where they are installed; and with the fault planted `s2twin` says the same of the input.
fault=impl-clear-no-unmap
input=$scratch/inputs/seeds-life-cycle
mkdir "$scratch/faulty"
bash tests/mutants/plant patch tests/mutants/$fault.patch impl/bodies.c "$scratch/faulty/bodies.c" "$scratch/faulty/stale" ||
	fail "the fault cannot be planted"

build_faulty() { # name, then what is special: compiler, flags, files
	local name=$1 compiler=$2
	shift 2
	# shellcheck disable=SC2046
	"$compiler" -O1 -std=c11 -D_POSIX_C_SOURCE=200809L -DS2T_VERSION='"0.1.0"' -Iinclude -Imodel -Iharness -Ifuzz -Iimpl \
		"$@" fuzz/target_lockstep.c fuzz/drive.c fuzz/drive_tell.c fuzz/engine.c fuzz/feedback.c \
		"$scratch/faulty/bodies.c" "$S2T_LIBRARY" $(pkg-config --cflags --libs jansson) -pthread ${last:+"$last"} \
		-o "$scratch/faulty/$name" >"$scratch/out" 2>&1 || fail "the target for $name cannot be built: $(tail -n 5 "$scratch/out")"
}

# Runs the input; the report from its first line to its last goes to NAME.report, the finds to NAME.finds.
report_of() { # name, status
	local got
	(cd "$scratch" && ulimit -c 0 && S2TWIN_OUT=finds "faulty/$1" "$input" >"$1.all" 2>&1)
	got=$?
	[ "$got" -eq "$2" ] || fail "$1: a divergence gives status $got: $(tail -n 3 "$scratch/$1.all")"
	sed -n '/^DIVERGENCE /,/^KEEP /p' "$scratch/$1.all" >"$scratch/$1.report"
	grep -q '^KEEP ' "$scratch/$1.report" || fail "$1: there is no report: $(tail -n 3 "$scratch/$1.all")"
	mv "$scratch/finds" "$scratch/$1.finds" || fail "$1 kept nothing"
}

same_as_without() { # name
	local difference
	difference=$(diff "$scratch/plain.report" "$scratch/$1.report") || fail "$1 reports otherwise: $difference"
	difference=$(diff -r "$scratch/plain.finds" "$scratch/$1.finds") || fail "$1 keeps something else: $difference"
	engines="$engines, $1"
}

engines='no engine'
build_faulty plain "$CC" fuzz/main_standalone.c
report_of plain 1
if echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' >"$scratch/probe.c" &&
	clang -fsanitize=fuzzer "$scratch/probe.c" -o "$scratch/probe" 2>/dev/null; then
	build_faulty libFuzzer clang -fsanitize=fuzzer
	report_of libFuzzer 77
	same_as_without libFuzzer
fi
runtime=$(ls /usr/lib/afl/afl-compiler-rt.o /usr/local/lib/afl/afl-compiler-rt.o 2>/dev/null | head -n 1)
if [ -n "$runtime" ] && command -v clang >/dev/null; then
	# The runtime comes last: constructors run in this order.
	last=$runtime build_faulty AFL++ clang -DS2T_FUZZ_AFL fuzz/main_afl.c
	report_of AFL++ 134
	same_as_without AFL++
fi

kept=$(find "$scratch/plain.finds" -name '????????????????.trace')
if [ -f "$kept" ]; then
	"$S2TWIN" replay "$kept" >/dev/null || fail "without the fault, $kept does not agree"
	faulty=$builds/tests/mutants/s2twin-fault-$fault
	id=$(basename "$kept" .trace)
	grep -q "$id" "$scratch/plain.report" || fail "the report does not have the signature $id"
	"$S2TWIN_PLAIN" convert "$input" -o "$scratch/input.trace" || fail "convert refuses the input"
	for trace in "$kept" "$scratch/input.trace"; do
		"$faulty" replay "$trace" >"$scratch/replayed"
		[ $? -eq 1 ] || fail "with the fault, $trace agrees"
		grep -q "^DIVERGENCE .* $id" "$scratch/replayed" || fail "$trace: another signature: $(grep '^DIV' "$scratch/replayed")"
		# The paragraphs from the calls on do not say where the find comes from.
		difference=$(diff <(sed -n '/^CASE/,/^INVARIANTS/p' "$scratch/plain.report") <(sed -n '/^CASE/,/^INVARIANTS/p' "$scratch/replayed")) ||
			fail "$trace: s2twin tells it otherwise: $difference"
	done
	sed -n '/^CASE/,/^INVARIANTS/p' "$scratch/plain.report" | grep -q . || fail "the report has no such paragraphs"
else
	fail "no trace was kept: $(ls "$scratch/plain.finds")"
fi
echo "one report: $engines, s2twin"

# An implementation that calls exit(0) is none that agrees.
build_exiting() { # name, compiler, flags and files
	local name=$1 compiler=$2
	shift 2
	# shellcheck disable=SC2046
	"$compiler" -O1 -std=c11 -D_POSIX_C_SOURCE=200809L -DS2T_VERSION='"0.1.0"' -DBAD_EXIT -Iinclude -Imodel -Iharness -Ifuzz \
		-Itests/plugins "$@" fuzz/target_iut.c tests/plugins/bad.c fuzz/drive.c fuzz/drive_tell.c fuzz/engine.c \
		fuzz/feedback.c "$S2T_LIBRARY" $(pkg-config --cflags --libs jansson) -pthread ${last:+"$last"} \
		-o "$scratch/faulty/$name" >"$scratch/out" 2>&1 || fail "the target for $name cannot be built: $(tail -n 5 "$scratch/out")"
}
exits_badly() { # name, status
	local got
	(cd "$scratch" && ulimit -c 0 && S2TWIN_OUT=exits "faulty/$1" walks.bin >"$1.all" 2>&1)
	got=$?
	[ "$got" -eq "$2" ] || fail "$1: an implementation that calls exit(0) gives status $got: $(tail -n 3 "$scratch/$1.all")"
	grep -q '^CRASH    exit in or after step 2, on board default$' "$scratch/$1.all" || fail "$1 does not say that it exits"
}
printf 's2twin-trace 1\nmap_page_host addr=0x40000000\nwalk_s2pt vmid=0 addr=0x40000000\n' >"$scratch/walks.trace"
"$S2TWIN_PLAIN" convert --to-input "$scratch/walks.trace" -o "$scratch/walks.bin" || fail "the calls have no input"
last=
build_exiting exits "$CC" fuzz/main_standalone.c
exits_badly exits 134
case $engines in *libFuzzer*)
	build_exiting exits-libFuzzer clang -fsanitize=fuzzer
	exits_badly exits-libFuzzer 77
	;;
esac
case $engines in *AFL++*)
	last=$runtime build_exiting exits-AFL++ clang -DS2T_FUZZ_AFL fuzz/main_afl.c
	exits_badly exits-AFL++ 134
	;;
esac

echo "$count traces, $failures failures"
[ "$failures" -eq 0 ]
