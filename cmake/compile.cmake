# SPDX-License-Identifier: BSD-3-Clause
#
# How everything here is compiled: library, tests and samples alike.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
        set(CMAKE_BUILD_TYPE Release)
endif()

# NDEBUG is never defined. assert() is how the library meets a programmer's error, in production
# too; what is shipped is what was tested. Checks that cost more than constant time stand under
# EVIDENT_VERIFY instead.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_MINSIZEREL "-Os -g")
set(CMAKE_C_FLAGS_DEBUG "-Og -g")

set(evident_warnings
    -Wall
    -Wextra
    -Wconversion
    -Wsign-conversion
    -Wshadow
    -Wstrict-prototypes
    -Wmissing-prototypes
    -Wcast-qual
    -Wwrite-strings
    -Wpointer-arith
    -Wundef
    -Wvla)

# evident_compile(<target>): the warnings, as errors where EVIDENT_WERROR asks for it.
function(evident_compile target)
        target_compile_options(${target} PRIVATE ${evident_warnings}
                                                 $<$<BOOL:${EVIDENT_WERROR}>:-Werror>)
endfunction()
