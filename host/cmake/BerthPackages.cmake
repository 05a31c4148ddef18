# cpack in the portable build: berth_VERSION-1_ARCHITECTURE.deb, berth-sdk_VERSION-1_all.deb, and a tarball that contains
# both. scripts/package runs it. The times in the packages are those of SOURCE_DATE_EPOCH.

set(BERTH_MAINTAINER "The berth maintainers <maintainers@berth.invalid>" CACHE STRING "Field Maintainer of the packages")

install(FILES LICENSE CHANGELOG.md host/cmake/packages/copyright DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/berth")

set(CPACK_PACKAGE_NAME berth)
set(CPACK_PACKAGE_VENDOR berth)
set(CPACK_PACKAGE_CONTACT "${BERTH_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # the first line of each description
set(CPACK_GENERATOR TXZ DEB)
set(CPACK_COMPONENTS_ALL berth sdk)
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_CURRENT_LIST_DIR}/packages/each_generator.cmake")
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/packages/finish_files.cmake")
set(CPACK_BERTH_PACKAGES "${CMAKE_CURRENT_LIST_DIR}/packages")
set(CPACK_BERTH_SOURCE "${PROJECT_SOURCE_DIR}")
# Whatever the umask.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_PACKAGE_FILE_NAME "berth-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_THREADS 1)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# One file for Debian 12, 13 and later: libcurl4t64 and libssl3t64 provide libcurl4 and libssl3. packages.binary compares
# these dependencies with what the programs require.
set(CPACK_DEBIAN_BERTH_PACKAGE_NAME berth)
set(CPACK_DEBIAN_BERTH_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_BERTH_PACKAGE_DEPENDS
    "libc6 (>= 2.36), libcurl4 (>= 7.88) | libcurl4t64 (>= 7.88), libssl3 (>= 3.0.0) | libssl3t64 (>= 3.0.0), zlib1g (>= 1:1.2.11), ca-certificates")
set(CPACK_DEBIAN_BERTH_PACKAGE_RECOMMENDS "libstdc++6")
set(CPACK_DEBIAN_BERTH_PACKAGE_SUGGESTS "berth-sdk")
set(CPACK_DEBIAN_BERTH_DESCRIPTION "push container images to any registry, by that registry's rules
berth pushes container images from OCI layouts, docker archives, the docker
daemon and other registries. Flavors check the rules of each registry before
anything is uploaded; each push is verified by reading the tag back. It needs
no daemon.")

set(CPACK_DEBIAN_SDK_PACKAGE_NAME berth-sdk)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_SDK_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SDK_PACKAGE_DEPENDS "")
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS "g++ | clang, berth")
set(CPACK_DEBIAN_SDK_DESCRIPTION "header-only SDK for flavors of berth
A flavor is a plugin that checks and extends how berth pushes to one kind of
container registry. This package contains the headers, the CMake package, the
pkg-config file, documentation and examples.")

include(CPack)
