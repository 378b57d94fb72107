# SPDX-License-Identifier: BSD-3-Clause
#
# The target cmocka. Found by hand, because a cross build unpacks Debian's package of the target's
# architecture into a folder (CMAKE_FIND_ROOT_PATH), where neither pkg-config nor the package's CMake
# files look.

find_path(CMOCKA_INCLUDE_DIR cmocka.h)
find_library(CMOCKA_LIBRARY cmocka)
if(NOT CMOCKA_INCLUDE_DIR OR NOT CMOCKA_LIBRARY)
        message(FATAL_ERROR "The tests need cmocka: install it (on Debian and Ubuntu the package libcmocka-dev), "
                            "or build the library without its tests by -DEVIDENT_TESTS=OFF.")
endif()
add_library(cmocka UNKNOWN IMPORTED)
set_target_properties(cmocka PROPERTIES IMPORTED_LOCATION ${CMOCKA_LIBRARY}
                                        INTERFACE_INCLUDE_DIRECTORIES ${CMOCKA_INCLUDE_DIR})
