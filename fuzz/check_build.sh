#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# check_build.sh SANITIZER ENGINE SCRATCH: builds as OSS-Fuzz does, on this machine, and applies its rules to the result.
# SANITIZER is address, undefined, coverage or none; ENGINE is libfuzzer or afl. SCRATCH is an empty folder.
#
# The flags and the rules are those of its base images (base-builder: Dockerfile; base-runner: bad_build_check).
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: check_build.sh SANITIZER ENGINE SCRATCH" >&2 && exit 2; }
sanitizer=$1 engine=$2
root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
scratch=$(readlink -f -- "$3")

fail() {
	echo "BAD BUILD ($sanitizer, $engine): $*"
	exit 1
}

flags='-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION'
case $sanitizer in
address) flags+=' -fsanitize=address -fsanitize-address-use-after-scope' ;;
undefined)
	checks=bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift,signed-integer-overflow,vla-bound,vptr
	flags+=" -fsanitize=$checks,unsigned-integer-overflow -fno-sanitize-recover=$checks"
	;;
coverage) flags+=' -fprofile-instr-generate -fcoverage-mapping -pthread -Wno-unused-command-line-argument' ;;
none) ;;
*) fail "there is no sanitizer '$sanitizer'" ;;
esac
case $engine in
libfuzzer)
	compiler=clang library=-fsanitize=fuzzer
	[ "$sanitizer" = coverage ] || flags+=' -fsanitize=fuzzer-no-link'
	;;
afl) compiler=afl-clang-fast library=/usr/lib/afl/libAFLDriver.a ;;
*) fail "there is no engine '$engine'" ;;
esac

# The tree as a checkout would have it, so that nothing else is found.
mkdir "$scratch/src" "$scratch/out" "$scratch/work"
tar -C "$root" -c --exclude='./build*' --exclude=./.git . | tar -C "$scratch/src" -x
(cd / && env -i PATH="$PATH" HOME="$scratch" SRC="$scratch" OUT="$scratch/out" WORK="$scratch/work" CC="$compiler" CXX="$compiler++" \
	CFLAGS="$flags" CXXFLAGS="$flags" LIB_FUZZING_ENGINE="$library" SANITIZER="$sanitizer" FUZZING_ENGINE="$engine" \
	ARCHITECTURE=x86_64 "$scratch/src/fuzz/build.sh") >"$scratch/log" 2>&1 || { tail -n 30 "$scratch/log" && fail "it does not build"; }
# Where the targets run there is neither the build tree nor the source.
rm -rf "$scratch/work" "$scratch/src"
mv "$scratch/out" "$scratch/elsewhere"
cd /
export UBSAN_OPTIONS=silence_unsigned_overflow=1 LLVM_PROFILE_FILE=$scratch/profile S2TWIN_OUT=$scratch/finds

calls() { # prefix: how many calls of a sanitizer's runtime
	objdump -d --no-show-raw-insn "$target" | grep -cE "callq? +[0-9a-f]+ <$1" || true
}

for name in fuzz_lockstep fuzz_body fuzz_high fuzz_trace; do
	target=$scratch/elsewhere/$name
	[ -x "$target" ] || fail "$name is missing"
	if [ ! -s "$target.options" ] || [ ! -s "$target.dict" ]; then fail "$name has no options or no dictionary"; fi
	ldd "$target" | awk '{print $1}' | grep -vE '^(linux-vdso|libc|libm|libdl|librt|libpthread|libresolv|libgcc_s|libstdc\+\+)\.so|ld-linux' &&
		fail "$name needs a library that is not on the machines where it runs"
	corpus=$scratch/corpus-$name
	mkdir "$corpus"
	(cd -- "$corpus" && cmake -E tar xf "${target}_seed_corpus.zip") || fail "$name has no seed corpus"
	[ "$(find "$corpus" -type f | wc -l)" -gt 100 ] || fail "the seed corpus of $name is small"
	: >"$scratch/empty"

	if [ "$engine" = afl ]; then
		mkdir -p "$scratch/one"
		printf '\001\000\000\000' >"$scratch/one/a"
		AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_TRY_AFFINITY=1 AFL_FORKSRV_INIT_TMOUT=30000 \
			timeout --preserve-status -s INT 20 afl-fuzz -V 3 -i "$scratch/one" -o "$scratch/afl-$name" -- "$target" \
			>"$scratch/log" 2>&1 || true
		grep -q 'All set and ready to roll' "$scratch/log" || { tail "$scratch/log" && fail "$name does not start in afl-fuzz"; }
		echo "$name: good"
		continue
	fi

	if [ "$sanitizer" != coverage ]; then
		"$target" -seed=1337 -runs=4 >"$scratch/log" 2>&1 || { tail "$scratch/log" && fail "$name crashes at its start"; }
		grep -q 'Done 4 runs' "$scratch/log" || fail "$name does not run four inputs"
		grep -q 'no interesting inputs' "$scratch/log" && fail "$name has no coverage instrumentation"
		edges=$(grep -oP 'INFO: Loaded \d+ module.*\(.*(counters|guards)\):\s+\K\d+' "$scratch/log")
		[ "${edges:-0}" -ge 100 ] || fail "$name has ${edges:-no} instrumented edges"
		# Without arguments it fuzzes until it is interrupted, which libFuzzer tells by status 72.
		status=0
		timeout --preserve-status -s INT 3 "$target" >"$scratch/log" 2>&1 || status=$?
		[ "$status" -eq 72 ] || { tail "$scratch/log" && fail "$name does not run without arguments"; }
	fi
	"$target" "$scratch/empty" >"$scratch/log" 2>&1 || { tail "$scratch/log" && fail "$name crashes on an empty input"; }
	"$target" -rss_limit_mb=2560 -timeout=25 -dict="$target.dict" -runs=0 "$corpus" >"$scratch/log" 2>&1 ||
		{ tail "$scratch/log" && fail "$name crashes in its seed corpus"; }

	asan=$(calls __asan) ubsan=$(calls __ubsan) msan=$(calls __msan)
	[ "$msan" -le 3 ] || fail "$name is built with MemorySanitizer"
	case $sanitizer in
	address) good=$((asan >= 1000 && ubsan <= 200)) ;;
	# There the limit is 168, of which 165 are in the runtime.
	undefined) good=$((asan == 0 && ubsan >= 50)) ;;
	*) good=1 ;;
	esac
	[ "$good" -eq 1 ] || fail "$name: $asan calls of ASan, $ubsan of UBSan"
	echo "$name: good, ${edges-no} edges, $asan and $ubsan calls of ASan and UBSan, $(find "$corpus" -type f | wc -l) seeds"
done
