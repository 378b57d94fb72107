# SPDX-License-Identifier: BSD-3-Clause
#
# s390x, because it is big-endian, by Debian's cross compiler; its programs run under qemu-user.
# EVIDENT_SYSROOT is a folder with unpacked packages of that architecture (cmocka).

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(CMAKE_C_COMPILER s390x-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE s390x-linux-gnu)

set(cross_root /usr/s390x-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-s390x-static -L ${cross_root})

include(${CMAKE_CURRENT_LIST_DIR}/toolchain-roots.cmake)
