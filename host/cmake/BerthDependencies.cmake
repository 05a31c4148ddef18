# The libraries that berth uses. With BERTH_PORTABLE those whose version Debian changes between releases are linked
# statically; from the system are libc, zlib, OpenSSL (libssl.so.3) and, loaded when it is first used, libcurl
# (libcurl.so.4).

find_package(Threads REQUIRED)
# Boost's own package file; Debian's CMake 3.31 warns of the module FindBoost.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()
set(Boost_USE_STATIC_LIBS ${BERTH_PORTABLE})
find_package(Boost 1.74 REQUIRED COMPONENTS filesystem)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)  # header-only
find_package(PkgConfig REQUIRED)

set(berth_fmt fmt::fmt)
set(shared_suffixes ${CMAKE_FIND_LIBRARY_SUFFIXES})
if(BERTH_PORTABLE)
  set(berth_fmt fmt::fmt-header-only)  # Debian has no static one
  set(CMAKE_FIND_LIBRARY_SUFFIXES ${CMAKE_STATIC_LIBRARY_SUFFIX})
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/build-isal" "${PROJECT_BINARY_DIR}/isal" COMMAND_ERROR_IS_FATAL ANY)
  set(ENV{PKG_CONFIG_PATH} "${PROJECT_BINARY_DIR}/isal/lib/pkgconfig")
endif()
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(LZMA REQUIRED IMPORTED_TARGET liblzma)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
find_package(BZip2 REQUIRED)
set(CMAKE_FIND_LIBRARY_SUFFIXES ${shared_suffixes})
