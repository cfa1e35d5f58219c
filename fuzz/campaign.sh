#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# campaign.sh: runs a fuzzing target on this machine until a find, a limit of time or an interrupt. `./dev fuzz` builds
# what it needs first.
set -euo pipefail
root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
caller=$PWD

usage() {
	cat <<-'END'
	usage: campaign.sh [OPTION…]
	  --afl          with AFL++ (default: libFuzzer)
	  --asan         with AddressSanitizer and UndefinedBehaviorSanitizer
	  --target NAME  lockstep (default), body, high; with libFuzzer trace, too
	  --time S       stop after S seconds (default: 60)
	  --jobs N       instances (default: 1)
	  --empty        from an empty corpus, instead of the seeds and what earlier campaigns found
	  --build DIR    where the targets are (default: build/fuzz, or build/fuzz-asan)
	A divergence is reported and kept in s2twin-out, or the folder that S2TWIN_OUT names. The corpus is in DIR/corpus.
	Exit status: 0 none, 1 divergence, 2 wrong usage, 3 something is missing, 130 interrupted.
	END
}

say() { printf 'fuzz: %s\n' "$*" >&2; }
fail() { # status sentence
	say "$2"
	exit "$1"
}

afl='' asan='' target=lockstep seconds=60 jobs=1 empty='' build=''
number() { # option value
	[[ $2 =~ ^[1-9][0-9]*$ ]] || fail 2 "$1 takes a number, not '$2'"
}
while [ $# -gt 0 ]; do
	case $1 in
	--afl) afl=1 ;;
	--asan) asan=-asan ;;
	--empty) empty=1 ;;
	--target | --time | --jobs | --build)
		[ $# -gt 1 ] || fail 2 "$1 needs a value"
		case $1 in
		--target) target=$2 ;;
		--time) number "$1" "$2" && seconds=$2 ;;
		--jobs) number "$1" "$2" && jobs=$2 ;;
		--build) build=$(readlink -f -- "$2") ;;
		esac
		shift
		;;
	--help) usage && exit ;;
	*) usage >&2 && fail 2 "there is no option '$1'" ;;
	esac
	shift
done
build=${build:-$root/build/fuzz$asan}
engine=fuzz
[ -z "$afl" ] || engine=afl
binary=$build/fuzz/${engine}_$target
[ -x "$binary" ] || fail 3 "$binary is missing: build the preset fuzz$asan, and know that the targets are lockstep, body, high and trace"

work=$build/corpus/$engine-$target
if [ -n "$empty" ]; then
	work=$(mktemp -d "$build/empty-XXXXXX")
fi
mkdir -p "$work/artifacts"
seeds=$build/corpus/seeds
if [ -n "$empty" ]; then
	# The shortest inputs there are, one of each version: the mutator keeps the version of what it changes.
	seeds=$work/empty
	mkdir -p "$seeds"
	printf '\001\000\000\000' >"$seeds/nothing-1"
	printf '\002\000\000\000' >"$seeds/nothing-2"
elif [ "$target" = trace ]; then
	seeds=$root/corpus/seeds
else
	say "making seed inputs of corpus/"
	"$root/fuzz/seeds.sh" "$build/s2twin" "$seeds"
	if compgen -G "$root/corpus/inputs/*" >/dev/null; then cp -p -- "$root"/corpus/inputs/* "$seeds/"; fi
fi
export S2TWIN_OUT=${S2TWIN_OUT:-$caller/s2twin-out}

pids=()
interrupted=''
stop() {
	local pid
	for pid in "${pids[@]}"; do kill -INT "$pid" 2>/dev/null || true; done
}
trap 'interrupted=1; stop' INT TERM

# Prints what the instances said, and fails with their gravest status.
run_libfuzzer() {
	# The three in the middle have it look for news and nothing else: then fuzz/feedback.c spares it the rest.
	local options=(-max_len=4096 -len_control=0 -entropic=0 -use_counters=0 -reduce_inputs=0 -reload=1
		"-max_total_time=$seconds" "-artifact_prefix=$work/artifacts/") status=0 one i
	[ ! -e "$root/fuzz/fuzz_$target.dict" ] || options+=("-dict=$root/fuzz/fuzz_$target.dict")
	mkdir -p "$work/corpus"
	options+=("$work/corpus" "$seeds")
	for ((i = 1; i <= jobs; i++)); do
		if [ "$jobs" -eq 1 ]; then
			"$binary" "${options[@]}" &
		else
			"$binary" "${options[@]}" >"$work/log-$i" 2>&1 &
		fi
		pids+=($!)
	done
	[ "$jobs" -eq 1 ] || say "$jobs instances; their logs are $work/log-*"
	for ((i = 1; i <= jobs; i++)); do
		one=0
		wait -n || one=$?
		if [ "$one" -ne 0 ] && [ -z "$interrupted" ]; then
			status=1
			stop
		fi
	done
	if [ "$jobs" -gt 1 ]; then
		for ((i = 1; i <= jobs; i++)); do
			say "instance $i:"
			grep -A 200 -m 1 -E '^(DIVERGENCE|CRASH)' "$work/log-$i" || tail -n 2 "$work/log-$i"
		done
	fi
	return "$status"
}

# What AFL++ wants of a machine, and what we do where it is not there.
settle_afl() {
	local pattern governor
	pattern=$(cat /proc/sys/kernel/core_pattern 2>/dev/null || true)
	if [[ $pattern == '|'* ]]; then
		say "core dumps go to a program here, so a crash may be taken for a hang; to change that: echo core >/proc/sys/kernel/core_pattern"
		export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
	fi
	governor=$(cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor 2>/dev/null || true)
	if [ -n "$governor" ] && [ "$governor" != performance ]; then
		say "the processor's governor is '$governor'; with 'performance' this would be faster"
	fi
	export AFL_SKIP_CPUFREQ=1 AFL_TRY_AFFINITY=1 AFL_NO_UI=1 AFL_AUTORESUME=1 AFL_BENCH_UNTIL_CRASH=1
	# Inputs are long on purpose, and there are many; shortening and calibrating them takes most of the time.
	export AFL_DISABLE_TRIM=1 AFL_FAST_CAL=1
	export AFL_CUSTOM_MUTATOR_LIBRARY=$build/fuzz/libs2twin-mutator.so
	[ -z "$asan" ] || export ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0
}

run_afl() {
	local i name role only crash status=0
	command -v afl-fuzz >/dev/null || fail 3 "afl-fuzz is missing: apt-get install afl++"
	settle_afl
	for ((i = 1; i <= jobs; i++)); do
		name=s$i role=-S only=1
		[ "$i" -ne 1 ] || { name=main && role=-M; }
		# Every third instance has AFL++'s own mutations, too.
		[ $((i % 3)) -ne 0 ] || only=0
		# -t: an input that takes two seconds hangs; a seed that does, as on a busy machine, is left out.
		AFL_CUSTOM_MUTATOR_ONLY=$only afl-fuzz -V "$seconds" -G 4096 -t 2000+ -i "$seeds" -o "$work" "$role" "$name" \
			-- "$binary" >"$work/log-$name" 2>&1 &
		pids+=($!)
	done
	say "$jobs instance(s) for $seconds s; their logs are $work/log-*"
	for ((i = 1; i <= jobs; i++)); do
		wait -n || true
		if compgen -G "$work/*/crashes/id*" >/dev/null; then stop; fi
	done
	for ((i = 1; i <= jobs; i++)); do
		name=s$i
		[ "$i" -ne 1 ] || name=main
		[ -e "$work/$name/fuzzer_stats" ] || fail 3 "afl-fuzz did not start; see $work/log-$name"
		say "$name: $(grep -hE '^(execs_done|corpus_count|saved_crashes) ' "$work/$name/fuzzer_stats" |
			sed 's/ *: /=/' | tr '\n' ' ')"
	done
	for crash in "$work"/*/crashes/id*; do
		[ -e "$crash" ] || continue
		status=1
		say "$crash:"
		"$build/fuzz/run_$target" "$crash" || true
	done
	return "$status"
}

status=0
if [ -n "$afl" ]; then run_afl; else run_libfuzzer; fi || status=$?
[ -z "$empty" ] || rm -rf -- "$work"
[ -z "$interrupted" ] || exit 130
exit "$status"
