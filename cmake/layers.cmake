# SPDX-License-Identifier: BSD-2-Clause
#
# How the layers model, impl and harness are compiled. Each is an object library that sees its own directory and
# those that the arrows of the design allow, and no other: an include that points the wrong way does not compile.
#
# Where the build is instrumented (sanitizers, coverage), each layer is compiled a second time as it is, with the
# suffix _plain. The fault variants are linked from these objects, so that one build tree and one ctest run prove
# both: no sanitizer complains, and every planted fault is found within its budget. Elsewhere S2T_PLAIN is empty
# and both names mean the same objects.

set(S2T_INSTRUMENT "")
if(S2T_SANITIZE)
	list(APPEND S2T_INSTRUMENT -fsanitize=${S2T_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
if(S2T_COVERAGE)
	list(APPEND S2T_INSTRUMENT --coverage -fprofile-update=atomic -DS2T_COVERAGE)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/pgo.cmake) # S2T_PROFILE_COMPILE; S2T_INSTRUMENT of the build that counts
# An engine's coverage instrumentation, which comes with CMAKE_C_FLAGS then, is for what fuzz/ compiles once more.
set(S2T_UNCOVERED "")
if(S2T_FUZZ_ENGINE AND CMAKE_C_FLAGS MATCHES "fuzzer-no-link")
	set(S2T_UNCOVERED -fno-sanitize=fuzzer-no-link)
endif()
# gcc takes a variable that its own checks keep in memory for one that is read too early; the builds without
# sanitizers have this warning.
set(S2T_INSTRUMENT_COMPILE ${S2T_INSTRUMENT} ${S2T_UNCOVERED})
if(S2T_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
	list(APPEND S2T_INSTRUMENT_COMPILE -Wno-maybe-uninitialized)
endif()

set(S2T_PLAIN "")
if(S2T_INSTRUMENT AND (S2T_TESTS OR S2T_FUZZ))
	set(S2T_PLAIN _plain)
endif()

# With gcc, which can write objects that a link without LTO understands, too (fat objects): users link libs2twin.a
# with any linker, and nm reads it. Fuzzing targets are for nobody to link, so there with clang, too, if lld is installed.
set(S2T_LTO_COMPILE "")
set(S2T_LTO_LINK "")
set(S2T_LTO_OFF "")
if(S2T_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
	set(S2T_LTO_COMPILE -flto=auto -ffat-lto-objects)
	set(S2T_LTO_LINK -flto=auto)
	set(S2T_LTO_OFF -fno-lto)
elseif(S2T_LTO AND S2T_FUZZ AND S2T_FUZZ_ENGINE STREQUAL "" AND NOT S2T_PGO STREQUAL "train")
	find_program(S2T_LLD NAMES ld.lld)
	if(S2T_LLD AND CMAKE_C_COMPILER_AR)
		set(S2T_LTO_COMPILE -flto=thin)
		set(CMAKE_AR ${CMAKE_C_COMPILER_AR})
		set(CMAKE_RANLIB ${CMAKE_C_COMPILER_RANLIB})
		add_link_options(-fuse-ld=lld)
	else()
		message(STATUS "not optimised across files: that takes lld and llvm-ar (packages lld and llvm)")
	endif()
endif()

# The language and the warnings of every C file of this project. All of it is compiled once, as code that a shared
# library can hold; what is public there, the headers of include/ say. So no call can be taken away from its function,
# which gcc would otherwise leave room for.
function(s2t_language target)
	set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
		POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
	target_compile_options(${target} PRIVATE $<$<C_COMPILER_ID:GNU>:-fno-semantic-interposition>)
	# A step runs once through much code with hardly a loop: what -O3 makes of copies of functions and of vectors is in
	# the way in the instruction cache, and a vector that is loaded from words just stored has to wait for them.
	target_compile_options(${target} PRIVATE $<$<C_COMPILER_ID:GNU>:-fno-ipa-cp-clone -fno-tree-vectorize>)
	target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
		-Wmissing-prototypes $<$<BOOL:${S2T_WERROR}>:-Werror>)
endfunction()

# s2t_layer(NAME SOURCES file… INCLUDES directory… [DEFINITIONS word…] [LIBRARIES target…])
# makes s2t_NAME and, where it differs, s2t_NAME_plain.
function(s2t_layer name)
	cmake_parse_arguments(PARSE_ARGV 1 L "" "" "SOURCES;INCLUDES;DEFINITIONS;LIBRARIES")
	foreach(suffix IN ITEMS "" ${S2T_PLAIN})
		set(target s2t_${name}${suffix})
		add_library(${target} OBJECT ${L_SOURCES})
		s2t_language(${target})
		target_include_directories(${target} PRIVATE ${L_INCLUDES})
		target_compile_definitions(${target} PRIVATE ${L_DEFINITIONS})
		target_link_libraries(${target} PRIVATE ${L_LIBRARIES})
		if(suffix STREQUAL "")
			target_compile_options(${target} PRIVATE ${S2T_INSTRUMENT_COMPILE} ${S2T_LTO_COMPILE}
				${S2T_PROFILE_COMPILE})
			if(S2T_PROFILE_COMPILE)
				add_dependencies(${target} s2t_profile)
				set_property(SOURCE ${L_SOURCES} APPEND PROPERTY OBJECT_DEPENDS ${S2T_TRAINED})
			endif()
		endif()
	endforeach()
endfunction()

# The bodies of impl/ have a second build, over the primitives of the model (impl/prims.h says what that takes).
set(S2T_SPEC_BODIES S2T_PRIM_PREFIX=s2t_spec_prim_ S2T_BODY_PREFIX=s2t_spec_body_ S2T_PRIM_MACHINE=s2t_spec_machine
	S2T_PRIM_TUINT=uint64_t)
