#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What OSS-Fuzz and ClusterFuzzLite would build is a good build, by their own rules: for libFuzzer with
# AddressSanitizer, and for AFL++ where it is installed. The other sanitizers: fuzz/check_build.sh.
set -u
status=0
for build in 'address libfuzzer clang' 'none afl afl-clang-fast'; do
	read -r sanitizer engine compiler <<<"$build"
	if ! command -v "$compiler" >/dev/null; then
		echo "$compiler is not here, so the build for $engine was not checked"
		continue
	fi
	mkdir "$S2T_SCRATCH/$engine"
	# The options that the other tests run under are not what a fuzzer's machine sets.
	env -u ASAN_OPTIONS -u UBSAN_OPTIONS fuzz/check_build.sh "$sanitizer" "$engine" "$S2T_SCRATCH/$engine" || status=1
	rm -rf "${S2T_SCRATCH:?}/$engine"
done
exit "$status"
