# SPDX-License-Identifier: BSD-3-Clause
#
# 32-bit x86 by Debian's cross compiler (gcc-multilib would remove the other cross compilers). Its
# programs run here without an emulator: the loader and the C library of the cross packages are
# named in them. EVIDENT_SYSROOT is a folder with unpacked packages of that architecture (cmocka).

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(CMAKE_C_COMPILER i686-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE i386-linux-gnu)

set(cross_root /usr/i686-linux-gnu)
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-Wl,--dynamic-linker=${cross_root}/lib/ld-linux.so.2 -Wl,-rpath,${cross_root}/lib")

include(${CMAKE_CURRENT_LIST_DIR}/toolchain-roots.cmake)
