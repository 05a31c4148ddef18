# Run by cpack between the installation into its own directory and the packaging: adds what Debian's policy requires, and
# gives everything fixed times and permissions.

if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  message(FATAL_ERROR "SOURCE_DATE_EPOCH is not set: scripts/package sets it, and runs cpack")
endif()

# run(COMMAND…): without output; fails with the command's.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# add_policy_files(ROOT PACKAGE): copyright, both changelogs, lintian's overrides, compressed pages.
function(add_policy_files root package)
  set(documents "${root}/usr/share/doc/${package}")
  file(MAKE_DIRECTORY "${documents}")
  file(REMOVE "${documents}/LICENSE" "${documents}/CHANGELOG.md")  # as copyright and changelog.gz
  configure_file("${CPACK_BERTH_PACKAGES}/copyright" "${documents}/copyright" COPYONLY)
  configure_file("${CPACK_BERTH_SOURCE}/CHANGELOG.md" "${documents}/changelog" COPYONLY)
  execute_process(COMMAND date --utc --rfc-email "--date=@$ENV{SOURCE_DATE_EPOCH}" OUTPUT_VARIABLE date
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE "${documents}/changelog.Debian"
       "berth (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium\n\n"
       "  * Release ${CPACK_PACKAGE_VERSION}; changelog.gz lists the changes.\n\n"
       " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  if(EXISTS "${CPACK_BERTH_PACKAGES}/${package}.lintian-overrides")
    file(MAKE_DIRECTORY "${root}/usr/share/lintian/overrides")
    configure_file("${CPACK_BERTH_PACKAGES}/${package}.lintian-overrides" "${root}/usr/share/lintian/overrides/${package}" COPYONLY)
  endif()
  # Where Debian's zsh looks for those of packages.
  if(EXISTS "${root}/usr/share/zsh/site-functions")
    file(RENAME "${root}/usr/share/zsh/site-functions" "${root}/usr/share/zsh/vendor-completions")
  endif()
  file(GLOB_RECURSE pages "${root}/usr/share/man/*")
  run(gzip -9 --no-name "${documents}/changelog" "${documents}/changelog.Debian" ${pages})
endfunction()

if(CPACK_GENERATOR STREQUAL "DEB")
  add_policy_files("${CPACK_TEMPORARY_DIRECTORY}/berth" berth)
  add_policy_files("${CPACK_TEMPORARY_DIRECTORY}/sdk" berth-sdk)
endif()
run(chmod -R u=rwX,go=rX "${CPACK_TEMPORARY_DIRECTORY}")
run(find "${CPACK_TEMPORARY_DIRECTORY}" -exec touch --no-dereference "--date=@$ENV{SOURCE_DATE_EPOCH}" {} +)
