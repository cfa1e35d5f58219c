#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh: the contract of OSS-Fuzz and ClusterFuzzLite. Builds with $CC, $CFLAGS and $LIB_FUZZING_ENGINE, and puts into
# $OUT, for each target: the program, its seed corpus, its dictionary and its options. $WORK, if set, is for what falls off.
#
# For libFuzzer and AFL++, and address, undefined and coverage builds. Jansson is linked statically, as the machines that
# run the targets do not have it.
set -euo pipefail
: "${CC:?is not set}" "${OUT:?is not set}" "${LIB_FUZZING_ENGINE:?is not set}"
root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
build=${WORK:-$(mktemp -d)}/s2twin
libdir=$(pkg-config --variable=libdir jansson)

# The compilers of AFL++ instrument everything but what stands here.
export AFL_LLVM_DENYLIST=$root/fuzz/uninstrumented.txt AFL_QUIET=1
# For the tools that are run here.
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=silence_unsigned_overflow=1

cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$CC" \
	-DCMAKE_C_FLAGS="-O2 ${CFLAGS-}" -DS2T_TESTS=OFF -DS2T_WERROR=OFF -DS2T_FUZZ=ON \
	-DS2T_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" -Dpkgcfg_lib_JANSSON_jansson="$libdir/libjansson.a"
cmake --build "$build" --target s2twin fuzz_lockstep fuzz_body fuzz_high fuzz_trace

# zip FILE.zip FOLDER: the files in the folder, without it.
zip() (
	cd -- "$2"
	rm -f -- "$1"
	cmake -E tar cf "$1" --format=zip -- *
)
out=$(readlink -f -- "$OUT")
seeds=$build/seeds traces=$build/traces
"$root/fuzz/seeds.sh" "$build/s2twin" "$seeds"
if compgen -G "$root/corpus/inputs/*" >/dev/null; then cp -- "$root"/corpus/inputs/* "$seeds/"; fi
# Longer ones than a fuzzer handles well are for the tests.
find "$seeds" -type f -size +64k -delete
mkdir -p "$traces"
find "$root/corpus" -name '*.trace' -size -16k | while read -r trace; do
	name=${trace#"$root/corpus/"}
	cp -- "$trace" "$traces/${name//\//-}"
done

for name in lockstep body high; do
	cp -- "$build/fuzz/fuzz_$name" "$out/"
	zip "$out/fuzz_${name}_seed_corpus.zip" "$seeds"
	cp -- "$root/fuzz/fuzz_lockstep.options" "$out/fuzz_$name.options"
	cp -- "$root/fuzz/fuzz_lockstep.dict" "$out/fuzz_$name.dict"
done
cp -- "$build/fuzz/fuzz_trace" "$root/fuzz/fuzz_trace.dict" "$root/fuzz/fuzz_trace.options" "$out/"
zip "$out/fuzz_trace_seed_corpus.zip" "$traces"
