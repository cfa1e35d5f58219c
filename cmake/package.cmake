# SPDX-License-Identifier: BSD-2-Clause
#
# What a user of s2twin links, and what `cmake --install` puts where.
#
#   s2twin::s2twin    the static library
#   s2twin::shared    the shared library
#   s2twin::headers   the headers alone: all that a plug-in needs that `s2twin --iut` loads
#   s2twin::fuzz, s2twin::fuzz_run, s2twin::fuzz_afl    what s2twin_add_fuzzer links
#
# The names are the same in a subproject and after find_package(s2twin). There, the static library and what depends on
# it stand in a file of their own: `find_package(s2twin COMPONENTS shared)` does not ask for Jansson.
#
# What is installed has no instrumentation, as long as the build has objects without it (S2T_PLAIN), and no bytecode
# of a compiler's link-time optimisation, which another compiler could not read.
add_library(s2twin_headers INTERFACE)
target_include_directories(s2twin_headers INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)

set(S2T_STATIC_TARGETS libs2twin${S2T_PLAIN} libs2twin_fuzz libs2twin_fuzz_run libs2twin_fuzz_afl)
set(S2T_SHARED_TARGETS libs2twin_shared${S2T_PLAIN} s2twin_headers)
set_target_properties(libs2twin${S2T_PLAIN} PROPERTIES EXPORT_NAME s2twin)
set_target_properties(libs2twin_shared${S2T_PLAIN} PROPERTIES EXPORT_NAME shared)
set_target_properties(s2twin_headers PROPERTIES EXPORT_NAME headers)
foreach(target IN LISTS S2T_STATIC_TARGETS S2T_SHARED_TARGETS)
	get_target_property(name ${target} EXPORT_NAME)
	add_library(s2twin::${name} ALIAS ${target})
endforeach()

# For s2twin_add_fuzzer; an installed package sets the same (s2twin-config.cmake.in).
set_property(GLOBAL PROPERTY S2TWIN_CORPUS ${PROJECT_SOURCE_DIR}/corpus/inputs)
set_property(GLOBAL PROPERTY S2TWIN_MUTATOR $<TARGET_FILE:s2twin-mutator>)
include(${CMAKE_CURRENT_LIST_DIR}/s2twin-fuzzer.cmake)

# The manual page is what --help says (docs/make_man.sh).
set(S2T_MAN "")
if(NOT CMAKE_CROSSCOMPILING)
	set(S2T_MAN ${PROJECT_BINARY_DIR}/s2twin.1)
	add_custom_command(OUTPUT ${S2T_MAN}
		COMMAND bash ${PROJECT_SOURCE_DIR}/docs/make_man.sh $<TARGET_FILE:s2twin${S2T_PLAIN}> ${S2T_MAN}
		DEPENDS s2twin${S2T_PLAIN} ${PROJECT_SOURCE_DIR}/docs/make_man.sh VERBATIM)
	add_custom_target(s2twin_man ALL DEPENDS ${S2T_MAN})
endif()

if(NOT S2T_INSTALL)
	return()
endif()

# All that is installed, and nothing else: a build of everything has some hundred tests and mutants.
add_custom_target(s2twin_package)
add_dependencies(s2twin_package s2twin${S2T_PLAIN} libs2twin_shared${S2T_PLAIN} ${S2T_STATIC_TARGETS} s2twin-mutator)
if(S2T_MAN)
	add_dependencies(s2twin_package s2twin_man)
endif()

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(config ${CMAKE_INSTALL_LIBDIR}/cmake/s2twin)
set(data ${CMAKE_INSTALL_DATADIR}/s2twin)
set(generated ${PROJECT_BINARY_DIR}/package)

install(TARGETS s2twin${S2T_PLAIN})
install(TARGETS ${S2T_SHARED_TARGETS} EXPORT s2twin-shared INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS ${S2T_STATIC_TARGETS} EXPORT s2twin-static INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS s2twin-mutator DESTINATION ${CMAKE_INSTALL_LIBDIR}/s2twin)
install(DIRECTORY include/s2twin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY corpus/inputs corpus/seeds DESTINATION ${data}/corpus)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN __pycache__ EXCLUDE)
install(FILES docs/s2twin.bash RENAME s2twin DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES docs/s2twin.zsh RENAME _s2twin DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
if(S2T_MAN)
	install(FILES ${S2T_MAN} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

# find_package
install(EXPORT s2twin-shared NAMESPACE s2twin:: DESTINATION ${config})
install(EXPORT s2twin-static NAMESPACE s2twin:: DESTINATION ${config})
configure_package_config_file(cmake/s2twin-config.cmake.in ${generated}/s2twin-config.cmake
	INSTALL_DESTINATION ${config} PATH_VARS data CMAKE_INSTALL_LIBDIR
	NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may break what was there (CHANGELOG.md).
write_basic_package_version_file(${generated}/s2twin-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${generated}/s2twin-config.cmake ${generated}/s2twin-config-version.cmake cmake/s2twin-fuzzer.cmake
	DESTINATION ${config})

# pkg-config. From the file to the prefix, so that the whole can be moved; unless the folder of libraries is fixed.
set(pkgconfig ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
	set(prefix ${CMAKE_INSTALL_PREFIX})
	set(libdir ${CMAKE_INSTALL_LIBDIR})
else()
	file(RELATIVE_PATH prefix /${pkgconfig} /)
	string(REGEX REPLACE "(.*)/$" "\${pcfiledir}/\\1" prefix ${prefix})
	set(libdir \${prefix}/${CMAKE_INSTALL_LIBDIR})
endif()
set(private "")
foreach(word IN ITEMS "${CMAKE_THREAD_LIBS_INIT}" ${CMAKE_DL_LIBS})
	if(word MATCHES "^-")
		string(APPEND private " ${word}")
	elseif(word)
		string(APPEND private " -l${word}")
	endif()
endforeach()
string(STRIP "${private}" private)
configure_file(cmake/s2twin.pc.in ${generated}/s2twin.pc @ONLY)
install(FILES ${generated}/s2twin.pc DESTINATION ${pkgconfig})

if(S2T_LTO_COMPILE)
	# The archives have both, machine code and bytecode.
	foreach(target IN LISTS S2T_STATIC_TARGETS)
		install(CODE "
			set(archive \"${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:${target}>\")
			cmake_path(ABSOLUTE_PATH archive BASE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}\")
			execute_process(COMMAND \"${CMAKE_OBJCOPY}\" -R .gnu.lto_* -R .gnu.debuglto_* \"\$ENV{DESTDIR}\${archive}\"
				COMMAND_ERROR_IS_FATAL ANY)")
	endforeach()
endif()
