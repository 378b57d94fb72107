# SPDX-License-Identifier: BSD-3-Clause
#
# What is installed, and how other builds find it: evident.pc, find_package(evident), and libevent's
# names as in facades.cmake. All paths in installed files are relative to the file itself, so that an
# installed tree may be moved.

include(CMakePackageConfigHelpers)
set(generated ${PROJECT_BINARY_DIR}/generated)
set(facade_install_folder ${CMAKE_INSTALL_LIBDIR}/evident/libevent)
set(facade_pc_folder ${facade_install_folder}/pkgconfig)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/evident)

install(DIRECTORY src/include/ sim/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h)
install(
        TARGETS evident evident_static
        EXPORT evident
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

install(
        TARGETS evident_sim evident_sim_static
        EXPORT evident-sim
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# find_package(evident), and its component sim
install(
        EXPORT evident
        NAMESPACE evident::
        FILE evident-targets.cmake
        DESTINATION ${package_folder})
install(
        EXPORT evident-sim
        NAMESPACE evident::
        FILE evident-sim.cmake
        DESTINATION ${package_folder})
configure_package_config_file(cmake/evident-config.cmake.in ${generated}/evident-config.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${generated}/evident-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${generated}/evident-config.cmake ${generated}/evident-config-version.cmake
        DESTINATION ${package_folder})

# pkg-config. A .pc file finds the prefix from its own place.
function(install_pc name description version folder libraries)
        cmake_path(
                RELATIVE_PATH
                CMAKE_INSTALL_FULL_LIBDIR
                BASE_DIRECTORY
                ${CMAKE_INSTALL_PREFIX}/${folder}
                OUTPUT_VARIABLE
                libdir)
        cmake_path(
                RELATIVE_PATH
                CMAKE_INSTALL_FULL_INCLUDEDIR
                BASE_DIRECTORY
                ${CMAKE_INSTALL_PREFIX}/${folder}
                OUTPUT_VARIABLE
                includedir)
        configure_file(cmake/library.pc.in ${generated}/${name}.pc @ONLY)
        install(FILES ${generated}/${name}.pc DESTINATION ${folder})
endfunction()

install_pc(evident "Event notification library with libevent 2.1's interface" ${PROJECT_VERSION}
           ${CMAKE_INSTALL_LIBDIR}/pkgconfig "-levident")
install_pc(evident-sim "Deterministic simulation of the operating system below evident"
           ${PROJECT_VERSION} ${CMAKE_INSTALL_LIBDIR}/pkgconfig "-levident_sim -levident")

# libevent's names.
set(libevent_version 2.1.12-stable)
foreach(name ${facade_names})
        install(TARGETS facade_${name} LIBRARY DESTINATION ${facade_install_folder})
        install(FILES ${facade_folder}/lib${name}.so ${facade_folder}/lib${name}.a
                DESTINATION ${facade_install_folder})
        install_pc(lib${name} "libevent's interface, provided by evident" ${libevent_version}
                   ${facade_pc_folder} "-levident")
endforeach()
