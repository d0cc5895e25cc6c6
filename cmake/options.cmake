add_library(nonzero_options INTERFACE)
# GCC 12 sees overlaps in std::string concatenation that are not there (GCC bug 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(nonzero_options INTERFACE -Wno-restrict)
endif()
target_compile_options(nonzero_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor)
target_include_directories(nonzero_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(nonzero_options INTERFACE NONZERO_VERSION="${PROJECT_VERSION}")

# Population counts are the inner loop of every model: a baseline every x86-64 server since 2015 has.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(nonzero_options INTERFACE -march=x86-64-v3)
endif()
# The same bytes on every machine and compiler: no contraction of a*b+c.
target_compile_options(nonzero_options INTERFACE -ffp-contract=off)

if(NONZERO_SANITIZE)
  # Clang's build also counts edges for libFuzzer; the fuzz targets themselves link it.
  target_compile_options(nonzero_options INTERFACE
    -fsanitize=address,undefined$<$<CXX_COMPILER_ID:Clang>:,fuzzer-no-link>
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(nonzero_options INTERFACE -fsanitize=address,undefined)
endif()
if(NONZERO_COVERAGE)
  target_compile_options(nonzero_options INTERFACE --coverage)
  target_link_options(nonzero_options INTERFACE --coverage)
endif()
find_program(NONZERO_CCACHE ccache)
if(NONZERO_CCACHE)
  # The tests' precompiled header is one of its cached things.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${NONZERO_CCACHE})
endif()
