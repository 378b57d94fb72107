# SPDX-License-Identifier: BSD-3-Clause
#
# The target cmocka. Found by hand, because a cross build unpacks Debian's package of the target's
# architecture into a folder (CMAKE_FIND_ROOT_PATH), where neither pkg-config nor the package's CMake
# files look.

find_path(CMOCKA_INCLUDE_DIR cmocka.h REQUIRED)
find_library(CMOCKA_LIBRARY cmocka REQUIRED)
add_library(cmocka UNKNOWN IMPORTED)
set_target_properties(cmocka PROPERTIES IMPORTED_LOCATION ${CMOCKA_LIBRARY}
                                        INTERFACE_INCLUDE_DIRECTORIES ${CMOCKA_INCLUDE_DIR})
