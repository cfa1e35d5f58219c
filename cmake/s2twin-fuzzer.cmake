# SPDX-License-Identifier: BSD-2-Clause
#
# s2twin_add_fuzzer(NAME name IUT target|file… [MAP file] [CORPUS folder…])
#
# Fuzzes a plug-in: the C or C++ files, or the library target, that define s2t_iut_plugin (s2twin/iut.h). It makes
#
#   run_NAME     runs inputs: files, or folders of them; any compiler
#   fuzz_NAME    with libFuzzer, where the compiler is clang
#   afl_NAME     with AFL++, where the compiler is clang and AFL++'s runtime is installed; afl-fuzz works best with
#                the mutator that the property S2TWIN_MUTATOR of the target names, in AFL_CUSTOM_MUTATOR_LIBRARY
#
# and the test NAME_corpus, in which run_NAME runs the inputs that come with s2twin and those of the folders. MAP is the
# abstraction map, if it is a file: the test passes it on in S2TWIN_MAP, which the programs read. The plug-in is
# compiled once more for each engine, with its instrumentation. A divergence is shrunk, reported and kept in the folder
# that S2TWIN_OUT names, as `s2twin run` does.
include_guard(GLOBAL)

# The files and the usage of the plug-in, as an object library of its own with more options.
function(_s2twin_compile_iut name iut)
	if(NOT TARGET "${iut}")
		add_library(${name} OBJECT ${iut})
		target_link_libraries(${name} PRIVATE s2twin::headers)
	else()
		get_target_property(sources ${iut} SOURCES)
		get_target_property(folder ${iut} SOURCE_DIR)
		set(files "")
		foreach(source IN LISTS sources)
			if(NOT source MATCHES "^\\$<")
				cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder})
			endif()
			list(APPEND files ${source})
		endforeach()
		add_library(${name} OBJECT ${files})
		target_include_directories(${name} PRIVATE $<TARGET_PROPERTY:${iut},INCLUDE_DIRECTORIES>)
		target_compile_definitions(${name} PRIVATE $<TARGET_PROPERTY:${iut},COMPILE_DEFINITIONS>)
		target_compile_options(${name} PRIVATE $<TARGET_PROPERTY:${iut},COMPILE_OPTIONS>)
		target_compile_features(${name} PRIVATE $<TARGET_PROPERTY:${iut},COMPILE_FEATURES>)
		foreach(property IN ITEMS C_STANDARD C_EXTENSIONS CXX_STANDARD CXX_EXTENSIONS)
			get_target_property(value ${iut} ${property})
			if(NOT value MATCHES "NOTFOUND$")
				set_target_properties(${name} PROPERTIES ${property} ${value})
			endif()
		endforeach()
	endif()
	target_compile_options(${name} PRIVATE ${ARGN})
endfunction()

# The program PROGRAM of the plug-in compiled with the options, and of a library with a main.
function(_s2twin_fuzz_program program iut library)
	_s2twin_compile_iut(${program}_iut "${iut}" ${ARGN})
	add_executable(${program} $<TARGET_OBJECTS:${program}_iut>)
	if(TARGET "${iut}")
		get_target_property(libraries ${iut} LINK_LIBRARIES)
		if(libraries)
			target_link_libraries(${program} PRIVATE ${libraries})
			target_link_libraries(${program}_iut PRIVATE ${libraries})
		endif()
	endif()
	get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
	if("CXX" IN_LIST languages)
		set_target_properties(${program} PROPERTIES LINKER_LANGUAGE CXX)
	else()
		set_target_properties(${program} PROPERTIES LINKER_LANGUAGE C)
	endif()
	target_link_libraries(${program} PRIVATE ${library})
endfunction()

function(s2twin_add_fuzzer)
	cmake_parse_arguments(PARSE_ARGV 0 F "" "NAME;MAP" "IUT;CORPUS")
	if(F_UNPARSED_ARGUMENTS OR NOT F_NAME OR NOT F_IUT)
		message(FATAL_ERROR "usage: s2twin_add_fuzzer(NAME name IUT target|file… [MAP file] [CORPUS folder…])")
	endif()

	_s2twin_fuzz_program(run_${F_NAME} "${F_IUT}" s2twin::fuzz_run)

	set(engines "")
	if(CMAKE_C_COMPILER_ID MATCHES "Clang")
		include(CheckCSourceCompiles)
		set(CMAKE_REQUIRED_FLAGS -fsanitize=fuzzer)
		set(CMAKE_REQUIRED_QUIET ON)
		check_c_source_compiles(
			"int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long s) { return (int)(*d + s) * 0; }"
			S2TWIN_HAVE_LIBFUZZER)
		unset(CMAKE_REQUIRED_FLAGS)
		if(S2TWIN_HAVE_LIBFUZZER)
			list(APPEND engines libFuzzer)
			_s2twin_fuzz_program(fuzz_${F_NAME} "${F_IUT}" s2twin::fuzz
				-fsanitize-coverage=inline-8bit-counters,pc-table)
			target_link_options(fuzz_${F_NAME} PRIVATE -fsanitize=fuzzer)
		endif()

		find_file(S2TWIN_AFL_RUNTIME NAMES afl-compiler-rt.o PATHS /usr/lib/afl /usr/local/lib/afl)
		if(S2TWIN_AFL_RUNTIME)
			list(APPEND engines AFL++)
			_s2twin_fuzz_program(afl_${F_NAME} "${F_IUT}" s2twin::fuzz_afl -fsanitize-coverage=trace-pc-guard)
			target_link_libraries(afl_${F_NAME} PRIVATE ${S2TWIN_AFL_RUNTIME})
			get_property(mutator GLOBAL PROPERTY S2TWIN_MUTATOR)
			set_target_properties(afl_${F_NAME} PROPERTIES S2TWIN_MUTATOR "${mutator}")
			if(TARGET s2twin-mutator)
				add_dependencies(afl_${F_NAME} s2twin-mutator)
			endif()
		endif()
	endif()
	if(engines)
		list(JOIN engines " and " engines)
		message(STATUS "s2twin_add_fuzzer ${F_NAME}: run_${F_NAME}, and ${engines}")
	else()
		message(STATUS
			"s2twin_add_fuzzer ${F_NAME}: run_${F_NAME} only; libFuzzer and AFL++ need clang, the C compiler is ${CMAKE_C_COMPILER_ID}")
	endif()

	get_property(corpus GLOBAL PROPERTY S2TWIN_CORPUS)
	foreach(folder IN LISTS F_CORPUS)
		cmake_path(ABSOLUTE_PATH folder)
		list(APPEND corpus ${folder})
	endforeach()
	add_test(NAME ${F_NAME}_corpus COMMAND run_${F_NAME} ${corpus})
	set_property(TEST ${F_NAME}_corpus PROPERTY ENVIRONMENT S2TWIN_OUT=${CMAKE_CURRENT_BINARY_DIR}/s2twin-out)
	if(F_MAP)
		cmake_path(ABSOLUTE_PATH F_MAP)
		set_property(TEST ${F_NAME}_corpus APPEND PROPERTY ENVIRONMENT S2TWIN_MAP=${F_MAP})
	endif()
endfunction()
