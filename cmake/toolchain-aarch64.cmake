# SPDX-License-Identifier: BSD-3-Clause
#
# aarch64, because the simulation's tasks are switched by its own assembly there, by Debian's cross
# compiler; its programs run under qemu-user.
# EVIDENT_SYSROOT is a folder with unpacked packages of that architecture (cmocka).

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(cross_root /usr/aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L ${cross_root})

include(${CMAKE_CURRENT_LIST_DIR}/toolchain-roots.cmake)
