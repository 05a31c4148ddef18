# One build for every Linux system with glibc: the C++ library is linked statically and hidden, so that a plugin brings
# another one without either noticing; the same sources make the same bytes in any directory.
# What such a build may need of a system is checked by tests/packages.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "the portable build is compiled with g++: cmake --preset portable")
endif()
# Fortified headers warn of results that are ignored on purpose, in spite of a cast to void.
add_compile_options(-Wno-unused-result
                    -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2
                    "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build" "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=berth")
add_link_options(-static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,--as-needed -Wl,--gc-sections
                 -Wl,-z,relro -Wl,-z,now -Wl,--strip-all)
