# SPDX-License-Identifier: BSD-2-Clause
#
# S2T_PGO: compiled by what a run has counted (cmake --preset pgo). Results are the same, in less time.
#
# A second build of this tree, in the folder training, counts how often each branch is taken, in short runs with a fixed
# seed: the same tree has the same counts. Then each file of the layers is compiled with its counts: what these runs
# never came by is made small, not fast. A change of any source trains again.
#
# With S2T_FUZZ the fuzzing target trains, too, from inputs of the corpus: with short ones and long ones of the memory
# layers, and with all.
#
# This is also the script that trains: cmake -DS2T_COMMAND=… -DS2T_FUZZER=… -DS2T_PROFILE=… -DS2T_PROFDATA=… -P pgo.cmake
if(CMAKE_SCRIPT_MODE_FILE)
	file(REMOVE_RECURSE ${S2T_PROFILE})
	set(run run --seed 1 --jobs 1 --out ${S2T_PROFILE}/found --ops)
	foreach(command IN ITEMS "${run};700k;--invariants;none" "${run};200k" "${run};50k;--spec;high" "${run};20k;--layer;all"
			"explore;--jobs;1;tiny")
		execute_process(COMMAND ${S2T_COMMAND} ${command} OUTPUT_QUIET ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
	endforeach()
	set(libfuzzer ${S2T_FUZZER} -len_control=0 -entropic=0 -use_counters=0 -reduce_inputs=0 -seed=1
		${S2T_PROFILE}/grown ${CMAKE_CURRENT_LIST_DIR}/../corpus/inputs)
	file(MAKE_DIRECTORY ${S2T_PROFILE}/grown)
	foreach(options IN ITEMS "S2TWIN_MEMORY_ONLY=1;-max_len=512;-runs=40000" "S2TWIN_MEMORY_ONLY=1;-max_len=4096;-runs=10000"
			"S2TWIN_OUT=${S2T_PROFILE}/found;-max_len=4096;-runs=2000")
		if(S2T_FUZZER)
			list(POP_FRONT options variable)
			execute_process(COMMAND ${CMAKE_COMMAND} -E env ${variable} ${libfuzzer} ${options}
				OUTPUT_QUIET ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
		endif()
	endforeach()
	# gcc finds the counts of a file by the path of its object, in which this build has no folder training.
	file(GLOB counts ${S2T_PROFILE}/*.gcda)
	foreach(old IN LISTS counts)
		string(REGEX REPLACE "^(.*)#training#" "\\1#" new ${old})
		file(RENAME ${old} ${new})
	endforeach()
	if(S2T_PROFDATA)
		file(GLOB counts ${S2T_PROFILE}/*.profraw)
		execute_process(COMMAND ${S2T_PROFDATA} merge -o ${S2T_PROFILE}/all.profdata ${counts}
			COMMAND_ERROR_IS_FATAL ANY)
	endif()
	file(TOUCH ${S2T_PROFILE}/trained)
	return()
endif()

set(S2T_PROFILE_COMPILE "")
if(NOT S2T_PGO)
	return()
elseif(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	set(count -fprofile-generate=${S2T_PROFILE} -fprofile-update=single)
	set(S2T_PROFILE_COMPILE -fprofile-use=${PROJECT_BINARY_DIR}/profile -Wno-missing-profile)
else()
	string(REGEX MATCH "^[0-9]+" version ${CMAKE_C_COMPILER_VERSION})
	find_program(S2T_PROFDATA NAMES llvm-profdata-${version} llvm-profdata)
	if(NOT S2T_PROFDATA)
		message(FATAL_ERROR "S2T_PGO with clang needs llvm-profdata: install llvm-${version}, or take gcc")
	endif()
	set(count -fprofile-instr-generate=${S2T_PROFILE}/%p.profraw)
	set(S2T_PROFILE_COMPILE -fprofile-instr-use=${PROJECT_BINARY_DIR}/profile/all.profdata
		-Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date)
endif()
if(S2T_PGO STREQUAL "train")
	list(APPEND S2T_INSTRUMENT ${count})
	set(S2T_PROFILE_COMPILE "")
	return()
endif()

set(S2T_TRAINED ${PROJECT_BINARY_DIR}/profile/trained)
string(TOUPPER "CMAKE_C_FLAGS_${CMAKE_BUILD_TYPE}" flags)
set(options "")
foreach(option IN ITEMS CMAKE_C_COMPILER CMAKE_BUILD_TYPE CMAKE_C_FLAGS ${flags} S2T_LTO S2T_FUZZ S2T_WERROR)
	list(APPEND options "-D${option}=${${option}}")
endforeach()
file(GLOB_RECURSE sources CONFIGURE_DEPENDS include/*.h model/*.[ch] impl/*.[ch] harness/*.[ch])
set(programs s2twin)
set(fuzzer "")
if(S2T_FUZZ)
	list(APPEND programs fuzz_lockstep)
	set(fuzzer ${PROJECT_BINARY_DIR}/training/fuzz/fuzz_lockstep)
	file(GLOB more CONFIGURE_DEPENDS fuzz/*.[ch])
	list(APPEND sources ${more})
endif()
add_custom_command(OUTPUT ${S2T_TRAINED} DEPENDS ${sources} ${CMAKE_CURRENT_LIST_FILE}
	COMMAND ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR} -B ${PROJECT_BINARY_DIR}/training -G ${CMAKE_GENERATOR} ${options}
		-DS2T_TESTS=OFF -DS2T_INSTALL=OFF -DS2T_PGO=train -DS2T_PROFILE=${PROJECT_BINARY_DIR}/profile
	COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR}/training --parallel --target ${programs}
	COMMAND ${CMAKE_COMMAND} -DS2T_COMMAND=${PROJECT_BINARY_DIR}/training/s2twin -DS2T_FUZZER=${fuzzer}
		-DS2T_PROFILE=${PROJECT_BINARY_DIR}/profile -DS2T_PROFDATA=${S2T_PROFDATA} -P ${CMAKE_CURRENT_LIST_FILE}
	USES_TERMINAL VERBATIM)
add_custom_target(s2t_profile DEPENDS ${S2T_TRAINED})
