#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The installed package: what `cmake --install` puts where, also with DESTDIR; that the whole can be moved; that it is
# found by CMake and by pkg-config, linked statically and dynamically, from C and C++, with this compiler and another,
# beside functions named like those of a hypervisor; and what s2twin_add_fuzzer makes. tests/package/ is the user's
# project. S2T_BUILD is the build tree that is installed from.
set -u
: "${S2T_BUILD:?}" "${S2T_CMAKE:?}" "${S2T_GENERATOR:?}"
here=$PWD
. tests/must.bash
cd "$S2T_SCRATCH" || exit 3

# With DESTDIR, everything is below it.
must "cmake --install with DESTDIR" env DESTDIR="$PWD/staged" "$S2T_CMAKE" --install "$S2T_BUILD" --prefix /usr || exit 1
outside=$(find staged -mindepth 1 -maxdepth 2 ! -path staged/usr ! -path 'staged/usr/*')
[ -z "$outside" ] || fail "DESTDIR: outside the prefix is $outside"

# Installed in one place, used in another.
must "cmake --install --prefix" "$S2T_CMAKE" --install "$S2T_BUILD" --prefix "$PWD/first" || exit 1
mv first moved
prefix=$PWD/moved
diff <(cd staged/usr && find . | sort) <(cd moved && find . | sort) || fail "DESTDIR and --prefix install different files"
at_home=$(grep -rlI -e "$here" -e "$S2T_BUILD" -e "$PWD/first" moved)
[ -z "$at_home" ] || fail "these files name the build tree, the sources or the first prefix: $at_home"
libdir=$(dirname -- "$(find "$prefix" -name libs2twin.a)")
for file in bin/s2twin include/s2twin/iut.h share/man/man1/s2twin.1 share/bash-completion/completions/s2twin \
	share/zsh/site-functions/_s2twin share/doc/s2twin/CHANGELOG.md share/doc/s2twin/LICENSE share/s2twin/corpus/inputs; do
	[ -e "$prefix/$file" ] || fail "$file is not installed"
done
for header in include/s2twin/*.h "$here"/include/s2twin/*.h; do
	[ "$header" = 'include/s2twin/*.h' ] || cmp -s "$header" "$prefix/include/s2twin/${header##*/}" || fail "${header##*/} is not installed"
done
[ "$(readlink "$libdir/libs2twin.so")" = libs2twin.so.0 ] || fail "libs2twin.so is no link to libs2twin.so.0"
[ -L "$libdir/libs2twin.so.0" ] && [ -f "$libdir/libs2twin.so.0.1.0" ] || fail "libs2twin.so.0 does not lead to libs2twin.so.0.1.0"
"$prefix/bin/s2twin" --version >log || fail "the installed command does not run"
must "a run of the installed command" "$prefix/bin/s2twin" run --seed 1 --ops 2000

# What was installed is neither instrumented nor bytecode of one compiler.
for archive in "$libdir"/*.a; do
	if objdump -h "$archive" | grep -qE '\.gnu\.(debug)?lto_'; then fail "$archive has bytecode of link-time optimisation"; fi
	if "$NM" "$archive" | grep -qE ' U __(asan|ubsan|gcov)_'; then fail "$archive is instrumented"; fi
done

# CMake. The project is the same for a package and for sources (package_source).
configure() { # folder [OPTION…]
	local folder=$1
	shift
	"$S2T_CMAKE" -S "$here/tests/package" -B "$folder" -G "$S2T_GENERATOR" -DCMAKE_BUILD_TYPE=Debug \
		-DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$prefix" -DINPUTS="$PWD/inputs" "$@"
}
mkdir inputs
must "a trace as an input" "$prefix/bin/s2twin" convert --to-input "$prefix/share/s2twin/corpus/seeds/life-cycle.trace" -o inputs/life
if must "find_package" configure user && must "the user's project builds" "$S2T_CMAKE" --build user; then
	must "the user's tests" env S2TWIN_OUT="$PWD/finds" "${S2T_CMAKE%cmake}ctest" --test-dir user --output-on-failure
	user/run_forgets "$prefix/share/s2twin/corpus/inputs" >log 2>&1
	[ $? -eq 1 ] || fail "run_forgets does not see that grant_vm_page is forgotten: $(tail -n 3 log)"
	grep -q '^DIVERGENCE .*' log && grep -q '^implementation wrapped ' log && grep -q 'grant_vm_page' log ||
		fail "run_forgets reports: $(head -n 3 log)"
	[ -n "$(find user s2twin-out -name '*.trace' 2>/dev/null)" ] || fail "run_forgets keeps no trace"
fi

# The other compiler: it links the same archive, and clang gives the engines.
other=clang other_cxx=clang++
if "$CC" --version | grep -q clang; then other=gcc other_cxx=g++; fi
if command -v $other >/dev/null && command -v $other_cxx >/dev/null; then
	if must "find_package with $other" configure other -DCMAKE_C_COMPILER=$other -DCMAKE_CXX_COMPILER=$other_cxx &&
		must "$other builds the user's project" "$S2T_CMAKE" --build other; then
		must "the user's tests with $other" "${S2T_CMAKE%cmake}ctest" --test-dir other --output-on-failure
	fi
else
	echo "$other is not installed, so the package was linked with $CC alone"
fi
engines=0
for build in user other; do
	if [ -x $build/fuzz_manager ]; then
		engines=$((engines + 1))
		must "fuzz_manager" env S2TWIN_OUT="$PWD/none" $build/fuzz_manager -runs=300 -seed=1 "$prefix/share/s2twin/corpus/inputs"
		S2TWIN_OUT=$PWD/found $build/fuzz_forgets -runs=100000 -seed=1 -artifact_prefix="$PWD/" >log 2>&1 &&
			fail "libFuzzer does not find that grant_vm_page is forgotten"
		grep -q '^DIVERGENCE ' log || fail "fuzz_forgets stops without a report: $(tail -n 3 log)"
	fi
	if [ -x $build/afl_manager ]; then
		engines=$((engines + 1))
		input=$(find "$prefix/share/s2twin/corpus/inputs" -type f | head -n 1)
		must "afl_manager" env S2TWIN_OUT="$PWD/none" $build/afl_manager "$input"
		"$NM" $build/afl_manager | grep -q ' __afl_persistent_loop$' || fail "afl_manager is linked without AFL++'s runtime"
	fi
done
[ ! -e none ] || fail "a fuzzer keeps finds of an implementation without a fault"
[ $engines -gt 0 ] || echo "there is no clang with libFuzzer and no AFL++ here, so s2twin_add_fuzzer was tested without engines"

# The installed examples.
mkdir examples
printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(examples C)' 'enable_testing()' 'find_package(s2twin 0.1 REQUIRED)' \
	"add_subdirectory($prefix/share/doc/s2twin/examples \${CMAKE_BINARY_DIR}/all)" >examples/CMakeLists.txt
if must "the examples are configured" "$S2T_CMAKE" -S examples -B examples/build -G "$S2T_GENERATOR" \
	-DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC" && must "the examples are built" "$S2T_CMAKE" --build examples/build; then
	must "an installed example" "${S2T_CMAKE%cmake}ctest" --test-dir examples/build -R '^example_(shared|linked)' --output-on-failure
fi

# Which versions and components there are.
sed 's/find_package(s2twin 0.1 REQUIRED)/find_package(s2twin ${WANT} REQUIRED)/; /^foreach/,$d' "$here/tests/package/CMakeLists.txt" >query
mkdir -p ask && mv query ask/CMakeLists.txt
ask() { # status, sentence, options…
	local want=$1 sentence=$2 status
	shift 2
	"$S2T_CMAKE" -S ask -B ask/build --fresh -G "$S2T_GENERATOR" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC" \
		-DCMAKE_CXX_COMPILER="$CXX" "$@" >log 2>&1
	status=$?
	[ $status -eq "$want" ] && tr -s '\n ' ' ' <log | grep -qF -- "$sentence" ||
		fail "find_package with $*: status $status, $(tail -n 5 log)"
}
ask 0 '' -DWANT=0.1.0
ask 1 'requested version "0.2"' -DWANT=0.2
ask 1 'requested version "1"' -DWANT=1
ask 1 'requested version "0.0.9"' -DWANT=0.0.9
ask 0 '' '-DWANT=0.1;COMPONENTS;shared' -DPKG_CONFIG_EXECUTABLE=/nowhere/pkg-config
PKG_CONFIG_LIBDIR=/nowhere ask 1 'install pkg-config and libjansson-dev, or ask for COMPONENTS shared' -DWANT=0.1
ask 1 "s2twin has no component 'some'" '-DWANT=0.1;COMPONENTS;some'

# pkg-config.
export PKG_CONFIG_PATH=$libdir/pkgconfig
[ "$(pkg-config --modversion s2twin)" = 0.1.0 ] || fail "pkg-config --modversion"
must "pkg-config --validate" pkg-config --validate s2twin
case $(pkg-config --libs s2twin) in *jansson*) fail "who links the shared library does not need Jansson" ;; esac
# shellcheck disable=SC2046 # words
if must "pkg-config, shared" "$CC" -std=c11 "$here/tests/package/beside.c" -o beside-shared $(pkg-config --cflags --libs s2twin); then
	objdump -p beside-shared | grep -q 'NEEDED *libs2twin\.so\.0$' || fail "beside-shared does not need libs2twin.so.0"
	must "beside-shared" env LD_LIBRARY_PATH="$libdir" ./beside-shared
fi
# shellcheck disable=SC2046
if must "pkg-config, static" "$CC" -std=c11 -static "$here/tests/package/beside.c" -o beside-static \
	$(pkg-config --static --cflags --libs s2twin); then
	must "beside-static" ./beside-static
fi

echo "$failures failures"
[ "$failures" -eq 0 ]
