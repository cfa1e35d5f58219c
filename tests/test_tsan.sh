#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# test_threads under ThreadSanitizer, in a build of its own that is kept.
set -u
build=${S2T_VARIANTS:?names the folder of builds that are kept}/tsan
log=${S2T_SCRATCH:?names an empty directory}/log

{
	"$S2T_CMAKE" -S . -B "$build" -G "$S2T_GENERATOR" -DCMAKE_C_COMPILER="$CC" -DCMAKE_BUILD_TYPE=Debug \
		-DCMAKE_C_FLAGS_DEBUG=-O1 -DS2T_SANITIZE=thread -DS2T_TESTS=ON &&
		"$S2T_CMAKE" --build "$build" --target test_threads -j 2
} >"$log" 2>&1 || { tail -n 20 "$log"; exit 1; }
TSAN_OPTIONS=halt_on_error=1:exitcode=66 "$build/tests/test_threads" >"$log" 2>&1 || { tail -n 40 "$log"; exit 1; }
! grep -q 'WARNING: ThreadSanitizer' "$log" || { cat "$log"; exit 1; }
