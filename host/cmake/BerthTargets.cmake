# How berth's own targets are compiled.

add_library(berth_warnings INTERFACE)
target_compile_options(berth_warnings INTERFACE -Wall -Wextra -Wpedantic $<$<BOOL:${BERTH_WERROR}>:-Werror>)
# g++ 12 sees overlaps that are not there in inlined std::string operations (gcc.gnu.org/PR105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(berth_warnings INTERFACE -Wno-restrict)
endif()
# g++ to 14 at least: members of std::variant that are not active (gcc.gnu.org/PR80635).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(berth_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# g++ 16 of sid, with -O3: vectors of a function that was inlined, freed at an offset that they do not have.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 16)
  target_compile_options(berth_warnings INTERFACE -Wno-free-nonheap-object)
endif()

# A unity build puts a file's local types where a header could have them.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(berth_warnings INTERFACE -Wno-subobject-linkage)
endif()

add_library(berth_sanitizers INTERFACE)
if(BERTH_SANITIZE)
  target_compile_options(berth_sanitizers INTERFACE "-fsanitize=${BERTH_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all
                         -g1)
  target_link_options(berth_sanitizers INTERFACE "-fsanitize=${BERTH_SANITIZE}")
endif()
if(BERTH_FUZZ)
  target_compile_options(berth_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()

# berth_host_library(NAME SOURCES … HEADERS … DEPENDS …): one directory of host/, as the target berth_NAME (berth::NAME).
# Headers are included from host/: #include "oci/digest.hpp". Each must compile on its own.
function(berth_host_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;DEPENDS;PRIVATE_DEPENDS")
  set(target berth_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(berth::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/host" FILES ${arg_HEADERS})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE berth_warnings berth_sanitizers ${arg_PRIVATE_DEPENDS})
endfunction()
