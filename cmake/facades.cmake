# SPDX-License-Identifier: BSD-3-Clause
#
# lib/evident/libevent: libevent's own library names, for programs that ask for them.
#
# - At run time, five empty shared libraries with libevent's sonames, each needing libevident.so.1:
#   LD_LIBRARY_PATH=<prefix>/lib/evident/libevent moves a program over that was built for libevent.
# - At link time, linker scripts named libevent*.so and libevent*.a that name libevident, because a
#   linker does not look for symbols behind an empty library; and libevent*.pc.

set(facade_names event event_core event_extra event_pthreads event_openssl)
set(facade_folder ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/evident/libevent)
set(facade_source ${PROJECT_BINARY_DIR}/facade.c)
file(WRITE ${facade_source}.new "/* Nothing: the facade only needs libevident. */\n"
     "extern int evident_facade_is_empty;\n")
file(COPY_FILE ${facade_source}.new ${facade_source} ONLY_IF_DIFFERENT)

foreach(name ${facade_names})
        set(target facade_${name})
        add_library(${target} SHARED ${facade_source})
        # The soname carries no further version: the file is the soname itself.
        set_target_properties(
                ${target}
                PROPERTIES OUTPUT_NAME ${name}-2.1
                           SUFFIX .so.7
                           NO_SONAME ON
                           LIBRARY_OUTPUT_DIRECTORY ${facade_folder}
                           BUILD_WITH_INSTALL_RPATH ON
                           INSTALL_RPATH "$ORIGIN/../..")
        target_link_options(${target} PRIVATE -Wl,-soname,lib${name}-2.1.so.7 -Wl,--no-as-needed
                            -Wl,--enable-new-dtags)
        target_link_libraries(${target} PRIVATE evident)

        file(CONFIGURE OUTPUT ${facade_folder}/lib${name}.so
             CONTENT "/* GNU ld script */\nINPUT(../../libevident.so)\n" @ONLY)
        file(CONFIGURE OUTPUT ${facade_folder}/lib${name}.a
             CONTENT "/* GNU ld script */\nINPUT(../../libevident.a)\n" @ONLY)
endforeach()
